# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The WSGI application: reads a request, records it, applies faults and policies, and calls the service."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from cloudtrail_sandbox.access import Access
from cloudtrail_sandbox.accounts_file import AccountsFile
from cloudtrail_sandbox.aws_call import Call, credential_scope, parse, read_body
from cloudtrail_sandbox.call_record import CallRecord, presentable
from cloudtrail_sandbox.cloudtrail.api import CloudTrail
from cloudtrail_sandbox.control import PREFIX, Control
from cloudtrail_sandbox.credentials import Caller, Credentials
from cloudtrail_sandbox.delivery_clock import DeliveryClock
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.faults import DROP, DROP_ANSWER, Fault, Faults
from cloudtrail_sandbox.iam import Iam
from cloudtrail_sandbox.kms import Kms
from cloudtrail_sandbox.moto_backend import MotoBackend
from cloudtrail_sandbox.organizations import Organizations
from cloudtrail_sandbox.permissions import needs_of
from cloudtrail_sandbox.regions import Regions
from cloudtrail_sandbox.responses import Response, error_response, json_response
from cloudtrail_sandbox.s3.api import S3
from cloudtrail_sandbox.snapshots import Snapshots, clear_moto
from cloudtrail_sandbox.state import State
from cloudtrail_sandbox.sts import Sts

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Handler = Callable[[Call, Caller], Response]


class Sandbox:
    """All services and their state. Handles one request at a time, because moto's backends are not thread-safe."""

    def __init__(self, accounts: AccountsFile, policy_delay: float = 0.0) -> None:
        self._lock = threading.RLock()
        self.users = accounts.users
        self.state = State()
        self.record = CallRecord()
        self.faults = Faults()
        self.credentials = Credentials(self.state)
        self.cloudtrail = CloudTrail(self.state)
        self._access = Access(self.state)
        moto = MotoBackend()
        self._moto = moto
        kms = Kms(self.state, self._access, moto, self.faults)
        self._handlers: dict[str, Handler] = {
            "sts": Sts(self.state, self._access, self.credentials).handle,
            "s3": S3(self.state, self._access, moto, kms, self.faults).handle,
            "kms": kms.handle,
            "iam": Iam(self.state, self._access, moto).handle,
            "cloudtrail": self._cloudtrail,
            "organizations": Organizations(self.state, self._access).handle,
            "ec2": self._ec2,
            "account": Regions(self.state, self._access).list_regions,
        }
        delivery_clock = DeliveryClock(self.cloudtrail, self.credentials, self.state, self._lock)
        self._control = Control(self.state, self.record, self.faults, delivery_clock.routes, self)
        clear_moto()
        accounts.load(self.state, self.credentials)
        self.state.policies.delay = policy_delay
        self._snapshots = Snapshots(self.state, self.credentials, self.faults, self.cloudtrail)
        self._start = self.snapshot()

    def secrets(self) -> list[str]:
        """The secret access keys and session tokens that the sandbox has given out since the last reset."""
        return self.credentials.secrets()

    def reset(self) -> None:
        """Restore the state just after the start."""
        self.restore(self._start)

    def snapshot(self) -> str:
        """The id of a new snapshot of everything that exists. Raises ValueError."""
        with self._lock:
            return self._snapshots.take()

    def restore(self, snapshot: str) -> None:
        """Restore a snapshot, with an empty record whose numbers begin at 1. Raises ValueError."""
        with self._lock:
            self._snapshots.restore(snapshot)
            self.record.reset()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(PREFIX):
            method, query = str(environ["REQUEST_METHOD"]), str(environ.get("QUERY_STRING", ""))
            response: Response | None = self._control.handle(method, path, query, read_body(environ))
        else:
            response = self._aws(environ)
        if response is None:
            _drop(environ)
            return []
        sized = [*response.headers]
        if not any(name.lower() == "content-length" for name, _value in sized):
            sized.append(("Content-Length", str(len(response.body))))
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", sized)
        return [response.body]

    def _aws(self, environ: Mapping[str, Any]) -> Response | None:
        """The response to an AWS request; None drops the connection."""
        head = environ["REQUEST_METHOD"] == "HEAD"
        try:
            call = parse(environ)
        except ApiError as error:
            return self._unreadable(environ, error)
        if self.faults.latency:
            time.sleep(self.faults.latency)
        entry = self.record.add(self.state.now(), call.service, call.operation, call.region)
        entry["parameters"] = presentable(call.parameters)
        fault = None
        try:
            with self._lock:
                caller = self.credentials.identify(call)
                entry["account"], entry["principal"] = caller.account, caller.arn
                fault = self.faults.fault(call.service, call.operation, caller.account, call.parameters)
                response = self._response(call, caller, fault)
        except ApiError as error:
            response = error_response(call.protocol, call.service, error, head)
        entry["status"], entry["error"] = response.status if response else 0, response.error if response else DROP
        if fault and fault.error == DROP_ANSWER:
            entry["error"] = DROP_ANSWER
            return None
        return response

    def _response(self, call: Call, caller: Caller, fault: Fault | None) -> Response | None:
        if fault and fault.error == DROP:
            return None
        if fault and fault.error != DROP_ANSWER:
            raise fault.refusal
        if call.region not in self.state.enabled_regions(caller.account):
            raise ApiError("UnrecognizedClientException", "The security token included in the request is invalid.")
        return self._handlers.get(call.service, self._other)(call, caller)

    def _other(self, call: Call, caller: Caller) -> Response:
        self._access.require(call, caller, needs_of(call, caller, self.state))
        return self._moto(call, caller.account)

    def _ec2(self, call: Call, caller: Caller) -> Response:
        if call.operation == "DescribeRegions":
            return Regions(self.state, self._access).describe_regions(call, caller)
        return self._other(call, caller)

    def _cloudtrail(self, call: Call, caller: Caller) -> Response:
        self._access.require(call, caller, needs_of(call, caller, self.state))
        result = self.cloudtrail.handle(call.operation, dict(call.parameters), caller.account, call.region)
        return json_response(result)

    def _unreadable(self, environ: Mapping[str, Any], error: ApiError) -> Response:
        scope = credential_scope(environ)
        entry = self.record.add(self.state.now(), scope.service, "Unknown", scope.region)
        entry["status"], entry["error"] = error.status, error.code
        protocol = "json" if "HTTP_X_AMZ_TARGET" in environ else "query"
        return error_response(protocol, scope.service, error, environ["REQUEST_METHOD"] == "HEAD")


class QuietHandler(MotoRequestHandler):  # type: ignore[misc, unused-ignore]  # moto has no types
    """Logs no requests, because the record has them, and no client that disconnects."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


def serve(application: Sandbox, port: int = 0) -> BaseWSGIServer:
    """A server on 127.0.0.1, ready to `serve_forever`; port 0 takes a free one (see its `port`)."""
    return make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)


def _drop(environ: Mapping[str, Any]) -> None:
    """Cut the connection without a response."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
