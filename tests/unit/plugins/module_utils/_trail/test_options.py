# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state that follows from the options and the current state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._trail.options import TrailOptions
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import TrailState

from tests.fakes.support import BUCKET, KEY, KEY_ID, PRODUCTION, REGION, trail_options

GROUP = f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:CloudTrail"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/ToCloudWatch"
TOPIC = f"arn:aws:sns:{REGION}:{PRODUCTION}:topic"
OTHERS = TrailState(
    name="sectrailprod",
    exists=True,
    arn=f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/sectrailprod",
    home_region=REGION,
    bucket="their-bucket",
    key_prefix="theirs",
    kms_key=KEY,
    sns_topic=TOPIC,
    multi_region=False,
    include_global_service_events=True,
    log_file_validation=False,
    cloudwatch_logs_group_arn=GROUP + ":*",
    cloudwatch_logs_role_arn=ROLE,
    logging=False,
    has_logged=True,
    tags={"owner": "them", "env": "prod"},
    insights=(("ApiCallRateInsight", ("Management",)),),
)


def validated_options(**options: Any) -> TrailOptions:
    return TrailOptions.from_params(trail_options(**options))


def applied(before: TrailState, **options: Any) -> TrailState:
    """The desired state; the key is looked up as KEY if the option has a value."""
    key = KEY if options.get("kms_key") else ""
    return validated_options(**options).apply(before, key=key, partition="aws", region=REGION)


def test_a_new_trail_gets_safe_values_for_options_that_are_not_given() -> None:
    new = applied(TrailState(name="sectrailprod"), bucket=BUCKET, kms_key="alias/central")
    assert new.exists
    assert (new.multi_region, new.include_global_service_events, new.log_file_validation, new.logging) == (True,) * 4
    assert (new.bucket, new.kms_key, new.home_region) == (BUCKET, KEY, REGION)
    assert new.is_organization_trail is False
    assert len(new.selectors) == 3
    assert (new.tags, new.insights, new.sns_topic, new.key_prefix) == (None, None, "", "")


@pytest.mark.parametrize(
    ("option", "value"),
    [("multi_region", False), ("log_file_validation", False), ("logging", False), ("is_organization_trail", True)],
)
def test_a_new_trail_gets_the_values_that_are_given(option: str, value: bool) -> None:
    assert getattr(applied(TrailState(name="sectrailprod"), bucket=BUCKET, **{option: value}), option) is value


def test_a_new_trail_needs_a_bucket() -> None:
    with pytest.raises(Refused, match="bucket is required to create trail sectrailprod"):
        applied(TrailState(name="sectrailprod"))


def test_options_that_are_not_given_change_nothing() -> None:
    after = applied(OTHERS)
    assert replace(after, tags=OTHERS.tags) == OTHERS
    assert after.tags is None


@pytest.mark.parametrize(
    ("option", "value", "attribute", "expected"),
    [
        ("bucket", BUCKET, "bucket", BUCKET),
        ("key_prefix", "ours", "key_prefix", "ours"),
        ("key_prefix", "", "key_prefix", ""),
        ("kms_key", "", "kms_key", ""),
        ("kms_key", "alias/central", "kms_key", KEY),
        ("sns_topic", "", "sns_topic", ""),
        ("sns_topic", "topic", "sns_topic", TOPIC),
        ("sns_topic", TOPIC, "sns_topic", TOPIC),
        ("sns_topic", "opic", "sns_topic", "opic"),
        ("sns_topic", "another", "sns_topic", "another"),
        ("multi_region", True, "multi_region", True),
        ("log_file_validation", True, "log_file_validation", True),
        ("logging", True, "logging", True),
        ("cloudwatch_logs_group_arn", GROUP, "cloudwatch_logs_group_arn", GROUP + ":*"),
        ("cloudwatch_logs_group_arn", GROUP + ":*", "cloudwatch_logs_group_arn", GROUP + ":*"),
        ("insights", [], "insights", ()),
        ("insights", ["ApiCallRateInsight"], "insights", OTHERS.insights),
        (
            "insights",
            ["ApiErrorRateInsight", "ApiCallRateInsight", "ApiCallRateInsight"],
            "insights",
            (("ApiCallRateInsight", ("Management",)), ("ApiErrorRateInsight", ())),
        ),
        ("tags", {}, "tags", {}),
        ("tags", {"a": 1, "b": True}, "tags", {"a": "1", "b": "True"}),
    ],
)
def test_only_the_given_option_changes(option: str, value: Any, attribute: str, expected: Any) -> None:
    after = applied(OTHERS, **{option: value})
    assert getattr(after, attribute) == expected
    assert replace(after, **{"tags": OTHERS.tags, attribute: getattr(OTHERS, attribute)}) == OTHERS


def test_tags_that_are_not_purged_stay() -> None:
    after = applied(OTHERS, tags={"env": "test", "new": "1"}, purge_tags=False)
    assert after.tags == {"owner": "them", "env": "test", "new": "1"}


def test_tags_of_aws_are_never_purged() -> None:
    """Only AWS can remove them: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"""
    tagged = replace(OTHERS, tags={"aws:cloudformation:stack-name": "theirs", "env": "prod"})
    assert applied(tagged, tags={"env": "test"}).tags == {"aws:cloudformation:stack-name": "theirs", "env": "test"}


def test_both_parts_of_cloudwatch_logs_can_be_removed_together() -> None:
    after = applied(OTHERS, cloudwatch_logs_group_arn="", cloudwatch_logs_role_arn="")
    assert (after.cloudwatch_logs_group_arn, after.cloudwatch_logs_role_arn) == ("", "")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "-"}, "name: '-' is not a valid trail name"),
        ({"bucket": "Logs"}, "bucket: 'Logs' is not a valid bucket name"),
        ({"key_prefix": "AWSLogs/"}, "key_prefix: 'AWSLogs/' contains AWSLogs/"),
        ({"kms_key": "central-logging"}, "kms_key: 'central-logging' is not a valid key"),
        ({"kms_key": f"arn:aws:s3:::{KEY_ID}"}, "kms_key: .* is not a valid key"),
        ({"advanced_event_selectors": [], "management_events": "all"}, "advanced_event_selectors"),
        ({"data_events": {"s3": ["x"], "lambda": None}}, "data_events: s3: 'x'"),
    ],
)
def test_bad_input_is_refused_before_any_call(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        validated_options(**options)


@pytest.mark.parametrize(
    "key", [KEY, KEY_ID, "mrk-" + "0" * 32, "alias/central", f"arn:aws:kms:{REGION}:{PRODUCTION}:alias/central", ""]
)
def test_every_identifier_of_a_key_is_accepted(key: str) -> None:
    assert validated_options(kms_key=key).kms_key == key


@pytest.mark.parametrize(
    ("before", "options", "sentence"),
    [
        (
            TrailState(name="sectrailprod"),
            {"bucket": BUCKET, "include_global_service_events": False},
            "include_global_service_events: false requires multi_region: false",
        ),
        (
            replace(OTHERS, include_global_service_events=False),
            {"multi_region": True},
            "include_global_service_events",
        ),
        (OTHERS, {"cloudwatch_logs_role_arn": ""}, "must be set together"),
        (TrailState(name="x"), {"bucket": BUCKET, "cloudwatch_logs_group_arn": GROUP}, "must be set together"),
    ],
)
def test_what_cloudtrail_would_refuse(before: TrailState, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        applied(before, **options)
