# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How new the newest objects are, and how many hours of the time range verified digests cover. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail delivers a digest every hour, so the end of a range up to now is never covered:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps

from .results import DeliveryResult, IntegrityResult, RegionCoverage

NEXT_DIGEST = timedelta(hours=2)  # the longest time for which the next digest is not due yet
_SLACK = timedelta(minutes=5)  # digests do not start and end at the full hour


@dataclass(frozen=True, kw_only=True)
class RegionAge:
    """The newest objects of one account and Region, and what digests cover there."""

    newest_log_file: datetime | None
    newest_digest: datetime | None
    coverage: RegionCoverage | None  # None if integrity was not checked

    def as_json(self, made: datetime) -> dict[str, Any]:
        """The entry in the JSON file. Ages are in seconds at the time of the report."""
        covered = self.coverage
        oldest = covered.oldest_uncovered if covered else None
        return {
            "newest_log_file": _iso(self.newest_log_file),
            "newest_log_file_age": age(self.newest_log_file, made),
            "newest_digest": _iso(self.newest_digest),
            "newest_digest_age": age(self.newest_digest, made),
            "newest_verified_digest": _iso(covered.newest_digest if covered else None),
            "range_seconds": covered.range_seconds if covered else None,
            "covered_seconds": covered.covered_seconds if covered else None,
            "log_files": covered.log_files if covered else None,
            "verified_log_files": covered.verified_log_files if covered else None,
            "uncovered_log_files": covered.uncovered_log_files if covered else None,
            "oldest_uncovered": _iso(oldest),
            "oldest_uncovered_age": age(oldest, made),
        }


@dataclass(frozen=True, kw_only=True)
class FleetCoverage:
    """The time that verified digests cover, over all accounts and Regions of the run."""

    range_seconds: int
    least: int  # seconds in the account and Region that has the least
    most: int
    uncovered_log_files: int
    complete: bool  # whether everything is covered that digests can cover by now

    def as_json(self) -> dict[str, Any]:
        """The entry in the JSON file."""
        return {
            "range_seconds": self.range_seconds,
            "least_covered_seconds": self.least,
            "most_covered_seconds": self.most,
            "uncovered_log_files": self.uncovered_log_files,
            "complete": self.complete,
        }


def ages(
    delivery: DeliveryResult | None, integrity: IntegrityResult | None, accounts: Iterable[str]
) -> dict[str, dict[str, RegionAge]]:
    """The ages by account and Region, for these accounts."""
    newest = {(entry.account, entry.region): entry for entry in (delivery.deliveries if delivery else ())}
    covered = {(entry.account, entry.region): entry for entry in (integrity.regions if integrity else None) or ()}
    by_account: dict[str, dict[str, RegionAge]] = {account: {} for account in accounts}
    for account, region in sorted({*newest, *covered}):
        if account in by_account:
            entry, coverage = newest.get((account, region)), covered.get((account, region))
            by_account[account][region] = RegionAge(
                newest_log_file=_latest(
                    entry.log_time if entry else None, coverage.newest_log_file if coverage else None
                ),
                newest_digest=_latest(
                    entry.digest_time if entry else None, coverage.newest_digest if coverage else None
                ),
                coverage=coverage,
            )
    return by_account


def is_whole(by_region: Mapping[str, RegionAge], end: datetime | None) -> bool:
    """Whether everything of an account is covered that digests can cover by now. Without any Region, nothing is."""
    regions = [age.coverage for age in by_region.values() if age.coverage]
    return bool(regions) and all(is_complete(region, end) for region in regions)


def of_fleet(by_account: Mapping[str, Mapping[str, RegionAge]], end: datetime | None) -> FleetCoverage | None:
    """The sum of all accounts; None if no account has hours to count. An account without any Region covers nothing."""
    regions = [age.coverage for ages in by_account.values() for age in ages.values() if age.coverage]
    if not regions:
        return None
    bare = [account for account, own in by_account.items() if not any(age.coverage for age in own.values())]
    covered = [*(region.covered_seconds for region in regions), *(0 for _account in bare)]
    return FleetCoverage(
        range_seconds=max(region.range_seconds for region in regions),
        least=min(covered),
        most=max(covered),
        uncovered_log_files=sum(region.uncovered_log_files for region in regions),
        complete=all(is_whole(own, end) for own in by_account.values()),
    )


def _uncovered(region: RegionCoverage, end: datetime | None) -> timedelta:
    """The time of the range that no verified digest covers although its digest is due. C(end) is that of the range."""
    due = timedelta(0)
    if region.newest_digest and end:
        due = min(max(end - region.newest_digest, timedelta(0)), NEXT_DIGEST)
    return max(timedelta(seconds=region.range_seconds - region.covered_seconds) - due, timedelta(0))


def is_complete(region: RegionCoverage, end: datetime | None) -> bool:
    """Whether everything is covered that digests can cover by now."""
    return _uncovered(region, end) <= _SLACK


def hours(seconds: int) -> str:
    """Hours to a tenth, such as 24 or 22.5: digests do not start and end at the full hour."""
    return f"{round(seconds / 3600, 1):g}"


def age(moment: datetime | None, made: datetime) -> int | None:
    """Seconds from the moment until the report, at least 0; None if there is no moment."""
    return None if moment is None else max(int((made - moment).total_seconds()), 0)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else timestamps.text(moment)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
