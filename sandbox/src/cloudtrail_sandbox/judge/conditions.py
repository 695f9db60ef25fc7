# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Condition element.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
and (ForAllValues, ForAnyValue)
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html.

For an operator without ForAllValues or ForAnyValue on a key that has several values in the
request AWS documents nothing; here it matches if any of them matches, and its negation is the opposite.
"""

from __future__ import annotations

import base64
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudtrail_sandbox.judge.patterns import ARN_COLONS, Style, Variables, matches
from cloudtrail_sandbox.judge.readings import DOCUMENTED, Reading

#: Whether the value in the request matches the value in the policy.
Test = Callable[[str, str, Variables | None], bool]
Values = str | tuple[str, ...]


class UnknownOperator(Exception):
    """The name of a condition operator that AWS does not have."""


class Context:
    """The condition keys of a request; their names are not case-sensitive."""

    def __init__(self, values: Mapping[str, Values]) -> None:
        self._values = {
            key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in values.items()
        }

    def values(self, key: str) -> tuple[str, ...]:
        """All values of a key; none if it is absent."""
        return self._values.get(key.lower(), ())

    def variable(self, key: str) -> str | None:
        """The value of a single-valued key; others cannot be used as variables."""
        values = self.values(key)
        return values[0] if len(values) == 1 else None


@dataclass(frozen=True)
class Operator:
    """A condition operator, taken apart. `quantifier` is "", "ForAllValues" or "ForAnyValue"."""

    test: Test | None  # None: the operator is Null
    negated: bool = False
    quantifier: str = ""
    if_exists: bool = False


def hold(
    condition: Mapping[str, Mapping[str, Any]],
    context: Context,
    variables: Variables | None,
    reading: Reading = DOCUMENTED,
) -> bool:
    """Whether all keys of all operators match. Raises UnknownOperator.

    `variables` resolves policy variables; None if the policy's Version has none.
    """
    known = [(parse(name), keys) for name, keys in condition.items()]
    return all(
        _holds(_read(parsed, reading), as_texts(values), context.values(key), variables, reading)
        for parsed, keys in known
        for key, values in keys.items()
    )


def parse(name: str) -> Operator:
    """The operator of this name. Raises UnknownOperator."""
    match = _NAME.fullmatch(name)
    base = match["base"] if match else ""
    if name == "Null":
        return Operator(test=None)
    if not match or base not in _TESTS:
        raise UnknownOperator(name)
    test, negated = _TESTS[base]
    return Operator(test, negated, match["quantifier"] or "", bool(match["if_exists"]))


def as_texts(values: Any) -> tuple[str, ...]:
    """The values of a condition key as strings; booleans and numbers need no quotes in JSON."""
    listed = values if isinstance(values, list | tuple) else [values]
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in listed)


def _read(parsed: Operator, reading: Reading) -> Operator:
    return replace(parsed, test=_short_arn) if reading.short_arns and parsed.test is _arn else parsed


def _holds(
    parsed: Operator,
    wanted: tuple[str, ...],
    given: tuple[str, ...],
    variables: Variables | None,
    reading: Reading,
) -> bool:
    test = parsed.test
    if test is None:
        return any(value.lower() == str(not given).lower() for value in wanted)
    if parsed.quantifier:
        given = tuple(value for value in given if value)
    if not given:
        return _holds_without_key(parsed, reading)
    matched = [any(test(pattern, value, variables) for pattern in wanted) for value in given]
    if parsed.quantifier:
        outcomes = [match != parsed.negated for match in matched]
        return all(outcomes) if parsed.quantifier == "ForAllValues" else any(outcomes)
    return any(matched) != parsed.negated


def _holds_without_key(parsed: Operator, reading: Reading) -> bool:
    if parsed.quantifier == "ForAnyValue":
        return parsed.if_exists and reading.any_value_if_exists
    return parsed.if_exists or parsed.negated or parsed.quantifier == "ForAllValues"


def _text(style: Style) -> Test:
    return lambda wanted, given, variables: matches(wanted, given, style, variables)


_arn = _text(Style.ARN)


def _short_arn(wanted: str, given: str, variables: Variables | None) -> bool:
    is_short = wanted.count(":") < ARN_COLONS
    return matches(wanted, given, Style.LIKE if is_short else Style.ARN, variables)


def _ignoring_case(wanted: str, given: str, variables: Variables | None) -> bool:
    def lowered(key: str) -> str | None:
        value = variables(key) if variables else None
        return None if value is None else value.lower()

    return matches(wanted.lower(), given.lower(), Style.EXACT, lowered if variables else None)


def _bool(wanted: str, given: str, variables: Variables | None) -> bool:
    return wanted.lower() == given.lower() and given.lower() in ("true", "false")


def _binary(wanted: str, given: str, variables: Variables | None) -> bool:
    """The value in the policy is base64 of the bytes in the request."""
    try:
        return base64.b64decode(wanted, validate=True) == given.encode()
    except ValueError:
        return False


def _ip(wanted: str, given: str, variables: Variables | None) -> bool:
    try:
        return ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Test:
    """A test that compares the parsed values of request and policy; a value that cannot be parsed matches nothing."""

    def test(wanted: str, given: str, variables: Variables | None) -> bool:
        try:
            return compare(read(given), read(wanted))
        except (ValueError, ArithmeticError, OSError):
            return False

    return test


def _date(text: str) -> datetime:
    """A W3C date and time (https://www.w3.org/TR/NOTE-datetime), or seconds since 1970."""
    if re.fullmatch(r"-?\d{5,}", text):
        return datetime.fromtimestamp(int(text), UTC)
    if re.fullmatch(r"\d{4}(-\d{2})?", text):
        text = f"{text}-01-01"[:10]
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
#: Each operator's test, and whether it is negated.
_TESTS: dict[str, tuple[Test, bool]] = {
    "StringEquals": (_text(Style.EXACT), False),
    "StringNotEquals": (_text(Style.EXACT), True),
    "StringEqualsIgnoreCase": (_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_ignoring_case, True),
    "StringLike": (_text(Style.LIKE), False),
    "StringNotLike": (_text(Style.LIKE), True),
    "ArnEquals": (_arn, False),
    "ArnLike": (_arn, False),
    "ArnNotEquals": (_arn, True),
    "ArnNotLike": (_arn, True),
    "Bool": (_bool, False),
    "BinaryEquals": (_binary, False),
    "IpAddress": (_ip, False),
    "NotIpAddress": (_ip, True),
    **{f"Numeric{name}": (_ordered(Decimal, compare), False) for name, compare in _COMPARISONS.items()},
    "NumericNotEquals": (_ordered(Decimal, operator.eq), True),
    **{f"Date{name}": (_ordered(_date, compare), False) for name, compare in _COMPARISONS.items()},
    "DateNotEquals": (_ordered(_date, operator.eq), True),
}
_NAME = re.compile(r"(?:(?P<quantifier>ForAllValues|ForAnyValue):)?(?P<base>[A-Za-z]+?)(?P<if_exists>IfExists)?")
