# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The condition operators of policies: whether a condition holds, and how a sentence describes it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .comparisons import (
    Comparison,
    arn_like,
    binary,
    boolean,
    compares_alike,
    date,
    equal,
    equal_ignoring_case,
    in_network,
    is_like,
    numeric,
)
from .match import Match, all_of, any_of, match_of

FOR_ANY, FOR_ALL = "foranyvalue:", "forallvalues:"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A condition operator, taken apart."""

    name: str  # in lower case, without what follows in the other attributes
    phrase: str  # stands between the key and the values in a sentence
    compare: Comparison | None = None  # None: Null, which compares no values
    negated: bool = False
    quantifier: str = ""  # FOR_ANY, FOR_ALL or empty
    if_exists: bool = False

    @property
    def requires_value(self) -> bool:
        """Whether the condition holds only if a value of the request matches a value of the policy."""
        return bool(self.compare) and not (self.negated or self.if_exists or self.quantifier == FOR_ALL)

    def match(self, actual: Sequence[str], wanted: Sequence[str]) -> Match:
        """Return whether a condition with this operator holds.

        C(actual) are the values that the request has for the key, none if the key is absent. A value that is not known
        is a pattern. C(wanted) are the marked values of the policy.
        """
        if self.name == NULL:
            absent = "false" if actual else "true"
            return any_of(boolean(absent, value) for value in wanted)
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
        compare = self.compare
        is_listed = value in wanted and compares_alike(compare, value)  # saves comparing each value of a long list
        match = Match.YES if is_listed else any_of(compare(value, text) for text in wanted)
        return match.negated if self.negated else match


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


def _positive(name: str, phrase: str, compare: Comparison | None) -> Operator:
    return Operator(name=name, phrase=phrase, compare=compare)


def _negative(name: str, phrase: str, compare: Comparison) -> Operator:
    return Operator(name=name, phrase=phrase, compare=compare, negated=True)


NULL = "null"
_OPERATORS = {
    operator.name: operator
    for operator in (
        _positive("stringequals", "is", equal),
        _negative("stringnotequals", "is not", equal),
        _positive("stringequalsignorecase", "equals (ignoring case)", equal_ignoring_case),
        _negative("stringnotequalsignorecase", "does not equal (ignoring case)", equal_ignoring_case),
        _positive("stringlike", "is like", is_like),
        _negative("stringnotlike", "is not like", is_like),
        # ArnEquals and ArnLike behave identically, and so do their negations
        _positive("arnequals", "is like", arn_like),
        _positive("arnlike", "is like", arn_like),
        _negative("arnnotequals", "is not like", arn_like),
        _negative("arnnotlike", "is not like", arn_like),
        _positive("bool", "is", boolean),
        _positive(NULL, "is absent", None),
        _positive("binaryequals", "is", binary),
        _positive("ipaddress", "is in", in_network),
        _negative("notipaddress", "is not in", in_network),
        _positive("numericequals", "is", numeric(lambda value, wanted: value == wanted)),
        _negative("numericnotequals", "is not", numeric(lambda value, wanted: value == wanted)),
        _positive("numericlessthan", "is below", numeric(lambda value, wanted: value < wanted)),
        _positive("numericlessthanequals", "is at most", numeric(lambda value, wanted: value <= wanted)),
        _positive("numericgreaterthan", "is above", numeric(lambda value, wanted: value > wanted)),
        _positive("numericgreaterthanequals", "is at least", numeric(lambda value, wanted: value >= wanted)),
        _positive("dateequals", "is", date(lambda value, wanted: value == wanted)),
        _negative("datenotequals", "is not", date(lambda value, wanted: value == wanted)),
        _positive("datelessthan", "is before", date(lambda value, wanted: value < wanted)),
        _positive("datelessthanequals", "is not after", date(lambda value, wanted: value <= wanted)),
        _positive("dategreaterthan", "is after", date(lambda value, wanted: value > wanted)),
        _positive("dategreaterthanequals", "is not before", date(lambda value, wanted: value >= wanted)),
    )
}
