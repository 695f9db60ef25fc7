# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects are read directly with what an ordinary call has shown, and everything unusual is left to ordinary calls."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import botocore.config
import botocore.exceptions
import botocore.session
import pytest
import urllib3
from ansible_collections.central_logging.aws.plugins.module_utils._aws import gateway as gateways
from ansible_collections.central_logging.aws.plugins.module_utils._aws.connection import Connection
from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from botocore.awsrequest import AWSResponse

from tests.fakes.support import ARCHIVE, BUCKET, KEY

LOG = "central/AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/25/1_CloudTrail_us-east-1_20261125T1400Z_a.json.gz"
OTHER = LOG.replace("_a.json", "_b.json")
ADDRESS = f"https://{BUCKET}.s3.amazonaws.com/"
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
Send = Any


class S3:
    """Replaces the connections of every S3 client. C(replies) are statuses, bodies or errors, and then 200."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.requests: list[Any] = []
        self.replies: list[Any] = []
        self.content_length: str | None = None
        original, self.clients = gateways.new_client, list[Any]()

        def new_client(*arguments: Any, **options: Any) -> Any:
            client = original(*arguments, **options)
            self.clients.append(client)
            client._endpoint.http_session.send = self._send
            return client

        monkeypatch.setattr(gateways, "new_client", new_client)
        monkeypatch.setattr("time.sleep", lambda _seconds: None)

    def _send(self, request: Any) -> AWSResponse:
        self.requests.append(request)
        reply = self.replies.pop(0) if self.replies else 200
        if isinstance(reply, Exception):
            raise reply  # pylint: disable=raising-bad-type  # pylint infers only the 200
        body = DENIED if reply == 403 else b"<Error><Code>SlowDown</Code></Error>" if reply != 200 else b"content"
        headers = {
            "Content-Length": self.content_length or str(len(body)),
            "x-amz-meta-Signature": "00ff",
            "last-modified": "Wed, 25 Nov 2026 14:00:00 GMT",
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": KEY,
            "x-amz-expiration": 'expiry-date="Fri, 26 Nov 2027 00:00:00 GMT", rule-id="old"',
        }
        raw = urllib3.HTTPResponse(io.BytesIO(body), headers=headers, status=reply, preload_content=False)
        return AWSResponse(request.url, reply, raw.headers, raw)

    @property
    def ordinary(self) -> list[bool]:
        """Whether each request was botocore's own, which numbers its attempts."""
        return ["amz-sdk-request" in {name.lower() for name in request.headers} for request in self.requests]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> S3:
    return S3(monkeypatch)


def gateway(**config: Any) -> Gateway:
    credentials = {"aws_access_key_id": "AKIAONE", "aws_secret_access_key": "secret", "aws_session_token": "token"}
    return Gateway(Connection(region="us-east-1", credentials=credentials, config=config), pause=lambda _seconds: None)


def take(_reply: Mapping[str, Any], chunks: Iterator[bytes]) -> bytes:
    return b"".join(chunks)


def fetch(reader: Gateway, key: str, bucket: str = BUCKET, owner: str = ARCHIVE) -> bytes:
    return reader.fetch(take, Bucket=bucket, ExpectedBucketOwner=owner, Key=key)


def header(request: Any, name: str) -> str:
    value = request.headers[name]
    return value.decode() if isinstance(value, bytes) else value


def test_the_second_object_is_read_with_the_headers_of_the_first(s3: S3) -> None:
    reader = gateway()
    assert fetch(reader, LOG) == fetch(reader, OTHER) == b"content"
    first, second = s3.requests
    assert s3.ordinary == [True, False]
    assert (first.url, second.url) == (ADDRESS + LOG, ADDRESS + OTHER)
    assert (second.method, second.stream_output) == ("GET", True)
    for name in ("X-Amz-Expected-Bucket-Owner", "User-Agent", "X-Amz-Security-Token", "X-Amz-Content-SHA256"):
        assert header(first, name) == header(second, name)
    signed = re.search("SignedHeaders=([^,]+)", header(second, "Authorization"))
    assert signed and "x-amz-expected-bucket-owner" in signed[1]


def test_the_signature_is_that_of_an_ordinary_call(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ordinary call signs more headers, so botocore signs the request again with those of the direct one."""
    reader = gateway()
    fetch(reader, LOG)
    fetch(reader, OTHER)
    request = s3.requests[1]
    shown = header(request, "Authorization")
    again = botocore.awsrequest.AWSRequest(method="GET", url=request.url)
    signed = re.search("SignedHeaders=([^,]+)", shown)
    assert signed
    for name in set(signed[1].split(";")) - {"host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}:
        again.headers[name] = header(request, name)
    again.context["timestamp"] = header(request, "X-Amz-Date")
    credentials = botocore.credentials.Credentials("AKIAONE", "secret", "token")
    monkeypatch.setattr(botocore.auth, "get_current_datetime", _at(header(request, "X-Amz-Date")), raising=False)
    botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(again)
    assert again.headers["Authorization"] == shown


def _at(stamp: str) -> Any:
    return lambda *_arguments, **_options: datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")


def test_the_reply_has_metadata_expiration_and_encryption(s3: S3) -> None:
    reader = gateway()
    fetch(reader, LOG)
    arguments = {"Bucket": BUCKET, "ExpectedBucketOwner": ARCHIVE, "Key": OTHER}
    direct, ordinary = reader._object(arguments, direct=True), reader._object(arguments, direct=False)
    assert s3.ordinary == [True, False, True]
    assert direct["Metadata"] == {"signature": "00ff"}
    for name in ("Expiration", "ServerSideEncryption", "SSEKMSKeyId", "LastModified"):
        assert direct[name] == ordinary[name] != ""
    assert direct["Body"].read() == ordinary["Body"].read()


@pytest.mark.parametrize("reply", [500, 503, 307, botocore.exceptions.ConnectionClosedError(endpoint_url=ADDRESS)])
def test_every_other_answer_is_left_to_an_ordinary_call(s3: S3, reply: Any) -> None:
    reader = gateway()
    fetch(reader, LOG)
    s3.replies = [reply]
    assert fetch(reader, OTHER) == b"content"
    assert s3.ordinary == [True, False, True]


def test_an_error_is_that_of_the_ordinary_call(s3: S3) -> None:
    reader = gateway()
    fetch(reader, LOG)
    s3.replies = [403, 403]
    with pytest.raises(AwsFailure) as failed:
        fetch(reader, OTHER)
    assert (failed.value.operation, failed.value.code) == ("GetObject", "AccessDenied")
    assert s3.ordinary == [True, False, True]


def test_a_body_that_ends_too_early_is_read_again_ordinarily(s3: S3) -> None:
    reader = gateway()
    fetch(reader, LOG)
    s3.content_length = "999"
    with pytest.raises(AwsFailure) as failed:
        fetch(reader, OTHER)
    assert failed.value.code in ("IncompleteReadError", "ResponseStreamingError")
    assert s3.ordinary == [True, False, True, True, True]


@pytest.mark.parametrize("key", ["AWSLogs/a b", "AWSLogs/../x", "AWSLogs//x", "AWSLogs/x/", "AWSLogs/é", "AWSLogs/%41"])
def test_keys_that_need_quoting_are_read_ordinarily(s3: S3, key: str) -> None:
    reader = gateway()
    fetch(reader, LOG)
    fetch(reader, key)
    fetch(reader, OTHER)
    assert s3.ordinary == [True, True, False]


def test_another_bucket_or_owner_is_read_ordinarily_first(s3: S3) -> None:
    reader = gateway()
    for bucket, owner in ((BUCKET, ARCHIVE), ("other-bucket", ARCHIVE), (BUCKET, "999900001111")) * 2:
        fetch(reader, LOG, bucket, owner)
    assert s3.ordinary == [True] * 3 + [False] * 3
    assert [header(request, "X-Amz-Expected-Bucket-Owner") for request in s3.requests[3:]] == [
        ARCHIVE,
        ARCHIVE,
        "999900001111",
    ]
    assert "other-bucket" in s3.requests[4].url


def test_renewed_credentials_sign_the_next_request(s3: S3) -> None:
    reader = gateway()
    fetch(reader, LOG)
    credentials = reader._session.get_credentials()
    credentials.access_key, credentials.token = "AKIATWO", "token2"
    fetch(reader, OTHER)
    assert "Credential=AKIATWO/" in header(s3.requests[1], "Authorization")
    assert header(s3.requests[1], "X-Amz-Security-Token") == "token2"


def test_another_kind_of_signature_is_left_to_botocore(s3: S3) -> None:
    reader = gateway(signature_version=botocore.UNSIGNED)
    for key in (LOG, OTHER):
        fetch(reader, key)
    assert s3.ordinary == [True, True]


def test_other_arguments_are_left_to_botocore(s3: S3) -> None:
    reader = gateway()
    fetch(reader, LOG)
    reader.fetch(take, Bucket=BUCKET, ExpectedBucketOwner=ARCHIVE, Key=OTHER, VersionId="1")
    assert s3.ordinary == [True, True]


def test_secrets_are_not_in_the_representation(s3: S3) -> None:
    reader = gateway()
    fetch(reader, LOG)
    assert reader._reader
    assert "token" not in repr(reader._reader._targets)
    assert "AKIAONE" not in repr(reader._reader._targets)
