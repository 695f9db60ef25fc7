# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail as the server calls it.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
Known deviations: lists are never paged; event data stores, channels and dashboards do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudtrail_sandbox.cloudtrail.digest_chains import HOUR, Chains
from cloudtrail_sandbox.cloudtrail.digests import Digest
from cloudtrail_sandbox.cloudtrail.event_history import EventHistory
from cloudtrail_sandbox.cloudtrail.input_checks import check_shape, service_model
from cloudtrail_sandbox.cloudtrail.log_delivery import Delivery, Round, deliver_round
from cloudtrail_sandbox.cloudtrail.selector_and_tag_operations import SelectorAndTagOperations
from cloudtrail_sandbox.cloudtrail.signing_keys import SigningKeys
from cloudtrail_sandbox.cloudtrail.trail_operations import TrailOperations
from cloudtrail_sandbox.cloudtrail.trails import Trails
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.state import State

Result = dict[str, list[dict[str, Any]]]


class CloudTrail:
    """All accounts' and Regions' trails. A call that is refused changes nothing."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._trails = Trails(self._state)
        self._keys = SigningKeys()
        self._chains = Chains(self._state, self._keys)
        operations = TrailOperations(self._state, self._trails, self._chains, self._keys)
        self._history = EventHistory(self._state.now)
        self._known = {
            **operations.table,
            **SelectorAndTagOperations(self._trails).table,
            "LookupEvents": self._history.lookup,
        }

    def handle(self, operation: str, parameters: dict[str, Any], account: str, region: str) -> dict[str, Any]:
        """The body of the response (its times are datetimes). Raises ApiError."""
        if operation not in service_model().operation_names:
            raise ApiError("UnknownOperationException", f"Unknown operation: {operation}")
        if operation not in self._known:
            raise ApiError("UnsupportedOperationException", f"The sandbox does not have {operation}.")
        check_shape(operation, parameters)
        try:
            result = self._known[operation](parameters, account, region)
        except ApiError as error:
            self._history.add(operation, parameters, account, region, None, error.code)
            raise
        self._history.add(operation, parameters, account, region, result, "")
        return result

    def deliver(self, round_: Round, late: bool = False) -> Result:
        """Deliver the digests of the hours that have passed, then one round of log files of every logging trail.

        `late`: the digest of the hour leaves the files out, as after a delay in AWS.
        """
        digests = self._open_and_close(round_)
        deliveries = deliver_round(self._state, self._trails, round_)
        self._chains.note(deliveries, late)
        return _result(deliveries, digests)

    def hours(self, count: int, files: int, idle: Iterable[int], round_: Round) -> Result:
        """Move the clock on by hours, each with `files` rounds of log files and the digests at its end.

        Idle hours (numbered from 0) have no log files.
        """
        deliveries: list[Delivery] = []
        digests = self._open_and_close(round_)
        for hour in range(count):
            rounds = 0 if hour in idle else files
            for _round in range(rounds):
                self._state.clock_offset += HOUR.total_seconds() / (rounds + 1)
                delivered = deliver_round(self._state, self._trails, round_)
                self._chains.note(delivered)
                deliveries += delivered
            self._state.clock_offset += HOUR.total_seconds() / (rounds + 1)
            digests += self._open_and_close(round_)
        return _result(deliveries, digests)

    def backfill(self) -> Result:
        """Deliver backfill digests of late files in hours whose digests have been delivered."""
        return _result([], [digest for trail in self._trails for digest in self._chains.backfill(trail)])

    def rotate_keys(self, regions: Iterable[str] = ()) -> None:
        """Sign the digests of these Regions, or of all, with new keys from now on."""
        for region in regions or self._state.enabled_regions():
            self._keys.rotate(region, self._state.now())

    def _open_and_close(self, round_: Round) -> list[Digest]:
        digests = []
        for trail in sorted(self._trails, key=lambda trail: trail.arn):
            digests += self._chains.due(trail) + self._chains.open(trail, round_.regions)
        return digests


def _result(deliveries: Iterable[Delivery], digests: Iterable[Digest]) -> Result:
    return {
        "deliveries": [delivery.as_result() for delivery in deliveries],
        "digests": [digest.as_result() for digest in digests],
    }
