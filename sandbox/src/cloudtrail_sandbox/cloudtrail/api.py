# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail as the server sees it.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
Known deviations: lists are never paged; event data stores, channels and dashboards do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudtrail_sandbox.cloudtrail.digest_chains import HOUR, Chains
from cloudtrail_sandbox.cloudtrail.digests import Digest
from cloudtrail_sandbox.cloudtrail.input_checks import check_shape, service_model
from cloudtrail_sandbox.cloudtrail.log_delivery import Delivery, Round, deliver_round
from cloudtrail_sandbox.cloudtrail.selector_and_tag_operations import SelectorAndTagOperations
from cloudtrail_sandbox.cloudtrail.signing_keys import SigningKeys
from cloudtrail_sandbox.cloudtrail.trail_operations import TrailOperations
from cloudtrail_sandbox.cloudtrail.trails import Trails
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.state import State

Told = dict[str, list[dict[str, Any]]]


class CloudTrail:
    """All accounts' and Regions' trails. A call that is refused changes nothing."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._trails = Trails(self._state)
        self._keys = SigningKeys()
        self._chains = Chains(self._state, self._keys)
        operations = TrailOperations(self._state, self._trails, self._chains, self._keys)
        self._known = {**operations.table, **SelectorAndTagOperations(self._trails).table}

    def handle(self, operation: str, parameters: dict[str, Any], account: str, region: str) -> dict[str, Any]:
        """The JSON 1.1 body of an answer (its times are datetimes), or ApiError."""
        if operation not in service_model().operation_names:
            raise ApiError("UnknownOperationException", f"Unknown operation: {operation}")
        if operation not in self._known:
            raise ApiError("UnsupportedOperationException", f"The sandbox does not know {operation}.")
        check_shape(operation, parameters)
        return self._known[operation](parameters, account, region)

    def deliver(self, asked: Round, late: bool = False) -> Told:
        """The digests of the hours that have passed, then one round of log files of every trail that logs.

        `late`: the digest of their hour leaves the files out, as happens when processing is delayed.
        """
        digests = self._open_and_close(asked)
        deliveries = deliver_round(self._state, self._trails, asked)
        self._chains.note(deliveries, late)
        return _told(deliveries, digests)

    def hours(self, count: int, files: int, idle: Iterable[int], asked: Round) -> Told:
        """Let hours pass: in each so many rounds of log files, and the digests at its end.

        Idle hours (numbered from 0) have no log files. It is the sandbox's clock that moves.
        """
        deliveries: list[Delivery] = []
        digests = self._open_and_close(asked)
        for hour in range(count):
            rounds = 0 if hour in idle else files
            for _round in range(rounds):
                self._state.clock_offset += HOUR.total_seconds() / (rounds + 1)
                delivered = deliver_round(self._state, self._trails, asked)
                self._chains.note(delivered)
                deliveries += delivered
            self._state.clock_offset += HOUR.total_seconds() / (rounds + 1)
            digests += self._open_and_close(asked)
        return _told(deliveries, digests)

    def backfill(self) -> Told:
        """Backfill digests of the files that were delivered late in hours whose digests have been delivered."""
        return _told([], [digest for trail in self._trails for digest in self._chains.backfill(trail)])

    def rotate_keys(self, regions: Iterable[str] = ()) -> None:
        """From now on other keys sign the digests of these Regions, or of all."""
        for region in regions or self._state.enabled_regions():
            self._keys.rotate(region, self._state.now())

    def _open_and_close(self, asked: Round) -> list[Digest]:
        digests = []
        for trail in sorted(self._trails, key=lambda one: one.arn):
            digests += self._chains.due(trail) + self._chains.open(trail, asked.regions)
        return digests


def _told(deliveries: Iterable[Delivery], digests: Iterable[Digest]) -> Told:
    return {"deliveries": [one.told() for one in deliveries], "digests": [one.told() for one in digests]}
