# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The permissions that a request needs, for the services without resource policies in the sandbox.

The actions and resource types are those of the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
An unknown resource is "*".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from moto.iam.models import iam_backends

from cloudtrail_sandbox.access import Need
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.state import PARTITION, State

#: Operations whose IAM action has another service prefix than the name of their model.
PREFIXES = {"resourcegroupstaggingapi": "tag"}
TRAIL_NAMES = ("Name", "TrailName")
TRAIL_ARNS = ("ResourceId",)
#: CloudTrail operations whose only resource is "*".
WITHOUT_TRAIL = frozenset({"DescribeTrails", "ListTrails", "LookupEvents", "ListPublicKeys"})


def needs_of(call: Call, caller: Caller, state: State) -> list[Need]:
    """The permissions for a request of CloudTrail, IAM, CloudWatch Logs or another service."""
    by_service: dict[str, Callable[[Call, Caller, State], list[Need]]] = {
        "cloudtrail": _cloudtrail,
        "iam": _iam,
        "logs": _logs,
    }
    special = by_service.get(call.service)
    if special:
        return special(call, caller, state)
    return [Need(f"{PREFIXES.get(call.service, call.service)}:{call.operation}")]


def _cloudtrail(call: Call, caller: Caller, state: State) -> list[Need]:
    action = f"cloudtrail:{call.operation}"
    needs = [Need(action, resource) for resource in _trails(call, caller)]
    if call.operation == "CreateTrail" and call.parameters.get("TagsList"):
        needs += [Need("cloudtrail:AddTags", need.resource) for need in needs]
    if role := call.text("CloudWatchLogsRoleArn"):
        needs.append(Need("iam:PassRole", role, {"iam:PassedToService": "cloudtrail.amazonaws.com"}))
    return needs


def _trails(call: Call, caller: Caller) -> list[str]:
    if call.operation in WITHOUT_TRAIL:
        return ["*"]
    listed = call.parameters.get("ResourceIdList")
    names = list(listed) if isinstance(listed, list) else []
    names += [call.text(name) for name in (*TRAIL_NAMES, *TRAIL_ARNS) if call.text(name)]
    home = f"arn:{PARTITION}:cloudtrail:{call.region}:{caller.account}:trail/"
    return [name if name.startswith("arn:") else home + name for name in map(str, names)] or ["*"]


def _iam(call: Call, caller: Caller, state: State) -> list[Need]:
    return [Need(f"iam:{call.operation}", _iam_resource(call, caller))]


def _iam_resource(call: Call, caller: Caller) -> str:
    if (arn := call.text("PolicyArn")) and not (call.text("RoleName") or call.text("UserName")):
        return arn
    account = f"arn:{PARTITION}:iam::{caller.account}:"
    backend = iam_backends[caller.account][PARTITION]
    if name := call.text("RoleName"):
        role = next((role for role in backend.roles.values() if role.name == name), None)
        return str(role.arn) if role else f"{account}role{call.text('Path') or '/'}{name}"
    if name := call.text("UserName"):
        return f"{account}user{call.text('Path') or '/'}{name}"
    if name := call.text("PolicyName"):
        return f"{account}policy{call.text('Path') or '/'}{name}"
    return f"{account}role/" if call.operation == "ListRoles" else "*"


def _logs(call: Call, caller: Caller, state: State) -> list[Need]:
    group = call.text("logGroupName") or call.text("logGroupIdentifier") or call.text("resourceArn")
    if call.operation == "DescribeLogGroups":
        group = ""
    action = f"logs:{call.operation}"
    if not group:
        return [Need(action, f"arn:{PARTITION}:logs:{call.region}:{caller.account}:log-group:*")]
    if group.startswith("arn:"):
        return [Need(action, re.sub(r"(:\*)?$", ":*", group, count=1))]
    return [Need(action, f"arn:{PARTITION}:logs:{call.region}:{caller.account}:log-group:{group}:*")]
