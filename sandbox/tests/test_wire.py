# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On the wire: signatures, presigned URLs, chunked bodies, unreadable requests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from aws_clients import ARCHIVE, Aws, code

BUCKET = "the-central-bucket"
ODD_KEY = "a folder/with ünicode+plus&more=~tilde/x.json.gz"


@pytest.fixture
def session(aws: Aws) -> dict[str, Any]:
    credentials = aws.assume(ARCHIVE)
    aws.client("s3", credentials).create_bucket(Bucket=BUCKET)
    return credentials


def test_odd_keys_and_query_strings_are_signed_right(aws: Aws, session: dict[str, Any]) -> None:
    s3 = aws.client("s3", session)
    s3.put_object(Bucket=BUCKET, Key=ODD_KEY, Body=b"x", Metadata={"signature": "ab  cd"})
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=ODD_KEY[:20], Delimiter="+")
    assert found["CommonPrefixes"] == [{"Prefix": ODD_KEY.split("+", maxsplit=1)[0] + "+"}]
    response = s3.get_object(Bucket=BUCKET, Key=ODD_KEY)
    assert response["Body"].read() == b"x"


def test_presigned_urls(aws: Aws, session: dict[str, Any]) -> None:
    s3 = aws.client("s3", session, config=Config(signature_version="s3v4"))
    s3.put_object(Bucket=BUCKET, Key=ODD_KEY, Body=b"x")
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": ODD_KEY})
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"x"
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"))
    assert error.value.code == 403
    assert aws.calls()[-1]["error"] == "SignatureDoesNotMatch"


def test_bodies_in_chunks(aws: Aws, session: dict[str, Any]) -> None:
    s3 = aws.client("s3", session)
    s3.upload_fileobj(Path(__file__).open("rb"), BUCKET, "file")  # noqa: SIM115
    body = Path(__file__).read_bytes()
    assert s3.get_object(Bucket=BUCKET, Key="file")["Body"].read() == body
    assert s3.head_object(Bucket=BUCKET, Key="file")["ContentLength"] == len(body)


def test_anonymous_requests_are_refused(aws: Aws, session: dict[str, Any]) -> None:
    for path in (f"/{BUCKET}", f"/{BUCKET}/key", "/"):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(aws.url + path)
        assert error.value.code == 403


def test_unreadable_requests_are_recorded(aws: Aws) -> None:
    scope = "Credential=AKIASANDBOXOPERATOR1/20260101/us-east-1/cloudtrail/aws4_request"
    for target, body in (("CloudTrail_20131101.NoSuch", b"{}"), ("CloudTrail_20131101.GetTrail", b"not JSON")):
        headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}", "X-Amz-Target": target}
        headers["Content-Type"] = "application/x-amz-json-1.1"
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(urllib.request.Request(aws.url, body, headers))
        assert error.value.code == 400
        assert json.load(error.value)["__type"] == aws.calls()[-1]["error"]
    assert [call["error"] for call in aws.calls()] == ["UnknownOperationException", "SerializationException"]


def test_a_service_that_the_sandbox_does_not_have(aws: Aws, session: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("health", session).describe_events()
    assert code(error) == "UnsupportedOperation"
