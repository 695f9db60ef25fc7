# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An operation as an Ansible module, and what amazon.aws contributes to each module. No other util knows Ansible.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ansible.module_utils import basic
from ansible_collections.amazon.aws.plugins.module_utils.botocore import (
    check_sdk_version_supported,
    get_aws_connection_info,
)
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleBotocoreError
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule, aws_argument_spec

from .._aws.connection import Connection
from .._core.errors import CentralLoggingError, Refused
from .._core.inventory_names import with_inventory_names
from .entries import wrong_entry
from .execute import Operation, execute


def run(operation: Operation) -> None:
    """Execute the operation with the module's options, and end the process with its result."""
    ansible_module: Any = AnsibleAWSModule
    problem = wrong_entry(operation.argument_spec, _arguments())
    if problem:  # before Ansible fails with a message that does not name the option
        specification = operation.argument_spec.items()
        any_form = {name: {"type": "raw"} if "options" in spec else spec for name, spec in specification}
        ansible_module(argument_spec=any_form, supports_check_mode=True).fail_json(msg=with_inventory_names(problem))
    module = ansible_module(argument_spec=operation.argument_spec, supports_check_mode=True, **operation.rules)
    result = _result(operation, module)
    for sentence in result.pop("warnings", []):
        module.warn(sentence)
    # after the exception is handled: before ansible-core 2.19 fail_json would return a traceback with it
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def _arguments() -> Mapping[str, Any]:
    """The arguments of the task, not validated. Ansible keeps them, and reads them again for the module.

    ansible-test reads the argument spec without a task, and so without arguments.
    """
    load: Any = basic._load_params
    arguments: Mapping[str, Any] | None = load()
    return arguments or {}


def _result(operation: Operation, module: Any) -> dict[str, Any]:
    try:
        connection = connect(module.params)
        return execute(operation, module.params, check_mode=module.check_mode, diff=module._diff, connection=connection)
    except CentralLoggingError as error:
        return {"failed": True, "msg": with_inventory_names(str(error)), **error.details}


def argument_spec(operation: Operation) -> dict[str, Any]:
    """All options of the module, those of amazon.aws included."""
    return {**aws_argument_spec(), **operation.argument_spec}


def sdk_is_supported() -> bool:
    """True if boto3 and botocore are installed, in versions that amazon.aws supports. Otherwise its modules say so."""
    try:
        return bool(check_sdk_version_supported())
    except AnsibleBotocoreError:
        return False


def connect(params: Mapping[str, Any]) -> Connection:
    """The connection that the options describe. Raises Refused if they do not match."""
    module: Any = _ModuleParams(params)
    return Connection.from_options(params, *get_aws_connection_info(module))


class _ModuleParams:
    """What C(get_aws_connection_info) needs of a module: options, and a way to fail."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params

    def fail_json(self, msg: str, **_details: Any) -> NoReturn:
        raise Refused(msg)
