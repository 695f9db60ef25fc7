# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options about the events of a trail. One module configures them, another one compares them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from typing import Any

_STRINGS: dict[str, Any] = {"type": "list", "elements": "str"}
_FIELD_SELECTOR = {
    "field": {"type": "str", "required": True},
    "equals": _STRINGS,
    "starts_with": _STRINGS,
    "ends_with": _STRINGS,
    "not_equals": _STRINGS,
    "not_starts_with": _STRINGS,
    "not_ends_with": _STRINGS,
}
_SELECTOR = {
    "name": {"type": "str"},
    "field_selectors": {"type": "list", "elements": "dict", "required": True, "options": _FIELD_SELECTOR},
}
EVENT_SPEC: dict[str, Any] = {
    "management_events": {"type": "str", "choices": ["all", "read", "write", "none"]},
    "exclude_management_event_sources": _STRINGS,
    "data_events": {"type": "dict", "options": {"s3": _STRINGS, "lambda": _STRINGS}},
    "advanced_event_selectors": {"type": "list", "elements": "dict", "options": _SELECTOR},
    "insights": {**_STRINGS, "choices": ["ApiCallRateInsight", "ApiErrorRateInsight"]},
}
