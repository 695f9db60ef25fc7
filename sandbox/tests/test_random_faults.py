# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults by a seed, bodies that are cut, and things that are seen late."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from aws_clients import ARCHIVE, MEMBER, Aws, allow, code, policy
from cloudtrail_sandbox.random_faults import KINDS, RandomFaults, random_faults_from

BUCKET = "watched-bucket"
OPERATIONS = [("kms", "DescribeKey"), ("s3", "PutBucketPolicy"), ("sts", "AssumeRole"), ("cloudtrail", "CreateTrail")]


def drawn(seed: int, accounts: tuple[str, ...] = (ARCHIVE, MEMBER), **more: Any) -> dict[tuple[str, str], list[str]]:
    """The errors of 60 calls of each operation in each account; "" for none."""
    faults = random_faults_from({"seed": seed, **more})
    errors: dict[tuple[str, str], list[str]] = {}
    for _round in range(60):
        for account in accounts:
            for service, operation in OPERATIONS:
                fault = faults.fault(service, operation, account, {})
                errors.setdefault((account, operation), []).append(fault.error if fault else "")
    return errors


def test_every_nth_call_of_each_operation_in_each_account_fails() -> None:
    for share in (1, 3, 5):
        for errors in drawn(7, share=share).values():
            hits = [number for number, error in enumerate(errors) if error]
            assert len(hits) == 60 // share
            assert {later - number for number, later in zip(hits, hits[1:], strict=False)} == {share}


def test_a_seed_decides_the_faults_whatever_the_order_of_the_accounts() -> None:
    assert drawn(1) == drawn(1, (MEMBER, ARCHIVE))
    assert drawn(1) != drawn(2)
    assert len({tuple(errors) for errors in drawn(1).values()}) > 1, "not all in the same rhythm"


def test_all_kinds_are_drawn_and_have_the_codes_of_the_service() -> None:
    counted = Counter(error for errors in drawn(3, share=1).values() for error in errors)
    transport = set(KINDS) - {"throttling", "server_error"}
    throttling = {"SlowDown", "Throttling", "ThrottlingException"}
    assert set(counted) == transport | throttling | {"InternalError", "KMSInternalException", "InternalFailure"}
    fault = RandomFaults(0, 1, kinds=("server_error",)).fault("kms", "DescribeKey", ARCHIVE, {})
    assert fault and (fault.error, fault.status) == ("KMSInternalException", 500)
    fault = RandomFaults(0, 1, kinds=("throttling",)).fault("s3", "GetObject", ARCHIVE, {})
    assert fault and (fault.error, fault.status) == ("SlowDown", 503)


def test_only_what_matches_fails() -> None:
    errors = drawn(1, share=1, account=MEMBER, operation="CreateTrail", kinds=["drop"])
    assert {name for name, found in errors.items() if any(found)} == {(MEMBER, "CreateTrail")}
    assert set(errors[MEMBER, "CreateTrail"]) == {"drop"}


def test_faults_by_a_seed_until_they_are_forgotten(aws: Aws) -> None:
    kms = aws.role(ARCHIVE, "kms")
    aws.control("POST", "faults", {"seed": 1, "share": 2, "kinds": ["throttling"], "operation": "ListKeys"})
    codes = []
    for _round in range(6):
        try:
            kms.list_keys()
            codes.append("")
        except ClientError as error:
            codes.append(str(error.response["Error"]["Code"]))
    assert sorted(codes) == ["", "", "", *["ThrottlingException"] * 3]
    aws.control("DELETE", "faults")
    for _round in range(3):
        kms.list_keys()


def test_bad_orders() -> None:
    for order in ({"seed": -1}, {"seed": 1, "share": 0}, {"seed": 1, "kinds": ["flood"]}, {"seed": 1, "error": "x"}):
        with pytest.raises(ValueError, match="must be|contains|Unknown"):
            random_faults_from(order)


def test_a_body_that_is_cut(aws: Aws) -> None:
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"0123456789")
    aws.control("POST", "faults", {"operation": "GetObject", "error": "cut_body"})
    with pytest.raises(Exception, match="(?i)incomplete|broken|closed"):
        s3.get_object(Bucket=BUCKET, Key="one")["Body"].read()
    assert s3.get_object(Bucket=BUCKET, Key="one")["Body"].read() == b"0123456789"
    kms = aws.role(ARCHIVE, "kms")
    aws.control("POST", "faults", {"operation": "CreateKey", "error": "cut_body"})
    # botocore does not compare the length of a JSON body: the answer looks like a success without content
    assert "KeyMetadata" not in kms.create_key()
    assert len(kms.list_keys()["Keys"]) == 1, "the call has taken effect"


@pytest.mark.parametrize(("error", "keys"), [("hold", 0), ("hold_answer", 1)])
def test_a_time_out_before_and_after_the_effect(aws: Aws, error: str, keys: int) -> None:
    session = aws.assume(ARCHIVE)
    once = Config(retries={"total_max_attempts": 1}, read_timeout=0.3)
    aws.control("POST", "faults", {"operation": "CreateKey", "error": error, "seconds": 1})
    with pytest.raises(ReadTimeoutError):
        aws.client("kms", session, config=once).create_key()
    assert len(aws.client("kms", session).list_keys()["Keys"]) == keys


# things that are seen late


def later(aws: Aws) -> None:
    aws.control("POST", "settings", {"clock_offset": 61})


def test_a_key_that_is_seen_late(aws: Aws) -> None:
    kms = aws.role(ARCHIVE, "kms")
    old = kms.create_key()["KeyMetadata"]["Arn"]
    aws.control("POST", "settings", {"key_delay": 60})
    new = kms.create_key()["KeyMetadata"]["Arn"]
    for call in (kms.describe_key, kms.enable_key_rotation):
        with pytest.raises(ClientError) as error:
            call(KeyId=new)
        assert code(error) == "NotFoundException"
    with pytest.raises(ClientError) as error:
        kms.create_alias(AliasName="alias/new", TargetKeyId=new)
    assert code(error) == "NotFoundException"
    kms.describe_key(KeyId=old)
    later(aws)
    assert kms.describe_key(KeyId=new)["KeyMetadata"]["Arn"] == new


def test_a_bucket_that_is_seen_late(aws: Aws) -> None:
    s3, cloudtrail = aws.role(ARCHIVE, "s3"), aws.role(ARCHIVE, "cloudtrail")
    aws.control("POST", "settings", {"bucket_delay": 60})
    s3.create_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError) as error:
        s3.get_bucket_policy(Bucket=BUCKET)
    assert code(error) == "NoSuchBucket"
    with pytest.raises(ClientError) as error:
        cloudtrail.create_trail(Name="trail", S3BucketName=BUCKET)
    assert code(error) == "S3BucketDoesNotExistException"
    later(aws)
    with pytest.raises(ClientError) as error:
        s3.get_bucket_policy(Bucket=BUCKET)
    assert code(error) == "NoSuchBucketPolicy"


def test_a_role_that_is_seen_late(aws: Aws) -> None:
    iam, kms = aws.role(ARCHIVE, "iam"), aws.role(ARCHIVE, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    root = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "Action": "sts:AssumeRole"}
    aws.control("POST", "settings", {"role_delay": 60})
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName="New", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with pytest.raises(ClientError) as error:
        iam.get_role(RoleName="New")
    assert code(error) == "NoSuchEntity"
    new = policy(root, allow({"AWS": arn}, "kms:Decrypt", "*"))
    with pytest.raises(ClientError) as error:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=new)
    assert code(error) == "MalformedPolicyDocumentException"
    later(aws)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=new)
    assert iam.get_role(RoleName="New")["Role"]["Arn"] == arn


def test_a_trail_that_is_seen_late(aws: Aws) -> None:
    s3, cloudtrail = aws.role(ARCHIVE, "s3"), aws.role(ARCHIVE, "cloudtrail")
    s3.create_bucket(Bucket=BUCKET)
    service = {"Service": "cloudtrail.amazonaws.com"}
    check = allow(service, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}")
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=policy(check, allow(service, "s3:PutObject", f"arn:aws:s3:::{BUCKET}/AWSLogs/*"))
    )
    aws.control("POST", "settings", {"trail_delay": 60})
    cloudtrail.create_trail(Name="trail", S3BucketName=BUCKET)
    for call in (cloudtrail.get_trail, cloudtrail.start_logging, cloudtrail.get_trail_status):
        with pytest.raises(ClientError) as error:
            call(Name="trail")
        assert code(error) == "TrailNotFoundException"
    assert cloudtrail.describe_trails()["trailList"] == []
    with pytest.raises(ClientError) as error:
        cloudtrail.create_trail(Name="trail", S3BucketName=BUCKET)
    assert code(error) == "TrailAlreadyExistsException"
    later(aws)
    cloudtrail.start_logging(Name="trail")
