# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a policy does not let CloudTrail in: every way to fail is named, and the sandbox's judge agrees."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy.simulate import Request, refused_because

from cloudtrail_sandbox import judge
from tests.fakes.judge import CLOUDTRAIL
from tests.fakes.support import BUCKET, PRODUCTION, REGION, STAGING

ARN = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/sectrailprod"
FILE = f"arn:aws:s3:::{BUCKET}/AWSLogs/{PRODUCTION}/CloudTrail/file"
CONTEXT = {
    "aws:sourcearn": ARN,
    "aws:sourceaccount": PRODUCTION,
    "aws:securetransport": "true",
    "s3:x-amz-acl": "bucket-owner-full-control",
}
PUT = Request("s3:PutObject", FILE, CONTEXT)


def statement(**elements: Any) -> dict[str, Any]:
    whole = {
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/{PRODUCTION}/*",
        "Condition": {"StringEquals": {"aws:SourceArn": ARN, "s3:x-amz-acl": "bucket-owner-full-control"}},
        **elements,
    }
    return {name: value for name, value in whole.items() if value is not None}


def condition(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return statement(Condition={operator: {key: list(values)}})


ALLOWING = {
    "as documented": statement(),
    "no condition": statement(Condition=None),
    "everybody": statement(Principal="*"),
    "everybody in a list": statement(Principal={"AWS": ["*"]}),
    "one of several services": statement(Principal={"Service": ["x.amazonaws.com", "cloudtrail.amazonaws.com"]}),
    "wildcard in the action, other case": statement(Action=["S3:Put*"]),
    "NotAction": statement(Action=None, NotAction="s3:GetObject"),
    "wildcards in the resource": statement(Resource=["arn:aws:s3:::x", f"arn:aws:s3:::{BUCKET}/*/CloudTrail/fil?"]),
    "NotResource": statement(Resource=None, NotResource="arn:aws:s3:::another/*"),
    "StringLike": condition("StringLike", "aws:SourceArn", "x", "arn:aws:cloudtrail:*:444455556666:trail/*"),
    "ArnLike": condition("ArnLike", "AWS:SourceArn", "arn:aws:cloudtrail:*:*:trail/sectrail????"),
    "ArnEquals is like ArnLike": condition("ArnEquals", "aws:SourceArn", "arn:aws:cloudtrail:*:*:trail/*"),
    "SourceAccount": condition("StringEquals", "aws:SourceAccount", STAGING, PRODUCTION),
    "ignoring case": condition("StringEqualsIgnoreCase", "s3:x-amz-acl", "BUCKET-owner-full-control"),
    "Bool": condition("Bool", "aws:SecureTransport", True),
    "Null false": condition("Null", "aws:SourceArn", "false"),
    "Null true": condition("Null", "aws:PrincipalArn", True),
    "IfExists where it is absent": condition("StringEqualsIfExists", "aws:SourceOrgID", "o-a1b2c3d4e5"),
    "negated where it is absent": condition("StringNotEquals", "aws:SourceOrgID", "o-a1b2c3d4e5"),
    "negated": condition("ArnNotLike", "aws:SourceArn", "arn:aws:cloudtrail:*:012345678901:trail/*"),
}
REFUSING = {
    "another principal": (statement(Principal={"AWS": "111122223333"}), ""),
    "another service": (statement(Principal={"Service": "config.amazonaws.com"}), ""),
    "another action": (statement(Action="s3:GetObject"), ""),
    "NotAction": (statement(Action=None, NotAction="s3:*"), ""),
    "another folder": (statement(Resource=f"arn:aws:s3:::{BUCKET}/AWSLogs/{STAGING}/*"), "Resource does not cover"),
    "another prefix": (
        statement(Resource=f"arn:aws:s3:::{BUCKET}/p/AWSLogs/{PRODUCTION}/*"),
        "Resource does not cover",
    ),
    "the bucket only": (statement(Resource=f"arn:aws:s3:::{BUCKET}"), "Resource does not cover"),
    "case of the resource": (statement(Resource=f"arn:aws:s3:::{BUCKET}/awslogs/*"), "Resource does not cover"),
    "NotResource": (statement(Resource=None, NotResource=f"arn:aws:s3:::{BUCKET}/*"), "Resource"),
    "another trail": (condition("StringEquals", "aws:SourceArn", ARN + "2"), "StringEquals on aws:SourceArn"),
    "* is literal": (condition("StringEquals", "aws:SourceArn", ARN[:-4] + "*"), "StringEquals on aws:SourceArn"),
    "another account": (condition("StringEquals", "aws:SourceAccount", STAGING), "aws:SourceAccount"),
    "another acl": (condition("StringEquals", "s3:x-amz-acl", "private"), "s3:x-amz-acl"),
    "an absent key": (condition("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), "a request without it"),
    "Null": (condition("Null", "aws:SourceArn", "true"), "Null on aws:SourceArn"),
    "Bool": (condition("Bool", "aws:SecureTransport", "false"), "Bool on aws:SecureTransport"),
    "negated": (condition("StringNotEquals", "aws:SourceAccount", PRODUCTION), "StringNotEquals"),
    "an unknown operator": (condition("DateGreaterThan", "aws:CurrentTime", "2099-01-01"), "DateGreaterThan"),
    "NotPrincipal never allows": (statement(Principal=None, NotPrincipal={"AWS": "111122223333"}), ""),
}
DENYING = {
    "everything": statement(Effect="Deny", Principal="*", Action="*", Resource="*", Condition=None),
    "by trail": statement(Effect="Deny", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"}}),
    "who is not in the organization": statement(
        Effect="Deny", Principal="*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    ),
    "without encryption": statement(
        Effect="Deny", Principal="*", Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    ),
    "all but some": statement(
        Effect="Deny", Principal=None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}, Condition=None
    ),
    "all but some resources": statement(
        Effect="Deny", Resource=None, NotResource="arn:aws:s3:::another/*", Condition=None
    ),
}


def _judged(statements: list[dict[str, Any]], request: Request = PUT) -> bool:
    policy = {"Version": "2012-10-17", "Statement": statements}
    return judge.evaluate(policy, judge.Request(request.action, request.resource, CLOUDTRAIL, request.context)).allowed


@pytest.mark.parametrize("allowing", ALLOWING.values(), ids=ALLOWING)
def test_allowed(allowing: dict[str, Any]) -> None:
    assert _judged([allowing])
    assert refused_because({"Statement": [allowing]}, PUT) == ""
    assert refused_because({"Statement": allowing}, PUT) == "", "a statement need not be in a list"


@pytest.mark.parametrize(("refusing", "reason"), REFUSING.values(), ids=REFUSING)
def test_refused_and_why(refusing: dict[str, Any], reason: str) -> None:
    assert not _judged([refusing])
    said = refused_because({"Statement": [refusing]}, PUT)
    assert said.startswith("no statement lets cloudtrail.amazonaws.com call s3:PutObject")
    assert reason in said
    if reason:
        assert "statement Write: its " in said


@pytest.mark.parametrize("denying", DENYING.values(), ids=DENYING)
def test_denied_by_name(denying: dict[str, Any]) -> None:
    denying = {**denying, "Sid": "Denial"}
    assert not _judged([statement(), denying])
    assert refused_because({"Statement": [statement(), denying]}, PUT) == "statement Denial denies s3:PutObject"


def test_a_denial_that_does_not_apply_is_not_named() -> None:
    spares = statement(Effect="Deny", Principal={"AWS": "111122223333"})
    insecure = statement(Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert refused_because({"Statement": [spares, insecure, statement()]}, PUT) == ""


def test_all_near_misses_are_named() -> None:
    statements = [
        statement(Sid="One", Resource="arn:aws:s3:::another/*"),
        statement(Sid="Two", Condition={"StringEquals": {"aws:SourceArn": "x"}}),
        statement(Sid=None, Condition={"StringEquals": {"aws:SourceAccount": STAGING}}),
        statement(Sid="Other", Action="s3:GetObject"),
    ]
    said = refused_because({"Statement": statements}, PUT)
    assert "statement One: its Resource does not cover" in said
    assert "statement Two: its StringEquals on aws:SourceArn does not hold" in said
    assert "statement 3: its StringEquals on aws:SourceAccount does not hold" in said
    assert "Other" not in said


@pytest.mark.parametrize("policy", [{}, {"Statement": []}])
def test_an_empty_policy(policy: dict[str, Any]) -> None:
    assert refused_because(policy, PUT) == "no statement lets cloudtrail.amazonaws.com call s3:PutObject"


def test_the_judge_agrees_on_every_mix() -> None:
    chance = random.Random(4)
    pool = [*ALLOWING.values(), *(refusing for refusing, _reason in REFUSING.values()), *DENYING.values()]
    for _try in range(2000):
        chosen = chance.sample(pool, chance.randint(0, 4))
        assert (refused_because({"Statement": chosen}, PUT) == "") is _judged(chosen), chosen
