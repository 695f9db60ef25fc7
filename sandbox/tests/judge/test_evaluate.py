# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts on whole policies: elements, precedence, versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudtrail_sandbox.judge import Principal, Request, Verdict, evaluate, evaluate_identity

BOB = Principal("user", arn="arn:aws:iam::444455556666:user/Bob")
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
VERSION = "2012-10-17"


def ask(action: str, resource: str = f"{BUCKET}/a", **context: str) -> Request:
    return Request(action, resource, BOB, {key.replace("_", ":"): value for key, value in context.items()})


def policy(*statements: dict[str, Any], version: str | None = VERSION) -> dict[str, Any]:
    return {**({"Version": version} if version else {}), "Statement": list(statements)}


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", **elements}


def deny(**elements: Any) -> dict[str, Any]:
    return {**allow(**elements), "Effect": "Deny"}


@pytest.mark.parametrize(
    ("elements", "action", "expected"),
    [
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
        ({"Action": "s3:GetObject"}, "s3:GetObject", True),
        ({"Action": "S3:getobject"}, "s3:GetObject", True),
        ({"Action": "s3:*"}, "s3:GetObject", True),
        ({"Action": "*"}, "s3:GetObject", True),
        ({"Action": "s3:Get*"}, "s3:PutObject", False),
        ({"Action": "iam:*AccessKey*"}, "iam:ListAccessKeys", True),
        ({"Action": "iam:*AccessKey*"}, "iam:ListUsers", False),
        ({"Action": "s3:GetObjec?"}, "s3:GetObject", True),
        ({"Action": ["s3:PutObject", "s3:GetObject"]}, "s3:GetObject", True),
        ({"Action": "kms:GenerateDataKey*"}, "kms:GenerateDataKeyWithoutPlaintext", True),
        ({"Action": []}, "s3:GetObject", False),
        ({}, "s3:GetObject", False),
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
        ({"NotAction": "iam:*"}, "s3:GetObject", True),
        ({"NotAction": "S3:DELETE*"}, "s3:DeleteObject", False),
        ({"NotAction": ["s3:DeleteBucket", "s3:DeleteObject"]}, "s3:PutObject", True),
    ],
)
def test_action(elements: dict[str, Any], action: str, expected: bool) -> None:
    assert evaluate(policy(allow(Resource="*", **elements)), ask(action)).allowed is expected


@pytest.mark.parametrize(
    ("elements", "resource", "expected"),
    [
        ({"Resource": BUCKET}, BUCKET, True),
        ({"Resource": [BUCKET, f"{BUCKET}/*"]}, f"{BUCKET}/a/b", True),
        ({"Resource": f"{BUCKET}/*"}, BUCKET, False),
        ({"Resource": []}, BUCKET, False),
        ({}, BUCKET, False),
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
        ({"NotResource": [f"{BUCKET}/Payroll", f"{BUCKET}/Payroll/*"]}, f"{BUCKET}/Payroll/1", False),
        ({"NotResource": [f"{BUCKET}/Payroll", f"{BUCKET}/Payroll/*"]}, f"{BUCKET}/other", True),
        # a variable without a value matches no resource, so that NotResource is about all of them
        ({"Resource": f"{BUCKET}/${{aws:username}}/*"}, f"{BUCKET}//a", False),
        ({"NotResource": f"{BUCKET}/${{aws:username}}/*"}, f"{BUCKET}//a", True),
    ],
)
def test_resource(elements: dict[str, Any], resource: str, expected: bool) -> None:
    assert evaluate(policy(allow(Action="*", **elements)), ask("s3:GetObject", resource)).allowed is expected


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
ALLOW, DENY = allow(Sid="Yes", Action="s3:*", Resource="*"), deny(Sid="No", Action="s3:Delete*", Resource="*")


@pytest.mark.parametrize(
    ("statements", "action", "expected"),
    [
        ([], "s3:GetObject", Verdict("implicit_deny")),
        ([ALLOW], "s3:GetObject", Verdict("allow", "Yes")),
        ([ALLOW], "kms:Decrypt", Verdict("implicit_deny")),
        ([ALLOW, DENY], "s3:DeleteObject", Verdict("explicit_deny", "No")),
        ([DENY, ALLOW], "s3:DeleteObject", Verdict("explicit_deny", "No")),
        ([DENY, ALLOW], "s3:GetObject", Verdict("allow", "Yes")),
        ([DENY], "s3:GetObject", Verdict("implicit_deny")),
        ([DENY], "s3:DeleteObject", Verdict("explicit_deny", "No")),
        ([DENY, allow(Action="s3:*", Resource="*"), ALLOW], "s3:GetObject", Verdict("allow", "#1")),
        ([{**ALLOW, "Effect": "allow"}], "s3:GetObject", Verdict("implicit_deny")),
        ([{**ALLOW, "Principal": {"AWS": "111122223333"}}], "s3:GetObject", Verdict("implicit_deny")),
    ],
)
def test_explicit_deny_wins_and_nothing_is_a_deny(
    statements: list[dict[str, Any]], action: str, expected: Verdict
) -> None:
    assert evaluate(policy(*statements), ask(action)) == expected
    assert evaluate(json.dumps(policy(*statements)), ask(action)) == expected
    assert expected.allowed is (expected.decision == "allow")


@pytest.mark.parametrize("nothing", [None, "{}", {}, {"Version": VERSION}])
def test_no_policy_allows_nothing(nothing: Any) -> None:
    assert evaluate(nothing, ask("s3:GetObject")) == Verdict("implicit_deny")


def test_a_text_that_is_not_json_is_an_error() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        evaluate("allow everything", ask("s3:GetObject"))


def test_one_statement_without_a_list() -> None:
    assert evaluate({"Version": VERSION, "Statement": ALLOW}, ask("s3:GetObject")) == Verdict("allow", "Yes")


@pytest.mark.parametrize(
    ("effect", "expected"), [("Allow", Verdict("implicit_deny")), ("Deny", Verdict("explicit_deny", "#0"))]
)
def test_an_unknown_operator_never_allows(effect: str, expected: Verdict) -> None:
    for condition in ({"StringEqual": {"a": "1"}}, {"StringEquals": {"a": "2"}, "StringEqual": {"a": "1"}}):
        statement = {**allow(Action="*", Resource="*", Condition=condition), "Effect": effect}
        assert evaluate(policy(statement), ask("s3:GetObject", a="1")) == expected
    elsewhere = {**allow(Action="kms:*", Resource="*", Condition={"StringEqual": {"a": "1"}}), "Effect": effect}
    assert evaluate(policy(elsewhere), ask("s3:GetObject")) == Verdict("implicit_deny")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
@pytest.mark.parametrize(("version", "expected"), [(VERSION, True), ("2008-10-17", False), (None, False)])
def test_variables_need_the_current_version(version: str | None, expected: bool) -> None:
    home = allow(Action="s3:GetObject", Resource=f"{BUCKET}/${{aws:username}}/*")
    assert evaluate(
        policy(home, version=version), ask("s3:GetObject", f"{BUCKET}/Bob/a", aws_username="Bob")
    ).allowed is (expected)
    own = allow(Action="*", Resource="*", Condition={"StringEquals": {"s3:prefix": "${aws:username}"}})
    assert (
        evaluate(policy(own, version=version), ask("s3:Get", s3_prefix="Bob", aws_username="Bob")).allowed is expected
    )
    literal = ask("s3:Get", s3_prefix="${aws:username}", aws_username="Bob")
    assert evaluate(policy(own, version=version), literal).allowed is not expected


ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/CentralLogging"}
NO_ROLES = {"Sid": "NoRoles", "Effect": "Deny", "Action": "sts:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("policies", "role", "expected"),
    [
        ([policy(ASSUME)], "CentralLogging", Verdict("allow", "#0")),
        ([policy(ASSUME)], "Admin", Verdict("implicit_deny")),
        ([], "CentralLogging", Verdict("implicit_deny")),
        ([policy(), policy(ASSUME)], "CentralLogging", Verdict("allow", "#0")),
        ([policy(ASSUME), policy(NO_ROLES)], "CentralLogging", Verdict("explicit_deny", "NoRoles")),
        ([policy(NO_ROLES), policy(ASSUME)], "CentralLogging", Verdict("explicit_deny", "NoRoles")),
    ],
)
def test_identity_policies_have_no_principal(policies: list[dict[str, Any]], role: str, expected: Verdict) -> None:
    request = ask("sts:AssumeRole", f"arn:aws:iam::111122223333:role/{role}")
    assert evaluate_identity(policies, request) == expected
    assert evaluate(policy(ASSUME), request) == Verdict("implicit_deny")


def test_each_identity_policy_has_its_own_version() -> None:
    own = {"Effect": "Allow", "Action": "*", "Resource": f"{BUCKET}/${{aws:username}}/*"}
    request = ask("s3:GetObject", f"{BUCKET}/Bob/a", aws_username="Bob")
    old, new = policy(own, version="2008-10-17"), policy(own)
    assert not evaluate_identity([old], request).allowed
    assert evaluate_identity([old, new], request).allowed
    assert evaluate_identity([new, old], request).allowed


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: missing fields are completed with wildcards.
@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:sqs", True),
        ("arn:aws:sqs:eu-central-1", True),
        ("arn:aws:sqs:eu-central-1:111122223333", True),
        ("arn:aws:sqs:eu-central-1:111122223333:queue1", True),
        ("arn:aws:sqs:us-east-1", False),
        ("arn:aws:sqs:eu-central-1:444455556666", False),
        ("arn:aws:sns", False),
        ("arn:aws:sqs:eu-central-1:111122223333:", False),
        ("arn", False),
        ("", False),
    ],
)
def test_incomplete_arns_are_completed(resource: str, expected: bool) -> None:
    queue = "arn:aws:sqs:eu-central-1:111122223333:queue1"
    request = Request("sqs:SendMessage", queue, Principal("user", arn="arn:aws:iam::111122223333:user/Bob"), {})
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": resource}
    assert evaluate_identity([{"Version": "2012-10-17", "Statement": statement}], request).allowed is expected
