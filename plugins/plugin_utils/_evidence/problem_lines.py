# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Problems as lines for a terminal: of one host, and of the whole run. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    NO_ACTION_BEFORE,
    NOT_CHECKED,
    WAITING,
)
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import counted, number

from .causes import Affected, ReportedProblem
from .model import Evidence
from .statuses import LABELS, worst
from .text import finding_text, one_line
from .titles import check_names

REPORTED = (FAILED, NOT_CHECKED, WAITING)
NAMES_LIMIT = 3  # accounts that a line of the whole run names
OVERVIEW_LIMIT = 20  # problems in the overview of the whole run
_DEADLINE = re.compile(rf"{NO_ACTION_BEFORE} ([0-9T:-]+Z)")
# before the names of the checks that a problem affects too, by the most severe status of these effects
_VERBS = {FAILED: "This also fails", NOT_CHECKED: "This also prevents", WAITING: "This also delays"}


def summary(evidence: Evidence) -> list[str]:
    """One line for each problem of the whole run with its remediation, the most severe first."""
    archive = evidence.archive.account.id
    return [
        f"{LABELS[problem.status].capitalize()}: {line(problem, [problem.lead], archive)}"
        for problem in _reported(evidence)
    ]


def overview(evidence: Evidence) -> list[str]:
    """The result of the run, and a line for each problem with the accounts that it affects.

    The hosts themselves report what failed and what was not checked. Only the waits are explained here, once for all.
    """
    problems = _reported(evidence)
    more = len(problems) - OVERVIEW_LIMIT
    lines = [one_line(_of_all(problem)) for problem in problems[:OVERVIEW_LIMIT]]
    rest = [f"The evidence contains {counted(more, 'more problem')}."] if more > 0 else []
    return [one_line(evidence.headline), *lines, *rest]


def _reported(evidence: Evidence) -> list[ReportedProblem]:
    return [problem for problem in evidence.problems if problem.status in REPORTED]


def _of_all(problem: ReportedProblem) -> str:
    """The problem with the accounts that it affects, and with what to do if it is a wait."""
    text = f"{LABELS[problem.status].capitalize()}: {problem.title}, in {_places(problem)}."
    return f"{text} {problem.remediation}" if problem.status == WAITING else text


def _places(problem: ReportedProblem) -> str:
    """Where the problem is, as: the log archive and 4 accounts (production, staging, test and 1 more)."""
    hosts = list(dict.fromkeys(entry.host or entry.account for entry in problem.affected if entry.account))
    more = len(hosts) - NAMES_LIMIT
    names = ", ".join(hosts[:NAMES_LIMIT]) + (f" and {number(more)} more" if more > 0 else "")
    places = [] if all(entry.account for entry in problem.affected) else ["the log archive"]
    places += [f"{counted(len(hosts), 'account')} ({names})"] if hosts else []
    return " and ".join(places)


def wait_line(problem: ReportedProblem, entries: Sequence[Affected], archive: str) -> str:
    """The wait of one host in one sentence with its deadline. A wait that needs an action has the whole line."""
    entry = next((entry for entry in entries if not entry.effect), entries[0])
    deadline = _DEADLINE.search(entry.remediation or problem.remediation)
    if deadline is None:
        return line(problem, entries, archive)
    place = f"Account {entry.account}" if entry.account else f"Log archive {archive}"
    title = problem.title[:1].lower() + problem.title[1:]
    return one_line(f"{place}: {title}. {NO_ACTION_BEFORE} {deadline[1]}.")


def line(problem: ReportedProblem, entries: Sequence[Affected], archive: str) -> str:
    """The problem in one line, as this host sees it: its own message, or that of the cause, each with the account."""
    own = [entry for entry in entries if not entry.effect]
    lead = own[0] if own else problem.lead
    text = finding_text(lead)
    place = f"Account {lead.account}: " if lead.account else f"Log archive {archive}: " if archive else ""
    parts = [text if (lead.account or archive) in text else f"{place}{text}"]
    if len(own) > 1:
        parts.append(f"This host has {counted(len(own) - 1, 'more finding')} of this problem.")
    effects = [entry for entry in entries if entry.effect]
    if effects:
        parts.append(_effects_line(effects, "" if own else effects[0].account))
    if len(problem.accounts) > 1:
        parts.append(f"The problem affects {number(len(problem.accounts))} accounts.")
    parts.append(lead.remediation or problem.remediation)
    return one_line(" ".join(part for part in parts if part))


def _effects_line(effects: Sequence[Affected], account: str) -> str:
    """The checks that the problem affects too. C(account) is theirs if the problem itself is elsewhere."""
    checks = sorted({entry.check for entry in effects})
    noun = "check" if len(checks) == 1 else "checks"
    of_account = f" of account {account}" if account else ""
    return f"{_VERBS[worst(entry.status for entry in effects)]} the {noun} {check_names(checks)}{of_account}."
