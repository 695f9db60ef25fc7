# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The WSGI application: parse, hostile, record, access, strict checks, then CloudTrail of our own or moto."""

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
from cloudtrail_sandbox.accounts import AccountsFile
from cloudtrail_sandbox.actions import needs_of
from cloudtrail_sandbox.alive import Alive
from cloudtrail_sandbox.answers import Answer, error_answer, json_answer
from cloudtrail_sandbox.callers import Caller, Callers
from cloudtrail_sandbox.cloudtrail import CloudTrail
from cloudtrail_sandbox.cloudtrail.errors import ApiError as CloudTrailError
from cloudtrail_sandbox.control import PREFIX, Control
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.hostile import DROP, DROP_ANSWER, Fault, Hostile
from cloudtrail_sandbox.iam import Iam
from cloudtrail_sandbox.kms import Kms
from cloudtrail_sandbox.organizations import Organizations
from cloudtrail_sandbox.record import Record, presentable
from cloudtrail_sandbox.regions import Regions
from cloudtrail_sandbox.request import Call, credential_scope, parse, read_body
from cloudtrail_sandbox.s3 import S3
from cloudtrail_sandbox.snapshots import Snapshots, clear_moto
from cloudtrail_sandbox.sts import Sts
from cloudtrail_sandbox.upstream import Moto
from cloudtrail_sandbox.world import World

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Handler = Callable[[Call, Caller], Answer]


class Sandbox:
    """All of AWS that there is. One request at a time: moto's backends are not made for threads."""

    def __init__(self, accounts: AccountsFile, policy_delay: float = 0.0) -> None:
        self._lock = threading.RLock()
        self.world = World()
        self.record = Record()
        self.hostile = Hostile()
        self.callers = Callers(self.world)
        self.cloudtrail = CloudTrail(self.world)
        self._access = Access(self.world)
        moto = Moto()
        self._moto = moto
        kms = Kms(self.world, self._access, moto, self.hostile)
        self._handlers: dict[str, Handler] = {
            "sts": Sts(self.world, self._access, self.callers).handle,
            "s3": S3(self.world, self._access, moto, kms, self.hostile).handle,
            "kms": kms.handle,
            "iam": Iam(self.world, self._access, moto).handle,
            "cloudtrail": self._cloudtrail,
            "organizations": Organizations(self.world, self._access).handle,
            "ec2": self._ec2,
            "account": Regions(self.world, self._access).list_regions,
        }
        alive = Alive(self.cloudtrail, self.callers, self._lock)
        self._control = Control(self.world, self.record, self.hostile, alive.routes, self)
        clear_moto()
        accounts.load(self.world, self.callers)
        self.world.policies.delay = policy_delay
        self._snapshots = Snapshots(self.world, self.callers, self.hostile, self.cloudtrail)
        self._start = self.snapshot()

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
            answer: Answer | None = self._control.handle(method, path, query, read_body(environ))
        else:
            answer = self._aws(environ)
        if answer is None:
            _drop(environ)
            return []
        sized = [*answer.headers]
        if not any(name.lower() == "content-length" for name, _value in sized):
            sized.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", sized)
        return [answer.body]

    def _aws(self, environ: Mapping[str, Any]) -> Answer | None:
        """Answer an AWS request; None drops the connection."""
        head = environ["REQUEST_METHOD"] == "HEAD"
        try:
            call = parse(environ)
        except ApiError as error:
            return self._unreadable(environ, error)
        if self.hostile.latency:
            time.sleep(self.hostile.latency)
        entry = self.record.add(self.world.now(), call.service, call.operation, call.region)
        entry["parameters"] = presentable(call.parameters)
        fault = None
        try:
            with self._lock:
                caller = self.callers.identify(call)
                entry["account"], entry["principal"] = caller.account, caller.arn
                fault = self.hostile.fault(call.service, call.operation, caller.account)
                answer = self._answer(call, caller, fault)
        except ApiError as error:
            answer = error_answer(call.protocol, call.service, error, head)
        entry["status"], entry["error"] = answer.status if answer else 0, answer.error if answer else DROP
        if fault and fault.error == DROP_ANSWER:
            entry["error"] = DROP_ANSWER
            return None
        return answer

    def _answer(self, call: Call, caller: Caller, fault: Fault | None) -> Answer | None:
        if fault and fault.error == DROP:
            return None
        if fault and fault.error != DROP_ANSWER:
            raise fault.refusal
        if call.region not in self.world.enabled_regions():
            raise ApiError("UnrecognizedClientException", "The security token included in the request is invalid.")
        return self._handlers.get(call.service, self._other)(call, caller)

    def _other(self, call: Call, caller: Caller) -> Answer:
        self._access.require(call, caller, needs_of(call, caller, self.world))
        return self._moto(call, caller.account)

    def _ec2(self, call: Call, caller: Caller) -> Answer:
        if call.operation == "DescribeRegions":
            return Regions(self.world, self._access).describe_regions(call, caller)
        return self._other(call, caller)

    def _cloudtrail(self, call: Call, caller: Caller) -> Answer:
        self._access.require(call, caller, needs_of(call, caller, self.world))
        try:
            result = self.cloudtrail.handle(call.operation, dict(call.parameters), caller.account, call.region)
        except CloudTrailError as error:
            raise ApiError(error.code, error.message, error.status) from error
        return json_answer(result)

    def _unreadable(self, environ: Mapping[str, Any], error: ApiError) -> Answer:
        scope = credential_scope(environ)
        entry = self.record.add(self.world.now(), scope.service, "Unknown", scope.region)
        entry["status"], entry["error"] = error.status, error.code
        protocol = "json" if "HTTP_X_AMZ_TARGET" in environ else "query"
        return error_answer(protocol, scope.service, error, environ["REQUEST_METHOD"] == "HEAD")


class QuietHandler(MotoRequestHandler):  # type: ignore[misc, unused-ignore]
    """Without a line per request: the record has them. A client that goes away is not worth a word."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


def serve(application: Sandbox, port: int = 0) -> BaseWSGIServer:
    """A server on 127.0.0.1, ready to `serve_forever`; port 0 takes a free one (see its `port`)."""
    return make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)


def _drop(environ: Mapping[str, Any]) -> None:
    """Cut the connection without an answer."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
