# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Strings in policies: wildcards, ARN patterns, policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html (wildcards),
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html (ARN operators),
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html (variables).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

#: The value of a policy variable, or None if the request has none.
Variables = Callable[[str], str | None]

_TOKEN = re.compile(r"\$\{[^}]*\}|[*?:]|[^*?:$]+|\$")
_VARIABLE = re.compile(r"\s*(?P<key>[^,]+?)\s*(?:,\s*'(?P<default>.*)')?\s*", re.DOTALL)
#: The colons in front of the last of an ARN's six parts.
ARN_COLONS = 5


class Style(Enum):
    """How * and ? are read."""

    EXACT = "as themselves: StringEquals"
    LIKE = "as wildcards that match any character: StringLike, Action"
    ARN = "as wildcards that stay within one of the six parts of the ARN: ArnLike, ArnEquals"
    RESOURCE = "like ARN, but a * that ends a part may go on beyond the colon: Resource"


def matches(pattern: str, value: str, style: Style, variables: Variables | None = None) -> bool:
    """Whether the pattern matches the whole value. Variables are literal text if `variables` is None.

    A variable without a value makes the pattern match nothing. The value of a variable is never read as a wildcard.
    """
    if style is Style.ARN and value.count(":") < ARN_COLONS:
        return False
    if not any(character in pattern for character in "*?$"):
        return pattern == value
    if "${" not in pattern:
        return _compiled(pattern, style).fullmatch(value) is not None
    expression = _expression(pattern, style, variables)
    return expression is not None and re.fullmatch(expression, value, re.DOTALL) is not None


@lru_cache(maxsize=8192)
def _compiled(pattern: str, style: Style) -> re.Pattern[str]:
    """The regular expression of a pattern without variables. Cached, because a policy may list thousands."""
    return re.compile(_expression(pattern, style, None) or "", re.DOTALL)


def _expression(pattern: str, style: Style, variables: Variables | None) -> str | None:
    """The regular expression of a pattern, or None if a variable has no value."""
    pieces = []
    colons = 0
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        in_last_part = colons >= ARN_COLONS
        if text in ("*", "?"):
            ends_part = pattern[token.end() : token.end() + 1] in ("", ":")
            pieces.append(_wildcard(text, style, in_last_part, ends_part))
            continue
        if text.startswith("${") and variables and (in_last_part or style is not Style.RESOURCE):
            resolved = _resolved(text[2:-1], variables)
            if resolved is None:
                return None
            text = resolved
        elif text == ":":
            colons += 1
        pieces.append(re.escape(text))
    return "".join(pieces)


def _wildcard(text: str, style: Style, in_last_part: bool, ends_part: bool) -> str:
    if style is Style.EXACT:
        return re.escape(text)
    beyond = style is Style.RESOURCE and ends_part and text == "*"
    character = "." if style is Style.LIKE or in_last_part or beyond else "[^:]"
    return character + ("*" if text == "*" else "")


def unresolved(text: str, variables: Variables) -> bool:
    """Whether the text has a variable without a value and without a default."""
    return any(_resolved(name[2:-1], variables) is None for name in re.findall(r"\$\{[^}]*\}", text))


def _resolved(name: str, variables: Variables) -> str | None:
    """${*}, ${?} and ${$} are those characters; a default stands in quotes after a comma."""
    if name in ("*", "?", "$"):
        return name
    match = _VARIABLE.fullmatch(name)
    if not match:
        return None
    value = variables(match["key"])
    return match["default"] if value is None else value
