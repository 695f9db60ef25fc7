# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The result of cloudtrail_integrity_info: whether the log files of a time range are complete and unchanged.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from .._aws.gateway import Gateway
from .._core import timestamps
from .._core.finding import FAILED, INFO, Finding, as_results
from .._digests import signature
from .._digests.problems import EMPTY, REMEDIATIONS
from .._log_files import bucket
from .._log_files.bucket import LogBucket
from . import options, public_keys
from .object_validator import ObjectValidator
from .options import IntegrityOptions
from .pipeline import EndOfRegion, Pipeline
from .public_keys import PublicKeys
from .region import RegionValidation

PERMISSIONS = (*bucket.PERMISSIONS, "kms:Decrypt", *public_keys.PERMISSIONS)
_PROGRESS = 1000  # log files between two lines of progress


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


class IntegrityInfo:
    """Validates the digest chains of many accounts and Regions."""

    def __init__(self, params: Mapping[str, Any], region: str, now: Callable[[], datetime] = _now) -> None:
        self.options: IntegrityOptions = options.parse(params, now())
        # fewer threads for listings and digests: there are fewer of them, and a whole digest is in memory
        self._readers = max(1, self.options.connections // 4)
        self.connections = self.options.connections + 3 * self._readers

    def read(self, gateway: Gateway, progress: Callable[[str], None]) -> dict[str, Any]:
        """The module's return values. C(progress) shows the operator a line of progress."""
        signature.require_library()
        log_bucket = LogBucket(gateway, self.options.bucket, self.options.owner)
        keys = PublicKeys(gateway, self.options.roles)
        validator = ObjectValidator(log_bucket, keys, self.options.time_range)
        summary = _Summary(self.options)
        for result in Pipeline(self.options, log_bucket, validator, self._readers).results():
            if isinstance(result, EndOfRegion):
                summary.add_region(result.region)
                continue
            summary.log_files += 1
            if summary.log_files % _PROGRESS == 0:
                region = result.log_file.region
                digests, account = summary.digests + region.digests, region.location.account
                progress(f"{summary.log_files} log files under {digests} digests read, now account {account}")
        return {**summary.as_result(), "requests": log_bucket.requests + keys.requests}


class _Summary:
    """The results of all accounts and Regions, which are added one by one."""

    def __init__(self, options: IntegrityOptions) -> None:
        self.digests = 0
        self.log_files = 0
        self._options = options
        self._chains: list[dict[str, Any]] = []
        self._findings: list[Finding] = []
        self._objects: dict[tuple[str, str], int] = {}  # digests and unnamed log files, by account and Region

    def add_region(self, region: RegionValidation) -> None:
        self.digests += region.digests
        self._chains += region.chains()
        self._findings += region.findings()
        self._objects[region.location.account, region.location.region] = region.digests + region.unnamed

    def as_result(self) -> dict[str, Any]:
        findings = [*self._findings, *self._empty()]
        return {
            "valid": self.digests > 0 and not any(finding.status == FAILED for finding in findings),
            "empty": not any(self._objects.values()),
            "start_time": timestamps.text(self._options.time_range.start),
            "end_time": timestamps.text(self._options.time_range.end),
            "digests": self.digests,
            "log_files": self.log_files,
            "chains": self._chains,
            "findings": as_results(findings),
        }

    def _empty(self) -> Iterator[Finding]:
        """Accounts or Regions without any object in the range: a failure if they are expected."""
        accounts = self._options.accounts
        if not accounts and not any(self._objects.values()):
            yield self._empty_finding("", "", FAILED)
            return
        for account, region in self._empty_places():
            yield self._empty_finding(account, region, FAILED if accounts else INFO)

    def _empty_places(self) -> list[tuple[str, str]]:
        """Account and Region of each empty Region if both are expected, else each account that is empty as a whole."""
        if self._options.accounts and self._options.regions:
            return [place for place, count in self._objects.items() if not count]
        delivering = {account for (account, _region), count in self._objects.items() if count}
        accounts = self._options.accounts or sorted({account for account, _region in self._objects})
        return [(account, "") for account in accounts if account not in delivering]

    def _empty_finding(self, account: str, region: str, status: str) -> Finding:
        time_range = self._options.time_range
        start, end = timestamps.text(time_range.start), timestamps.text(time_range.end)
        return Finding(
            account=account,
            region=region,
            check="integrity",
            kind=EMPTY,
            resource=self._options.location(account).account_folder if account else self._options.bucket,
            status=status,
            message=f"From {start} to {end} there is neither a digest nor a log file.",
            remediation=REMEDIATIONS[EMPTY],
            since=start,
        )
