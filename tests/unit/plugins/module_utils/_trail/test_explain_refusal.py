# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail's refusals, answered by the two policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail import explain_refusal
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import TrailState

from cloudtrail_sandbox import judge
from tests.fakes.fake_policies import ROOT, Store, empty_bucket, key, policy, run_bucket, run_key
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
TRAIL = TrailState(name="sectrailprod", exists=True, arn=ARN, bucket=BUCKET, kms_key=KEY)


def bucket_of(*accounts: str, **options: Any) -> str | None:
    store = empty_bucket()
    run_bucket(store, accounts=[account(one, "sectrailprod") for one in accounts], **options)
    return store.text


def key_of(*accounts: str, **options: Any) -> str | None:
    store = key()
    run_key(store, accounts=[account(one, "sectrailprod") for one in accounts], **options)
    return store.text


def explained(bucket: Any, grants: Any, code: str, trail: TrailState = TRAIL, as_account: str = ARCHIVE) -> str:
    replies: dict[tuple[str, str], Any] = {
        ("s3", "get_bucket_policy"): bucket if not isinstance(bucket, str) else {"Policy": bucket},
        ("kms", "get_key_policy"): grants if not isinstance(grants, str) else {"Policy": grants},
        ("s3", "head_bucket"): {"BucketRegion": "eu-west-1"},
    }
    gateway: Any = FakeGateway(replies, as_account)
    said = explain_refusal.refusal(gateway, trail, ARN, code)
    for service, operation, arguments in gateway.calls:
        assert service != "s3" or "ExpectedBucketOwner" in arguments, operation
    return said


@pytest.mark.parametrize("layout", ["exact", "accounts", "compact"])
def test_policies_that_admit_the_trail_are_said_to(layout: str) -> None:
    said = explained(bucket_of(PRODUCTION, layout=layout), key_of(PRODUCTION, layout=layout), KEY_CODE)
    assert said == f"The policy of bucket {BUCKET} admits the trail. The policy of key {KEY} admits the trail."


def test_a_policy_that_admits_the_organization_is_not_said_to_refuse() -> None:
    """Whether the account is in the organization cannot be seen from here, and CloudTrail did not say so either."""
    said = explained(bucket_of(layout="organization", organization_id="o-a1b2c3d4e5"), "{}", BUCKET_CODE)
    assert "o-a1b2c3d4e5" in said
    assert "a request without it" not in said


@pytest.mark.parametrize("layout", ["exact", "accounts", "compact"])
def test_the_statement_that_does_not_match_is_named(layout: str) -> None:
    said = explained(bucket_of(STAGING, layout=layout), "{}", BUCKET_CODE)
    assert f"The policy of bucket {BUCKET} does not admit the trail" in said
    assert "statement CentralLoggingWrite" in said
    said = explained(bucket_of(PRODUCTION), key_of(STAGING, layout=layout), KEY_CODE)
    assert f"The policy of bucket {BUCKET} admits the trail." in said
    assert f"The policy of key {KEY} does not admit the trail" in said
    assert "statement CentralLoggingEncrypt" in said


def test_another_prefix_is_named() -> None:
    said = explained(bucket_of(PRODUCTION, key_prefix="logs"), "{}", BUCKET_CODE)
    assert f"does not cover arn:aws:s3:::{BUCKET}/AWSLogs/{PRODUCTION}/" in said


def test_no_policy_at_all() -> None:
    said = explained(failure("NoSuchBucketPolicy"), "{}", BUCKET_CODE)
    assert "no statement lets cloudtrail.amazonaws.com call s3:GetBucketAcl" in said
    assert "no statement lets cloudtrail.amazonaws.com call s3:PutObject" in said


def test_a_key_that_is_not_wanted_is_not_asked_for() -> None:
    said = explained(bucket_of(PRODUCTION), {}, KEY_CODE, TrailState(name="t", bucket=BUCKET))
    assert said == f"The policy of bucket {BUCKET} admits the trail."


def test_without_access_it_says_what_has_to_be_allowed() -> None:
    said = explained(failure("AccessDenied"), "{}", KEY_CODE, as_account=PRODUCTION)
    for needed in (
        "s3:GetBucketAcl",
        f"s3:PutObject on arn:aws:s3:::{BUCKET}/AWSLogs/{PRODUCTION}/",
        "kms:GenerateDataKey",
        f"aws:SourceArn {ARN}",
        "AccessDenied",
        "log_archive_role_arn",
    ):
        assert needed in said, needed


@pytest.mark.parametrize("text", ["", "no policy", "[]", '{"Statement":["x"]}', '{"Statement":[{"Condition":"x"}]}'])
def test_a_policy_that_cannot_be_judged_does_not_break_the_explanation(text: str) -> None:
    assert BUCKET in explained(text, ROOT, BUCKET_CODE)


@pytest.mark.parametrize(
    ("code", "words"), [("KmsKeyNotFoundException", ["us-east-1", "eu-west-1", BUCKET]), ("Throttling", [])]
)
def test_other_refusals(code: str, words: list[str]) -> None:
    said = explained({}, {}, code)
    assert bool(said) is bool(words)
    for word in words:
        assert word in said


def test_regions_that_agree_or_are_not_known_explain_nothing() -> None:
    for reply in ({"BucketRegion": REGION}, {}, failure("AccessDenied")):
        gateway: Any = FakeGateway({("s3", "head_bucket"): reply})
        assert explain_refusal.refusal(gateway, TRAIL, ARN, "KmsKeyNotFoundException") == ""


@pytest.mark.parametrize("prefix", ["", "a/b"])
def test_what_is_asked_is_what_our_own_statements_allow(prefix: str) -> None:
    """By the judge, so that the questions themselves are right."""
    trail = TrailState(name="sectrailprod", bucket=BUCKET, key_prefix=prefix, kms_key=KEY)
    bucket, grants = Store(bucket_of(PRODUCTION, key_prefix=prefix)), Store(key_of(PRODUCTION))
    for store, requests in (
        (bucket, explain_refusal.bucket_requests(trail, ARN)),
        (grants, explain_refusal.key_requests(trail, ARN)),
    ):
        assert requests
        for one in requests:
            asked = judge.Request(one.action, one.resource, CLOUDTRAIL, one.context)
            assert judge.evaluate(json.dumps(store.value), asked).allowed, one
            assert not judge.evaluate(policy(), asked).allowed
