# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Simulation of one policy: the reason names every element that does not match, and the sandbox's judge agrees."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy.document import Document, StatementText
from ansible_collections.central_logging.aws.plugins.module_utils._policy.match import Match
from ansible_collections.central_logging.aws.plugins.module_utils._policy.principal import SERVICE, Principal
from ansible_collections.central_logging.aws.plugins.module_utils._policy.simulate import Decision, Request, simulate
from ansible_collections.central_logging.aws.plugins.module_utils._policy.statement import of_document

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
PUT = Request(
    principal=Principal(kind=SERVICE, name="cloudtrail.amazonaws.com"),
    action="s3:PutObject",
    resource=FILE,
    context=CONTEXT,
)
NOBODY = "no statement allows cloudtrail.amazonaws.com to call s3:PutObject"


def decision(*values: dict[str, Any], request: Request = PUT) -> Decision:
    texts = tuple(StatementText.of(value) for value in values)
    return simulate(of_document("bucket", Document(statements=texts)), request)


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
    "an absent key": (condition("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), "a request without this key"),
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


def judged(statements: Sequence[dict[str, Any]], request: Request = PUT) -> bool:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return judge.evaluate(policy, judge.Request(request.action, request.resource, CLOUDTRAIL, request.context)).allowed


@pytest.mark.parametrize("allowing", ALLOWING.values(), ids=ALLOWING)
def test_allowed(allowing: dict[str, Any]) -> None:
    assert judged([allowing])
    assert decision(allowing) == Decision(allowed=Match.YES)


@pytest.mark.parametrize(("refusing", "reason"), REFUSING.values(), ids=REFUSING)
def test_not_allowed_and_the_reason(refusing: dict[str, Any], reason: str) -> None:
    assert not judged([refusing])
    found = decision(refusing)
    assert found.allowed is (Match.MAYBE if "NotPrincipal" in refusing else Match.NO)
    assert found.reason.startswith(NOBODY)
    assert reason in found.reason
    if reason:
        assert "statement Write: its " in found.reason


@pytest.mark.parametrize("denying", DENYING.values(), ids=DENYING)
def test_an_explicit_deny_is_named(denying: dict[str, Any]) -> None:
    denying = {**denying, "Sid": "Denial"}
    assert not judged([statement(), denying])
    expected = Decision(allowed=Match.NO, reason="statement Denial denies s3:PutObject")
    assert decision(statement(), denying) == expected


def test_a_deny_that_does_not_match_is_not_named() -> None:
    for_others = statement(Effect="Deny", Principal={"AWS": "111122223333"})
    insecure = statement(Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert decision(for_others, insecure, statement()) == Decision(allowed=Match.YES)


def test_all_statements_that_come_close_are_named() -> None:
    reason = decision(
        statement(Sid="One", Resource="arn:aws:s3:::another/*"),
        statement(Sid="Two", Condition={"StringEquals": {"aws:SourceArn": "x"}}),
        statement(Sid=None, Condition={"StringEquals": {"aws:SourceAccount": STAGING}}),
        statement(Sid="Other", Action="s3:GetObject"),
    ).reason
    assert "statement One: its Resource does not cover" in reason
    assert "statement Two: its StringEquals on aws:SourceArn does not match" in reason
    assert "statement #3: its StringEquals on aws:SourceAccount does not match" in reason
    assert "Other" not in reason


def test_a_policy_without_statements() -> None:
    assert decision() == Decision(allowed=Match.NO, reason=NOBODY)


UNCERTAIN = {
    "policy variable in a value": (condition("StringEquals", "aws:SourceAccount", "${aws:SourceAccount}"), "evaluated"),
    "policy variable in the resource": (
        statement(Resource=f"arn:aws:s3:::{BUCKET}/AWSLogs/${{aws:SourceAccount}}/*"),
        "its Resource has a policy variable",
    ),
    "pattern of an ARN without six parts": (condition("ArnLike", "aws:SourceArn", "*"), "ArnLike on aws:SourceArn"),
    "ARN operator on a value that is not an ARN": (condition("ArnLike", "aws:SourceAccount", "*"), "ArnLike on"),
    "operator that AWS does not have": (condition("Unheard", "aws:SourceArn", ARN), "Unheard on aws:SourceArn"),
    "NullIfExists": (condition("NullIfExists", "aws:SourceArn", "false"), "NullIfExists on"),
    "comparison that is not evaluated": (condition("IpAddress", "aws:SourceAccount", "0.0.0.0/0"), "IpAddress on"),
    "unknown value": (condition("DateLessThan", "aws:CurrentTime", "2099-01-01"), "a value that is unknown"),
    "unknown membership": (
        condition("StringEquals", "aws:SourceOrgID", "o-a1b2c3d4e5"),
        "it allows members of o-a1b2c3d4e5; the account's membership is unknown",
    ),
    "unknown effect": (statement(Effect="allow"), "its Effect is 'allow'"),
    "unknown element": (statement(Principle="x"), "it has an element Principle"),
    "unknown principal": (statement(Principal={"AWS": "what is this"}), "its Principal does not clearly name"),
    "Allow with NotPrincipal": (
        statement(Principal=None, NotPrincipal={"AWS": "111122223333"}),
        "its NotPrincipal does not clearly name",
    ),
}
TIMED = replace(PUT, unknown=frozenset({"aws:currenttime", "aws:sourceorgid"}))


@pytest.mark.parametrize(("unclear", "reason"), UNCERTAIN.values(), ids=UNCERTAIN)
def test_an_unclear_allow_does_not_count_as_one(unclear: dict[str, Any], reason: str) -> None:
    found = decision(unclear, request=TIMED)
    assert found.allowed is Match.MAYBE
    assert found.reason.startswith(NOBODY)
    assert reason in found.reason
    assert decision(unclear, statement(Sid="Clear"), request=TIMED) == Decision(allowed=Match.YES)


@pytest.mark.parametrize("unclear", [value for value, _reason in UNCERTAIN.values() if value["Effect"] == "Allow"])
def test_an_unclear_deny_is_named(unclear: dict[str, Any]) -> None:
    found = decision(statement(), {**unclear, "Effect": "Deny", "Sid": "Denial"}, request=TIMED)
    if "NotPrincipal" in unclear:
        assert found.allowed is Match.NO  # AWS supports NotPrincipal with Deny
    else:
        assert found.allowed is Match.MAYBE
        assert found.reason.startswith("statement Denial may deny s3:PutObject (")


def test_the_judge_agrees_on_every_mix() -> None:
    chance = random.Random(4)
    pool = [*ALLOWING.values(), *(refusing for refusing, _reason in REFUSING.values()), *DENYING.values()]
    for _try in range(2000):
        chosen = chance.sample(pool, chance.randint(0, 4))
        assert (decision(*chosen).allowed is Match.YES) is judged(chosen), chosen
