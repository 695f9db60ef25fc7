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
    logging_since: datetime | None = None  # the last start or change of the trail: nothing older is from it
    delivering_since: datetime | None = None  # since then, the first delivery is waited for; None if it is not
    change: str = ""  # what happened to the trail then, such as "was changed: key_prefix"
    logging: bool | None = None  # None if it is not known, here and below
    log_file_validation: bool | None = None

    def matches(self, digest: LogObject) -> bool:
        """True if the digest belongs to the expected trail."""
        return self.trail in ("", digest.trail) and self.home_region in ("", digest.home_region)

    @property
    def description(self) -> str:
        """The trail, for a message."""
        trail = f"trail {self.trail}" if self.trail else "the trail"
        return f"{trail} of {self.home_region}" if self.home_region else trail

    @property
    def last_change(self) -> str:
        """What happened to the trail last, as a sentence; empty if it is not known."""
        if self.logging_since is None:
            return ""
        return f"At {timestamps.text(self.logging_since)}, {self.description} {self.change or 'started logging'}."

    def precedes_change(self, time: datetime | None) -> bool:
        """True if the object of that time, or the lack of any object, says nothing about the trail as it is now."""
        return self.logging_since is not None and (time is None or time < self.logging_since)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is expected of every account, at one time."""

    now: datetime
    kms_key: str = ""  # the key ARN; empty for any encryption
    regions: frozenset[str] = frozenset()  # that must have log files; empty if all Regions with objects must deliver
    max_log_age: timedelta = timedelta(days=1)
    max_digest_age: timedelta = timedelta(hours=3)
    first_delivery_timeout: timedelta = timedelta(hours=2)

    def deadline(self, change: datetime | None, since: datetime | None) -> datetime | None:
        """The end of the wait for the first delivery after a change; None if there is nothing to wait for.

        C(since) is the time of the object that the finding is about. An object from after the change is not waited for.
        """
        if change is None or (since is not None and since >= change):
            return None
        end = change + self.first_delivery_timeout
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
    refused: tuple[tuple[str, str], ...] = ()  # objects that CloudTrail did not deliver: why, and the key
    folder: str = ""  # of the account
    own_trail: bool = False  # the digest belongs to the account's own trail, although an organization trail is expected
    error_code: str = ""  # of the listing, if S3 did not list the folders

    @property
    def empty(self) -> bool:
        return not (self.log or self.digest or self.other_trails or self.error_code)

    def as_result(self, now: datetime) -> dict[str, Any]:
        log, digest = (newest.as_result(now) if newest else None for newest in (self.log, self.digest))
        return {"account": self.account, "region": self.region, "log": log, "digest": digest}
