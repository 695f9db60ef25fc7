# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials: the IAM user or role session of each access key."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from moto.iam.models import iam_backends

from cloudtrail_sandbox.aws_call import Call, security_token
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.judge import Principal
from cloudtrail_sandbox.signature import is_genuine
from cloudtrail_sandbox.state import PARTITION, State

WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)
KEY_CHARACTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Caller:
    """The sender of a request. `arn` and `user_id` (aws:userid) are those that GetCallerIdentity returns."""

    principal: Principal
    user_id: str
    secret: str
    token: str = ""
    expires: datetime | None = None
    session_policy: Mapping[str, Any] | None = None

    @property
    def account(self) -> str:
        return str(self.principal.account)

    @property
    def arn(self) -> str:
        return self.principal.session_arn or self.principal.arn


class Credentials:
    """All credentials that are valid."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._by_key: dict[str, Caller] = {}

    def add_user(self, access_key: str, secret: str, arn: str, user_id: str) -> None:
        self._by_key[access_key] = Caller(Principal(kind="user", arn=arn), user_id, secret)

    def open_session(
        self, role: Any, name: str, duration: int, policy: Mapping[str, Any] | None = None
    ) -> tuple[str, Caller]:
        """Credentials of a role session of `duration` seconds: (access key id, caller)."""
        session_arn = f"arn:{PARTITION}:sts::{role.account_id}:assumed-role/{role.name}/{name}"
        caller = Caller(
            principal=Principal(kind="role", arn=role.arn, session_arn=session_arn),
            user_id=f"{role.id}:{name}",
            secret=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(200),
            expires=self._state.now() + timedelta(seconds=duration),
            session_policy=policy,
        )
        access_key = "ASIA" + "".join(secrets.choice(KEY_CHARACTERS) for _character in range(16))
        self._by_key[access_key] = caller
        return access_key, caller

    def secrets(self) -> list[str]:
        """The secret access keys and session tokens of all users and sessions."""
        values = {value for caller in self._by_key.values() for value in (caller.secret, caller.token) if value}
        return sorted(values)

    def prolong(self, seconds: float) -> None:
        """Extend all sessions, because a jump of the clock must not end them."""
        for access_key, caller in self._by_key.items():
            if caller.expires:
                self._by_key[access_key] = replace(caller, expires=caller.expires + timedelta(seconds=seconds))

    def identify(self, call: Call) -> Caller:
        """The caller, or ApiError if the credentials are missing, unknown, mismatched or expired."""
        if not call.access_key:
            code = "AccessDenied" if call.service == "s3" else "MissingAuthenticationToken"
            raise ApiError(code, "Request is missing Authentication Token", 403)
        caller = self._by_key.get(call.access_key) or self._created(call.access_key)
        if caller is None or caller.token != security_token(call.environ):
            raise ApiError(*_unknown(call), 400 if call.protocol == "json" else 403)
        if not is_genuine(call.environ, call.body, caller.secret):
            code = "InvalidSignatureException" if call.protocol == "json" else "SignatureDoesNotMatch"
            raise ApiError(code, WRONG_SIGNATURE, 400 if call.protocol == "json" else 403)
        if caller.expires and caller.expires <= self._state.now():
            code = "ExpiredTokenException" if call.protocol == "json" else "ExpiredToken"
            raise ApiError(code, "The security token included in the request is expired", 400)
        return caller

    def _created(self, access_key: str) -> Caller | None:
        """The user of an access key that was made by iam:CreateAccessKey."""
        for account in self._state.accounts:
            backend = iam_backends[account][PARTITION]
            key = backend.access_keys.get(access_key)
            if key is not None and key.status == "Active":
                user = backend.get_user(str(key.user_name))
                return Caller(Principal(kind="user", arn=user.arn), user.id, key.secret_access_key)
        return None


def _unknown(call: Call) -> tuple[str, str]:
    sentence = "The security token included in the request is invalid."
    if call.service == "s3":
        return "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
    return ("UnrecognizedClientException" if call.protocol == "json" else "InvalidClientTokenId"), sentence
