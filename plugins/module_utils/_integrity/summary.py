# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The return values of cloudtrail_integrity_info, from the validation of each account and Region. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._core import timestamps
from .._core.errors import AwsFailure
from .._core.finding import FAILED, INFO, Finding, as_results
from .._digests.problems import EMPTY, REMEDIATIONS, FindingLimiter
from .options import IntegrityOptions
from .region import RegionValidation


class Summary:
    """The results of all accounts and Regions, which are added one by one."""

    def __init__(self, options: IntegrityOptions) -> None:
        self.digests = 0
        self.log_files = 0
        self._options = options
        self._chains: list[dict[str, Any]] = []
        self._regions: list[dict[str, Any]] = []
        self._findings: list[Finding] = []
        self._silent: dict[tuple[str, str], list[Finding]] = {}  # by account and Region
        self._objects: dict[tuple[str, str], int] = {}  # digests and unnamed log files, by account and Region
        self._failures: list[AwsFailure] = []  # of listings
        self._listed = 0  # accounts and Regions that could be listed

    def add_region(self, region: RegionValidation) -> None:
        self._findings += region.findings()
        if region.failure:
            self._failures.append(region.failure)
            self._unlisted(region)
            return
        if not region.location.region:  # only findings about a whole account
            return
        account, name = region.location.account, region.location.region
        self._listed += 1
        self.digests += region.digests
        self._chains += region.chains()
        self._regions.append(region.as_result())
        self._objects[account, name] = region.objects
        silent = FindingLimiter(account, name)
        for problem in region.silent:
            silent.add(problem)
        self._silent[account, name] = list(silent.findings())

    def _unlisted(self, region: RegionValidation) -> None:
        """An account or Region whose folder cannot be listed is not empty: that is not known."""
        account, name = region.location.account, region.location.region
        self._objects[account, name] = 1
        if name:
            self._regions.append(region.as_result())

    def as_result(self) -> dict[str, Any]:
        """Raises AwsFailure if nothing could be listed."""
        if self._failures and not self._listed:
            raise self._failures[0]
        findings = [*self._findings, *self._empty(), *self._silent_findings()]
        return {
            "valid": self.digests > 0 and not any(finding.status == FAILED for finding in findings),
            "empty": not any(self._objects.values()),
            "start_time": timestamps.text(self._options.time_range.start),
            "end_time": timestamps.text(self._options.time_range.end),
            "digests": self.digests,
            "log_files": self.log_files,
            "chains": self._chains,
            "regions": self._regions,
            "findings": as_results(findings),
        }

    def _silent_findings(self) -> Iterator[Finding]:
        """Trails with older digests only, except where the whole account or Region is empty: that is one finding."""
        delivering = {account for (account, _region), count in self._objects.items() if count}
        empty = set(self._empty_places())
        for (account, region), findings in self._silent.items():
            if account in delivering and (account, region) not in empty:
                yield from findings

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
