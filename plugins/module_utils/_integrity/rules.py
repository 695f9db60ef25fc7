# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the digests and log files of one account must fulfil. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .._digests.timeline import TimeRange
from .options import IntegrityOptions, NamedTrail


@dataclass(frozen=True, kw_only=True)
class RegionRules:
    """What the digests and log files of one account must fulfil."""

    time_range: TimeRange
    backfill_timeout: timedelta
    trail: NamedTrail
    kms_key: str  # empty if the encryption is not compared
    bucket: str  # the log bucket


def rules_for(account: str, options: IntegrityOptions) -> RegionRules:
    """The rules that the options have for the account."""
    return RegionRules(
        time_range=options.time_range,
        backfill_timeout=options.backfill_timeout,
        trail=options.trail(account),
        kms_key=options.kms_key,
        bucket=options.bucket,
    )
