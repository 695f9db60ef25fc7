# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Control of what happens by itself in AWS: deliveries, the passing of hours, backfills, new signing keys."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from cloudtrail_sandbox.cloudtrail.api import CloudTrail
from cloudtrail_sandbox.cloudtrail.log_delivery import Round
from cloudtrail_sandbox.credentials import Credentials

Asked = Mapping[str, Any]
Result = Mapping[str, Any]
ROUND = ("events", "regions", "accounts")


class DeliveryClock:
    """`lock` keeps AWS requests out while something happens."""

    def __init__(
        self, cloudtrail: CloudTrail, credentials: Credentials, lock: contextlib.AbstractContextManager[Any]
    ) -> None:
        self._cloudtrail = cloudtrail
        self._credentials = credentials
        self._lock = lock
        self.routes: dict[tuple[str, str], Callable[[Asked], Result]] = {
            ("POST", "deliver"): self._deliver,
            ("POST", "hours"): self._hours,
            ("POST", "backfill"): self._backfill,
            ("POST", "rotate_keys"): self._rotate,
        }

    def _deliver(self, asked: Asked) -> Result:
        _check(asked, *ROUND, "late")
        with self._lock:
            return self._cloudtrail.deliver(_round(asked), bool(asked.get("late", False)))

    def _hours(self, asked: Asked) -> Result:
        _check(asked, *ROUND, "count", "files", "idle")
        count, files = int(asked.get("count", 1)), int(asked.get("files", 1))
        with self._lock:
            self._credentials.prolong(3600 * count)
            return self._cloudtrail.hours(count, files, tuple(asked.get("idle", ())), _round(asked))

    def _backfill(self, asked: Asked) -> Result:
        _check(asked)
        with self._lock:
            return self._cloudtrail.backfill()

    def _rotate(self, asked: Asked) -> Result:
        _check(asked, "regions")
        with self._lock:
            self._cloudtrail.rotate_keys(tuple(asked.get("regions", ())))
        return {}


def _check(asked: Asked, *known: str) -> None:
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise ValueError(f"unknown {unknown}; there are {sorted(known)}")


def _round(asked: Asked) -> Round:
    return Round(int(asked.get("events", 3)), tuple(asked.get("regions", ())), tuple(asked.get("accounts", ())))
