# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The validation of one account and Region: the chains of its trails, and log files that no digest names. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .._aws.default_regions import DEFAULT_REGIONS
from .._core import timestamps
from .._core.errors import AwsFailure
from .._core.finding import FAILED, INFO, NOT_CHECKED, Finding
from .._digests.chain import Chain
from .._digests.chain_start import deleted_since
from .._digests.problems import (
    CONTINUES_ELSEWHERE,
    DIGEST_INVALID,
    MISSING,
    NOT_COVERED,
    REGION_UNPROVEN,
    UNEXPECTED,
    UNREADABLE,
    WAITING_FOR_DIGEST,
    FindingLimiter,
    Problem,
)
from .._digests.timeline import ChainName, OlderDigests, Span, StoredDigest, total
from .._log_files.object_keys import LOG, LogLocation, LogObject, parse_key
from .encryption import AppliedEncryption, EncryptionTally
from .key_set import KeySet
from .look_back import LookBack
from .newest_read import NewestRead
from .object_validator import ReadResult
from .places import Located
from .required_regions import RegionFacts
from .rules import RegionRules
from .unnamed import UnnamedLogFiles, by_name

_DAY = timedelta(days=1)
_UNEXPLAINED = (NOT_COVERED, WAITING_FOR_DIGEST)  # the statuses of a time without digests that is nobody's fault
_LAST_DIGEST = timedelta(hours=2)  # after the end of a day, the digests that name its last log files end


class RegionValidation:
    """Takes the digests of one account and Region in the order of time, and what was read of their log files."""

    def __init__(self, location: LogLocation, rules: RegionRules) -> None:
        self.location = location
        self.failure: AwsFailure | None = None  # why the folders could not be listed
        self.has_log_files = False  # so that there are days to list
        self.has_older_log_files = False  # and no digest of any time
        self.silent: list[Problem] = []  # trails with older digests and none in the range
        self.read_from = rules.time_range.start  # earlier if older digests are read for late log files
        self.older = OlderDigests()
        self.places_read: set[tuple[str, str]] = set()
        self._rules, self._range = rules, rules.time_range
        self._chains: dict[ChainName, Chain] = {}
        self._failed: set[ChainName] = set()
        self._named: dict[str, KeySet] = {}  # the log files that verified digests name, by day
        self._elsewhere = KeySet()  # the names of log files that verified digests name in other places
        self._unnamed = UnnamedLogFiles(self._range, rules.backfill_timeout, rules.trail.delivering)
        self._look_back = LookBack()
        self._tallies: dict[ChainName, EncryptionTally] = {}
        self._findings = FindingLimiter(location.account, location.region)
        self._day: datetime | None = None  # the next day whose log files are listed
        self._verified_log_files = 0
        self._named_log_files = 0
        self._newest = NewestRead(rules.bucket, rules.trail)

    @property
    def digests(self) -> int:
        return sum(chain.digests for chain in self._chains.values())

    @property
    def facts(self) -> RegionFacts:
        """What decides whether a Region must have digests. Complete after C(finish)."""
        chains = [chain for chain in self._chains.values() if chain.expected and not chain.backfill and chain.digests]
        statuses = {finding.status for finding in self._findings.findings() if finding.check == "integrity"} - {INFO}
        return RegionFacts(
            objects=self.digests + self._unnamed.count,
            digests=sum(chain.digests for chain in chains),
            begun=min((span.start for chain in chains for span in chain.spans if span.covered), default=None),
            is_home=all(chain.home_region == self.location.region for chain in chains),
            explained=bool(self.silent or statuses),
            failed=bool(self.silent) or FAILED in statuses,
            has_older_log_files=self.has_older_log_files,
        )

    def add_problem(self, problem: Problem) -> None:
        """A problem that is not about one chain."""
        self._findings.add(problem)

    def add_earlier_digest(self, stored: StoredDigest, result: ReadResult) -> None:
        """A digest from before the range, which may name late log files."""
        self._look_back.add(stored, result.problem)

    def add_digest(self, stored: StoredDigest, result: ReadResult) -> Span:
        """The period of the digest."""
        name = stored.object.chain
        span = self._chain(stored.object).add(stored)
        if result.problem:
            self._add_problem(name, result.problem)
        if result.encryption:
            self._add_encryption(stored.object, stored.object.key, stored.object.time, result.encryption, digest=True)
        self._newest.add_digest(stored, result)
        return span

    def _chain(self, digest: LogObject) -> Chain:
        name = digest.chain
        if name not in self._chains:
            chain = Chain(self.location, digest, self._range, expected=self._rules.trail.includes(digest))
            chain.places_read = self.places_read
            chain.older = self.older
            chain.may_be_new = self.location.region not in DEFAULT_REGIONS | {chain.home_region}
            chain.verified_until = self._rules.trail.verified.get(self.location.region)
            chain.interruptions = self._rules.trail.in_region(self.location.region) if chain.expected else ()
            self._chains[name] = chain
        return self._chains[name]

    def add_named(self, located: Located, *, here: bool) -> None:
        """A log file that a verified digest names. It is C(here) if it lies in the log bucket."""
        folder, key = self.location.folder(LOG), located.key
        if here and key.startswith(folder):
            day = key[len(folder) :][: len("YYYY/MM/DD")]
            self._named.setdefault(day, KeySet()).add(key)
        else:
            self._elsewhere.add(_name(key))

    def add_log_file(self, digest: LogObject, span: Span, result: ReadResult) -> None:
        """What was read of a log file that the verified digest names."""
        self._named_log_files += 1
        self._chains[digest.chain].log_files += 1
        if result.problem:
            span.worsen(result.problem.kind)
            self._add_problem(digest.chain, result.problem)
        else:
            self._verified_log_files += 1
        self._newest.add_log_file(result)
        if result.located and result.encryption and self._rules.kms_key:
            log_file = parse_key(LOG, result.located.key)
            if log_file:
                self._add_encryption(digest, log_file.key, log_file.time, result.encryption)

    def _add_encryption(
        self, of: LogObject, key: str, time: datetime, encryption: AppliedEncryption, *, digest: bool = False
    ) -> None:
        if self._rules.kms_key:
            new = EncryptionTally(self._rules.kms_key, of.trail, self._range, self._rules.trail.changed)
            self._tallies.setdefault(of.chain, new).add(key, time, encryption, digest=digest)

    def add_other_objects(self, keys: Iterable[str], what: str) -> None:
        """Objects that CloudTrail did not deliver here. C(what) completes C(This object ...)."""
        for key in keys:
            self._findings.add(Problem(kind=UNEXPECTED, resource=key, message=f"This object {what}.", group=what))

    def complete_days(self, until: datetime | None = None) -> Iterator[datetime]:
        """Each day of the range once, as soon as the digests up to C(until) name all its log files."""
        if not self.has_log_files:
            return
        if self._day is None:
            self._day = self.read_from.replace(hour=0, minute=0, second=0, microsecond=0)
        while self._day < self._range.until and (until is None or self._day + _DAY + _LAST_DIGEST <= until):
            yield self._day
            self._day += _DAY

    def take_named(self, day: datetime) -> KeySet:
        """The keys of the day's log files that digests name. They are released here."""
        return self._named.pop(f"{day:%Y/%m/%d}", KeySet())

    def add_unnamed(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Objects in the folder of a day among the log files that no verified digest names, as S3 lists them."""
        for entry in entries:
            log_file = by_name(self.location, entry, self._range.now)
            if isinstance(log_file, Problem):
                self._findings.add(log_file)
            elif _name(log_file.key) in self._elsewhere:
                message = "This log file is a copy: a digest names it in another place, where CloudTrail delivered it."
                self._findings.add(Problem(kind=UNEXPECTED, resource=log_file.key, message=message))
            elif self.read_from <= log_file.time < self._range.until:
                self._unnamed.add(log_file)

    def _add_problem(self, chain: ChainName, problem: Problem) -> None:
        self._findings.add(problem)
        if problem.status in (FAILED, NOT_CHECKED):
            self._failed.add(chain)

    def finish(self) -> None:
        """Call it after the last digest and the last log file."""
        self._add_silent_trails()
        self._finish_chains()
        deleted = self._add_deleted()
        spans = [span for chain in self._chains.values() if not chain.backfill for span in chain.spans]
        if deleted and not any(span.covered for span in spans):  # explains all log files that have no digest
            spans.append(Span(start=self.read_from, end=self._range.until, status=MISSING))
        for problem in self._look_back.problems(self._unnamed):
            self._findings.add(problem)
        for problem, count in self._unnamed.problems([*self._look_back.spans, *spans]):
            self._findings.add(problem, count)

    def _finish_chains(self) -> None:
        for name, chain in self._chains.items():
            chain.finish()
            silent = chain.digests == 0
            for problem in chain.problems:
                if silent:
                    self.silent.append(problem)
                else:
                    self._add_problem(name, problem)
            if chain.expected and not any(span.covered for span in chain.spans):
                self._failed.add(name)
            for problem in self._tallies[name].problems() if name in self._tallies else ():
                self._findings.add(problem)

    def _add_deleted(self) -> bool:
        """A digest that was validated before must still exist, unless a chain reports why its time has none.

        Returns whether a digest was deleted that no chain reports.
        """
        until = self._rules.trail.verified_in(self._range, self.location.region)
        if until is None:
            return False
        expected = (chain for chain in self._chains.values() if chain.expected and not chain.backfill)
        spans = [span for chain in expected for span in chain.spans]
        if any(span.start < until <= span.end and span.status not in _UNEXPLAINED for span in spans):
            return False
        self._findings.add(deleted_since(self.location, until))
        return True

    def _add_silent_trails(self) -> None:
        for name, older in self.older.newest.items():
            if name not in self._chains and not older.backfill:
                self._chain(older).add_silent(older)

    def chains(self) -> Iterator[dict[str, Any]]:
        """The result of each chain, for the module's return value."""
        for name in sorted(self._chains):
            yield self._chains[name].as_result(valid=name not in self._failed)

    def findings(self) -> Iterator[Finding]:
        """The findings. Call it after C(finish)."""
        findings = list(self._findings.findings())
        of_region = [finding for finding in findings if _is_of_objects(finding)]
        # one kind of findings is one problem in any case
        unproven = len({finding.cause or finding.kind for finding in of_region}) > 1 or not self.digests
        if not (unproven and self._has_nothing_proven(findings)):
            return iter(findings)
        return (replace(item, cause=REGION_UNPROVEN) if item in of_region else item for item in findings)

    def _has_nothing_proven(self, findings: Iterable[Finding]) -> bool:
        """Whether nothing shows that CloudTrail has ever delivered to the Region: all that lies here may be planted.

        Anyone who can write to the bucket can make the folder of a Region, also of one that does not exist.
        """
        verified = any(span.covered for chain in self._chains.values() for span in chain.spans)
        logs = self.has_log_files or self.has_older_log_files
        unread = self.failure is not None or any(finding.kind == UNREADABLE for finding in findings)
        return not (verified or logs or unread or self.older.newest or self._look_back.spans)

    def as_result(self) -> dict[str, Any]:
        """The item of the return value C(regions)."""
        start, until = self._range.start, self._range.until
        expected = [chain for chain in self._chains.values() if chain.expected and not chain.backfill]
        spans = [
            (span.start, span.end)
            for chain in expected
            for span in chain.spans
            if span.covered and span.status != CONTINUES_ELSEWHERE
        ]
        return {
            "account": self.location.account,
            "region": self.location.region,
            "range_seconds": int((until - start).total_seconds()),
            "covered_seconds": int(total(spans, start, until).total_seconds()),
            "log_files": self._named_log_files + self._unnamed.count,
            "verified_log_files": self._verified_log_files,
            "uncovered_log_files": self._unnamed.count,
            "oldest_uncovered": timestamps.text(self._unnamed.oldest) if self._unnamed.oldest else None,
            **self._newest.as_result(self._unnamed.newest),
        }


def _is_of_objects(finding: Finding) -> bool:
    """Whether the finding is about objects that do not belong here, or about objects that should follow them."""
    of_objects = finding.cause == DIGEST_INVALID or finding.kind in (UNEXPECTED, MISSING)
    return of_objects and finding.status == FAILED


def _name(key: str) -> str:
    return key.rpartition("/")[2]
