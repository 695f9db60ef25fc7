# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Calls to AWS: sessions, clients, pages, retries and errors. Nothing else in the collection calls AWS.

Note that this module util is PRIVATE to the collection: it can change at any time.

C(_aws/retry.py) has the errors after which a call is repeated. The credentials of an assumed role that have expired are
renewed when AWS rejects them: this does not depend on the clock of this machine, as botocore's own renewal does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, TypeVar

try:
    import botocore.config
    import botocore.exceptions
except ImportError:  # AnsibleAWSModule reports it
    pass

from .._core import timestamps
from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from . import arn, error_advice
from .connection import Connection
from .direct_read import DirectReader
from .retry import Patience, Repetition
from .session import knows_region, new_client, new_session, use_credentials

# the key of a reply that holds the token of the next page, and the argument that takes it
_NEXT_PAGE = {"NextToken": "NextToken", "NextContinuationToken": "ContinuationToken", "NextMarker": "Marker"}
_SESSION_NAME = "central-logging"
_READS, _CHUNK = 4, 1 << 16  # attempts to read the body of one object; bytes
Taken = TypeVar("Taken")


class Gateway:
    """Calls to AWS in one account and Region. Threads may share a gateway."""

    def __init__(self, connection: Connection, pause: Callable[[float], None] = time.sleep) -> None:
        self.connection = connection
        self.region = connection.region
        self._pause, self._patience = pause, Patience(connection.retry_timeout, connection.policy_wait)
        self._clients: dict[str, Any] = {}
        self._session: Any = None  # opened by the first call
        self._account = ""  # of the credentials, once it is known
        self._reader: DirectReader | None = None  # made by the first object that is read
        self._lock = threading.RLock()

    @property
    def account(self) -> str:
        """The account of the calls: the account of the role, or of the credentials, which takes one call.

        Raises Refused if the connection expects another account.
        """
        role = arn.parse(self.connection.role_arn)
        if role:
            return role.account
        with self._lock:
            session = self._opened()
            self._account = self._account or self._account_of(session)
            return self._account

    def other(self, role_arn: str, external_id: str) -> Gateway:
        """A gateway into another role, which is assumed with the same credentials."""
        return Gateway(self.connection.assuming(role_arn, external_id), self._pause)

    def in_region(self, region: str) -> Gateway:
        """A gateway into another Region of the same account, with the same session."""
        if region == self.region:
            return self
        other = Gateway(replace(self.connection, region=region), self._pause)
        with self._lock:
            other._session, other._account = self._opened(), self._account
        return other

    def call(self, service: str, operation: str, absent: Collection[str] = (), **arguments: Any) -> Any:
        """The reply of one reading call, or None if AWS's error code is one of C(absent). Raises AwsFailure."""
        try:
            return self._renewing(service, operation, arguments, self._patience.for_new_resources(service))
        except AwsFailure as failure:
            if failure.code in absent:
                return None
            raise

    def pages(self, service: str, operation: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        """The replies of a listing call, page by page. A page may be empty and not the last. Raises AwsFailure."""
        more: dict[str, Any] = {}
        while True:
            page = self.call(service, operation, **arguments, **more)
            yield page
            more = {argument: page[token] for token, argument in _NEXT_PAGE.items() if page.get(token)}
            if not more and (page.get("IsTruncated") or page.get("Truncated")):
                raise AwsFailure(
                    _operation_name(operation), "IncompleteList", "the list is truncated, but has no token for the rest"
                )
            if not more:
                return

    def fetch(self, take: Callable[[Mapping[str, Any], Iterator[bytes]], Taken], **arguments: Any) -> Taken:
        """The result of C(take) for GetObject's reply and the body of one S3 object, which comes in chunks.

        If the connection breaks while the body is read, C(take) is called again with the whole body. Raises AwsFailure.
        """
        for attempt in range(1, _READS + 1):
            reply = self._object(arguments, direct=attempt == 1)
            try:
                return take(reply, reply["Body"].iter_chunks(_CHUNK))
            except botocore.exceptions.BotoCoreError as error:
                if attempt == _READS:
                    raise self._failure("s3", "get_object", error) from None
            finally:
                reply["Body"].close()
        raise AssertionError

    def _object(self, arguments: dict[str, Any], direct: bool) -> Any:
        """GetObject's reply, read directly if that is possible and C(direct) permits it."""
        reader = self._direct_reader()
        reply = reader.get(arguments) if reader and direct else None
        if reply is None:
            reply = self.call("s3", "get_object", **arguments)
            if reader:
                reader.learn(arguments)
        return reply

    def _direct_reader(self) -> DirectReader | None:
        with self._lock:
            if self._reader is None:
                client = self._client("s3")
                try:
                    self._reader = DirectReader(client, self._opened().get_credentials())
                except AttributeError:  # botocore keeps its connections elsewhere: objects are read ordinarily
                    return None
            return self._reader

    def send(self, call: Call) -> Any:
        """The reply of one planned call. Raises AwsFailure."""
        own = {**dict.fromkeys(call.retry_codes, call.wait), **dict.fromkeys(call.conflict_codes, 0.0)}
        waits = {**self._patience.for_new_resources(call.service), **own}
        return self._renewing(call.service, call.operation, call.arguments, waits)

    def _renewing(self, service: str, operation: str, arguments: dict[str, Any], waits: Mapping[str, float]) -> Any:
        """The reply of a call. If the session of the assumed role has expired, the role is assumed again, once."""
        client, repetition = self._client(service), self._repetition(waits)
        try:
            return self._retried(client, service, operation, arguments, repetition)
        except AwsFailure as failure:
            if failure.code not in error_advice.EXPIRED or not self.connection.role_arn:
                raise
        self._forget_session(client)
        return self._retried(self._client(service), service, operation, arguments, repetition)

    def _forget_session(self, expired: Any) -> None:
        """Let the next call assume the role again, unless another thread has done so. C(expired): the client."""
        with self._lock:
            if any(client is expired for client in self._clients.values()):
                self._session = self._reader = None
                self._clients = {}

    def _repetition(self, waits: Mapping[str, float]) -> Repetition:
        return Repetition(self._patience, waits, self._pause, time.monotonic)

    def _retried(
        self, client: Any, service: str, operation: str, arguments: dict[str, Any], repetition: Repetition
    ) -> Any:
        """The reply of a call."""
        while True:
            try:
                return getattr(client, operation)(**arguments)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                if not repetition.again(_code_of(error), error):
                    raise self._failure(service, operation, error, repetition.may_have_effect) from None

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._new_client(self._opened(), service)
            return self._clients[service]

    def _opened(self) -> Any:
        """The session: with the caller's credentials, or with those of the role, which never leave this object.

        Raises Refused if the credentials belong to another account than the connection expects.
        """
        if self._session is None:
            session = self._caller_session()
            if self.connection.role_arn:
                use_credentials(session, **self._assume(session))
            elif self.connection.account:
                self._account = self._expected_account(session)
            self._session = session
        return self._session

    def _caller_session(self) -> Any:
        try:
            return new_session(**self.connection.credentials)
        except botocore.exceptions.BotoCoreError as error:
            raise self._failure("sts", "connect", error) from None

    def _new_client(self, session: Any, service: str) -> Any:
        config = botocore.config.Config(
            retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=self.connection.connections
        )
        if self.connection.config:
            config = config.merge(botocore.config.Config(**self.connection.config))
        try:
            return new_client(session, service, region_name=self.region, config=config, **self.connection.client)
        except (ValueError, botocore.exceptions.BotoCoreError) as error:
            raise self._failure(service, "connect", error) from None

    def _expected_account(self, session: Any) -> str:
        actual, expected = self._account_of(session), self.connection.account
        if actual != expected:
            raise Refused(
                f"The credentials belong to account {actual}, not to account {expected}. Set assume_role_arn to a role"
                f" in account {expected}, or use credentials of that account."
            )
        return actual

    def _account_of(self, session: Any) -> str:
        """The account to which the credentials of a session belong."""
        sts = self._new_client(session, "sts")
        return str(self._retried(sts, "sts", "get_caller_identity", {}, self._repetition({}))["Account"])

    def _assume(self, session: Any) -> dict[str, str]:
        """The credentials of the role, as C(use_credentials) takes them."""
        arguments = {"RoleArn": self.connection.role_arn, "RoleSessionName": _SESSION_NAME}
        if self.connection.external_id:
            arguments["ExternalId"] = self.connection.external_id
        sts, with_external_id = self._new_client(session, "sts"), bool(self.connection.external_id)
        repetition = self._repetition(self._patience.for_role(error_advice.DENIED_ROLE))
        try:
            credentials = self._retried(sts, "sts", "assume_role", arguments, repetition)["Credentials"]
        except AwsFailure as failure:
            if failure.code in error_advice.EXPIRED:  # the session of the caller
                raise failure.with_advice(error_advice.for_code(failure.code, "sts")) from None
            if failure.code in error_advice.DENIED_ROLE:
                advice = error_advice.denied_role(self.connection.role_arn, _caller(sts), with_external_id)
                raise failure.with_advice(advice) from None
            raise
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }

    def _failure(self, service: str, operation: str, error: Exception, may_have_effect: bool = False) -> AwsFailure:
        reply = getattr(error, "response", None) or {}  # botocore's own errors have none
        code = _code_of(error)
        role = arn.parse(self.connection.role_arn)
        unknown_region = error_advice.unknown_region(code, self.region)
        advice = error_advice.for_code(code, service, self.connection.role_arn)
        return AwsFailure(
            operation=_operation_name(operation),
            code=code,
            message=self._without_secrets(reply.get("Error", {}).get("Message", "") or str(error)),
            request_id=reply.get("ResponseMetadata", {}).get("RequestId", ""),
            account=self._account or (role.account if role else self.connection.account),
            advice=unknown_region if unknown_region and not knows_region(self.region) else advice,
            may_have_effect=may_have_effect,
        )

    def _without_secrets(self, message: str) -> str:
        """The message without credentials. An HTTP error quotes a header whose value is not valid, such as a token."""
        for name in ("aws_secret_access_key", "aws_session_token"):
            secret = str(self.connection.credentials.get(name) or "").strip()
            message = message.replace(secret, "********") if secret else message
        return message


def answered_at(reply: Mapping[str, Any], default: datetime | None = None) -> datetime:
    """The time of AWS's reply by AWS's clock. If it has no date, C(default), or the time by this machine's clock."""
    date = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    return timestamps.parse_http(date) or default or datetime.now(timezone.utc)


def _code_of(error: Exception) -> str:
    """AWS's error code, or the name of an error of botocore itself."""
    reply = getattr(error, "response", None) or {}
    return str(reply.get("Error", {}).get("Code", "") or type(error).__name__)


def _operation_name(operation: str) -> str:
    """The name of an operation as AWS spells it: C(PutBucketPolicy) for C(put_bucket_policy)."""
    return "".join(word.capitalize() for word in operation.split("_"))


def _caller(sts: Any) -> str:
    """The ARN of the caller, for an error message; empty if AWS does not return it."""
    try:
        return str(sts.get_caller_identity()["Arn"])
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
        return ""
