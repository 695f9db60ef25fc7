# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options that all modules have beside those of amazon.aws. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._aws.retry import TIMEOUT

CONNECTION_SPEC: dict[str, Any] = {
    "account_id": {"type": "str"},
    "assume_role_arn": {"type": "str"},
    # AWS does not treat it as a secret, and to mask it would garble results that contain the same word:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    "external_id": {"type": "str", "no_log": False},
    "retry_timeout": {"type": "int", "default": TIMEOUT},
}
PREVIEW_SPEC: dict[str, Any] = {"allow_missing_in_check_mode": {"type": "bool", "default": False}}


def not_a_dictionary(specification: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """A sentence if an option takes a list of dictionaries and a task gives it something else; empty if none does.

    Ansible's own message does not name the option. A text such as C(id=444455556666) is a dictionary to Ansible.
    """
    for option, spec in specification.items():
        given = arguments.get(option)
        if "options" not in spec or spec.get("elements") != "dict" or given is None or isinstance(given, Mapping):
            continue
        for entry in given if isinstance(given, list) else [given]:
            is_text_of_dictionary = isinstance(entry, str) and ("=" in entry or entry.lstrip().startswith("{"))
            if not isinstance(entry, Mapping) and not is_text_of_dictionary:
                names = sorted(spec["options"], key=lambda name: not spec["options"][name].get("required"))
                value = entry if isinstance(entry, (str, int)) else "..."
                example = f'{option}: [{{{names[0]}: "{value}"}}]'
                return f"{option}: {entry!r} is not a dictionary. Use a list of dictionaries, such as {example}."
    return ""
