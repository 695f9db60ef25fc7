# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM: checks written policies, and leaves the rest to moto."""

from __future__ import annotations

import re

from cloudtrail_sandbox.access import Access
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.judge import MalformedPolicy, check_identity_policy, check_trust_policy
from cloudtrail_sandbox.moto_backend import MotoBackend
from cloudtrail_sandbox.permissions import needs_of
from cloudtrail_sandbox.responses import Response
from cloudtrail_sandbox.state import State

TRUST_POLICIES = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}
IDENTITY_POLICIES = frozenset(
    {"PutRolePolicy", "PutUserPolicy", "PutGroupPolicy", "CreatePolicy", "CreatePolicyVersion"}
)
#: Characters without white space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
LIMITS = {"CreatePolicy": 6144, "CreatePolicyVersion": 6144, "PutUserPolicy": 2048, "PutGroupPolicy": 5120}
TRUST_POLICY_CHARACTERS, ROLE_POLICY_CHARACTERS = 2048, 10240


class Iam:
    """IAM in front of moto's."""

    def __init__(self, state: State, access: Access, moto: MotoBackend) -> None:
        self._state = state
        self._access = access
        self._moto = moto

    def handle(self, call: Call, caller: Caller) -> Response:
        self._access.require(call, caller, needs_of(call, caller, self._state))
        try:
            self._check(call)
        except MalformedPolicy as error:
            raise ApiError("MalformedPolicyDocument", str(error)) from error
        return self._moto(call, caller.account)

    def _check(self, call: Call) -> None:
        if member := TRUST_POLICIES.get(call.operation):
            _check_size(call.text(member), TRUST_POLICY_CHARACTERS)
            check_trust_policy(call.text(member), self._state.principals.exists)
        elif call.operation in IDENTITY_POLICIES:
            _check_size(call.text("PolicyDocument"), LIMITS.get(call.operation, ROLE_POLICY_CHARACTERS))
            check_identity_policy(call.text("PolicyDocument"))


def _check_size(text: str, limit: int) -> None:
    if len(re.sub(r"\s", "", text)) > limit:
        raise ApiError("LimitExceeded", f"Maximum policy size of {limit} bytes exceeded", 409)
