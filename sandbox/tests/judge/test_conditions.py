# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Condition element, operator by operator, with the examples of AWS's documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudtrail_sandbox.judge.conditions import Context, UnknownOperator, Values, hold, parse

TRAIL = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/sectrail"
OTHER = "arn:aws:cloudtrail:eu-central-1:444455556666:trail/sectrail"


def holds(condition: Mapping[str, Mapping[str, Any]], given: Mapping[str, Values]) -> bool:
    context = Context(given)
    return hold(condition, context, context.variable)


# operator, values in the policy, values in the request, expected
SINGLE: list[tuple[str, Any, str, bool]] = [
    ("StringEquals", "bucket-owner-full-control", "bucket-owner-full-control", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", "arn:aws:cloudtrail:*:111122223333:trail/*", TRAIL, False),
    ("StringEquals", [], "a", False),
    ("StringNotEquals", "a", "b", True),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringNotEquals", ["aws:kms", "AES256"], "AES256", False),
    ("StringEqualsIgnoreCase", "Finance", "fINANCE", True),
    ("StringEqualsIgnoreCase", "f*", "finance", False),
    ("StringNotEqualsIgnoreCase", "Finance", "fINANCE", False),
    ("StringNotEqualsIgnoreCase", "Finance", "hr", True),
    ("StringLike", ["", "home/", "home/David/*"], "home/David/a", True),
    ("StringLike", ["", "home/", "home/David/*"], "", True),
    ("StringLike", "arn:aws:cloudtrail:*:111122223333:trail/*", TRAIL, True),
    ("StringLike", "HOME/*", "home/a", False),
    ("StringNotLike", "home/*", "home/a", False),
    ("StringNotLike", "home/*", "work/a", True),
    ("ArnEquals", TRAIL, TRAIL, True),
    ("ArnEquals", "arn:aws:cloudtrail:*:111122223333:trail/*", TRAIL, True),
    ("ArnEquals", OTHER, TRAIL, False),
    ("ArnLike", [OTHER, "arn:aws:cloudtrail:*:111122223333:trail/*"], TRAIL, True),
    ("ArnLike", "arn:aws:cloudtrail:*", TRAIL, False),
    ("ArnNotEquals", TRAIL, TRAIL, False),
    ("ArnNotEquals", OTHER, TRAIL, True),
    ("ArnNotLike", "arn:aws:cloudtrail:*:*:trail/*", TRAIL, False),
    ("ArnNotLike", [OTHER, TRAIL], TRAIL, False),
    ("Bool", "false", "false", True),
    ("Bool", True, "true", True),
    ("Bool", "TRUE", "true", True),
    ("Bool", "true", "false", False),
    ("Bool", "yes", "yes", False),
    ("Null", "false", "present", True),
    ("Null", "true", "present", False),
    ("Null", False, "present", True),
    ("Null", ["true", "false"], "present", True),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", 10, "11", False),
    ("NumericNotEquals", "10", "11", True),
    ("NumericLessThan", "10", "9", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericLessThanEquals", "10", "9", True),
    ("NumericLessThanEquals", "10", "100", False),
    ("NumericGreaterThan", "10", "10", False),
    ("NumericGreaterThan", "10", "11", True),
    ("NumericGreaterThanEquals", "10", "10", True),
    ("NumericEquals", "ten", "10", False),
    ("DateEquals", "2020-01-01T00:00:01Z", "2020-01-01T01:00:01+01:00", True),
    ("DateEquals", "1577836800", "2020-01-01T00:00:00Z", True),
    ("DateNotEquals", "2020-01-01", "2020-01-01T00:00:00Z", False),
    ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-06-01T00:00:00Z", True),
    ("DateGreaterThan", "2020-01-01T00:00:01Z", "2019-06-01T00:00:00Z", False),
    ("DateGreaterThanEquals", "2020", "2020-01-01T00:00:00Z", True),
    ("DateLessThan", "2020-02", "2020-01-31T23:59:59Z", True),
    ("DateLessThan", "2020-02", "2020-02-01T00:00:00Z", False),
    ("DateLessThanEquals", "2020-02", "2020-02-01T00:00:00Z", True),
    ("DateLessThan", "99999999999999999999", "2020-01-31T23:59:59Z", False),
    ("DateLessThan", "soon", "2020-01-31T23:59:59Z", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.1", False),
    ("IpAddress", "203.0.113.7/24", "203.0.113.255", True),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.7", "203.0.113.8", False),
    ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
    ("IpAddress", "office", "203.0.113.7", False),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.255", False),
    ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), SINGLE)
def test_operator(operator: str, wanted: Any, given: str, expected: bool) -> None:
    assert holds({operator: {"aws:Key": wanted}}, {"AWS:kEY": given}) is expected
    if operator != "Null":
        assert holds({f"{operator}IfExists": {"aws:Key": wanted}}, {"aws:key": given}) is expected


NEGATED = {
    *("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"),
    *("NumericNotEquals", "DateNotEquals", "NotIpAddress"),
}


@pytest.mark.parametrize("operator", sorted({one[0] for one in SINGLE} - {"Null"}))
def test_absent_key(operator: str) -> None:
    """False for operators, true for negated ones, true with IfExists; true for all of no values, false for any."""
    for given in ({}, {"aws:Key": ()}):
        assert holds({operator: {"aws:Key": "1"}}, given) is (operator in NEGATED)
        assert holds({f"{operator}IfExists": {"aws:Key": "1"}}, given) is True
        assert holds({f"ForAllValues:{operator}": {"aws:Key": "1"}}, given) is True
        assert holds({f"ForAnyValue:{operator}": {"aws:Key": "1"}}, given) is False
        assert holds({f"ForAnyValue:{operator}IfExists": {"aws:Key": "1"}}, given) is True


@pytest.mark.parametrize(("wanted", "expected"), [("true", True), ("false", False), (True, True), ("TRUE", True)])
def test_null_of_an_absent_key(wanted: Any, expected: bool) -> None:
    assert holds({"Null": {"aws:TokenIssueTime": wanted}}, {}) is expected


# The example of the DynamoDB attributes:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("ForAllValues:StringEquals", ["ID", "Message", "Tags"], ("Message", "Tags"), True),
        ("ForAllValues:StringEquals", ["ID", "Message", "Tags"], ("Message", "UserName"), False),
        ("ForAllValues:StringEquals", ["PostDateTime", "Message", "Tags"], ("PostDateTime", "UserName"), False),
        ("ForAllValues:StringEquals", ["ID"], ("",), True),
        ("ForAnyValue:StringEquals", ["ID", "PostDateTime"], ("UserName", "Message", "PostDateTime"), True),
        ("ForAnyValue:StringEquals", ["ID", "PostDateTime"], ("UserName",), False),
        ("ForAnyValue:StringEquals", ["ID"], ("",), False),
        ("ForAnyValue:StringLike", "o-a1b2c3d4e5/r-ab12/*", ("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/",), True),
        ("ForAnyValue:StringLike", "o-a1b2c3d4e5/r-ab12/*", ("o-other/r-ab12/ou-ab12-11111111/",), False),
        ("ForAllValues:StringNotEquals", ["ID"], ("Message", "Tags"), True),
        ("ForAllValues:StringNotEquals", ["ID"], ("Message", "ID"), False),
        ("ForAnyValue:StringNotEquals", ["ID"], ("Message", "ID"), True),
        ("ForAnyValue:StringNotEquals", ["ID"], ("ID",), False),
    ],
)
def test_set_operators(operator: str, wanted: Any, given: tuple[str, ...], expected: bool) -> None:
    assert holds({operator: {"dynamodb:Attributes": wanted}}, {"dynamodb:attributes": given}) is expected


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
DEPARTMENTS: dict[str, dict[str, Any]] = {
    "StringEqualsIgnoreCase": {
        "aws:PrincipalTag/department": ["finance", "hr", "legal"],
        "aws:PrincipalTag/role": ["audit", "security"],
    },
    "StringEquals": {"aws:PrincipalAccount": "123456789012"},
}


@pytest.mark.parametrize(
    ("department", "role", "account", "expected"),
    [
        ("HR", "audit", "123456789012", True),
        ("hr", "security", "123456789012", True),
        ("sales", "audit", "123456789012", False),
        ("hr", "sales", "123456789012", False),
        ("hr", "audit", "999999999999", False),
    ],
)
def test_all_keys_of_all_operators_and_any_value(department: str, role: str, account: str, expected: bool) -> None:
    given: dict[str, Values] = {"aws:PrincipalTag/department": department, "aws:PrincipalTag/role": role}
    assert holds(DEPARTMENTS, {**given, "aws:PrincipalAccount": account}) is expected


def test_several_values_without_a_set_operator() -> None:
    """AWS does not say; what matters is that an operator and its negation never both hold."""
    assert holds({"StringEquals": {"a": "1"}}, {"a": ("1", "2")})
    assert not holds({"StringNotEquals": {"a": "1"}}, {"a": ("1", "2")})


def test_no_condition_always_holds() -> None:
    assert holds({}, {})


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("StringEquals", {"aws:username": "David", "s3:prefix": "David"}, True),
        ("StringEquals", {"aws:username": "David", "s3:prefix": "Adele"}, False),
        ("StringEquals", {"s3:prefix": "David"}, False),
        ("StringNotEquals", {"s3:prefix": "David"}, True),
        ("StringEqualsIgnoreCase", {"aws:username": "David", "s3:prefix": "DAVID"}, True),
        # a key with several values is no variable
        ("StringEquals", {"aws:username": ("David", "Adele"), "s3:prefix": "David"}, False),
    ],
)
def test_variables(operator: str, given: dict[str, Values], expected: bool) -> None:
    assert holds({operator: {"s3:prefix": "${aws:username}"}}, given) is expected


@pytest.mark.parametrize(
    "operator",
    [
        *("StringEqual", "stringequals", "StringEquals ", "IfExists", "", "NullIfExists", "ForAllValues:Null"),
        *("ForSomeValues:StringEquals", "ForAllValues:", "StringEqualsIfExistsIfExists", "BinaryNotEquals"),
    ],
)
def test_unknown_operators(operator: str) -> None:
    with pytest.raises(UnknownOperator):
        parse(operator)
    with pytest.raises(UnknownOperator):
        holds({"StringEquals": {"a": "no"}, operator: {"a": "1"}}, {"a": "1"})
