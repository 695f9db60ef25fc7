# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authorization: identity policies, resource policies, and the rules between accounts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.judge import Request, Verdict, evaluate, evaluate_identity
from cloudtrail_sandbox.state import PARTITION, State

Context = dict[str, str | tuple[str, ...]]
#: Services whose code of a refusal is neither AccessDeniedException (JSON services) nor AccessDenied.
DENIED_CODES = {"ec2": "UnauthorizedOperation"}


@dataclass(frozen=True)
class Need:
    """One permission that a request needs, on one resource."""

    action: str
    resource: str = "*"
    context: Mapping[str, str | tuple[str, ...]] | None = None


class Access:
    """Verdicts on requests, in the current state. Each `require…` returns None or raises ApiError (AccessDenied)."""

    def __init__(self, state: State) -> None:
        self._state = state

    def context(self, call: Call, caller: Caller) -> Context:
        """The global condition keys of a request. aws:SecureTransport is true, although the sandbox uses HTTP."""
        now = self._state.now()
        user = caller.principal.kind == "user"
        context: Context = {
            "aws:PrincipalArn": caller.principal.arn,
            "aws:PrincipalAccount": caller.account,
            "aws:PrincipalType": "User" if user else "AssumedRole",
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
            "aws:userid": caller.user_id,
            "aws:SecureTransport": "true",
            "aws:SourceIp": str(call.environ.get("REMOTE_ADDR", "127.0.0.1")),
            "aws:UserAgent": call.header("User-Agent"),
            "aws:RequestedRegion": call.region,
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
        }
        if user:
            context["aws:username"] = caller.principal.arn.rsplit("/", 1)[-1]
        organization = self._state.organization_of(caller.account)
        if organization:
            context["aws:PrincipalOrgID"] = organization[0]
        return context

    def identity(self, caller: Caller, request: Request) -> Verdict:
        """The identity policies' verdict; a session policy can only restrict it."""
        verdict = evaluate_identity(self._state.identity_policies(caller.principal.arn), request)
        if verdict.allowed and caller.session_policy is not None:
            return evaluate_identity([caller.session_policy], request)
        return verdict

    def require(self, call: Call, caller: Caller, needs: Sequence[Need]) -> None:
        """Require that the identity policies allow every need, for calls in the caller's own account."""
        for need in needs:
            request = self.request(call, caller, need)
            verdict = self.identity(caller, request)
            if not verdict.allowed:
                raise denied(call, caller, need, verdict, "identity-based")

    def require_bucket(self, call: Call, caller: Caller, needs: Sequence[Need], owner: str, policy: str | None) -> None:
        """Apply S3's rule: the owner needs one policy's allow, another account needs both."""
        for need in needs:
            request = self.request(call, caller, need)
            identity, bucket = self.identity(caller, request), evaluate(policy, request)
            self._no_explicit_deny(call, caller, need, {"identity-based": identity, "resource-based": bucket})
            if caller.account == owner:
                if not (identity.allowed or self.direct(policy, request, owner)):
                    raise denied(call, caller, need, identity, "identity-based")
            elif not (identity.allowed and bucket.allowed):
                lacking = "resource-based" if identity.allowed else "identity-based"
                raise denied(call, caller, need, bucket if identity.allowed else identity, lacking)

    def require_key(
        self, call: Call, caller: Caller, need: Need, owner: str, policy: str | None, granted: bool = False
    ) -> None:
        """Apply KMS's rule: the key policy must allow; if it names the account only, the identity policy too.
        A grant is enough, unless a policy denies explicitly.

        https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
        """
        request = self.request(call, caller, need)
        identity, key = self.identity(caller, request), evaluate(policy, request)
        self._no_explicit_deny(call, caller, need, {"identity-based": identity, "resource-based": key})
        if granted:
            return
        if not key.allowed:
            raise denied(call, caller, need, key, "resource-based")
        if caller.account == owner and self.direct(policy, request, owner):
            return
        if not identity.allowed:
            raise denied(call, caller, need, identity, "identity-based")

    def require_role(self, call: Call, caller: Caller, need: Need, trust: Mapping[str, Any]) -> None:
        """Apply AssumeRole's rule: the trust policy must allow the caller, and the caller's policies the call.
        The second is not needed if the trust policy names the caller and both are in one account."""
        request = self.request(call, caller, need)
        # A trust policy has no Resource: it applies to its role.
        statements = [{**statement, "Resource": "*"} for statement in as_list(trust.get("Statement"))]
        policy = {**trust, "Statement": statements}
        owner = need.resource.split(":")[4]
        identity, role = self.identity(caller, request), evaluate(policy, request)
        direct = caller.account == owner and self.direct(policy, request, owner)
        refused = "explicit_deny" in (identity.decision, role.decision)
        if refused or not role.allowed or not (identity.allowed or direct):
            sentence = f"User: {caller.arn} is not authorized to perform: {need.action} on resource: {need.resource}"
            raise ApiError("AccessDenied", sentence, 403)

    def request(self, call: Call, caller: Caller, need: Need) -> Request:
        context = {**self.context(call, caller), **(need.context or {})}
        return Request(action=need.action, resource=need.resource, principal=caller.principal, context=context)

    def direct(self, policy: Mapping[str, Any] | str | None, request: Request, owner: str) -> bool:
        """Whether the resource policy allows without the statements that name the whole account.

        Naming the account (its id or root ARN) only delegates to the account's identity policies:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        if not policy:
            return False
        document = json.loads(policy) if isinstance(policy, str) else policy
        account = {owner, f"arn:{PARTITION}:iam::{owner}:root"}
        parts = (_without_account(statement, account) for statement in as_list(document.get("Statement")))
        return bool(evaluate({**document, "Statement": [part for part in parts if part]}, request).allowed)

    def _no_explicit_deny(self, call: Call, caller: Caller, need: Need, verdicts: Mapping[str, Verdict]) -> None:
        for kind, verdict in verdicts.items():
            if verdict.decision == "explicit_deny":
                raise denied(call, caller, need, verdict, kind)


def denied(call: Call, caller: Caller, need: Need, verdict: Verdict, kind: str) -> ApiError:
    """AWS's error message (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html)."""
    if verdict.decision == "explicit_deny":
        why = f"with an explicit deny in {'an' if kind.startswith('i') else 'a'} {kind} policy"
    else:
        why = f"because no {kind} policy allows the {need.action} action"
    sentence = f"User: {caller.arn} is not authorized to perform: {need.action} on resource: {need.resource} {why}"
    json_service = call.protocol in ("json", "rest-json")
    code = DENIED_CODES.get(call.service, "AccessDeniedException" if json_service else "AccessDenied")
    return ApiError(code, sentence, 400 if json_service else 403)


def as_list(value: Any) -> list[Any]:
    """The values of a policy element, which may be a single value or a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _without_account(statement: Mapping[str, Any], account: set[str]) -> dict[str, Any] | None:
    """The statement without the principal that is the whole account; None if no other principal is left."""
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
        return dict(statement)
    aws = [name for name in as_list(principal.get("AWS")) if name not in account]
    others = {kind: names for kind, names in principal.items() if kind != "AWS"}
    left = {**others, **({"AWS": aws} if aws else {})}
    return {**statement, "Principal": left} if left else None
