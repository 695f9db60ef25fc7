# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may encrypt and decrypt with the statements of the central key, evaluated by the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import key_statements
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import (
    AllowedAccounts,
    AllowedTrail,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_statements import Decrypter
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.layouts import LAYOUTS
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.organization_trails import (
    OrganizationTrails,
)

from cloudtrail_sandbox import judge
from tests.fakes.judge import CLOUDTRAIL, allowed, may_decrypt, may_use_key
from tests.fakes.support import ARCHIVE, DEVELOPMENT, KEY, PRODUCTION, READER, REGION, STAGING, STRANGER

ORG = "o-a1b2c3d4e5"
ALLOWED = AllowedAccounts(
    trails=frozenset(AllowedTrail(account=account, region=REGION, name="trail") for account in (PRODUCTION, STAGING)),
    organization=ORG,
)
ALL_LAYOUTS = pytest.mark.parametrize("layout", LAYOUTS)
FORENSICS = f"arn:aws:iam::{ARCHIVE}:role/Forensics"
ROOT = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": ARCHIVE}, "Action": "kms:*", "Resource": "*"}


def encrypt(layout: str) -> list[dict[str, Any]]:
    return key_statements.allow_accounts("aws", layout, ALLOWED)


@ALL_LAYOUTS
@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"])
def test_allowed_accounts_may_encrypt(layout: str, action: str) -> None:
    for account in (PRODUCTION, STAGING):
        assert may_use_key(encrypt(layout), action, account, organization=ORG)


@ALL_LAYOUTS
def test_another_account_may_not_encrypt(layout: str) -> None:
    assert not may_use_key(encrypt(layout), "kms:GenerateDataKey", STRANGER)
    assert not may_use_key(encrypt(layout), "kms:GenerateDataKey", STRANGER, organization="o-strangers1")


@ALL_LAYOUTS
def test_encrypting_needs_the_context_of_a_trail(layout: str) -> None:
    source = {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/trail", "aws:SourceAccount": PRODUCTION}
    source["aws:SourceOrgID"] = ORG
    assert not allowed(encrypt(layout), "kms:GenerateDataKey", KEY, source)


@ALL_LAYOUTS
def test_encrypting_does_not_let_anybody_decrypt(layout: str) -> None:
    assert not may_use_key(encrypt(layout), "kms:Decrypt", PRODUCTION, organization=ORG)
    for statement in encrypt(layout):
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}


@ALL_LAYOUTS
def test_with_a_bucket_key_cloudtrail_decrypts_for_allowed_accounts_only(layout: str) -> None:
    statements = key_statements.allow_bucket_key("aws", layout, ALLOWED, OrganizationTrails())
    assert may_use_key(statements, "kms:Decrypt", PRODUCTION, organization=ORG)
    assert not may_use_key(statements, "kms:Decrypt", STRANGER)
    assert not may_use_key(statements, "kms:Decrypt", STRANGER, organization="o-strangers1")
    assert not allowed(statements, "kms:Decrypt", KEY, {}, judge.Principal("role", arn=READER))


@ALL_LAYOUTS
def test_no_allowed_accounts_need_no_statements(layout: str) -> None:
    assert key_statements.allow_accounts("aws", layout, AllowedAccounts()) == []
    assert key_statements.allow_bucket_key("aws", layout, AllowedAccounts(), OrganizationTrails()) == []


DECRYPTERS = [
    Decrypter(arn=READER),
    Decrypter(arn=FORENSICS, accounts=(PRODUCTION,)),
    Decrypter(arn="arn:aws:iam::111122223333:role/Two", accounts=(STAGING, PRODUCTION)),
    Decrypter(arn="arn:aws:iam::111122223333:role/TwoMore", accounts=(PRODUCTION, STAGING)),
]


def test_a_reader_decrypts_every_log_and_nothing_but_logs() -> None:
    statements = key_statements.allow_decrypt("aws", DECRYPTERS)
    for account in (PRODUCTION, STAGING, DEVELOPMENT):
        assert may_decrypt(statements, READER, account)
    assert not may_decrypt(statements, READER, None)


def test_a_limited_reader_decrypts_the_logs_of_its_accounts_only() -> None:
    statements = key_statements.allow_decrypt("aws", DECRYPTERS)
    assert may_decrypt(statements, FORENSICS, PRODUCTION)
    assert not may_decrypt(statements, FORENSICS, STAGING)
    assert not may_decrypt(statements, FORENSICS, None)
    for arn in ("arn:aws:iam::111122223333:role/Two", "arn:aws:iam::111122223333:role/TwoMore"):
        assert [account for account in (PRODUCTION, STAGING, DEVELOPMENT) if may_decrypt(statements, arn, account)] == [
            PRODUCTION,
            STAGING,
        ]


def test_readers_may_only_decrypt() -> None:
    statements = key_statements.allow_decrypt("aws", DECRYPTERS)
    assert not may_decrypt(statements, f"arn:aws:iam::{STRANGER}:role/LogReader", PRODUCTION)
    reader = judge.Principal("role", arn=READER)
    for action in ("kms:Encrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"):
        assert not allowed(statements, action, KEY, {}, reader)
    assert not may_use_key(statements, "kms:Decrypt", PRODUCTION)


@pytest.mark.parametrize("chosen", [DECRYPTERS[:0], DECRYPTERS[:1], DECRYPTERS[1:2], DECRYPTERS[1:], DECRYPTERS])
def test_decrypters_are_recovered(chosen: list[Decrypter]) -> None:
    statements = key_statements.allow_decrypt("aws", chosen)
    sids = [statement["Sid"] for statement in statements]
    assert len(set(sids)) == len(sids)
    assert all(key_statements.part(sid) == "decrypt" for sid in sids)
    recovered = key_statements.decrypters_of(json.loads(json.dumps(statements)))
    assert {(d.arn, frozenset(d.accounts)) for d in recovered} == {(d.arn, frozenset(d.accounts)) for d in chosen}


def test_decrypters_are_recovered_in_any_case_of_the_condition_key() -> None:
    """Condition keys are not case-sensitive. A limited decrypter must not be taken for an unlimited one."""
    statement = {
        "Sid": "CentralLoggingDecryptLimited1",
        "Principal": {"AWS": FORENSICS},
        "Condition": {
            "StringLike": {"kms:encryptioncontext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*"}
        },
    }
    assert key_statements.decrypters_of([statement]) == [Decrypter(arn=FORENSICS, accounts=(PRODUCTION,))]


@pytest.mark.parametrize(
    ("arn", "overlaps"),
    [
        (READER, False),
        (f"arn:aws:iam::{PRODUCTION}:role/Auditor", True),
        (f"arn:aws:sts::{STAGING}:assumed-role/Auditor/me", True),
        (f"arn:aws:iam::{STAGING}:root", True),
        (f"arn:aws:iam::{STRANGER}:root", False),
    ],
)
def test_overlap(arn: str, overlaps: bool) -> None:
    accounts = [*ALLOWED.accounts, ARCHIVE]
    for decrypter in (Decrypter(arn=arn), Decrypter(arn=arn, accounts=(PRODUCTION,))):
        assert key_statements.overlap([decrypter], accounts, ARCHIVE) == ([decrypter] if overlaps else [])


def _statement(**elements: Any) -> dict[str, Any]:
    whole = {"Effect": "Allow", "Principal": {"AWS": READER}, "Action": "kms:*", "Resource": "*", **elements}
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (_statement(), ""),
        (_statement(Action=None, NotAction="kms:Decrypt"), ""),
        (_statement(Principal="*"), ""),
        (_statement(Principal={"Service": "logs.amazonaws.com"}), ""),
        (_statement(Action=None), "neither Action nor NotAction"),
        (_statement(Resource=None), "no Resource"),
        (_statement(Resource=None, NotResource="*"), "no Resource"),
        (_statement(Principal={"AWS": "AROAEXAMPLEID1234567"}), "AROAEXAMPLEID1234567"),
        (_statement(Principal={"AWS": [READER, "AIDACKCEVSQ6C2EXAMPLE"]}), "AIDACKCEVSQ6C2EXAMPLE"),
        (_statement(Principal=None, NotPrincipal={"AWS": "AROAEXAMPLEID1234567"}), "deleted"),
        (_statement(Principal={"AWS": "ARCHIVE"}), ""),
    ],
)
def test_the_reason_why_kms_rejects_a_statement(statement: dict[str, Any], reason: str) -> None:
    rejected = key_statements.rejected(statement)
    assert reason in rejected
    assert bool(rejected) is bool(reason)


@ALL_LAYOUTS
def test_aws_would_accept_the_policy(layout: str) -> None:
    statements = [
        ROOT,
        *encrypt(layout),
        *key_statements.allow_bucket_key("aws", layout, ALLOWED, OrganizationTrails()),
        *key_statements.allow_decrypt("aws", DECRYPTERS),
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    judge.check_key_policy(text, ARCHIVE, READER, lambda _name: True, False)
    sids = [statement["Sid"] for statement in statements]
    assert len(set(sids)) == len(sids)
    assert all(key_statements.part(sid) for sid in sids[1:])
    assert not any(key_statements.rejected(statement) for statement in statements)
    assert may_use_key(statements, "kms:GenerateDataKey", PRODUCTION, organization=ORG)


@pytest.mark.parametrize("sid", ["", "Enable IAM User Permissions", "CentralLogging", "2CentralLoggingDecrypt"])
def test_foreign_sids_belong_to_no_part(sid: str) -> None:
    assert key_statements.part(sid) == ""


def test_only_cloudtrail_encrypts() -> None:
    trail = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/trail"
    source = {"aws:SourceArn": trail, "kms:EncryptionContext:aws:cloudtrail:arn": trail}
    other = judge.Principal("service", service="logs.amazonaws.com")
    assert allowed(encrypt("exact"), "kms:GenerateDataKey", KEY, source, CLOUDTRAIL)
    assert not allowed(encrypt("exact"), "kms:GenerateDataKey", KEY, source, other)
