# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The wildcards of policies: what a pattern matches, covers, or has in common with another. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

C(*) stands for any number of characters and C(?) for one. A marked policy variable may stand for any text. C(SEGMENT)
stands for any number of characters other than a slash, in the patterns of this collection only.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from .variables import END, LITERAL_MANY, LITERAL_ONE, SEGMENT, START, has_variable

_TOKEN = re.compile(rf"\*|\?|{START}[^{END}]*{END}?|.", re.DOTALL)
_WILD = re.compile(rf"[*?{START}{SEGMENT}]")
# no token for a literal character has more than one character
_MANY, _ONE, _PART, _OTHER = "many", "one", "part", "other"
_ABSORBING = (_MANY, _PART)  # tokens that stand for any number of characters
_WILDCARDS = {"*": _MANY, "?": _ONE, SEGMENT: _PART}
_LITERALS = {LITERAL_MANY: "*", LITERAL_ONE: "?"}
_REMEMBERED = 8192
_FEW = 2  # wildcards
_MOST = 100_000  # steps of a walk through two patterns, which could take hours
_States = frozenset[int]


def like(value: str, pattern: str) -> bool:
    """Return whether the pattern matches the value. A policy variable in the pattern matches any text."""
    tokens = _tokens(pattern)
    if sum(token in _ABSORBING for token in tokens) > _FEW:  # a regular expression could take hours
        return _intersect(_tokens(literal(value)), tokens)
    return _compiled(pattern).fullmatch(value) is not None


def literal(value: str) -> str:
    """Return a pattern that matches the value and nothing else."""
    return value.replace("*", LITERAL_MANY).replace("?", LITERAL_ONE)


def is_pattern(text: str) -> bool:
    """Return whether a text has a wildcard or a policy variable."""
    return _WILD.search(text) is not None


def fixed_start(text: str) -> str:
    """Return what is before the first wildcard or policy variable of a text."""
    return _WILD.split(text, 1)[0]


@lru_cache(maxsize=_REMEMBERED)
def covers(pattern: str, other: str) -> bool:
    """Return whether the pattern matches every value that the other pattern matches.

    A pattern with a policy variable covers nothing for certain. Neither does a pattern that takes too long.
    """
    if has_variable(pattern):
        return False
    tokens, others = _tokens(pattern), _tokens(other)
    start = _start(tokens)
    if _start(others)[: len(start)] != start:
        return False
    if tokens[len(start) :] == (_MANY,):
        return True
    return _is_included(others, tokens)


@lru_cache(maxsize=_REMEMBERED)
def may_touch(pattern: str, other: str) -> bool:
    """Return whether a value exists that both patterns match. A policy variable may have any value.

    The answer is yes if it takes too long.
    """
    for first, second in ((pattern, other), (other, pattern)):
        if not is_pattern(second):
            return like("".join(_tokens(second)), first)
    tokens, others = _tokens(pattern), _tokens(other)
    start, other_start = _start(tokens), _start(others)
    common = min(len(start), len(other_start))
    if start[:common] != other_start[:common]:
        return False
    for short, length in ((tokens, other_start), (others, start)):
        if short[-1:] == (_MANY,) and len(_start(short)) == len(short) - 1 <= len(length):
            return True
    return len(tokens) * len(others) > _MOST or _intersect(tokens, others)


@lru_cache(maxsize=_REMEMBERED)
def _compiled(pattern: str) -> re.Pattern[str]:
    signs = {_MANY: ".*", _ONE: ".", _PART: "[^/]*"}
    return re.compile("".join(signs.get(token) or re.escape(token) for token in _tokens(pattern)), re.DOTALL)


@lru_cache(maxsize=_REMEMBERED)
def _tokens(pattern: str) -> tuple[str, ...]:
    """The literal characters, and tokens for the wildcards; several _MANY in a row are one."""
    tokens: list[str] = []
    for text in _TOKEN.findall(pattern):
        token = _WILDCARDS.get(text, _MANY if text[0] == START else _LITERALS.get(text, text))
        if token != _MANY or tokens[-1:] != [_MANY]:
            tokens.append(token)
    return tuple(tokens)


@lru_cache(maxsize=_REMEMBERED)
def _start(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The literal characters before the first wildcard."""
    end = next((position for position, token in enumerate(tokens) if len(token) > 1), len(tokens))
    return tokens[:end]


def _intersect(tokens: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Walk through both patterns at once; C(waiting) are pairs of positions that a common beginning reaches."""
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        first, second = waiting.pop()
        if first == len(tokens) and second == len(others):
            return True
        for pair in _next_pairs(tokens, others, first, second):
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    return False


def _next_pairs(tokens: tuple[str, ...], others: tuple[str, ...], first: int, second: int) -> list[tuple[int, int]]:
    token = tokens[first] if first < len(tokens) else ""
    other = others[second] if second < len(others) else ""
    pairs = []
    if token in _ABSORBING:
        pairs += [(first + 1, second), *([(first, second + 1)] if _absorbs(token, other) else [])]
    if other in _ABSORBING:
        pairs += [(first, second + 1), *([(first + 1, second)] if _absorbs(other, token) else [])]
    if token and other and (token == other or _ONE in (token, other)):
        pairs.append((first + 1, second + 1))
    return pairs


def _absorbs(token: str, character: str) -> bool:
    """Whether a token that stands for any number of characters may stand for this one too, among others."""
    return token in _ABSORBING and bool(character) and (token == _MANY or character != "/")


def _is_included(others: tuple[str, ...], tokens: tuple[str, ...]) -> bool:
    """Walk through all values of C(others), with all positions that each may reach in C(tokens).

    A character that is in neither pattern stands for all such characters.
    """
    alphabet = {*tokens, *others, "/", _OTHER} - {_MANY, _ONE, _PART}
    waiting = [(0, _with_empty(frozenset({0}), tokens))]
    seen, steps = set(waiting), 0
    while waiting:
        position, states = waiting.pop()
        steps += len(states) * len(alphabet)
        if steps > _MOST or (set(others[position:]) <= set(_ABSORBING) and len(tokens) not in states):
            return False
        for pair in _next_states(others, tokens, position, states, alphabet):
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    return True


def _next_states(
    others: tuple[str, ...], tokens: tuple[str, ...], position: int, states: _States, alphabet: set[str]
) -> list[tuple[int, _States]]:
    if position == len(others):
        return []
    token = others[position]
    if token in _ABSORBING:
        absorbed = [character for character in alphabet if _absorbs(token, character)]
        stays = [(position, _step(states, character, tokens)) for character in absorbed]
        return [(position + 1, states), *stays]
    characters = alphabet if token == _ONE else {token}
    return [(position + 1, _step(states, character, tokens)) for character in characters]


def _step(states: _States, character: str, tokens: tuple[str, ...]) -> _States:
    reached = set()
    for state in states:
        token = tokens[state] if state < len(tokens) else ""
        if _absorbs(token, character):
            reached.add(state)
        elif token in (_ONE, character):
            reached.add(state + 1)
    return _with_empty(frozenset(reached), tokens)


def _with_empty(states: _States, tokens: tuple[str, ...]) -> _States:
    """The states, and those that wildcards reach that match no character."""
    reached, waiting = set(states), list(states)
    while waiting:
        state = waiting.pop()
        if state < len(tokens) and tokens[state] in _ABSORBING and state + 1 not in reached:
            reached.add(state + 1)
            waiting.append(state + 1)
    return frozenset(reached)
