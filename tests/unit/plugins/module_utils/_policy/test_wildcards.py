# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wildcards of policies."""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy.variables import (
    SEGMENT,
    has_variable,
    mark,
    unmark,
)
from ansible_collections.central_logging.aws.plugins.module_utils._policy.wildcards import covers, like, may_touch

B = "arn:aws:s3:::b"


@pytest.mark.parametrize(
    ("value", "pattern", "matches"),
    [
        ("a", "a", True),
        ("ab", "a?", True),
        ("a", "a?", False),
        ("a/b", "*", True),
        ("[a]", "[a]", True),
        ("a\nb", "a*b", True),
    ],
)
def test_like(value: str, pattern: str, *, matches: bool) -> None:
    assert like(value, pattern) == matches


@pytest.mark.parametrize(
    ("pattern", "other", "whole", "part"),
    [
        ("*", f"{B}/*", True, True),
        (f"{B}/*", f"{B}/*", True, True),
        (f"{B}*", f"{B}/*", True, True),
        (f"{B}/x/*", f"{B}/*", False, True),
        (f"{B}/*", f"{B}/x/*", True, True),
        (f"{B}/?", f"{B}/*", False, True),
        (f"{B}/?", f"{B}/?", True, True),
        (B, f"{B}/*", False, False),
        (f"{B}/key", f"{B}/*", False, True),
        (B, B, True, True),
        (f"{B}/*", B, False, False),
        ("arn:aws:s3:::other/*", f"{B}/*", False, False),
        ("arn:*:s3:::b/*", f"{B}/*", True, True),
        (f"{B}/${{aws:username}}/*", f"{B}/*", False, True),
        (f"{B}/*", f"{B}/${{aws:username}}", True, True),
    ],
)
def test_covers_and_touches(pattern: str, other: str, *, whole: bool, part: bool) -> None:
    assert covers(mark(pattern), mark(other)) == whole
    assert may_touch(mark(pattern), mark(other)) == part


def words(letters: str, most: int) -> list[str]:
    """Every word of the letters up to a length."""
    found = [""]
    for _length in range(most):
        found += [word + letter for word in found if len(word) == _length for letter in letters]
    return found


def test_covers_and_touches_agree_with_every_short_value() -> None:
    """What two patterns have in common is decided by trying all values of a small alphabet."""
    patterns = [pattern for pattern in words(f"a/*?{SEGMENT}", 3) if pattern]
    values = words("a/c", 5)
    matching = {pattern: {value for value in values if like(value, pattern)} for pattern in patterns}
    for pattern in patterns:
        for other in patterns:
            assert covers(pattern, other) == (matching[other] <= matching[pattern]), (pattern, other)
            assert may_touch(pattern, other) == bool(matching[other] & matching[pattern]), (pattern, other)


@pytest.mark.parametrize(
    ("text", "is_variable"),
    [
        ("${aws:username}", True),
        ("a${aws:PrincipalTag/x, 'y'}", True),
        ("${unclosed", True),
        ("${*}${?}${$}", False),
        ("$x {y}", False),
    ],
)
def test_variables_are_marked_and_shown_as_written(text: str, *, is_variable: bool) -> None:
    assert has_variable(mark(text)) == is_variable
    assert ":" not in mark(text)
    assert unmark(mark(text)) == text.replace("${$}", "$") or text == "${unclosed"
