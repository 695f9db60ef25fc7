# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which bucket policies S3 accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudtrail_sandbox.judge import MalformedPolicy, check_bucket_policy, minified_size

BUCKET = "secprod-multiaccount-logs"
ARN = f"arn:aws:s3:::{BUCKET}"
EXISTING = {"111122223333", "arn:aws:iam::111122223333:role/Reader", "cloudtrail.amazonaws.com"}
GOOD = {
    "Sid": "Write logs",
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"{ARN}/AWSLogs/111122223333/*",
    "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "111122223333"}},
}
FIRST_BYTE = "Policies must be valid JSON and the first byte must be '{'"
NOT_JSON = "This policy contains invalid Json"
NO_EFFECT = "Missing required field Effect"
NO_PRINCIPAL = "Missing required field Principal"
INCOMPLETE = "Statement is missing required element"
BAD_PRINCIPAL = "Invalid principal in policy"
BAD_ACTION = "Policy has invalid action"
BAD_RESOURCE = "Policy has invalid resource"
BAD_KEY = "Policy has an invalid condition key"
NO_RESOURCE = "Action does not apply to any resource(s) in statement"
NO_COMBINATION = "Conditions do not apply to combination of actions and resources in statement"
VERSION = "The policy must contain a valid version string"
SYNTAX = "Invalid policy syntax."


def check(text: str) -> dict[str, Any]:
    return check_bucket_policy(text, BUCKET, EXISTING.__contains__)


def refusal(text: str) -> str:
    with pytest.raises(MalformedPolicy) as caught:
        check(text)
    return str(caught.value)


def statement(**changes: Any) -> dict[str, Any]:
    """GOOD with other elements; None takes one out."""
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not None}


def text(*statements: Any, **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", **elements, "Statement": list(statements)})


@pytest.mark.parametrize(
    "accepted",
    [
        text(GOOD),
        text(GOOD, Id="central logging"),
        text(GOOD, Version="2008-10-17"),
        json.dumps({"Statement": GOOD}),
        # foreign policies may repeat a Sid, and write any characters in it
        text(GOOD, GOOD),
        text(statement(Sid="S3PolicyStmt-DO-NOT-MODIFY-1415029935840"), statement(Sid="")),
        text(statement(Principal="*", Effect="Deny")),
        text(statement(Principal={"AWS": ["111122223333", "arn:aws:iam::111122223333:role/Reader", "*"]})),
        text(statement(Principal={"CanonicalUser": "79a59df9", "Federated": "accounts.google.com"})),
        text(statement(Principal=None, NotPrincipal={"AWS": "111122223333"}, Effect="Deny")),
        text(statement(Action="s3:*", Resource=[ARN, f"{ARN}/*"], Condition=None)),
        text(statement(Action="*", Resource=ARN, Condition=None)),
        text(statement(Action=["s3:GetBucketAcl", "s3:PutObject"], Resource=[ARN, f"{ARN}/*"], Condition=None)),
        text(statement(Action="S3:getbucketacl", Resource=ARN, Condition=None)),
        text(statement(Action=None, NotAction="s3:DeleteObject", Condition=None)),
        text(statement(Resource=None, NotResource=f"{ARN}/public/*")),
        text(statement(Resource=f"{ARN}/AWSLogs/${{aws:SourceAccount}}/*")),
        text(statement(Condition={"Bool": {"AWS:securetransport": False}, "Null": {"aws:PrincipalTag/team": True}})),
        text(statement(Condition={"ForAnyValue:StringLikeIfExists": {"aws:PrincipalOrgPaths": ["o-1/*"]}})),
        text(statement(Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}})),
        text(
            statement(Action="s3:ListBucket", Resource=ARN, Condition={"StringLike": {"s3:prefix": ["", "AWSLogs/*"]}})
        ),
        text(statement(Condition={})),
    ],
)
def test_accepted(accepted: str) -> None:
    assert check(accepted) == json.loads(accepted)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("", FIRST_BYTE),
        ("null", FIRST_BYTE),
        ("[]", FIRST_BYTE),
        ("allow", FIRST_BYTE),
        ("\n" + text(GOOD), FIRST_BYTE),
        ("\ufeff" + text(GOOD), FIRST_BYTE),
        ('{"Statement": [}', NOT_JSON),
        (text(statement(Condition={"NumericEquals": {"s3:TlsVersion": float("nan")}})), NOT_JSON),
        ('{"Statement":' + "[" * 100_000, NOT_JSON),
        ('{"Statement": null}', "Could not parse the policy: Statement is empty!"),
        ("{}", "Missing required field Statement"),
        (text(), "Could not parse the policy: Statement is empty!"),
        (text("Allow"), SYNTAX),
        (json.dumps({"Statement": "Allow"}), SYNTAX),
        (text(GOOD, Version="2012-10-18"), VERSION),
        (text(GOOD, Version=""), VERSION),
        (text(GOOD, Version=None), VERSION),
        (text(GOOD, Id=1), SYNTAX),
        (text(GOOD, Comment="hello"), "Unknown field Comment"),
        (json.dumps({"version": "2012-10-17", "Statement": [GOOD]}), "Unknown field version"),
        ('{"Statement": [{"Effect": "Deny", "Effect": "Allow"}]}', "Statement/policy already has instance of Effect"),
    ],
)
def test_document(document: str, sentence: str) -> None:
    assert refusal(document) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Comment": "hello"}, "Unknown field Comment"),
        ({"Sid": 1}, SYNTAX),
        ({"Effect": None}, NO_EFFECT),
        ({"Effect": "allow"}, "Invalid effect: allow"),
        ({"Principal": None}, NO_PRINCIPAL),
        ({"NotPrincipal": "*"}, "Statement/policy already has instance of Principal"),
        ({"NotAction": "s3:*"}, "Statement/policy already has instance of Action"),
        ({"NotResource": ARN}, "Statement/policy already has instance of Resource"),
        ({"Principal": None, "NotPrincipal": {"AWS": "111122223333"}}, "Allow with NotPrincipal is not allowed."),
        # principals that do not exist, or are none
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/Ghost"}}, BAD_PRINCIPAL),
        ({"Principal": {"AWS": ["111122223333", "AROACKCEVSQ6C2EXAMPLE"]}}, BAD_PRINCIPAL),
        ({"Principal": {"AWS": 111122223333}}, BAD_PRINCIPAL),
        ({"Principal": {"AWS": [{"account": "111122223333"}]}}, BAD_PRINCIPAL),
        ({"Principal": {"AWS": []}}, BAD_PRINCIPAL),
        ({"Principal": {"Service": "*"}}, BAD_PRINCIPAL),
        ({"Principal": {"Service": "cloudtrial.amazonaws.com"}}, BAD_PRINCIPAL),
        ({"Principal": {"Account": "111122223333"}}, BAD_PRINCIPAL),
        ({"Principal": "111122223333"}, BAD_PRINCIPAL),
        ({"Principal": ["*"]}, BAD_PRINCIPAL),
        ({"Principal": {}}, BAD_PRINCIPAL),
        ({"Principal": None, "NotPrincipal": {"AWS": "999999999999"}, "Effect": "Deny"}, BAD_PRINCIPAL),
        # actions
        ({"Action": None}, INCOMPLETE),
        ({"Action": []}, INCOMPLETE),
        ({"Action": 1}, SYNTAX),
        ({"Action": "kms:Decrypt"}, BAD_ACTION),
        ({"Action": ["s3:PutObject", "ec2:*"]}, BAD_ACTION),
        ({"Action": "s3:PutObjects"}, BAD_ACTION),
        ({"Action": "PutObject"}, BAD_ACTION),
        ({"Action": None, "NotAction": "kms:*"}, BAD_ACTION),
        # resources
        ({"Resource": None}, INCOMPLETE),
        ({"Resource": []}, INCOMPLETE),
        ({"Resource": {"arn": ARN}}, SYNTAX),
        ({"Resource": "*"}, BAD_RESOURCE),
        ({"Resource": "arn:aws:s3:::another-bucket/*"}, BAD_RESOURCE),
        ({"Resource": [f"{ARN}/*", "arn:aws:s3:::*"]}, BAD_RESOURCE),
        ({"Resource": f"{ARN}2/*"}, BAD_RESOURCE),
        ({"Resource": f"{BUCKET}/*"}, BAD_RESOURCE),
        ({"Resource": f"arn:aws:s3::111122223333:{BUCKET}/*"}, BAD_RESOURCE),
        ({"Resource": None, "NotResource": "*"}, BAD_RESOURCE),
        # actions on the bucket, and actions on its objects
        ({"Resource": ARN}, NO_RESOURCE),
        ({"Action": "s3:GetBucketAcl", "Condition": None}, NO_RESOURCE),
        ({"Action": ["s3:PutObject", "s3:GetBucketAcl"], "Condition": None}, NO_RESOURCE),
        ({"Action": "s3:ListBucket*", "Condition": None}, NO_RESOURCE),
        # conditions
        ({"Condition": []}, SYNTAX),
        ({"Condition": {"StringEquals": "a"}}, SYNTAX),
        ({"Condition": {"StringEquals": {"aws:SourceArn": None}}}, SYNTAX),
        ({"Condition": {"StringEquals": {"aws:SourceArn": ["a", None]}}}, SYNTAX),
        ({"Condition": {"StringEquals": {"aws:SourceArn": []}}}, SYNTAX),
        ({"Condition": {"StringEquals": {"aws:SourceArn": {"a": "b"}}}}, SYNTAX),
        ({"Condition": {"StringEqual": {"aws:SourceArn": "a"}}}, "Invalid Condition type : StringEqual"),
        ({"Condition": {"NullIfExists": {"aws:SourceArn": "a"}}}, "Invalid Condition type : NullIfExists"),
        ({"Condition": {"StringEquals": {"aws:SourceARNs": "a"}}}, BAD_KEY),
        ({"Condition": {"StringEquals": {"kms:CallerAccount": "a"}}}, BAD_KEY),
        ({"Condition": {"StringEquals": {"s3:prefix": "a"}}}, NO_COMBINATION),
        ({"Action": ["s3:PutObject", "s3:GetBucketAcl"], "Resource": [ARN, f"{ARN}/*"]}, NO_COMBINATION),
    ],
)
def test_statement(changes: dict[str, Any], sentence: str) -> None:
    bad = statement(**changes)
    assert refusal(text(bad)) == sentence
    assert refusal(text(GOOD, bad)) == sentence
    assert refusal(json.dumps({"Statement": bad})) == sentence


@pytest.mark.parametrize(
    ("document", "size"),
    [
        ("{}", 2),
        (' {\n\t"a" : [ 1 , "b c" ] }\r\n', 15),
        ('{"a b":" \\" x "}', 16),
        ('{"a":"é"}', 10),
        ('{"a":"\\\\" , "b":1}', 16),
        ("not { json", 9 - 1),
    ],
)
def test_minified_size(document: str, size: int) -> None:
    assert minified_size(document) == size


def test_minified_size_is_that_of_compact_json() -> None:
    compact = json.dumps({"Version": "2012-10-17", "Statement": [GOOD] * 50}, separators=(",", ":"))
    assert minified_size(json.dumps(json.loads(compact), indent=4)) == minified_size(compact) == len(compact)
