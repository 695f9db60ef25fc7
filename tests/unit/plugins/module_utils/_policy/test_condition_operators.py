# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Condition operators, by the tables of AWS's documentation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy import condition_operators, variables
from ansible_collections.central_logging.aws.plugins.module_utils._policy.match import Match, all_of, any_of
from ansible_collections.central_logging.aws.plugins.module_utils._policy.wildcards import literal

from cloudtrail_sandbox.judge import conditions

YES, MAYBE, NO = Match.YES, Match.MAYBE, Match.NO
ROLE = "arn:aws:iam::111122223333:role/path/Reader"


@pytest.mark.parametrize(
    ("name", "actual", "wanted", "match"),
    [
        ("StringEquals", ["a"], ["b", "a"], YES),
        ("stringequals", ["a"], ["a"], YES),
        ("StringEquals", ["a"], ["A"], NO),
        ("StringEquals", ["ab"], ["a*"], NO),
        ("StringEquals", ["a"], [], NO),
        ("StringNotEquals", ["a"], ["b", "a"], NO),
        ("StringEqualsIgnoreCase", ["a"], ["A"], YES),
        ("StringLike", ["abc"], ["a?c"], YES),
        ("StringEquals", ["a-b"], ["a-${aws:username}"], MAYBE),
        ("StringEquals", ["b-b"], ["a-${aws:username}"], NO),
        ("StringNotEquals", ["a-b"], ["a-${aws:username}"], MAYBE),
        ("StringEqualsIgnoreCase", ["a-b"], ["A-${aws:username}"], MAYBE),
        ("ArnEquals", [ROLE], ["arn:aws:iam::*:role/*"], YES),
        ("ArnLike", [ROLE], ["arn:aws:iam::111122223333:role/path/Reader?"], NO),
        ("ArnLike", [f"{ROLE}:x"], ["arn:aws:*:*:111122223333:role/path/Reader:x"], YES),
        ("ArnLike", [f"{ROLE}:x"], ["arn:aws:iam:*:role/path/Reader:x"], NO),
        ("ArnLike", ["arn:aws:sns:eu-west-1:111122223333:a:b"], ["arn:aws:*:111122223333:*:b"], NO),
        ("ArnLike", [ROLE], ["*"], MAYBE),
        ("ArnLike", [ROLE], ["other*"], NO),
        ("ArnNotLike", [ROLE], ["*"], MAYBE),
        ("ArnLike", ["111122223333"], ["*"], MAYBE),
        ("Bool", ["true"], ["True"], YES),
        ("Bool", ["yes"], ["yes"], MAYBE),
        ("Null", [], ["true"], YES),
        ("Null", ["a"], ["TRUE"], NO),
        ("Null", ["a"], ["true", "false"], YES),
        ("IpAddress", ["10.0.0.1"], ["10.0.0.0/8"], YES),
        ("NumericNotEquals", ["1"], ["1"], NO),
        ("StringEquals", [], ["a"], NO),
        ("NumericLessThan", [], ["1"], NO),
        ("StringNotEquals", [], ["a"], YES),
        ("NotIpAddress", [], ["10.0.0.0/8"], YES),
        ("StringEqualsIfExists", [], ["a"], YES),
        ("StringEqualsIfExists", ["b"], ["a"], NO),
        ("ForAllValues:StringEquals", [], ["a"], YES),
        ("ForAllValues:StringEquals", [""], ["a"], YES),
        ("ForAllValues:StringEquals", ["a", "b"], ["a"], NO),
        ("ForAnyValue:StringEquals", ["a", "b"], ["a"], YES),
        ("ForAnyValue:StringEquals", [], ["a"], NO),
        ("ForAnyValue:StringNotEquals", [], ["a"], NO),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a"], YES),
        ("ForAnyValue:StringEqualsIfExists", [], ["a"], MAYBE),
    ],
)
def test_match(name: str, actual: list[str], wanted: list[str], match: Match) -> None:
    operator = condition_operators.find(name)
    assert operator
    assert operator.match(actual, [variables.mark(text) for text in wanted]) is match


@pytest.mark.parametrize(
    "name", ["", "Equals", "NullIfExists", "ForAllValues:Null", "ForSomeValues:StringEquals", "Not"]
)
def test_operators_that_aws_does_not_have(name: str) -> None:
    assert condition_operators.find(name) is None


V6 = "2001:db8:1234:5678::1"
NOW = "2026-11-26T12:00:00Z"


@pytest.mark.parametrize(
    ("name", "actual", "wanted", "match"),
    [
        ("NumericEquals", "10", ["10.0"], YES),
        ("NumericEquals", "10", ["9", "10"], YES),
        ("NumericNotEquals", "10", ["9", "10"], NO),
        ("NumericNotEquals", "10", ["9", "11"], YES),
        ("NumericLessThan", "9", ["10"], YES),  # as numbers, not as texts
        ("NumericLessThan", "10", ["10"], NO),
        ("NumericLessThanEquals", "10", ["10"], YES),
        ("NumericGreaterThan", "-1", ["-2"], YES),
        ("NumericGreaterThanEquals", "10", ["11", "3"], YES),
        ("NumericEquals", "ten", ["10"], MAYBE),
        ("NumericEquals", "10", ["ten"], MAYBE),
        ("NumericEquals", "10", ["ten", "10"], YES),
        ("NumericNotEquals", "10", ["ten"], MAYBE),
        ("NumericEquals", "10", ["1e1"], MAYBE),
        ("NumericEquals", "10", ["${aws:x}"], MAYBE),
        ("DateEquals", NOW, ["2026-11-26T12:00:00+00:00"], YES),
        ("DateEquals", NOW, ["2026-11-26T13:00:00+01:00"], YES),
        ("DateEquals", NOW, ["1795694400"], YES),  # seconds since 1970
        ("DateNotEquals", NOW, ["2026-11-26"], YES),
        ("DateLessThan", NOW, ["2026-11-27"], YES),
        ("DateLessThan", NOW, [NOW], NO),
        ("DateLessThanEquals", NOW, [NOW], YES),
        ("DateGreaterThan", NOW, ["1970-01-01"], YES),
        ("DateGreaterThanEquals", "0", ["1970-01-01T00:00:00Z"], YES),
        ("DateLessThan", NOW, ["tomorrow"], MAYBE),
        ("DateLessThan", NOW, ["9" * 30], MAYBE),
        ("IpAddress", "203.0.113.7", ["203.0.113.0/24"], YES),
        ("IpAddress", "203.0.113.7", ["203.0.113.7"], YES),
        ("IpAddress", "203.0.113.7", ["203.0.113.9/24"], YES),
        ("IpAddress", "203.0.114.7", ["203.0.113.0/24", "10.0.0.0/8"], NO),
        ("NotIpAddress", "203.0.114.7", ["203.0.113.0/24", "10.0.0.0/8"], YES),
        ("NotIpAddress", "10.0.0.1", ["203.0.113.0/24", "10.0.0.0/8"], NO),
        ("IpAddress", V6, ["2001:DB8:1234:5678::/64"], YES),
        ("IpAddress", V6, ["203.0.113.0/24"], NO),
        ("IpAddress", V6, ["0.0.0.0/0"], NO),
        ("IpAddress", V6, ["::/0"], YES),
        ("IpAddress", "203.0.113.7", ["203.0.113.0/99"], MAYBE),
        ("NotIpAddress", "203.0.113.7", ["here"], MAYBE),
        ("BinaryEquals", "QmluYXJ5", ["QmluYXJ5"], YES),
        ("BinaryEquals", "QmluYXJ5", ["QmluYXJ6"], NO),
        ("BinaryEquals", "QmluYXJ5", ["?"], MAYBE),
        ("Bool", "true", ["false", "TRUE"], YES),
        ("Bool", "true", ["yes"], MAYBE),
        ("StringLike", "a*c", ["a${*}c"], YES),
        ("StringLike", "abc", ["a${*}c"], NO),
        ("StringEquals", "a*c", ["a${*}c"], YES),
        ("StringEquals", "a$c", ["a${$}c"], YES),
        ("StringLike", "a?c", ["a${?}c"], YES),
        ("StringLike", "abc", ["a${?}c"], NO),
        ("StringLike", "abc", ["a${aws:x, 'b'}c"], MAYBE),
        ("StringNotLike", "abc", ["x${aws:x}"], YES),
        ("ArnLike", ROLE, ["arn:aws:iam::${aws:PrincipalAccount}:role/*"], MAYBE),
        ("ArnLike", ROLE, ["arn:aws:iam::${aws:PrincipalAccount}:user/*"], NO),
    ],
)
def test_values_are_compared_by_their_type(name: str, actual: str, wanted: list[str], match: Match) -> None:
    operator = condition_operators.find(name)
    assert operator
    assert operator.match([literal(actual)], [variables.mark(text) for text in wanted]) is match


@pytest.mark.parametrize(
    ("name", "pattern", "wanted", "match"),
    [
        ("StringLike", "a*", "*", YES),
        ("StringLike", "a*", "ab*", MAYBE),
        ("StringLike", "a*", "b*", NO),
        ("StringLike", "a*", "a????*", MAYBE),
        ("StringNotLike", "a*", "a*", NO),
        ("StringEquals", "a*", "ab", MAYBE),
        ("StringEquals", "a*", "bb", NO),
        ("StringEquals", "a*", "a*", MAYBE),  # a literal asterisk
        ("StringEqualsIgnoreCase", "a*", "AB", MAYBE),
        ("ArnLike", "arn:*:*::111122223333:*", "arn:aws:iam::111122223333:role/*", MAYBE),
        ("ArnLike", "arn:*:*::111122223333:*", "arn:aws:iam::*:role/*", MAYBE),
        ("ArnLike", "arn:*:*::111122223333:*", "arn:*:*:*:*:*", YES),
        ("ArnLike", "arn:*:*::111122223333:*", "arn:aws:iam::444455556666:role/*", NO),
        ("NumericLessThan", "1*", "5", MAYBE),
        ("IpAddress", "*", "::/0", MAYBE),
        ("Null", "*", "false", YES),
    ],
)
def test_a_value_that_is_not_known(name: str, pattern: str, wanted: str, match: Match) -> None:
    operator = condition_operators.find(name)
    assert operator
    assert operator.match([pattern], [wanted]) is match


COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")


@pytest.mark.parametrize(
    "name",
    [
        *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike"),
        *("StringNotLike", "ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike", "Bool", "IpAddress", "NotIpAddress"),
        *(f"Numeric{comparison}" for comparison in COMPARISONS),
        *(f"Date{comparison}" for comparison in COMPARISONS),
    ],
)
def test_every_operator_is_negated_if_the_judge_negates_it(name: str) -> None:
    operator = condition_operators.find(name)
    assert operator
    assert operator.negated == conditions.parse(name).negated


def test_three_values() -> None:
    assert [match.negated for match in (NO, MAYBE, YES)] == [YES, MAYBE, NO]
    assert (any_of([]), any_of([NO, MAYBE]), any_of([MAYBE, YES])) == (NO, MAYBE, YES)
    assert (all_of([]), all_of([YES, MAYBE]), all_of([MAYBE, NO])) == (YES, MAYBE, NO)
