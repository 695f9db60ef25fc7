# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Are the logs of a range of time complete and untouched? Validates the digest chains of many accounts and Regions.

Note that this module util is PRIVATE to the collection: it can change at any time.

Listing folders, reading digests and reading log files are three stages, each with calls under way while the next one
works, and none of them further ahead than its threads need: memory does not grow with the number of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any

from .._aws import arn
from .._aws.gateway import Gateway
from .._core import finding as _findings
from .._core import timestamps
from .._core.finding import FAILED, INFO, Finding
from .._core.parallel import each
from .._digests import public_keys, signature
from .._digests.chain import Piece, Span
from .._digests.problems import EMPTY, REMEDIATIONS, UNEXPECTED, Problem
from .._digests.public_keys import PublicKeys
from .._log_files import layout
from .._log_files.layout import DIGESTS, LOGS, Folder, Name
from . import checks, options
from .checks import Archive
from .options import Question
from .region import FolderProof

PERMISSIONS = (*checks.PERMISSIONS, *public_keys.PERMISSIONS)
_PROGRESS = 1000  # log files


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


@dataclass(frozen=True)
class _Task:
    """C(work) is done in a thread; C(then) gets its result, in the order of the tasks."""

    work: Callable[[], Any]
    then: Callable[[Any], None]


def _nothing() -> None:
    """A task that only marks a place among the others."""


class Integrity:
    """The reading of cloudtrail_integrity_info."""

    def __init__(self, params: Mapping[str, Any], region: str, now: Callable[[], datetime] = _now) -> None:
        self.question: Question = options.question(params, now())
        # fewer threads for listings and digests: there are fewer of them, and a digest is held in memory as a whole
        self._readers = max(1, self.question.connections // 4)
        self.connections = self.question.connections + 3 * self._readers

    def read(self, gateway: Gateway, say: Callable[[str], None]) -> dict[str, Any]:
        signature.needed()
        question = self.question
        keys = PublicKeys(gateway, question.roles)
        archive = Archive(gateway, question.bucket, question.owner or gateway.account, keys, question.range)
        run = _Run(question, archive, self._readers, say)
        for then, result in each(lambda task: (task.then, task.work()), run.tasks(), question.connections):
            then(result)
        return run.result()


class _Run:
    """One reading under way. All but the work of the tasks happens in one thread."""

    def __init__(self, question: Question, archive: Archive, readers: int, say: Callable[[str], None]) -> None:
        self._question, self._archive, self._readers, self._say = question, archive, readers, say
        self._chains: list[dict[str, Any]] = []
        self._findings: list[Finding] = []
        self._files: dict[tuple[str, str], int] = {}  # digests and log files by account and Region
        self._digests = self._log_files = 0

    # what there is to do, in order

    def tasks(self) -> Iterator[_Task]:
        for proof, name, piece, problem in each(self._read, self._digest_keys(), self._readers):
            if name is None or piece is None:
                yield from self._days(proof, None)
                yield _Task(_nothing, partial(self._finish, proof))
                continue
            span = proof.add(piece, problem)
            self._digests += 1
            yield from self._log_tasks(proof, piece, span)
            if not name.backfill:
                yield from self._days(proof, name.end)

    def _log_tasks(self, proof: FolderProof, piece: Piece, span: Span) -> Iterator[_Task]:
        if piece.digest is None:
            return
        for named in dict.fromkeys(piece.digest.log_files):
            proof.claim(piece.name, proof.folder.place(named.key) or "")
            yield _Task(
                partial(self._archive.log_file, proof.folder, piece.digest, named),
                partial(self._log_file, proof, piece.name, span),
            )

    def _days(self, proof: FolderProof, until: datetime | None) -> Iterator[_Task]:
        for day in proof.days(until):
            yield _Task(partial(self._archive.unclaimed, proof.folder, day, proof.claimed(day)), proof.stray)

    def _digest_keys(self) -> Iterator[tuple[FolderProof, Name | None, str]]:
        """Every digest of every folder, and an empty name behind the last of each folder."""
        for folder, (digests, strange) in each(
            lambda folder: (folder, self._archive.digests(folder)), self._folders(), self._readers
        ):
            proof = FolderProof(folder, self._question.range)
            for key in strange:
                message = "This object among the digests does not have the name of a digest of this account and Region."
                proof.blame(None, Problem(UNEXPECTED, key, message, group="digests"))
            for name, key in digests:
                yield proof, name, key
            yield proof, None, ""

    def _read(
        self, item: tuple[FolderProof, Name | None, str]
    ) -> tuple[FolderProof, Name | None, Piece | None, Problem | None]:
        proof, name, key = item
        return (proof, name, *(self._archive.digest(proof.folder, name, key) if name else (None, None)))

    def _folders(self) -> Iterator[Folder]:
        root = layout.root(self._question.prefix, self._question.organization)
        accounts = self._question.accounts or sorted(filter(arn.ACCOUNT_ID.fullmatch, self._archive.folders(root)))
        for account, regions in each(lambda account: (account, self._regions(account)), accounts, self._readers):
            for region in regions:
                self._files[account, region] = 0
                yield self._folder(account, region)

    def _regions(self, account: str) -> tuple[str, ...]:
        if self._question.regions:
            return self._question.regions
        home = self._folder(account, "").home
        found = {name for kind in (DIGESTS, LOGS) for name in self._archive.folders(f"{home}{kind}/")}
        return tuple(sorted(filter(layout.is_region, found)))

    def _folder(self, account: str, region: str) -> Folder:
        return Folder(account, region, self._question.prefix, self._question.organization)

    # what came of it

    def _log_file(self, proof: FolderProof, name: Name, span: Span, problem: Problem | None) -> None:
        self._log_files += 1
        if self._log_files % _PROGRESS == 0:
            self._say(f"{self._log_files} log files under {self._digests} digests read, {proof.folder.account} now")
        if problem:
            span.worsen(problem.kind)
            proof.blame(name, problem)

    def _finish(self, proof: FolderProof, _result: None) -> None:
        proof.finish()
        self._chains += proof.results()
        self._findings += proof.findings()
        self._files[proof.folder.account, proof.folder.region] = proof.digests + proof.strays

    def _empty(self) -> Iterator[Finding]:
        """Where nothing at all lies in the range: never a proof, and a failure where something was expected."""
        question = self._question
        if question.accounts and question.regions:
            expected = [place for place, count in self._files.items() if not count]
        else:
            alive = {account for (account, _region), count in self._files.items() if count}
            accounts = question.accounts or sorted({account for account, _region in self._files})
            expected = [(account, "") for account in accounts if account not in alive]
        status = FAILED if question.accounts else INFO
        if not question.accounts and not any(self._files.values()):
            expected, status = [("", "")], FAILED
        since, until = (timestamps.text(moment) for moment in (question.range.start, question.range.end))
        for account, region in expected:
            where = self._folder(account, region).home if account else question.bucket
            message = f"From {since} to {until} there is neither a digest nor a log file."
            yield Finding(account, region, "integrity", EMPTY, where, status, message, REMEDIATIONS[EMPTY], since)

    def result(self) -> dict[str, Any]:
        findings = [*self._findings, *self._empty()]
        return {
            "valid": self._digests > 0 and not any(finding.status == FAILED for finding in findings),
            "empty": not any(self._files.values()),
            "start_time": timestamps.text(self._question.range.start),
            "end_time": timestamps.text(self._question.range.end),
            "digests": self._digests,
            "log_files": self._log_files,
            "requests": self._archive.requests + self._archive.keys.requests,
            "chains": self._chains,
            "findings": _findings.as_results(findings),
        }
