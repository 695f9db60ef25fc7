# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Control requests for what AWS does by itself: deliveries, passing hours, backfill digests, new signing keys."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from cloudtrail_sandbox import control_values
from cloudtrail_sandbox.cloudtrail.api import CloudTrail
from cloudtrail_sandbox.cloudtrail.log_delivery import Round
from cloudtrail_sandbox.credentials import Credentials
from cloudtrail_sandbox.regions import OPT_IN_REGIONS
from cloudtrail_sandbox.state import REGIONS, State

Body = Mapping[str, Any]
Result = Mapping[str, Any]
ROUND = ("events", "regions", "accounts")
ALL_REGIONS = (*REGIONS, *OPT_IN_REGIONS)
MOST_HOURS = 366 * 24  # of one request


class DeliveryClock:
    """The routes of these control requests. `lock` excludes AWS requests while one is handled."""

    def __init__(
        self,
        cloudtrail: CloudTrail,
        credentials: Credentials,
        state: State,
        lock: contextlib.AbstractContextManager[Any],
    ) -> None:
        self._cloudtrail = cloudtrail
        self._state = state
        self._credentials = credentials
        self._lock = lock
        self.routes: dict[tuple[str, str], Callable[[Body], Result]] = {
            ("POST", "deliver"): self._deliver,
            ("POST", "hours"): self._hours,
            ("POST", "backfill"): self._backfill,
            ("POST", "rotate_keys"): self._rotate,
        }

    def _deliver(self, body: Body) -> Result:
        control_values.check_names(body, (*ROUND, "late"))
        round_, late = self._round(body), control_values.flag(body, "late")
        with self._lock:
            return self._cloudtrail.deliver(round_, late)

    def _hours(self, body: Body) -> Result:
        control_values.check_names(body, (*ROUND, "count", "files", "idle"))
        count = control_values.whole_number(body, "count", 1, most=MOST_HOURS)
        files = control_values.whole_number(body, "files", 1)
        idle, round_ = control_values.whole_numbers(body, "idle"), self._round(body)
        with self._lock:
            self._credentials.prolong(3600 * count)
            return self._cloudtrail.hours(count, files, idle, round_)

    def _backfill(self, body: Body) -> Result:
        control_values.check_names(body, ())
        with self._lock:
            return self._cloudtrail.backfill()

    def _rotate(self, body: Body) -> Result:
        control_values.check_names(body, ("regions",))
        regions = control_values.names(body, "regions", ALL_REGIONS)
        with self._lock:
            self._cloudtrail.rotate_keys(regions)
        return {}

    def _round(self, body: Body) -> Round:
        return Round(
            control_values.whole_number(body, "events", 3),
            control_values.names(body, "regions", ALL_REGIONS),
            control_values.names(body, "accounts", self._state.accounts),
        )
