# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rollup of all results: a status for each account and check, with the problems behind them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    NOT_CHECKED,
    PASSED,
    WAITING,
    Finding,
)

from . import causes, controls, coverage, encryption_gaps, headline
from .comparison import SET_PREVIOUS, EvidenceReadError, PreviousEvidence, StatusChange, compare, marked
from .coverage import RegionAge
from .encryption_gaps import ENCRYPTION_CHECK
from .gaps import all_findings
from .inputs import (
    ACCESS_SOURCE,
    ACCOUNT_CHECKS,
    DELIVERY_SOURCE,
    INTEGRITY_SOURCE,
    REGIONAL_CHECKS,
    TRAILS_SOURCE,
    InventoryAccount,
    RunContext,
    Source,
)
from .model import AccountStatus, ArchiveStatus, Evidence
from .results import (
    AccessResult,
    DeliveryResult,
    IntegrityResult,
    ModuleFailure,
    ModuleResults,
    RegionalResult,
    TrailsResult,
)
from .statuses import account_verdict, in_part, verdict, worst

_INTEGRITY = INTEGRITY_SOURCE.checks[0]

_Regions = Mapping[tuple[str, str], set[str]]  # (account, check): Regions


def report(context: RunContext, results: ModuleResults) -> Evidence:
    """The evidence of a run."""
    findings = all_findings(context, results)
    by_account: dict[str, list[Finding]] = {"": []}
    for account in context.accounts:
        by_account[account.id] = []
    for finding in findings:
        by_account[finding.account if finding.account in by_account else ""].append(finding)
    delivery = results.delivery if isinstance(results.delivery, DeliveryResult) else None
    integrity = results.integrity if isinstance(results.integrity, IntegrityResult) else None
    ages = coverage.ages(delivery, integrity, [account.id for account in context.accounts])
    regions = _regions(context, results)
    left_out = list(_left_out(context, results))
    end = integrity.end if integrity else None
    accounts = [
        _as_covered(_account(account, by_account[account.id], regions, results, ages[account.id]), end, left_out)
        for account in context.accounts
    ]
    archive = _archive(context, by_account[""], results)
    hosts = {**context.inventory, **{account.id: account.host for account in context.accounts}}
    problems = causes.reported_problems(findings, hosts)
    unexpected = delivery.unexpected_accounts if delivery else []
    status = worst([archive.status, *(account.status for account in accounts)])
    is_limited = len(accounts) < len(context.inventory)
    evidence = Evidence(
        made=context.made,
        status=in_part(status) if left_out or is_limited else status,
        headline="",
        facts=context.facts,
        tool=context.tool,
        looked=context.looked,
        start=integrity.start if integrity else None,
        end=end,
        inventory=context.inventory,
        accounts=accounts,
        archive=archive,
        left_out=left_out,
        coverage=coverage.of_fleet(ages, end) if integrity and integrity.regions is not None else None,
        problems=problems,
        findings=findings,
        comparison=None,
        deliveries=delivery.deliveries if delivery else [],
        unexpected_accounts=[account for account in unexpected if account not in context.inventory],
        unlisted_accounts=list(context.unlisted),
        chains=integrity.chains if integrity else [],
        access=results.access if isinstance(results.access, AccessResult) else None,
        duplicates=[entry for result in _trails(results) for entry in result.duplicates],
        controls=controls.summaries(context, results),
    )
    return replace(evidence, headline=headline.headline(evidence))


def compared(evidence: Evidence, previous: PreviousEvidence) -> Evidence:
    """The evidence with the changes since an earlier one. Raises EvidenceReadError if that is about another archive."""
    archive = evidence.archive.account.id
    if archive and previous.archive and archive != previous.archive:
        raise EvidenceReadError(
            f"previous: the file is the evidence of log archive {previous.archive}, and this run is about {archive}."
            f" {SET_PREVIOUS} an evidence of the same log archive."
        )
    checks = {account.account.id: account.checks for account in evidence.accounts}
    checked = {check for statuses in checks.values() for check, status in statuses.items() if status != NOT_CHECKED}
    checked |= {check for check, status in evidence.archive.checks.items() if status != NOT_CHECKED}

    def was_checked(finding: Finding) -> bool:
        if finding.account in evidence.inventory and finding.account not in checks:
            return False  # C(--limit) excludes the account
        statuses = checks.get(finding.account)
        if statuses is None:
            return finding.check in checked
        return statuses.get(finding.check, NOT_CHECKED) != NOT_CHECKED

    statuses = {account.account.id: account.status for account in evidence.accounts}
    hosts = {**evidence.inventory, **{account.account.id: account.account.host for account in evidence.accounts}}
    account = evidence.archive.account
    change = (
        StatusChange(account=account.id, host=account.host, before=previous.archive_status, now=evidence.archive.status)
        if evidence.archive.checks
        else None
    )
    return replace(
        evidence,
        problems=marked(evidence.problems, previous),
        comparison=compare(previous, evidence.findings, statuses, hosts, was_checked, change),
    )


def _regional(results: ModuleResults) -> Iterator[tuple[Source, RegionalResult | ModuleFailure]]:
    """The results of the modules that look at each Region, if they were requested."""
    if results.delivery is not None:
        yield DELIVERY_SOURCE, results.delivery
    if results.integrity is not None:
        yield INTEGRITY_SOURCE, results.integrity


def _trails(results: ModuleResults) -> Iterator[TrailsResult]:
    yield from (result for result in results.trails.values() if isinstance(result, TrailsResult))


def _regions(context: RunContext, results: ModuleResults) -> _Regions:
    """The Regions of which a module read something, by account and check.

    The encryption can be seen only in Regions with objects, and compared only with a key that was read.
    """
    regions: dict[tuple[str, str], set[str]] = {}
    for source, result in _regional(results):
        if not isinstance(result, ModuleFailure):
            for entry in result.covered:
                regions.setdefault((entry.account, source.checks[0]), set()).add(entry.region)
    for delivery in encryption_gaps.read_in(context, results):
        regions.setdefault((delivery.account, ENCRYPTION_CHECK), set()).add(delivery.region)
    return regions


def _account(
    account: InventoryAccount,
    findings: Sequence[Finding],
    regions: _Regions,
    results: ModuleResults,
    ages: Mapping[str, RegionAge],
) -> AccountStatus:
    """The status of each check of an account, and of each check and Region."""
    checks = dict(_initial(account, results))
    by_region: dict[str, dict[str, str]] = {}
    for check, status in checks.items():
        seen = regions.get((account.id, check), set())
        source = DELIVERY_SOURCE.checks[0] if check == ENCRYPTION_CHECK else check
        for region in sorted(regions.get((account.id, source), ())):
            by_region.setdefault(region, {})[check] = status if region in seen else NOT_CHECKED
    checks |= {
        check: NOT_CHECKED for check in checks if check in REGIONAL_CHECKS and (account.id, check) not in regions
    }
    for finding in findings:
        _worsen(checks, finding)
        if finding.region and finding.check in REGIONAL_CHECKS:
            _worsen(by_region.setdefault(finding.region, {}), finding)
    status = account_verdict(checks)
    return AccountStatus(account=account, status=status, checks=checks, regions=by_region, ages=ages)


def _as_covered(account: AccountStatus, end: datetime | None, left_out: Sequence[str]) -> AccountStatus:
    """The account as passed in part if a check was left out, or digests do not cover the range. C(end) is its end."""
    is_covered = _INTEGRITY not in account.checks or coverage.is_whole(account.ages, end)
    if is_covered and not any(check in ACCOUNT_CHECKS for check in left_out):
        return account
    return replace(account, status=in_part(account.status))


def _worsen(checks: dict[str, str], finding: Finding) -> None:
    """Add a finding to the statuses. A failure or a wait replaces NOT_CHECKED, because it gives the reason."""
    status = checks.get(finding.check, PASSED)
    is_reason = status == NOT_CHECKED and finding.status in (FAILED, WAITING)
    checks[finding.check] = finding.status if is_reason else worst([finding.status, status])


def _initial(account: InventoryAccount, results: ModuleResults) -> Iterator[tuple[str, str]]:
    """Each check of an account with its status before any finding."""
    yield from _initial_of(TRAILS_SOURCE, results.trails.get(account.host))
    for source, result in _regional(results):
        yield from _initial_of(source, result)


def _initial_of(source: Source, result: object) -> Iterator[tuple[str, str]]:
    """PASSED if there is a result, NOT_CHECKED if the module failed or did not run."""
    status = NOT_CHECKED if result is None or isinstance(result, ModuleFailure) else PASSED
    yield from ((check, status) for check in source.checks)


def _left_out(context: RunContext, results: ModuleResults) -> Iterator[str]:
    """The checks whose module did not run. Without a log-archive host, its checks are NOT_CHECKED instead."""
    if results.delivery is None:
        yield from DELIVERY_SOURCE.checks
    if results.integrity is None:
        yield from INTEGRITY_SOURCE.checks
    if results.access is None and context.archive.host:
        yield from ACCESS_SOURCE.checks


def _archive(context: RunContext, findings: Sequence[Finding], results: ModuleResults) -> ArchiveStatus:
    checks: dict[str, str] = {}
    if results.access is not None or not context.archive.host:
        checks |= _initial_of(ACCESS_SOURCE, results.access)
    for finding in findings:
        _worsen(checks, finding)
    return ArchiveStatus(account=context.archive, status=verdict(checks.values()), checks=checks)
