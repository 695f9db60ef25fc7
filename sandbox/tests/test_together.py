# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All parts together, with the accounts of the example: from two empty accounts to a log that one role can read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_clients import Aws, allow, code, policy
from cloudtrail_sandbox.client import Sandbox

ARCHIVE, MEMBER = "111122223333", "012345678901"
BUCKET, TRAIL = "secprod-multiaccount-logs", f"arn:aws:cloudtrail:us-east-1:{MEMBER}:trail/sectrail"
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
FROM_MEMBER = {"StringEquals": {"aws:SourceArn": TRAIL}}
ROOT = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*", Sid="Root")
CREATION = {"Name": "sectrail", "S3BucketName": BUCKET, "IsMultiRegionTrail": True, "EnableLogFileValidation": True}


class Demo(Aws):
    def __init__(self, process: Sandbox) -> None:
        self.url = process.url
        users = self.control("GET", "users")["users"]
        self.keys = {
            user["user_name"]: {"AccessKeyId": user["access_key_id"], "SecretAccessKey": user["secret_access_key"]}
            for user in users
        }

    def session(self, service: str, account: str, role: str = "CentralLogging", caller: str = "operator") -> Any:
        sts = self.client("sts", self.keys[caller])
        arn = f"arn:aws:iam::{account}:role/{role}"
        return self.client(service, sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"])


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def demo(process: Sandbox) -> Demo:
    process.reset()
    return Demo(process)


def bucket_policy() -> str:
    acl = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **FROM_MEMBER["StringEquals"]}}
    return policy(
        allow(SERVICE, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}", Sid="Check", Condition=FROM_MEMBER),
        allow(SERVICE, "s3:PutObject", f"arn:aws:s3:::{BUCKET}/AWSLogs/{MEMBER}/*", Sid="Write", Condition=acl),
    )


def key_policy(*more: dict[str, Any]) -> str:
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{MEMBER}:trail/*"}}
    return policy(
        ROOT,
        allow(SERVICE, "kms:GenerateDataKey*", "*", Sid="Encrypt", Condition={**FROM_MEMBER, **context}),
        allow(SERVICE, "kms:DescribeKey", "*", Sid="Describe"),
        *more,
    )


def test_the_walk_through(process: Sandbox, demo: Demo) -> None:
    s3, kms = demo.session("s3", ARCHIVE), demo.session("kms", ARCHIVE)
    trails = demo.session("cloudtrail", MEMBER)
    with pytest.raises(ClientError) as error:
        trails.create_trail(**CREATION)
    assert code(error) == "S3BucketDoesNotExistException"
    s3.create_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError) as error:
        trails.create_trail(**CREATION)
    assert code(error) == "InsufficientS3BucketPolicyException"
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy())
    trails.create_trail(**CREATION)
    trails.start_logging(Name="sectrail")
    plain = [one for one in process.deliver() if one["region"] == "us-east-1"]
    assert [(one["encryption"], one["error"]) for one in plain] == [("AES256", "")]

    key = kms.create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError) as error:
        trails.update_trail(Name="sectrail", KmsKeyId=key)
    assert code(error) == "InsufficientEncryptionPolicyException"
    kms.put_key_policy(KeyId=key, Policy=key_policy())
    trails.update_trail(Name="sectrail", KmsKeyId=key)
    delivered = [one for one in process.deliver() if one["region"] == "us-east-1"][0]
    assert (delivered["kms_key_arn"], delivered["error"]) == (key, "")
    name = delivered["key"]
    assert name.startswith(f"AWSLogs/{MEMBER}/CloudTrail/us-east-1/")
    reader = demo.session("s3", ARCHIVE, "LogReader", "auditor")
    head = reader.head_object(Bucket=BUCKET, Key=name)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    records = json.loads(gzip.decompress(reader.get_object(Bucket=BUCKET, Key=name)["Body"].read()))["Records"]
    assert {record["recipientAccountId"] for record in records} == {MEMBER}


def test_the_client_restores_a_snapshot(process: Sandbox, demo: Demo) -> None:
    s3 = demo.session("s3", ARCHIVE)
    s3.create_bucket(Bucket=BUCKET)
    taken = process.snapshot()
    process.reset()
    process.restore(taken)
    assert process.calls() == []
    assert [
        bucket["Name"]
        for bucket in demo.session("s3", ARCHIVE, "Administrator", "administrator").list_buckets()["Buckets"]
    ] == [BUCKET]


def test_the_encryption_context_of_a_log_decides_who_reads_it(process: Sandbox, demo: Demo) -> None:
    s3, kms = demo.session("s3", ARCHIVE), demo.session("kms", ARCHIVE)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy())
    key = kms.create_key(Policy=key_policy())["KeyMetadata"]["Arn"]
    trails = demo.session("cloudtrail", MEMBER)
    trails.create_trail(**CREATION, KmsKeyId=key)
    trails.start_logging(Name="sectrail")
    name = process.deliver()[0]["key"]
    reader = demo.session("s3", ARCHIVE, "LogReader", "auditor")
    role = {"AWS": f"arn:aws:iam::{ARCHIVE}:role/LogReader"}
    admin = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"}, "kms:*", "*", Sid="Admin")
    for account, readable in ((MEMBER, True), ("444455556666", False)):
        logs_of = {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{account}:trail/*"}
        decrypt = allow(role, "kms:Decrypt", "*", Sid="Decrypt", Condition={"StringLike": logs_of})
        kms.put_key_policy(KeyId=key, Policy=policy(admin, decrypt))
        if readable:
            assert reader.get_object(Bucket=BUCKET, Key=name)["Body"].read()
            continue
        with pytest.raises(ClientError) as error:
            reader.get_object(Bucket=BUCKET, Key=name)
        assert code(error) == "AccessDenied"


def test_later_breakage_is_silent_but_for_the_status(process: Sandbox, demo: Demo) -> None:
    s3, trails = demo.session("s3", ARCHIVE), demo.session("cloudtrail", MEMBER)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy())
    trails.create_trail(**CREATION)
    trails.start_logging(Name="sectrail")
    other = bucket_policy().replace(MEMBER, "444455556666")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=other)
    assert {one["error"] for one in process.deliver()} == {"AccessDenied"}
    assert trails.get_trail_status(Name="sectrail")["LatestDeliveryError"] == "AccessDenied"
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy())
    assert {one["error"] for one in process.deliver()} == {""}
    assert not trails.get_trail_status(Name="sectrail").get("LatestDeliveryError")
