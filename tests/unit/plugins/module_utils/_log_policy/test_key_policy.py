# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy of the central key: options that are set take effect, everything else stays."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws.kms import refuse_unusable
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_policy import KEY_POLICY_LIMIT

from tests.fakes.fake_policies import ROOT, FakePolicyStore, key, key_policy, only, policy, run_key
from tests.fakes.judge import may_decrypt, may_use_key
from tests.fakes.support import (
    ARCHIVE,
    DEVELOPMENT,
    KEY,
    KEY_ID,
    PRODUCTION,
    READER,
    REGION,
    STAGING,
    FakeGateway,
    account,
    failure,
    validated,
)

ENCRYPT = ["CentralLoggingEncrypt", "CentralLoggingDescribe"]
FORENSICS = f"arn:aws:iam::{ARCHIVE}:role/Forensics"
AUDITOR = f"arn:aws:iam::{PRODUCTION}:role/Auditor"
GENERATE = "kms:GenerateDataKey"


def set_up(**options: Any) -> FakePolicyStore:
    """A key after a first run with all options."""
    store = key()
    everything = {
        "accounts": [account(PRODUCTION), account(STAGING)],
        "decrypt_principals": [READER, {"arn": FORENSICS, "accounts": [PRODUCTION]}],
        "bucket_key": True,
    }
    run_key(store, **{**everything, **options})
    return store


def test_a_first_run_puts_the_policy_once_and_keeps_the_administrators() -> None:
    store = key()
    call = only(run_key(store, accounts=[account(PRODUCTION)], decrypt_principals=[READER]))
    validated([call])
    assert call.arguments["KeyId"] == KEY
    assert "BypassPolicyLockoutSafetyCheck" not in call.arguments
    assert store.sids == ["Enable IAM User Permissions", *ENCRYPT, "CentralLoggingDecrypt"]
    assert store.text is not None
    assert ROOT % ARCHIVE in store.text
    assert len(store.writes) == 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"accounts": [account(PRODUCTION)]},
        {"decrypt_principals": [{"arn": FORENSICS, "accounts": [PRODUCTION]}, {"arn": READER}]},
        {"decrypt_principals": [READER, READER, {"arn": FORENSICS, "accounts": [PRODUCTION, PRODUCTION]}]},
        {"bucket_key": True},
        {"accounts": [account(STAGING), account(PRODUCTION)], "purge_accounts": True},
        {"accounts": [{"id": DEVELOPMENT}], "state": "absent"},
    ],
)
def test_options_that_already_hold_change_nothing(options: dict[str, Any]) -> None:
    store = set_up()
    assert run_key(store, **options).plan == ()
    assert len(store.writes) == 1


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"decrypt_principals": []}, ["CentralLoggingDecrypt", "CentralLoggingDecryptLimited1"]),
        ({"decrypt_principals": [READER]}, ["CentralLoggingDecryptLimited1"]),
        ({"bucket_key": False}, ["CentralLoggingBucketKey"]),
        ({"accounts": [], "purge_accounts": True}, [*ENCRYPT, "CentralLoggingBucketKey"]),
        ({"accounts": [{"id": PRODUCTION}, {"id": STAGING}], "state": "absent"}, [*ENCRYPT, "CentralLoggingBucketKey"]),
    ],
)
def test_an_empty_value_removes_that_and_nothing_else(options: dict[str, Any], gone: list[str]) -> None:
    store = set_up()
    before = store.statements
    validated(run_key(store, **options, allow_weaken=True).plan)
    assert store.statements == [statement for statement in before if statement["Sid"] not in gone]
    assert run_key(store, **options).plan == ()


@pytest.mark.parametrize("options", [{"accounts": [], "purge_accounts": True}, {"state": "absent"}])
def test_a7_what_weakens_the_policy_is_refused(options: dict[str, Any]) -> None:
    store = set_up()
    with pytest.raises(Refused, match="would be weakened: .*Set allow_weaken: true"):
        run_key(store, **options)
    assert len(store.writes) == 1, "of set_up"


def test_absent_leaves_the_foreign_statements_only() -> None:
    store = key()
    original = store.text
    run_key(store, accounts=[account(PRODUCTION)], decrypt_principals=[READER], bucket_key=True)
    assert store.text != original
    run_key(store, state="absent", allow_weaken=True)
    assert store.text == original


def test_a_key_policy_is_never_emptied() -> None:
    store = FakePolicyStore(policy())
    run_key(store, accounts=[account(PRODUCTION)])
    with pytest.raises(Refused, match="nobody could manage the key"):
        run_key(store, state="absent", allow_weaken=True)
    assert len(store.writes) == 1


@pytest.mark.parametrize("layout", ["exact", "accounts", "compact", "organization"])
def test_allowed_accounts_stay_if_no_option_concerns_them(layout: str) -> None:
    store = set_up(layout=layout, organization_id="o-a1b2c3d4e5")
    before = [statement for statement in store.statements if statement["Sid"] in ENCRYPT]
    assert before
    run_key(store, decrypt_principals=[])
    assert [statement for statement in store.statements if statement["Sid"] in ENCRYPT] == before


def test_trails_encrypt_and_principals_decrypt() -> None:
    store = set_up(bucket_key=False)
    for identity in (PRODUCTION, STAGING):
        assert may_use_key(store.statements, GENERATE, identity)
        assert not may_use_key(store.statements, "kms:Decrypt", identity)
    assert not may_use_key(store.statements, GENERATE, DEVELOPMENT)
    owned = store.statements[1:]  # the first statement allows the account's administrators all actions
    assert may_decrypt(owned, READER, STAGING)
    assert may_decrypt(owned, FORENSICS, PRODUCTION)
    assert not may_decrypt(owned, FORENSICS, STAGING)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"decrypt_principals": ["LogReader"]}, "decrypt_principals: 'LogReader' is not the ARN"),
        ({"decrypt_principals": [READER + "*"]}, "decrypt_principals: "),
        ({"decrypt_principals": [7]}, "decrypt_principals: 7 is neither"),
        ({"decrypt_principals": [{"accounts": [PRODUCTION]}]}, "is neither an ARN nor a dict"),
        ({"decrypt_principals": [{"arn": READER, "account": [PRODUCTION]}]}, "is neither an ARN nor a dict"),
        ({"decrypt_principals": [{"arn": READER, "accounts": PRODUCTION}]}, f"accounts of {READER} is not a list"),
        ({"decrypt_principals": [{"arn": READER, "accounts": [12345]}]}, f"accounts of {READER}: '12345'"),
        ({"accounts": [{"id": "1"}]}, "accounts: entry 1: id: "),
    ],
)
def test_bad_input_is_refused_before_any_call(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        key_policy(**options)


OVERLAP: dict[str, Any] = {"accounts": [account(PRODUCTION)], "decrypt_principals": [AUDITOR]}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"key": f"arn:aws:kms:{REGION}:{ARCHIVE}:alias/central"},
        {"key": KEY_ID, "account_id": ARCHIVE},
        {"key": "alias/central", "assume_role_arn": f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"},
    ],
)
def test_overlap_is_refused_before_any_call_if_the_owner_is_known(options: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=f"{AUDITOR} would decrypt and belongs to an account whose trail encrypts"):
        key_policy(**OVERLAP, **options)
    key_policy(**OVERLAP, **options, allow_overlap=True)


def test_overlap_is_refused_before_any_write_if_the_owner_must_be_read() -> None:
    store = key()
    with pytest.raises(Refused, match="This task has changed nothing"):
        run_key(store, key="alias/central", **OVERLAP)
    assert store.writes == []


def test_overlap_with_accounts_that_are_already_allowed() -> None:
    store = set_up()
    with pytest.raises(Refused, match=AUDITOR):
        run_key(store, decrypt_principals=[AUDITOR])
    run_key(store, decrypt_principals=[AUDITOR], allow_overlap=True)
    assert may_decrypt(store.statements, AUDITOR, PRODUCTION)
    store = set_up(accounts=[account(STAGING)], decrypt_principals=[AUDITOR])
    with pytest.raises(Refused, match=AUDITOR):
        run_key(store, accounts=[account(PRODUCTION)])


def test_the_owner_of_the_key_may_do_both() -> None:
    store = key()
    run_key(store, accounts=[account(ARCHIVE)], decrypt_principals=[READER])
    assert may_use_key(store.statements, GENERATE, ARCHIVE)


def test_removing_an_account_ends_an_overlap() -> None:
    store = set_up(decrypt_principals=[AUDITOR], allow_overlap=True)
    run_key(store, accounts=[{"id": PRODUCTION}], state="absent", decrypt_principals=[AUDITOR])
    assert not may_use_key(store.statements, GENERATE, PRODUCTION)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ('{"Sid":"Legacy","Effect":"Allow","Principal":{"AWS":"111122223333"},"Resource":"*"}', "Legacy, .*Action"),
        ('{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*"}', "#2, .*no Resource"),
        (
            '{"Sid":"Gone","Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEID1234567"},"Action":"kms:*","Resource":"*"}',
            "Gone, .*AROAEXAMPLEID1234567",
        ),
    ],
)
def test_a_statement_that_kms_would_reject_is_named_before_anything_is_written(statement: str, reason: str) -> None:
    store = FakePolicyStore(policy(ROOT % ARCHIVE, statement))
    with pytest.raises(Refused, match=f"holds statement {reason}.*This task has changed nothing"):
        run_key(store, accounts=[account(PRODUCTION)])
    assert store.writes == []
    assert run_key(store, accounts=[{"id": PRODUCTION}], state="absent", allow_weaken=True).plan == (), (
        "nothing to write, nothing to reject"
    )


METADATA = {"Arn": KEY, "AWSAccountId": ARCHIVE, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({"KeyState": "PendingDeletion"}, "pending deletion"),
        ({"KeyState": "Disabled"}, "is Disabled"),
        ({"KeyState": "PendingImport"}, "is PendingImport"),
        ({"KeyState": "Unavailable"}, "is Unavailable"),
        ({"KeyManager": "AWS"}, "managed by AWS"),
        ({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}, "RSA_2048.*symmetric"),
        ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, "symmetric"),
    ],
)
def test_keys_that_cannot_encrypt(metadata: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=f"{KEY}.*{sentence}"):
        refuse_unusable({**METADATA, **metadata})


def test_a_key_that_can_encrypt() -> None:
    refuse_unusable(METADATA)
    refuse_unusable({**METADATA, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"})


def test_the_key_of_another_account() -> None:
    store = key()
    store.account = PRODUCTION
    with pytest.raises(Refused, match=f"belongs to account {ARCHIVE}.*Run in account {ARCHIVE}"):
        run_key(store, accounts=[account(PRODUCTION)])


def test_a_key_that_does_not_exist() -> None:
    gateway: Any = FakeGateway({("kms", "describe_key"): failure("NotFoundException")})
    with pytest.raises(Refused, match="because the key does not exist. This task has"):
        run_key(gateway, key="alias/central", accounts=[account(PRODUCTION)])
    planned = run_key(
        gateway, key="alias/central", accounts=[account(PRODUCTION)], allow_missing_in_check_mode=True, dry_run=True
    )
    assert planned.changed
    result = key_policy(key="alias/central").result(planned)
    assert result["key_arn"] == f"arn:aws:kms:{REGION}:{ARCHIVE}:alias/central"


def test_a_read_that_fails_is_an_error() -> None:
    gateway: Any = FakeGateway({**key().replies, ("kms", "get_key_policy"): failure("NotFoundException")})
    with pytest.raises(AwsFailure):
        run_key(gateway, accounts=[account(PRODUCTION)])


def test_too_many_accounts_are_refused_before_anything_is_written() -> None:
    store = key()
    with pytest.raises(Refused, match=f"AWS accepts {KEY_POLICY_LIMIT} bytes"):
        run_key(store, accounts=[account(f"{number:012d}") for number in range(1, 3000)])
    assert store.writes == []
