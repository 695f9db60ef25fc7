# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The entries of options that are lists of dictionaries, validated one by one as Ansible does it.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

_NAMES = ("id", "account", "name", "bucket", "management_account_id")  # what names an entry to its author


def wrong_entry(specification: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """A sentence about the first entry that is not valid in an option with a list of dictionaries; empty if all are.

    Ansible's own message names neither the entry nor, for other values than dictionaries, the option.
    """
    for option, spec in specification.items():
        given = arguments.get(option)
        if "options" not in spec or spec.get("elements") != "dict" or given is None:
            continue
        if isinstance(given, Mapping):
            return f"{option}: the value is a dictionary, and not a list. {_use(option, spec, '...')}"
        for position, entry in enumerate(given if isinstance(given, list) else [given], start=1):
            problem = _problem(option, spec, entry)
            if problem:
                return f"{option}: {_label(position, entry)}: {problem}"
    return ""


def _problem(option: str, spec: Mapping[str, Any], entry: object) -> str:
    """What is wrong with the entry; empty if it is valid. A text such as C(id=444455556666) is one for Ansible."""
    if isinstance(entry, str) and ("=" in entry or entry.lstrip().startswith("{")):
        return ""
    if not isinstance(entry, Mapping):
        value = entry if isinstance(entry, (str, int)) else "..."
        return f"{entry!r} is not a dictionary. {_use(option, spec, value)}"
    for key, value in entry.items():
        known = spec["options"].get(key, {})
        if known.get("type") == "str" and isinstance(value, (Mapping, list)):  # Ansible makes a text of it
            return f"{key}: {value!r} is not a text. {_use(option, spec, '...')}"
        if known.get("required") and value in (None, ""):
            return f"{key} is empty. {_use(option, spec, '...')}"
    validator: Any = ArgumentSpecValidator  # it has no types
    checked = validator(spec["options"]).validate(dict(entry))
    if not checked.error_messages:
        return ""
    is_unknown = isinstance(checked.errors[0], UnsupportedError)
    return f"{'unknown key ' if is_unknown else ''}{checked.error_messages[0].rstrip('.')}. {_use(option, spec, '...')}"


def _label(position: int, entry: object) -> str:
    """The entry as its author knows it, such as: entry 2 (444455556666)."""
    names = [entry.get(key) for key in _NAMES] if isinstance(entry, Mapping) else []
    name = next((name for name in names if name and isinstance(name, (str, int))), "")
    return f"entry {position}{f' ({name})' if name else ''}"


def _use(option: str, spec: Mapping[str, Any], value: object) -> str:
    names = sorted(spec["options"], key=lambda name: not spec["options"][name].get("required"))
    return f'Use a list of dictionaries, such as {option}: [{{{names[0]}: "{value}"}}].'
