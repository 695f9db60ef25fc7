# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The content of the page in the order in which the template shows it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    NOT_CHECKED,
    PASSED,
    WAITING,
)
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import number

from . import charts, grants, page_fleet, page_problems
from .headline import has_integrity, hours_covered, is_partial
from .model import AccountStatus, Evidence
from .statuses import BY_SEVERITY, LABELS, PASSED_IN_PART
from .titles import not_part_of_the_run

BAR_WIDTH = 1000  # of the bar at the top
_GOOD = (PASSED, PASSED_IN_PART)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many accounts have a status, and their place in the bar of BAR_WIDTH units."""

    status: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Page:
    """The content of the page."""

    headline: str
    tone: str  # a status
    lines: Sequence[str]  # sentences below the headline
    tallies: Sequence[Tally]
    fleet: page_fleet.Fleet
    problems: Sequence[page_problems.Section]  # FAILED, NOT_CHECKED and WAITING
    gone: Sequence[str]  # problems of the earlier evidence that are no longer found
    notes: Sequence[page_problems.Section]  # INFO
    circles: charts.Circles | None
    shared: Sequence[charts.SharedAccount]
    permissions: Sequence[grants.Permission]
    timelines: charts.Timelines
    hosts: Mapping[str, str]  # account: host


def build(evidence: Evidence) -> Page:
    """The page's content. The template decides only how it looks."""
    accounts, access = evidence.accounts, evidence.access
    archive = evidence.archive.account.id
    hosts = {account.account.id: account.account.host for account in accounts}
    gone = evidence.comparison.gone if evidence.comparison else ()
    return Page(
        headline=evidence.headline,
        tone=evidence.status,
        lines=list(_lines(evidence)),
        tallies=_tallies(accounts),
        fleet=page_fleet.fleet(evidence, page_problems.links(evidence)),
        problems=page_problems.sections((FAILED, NOT_CHECKED, WAITING), evidence),
        gone=[page_problems.title_with_size(problem) for problem in gone],
        notes=page_problems.sections((INFO,), evidence),
        circles=charts.circles(access, archive) if access else None,
        shared=charts.shared(access, archive) if access else [],
        permissions=grants.permissions(access) if access else [],
        timelines=charts.timelines(evidence, hosts),
        hosts=hosts,
    )


def _lines(evidence: Evidence) -> Iterator[str]:
    """What a reader must know beside the headline: the number of problems, the hours, what is missing, what changed."""
    counts = Counter(problem.status for problem in evidence.problems)
    named = [
        f"{number(counts[status])} {LABELS[status]}" for status in (FAILED, NOT_CHECKED, WAITING) if counts[status]
    ]
    if named:
        yield f"Problems: {', '.join(named)}. Each is listed once below."
    if has_integrity(evidence) and (evidence.status not in _GOOD or not is_partial(evidence)):
        yield hours_covered(evidence)
    if evidence.coverage and evidence.coverage.uncovered_log_files:
        yield f"Log files that no digest covers yet: {number(evidence.coverage.uncovered_log_files)}."
    if evidence.left_out and evidence.status not in _GOOD:
        yield not_part_of_the_run(evidence.left_out)
    if evidence.comparison:
        gone = sum(len(problem.affected) for problem in evidence.comparison.gone)
        yield (
            f"Findings since {evidence.comparison.made}: {number(evidence.comparison.new)} new,"
            f" {number(evidence.comparison.unchanged)} unchanged, {number(gone)} gone."
        )


def _tallies(accounts: Sequence[AccountStatus]) -> list[Tally]:
    counts = Counter(account.status for account in accounts)
    tallies: list[Tally] = []
    x = 0.0
    for status in BY_SEVERITY:
        if counts[status]:
            width = BAR_WIDTH * counts[status] / len(accounts)
            tallies.append(Tally(status=status, count=counts[status], x=round(x, 1), width=round(width, 1)))
            x += width
    return tallies
