# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The problems on the page: each once, with its remediation, what states it, and its effects by account. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    NOT_CHECKED,
    WAITING,
)
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import counted, number

from .causes import NEW, Affected, ReportedProblem
from .model import Evidence
from .statuses import worst
from .titles import check_title, finding_title

ENTRY_LIMIT = 200  # findings of one problem on the page
UNFOLDED = 25  # up to so many findings or accounts are unfolded
NOTE_LIMIT = 100  # problems with status INFO on the page


@dataclass(frozen=True, kw_only=True)
class AccountEffects:
    """What a problem causes in one account."""

    account: str
    host: str
    status: str
    effects: Sequence[str]  # such as: Delivery: the newest digest is too old, in 17 Regions


@dataclass(frozen=True, kw_only=True)
class PageProblem:
    """One problem. Its number is the target of links."""

    number: int
    problem: ReportedProblem
    checks: str
    size: str  # such as: 12 accounts, 40 findings
    change: str  # since the earlier evidence, in words; empty if there is none
    entries: Sequence[Affected]  # findings about the cause
    more: int  # entries that the page leaves out
    effects: Sequence[AccountEffects]
    more_effects: int  # accounts that the page leaves out


@dataclass(frozen=True, kw_only=True)
class Section:
    """All problems of one status."""

    status: str
    title: str
    lead: str
    remediation_heading: str
    problems: Sequence[PageProblem]
    more: int  # problems that the page leaves out


# status: title of the section, lead, heading of the remediation
_SECTION_TEXTS = {
    FAILED: (
        "Failed checks",
        "Each problem is listed once, with everything that it affects. The widest problem comes first.",
        "Remediation",
    ),
    NOT_CHECKED: (
        "Not checked",
        "These parts could not be read, so they have not passed.",
        "Remediation",
    ),
    WAITING: (
        "Waiting",
        "These have not failed, because a delivery that can explain them is not due yet.",
        "Remediation",
    ),
    INFO: ("Information", "These findings do not fail the verification.", "Recommendation"),
}


def sections(statuses: Iterable[str], evidence: Evidence) -> list[Section]:
    """The sections of the statuses that have problems."""
    made = []
    for status in statuses:
        numbered = [(n, problem) for n, problem in enumerate(evidence.problems) if problem.status == status]
        shown = numbered[:NOTE_LIMIT] if status == INFO else numbered
        title, lead, heading = _SECTION_TEXTS[status]
        if shown:
            made.append(
                Section(
                    status=status,
                    title=title,
                    lead=lead,
                    remediation_heading=heading,
                    problems=[_problem(position, problem) for position, problem in shown],
                    more=len(numbered) - len(shown),
                )
            )
    return made


def links(evidence: Evidence) -> dict[tuple[str, str], int]:
    """The number of the most urgent problem on the page, by account and check. The archive has no account."""
    known = {account.account.id for account in evidence.accounts}
    numbers: dict[tuple[str, str], int] = {}
    notes = 0
    for position, problem in enumerate(evidence.problems):
        notes += problem.status == INFO
        if notes <= NOTE_LIMIT:
            for entry in problem.affected:
                numbers.setdefault((entry.account if entry.account in known else "", entry.check), position)
    return numbers


def title_with_size(problem: ReportedProblem) -> str:
    """Title and size, for a list of problems."""
    return f"{problem.title} ({size(problem)})"


def size(problem: ReportedProblem) -> str:
    """How many accounts and findings a problem has, as 12 accounts, 40 findings; log archive if it has no account."""
    accounts = len(problem.accounts)
    places = [] if all(entry.account for entry in problem.affected) else ["log archive"]
    places += [counted(accounts, "account")] if accounts else []
    findings = [counted(len(problem.affected), "finding")] if len(problem.affected) > max(accounts, 1) else []
    return ", ".join([*places, *findings])


def _problem(position: int, problem: ReportedProblem) -> PageProblem:
    entries = [entry for entry in problem.affected if not entry.effect]
    effects = _effects([entry for entry in problem.affected if entry.effect])
    return PageProblem(
        number=position,
        problem=problem,
        checks=", ".join(check_title(check) for check in problem.checks),
        size=size(problem),
        change=_change(problem),
        entries=entries[:ENTRY_LIMIT],
        more=max(len(entries) - ENTRY_LIMIT, 0),
        effects=effects[:ENTRY_LIMIT],
        more_effects=max(len(effects) - ENTRY_LIMIT, 0),
    )


def _effects(entries: Sequence[Affected]) -> list[AccountEffects]:
    by_account: dict[str, list[Affected]] = {}
    for entry in entries:
        by_account.setdefault(entry.account, []).append(entry)
    return [
        AccountEffects(
            account=account,
            host=group[0].host,
            status=worst(entry.status for entry in group),
            effects=_texts(group),
        )
        for account, group in by_account.items()
    ]


def _texts(entries: Sequence[Affected]) -> list[str]:
    """One text for each kind of effect in an account, with the number of Regions."""
    regions: dict[str, list[str]] = {}
    for entry in entries:
        text = f"{check_title(entry.check)}: {_lower(finding_title(entry.check, entry.kind))}"
        regions.setdefault(text, []).append(entry.region)
    return [
        f"{text}, in {names[0]}"
        if len(names) == 1 and names[0]
        else f"{text}, {number(len(names))} times"
        if len(names) > 1
        else text
        for text, names in regions.items()
    ]


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _change(problem: ReportedProblem) -> str:
    """What is new since the earlier evidence, in words; empty if there is none."""
    if not problem.change:
        return ""
    new = sum(entry.change == NEW for entry in problem.affected)
    if problem.change == NEW or not new:
        return problem.change
    return f"{problem.change}, {counted(new, 'finding')} more"
