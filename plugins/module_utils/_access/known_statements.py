# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Statements that AWS itself writes, or documents for a log archive. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A statement is recognised by what it allows or denies, because anyone can use any Sid.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/default-kms-key-policy.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html,
https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html,
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html
"""

from __future__ import annotations

import re

from .._aws import arn as arns
from .._policy.caller import CALLER_ACCOUNT, SOURCE_ACCOUNT, SOURCE_ARN, TLS
from .._policy.principal import ACCOUNT, ANYONE, CLOUDTRAIL, SERVICE, Principal
from .._policy.statement import BUCKET, KEY, Condition, Statement

_CONFIG, _LOG_DELIVERY = "config.amazonaws.com", "delivery.logs.amazonaws.com"
_OF_CLOUDTRAIL = {
    *("s3:getbucketacl", "s3:listbucket", "s3:putobject"),
    *("kms:generatedatakey*", "kms:generatedatakey", "kms:describekey", "kms:decrypt"),
}
_OF_CONFIG = {"s3:getbucketacl", "s3:listbucket", "s3:putobject", "kms:generatedatakey*", "kms:generatedatakey"}
_OF_DELIVERY = {"s3:getbucketacl", "s3:listbucket", "s3:putobject"}
_OF_DELIVERY_ON_BUCKET = {*_OF_DELIVERY, "s3:get*", "s3:list*"}
# a bucket, or the folder of one account in it, with or without Hive-compatible prefixes
_FOLDER = r"/(?:.*/)?AWSLogs/(?:aws-account-id=)?(?P<account>[0-9]{12})/.*"
_PLACE = re.compile(rf"arn:[^:*?]+:s3:::[^/*?]+(?:{_FOLDER})?")
_NAMING = ("arnequals", "arnlike", "stringequals", "stringlike")  # operators, in lower case
_OF_CONSOLE = {"kms:decrypt", "kms:reencryptfrom", "kms:createalias"}
_DEFAULT = "the default key policy of KMS. Without the statement, only statements that name a principal give access"


def origin(statement: Statement, account: str) -> str:
    """Return what the statement is if AWS writes or documents it, as a noun phrase; empty for any other statement.

    C(account) is the account that owns bucket and key.
    """
    if statement.not_principal or statement.not_action or statement.not_resource or statement.problem:
        return ""
    if not statement.allows:
        return "what AWS Config requires against requests without TLS" if _denies_without_tls(statement) else ""
    actions = {action.lower() for action in statement.actions}
    if statement.policy == KEY and statement.principals == (Principal(kind=ACCOUNT, name=account),):
        return _DEFAULT if actions == {"kms:*"} and not statement.conditions else ""
    if statement.policy == KEY and _is_within(statement, account) and actions <= _OF_CONSOLE:
        return "what the CloudTrail console writes into the policy of a new key"
    names = {principal.name if principal.kind == SERVICE else "" for principal in statement.principals}
    if names == {CLOUDTRAIL} and actions <= _OF_CLOUDTRAIL:
        return "what AWS documents for CloudTrail"
    if is_log_delivery(statement):
        return "what AWS documents for the delivery of logs, such as VPC flow logs"
    return "what AWS documents for AWS Config" if names == {_CONFIG} and actions <= _OF_CONFIG else ""


def is_log_delivery(statement: Statement) -> bool:
    """Return whether AWS documents the bucket's statement for the delivery of logs, such as VPC flow logs.

    The service that delivers chooses the names of the objects, C(AWSLogs/<account>/vpcflowlogs/) for VPC flow logs, so
    the objects do not look like CloudTrail's. The statement must limit the service to the logs of accounts, and the
    accounts to their own folders. Without this limit, any account can let the service write to the bucket:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    if statement.policy != BUCKET or not statement.allows or statement.problem:
        return False
    if statement.not_principal or statement.not_action or statement.not_resource:
        return False
    if set(statement.principals) != {Principal(kind=SERVICE, name=_LOG_DELIVERY)}:
        return False
    places = [_PLACE.fullmatch(resource) for resource in statement.resources]
    folders = {place["account"] for place in places if place and place["account"]}
    actions = {action.lower() for action in statement.actions}
    return (
        all(places)
        and actions <= (_OF_DELIVERY if folders else _OF_DELIVERY_ON_BUCKET)
        and any(sources and (sources <= folders or not folders) for sources in map(_sources, statement.conditions))
    )


def _sources(condition: Condition) -> set[str]:
    """The accounts to which a condition limits the source of a request; empty if it does not limit it to accounts."""
    operator = condition.parsed_operator
    if operator is None or not operator.requires_value or operator.name not in _NAMING:
        return set()
    if condition.key_name == SOURCE_ACCOUNT:
        accounts = set(condition.values)
    elif condition.key_name == SOURCE_ARN:
        accounts = {arn.account if arn else "" for arn in map(arns.parse, condition.values)}
    else:
        return set()
    return accounts if all(map(arns.ACCOUNT_ID.fullmatch, accounts)) else set()


def _is_within(statement: Statement, account: str) -> bool:
    """Whether the statement is about every principal of the account, and of no other."""
    return [principal.kind for principal in statement.principals] == [ANYONE] and any(
        condition.key_name == CALLER_ACCOUNT
        and condition.operator.lower() == "stringequals"
        and condition.values == (account,)
        for condition in statement.conditions
    )


def _denies_without_tls(statement: Statement) -> bool:
    conditions = [
        (condition.key_name, condition.operator.lower(), condition.values) for condition in statement.conditions
    ]
    return conditions == [(TLS, "bool", ("false",))]
