# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The return values of cloudtrail_integrity_info, from the validation of each account and Region. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._core import timestamps
from .._core.errors import AwsFailure
from .._core.finding import FAILED, INFO, NOT_CHECKED, Finding, as_results
from .._digests.problems import EMPTY, MISSING, REMEDIATIONS, UNKNOWN_START, WAITING_FOR_DIGEST, FindingLimiter
from .options import IntegrityOptions
from .region import RegionValidation
from .required_regions import RegionFacts, RequiredRegions
from .rules import rules_for


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
        self._facts: dict[tuple[str, str], RegionFacts] = {}  # by account and Region, of those that could be listed
        self._unlisted: set[str] = set()  # accounts with a folder that could not be listed
        self._failures: list[AwsFailure] = []  # of listings
        self._listed = 0  # accounts and Regions that could be listed

    def add_region(self, region: RegionValidation) -> None:
        self._findings += region.findings()
        account, name = region.location.account, region.location.region
        if name:  # otherwise, there are only findings about a whole account
            self._regions.append(region.as_result())
        if region.failure:
            self._failures.append(region.failure)
            self._unlisted.add(account)
            return
        if not name:
            return
        self._listed += 1
        self.digests += region.digests
        self._chains += region.chains()
        self._facts[account, name] = region.facts
        silent = FindingLimiter(account, name)
        for problem in region.silent:
            silent.add(problem)
        self._silent[account, name] = list(silent.findings())

    def as_result(self) -> dict[str, Any]:
        """Raises AwsFailure if nothing could be listed."""
        if self._failures and not self._listed:
            raise self._failures[0]
        absent = list(self._absent())
        findings = [*self._without_waiting(absent), *self._empty(), *self._silent_findings(), *absent]
        return {
            "valid": self.digests > 0 and not any(finding.status in (FAILED, NOT_CHECKED) for finding in findings),
            "empty": not self._delivering,
            "start_time": timestamps.text(self._options.time_range.start),
            "end_time": timestamps.text(self._options.time_range.end),
            "digests": self.digests,
            "log_files": self.log_files,
            "chains": self._chains,
            "regions": self._regions,
            "findings": as_results(findings),
        }

    @property
    def _delivering(self) -> set[str]:
        """The accounts with objects in the range. An account that cannot be listed is not empty: that is not known."""
        return {account for (account, _region), facts in self._facts.items() if facts.objects} | self._unlisted

    def _without_waiting(self, absent: Iterable[Finding]) -> Iterator[Finding]:
        """The findings, without log files that wait for the first digest of a Region that has lost its digests."""
        failed = {(finding.account, finding.region) for finding in absent if finding.status == FAILED}
        for finding in self._findings:
            if finding.kind != WAITING_FOR_DIGEST or (finding.account, finding.region) not in failed:
                yield finding

    def _silent_findings(self) -> Iterator[Finding]:
        """Trails with older digests only, except where the whole account is empty: that is one finding."""
        for (account, _region), findings in self._silent.items():
            if account in self._delivering:
                yield from findings

    def _absent(self) -> Iterator[Finding]:
        """Regions without digests that must have some. Adds them to the Regions of the result."""
        listed = {(entry["account"], entry["region"]) for entry in self._regions}
        for absent in RequiredRegions(self._options, self._facts).absent():
            account, region = absent.account, absent.region
            if account in self._unlisted:
                continue
            findings = FindingLimiter(account, region)
            findings.add(absent.problem)
            yield from findings.findings()
            if (account, region) not in listed:
                nothing = RegionValidation(self._options.location(account, region), rules_for(account, self._options))
                self._regions.append(nothing.as_result())

    def _empty(self) -> Iterator[Finding]:
        """Accounts without any object in the range: a failure if they are expected."""
        accounts, delivering = self._options.accounts, self._delivering
        if not accounts and not delivering:
            yield self._empty_finding("", FAILED)
            return
        for account in accounts or sorted({account for account, _region in self._facts}):
            if account not in delivering:
                yield self._empty_finding(account, FAILED if accounts else INFO)

    def _empty_finding(self, account: str, status: str) -> Finding:
        """A trail that delivered in the range waits for no first delivery: what it delivered must be here."""
        time_range = self._options.time_range
        start, end = timestamps.text(time_range.start), timestamps.text(time_range.end)
        trail = self._options.trail(account)
        delivered = trail.delivered_in(time_range)
        kind = MISSING if delivered else EMPTY
        if not delivered and status == FAILED and (delivered := trail.may_have_delivered_in(time_range)):
            kind, status = UNKNOWN_START, NOT_CHECKED
        return Finding(
            account=account,
            region="",
            check="integrity",
            kind=kind,
            resource=self._options.location(account).account_folder if account else self._options.bucket,
            status=status,
            message=f"From {start} to {end} there is neither a digest nor a log file. {delivered}".rstrip(),
            remediation=REMEDIATIONS[kind],
            since=start,
        )
