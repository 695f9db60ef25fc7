# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The last change of the expected trail and its interruptions, from the event history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_digests import ISO
from tests.fakes.fake_trails import (
    DELIVERED,
    EVERYTHING,
    STARTED,
    FakeAccount,
    described,
    kinds,
    report,
    status,
    updated,
)
from tests.fakes.support import ARCHIVE, BUCKET, failure

OWN = described()
ARN = OWN["TrailARN"]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def at(hour: int) -> datetime:
    return STARTED + hour * HOUR


def last_changed(*events: Any, **options: Any) -> Any:
    account = FakeAccount([OWN], selectors={ARN: EVERYTHING}, history={"Events": list(events)})
    return report(account, trail_name="sectrailprod", **options)["last_changed"]


def interruptions(*events: dict[str, Any], of: dict[str, Any] | None = None, **trail: Any) -> list[dict[str, Any]]:
    """The interruptions of a trail. C(of) is its status, C(trail) are members of DescribeTrails."""
    account = FakeAccount([described(**trail)], events=list(events), statuses={ARN: of or status()})
    options = {"trail_name": "sectrailprod", "bucket": BUCKET, "key_prefix": ""}
    shown: list[dict[str, Any]] = report(account, **options)["interruptions"]
    return shown


@pytest.mark.parametrize(
    ("request_members", "settings"),
    [
        ({"s3BucketName": BUCKET}, ["bucket"]),
        ({"s3KeyPrefix": "", "kmsKeyId": "k"}, ["key_prefix", "kms_key"]),
        ({"enableLogFileValidation": True}, ["log_file_validation"]),
        ({"isMultiRegionTrail": True}, ["multi_region"]),
    ],
)
def test_b15_a_change_of_the_destination_or_key(request_members: dict[str, Any], settings: list[str]) -> None:
    assert last_changed(updated(**request_members)) == {"time": "2026-11-25T14:05:06Z", "settings": settings}
    assert last_changed(updated(name=ARN, **request_members))["settings"] == settings


def test_b15_the_newest_change_counts() -> None:
    older, newer = updated(at=DELIVERED - HOUR, s3KeyPrefix="a"), updated(s3KeyPrefix="b")
    assert last_changed(older, newer) == last_changed(newer, older) == last_changed(newer)


_NO_CHANGE = {
    "refused by AWS": updated(s3BucketName=BUCKET, error="AccessDenied"),
    "another trail": updated(name="other", s3BucketName=BUCKET),
    "of the same name elsewhere": updated(name=ARN.replace("us-east-1", "eu-west-1"), s3BucketName=BUCKET),
    "another setting": updated(includeGlobalServiceEvents=True),
    "another event": updated(event="StopLogging", s3BucketName=BUCKET),
    "not JSON": {**updated(s3BucketName=BUCKET), "CloudTrailEvent": "{"},
    "no object": {**updated(s3BucketName=BUCKET), "CloudTrailEvent": "[]"},
    "no parameters": {**updated(s3BucketName=BUCKET), "CloudTrailEvent": '{"requestParameters": null}'},
    "no time": {**updated(s3BucketName=BUCKET), "EventTime": None},
    "empty": {},
}


@pytest.mark.parametrize("event", _NO_CHANGE.values(), ids=_NO_CHANGE)
def test_b15_everything_else_is_no_change(event: dict[str, Any]) -> None:
    assert last_changed(event) is None


def test_b15_a_change_of_the_key_alone_is_not_a_move() -> None:
    moved, keyed = updated(at=at(1), s3BucketName=BUCKET, kmsKeyId="k"), updated(at=at(5), kmsKeyId="l")
    account = FakeAccount([OWN], selectors={ARN: EVERYTHING}, events=[moved, keyed])
    result = report(account, trail_name="sectrailprod")
    assert result["last_changed"] == {"time": "2026-11-25T17:00:00Z", "settings": ["kms_key"]}
    assert result["last_moved"] == {"time": "2026-11-25T13:00:00Z", "settings": ["bucket"]}


def test_b15_a_call_that_sets_the_same_value_again_is_no_change() -> None:
    """Otherwise, everybody who may call UpdateTrail could let the proof wait for a first delivery again and again."""
    first, again = updated(at=at(1), s3BucketName=BUCKET), updated(at=at(5), s3BucketName=BUCKET)
    assert last_changed(first, again)["time"] == "2026-11-25T13:00:00Z"
    other = updated(at=at(3), s3BucketName="other")
    assert last_changed(first, other, again)["time"] == "2026-11-25T17:00:00Z"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_b15_without_the_event_history_an_interruption_is_not_checked(code: str) -> None:
    account = FakeAccount([OWN], selectors={ARN: EVERYTHING}, history=failure(code))
    result = report(account, trail_name="sectrailprod", bucket=BUCKET)
    assert result["last_changed"] is None
    assert kinds(result["findings"])["history_not_checked"] == "not_checked"
    (finding,) = [finding for finding in result["findings"] if finding["kind"] == "history_not_checked"]
    assert code in finding["message"]
    assert ("cloudtrail:LookupEvents" in finding["remediation"]) is (code == "AccessDeniedException")


def test_b15_an_event_history_that_is_too_long_is_not_checked() -> None:
    """Many calls must not hide an older one."""
    calls = [updated(at=at(1) - index * MINUTE, s3KeyPrefix=str(index)) for index in range(101)]
    account = FakeAccount([OWN], selectors={ARN: EVERYTHING}, events=calls)
    result = report(account, trail_name="sectrailprod")
    (finding,) = [finding for finding in result["findings"] if finding["kind"] == "history_not_checked"]
    assert "5000 events of UpdateTrail or more" in finding["message"]
    assert "who calls UpdateTrail" in finding["remediation"]
    assert account.operations.count("lookup_events") == 100
    account = FakeAccount([OWN], selectors={ARN: EVERYTHING}, events=calls[1:])
    assert "history_not_checked" not in kinds(report(account, trail_name="sectrailprod")["findings"])


def test_b15_the_event_history_is_read_only_if_it_helps() -> None:
    for options in ({}, {"trail_name": "sectrailprod", "change_period": 0}, {"trail_name": "missing"}):
        unread = FakeAccount([OWN])
        assert report(unread, **options)["last_changed"] is None
        assert "lookup_events" not in unread.operations


@pytest.mark.parametrize(
    ("started", "names"),
    [
        (STARTED, ["UpdateTrail", "CreateTrail", "DeleteTrail", "StartLogging", "StopLogging"]),
        (STARTED - 100 * DAY, ["UpdateTrail"]),
    ],
)
def test_r2_a_trail_that_logs_since_long_needs_one_request(started: Any, names: list[str]) -> None:
    """Nobody stopped or deleted it meanwhile."""
    account = FakeAccount([OWN], statuses={ARN: status(StartLoggingTime=started)})
    report(account, trail_name="sectrailprod")
    requests = [arguments for _s, operation, arguments in account.calls if operation == "lookup_events"]
    assert [arguments["LookupAttributes"][0]["AttributeValue"] for arguments in requests] == names
    assert all(arguments["StartTime"] < STARTED - 80 * DAY for arguments in requests)


def test_b15_the_history_of_an_organization_trail_is_that_of_its_owner() -> None:
    trail = described("org", ARCHIVE, IsOrganizationTrail=True)
    member = FakeAccount([trail])
    assert report(member, trail_name="org")["last_changed"] is None
    assert "lookup_events" not in member.operations


# interruptions


def call(event: str, hour: int, /, **request: Any) -> dict[str, Any]:
    return updated(event=event, at=at(hour), **request)


def interruption(begin: int, end: int | None, event: str, since: int | None = None, **more: bool) -> dict[str, Any]:
    hours = {"since": since, "begin": begin, "end": end}
    times = {name: None if hour is None else at(hour).strftime(ISO) for name, hour in hours.items()}
    return {**times, "event": event, "certain": True, "place_known": True, "everywhere": True, **more}


ELSEWHERE = {"certain": False, "place_known": False}  # the trail may have delivered to another place before
HERE = {"s3BucketName": BUCKET, "enableLogFileValidation": True, "isMultiRegionTrail": True}
_INTERRUPTIONS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "none": ([], []),
    "created": ([call("CreateTrail", 0, **HERE), call("StartLogging", 1)], []),
    "stopped and started": (
        [call("StopLogging", 1), call("StartLogging", 2)],
        [interruption(1, 2, "StopLogging")],
    ),
    "stopped twice": (
        [call("StopLogging", 1), call("StopLogging", 2), call("StartLogging", 3)],
        [interruption(1, 3, "StopLogging")],
    ),
    "two restarts": (
        [call("StopLogging", 1), call("StartLogging", 2), call("StopLogging", 3), call("StartLogging", 4)],
        [interruption(1, 2, "StopLogging"), interruption(3, 4, "StopLogging", since=2)],
    ),
    "deleted and created": (
        [call("DeleteTrail", 1), call("CreateTrail", 2, **HERE), call("StartLogging", 3)],
        [interruption(1, 3, "DeleteTrail", **ELSEWHERE)],
    ),
    "created, deleted and created": (
        [
            call("CreateTrail", 0, **HERE),
            call("StartLogging", 0),
            call("DeleteTrail", 1),
            call("CreateTrail", 2, **HERE),
            call("StartLogging", 3),
        ],
        [interruption(1, 3, "DeleteTrail", since=0)],
    ),
    "created elsewhere, deleted and created": (
        [
            call("CreateTrail", 0, **{**HERE, "s3BucketName": "other"}),
            call("StartLogging", 0),
            call("DeleteTrail", 1),
            call("CreateTrail", 2, **HERE),
            call("StartLogging", 3),
        ],
        [],
    ),
    "deleted while it did not log": (
        [call("StopLogging", 1), call("DeleteTrail", 2), call("CreateTrail", 3, **HERE), call("StartLogging", 4)],
        [interruption(1, 4, "StopLogging", **ELSEWHERE)],
    ),
    "validation off and on": (
        [call("UpdateTrail", 1, enableLogFileValidation=False), call("UpdateTrail", 2, enableLogFileValidation=True)],
        [interruption(1, 2, "UpdateTrail", certain=False)],
    ),
    "validation on": ([call("UpdateTrail", 2, enableLogFileValidation=True)], []),
    "sent elsewhere and back": (
        [call("UpdateTrail", 1, s3BucketName="other"), call("UpdateTrail", 2, s3BucketName=BUCKET)],
        [interruption(1, 2, "UpdateTrail", **ELSEWHERE)],
    ),
    "another prefix and back": (
        [call("UpdateTrail", 1, s3KeyPrefix="other"), call("UpdateTrail", 2, s3KeyPrefix="")],
        [interruption(1, 2, "UpdateTrail", **ELSEWHERE)],
    ),
    "moved here": ([call("UpdateTrail", 1, **HERE)], []),
    "stopped, moved here and started": (
        [call("StopLogging", 1), call("UpdateTrail", 2, **HERE), call("StartLogging", 3)],
        [interruption(1, 3, "StopLogging", **ELSEWHERE)],
    ),
    "moved here, stopped and started": (
        [call("UpdateTrail", 1, **HERE), call("StopLogging", 2), call("StartLogging", 3)],
        [interruption(2, 3, "StopLogging")],
    ),
    "one Region and all": (
        [call("UpdateTrail", 1, isMultiRegionTrail=False), call("UpdateTrail", 2, isMultiRegionTrail=True)],
        [interruption(1, 2, "UpdateTrail", certain=False, everywhere=False)],
    ),
    "created again for one Region, later for all": (
        [
            call("DeleteTrail", 1),
            call("CreateTrail", 1, **{**HERE, "isMultiRegionTrail": False}),
            call("StartLogging", 2),
            call("UpdateTrail", 5, isMultiRegionTrail=True),
        ],
        [
            interruption(1, 2, "DeleteTrail", **ELSEWHERE),
            interruption(1, 5, "DeleteTrail", **ELSEWHERE, everywhere=False),
        ],
    ),
    "all Regions": ([call("UpdateTrail", 2, isMultiRegionTrail=True)], []),
    "a failed call": ([call("StopLogging", 1, error="AccessDenied"), call("StartLogging", 2)], []),
    "another trail": ([call("DeleteTrail", 1, name="other")], []),
    "in one second": (
        [call("StopLogging", 1), call("StartLogging", 1)],
        [interruption(1, 1, "StopLogging")],
    ),
    "deleted and created in one second": (
        [call("DeleteTrail", 1), call("CreateTrail", 1, **HERE), call("StartLogging", 1)],
        [interruption(1, 1, "DeleteTrail", **ELSEWHERE)],
    ),
    "off and on in one second": (
        [call("UpdateTrail", 1, enableLogFileValidation=False), call("UpdateTrail", 1, enableLogFileValidation=True)],
        [interruption(1, 1, "UpdateTrail", certain=False)],
    ),
    "in one second, and again": (
        [call(name, hour) for hour in (1, 1, 4, 4) for name in ("StopLogging", "StartLogging")],
        [interruption(1, 1, "StopLogging"), interruption(4, 4, "StopLogging", since=1)],
    ),
    "by ARN": (
        [call("StopLogging", 1, name=ARN), call("StartLogging", 2, name=ARN)],
        [interruption(1, 2, "StopLogging")],
    ),
}


@pytest.mark.parametrize(("events", "expected"), _INTERRUPTIONS.values(), ids=_INTERRUPTIONS)
def test_r2_interruptions(events: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert interruptions(*events, of={"IsLogging": True}) == expected


@pytest.mark.parametrize(("events", "expected"), _INTERRUPTIONS.values(), ids=_INTERRUPTIONS)
def test_r2_the_order_of_the_replies_does_not_matter(
    events: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    """AWS does not document the order of events of one second."""
    assert interruptions(*reversed(events), of={"IsLogging": True}) == expected


def test_r2_a_trail_that_still_delivers_elsewhere() -> None:
    moved = call("UpdateTrail", 1, s3BucketName="other")
    assert interruptions(moved, S3BucketName="other") == [interruption(1, None, "UpdateTrail", **ELSEWHERE)]


def test_r2_what_no_call_has_changed_is_as_it_is_now() -> None:
    stopped = (call("StopLogging", 1), call("StartLogging", 2))
    assert interruptions(*stopped, of={"IsLogging": True}, S3BucketName="other") == []
    assert interruptions(*stopped, of={"IsLogging": True}, LogFileValidationEnabled=False) == []


def test_r2_the_place_is_that_of_the_trail_if_no_other_is_expected() -> None:
    events = [call("StopLogging", 1), call("StartLogging", 2)]
    account = FakeAccount([described(S3BucketName="own", S3KeyPrefix="a")], events=events)
    assert report(account, trail_name="sectrailprod")["interruptions"][0]["certain"]
    assert report(account, trail_name="sectrailprod", key_prefix="")["interruptions"] == []


def test_r2_a_stop_that_only_the_status_shows() -> None:
    """Without the event history, the last stop is known, and not where the trail delivered."""
    stopped = status(StartLoggingTime=at(3), StopLoggingTime=at(2))
    account = FakeAccount([OWN], history=failure("AccessDeniedException"), statuses={ARN: stopped})
    assert report(account, trail_name="sectrailprod", bucket=BUCKET)["interruptions"] == [
        interruption(2, 3, "StopLogging", **ELSEWHERE)
    ]
    assert interruptions(call("StopLogging", 2), of=stopped) == [interruption(2, 3, "StopLogging")]


def test_r2_the_status_of_an_organization_trail() -> None:
    trail = described("org", ARCHIVE, IsOrganizationTrail=True)
    stopped = status(StartLoggingTime=at(3), StopLoggingTime=at(2))
    member = FakeAccount([trail], statuses={trail["TrailARN"]: stopped})
    result = report(member, trail_name="org")
    assert result["interruptions"] == [interruption(2, 3, "StopLogging", **ELSEWHERE)]
    assert "history_not_checked" not in kinds(result["findings"])


def test_a_negative_period_is_refused() -> None:
    with pytest.raises(Refused, match="change_period: -1 is less than 0"):
        last_changed(change_period=-1)
