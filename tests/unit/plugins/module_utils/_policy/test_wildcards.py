# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wildcards of policies."""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy.variables import mark
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
