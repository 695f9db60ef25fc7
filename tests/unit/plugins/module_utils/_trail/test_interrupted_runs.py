# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs that were interrupted while they set a trail up, and the next runs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import (
    UNCHANGED,
    AwsFailure,
    NotConverged,
    Refused,
)

from tests.fakes.fake_trail import DEFAULT, NAME, FakeCloudTrail, run, trail
from tests.fakes.support import BUCKET, KEY

OPTIONS: dict[str, Any] = {"bucket": BUCKET, "kms_key": KEY}
SETTINGS: dict[str, Any] = {
    "S3BucketName": BUCKET,
    "KmsKeyId": KEY,
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": True,
    "LogFileValidationEnabled": True,
}
MANAGEMENT = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
WRITES = {"FieldSelectors": [*MANAGEMENT["FieldSelectors"], {"Field": "readOnly", "Equals": ["false"]}]}
CHECK = pytest.mark.parametrize("check", [False, True])


class Failing(FakeCloudTrail):
    """CloudTrail in which operations fail. An answer that is lost is one to a call that was carried out."""

    def __init__(self, *fails: str, lost: bool = False, code: str = "InternalFailure", **details: Any) -> None:
        super().__init__(details.pop("trail", None), **details)
        self.fails, self.lost, self.code = list(fails), lost, code

    def call(self, service: str, operation: str, *more: Any, **arguments: Any) -> Any:
        failing = operation in self.fails
        if failing:
            self.fails.remove(operation)
        reply = None
        if not failing or self.lost:
            reply = super().call(service, operation, *more, **arguments)
        if failing:
            raise AwsFailure("Operation", self.code, "no", may_have_effect=self.lost)
        return reply


def kinds(gateway: FakeCloudTrail) -> set[str]:
    """The types of the data events that the trail records."""
    fields = [field for item in gateway.selectors.get("AdvancedEventSelectors", []) for field in item["FieldSelectors"]]
    return {value for field in fields if field["Field"] == "resources.type" for value in field["Equals"]}


def assert_complete(gateway: FakeCloudTrail) -> None:
    assert gateway.logging
    assert kinds(gateway) == {"AWS::S3::Object", "AWS::Lambda::Function"}


# a call fails


@pytest.mark.parametrize("operation", ["create_trail", "start_logging", "put_event_selectors", "put_insight_selectors"])
@pytest.mark.parametrize("lost", [False, True])
def test_a1_the_second_run_completes_the_trail(operation: str, lost: bool) -> None:
    gateway = Failing(operation, lost=lost)
    options = {**OPTIONS, "insights": ["ApiCallRateInsight"], "tags": {"a": "1"}}
    with pytest.raises(AwsFailure) as stopped:
        run(gateway, **options)
    assert (UNCHANGED in str(stopped.value)) == (not gateway.writes), "the message says what is true"
    second = run(gateway, **options)
    assert second.changed == (not lost or operation != "put_insight_selectors")
    assert_complete(gateway)
    assert gateway.insights == [{"InsightType": "ApiCallRateInsight"}]
    assert gateway.tags == {"a": "1"}
    assert run(gateway, **options).plan == ()


def test_a1_the_message_lists_the_calls_before_the_failure() -> None:
    with pytest.raises(AwsFailure) as stopped:
        run(Failing("put_event_selectors"), **OPTIONS)
    assert str(stopped.value).endswith(
        f"Completed before: trail {NAME}: create, delivering to {BUCKET}; trail {NAME}: start logging. Run again to"
        f" continue."
    )


@pytest.mark.parametrize("options", [{"management_events": "write"}, {"data_events": {"s3": [], "lambda": ["all"]}}])
def test_a1_the_second_run_puts_fewer_events_than_cloudtrail_does_by_default(options: dict[str, Any]) -> None:
    gateway = Failing("put_event_selectors")
    with pytest.raises(AwsFailure):
        run(gateway, **OPTIONS, **options)
    assert gateway.logging
    assert run(gateway, **OPTIONS, **options).changed
    assert run(gateway, **OPTIONS, **options).plan == ()
    assert "AWS::Lambda::Function" in kinds(gateway)


def test_a1_tags_that_failed_are_added_by_the_second_run() -> None:
    gateway = Failing("add_tags", trail=SETTINGS)
    with pytest.raises(AwsFailure, match="This task has changed nothing"):
        run(gateway, tags={"a": "1"})
    assert run(gateway, tags={"a": "1"}).changed
    assert gateway.tags == {"a": "1"}


# the answer to CreateTrail or DeleteTrail was lost, and botocore or the gateway has sent the call again


class Again(FakeCloudTrail):
    """CloudTrail that carries out a call twice. C(hidden): so many reads do not show the new trail yet."""

    def __init__(self, operation: str, hidden: int = 0, **details: Any) -> None:
        super().__init__(details.pop("trail", None), **details)
        self.again, self.hidden = operation, hidden

    def send(self, call: Any) -> Any:
        if call.operation == self.again:
            self.again = ""
            super().send(call)
        return super().send(call)

    def _get_trail(self, Name: str) -> Any:
        if self.trail and self.hidden:
            self.hidden -= 1
            trail, self.trail = self.trail, None
            reply = super()._get_trail(Name)
            self.trail = trail
            return reply
        return super()._get_trail(Name)

    def _describe_trails(self, **_arguments: Any) -> Any:
        return {"trailList": []}


@pytest.mark.parametrize("hidden", [0, 1, 4])
def test_a1_a_trail_whose_creation_was_not_answered_is_completed(hidden: int) -> None:
    gateway = Again("create_trail", hidden)
    outcome = run(gateway, **OPTIONS, insights=["ApiCallRateInsight"])
    assert_complete(gateway)
    assert gateway.insights
    assert (outcome.changed, outcome.after.state.logging) == (True, True)
    assert run(gateway, **OPTIONS).plan == ()


def test_a1_a_trail_whose_deletion_was_not_answered_is_deleted() -> None:
    gateway = Again("delete_trail", trail=SETTINGS)
    gateway.replies["cloudtrail", "delete_trail"] = _delete_once(gateway)
    outcome = run(gateway, state="absent", allow_weaken=True)
    assert (outcome.changed, outcome.after.state.exists) == (True, False)


def _delete_once(gateway: FakeCloudTrail) -> Any:
    delete, missing = gateway.replies["cloudtrail", "delete_trail"], gateway.replies["cloudtrail", "get_trail"]
    return lambda Name: delete(Name) if gateway.trail else missing(Name)


class Raced(FakeCloudTrail):
    """Another tool creates a trail of the same name after the run has read."""

    def __init__(self, trail: dict[str, Any], **details: Any) -> None:
        super().__init__(trail, **details)
        self.theirs, self.trail = self.trail, None

    def send(self, call: Any) -> Any:
        self.trail, self.theirs = self.trail or self.theirs, None
        return super().send(call)


def test_a1_a_trail_of_another_writer_is_compared_before_it_is_changed() -> None:
    same = Raced(SETTINGS)
    assert run(same, **OPTIONS).after.state.logging
    assert same.writes == ["create_trail"]
    assert kinds(same) == set(), "it has delivered, and no option is about its events"
    other = Raced({**SETTINGS, "S3BucketName": "their-bucket"})
    with pytest.raises(NotConverged, match=f"bucket {BUCKET} instead of bucket their-bucket"):
        run(other, **OPTIONS)
    assert other.writes == ["create_trail"]


# a trail that has never logged


def never(**details: Any) -> FakeCloudTrail:
    settings = {"logging": False, "started": False, "delivered": False}
    return FakeCloudTrail({**SETTINGS, **details.pop("trail", {})}, **{**settings, **details})


@CHECK
def test_a1_a_trail_that_has_never_logged_is_started_and_gets_the_selectors_of_a_new_trail(check: bool) -> None:
    gateway = never()
    outcome = run(gateway, dry_run=check, **OPTIONS)
    assert [call.operation for call in outcome.plan] == ["start_logging", "put_event_selectors"]
    assert all("TrailNotFoundException" in call.retry_codes for call in outcome.plan)
    if not check:
        assert_complete(gateway)
        assert run(gateway, **OPTIONS).plan == ()


def test_a1_it_stays_as_it_is_if_logging_is_false() -> None:
    gateway = never(selectors={"AdvancedEventSelectors": [WRITES]})
    outcome = run(gateway, **OPTIONS, logging=False)
    assert (outcome.plan, trail(logging=False).warnings(outcome)) == ((), [])


def test_a1_other_selectors_stay_unless_an_option_is_about_them() -> None:
    gateway = never(selectors={"AdvancedEventSelectors": [WRITES]})
    assert [call.operation for call in run(gateway, **OPTIONS).plan] == ["start_logging"]
    assert gateway.selectors == {"AdvancedEventSelectors": [WRITES]}
    gateway = never(selectors={"AdvancedEventSelectors": [WRITES]})
    outcome = run(gateway, **OPTIONS, management_events="all")
    assert [call.operation for call in outcome.plan] == ["start_logging", "put_event_selectors"]
    assert kinds(gateway) == set()


# a trail that has logged


@CHECK
def test_a1_a_trail_that_was_stopped_is_not_started_and_the_result_warns(check: bool) -> None:
    gateway = FakeCloudTrail(SETTINGS, logging=False)
    outcome = run(gateway, dry_run=check, **OPTIONS)
    assert outcome.plan == ()
    (warning,) = trail(**OPTIONS).warnings(outcome)
    assert warning == f"Trail {NAME} is not logging, because it was stopped. Set logging: true to start it."
    assert [call.operation for call in run(gateway, logging=True).plan] == ["start_logging"]


@pytest.mark.parametrize(
    ("details", "options"),
    [
        ({"delivered": True}, {}),
        ({"selectors": {"AdvancedEventSelectors": [MANAGEMENT]}}, {}),
        ({"trail": {**SETTINGS, "IsMultiRegionTrail": False}}, {}),
        ({"trail": {**SETTINGS, "SnsTopicARN": "arn:aws:sns:us-east-1:444455556666:t"}}, {}),
        ({"trail": {**SETTINGS, "S3BucketName": "their-bucket"}}, {"bucket": None}),
        ({}, {"log_file_validation": None, "multi_region": None, "bucket": None}),
    ],
)
def test_a1_the_selectors_of_a_trail_of_somebody_else_stay(details: dict[str, Any], options: dict[str, Any]) -> None:
    """It has delivered, or these options do not create such a trail."""
    gateway = FakeCloudTrail(details.pop("trail", SETTINGS), **{"delivered": False, **details})
    assert run(gateway, **{**OPTIONS, **options}).plan == ()


def test_a1_a_trail_with_cloudtrails_default_selectors_causes_a_warning() -> None:
    gateway = FakeCloudTrail(SETTINGS)
    (warning,) = trail(**OPTIONS).warnings(run(gateway, **OPTIONS))
    assert f"Trail {NAME} records management events only" in warning
    for options in ({**OPTIONS, "management_events": "all"}, {**OPTIONS, "bucket": None}):
        assert trail(**options).warnings(run(gateway, **options)) == []
    chosen = FakeCloudTrail(SETTINGS, selectors={"AdvancedEventSelectors": [MANAGEMENT]})
    assert trail(**OPTIONS).warnings(run(chosen, **OPTIONS)) == []
    complete = FakeCloudTrail()
    assert trail(**OPTIONS).warnings(run(complete, **OPTIONS)) == []


def test_a1_a_new_trail_records_what_the_options_say_even_if_that_is_the_default() -> None:
    """Otherwise the next run could not distinguish it from the remains of an interrupted one."""
    off: dict[str, Any] = {"data_events": {"s3": [], "lambda": []}}
    gateway = FakeCloudTrail()
    run(gateway, **OPTIONS, **off)
    assert run(gateway, **OPTIONS).plan == ()
    assert kinds(gateway) == set() != DEFAULT


def test_a1_losses_of_an_interrupted_run_are_not_hidden_once_the_trail_has_delivered() -> None:
    with pytest.raises(Refused, match="would be weakened"):
        run(FakeCloudTrail(SETTINGS), **OPTIONS, management_events="write")
