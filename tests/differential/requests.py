# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests of the callers of the universe, and whether AWS allows them as the sandbox's judge reads the policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html,
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html and
https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from cloudtrail_sandbox.judge import Request, Verdict, extremes

from . import universe as u
from .policies import BUCKET, Case
from .universe import Caller, Values

_ACL_ACTIONS = ("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl")
_ENCRYPTING = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt", "kms:CreateGrant")
#: S3 lets the owner's root user change the bucket policy even if it denies it
#: (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html).
_ROOT_ACTIONS = ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy")
_CONTEXT_KEY = "kms:EncryptionContext:aws:cloudtrail:arn"
_TRAIL_ARNS = tuple(str(caller.keys["aws:SourceArn"]) for caller in u.TRAILS)
_NOW = "2026-11-26T00:00:00Z"

#: The values of keys that a caller can choose; None: the request does not have the key.
_CHOICES: dict[str, tuple[Values | None, ...]] = {
    "aws:SecureTransport": ("true", "true", "false"),
    "aws:SourceIp": ("203.0.113.7", "203.0.113.200", "198.51.100.1", "10.1.2.3", "2001:db8::1", None),
    "aws:CurrentTime": (_NOW, _NOW, "2019-06-01T00:00:00Z", "2031-06-01T00:00:00Z"),
    "aws:SourceVpce": (None, "vpce-1a2b3c4d", "vpce-99999999"),
}
_IAM_CHOICES: dict[str, tuple[Values | None, ...]] = {
    "aws:ViaAWSService": ("false", "true"),
    "aws:CalledVia": (None, ("athena.amazonaws.com",), ("cloudformation.amazonaws.com", "athena.amazonaws.com")),
}
_S3_CHOICES: dict[str, tuple[Values | None, ...]] = {
    "s3:TlsVersion": ("1.2", "1.3"),
    "s3:signatureAge": (None, "1000", "700000"),
}
_PUT_CHOICES: dict[str, tuple[Values | None, ...]] = {
    "s3:x-amz-acl": (None, "bucket-owner-full-control", "bucket-owner-full-control", "private"),
    "s3:RequestObjectTagKeys": (None, ("team",), ("team", "cost"), ("zone",)),
}


@dataclass(frozen=True)
class Asked:
    """One request of a caller."""

    caller: Caller
    action: str
    resource: str
    context: Mapping[str, Values]

    def __str__(self) -> str:
        own = {key: value for key, value in self.context.items() if key not in self.caller.keys}
        return f"{self.caller.name}: {self.action} on {self.resource} with {own}"


def plain(caller: Caller, action: str, resource: str) -> Asked:
    """The request as everybody sends it: with TLS, now, and with nothing special."""
    context: dict[str, Values] = {"aws:SecureTransport": "true", "aws:CurrentTime": _NOW, **_of_service(caller, action)}
    if caller.principal.account:
        context["aws:SourceIp"] = "203.0.113.7"
    if action.startswith("s3:"):
        context["s3:TlsVersion"] = "1.2"
    return Asked(caller, action, resource, {**caller.keys, **_of_account(caller, action), **context})


def usual(caller: Caller, action: str, resource: str) -> list[Asked]:
    """The plain request, and those with what every caller may add: S3 as the way to a key, and an ACL.

    Who reads a log file uses the key through S3, with the ARN of the trail as encryption context.
    """
    asked = plain(caller, action, resource)
    added: list[dict[str, Values]] = [{}]
    if action.startswith("kms:"):
        through_s3: dict[str, Values] = {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
        added.append(through_s3)
        if action.startswith(_ENCRYPTING) and caller.principal.kind != "service":
            keys: Values = ("aws:cloudtrail:arn",)
            added += [{**through_s3, _CONTEXT_KEY: arn, "kms:EncryptionContextKeys": keys} for arn in _TRAIL_ARNS]
    elif action in _ACL_ACTIONS and caller.principal.kind != "service":
        added += [{"s3:x-amz-acl": acl} for acl in ("bucket-owner-full-control", "private")]
    return [replace(asked, context={**asked.context, **more}) for more in added]


def chosen(random: Random, caller: Caller, action: str, resource: str) -> Asked:
    """A request with a random choice of what a caller can choose."""
    choices = dict(_CHOICES)
    is_service = caller.principal.kind == "service"
    if caller.principal.account:
        choices |= _IAM_CHOICES
    if action.startswith("s3:"):
        choices |= _S3_CHOICES
        if action in _ACL_ACTIONS:
            choices |= _PUT_CHOICES
    if is_service or action.startswith("kms:"):  # services use TLS, and KMS requires it
        choices["aws:SecureTransport"] = ("true",)
    context = {key: random.choice(values) for key, values in choices.items()}
    if action.startswith("kms:"):
        context["kms:ViaService"] = random.choice((None, "s3.eu-central-1.amazonaws.com"))
    if action.startswith(_ENCRYPTING) and not is_service:
        context |= _encryption_context(random)
    fixed = _of_service(caller, action) if is_service and random.random() < 0.8 else {}
    present = {key: value for key, value in context.items() if value is not None}
    return Asked(caller, action, resource, {**caller.keys, **_of_account(caller, action), **present, **fixed})


def _encryption_context(random: Random) -> dict[str, Values | None]:
    arn = random.choice((None, *_TRAIL_ARNS))
    names = [*(["aws:cloudtrail:arn"] if arn else []), *(["aws:s3:arn"] if random.random() < 0.4 else [])]
    return {_CONTEXT_KEY: arn, "kms:EncryptionContextKeys": tuple(names) or None}


def _of_account(caller: Caller, action: str) -> dict[str, Values]:
    account = caller.principal.account
    return {"kms:CallerAccount": account} if account and action.startswith("kms:") else {}


def _of_service(caller: Caller, action: str) -> dict[str, Values]:
    """What CloudTrail adds to its requests.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html and
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    if caller.principal.service != u.CLOUDTRAIL:
        return {}
    if action == "s3:PutObject":
        return {"s3:x-amz-acl": "bucket-owner-full-control"}
    if action.startswith(_ENCRYPTING):
        return {_CONTEXT_KEY: caller.keys["aws:SourceArn"], "kms:EncryptionContextKeys": ("aws:cloudtrail:arn",)}
    return {}


class Judge:
    """The decisions about one case."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def may_allow(self, asked: Asked, identity: bool = True) -> bool:
        """Whether AWS may allow the request by one of the readings of its documents.

        `identity` is whether the caller's own permissions allow everything, as a root user's do, or nothing.
        """
        return self._allows(asked, identity, 1)

    def surely_allows(self, asked: Asked, identity: bool = False) -> bool:
        """Whether AWS allows the request by every reading of its documents."""
        return self._allows(asked, identity, 0)

    def _allows(self, asked: Asked, identity: bool, which: int) -> bool:
        principal = asked.caller.principal
        is_owner = principal.account == u.ARCHIVE
        verdict = self._verdict(self.case.policy, asked, which)
        if verdict.decision == "explicit_deny":
            return is_owner and principal.kind == "root" and asked.action in _ROOT_ACTIONS
        if self.case.kind == BUCKET:
            by_identity = is_owner and identity
        else:
            if principal.kind == "anonymous":  # KMS has no anonymous requests
                return False
            by_identity = verdict.allowed and is_owner and identity
            verdict = Verdict("allow") if self._granted(asked) else verdict
        if by_identity or not principal.account:
            return by_identity or verdict.allowed
        if is_owner:
            return self._granted(asked) or self._verdict(self._direct, asked, which).allowed
        return identity and verdict.allowed

    def _verdict(self, policy: Mapping[str, Any], asked: Asked, which: int) -> Verdict:
        request = Request(asked.action, asked.resource, asked.caller.principal, asked.context)
        return extremes(policy, request)[which]

    @cached_property
    def _direct(self) -> dict[str, Any]:
        """The policy without the Allow statements' principals that only delegate to the identity policies."""
        statements = [_without_account(statement) for statement in self.case.policy["Statement"]]
        return {**self.case.policy, "Statement": [statement for statement in statements if statement]}

    def _granted(self, asked: Asked) -> bool:
        names = {asked.caller.principal.arn, asked.caller.principal.session_arn} - {""}
        return any(
            grant["GranteePrincipal"] in names
            and asked.action.removeprefix("kms:") in grant["Operations"]
            and _meets_constraints(grant, asked)
            for grant in self.case.grants
        )


def _meets_constraints(grant: Mapping[str, Any], asked: Asked) -> bool:
    """Whether the encryption context meets the constraints, which CreateGrant and DescribeKey do not have.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
    """
    if not grant.get("Constraints") or asked.action in ("kms:CreateGrant", "kms:DescribeKey"):
        return True
    wanted = next(iter(grant["Constraints"].values()))["aws:cloudtrail:arn"]
    names = set(asked.context.get("kms:EncryptionContextKeys", ()))
    is_exact = "EncryptionContextEquals" not in grant["Constraints"] or names == {"aws:cloudtrail:arn"}
    return bool(asked.context.get(_CONTEXT_KEY) == wanted and is_exact)


def _without_account(statement: dict[str, Any]) -> dict[str, Any] | None:
    principal = statement.get("Principal")
    if statement["Effect"] != "Allow" or not isinstance(principal, Mapping) or "AWS" not in principal:
        return statement
    listed = principal["AWS"] if isinstance(principal["AWS"], list) else [principal["AWS"]]
    kept = [name for name in listed if name not in (u.ARCHIVE, u.root(u.ARCHIVE))]
    others = {kind: names for kind, names in principal.items() if kind != "AWS"}
    left = {**others, **({"AWS": kept} if kept else {})}
    return {**statement, "Principal": left} if left else None
