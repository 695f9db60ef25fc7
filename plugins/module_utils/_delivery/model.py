# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is expected of accounts, and what they delivered. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._log_files.object_keys import LogObject


@dataclass(frozen=True, kw_only=True)
class ExpectedAccount:
    """An account that must deliver."""

    account: str
    trail: str = ""  # empty for any
    home_region: str = ""  # of the trail; empty for any
    logging_since: datetime | None = None

    def matches(self, digest: LogObject) -> bool:
        """True if the digest belongs to the expected trail."""
        return self.trail in ("", digest.trail) and self.home_region in ("", digest.home_region)

    @property
    def description(self) -> str:
        """The trail, for a message."""
        trail = f"trail {self.trail}" if self.trail else "a trail"
        return f"{trail} of {self.home_region}" if self.home_region else trail


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is expected of every account, at one time."""

    now: datetime
    kms_key: str = ""  # the key ARN; empty for any encryption
    regions: frozenset[str] = frozenset()  # that must have log files; empty if all Regions with objects must deliver
    max_log_age: timedelta = timedelta(days=1)
    max_digest_age: timedelta = timedelta(hours=3)
    first_delivery_timeout: timedelta = timedelta(hours=2)

    def deadline(self, expected: ExpectedAccount, since: datetime | None) -> datetime | None:
        """The end of the wait for the first delivery; None if there is nothing to wait for.

        C(since) is the time of the object that the finding is about. An object from after the start of logging is not
        waited for.
        """
        start = expected.logging_since
        if start is None or (since is not None and since >= start):
            return None
        end = start + self.first_delivery_timeout
        return end if self.now < end else None

    def requires(self, region: str) -> bool:
        """True if the Region must deliver."""
        return not self.regions or region in self.regions


@dataclass(frozen=True, kw_only=True)
class NewestObject:
    """The newest log file or digest, and its encryption."""

    object: LogObject
    algorithm: str = ""
    kms_key: str = ""
    error_code: str = ""  # of HeadObject, if S3 did not return the encryption

    def as_result(self, now: datetime) -> dict[str, Any]:
        return {
            "key": self.object.key,
            "time": timestamps.text(self.object.time),
            "age": max(0, int((now - self.object.time).total_seconds())),
            "trail": self.object.trail or None,
            "encryption": self.algorithm or None,
            "kms_key": self.kms_key or None,
        }


@dataclass(frozen=True, kw_only=True)
class RegionDelivery:
    """What one account delivered of one Region."""

    account: str
    region: str
    log: NewestObject | None = None
    digest: NewestObject | None = None
    other_trails: tuple[str, ...] = ()  # trails with digests here that are not the expected trail
    future: tuple[str, ...] = ()  # keys of objects whose names are ahead of the clock
    folder: str = ""  # of the account

    @property
    def empty(self) -> bool:
        return self.log is None and self.digest is None and not self.other_trails

    def as_result(self, now: datetime) -> dict[str, Any]:
        log, digest = (newest.as_result(now) if newest else None for newest in (self.log, self.digest))
        return {"account": self.account, "region": self.region, "log": log, "digest": digest}
