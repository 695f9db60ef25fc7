# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a module's code finds in Ansible's worker in the place of AnsibleModule.

Note that this plugin util is PRIVATE to the collection: it can change at any time.

Only what AnsibleAWSModule and this collection use of AnsibleModule is here, and it does the same: options are validated
by the same validator, and a result loses what is secret in the same way.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError


class Ended(SystemExit):
    """The module has ended, with a result."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__()
        self.result = result


class WorkerModule:
    """One run of a module's code for one task. C(options) are the task's, C(rules) those of AnsibleModule."""

    def __init__(
        self,
        options: dict[str, Any],
        name: str,
        check_mode: bool,
        diff: bool,
        tells_options: bool,
        argument_spec: dict[str, Any],
        supports_check_mode: bool,  # all modules of this collection do
        **rules: Any,
    ) -> None:
        self._name, self.check_mode, self._diff = name, check_mode, diff
        self._tells_options = tells_options
        checked = ArgumentSpecValidator(argument_spec, **rules).validate(plain(options))
        self.params: dict[str, Any] = checked.validated_parameters
        self._secrets: set[str] = checked._no_log_values
        self._deprecations: list[dict[str, Any]] = checked._deprecations
        self._warnings = [
            f"Both option {both['option']} and its alias {both['alias']} are set." for both in checked._warnings
        ]
        if checked.error_messages:
            self.fail_json(msg=self._complaint(checked))

    def warn(self, warning: str) -> None:
        self._warnings.append(warning)

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        self.exit_json(failed=True, msg=msg, **result)

    def exit_json(self, **result: Any) -> NoReturn:
        warnings = list(dict.fromkeys([*result.pop("warnings", []), *self._warnings]))
        told = {
            "invocation": {"module_args": self.params} if self._tells_options else None,
            "warnings": warnings,
            "deprecations": self._deprecations,
        }
        whole = {**result, **{key: value for key, value in told.items() if value}}
        # what AnsibleModule does: null, true and false are no secrets, whatever some secret looks like
        harmless = {key: value for key, value in whole.items() if value is None or isinstance(value, bool)}
        raise Ended({**remove_values(plain(whole), self._secrets), **harmless})

    def _complaint(self, checked: ValidationResult) -> str:
        if isinstance(checked.errors[0], UnsupportedError):
            return f"Unsupported parameters for ({self._name}) module: {checked.errors.msg}"
        return str(checked.errors.msg)


def plain(value: Any) -> Any:
    """The value as JSON carries it: what a module gets of its options, and Ansible of a module's result."""
    return json.loads(json.dumps(value, default=_text))


def _text(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
