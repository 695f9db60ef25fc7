# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a module does, from its validated options and a connection to its result. Knows nothing of Ansible.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from .._aws.connection import Connection
from .._aws.gateway import Gateway
from .._core import reconcile
from .argument_specs import CONNECTION_SPEC, PREVIEW_SPEC

Params = Mapping[str, Any]  # every option of the module, validated; None if it is not set and has no default
Progress = Callable[[str], None]  # shows one sentence to the operator while the operation runs


class ModuleResource(reconcile.Resource[Any], Protocol):
    """A resource in AWS, with what a module returns about it."""

    def warnings(self, outcome: reconcile.Outcome) -> Sequence[str]:
        """Sentences for the operator."""

    def result(self, outcome: reconcile.Outcome) -> dict[str, Any]:
        """What the module returns beside C(changed), C(plan) and C(diff)."""

    def diff(self, outcome: reconcile.Outcome) -> dict[str, Any]:
        """C(before) and C(after), as Ansible's diff mode shows them."""


class Query(Protocol):
    """Reading calls to AWS, and what a module returns of the replies."""

    connections: int  # the number of calls at the same time, at most

    def read(self, gateway: Gateway, progress: Progress, /) -> dict[str, Any]:
        """What the module returns beside C(changed)."""


@dataclass(frozen=True, kw_only=True)
class _ModuleOptions:
    """The options that a module has beside those of amazon.aws."""

    options: Mapping[str, Any]  # argument spec of the module's own options
    rules: Mapping[str, Any] = field(default_factory=dict)  # required_if and the like, as AnsibleModule takes them

    @property
    def argument_spec(self) -> dict[str, Any]:
        return {**CONNECTION_SPEC, **self.options}


@dataclass(frozen=True, kw_only=True)
class StateOperation(_ModuleOptions):
    """What a module does that brings a resource into the desired state."""

    resource: Callable[[Params, str], ModuleResource]  # from options and Region

    @property
    def argument_spec(self) -> dict[str, Any]:
        return {**PREVIEW_SPEC, **super().argument_spec}


@dataclass(frozen=True, kw_only=True)
class InfoOperation(_ModuleOptions):
    """What a module does that changes nothing."""

    query: Callable[[Params, str], Query]  # from options and Region


Operation: TypeAlias = "StateOperation | InfoOperation"


def ignore(_sentence: str) -> None:
    """Show no progress: Ansible shows nothing of a module's process before the process ends."""


def execute(
    operation: Operation,
    params: Params,
    *,
    check_mode: bool,
    diff: bool,
    connection: Connection,
    progress: Progress = ignore,
) -> dict[str, Any]:
    """The result of the operation. Raises CentralLoggingError.

    The result has C(changed), for a resource C(plan), the summaries of the writing calls, C(warnings), and, if C(diff),
    C(diff) with C(before) and C(after). The rest is what the module's documentation lists.
    """
    if isinstance(operation, InfoOperation):
        query = operation.query(params, connection.region)
        gateway = Gateway(replace(connection, connections=query.connections))
        return {"changed": False, **query.read(gateway, progress)}
    resource = operation.resource(params, connection.region)
    if check_mode and connection.policy_wait:  # the tasks before this one have changed nothing either
        connection = replace(connection, policy_wait=0.0)
    outcome = reconcile.reconcile(resource, Gateway(connection), dry_run=check_mode)
    return {
        "changed": outcome.changed,
        "plan": [call.summary for call in outcome.plan],
        **resource.result(outcome),
        "warnings": list(resource.warnings(outcome)),
        **({"diff": resource.diff(outcome)} if diff else {}),
    }
