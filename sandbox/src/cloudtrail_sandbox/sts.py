# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""STS: AssumeRole against the trust policy, and GetCallerIdentity.

moto's own AssumeRole checks neither that the role exists, nor its trust policy, nor the external id.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from cloudtrail_sandbox.access import Access, Need
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller, Credentials
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.responses import Response, xml_response
from cloudtrail_sandbox.state import State

SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")
ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
CHAINED_SECONDS = 3600


class Sts:
    """AssumeRole and GetCallerIdentity; all other operations are refused."""

    def __init__(self, state: State, access: Access, credentials: Credentials) -> None:
        self._state = state
        self._access = access
        self._credentials = credentials

    def handle(self, call: Call, caller: Caller) -> Response:
        if call.operation == "AssumeRole":
            return self._assume_role(call, caller)
        if call.operation == "GetCallerIdentity":
            return _response(
                "GetCallerIdentity",
                {"Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account},
            )
        raise ApiError("UnsupportedOperation", f"The sandbox has no sts:{call.operation}.")

    def _assume_role(self, call: Call, caller: Caller) -> Response:
        arn, name = call.text("RoleArn"), call.text("RoleSessionName")
        policy = _checked(call, arn, name)
        context = {"sts:RoleSessionName": name}
        if external_id := call.text("ExternalId"):
            context["sts:ExternalId"] = external_id
        role, trust = self._state.entity(arn), self._state.role(arn)
        # AWS's error is the same for a role that does not exist and for one that does not trust the caller.
        self._access.require_role(call, caller, Need("sts:AssumeRole", arn, context), trust or {})
        duration = _duration(call, int(role.max_session_duration or 3600), chained=bool(caller.token))
        access_key, session = self._credentials.open_session(role, name, duration, policy)
        expires = session.expires.strftime("%Y-%m-%dT%H:%M:%SZ") if session.expires else ""
        return _response(
            "AssumeRole",
            {
                "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
                "Credentials": {
                    "AccessKeyId": access_key,
                    "SecretAccessKey": session.secret,
                    "SessionToken": session.token,
                    "Expiration": expires,
                },
            },
        )


def _checked(call: Call, arn: str, name: str) -> Mapping[str, Any] | None:
    """The parsed session policy, after a check of the parameters' forms."""
    if not ROLE_ARN.fullmatch(arn):
        raise ApiError("ValidationError", f"{arn} is invalid")
    if not SESSION_NAME.fullmatch(name):
        raise ApiError(
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        )
    if "ExternalId" in call.parameters and not EXTERNAL_ID.fullmatch(call.text("ExternalId")):
        raise ApiError(
            "ValidationError",
            "1 validation error detected: Value at 'externalId' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@:\/-]*",
        )
    if not call.text("Policy"):
        return None
    try:
        policy: dict[str, Any] = json.loads(call.text("Policy"))
    except ValueError as error:
        raise ApiError("MalformedPolicyDocument", f"The session policy is not JSON: {error}") from error
    return policy


def _duration(call: Call, longest: int, chained: bool) -> int:
    seconds = int(call.parameters.get("DurationSeconds") or 3600)
    if seconds < 900:
        raise ApiError(
            "ValidationError",
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value greater than or equal to 900",
        )
    if chained and seconds > CHAINED_SECONDS:
        raise ApiError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    if seconds > longest:
        raise ApiError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return seconds


def _response(operation: str, result: Mapping[str, Any]) -> Response:
    return xml_response(
        f'<{operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<{operation}Result>{_xml(result)}</{operation}Result>"
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
    )


def _xml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(member)}</{name}>" for name, member in value.items())
    return escape(str(value))
