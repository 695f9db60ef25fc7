# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Control requests for what AWS does by itself: deliveries, passing hours, backfill digests, new signing keys."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from cloudtrail_sandbox.cloudtrail.api import CloudTrail
from cloudtrail_sandbox.cloudtrail.log_delivery import Round
from cloudtrail_sandbox.credentials import Credentials

Body = Mapping[str, Any]
Result = Mapping[str, Any]
ROUND = ("events", "regions", "accounts")


class DeliveryClock:
    """The routes of these control requests. `lock` excludes AWS requests while one is handled."""

    def __init__(
        self, cloudtrail: CloudTrail, credentials: Credentials, lock: contextlib.AbstractContextManager[Any]
    ) -> None:
        self._cloudtrail = cloudtrail
        self._credentials = credentials
        self._lock = lock
        self.routes: dict[tuple[str, str], Callable[[Body], Result]] = {
            ("POST", "deliver"): self._deliver,
            ("POST", "hours"): self._hours,
            ("POST", "backfill"): self._backfill,
            ("POST", "rotate_keys"): self._rotate,
        }

    def _deliver(self, body: Body) -> Result:
        _check(body, *ROUND, "late")
        with self._lock:
            return self._cloudtrail.deliver(_round(body), bool(body.get("late", False)))

    def _hours(self, body: Body) -> Result:
        _check(body, *ROUND, "count", "files", "idle")
        count, files = int(body.get("count", 1)), int(body.get("files", 1))
        with self._lock:
            self._credentials.prolong(3600 * count)
            return self._cloudtrail.hours(count, files, tuple(body.get("idle", ())), _round(body))

    def _backfill(self, body: Body) -> Result:
        _check(body)
        with self._lock:
            return self._cloudtrail.backfill()

    def _rotate(self, body: Body) -> Result:
        _check(body, "regions")
        with self._lock:
            self._cloudtrail.rotate_keys(tuple(body.get("regions", ())))
        return {}


def _check(body: Body, *known: str) -> None:
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise ValueError(f"Unknown members {unknown}. Use {sorted(known)}.")


def _round(body: Body) -> Round:
    return Round(int(body.get("events", 3)), tuple(body.get("regions", ())), tuple(body.get("accounts", ())))
