# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trail from AWS's replies, and what a change would take away."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail import selectors
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import (
    ATTRIBUTES,
    TrailState,
    insights_of,
    weakenings,
)

from tests.fakes.support import BUCKET, KEY, PRODUCTION, REGION, STAGING

ARN = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/sectrailprod"
EVERYTHING = selectors.from_aws(
    {"EventSelectors": [{"DataResources": [{"Type": selectors.S3, "Values": ["arn:aws:s3"]}]}]}
)
STRONG = TrailState(
    "sectrailprod",
    exists=True,
    arn=ARN,
    home_region=REGION,
    bucket=BUCKET,
    kms_key=KEY,
    sns_topic="arn:aws:sns:us-east-1:444455556666:t",
    multi_region=True,
    include_global_service_events=True,
    log_file_validation=True,
    is_organization_trail=True,
    cloudwatch_logs_group_arn="arn:aws:logs:us-east-1:444455556666:log-group:g:*",
    cloudwatch_logs_role_arn="arn:aws:iam::444455556666:role/r",
    logging=True,
    selectors=EVERYTHING,
    insights=(("ApiCallRateInsight", ()), ("ApiErrorRateInsight", ())),
)


def test_attributes_are_members_of_awss_own_model() -> None:
    model = botocore.session.get_session().get_service_model("cloudtrail")
    trail = model.shape_for("Trail").members
    create, update = (model.operation_model(name).input_shape.members for name in ("CreateTrail", "UpdateTrail"))
    for attribute, (member, parameter) in ATTRIBUTES.items():
        assert hasattr(TrailState("x"), attribute)
        assert member in trail, member
        assert parameter in create, parameter
        assert parameter in update, parameter


def test_updated_by_a_reply() -> None:
    reply = {
        "Name": "sectrailprod",
        "TrailARN": ARN,
        "HomeRegion": "eu-west-1",
        "S3BucketName": BUCKET,
        "KmsKeyId": KEY,
    }
    state = TrailState("sectrailprod", wanted_key="x").updated({**reply, "IsMultiRegionTrail": True})
    assert state.exists
    assert (state.arn, state.home_region, state.bucket, state.kms_key) == (ARN, "eu-west-1", BUCKET, KEY)
    assert (state.multi_region, state.log_file_validation, state.key_prefix) == (True, False, "")


def test_what_a_reply_does_not_hold_is_not_set() -> None:
    state = STRONG.updated({"TrailARN": ARN, "S3BucketName": BUCKET})
    assert (state.kms_key, state.multi_region, state.cloudwatch_logs_group_arn) == ("", False, "")
    assert (state.logging, state.selectors) == (True, EVERYTHING), "other calls tell these"


@pytest.mark.parametrize(("known", "home"), [("", REGION), ("eu-west-1", "eu-west-1")])
def test_create_trail_does_not_tell_the_home_region(known: str, home: str) -> None:
    assert TrailState("x", home_region=known).updated({"TrailARN": ARN}).home_region == home


def test_insights_of() -> None:
    assert insights_of(None) == ()
    assert insights_of({}) == ()
    reply: dict[str, Any] = {
        "InsightSelectors": [
            {"InsightType": "ApiErrorRateInsight", "EventCategories": ["Management", "Data"]},
            {"InsightType": "ApiCallRateInsight"},
        ]
    }
    assert insights_of(reply) == (("ApiCallRateInsight", ()), ("ApiErrorRateInsight", ("Data", "Management")))


def test_result_hides_nothing_and_shows_nothing_internal() -> None:
    result = replace(STRONG, tags={"a": "b"}).as_result()
    assert result["tags"] == {"a": "b"}
    assert result["insights"] == ["ApiCallRateInsight", "ApiErrorRateInsight"]
    assert len(result["event_selectors"]) == 2
    assert not {"exists", "wanted_key", "key_missing", "selectors"} & set(result)
    assert {"insights", "tags"}.isdisjoint(TrailState("x").as_result())


WEAKER: dict[str, tuple[Any, str]] = {
    "multi_region": (False, "one Region only"),
    "log_file_validation": (False, "no digests"),
    "include_global_service_events": (False, "global services"),
    "is_organization_trail": (False, "members of the organization"),
    "kms_key": ("", "not be encrypted with a KMS key"),
    "logging": (False, "stop logging"),
    "cloudwatch_logs_group_arn": ("", "nothing would go to CloudWatch Logs"),
    "sns_topic": ("", "nobody would be notified"),
    "insights": ((("ApiCallRateInsight", ()),), "fewer Insights"),
    "selectors": (EVERYTHING[:1], r"no longer record every event .*AWS::S3::Object"),
}


@pytest.mark.parametrize("attribute", WEAKER)
def test_each_loss_is_said_and_only_that(attribute: str) -> None:
    value, sentence = WEAKER[attribute]
    weaker = replace(STRONG, **{attribute: value})
    (said,) = weakenings(STRONG, weaker)
    assert re.search(sentence, said)
    assert weakenings(weaker, STRONG) == [], "to gain is no loss"


def test_all_losses_are_said_at_once() -> None:
    weak = replace(STRONG, **{attribute: value for attribute, (value, _sentence) in WEAKER.items()})
    assert len(weakenings(STRONG, weak)) == len(WEAKER)


def test_no_change_is_no_loss() -> None:
    assert weakenings(STRONG, STRONG) == []


@pytest.mark.parametrize(
    "change",
    [
        {"bucket": "another-bucket"},
        {"key_prefix": "p"},
        {"kms_key": f"arn:aws:kms:{REGION}:{STAGING}:key/x"},
        {"sns_topic": "arn:aws:sns:us-east-1:444455556666:u"},
        {"tags": {}},
        {"selectors": tuple(reversed(EVERYTHING))},
    ],
)
def test_another_value_is_no_loss(change: dict[str, Any]) -> None:
    assert weakenings(STRONG, replace(STRONG, **change)) == []


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_to_leave_the_log_bucket_out_is_no_loss(partition: str) -> None:
    arn = ARN.replace("arn:aws:", f"arn:{partition}:")
    before = replace(STRONG, arn=arn)
    left_out = ("resources.ARN", "NotStartsWith", [f"arn:{partition}:s3:::{BUCKET}/"])
    without = selectors.selector("", *EVERYTHING[1].conditions, left_out)
    assert weakenings(before, replace(before, selectors=(EVERYTHING[0], without))) == []
    other = selectors.selector(
        "", *EVERYTHING[1].conditions, ("resources.ARN", "NotStartsWith", [f"arn:{partition}:s3:::another-bucket/"])
    )
    assert len(weakenings(before, replace(before, selectors=(EVERYTHING[0], other)))) == 1


def test_the_diff_shows_every_selector() -> None:
    named = [selectors.Selector(name, EVERYTHING[1].conditions) for name in ("same", "same", "", "2", "")]
    shown = replace(STRONG, selectors=tuple(named)).as_diff()
    assert len(shown["event_selectors"]) == 5


def test_the_diff_shows_what_is_set() -> None:
    assert TrailState("x").as_diff() == {}
    shown = TrailState("x", True, bucket=BUCKET).as_diff()
    assert (shown["bucket"], shown["multi_region"]) == (BUCKET, False)
    assert "kms_key" not in shown
