# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tests of the plugins have in common: options, a gateway to nowhere, AWS's own models and AWS's spelling."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import botocore.session
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

CONNECTION = {"account_id": None, "assume_role_arn": None, "external_id": None, "allow_missing_in_check_mode": False}
ACCOUNT_OPTIONS = {
    "accounts": None,
    "organization_id": None,
    "organization_trails": None,
    "layout": "auto",
    "purge_accounts": False,
    "settle_timeout": 60,
    "state": "present",
}
BUCKET_POLICY = {
    "bucket": BUCKET,
    "key_prefix": None,
    "readers": None,
    "deny_delete": None,
    "break_glass_principals": None,
    "deny_insecure_transport": None,
}
KEY_POLICY = {"key": KEY, "decrypt_principals": None, "allow_overlap": False, "bucket_key": None}
EVENTS = {
    "management_events": None,
    "exclude_management_event_sources": None,
    "data_events": None,
    "exclude_log_bucket": True,
    "advanced_event_selectors": None,
}
TRAIL = {
    **EVENTS,
    "name": "sectrailprod",
    "bucket": None,
    "key_prefix": None,
    "kms_key": None,
    "multi_region": None,
    "include_global_service_events": None,
    "log_file_validation": None,
    "insights": None,
    "cloudwatch_logs_group_arn": None,
    "cloudwatch_logs_role_arn": None,
    "sns_topic": None,
    "is_organization_trail": None,
    "tags": None,
    "purge_tags": True,
    "logging": None,
    "replaced_by": None,
    "allow_weaken": False,
    "policy_wait": 0,
    "log_archive_role_arn": None,
    "log_archive_external_id": None,
    "state": "present",
}
DELIVERY = {
    "bucket": BUCKET,
    "key_prefix": None,
    "organization_id": None,
    "accounts": None,
    "regions": None,
    "kms_key": None,
    "max_log_age": 86400,
    "max_digest_age": 10800,
    "first_delivery_timeout": 7200,
}


def bucket_options(**options: Any) -> dict[str, Any]:
    """The options of s3_log_bucket_policy as Ansible hands them over."""
    return _options({**CONNECTION, **ACCOUNT_OPTIONS, **BUCKET_POLICY}, options)


def key_options(**options: Any) -> dict[str, Any]:
    """The options of kms_key_grant_accounts as Ansible hands them over."""
    return _options({**CONNECTION, **ACCOUNT_OPTIONS, **KEY_POLICY}, options)


def trail_options(**options: Any) -> dict[str, Any]:
    """The options of cloudtrail_central as Ansible hands them over."""
    return _options({**CONNECTION, **TRAIL}, options)


def delivery_options(**options: Any) -> dict[str, Any]:
    """The options of cloudtrail_delivery_info as Ansible hands them over."""
    connection = {name: value for name, value in CONNECTION.items() if name != "allow_missing_in_check_mode"}
    return _options({**connection, **DELIVERY}, options)


def _options(defaults: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(given) - set(defaults)
    assert not unknown, f"no such options: {unknown}"
    return {**defaults, **given}


def account(identity: str, name: str = "trail", region: str | None = None) -> dict[str, Any]:
    """One entry of the option accounts."""
    return {"id": identity, "trail_name": name, "region": region}


def trails(count: int, name: str = "trail", region: str = REGION) -> tuple[AllowedTrail, ...]:
    """Trails of so many accounts."""
    return tuple(AllowedTrail(account=f"{number:012d}", region=region, name=name) for number in range(1, count + 1))


def failure(code: str, message: str = "no") -> AwsFailure:
    return AwsFailure("Operation", code, message)


class FakeGateway:
    """Answers from a table of (service, operation); a function is called, an error raised, a list eaten up."""

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


def validate(service: str, operation: str, arguments: Mapping[str, Any]) -> None:
    """AWS has such an operation, and it takes such arguments, by botocore's model of the service."""
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
    found = list(calls)
    for call in found:
        validate(call.service, call.operation, call.arguments)
        assert call.summary
        assert bool(call.retry_codes) or not call.wait
    return found


def as_aws_shows(policy: str, chance: random.Random) -> str:
    """The same policy as AWS hands it back: other order, single elements bare, root ARNs, more white space."""
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
    """Reconcile without waiting for real."""
    return reconcile(resource, gateway, pause=lambda _seconds: None, **{"dry_run": False, **options})
