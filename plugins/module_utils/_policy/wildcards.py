# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The wildcards of policies: what a pattern matches, covers, or has in common with another. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

C(*) stands for any number of characters and C(?) for one. A marked policy variable may stand for any text.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from .variables import END, LITERAL_MANY, LITERAL_ONE, START, has_variable

_TOKEN = re.compile(rf"\*|\?|{START}[^{END}]*{END}?|.", re.DOTALL)
_WILD = re.compile(rf"[*?{START}]")
_MANY, _ONE, _OTHER = "many", "one", "other"  # no token for a literal character has more than one character
_LITERALS = {LITERAL_MANY: "*", LITERAL_ONE: "?"}
_REMEMBERED = 8192
_States = frozenset[int]


def like(value: str, pattern: str) -> bool:
    """Return whether the pattern matches the value. A policy variable in the pattern matches any text."""
    return _compiled(pattern).fullmatch(value) is not None


def literal(value: str) -> str:
    """Return a pattern that matches the value and nothing else."""
    return value.replace("*", LITERAL_MANY).replace("?", LITERAL_ONE)


def is_pattern(text: str) -> bool:
    """Return whether a text has a wildcard or a policy variable."""
    return _WILD.search(text) is not None


@lru_cache(maxsize=_REMEMBERED)
def covers(pattern: str, other: str) -> bool:
    """Return whether the pattern matches every value that the other pattern matches.

    A pattern with a policy variable covers nothing for certain.
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
    """Return whether a value exists that both patterns match. A policy variable may have any value."""
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
    return _intersect(tokens, others)


@lru_cache(maxsize=_REMEMBERED)
def _compiled(pattern: str) -> re.Pattern[str]:
    signs = {_MANY: ".*", _ONE: "."}
    return re.compile("".join(signs.get(token) or re.escape(token) for token in _tokens(pattern)), re.DOTALL)


@lru_cache(maxsize=_REMEMBERED)
def _tokens(pattern: str) -> tuple[str, ...]:
    """The literal characters, and _MANY and _ONE for the wildcards; several _MANY in a row are one."""
    tokens: list[str] = []
    for text in _TOKEN.findall(pattern):
        token = {"*": _MANY, "?": _ONE}.get(text, _MANY if text[0] == START else _LITERALS.get(text, text))
        if token != _MANY or tokens[-1:] != [_MANY]:
            tokens.append(token)
    return tuple(tokens)


@lru_cache(maxsize=_REMEMBERED)
def _start(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The literal characters before the first wildcard."""
    end = next((position for position, token in enumerate(tokens) if token in (_MANY, _ONE)), len(tokens))
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
    if token == _MANY:
        pairs += [(first + 1, second), *([(first, second + 1)] if other else [])]
    if other == _MANY:
        pairs += [(first, second + 1), *([(first + 1, second)] if token else [])]
    if token and other and (token == other or _ONE in (token, other)):
        pairs.append((first + 1, second + 1))
    return pairs


def _is_included(others: tuple[str, ...], tokens: tuple[str, ...]) -> bool:
    """Walk through all values of C(others), with all positions that each may reach in C(tokens).

    A character that is in neither pattern stands for all such characters.
    """
    alphabet = {*tokens, *others, _OTHER} - {_MANY, _ONE}
    waiting = [(0, _with_empty(frozenset({0}), tokens))]
    seen = set(waiting)
    while waiting:
        position, states = waiting.pop()
        if set(others[position:]) <= {_MANY} and len(tokens) not in states:
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
    if token == _MANY:
        stays = [(position, _step(states, character, tokens)) for character in alphabet]
        return [(position + 1, states), *stays]
    characters = alphabet if token == _ONE else {token}
    return [(position + 1, _step(states, character, tokens)) for character in characters]


def _step(states: _States, character: str, tokens: tuple[str, ...]) -> _States:
    reached = set()
    for state in states:
        token = tokens[state] if state < len(tokens) else ""
        if token == _MANY:
            reached.add(state)
        elif token in (_ONE, character):
            reached.add(state + 1)
    return _with_empty(frozenset(reached), tokens)


def _with_empty(states: _States, tokens: tuple[str, ...]) -> _States:
    """The states, and those after a _MANY that matches no character."""
    after = {state + 1 for state in states if state < len(tokens) and tokens[state] == _MANY}
    return states | after
