# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Control over HTTP: the record, settings, faults, the second writer, reset."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from aws_clients import ARCHIVE, MEMBER, Aws, allow, code, policy

BUCKET = "the-central-bucket"
RETRYING = Config(retries={"total_max_attempts": 3, "mode": "standard"})
ONE = allow({"Service": "cloudtrail.amazonaws.com"}, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}", Sid="One")
TWO = {**ONE, "Sid": "Two"}


def sids(s3: Any) -> list[str]:
    document = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    return [statement["Sid"] for statement in document["Statement"]]


def test_every_request_is_recorded(aws: Aws) -> None:
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError):
        s3.get_bucket_policy(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(ONE))
    told = [
        (call["service"], call["operation"], call["account"], call["write"], call["status"], call["error"])
        for call in aws.calls()
    ]
    assert told == [
        ("sts", "AssumeRole", "222233334444", False, 200, ""),
        ("s3", "CreateBucket", ARCHIVE, True, 200, ""),
        ("s3", "GetBucketPolicy", ARCHIVE, False, 404, "NoSuchBucketPolicy"),
        ("s3", "PutBucketPolicy", ARCHIVE, True, 204, ""),
    ]
    last = aws.calls()[-1]
    assert last["principal"] == f"arn:aws:sts::{ARCHIVE}:assumed-role/Admin/test"
    assert (last["region"], last["parameters"]["Bucket"]) == ("us-east-1", BUCKET)
    assert json.loads(last["parameters"]["Policy"])["Statement"] == [ONE]
    assert [call["n"] for call in aws.control("GET", "calls?since=3")["calls"]] == [4]
    aws.control("DELETE", "calls")
    assert aws.calls() == []


def test_the_record_holds_no_secret(aws: Aws) -> None:
    session = aws.assume(ARCHIVE)
    kms = aws.client("kms", session)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.encrypt(KeyId=key, Plaintext=b"the-plain-text")
    told = json.dumps(aws.calls())
    assert key in told
    secrets = (session["SecretAccessKey"], session["SessionToken"], "dGhlLXBsYWlu")
    assert not [secret for secret in secrets if secret in told]


def test_policies_become_visible_later(aws: Aws) -> None:
    s3, kms = aws.role(ARCHIVE, "s3"), aws.role(ARCHIVE, "kms")
    s3.create_bucket(Bucket=BUCKET)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    before = kms.get_key_policy(KeyId=key)["Policy"]
    aws.control("POST", "settings", {"policy_delay": 60})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(ONE))
    root = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*", Sid="Later")
    kms.put_key_policy(KeyId=key, Policy=policy(root))
    with pytest.raises(ClientError) as error:
        s3.get_bucket_policy(Bucket=BUCKET)
    assert code(error) == "NoSuchBucketPolicy"
    assert kms.get_key_policy(KeyId=key)["Policy"] == before
    aws.control("POST", "settings", {"clock_offset": 61})
    assert sids(s3) == ["One"]
    assert "Later" in kms.get_key_policy(KeyId=key)["Policy"]


def test_second_writer(aws: Aws) -> None:
    """Somebody who read the policy earlier writes right after us: our statement is lost."""
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy({**ONE, "Sid": "Before"}))
    aws.control("POST", "second_writer", {"operation": "PutBucketPolicy", "statement": TWO})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy({**ONE, "Sid": "Before"}, ONE))
    assert sids(s3) == ["Before", "Two"]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(ONE))
    assert sids(s3) == ["One"]


def test_legacy_policy(aws: Aws) -> None:
    """A key policy of before August 2025: KMS keeps it, and refuses it when it is written again."""
    kms = aws.role(ARCHIVE, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    root = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*", Sid="Root")
    legacy = policy(root, {"Sid": "NoResource", "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt"})
    aws.control("POST", "legacy_policy", {"resource": key, "policy": legacy})
    assert kms.get_key_policy(KeyId=key)["Policy"] == legacy
    with pytest.raises(ClientError) as error:
        kms.put_key_policy(KeyId=key, Policy=legacy)
    assert code(error) == "MalformedPolicyDocumentException"


def test_faults(aws: Aws) -> None:
    session = aws.assume(ARCHIVE)
    kms = aws.client("kms", session)
    fault = {"service": "kms", "operation": "ListKeys", "error": "ThrottlingException", "times": 2}
    aws.control("POST", "faults", fault)
    kms.list_aliases()
    for _round in range(2):
        with pytest.raises(ClientError) as error:
            kms.list_keys()
        assert code(error) == "ThrottlingException"
    kms.list_keys()
    aws.control("POST", "faults", {"error": "InternalFailure", "account": "999999999999"})
    kms.list_keys()
    aws.control("POST", "faults", {"error": "InternalFailure", "account": ARCHIVE})
    aws.client("kms", session, config=RETRYING).list_keys()
    assert [call["status"] for call in aws.calls()][-2:] == [500, 200]


def test_dropped_connections(aws: Aws) -> None:
    """Before the request is handled, and after."""
    kms = aws.role(ARCHIVE, "kms")
    for error, keys in (("drop", 0), ("drop_answer", 1)):
        aws.control("POST", "faults", {"operation": "CreateKey", "error": error})
        with pytest.raises(ConnectionClosedError):
            kms.create_key()
        assert len(kms.list_keys()["Keys"]) == keys
        assert [call["error"] for call in aws.calls() if call["operation"] == "CreateKey"][-1] == error


def test_latency(aws: Aws) -> None:
    client = aws.client("sts")
    aws.control("POST", "settings", {"latency": 0.2})
    start = time.monotonic()
    client.get_caller_identity()
    assert time.monotonic() - start >= 0.2


def refused(aws: Aws, method: str, path: str, body: Any) -> tuple[int, str]:
    """The status and the sentence of a control request that is refused."""
    request = urllib.request.Request(f"{aws.url}/_sandbox/{path}", method=method)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, None if body is None else json.dumps(body).encode())
    return error.value.code, str(json.load(error.value)["error"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("GET", "nothing", None, 404, "Unknown control request GET /_sandbox/nothing."),
        ("GET", "calls?since=now", None, 400, "since must be a whole number from 0 to 10000000, not 'now'."),
        ("POST", "settings", {"policy_dealy": 1}, 400, "Unknown members ['policy_dealy']."),
        ("POST", "faults", {"service": "s3"}, 400, "'error' is missing."),
        ("POST", "faults", {"error": "x", "sevice": "s3"}, 400, "Unknown members ['sevice']."),
        ("POST", "legacy_policy", {"resource": "a-bucket"}, 400, "'policy' is missing."),
        (
            "POST",
            "second_writer",
            {"operation": "PutObject", "statement": {}},
            400,
            "second_writer needs an operation of ('PutBucketPolicy', 'PutKeyPolicy') and a statement.",
        ),
        (
            "POST",
            "transition",
            {"bucket": "b", "key": "k", "storage_class": "COLD"},
            400,
            "Unknown storage_class 'COLD'.",
        ),
        ("POST", "restore", {"snapshot": "0"}, 400, "Unknown snapshot '0'."),
    ],
)
def test_bad_control_requests(aws: Aws, method: str, path: str, body: Any, status: int, sentence: str) -> None:
    answered, text = refused(aws, method, path, body)
    assert (answered, text.startswith(sentence)) == (status, True), text


# for each request that takes members: one that is valid, so that only the member under test can be refused
MEMBERS: dict[str, dict[str, Any]] = {
    "deliver": {"events": 1, "regions": ["us-east-1"], "accounts": [ARCHIVE], "late": False},
    "hours": {"events": 1, "regions": ["us-east-1"], "accounts": [ARCHIVE], "count": 1, "files": 1, "idle": [0]},
    "rotate_keys": {"regions": ["us-east-1"]},
    "settings": {"policy_delay": 0, "latency": 0, "clock_offset": 0},
    "faults": {
        "error": "x",
        "service": "x",
        "operation": "x",
        "account": "x",
        "message": "x",
        "status": 400,
        "times": 1,
        "parameters": {"Key": "x"},
    },
    "second_writer": {"operation": "PutBucketPolicy", "statement": ONE},
    "legacy_policy": {"resource": "a-bucket", "policy": policy(ONE)},
    "transition": {"bucket": "a-bucket", "key": "x", "storage_class": "GLACIER"},
    "opt_in": {"account": ARCHIVE, "region": "af-south-1"},
    "restore": {"snapshot": "1"},
}
# no member of any request takes one of these
WRONG: list[Any] = [None, 1.5, -1, True, "", "no", {}, {"Sid": ["x"]}, [[]], [None], [{}], ["no"], float("nan")]
# except these
TAKEN: dict[str, list[Any]] = {
    "deliver late": [True],
    "settings policy_delay": [1.5],
    "settings latency": [1.5],
    "settings clock_offset": [1.5, -1],
    "faults parameters": [{}, {"Sid": ["x"]}],
    "second_writer statement": [{}, {"Sid": ["x"]}],
    "legacy_policy resource": ["no"],
    **dict.fromkeys([f"faults {name}" for name in ("error", "service", "operation", "account", "message")], ["no"]),
}


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, body in MEMBERS.items() for name in body])
def test_values_of_a_wrong_type(aws: Aws, path: str, name: str) -> None:
    """Every member of every request: status 400, a sentence with the member's name, and nothing is changed."""
    before = aws.control("POST", "settings", {})
    for value in WRONG:
        if (type(value), value) not in [(type(entry), entry) for entry in TAKEN.get(f"{path} {name}", [])]:
            status, sentence = refused(aws, "POST", path, {**MEMBERS[path], name: value})
            assert (status, sentence[-1]) == (400, "."), (value, sentence)
            assert name in sentence.lower() or value == "no", (value, sentence)
    assert aws.control("POST", "settings", {}) == before


@pytest.mark.parametrize("path", [*MEMBERS, "backfill", "reset", "snapshot"])
@pytest.mark.parametrize("body", [[], [1], "text", 1, None])
def test_a_body_that_is_not_an_object(aws: Aws, path: str, body: Any) -> None:
    request = urllib.request.Request(f"{aws.url}/_sandbox/{path}", json.dumps(body).encode(), method="POST")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    assert error.value.code == 400
    assert json.load(error.value)["error"] == f"The body must be a JSON object, not {body!r}."


def test_reset(aws: Aws) -> None:
    session = aws.assume(ARCHIVE)
    aws.client("s3", session).create_bucket(Bucket=BUCKET)
    aws.control("POST", "settings", {"policy_delay": 5, "clock_offset": 99})
    aws.control("POST", "faults", {"error": "InternalFailure"})
    aws.control("POST", "reset")
    assert aws.control("GET", "health") == {"status": "ok"}
    assert aws.calls() == []
    assert aws.control("POST", "settings", {}) == {"policy_delay": 0.0, "latency": 0.0, "clock_offset": 0.0}
    with pytest.raises(ClientError):  # sessions are gone, too
        aws.client("s3", session).list_buckets()
    assert aws.role(ARCHIVE, "s3").list_buckets()["Buckets"] == []


def test_hours_pass(aws: Aws) -> None:
    """Sessions last as long as before, and AWS's own clock is the one that moved."""
    s3, cloudtrail = aws.role(ARCHIVE, "s3"), aws.role(ARCHIVE, "cloudtrail")
    s3.create_bucket(Bucket=BUCKET)
    whole = f"arn:aws:s3:::{BUCKET}"
    service = {"Service": "cloudtrail.amazonaws.com"}
    write = allow(service, "s3:PutObject", f"{whole}/AWSLogs/*")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(ONE, write))
    cloudtrail.create_trail(Name="trail", S3BucketName=BUCKET, EnableLogFileValidation=True)
    cloudtrail.start_logging(Name="trail")
    told = aws.control("POST", "hours", {"count": 3, "files": 2, "events": 1, "idle": [0]})
    assert (len(told["deliveries"]), [one["log_files"] for one in told["digests"]]) == (4, [0, 2, 2])
    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {one["Key"] for one in listed} == {one["key"] for one in told["deliveries"] + told["digests"]}
    offset = aws.control("POST", "settings", {})["clock_offset"]
    assert offset == 3 * 3600
    for one in told["digests"]:
        head = s3.head_object(Bucket=BUCKET, Key=one["key"])
        delay = head["LastModified"] - datetime.fromisoformat(one["end"])
        assert timedelta(0) <= delay < timedelta(minutes=5)
    status = cloudtrail.get_trail_status(Name="trail")
    assert status["LatestDigestDeliveryTime"] > status["LatestDeliveryTime"] > status["StartLoggingTime"]
    aws.control("POST", "rotate_keys", {"regions": ["us-east-1"]})
    later = status["LatestDigestDeliveryTime"] + timedelta(hours=2)
    keys = cloudtrail.list_public_keys(StartTime=status["StartLoggingTime"], EndTime=later)
    assert len(keys["PublicKeyList"]) == 2 and keys["PublicKeyList"][0]["Value"].startswith(b"\x30\x82")
    aws.control("POST", "deliver", {"events": 1, "late": True})
    aws.control("POST", "hours")
    assert [one["log_files"] for one in aws.control("POST", "backfill")["digests"]] == [1]


def test_only_these_accounts_and_regions(aws: Aws) -> None:
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket=BUCKET)
    write = allow({"Service": "cloudtrail.amazonaws.com"}, "s3:PutObject", f"arn:aws:s3:::{BUCKET}/*")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(ONE, write))
    for account in (ARCHIVE, MEMBER):
        cloudtrail = aws.role(account, "cloudtrail")
        cloudtrail.create_trail(Name="trail", S3BucketName=BUCKET, IsMultiRegionTrail=True)
        cloudtrail.start_logging(Name="trail")
    asked = {"regions": ["eu-west-1", "sa-east-1"], "accounts": [MEMBER]}
    told = aws.control("POST", "deliver", asked)["deliveries"]
    assert [(one["account"], one["region"]) for one in told] == [(MEMBER, "eu-west-1"), (MEMBER, "sa-east-1")]


@pytest.mark.parametrize("path", ["deliver", "hours", "backfill", "rotate_keys"])
def test_a_misspelt_member_is_refused(aws: Aws, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        aws.control("POST", path, {"evnts": 1})
    assert error.value.code == 400 and "evnts" in json.load(error.value)["error"]


def test_a_fault_of_one_object(aws: Aws) -> None:
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket=BUCKET)
    for key in ("one", "two"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"text")
    fault = {"operation": "GetObject", "parameters": {"Key": "one"}, "error": "AccessDenied", "times": 9}
    aws.control("POST", "faults", fault)
    assert s3.get_object(Bucket=BUCKET, Key="two")["Body"].read() == b"text"
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=BUCKET, Key="one")
    assert code(refused) == "AccessDenied"


def test_a_transition_to_an_archive(aws: Aws) -> None:
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"text", Metadata={"signature": "abc"})
    before = s3.head_object(Bucket=BUCKET, Key="one")
    aws.control("POST", "transition", {"bucket": BUCKET, "key": "one", "storage_class": "DEEP_ARCHIVE"})
    after = s3.head_object(Bucket=BUCKET, Key="one")
    assert (after["StorageClass"], after["Metadata"]) == ("DEEP_ARCHIVE", {"signature": "abc"})
    assert (after["LastModified"], after["ETag"]) == (before["LastModified"], before["ETag"])
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=BUCKET, Key="one")
    assert code(refused) == "InvalidObjectState"
    with pytest.raises(urllib.error.HTTPError, match="400"):
        aws.control("POST", "transition", {"bucket": BUCKET, "key": "none", "storage_class": "GLACIER"})


def test_an_opt_in_region(aws: Aws) -> None:
    cape_town = aws.client("cloudtrail", aws.assume(ARCHIVE), region_name="af-south-1")
    with pytest.raises(ClientError) as refused:
        cape_town.list_public_keys()
    assert code(refused) == "UnrecognizedClientException"
    aws.control("POST", "opt_in", {"account": ARCHIVE, "region": "af-south-1"})
    assert cape_town.list_public_keys()["PublicKeyList"]
    listed = aws.role(ARCHIVE, "account").list_regions(RegionOptStatusContains=["ENABLED"])["Regions"]
    assert [region["RegionName"] for region in listed] == ["af-south-1"]
    assert not aws.role(MEMBER, "account").list_regions(RegionOptStatusContains=["ENABLED"])["Regions"]
    regions = aws.role(ARCHIVE, "ec2").describe_regions()["Regions"]
    assert {region["RegionName"]: region["OptInStatus"] for region in regions}["af-south-1"] == "opted-in"
    with pytest.raises(urllib.error.HTTPError, match="400"):
        aws.control("POST", "opt_in", {"account": ARCHIVE, "region": "us-east-1"})
