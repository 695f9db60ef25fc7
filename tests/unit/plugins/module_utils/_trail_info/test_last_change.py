# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The last change of the expected trail, from the event history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_trails import DELIVERED, EVERYTHING, FakeAccount, described, report, updated
from tests.fakes.support import ARCHIVE, BUCKET, failure

OWN = described()
ARN = OWN["TrailARN"]
HOUR = timedelta(hours=1)


def last_changed(*events: Any, **options: Any) -> Any:
    account = FakeAccount([OWN], selectors={ARN: EVERYTHING}, history={"Events": list(events)})
    return report(account, trail_name="sectrailprod", **options)["last_changed"]


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


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_b15_without_the_event_history_nothing_fails(code: str) -> None:
    account = FakeAccount([OWN], selectors={ARN: EVERYTHING}, history=failure(code))
    result = report(account, trail_name="sectrailprod", bucket=BUCKET)
    assert result["last_changed"] is None
    assert not [finding for finding in result["findings"] if finding["status"] == "failed"]


def test_b15_the_event_history_is_read_once_and_only_if_it_helps() -> None:
    account = FakeAccount([OWN, described("other")])
    report(account, trail_name="sectrailprod", change_period=60)
    assert account.operations.count("lookup_events") == 1
    (arguments,) = [arguments for _s, operation, arguments in account.calls if operation == "lookup_events"]
    assert arguments["LookupAttributes"] == [{"AttributeKey": "EventName", "AttributeValue": "UpdateTrail"}]
    for options in ({}, {"trail_name": "sectrailprod", "change_period": 0}, {"trail_name": "missing"}):
        unread = FakeAccount([OWN])
        assert report(unread, **options)["last_changed"] is None
        assert "lookup_events" not in unread.operations


def test_b15_the_history_of_an_organization_trail_is_that_of_its_owner() -> None:
    trail = described("org", ARCHIVE, IsOrganizationTrail=True)
    member = FakeAccount([trail])
    assert report(member, trail_name="org")["last_changed"] is None
    assert "lookup_events" not in member.operations


def test_a_negative_period_is_refused() -> None:
    with pytest.raises(Refused, match="change_period: -1 is less than 0"):
        last_changed(change_period=-1)
