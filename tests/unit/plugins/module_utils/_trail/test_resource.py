# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan for a trail: its calls and their order, and that no call is sent twice."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import Lookup, Snapshot, TrailState

from tests.fakes.fake_trail import ARN, DEFAULT, NAME, FakeCloudTrail, run, trail
from tests.fakes.support import BUCKET, KEY, KEY_ID, PRODUCTION, REGION, knows, validated

GROUP = f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:CloudTrail"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/ToCloudWatch"
THEIRS: dict[str, Any] = {
    "S3BucketName": "their-bucket",
    "S3KeyPrefix": "theirs",
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "LogFileValidationEnabled": False,
    "IsOrganizationTrail": False,
    "HasCustomEventSelectors": False,
    "HasInsightSelectors": False,
}
READING = ["get_trail", "get_event_selectors", "get_trail_status"]


def created(**options: Any) -> FakeCloudTrail:
    gateway = FakeCloudTrail()
    run(gateway, bucket=BUCKET, kms_key=KEY, **options)
    gateway.calls.clear()
    return gateway


def test_a_new_trail() -> None:
    gateway = FakeCloudTrail()
    outcome = run(gateway, bucket=BUCKET, kms_key=KEY)
    create, start, selectors = validated(outcome.plan)
    assert create.arguments == {
        "Name": NAME,
        "S3BucketName": BUCKET,
        "KmsKeyId": KEY,
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "EnableLogFileValidation": True,
    }
    assert selectors.operation == "put_event_selectors"
    assert start.operation == "start_logging"
    assert gateway.operations == ["get_trail", "create_trail", "start_logging", "put_event_selectors"]
    for call in (selectors, start):
        assert "TrailNotFoundException" in call.retry_codes
        assert call.wait == 60


def test_a_new_trail_with_everything() -> None:
    outcome = run(
        FakeCloudTrail(),
        bucket=BUCKET,
        key_prefix="p",
        kms_key="alias/central",
        multi_region=False,
        include_global_service_events=False,
        log_file_validation=False,
        management_events="all",
        data_events={"s3": [], "lambda": []},
        insights=["ApiCallRateInsight"],
        cloudwatch_logs_group_arn=GROUP,
        cloudwatch_logs_role_arn=ROLE,
        sns_topic="topic",
        tags={"b": "2", "a": "1"},
        logging=False,
    )
    create, selectors, insights = validated(outcome.plan)
    assert create.arguments == {
        "Name": NAME,
        "S3BucketName": BUCKET,
        "S3KeyPrefix": "p",
        "KmsKeyId": KEY,
        "SnsTopicName": "topic",
        "IncludeGlobalServiceEvents": False,
        "CloudWatchLogsLogGroupArn": GROUP + ":*",
        "CloudWatchLogsRoleArn": ROLE,
        "TagsList": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    }
    assert len(selectors.arguments["AdvancedEventSelectors"]) == 1
    assert insights.arguments["InsightSelectors"] == [{"InsightType": "ApiCallRateInsight"}]


@pytest.mark.parametrize("key", [KEY, KEY_ID, "alias/central", "arn:aws:kms:us-east-1:111122223333:alias/central"])
def test_equivalent_key_identifiers_are_not_a_change(key: str) -> None:
    assert run(created(), kms_key=key).plan == ()


def test_a_converged_run_sends_three_reading_calls() -> None:
    gateway = created()
    assert run(gateway, bucket=BUCKET, kms_key=KEY).plan == ()
    assert gateway.operations == READING


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"tags": {}}, "list_tags"),
        ({"insights": []}, "get_insight_selectors"),
        ({"kms_key": "alias/central"}, "describe_key"),
    ],
)
def test_what_costs_a_call_is_read_only_if_an_option_needs_it(options: dict[str, Any], call: str) -> None:
    gateway = created()
    assert run(gateway, **options).plan == ()
    assert gateway.operations == [*READING, call]


def test_on_an_existing_trail_only_the_given_options_change() -> None:
    gateway = FakeCloudTrail({**THEIRS})
    (update,) = validated(run(gateway, bucket="their-bucket", sns_topic="topic", multi_region=True).plan)
    assert update.arguments == {"Name": ARN, "SnsTopicName": "topic", "IsMultiRegionTrail": True}
    assert gateway.writes == ["update_trail"]
    assert run(gateway).plan == ()


def test_a1_logging_starts_before_the_selectors_change() -> None:
    gateway = FakeCloudTrail({**THEIRS}, logging=False, tags={"old": "1", "same": "1"})
    outcome = run(
        gateway,
        sns_topic="topic",
        data_events={"s3": ["all"], "lambda": None},
        insights=["ApiCallRateInsight"],
        tags={"new": "1", "same": "1"},
        logging=True,
    )
    calls = validated(outcome.plan)
    assert [call.operation for call in calls] == [
        "update_trail",
        "start_logging",
        "put_event_selectors",
        "put_insight_selectors",
        "add_tags",
        "remove_tags",
    ]
    assert calls[4].arguments["TagsList"] == [{"Key": "new", "Value": "1"}]
    assert [tag["Key"] for tag in calls[5].arguments["TagsList"]] == ["old"]
    assert gateway.tags == {"new": "1", "same": "1"}


def test_nothing_is_stopped_and_started_to_apply_a_change() -> None:
    outcome = run(FakeCloudTrail({**THEIRS}), kms_key=KEY, multi_region=True, log_file_validation=True)
    assert [call.operation for call in outcome.plan] == ["update_trail"]


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"kms_key": ""}, {"KmsKeyId": ""}),
        ({"key_prefix": ""}, {"S3KeyPrefix": ""}),
        ({"sns_topic": ""}, {"SnsTopicName": ""}),
        (
            {"cloudwatch_logs_group_arn": "", "cloudwatch_logs_role_arn": ""},
            {"CloudWatchLogsLogGroupArn": "", "CloudWatchLogsRoleArn": ""},
        ),
        # group and role are always sent together
        (
            {"cloudwatch_logs_group_arn": GROUP + "2"},
            {"CloudWatchLogsLogGroupArn": GROUP + "2:*", "CloudWatchLogsRoleArn": ROLE},
        ),
    ],
)
def test_empty_removes(options: dict[str, Any], arguments: dict[str, str]) -> None:
    gateway = created(key_prefix="p", sns_topic="t", cloudwatch_logs_group_arn=GROUP, cloudwatch_logs_role_arn=ROLE)
    (update,) = validated(run(gateway, allow_weaken=True, **options).plan)
    assert update.arguments == {"Name": ARN, **arguments}
    assert run(gateway, **options).plan == ()


def test_insights_are_removed_by_an_empty_list() -> None:
    gateway = created(insights=["ApiCallRateInsight"])
    (put,) = validated(run(gateway, insights=[], allow_weaken=True).plan)
    assert put.arguments == {"TrailName": ARN, "InsightSelectors": []}
    assert run(gateway, insights=[]).plan == ()


@pytest.mark.skipif(
    not knows("cloudtrail", "InsightSelector", "EventCategories"),
    reason="an older botocore drops the categories from AWS's reply and cannot send them",
)
def test_categories_of_insights_made_by_others_are_kept() -> None:
    categories = ["Management", "Data"]
    gateway = FakeCloudTrail(
        {**THEIRS}, insights=[{"InsightType": "ApiCallRateInsight", "EventCategories": categories}]
    )
    (put,) = validated(run(gateway, insights=["ApiCallRateInsight", "ApiErrorRateInsight"]).plan)
    assert put.arguments["InsightSelectors"] == [
        {"InsightType": "ApiCallRateInsight", "EventCategories": sorted(categories)},
        {"InsightType": "ApiErrorRateInsight"},
    ]


def test_deletion() -> None:
    gateway = created()
    (delete,) = validated(run(gateway, state="absent", allow_weaken=True).plan)
    assert (delete.operation, delete.arguments) == ("delete_trail", {"Name": ARN})
    assert run(gateway, state="absent").plan == ()
    assert run(FakeCloudTrail(), state="absent").plan == ()


@pytest.mark.parametrize(
    "options",
    [
        {"multi_region": False},
        {"log_file_validation": False},
        {"kms_key": ""},
        {"logging": False},
        {"management_events": "write"},
        {"data_events": {"s3": None, "lambda": []}},
        {"data_events": {"s3": ["arn:aws:s3:::customers"], "lambda": None}},
        {"exclude_management_event_sources": ["kms.amazonaws.com"]},
        {"insights": []},
    ],
)
def test_weakening_is_refused_unless_it_is_allowed(options: dict[str, Any]) -> None:
    gateway = created(insights=["ApiCallRateInsight"])
    with pytest.raises(Refused, match=f"Trail {NAME} would be weakened: .*allow_weaken: true"):
        run(gateway, **options)
    with pytest.raises(Refused):
        run(gateway, dry_run=True, **options)
    assert gateway.writes == []
    assert run(gateway, allow_weaken=True, **options).changed
    assert run(gateway, **options).plan == ()


def test_a_new_trail_cannot_be_weakened() -> None:
    assert run(FakeCloudTrail(), bucket=BUCKET, multi_region=False, logging=False, management_events="write").changed


def test_plan_of_literal_states() -> None:
    subject = trail(bucket=BUCKET)
    absent, existing = (
        Snapshot(state=state, lookup=Lookup(reference=ARN))
        for state in (TrailState(name=NAME), TrailState(name=NAME, exists=True, arn=ARN, bucket=BUCKET))
    )
    assert list(subject.plan(absent, absent)) == []
    assert list(subject.plan(existing, existing)) == []
    assert [call.operation for call in subject.plan(existing, absent)] == ["delete_trail"]


def _options(chance: random.Random) -> dict[str, Any]:
    return {
        "bucket": chance.choice([BUCKET, "another-bucket"]),
        "key_prefix": chance.choice([None, "", "a/b"]),
        "kms_key": chance.choice([None, "", KEY, KEY_ID, "alias/central"]),
        "multi_region": chance.choice([None, True, False]),
        "log_file_validation": chance.choice([None, True, False]),
        "management_events": chance.choice([None, "all", "read", "write"]),
        "exclude_management_event_sources": chance.choice([None, [], ["kms.amazonaws.com"]]),
        "data_events": chance.choice(
            [
                None,
                {"s3": ["all"], "lambda": None},
                {"s3": [], "lambda": []},
                {"s3": ["arn:aws:s3:::b"], "lambda": ["all"]},
            ]
        ),
        "exclude_log_bucket": chance.choice([True, False]),
        "insights": chance.choice([None, [], ["ApiCallRateInsight"], ["ApiErrorRateInsight", "ApiCallRateInsight"]]),
        "sns_topic": chance.choice([None, "", "topic", f"arn:aws:sns:{REGION}:{PRODUCTION}:topic"]),
        "tags": chance.choice([None, {}, {"a": "1"}, {"b": "2"}]),
        "purge_tags": chance.choice([True, False]),
        "logging": chance.choice([None, True, False]),
        "allow_weaken": True,
    }


@pytest.mark.parametrize("seed", range(100))
def test_after_a_run_the_next_run_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    gateway = chance.choice([FakeCloudTrail(), FakeCloudTrail({**THEIRS}, tags={"theirs": "1"})])
    for _run in range(3):
        options = _options(chance)
        predicted = run(gateway, dry_run=True, **options)
        writes = len(gateway.writes)
        done = run(gateway, **options)
        assert validated(done.plan) == list(predicted.plan)
        assert len(gateway.writes) - writes == len(done.plan), "each call is sent once"
        again = run(gateway, **{**options, "allow_weaken": False})
        assert again.plan == ()
        shown, expected = trail(**options).result(done)["trail"], trail(**options).result(again)["trail"]
        assert shown == expected, "the result after a change is what AWS then shows"


def _management(**conditions: str) -> dict[str, Any]:
    """An item of advanced_event_selectors."""
    fields = [("eventCategory", "Management"), *conditions.items()]
    return {"name": None, "field_selectors": [{"field": field, "equals": [value]} for field, value in fields]}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    "current",
    [
        {"EventSelectors": DEFAULT},
        {
            "AdvancedEventSelectors": [
                {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
            ]
        },
    ],
)
def test_b5_an_equivalent_pair_of_selectors_is_not_a_weakening(current: dict[str, Any], check: bool) -> None:
    gateway = FakeCloudTrail({**THEIRS}, selectors=current)
    pair = [_management(readOnly="true"), _management(readOnly="false")]
    (put,) = validated(run(gateway, advanced_event_selectors=pair, dry_run=check).plan)
    assert [len(item["FieldSelectors"]) for item in put.arguments["AdvancedEventSelectors"]] == [2, 2]
    if check:
        assert gateway.operations == READING
        return
    assert run(gateway, advanced_event_selectors=pair).plan == ()
    whole = [_management()]
    assert len(run(gateway, advanced_event_selectors=whole).plan) == 1
    assert len(run(gateway, advanced_event_selectors=pair).plan) == 1
    with pytest.raises(Refused, match="would be weakened: it would no longer record every event of selector"):
        run(gateway, advanced_event_selectors=pair[:1])


REFUSED_OPTIONS: dict[str, dict[str, Any]] = {
    "a field of another category": {"advanced_event_selectors": [_management(eventType="AwsApiCall")]},
    "a value that is not valid": {"advanced_event_selectors": [_management(readOnly="yes")]},
    "a boolean": {"advanced_event_selectors": [_management(readOnly="True")]},
    "a long name": {"advanced_event_selectors": [{**_management(), "name": "x" * 1001}]},
    "no selector": {"advanced_event_selectors": []},
    "a service that cannot be excluded": {"exclude_management_event_sources": ["ec2.amazonaws.com"]},
    "too many values": {"data_events": {"s3": [f"arn:aws:s3:::b{number}" for number in range(501)], "lambda": None}},
}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("options", REFUSED_OPTIONS.values(), ids=REFUSED_OPTIONS)
def test_b4_selectors_that_a_trail_cannot_have_are_refused_before_any_call(
    options: dict[str, Any], check: bool
) -> None:
    for gateway in (FakeCloudTrail(), FakeCloudTrail({**THEIRS})):
        with pytest.raises(Refused):
            run(gateway, bucket=BUCKET, dry_run=check, **options)
        assert gateway.calls == []


@pytest.mark.parametrize("check", [False, True])
def test_b4_a_type_that_is_not_known_is_configured_with_a_warning(check: bool) -> None:
    fields = [("eventCategory", "Data"), ("resources.type", "AWS::S3::Objects")]
    selector = {"name": "Mine", "field_selectors": [{"field": field, "equals": [value]} for field, value in fields]}
    options = {"bucket": BUCKET, "advanced_event_selectors": [selector]}
    outcome = run(FakeCloudTrail(), dry_run=check, **options)
    assert "put_event_selectors" in [call.operation for call in outcome.plan]
    (warning,) = trail(**options).warnings(outcome)
    assert "selector Mine has the resources.type AWS::S3::Objects" in warning
