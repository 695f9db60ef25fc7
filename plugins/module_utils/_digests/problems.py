# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The kinds of problems of log files and digests, and the remediation for each. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from .._core.finding import FAILED, Finding
from .._core.numbers import agree
from .._log_files import encryption_advice

VALID, WAITING_FOR_DIGEST, NOT_COVERED = "valid", "waiting", "not_covered"
TAMPERED, REPLACED, MALFORMED, MISSING = "tampered", "replaced", "malformed", "missing"
UNREADABLE, UNVERIFIED, GAP = "unreadable", "unverified", "gap"
UNEXPECTED, MOVED, MISPLACED, EMPTY = "unexpected", "moved", "misplaced", "empty"
CONTINUES_ELSEWHERE, NOT_EXPECTED, UNKNOWN_START = "continues_elsewhere", "not_expected", "unknown_start"
WRONG_KEY, WRONG_ENCRYPTION = "wrong_key", "wrong_encryption"
# causes of findings: findings with the same cause are one problem
DIGEST_INVALID, LOCATION_CHANGED, REGION_UNPROVEN = "digest_invalid", "location_changed", "region_unproven"

# the first one of several is the status of a period
WORST_FIRST = (
    TAMPERED,
    REPLACED,
    MALFORMED,
    MISPLACED,
    MISSING,
    UNREADABLE,
    UNVERIFIED,
    GAP,
    UNKNOWN_START,
    NOT_COVERED,
    CONTINUES_ELSEWHERE,
    WAITING_FOR_DIGEST,
    VALID,
)

_PRESERVE = (
    "Leave the bucket unchanged. Find out from its data events or access logs who wrote to it. Restore the object from"
    " an older version or from a replica."
)
REMEDIATIONS = {
    TAMPERED: _PRESERVE,
    REPLACED: _PRESERVE,
    MALFORMED: _PRESERVE,
    MISSING: (
        "Look for a delete marker or an older version of the object, and for DeleteObject, StopLogging, DeleteTrail and"
        " UpdateTrail in the remaining logs."
    ),
    UNREADABLE: (
        "Grant the caller s3:GetObject on the bucket and kms:Decrypt with the key of the objects, or restore the"
        " archived objects. Then validate again."
    ),
    UNVERIFIED: (
        "Set role_arn of the account to a role that is allowed to call cloudtrail:ListPublicKeys there, and validate"
        " again. If CloudTrail does not list the key in that account and Region either, the digest is forged."
    ),
    GAP: (
        "Find StopLogging, UpdateTrail or DeleteTrail in the last log files before the gap, and who called it. Look for"
        " delete markers of digests of that time."
    ),
    NOT_COVERED: (
        "Enable log file validation for every trail that delivers to this folder. If it was on, look for delete markers"
        " and older versions of the digests. Log files without a digest cannot be validated."
    ),
    WAITING_FOR_DIGEST: "Validate again after the next digest has been delivered. Digests are delivered every hour.",
    UNEXPECTED: (
        "Find out who wrote the object. If a second trail without log file validation delivers to the same folder,"
        " enable validation for that trail."
    ),
    MOVED: "No action is needed if you made the copy. The original is the evidence.",
    MISPLACED: (
        "If you made this copy, add the bucket and the prefix where CloudTrail delivered the digest to"
        " original_buckets. Otherwise somebody put it here to hide that digests are missing: find out who wrote it."
    ),
    CONTINUES_ELSEWHERE: (
        "To validate that time too, add the bucket and its prefix to original_buckets, with a role that is allowed to"
        " read it."
    ),
    UNKNOWN_START: (
        "Find out whether the trail delivered digests here before. If it delivered to another place, add that bucket"
        " and its prefix to original_buckets, with a role that is allowed to read it, and validate again. Otherwise,"
        " look for delete markers and older versions of the digests."
    ),
    NOT_EXPECTED: "Add the folders to accounts or regions if their logs must be validated too.",
    WRONG_KEY: encryption_advice.REPLACE_KEY,
    WRONG_ENCRYPTION: encryption_advice.ENCRYPT,
    EMPTY: (
        "Check that the account's trail is logging and that log file validation is enabled. Check the values of bucket,"
        " key_prefix, organization_id, accounts, regions, start_time and end_time. If the trail delivers, look for"
        " delete markers in the folder."
    ),
}
_LIMIT = 50  # findings of one kind for one account and Region


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one object or period. Problems with the same C(group) become one finding, with their count."""

    kind: str
    resource: str
    message: str
    since: str = ""
    status: str = FAILED
    group: str = ""
    check: str = "integrity"
    cause: str = ""
    remediation: str = ""  # instead of the one of the kind


class FindingLimiter:
    """Makes findings of the problems of one account and Region. Limits their number, and the memory that they need."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region
        self._first: dict[tuple[str, str, str], Problem] = {}  # of those that become one finding
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._findings_of_kind: Counter[tuple[str, str]] = Counter()

    def add(self, problem: Problem, count: int = 1) -> None:
        """After the limit, further problems of the kind and status are only counted, in one last finding."""
        kind = (problem.kind, problem.status)
        name = (*kind, f"group {problem.group}" if problem.group else f"{problem.resource} {problem.since}")
        if name not in self._first and self._findings_of_kind[kind] >= _LIMIT:
            name = (*kind, "rest")
        if name not in self._first:
            self._first[name] = problem
            self._findings_of_kind[kind] += 1
        self._counts[name] += count

    def findings(self) -> Iterator[Finding]:
        for name, problem in self._first.items():
            yield Finding(
                account=self._account,
                region=self._region,
                check=problem.check,
                kind=problem.kind,
                resource=problem.resource,
                status=problem.status,
                message=problem.message + _same(problem, self._counts[name] - 1),
                remediation=problem.remediation or REMEDIATIONS[problem.kind],
                since=problem.since,
                cause=problem.cause,
            )


def _same(problem: Problem, count: int) -> str:
    """A sentence about the other problems that became one finding with this one; empty if there are none."""
    if not count:
        return ""
    noun = "folder" if problem.resource.endswith("/") else "object"
    return f" The same applies to {count} more {agree(count, noun, f'{noun}s')}."
