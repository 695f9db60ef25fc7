# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS: checked and enforced key policies, key states, rotation periods, keys of other accounts."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cloudtrail_sandbox.access import Access, Need
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.faults import Faults
from cloudtrail_sandbox.judge import MalformedPolicy, check_key_policy
from cloudtrail_sandbox.moto_backend import MotoBackend, unsupported
from cloudtrail_sandbox.resource_policies import with_statement
from cloudtrail_sandbox.responses import Response, json_response
from cloudtrail_sandbox.state import PARTITION, Key, State

POLICY_BYTES = 32_768
#: "Cross-account use: Yes" (https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html).
CROSS_ACCOUNT = frozenset(
    {"DescribeKey", "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"}
    | {"GetPublicKey", "GetKeyRotationStatus", "CreateGrant", "ListGrants", "RevokeGrant", "Sign", "Verify"}
)
#: Operations that need an enabled key, and those that a key pending deletion still allows
#: (https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html).
NEEDS_ENABLED = frozenset(
    {"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Sign", "Verify"}
    | {"GetPublicKey", "EnableKeyRotation", "DisableKeyRotation", "CreateGrant"}
)
WHEN_PENDING = frozenset(
    {"DescribeKey", "GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies", "ListResourceTags", "ListGrants"}
    | {"GetKeyRotationStatus"}
    | {"CancelKeyDeletion", "RetireGrant", "RevokeGrant", "DeleteAlias", "UpdateAlias", "ListAliases"}
)
ROTATION_DAYS = range(90, 2561)


class Kms:
    """KMS in front of moto's."""

    def __init__(self, state: State, access: Access, moto: MotoBackend, faults: Faults) -> None:
        self._state = state
        self._access = access
        self._moto = moto
        self._faults = faults
        self._own = {
            "PutKeyPolicy": self._put_policy,
            "GetKeyPolicy": self._get_policy,
            "EnableKeyRotation": self._enable_rotation,
            "GetKeyRotationStatus": self._rotation_status,
            "ListGrants": self._list_grants,
        }

    def handle(self, call: Call, caller: Caller) -> Response:
        if call.operation == "CreateKey":
            return self._create_key(call, caller)
        reference = _reference(call)
        if not reference or call.text("AliasName"):
            # An alias is a resource of its own, besides its key.
            alias = call.text("AliasName")
            resource = f"{_home(call, caller)}{alias}" if alias else "*"
            self._access.require(call, caller, [Need(f"kms:{call.operation}", resource)])
        if not reference:
            return self._moto(call, caller.account)
        key = self.usable_key(reference, call, caller)
        self.authorize(call, caller, key, call.operation, _encryption_context(call))
        _check_state(call.operation, key)
        own = self._own.get(call.operation)
        return own(call, caller, key) if own else self._moto(call, key.account, _with_key_id(call, key))

    def usable_key(self, reference: str, call: Call, caller: Caller) -> Key:
        """The key of a reference in a request. Raises NotFoundException."""
        key = self._state.key(reference, caller.account, call.region)
        if key is not None and key.region == call.region:
            return key
        if "alias/" in reference:
            home = f"arn:{PARTITION}:kms:{call.region}:{caller.account}:"
            arn = reference if reference.startswith("arn:") else home + reference
            raise ApiError("NotFoundException", f"Alias {arn} is not found.")
        if reference.startswith("arn:") and reference.split(":")[3] != call.region:
            raise ApiError("NotFoundException", f"Invalid arn {reference.split(':')[3]}")
        arn = reference if reference.startswith("arn:") else f"{_home(call, caller)}key/{reference}"
        raise ApiError("NotFoundException", f"Key '{arn}' does not exist")

    def authorize(
        self, call: Call, caller: Caller, key: Key, operation: str, context: Mapping[str, str] | None = None
    ) -> None:
        """Require that the key policy, and the identity policy if it applies, allow kms:<operation>."""
        conditions: dict[str, str | tuple[str, ...]] = {"kms:CallerAccount": caller.account}
        conditions |= {f"kms:EncryptionContext:{name}": value for name, value in (context or {}).items()}
        if context:
            conditions["kms:EncryptionContextKeys"] = tuple(context)
        if call.service != "kms":
            conditions["kms:ViaService"] = f"{call.service}.{key.region}.amazonaws.com"
        need = Need(f"kms:{operation}", key.arn, conditions)
        if caller.account != key.account and operation not in CROSS_ACCOUNT:
            sentence = f"User: {caller.arn} is not authorized to perform: kms:{operation} on resource: {key.arn}"
            raise ApiError("AccessDeniedException", sentence)
        granted = self._granted(caller, key, operation, context or {})
        self._access.require_key(call, caller, need, key.account, key.policy, granted)

    def _granted(self, caller: Caller, key: Key, operation: str, context: Mapping[str, str]) -> bool:
        """Whether a grant to this user or role allows the operation with this encryption context.

        https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
        """
        grants = self._state.moto_key(key.arn, key.account, key.region).grants.values()
        mine = (grant for grant in grants if grant.grantee_principal in (caller.principal.arn, caller.arn))
        return any(operation in grant.operations and _fits(grant.constraints or {}, context) for grant in mine)

    def _create_key(self, call: Call, caller: Caller) -> Response:
        self._access.require(call, caller, [Need("kms:CreateKey")])
        if call.parameters.get("Tags"):
            self._access.require(call, caller, [Need("kms:TagResource", f"{_home(call, caller)}key/*")])
        text = call.text("Policy")
        if text:
            self._check_policy(call, caller, text)
        # moto has no default for these two, and would check the policy in its own way.
        parameters = {"KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False, **call.parameters}
        parameters.pop("Policy", None)
        response = self._moto(call, caller.account, json.dumps(parameters).encode())
        if response.status == 200:
            arn = json.loads(response.body)["KeyMetadata"]["Arn"]
            made = self._state.moto_key(arn, caller.account, call.region)
            self._state.write_policy(arn, _stored(text or made.generate_default_policy()), at_once=True)
        return response

    def _put_policy(self, call: Call, caller: Caller, key: Key) -> Response:
        if call.text("PolicyName") not in ("", "default"):
            raise ApiError("NotFoundException", f"No such policy {call.text('PolicyName')} exists")
        text = call.text("Policy")
        self._check_policy(call, caller, text)
        before = self._state.policies.written(key.arn)
        self._state.write_policy(key.arn, _stored(text))
        if statement := self._faults.writer("PutKeyPolicy"):
            self._state.write_policy(key.arn, _stored(with_statement(before, statement)))
        return json_response({})

    def _check_policy(self, call: Call, caller: Caller, text: str) -> None:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"""
        if len(text.encode()) > POLICY_BYTES:
            raise ApiError("LimitExceededException", f"The key policy is larger than {POLICY_BYTES} bytes.")
        bypass = bool(call.parameters.get("BypassPolicyLockoutSafetyCheck"))
        try:
            check_key_policy(text, caller.account, caller.principal.arn, self._state.principals.exists, bypass)
        except MalformedPolicy as error:
            raise ApiError("MalformedPolicyDocumentException", str(error)) from error

    def _get_policy(self, call: Call, caller: Caller, key: Key) -> Response:
        if call.text("PolicyName") not in ("", "default"):
            raise ApiError("NotFoundException", f"No such policy {call.text('PolicyName')} exists")
        return json_response({"Policy": key.policy, "PolicyName": "default"})

    def _list_grants(self, call: Call, caller: Caller, key: Key) -> Response:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html ; at most 50 at a time."""
        grants = sorted(
            self._state.moto_key(key.arn, key.account, key.region).grants.values(), key=lambda grant: grant.id
        )
        for member, name in (("GrantId", "id"), ("GranteePrincipal", "grantee_principal")):
            if wanted := call.text(member):
                grants = [grant for grant in grants if getattr(grant, name) == wanted]
        start, limit = int(call.text("Marker") or 0), int(call.parameters.get("Limit") or 50)
        if not 1 <= limit <= 100:
            raise ApiError("ValidationException", f"Limit {limit} is not between 1 and 100.")
        more = len(grants) > start + limit
        page = [_grant_entry(grant, key) for grant in grants[start : start + limit]]
        next_marker = {"NextMarker": str(start + limit)} if more else {}
        return json_response({"Grants": page, "Truncated": more, **next_marker})

    def _enable_rotation(self, call: Call, caller: Caller, key: Key) -> Response:
        days = call.parameters.get("RotationPeriodInDays", 365)
        if days not in ROTATION_DAYS:
            raise ApiError("ValidationException", f"RotationPeriodInDays {days} is not between 90 and 2560.")
        if key.spec != "SYMMETRIC_DEFAULT":
            raise ApiError("UnsupportedOperationException", f"{key.arn} origin or spec does not support rotation.")
        made = self._state.moto_key(key.arn, key.account, key.region)
        made.key_rotation_status, made.rotation_period_in_days = True, days
        return json_response({})

    def _rotation_status(self, call: Call, caller: Caller, key: Key) -> Response:
        made = self._state.moto_key(key.arn, key.account, key.region)
        # "While a KMS key is pending deletion, its key rotation status is false": API_GetKeyRotationStatus.
        rotates = made.key_rotation_status and key.state != "PendingDeletion"
        status: dict[str, Any] = {"KeyId": key.arn, "KeyRotationEnabled": rotates}
        if rotates:
            status["RotationPeriodInDays"] = getattr(made, "rotation_period_in_days", 365)
        return json_response(status)


def _fits(constraints: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    equals, subset = constraints.get("EncryptionContextEquals"), constraints.get("EncryptionContextSubset")
    return (equals is None or equals == context) and (subset is None or subset.items() <= context.items())


def _grant_entry(grant: Any, key: Key) -> dict[str, Any]:
    members = {
        "KeyId": key.arn,
        "GrantId": grant.id,
        "Name": grant.name,
        "GranteePrincipal": grant.grantee_principal,
        "RetiringPrincipal": grant.retiring_principal,
        "IssuingAccount": f"arn:{PARTITION}:iam::{key.account}:root",
        "Operations": grant.operations,
        "Constraints": grant.constraints,
    }
    return {name: value for name, value in members.items() if value}


def _check_state(operation: str, key: Key) -> None:
    if key.state == "PendingDeletion" and operation not in WHEN_PENDING:
        raise ApiError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.state == "Disabled" and operation in NEEDS_ENABLED:
        raise ApiError("DisabledException", f"{key.arn} is disabled.")


def _reference(call: Call) -> str:
    """The reference to the key in a request. Decrypt without KeyId takes it from the ciphertext."""
    named = call.text("KeyId") or call.text("TargetKeyId") or call.text("AliasName")
    if call.operation == "ReEncrypt":
        raise unsupported(call)
    if named or "CiphertextBlob" not in call.parameters:
        return named if call.operation != "ListAliases" else ""
    try:
        return base64.b64decode(call.text("CiphertextBlob"))[:36].decode()
    except ValueError as error:
        raise ApiError("InvalidCiphertextException", "") from error


def _with_key_id(call: Call, key: Key) -> bytes:
    """The body with the key's id, because several of moto's operations do not accept an ARN or an alias."""
    named = {name: key.arn.rsplit("/", 1)[1] for name in ("KeyId", "TargetKeyId") if name in call.parameters}
    return json.dumps({**call.parameters, **named}).encode()


def _encryption_context(call: Call) -> dict[str, str]:
    return {str(name): str(value) for name, value in (call.parameters.get("EncryptionContext") or {}).items()}


def _home(call: Call, caller: Caller) -> str:
    return f"arn:{PARTITION}:kms:{call.region}:{caller.account}:"


def _stored(text: str) -> str:
    """The policy in the layout in which KMS returns it."""
    return json.dumps(json.loads(text), indent=2, separators=(",", " : "))
