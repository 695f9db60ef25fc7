# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which key policies KMS accepts, and which trust and identity policies IAM accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudtrail_sandbox.judge import MalformedPolicy, check_identity_policy, check_key_policy, check_trust_policy

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/CentralLogging"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/CentralLogging/ansible"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
EXISTING = {ACCOUNT, ROOT, ADMIN, USER, "cloudtrail.amazonaws.com"}
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
ENABLE_IAM = {
    "Sid": "Enable IAM User Permissions",
    "Effect": "Allow",
    "Principal": {"AWS": ROOT},
    "Action": "kms:*",
    "Resource": "*",
}
DESCRIBE = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": "kms:DescribeKey",
    "Resource": "*",
}
NO_VALID_RESOURCE = "Policy contains a statement with no valid resource."
BAD_OPERATOR = "Invalid Condition type : StringEqual"
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
NOT_JSON = "This policy contains invalid Json"


def text(*statements: Any, **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", **elements, "Statement": list(statements)}, ensure_ascii=False)


def changed(statement: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The statement with other elements; None takes one out."""
    return {name: value for name, value in {**statement, **changes}.items() if value is not None}


def check_key(document: str, caller: str = ADMIN, bypass: bool = False) -> dict[str, Any]:
    return check_key_policy(document, ACCOUNT, caller, EXISTING.__contains__, bypass)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("", NOT_JSON),
        ("[]", NOT_JSON),
        (text(ENABLE_IAM, changed(DESCRIBE, Action=None)), "Policy contains a statement with no action."),
        (text(ENABLE_IAM, changed(DESCRIBE, Action=[])), "Policy contains a statement with no action."),
        (text(ENABLE_IAM, changed(DESCRIBE, Resource=None)), NO_VALID_RESOURCE),
        (
            text(ENABLE_IAM, changed(DESCRIBE, Resource="arn:aws:kms:*")),
            "Policy contains a statement with no valid resource.",
        ),
        (
            text(ENABLE_IAM, changed(DESCRIBE, Resource=None, NotResource="*")),
            "Policy contains a statement with no valid resource.",
        ),
        (text(ENABLE_IAM, changed(DESCRIBE, Principal=None)), "Policy contains a statement with no principal."),
        (
            text(ENABLE_IAM, changed(DESCRIBE, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/Ghost"})),
            "Policy contains a statement with one or more invalid principals.",
        ),
        (
            text(ENABLE_IAM, changed(DESCRIBE, Principal={"AWS": "AROACKCEVSQ6C2EXAMPLE"})),
            "Policy contains a statement with one or more invalid principals.",
        ),
        (
            text(ENABLE_IAM, changed(DESCRIBE, Principal=None, NotPrincipal={"AWS": ROOT})),
            "Allow with NotPrincipal is not allowed.",
        ),
        (
            text(ENABLE_IAM, changed(DESCRIBE, Condition={"StringEqual": {"a": "b"}})),
            "Invalid Condition type : StringEqual",
        ),
        (text(changed(ENABLE_IAM, Sid="日本")), "Invalid policy syntax."),
        (text(ENABLE_IAM, Version="2012-10-18"), "The policy must contain a valid version string"),
        (json.dumps({"Statement": [ENABLE_IAM]}), "The policy must contain a valid version string"),
    ],
)
def test_refused_key_policies(document: str, sentence: str) -> None:
    for bypass in (False, True):
        with pytest.raises(MalformedPolicy) as caught:
            check_key(document, bypass=bypass)
        assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "document",
    [
        text(ENABLE_IAM),
        text(ENABLE_IAM, DESCRIBE, DESCRIBE, Id="key-default-1"),
        text(ENABLE_IAM, Version="2008-10-17"),
        text(changed(ENABLE_IAM, Sid="Schlüssel für Protokolle", Resource=["*"])),
        text(ENABLE_IAM, changed(DESCRIBE, Action=None, NotAction="kms:Decrypt")),
        text(changed(ENABLE_IAM, Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})),
    ],
)
def test_accepted_key_policies(document: str) -> None:
    for caller in (ROOT, ADMIN, SESSION, USER):
        assert check_key(document, caller) == json.loads(document)


ONLY_ADMIN = changed(ENABLE_IAM, Principal={"AWS": ADMIN})


# https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
@pytest.mark.parametrize(
    ("statements", "caller", "accepted"),
    [
        ([DESCRIBE], ADMIN, False),
        ([ONLY_ADMIN], ADMIN, True),
        ([ONLY_ADMIN], SESSION, True),
        ([ONLY_ADMIN], USER, False),
        ([ONLY_ADMIN], ROOT, False),
        ([changed(ONLY_ADMIN, Action="kms:Put*")], ADMIN, True),
        ([changed(ONLY_ADMIN, Action="kms:Encrypt")], ADMIN, False),
        ([ENABLE_IAM], "arn:aws:iam::444455556666:role/CentralLogging", False),
        ([ENABLE_IAM, changed(ONLY_ADMIN, Effect="Deny", Action="kms:PutKeyPolicy")], ADMIN, False),
        ([ENABLE_IAM, changed(ONLY_ADMIN, Effect="Deny", Action="kms:PutKeyPolicy")], USER, True),
        ([changed(ENABLE_IAM, Condition={"ArnLike": {"aws:PrincipalArn": ADMIN}})], SESSION, True),
        ([changed(ENABLE_IAM, Condition={"ArnLike": {"aws:PrincipalArn": ADMIN}})], USER, False),
    ],
)
def test_lockout(statements: list[Any], caller: str, accepted: bool) -> None:
    document = text(*statements)
    assert check_key(document, caller, bypass=True) == json.loads(document)
    if accepted:
        assert check_key(document, caller) == json.loads(document)
        return
    with pytest.raises(MalformedPolicy) as caught:
        check_key(document, caller)
    assert str(caught.value) == LOCKED_OUT


TRUST = {"Sid": "Operators", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
UNIQUE = "Statement IDs (SID) in a single policy must be unique."
ALPHANUMERIC = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (text(TRUST), None),
        (text(changed(TRUST, Condition={"StringEquals": {"sts:ExternalId": "unguessable"}})), None),
        (text(changed(TRUST, Action=["sts:AssumeRole", "sts:TagSession"])), None),
        ("{", NOT_JSON),
        (text(changed(TRUST, Principal=None)), "Missing required field Principal"),
        (text(changed(TRUST, Principal={"AWS": "999999999999"})), "Invalid principal in policy"),
        (text(changed(TRUST, Principal=None, NotPrincipal="*")), "Has prohibited field NotPrincipal"),
        (text(changed(TRUST, Resource="*")), "Has prohibited field Resource"),
        (text(changed(TRUST, Action=None)), "Policy statement must contain actions."),
        (text(changed(TRUST, Action="s3:GetObject")), "AssumeRole policy may only specify STS AssumeRole actions."),
        (
            text(changed(TRUST, Action=["sts:AssumeRole", "iam:*"])),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (text(TRUST, changed(TRUST, Sid="a b")), ALPHANUMERIC),
        (text(TRUST, TRUST), UNIQUE),
        (text(changed(TRUST, Sid="with space")), ALPHANUMERIC),
    ],
)
def test_trust_policies(document: str, sentence: str | None) -> None:
    if sentence is None:
        assert check_trust_policy(document, EXISTING.__contains__) == json.loads(document)
        return
    with pytest.raises(MalformedPolicy) as caught:
        check_trust_policy(document, EXISTING.__contains__)
    assert str(caught.value) == sentence


IDENTITY = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "cloudtrail:GetTrail"], "Resource": "*"}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (text(IDENTITY), None),
        (text(IDENTITY, changed(IDENTITY, Sid=None), changed(IDENTITY, Sid=None)), None),
        (text(changed(IDENTITY, Action="*", Resource="arn:aws:s3:::*")), None),
        (text(changed(IDENTITY, Action=None, NotAction="iam:*")), None),
        ("allow", NOT_JSON),
        (text(changed(IDENTITY, Principal="*")), "Policy document should not specify a principal."),
        (text(changed(IDENTITY, Effect="Permit")), "Invalid effect: Permit"),
        (text(changed(IDENTITY, Action=None)), "Policy statement must contain actions."),
        (text(changed(IDENTITY, Resource=None)), "Policy statement must contain resources."),
        (
            text(changed(IDENTITY, Action="GetObject")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (text(changed(IDENTITY, Resource="bucket")), 'Resource bucket must be in ARN format or "*".'),
        (text(IDENTITY, IDENTITY), UNIQUE),
        (text(changed(IDENTITY, Sid="a-b")), ALPHANUMERIC),
        (text(IDENTITY, Id="x"), "Syntax errors in policy."),
        (text(IDENTITY, Comment="x"), "Syntax errors in policy."),
    ],
)
def test_identity_policies(document: str, sentence: str | None) -> None:
    if sentence is None:
        assert check_identity_policy(document) == json.loads(document)
        return
    with pytest.raises(MalformedPolicy) as caught:
        check_identity_policy(document)
    assert str(caught.value) == sentence
