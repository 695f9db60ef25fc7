# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The content of the page in the order in which the template shows it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    NOT_CHECKED,
    PASSED,
    WAITING,
    Finding,
)

from . import charts, grants
from .inputs import ACCOUNT_CHECKS, InventoryAccount
from .model import AccountStatus, Evidence
from .statuses import BY_SEVERITY, severity
from .text import number
from .titles import check_title, finding_title

ROW_LIMIT = 40  # up to so many accounts, each has a row of its own; in a larger fleet only those that do not pass
NOTE_LIMIT = 100  # findings with status INFO on the page
BAR_WIDTH = 1000  # of the bar at the top


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The status of one check. C(link) is the number of the most urgent finding, if there is one."""

    check: str
    title: str
    status: str  # empty if the check does not apply
    link: int | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One account in the table."""

    account: InventoryAccount
    cells: Sequence[Cell]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many accounts have a status, and their place in the bar of BAR_WIDTH units."""

    status: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, kw_only=True)
class PageFinding:
    """One finding. Its number is the target of links."""

    number: int
    host: str
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Group:
    """Findings of one kind with the same remediation, which the page shows once."""

    status: str
    check: str
    title: str
    remediation: str
    entries: Sequence[PageFinding]


@dataclass(frozen=True, kw_only=True)
class Section:
    """All groups of one status."""

    status: str
    title: str
    lead: str
    remediation_heading: str
    groups: Sequence[Group]
    more: int  # findings that the page leaves out


@dataclass(frozen=True, kw_only=True)
class Page:
    """The content of the page."""

    headline: str
    tallies: Sequence[Tally]
    columns: Sequence[str]  # titles of the checks
    rows: Sequence[Row]
    passing: Sequence[InventoryAccount]  # without a row of their own
    archive: Sequence[Cell]
    problems: Sequence[Section]  # FAILED and WAITING
    notes: Sequence[Section]  # INFO
    circles: charts.Circles | None
    permissions: Sequence[grants.Permission]
    timelines: charts.Timelines
    hosts: Mapping[str, str]  # account: host


_Numbered = Sequence[tuple[int, Finding]]


def build(evidence: Evidence) -> Page:
    """The page's content. The template decides only how it looks."""
    accounts, access = evidence.accounts, evidence.access
    hosts = {account.account.id: account.account.host for account in accounts}
    columns = _columns(accounts)
    findings = sorted(evidence.findings, key=lambda finding: _urgency(finding, columns))
    numbered = list(enumerate(_limited(findings)))
    links = _links(numbered, hosts)
    summarized = PASSED if len(accounts) > ROW_LIMIT else None  # accounts with this status have no row
    return Page(
        headline=_headline(evidence),
        tallies=_tallies(accounts),
        columns=[check_title(check) for check in columns],
        rows=[
            Row(account=row.account, cells=[_cell(row.account.id, check, row.checks, links) for check in columns])
            for row in accounts
            if row.status != summarized
        ],
        passing=[account.account for account in accounts if account.status == summarized],
        archive=[_cell("", check, evidence.archive.checks, links) for check in evidence.archive.checks],
        problems=_sections((FAILED, WAITING), numbered, evidence.findings, hosts),
        notes=_sections((INFO,), numbered, evidence.findings, hosts),
        circles=charts.circles(access, evidence.archive.account.id) if access else None,
        permissions=grants.permissions(access) if access else [],
        timelines=charts.timelines(evidence, hosts),
        hosts=hosts,
    )


def _headline(evidence: Evidence) -> str:
    """The most severe status of all accounts and the archive, in one sentence."""
    if evidence.status == FAILED:
        return f"{_having(FAILED, evidence)} failed.".capitalize()
    if evidence.status == NOT_CHECKED:
        return "Some checks did not run."
    if evidence.status == WAITING:
        return f"Waiting for the first delivery: {_having(WAITING, evidence)}."
    archive = " and in the log archive" if evidence.archive.checks else ""
    return f"All checks passed in {_accounts(evidence)}{archive}."


def _accounts(evidence: Evidence) -> str:
    count = len(evidence.accounts)
    return "1 account" if count == 1 else f"{number(count)} accounts"


def _having(status: str, evidence: Evidence) -> str:
    """What has the status, such as C(3 of 4 accounts and the log archive)."""
    count = sum(account.status == status for account in evidence.accounts)
    subjects = [f"{number(count)} of {_accounts(evidence)}"] if count else []
    if evidence.archive.status == status:
        subjects.append("the log archive")
    return " and ".join(subjects)


def _tallies(accounts: Sequence[AccountStatus]) -> list[Tally]:
    counts = Counter(account.status for account in accounts)
    tallies: list[Tally] = []
    x = 0.0
    for status in reversed(BY_SEVERITY):
        if counts[status]:
            width = BAR_WIDTH * counts[status] / len(accounts)
            tallies.append(Tally(status=status, count=counts[status], x=round(x, 1), width=round(width, 1)))
            x += width
    return tallies


def _columns(accounts: Iterable[AccountStatus]) -> list[str]:
    """The checks that at least one account has: first the usual ones in their order, then others."""
    checks = {check for account in accounts for check in account.checks}
    return [check for check in ACCOUNT_CHECKS if check in checks] + sorted(checks - set(ACCOUNT_CHECKS))


def _cell(account: str, check: str, checks: Mapping[str, str], links: Mapping[tuple[str, str], int]) -> Cell:
    return Cell(check=check, title=check_title(check), status=checks.get(check, ""), link=links.get((account, check)))


def _urgency(finding: Finding, columns: Sequence[str]) -> tuple[int, int, str, str, str, str]:
    """A sort key: the most severe first, and a cause before its effects, as a stopped trail before missing logs."""
    position = columns.index(finding.check) if finding.check in columns else len(columns)
    names = (finding.check, finding.kind, finding.remediation, finding.account)
    return (severity(finding.status), position, *names)


def _limited(findings: Sequence[Finding]) -> list[Finding]:
    """All findings, but at most NOTE_LIMIT with status INFO."""
    notes = [finding for finding in findings if finding.status == INFO]
    return [*(finding for finding in findings if finding.status != INFO), *notes[:NOTE_LIMIT]]


def _links(numbered: _Numbered, hosts: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """The number of the most urgent finding, by account and check. Findings about the archive have no account."""
    links: dict[tuple[str, str], int] = {}
    for position, finding in numbered:
        links.setdefault((finding.account if finding.account in hosts else "", finding.check), position)
    return links


# status: title of the section, lead, heading of the remediation
_SECTION_TEXTS = {
    FAILED: ("Failed checks", "Each problem is listed once, with all accounts that it affects.", "Remediation"),
    WAITING: (
        "Waiting",
        "These are not failures: the first delivery or the next digest is not due yet.",
        "Remediation",
    ),
    INFO: ("Information", "These findings do not fail the verification.", "Recommendation"),
}


def _sections(
    statuses: Iterable[str], numbered: _Numbered, findings: Sequence[Finding], hosts: Mapping[str, str]
) -> list[Section]:
    sections = []
    for status in statuses:
        title, lead, heading = _SECTION_TEXTS[status]
        shown = [(position, finding) for position, finding in numbered if finding.status == status]
        total = sum(finding.status == status for finding in findings)
        if shown:
            sections.append(
                Section(
                    status=status,
                    title=title,
                    lead=lead,
                    remediation_heading=heading,
                    groups=_groups(shown, hosts),
                    more=total - len(shown),
                )
            )
    return sections


def _groups(numbered: _Numbered, hosts: Mapping[str, str]) -> list[Group]:
    """Findings with the same remediation in one group, so that an operator reads it once."""
    entries: dict[tuple[str, str, str, str], list[PageFinding]] = {}
    for position, finding in numbered:
        same = (finding.status, finding.check, finding.kind, finding.remediation)
        entry = PageFinding(number=position, host=hosts.get(finding.account, ""), finding=finding)
        entries.setdefault(same, []).append(entry)
    return [
        Group(
            status=status,
            check=check_title(check),
            title=finding_title(check, kind),
            remediation=remediation,
            entries=group,
        )
        for (status, check, kind, remediation), group in entries.items()
    ]
