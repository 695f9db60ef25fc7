# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the modules, a gateway that answers from a table, and AWS's own models, for the tests of the plugins."""

from __future__ import annotations

import functools
import importlib
import json
import random
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import botocore.session
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.call import Call
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import AllowedTrail
from botocore.validate import ParamValidator

ARCHIVE, PRODUCTION, STAGING, DEVELOPMENT = "111122223333", "444455556666", "012345678901", "777788889999"
STRANGER = "999900001111"
REGION = "us-east-1"
BUCKET = "secprod-multiaccount-logs"
KEY_ID = "0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e"
KEY = f"arn:aws:kms:{REGION}:{ARCHIVE}:key/{KEY_ID}"
READER = f"arn:aws:iam::{ARCHIVE}:role/LogReader"
SECRET = "sandbox-secret-access-key-0123456789abcdef"

# the options that a module requires, in all tests
REQUIRED = {"name": "sectrailprod", "bucket": BUCKET, "key": KEY}


def argument_spec(module: str) -> dict[str, Any]:
    """All options of a module of the collection, except those of amazon.aws."""
    plugin = importlib.import_module(f"ansible_collections.central_logging.aws.plugins.modules.{module}")
    specification: dict[str, Any] = plugin.OPERATION.argument_spec
    return specification


@functools.cache
def _defaults(module: str) -> dict[str, Any]:
    """The options that Ansible passes to the module for a task with the required options only."""
    specification = argument_spec(module)
    required = {option: REQUIRED[option] for option, spec in specification.items() if spec.get("required")}
    validated = ArgumentSpecValidator(specification).validate(required)
    assert not validated.error_messages
    return dict(validated.validated_parameters)


def module_options(module: str, **options: Any) -> dict[str, Any]:
    """The options that Ansible passes to the module for a task with these options."""
    defaults = _defaults(module)
    unknown = set(options) - set(defaults)
    assert not unknown, f"{module} has no such options: {unknown}"
    return {**defaults, **options}


def bucket_options(**options: Any) -> dict[str, Any]:
    return module_options("s3_log_bucket_policy", **options)


def key_options(**options: Any) -> dict[str, Any]:
    return module_options("kms_key_grant_accounts", **options)


def trail_options(**options: Any) -> dict[str, Any]:
    return module_options("cloudtrail_central", **options)


def delivery_options(**options: Any) -> dict[str, Any]:
    return module_options("cloudtrail_delivery_info", **options)


def account(identity: str, name: str = "trail", region: str | None = None) -> dict[str, Any]:
    """One entry of the option accounts."""
    return {"id": identity, "trail_name": name, "region": region}


def trails(count: int, name: str = "trail", region: str = REGION) -> tuple[AllowedTrail, ...]:
    """Trails of so many accounts."""
    return tuple(AllowedTrail(account=f"{number:012d}", region=region, name=name) for number in range(1, count + 1))


def failure(code: str, message: str = "no") -> AwsFailure:
    return AwsFailure("Operation", code, message)


class FakeGateway:
    """Answers from a table of (service, operation): calls a function, raises an error, takes a list's next item."""

    def __init__(self, replies: Mapping[tuple[str, str], Any], account: str = ARCHIVE, role_arn: str = "") -> None:
        self.replies = dict(replies)
        self.account = account
        self.region = REGION
        self.connection = SimpleNamespace(role_arn=role_arn, account=account, region=REGION)
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.others: list[tuple[str, str]] = []

    @property
    def operations(self) -> list[str]:
        return [operation for _service, operation, _arguments in self.calls]

    def call(self, service: str, operation: str, absent: Iterable[str] = (), **arguments: Any) -> Any:
        self.calls.append((service, operation, arguments))
        validate(service, operation, arguments)
        reply = self.replies[service, operation]
        if isinstance(reply, list):
            reply = reply.pop(0)
        if callable(reply):
            reply = reply(**arguments)
        if isinstance(reply, AwsFailure):
            if reply.code in absent:
                return None
            raise reply
        return reply

    pages = Gateway.pages

    def send(self, call: Call) -> Any:
        return self.call(call.service, call.operation, **call.arguments)

    def other(self, role_arn: str, external_id: str) -> FakeGateway:
        self.others.append((role_arn, external_id))
        return self


@functools.cache
def _operations(service: str) -> dict[str, Any]:
    """Each operation's input shape, by the name of boto3's method."""
    model = botocore.session.get_session().get_service_model(service)
    methods = {botocore.xform_name(name): model.operation_model(name) for name in model.operation_names}
    return {method: operation.input_shape for method, operation in methods.items()}


def knows(service: str, shape: str, member: str) -> bool:
    """True if botocore's model of the service has the member in the shape."""
    return member in botocore.session.get_session().get_service_model(service).shape_for(shape).members


def validate(service: str, operation: str, arguments: Mapping[str, Any]) -> None:
    """Assert that botocore's model of the service has the operation with such arguments."""
    operations = _operations(service)
    assert operation in operations, f"{service} has no operation {operation}"
    shape = operations[operation]
    if shape is None:
        assert not arguments, f"{operation} takes no arguments"
        return
    report = ParamValidator().validate(dict(arguments), shape)
    assert not report.has_errors(), f"{operation}: {report.generate_report()}"


def validated(calls: Iterable[Call]) -> list[Call]:
    """The calls, each checked against AWS's model."""
    planned = list(calls)
    for call in planned:
        validate(call.service, call.operation, call.arguments)
        assert call.summary
        assert bool(call.retry_codes) or not call.wait
    return planned


def as_aws_shows(policy: str, chance: random.Random) -> str:
    """The policy as AWS may return it: in another order, single elements without a list, with other white space."""
    document = json.loads(policy)
    document["Statement"] = [_respelled(statement, chance) for statement in document["Statement"]]
    return json.dumps(document, indent=chance.choice([None, 1, 4]))


def _respelled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, _respelled(item, chance)) for key, item in value.items()]
        chance.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        items = list(value)
        chance.shuffle(items)
        return items[0] if len(items) == 1 else items
    return value


def outcome_of(resource: Any, gateway: Any, reconcile: Callable[..., Any], **options: Any) -> Any:
    """Reconcile without pauses."""
    return reconcile(resource, gateway, pause=lambda _seconds: None, **{"dry_run": False, **options})
