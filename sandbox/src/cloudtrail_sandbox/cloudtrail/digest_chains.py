# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chains of digests: when they begin and end, and which log files go into which digest.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html :
a digest for each hour, also for one without activity; a starting digest when validation or logging starts; a final one
when logging stops or the trail is deleted; after validation was disabled the chain ends with the hour under way.

Known deviations: a multi-Region trail has chains in its home Region, in us-east-1 and in Regions that a control
request has named, not in every Region; a refused digest is delivered later in its place in the chain; refused backfill
digests are lost. That the backfill digests of a trail, account and Region form a chain of their own is inferred from
how the AWS CLI walks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudtrail_sandbox.cloudtrail.digests import Digest, LogFile, Span, deliver_digest
from cloudtrail_sandbox.cloudtrail.log_delivery import Delivery, accounts_of, regions_of
from cloudtrail_sandbox.cloudtrail.requests import TrailRequests
from cloudtrail_sandbox.cloudtrail.signing_keys import SigningKeys
from cloudtrail_sandbox.cloudtrail.trails import Delivered, Trail
from cloudtrail_sandbox.state import State

HOUR = timedelta(hours=1)
Key = tuple[str, str, str]  # a trail's ARN, an account, a Region


@dataclass
class Chain:
    """The digests of a trail about an account and Region.

    `start` is where the last digest ended, `files` are the log files since then with the times of their deliveries,
    `late` those that the digest of their hour will leave out, `missed` those that it has left out.
    """

    start: datetime
    files: list[tuple[datetime, LogFile]] = field(default_factory=list)
    late: list[tuple[datetime, LogFile]] = field(default_factory=list)
    missed: list[tuple[Span, list[LogFile]]] = field(default_factory=list)
    previous: Digest | None = None
    backfill: Digest | None = None
    ending: bool = False

    def before(self, time: datetime) -> bool:
        """Whether everything in the chain happened before the time."""
        return self.start < time and all(at < time for at, _file in (*self.files, *self.late))


class Chains:
    """All chains. Each method that delivers returns the digests, with refused ones."""

    def __init__(self, state: State, keys: SigningKeys) -> None:
        self._state = state
        self._keys = keys
        self._chains: dict[Key, Chain] = {}

    def open(self, trail: Trail, regions: Iterable[str] = ()) -> list[Digest]:
        """Begin the chains that a trail should have, and end those that it should not have."""
        over = [key for key in self._of(trail) if not self._wanted(trail, key)]
        digests = self.finish(trail, over) if over else []
        if trail.logging and trail.validation:
            wanted = dict.fromkeys([*regions_of(self._state, trail), *regions_of(self._state, trail, regions)])
            for key in (
                (trail.arn, account, region) for account in accounts_of(self._state, trail) for region in wanted
            ):
                if key in self._chains and self._chains[key].ending:
                    digests += self.finish(trail, [key])
                self._chains.setdefault(key, Chain(self._now()))
        return digests

    def _wanted(self, trail: Trail, key: Key) -> bool:
        return trail.covers(key[2]) and (key[1] == trail.account or trail.organization)

    def note(self, deliveries: Iterable[Delivery], late: bool = False) -> None:
        """Add stored log files to the digest of this hour or, if late, to a backfill digest."""
        for delivery in deliveries:
            chain = self._chains.get((delivery.trail, delivery.account, delivery.region))
            if chain and not chain.ending and not delivery.error:
                (chain.late if late else chain.files).append((self._state.now(), LogFile.of(delivery)))

    def due(self, trail: Trail) -> list[Digest]:
        """Deliver the digests of the hours that have passed."""
        now = self._state.now()
        digests = [digest for key in self._of(trail) for digest in self._passed(trail, key, now)]
        self._set_status(trail, digests)
        return digests

    def _passed(self, trail: Trail, key: Key, now: datetime) -> Iterator[Digest]:
        chain = self._chains[key]
        while chain.start + HOUR <= now:
            digest = self._close(trail, key, chain.start + HOUR)
            yield digest
            if digest.error:
                return
            if chain.ending:
                del self._chains[key]
                return

    def disable(self, trail: Trail) -> None:
        """End the chains with the current hour and without new files, because validation was disabled."""
        for key in self._of(trail):
            self._chains[key].ending = True

    def finish(self, trail: Trail, keys: Iterable[Key] | None = None) -> list[Digest]:
        """Deliver the final digests of a trail's chains, by default of all. A final digest covers at least a second."""
        digests = self.due(trail)
        chosen = [key for key in (self._of(trail) if keys is None else keys) if key in self._chains]
        if not all(self._chains[key].before(self._now()) for key in chosen):
            self._state.clock_offset += 1
        final = [self._close(trail, key, self._now()) for key in chosen]
        for key in chosen:
            del self._chains[key]
        self._set_status(trail, final)
        return digests + final

    def backfill(self, trail: Trail) -> list[Digest]:
        """Deliver backfill digests of the files that the digests so far have left out."""
        digests = []
        for key in self._of(trail):
            chain = self._chains[key]
            for span, files in chain.missed:
                signing = self._keys.current(span.region, self._state.now())
                digest = deliver_digest(
                    TrailRequests(self._state, trail), span, files, chain.backfill, signing, backfill=True
                )
                digests.append(digest)
                chain.backfill = chain.backfill if digest.error else digest
            chain.missed = []
        return digests

    def _close(self, trail: Trail, key: Key, end: datetime) -> Digest:
        chain = self._chains[key]
        span = Span(key[1], key[2], chain.start, end)
        files = [file for at, file in chain.files if at < end]
        signing = self._keys.current(span.region, self._state.now())
        digest = deliver_digest(TrailRequests(self._state, trail), span, files, chain.previous, signing)
        if not digest.error:
            late = [file for at, file in chain.late if at < end]
            chain.missed += [(span, late)] if late else []
            chain.files = [pair for pair in chain.files if pair[0] >= end]
            chain.late = [pair for pair in chain.late if pair[0] >= end]
            chain.start, chain.previous = end, digest
        return digest

    def _set_status(self, trail: Trail, digests: list[Digest]) -> None:
        """Set the digest status of the trail's Regions, which is the same for all accounts."""
        for region in {digest.span.region for digest in digests}:
            status = trail.delivered.setdefault(region, Delivered())
            errors = [digest.error for digest in digests if digest.span.region == region and digest.error]
            status.digest_error = errors[0] if errors else ""
            if not errors:
                status.digest_delivered = self._state.now()

    def _of(self, trail: Trail) -> list[Key]:
        return sorted(key for key in self._chains if key[0] == trail.arn)

    def _now(self) -> datetime:
        return self._state.now().replace(microsecond=0)
