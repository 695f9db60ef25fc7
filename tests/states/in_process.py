# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs verify.yml in this process: the tasks of the playbook and of its role as Ansible reads them, without workers.

Ansible's own executor runs each task with the role's own expressions, so that a run cannot differ from the role. Only
the parts around it are simple: one host after the other, no callbacks, and no process for a module without an action.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from ansible import context
from ansible._internal._task import TaskContext
from ansible.executor.task_executor import TaskExecutor
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.playbook import Playbook
from ansible.playbook.block import Block
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugins
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from tests.accounts import ROOT

ACCESS = "central_logging.aws.log_archive_access_info"
RETRY_TIMEOUT = 2  # seconds: some states fail for good, and others only for some calls
_ARGUMENTS = {"connection": "local", "check": False, "diff": False, "verbosity": 0, "become": None, "tags": ()}

context.CLIARGS = ImmutableDict({**context.CLIARGS, **_ARGUMENTS})
plugins.init_plugin_loader()  # from now on, Ansible's loader finds the collection

from ansible_collections.central_logging.aws.plugins.modules import log_archive_access_info  # noqa: E402
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import files  # noqa: E402
from ansible_collections.central_logging.aws.plugins.plugin_utils._fast_path.action import FastPathAction  # noqa: E402


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run of verify.yml left."""

    failing: frozenset[str]  # hosts
    messages: Mapping[str, str]  # of the failing hosts
    evidence: Any  # plugin_utils._evidence.model.Evidence; None if none was written
    hosts: Mapping[str, Any]  # the verdict of each host


class _Executor(TaskExecutor):  # type: ignore[misc]  # Ansible has no types
    """Runs a module without an action by the fast path too."""

    def _get_action_handler_with_module_context(self, templar: Any) -> Any:
        handler, module_context = super()._get_action_handler_with_module_context(templar=templar)
        if self._task.action != ACCESS or isinstance(handler, FastPathAction):
            return handler, module_context
        fast = type("ActionModule", (FastPathAction,), {"operation": log_archive_access_info.OPERATION})
        members = ("_task", "_connection", "_play_context", "_loader", "_templar", "_shared_loader_obj")
        names = {name.removeprefix("_"): getattr(handler, name) for name in members}
        return fast(**names), module_context


class Verification:
    """verify.yml with the example inventory, with a part of it, or with another one."""

    def __init__(self, *, without: str = "", inventory: Path = ROOT / "inventory" / "hosts.yml") -> None:
        self._loader = DataLoader()
        self._loader.set_basedir(str(ROOT / "playbooks"))
        self._inventory = InventoryManager(loader=self._loader, sources=[str(inventory)])
        variables = VariableManager(loader=self._loader, inventory=self._inventory)
        playbook = Playbook.load(
            str(ROOT / "playbooks" / "verify.yml"), variable_manager=variables, loader=self._loader
        )
        (self._play,) = playbook.get_plays()
        if without:
            self._inventory._inventory.remove_host(self._inventory.get_host(without))
            self._inventory._inventory._groups_dict_cache.clear()

    def run(self, environment: Mapping[str, str], limit: str = "", **extra_vars: Any) -> Run:
        """Run the play with extra variables, as with C(-e)."""
        variables = VariableManager(loader=self._loader, inventory=self._inventory)
        options = {"central_logging_evidence_directory": "evidence", "central_logging_retry_timeout": RETRY_TIMEOUT}
        variables._extra_vars = {**options, **extra_vars}
        HostVars(self._inventory, variables, self._loader)  # makes itself known to the variable manager
        self._inventory.subset(limit or None)
        evidence: list[Any] = []

        def contents(written: Any) -> Any:
            """The files of the evidence are not rendered."""
            evidence.append(written)
            return mock.Mock(sha256="")

        write = mock.Mock(return_value={})
        with (
            mock.patch.dict(os.environ, environment),
            mock.patch.multiple(files, contents=contents, write=write),
        ):
            messages, report = self._run_tasks(variables)
        return Run(
            failing=frozenset(messages),
            messages=messages,
            evidence=evidence[0] if evidence else None,
            hosts=report,
        )

    def _run_tasks(self, variables: VariableManager) -> tuple[dict[str, str], dict[str, Any]]:
        hosts = self._inventory.get_hosts(self._play.hosts)
        messages: dict[str, str] = {}
        report: dict[str, Any] = {}
        for task in self._tasks():
            if task.action.endswith("meta"):
                continue  # end_play in check mode, and the handlers that Ansible flushes
            alive = [host for host in hosts if host.name not in messages]
            for host in alive[:1] if task.run_once else alive:
                result = self._run_task(task, host, variables)
                for target in alive if task.run_once else [host]:
                    if task.register:
                        variables.set_nonpersistent_facts(target.name, {task.register: result})
                    if result.get("failed") and not task.ignore_errors:
                        messages[target.name] = str(result.get("msg"))
                if "evidence_report" in task.action:
                    report = dict(result.get("hosts", {}))
        return messages, report

    def _run_task(self, task: Task, host: Any, variables: VariableManager) -> dict[str, Any]:
        values = variables.get_vars(play=self._play, host=host, task=task)
        copy = task.copy()
        play_context, queue = PlayContext(self._play), mock.MagicMock()
        executor = _Executor(host, copy, values, play_context, self._loader, plugins, queue, variables)
        # these tests run with the ansible-core of .venv; pylint of 2.21 knows more arguments
        with TaskContext(copy):  # pylint: disable=missing-kwoa
            result: dict[str, Any] = executor.run()
        return result

    def _tasks(self) -> Iterator[Task]:
        for block in self._play.compile():
            yield from _tasks_of(block)


def _tasks_of(block: Block) -> Iterator[Task]:
    for entry in block.block:
        if isinstance(entry, Block):
            yield from _tasks_of(entry)
        else:
            yield entry
