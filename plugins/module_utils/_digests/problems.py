# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The kinds of what can be wrong with logs and digests, in words, and the mend of each. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .._core.finding import FAILED, Finding

VALID, WAITING_FOR_DIGEST, NOT_COVERED = "valid", "waiting", "not_covered"
TAMPERED, REPLACED, MALFORMED, MISSING = "tampered", "replaced", "malformed", "missing"
UNREADABLE, UNVERIFIED, GAP = "unreadable", "unverified", "gap"
UNEXPECTED, MOVED, EMPTY = "unexpected", "moved", "empty"

# where a period has several of them, the first is its status
WORST_FIRST = (
    TAMPERED,
    REPLACED,
    MALFORMED,
    MISSING,
    UNREADABLE,
    UNVERIFIED,
    GAP,
    NOT_COVERED,
    WAITING_FOR_DIGEST,
    VALID,
)

_KEEP = (
    "Keep the bucket as it is, find out from its data events who wrote to it, and get the file back from an older"
    " version of the object or from a replica."
)
REMEDIATIONS = {
    TAMPERED: _KEEP,
    REPLACED: _KEEP,
    MALFORMED: _KEEP,
    MISSING: (
        "Look for a delete marker or an older version of the object, and for DeleteObject, StopLogging, DeleteTrail and"
        " UpdateTrail in the remaining logs."
    ),
    UNREADABLE: (
        "Give the caller s3:GetObject on the bucket and kms:Decrypt with the key of the objects, or restore what is"
        " archived, and validate again."
    ),
    UNVERIFIED: (
        "Give the account with role_arn, a role there that may call cloudtrail:ListPublicKeys, and validate again."
        " Where CloudTrail in that account and Region does not know the key either, the digest is forged."
    ),
    GAP: "Find StopLogging, UpdateTrail or DeleteTrail in the last logs before it, and who called it.",
    NOT_COVERED: "Turn on log file validation for every trail that delivers here; what lies there cannot be proved.",
    WAITING_FOR_DIGEST: "Validate again when the next digest has been delivered; they come every hour.",
    UNEXPECTED: (
        "Find out who put it there. Where a second trail without log file validation delivers into the same folder,"
        " turn validation on for it."
    ),
    MOVED: "Nothing, where this is a copy that you made. The evidence is the original.",
    EMPTY: (
        "See whether the account's trail logs with log file validation, and whether bucket, key_prefix,"
        " organization_id, accounts, regions and the range of time are those meant."
    ),
}
_LIMIT = 50  # findings of one kind in one folder that are told one by one


@dataclass(frozen=True)
class Problem:
    """What is wrong with one object or period. Problems of one C(group) are told as one, with their number."""

    kind: str
    resource: str
    message: str
    since: str = ""
    status: str = FAILED
    group: str = ""


@dataclass
class Tally:
    """The problems of one folder. However many there are, it stays small."""

    account: str
    region: str
    _told: dict[tuple[str, str], Problem] = field(default_factory=dict)
    _alike: Counter[tuple[str, str]] = field(default_factory=Counter)
    _kinds: Counter[str] = field(default_factory=Counter)

    def add(self, problem: Problem) -> None:
        """Where the limit is reached, the rest of the kind becomes one group."""
        name = (problem.kind, f"group {problem.group}" if problem.group else f"{problem.resource} {problem.since}")
        if name not in self._told and self._kinds[problem.kind] >= _LIMIT:
            name = (problem.kind, "rest")
        if name not in self._told:
            self._told[name] = problem
            self._kinds[problem.kind] += 1
        self._alike[name] += 1

    def findings(self) -> Iterator[Finding]:
        for name, problem in self._told.items():
            yield self._finding(replace(problem, message=problem.message + _and_more(self._alike[name] - 1)))

    def _finding(self, problem: Problem) -> Finding:
        return Finding(
            account=self.account,
            region=self.region,
            check="integrity",
            kind=problem.kind,
            resource=problem.resource,
            status=problem.status,
            message=problem.message,
            remediation=REMEDIATIONS[problem.kind],
            since=problem.since,
        )


def _and_more(count: int) -> str:
    return f" The same holds for {count} more." if count else ""
