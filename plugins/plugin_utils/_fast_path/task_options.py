# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of a task, validated as AnsibleModule validates them, and results without the secrets among them. Pure.

Note that this plugin util is PRIVATE to the collection: it can change at any time.

Only public names of ansible-core are used. Which values are secret is read from the argument spec here, because
ansible-core keeps the answer in a private field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values, set_fallbacks
from ansible.module_utils.errors import UnsupportedError
from ansible_collections.central_logging.aws.plugins.module_utils._core.inventory_names import with_inventory_names
from ansible_collections.central_logging.aws.plugins.module_utils._runner.entries import wrong_entry

Spec = Mapping[str, Mapping[str, Any]]  # an argument spec of Ansible


@dataclass(frozen=True, kw_only=True)
class TaskOptions:
    """The validated options of one task."""

    params: dict[str, Any] = field(repr=False)
    error: str  # empty if the options are valid
    warnings: list[str]
    secrets: set[str] = field(repr=False)

    def masked(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The result as AnsibleModule returns it: as JSON carries it, and without secrets.

        AnsibleModule keeps null, true and false at the top level, even if a secret looks like one of them.
        """
        whole = plain(result)
        harmless = {name: value for name, value in whole.items() if value is None or isinstance(value, bool)}
        return {**remove_values(whole, self.secrets), **harmless}


def validate(
    arguments: Mapping[str, Any], argument_spec: dict[str, Any], rules: Mapping[str, Any], action: str
) -> TaskOptions:
    """The options in the arguments of a task. C(action) is the name of the module as the task has it."""
    given = plain(arguments)
    # A value from the environment counts as given, and as secret, even if an alias then replaces the value. Secrets are
    # also masked as they are written, because an option that takes text converts a list.
    completed = dict(given)
    from_environment: set[str] = set_fallbacks(argument_spec, completed)
    checked = ArgumentSpecValidator(argument_spec, **rules).validate(given)
    params = checked.validated_parameters
    error = ""
    if checked.error_messages:
        unsupported = isinstance(checked.errors[0], UnsupportedError)
        prefix = f"Unsupported parameters for ({action}) module: " if unsupported else ""
        error = with_inventory_names(wrong_entry(argument_spec, given)) or f"{prefix}{checked.errors.msg}"
    return TaskOptions(
        params=params,
        error=error,
        warnings=list(_twice(argument_spec, completed)),
        secrets=from_environment | secrets(argument_spec, completed) | secrets(argument_spec, params),
    )


def secrets(argument_spec: Spec, params: Mapping[str, Any]) -> set[str]:
    """The values of all options with no_log, under each of their names, suboptions included."""
    values: set[str] = set()
    for name, option in argument_spec.items():
        for value in (params.get(key) for key in (name, *option.get("aliases", ()))):
            if option.get("no_log"):
                values.update(_texts(value))
            for suboptions in value if isinstance(value, list) else [value]:
                if "options" in option and isinstance(suboptions, Mapping):
                    values |= secrets(option["options"], suboptions)
    return values


def plain(value: Any) -> Any:
    """The value as JSON carries it: a module receives its options so, and Ansible the result."""
    return json.loads(json.dumps(value, default=_text))


def _texts(value: Any) -> Iterator[str]:
    """Every text and number in the value."""
    if isinstance(value, (Mapping, list)):
        for element in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(element)
    elif value not in (None, "", True, False):
        yield str(value)


def _twice(argument_spec: Spec, given: Mapping[str, Any]) -> Iterator[str]:
    """A warning, as AnsibleModule words it, for each option that has more than one of its names set."""
    for name, option in argument_spec.items():
        names = [key for key in (name, *option.get("aliases", ())) if key in given]
        yield from (f"Both option {name} and its alias {alias} are set." for alias in names[1:])


def _text(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
