# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""List and read the digests and log files of many accounts and Regions, in the order of account, Region and time.

Note that this module util is PRIVATE to the collection: it can change at any time.

There are three stages: list digests, read digests, and read log files. Each stage has requests under way while the
next one works. No stage is further ahead than its threads need, so memory does not grow with the number of objects.
Only requests are made in threads: RegionValidation is used in the caller's thread only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from .._core.errors import AwsFailure
from .._core.parallel import each
from .._digests.digest import Digest, LogFileEntry
from .._digests.problems import Problem
from .._digests.timeline import Span, StoredDigest
from .._log_files.object_keys import DIGEST, LOG, LogLocation, LogObject
from . import failed_reads
from .account_search import AccountSearch
from .digest_search import DigestListing, DigestSearch, PlacedDigest
from .key_set import KeySet
from .object_validator import ObjectValidator, ReadResult
from .options import IntegrityOptions
from .places import Place
from .region import RegionValidation
from .rules import rules_for
from .strays import find_strays


@dataclass(frozen=True, kw_only=True)
class EndOfRegion:
    """All digests and log files of an account and Region have been read."""

    region: RegionValidation


@dataclass(frozen=True, kw_only=True)
class ListedDigest:
    """A digest to read."""

    region: RegionValidation
    digest: PlacedDigest
    earlier: bool = False  # from before the range: only its names of log files count


@dataclass(frozen=True, kw_only=True)
class ReadDigest:
    """A digest that has been read, and its own problem if it has one."""

    listed: ListedDigest
    stored: StoredDigest
    result: ReadResult


@dataclass(frozen=True, kw_only=True)
class NamedLogFile:
    """A log file to read, because a verified digest names it."""

    region: RegionValidation
    named_by: LogObject
    place: Place  # of the digest
    digest: Digest
    span: Span  # of the digest
    entry: LogFileEntry


@dataclass(frozen=True, kw_only=True)
class ReadLogFile:
    """A log file that has been read."""

    log_file: NamedLogFile
    result: ReadResult


@dataclass(frozen=True, kw_only=True)
class CompleteDay:
    """A day to list, because its digests have been read. C(named) has the keys of the log files that they name."""

    region: RegionValidation
    day: datetime
    named: KeySet


@dataclass(frozen=True, kw_only=True)
class ListedDay:
    """A day that has been listed, and S3's entries of the objects that no digest names."""

    region: RegionValidation
    unnamed: list[Mapping[str, Any]]
    problem: Problem | None = None  # the folder of the day cannot be listed


@dataclass(frozen=True, kw_only=True)
class OtherFolders:
    """A Region whose folders besides those of the days are to be listed."""

    region: RegionValidation


@dataclass(frozen=True, kw_only=True)
class ListedFolders:
    """A Region whose folders have been listed, and what lies there besides the folders of days."""

    region: RegionValidation
    strays: list[str]
    problem: Problem | None = None


Work: TypeAlias = "NamedLogFile | CompleteDay | OtherFolders | EndOfRegion"
Done: TypeAlias = "ReadLogFile | ListedDay | ListedFolders | EndOfRegion"


class Pipeline:
    """Reads what the options name. C(readers) is the number of threads of all but the last stage."""

    def __init__(self, options: IntegrityOptions, validator: ObjectValidator, readers: int) -> None:
        self._options, self._validator, self._readers = options, validator, readers
        self._bucket = validator.places.here
        self._accounts = AccountSearch(options, self._bucket, readers)
        self._digests = DigestSearch(options, validator)

    def results(self) -> Iterator[ReadLogFile | EndOfRegion]:
        """Every log file that verified digests name, and the end of each account and Region, which is then finished."""
        for result in each(self._read, self._work(), self._options.connections):
            if isinstance(result, ListedDay):
                result.region.add_unnamed(result.unnamed)
                _add(result.region, result.problem)
            elif isinstance(result, ListedFolders):
                result.region.add_other_objects(result.strays, "lies outside of the folders of days")
                _add(result.region, result.problem)
            elif isinstance(result, ReadLogFile):
                log_file = result.log_file
                log_file.region.add_log_file(log_file.named_by, log_file.span, result.result)
                yield result
            else:
                result.region.finish()
                yield result

    # the third stage: log files

    def _work(self) -> Iterator[Work]:
        for result in each(self._read_digest, self._listed_digests(), self._readers):
            if isinstance(result, EndOfRegion):
                yield from self._last_work(result)
                continue
            region, stored = result.listed.region, result.stored
            if result.listed.earlier:
                region.add_earlier_digest(stored, result.result)
                self._add_names(result)
            else:
                span = region.add_digest(stored, result.result)
                self._add_names(result)
                yield from _named_log_files(result, span)
            if not stored.object.backfill:
                yield from self._complete_days(region, stored.object.time)

    def _last_work(self, end: EndOfRegion) -> Iterator[Work]:
        if end.region.failure is None and end.region.location.region:
            yield from self._complete_days(end.region)
            yield OtherFolders(region=end.region)
        yield end

    def _add_names(self, read: ReadDigest) -> None:
        """The log files that the digest names, if it is verified."""
        digest = read.stored.digest if read.stored.verified else None
        if digest:
            for located in self._validator.places.named(read.listed.digest.place, digest):
                read.listed.region.add_named(located, here=located.bucket is self._bucket)

    def _complete_days(self, region: RegionValidation, until: datetime | None = None) -> Iterator[CompleteDay]:
        for day in region.complete_days(until):
            yield CompleteDay(region=region, day=day, named=region.take_named(day))

    def _read(self, work: Work) -> Done:
        """In a thread."""
        if isinstance(work, NamedLogFile):
            return ReadLogFile(log_file=work, result=self._validator.log_file(work.place, work.digest, work.entry))
        if isinstance(work, CompleteDay):
            return self._list_day(work)
        if isinstance(work, OtherFolders):
            return self._list_folders(work)
        return work

    def _list_day(self, work: CompleteDay) -> ListedDay:
        prefix, unnamed = work.region.location.day_folder(LOG, work.day), []
        try:
            for entry in self._bucket.objects(prefix):
                if entry["Key"] not in work.named:
                    unnamed.append(entry)
        except AwsFailure as failure:
            return ListedDay(region=work.region, unnamed=unnamed, problem=failed_reads.of_folder(failure))
        return ListedDay(region=work.region, unnamed=unnamed)

    def _list_folders(self, work: OtherFolders) -> ListedFolders:
        location, strays = work.region.location, []
        try:
            for kind in (LOG, DIGEST):
                for key in find_strays(self._bucket, location, kind, self._options.time_range):
                    strays.append(key)
        except AwsFailure as failure:
            return ListedFolders(region=work.region, strays=strays, problem=failed_reads.of_folder(failure))
        return ListedFolders(region=work.region, strays=strays)

    # the second stage: digests

    def _listed_digests(self) -> Iterator[ListedDigest | EndOfRegion]:
        for listing in each(self._find_digests, self._accounts.results(), self._readers):
            region = self._new_region(listing)
            for digest in listing.earlier:
                yield ListedDigest(region=region, digest=digest, earlier=True)
            for digest in listing.digests:
                yield ListedDigest(region=region, digest=digest)
            yield EndOfRegion(region=region)

    def _find_digests(self, item: LogLocation | DigestListing) -> DigestListing:
        """In a thread."""
        return item if isinstance(item, DigestListing) else self._digests.find(item)

    def _new_region(self, listing: DigestListing) -> RegionValidation:
        region = RegionValidation(listing.location, rules_for(listing.location.account, self._options))
        region.has_log_files, region.has_older_log_files = listing.has_log_files, listing.has_older_log_files
        region.failure, region.older, region.places_read = listing.failure, listing.older, listing.places_read
        if listing.earlier:
            region.read_from = self._options.time_range.start - self._options.backfill_timeout
        region.add_other_objects(listing.foreign, "among the digests is not a digest of this account, Region and day")
        for problem in listing.problems:
            region.add_problem(problem)
        return region

    def _read_digest(self, work: ListedDigest | EndOfRegion) -> ReadDigest | EndOfRegion:
        """In a thread."""
        if isinstance(work, EndOfRegion):
            return work
        stored, result = self._digests.read(work.digest)
        return ReadDigest(listed=work, stored=stored, result=result)


def _add(region: RegionValidation, problem: Problem | None) -> None:
    if problem:
        region.add_problem(problem)


def _named_log_files(read: ReadDigest, span: Span) -> Iterator[NamedLogFile]:
    digest = read.stored.digest if read.stored.verified else None
    if digest is None:
        return
    region, place = read.listed.region, read.listed.digest.place
    for entry in digest.log_files:
        yield NamedLogFile(
            region=region, named_by=read.stored.object, place=place, digest=digest, span=span, entry=entry
        )
