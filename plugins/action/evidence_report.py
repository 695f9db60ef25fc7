# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action plugin of M(central_logging.aws.evidence_report), which writes the evidence on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_version
from ansible_collections.central_logging.aws.plugins.module_utils._aws.arn import ACCOUNT_ID
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import (
    files,
    inputs,
    problem_lines,
    rollup,
    verdicts,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.comparison import EvidenceReadError
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import (
    InventoryAccount,
    Look,
    RunContext,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.results import (
    TRAILS_PRINCIPAL,
    ModuleResults,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import outputs
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import (
    ARCHIVE_GROUP,
    MEMBERS_GROUP,
    Host,
    from_variables,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.logging_start import LoggingStarts

ARGUMENT_SPEC = {
    "trails": {"type": "str", "required": True},
    "failure": {"type": "str"},
    "delivery": {"type": "dict"},
    "integrity": {"type": "dict"},
    "access": {"type": "dict"},
    "archive_account_id": {"type": "str"},
    "kms_key": {"type": "str", "no_log": False},
    "first_delivery_timeout": {"type": "int", "default": 7200},
    "facts": {"type": "dict", "default": {}},
    "looked": {
        "type": "list",
        "elements": "dict",
        "options": {"what": {"type": "str", "required": True}, "role": {"type": "str", "required": True}},
    },
    "previous": {"type": "path"},
    "directory": {"type": "str"},
}


class ActionModule(ActionBase):
    """Makes no calls to AWS. Writes three files unless in check mode."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task. Raises AnsibleActionFail if the play has no host of the inventory's groups."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        variables = task_vars or {}
        hosts = _hosts(variables)
        evidence = rollup.report(_context(hosts, variables, options), _results(hosts, variables, options))
        errors: list[str] = []
        if options["previous"]:
            try:
                evidence = rollup.compared(evidence, files.previous(options["previous"]))
            except EvidenceReadError as error:
                errors.append(str(error))  # the evidence of this run is written in any case
        contents = files.contents(evidence)
        paths: dict[str, str] = {}
        if options["directory"] and not self._task.check_mode:
            try:
                paths = files.write(options["directory"], contents)
            except files.EvidenceWriteError as error:
                errors.append(str(error))
        by_host = verdicts.verdicts(evidence, errors)
        return {
            **result,
            "changed": bool(paths),
            "status": evidence.status,
            "left_out": list(evidence.left_out),
            "summary": problem_lines.summary(evidence),
            "headline": evidence.headline,
            "overview": problem_lines.overview(evidence),
            "sha256": contents.sha256,
            "files": paths,
            "hosts": {host: asdict(verdict) for host, verdict in by_host.items()},
        }


def _hosts(variables: Mapping[str, Any]) -> list[Host]:
    """The accounts of this play, including hosts that failed earlier in the run."""
    play = set(variables["ansible_play_hosts_all"])
    names = [name for name in _inventory_names(variables) if name in play]
    if not names:
        raise AnsibleActionFail(
            f"No host of this play is in group {ARCHIVE_GROUP} or {MEMBERS_GROUP}. Run the play on these groups."
        )
    return [Host(name=name, variables=variables["hostvars"][name]) for name in names]


def _inventory_names(variables: Mapping[str, Any]) -> list[str]:
    """The names of all hosts with an account, the log-archive account first."""
    return [name for group in (ARCHIVE_GROUP, MEMBERS_GROUP) for name in variables["groups"].get(group, [])]


def _context(hosts: list[Host], variables: Mapping[str, Any], options: Mapping[str, Any]) -> RunContext:
    hostvars = variables["hostvars"]
    inventory = from_variables(variables)
    archives = variables["groups"].get(ARCHIVE_GROUP) or []
    archive_id = options["archive_account_id"] or ""
    return RunContext(
        made=datetime.now(timezone.utc).replace(microsecond=0),
        accounts=[_account(host) for host in hosts],
        archive=_account(Host(name=archives[0], variables=hostvars[archives[0]]))
        if archives
        else InventoryAccount(host="", id=archive_id),
        inventory={str(hostvars[name].get("account_id")): name for name in _inventory_names(variables)},
        failures={
            host.account: str(host.get(options["failure"])) for host in inventory.hosts if host.get(options["failure"])
        }
        if options["failure"]
        else {},
        unlisted=outputs.unlisted(inventory, _allowed(options["access"] or {})),
        first_delivery_timeout=timedelta(seconds=options["first_delivery_timeout"]),
        facts={str(heading): str(text) for heading, text in options["facts"].items()},
        key=options["kms_key"],
        looked=[Look(what=look["what"], role=look["role"]) for look in options["looked"] or ()],
        tool={"central_logging.aws": files.version(), "ansible-core": ansible_version},
    )


def _allowed(access: Mapping[str, Any]) -> set[str]:
    """The accounts whose trails may encrypt or write, as log_archive_access_info returns them."""
    entries = [entry for permission in ("encrypt", "write") for entry in access.get(permission) or ()]
    names = {str(entry["principal"]) for entry in entries if entry["kind"] == TRAILS_PRINCIPAL}
    return {name for name in names if ACCOUNT_ID.fullmatch(name)}


def _account(host: Host) -> InventoryAccount:
    return InventoryAccount(
        host=host.name,
        id=host.account,
        region=host.region,
        trail=host.recorded_by,
        role=str(host.get("role_arn") or ""),
    )


def _results(hosts: list[Host], variables: Mapping[str, Any], options: Mapping[str, Any]) -> ModuleResults:
    registered = [(host, host.get(options["trails"])) for host in hosts]
    starts = LoggingStarts(
        inventory=from_variables(variables), trails=options["trails"], now=datetime.now(timezone.utc)
    )
    return ModuleResults(
        trails={
            host.name: inputs.trails_result(result, starts.delivering(host).since)
            for host, result in registered
            if result
        },
        delivery=inputs.delivery_result(options["delivery"]),
        integrity=inputs.integrity_result(options["integrity"]),
        access=inputs.access_result(options["access"]),
    )
