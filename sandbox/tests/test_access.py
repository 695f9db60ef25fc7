# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may: credentials, AssumeRole, identity policies, policies of buckets and keys across accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_clients import ARCHIVE, MEMBER, SECRET, Aws, allow, code, policy

BUCKET = "the-central-bucket"


@pytest.mark.parametrize(
    ("key", "secret", "token", "service", "expected"),
    [
        ("AKIANOBODY0000000000", SECRET, None, "sts", "InvalidClientTokenId"),
        ("AKIANOBODY0000000000", SECRET, None, "kms", "UnrecognizedClientException"),
        ("AKIASANDBOXOPERATOR1", "not-the-secret", None, "sts", "SignatureDoesNotMatch"),
        ("AKIASANDBOXOPERATOR1", "not-the-secret", None, "kms", "InvalidSignatureException"),
        ("AKIASANDBOXOPERATOR1", SECRET, "a-token", "sts", "InvalidClientTokenId"),
    ],
)
def test_wrong_credentials_are_refused(
    aws: Aws, key: str, secret: str, token: str | None, service: str, expected: str
) -> None:
    client = aws.client(service, {"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token})
    with pytest.raises(ClientError) as error:
        client.get_caller_identity() if service == "sts" else client.list_keys()
    assert code(error) == expected


def test_identities(aws: Aws) -> None:
    user = aws.client("sts").get_caller_identity()
    assert (user["Account"], user["Arn"]) == ("222233334444", "arn:aws:iam::222233334444:user/operator")
    session = aws.role(MEMBER, "sts").get_caller_identity()
    assert session["Arn"] == f"arn:aws:sts::{MEMBER}:assumed-role/Admin/test"
    assert session["UserId"].startswith("AROA") and session["UserId"].endswith(":test")


@pytest.mark.parametrize("role", ["Untrusting", "Forbidden", "DoesNotExist", "WithExternalId"])
def test_assume_role_is_denied(aws: Aws, role: str) -> None:
    with pytest.raises(ClientError) as error:
        aws.assume(ARCHIVE, role)
    assert code(error) == "AccessDenied"
    assert error.value.response["Error"]["Message"] == (
        "User: arn:aws:iam::222233334444:user/operator is not authorized to perform: sts:AssumeRole on resource: "
        f"arn:aws:iam::{ARCHIVE}:role/{role}"
    )


def test_external_id(aws: Aws) -> None:
    assert aws.assume(ARCHIVE, "WithExternalId", ExternalId="id-of-the-customer")["AccessKeyId"].startswith("ASIA")
    with pytest.raises(ClientError) as error:
        aws.assume(ARCHIVE, "WithExternalId", ExternalId="another-id")
    assert code(error) == "AccessDenied"


@pytest.mark.parametrize(
    "options",
    [{"RoleArn": "arn:aws:iam::1:role/Admin"}, {"RoleSessionName": "with blank"}, {"DurationSeconds": 7200}],
)
def test_assume_role_checks_its_input(aws: Aws, options: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        aws.assume(ARCHIVE, **options)
    assert code(error) == "ValidationError"


def test_chained_sessions_last_an_hour_at_most(aws: Aws) -> None:
    aws.assume(ARCHIVE, "Long", DurationSeconds=7200)
    options = {"RoleArn": f"arn:aws:iam::{ARCHIVE}:role/Long", "RoleSessionName": "test"}
    sts = aws.role(ARCHIVE, "sts")
    sts.assume_role(**options, DurationSeconds=3600)
    with pytest.raises(ClientError) as error:
        sts.assume_role(**options, DurationSeconds=7200)
    assert code(error) == "ValidationError"


def test_a_session_expires(aws: Aws) -> None:
    client = aws.role(ARCHIVE, "kms")
    client.list_keys()
    aws.control("POST", "settings", {"clock_offset": 3601})
    with pytest.raises(ClientError) as error:
        client.list_keys()
    assert code(error) == "ExpiredTokenException"


def test_a_session_policy_only_takes_away(aws: Aws) -> None:
    session = aws.assume(ARCHIVE, Policy=policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    aws.client("s3", session).list_buckets()
    with pytest.raises(ClientError) as error:
        aws.client("kms", session).list_keys()
    assert code(error) == "AccessDeniedException"


def test_a_created_access_key_works(aws: Aws) -> None:
    iam = aws.role(ARCHIVE, "iam")
    iam.create_user(UserName="someone")
    key = iam.create_access_key(UserName="someone")["AccessKey"]
    assert aws.client("sts", key).get_caller_identity()["Arn"] == f"arn:aws:iam::{ARCHIVE}:user/someone"
    with pytest.raises(ClientError) as error:
        aws.client("iam", key).list_roles()
    assert code(error) == "AccessDenied"


def test_identity_policies_follow_iam(aws: Aws) -> None:
    """What iam:PutRolePolicy gives, the role's sessions have at once."""
    iam = aws.role(ARCHIVE, "iam")
    with pytest.raises(ClientError):
        aws.role(ARCHIVE, "kms", "Nobody").list_keys()
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}
    iam.put_role_policy(RoleName="Nobody", PolicyName="p", PolicyDocument=json.dumps(may))
    assert aws.role(ARCHIVE, "kms", "Nobody").list_keys()["Keys"] == []


def test_iam_checks_the_policies_that_are_written(aws: Aws) -> None:
    iam = aws.role(ARCHIVE, "iam")
    ghost = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:role/Ghost"}, "Action": "sts:AssumeRole"}
    large = {"Effect": "Allow", "Action": [f"s3:Get{'x' * 90}{n}" for n in range(120)], "Resource": "*"}
    with_principal = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    attempts: dict[str, tuple[str, Callable[[], Any]]] = {
        "ghost": (
            "MalformedPolicyDocument",
            lambda: iam.create_role(RoleName="New", AssumeRolePolicyDocument=policy(ghost)),
        ),
        "principal": (
            "MalformedPolicyDocument",
            lambda: iam.put_role_policy(RoleName="Nobody", PolicyName="p", PolicyDocument=policy(with_principal)),
        ),
        "size": (
            "LimitExceeded",
            lambda: iam.put_role_policy(RoleName="Nobody", PolicyName="p", PolicyDocument=policy(large)),
        ),
    }
    for expected, attempt in attempts.values():
        with pytest.raises(ClientError) as error:
            attempt()
        assert code(error) == expected
    assert iam.list_role_policies(RoleName="Nobody")["PolicyNames"] == []


@pytest.fixture
def bucket(aws: Aws) -> str:
    aws.role(ARCHIVE, "s3").create_bucket(Bucket=BUCKET)
    return BUCKET


def test_another_accounts_bucket_needs_the_bucket_policy(aws: Aws, bucket: str) -> None:
    owner, other = aws.role(ARCHIVE, "s3"), aws.role(MEMBER, "s3")
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: other.list_objects_v2(Bucket=bucket),
        lambda: other.put_object(Bucket=bucket, Key="k", Body=b"x"),
        lambda: other.get_bucket_policy(Bucket=bucket),
        lambda: other.get_bucket_location(Bucket=bucket),
    )
    for attempt in attempts:
        with pytest.raises(ClientError) as error:
            attempt()
        assert code(error) == "AccessDenied"
    member = {"AWS": f"arn:aws:iam::{MEMBER}:root"}
    owner.put_bucket_policy(
        Bucket=bucket,
        Policy=policy(
            allow(member, ["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{bucket}/*", Sid="Objects"),
            allow(member, "s3:*", f"arn:aws:s3:::{bucket}", Sid="Bucket"),
        ),
    )
    other.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert owner.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with pytest.raises(ClientError) as error:
        other.put_bucket_policy(Bucket=bucket, Policy=policy(allow(member, "s3:*", f"arn:aws:s3:::{bucket}")))
    assert code(error) == "MethodNotAllowed"


def test_an_explicit_deny_hits_the_owner_with_its_conditions(aws: Aws, bucket: str) -> None:
    owner = aws.role(ARCHIVE, "s3")
    deny = {
        "Sid": "NoDeletes",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:DeleteObject", "s3:PutBucketVersioning"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:role/Reader"}},
    }
    owner.put_object(Bucket=bucket, Key="k", Body=b"x")
    owner.put_bucket_policy(Bucket=bucket, Policy=policy(deny))
    with pytest.raises(ClientError) as error:
        owner.delete_object(Bucket=bucket, Key="k")
    assert "explicit deny in a resource-based policy" in str(error.value)
    with pytest.raises(ClientError):
        owner.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert owner.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    bulk = owner.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}, {"Key": "l"}]})
    assert [error["Code"] for error in bulk["Errors"]] == ["AccessDenied", "AccessDenied"]


def test_the_account_itself_needs_one_allow(aws: Aws, bucket: str) -> None:
    nobody = aws.role(ARCHIVE, "s3", "Nobody")
    with pytest.raises(ClientError):
        nobody.list_objects_v2(Bucket=bucket)
    owner = aws.role(ARCHIVE, "s3")
    root = {"AWS": f"arn:aws:iam::{ARCHIVE}:root"}
    owner.put_bucket_policy(Bucket=bucket, Policy=policy(allow(root, "s3:ListBucket", f"arn:aws:s3:::{bucket}")))
    with pytest.raises(ClientError):  # naming the account only delegates to its identity policies
        nobody.list_objects_v2(Bucket=bucket)
    role = {"AWS": f"arn:aws:iam::{ARCHIVE}:role/Nobody"}
    owner.put_bucket_policy(Bucket=bucket, Policy=policy(allow(role, "s3:ListBucket", f"arn:aws:s3:::{bucket}")))
    assert nobody.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_public_policy_admits_the_account_only_where_public_access_is_restricted(aws: Aws, bucket: str) -> None:
    owner, other = aws.role(ARCHIVE, "s3"), aws.role(MEMBER, "s3")
    owner.delete_public_access_block(Bucket=bucket)
    owner.put_bucket_policy(Bucket=bucket, Policy=policy(allow("*", "s3:ListBucket", f"arn:aws:s3:::{bucket}")))
    other.list_objects_v2(Bucket=bucket)
    block = {"RestrictPublicBuckets": True}
    owner.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    owner.list_objects_v2(Bucket=bucket)
    with pytest.raises(ClientError) as error:
        other.list_objects_v2(Bucket=bucket)
    assert code(error) == "AccessDenied"


def test_expected_bucket_owner(aws: Aws, bucket: str) -> None:
    owner = aws.role(ARCHIVE, "s3")
    owner.get_bucket_acl(Bucket=bucket, ExpectedBucketOwner=ARCHIVE)
    with pytest.raises(ClientError) as error:
        owner.get_bucket_acl(Bucket=bucket, ExpectedBucketOwner=MEMBER)
    assert code(error) == "AccessDenied"


def test_key_policy_decides(aws: Aws) -> None:
    admin, reader, other = (aws.role(*who) for who in ((ARCHIVE, "kms"), (ARCHIVE, "kms", "Reader"), (MEMBER, "kms")))
    key = admin.create_key()["KeyMetadata"]["Arn"]
    blob = admin.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert reader.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"  # the default policy delegates to IAM
    with pytest.raises(ClientError) as error:
        other.describe_key(KeyId=key)
    assert code(error) == "AccessDeniedException"
    admins = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:role/Admin"}, "kms:*", "*", Sid="Admins")
    actions = ["kms:DescribeKey", "kms:Encrypt", "kms:GetKeyPolicy"]
    members = allow({"AWS": f"arn:aws:iam::{MEMBER}:root"}, actions, "*", Sid="Members")
    admin.put_key_policy(KeyId=key, Policy=policy(admins, members))
    with pytest.raises(ClientError) as error:  # kms:Decrypt in the identity policy is not enough any more
        reader.decrypt(CiphertextBlob=blob)
    assert code(error) == "AccessDeniedException"
    assert other.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == ARCHIVE
    other.encrypt(KeyId=key, Plaintext=b"x")
    with pytest.raises(ClientError) as error:  # "Cross-account use: No", whatever the policy says
        other.get_key_policy(KeyId=key)
    assert code(error) == "AccessDeniedException"
    with pytest.raises(ClientError) as error:
        aws.role(ARCHIVE, "kms", region_name="eu-west-1").get_key_policy(KeyId=key)
    assert code(error) == "NotFoundException"


def test_region_that_is_not_enabled(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.role(ARCHIVE, "kms", region_name="me-south-1").list_keys()
    assert code(error) == "UnrecognizedClientException"
