# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The findings about trails that differ from the expected one, and about delivery errors."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info import delivery_errors
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.expected_trail import ExpectedTrail
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.findings import of_trails
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import ObservedTrail

from tests.fakes.fake_trails import DELIVERED, STARTED, kinds, organization_trail, status, trail
from tests.fakes.support import BUCKET, KEY, PRODUCTION, REGION

EXPECTED = ExpectedTrail(name="sectrailprod", bucket=BUCKET, key=KEY, prefix="")


def findings(*trails: ObservedTrail, expected: ExpectedTrail = EXPECTED) -> list[Finding]:
    return of_trails(trails, expected, PRODUCTION, REGION)


def only(items: list[Finding]) -> Finding:
    (finding,) = items
    return finding


def test_nothing_wrong() -> None:
    assert findings(trail()) == []


@pytest.mark.parametrize(
    ("differently", "kind", "part"),
    [
        ({"S3BucketName": "other"}, "other_bucket", f"bucket other, not to {BUCKET}"),
        ({"S3KeyPrefix": "x"}, "other_prefix", "with prefix x, but no prefix is expected"),
        ({"KmsKeyId": ""}, "not_encrypted", "does not encrypt"),
        ({"KmsKeyId": f"{KEY}0"}, "other_key", f"not with {KEY}"),
        ({"IsMultiRegionTrail": False}, "single_region", "us-east-1 only"),
        (
            {"LogFileValidationEnabled": False},
            "no_validation",
            "disabled for trail sectrailprod",
        ),
    ],
)
def test_differences(differently: dict[str, Any], kind: str, part: str) -> None:
    finding = only(findings(trail(**differently)))
    assert (finding.kind, finding.status, finding.check) == (kind, "failed", "trail")
    assert part in finding.message
    assert finding.remediation


def test_what_is_not_expected_is_not_compared() -> None:
    other = trail(S3BucketName="other", KmsKeyId="", S3KeyPrefix="x")
    assert findings(other, expected=ExpectedTrail(name="sectrailprod")) == []
    assert findings(trail(IsMultiRegionTrail=False), expected=ExpectedTrail()) == []


def test_a_missing_trail_is_reported_with_the_existing_ones() -> None:
    finding = only(findings(trail("other"), expected=ExpectedTrail(name="sectrailprod")))
    assert (finding.kind, finding.status) == ("missing", "failed")
    assert "other" in finding.message
    assert "no trail at all" in only(findings()).message


@pytest.mark.parametrize("stopped", [None, DELIVERED])
def test_a_stopped_trail(stopped: Any) -> None:
    of = {"IsLogging": False, **({"StopLoggingTime": stopped} if stopped else {})}
    finding = only(findings(trail(of={**of, "LatestDeliveryError": "AccessDenied"})))
    assert (finding.kind, finding.status) == ("not_logging", "failed")
    assert finding.since == ("2026-11-25T14:05:06Z" if stopped else "")
    history = "Find the caller of StopLogging in the event history"
    assert finding.remediation.startswith("Run members.yml, or archive.yml for the log-archive account.")
    assert (history in finding.remediation) == bool(stopped), "without a stop there is no such event"
    other = only(findings(trail("other", of=of), trail()))
    assert (other.kind, other.status) == ("not_logging", "info")
    assert "members.yml" not in other.remediation, "members.yml configures the expected trail only"


def test_errors_of_other_trails_are_information_if_a_trail_is_expected() -> None:
    broken = trail("other", of=status(LatestDeliveryError="NoSuchBucket"))
    assert kinds(findings(broken, trail())) == {"delivery_error": "info"}
    assert kinds(findings(broken, expected=ExpectedTrail())) == {"delivery_error": "failed"}


def test_a_trail_to_another_bucket_is_information() -> None:
    finding = only(findings(trail("shadow", S3BucketName="theirs"), trail()))
    assert (finding.kind, finding.status) == ("elsewhere", "info")
    assert "theirs" in finding.message


def test_the_expected_trail_may_be_an_organization_trail() -> None:
    observed = organization_trail()
    assert findings(observed, expected=ExpectedTrail(name="org", bucket=BUCKET, key=KEY, prefix="")) == []
    finding = only(findings(observed, expected=ExpectedTrail(name="org", bucket="other")))
    assert "of account 111122223333" in finding.message
    assert finding.remediation == "Run organization.yml."


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ("AccessDenied", "does not allow the trail"),
        ("NoSuchBucket", "does not exist"),
        ("KMS.DisabledException", "key is disabled"),
        ("KMS.KMSInvalidStateException", "pending deletion, or has no key material"),
        ("AllAccessDisabled", "disabled all access to the bucket"),
        ("KMS.NotFoundException", "key does not exist"),
        ("KMS.SomethingNew", "key cannot be used"),
        ("SlowDown", "too many requests"),
        ("NewCode", "AWS gives no further details"),
    ],
)
@pytest.mark.parametrize(
    ("member", "kind"), [("LatestDeliveryError", "delivery_error"), ("LatestDigestDeliveryError", "digest_error")]
)
def test_delivery_errors_are_explained(error: str, meaning: str, member: str, kind: str) -> None:
    finding = only(findings(trail(of=status(**{member: error, "LatestDeliveryTime": STARTED}))))
    assert (finding.kind, finding.status) == (kind, "failed")
    assert error in finding.message
    assert meaning in finding.message
    assert finding.remediation
    assert finding.since == ("2026-11-25T12:00:00Z" if kind == "delivery_error" else "")


@pytest.mark.parametrize(
    ("member", "error", "kind", "meaning"),
    [
        ("LatestCloudWatchLogsDeliveryError", "AccessDenied", "cloudwatch_logs_error", "role lacks"),
        ("LatestCloudWatchLogsDeliveryError", "ResourceNotFoundException", "cloudwatch_logs_error", "log group does"),
        ("LatestNotificationError", "AuthorizationError", "notification_error", "topic's policy"),
        ("LatestNotificationError", "NotFound", "notification_error", "topic does not exist"),
    ],
)
def test_errors_of_other_destinations_are_explained(member: str, error: str, kind: str, meaning: str) -> None:
    finding = only(findings(trail(of=status(**{member: error}))))
    assert finding.kind == kind
    assert meaning in finding.message


@pytest.mark.parametrize(
    ("error", "cause", "action"),
    [
        ("KMS.DisabledException", "key_disabled", "kms:EnableKey"),
        ("KMS.KMSInvalidStateException", "key_pending_deletion", "kms:CancelKeyDeletion"),
        ("KMS.NotFoundException", "key_missing", "Configure a key"),
        ("NoSuchBucket", "bucket_missing", "Create the bucket again"),
        ("AccessDenied", "", "Run archive.yml"),
        ("NewCode", "", "Look up the error"),
    ],
)
def test_e9_the_errors_of_log_files_and_digests_have_one_cause(error: str, cause: str, action: str) -> None:
    failing = status(LatestDeliveryError=error, LatestDigestDeliveryError=error)
    pair = findings(trail(of=failing))
    assert [(item.kind, item.cause) for item in pair] == [("delivery_error", cause), ("digest_error", cause)]
    assert all(action in item.remediation for item in pair)


def test_e9_a_stopped_and_a_missing_trail_have_causes() -> None:
    assert only(findings(trail(of={"IsLogging": False}))).cause == "not_logging"
    assert only(findings()).cause == "trail_missing"


def test_a_deleted_bucket_is_urgent() -> None:
    (error,) = delivery_errors.errors_of({"LatestDeliveryError": "NoSuchBucket"})
    assert "registers the bucket's name" in error.remediation
