# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Text of others made safe to show on a page, in XML and on a terminal. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re

# Control characters, which steer terminals and are no XML 1.0 (https://www.w3.org/TR/xml/#charsets); lone surrogates,
# which are no UTF-8; and marks of direction, by which "gpj.exe" reads as "exe.jpg"
# (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). Tabulator and line feed are harmless.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """The text with every character that hides or rearranges others written out, as C(\\u202e)."""
    return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def sentence(finding: dict[str, str]) -> str:
    """A finding in words: what, where, since when, and what to do next."""
    where = f" ({finding['resource']})" if finding["resource"] and finding["resource"] not in finding["message"] else ""
    since = f" Since {finding['since']}." if finding["since"] and finding["since"] not in finding["message"] else ""
    remediation = f" {finding['remediation']}" if finding["remediation"] else ""
    return visible(f"{finding['message']}{where}{since}{remediation}")
