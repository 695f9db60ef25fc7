# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS where it differs from moto's: key policies, key states, rotation, aliases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from aws_clients import ARCHIVE, MEMBER, Aws, allow, code, policy

ROOT = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*", Sid="Root")


@pytest.fixture
def kms(aws: Aws) -> Any:
    return aws.role(ARCHIVE, "kms")


@pytest.fixture
def key(kms: Any) -> str:
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    return arn


def test_defaults_of_a_new_key(kms: Any, key: str) -> None:
    made = kms.describe_key(KeyId=key)["KeyMetadata"]
    usage = [made[name] for name in ("KeyUsage", "KeySpec", "KeyState", "Origin", "MultiRegion")]
    assert usage == ["ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "Enabled", "AWS_KMS", False]
    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert [statement["Sid"] for statement in document["Statement"]] == ["Enable IAM User Permissions"]


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        policy(ROOT, allow({"AWS": f"arn:aws:iam::{ARCHIVE}:role/Ghost"}, "kms:Decrypt", "*")),
        policy(ROOT, {"Sid": "NoAction", "Effect": "Allow", "Principal": "*", "Resource": "*"}),
        policy(ROOT, {"Sid": "NoResource", "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt"}),
        policy(allow({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey*", "*")),
    ],
    ids=["not JSON", "ghost", "no action", "no resource", "lockout"],
)
def test_malformed_policies(kms: Any, key: str, text: str) -> None:
    before = kms.get_key_policy(KeyId=key)["Policy"]
    with pytest.raises(ClientError) as error:
        kms.put_key_policy(KeyId=key, Policy=text)
    assert code(error) == "MalformedPolicyDocumentException"
    with pytest.raises(ClientError):
        kms.create_key(Policy=text)
    assert kms.get_key_policy(KeyId=key)["Policy"] == before


def test_lockout_check_can_be_bypassed(kms: Any, key: str) -> None:
    text = policy(allow({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey*", "*"))
    kms.put_key_policy(KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    with pytest.raises(ClientError) as error:
        kms.get_key_policy(KeyId=key)
    assert code(error) == "AccessDeniedException"


def test_policy_size(kms: Any, key: str) -> None:
    with pytest.raises(ClientError) as error:
        kms.put_key_policy(KeyId=key, Policy=policy(*[{**ROOT, "Sid": f"S{n}"} for n in range(400)]))
    assert code(error) == "LimitExceededException"


def test_rotation_period(aws: Aws, kms: Any, key: str) -> None:
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    with pytest.raises(ClientError) as error:
        unchecked = aws.role(ARCHIVE, "kms", config=Config(parameter_validation=False))
        unchecked.enable_key_rotation(KeyId=key, RotationPeriodInDays=30)
    assert code(error) == "ValidationException"
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)


def test_key_states(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError) as error:
        kms.decrypt(CiphertextBlob=blob)
    assert code(error) == "DisabledException"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with pytest.raises(ClientError) as error:
        kms.enable_key(KeyId=key)
    assert code(error) == "KMSInvalidStateException"
    kms.put_key_policy(KeyId=key, Policy=policy(ROOT))
    kms.cancel_key_deletion(KeyId=key)


def test_aliases(aws: Aws, kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/central", TargetKeyId=key)
    for reference in ("alias/central", f"arn:aws:kms:us-east-1:{ARCHIVE}:alias/central", key, key.rsplit("/", 1)[1]):
        assert kms.describe_key(KeyId=reference)["KeyMetadata"]["Arn"] == key
    with pytest.raises(ClientError) as error:
        aws.role(MEMBER, "kms").describe_key(KeyId="alias/central")  # names are those of the caller's account
    assert code(error) == "NotFoundException"
    state = aws.application.state
    found = [state.key(name, account, "us-east-1") for name in ("alias/central", key) for account in (ARCHIVE, MEMBER)]
    assert [bool(one) for one in found] == [True, False, True, True]
    kms.delete_alias(AliasName="alias/central")
    with pytest.raises(ClientError):
        kms.describe_key(KeyId="alias/central")


def test_unknown_operation_is_refused_at_once(aws: Aws, kms: Any) -> None:
    with pytest.raises(ClientError) as error:
        kms.describe_custom_key_stores()
    assert code(error) == "UnsupportedOperation"
    assert [call["status"] for call in aws.calls()][-1] == 400


def test_grants_are_listed(kms: Any, key: str) -> None:
    """With the ARN of the key, in pages, and for one principal."""
    assert kms.list_grants(KeyId=key)["Grants"] == []
    context = {"EncryptionContextSubset": {"aws:cloudtrail:arn": "arn:aws:cloudtrail:us-east-1:1:trail/a"}}
    role = f"arn:aws:iam::{ARCHIVE}:role/Reader"
    options = {"KeyId": key, "Operations": ["Decrypt"]}
    made = kms.create_grant(**options, GranteePrincipal=role, Constraints=context, Name="reader")["GrantId"]
    kms.create_grant(**options, GranteePrincipal=f"arn:aws:iam::{MEMBER}:role/Admin")
    [grant] = kms.list_grants(KeyId=key, GranteePrincipal=role)["Grants"]
    assert grant == {
        "KeyId": key,
        "GrantId": made,
        "Name": "reader",
        "GranteePrincipal": role,
        "IssuingAccount": f"arn:aws:iam::{ARCHIVE}:root",
        "Operations": ["Decrypt"],
        "Constraints": context,
    }
    pages = list(kms.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 1}))
    assert [len(page["Grants"]) for page in pages] == [1, 1]
    kms.revoke_grant(KeyId=key, GrantId=made)
    assert len(kms.list_grants(KeyId=key.rsplit("/", 1)[1])["Grants"]) == 1


def test_a_grant_allows_what_it_is_constrained_to(aws: Aws, kms: Any, key: str) -> None:
    kms.put_key_policy(KeyId=key, Policy=policy({**ROOT, "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:role/Admin"}}))
    nobody = aws.role(ARCHIVE, "kms", role="Nobody")
    context = {"account": "one", "more": "x"}
    cipher = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext=context)["CiphertextBlob"]

    def decrypted() -> bytes:
        text: bytes = nobody.decrypt(CiphertextBlob=cipher, EncryptionContext=context)["Plaintext"]
        return text

    role = f"arn:aws:iam::{ARCHIVE}:role/Nobody"
    other = {"EncryptionContextSubset": {"account": "two"}}
    for operations, constraints in (("Decrypt", other), ("Encrypt", {}), ("Decrypt", {"EncryptionContextEquals": {}})):
        kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=[operations], Constraints=constraints)
        with pytest.raises(ClientError) as error:
            decrypted()
        assert code(error) == "AccessDeniedException"
    subset = {"EncryptionContextSubset": {"account": "one"}}
    grant = kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"], Constraints=subset)["GrantId"]
    assert decrypted() == b"text"
    kms.revoke_grant(KeyId=key, GrantId=grant)
    with pytest.raises(ClientError):
        decrypted()
