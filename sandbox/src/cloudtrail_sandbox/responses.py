# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP responses: results and errors in the form of each AWS protocol."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from cloudtrail_sandbox.errors import ApiError

JSON_TYPE = "application/x-amz-json-1.1"
S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class Response:
    """An HTTP response. `error` is the AWS code of an error, "" otherwise."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    error: str = ""


def json_response(result: Mapping[str, Any], status: int = 200) -> Response:
    """A result of a JSON 1.1 service; times become seconds since 1970."""
    body = json.dumps(result, default=_plain).encode()
    return Response(status, (("Content-Type", JSON_TYPE), ("x-amzn-requestid", str(uuid.uuid4()))), body)


def xml_response(body: str, status: int = 200) -> Response:
    """A result of a query or REST-XML service, its body given as text."""
    request_id = str(uuid.uuid4())
    headers = (("Content-Type", "text/xml"), ("x-amzn-requestid", request_id), ("x-amz-request-id", request_id))
    return Response(status, headers, body.encode())


def empty_response(status: int = 204) -> Response:
    return Response(status, (("x-amz-request-id", str(uuid.uuid4())),), b"")


def error_response(protocol: str, service: str, error: ApiError, head: bool = False) -> Response:
    """An error in the form of the service's protocol; `head` is for a HEAD request, whose response has no body."""
    request_id = str(uuid.uuid4())
    content_type = "text/xml"
    if protocol in ("json", "rest-json"):
        content_type = JSON_TYPE
        body = json.dumps({"__type": error.code, "message": error.message})
    elif service == "s3":
        body = (
            f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
            f"<RequestId>{request_id}</RequestId></Error>"
        )
    elif protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
    else:
        side = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{side}</Type><Code>{escape(error.code)}</Code>"
            f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    headers = (
        ("Content-Type", content_type),
        ("x-amzn-requestid", request_id),
        ("x-amz-request-id", request_id),
        ("x-amzn-errortype", error.code),
    )
    return Response(error.status, headers, b"" if head else body.encode(), error.code)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
