# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""List and read the digests and log files of many accounts and Regions, in the order of account, Region and time.

Note that this module util is PRIVATE to the collection: it can change at any time.

There are three stages: list digests, read digests, and read log files. Each stage has requests under way while the
next one works. No stage is further ahead than its threads need, so memory does not grow with the number of objects.
Only requests are made in threads: RegionValidation is used in the caller's thread only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._aws import arn, validators
from .._core.parallel import each
from .._digests.chain import Span, StoredDigest, TimeRange
from .._digests.digest import Digest, LogFileEntry
from .._digests.problems import Problem
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import DIGEST, LOG, LogLocation, LogObject, log_root
from .key_set import KeySet
from .object_validator import ObjectValidator
from .options import IntegrityOptions
from .region import RegionValidation

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class EndOfRegion:
    """All digests and log files of an account and Region have been read."""

    region: RegionValidation


@dataclass(frozen=True, kw_only=True)
class ListedDigest:
    """A digest to read."""

    region: RegionValidation
    digest: LogObject


@dataclass(frozen=True, kw_only=True)
class ReadDigest:
    """A digest that has been read, and its own problem if it has one."""

    region: RegionValidation
    stored: StoredDigest
    problem: Problem | None


@dataclass(frozen=True, kw_only=True)
class NamedLogFile:
    """A log file to read, because a digest names it."""

    region: RegionValidation
    named_by: LogObject
    digest: Digest
    span: Span  # of the digest
    entry: LogFileEntry


@dataclass(frozen=True, kw_only=True)
class ReadLogFile:
    """A log file that has been read, and its problem if it has one."""

    log_file: NamedLogFile
    problem: Problem | None


@dataclass(frozen=True, kw_only=True)
class CompleteDay:
    """A day to list, because its digests have been read. C(named) has the keys of the log files that they name."""

    region: RegionValidation
    day: datetime
    named: KeySet


@dataclass(frozen=True, kw_only=True)
class ListedDay:
    """A day that has been listed, and the keys that no digest names."""

    region: RegionValidation
    unnamed: list[str]


class Pipeline:
    """Reads what the options name. C(readers) is the number of threads of all but the last stage."""

    def __init__(self, options: IntegrityOptions, bucket: LogBucket, validator: ObjectValidator, readers: int) -> None:
        self._options, self._bucket, self._validator, self._readers = options, bucket, validator, readers

    def results(self) -> Iterator[ReadLogFile | EndOfRegion]:
        """Every log file that digests name, and the end of each account and Region, which is then finished."""
        for result in each(self._read_log_file, self._work(), self._options.connections):
            if isinstance(result, ListedDay):
                result.region.add_unnamed(result.unnamed)
                continue
            if isinstance(result, ReadLogFile):
                log_file = result.log_file
                log_file.region.add_log_file(log_file.named_by, log_file.span, result.problem)
            else:
                result.region.finish()
            yield result

    # the third stage: log files

    def _work(self) -> Iterator[NamedLogFile | CompleteDay | EndOfRegion]:
        for result in each(self._read_digest, self._listed_digests(), self._readers):
            region = result.region
            if isinstance(result, EndOfRegion):
                yield from self._complete_days(region)
                yield result
                continue
            span = region.add_digest(result.stored, result.problem)
            yield from _named_log_files(region, result.stored, span)
            if not result.stored.object.backfill:
                yield from self._complete_days(region, result.stored.object.time)

    def _complete_days(self, region: RegionValidation, until: datetime | None = None) -> Iterator[CompleteDay]:
        for day in region.complete_days(until):
            yield CompleteDay(region=region, day=day, named=region.take_named(day))

    def _read_log_file(self, work: NamedLogFile | CompleteDay | EndOfRegion) -> ReadLogFile | ListedDay | EndOfRegion:
        """In a thread."""
        if isinstance(work, NamedLogFile):
            problem = self._validator.log_file(work.region.location, work.digest, work.entry)
            return ReadLogFile(log_file=work, problem=problem)
        if isinstance(work, CompleteDay):
            prefix = work.region.location.day_folder(LOG, work.day)
            keys = (entry["Key"] for entry in self._bucket.objects(prefix))
            return ListedDay(region=work.region, unnamed=[key for key in keys if key not in work.named])
        return work

    # the second stage: digests

    def _listed_digests(self) -> Iterator[ListedDigest | EndOfRegion]:
        for location, digests, foreign in each(self._list_digests, self._locations(), self._readers):
            region = RegionValidation(location, self._options.time_range)
            for key in foreign:
                region.add_foreign_object(key)
            for digest in digests:
                yield ListedDigest(region=region, digest=digest)
            yield EndOfRegion(region=region)

    def _read_digest(self, work: ListedDigest | EndOfRegion) -> ReadDigest | EndOfRegion:
        """In a thread."""
        if isinstance(work, EndOfRegion):
            return work
        stored, problem = self._validator.digest(work.region.location, work.digest)
        return ReadDigest(region=work.region, stored=stored, problem=problem)

    # the first stage: folders

    def _locations(self) -> Iterator[LogLocation]:
        accounts = self._options.accounts
        if not accounts:
            names = self._bucket.folders(log_root(self._options.prefix, self._options.organization))
            accounts = tuple(sorted(filter(arn.ACCOUNT_ID.fullmatch, names)))
        for locations in each(self._locations_of, accounts, self._readers):
            yield from locations

    def _locations_of(self, account: str) -> list[LogLocation]:
        """In a thread."""
        regions = self._options.regions
        if not regions:
            parent = self._options.location(account)
            names = {name for kind in (DIGEST, LOG) for name in self._bucket.folders(parent.regions_folder(kind))}
            regions = tuple(sorted(filter(validators.is_region, names)))
        return [self._options.location(account, region) for region in regions]

    def _list_digests(self, location: LogLocation) -> tuple[LogLocation, list[LogObject], list[str]]:
        """In a thread: the digests of the time range, and the keys of other objects among the digests."""
        digests, foreign = list_digests(self._bucket, location, self._options.time_range)
        return location, digests, foreign


def _named_log_files(region: RegionValidation, stored: StoredDigest, span: Span) -> Iterator[NamedLogFile]:
    if stored.digest is None:
        return
    for entry in stored.digest.log_files:
        yield NamedLogFile(region=region, named_by=stored.object, digest=stored.digest, span=span, entry=entry)


def list_digests(bucket: LogBucket, location: LogLocation, time_range: TimeRange) -> tuple[list[LogObject], list[str]]:
    """Backfill digests, then digests, each by time; and the keys of objects that are not digests of the location.

    The first digest ends at the start of the range or later, the last one at most an hour after the end, as for
    C(aws cloudtrail validate-logs): https://github.com/aws/aws-cli/blob/develop/awscli/customizations/cloudtrail/validation.py
    """
    first, last = time_range.start, time_range.end + _HOUR
    after, before = location.day_folder(DIGEST, first - _HOUR), location.day_folder(DIGEST, last + _DAY)
    digests, foreign = [], []
    for entry in bucket.objects(location.folder(DIGEST), after=after, before=before):
        digest = location.parse(DIGEST, entry["Key"])
        if digest is None:
            foreign.append(entry["Key"])
        elif first <= digest.time <= last:
            digests.append(digest)
    return sorted(digests, key=lambda digest: (not digest.backfill, digest.time, digest.key)), foreign
