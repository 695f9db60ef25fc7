# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The newest digest and log file of one account and Region, as they were read. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._core import timestamps
from .._digests.timeline import StoredDigest
from .._log_files.object_keys import LOG, parse_key
from .encryption import AppliedEncryption
from .object_validator import ReadResult
from .options import NamedTrail


@dataclass(frozen=True, kw_only=True)
class _Verified:
    """An object of the log bucket whose signature or hash is right."""

    key: str
    encryption: AppliedEncryption

    def as_result(self, time: datetime | None) -> dict[str, Any]:
        return {
            "key": self.key,
            "time": _text_or_none(time),
            "last_modified": _text_or_none(self.encryption.modified),
            "encryption": self.encryption.algorithm or None,
            "kms_key": self.encryption.key or None,
        }


class NewestRead:
    """Keeps the newest objects among those that were read. Objects of other buckets are never verified objects here."""

    def __init__(self, bucket: str, trail: NamedTrail) -> None:
        """C(trail) is the one whose newest digest is kept."""
        self._bucket, self._trail = bucket, trail
        self._digest_time: datetime | None = None  # of any trail, and in any bucket that is read
        self._log_key = ""  # also of a log file that was changed
        self._digest: tuple[datetime, _Verified] | None = None
        self._log: _Verified | None = None

    def add_digest(self, stored: StoredDigest, result: ReadResult) -> None:
        """A digest that was read."""
        time, verified = stored.object.time, self._verified(result)
        if not stored.verified:
            return
        self._digest_time = max(time, self._digest_time or time)
        if verified and not stored.object.backfill and self._trail.includes(stored.object):
            self._digest = max((time, verified), self._digest or (time, verified), key=lambda item: item[0])

    def add_log_file(self, result: ReadResult) -> None:
        """A log file that was read. The names of log files sort by time."""
        key = result.located.key if result.located else ""
        if _name(key) > _name(self._log_key):
            self._log_key = key
        verified = None if result.problem else self._verified(result)
        if verified and _name(key) > _name(self._log.key if self._log else ""):
            self._log = verified

    def _verified(self, result: ReadResult) -> _Verified | None:
        if result.located and result.encryption and result.located.bucket.name == self._bucket:
            return _Verified(key=result.located.key, encryption=result.encryption)
        return None

    def as_result(self, unnamed: datetime | None) -> dict[str, Any]:
        """A part of the item of the return value C(regions). C(unnamed) is the newest log file in no digest."""
        times = filter(None, [_log_time(self._log_key), unnamed])
        return {
            "newest_digest": _text_or_none(self._digest_time),
            "newest_log_file": _text_or_none(max(times, default=None)),
            "digest": self._digest[1].as_result(self._digest[0]) if self._digest else None,
            "log": self._log.as_result(_log_time(self._log.key)) if self._log else None,
        }


def _log_time(key: str) -> datetime | None:
    log_file = parse_key(LOG, key)
    return log_file.time if log_file else None


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _text_or_none(time: datetime | None) -> str | None:
    return timestamps.text(time) if time else None
