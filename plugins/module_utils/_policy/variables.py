# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Policy variables in the texts of a policy, marked so that they cannot be taken for other text. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

C(${key}) and C(${key, 'default'}) stand for a value of the request. C(${*}), C(${?}) and C(${$}) stand for the
character itself. All of them are plain text unless the Version of the policy is 2012-10-17. AWS reads a policy without
a Version as 2008-10-17.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
"""

from __future__ import annotations

import re

WITH_VARIABLES, WITHOUT_VARIABLES = "2012-10-17", "2008-10-17"  # the only two values of Version

_WRITTEN = re.compile(r"\$\{([^}]*)\}?")
# characters for private use stand for what would look like other characters of a pattern
LITERAL_MANY, LITERAL_ONE = "\ue000", "\ue001"
START, _COLON, END = "\ue002", "\ue003", "\ue004"
SEGMENT = "\ue005"  # any number of characters other than a slash; policies have no such wildcard
_MARKS = frozenset((LITERAL_MANY, LITERAL_ONE, START, _COLON, END, SEGMENT))
_CHARACTERS = {"*": LITERAL_MANY, "?": LITERAL_ONE, "$": "$"}
_AS_WRITTEN = {LITERAL_MANY: "${*}", LITERAL_ONE: "${?}", START: "${", _COLON: ":", END: "}"}


def mark(text: str) -> str:
    """Return the text with its variables marked. No mark contains a colon, which separates the parts of an ARN."""
    return _WRITTEN.sub(_mark, text)


def _mark(variable: re.Match[str]) -> str:
    name = variable.group(1)
    return _CHARACTERS.get(name) or START + name.replace(":", _COLON) + END


def unmark(text: str) -> str:
    """Return a marked text as it is written in the policy."""
    return "".join(_AS_WRITTEN.get(character, character) for character in text)


def has_mark(text: str) -> bool:
    """Return whether a text that is not marked yet has a character that would be taken for a mark."""
    return not _MARKS.isdisjoint(text)


def has_variable(text: str) -> bool:
    """Return whether a marked text has a variable whose value depends on the request."""
    return START in text
