# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Condition operators, by the tables of AWS's documentation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy import condition_operators, variables
from ansible_collections.central_logging.aws.plugins.module_utils._policy.match import Match, all_of, any_of

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
        ("Bool", ["yes"], ["yes"], NO),
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
