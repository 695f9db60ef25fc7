# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action behind M(central_logging.aws.evidence_report): it knows all hosts, and writes where Ansible runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_version
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import files as _evidence_files
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import rollup
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import Account, Answers, Scene
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import hosts as _inventory
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import Host

ARGUMENT_SPEC = {
    "trails": {"type": "str", "required": True},
    "delivery": {"type": "dict"},
    "integrity": {"type": "dict"},
    "access": {"type": "dict"},
    "first_delivery_timeout": {"type": "int", "default": 7200},
    "facts": {"type": "dict", "default": {}},
    "directory": {"type": "str"},
}


class ActionModule(ActionBase):
    """Calls nobody; writes three files unless in check mode."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        variables = task_vars or {}
        evidence = rollup.report(_scene(variables, options), _answers(variables, options))
        files: dict[str, str] = {}
        unwritten = ""
        if options["directory"] and not self._task.check_mode:
            try:
                files = _evidence_files.write(options["directory"], evidence)
            except _evidence_files.Unwritten as error:
                unwritten = str(error)
        hosts = rollup.verdicts(evidence, unwritten)
        return {**result, "changed": bool(files), "status": evidence["status"], "files": files, "hosts": hosts}


def _hosts(variables: Mapping[str, Any]) -> list[Host]:
    """The accounts of this play, also those whose hosts have failed earlier in the run."""
    play = set(variables["ansible_play_hosts_all"])
    groups = (_inventory.ARCHIVE_GROUP, _inventory.MEMBERS_GROUP)
    names = [name for group in groups for name in variables["groups"].get(group, []) if name in play]
    if not names:
        raise AnsibleActionFail(
            "No host of this play is in the group log_archive or members: there is nothing to report."
        )
    return [Host(name=name, variables=variables["hostvars"][name]) for name in names]


def _account(host: Host) -> Account:
    return Account(host.name, host.account, host.region, host.recorded_by)


def _scene(variables: Mapping[str, Any], options: Mapping[str, Any]) -> Scene:
    archive = variables["groups"][_inventory.ARCHIVE_GROUP][0]
    expected = [
        name for group in (_inventory.ARCHIVE_GROUP, _inventory.MEMBERS_GROUP) for name in variables["groups"][group]
    ]
    return Scene(
        made=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        accounts=[_account(host) for host in _hosts(variables)],
        archive=_account(Host(name=archive, variables=variables["hostvars"][archive])),
        inventory={str(variables["hostvars"][name].get("account_id")): name for name in expected},
        first_delivery_timeout=options["first_delivery_timeout"],
        facts={
            **{str(name): str(text) for name, text in options["facts"].items()},
            "Versions": f"central_logging.aws {_evidence_files.version()}, ansible-core {ansible_version}",
        },
    )


def _answers(variables: Mapping[str, Any], options: Mapping[str, Any]) -> Answers:
    registered = {host.name: host.get(options["trails"]) for host in _hosts(variables)}
    return Answers(
        trails={name: answer for name, answer in registered.items() if answer},
        delivery=_asked(options["delivery"]),
        integrity=_asked(options["integrity"]),
        access=_asked(options["access"]),
    )


def _asked(answer: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A proof that was skipped was not asked for."""
    return None if answer is None or answer.get("skipped") else answer
