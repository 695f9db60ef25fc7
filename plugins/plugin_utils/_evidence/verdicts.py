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
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import counted

from . import ages
from .causes import Affected, ReportedProblem
from .gaps import UNREAD
from .inputs import ACCESS_SOURCE, DELIVERY_SOURCE, INTEGRITY_SOURCE
from .model import AccountStatus, Evidence
from .problem_lines import REPORTED, line, wait_line
from .statuses import LABELS, unknown_checks, worst
from .text import one_line
from .titles import check_names, not_part_of_the_run

LINE_LIMIT = 5  # lines of one status for a host
TITLES_LIMIT = 3  # problems that the reason of a failing host names
REASON_LIMIT = 200  # characters of a failure that another host reports in full
_NO_REASON = "no result mentions it. Run the verification again with -vvv, and report its output."
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
    reason: str  # why the host fails, in one short sentence; empty if it does not fail


def verdicts(evidence: Evidence, errors: Sequence[str] = ()) -> dict[str, HostVerdict]:
    """The verdict for each host. Problems of the archive go to its host, or to the first host if that is missing.

    C(errors), the reasons why files were not read or written, go there too.
    """
    hosts = {account.account.id: account.account.host for account in evidence.accounts}
    archive_host = evidence.archive.account.host
    if archive_host not in hosts.values():
        archive_host = next(iter(hosts.values()))
    lines: dict[tuple[str, str], list[str]] = {}
    titles: dict[str, list[str]] = {}
    for problem in evidence.problems:
        for host, entries in _by_host(problem, hosts, archive_host).items():
            status = worst(entry.status for entry in entries)
            if status != WAITING:
                titles.setdefault(host, []).append(problem.title)
            make = wait_line if status == WAITING else line
            lines.setdefault((host, status), []).append(make(problem, entries, evidence.archive.account.id))
    if errors:
        lines.setdefault((archive_host, FAILED), [])[:0] = [one_line(error) for error in errors]
        titles.setdefault(archive_host, []).insert(0, "A file of the evidence was not read or written")
    reported = _reported_by_the_archive(evidence)
    return {
        (host := account.account.host): _verdict(
            account,
            evidence,
            {check: _at_the_archive(failure, archive_host) for check, failure in reported.items()},
            *(_limited(lines.get((host, status), [])) for status in REPORTED),
            titles=titles.get(host, []),
        )
        for account in evidence.accounts
    }


def _by_host(problem: ReportedProblem, hosts: Mapping[str, str], archive_host: str) -> dict[str, list[Affected]]:
    """The entries of the problem by host, without information. What is about no account of the run is the archive's."""
    by_host: dict[str, list[Affected]] = {}
    for entry in problem.affected:
        if entry.status in REPORTED:
            by_host.setdefault(hosts.get(entry.account, archive_host), []).append(entry)
    return by_host


def _limited(lines: Sequence[str]) -> list[str]:
    more = len(lines) - LINE_LIMIT
    return [*lines[:LINE_LIMIT], f"The evidence contains {counted(more, 'more problem')}."] if more > 0 else list(lines)


def _reported_by_the_archive(evidence: Evidence) -> dict[str, Affected]:
    """The checks that are unknown because a module failed, each with that failure. The log-archive host reports it."""
    failed = {
        entry.check: entry
        for problem in evidence.problems
        for entry in problem.affected
        if not entry.account and entry.kind == UNREAD and entry.status == FAILED
    }
    return {check: entry for first, entry in failed.items() for check in _LEFT_UNKNOWN.get(first, ())}


def _at_the_archive(failure: Affected, archive_host: str) -> str:
    """The reason for a check that is unknown in every account, in short, and who reports the remediation."""
    message = one_line(failure.message)
    if len(message) > REASON_LIMIT:
        message = message[:REASON_LIMIT].rsplit(" ", 1)[0] + " ..."
    return f"{message} Host {archive_host} reports the remediation."


def _verdict(
    account: AccountStatus,
    evidence: Evidence,
    reported: Mapping[str, str],
    failed: Sequence[str],
    unread: Sequence[str],
    waiting: Sequence[str],
    *,
    titles: Sequence[str],
) -> HostVerdict:
    unknown = unknown_checks(account.checks)
    elsewhere = _of_account(account, {check: reported[check] for check in unknown if check in reported})
    own = [] if unread else _of_account(account, {check: _NO_REASON for check in unknown if check not in reported})
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
        reason=_reason(account, titles) if failed or not_checked else "",
    )


def _reason(account: AccountStatus, titles: Sequence[str]) -> str:
    """Why the host fails: the titles of its problems. Ansible prints it twice, so the lines have everything else."""
    more = len(titles) - TITLES_LIMIT
    shown = "; ".join(titles[:TITLES_LIMIT]) or "A check has no result"
    rest = f"; and {counted(more, 'more problem')}" if more > 0 else ""
    return one_line(f"Account {account.account.id} did not pass: {shown}{rest}.")


def _of_account(account: AccountStatus, reasons: Mapping[str, str]) -> list[str]:
    """A line for each reason, with the checks that it leaves unknown. C(reasons) has the reason of each check."""
    checks: dict[str, list[str]] = {}
    for check, reason in reasons.items():
        checks.setdefault(reason, []).append(check)
    return [
        f"{check_names(names).capitalize()} of account {account.account.id}: {reason}"
        for reason, names in checks.items()
    ]


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
    yield f"Account {account.account.id}{' and the log archive' if is_archive else ''} {LABELS[account.status]}."
    known = ages.texts(list(account.ages.values()), account.checks, evidence.made)
    if known.hours != ages.NOT_KNOWN:
        yield f"Verified digests cover {ages.hours_in_words(known.hours)}."
    if ages.NOT_KNOWN not in (known.log, known.digest):
        yield f"Age of the newest log file: {known.log}, of the newest digest: {known.digest}."
