# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action of M(central_logging.aws.account_inventory), which reads the inventory and runs on the controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import files
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.comparison import EvidenceReadError
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import checks, hosts, outputs

ARGUMENT_SPEC = {
    "allowed": {"type": "list", "elements": "str"},
    "trails": {"type": "str"},
    "previous": {"type": "path"},
    "facts": {"type": "dict", "default": {}},
}


class ActionModule(ActionBase):
    """Fails with all problems at once. Changes nothing and makes no call."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        variables = task_vars or {}
        inventory = hosts.from_variables(variables)
        problems = checks.problems(inventory)
        if problems:
            raise AnsibleActionFail("Invalid inventory:\n- " + "\n- ".join(problems))
        trail = outputs.organization_trail(inventory)
        result |= {
            "changed": False,
            "accounts": outputs.accounts(inventory),
            "organization_trails": [trail] if trail else [],
            "organization_trail_arn": outputs.organization_trail_arn(inventory),
        }
        play = set(variables.get("ansible_play_hosts") or ())
        in_play = [host for host in inventory.hosts if host.name in play]
        result["organization_trail_reader"] = outputs.organization_trail_reader(in_play)
        if options["allowed"] is not None:
            result["unlisted"] = outputs.unlisted(inventory, options["allowed"])
            warning = outputs.unlisted_warning(result["unlisted"])
            result["warnings"] = [warning] if warning else []
        if options["trails"]:
            given = (inventory, in_play, options["trails"], datetime.now(timezone.utc))
            archives = [host.account for host in inventory.archive]
            verified = _verified_digests(options["previous"], archives, options["facts"])
            result["delivering"] = outputs.delivering(*given, verified)
            result["validated"] = outputs.validated(*given, verified)
        return result


def _verified_digests(
    previous: str | None, archives: Sequence[str], facts: Mapping[str, Any]
) -> Mapping[str, Mapping[str, str]]:
    """The times of the newest digests in an earlier evidence of the same log archive, by account and Region.

    Without one, and if the evidence has other facts: its digests may lie in another bucket or folder.

    evidence_report reports a file that cannot be read, or that is about another log archive.
    """
    if not previous:
        return {}
    try:
        evidence = files.previous(previous)
    except EvidenceReadError:
        return {}
    is_same_place = all(evidence.facts.get(name) == str(value) for name, value in facts.items())
    return evidence.verified if is_same_place and (not archives or evidence.archive in ("", *archives)) else {}
