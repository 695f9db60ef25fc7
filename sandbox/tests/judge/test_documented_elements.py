# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's documented examples of elements and of the evaluation logic, with the page and what the page says.

The pages are parts of https://docs.aws.amazon.com/IAM/latest/UserGuide/, read in November 2026 and, where a page has
fewer examples now, in AWS's archive of June 2023 (awsdocs/iam-user-guide on GitHub).
"""

from __future__ import annotations

from typing import Any

import pytest

from cloudtrail_sandbox.judge import Principal, Request, evaluate, extremes

ACTION = "reference_policies_elements_action.html"
NOTACTION = "reference_policies_elements_notaction.html"
RESOURCE = "reference_policies_elements_resource.html"
NOTRESOURCE = "reference_policies_elements_notresource.html"
PRINCIPAL = "reference_policies_elements_principal.html"
NOTPRINCIPAL = "reference_policies_elements_notprincipal.html"
VARIABLES = "reference_policies_variables.html"
LOGIC = "reference_policies_evaluation-logic_policy-eval-denyallow.html"

BOB = Principal("user", arn="arn:aws:iam::444455556666:user/Bob", canonical_user="79a59df9")
ALICE = Principal("user", arn="arn:aws:iam::444455556666:user/Alice")
STRANGER = Principal("user", arn="arn:aws:iam::111122223333:user/Bob")
ROOT = Principal("root", arn="arn:aws:iam::444455556666:root")
AUDIT = Principal(
    "role",
    arn="arn:aws:iam::444455556666:role/cross-account-read-only-role",
    session_arn="arn:aws:sts::444455556666:assumed-role/cross-account-read-only-role/cross-account-audit-app",
)
FEDERATED = Principal("federated", session_arn="arn:aws:sts::444455556666:federated-user/Carol")
ECS = Principal("service", service="ecs.amazonaws.com")
ANONYMOUS = Principal("anonymous")
ACCOUNT = "arn:aws:iam::444455556666:root"
BUCKET = "arn:aws:s3:::BUCKETNAME"
EVERYBODY: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}

ALLOW, DENY, NOTHING = "allow", "explicit_deny", "implicit_deny"


def allow(**elements: Any) -> dict[str, Any]:
    return {name: value for name, value in {**EVERYBODY, **elements}.items() if value is not None}


def deny(**elements: Any) -> dict[str, Any]:
    return allow(Effect="Deny", **elements)


def named(names: Any) -> dict[str, Any]:
    return allow(Principal=names)


EXCEPT_BOB = deny(Principal=None, NotPrincipal={"AWS": [BOB.arn, ACCOUNT]}, Action="s3:*")
EXCEPT_AUDIT = deny(Principal=None, NotPrincipal={"AWS": [AUDIT.session_arn, AUDIT.arn, ACCOUNT]}, Action="s3:*")
BUT_ONE_USER = deny(Action="s3:*", Condition={"ArnNotEquals": {"aws:PrincipalArn": BOB.arn}})
PAYROLL = deny(Resource=None, NotResource=["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"])
MFA = deny(Action=None, NotAction="iam:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
HOME = allow(Resource="arn:aws:s3:::mybucket/${aws:username}/*")
GET, ITEM = "s3:GetObject", f"{BUCKET}/a"

ROWS: list[tuple[str, str, list[dict[str, Any]], Principal, str, str, str]] = [
    (
        ACTION,
        "the prefix and the name are case insensitive",
        [allow(Action="IAM:listaccesskeys")],
        BOB,
        "iam:ListAccessKeys",
        "*",
        ALLOW,
    ),
    (ACTION, "applies to all S3 actions", [allow(Action="s3:*")], BOB, GET, ITEM, ALLOW),
    (ACTION, "applies to all S3 actions", [allow(Action="s3:*")], BOB, "kms:Decrypt", ITEM, NOTHING),
    *(
        (ACTION, "*AccessKey*", [allow(Action="iam:*AccessKey*")], BOB, f"iam:{verb}AccessKey{end}", "*", ALLOW)
        for verb, end in (("Create", ""), ("Delete", ""), ("List", "s"), ("Update", ""))
    ),
    (
        NOTACTION,
        "except for deleting a bucket",
        [allow(Action=None, NotAction="s3:DeleteBucket", Resource="arn:aws:s3:::*")],
        BOB,
        "s3:DeleteBucket",
        BUCKET,
        NOTHING,
    ),
    (
        NOTACTION,
        "all of the S3 actions",
        [allow(Action=None, NotAction="s3:DeleteBucket", Resource="arn:aws:s3:::*")],
        BOB,
        "s3:PutBucketPolicy",
        BUCKET,
        ALLOW,
    ),
    (
        NOTACTION,
        "ListAllMyBuckets requires the * resource",
        [allow(Action=None, NotAction="s3:DeleteBucket", Resource="arn:aws:s3:::*")],
        BOB,
        "s3:ListAllMyBuckets",
        "*",
        NOTHING,
    ),
    (
        NOTACTION,
        "every service except for IAM",
        [allow(Action=None, NotAction="iam:*")],
        BOB,
        "ec2:RunInstances",
        "*",
        ALLOW,
    ),
    (
        NOTACTION,
        "every service except for IAM",
        [allow(Action=None, NotAction="iam:*")],
        BOB,
        "iam:ListUsers",
        "*",
        NOTHING,
    ),
    (NOTACTION, "denies non-IAM actions without MFA", [EVERYBODY, MFA], BOB, GET, ITEM, DENY),
    (NOTACTION, "except IAM actions", [EVERYBODY, MFA], BOB, "iam:ListUsers", "*", ALLOW),
    (NOTACTION, "does not grant any actions", [MFA], BOB, "iam:ListUsers", "*", NOTHING),
    (
        RESOURCE,
        "all items within a bucket",
        [allow(Resource="arn:aws:s3:::my_corporate_bucket/*")],
        BOB,
        GET,
        "arn:aws:s3:::my_corporate_bucket/a/b",
        ALLOW,
    ),
    (
        RESOURCE,
        "all items within a bucket",
        [allow(Resource="arn:aws:s3:::my_corporate_bucket/*")],
        BOB,
        GET,
        "arn:aws:s3:::my_corporate_bucket",
        NOTHING,
    ),
    (
        RESOURCE,
        "users whose path is /accounting",
        [allow(Resource="arn:aws:iam::111122223333:user/accounting/*")],
        BOB,
        "iam:GetUser",
        "arn:aws:iam::111122223333:user/accounting/Eve",
        ALLOW,
    ),
    (
        RESOURCE,
        "users whose path is /accounting",
        [allow(Resource="arn:aws:iam::111122223333:user/accounting/*")],
        BOB,
        "iam:GetUser",
        "arn:aws:iam::111122223333:user/Eve",
        NOTHING,
    ),
    (
        RESOURCE,
        "two tables",
        [allow(Resource=["arn:aws:dynamodb:us-east-2:1:table/books", "arn:aws:dynamodb:us-east-2:1:table/magazines"])],
        BOB,
        "dynamodb:GetItem",
        "arn:aws:dynamodb:us-east-2:1:table/magazines",
        ALLOW,
    ),
    (RESOURCE, "? represents any single character", [allow(Resource=f"{BUCKET}/?")], BOB, GET, f"{BUCKET}/ab", NOTHING),
    (
        NOTRESOURCE,
        "denies all S3 resources other than the listed",
        [EVERYBODY, PAYROLL],
        BOB,
        GET,
        "arn:aws:s3:::HRBucket/other",
        DENY,
    ),
    (
        NOTRESOURCE,
        "except the Payroll folder",
        [EVERYBODY, PAYROLL],
        BOB,
        GET,
        "arn:aws:s3:::HRBucket/Payroll/1",
        ALLOW,
    ),
    (
        NOTRESOURCE,
        "does not grant access to any resources",
        [PAYROLL],
        BOB,
        GET,
        "arn:aws:s3:::HRBucket/Payroll/1",
        NOTHING,
    ),
    (
        NOTRESOURCE,
        "with Allow: all that are not listed",
        [allow(Resource=None, NotResource=f"{BUCKET}/secret/*")],
        BOB,
        GET,
        ITEM,
        ALLOW,
    ),
    (
        NOTRESOURCE,
        "with Allow: all that are not listed",
        [allow(Resource=None, NotResource=f"{BUCKET}/secret/*")],
        BOB,
        GET,
        f"{BUCKET}/secret/1",
        NOTHING,
    ),
    (PRINCIPAL, "the account ARN", [named({"AWS": ACCOUNT})], BOB, GET, ITEM, ALLOW),
    (PRINCIPAL, "the shortened account ID behaves the same", [named({"AWS": "444455556666"})], AUDIT, GET, ITEM, ALLOW),
    (PRINCIPAL, "does not limit to only the root user", [named({"AWS": ACCOUNT})], ROOT, GET, ITEM, ALLOW),
    (PRINCIPAL, "another account", [named({"AWS": ACCOUNT})], STRANGER, GET, ITEM, NOTHING),
    (
        PRINCIPAL,
        "more than one value: a logical OR",
        [named({"AWS": ["123456789012", "444455556666"]})],
        BOB,
        GET,
        ITEM,
        ALLOW,
    ),
    (PRINCIPAL, "CanonicalUser", [named({"CanonicalUser": "79a59df9"})], BOB, GET, ITEM, ALLOW),
    (PRINCIPAL, "CanonicalUser", [named({"CanonicalUser": "79a59df9"})], STRANGER, GET, ITEM, NOTHING),
    (PRINCIPAL, "the role ARN means its sessions", [named({"AWS": AUDIT.arn})], AUDIT, GET, ITEM, ALLOW),
    (PRINCIPAL, "the session ARN", [named({"AWS": AUDIT.session_arn})], AUDIT, GET, ITEM, ALLOW),
    (
        PRINCIPAL,
        "no wildcard to mean all sessions",
        [named({"AWS": AUDIT.session_arn[:-23] + "*"})],
        AUDIT,
        GET,
        ITEM,
        NOTHING,
    ),
    (
        PRINCIPAL,
        "the user name is case sensitive",
        [named({"AWS": "arn:aws:iam::444455556666:user/bob"})],
        BOB,
        GET,
        ITEM,
        NOTHING,
    ),
    (
        PRINCIPAL,
        "no wildcard to mean all users",
        [named({"AWS": "arn:aws:iam::444455556666:user/*"})],
        BOB,
        GET,
        ITEM,
        NOTHING,
    ),
    (PRINCIPAL, "federated user sessions", [named({"AWS": FEDERATED.session_arn})], FEDERATED, GET, ITEM, ALLOW),
    (
        PRINCIPAL,
        "an array of service principals",
        [named({"Service": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"]})],
        ECS,
        GET,
        ITEM,
        ALLOW,
    ),
    (
        PRINCIPAL,
        "an array of service principals",
        [named({"Service": "elasticloadbalancing.amazonaws.com"})],
        ECS,
        GET,
        ITEM,
        NOTHING,
    ),
    (PRINCIPAL, "all users, including anonymous users", [named("*")], ANONYMOUS, GET, ITEM, ALLOW),
    (PRINCIPAL, "* and AWS * are equivalent", [named({"AWS": "*"})], ANONYMOUS, GET, ITEM, ALLOW),
    (PRINCIPAL, "deny all except in the Condition", [EVERYBODY, BUT_ONE_USER], BOB, GET, ITEM, ALLOW),
    (PRINCIPAL, "deny all except in the Condition", [EVERYBODY, BUT_ONE_USER], ALICE, GET, ITEM, DENY),
    (PRINCIPAL, "deny all except in the Condition", [EVERYBODY, BUT_ONE_USER], ANONYMOUS, GET, ITEM, DENY),
    (NOTPRINCIPAL, "all except Bob are denied", [EVERYBODY, EXCEPT_BOB], BOB, GET, ITEM, ALLOW),
    (NOTPRINCIPAL, "all except Bob are denied", [EVERYBODY, EXCEPT_BOB], ALICE, GET, ITEM, DENY),
    (NOTPRINCIPAL, "all except Bob are denied", [EVERYBODY, EXCEPT_BOB], ANONYMOUS, GET, ITEM, DENY),
    (NOTPRINCIPAL, "does not grant access to Bob", [EXCEPT_BOB], BOB, GET, ITEM, NOTHING),
    (NOTPRINCIPAL, "all except the assumed-role user", [EVERYBODY, EXCEPT_AUDIT], AUDIT, GET, ITEM, ALLOW),
    (NOTPRINCIPAL, "all except the assumed-role user", [EVERYBODY, EXCEPT_AUDIT], BOB, GET, ITEM, DENY),
    (NOTPRINCIPAL, "only s3:* is denied", [EVERYBODY, EXCEPT_AUDIT], BOB, "kms:Decrypt", ITEM, ALLOW),
    (LOGIC, "an explicit deny overrides an explicit allow", [EVERYBODY, deny()], BOB, GET, ITEM, DENY),
    (LOGIC, "by default, all requests are implicitly denied", [], BOB, GET, ITEM, NOTHING),
]


@pytest.mark.parametrize(("page", "sentence", "statements", "principal", "action", "resource", "expected"), ROWS)
def test_example(
    page: str,
    sentence: str,
    statements: list[dict[str, Any]],
    principal: Principal,
    action: str,
    resource: str,
    expected: str,
) -> None:
    context = {"aws:PrincipalArn": principal.arn} if principal.arn else {}
    policy = {"Version": "2012-10-17", "Statement": statements}
    request = Request(action, resource, principal, context)
    assert evaluate(policy, request).decision == expected, f"{page}: {sentence}"


@pytest.mark.parametrize(
    ("version", "name", "expected"),
    [
        # "earlier versions of the policy language don't support policy variables … treated as literal strings"
        ("2012-10-17", "David", ALLOW),
        ("2008-10-17", "David", NOTHING),
        ("2012-10-17", "Adele", NOTHING),
    ],
)
def test_home_directory(version: str, name: str, expected: str) -> None:
    request = Request(GET, f"arn:aws:s3:::mybucket/{name}/a", BOB, {"aws:username": "David"})
    assert evaluate({"Version": version, "Statement": [HOME]}, request).decision == expected, VARIABLES


# What AWS leaves open: the decisions by the readings that allow least and most.
OPEN = [
    # "the policy might deny access to the entire account containing the principal"
    ([EVERYBODY, deny(Principal=None, NotPrincipal={"AWS": BOB.arn})], BOB, (DENY, ALLOW)),
    # "AWS might validate the account first, then the role, and then the assumed-role user"
    ([EVERYBODY, deny(Principal=None, NotPrincipal={"AWS": [AUDIT.session_arn, ACCOUNT]})], AUDIT, (DENY, ALLOW)),
    # "using it with Allow is not supported"; in 2023 it "allows all principals except the one named"
    ([allow(Principal=None, NotPrincipal={"AWS": ALICE.arn})], ANONYMOUS, (NOTHING, ALLOW)),
    # "If AWS cannot resolve a variable, this might cause the entire statement to be invalid"
    ([EVERYBODY, deny(Resource=[f"{BUCKET}/*", f"{BUCKET}/${{aws:username}}/*"])], ANONYMOUS, (DENY, ALLOW)),
    ([allow(Resource=[f"{BUCKET}/*", f"{BUCKET}/${{aws:username}}/*"])], ANONYMOUS, (NOTHING, ALLOW)),
    # a default is a value
    ([allow(Resource=[f"{BUCKET}/*", f"{BUCKET}/${{aws:username, 'x'}}/*"])], ANONYMOUS, (ALLOW, ALLOW)),
    # ForAnyValue is false for an absent key, IfExists is true
    ([allow(Condition={"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}})], BOB, (NOTHING, ALLOW)),
    # "each of the six components … is checked separately": of a pattern that has only one?
    ([allow(Condition={"ArnLike": {"aws:PrincipalArn": "*"}})], BOB, (NOTHING, ALLOW)),
    # the account in a Deny
    ([EVERYBODY, deny(Principal={"AWS": ACCOUNT})], BOB, (DENY, ALLOW)),
    ([EVERYBODY, deny(Principal={"AWS": ACCOUNT})], ROOT, (DENY, DENY)),
    # nothing is open in the documented examples
    ([EVERYBODY, EXCEPT_BOB], BOB, (ALLOW, ALLOW)),
    ([EVERYBODY, EXCEPT_AUDIT], BOB, (DENY, DENY)),
    ([EVERYBODY, deny(Principal={"AWS": BOB.arn})], BOB, (DENY, DENY)),
]


@pytest.mark.parametrize(("statements", "principal", "expected"), OPEN)
def test_open_points(statements: list[dict[str, Any]], principal: Principal, expected: tuple[str, str]) -> None:
    context = {"aws:PrincipalArn": principal.arn} if principal.arn else {}
    policy = {"Version": "2012-10-17", "Statement": statements}
    verdicts = extremes(policy, Request(GET, ITEM, principal, context))
    assert tuple(verdict.decision for verdict in verdicts) == expected
