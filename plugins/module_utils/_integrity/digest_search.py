# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Find the digests of an account and Region: in its folder, and where its trails delivered before.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each digest names the bucket and key of the one before, which is in another place if the trail was changed:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
Only a digest whose signature is valid is followed to another place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .._core.errors import AwsFailure
from .._digests.problems import Problem
from .._digests.timeline import ChainName, OlderDigests, StoredDigest, TimeRange
from .._log_files.newest import SearchFolder, find_newest
from .._log_files.object_keys import DIGEST, LOG, LogLocation, LogObject, digest_location
from . import failed_reads
from .object_validator import ObjectValidator, ReadResult
from .options import IntegrityOptions
from .places import Place, prefix_of
from .unnamed import BORDER

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_OLDER = timedelta(days=3)  # a page of a listing has the digests of more days; so they cost no request
_MOVES = 16  # changes of bucket or prefix in one range that are followed
_DAY_FOLDER = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}/")


@dataclass(frozen=True, kw_only=True)
class PlacedDigest:
    """A digest that was listed."""

    place: Place
    object: LogObject


@dataclass(kw_only=True)
class DigestListing:
    """The digests of one account and Region."""

    location: LogLocation
    digests: list[PlacedDigest] = field(default_factory=list)  # of the time range: backfill digests first, by time
    earlier: list[PlacedDigest] = field(default_factory=list)  # from before the range, if late log files need them
    older: OlderDigests = field(default_factory=OlderDigests)
    has_log_files: bool = False  # in the days of the range, or in the days before for late log files
    has_older_log_files: bool = False  # and no digest of any time; if there are digests, it is not looked up
    foreign: list[str] = field(default_factory=list)  # keys of other objects
    places_read: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    failure: AwsFailure | None = None  # why the folder could not be listed

    def chain(self, name: ChainName) -> list[PlacedDigest]:
        return [digest for digest in self.digests if digest.object.chain == name]


class DigestSearch:
    """Lists digests. Threads share it."""

    def __init__(self, options: IntegrityOptions, validator: ObjectValidator) -> None:
        self._options, self._validator, self._places = options, validator, validator.places
        self._range: TimeRange = options.time_range
        self._followed: dict[tuple[str, str], tuple[StoredDigest, ReadResult]] = {}  # until they are read in order

    def find(self, location: LogLocation) -> DigestListing:
        """The digests whose period ends in the time range, or at most an hour later, and what belongs to them.

        As for C(aws cloudtrail validate-logs):
        https://github.com/aws/aws-cli/blob/develop/awscli/customizations/cloudtrail/validation.py
        """
        listing = DigestListing(location=location)
        try:
            earlier = self._list(listing)
            self._follow(listing)
            self._find_silent_trail(listing)
            self._look_for_log_files(listing, earlier)
            self._look_for_older_log_files(listing)
        except AwsFailure as failure:
            listing.failure = failure
            listing.problems.append(failed_reads.of_folder(failure))
        return listing

    def read(self, digest: PlacedDigest) -> tuple[StoredDigest, ReadResult]:
        """What is known of a digest in a listing. One that was read to follow its chain is not read again."""
        followed = self._followed.pop(_identity(digest), None)
        return followed or self._validator.digest(digest.place, digest.object)

    def _list(self, listing: DigestListing) -> list[PlacedDigest]:
        """Fills in what lies in the folder. Returns the digests that may name late log files from before the range."""
        location, first, last = listing.location, self._range.start, self._range.end + _HOUR
        place, lookback = Place(bucket=self._places.here, location=location), first - self._options.backfill_timeout
        listing.older.listed_from = min(first - _OLDER, lookback).replace(hour=0, minute=0, second=0, microsecond=0)
        after = location.day_folder(DIGEST, listing.older.listed_from)
        range_folder = location.day_folder(DIGEST, first - _HOUR)
        earlier: list[PlacedDigest] = []
        for entry in place.bucket.objects(
            location.folder(DIGEST), after=after, before=location.day_folder(DIGEST, last + _DAY)
        ):
            key = entry["Key"]
            digest = location.parse(DIGEST, key)
            if digest is None or not location.is_in_its_day(DIGEST, digest):
                in_day = _DAY_FOLDER.match(key, len(location.folder(DIGEST)))
                listing.foreign += [key] if in_day and key >= range_folder else []
            elif digest.time < first:
                listing.older.add(digest)
                earlier += [PlacedDigest(place=place, object=digest)] if digest.time >= lookback - BORDER else []
            elif digest.time <= last:
                listing.digests.append(PlacedDigest(place=place, object=digest))
        listing.digests.sort(key=_order)
        return earlier

    # digests of before a trail was changed

    def _follow(self, listing: DigestListing) -> None:
        """Add the digests in other places that come before digests here."""
        followed: set[tuple[str, str]] = set()
        for _move in range(_MOVES):
            holes = [hole for hole in self._holes(listing) if _identity(hole[1]) not in followed]
            if not holes:
                return
            for begin, digest in holes:
                followed.add(_identity(digest))
                known = {(item.object.chain, item.object.time) for item in listing.digests}
                earlier = self._before(listing, begin, digest)
                # what lies here already, as a copy or because the hole begins with it, is not read twice
                listing.digests += [item for item in earlier if (item.object.chain, item.object.time) not in known]
            listing.digests.sort(key=_order)

    def _holes(self, listing: DigestListing) -> Iterator[tuple[datetime, PlacedDigest]]:
        """Each time after which digests are missing, and the next digest. A digest covers an hour at most."""
        for name in {digest.object.chain for digest in listing.digests if not digest.object.backfill}:
            digests = listing.chain(name)
            if digests[0].object.time - _HOUR > self._range.start:
                yield self._range.start, digests[0]
            for before, digest in zip(digests, digests[1:], strict=False):
                if digest.object.time - before.object.time > _HOUR:
                    yield before.object.time, digest

    def _before(self, listing: DigestListing, begin: datetime, digest: PlacedDigest) -> list[PlacedDigest]:
        """The digests since C(begin) in the other place that the digest names, if that place may be read."""
        stored, result = self._validator.digest(digest.place, digest.object)
        self._followed[_identity(digest)] = stored, result
        if stored.digest is None or not stored.verified:
            return []
        previous = stored.digest.previous
        if previous is None:
            return self._before_start(listing, begin, digest, stored.digest.start)
        location, signed_for = digest_location(previous.key), digest_location(stored.digest.key)
        if location is None or location.account != listing.location.account:
            return []
        if (previous.bucket, location) == (stored.digest.bucket, signed_for):
            return []  # it was delivered to the same place, and is missing
        bucket = self._places.readable(previous.bucket, prefix_of(previous.key))
        if bucket is None:
            return []
        return self._in_place(listing, Place(bucket=bucket, location=location), begin, digest)

    def _before_start(
        self, listing: DigestListing, begin: datetime, digest: PlacedDigest, start: datetime
    ) -> list[PlacedDigest]:
        """The digests since C(begin) in the original buckets, if the trail may have delivered there before a stop.

        A starting digest does not name them. A trail delivers to one place at a time, so they show that it was there.
        """
        trail, here = self._options.trail(listing.location.account), listing.location
        interruptions = trail.in_region(here.region) if trail.includes(digest.object) else ()
        if not any(entry.ends_with(start) and not entry.place_known for entry in interruptions):
            return []
        digests: list[PlacedDigest] = []
        for original in self._options.originals:
            bucket = self._places.readable(original.name, original.prefix)
            if bucket and (original.name, original.prefix) != (self._places.here.name, here.prefix):
                place = Place(bucket=bucket, location=replace(here, prefix=original.prefix))
                digests += self._in_place(listing, place, begin, digest)
        return digests

    def _in_place(
        self, listing: DigestListing, place: Place, begin: datetime, digest: PlacedDigest
    ) -> list[PlacedDigest]:
        """The digests of the chain in another place, from C(begin) until C(digest)."""
        try:
            listed = self._digests_of(place, begin, digest.object.time)
            digests = [item for item in listed if item.object.chain == digest.object.chain]
        except AwsFailure as failure:
            listing.problems.append(failed_reads.unreadable_folder(failure))
            return []
        listing.places_read.add((place.bucket.name, place.location.folder(DIGEST)))
        return digests

    def _digests_of(self, place: Place, begin: datetime, end: datetime) -> Iterator[PlacedDigest]:
        location = place.location
        after, before = location.day_folder(DIGEST, begin - _HOUR), location.day_folder(DIGEST, end + _DAY)
        for entry in place.bucket.objects(location.folder(DIGEST), after=after, before=before):
            digest = location.parse(DIGEST, entry["Key"])
            if digest and begin <= digest.time < end and location.is_in_its_day(DIGEST, digest):
                yield PlacedDigest(place=place, object=digest)

    # trails without digests in the range

    def _find_silent_trail(self, listing: DigestListing) -> None:
        """Search further back for the digests of a trail that has none in the range, and of one that moved here."""
        trail, folder = self._options.trail(listing.location.account), listing.location.folder(DIGEST)
        # A backfill digest is not a sign of the trail: it names late log files only, also after the trail fell silent.
        known = [digest.object for digest in listing.digests if not digest.object.backfill]
        known += [digest for digest in listing.older.newest.values() if not digest.backfill]
        if not known:
            search = SearchFolder(location=listing.location, kind=DIGEST)
            newest = find_newest(self._places.here, search, self._range.start - _HOUR, is_past=True)
            known = list(newest.by_trail.values())
            for trail_digest in known:
                listing.older.add(trail_digest)
        moved = {name for name, _hole in self._unread_starts(listing)}
        silent = bool(trail.name and known) and not any(map(trail.includes, known))
        if not moved and not silent:
            return
        for entry in self._places.here.objects(folder, before=listing.location.day_folder(DIGEST, self._range.start)):
            digest = listing.location.parse(DIGEST, entry["Key"])
            if digest and not digest.backfill and (digest.chain in moved or (silent and trail.includes(digest))):
                listing.older.add(digest)

    def _unread_starts(self, listing: DigestListing) -> Iterator[tuple[ChainName, PlacedDigest]]:
        """Chains that begin in the range, without an older digest that is known."""
        for begin, digest in self._holes(listing):
            if begin == self._range.start and digest.object.chain not in listing.older.newest:
                yield digest.object.chain, digest

    def _look_for_log_files(self, listing: DigestListing, earlier: list[PlacedDigest]) -> None:
        """Two requests at most: in a Region without log files, no days are listed and no earlier digests are read."""
        location, start = listing.location, self._range.start - self._options.backfill_timeout
        folder, end = location.folder(LOG), self._range.start + BORDER
        last = location.day_folder(LOG, self._range.until + _DAY)
        listing.has_log_files = any(
            True for _entry in self._places.here.objects(folder, after=location.day_folder(LOG, start), before=last)
        )
        if not listing.has_log_files:
            return
        (after,) = location.start_keys(LOG, start)
        for entry in self._places.here.objects(folder, after=after, before=last):
            log_file = location.parse(LOG, entry["Key"])
            if log_file:
                listing.earlier = sorted(earlier, key=_order) if log_file.time < end else []
                return

    def _look_for_older_log_files(self, listing: DigestListing) -> None:
        """One request, only in a Region without any digest: log files from before the range show that it had some."""
        if listing.digests or listing.older.newest:
            return
        for entry in self._places.here.objects(listing.location.folder(LOG)):
            log_file = listing.location.parse(LOG, entry["Key"])
            if log_file:
                listing.has_older_log_files = log_file.time < self._range.start
                return


def _order(digest: PlacedDigest) -> tuple[bool, datetime, str]:
    return not digest.object.backfill, digest.object.time, digest.object.key


def _identity(digest: PlacedDigest) -> tuple[str, str]:
    return digest.place.bucket.name, digest.object.key
