# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is not known of the time before the first digest of a folder, if that digest follows an interruption. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Two states look like a deletion. A trail that was stopped, sent here and started again has a starting digest, which
does not name the digests in the former bucket. A multi-Region trail begins to deliver from an opt-in Region when the
account enables it: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html
UpdateTrail has the new bucket only. EnableRegion is recorded, but AWS does not document that a call for a Region that
is already enabled is refused: https://docs.aws.amazon.com/accounts/latest/reference/API_EnableRegion.html
Therefore, the digests are not reported as deleted, and the proof does not pass.
"""

from __future__ import annotations

from datetime import datetime

from .._core import timestamps
from .._core.finding import NOT_CHECKED
from .._core.interruption import Interruption
from .problems import UNKNOWN_START, Problem

_ORIGINAL = (
    "If the trail delivered to another place before, add that bucket and its prefix to original_buckets, with a role"
    " that is allowed to read it, and validate again."
)
_ENABLED = (
    "Look for EnableRegion of account.amazonaws.com in the event history of the account. If the account enabled the"
    " Region then, it has no older digests. The finding ends when the time range begins later."
)


def about(
    before: Interruption, trail: str, folder: str, period: tuple[datetime, datetime], *, new_region: bool
) -> Problem | None:
    """The problem that the period between the start of the range and the first digest is not known; None if it is.

    The digest is the first one after the interruption. C(new_region): nothing shows that the account had enabled the
    Region before.
    """
    begin, start = period
    # If the trail was interrupted before the range, the rest of the pause is a gap, wherever it delivered before.
    elsewhere = not before.place_known and before.begin > begin
    reasons, remediations = [], []
    if new_region:
        reasons.append("the account enabled the Region later")
        remediations.append(_ENABLED)
    if elsewhere:
        reasons.append("the trail delivered to another place")
        remediations.append(_ORIGINAL)
    if not reasons:
        return None
    since, until = timestamps.text(begin), timestamps.text(start)
    message = (
        f"Trail {trail} was logging until {timestamps.text(before.begin)} ({before.event}), and delivers here since"
        f" {until}. It is not known whether older digests existed here: {', '.join(reasons)}, or they were deleted. No"
        f" digest covers the time from {since} to {until} ({start - begin})."
    )
    otherwise = (
        f"Otherwise, look for delete markers and older versions of the digests, and find out who called {before.event}."
    )
    return Problem(
        kind=UNKNOWN_START,
        resource=folder,
        message=message,
        since=since,
        status=NOT_CHECKED,
        remediation=" ".join([*remediations, otherwise]),
    )
