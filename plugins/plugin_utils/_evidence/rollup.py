# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rollup of all results: a status for each account and check, and the verdict for each host. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    NOT_CHECKED,
    PASSED,
    WAITING,
    Finding,
)

from . import text
from .gaps import all_findings
from .inputs import (
    ACCESS_SOURCE,
    DELIVERY_SOURCE,
    INTEGRITY_SOURCE,
    REGIONAL_CHECKS,
    TRAILS_SOURCE,
    InventoryAccount,
    RunContext,
    Source,
)
from .model import AccountStatus, ArchiveStatus, ControlFailure, ControlSummary, Evidence
from .results import (
    AccessResult,
    ControlResult,
    DeliveryResult,
    IntegrityResult,
    ModuleFailure,
    ModuleResults,
    RegionalResult,
    TrailsResult,
)
from .statuses import verdict, worst

_MESSAGE_LIMIT = 10  # messages of one status in a host's verdict
_Regions = Mapping[tuple[str, str], set[str]]  # (account, check): Regions


@dataclass(frozen=True, kw_only=True)
class HostVerdict:
    """What the play reports for one host: its status and the messages of its findings."""

    status: str
    failed: Sequence[str]
    waiting: Sequence[str]


def report(context: RunContext, results: ModuleResults) -> Evidence:
    """The evidence of a run."""
    findings = all_findings(context, results)
    by_account: dict[str, list[Finding]] = {"": []}
    for account in context.accounts:
        by_account[account.id] = []
    for finding in findings:
        by_account[finding.account if finding.account in by_account else ""].append(finding)
    regions = _regions(results)
    accounts = [_account(account, by_account[account.id], regions, results) for account in context.accounts]
    archive = _archive(context, by_account[""], results)
    delivery = results.delivery if isinstance(results.delivery, DeliveryResult) else None
    integrity = results.integrity if isinstance(results.integrity, IntegrityResult) else None
    unexpected = delivery.unexpected_accounts if delivery else []
    return Evidence(
        made=context.made,
        status=worst([archive.status, *(account.status for account in accounts)]),
        facts=context.facts,
        start=integrity.start if integrity else None,
        end=integrity.end if integrity else None,
        inventory_size=len(context.inventory),
        accounts=accounts,
        archive=archive,
        findings=findings,
        deliveries=delivery.deliveries if delivery else [],
        unexpected_accounts=[account for account in unexpected if account not in context.inventory],
        chains=integrity.chains if integrity else [],
        access=results.access if isinstance(results.access, AccessResult) else None,
        duplicates=[entry for result in _trails(results) for entry in result.duplicates],
        controls=_controls(context, results),
    )


def verdicts(evidence: Evidence, write_error: str = "") -> dict[str, HostVerdict]:
    """The verdict for each host. Findings about the archive go to its host, or to the first host if that is missing.

    C(write_error), the reason why the files were not written, goes there too.
    """
    hosts = {account.account.id: account.account.host for account in evidence.accounts}
    archive_host = evidence.archive.account.host
    if archive_host not in hosts.values():
        archive_host = next(iter(hosts.values()))
    by_host: dict[str, list[Finding]] = {host: [] for host in hosts.values()}
    for finding in evidence.findings:
        by_host[hosts.get(finding.account, archive_host)].append(finding)
    return {host: _verdict(findings, write_error if host == archive_host else "") for host, findings in by_host.items()}


def _verdict(findings: Sequence[Finding], write_error: str) -> HostVerdict:
    failed, waiting = _messages(findings, FAILED), _messages(findings, WAITING)
    if write_error:
        failed = [write_error, *failed]
    return HostVerdict(
        status=FAILED if failed else WAITING if waiting else PASSED,
        failed=failed,
        waiting=waiting,
    )


def _messages(findings: Sequence[Finding], status: str) -> list[str]:
    messages = [text.sentence(finding) for finding in findings if finding.status == status]
    more = len(messages) - _MESSAGE_LIMIT
    return [*messages[:_MESSAGE_LIMIT], f"{more} more findings are in the evidence."] if more > 0 else messages


def _regional(results: ModuleResults) -> Iterator[tuple[Source, RegionalResult | ModuleFailure]]:
    """The results of the modules that look at each Region, if they were requested."""
    if results.delivery is not None:
        yield DELIVERY_SOURCE, results.delivery
    if results.integrity is not None:
        yield INTEGRITY_SOURCE, results.integrity


def _trails(results: ModuleResults) -> Iterator[TrailsResult]:
    yield from (result for result in results.trails.values() if isinstance(result, TrailsResult))


def _regions(results: ModuleResults) -> _Regions:
    """The Regions of which a module read something, by account and check."""
    regions: dict[tuple[str, str], set[str]] = {}
    for source, result in _regional(results):
        if not isinstance(result, ModuleFailure):
            for entry in result.covered:
                for check in source.checks:
                    regions.setdefault((entry.account, check), set()).add(entry.region)
    return regions


def _account(
    account: InventoryAccount, findings: Sequence[Finding], regions: _Regions, results: ModuleResults
) -> AccountStatus:
    """The status of each check of an account, and of each check and Region."""
    checks = dict(_initial(account, results))
    by_region: dict[str, dict[str, str]] = {}
    for check, status in checks.items():
        for region in sorted(regions.get((account.id, check), ())):
            by_region.setdefault(region, {})[check] = status
    for finding in findings:
        _worsen(checks, finding)
        if finding.region and finding.check in REGIONAL_CHECKS:
            _worsen(by_region.setdefault(finding.region, {}), finding)
    return AccountStatus(account=account, status=verdict(checks.values()), checks=checks, regions=by_region)


def _worsen(checks: dict[str, str], finding: Finding) -> None:
    checks[finding.check] = worst([finding.status, checks.get(finding.check, PASSED)])


def _initial(account: InventoryAccount, results: ModuleResults) -> Iterator[tuple[str, str]]:
    """Each check of an account with its status before any finding."""
    yield from _initial_of(TRAILS_SOURCE, results.trails.get(account.host))
    for source, result in _regional(results):
        yield from _initial_of(source, result)


def _initial_of(source: Source, result: object) -> Iterator[tuple[str, str]]:
    """PASSED if there is a result, NOT_CHECKED if the module failed or did not run."""
    status = NOT_CHECKED if result is None or isinstance(result, ModuleFailure) else PASSED
    yield from ((check, status) for check in source.checks)


def _archive(context: RunContext, findings: Sequence[Finding], results: ModuleResults) -> ArchiveStatus:
    checks = {} if results.access is None else dict(_initial_of(ACCESS_SOURCE, results.access))
    for finding in findings:
        _worsen(checks, finding)
    return ArchiveStatus(account=context.archive, status=verdict(checks.values()), checks=checks)


def _controls(context: RunContext, results: ModuleResults) -> list[ControlSummary]:
    """Each control once, with the accounts in which it failed."""
    by_id: dict[str, list[tuple[str, ControlResult]]] = {}
    for account, control in _account_controls(context, results):
        by_id.setdefault(control.id, []).append((account, control))
    return [_summary(by_id[identity]) for identity in sorted(by_id, key=_natural)]


def _account_controls(context: RunContext, results: ModuleResults) -> Iterator[tuple[str, ControlResult]]:
    for account in context.accounts:
        result = results.trails.get(account.host)
        if isinstance(result, TrailsResult):
            yield from ((account.id, control) for control in result.controls)
    if isinstance(results.access, AccessResult):
        yield from ((context.archive.id, control) for control in results.access.controls)


def _summary(controls: Sequence[tuple[str, ControlResult]]) -> ControlSummary:
    """One control over all accounts that have it."""
    statuses = [control.status for _account, control in controls]
    _first_account, first = controls[0]
    return ControlSummary(
        id=first.id,
        title=first.title,
        passed=statuses.count(PASSED),
        not_checked=statuses.count(NOT_CHECKED),
        failed=[
            ControlFailure(account=account, message=control.message)
            for account, control in controls
            if control.status == FAILED
        ],
    )


def _natural(identity: str) -> list[tuple[int, str]]:
    """A sort key that puts CloudTrail.10 after CloudTrail.9."""
    parts = identity.replace(".", " ").split()
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
