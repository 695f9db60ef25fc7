# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""New chains after an interruption: whether older digests existed in the folder is not always known."""

from __future__ import annotations

from tests.states.chains import delete_region
from tests.states.fleet import BUCKET, ELSEWHERE, PRODUCTION, TRAILS, Fleet
from tests.states.table import broken, sound
from tests.states.wipes import bounce, earlier_evidence, newest_digests

HOME, OPT_IN = "us-east-1", "af-south-1"
ORIGINAL: dict[str, object] = {"central_logging_original_buckets": [{"bucket": ELSEWHERE}]}


def begin_again(fleet: Fleet) -> None:
    """Stop the trail of production, send it to the log bucket, and start it. The history of a day has no other call."""
    fleet.next_second()
    fleet.trail().stop_logging(Name=TRAILS[PRODUCTION])
    fleet.update_trail(S3BucketName=BUCKET)
    fleet.trail().start_logging(Name=TRAILS[PRODUCTION])


def take_over(fleet: Fleet) -> None:
    """The trail delivered to another bucket, and to the log bucket since six hours."""
    fleet.other_bucket()
    fleet.update_trail(S3BucketName=ELSEWHERE)
    fleet.hours(42)
    begin_again(fleet)
    fleet.hours(6)


def wipe(fleet: Fleet) -> str:
    """The trail always delivered here. Its digests were deleted, as after a takeover. Returns the time of the last."""
    fleet.hours(42)
    verified = newest_digests(fleet)[HOME]
    begin_again(fleet)
    fleet.purge(*fleet.digests(), *fleet.logs())
    fleet.hours(6)
    return verified


@broken(
    base="days_ago",
    production="",
    not_checked={"production": "integrity"},
    message=("the trail delivered to another place, or they were deleted", "StopLogging"),
    remedy=("original_buckets", "delete markers"),
    never="DeleteObject",
)
def e4a_a_trail_was_stopped_and_taken_over(fleet: Fleet) -> None:
    """Whether it delivered here before is not known. That is one problem, although there is a pause too."""
    take_over(fleet)


@sound(base="days_ago", absent="integrity:unknown_start integrity:missing integrity:gap")
def e4a_a_trail_was_stopped_and_taken_over_and_the_other_bucket_is_read(fleet: Fleet) -> dict[str, object]:
    take_over(fleet)
    return ORIGINAL


@broken(base="days_ago", production="", not_checked={"production": "integrity"}, message="or they were deleted")
def e4a_digests_were_deleted_as_after_a_takeover(fleet: Fleet) -> None:
    wipe(fleet)


@broken(base="days_ago", production="", not_checked={"production": "integrity"}, message="or they were deleted")
def e4a_digests_were_deleted_and_the_other_bucket_has_none(fleet: Fleet) -> dict[str, object]:
    fleet.other_bucket()
    wipe(fleet)
    return ORIGINAL


@broken(base="days_ago", production="integrity:missing", message="was logging until", remedy="delete marker")
def e4a_an_earlier_evidence_shows_that_digests_were_deleted(fleet: Fleet) -> dict[str, str]:
    verified = {HOME: wipe(fleet)}
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}


@broken(base="days_ago", production="integrity:missing", message="was logging until")
def e4a_older_digests_show_that_others_were_deleted(fleet: Fleet) -> None:
    """Those of the first hours remain."""
    fleet.hours(42)
    begin_again(fleet)
    fleet.purge(*fleet.digests()[6:], *fleet.logs()[6:])
    fleet.hours(6)


@broken(
    base="days_ago",
    production="",
    not_checked={"production": "integrity encryption"},
    message="was logging until",
    waits={"production": "delivery:silent"},
    problems=2,
)
def e4a_everything_was_deleted_after_a_takeover_just_now(fleet: Fleet) -> None:
    """Nothing has been delivered since the takeover."""
    fleet.hours(48)
    begin_again(fleet)
    fleet.purge(*fleet.digests(), *fleet.logs())


def enable(fleet: Fleet) -> None:
    """Production enables an opt-in Region, or it is enabled, and the trail delivers from it."""
    fleet.sandbox.opt_in(PRODUCTION, OPT_IN)
    fleet.hours(1, regions=[HOME, OPT_IN], accounts=[PRODUCTION])
    for key in fleet.keys("AWSLogs/"):
        if f"/{OPT_IN}/" in key and PRODUCTION not in key:
            fleet.purge(key)


@broken(
    base="hours_ago",
    production="",
    not_checked={"production": "integrity"},
    message="the account enabled the Region later, or they were deleted",
    remedy=("EnableRegion", "delete markers"),
)
def an_opt_in_region_was_enabled_after_a_restart(fleet: Fleet) -> None:
    fleet.hours(2)
    bounce(fleet)
    enable(fleet)
    fleet.hours(3)


@broken(base="hours_ago", production="", not_checked={"production": "integrity"}, message="or they were deleted")
def an_opt_in_region_was_deleted_before_a_restart(fleet: Fleet) -> None:
    enable(fleet)
    fleet.hours(2)
    bounce(fleet)
    delete_region(fleet, region=OPT_IN)
    enable(fleet)
    fleet.hours(2)


@broken(base="hours_ago", production="integrity:missing", message=(OPT_IN, "they were deleted."))
def an_earlier_evidence_shows_that_an_opt_in_region_was_deleted(fleet: Fleet) -> dict[str, str]:
    enable(fleet)
    fleet.hours(2)
    verified = {OPT_IN: newest_digests(fleet)[HOME]}
    bounce(fleet)
    delete_region(fleet, region=OPT_IN)
    enable(fleet)
    fleet.hours(2)
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}
