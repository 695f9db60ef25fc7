# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence of an earlier run, and what has changed since then. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws import validators
from ansible_collections.central_logging.aws.plugins.module_utils._aws.arn import ACCOUNT_ID
from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding

from .causes import KNOWN, NEW, Affected, ReportedProblem, reported_problems
from .inputs import REGIONAL_CHECKS
from .statuses import BY_SEVERITY

FORMAT, VERSION = "central_logging.aws/evidence", 2
SET_PREVIOUS = "Set central_logging_previous_evidence, or the option previous, to"  # before what it must be set to
_READABLE = (1, VERSION)  # versions
_DAY_FOLDER = re.compile(r"\d{4}/\d\d/\d\d/.*", re.DOTALL)
_Identity = tuple[str, ...]


class EvidenceReadError(Exception):
    """The earlier evidence was not read. The message has the reason and the remediation."""


@dataclass(frozen=True, kw_only=True)
class PreviousEvidence:
    """What an earlier evidence says, as far as it is compared."""

    made: str
    sha256: str  # of the file
    archive: str  # account; empty if it was not known
    archive_status: str  # empty if it was not checked
    findings: Sequence[Finding]
    statuses: Mapping[str, str]  # account: status
    hosts: Mapping[str, str]  # account: host
    facts: Mapping[str, str]
    verified: Mapping[str, Mapping[str, str]]  # by account and Region: the time of the newest digest; may be empty


@dataclass(frozen=True, kw_only=True)
class StatusChange:
    """An account, or the log archive, whose status has changed since the earlier evidence."""

    account: str
    host: str
    before: str  # empty if the earlier evidence does not contain it
    now: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What has changed since the earlier evidence."""

    made: str  # of the earlier evidence
    sha256: str
    new: int  # findings
    unchanged: int
    gone: Sequence[ReportedProblem]  # that were checked again, and are no longer found
    not_compared: int  # findings of the earlier evidence that this run did not check
    accounts: Sequence[StatusChange]
    archive: StatusChange | None  # None if the status of the log archive is the same, or was not checked

    def as_json(self) -> dict[str, Any]:
        """The entry in the JSON file."""
        return {**asdict(self), "gone": [problem.as_json() for problem in self.gone]}


def parse(content: bytes, path: str) -> PreviousEvidence:
    """The earlier evidence in a file of this collection, of version 1 or 2. Raises EvidenceReadError."""
    try:
        document = json.loads(content)
        if document["format"] != FORMAT or document["version"] not in _READABLE:
            raise ValueError(f"format {document['format']!r}, version {document['version']!r}")
        accounts = {str(entry["account"]): entry for entry in document["accounts"]}
        verified = {account: _verified_digests(entry) for account, entry in accounts.items()}
        _require_valid(verified)
        return PreviousEvidence(
            made=str(document["made"]),
            sha256=hashlib.sha256(content).hexdigest(),
            archive=str(document["archive"]["id"] or ""),
            archive_status=_archive_status(document["archive"]),
            findings=[_finding(entry) for entry in document["findings"]],
            statuses={account: str(entry["status"]) for account, entry in accounts.items()},
            hosts={account: str(entry["host"]) for account, entry in accounts.items()},
            facts={str(name): str(text) for name, text in (document.get("facts") or {}).items()},
            verified=verified,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceReadError(
            f"previous: {path} is not a valid evidence.json of version 1 or 2. {SET_PREVIOUS} a file that"
            f" central_logging.aws.evidence_report has written."
        ) from error


def _archive_status(archive: Mapping[str, Any]) -> str:
    """The status of the log archive; empty if nothing was checked there."""
    return str(archive["status"]) if archive.get("checks") else ""


def _require_valid(verified: Mapping[str, Mapping[str, str]]) -> None:
    """Raises ValueError if digests were verified of something that is not an account and a Region, or at no time.

    The names and times become options of the next run. Only an evidence that somebody has changed has other ones.
    """
    for account, digests in verified.items():
        if digests and not ACCOUNT_ID.fullmatch(account):
            raise ValueError(account)
        for region, time in digests.items():
            if not validators.is_region(region) or (time and timestamps.parse_with_offset(time) is None):
                raise ValueError(region, time)


def _verified_digests(account: Mapping[str, Any]) -> dict[str, str]:
    """The newest digest of each Region of an account, if digests covered some time. Version 1 does not have them."""
    coverage = account.get("coverage") or {}
    return {
        str(region): str(entry.get("newest_verified_digest") or "")
        for region, entry in coverage.items()
        if entry.get("covered_seconds")
    }


def _finding(entry: Mapping[str, Any]) -> Finding:
    """Raises ValueError if the status is unknown, and AttributeError if the entry is not a mapping."""
    values = {attribute.name: str(entry.get(attribute.name, "")) for attribute in fields(Finding)}
    if values["status"] not in BY_SEVERITY:
        raise ValueError(values["status"])
    return Finding(**values)


def identity(finding: Finding | Affected) -> _Identity:
    """What makes a Finding or Affected the same as one of another run.

    Times are left out. The newest object of a folder has another key in each run, so only its folder counts.
    The cause is left out, because version 1 does not have it.
    """
    resource = finding.resource
    if finding.check in REGIONAL_CHECKS and finding.check != "integrity":
        resource = _DAY_FOLDER.sub("", resource)
    return (finding.status, finding.check, finding.kind, finding.account, finding.region, resource)


def marked(reported: Iterable[ReportedProblem], previous: PreviousEvidence) -> list[ReportedProblem]:
    """The problems, each marked NEW or KNOWN."""
    known = {identity(finding) for finding in previous.findings}
    return [_marked(problem, known) for problem in reported]


def _marked(problem: ReportedProblem, known: set[_Identity]) -> ReportedProblem:
    affected = [replace(entry, change=KNOWN if identity(entry) in known else NEW) for entry in problem.affected]
    is_new = all(entry.change == NEW for entry in affected)
    return replace(problem, affected=affected, change=NEW if is_new else KNOWN)


def compare(
    previous: PreviousEvidence,
    findings: Sequence[Finding],
    statuses: Mapping[str, str],
    hosts: Mapping[str, str],
    was_checked: Callable[[Finding], bool],
    archive: StatusChange | None,
) -> Changes:
    """The changes. A finding is gone only if C(was_checked) confirms that this run has checked it again."""
    now = {identity(finding) for finding in findings}
    known = {identity(finding) for finding in previous.findings}
    absent = [finding for finding in previous.findings if identity(finding) not in now]
    gone = [finding for finding in absent if was_checked(finding)]
    return Changes(
        made=previous.made,
        sha256=previous.sha256,
        new=len(now - known),
        unchanged=len(now & known),
        gone=reported_problems(gone, {**previous.hosts, **hosts}),
        not_compared=len(absent) - len(gone),
        accounts=[
            StatusChange(account=account, host=hosts.get(account, ""), before=before, now=status)
            for account, status in statuses.items()
            if (before := previous.statuses.get(account, "")) != status
        ],
        archive=archive if archive and archive.before != archive.now else None,
    )
