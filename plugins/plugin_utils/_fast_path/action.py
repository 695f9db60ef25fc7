# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The fast path: a module's own code in Ansible's worker, without a process of its own.

Note that this plugin util is PRIVATE to the collection: it can change at any time.

A module costs half a second of CPU before its first call: a new Python, botocore, the service models, the trust store.
The strategies load the action's class in the parent, before it forks the worker of the first host: C(action_loader.get)
with C(class_only) in ansible-core's strategies linear and free, which are the base of the others. So importing the
action loads all that once, and each worker has it from its birth. Nothing that is loaded there is secret, and nobody is
asked before the fork: credentials are found in the worker and stay in it.

Where the module's process would not be this Python as this user on this machine, the module runs as any other does.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.plugins.loader import filter_loader
from ansible.utils.display import Display
from ansible_collections.central_logging.aws.plugins.module_utils._aws import session
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import hosted

from .worker_module import Ended, WorkerModule


class Module(Protocol):
    """A module of this collection as Python imports it. C(main) is C(_module.run) or C(_module.run_info)."""

    def main(self) -> None: ...


class InWorker(NormalAction):
    """The action of a module: subclasses name it, and the services that it calls."""

    module: Module

    def __init_subclass__(cls, services: tuple[str, ...], **more: Any) -> None:
        super().__init_subclass__(**more)
        filter_loader.get("ansible.builtin.default")  # finds all filters, as each worker would for its first template
        if session.AVAILABLE:
            session.preload("sts", *services)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        if not self._may_run_here(variables, environment):
            result: dict[str, Any] = super().run(tmp, task_vars)
            return result
        host = str(variables.get("inventory_hostname", ""))
        with (
            _environment(environment),
            hosted(self._module_class(variables), lambda sentence: _show(f"{host}: {sentence}")),
        ):
            try:
                self.module.main()
            except Ended as ended:
                return ended.result
        raise AssertionError("a module ends with a result")

    def _may_run_here(self, variables: Mapping[str, Any], environment: Mapping[str, Any]) -> bool:
        """Whether the module's process would be this Python as this user on this machine, and waited for."""
        return bool(
            session.AVAILABLE
            and self._connection.transport == "local"
            and self._connection.become is None
            and not self._task.async_val
            and self._interpreter(variables) == sys.executable
            and not any(name.startswith("PYTHON") for name in environment)  # Python reads these when it starts
        )

    def _interpreter(self, variables: Mapping[str, Any]) -> str:
        """As the task's host has it, or the host that the task is delegated to."""
        if self._task.delegate_to:
            variables = variables["ansible_delegated_vars"][self._task.delegate_to]
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        return str(self._templar.template(configured))

    def _module_class(self, variables: Mapping[str, Any]) -> Callable[..., Any]:
        task = self._task
        tells_options = _tells_options(variables)
        return functools.partial(WorkerModule, task.args, task.action, task.check_mode, task.diff, tells_options)


def _tells_options(variables: Mapping[str, Any]) -> bool:
    """Whether results hold the module's options, as C(invocation). Before ansible-core 2.21 all do."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))
    except AnsibleError:  # there is no such setting
        return True


@contextmanager
def _environment(more: Mapping[str, Any]) -> Iterator[None]:
    """The task's environment, which the next task of a loop in this worker is not to see."""
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in more.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _show(line: str) -> None:
    """On the operator's screen, but not among what a callback writes for a program to read."""
    Display().display(line, stderr=True)
