# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The Regions of an account that must have digests of its trail, and have none. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail delivers a digest every hour, also if there was no activity, so a Region without any is not a quiet one:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
If a whole folder was deleted, no older digest shows it. Therefore, other facts decide which Regions must have digests.
A Region that an account may have disabled is required only if it is known to be recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .._aws.default_regions import DEFAULT_REGIONS
from .._core import timestamps
from .._core.finding import FAILED, WAITING
from .._digests.problems import EMPTY, MISSING, Problem
from .._log_files.object_keys import DIGEST
from .options import IntegrityOptions, NamedTrail

_NAMED = "The option regions names the Region."
_HOME = "Every trail delivers digests of its home Region."
_KNOWN = "Digests of the Region were validated before."
_OLDER = "Older log files of the Region are in the bucket, so the account was recorded there."
_DEFAULT = (
    "The trail records all Regions, no account can disable this one, and other accounts have digests of it. The folder"
    " of the Region was deleted, or the trail does not record the Region."
)
_REMEDIATION = (
    "Look for delete markers and older versions of the digests and log files, and for DeleteObject in the data events"
    " of the bucket. If the account has disabled the Region, name the other ones in regions."
)


@dataclass(frozen=True, kw_only=True)
class RegionFacts:
    """What was found of one account and Region."""

    objects: int  # digests, and log files that no digest names, of the range
    digests: int  # of the expected trail; backfill digests do not count
    begun: datetime | None  # when the first of them starts
    is_home: bool  # False if the home Region of their trail is another one
    explained: bool  # a finding about the Region reports why there are no digests
    failed: bool  # one of these is a failure
    has_older_log_files: bool


@dataclass(frozen=True, kw_only=True)
class AbsentDigests:
    """A Region without digests that must have some."""

    account: str
    region: str
    problem: Problem


class RequiredRegions:
    """Which Regions must have digests, from the facts about all accounts and Regions."""

    def __init__(self, options: IntegrityOptions, facts: Mapping[tuple[str, str], RegionFacts]) -> None:
        """C(facts) has only accounts that could be listed."""
        self._options, self._facts, self._range = options, facts, options.time_range
        self._delivering = {region for (_account, region), fact in facts.items() if fact.digests}

    def absent(self) -> Iterator[AbsentDigests]:
        """The Regions of accounts with any objects. An account without objects is empty as a whole."""
        for account in dict.fromkeys(account for account, _region in self._facts):
            regions = {region: fact for (owner, region), fact in self._facts.items() if owner == account}
            if any(fact.objects for fact in regions.values()):
                yield from self._of_account(account, regions)

    def _of_account(self, account: str, regions: Mapping[str, RegionFacts]) -> Iterator[AbsentDigests]:
        trail, begun = self._options.trail(account), min((f.begun for f in regions.values() if f.begun), default=None)
        reasons = dict(self._reasons(account, trail, regions))
        for region, reason in sorted(reasons.items()):
            fact = regions.get(region)
            delivered = trail.delivered_in(self._range, region)
            if fact and (fact.digests or fact.failed or (fact.explained and not delivered)):
                continue
            status = FAILED if delivered or reason == _OLDER else self._status(trail, begun)
            if status:
                objects = bool(fact and fact.objects)
                problem = self._problem(account, region, delivered or reason, status, objects=objects)
                problem = replace(problem, kind=MISSING) if delivered else problem
                yield AbsentDigests(account=account, region=region, problem=problem)

    def _reasons(
        self, account: str, trail: NamedTrail, regions: Mapping[str, RegionFacts]
    ) -> Iterator[tuple[str, str]]:
        """The required Regions with the reason of each. The last reason for a Region counts."""
        if not self._options.regions:
            if self._records_all_regions(trail, regions):
                others = self._delivering & DEFAULT_REGIONS
                yield from ((region, _DEFAULT) for region in others)
            yield from ((region, _KNOWN) for region in trail.verified)
            if trail.home_region:
                yield trail.home_region, _HOME
        elif self._options.accounts:
            yield from ((region, _NAMED) for region in self._options.regions)
        yield from ((region, _OLDER) for region, fact in regions.items() if fact.has_older_log_files)

    def _records_all_regions(self, trail: NamedTrail, regions: Mapping[str, RegionFacts]) -> bool:
        """True if the trail of an expected account has recorded all Regions in the time range.

        The present setting of the trail says nothing about a range in the past.
        """
        is_present = self._range.end >= self._range.now
        elsewhere = any(fact.digests and not fact.is_home for fact in regions.values())
        return bool(self._options.accounts) and ((trail.multi_region and is_present) or elsewhere)

    def _status(self, trail: NamedTrail, begun: datetime | None) -> str:
        """WAITING if the trail has begun or changed recently; empty if it began after the range."""
        changed = trail.delivering
        if begun is None and changed and changed >= self._range.until:
            return ""
        recent = max((time for time in (begun, changed) if time and time < self._range.until), default=None)
        waits = recent is not None and self._range.until - recent <= self._range.max_digest_age
        return WAITING if waits else FAILED

    def _problem(self, account: str, region: str, reason: str, status: str, *, objects: bool) -> Problem:
        name, start, end = self._options.trail(account).name, self._range.start, self._range.end
        digest = f"digest of trail {name}" if name else "digest"
        what = f"no {digest}" if objects else f"neither a {digest} nor a log file"
        return Problem(
            kind=EMPTY,
            resource=self._options.location(account, region).folder(DIGEST),
            message=f"From {timestamps.text(start)} to {timestamps.text(end)} there is {what}. {reason}",
            since=timestamps.text(start),
            status=status,
            remediation=_REMEDIATION,
        )
