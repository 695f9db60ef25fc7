# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail as the server sees it.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
Known deviations: ListTrails lists what there is in the current Region, with shadow trails; lists are never paged;
ListPublicKeys knows no keys; event data stores, channels and dashboards do not exist; organization trails are the
management account's only (no delegated administrators).
"""

from __future__ import annotations

from typing import Any

from tests.sandbox.cloudtrail.checks import check_shape, service_model
from tests.sandbox.cloudtrail.configuration import Configuration
from tests.sandbox.cloudtrail.delivery import deliver_round
from tests.sandbox.cloudtrail.errors import ApiError
from tests.sandbox.cloudtrail.operations import Operations
from tests.sandbox.cloudtrail.trails import Trails
from tests.sandbox.world import World


class CloudTrail:
    """All accounts' and Regions' trails. A call that is refused changes nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.reset()

    def reset(self) -> None:
        """No trails."""
        self._trails = Trails(self._world.organization_of)
        self._known = {**Operations(self._world, self._trails).table, **Configuration(self._trails).table}

    def handle(self, operation: str, parameters: dict[str, Any], account: str, region: str) -> dict[str, Any]:
        """The JSON 1.1 body of an answer (its times are datetimes), or ApiError."""
        if operation not in service_model().operation_names:
            raise ApiError("UnknownOperationException", f"Unknown operation: {operation}")
        if operation not in self._known:
            raise ApiError("UnsupportedOperationException", f"The sandbox does not know {operation}.")
        check_shape(operation, parameters)
        return self._known[operation](parameters, account, region)

    def deliver(self, events_per_trail: int = 3) -> list[dict[str, Any]]:
        """One round of deliveries: of every trail that logs, for each of its Regions. See delivery.py."""
        return [one.told() for one in deliver_round(self._world, self._trails, events_per_trail)]
