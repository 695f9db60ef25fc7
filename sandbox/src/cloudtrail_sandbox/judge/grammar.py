# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which policies AWS accepts: bucket policies, key policies, trust policies and identity policies.

Sizes are checked elsewhere: S3 allows 20 KB (https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html),
KMS 32 KB (https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from cloudtrail_sandbox.judge.documents import (
    MalformedPolicy,
    Sentences,
    Statement,
    check_principals,
    minified_size,
    parsed,
    require,
    require_either,
)
from cloudtrail_sandbox.judge.evaluate import Request, as_list, evaluate
from cloudtrail_sandbox.judge.patterns import Style, matches
from cloudtrail_sandbox.judge.principals import Principal
from cloudtrail_sandbox.judge.s3_vocabulary import (
    ACTIONS_OF_KEY,
    BUCKET_ACTIONS,
    CONDITION_KEY_PREFIXES,
    CONDITION_KEYS,
    OBJECT_ACTIONS,
)

__all__ = [
    "MalformedPolicy",
    "check_bucket_policy",
    "check_identity_policy",
    "check_key_policy",
    "check_trust_policy",
    "minified_size",
]

S3 = Sentences()
KMS = Sentences(
    first_byte="",
    missing="Policy contains a statement with no {}",
    no_principal="Policy contains a statement with no principal.",
    principal="Policy contains a statement with one or more invalid principals.",
)
IAM = Sentences(
    first_byte="",
    unknown="Syntax errors in policy.",
    syntax="Syntax errors in policy.",
    missing="Policy statement must contain {}.",
    no_principal="Missing required field Principal",
)
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
#: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
KEY_POLICY_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*")
IAM_SID = re.compile(r"[0-9A-Za-z]*")
S3_RESOURCE = re.compile(r"arn:aws[a-z-]*:s3:::(?P<bucket>[^/]+)(?P<key>/.*)?", re.DOTALL)
SESSION = re.compile(r"(?P<start>arn:[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+")


def check_bucket_policy(text: str, bucket: str, exists: Callable[[str], bool]) -> dict[str, Any]:
    """The parsed document of a bucket policy. Raises MalformedPolicy.

    `exists` returns whether an account id, an ARN of a principal or a service is known. Two statements may have the
    same Sid, and a Sid may have any characters: only IAM forbids it.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
    """
    document, statements = parsed(text, S3)
    for statement in statements:
        check_principals(statement, exists, S3)
        _forbid_allow_not_principal(statement)
        require_either(statement, "Action", S3.missing)
        require_either(statement, "Resource", S3.missing)
        _check_s3_resources(statement, bucket)
        _check_s3_actions(statement)
        _check_s3_condition_keys(statement)
        _check_s3_resource_types(statement)
    return document


def check_key_policy(
    text: str, account: str, caller_arn: str, exists: Callable[[str], bool], bypass_lockout: bool
) -> dict[str, Any]:
    """The parsed document of the policy of a key in `account`. Raises MalformedPolicy.

    Unless `bypass_lockout` is set, the policy must allow the caller (the ARN of a user, role, session or root) to put a
    policy again (https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html). Every statement must have
    an action and the resource "*" (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html).
    """
    require(KEY_POLICY_CHARACTERS.fullmatch(text) is not None, KMS.syntax)
    document, statements = parsed(text, KMS)
    require("Version" in document, KMS.version)
    for statement in statements:
        check_principals(statement, exists, KMS)
        _forbid_allow_not_principal(statement)
        require_either(statement, "Action", KMS.missing.format("action."))
        require(as_list(statement.get("Resource")) == ["*"], KMS.missing.format("valid resource."))
    require(bypass_lockout or _allows_put_again(document, account, caller_arn), LOCKED_OUT)
    return document


def check_trust_policy(text: str, exists: Callable[[str], bool]) -> dict[str, Any]:
    """The parsed document of a role's trust policy. Raises MalformedPolicy.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
    """
    document, statements = parsed(text, IAM)
    _check_iam_sids(statements)
    for statement in statements:
        require("NotPrincipal" not in statement, "Has prohibited field NotPrincipal")
        check_principals(statement, exists, IAM)
        for name in ("Resource", "NotResource"):
            require(name not in statement, f"Has prohibited field {name}")
        require_either(statement, "Action", IAM.missing.format("actions"))
        actions = as_list(statement.get("Action"))
        sts_only = all(action == "*" or action.lower().startswith("sts:") for action in actions)
        require(sts_only, "AssumeRole policy may only specify STS AssumeRole actions.")
    return document


def check_identity_policy(text: str) -> dict[str, Any]:
    """The parsed document of an identity policy. Raises MalformedPolicy.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html#policies-grammar-notes
    """
    document, statements = parsed(text, IAM)
    require("Id" not in document, IAM.syntax)
    _check_iam_sids(statements)
    for statement in statements:
        has_principal = "Principal" in statement or "NotPrincipal" in statement
        require(not has_principal, "Policy document should not specify a principal.")
        require_either(statement, "Action", IAM.missing.format("actions"))
        require_either(statement, "Resource", IAM.missing.format("resources"))
        for action in as_list(statement.get("Action", statement.get("NotAction"))):
            vendor = action == "*" or re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action)
            require(bool(vendor), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        for resource in as_list(statement.get("Resource", statement.get("NotResource"))):
            require(
                resource == "*" or resource.startswith("arn:"), 'Resource {} must be in ARN format or "*".', resource
            )
    return document


def _check_iam_sids(statements: Iterable[Statement]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html"""
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    alphanumeric = "Statement IDs (SID) must be alpha-numeric. "
    alphanumeric += "Check that your input satisfies the regular expression [0-9A-Za-z]*"
    require(all(IAM_SID.fullmatch(sid) for sid in sids), alphanumeric)
    require(len(set(sids)) == len(sids), "Statement IDs (SID) in a single policy must be unique.")


def _forbid_allow_not_principal(statement: Statement) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html"""
    allowed = "NotPrincipal" not in statement or statement["Effect"] == "Deny"
    require(allowed, "Allow with NotPrincipal is not allowed.")


def _allows_put_again(document: dict[str, Any], account: str, caller_arn: str) -> bool:
    principal = _principal(caller_arn)
    context = {
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalArn": principal.arn,
        "aws:PrincipalIsAWSService": "false",
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "kms:CallerAccount": principal.account,
    }
    key = f"arn:aws:kms:us-east-1:{account}:key/00000000-0000-0000-0000-000000000000"
    return evaluate(document, Request("kms:PutKeyPolicy", key, principal, context)).allowed


def _principal(arn: str) -> Principal:
    if session := SESSION.fullmatch(arn):
        role = f"{session['start']}:iam::{session['account']}:role/{session['role']}"
        return Principal("role", arn=role, session_arn=arn)
    return Principal("role" if ":role/" in arn else "root" if arn.endswith(":root") else "user", arn=arn)


def _check_s3_resources(statement: Statement, bucket: str) -> None:
    """Require that each resource is the bucket of the policy or objects in it; "*" is not."""
    for resource in as_list(statement.get("Resource", statement.get("NotResource"))):
        match = S3_RESOURCE.fullmatch(resource)
        require(match is not None and match["bucket"] == bucket, "Policy has invalid resource")


def _check_s3_actions(statement: Statement) -> None:
    for action in as_list(statement.get("Action", statement.get("NotAction"))):
        known = action == "*" or bool(_s3_actions(action, BUCKET_ACTIONS | OBJECT_ACTIONS))
        require(known, "Policy has invalid action")


def _check_s3_resource_types(statement: Statement) -> None:
    """Require that the statement names a resource of the type that each action needs."""
    for action in as_list(statement.get("Action")):
        applicable = False
        for resource in as_list(statement.get("Resource")):
            match = S3_RESOURCE.fullmatch(resource)
            actions = OBJECT_ACTIONS if match and match["key"] else BUCKET_ACTIONS
            applicable = applicable or bool(_s3_actions(action, actions))
        sentence = "Action does not apply to any resource(s) in statement"
        require(applicable or "Resource" not in statement, sentence)


def _check_s3_condition_keys(statement: Statement) -> None:
    keys = {key.lower() for operator in statement.get("Condition", {}).values() for key in operator}
    for key in keys:
        known = key in CONDITION_KEYS or key.startswith(CONDITION_KEY_PREFIXES)
        require(known, "Policy has an invalid condition key")
        going_with = ACTIONS_OF_KEY.get(key)
        applicable = going_with is None or all(
            _s3_actions(action, going_with) for action in as_list(statement.get("Action"))
        )
        sentence = "Conditions do not apply to combination of actions and resources in statement"
        require(applicable, sentence)


def _s3_actions(pattern: str, actions: Iterable[str]) -> list[str]:
    return [action for action in actions if matches(pattern.lower(), f"s3:{action}".lower(), Style.LIKE)]
