# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The wildcards of policies: what a pattern matches, covers, or may have in common with another. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

C(*) stands for any number of characters and C(?) for one. The value of a policy variable, C(${...}), is not known here.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import fnmatch
import re

_WILD = re.compile(r"\*|\?|\$\{")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_MANY, _ONE = "\0" * 64, "\1"  # stand for the characters that a wildcard matches; no pattern contains them


def like(value: str, pattern: str) -> bool:
    """Return whether the pattern matches the value."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), value) is not None


def covers(pattern: str, other: str) -> bool:
    """Return whether the pattern definitely matches every value that the other pattern matches."""
    if _VARIABLE.search(pattern):
        return False
    sample = _VARIABLE.sub(_MANY, other).replace("*", _MANY).replace("?", _ONE)
    return like(sample, pattern)


def may_touch(pattern: str, other: str) -> bool:
    """Return whether a value may exist that both patterns match. When the result is uncertain, it is true."""
    if not _VARIABLE.search(pattern + other):
        if not _WILD.search(pattern):
            return like(pattern, other)
        if not _WILD.search(other):
            return like(other, pattern)
    start, other_start = _WILD.split(pattern)[0], _WILD.split(other)[0]
    return start.startswith(other_start) or other_start.startswith(start)
