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

from . import ages
from .causes import Affected, ReportedProblem
from .gaps import UNREAD
from .inputs import ACCESS_SOURCE, DELIVERY_SOURCE, INTEGRITY_SOURCE
from .model import AccountStatus, Evidence
from .statuses import LABELS, unknown_checks, worst
from .text import counted, finding_text, number, one_line
from .titles import check_names, not_part_of_the_run

LINE_LIMIT = 5  # lines of one status for a host
_REPORTED = (FAILED, NOT_CHECKED, WAITING)
# before the names of the checks that a problem affects too, by the most severe status of these effects
_VERBS = {FAILED: "This also fails", NOT_CHECKED: "This also prevents", WAITING: "This also delays"}
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


def verdicts(evidence: Evidence, errors: Sequence[str] = ()) -> dict[str, HostVerdict]:
    """The verdict for each host. Problems of the archive go to its host, or to the first host if that is missing.

    C(errors), the reasons why files were not read or written, go there too.
    """
    hosts = {account.account.id: account.account.host for account in evidence.accounts}
    archive_host = evidence.archive.account.host
    if archive_host not in hosts.values():
        archive_host = next(iter(hosts.values()))
    lines: dict[tuple[str, str], list[str]] = {}
    for problem in evidence.problems:
        for host, entries in _by_host(problem, hosts, archive_host).items():
            status = worst(entry.status for entry in entries)
            lines.setdefault((host, status), []).append(_line(problem, entries, evidence.archive.account.id))
    if errors:
        lines.setdefault((archive_host, FAILED), [])[:0] = [one_line(error) for error in errors]
    reported = _reported_by_the_archive(evidence)
    return {
        account.account.host: _verdict(
            account,
            evidence,
            reported,
            *(_limited(lines.get((account.account.host, status), [])) for status in _REPORTED),
        )
        for account in evidence.accounts
    }


def summary(evidence: Evidence) -> list[str]:
    """One line for each problem of the whole run, the most severe first."""
    return [
        f"{LABELS[problem.status].capitalize()}: {_line(problem, [problem.lead], evidence.archive.account.id)}"
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


def _line(problem: ReportedProblem, entries: Sequence[Affected], archive: str) -> str:
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
    evidence: Evidence,
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
        lines=[*failed, *map(_not_checked, unread)]
        if failed
        else list(_lines(account, evidence, waiting, [*not_checked, *elsewhere])),
    )


def _of_account(account: AccountStatus, checks: Sequence[str]) -> list[str]:
    names = check_names(checks)
    return [f"{names.capitalize()} of account {account.account.id}."] if names else []


def _lines(account: AccountStatus, evidence: Evidence, waiting: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
    """What a host without a failure prints."""
    yield from map(_not_checked, unknown)
    yield from (f"Waiting: {line}" for line in waiting)
    if not waiting and not unknown:
        yield " ".join(_passed(account, evidence))
    if evidence.left_out:
        yield not_part_of_the_run(evidence.left_out)


def _not_checked(line: str) -> str:
    return f"Not checked: {line}"


def _passed(account: AccountStatus, evidence: Evidence) -> Iterator[str]:
    """What passed, with the hours covered and the ages as far as they are known."""
    archive = evidence.archive
    is_archive = bool(archive.checks) and archive.account.id == account.account.id
    yield f"Account {account.account.id}{' and the log archive' if is_archive else ''} passed."
    known = ages.texts(list(account.ages.values()), account.checks, evidence.made)
    if known.hours != ages.NOT_KNOWN:
        yield f"Verified digests cover {known.hours} hours."
    if ages.NOT_KNOWN not in (known.log, known.digest):
        yield f"Age of the newest log file: {known.log}, of the newest digest: {known.digest}."
