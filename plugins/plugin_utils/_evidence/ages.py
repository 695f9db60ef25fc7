# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Ages of the newest objects and hours covered as text, for the page and the terminal. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import NOT_CHECKED
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import counted

from .coverage import RegionAge, hours

_NONE, NOT_KNOWN = "none", "not checked"


@dataclass(frozen=True, kw_only=True)
class Ages:
    """Age of the newest objects and hours covered, as text. Over several Regions, the least and the most."""

    log: str
    digest: str
    hours: str
    uncovered: str  # log files that no digest covers; empty if there are none


def texts(ages: Sequence[RegionAge], checks: Mapping[str, str], made: datetime) -> Ages:
    """The ages as text. C(checks) has the statuses of the checks that looked at them."""
    looked = checks.get("delivery", NOT_CHECKED) != NOT_CHECKED
    covered = [age.coverage for age in ages if age.coverage]
    uncovered = sum(region.uncovered_log_files for region in covered)
    oldest = min((region.oldest_uncovered for region in covered if region.oldest_uncovered), default=None)
    since = f", the oldest {timestamps.duration(_since(oldest, made))} old" if oldest else ""
    return Ages(
        log=_span([age.newest_log_file for age in ages], made, looked=looked),
        digest=_span([age.newest_digest for age in ages], made, looked=looked),
        hours=hours_text(
            [region.covered_seconds for region in covered], max((region.range_seconds for region in covered), default=0)
        ),
        uncovered=f"{counted(uncovered, 'log file')} without a digest{since}" if uncovered else "",
    )


def _span(moments: Sequence[datetime | None], made: datetime, *, looked: bool) -> str:
    """The ages from the least to the most, as 4 min to 3 h 2 min."""
    ages = sorted(_since(moment, made) for moment in moments if moment)
    if not ages:
        return _NONE if looked else NOT_KNOWN
    words = list(dict.fromkeys(timestamps.duration(age) for age in (ages[0], ages[-1])))
    return " to ".join([*words[:1], _NONE] if None in moments else words)


def _since(moment: datetime, made: datetime) -> timedelta:
    return max(made - moment, timedelta(0))


def hours_in_words(text: str) -> str:
    """The hours of hours_text with their noun, such as 6 of 24 hours or 1 of 1 hour."""
    return f"{text} {'hour' if text.endswith(' of 1') else 'hours'}"


def hours_text(covered: Sequence[int], whole: int) -> str:
    """As 6 of 24, or 6 to 24 of 24 if Regions differ. Times are in seconds; empty C(covered) was not checked."""
    if not covered:
        return NOT_KNOWN
    least, most = hours(min(covered)), hours(max(covered))
    return f"{least} of {hours(whole)}" if least == most else f"{least} to {most} of {hours(whole)}"
