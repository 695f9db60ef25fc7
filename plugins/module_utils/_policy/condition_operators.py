# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The condition operators of policies: how each compares, and how a sentence describes it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .match import Match, all_of, any_of, match_of
from .wildcards import like, may_touch

# whether a value of the request matches a value of the policy
Comparison = Callable[[str, str], Match]

FOR_ANY, FOR_ALL = "foranyvalue:", "forallvalues:"
_ARN_PARTS = 6


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A condition operator, taken apart."""

    name: str  # in lower case, without what follows in the other attributes
    phrase: str  # stands between the key and the values in a sentence
    compare: Comparison | None = None  # None: the comparison is not evaluated
    negated: bool = False
    quantifier: str = ""  # FOR_ANY, FOR_ALL or empty
    if_exists: bool = False

    def match(self, actual: Sequence[str], wanted: Sequence[str]) -> Match:
        """Return whether a condition with this operator holds.

        C(actual) are the values that the request has for the key, none if the key is absent; C(wanted) are the values
        of the policy.
        """
        if self.name == NULL:
            absent = "false" if actual else "true"
            return match_of(absent in [value.lower() for value in wanted])
        if self.quantifier:  # an empty value counts as an absent one
            actual = [value for value in actual if value]
        if not actual:
            return self._without_key
        outcomes = [self._match_value(value, wanted) for value in actual]
        return all_of(outcomes) if self.quantifier == FOR_ALL else any_of(outcomes)

    @property
    def _without_key(self) -> Match:
        """Whether the condition holds for a request without the key."""
        if self.quantifier == FOR_ANY:
            # AWS documents both that ForAnyValue is false and that IfExists is true
            return Match.MAYBE if self.if_exists else Match.NO
        return match_of(self.if_exists or self.negated or self.quantifier == FOR_ALL)

    def _match_value(self, value: str, wanted: Sequence[str]) -> Match:
        if self.compare is None:
            return Match.MAYBE
        match = any_of(self._compare_to(value, pattern) for pattern in wanted)
        return match.negated if self.negated else match

    def _compare_to(self, value: str, pattern: str) -> Match:
        if "${" in pattern:  # a policy variable
            return Match.MAYBE if may_touch(pattern.lower(), value.lower()) else Match.NO
        return self.compare(value, pattern) if self.compare else Match.MAYBE


def find(name: str) -> Operator | None:
    """Return the operator of a name as it stands in a policy, or None if there is no such operator."""
    base = name.lower()
    quantifier = next((prefix for prefix in (FOR_ANY, FOR_ALL) if base.startswith(prefix)), "")
    base = base.removeprefix(quantifier)
    if_exists = base.endswith("ifexists")
    operator = _OPERATORS.get(base.removesuffix("ifexists"))
    if operator is None or (operator.name == NULL and (quantifier or if_exists)):
        return None
    return replace(operator, quantifier=quantifier, if_exists=if_exists)


def _equal(value: str, pattern: str) -> Match:
    return match_of(value == pattern)


def _equal_ignoring_case(value: str, pattern: str) -> Match:
    return match_of(value.lower() == pattern.lower())


def _like(value: str, pattern: str) -> Match:
    return match_of(like(value, pattern))


def _arn_like(value: str, pattern: str) -> Match:
    """Compare ARNs part by part: no wildcard reaches beyond a colon of the first five.

    AWS documents neither how a value that is not an ARN compares, nor what a pattern of fewer parts matches, such as
    C(*).
    """
    values, patterns = value.split(":", _ARN_PARTS - 1), pattern.split(":", _ARN_PARTS - 1)
    if len(values) < _ARN_PARTS:
        return Match.MAYBE
    if len(patterns) < _ARN_PARTS:
        return Match.MAYBE if like(value, pattern) else Match.NO
    return match_of(all(like(part, wanted) for part, wanted in zip(values, patterns, strict=True)))


def _bool(value: str, pattern: str) -> Match:
    return match_of(value.lower() == pattern.lower() and value.lower() in ("true", "false"))


NULL = "null"
_OPERATORS = {
    operator.name: operator
    for operator in (
        Operator(name="stringequals", phrase="is", compare=_equal),
        Operator(name="stringnotequals", phrase="is not", compare=_equal, negated=True),
        Operator(name="stringequalsignorecase", phrase="equals (ignoring case)", compare=_equal_ignoring_case),
        Operator(
            name="stringnotequalsignorecase",
            phrase="does not equal (ignoring case)",
            compare=_equal_ignoring_case,
            negated=True,
        ),
        Operator(name="stringlike", phrase="is like", compare=_like),
        Operator(name="stringnotlike", phrase="is not like", compare=_like, negated=True),
        # ArnEquals and ArnLike behave identically, and so do their negations
        Operator(name="arnequals", phrase="is like", compare=_arn_like),
        Operator(name="arnlike", phrase="is like", compare=_arn_like),
        Operator(name="arnnotequals", phrase="is not like", compare=_arn_like, negated=True),
        Operator(name="arnnotlike", phrase="is not like", compare=_arn_like, negated=True),
        Operator(name="bool", phrase="is", compare=_bool),
        Operator(name=NULL, phrase="is absent"),
        Operator(name="binaryequals", phrase="is"),
        Operator(name="ipaddress", phrase="is in"),
        Operator(name="notipaddress", phrase="is not in", negated=True),
        Operator(name="numericequals", phrase="is"),
        Operator(name="numericnotequals", phrase="is not", negated=True),
        Operator(name="numericlessthan", phrase="is below"),
        Operator(name="numericlessthanequals", phrase="is at most"),
        Operator(name="numericgreaterthan", phrase="is above"),
        Operator(name="numericgreaterthanequals", phrase="is at least"),
        Operator(name="dateequals", phrase="is"),
        Operator(name="datenotequals", phrase="is not", negated=True),
        Operator(name="datelessthan", phrase="is before"),
        Operator(name="datelessthanequals", phrase="is not after"),
        Operator(name="dategreaterthan", phrase="is after"),
        Operator(name="dategreaterthanequals", phrase="is not before"),
    )
}
