# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options that both policy modules have. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from typing import Any

from .layouts import AUTO, LAYOUTS

POLICY_SPEC: dict[str, Any] = {
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "id": {"type": "str", "required": True},
            "trail_name": {"type": "str"},
            "region": {"type": "str"},
        },
    },
    "organization_id": {"type": "str"},
    "organization_trails": {
        "type": "list",
        "elements": "dict",
        "options": {
            "management_account_id": {"type": "str", "required": True},
            "trail_name": {"type": "str", "required": True},
            "region": {"type": "str"},
        },
    },
    "layout": {"type": "str", "choices": [AUTO, *LAYOUTS], "default": AUTO},
    "purge_accounts": {"type": "bool", "default": False},
    "allow_weaken": {"type": "bool", "default": False},
    "policy_wait": {"type": "int", "default": 0},
    "settle_timeout": {"type": "int", "default": 60},
    "state": {"type": "str", "choices": ["present", "absent", "rendered"], "default": "present"},
}
