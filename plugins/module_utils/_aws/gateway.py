# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The only way to AWS: sessions, clients, calls, retries and errors.

Note that this module util is PRIVATE to the collection: it can change at any time.

botocore retries throttling, 5xx and broken connections by itself ("standard" mode). Two more kinds of refusal pass with
time and are retried here: conflicts with a change under way, and, for the calls that say so, dependencies that have
only just been written: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html (Errors).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

try:
    import botocore.config
    import botocore.exceptions
except ImportError:  # AnsibleAWSModule says so to the user
    pass

from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from . import arn, error_advice
from . import session as _session

_CONFLICTS = dict.fromkeys(
    ("ConflictException", "ConcurrentModificationException", "OperationAborted"), 120.0
)  # seconds
# where a reply has the token of the next page, and the argument that takes it
_NEXT_PAGE = {"NextToken": "NextToken", "NextContinuationToken": "ContinuationToken", "NextMarker": "Marker"}
_LONGEST_PAUSE = 8.0
_SESSION_NAME = "central-logging"
_READS, _CHUNK = 4, 1 << 16  # attempts to read one object's body; bytes
Taken = TypeVar("Taken")


@dataclass(frozen=True)
class Connection:
    """How to reach AWS, as the connection options say, and as whom."""

    region: str
    client: dict[str, Any] = field(default_factory=dict)  # endpoint_url, verify
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)  # botocore.config.Config
    role_arn: str = ""
    external_id: str = field(default="", repr=False)
    account: str = ""  # the account that the calls are meant for, where it is known
    connections: int = 10  # how many calls are made at a time, at most

    def assuming(self, role_arn: str, external_id: str) -> Connection:
        """The same way to AWS in another role, from the same credentials to start with."""
        return replace(self, role_arn=role_arn, external_id=external_id, account="")


class Gateway:
    """Calls to AWS in one account and Region. Threads may share it."""

    def __init__(self, connection: Connection, pause: Callable[[float], None] = time.sleep) -> None:
        self.connection = connection
        self.region = connection.region
        self._pause = pause
        self._clients: dict[str, Any] = {}
        self._session: Any = None
        self._account = ""
        self._lock = threading.RLock()

    @property
    def account(self) -> str:
        """The account of the calls: the role's, or else the caller's own, which costs one call.

        Raises Refused where it is not the account that was meant.
        """
        return self._own_account()

    def _own_account(self) -> str:
        if not self._account:
            role = arn.parse(self.connection.role_arn)
            actual = role.account if role else str(self.call("sts", "get_caller_identity")["Account"])
            if self.connection.account and actual != self.connection.account:
                raise Refused(
                    f"The credentials belong to account {actual}, not to account {self.connection.account}. Give"
                    f" assume_role_arn, a role in account {self.connection.account}, or credentials of that account."
                )
            self._account = actual
        return self._account

    def other(self, role_arn: str, external_id: str) -> Gateway:
        """A gateway into another account, from the same credentials to start with."""
        return Gateway(self.connection.assuming(role_arn, external_id), self._pause)

    def in_region(self, region: str) -> Gateway:
        """A gateway into another Region of the same account, with the same session."""
        if region == self.region:
            return self
        with self._lock:
            self._session = self._session or self._open_session()
        other = Gateway(replace(self.connection, region=region), self._pause)
        other._session, other._account = self._session, self._account
        return other

    def call(self, service: str, operation: str, absent: Collection[str] = (), **arguments: Any) -> Any:
        """The reply of one reading call, or None where AWS's error code is one of C(absent)."""
        try:
            return self._patiently(service, operation, arguments, _CONFLICTS)
        except AwsFailure as failure:
            if failure.code in absent:
                return None
            raise

    def pages(self, service: str, operation: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        """The replies of a listing call, page by page. A page may be empty and not the last."""
        more: dict[str, Any] = {}
        while True:
            page = self.call(service, operation, **arguments, **more)
            yield page
            more = {argument: page[token] for token, argument in _NEXT_PAGE.items() if page.get(token)}
            if not more:
                return

    def fetch(self, take: Callable[[Mapping[str, str], Iterator[bytes]], Taken], **arguments: Any) -> Taken:
        """What C(take) makes of the metadata and body of one S3 object. The body comes in pieces.

        Where the connection breaks in the middle of the body, it begins anew, and gives up with AwsFailure in the end.
        """
        for attempt in range(1, _READS + 1):
            reply = self.call("s3", "get_object", **arguments)
            try:
                return take(reply["Metadata"], reply["Body"].iter_chunks(_CHUNK))
            except botocore.exceptions.BotoCoreError as error:
                if attempt == _READS:
                    raise self._failure("s3", "get_object", error) from None
            finally:
                reply["Body"].close()
        raise AssertionError

    def send(self, call: Call) -> Any:
        """The reply of one planned call."""
        waits = {**_CONFLICTS, **dict.fromkeys(call.retry_codes, call.wait), **dict.fromkeys(call.conflict_codes, 0.0)}
        return self._patiently(call.service, call.operation, call.arguments, waits)

    def _patiently(self, service: str, operation: str, arguments: dict[str, Any], waits: Mapping[str, float]) -> Any:
        """Try until the reply is final; C(waits) has the seconds for each code that passes with time."""
        client = self._client(service)
        start, ceiling = time.monotonic(), 1.0
        while True:
            try:
                return getattr(client, operation)(**arguments)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                failure = self._failure(service, operation, error)
                if time.monotonic() - start >= waits.get(failure.code, 0.0):
                    raise failure from None
            self._pause(random.uniform(ceiling / 2, ceiling))
            ceiling = min(ceiling * 2, _LONGEST_PAUSE)

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                session = self._session or self._open_session()
                self._clients[service] = self._new_client(session, service)
            return self._clients[service]

    def _new_client(self, session: Any, service: str) -> Any:
        config = botocore.config.Config(
            retries={"mode": "standard", "max_attempts": 8}, max_pool_connections=self.connection.connections
        )
        if self.connection.config:
            config = config.merge(botocore.config.Config(**self.connection.config))
        try:
            return _session.new_client(
                session, service, region_name=self.region, config=config, **self.connection.client
            )
        except (ValueError, botocore.exceptions.BotoCoreError) as error:
            raise self._failure(service, "connect", error) from None

    def _open_session(self) -> Any:
        """The caller's own session, or one in the role to assume. Its credentials never leave this object."""
        try:
            session = _session.new_session(**self.connection.credentials)
        except botocore.exceptions.BotoCoreError as error:
            raise self._failure("sts", "connect", error) from None
        if self.connection.role_arn:
            _session.use_credentials(session, **self._assume(session))
        self._session = session
        if self.connection.account:
            self._own_account()
        return session

    def _assume(self, session: Any) -> dict[str, str]:
        arguments = {"RoleArn": self.connection.role_arn, "RoleSessionName": _SESSION_NAME}
        if self.connection.external_id:
            arguments["ExternalId"] = self.connection.external_id
        sts = self._new_client(session, "sts")
        try:
            credentials = sts.assume_role(**arguments)["Credentials"]
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            advice = error_advice.assume_role(self.connection.role_arn, _caller(sts), bool(self.connection.external_id))
            raise self._failure("sts", "assume_role", error).with_advice(advice) from None
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }

    def _failure(self, service: str, operation: str, error: Exception) -> AwsFailure:
        reply = getattr(error, "response", None) or {}  # botocore's own errors have none
        code = reply.get("Error", {}).get("Code", "") or type(error).__name__
        message = reply.get("Error", {}).get("Message", "") or str(error)
        request_id = reply.get("ResponseMetadata", {}).get("RequestId", "")
        role = arn.parse(self.connection.role_arn)
        account = self._account or (role.account if role else self.connection.account)
        advice = error_advice.for_code(code, service)
        return AwsFailure(_operation_name(operation), code, message, request_id, account, advice)


def answered_at(reply: Mapping[str, Any]) -> datetime:
    """The time of AWS's answer by AWS's clock, or by this machine's clock if the reply has no date."""
    date = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(date).astimezone(timezone.utc)
    except (TypeError, ValueError):
        return datetime.now(timezone.utc)


def _operation_name(operation: str) -> str:
    """C(put_bucket_policy) as AWS spells it: C(PutBucketPolicy)."""
    return "".join(word.capitalize() for word in operation.split("_"))


def _caller(sts: Any) -> str:
    """Who asks, for an error message; empty where even that is not told."""
    try:
        return str(sts.get_caller_identity()["Arn"])
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
        return ""
