# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Statements that AWS itself writes, or documents for a log archive. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A statement is recognised by what it allows or denies, because anyone can use any Sid.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/default-kms-key-policy.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html and
https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html
"""

from __future__ import annotations

from .._policy.caller import CALLER_ACCOUNT, TLS
from .._policy.principal import ACCOUNT, ANYONE, CLOUDTRAIL, SERVICE, Principal
from .._policy.statement import KEY, Statement
from . import service_logs

_OF_CLOUDTRAIL = {
    *("s3:getbucketacl", "s3:listbucket", "s3:putobject"),
    *("kms:generatedatakey*", "kms:generatedatakey", "kms:describekey", "kms:decrypt"),
}
_OF_CONFIG = {"s3:getbucketacl", "s3:listbucket", "s3:putobject", "kms:generatedatakey*", "kms:generatedatakey"}
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
    if names == {service_logs.CONFIG} and actions <= _OF_CONFIG:
        return "what AWS documents for AWS Config"
    noun = service_logs.documented(statement)
    return f"what AWS documents for {noun}" if noun else ""


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
