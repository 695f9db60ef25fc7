# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The result of cloudtrail_integrity_info: whether the log files of a time range are complete and unchanged.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from .._aws.gateway import Gateway
from .._core.errors import AwsFailure
from .._core.numbers import counted
from .._digests import signature
from .._log_files import bucket
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import log_root
from . import options, public_keys
from .object_validator import ObjectValidator
from .options import IntegrityOptions
from .pipeline import EndOfRegion, Pipeline
from .places import Places
from .public_keys import PublicKeys
from .summary import Summary

PERMISSIONS = (*bucket.PERMISSIONS, "kms:Decrypt", *public_keys.PERMISSIONS)
_PROGRESS = 1000  # log files between two lines of progress


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


class IntegrityInfo:
    """Validates the digest chains of many accounts and Regions."""

    def __init__(self, params: Mapping[str, Any], region: str, now: Callable[[], datetime] = _now) -> None:
        self._params, self._now = params, now
        self.options: IntegrityOptions = options.parse(params, now())
        # fewer threads for listings and digests: there are fewer of them, and a whole digest is in memory
        self._readers = max(1, self.options.connections // 4)
        self.connections = self.options.connections + 3 * self._readers

    def read(self, gateway: Gateway, progress: Callable[[str], None]) -> dict[str, Any]:
        """The module's return values. C(progress) shows the operator a line of progress."""
        signature.require_library()
        places = self._places(gateway)
        self.options = options.parse(self._params, self._time(places.here))
        keys = PublicKeys(gateway, self.options.roles)
        validator = ObjectValidator(places, keys, self.options.time_range, self.options.backfill_timeout)
        summary = Summary(self.options)
        for result in Pipeline(self.options, validator, self._readers).results():
            if isinstance(result, EndOfRegion):
                summary.add_region(result.region)
                continue
            summary.log_files += 1
            if summary.log_files % _PROGRESS == 0:
                region = result.log_file.region
                digests, account = summary.digests + region.digests, region.location.account
                read = f"{counted(summary.log_files, 'log file')} under {counted(digests, 'digest')} read"
                progress(f"{read}, now account {account}")
        return {**summary.as_result(), "requests": places.requests + keys.requests}

    def _time(self, log_bucket: LogBucket) -> datetime:
        """The time by S3's clock, because CloudTrail's times come from AWS. This machine's clock may be wrong."""
        here = self._now()
        try:
            return log_bucket.now(log_root(self.options.prefix), here).replace(microsecond=0)
        except AwsFailure:  # the search for accounts and digests reports what is denied
            return here

    def _places(self, gateway: Gateway) -> Places:
        """The log bucket, and the original buckets with the credentials for them."""
        originals = {
            (original.name, original.prefix): LogBucket(
                gateway.other(*original.role) if original.role else gateway, original.name, original.owner
            )
            for original in self.options.originals
        }
        return Places(LogBucket(gateway, self.options.bucket, self.options.owner), originals)
