# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Ansible in, exit_json or fail_json out. The only file that knows AnsibleAWSModule.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Protocol

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .._aws import arn, validators
from .._aws.gateway import Connection, Gateway
from .._core.errors import CentralLoggingError, Refused
from .._core.reconcile import reconcile

CONNECTION_SPEC: dict[str, Any] = {
    "account_id": {"type": "str"},
    "assume_role_arn": {"type": "str"},
    "external_id": {"type": "str", "no_log": False},  # AWS does not treat it as a secret, and masking it garbles output
}
ACCOUNT_SPEC: dict[str, Any] = {
    **CONNECTION_SPEC,
    "allow_missing_in_check_mode": {"type": "bool", "default": False},
}


def _unseen(sentence: str) -> None:
    """What a module in a process of its own says: Ansible shows nothing of it before it has ended."""


_SAY: ContextVar[Callable[[str], None]] = ContextVar("say", default=_unseen)


@contextmanager
def hosted(module_class: Callable[..., Any], say: Callable[[str], None]) -> Iterator[None]:
    """Within it, a module's code runs in this process, on what C(module_class) makes in the place of an AnsibleModule.

    Where that would end the process, it is to raise SystemExit. C(say) shows progress.
    """
    settings = AnsibleAWSModule.default_settings  # where amazon.aws lets the class be replaced
    before, token = settings["module_class"], _SAY.set(say)
    settings["module_class"] = module_class
    try:
        yield
    finally:
        settings["module_class"] = before
        _SAY.reset(token)


def run(resource: Callable[[Mapping[str, Any], str], Any], argument_spec: dict[str, Any], **rules: Any) -> None:
    """Reconcile one resource with the module's options, and exit."""
    ansible_module: Any = AnsibleAWSModule
    module = ansible_module(argument_spec={**ACCOUNT_SPEC, **argument_spec}, supports_check_mode=True, **rules)
    try:
        connection = _connection(module)
        subject = resource(module.params, connection.region)
        outcome = reconcile(subject, Gateway(connection), dry_run=module.check_mode)
    except CentralLoggingError as error:
        module.fail_json(msg=str(error), **error.details)
    for sentence in subject.warnings(outcome):
        module.warn(sentence)
    result = {"plan": [call.summary for call in outcome.plan], **subject.result(outcome)}
    if module._diff:
        result["diff"] = subject.diff(outcome)
    module.exit_json(changed=outcome.changed, **result)


class Reading(Protocol):
    """A question to AWS that changes nothing; made from the options and the Region."""

    connections: int  # how many calls it makes at a time

    def read(self, gateway: Gateway, say: Callable[[str], None]) -> dict[str, Any]:
        """What the module returns. C(say) shows the operator a line of progress."""


def run_info(reading: Callable[[Mapping[str, Any], str], Reading], argument_spec: dict[str, Any], **rules: Any) -> None:
    """Ask AWS with the module's options, and exit."""
    ansible_module: Any = AnsibleAWSModule
    module = ansible_module(argument_spec={**CONNECTION_SPEC, **argument_spec}, supports_check_mode=True, **rules)
    try:
        connection = _connection(module)
        subject = reading(module.params, connection.region)
        result = subject.read(Gateway(replace(connection, connections=subject.connections)), _SAY.get())
    except CentralLoggingError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(changed=False, **result)


def _connection(module: Any) -> Connection:
    """How to reach AWS; raises Refused where role, account and Region do not go together."""
    params = module.params
    role_arn, account = params["assume_role_arn"] or "", params["account_id"] or ""
    if account:
        validators.account_id(account, "account_id")
    role = arn.parse(validators.role_arn(role_arn, "assume_role_arn")) if role_arn else None
    if role and account and role.account != account:
        raise Refused(f"assume_role_arn: {role_arn} is a role of account {role.account}, not of account {account}.")
    region, endpoint_url, options = get_aws_connection_info(module)
    if not region:
        raise Refused("region is needed: give the option, or set AWS_REGION.")
    if role and role.partition != arn.partition_of(region):
        raise Refused(f"assume_role_arn: {role_arn} is in partition {role.partition}, but region {region} is not.")
    return Connection(
        region=region,
        client={"endpoint_url": endpoint_url, "verify": options.pop("verify", None)},
        config=params["aws_config"] or {},
        credentials={key: value for key, value in options.items() if key != "aws_config"},
        role_arn=role_arn,
        external_id=params["external_id"] or "",
        account=account,
    )
