# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""moto's server, called in-process for all operations that the sandbox does not implement itself."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from moto.backends import list_of_moto_modules
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.responses import Response

#: Headers that the server sends itself.
NOT_PASSED_ON = frozenset({"server", "date", "connection", "status"})


class Dispatcher(DomainDispatcherApplication):  # type: ignore[misc, unused-ignore]  # moto has no types
    """Caches the backend of a host, because moto's own dispatcher reads its files on disk for each request."""

    def __init__(self, create_app: Any) -> None:
        super().__init__(create_app)
        self._found: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._found:
            self._found[host] = super().get_backend_for_host(host)
        return self._found[host]


class MotoBackend:
    """The operations of moto, called for the account of a request."""

    def __init__(self) -> None:
        self._services = frozenset(list_of_moto_modules())
        self._app = Dispatcher(create_backend_app)

    def __call__(
        self, call: Call, account: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """moto's response for `account`; `body` and `headers` (WSGI names) replace those of the request.

        moto returns HTTP 500 for what it has not implemented, which clients retry. Here it is UnsupportedOperation.
        """
        if call.service not in self._services:
            raise unsupported(call)
        sent = call.body if body is None else body
        environ: dict[str, Any] = {
            **call.environ,
            **(headers or {}),
            "HTTP_X_MOTO_ACCOUNT_ID": account,
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.input": io.BytesIO(sent),
        }
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        try:
            chunks, status, response_headers = run_wsgi_app(self._app, environ, buffered=True)
            content = b"".join(chunks)
        except NotImplementedError as error:
            raise unsupported(call) from error
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            sentence = f"moto failed at {call.service}:{call.operation}: {type(error).__name__}: {error}"
            raise ApiError("SandboxFailure", sentence) from error
        code = int(status.split(" ", 1)[0])
        if code >= 500:
            raise unsupported(call)
        dropped = NOT_PASSED_ON if call.environ["REQUEST_METHOD"] == "HEAD" else NOT_PASSED_ON | {"content-length"}
        kept = tuple((name, value) for name, value in response_headers.items() if name.lower() not in dropped)
        return Response(code, kept, content, _error_code(response_headers, content) if code >= 400 else "")


def unsupported(call: Call) -> ApiError:
    """The error for an operation that the sandbox does not have, with a status that clients do not retry."""
    return ApiError("UnsupportedOperation", f"The sandbox has no {call.service}:{call.operation}.")


def _error_code(headers: Any, content: bytes) -> str:
    """The AWS error code in a response of moto."""
    code = headers.get("x-amzn-errortype") or ""
    text = content.decode("utf-8", "replace")
    for before, after in (("<Code>", "</Code>"), ('"__type": "', '"'), ('"__type":"', '"')):
        if not code and before in text:
            code = text.split(before, 1)[1].split(after, 1)[0]
    return code.rsplit("#", 1)[-1] or "Error"
