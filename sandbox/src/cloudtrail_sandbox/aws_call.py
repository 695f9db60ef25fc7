# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A request read from HTTP: service, operation, Region, access key and parameters.

The service and the Region are those of the credential scope of the signature
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html); the operation and its
parameters are found with botocore's own service models.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from cloudtrail_sandbox.errors import ApiError

#: Names in a signature that are not the name of the service's model in botocore.
MODEL_NAMES = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi", "email": "ses", "events": "events"}
S3_CONTROL_PATH = "/v20180820/"


@dataclass(frozen=True)
class Scope:
    """The credential scope of a signature."""

    access_key: str
    date: str
    region: str
    service: str


@dataclass(frozen=True)
class Call:
    """One request. `parameters` holds the members of botocore's input shape (JSON protocols: the body as it is)."""

    service: str
    operation: str
    region: str
    access_key: str
    protocol: str
    parameters: Mapping[str, Any]
    environ: Mapping[str, Any]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a request header, or "" if there is none."""
        return str(self.environ.get("HTTP_" + name.upper().replace("-", "_"), ""))

    def text(self, name: str) -> str:
        """A parameter as a string; "" if it is absent."""
        value = self.parameters.get(name)
        if value is None:
            return ""
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def parse(environ: Mapping[str, Any]) -> Call:
    """Read a WSGI request. Raises ApiError if the service or operation is unknown."""
    body = read_body(environ)
    scope = credential_scope(environ)
    service = _model_name(scope.service, str(environ.get("PATH_INFO", "")))
    request = Request({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    try:
        model = get_service_model(service)
        protocol = determine_request_protocol(model, request.content_type)
    except Exception as error:
        raise ApiError("UnknownOperationException", f"The sandbox has no service {service!r}.", 404) from error
    operation, parameters = _operation(service, protocol, model, request, body)
    return Call(service, operation, scope.region, scope.access_key, protocol, parameters, environ, body)


def credential_scope(environ: Mapping[str, Any]) -> Scope:
    """The scope of the Authorization header or of a presigned URL; an unsigned request counts as one to S3."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    credential = ""
    if "Credential=" in authorization:
        credential = authorization.split("Credential=", 1)[1].split(",", 1)[0].strip()
    else:
        credential = parse_qs(str(environ.get("QUERY_STRING", ""))).get("X-Amz-Credential", [""])[0]
    parts = credential.split("/")
    if len(parts) == 5:
        return Scope(parts[0], parts[1], parts[2], parts[3].lower())
    return Scope("", "", "us-east-1", "s3")


def security_token(environ: Mapping[str, Any]) -> str:
    """The session token, from the header or from a presigned URL; "" if there is none."""
    in_url = parse_qs(str(environ.get("QUERY_STRING", ""))).get("X-Amz-Security-Token", [""])[0]
    return str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")) or in_url


def read_body(environ: Mapping[str, Any]) -> bytes:
    """The whole body. If the server has decoded chunks, the body ends with the stream, otherwise by its length."""
    stream = environ.get("wsgi.input")
    if stream is None:
        return b""
    if environ.get("wsgi.input_terminated"):
        return bytes(stream.read())
    return bytes(stream.read(int(environ.get("CONTENT_LENGTH") or 0)))


def _model_name(signing_name: str, path: str) -> str:
    if signing_name == "s3" and path.startswith(S3_CONTROL_PATH):
        return "s3control"
    return MODEL_NAMES.get(signing_name, signing_name)


def _operation(service: str, protocol: str, model: Any, request: Request, body: bytes) -> tuple[str, dict[str, Any]]:
    if protocol == "json":
        name = request.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1]
        return _known(model, service, name), _json(body)
    try:
        operation, uri = get_service_router(service).match(request)
    except (HTTPException, NotImplementedError) as error:
        raise ApiError("UnknownOperationException", f"No operation of {service} matches the request.", 404) from error
    parser = PROTOCOL_PARSERS[protocol](operation)
    request_parts: Any = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": body,
        "url_path": request.path,
        "url_params": uri,
    }
    try:
        return str(operation.name), dict(parser.parse(request_parts))
    except Exception as error:  # the parser raises different exceptions for malformed input
        raise ApiError("MalformedXML" if protocol == "rest-xml" else "MalformedInput", str(error)) from error


def _known(model: Any, service: str, name: str) -> str:
    if name not in model.operation_names:
        raise ApiError("UnknownOperationException", f"{service} has no operation {name!r}.")
    return name


def _json(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"The body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise ApiError("SerializationException", "The body is not a JSON object.")
    return parsed
