# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3 where it differs from moto's: names, defaults, policies, encryption, retention."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_clients import ARCHIVE, MEMBER, Aws, allow, code, policy

BUCKET = "the-central-bucket"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
ACL_CHECK = allow(CLOUDTRAIL, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}", Sid="AclCheck")


@pytest.fixture
def s3(aws: Aws) -> Any:
    """A client of the owner of BUCKET."""
    client = aws.role(ARCHIVE, "s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def test_defaults_of_a_new_bucket(s3: Any) -> None:
    rules = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    ownership = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    s3.delete_bucket_encryption(Bucket=BUCKET)
    assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"] == rules


@pytest.mark.parametrize("name", ["ab", "Upper-Case-Bucket", "under_score", "192.168.5.4", "two..dots", "ends-with-"])
def test_bad_bucket_names(aws: Aws, name: str) -> None:
    client = aws.role(ARCHIVE, "s3")
    client.meta.events.unregister("before-parameter-build.s3")
    with pytest.raises(ClientError) as error:
        client.create_bucket(Bucket=name)
    assert code(error) == "InvalidBucketName"


def test_names_belong_to_one_account(aws: Aws, s3: Any) -> None:
    with pytest.raises(ClientError) as error:
        aws.role(MEMBER, "s3").create_bucket(Bucket=BUCKET)
    assert code(error) == "BucketAlreadyExists"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    elsewhere = aws.role(ARCHIVE, "s3", region_name="eu-west-1")
    with pytest.raises(ClientError) as error:
        elsewhere.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert code(error) == "BucketAlreadyOwnedByYou"


def test_missing_bucket_and_unknown_operation(s3: Any) -> None:
    with pytest.raises(ClientError) as error:
        s3.get_bucket_policy(Bucket="there-is-none")
    assert code(error) == "NoSuchBucket"
    with pytest.raises(ClientError) as error:  # moto would take it for CreateBucket
        s3.put_bucket_metrics_configuration(Bucket=BUCKET, Id="x", MetricsConfiguration={"Id": "x"})
    assert code(error) == "UnsupportedOperation"


def test_policy_is_read_back_in_canonical_form(s3: Any) -> None:
    with pytest.raises(ClientError) as error:
        s3.get_bucket_policy(Bucket=BUCKET)
    assert code(error) == "NoSuchBucketPolicy"
    statement = allow({"Service": ["cloudtrail.amazonaws.com"]}, ["s3:GetBucketAcl"], [f"arn:aws:s3:::{BUCKET}"])
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(json.loads(policy(statement)), indent=9))
    text = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    expected = allow(CLOUDTRAIL, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}")
    assert text == json.dumps({"Version": "2012-10-17", "Statement": [expected]}, separators=(",", ":"))
    s3.delete_bucket_policy(Bucket=BUCKET)
    with pytest.raises(ClientError):
        s3.get_bucket_policy(Bucket=BUCKET)


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        policy({"Effect": "Allow", "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}"}),
        policy(allow(CLOUDTRAIL, "s3:NoSuchAction", f"arn:aws:s3:::{BUCKET}")),
        policy(allow(CLOUDTRAIL, "s3:GetBucketAcl", "arn:aws:s3:::another-bucket")),
        policy(allow({"AWS": f"arn:aws:iam::{ARCHIVE}:role/Ghost"}, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}")),
        policy(allow({"AWS": "999999999999"}, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}")),
    ],
)
def test_malformed_policies(s3: Any, text: str) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(ACL_CHECK))
    with pytest.raises(ClientError) as error:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    assert code(error) == "MalformedPolicy"
    assert "AclCheck" in s3.get_bucket_policy(Bucket=BUCKET)["Policy"]


def test_policy_size(s3: Any) -> None:
    """20,480 bytes, in which white space does not count."""
    accounts = [f"{number:012}" for number in range(1300)]
    statement = {**ACL_CHECK, "Condition": {"StringEquals": {"aws:SourceAccount": accounts}}}
    fits = {**ACL_CHECK, "Condition": {"StringEquals": {"aws:SourceAccount": accounts[:1300]}}}
    assert len(policy(fits)) > 20_480
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(fits))
    statement["Condition"] = {"StringEquals": {"aws:SourceAccount": [f"{number:012}" for number in range(1400)]}}
    with pytest.raises(ClientError) as error:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(statement))
    assert code(error) == "PolicyTooLarge"


def test_public_policies_are_blocked(s3: Any) -> None:
    public = policy(allow("*", "s3:GetObject", f"arn:aws:s3:::{BUCKET}/*"))
    with pytest.raises(ClientError) as error:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=public)
    assert code(error) == "AccessDenied"
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=public)
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"] is True


def test_acls_are_off(s3: Any) -> None:
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: s3.put_bucket_acl(Bucket=BUCKET, ACL="private"),
        lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"", ACL="public-read"),
    )
    for attempt in attempts:
        with pytest.raises(ClientError) as error:
            attempt()
        assert code(error) == "AccessControlListNotSupported"
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"", ACL="bucket-owner-full-control")
    with pytest.raises(ClientError) as error:
        s3.create_bucket(Bucket="another-bucket", ACL="log-delivery-write")
    assert code(error) == "InvalidBucketAclWithObjectOwnership"


def test_objects_under_a_key(aws: Aws, s3: Any) -> None:
    """Writing needs kms:GenerateDataKey, reading kms:Decrypt, with the object's ARN as encryption context."""
    kms = aws.role(ARCHIVE, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    head = s3.head_object(Bucket=BUCKET, Key="k")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    reader = aws.role(ARCHIVE, "s3", "Reader")
    assert reader.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"
    admins = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:role/Admin"}, "kms:*", "*", Sid="Admins")
    kms.put_key_policy(KeyId=key, Policy=policy(admins))
    with pytest.raises(ClientError) as error:
        reader.get_object(Bucket=BUCKET, Key="k")
    assert code(error) == "AccessDenied" and "kms:Decrypt" in str(error.value)
    reading = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{BUCKET}/k"}}
    readers = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:role/Reader"}, "kms:Decrypt", "*", Condition=reading)
    kms.put_key_policy(KeyId=key, Policy=policy(admins, readers))
    assert reader.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"
    s3.put_object(Bucket=BUCKET, Key="plain", Body=b"x", ServerSideEncryption="AES256")
    assert "SSEKMSKeyId" not in s3.head_object(Bucket=BUCKET, Key="plain")
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=BUCKET, Key="k")
    assert code(error) == "KMS.DisabledException"


def test_writing_and_copying_need_the_key(aws: Aws, s3: Any) -> None:
    """kms:GenerateDataKey to write; to copy, s3:GetObject and kms:Decrypt at the source as well."""
    kms, iam = aws.role(ARCHIVE, "kms"), aws.role(ARCHIVE, "iam")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    writer = aws.role(ARCHIVE, "s3", "Nobody")
    source = {"Bucket": BUCKET, "Key": "k"}
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    may: list[str] = []
    attempts: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("s3:PutObject", lambda: writer.put_object(Bucket=BUCKET, Key="l", Body=b"y", **encrypted)),
        ("kms:GenerateDataKey", lambda: writer.put_object(Bucket=BUCKET, Key="l", Body=b"y", **encrypted)),
        ("s3:GetObject", lambda: writer.copy_object(Bucket=BUCKET, Key="m", CopySource=source)),
        ("kms:Decrypt", lambda: writer.copy_object(Bucket=BUCKET, Key="m", CopySource=source)),
    )
    for lacking, attempt in attempts:
        with pytest.raises(ClientError) as error:
            attempt()
        assert code(error) == "AccessDenied" and f"perform: {lacking} on" in str(error.value)
        may.append(lacking)
        document = policy({"Effect": "Allow", "Action": may, "Resource": "*"})
        iam.put_role_policy(RoleName="Nobody", PolicyName="p", PolicyDocument=document)
    writer.copy_object(Bucket=BUCKET, Key="m", CopySource=source)


def test_a_bucket_made_anew_has_no_policy(s3: Any) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(ACL_CHECK))
    s3.delete_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError) as error:
        s3.get_bucket_policy(Bucket=BUCKET)
    assert code(error) == "NoSuchBucketPolicy"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_key_that_cannot_be_used(aws: Aws, s3: Any, region: str) -> None:
    """One that does not exist, and one in another Region than the bucket."""
    key = f"arn:aws:kms:us-east-1:{ARCHIVE}:key/00000000-0000-0000-0000-000000000000"
    if region != "us-east-1":
        key = aws.role(ARCHIVE, "kms", region_name=region).create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert code(error) == "KMS.NotFoundException"


def test_object_lock_on_a_bucket_in_use(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 5}}}
    with pytest.raises(ClientError) as error:
        s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=lock)
    assert code(error) == "InvalidBucketState"
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=lock)
    assert s3.get_object_lock_configuration(Bucket=BUCKET)["ObjectLockConfiguration"] == lock
    with pytest.raises(ClientError) as error:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    assert code(error) == "InvalidBucketState"
    version = s3.put_object(Bucket=BUCKET, Key="locked", Body=b"x", ChecksumAlgorithm="SHA256")["VersionId"]
    with pytest.raises(ClientError) as error:
        s3.delete_object(Bucket=BUCKET, Key="locked", VersionId=version)
    assert code(error) == "AccessDenied"
    s3.delete_object(Bucket=BUCKET, Key="locked", VersionId=version, BypassGovernanceRetention=True)


@pytest.mark.parametrize(
    ("mode", "wanted_mode", "days", "options", "accepted"),
    [
        ("COMPLIANCE", "COMPLIANCE", 11, {}, True),
        ("COMPLIANCE", "COMPLIANCE", 9, {}, False),
        ("COMPLIANCE", "COMPLIANCE", 9, {"BypassGovernanceRetention": True}, False),
        ("COMPLIANCE", "GOVERNANCE", 11, {"BypassGovernanceRetention": True}, False),
        ("GOVERNANCE", "GOVERNANCE", 9, {}, False),
        ("GOVERNANCE", "GOVERNANCE", 9, {"BypassGovernanceRetention": True}, True),
        ("GOVERNANCE", "COMPLIANCE", 11, {}, True),
    ],
)
def test_retention_is_not_shortened(
    aws: Aws, mode: str, wanted_mode: str, days: int, options: dict[str, Any], accepted: bool
) -> None:
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    now = datetime.now(UTC).replace(microsecond=0)

    def retain(mode: str, days: int, **more: Any) -> None:
        retention = {"Mode": mode, "RetainUntilDate": now + timedelta(days=days)}
        s3.put_object_retention(Bucket=BUCKET, Key="k", Retention=retention, **more)

    retain(mode, 10)
    if accepted:
        retain(wanted_mode, days, **options)
        kept = s3.get_object_retention(Bucket=BUCKET, Key="k")["Retention"]
        assert kept == {"Mode": wanted_mode, "RetainUntilDate": now + timedelta(days=days)}
        return
    with pytest.raises(ClientError) as error:
        retain(wanted_mode, days, **options)
    assert code(error) == "AccessDenied"


def test_access_logging_needs_the_logging_service_in_the_targets_policy(s3: Any) -> None:
    s3.create_bucket(Bucket="access-logs-of-all")
    wanted = {"LoggingEnabled": {"TargetBucket": "access-logs-of-all", "TargetPrefix": "central/"}}
    with pytest.raises(ClientError) as error:
        s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus=wanted)
    assert code(error) == "InvalidTargetBucketForLogging"
    service = {"Service": "logging.s3.amazonaws.com"}
    admitted = allow(service, "s3:PutObject", "arn:aws:s3:::access-logs-of-all/central/*")
    s3.put_bucket_policy(Bucket="access-logs-of-all", Policy=policy(admitted))
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus=wanted)
    assert s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"] == wanted["LoggingEnabled"]


def test_requester_pays(aws: Aws, s3: Any) -> None:
    s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=BUCKET)["Payer"] == "Requester"
    found = aws.application.state.bucket(BUCKET)
    assert found is not None and found.requester_pays


def test_a_deleted_role_becomes_its_id_and_stops_matching(aws: Aws, s3: Any) -> None:
    iam = aws.role(ARCHIVE, "iam")
    arn = f"arn:aws:iam::{ARCHIVE}:role/Passing"
    trust = policy({"Effect": "Allow", "Principal": {"AWS": "222233334444"}, "Action": "sts:AssumeRole"})
    make: Callable[[], Any] = lambda: iam.create_role(RoleName="Passing", AssumeRolePolicyDocument=trust)  # noqa: E731
    unique_id = make()["Role"]["RoleId"]
    text = policy(allow({"AWS": arn}, "s3:ListBucket", f"arn:aws:s3:::{BUCKET}"))
    s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    assert aws.role(ARCHIVE, "s3", "Passing").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    iam.delete_role(RoleName="Passing")
    assert json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"][0]["Principal"] == {"AWS": unique_id}
    make()
    with pytest.raises(ClientError):
        aws.role(ARCHIVE, "s3", "Passing").list_objects_v2(Bucket=BUCKET)
    with pytest.raises(ClientError) as error:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert code(error) == "MalformedPolicy"
