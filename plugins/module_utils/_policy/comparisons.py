# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How each type of condition operator compares a value of a request with a value of a policy. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each comparison takes the pattern of what the request may have, and the marked text of the policy. If the value of the
request is known, the pattern has no wildcards. A text that cannot be parsed compares as MAYBE, because a typing error
must not hide access.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from .match import Match, all_of, match_of
from .variables import LITERAL_MANY, LITERAL_ONE, has_variable
from .wildcards import covers, is_pattern, like, literal, may_touch

Comparison = Callable[[str, str], Match]

_ARN_PARTS, _TRAIL = 6, ":trail/"
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def equal(pattern: str, text: str) -> Match:
    """Compare as StringEquals: wildcards of the policy are plain characters."""
    return _known(pattern, text, lambda value, wanted: value == wanted)


def equal_ignoring_case(pattern: str, text: str) -> Match:
    """Compare as StringEqualsIgnoreCase."""
    return equal(pattern.lower(), text.lower())


def is_like(pattern: str, text: str) -> Match:
    """Compare as StringLike.

    In the pattern of a trail's ARN no wildcard reaches beyond a colon, because no part of the ARN contains one.
    """
    if text == "*" or (pattern == text and not has_variable(text)):
        return Match.YES
    if _TRAIL in pattern and pattern.count(":") == text.count(":") == _ARN_PARTS - 1:
        return _by_parts(pattern, text)
    if not is_pattern(pattern) and not has_variable(text):
        return match_of(like(_value(pattern), text) if is_pattern(text) else _value(pattern) == _value(text))
    if covers(text, pattern):
        return Match.YES
    return Match.MAYBE if may_touch(text, pattern) else Match.NO


def arn_like(pattern: str, text: str) -> Match:
    """Compare as ArnLike and ArnEquals: each of the six parts is compared alone, and may contain wildcards.

    AWS documents neither how a value that is not an ARN compares, nor what a text of fewer parts matches, such as
    C(*).
    """
    if pattern.count(":") < _ARN_PARTS - 1:
        return Match.MAYBE
    if text.count(":") < _ARN_PARTS - 1:
        return Match.MAYBE if may_touch(text, pattern) else Match.NO
    return _by_parts(pattern, text)


def _by_parts(pattern: str, text: str) -> Match:
    parts, wanted = pattern.split(":", _ARN_PARTS - 1), text.split(":", _ARN_PARTS - 1)
    return all_of(is_like(part, other) for part, other in zip(parts, wanted, strict=True))


def boolean(pattern: str, text: str) -> Match:
    """Compare as Bool, without regard to case. AWS does not document what any other text matches."""
    if text.lower() not in ("true", "false"):
        return Match.MAYBE
    return _known(pattern.lower(), text.lower(), lambda value, wanted: value == wanted)


def numeric(compare: Callable[[Any, Any], bool]) -> Comparison:
    """Return a comparison of numbers, such as NumericLessThan."""
    return _parsed(_number, compare)


def date(compare: Callable[[Any, Any], bool]) -> Comparison:
    """Return a comparison of times, such as DateLessThan. A time is in ISO 8601, or in seconds since 1970."""
    return _parsed(_time, compare)


def binary(pattern: str, text: str) -> Match:
    """Compare as BinaryEquals: bytes that are encoded in Base64."""
    return _parsed(_base64, lambda value, wanted: value == wanted)(pattern, text)


def in_network(pattern: str, text: str) -> Match:
    """Compare as IpAddress: an address is in a network in CIDR notation, or is the address itself.

    A network with bits of a host set is read as AWS reads it, without these bits. IPv4 and IPv6 never match each other.
    """
    return _parsed(
        lambda value: ipaddress.ip_network(value, strict=False),
        lambda address, network: address.version == network.version and address.subnet_of(network),
    )(pattern, text)


def compares_alike(compare: Comparison, value: str) -> bool:
    """Return whether a comparison of a value with the same text is certain to match."""
    if has_variable(value) or not value:
        return False
    if compare is arn_like:
        return value.count(":") >= _ARN_PARTS - 1
    return compare is is_like or (compare in (equal, equal_ignoring_case) and not set("*?") & set(value))


def _known(pattern: str, text: str, compare: Callable[[str, str], bool]) -> Match:
    """Compare plain texts; if a part of one is not known, the answer is MAYBE if the texts may be equal."""
    if not is_pattern(pattern) and not has_variable(text):
        return match_of(compare(_value(pattern), _value(text)))
    wanted = text if has_variable(text) else literal(text)
    return Match.MAYBE if may_touch(pattern, wanted) else Match.NO


def _parsed(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Comparison:
    """Return a comparison of parsed values, which is MAYBE if one of them is not known or cannot be parsed."""

    def compared(pattern: str, text: str) -> Match:
        if is_pattern(pattern) or has_variable(text):
            return Match.MAYBE
        try:
            return match_of(compare(parse(_value(pattern)), parse(_value(text))))
        except (ValueError, TypeError, OverflowError, OSError):
            return Match.MAYBE

    return compared


def _value(pattern: str) -> str:
    """The only value that a pattern without wildcards matches."""
    return pattern.replace(LITERAL_MANY, "*").replace(LITERAL_ONE, "?")


def _number(text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return float(text) if "." in text else int(text)


def _base64(text: str) -> str:
    if not _BASE64.fullmatch(text):
        raise ValueError(f"{text!r} is not Base64")
    return text


def _time(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), timezone.utc)
    except ValueError:
        time = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)
