# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The fast path: the operation of a module inside Ansible's worker, without a process of its own.

Note that this plugin util is PRIVATE to the collection: it can change at any time.

A module needs half a second of CPU before its first call, for Python, botocore, service models and trust store. Ansible
imports an action before it forks the workers: the strategies linear and free, on which all others are based, call
C(action_loader.get) with C(class_only). All workers share what the action has loaded by then. Nothing of it is secret,
and no call is made before the fork: credentials are read in the worker and stay there.

If the module's process would not be the same Python, as the same user, on this machine, the module runs as usual.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.plugins.loader import filter_loader
from ansible.utils.display import Display
from ansible_collections.central_logging.aws.plugins.module_utils._aws import session
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import CentralLoggingError
from ansible_collections.central_logging.aws.plugins.module_utils._core.inventory_names import with_inventory_names
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import Operation, execute
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import (
    argument_spec,
    connect,
    sdk_is_supported,
)

from .task_options import TaskOptions, validate


def preload(*services: str) -> None:
    """Load what the workers share: the filters of templates, and botocore with the models of these services."""
    filter_loader.get("ansible.builtin.to_json")  # the first look-up finds all filters
    if session.AVAILABLE:
        session.preload("sts", *services)


class FastPathAction(NormalAction):
    """The action of a module. A subclass names the module's operation."""

    operation: Operation

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        if self._may_run_here(variables, environment):
            with _environment(environment):
                options = self._options()
                if not options.params.get("debug_botocore_endpoint_logs"):  # AnsibleAWSModule collects them
                    return options.masked(self._result(options, variables))
        result: dict[str, Any] = super().run(tmp, task_vars)
        return result

    def _may_run_here(self, variables: Mapping[str, Any], environment: Mapping[str, Any]) -> bool:
        """True if the module's process would be this Python as this user on this machine, and Ansible waits for it."""
        return bool(
            session.AVAILABLE
            and sdk_is_supported()  # if not, the module reports it
            and self._connection.transport == "local"
            and self._connection.become is None
            and not self._task.async_val
            and self._interpreter(variables) == sys.executable
            and not any(name.startswith("PYTHON") for name in environment)  # Python reads these when it starts
        )

    def _interpreter(self, variables: Mapping[str, Any]) -> str:
        """The Python of the task's host, or of the host to which the task is delegated."""
        if self._task.delegate_to:
            variables = variables["ansible_delegated_vars"][self._task.delegate_to]
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        return str(self._templar.template(configured))

    def _options(self) -> TaskOptions:
        return validate(self._task.args, argument_spec(self.operation), self.operation.rules, self._task.action)

    def _result(self, options: TaskOptions, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The result as the module's process would return it, secrets included."""
        host = str(variables.get("inventory_hostname", ""))
        result = _failed(options.error) if options.error else self._execute(options, host)
        warnings = list(dict.fromkeys([*options.warnings, *result.pop("warnings", [])]))
        return {
            **result,
            **({"warnings": warnings} if warnings else {}),
            **({"invocation": {"module_args": options.params}} if _returns_invocation(variables) else {}),
        }

    def _execute(self, options: TaskOptions, host: str) -> dict[str, Any]:
        try:
            return execute(
                self.operation,
                options.params,
                check_mode=self._task.check_mode,
                diff=self._task.diff,
                connection=connect(options.params),
                progress=lambda sentence: _show(f"{host}: {sentence}"),
            )
        except CentralLoggingError as error:
            return _failed(with_inventory_names(str(error)), **error.details)
        except Exception as error:  # as for a module's process: a failed result, which failed_when can accept
            message = (
                f"{self._task.action} stopped because of an error in its code: {type(error).__name__}: {error}. Report"
                f" it with the output of -vvv."
            )
            return _failed(message, exception=traceback.format_exc())


def _failed(message: str, **details: Any) -> dict[str, Any]:
    return {"failed": True, "msg": message, **details}


def _returns_invocation(variables: Mapping[str, Any]) -> bool:
    """True if results contain the module's options, as C(invocation). Before ansible-core 2.21 all results do."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))
    except AnsibleError:  # there is no such setting
        return True


@contextmanager
def _environment(more: Mapping[str, Any]) -> Iterator[None]:
    """The task's environment, which must not be seen by the next task of a loop in this worker."""
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in more.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _show(line: str) -> None:
    """Show a line to the operator, but not among what a callback writes for a program to read."""
    Display().display(line, stderr=True)
