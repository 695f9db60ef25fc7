# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Text for people. Text that others wrote becomes safe for a page, for XML and for a terminal. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

# Control characters, which steer terminals and are not allowed in XML 1.0 (https://www.w3.org/TR/xml/#charsets); lone
# surrogates, which are not valid UTF-8; and direction marks, with which "gpj.exe" reads as "exe.jpg"
# (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). Tabs and line feeds are harmless.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]"
)


class FindingText(Protocol):
    """What the text of a finding needs."""

    @property
    def message(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def since(self) -> str: ...


def visible(text: str) -> str:
    """The text with each character that hides or rearranges other characters as an escape, such as C(\\u202e)."""
    return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def one_line(text: str) -> str:
    """The visible text without line breaks, for a terminal."""
    return " ".join(visible(text).split())


def finding_text(finding: FindingText) -> str:
    """Message, resource and time of a finding, each once."""
    resource = f" Resource: {finding.resource}." if finding.resource and finding.resource not in finding.message else ""
    since = f" Since: {finding.since}." if finding.since and finding.since not in finding.message else ""
    return f"{finding.message}{resource}{since}"


def in_words(value: object) -> str:
    """A value of a module's result as text: mappings as C(key: value), lists with commas, nothing as C(none)."""
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')}: {in_words(inner)}" for key, inner in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(in_words(inner) for inner in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == "" else str(value)
