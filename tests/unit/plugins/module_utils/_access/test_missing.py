# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Principals that are expected to decrypt or to read: a Deny counts, whatever IAM policies allow.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import FakeLogArchive, allow, deny
from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, READER, STRANGER

FAILED, INFO, NONE = "failed", "info", ""
LOGS = f"arn:aws:s3:::{BUCKET}/AWSLogs"
CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
OTHER_ROLE = f"arn:aws:iam::{ARCHIVE}:role/Other"
THEIR_ROLE = f"arn:aws:iam::{STRANGER}:role/Theirs"
ACCOUNT_ROOT = f"arn:aws:iam::{ARCHIVE}:root"


def statuses(kind: str, archive: FakeLogArchive, expected: str) -> str:
    """The status of the finding about what is expected; empty if there is none."""
    options = {"decrypt_principals": [expected], "readers": [expected], "key_prefix": ""}
    findings = fake_log_archive.report(archive, **options)["findings"]
    found = [finding for finding in findings if finding["kind"] == kind]
    assert all(finding["resource"] == expected for finding in found)
    causes = {"cannot_decrypt": "key_denied", "cannot_read": "bucket_denied"}
    assert all(finding["cause"] == (causes[kind] if finding["status"] == FAILED else "") for finding in found)
    return found[0]["status"] if found else NONE


def when(**condition: Any) -> dict[str, Any]:
    return {"Condition": condition}


def without_principal(**elements: Any) -> dict[str, Any]:
    statement = deny("*", **elements)
    del statement["Principal"]
    return statement


@pytest.mark.parametrize(
    ("denial", "status"),
    [
        (deny("kms:Decrypt", {"AWS": READER}), FAILED),
        (deny("kms:*", {"AWS": READER}), FAILED),
        (deny("kms:De?rypt"), FAILED),
        (deny("kms:Decrypt", **when(StringEquals={"aws:PrincipalArn": READER})), FAILED),
        (deny("kms:Decrypt", **when(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:*"})), FAILED),
        (deny("kms:Decrypt", **when(ArnNotEquals={"aws:PrincipalArn": OTHER_ROLE})), FAILED),
        (deny("kms:Decrypt", **when(StringEquals={"kms:CallerAccount": ARCHIVE})), FAILED),
        (deny("kms:Decrypt", **when(Bool={"aws:PrincipalIsAWSService": "false"})), FAILED),
        (deny("kms:Decrypt", **when(StringNotEqualsIfExists={"aws:PrincipalAccount": PRODUCTION})), FAILED),
        (deny("kms:Decrypt", **when(Null={"aws:SourceArn": "true"})), FAILED),
        (without_principal(NotPrincipal={"AWS": OTHER_ROLE}), FAILED),
        (deny("kms:Decrypt", **when(StringLike={"kms:ViaService": "s3.*"})), INFO),
        (deny("kms:Decrypt", **when(Bool={"aws:SecureTransport": "true"})), FAILED),  # KMS requires TLS
        (deny("kms:Decrypt", {"AWS": READER.replace("role/", "role/other-path/")}), INFO),
        (deny("kms:Decrypt", **when(IpAddress={"aws:SourceIp": "10.0.0.0/8"})), INFO),
        (deny("kms:Decrypt", **when(BoolIfExists={"aws:MultiFactorAuthPresent": "false"})), INFO),
        (deny("kms:Decrypt", **when(StringNotEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"})), INFO),
        (deny("kms:Decrypt", **when(StringLike={CONTEXT: f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*"})), INFO),
        (deny("kms:Decrypt", **when(Unheard={"of": "it"})), INFO),
        (deny("kms:Decrypt", {"AWS": ACCOUNT_ROOT}), INFO),  # AWS does not document what this denies to roles
        (without_principal(NotPrincipal={"AWS": READER}), INFO),
        (without_principal(NotPrincipal={"AWS": [READER, ACCOUNT_ROOT]}), NONE),
        (deny("kms:Decrypt", {"AWS": OTHER_ROLE}, **when(Bool={"aws:SecureTransport": "false"})), NONE),
        (deny("kms:Decrypt", {"AWS": THEIR_ROLE}), NONE),
        (deny("kms:Encrypt", {"AWS": READER}), NONE),
        (deny("kms:Decrypt", **when(Bool={"aws:SecureTransport": "false"})), NONE),
        (deny("kms:Decrypt", **when(StringNotEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"})), NONE),
        (deny("kms:Decrypt", **when(StringEquals={"aws:PrincipalAccount": STRANGER})), NONE),
    ],
)  # fmt: skip
def test_a_denial_for_an_expected_decrypter(denial: dict[str, Any], status: str) -> None:
    assert statuses("cannot_decrypt", FakeLogArchive(more_key=[denial]), READER) == status
    only_iam = [fake_log_archive.ROOT, denial]
    found = statuses("cannot_decrypt", FakeLogArchive(key=only_iam), READER)
    assert found == (status or INFO), "IAM policies may allow it"
    grant = {"GrantId": "g", "Operations": ["Decrypt"], "GranteePrincipal": READER}
    assert statuses("cannot_decrypt", FakeLogArchive(key=only_iam, grants=[grant]), READER) == status


@pytest.mark.parametrize(
    ("denial", "status"),
    [
        (deny("s3:GetObject", {"AWS": READER}, "bucket"), FAILED),
        (deny("s3:Get*", policy="bucket", Resource=f"{LOGS}/*"), FAILED),  # whatever else is in the bucket
        (deny("s3:GetObject", policy="bucket", Resource=[f"{LOGS}/*/*/CloudTrail*", f"{LOGS}/*/CloudTrail*"]), FAILED),
        (deny("s3:GetObject", policy="bucket", Resource=f"{LOGS}/{PRODUCTION}/*"), INFO),
        (deny("s3:GetObject", policy="bucket", Resource=f"{LOGS}/${{aws:PrincipalAccount}}/*"), INFO),
        (deny("s3:GetObject", policy="bucket", Resource=f"{LOGS}/{PRODUCTION}/Config/*"), NONE),
        (deny("s3:GetObject", policy="bucket", Resource=f"arn:aws:s3:::{BUCKET}"), NONE),
        (deny("s3:GetObjectVersion", {"AWS": READER}, "bucket"), NONE),
        (deny("s3:GetObject", policy="bucket", **when(NumericLessThan={"s3:TlsVersion": "1.2"})), INFO),
    ],
)  # fmt: skip
def test_a_denial_for_an_expected_reader(denial: dict[str, Any], status: str) -> None:
    assert statuses("cannot_read", FakeLogArchive(more_bucket=[denial]), READER) == status
    assert statuses("cannot_read", FakeLogArchive(bucket=[denial]), READER) == (status or INFO)


def test_several_denials_that_leave_nothing_together() -> None:
    tls = {"Bool": {"aws:SecureTransport": "true"}}, {"Bool": {"aws:SecureTransport": "false"}}
    denials = [deny("kms:Decrypt", Sid=f"D{number}", Condition=given) for number, given in enumerate(tls)]
    no_key = {"Null": {"aws:SecureTransport": "true"}}
    denials.append(deny("kms:Decrypt", Sid="D2", Condition=no_key))
    assert statuses("cannot_decrypt", FakeLogArchive(more_key=denials), READER) == FAILED
    assert statuses("cannot_decrypt", FakeLogArchive(more_key=denials[1:]), READER) == NONE


@pytest.mark.parametrize("expected", [THEIR_ROLE, f"arn:aws:iam::{STRANGER}:root"])
def test_a_denial_for_an_expected_principal_of_another_account(expected: str) -> None:
    allowed = allow("kms:Decrypt", {"AWS": expected})
    assert statuses("cannot_decrypt", FakeLogArchive(more_key=[allowed]), expected) == NONE
    denied = FakeLogArchive(more_key=[allowed, deny("kms:Decrypt")])
    assert statuses("cannot_decrypt", denied, expected) == FAILED


@pytest.mark.parametrize("action", ["kms:ReEncryptFrom", "kms:CreateGrant"])
def test_another_way_to_decrypt_is_not_what_is_expected(action: str) -> None:
    """Who reads log files through S3 needs kms:Decrypt."""
    archive = FakeLogArchive(key=[allow(action, {"AWS": READER})])
    assert statuses("cannot_decrypt", archive, READER) == FAILED


def test_a_denial_that_exempts_roles_by_their_names() -> None:
    exempting = deny("kms:Decrypt", **when(ArnNotLike={"aws:PrincipalArn": f"{READER[:-3]}*"}))
    assert statuses("cannot_decrypt", FakeLogArchive(more_key=[exempting]), READER) == NONE
    archive = FakeLogArchive(key=[fake_log_archive.ROOT, exempting])
    assert statuses("cannot_decrypt", archive, READER) == INFO, "IAM policies may allow it"


def test_the_sentence() -> None:
    archive = FakeLogArchive(more_key=[deny("kms:Decrypt", {"AWS": READER})])
    findings = fake_log_archive.report(archive, decrypt_principals=[READER])["findings"]
    (found,) = [finding for finding in findings if finding["kind"] == "cannot_decrypt"]
    assert found["message"] == (
        f"{READER} is expected to decrypt, but statement TheirDenial denies it kms:Decrypt. A Deny overrides everything"
        f" that allows it."
    )
    assert found["remediation"] == "Change statement TheirDenial so that kms:Decrypt is not denied to the principal."
    assert KEY not in found["message"]
