# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why CloudTrail refused a trail, from the bucket policy and the key policy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail import explain_refusal
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import TrailState

from cloudtrail_sandbox import judge
from tests.fakes.fake_policies import ROOT, FakePolicyStore, empty_bucket, key, policy, run_bucket, run_key
from tests.fakes.judge import CLOUDTRAIL
from tests.fakes.support import (
    ARCHIVE,
    BUCKET,
    KEY,
    PRODUCTION,
    REGION,
    STAGING,
    FakeGateway,
    account,
    failure,
)

BUCKET_CODE, KEY_CODE = "InsufficientS3BucketPolicyException", "InsufficientEncryptionPolicyException"
ARN = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/sectrailprod"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Condition": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}},
}
TRAIL = TrailState(name="sectrailprod", exists=True, arn=ARN, bucket=BUCKET, kms_key=KEY)


def bucket_of(*accounts: str, **options: Any) -> str | None:
    store = empty_bucket()
    run_bucket(store, accounts=[account(identity, "sectrailprod") for identity in accounts], **options)
    return store.text


def key_of(*accounts: str, **options: Any) -> str | None:
    store = key()
    run_key(store, accounts=[account(identity, "sectrailprod") for identity in accounts], **options)
    return store.text


def explained(bucket: Any, grants: Any, code: str, trail: TrailState = TRAIL, as_account: str = ARCHIVE) -> str:
    replies: dict[tuple[str, str], Any] = {
        ("s3", "get_bucket_policy"): bucket if not isinstance(bucket, str) else {"Policy": bucket},
        ("kms", "get_key_policy"): grants if not isinstance(grants, str) else {"Policy": grants},
        ("s3", "head_bucket"): {"BucketRegion": "eu-west-1"},
    }
    gateway: Any = FakeGateway(replies, as_account)
    explanation = explain_refusal.refusal(gateway, trail, ARN, code)
    for service, operation, arguments in gateway.calls:
        assert service != "s3" or "ExpectedBucketOwner" in arguments, operation
    return explanation


@pytest.mark.parametrize("layout", ["exact", "accounts", "compact"])
def test_policies_that_allow_the_trail(layout: str) -> None:
    explanation = explained(bucket_of(PRODUCTION, layout=layout), key_of(PRODUCTION, layout=layout), KEY_CODE)
    assert explanation == f"The policy of bucket {BUCKET} allows the trail. The policy of key {KEY} allows the trail."


def test_membership_in_an_organization_is_unknown() -> None:
    explanation = explained(bucket_of(layout="organization", organization_id="o-a1b2c3d4e5"), "{}", BUCKET_CODE)
    assert f"The policy of bucket {BUCKET} may not allow the trail" in explanation
    assert "it allows members of o-a1b2c3d4e5; the account's membership is unknown" in explanation


@pytest.mark.parametrize("layout", ["exact", "accounts", "compact"])
def test_the_statement_that_does_not_match_is_named(layout: str) -> None:
    explanation = explained(bucket_of(STAGING, layout=layout), "{}", BUCKET_CODE)
    assert f"The policy of bucket {BUCKET} does not allow the trail" in explanation
    assert "statement CentralLoggingWrite" in explanation
    explanation = explained(bucket_of(PRODUCTION), key_of(STAGING, layout=layout), KEY_CODE)
    assert f"The policy of bucket {BUCKET} allows the trail." in explanation
    assert f"The policy of key {KEY} does not allow the trail" in explanation
    assert "statement CentralLoggingEncrypt" in explanation


def test_another_prefix_is_named() -> None:
    explanation = explained(bucket_of(PRODUCTION, key_prefix="logs"), "{}", BUCKET_CODE)
    assert f"does not cover arn:aws:s3:::{BUCKET}/AWSLogs/{PRODUCTION}/" in explanation


def test_no_policy_at_all() -> None:
    explanation = explained(failure("NoSuchBucketPolicy"), "{}", BUCKET_CODE)
    assert "no statement allows cloudtrail.amazonaws.com to call s3:GetBucketAcl" in explanation
    assert "no statement allows cloudtrail.amazonaws.com to call s3:PutObject" in explanation


def test_the_key_policy_is_not_read_for_a_trail_without_a_key() -> None:
    explanation = explained(bucket_of(PRODUCTION), {}, KEY_CODE, TrailState(name="t", bucket=BUCKET))
    assert explanation == f"The policy of bucket {BUCKET} allows the trail."


def test_without_access_the_needed_permissions_are_named() -> None:
    explanation = explained(failure("AccessDenied"), "{}", KEY_CODE, as_account=PRODUCTION)
    for needed in (
        "s3:GetBucketAcl",
        f"s3:PutObject on arn:aws:s3:::{BUCKET}/AWSLogs/{PRODUCTION}/",
        "kms:GenerateDataKey",
        f"aws:SourceArn {ARN}",
        "AccessDenied",
        "log_archive_role_arn",
    ):
        assert needed in explanation, needed


@pytest.mark.parametrize("text", ["", "no policy", "[]", '{"Statement":["x"]}', '{"Statement":[{"Condition":"x"}]}'])
def test_an_unreadable_policy_does_not_hide_the_error_of_cloudtrail(text: str) -> None:
    assert BUCKET in explained(text, ROOT, BUCKET_CODE)


@pytest.mark.parametrize(
    ("code", "words"), [("KmsKeyNotFoundException", ["us-east-1", "eu-west-1", BUCKET]), ("Throttling", [])]
)
def test_other_refusals(code: str, words: list[str]) -> None:
    explanation = explained({}, {}, code)
    assert bool(explanation) is bool(words)
    for word in words:
        assert word in explanation


def test_equal_or_unknown_regions_explain_nothing() -> None:
    for reply in ({"BucketRegion": REGION}, {}, failure("AccessDenied")):
        gateway: Any = FakeGateway({("s3", "head_bucket"): reply})
        assert explain_refusal.refusal(gateway, TRAIL, ARN, "KmsKeyNotFoundException") == ""


@pytest.mark.parametrize("prefix", ["", "a/b"])
def test_our_statements_allow_the_requests_of_cloudtrail(prefix: str) -> None:
    """The sandbox's judge confirms that the simulated requests are those of CloudTrail."""
    trail = TrailState(name="sectrailprod", bucket=BUCKET, key_prefix=prefix, kms_key=KEY)
    bucket, grants = FakePolicyStore(bucket_of(PRODUCTION, key_prefix=prefix)), FakePolicyStore(key_of(PRODUCTION))
    for store, requests in (
        (bucket, explain_refusal.bucket_requests(trail, ARN)),
        (grants, explain_refusal.key_requests(trail, ARN)),
    ):
        assert requests
        for request in requests:
            judged = judge.Request(request.action, request.resource, CLOUDTRAIL, request.context)
            assert judge.evaluate(json.dumps(store.value), judged).allowed, request
            assert not judge.evaluate(policy(), judged).allowed


ORGANIZATION = "o-a1b2c3d4e5"


def test_the_organization_of_an_organization_trail_is_known() -> None:
    statements = [
        {**ALLOW, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}"},
        {**ALLOW, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/*"},
    ]
    gateway: Any = FakeGateway({("s3", "get_bucket_policy"): {"Policy": json.dumps({"Statement": statements})}})
    explanation = explain_refusal.refusal(gateway, TRAIL, ARN, BUCKET_CODE, ORGANIZATION)
    assert explanation == f"The policy of bucket {BUCKET} allows the trail."
    assert "may not allow the trail" in explain_refusal.refusal(gateway, TRAIL, ARN, BUCKET_CODE)
    other = explain_refusal.refusal(gateway, TRAIL, ARN, BUCKET_CODE, "o-another0000")
    assert "its StringEquals on aws:SourceOrgID does not match o-another0000" in other


@pytest.mark.parametrize(
    ("condition", "verb"),
    [
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, "allows"),
        ({"StringEquals": {"aws:PrincipalServiceName": "cloudtrail.amazonaws.com"}}, "allows"),
        ({"DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}, "may not allow"),
        ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, "does not allow"),
    ],
)
def test_condition_keys_of_the_requests_of_a_service(condition: dict[str, Any], verb: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html."""
    statement = {**ALLOW, "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}*", "Condition": condition}
    text = json.dumps({"Statement": [statement]})
    assert explained(text, "{}", BUCKET_CODE).startswith(f"The policy of bucket {BUCKET} {verb} the trail")
