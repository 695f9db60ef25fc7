# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trail in AWS: its owner, missing keys, errors that disappear with time, and their explanations."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import reconcile

from tests.fakes.fake_trail import ARN, NAME, FakeCloudTrail, refused_by, run, trail
from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, READER, REGION, failure

TRAIL = {"S3BucketName": BUCKET, "IncludeGlobalServiceEvents": True, "IsMultiRegionTrail": True, "KmsKeyId": KEY}
DEPENDENCIES = {
    "CloudWatchLogsDeliveryUnavailableException",
    "InsufficientEncryptionPolicyException",
    "InsufficientS3BucketPolicyException",
    "InsufficientSnsTopicPolicyException",
    "InvalidCloudWatchLogsLogGroupArnException",
    "InvalidCloudWatchLogsRoleArnException",
    "KmsException",
    "KmsKeyNotFoundException",
    "S3BucketDoesNotExistException",
}


def test_a_trail_of_another_region_is_refused() -> None:
    gateway = FakeCloudTrail({**TRAIL, "HomeRegion": "eu-west-1"})
    with pytest.raises(Refused, match="home Region in eu-west-1.*region: eu-west-1"):
        run(gateway)
    assert gateway.operations == ["get_trail"]


def test_a_trail_of_the_organization_is_refused_in_its_members() -> None:
    gateway = FakeCloudTrail({**TRAIL, "TrailARN": ARN.replace(PRODUCTION, ARCHIVE), "IsOrganizationTrail": True})
    gateway.connection.role_arn = f"arn:aws:iam::{PRODUCTION}:role/CentralLogging"
    with pytest.raises(Refused, match=f"organization trail of account {ARCHIVE}; account {PRODUCTION}"):
        run(gateway)
    assert gateway.operations == ["get_trail"]


@pytest.mark.parametrize("operation", ["get_trail", "get_event_selectors", "get_trail_status", "list_tags"])
def test_a_read_that_fails_is_an_error_and_not_an_empty_trail(operation: str) -> None:
    gateway = FakeCloudTrail(TRAIL)
    gateway.replies |= refused_by("AccessDeniedException", operation)
    with pytest.raises(AwsFailure, match="AccessDeniedException"):
        run(gateway, bucket=BUCKET, tags={"a": "1"})
    assert gateway.writes == []


# keys


def test_a_missing_key() -> None:
    gateway = FakeCloudTrail()
    gateway.replies["kms", "describe_key"] = failure("NotFoundException")
    options: dict[str, Any] = {"bucket": BUCKET, "kms_key": "alias/central"}
    with pytest.raises(Refused, match=f"key alias/central does not exist in Region {REGION}. This task has changed"):
        run(gateway, **options)
    with pytest.raises(Refused, match="key alias/central does not exist"):
        run(gateway, dry_run=True, **options)
    assert run(gateway, dry_run=True, **options, allow_missing_in_check_mode=True).changed
    assert gateway.writes == []


def test_a_key_that_cannot_be_looked_up_is_left_to_cloudtrail_on_a_new_trail() -> None:
    gateway = FakeCloudTrail()
    gateway.replies["kms", "describe_key"] = failure("AccessDeniedException")
    outcome = run(gateway, bucket=BUCKET, kms_key="alias/central")
    assert outcome.plan[0].arguments["KmsKeyId"] == "alias/central"
    assert outcome.after.state.kms_key == KEY


def test_a_key_that_cannot_be_looked_up_for_an_existing_trail() -> None:
    gateway = FakeCloudTrail(TRAIL)
    gateway.replies["kms", "describe_key"] = failure("AccessDeniedException")
    with pytest.raises(AwsFailure, match="cannot be looked up from this account. Use the ARN of the key itself"):
        run(gateway, kms_key="alias/central")


def test_a_disabled_key_is_refused() -> None:
    gateway = FakeCloudTrail()
    metadata = {"Arn": KEY, "AWSAccountId": ARCHIVE, "KeyState": "Disabled"}
    gateway.replies["kms", "describe_key"] = {"KeyMetadata": metadata}
    with pytest.raises(Refused, match="is Disabled"):
        run(gateway, bucket=BUCKET, kms_key="alias/central")


def test_the_key_is_not_looked_up_to_delete_a_trail() -> None:
    gateway = FakeCloudTrail(TRAIL)
    gateway.replies["kms", "describe_key"] = failure("AccessDeniedException")
    assert run(gateway, kms_key="alias/central", state="absent", allow_weaken=True).changed
    assert gateway.trail is None
    assert "describe_key" not in gateway.operations


def test_a_reply_with_another_value_does_not_end_the_run() -> None:
    """If the reply of UpdateTrail shows another key, the change is still to do."""
    other = KEY.replace("0d9f", "ffff")
    gateway = FakeCloudTrail({**TRAIL, "KmsKeyId": other})
    gateway.replies["cloudtrail", "update_trail"] = {"TrailARN": ARN, "S3BucketName": BUCKET, "KmsKeyId": other}
    subject: Any = trail(kms_key=KEY, allow_weaken=True)
    before = subject.read(gateway)
    desired = subject.desired(before)
    after = subject.observe(gateway, desired, [gateway.send(subject.plan(before, desired)[0])])
    assert list(subject.plan(after, subject.desired(after))) != []


# refusals


def test_dependency_errors_are_retried_for_policy_wait() -> None:
    for wait in (0, 90):
        create, *rest = run(FakeCloudTrail(), bucket=BUCKET, policy_wait=wait, insights=["ApiCallRateInsight"]).plan
        assert (set(create.retry_codes), create.wait) == (DEPENDENCIES, wait)
        for call in rest:
            assert call.retry_codes >= {"TrailNotFoundException"}
            assert not call.retry_codes & DEPENDENCIES or call.wait == wait
        options: dict[str, Any] = {"bucket": "another-bucket", "allow_weaken": True}
        (update,) = run(FakeCloudTrail(TRAIL), policy_wait=wait, **options).plan
        assert (set(update.retry_codes), update.wait) == (DEPENDENCIES, wait)


class _Refusing(FakeCloudTrail):
    """CreateTrail fails, and the bucket's policy can be read."""

    def __init__(self, code: str, policy: str) -> None:
        super().__init__()
        self.replies |= refused_by(code, "create_trail")
        self.replies["s3", "get_bucket_policy"] = {"Policy": policy}


def _refusal(gateway: FakeCloudTrail, **options: Any) -> str:
    with pytest.raises(AwsFailure) as refused:
        reconcile(trail(bucket=BUCKET, **options), gateway, dry_run=False)
    return str(refused.value)


def test_a_refusal_is_explained_by_the_policy() -> None:
    gateway = _Refusing("InsufficientS3BucketPolicyException", '{"Statement":[]}')
    sentence = _refusal(gateway)
    assert f"The policy of bucket {BUCKET} does not allow the trail" in sentence
    assert "no statement allows cloudtrail.amazonaws.com to call s3:PutObject" in sentence
    assert sentence.endswith("This task has changed nothing.")
    assert gateway.others == []


def test_the_policies_are_read_with_log_archive_role_arn() -> None:
    gateway = _Refusing("InsufficientS3BucketPolicyException", '{"Statement":[]}')
    _refusal(gateway, log_archive_role_arn=READER, log_archive_external_id="id")
    assert gateway.others == [(READER, "id")]


@pytest.mark.parametrize("code", ["MaximumNumberOfTrailsExceededException", "AccessDeniedException"])
def test_other_errors_cause_no_further_calls(code: str) -> None:
    gateway = _Refusing(code, "")
    _refusal(gateway)
    assert gateway.operations == ["get_trail", "create_trail"]


def test_an_explanation_that_fails_does_not_hide_the_refusal() -> None:
    gateway = _Refusing("InsufficientS3BucketPolicyException", "this is not a policy")
    assert "InsufficientS3BucketPolicyException" in _refusal(gateway)


def test_diff_and_result() -> None:
    gateway = FakeCloudTrail()
    outcome = run(gateway, bucket=BUCKET, kms_key=KEY, tags={"a": "1"})
    subject = trail()
    diff = subject.diff(outcome)
    assert diff["before"] == {}
    assert diff["after"]["bucket"] == BUCKET
    assert diff["after"]["tags"] == {"a": "1"}
    assert len(diff["after"]["event_selectors"]) == 3
    assert diff["before_header"] == diff["after_header"] == f"trail {NAME}"
    shown = subject.result(outcome)["trail"]
    assert (shown["name"], shown["arn"], shown["tags"]) == (NAME, ARN, {"a": "1"})
    unchanged = subject.diff(run(gateway))
    assert unchanged["before"] == unchanged["after"]
    deleted = run(gateway, state="absent", allow_weaken=True)
    assert subject.result(deleted) == {"trail": None}
    assert subject.diff(deleted)["after"] == {}
    assert subject.warnings(outcome) == []
