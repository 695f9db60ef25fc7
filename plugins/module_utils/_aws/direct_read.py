# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read many S3 objects with a third of the processor time that a call of botocore takes.

Note that this module util is PRIVATE to the collection: it can change at any time.

An ordinary GetObject shows where botocore finds the objects of a bucket, and with which headers. Further objects of
that bucket are requested with the same address and headers, signed by botocore, through botocore's own connections:
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
Only the answer 200 counts. Everything else is left to an ordinary call, which retries and reads the error.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.exceptions
    import botocore.response
except ImportError:  # AnsibleAWSModule reports it
    pass

from .._core import timestamps

_SIGNED_FOR = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/ ]+/[0-9]{8}/(?P<region>[a-z0-9-]+)/s3/aws4_request,")
# keys that every part of botocore and urllib3 leaves as they are
_PLAIN_KEY = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*")
_ARGUMENTS = frozenset({"Bucket", "ExpectedBucketOwner", "Key"})
# headers of one request: of its signature, of its retries, and the request for a checksum
_ONCE = frozenset(
    {
        "authorization",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-security-token",
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "x-amz-checksum-mode",
    }
)
_METADATA = "x-amz-meta-"
_MEMBERS = {
    "Expiration": "x-amz-expiration",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}


@dataclass(frozen=True, kw_only=True)
class _Target:
    """How botocore requests the objects of a bucket."""

    address: str  # the URL before the key
    region: str  # of the signature
    headers: Mapping[str, str]


class DirectReader:
    """Reads objects through the connections of an S3 client. Threads share it."""

    def __init__(self, client: Any, credentials: Any) -> None:
        """C(credentials) are botocore's, which renew themselves.

        Raises AttributeError if the installed botocore keeps its connections elsewhere.
        """
        self._send, self._credentials = client._endpoint.http_session.send, credentials
        self._targets: dict[tuple[str, str], _Target] = {}
        self._sent = threading.local()
        client.meta.events.register_last("before-send.s3.GetObject", self._remember)

    def _remember(self, request: Any, **_event: Any) -> None:
        self._sent.request = request

    def learn(self, arguments: Mapping[str, Any]) -> None:
        """Learn the address from the ordinary call with these arguments, which has just succeeded in this thread."""
        request = getattr(self._sent, "request", None)
        if request is None or set(arguments) != _ARGUMENTS or not _PLAIN_KEY.fullmatch(arguments["Key"]):
            return
        signed_for = _SIGNED_FOR.match(_text(request.headers.get("Authorization", "")))
        address = request.url.removesuffix(arguments["Key"])
        if signed_for and address != request.url and address.endswith("/"):
            headers = {name: _text(value) for name, value in request.headers.items() if name.lower() not in _ONCE}
            self._targets[_bucket(arguments)] = _Target(address=address, region=signed_for["region"], headers=headers)

    def get(self, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """The members of GetObject's reply that the collection uses. None if an ordinary call must read the object."""
        target = self._targets.get(_bucket(arguments)) if set(arguments) == _ARGUMENTS else None
        if target is None or not _PLAIN_KEY.fullmatch(arguments["Key"]):
            return None
        try:
            response = self._send(self._request(target, arguments["Key"]))
        except botocore.exceptions.BotoCoreError:
            return None
        if response.status_code != 200:
            response.raw.close()
            return None
        return _reply(response)

    def _request(self, target: _Target, key: str) -> Any:
        request = botocore.awsrequest.AWSRequest(
            method="GET", url=target.address + key, headers=dict(target.headers), stream_output=True
        )
        signer = botocore.auth.S3SigV4Auth(self._credentials.get_frozen_credentials(), "s3", target.region)
        signer.add_auth(request)
        return request.prepare()


def _bucket(arguments: Mapping[str, Any]) -> tuple[str, str]:
    return arguments["Bucket"], arguments.get("ExpectedBucketOwner", "")


def _text(header: str | bytes) -> str:
    return header.decode("latin-1") if isinstance(header, bytes) else header


def _reply(response: Any) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in response.raw.headers.items()}
    metadata = {name[len(_METADATA) :]: value for name, value in headers.items() if name.startswith(_METADATA)}
    members = {name: headers[header] for name, header in _MEMBERS.items() if header in headers}
    body = botocore.response.StreamingBody(response.raw, headers.get("content-length"))
    modified = timestamps.parse_http(headers.get("last-modified", ""))
    return {"Metadata": metadata, "Body": body, "LastModified": modified, **members}
