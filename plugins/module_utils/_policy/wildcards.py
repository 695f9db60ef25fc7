# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The wildcards of policies: what a pattern matches, takes in whole, or may touch. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

C(*) stands for any characters and C(?) for one; a policy variable, C(${...}), for what is not known here:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import fnmatch
import re

_WILD = re.compile(r"\*|\?|\$\{")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_MANY, _ONE = "\0" * 64, "\1"  # stand for what a wildcard takes; no pattern spells them


def like(value: str, pattern: str) -> bool:
    """Whether the pattern matches the value."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), value) is not None


def covers(pattern: str, other: str) -> bool:
    """Whether the pattern surely matches whatever the other pattern matches."""
    if _VARIABLE.search(pattern):
        return False
    sample = _VARIABLE.sub(_MANY, other).replace("*", _MANY).replace("?", _ONE)
    return like(sample, pattern)


def may_touch(pattern: str, other: str) -> bool:
    """Whether both may match some same value; in doubt they may."""
    if not _WILD.search(pattern):
        return like(pattern, other)
    if not _WILD.search(other) and not _VARIABLE.search(pattern):
        return like(other, pattern)
    one, two = _WILD.split(pattern)[0], _WILD.split(other)[0]
    return one.startswith(two) or two.startswith(one)
