# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements of policies as sentences."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy import describe, document, statement
from ansible_collections.central_logging.aws.plugins.module_utils._policy.statement import Condition, Statement

from tests.fakes.fake_log_archive import policy_text

ROLE = "arn:aws:iam::444455556666:role/Admin"


def parsed(value: dict[str, Any], policy: str = "bucket") -> Statement:
    (found,) = statement.of_document(policy, document.parse(policy_text([value]), "It"))
    return found


def sentence(policy: str = "bucket", **elements: Any) -> str:
    defaults = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "*"}
    value = {name: content for name, content in {**defaults, **elements}.items() if content is not None}
    return describe.statement(parsed(value, policy))


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({}, f"Allows s3:GetObject on everything to role {ROLE}."),
        ({"Effect": "Deny"}, f"Denies s3:GetObject on everything to role {ROLE}."),
        ({"Principal": "*"}, "to anyone in any AWS account, and anonymous callers."),
        ({"Principal": {"AWS": "*"}}, "to anyone in any AWS account, and anonymous callers."),
        (
            {"Principal": {"AWS": "444455556666"}},
            "to the principals of account 444455556666 that its IAM policies allow.",
        ),
        (
            {"Principal": {"AWS": "arn:aws-cn:iam::444455556666:root"}},
            "to the principals of account 444455556666 that its IAM policies allow.",
        ),
        (
            {"Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"]}},
            "to the service a.amazonaws.com and the service b",
        ),
        (
            {"Principal": {"AWS": [ROLE, "AROAEXAMPLEEXAMPLE1"]}},
            "Admin and the deleted role or user AROAEXAMPLEEXAMPLE1.",
        ),
        ({"Principal": {"Federated": "cognito-identity.amazonaws.com"}}, "users of the identity provider cognito"),
        ({"Principal": {"CanonicalUser": "79a5"}}, "the account with canonical user id 79a5."),
        ({"Principal": {"AWS": "arn:aws:sts::444455556666:assumed-role/A/s"}}, "to session arn:aws:sts::"),
        (
            {"Principal": None, "NotPrincipal": {"AWS": ROLE}},
            f"to everyone, including anonymous callers, except role {ROLE}.",
        ),
        ({"Principal": None, "NotPrincipal": {"AWS": ROLE}, "Effect": "Deny"}, f"to everyone except role {ROLE}."),
        ({"Action": "*"}, "Allows every action on"),
        ({"Action": ["s3:Get*", "s3:Put*", "s3:List*"]}, "Allows s3:Get*, s3:Put* and s3:List* on"),
        ({"Action": None, "NotAction": "s3:DeleteObject"}, "Allows every action except s3:DeleteObject on"),
        ({"Resource": "arn:aws:s3:::b/*"}, "on arn:aws:s3:::b/* to"),
        ({"Resource": None, "NotResource": ["arn:aws:s3:::b/x/*"]}, "on everything except arn:aws:s3:::b/x/* to"),
        ({"Condition": {}}, "Admin."),
        (
            {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:SecureTransport": True}}},
            ", if aws:PrincipalOrgID is o-1 and aws:SecureTransport is true.",
        ),
        ({"Condition": {"Foo": {"x": "y"}}}, ", if Foo x y."),
        ({"Sid": "ünïcødé 日本"}, f"Allows s3:GetObject on everything to role {ROLE}."),
    ],
)
def test_sentences(elements: dict[str, Any], words: str) -> None:
    assert words in sentence(**elements)
    assert sentence(**elements).endswith(".")


def test_a_key_policy_speaks_of_the_key() -> None:
    assert sentence("key", Action="kms:*") == f"Allows kms:* on the key to role {ROLE}."


@pytest.mark.parametrize(
    ("operator", "values", "words"),
    [
        ("StringEquals", ("a", "b"), "k is a or b"),
        ("StringNotEquals", ("a", "b"), "k is not a nor b"),
        ("stringequals", ("a",), "k is a"),
        ("StringLike", ("a*",), "k is like a*"),
        ("ArnNotLike", ("a",), "k is not like a"),
        ("StringEqualsIfExists", ("a",), "k is a or is absent"),
        ("ForAnyValue:StringLike", ("a",), "any value of k is like a"),
        ("ForAllValues:StringEquals", ("a",), "every value (if there is one) of k is a"),
        ("Null", ("true",), "k is absent"),
        ("Null", ("false",), "k is present"),
        ("Bool", ("false",), "k is false"),
        ("IpAddress", ("10.0.0.0/8",), "k is in 10.0.0.0/8"),
        ("NotIpAddress", ("10.0.0.0/8",), "k is not in 10.0.0.0/8"),
        ("NumericLessThan", ("7",), "k is below 7"),
        ("DateGreaterThan", ("2026-01-01",), "k is after 2026-01-01"),
        ("StringEqualsIgnoreCase", ("a",), "k equals (ignoring case) a"),
        ("StringNotEqualsIgnoreCase", ("a", "b"), "k does not equal (ignoring case) a nor b"),
        ("StringEquals", (), "k is nothing"),
        ("StringEquals", ("",), "k is (empty)"),
        ("Unheard", ("a",), "Unheard k a"),
    ],
)
def test_conditions(operator: str, values: tuple[str, ...], words: str) -> None:
    assert describe.condition(Condition(operator=operator, key="k", values=values)) == words


def test_long_lists_are_cut() -> None:
    words = describe.listed([str(number) for number in range(1000)])
    assert words.endswith("9 and 990 more")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"Effect": "allow", "Principal": "*", "Action": "*", "Resource": "*"}, "its Effect is 'allow'"),
        ({"Effect": "Allow", "Principal": "*", "Resource": "*"}, "it has neither Action nor NotAction"),
        ({"Effect": "Allow", "Principal": "*", "Action": "*"}, "it has neither Resource nor NotResource"),
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, "it has neither Principal nor NotPrincipal"),
        (
            {"Effect": "Allow", "Principal": 5, "Action": {}, "Resource": None, "Condition": []},
            "its Condition is not a JSON object",
        ),
        (
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Bool": 1}},
            "its Bool is not a JSON object",
        ),
        (
            {"Effect": "Allow", "Principal": "*", "Action": "*", "NotAction": "x", "Resource": "*"},
            "it has both Action and",
        ),
        ({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Wer": "x"}, "it has an element Wer"),
        ({}, "its Effect is None"),
        (
            {"Principal": {"AWS": None}, "Sid": None, "Effect": ["Allow"], "Action": [None, 1, True]},
            "its Effect is ['Allow']",
        ),
    ],
)
def test_odd_statements_are_described_with_their_problem(value: dict[str, Any], problem: str) -> None:
    found = parsed(value)
    assert problem in found.problem
    assert problem in describe.statement(found)


def test_statements_are_named() -> None:
    values = [{"Sid": "a"}, {}, {"Sid": "b"}, {"Sid": "a"}, {"Sid": ""}]
    found = statement.of_document("key", document.parse(policy_text(values), "It"))
    assert [named.name for named in found] == ["a #1", "#2", "b", "a #4", "#5"]
