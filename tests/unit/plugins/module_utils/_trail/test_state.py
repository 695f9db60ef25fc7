# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trail's state from AWS's replies, and what a change would no longer record."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail import selectors
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import (
    ATTRIBUTES,
    Lookup,
    Snapshot,
    TrailState,
    insights_of,
    weakenings,
)

from tests.fakes.support import BUCKET, KEY, PRODUCTION, REGION

ARN = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/sectrailprod"
EVERYTHING = selectors.from_aws(
    {"EventSelectors": [{"DataResources": [{"Type": selectors.S3, "Values": ["arn:aws:s3"]}]}]}
)
STRONG = TrailState(
    name="sectrailprod",
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
    has_logged=True,
    selectors=EVERYTHING,
    insights=(("ApiCallRateInsight", ()), ("ApiErrorRateInsight", ())),
)


def test_attributes_are_members_of_awss_own_model() -> None:
    model = botocore.session.get_session().get_service_model("cloudtrail")
    trail = model.shape_for("Trail").members
    create, update = (model.operation_model(name).input_shape.members for name in ("CreateTrail", "UpdateTrail"))
    for attribute, (member, parameter) in ATTRIBUTES.items():
        assert hasattr(TrailState(name="x"), attribute)
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
    state = TrailState(name="sectrailprod").updated({**reply, "IsMultiRegionTrail": True})
    assert state.exists
    assert (state.arn, state.home_region, state.bucket, state.kms_key) == (ARN, "eu-west-1", BUCKET, KEY)
    assert (state.multi_region, state.log_file_validation, state.key_prefix) == (True, False, "")


def test_what_a_reply_leaves_out_is_not_set() -> None:
    state = STRONG.updated({"TrailARN": ARN, "S3BucketName": BUCKET})
    assert (state.kms_key, state.multi_region, state.cloudwatch_logs_group_arn) == ("", False, "")
    assert (state.logging, state.selectors) == (True, EVERYTHING), "other calls return these"


@pytest.mark.parametrize(("known", "home"), [("", REGION), ("eu-west-1", "eu-west-1")])
def test_create_trail_does_not_return_the_home_region(known: str, home: str) -> None:
    assert TrailState(name="x", home_region=known).updated({"TrailARN": ARN}).home_region == home


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


def test_the_result_has_the_trail_and_nothing_internal() -> None:
    result = replace(STRONG, tags={"a": "b"}).as_result()
    assert result["tags"] == {"a": "b"}
    assert result["insights"] == ["ApiCallRateInsight", "ApiErrorRateInsight"]
    assert len(result["event_selectors"]) == 2
    internal = {"advanced", "exists", "has_logged", "selectors"}
    fields = {field.name for field in dataclasses.fields(TrailState)}
    assert set(result) == fields - internal | {"event_selectors"}
    assert set(TrailState(name="x").as_result()) == set(result) - {"insights", "tags"}


WEAKER: dict[str, tuple[Any, str]] = {
    "multi_region": (False, "one Region only"),
    "log_file_validation": (False, "no digests"),
    "include_global_service_events": (False, "global services"),
    "is_organization_trail": (False, "members of the organization"),
    "kms_key": ("", "not be encrypted with a KMS key"),
    "logging": (False, "stop logging"),
    "cloudwatch_logs_group_arn": ("", "not send events to CloudWatch Logs"),
    "sns_topic": ("", "not send notifications"),
    "insights": ((("ApiCallRateInsight", ()),), "fewer Insights"),
    "selectors": (EVERYTHING[:1], r"no longer record every event .*AWS::S3::Object"),
}


@pytest.mark.parametrize("attribute", WEAKER)
def test_each_loss_is_reported_alone(attribute: str) -> None:
    value, clause = WEAKER[attribute]
    weaker = replace(STRONG, **{attribute: value})
    (reported,) = weakenings(STRONG, weaker)
    assert re.search(clause, reported)
    assert attribute == "selectors" or reported.endswith(f"({attribute})"), "the option is named"
    assert weakenings(weaker, STRONG) == [], "a gain is not a loss"


def test_all_losses_are_reported_at_once() -> None:
    weak = replace(STRONG, **{attribute: value for attribute, (value, _clause) in WEAKER.items()})
    assert len(weakenings(STRONG, weak)) == len(WEAKER)


def test_no_change_loses_nothing() -> None:
    assert weakenings(STRONG, STRONG) == []


@pytest.mark.parametrize(
    "change",
    [
        {"sns_topic": "arn:aws:sns:us-east-1:444455556666:u"},
        {"tags": {}},
        {"selectors": tuple(reversed(EVERYTHING))},
    ],
)
def test_another_value_loses_nothing(change: dict[str, Any]) -> None:
    assert weakenings(STRONG, replace(STRONG, **change)) == []


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_leaving_out_the_log_bucket_loses_nothing(partition: str) -> None:
    arn = ARN.replace("arn:aws:", f"arn:{partition}:")
    before = replace(STRONG, arn=arn)
    left_out = ("resources.ARN", "NotStartsWith", [f"arn:{partition}:s3:::{BUCKET}/"])
    without = selectors.Selector.of("", *EVERYTHING[1].conditions, left_out)
    assert weakenings(before, replace(before, selectors=(EVERYTHING[0], without))) == []
    other = selectors.Selector.of(
        "", *EVERYTHING[1].conditions, ("resources.ARN", "NotStartsWith", [f"arn:{partition}:s3:::another-bucket/"])
    )
    assert len(weakenings(before, replace(before, selectors=(EVERYTHING[0], other)))) == 1


def test_the_diff_shows_every_selector() -> None:
    named = [
        selectors.Selector(name=name, conditions=EVERYTHING[1].conditions) for name in ("same", "same", "", "2", "")
    ]
    shown = replace(STRONG, selectors=tuple(named)).as_diff()
    assert len(shown["event_selectors"]) == 5


def test_the_diff_shows_what_is_set() -> None:
    assert TrailState(name="x").as_diff() == {}
    shown = TrailState(name="x", exists=True, bucket=BUCKET).as_diff()
    assert (shown["bucket"], shown["multi_region"]) == (BUCKET, False)
    assert "kms_key" not in shown
    delivered = replace(STRONG, latest_delivery_time="2026-11-25T14:00:00+00:00", latest_delivery_error="SlowDown")
    assert delivered.as_diff() == STRONG.as_diff(), "a delivery is not a change"


def test_snapshots_of_the_same_state_are_equal() -> None:
    """The run waits until the state that it has replaced is no longer shown, whatever was looked up with it."""
    first, second = (Snapshot(state=STRONG, lookup=Lookup(reference=reference)) for reference in ("name", ARN))
    assert first == second
    assert first != replace(first, state=replace(STRONG, bucket="another-bucket"))
