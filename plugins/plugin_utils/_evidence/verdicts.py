# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the play reports for each host: its status, and one line for each problem. Pure.

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
)

from .causes import Affected, ReportedProblem
from .gaps import UNREAD
from .inputs import ACCESS_SOURCE, DELIVERY_SOURCE, INTEGRITY_SOURCE
from .model import AccountStatus, Evidence
from .statuses import LABELS, unknown_checks, worst
from .text import finding_text, in_words, number, one_line
from .titles import check_title

LINE_LIMIT = 5  # lines of one status for a host
_REPORTED = (FAILED, NOT_CHECKED, WAITING)
_VERBS = {FAILED: "fails", NOT_CHECKED: "does not pass", WAITING: "waits for"}  # before the names of checks
# a module that failed is a failure of the archive, with the first of its checks: the checks that it leaves unknown
_LEFT_UNKNOWN = {
    DELIVERY_SOURCE.checks[0]: DELIVERY_SOURCE.checks,
    INTEGRITY_SOURCE.checks[0]: INTEGRITY_SOURCE.checks,
    ACCESS_SOURCE.checks[0]: ("encryption",),  # because the key is not known
}


@dataclass(frozen=True, kw_only=True)
class HostVerdict:
    """The status of one host, and a line for each of its problems."""

    status: str
    failed: Sequence[str]
    waiting: Sequence[str]
    not_checked: Sequence[str]  # what could not be read, unless a failure of the log-archive host reports it
    lines: Sequence[str]  # what the play prints: those of the status


def verdicts(evidence: Evidence, error: str = "") -> dict[str, HostVerdict]:
    """The verdict for each host. Problems of the archive go to its host, or to the first host if that is missing.

    C(error), the reason why the files were not written, goes there too.
    """
    hosts = {account.account.id: account.account.host for account in evidence.accounts}
    archive_host = evidence.archive.account.host
    if archive_host not in hosts.values():
        archive_host = next(iter(hosts.values()))
    lines: dict[tuple[str, str], list[str]] = {}
    for problem in evidence.problems:
        for host, entries in _by_host(problem, hosts, archive_host).items():
            status = worst(entry.status for entry in entries)
            lines.setdefault((host, status), []).append(_line(problem, entries))
    if error:
        lines.setdefault((archive_host, FAILED), []).insert(0, one_line(error))
    reported = _reported_by_the_archive(evidence)
    return {
        account.account.host: _verdict(
            account,
            reported,
            *(_limited(lines.get((account.account.host, status), [])) for status in _REPORTED),
        )
        for account in evidence.accounts
    }


def summary(evidence: Evidence) -> list[str]:
    """One line for each problem of the whole run, the most severe first."""
    return [
        f"{LABELS[problem.status].capitalize()}: {_line(problem, [problem.lead])}"
        for problem in evidence.problems
        if problem.status in _REPORTED
    ]


def _by_host(problem: ReportedProblem, hosts: Mapping[str, str], archive_host: str) -> dict[str, list[Affected]]:
    """The entries of the problem by host, without information. What is about no account of the run is the archive's."""
    by_host: dict[str, list[Affected]] = {}
    for entry in problem.affected:
        if entry.status in _REPORTED:
            by_host.setdefault(hosts.get(entry.account, archive_host), []).append(entry)
    return by_host


def _line(problem: ReportedProblem, entries: Sequence[Affected]) -> str:
    """The problem in one line, as this host sees it: its own message, or that of the cause."""
    own = [entry for entry in entries if not entry.effect]
    lead = own[0] if own else problem.lead
    if lead.status == WAITING and lead.host != problem.lead.host:
        return one_line(lead.message)  # the remediation is on the first host
    parts = [finding_text(lead)]
    if len(own) > 1:
        parts.append(f"The same applies to {number(len(own) - 1)} more of this host.")
    effects = sorted({entry.check for entry in entries if entry.effect})
    if effects:
        parts.append(f"For this reason the host {_VERBS[lead.status]}: {in_words(effects)}.")
    if len(problem.accounts) > 1:
        parts.append(f"The problem affects {number(len(problem.accounts))} accounts.")
    parts.append(lead.remediation or problem.remediation)
    return one_line(" ".join(part for part in parts if part))


def _limited(lines: Sequence[str]) -> list[str]:
    more = len(lines) - LINE_LIMIT
    return [*lines[:LINE_LIMIT], f"{number(more)} more problems are in the evidence."] if more > 0 else list(lines)


def _reported_by_the_archive(evidence: Evidence) -> set[str]:
    """The checks that are unknown because a module failed, which the log-archive host reports."""
    failed = {
        entry.check
        for problem in evidence.problems
        for entry in problem.affected
        if not entry.account and entry.kind == UNREAD and entry.status == FAILED
    }
    return {check for first in failed for check in _LEFT_UNKNOWN.get(first, ())}


def _verdict(
    account: AccountStatus,
    reported: set[str],
    failed: Sequence[str],
    unread: Sequence[str],
    waiting: Sequence[str],
) -> HostVerdict:
    unknown = unknown_checks(account.checks)
    elsewhere = _of_account(account, [check for check in unknown if check in reported])
    own = [] if unread else _of_account(account, [check for check in unknown if check not in reported])
    not_checked = [*unread, *own]
    status = worst([account.status, NOT_CHECKED if unread else PASSED, WAITING if waiting else PASSED])
    return HostVerdict(
        status=FAILED if failed else status,
        failed=failed,
        waiting=waiting,
        not_checked=not_checked,
        lines=failed or list(_lines(waiting, [*not_checked, *elsewhere])),
    )


def _of_account(account: AccountStatus, checks: Sequence[str]) -> list[str]:
    names = ", ".join(check_title(check).lower() for check in checks)
    return [f"{names.capitalize()} of account {account.account.id}."] if names else []


def _lines(waiting: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
    yield from (f"Not checked: {line}" for line in unknown)
    yield from (f"Waiting: {line}" for line in waiting)
    if not waiting and not unknown:
        yield "The account passed verification."
