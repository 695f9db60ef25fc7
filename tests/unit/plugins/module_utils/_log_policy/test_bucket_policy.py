# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy of the log bucket: options that are set take effect, everything else stays."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.bucket_policy import BUCKET_POLICY_LIMIT
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.managed_policy import PolicyState

from tests.fakes.fake_policies import (
    FOREIGN,
    FakePolicyStore,
    bucket_policy,
    empty_bucket,
    foreign_bucket,
    only,
    operations,
    run_bucket,
)
from tests.fakes.judge import may_write
from tests.fakes.support import (
    ARCHIVE,
    BUCKET,
    DEVELOPMENT,
    PRODUCTION,
    READER,
    STAGING,
    FakeGateway,
    account,
    failure,
    validated,
)

ALLOW = ["CentralLoggingAclCheck", "CentralLoggingWrite"]
DENY = ["CentralLoggingDenyDelete", "CentralLoggingDenyInsecureTransport"]
READ = ["CentralLoggingList", "CentralLoggingRead"]
GLASS = f"arn:aws:iam::{ARCHIVE}:role/BreakGlass"


def set_up(**options: Any) -> FakePolicyStore:
    """A bucket after a first run with all options."""
    store = foreign_bucket()
    everything = {
        "accounts": [account(PRODUCTION), account(STAGING)],
        "readers": [READER],
        "break_glass_principals": [GLASS],
        "deny_delete": True,
        "deny_insecure_transport": True,
        "key_prefix": "logs",
    }
    run_bucket(store, **{**everything, **options})
    return store


def test_a_first_run_puts_the_policy_once() -> None:
    store = empty_bucket()
    outcome = run_bucket(store, accounts=[account(PRODUCTION)])
    call = only(outcome)
    validated([call])
    assert call.operation == "put_bucket_policy"
    assert call.arguments["ExpectedBucketOwner"] == ARCHIVE
    assert store.sids == [*ALLOW, *DENY], "both protections are on in a policy without owned statements"
    assert len(store.writes) == 1


def test_every_call_names_the_expected_owner() -> None:
    store = set_up()
    run_bucket(store, state="absent", allow_weaken=True)
    assert store.calls
    assert {arguments["ExpectedBucketOwner"] for _service, _operation, arguments in store.calls} == {ARCHIVE}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"accounts": [account(PRODUCTION)]},
        {"readers": [READER]},
        {"break_glass_principals": [GLASS]},
        {"deny_delete": True},
        {"deny_insecure_transport": True},
        {"key_prefix": "logs"},
        {"key_prefix": "/logs/"},
        {"accounts": [account(STAGING), account(PRODUCTION)], "purge_accounts": True},
        {"accounts": [{"id": DEVELOPMENT}], "state": "absent"},
    ],
)
def test_options_that_already_hold_change_nothing(options: dict[str, Any]) -> None:
    store = set_up()
    outcome = run_bucket(store, **options)
    assert outcome.plan == ()
    assert len(store.writes) == 1


@pytest.mark.parametrize("layout", ["exact", "accounts", "compact", "organization"])
def test_allowed_accounts_stay_if_no_option_concerns_them(layout: str) -> None:
    store = set_up(layout=layout, organization_id="o-a1b2c3d4e5")
    before = [statement for statement in store.statements if statement["Sid"] in ALLOW]
    assert before
    run_bucket(store, readers=[])
    assert [statement for statement in store.statements if statement["Sid"] in ALLOW] == before


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"readers": []}, READ),
        ({"deny_delete": False}, ["CentralLoggingDenyDelete"]),
        ({"deny_insecure_transport": False}, ["CentralLoggingDenyInsecureTransport"]),
        ({"accounts": [], "purge_accounts": True}, ALLOW),
        ({"accounts": [{"id": PRODUCTION}, {"id": STAGING}], "state": "absent"}, ALLOW),
        ({"state": "absent"}, [*ALLOW, *READ, *DENY]),
    ],
)
def test_an_empty_value_removes_that_and_nothing_else(options: dict[str, Any], gone: list[str]) -> None:
    store = set_up()
    before = store.statements
    validated(run_bucket(store, **options, allow_weaken=True).plan)
    assert store.statements == [statement for statement in before if statement.get("Sid") not in gone]
    assert run_bucket(store, **options).plan == ()


@pytest.mark.parametrize(
    ("options", "clause"),
    [
        ({"deny_delete": False}, "no longer deny deletion"),
        ({"deny_insecure_transport": False}, "no longer deny requests without TLS"),
        ({"accounts": [], "purge_accounts": True}, "no account would be allowed any more"),
        ({"state": "absent"}, "no statement of this module any more"),
        ({"break_glass_principals": [f"arn:aws:iam::{ARCHIVE}:role/*"]}, "has a wildcard"),
        ({"break_glass_principals": [f"arn:aws:iam::{PRODUCTION}:role/Any"]}, f"is not in account {ARCHIVE}"),
        ({"key_prefix": "other", "accounts": [account(PRODUCTION)], "purge_accounts": True}, "write with prefix logs"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_a7_what_weakens_the_policy_is_refused(options: dict[str, Any], clause: str, check: bool) -> None:
    store = set_up()
    with pytest.raises(Refused, match=f"would be weakened: .*{clause}.*Set allow_weaken: true"):
        run_bucket(store, dry_run=check, **options)
    assert len(store.writes) == 1, "of set_up"
    assert run_bucket(store, **options, allow_weaken=True).changed


def test_a7_a_break_glass_principal_that_is_allowed_stays() -> None:
    store = empty_bucket()
    everyone = [f"arn:aws:iam::{ARCHIVE}:role/*"]
    run_bucket(store, accounts=[account(PRODUCTION)], break_glass_principals=everyone, allow_weaken=True)
    assert run_bucket(store, accounts=[account(STAGING)], break_glass_principals=everyone).changed


def test_a7_nothing_is_weakened_that_does_not_exist() -> None:
    assert run_bucket(empty_bucket(), accounts=[account(PRODUCTION)], deny_delete=False).changed
    assert run_bucket(empty_bucket(), state="absent").plan == ()


def test_foreign_statements_stay_byte_for_byte() -> None:
    store = foreign_bucket()
    original = store.text
    for options in ({"accounts": [account(PRODUCTION)]}, {"readers": [READER]}, {"state": "absent"}):
        run_bucket(store, **options, allow_weaken=True)
        assert store.text is not None
        assert FOREIGN in store.text
        assert '"Id":"Theirs"' in store.text
    assert original is not None
    assert store.text == original


def test_protections_that_are_off_stay_off() -> None:
    store = empty_bucket()
    run_bucket(store, accounts=[account(PRODUCTION)], deny_delete=False, deny_insecure_transport=False)
    run_bucket(store, accounts=[account(STAGING)])
    assert store.sids == ALLOW


def test_an_allowed_prefix_stays_until_it_is_purged() -> None:
    store = set_up(key_prefix="old")
    run_bucket(store, key_prefix="new")
    assert may_write(store.statements, PRODUCTION, prefix="old")
    assert may_write(store.statements, PRODUCTION, prefix="new")
    run_bucket(store, key_prefix="new", accounts=[account(PRODUCTION)], purge_accounts=True, allow_weaken=True)
    assert not may_write(store.statements, PRODUCTION, prefix="old")
    assert may_write(store.statements, PRODUCTION, prefix="new")
    assert not may_write(store.statements, STAGING, prefix="new")


def test_an_empty_prefix_is_a_prefix() -> None:
    store = set_up(key_prefix="old")
    run_bucket(store, key_prefix="")
    assert may_write(store.statements, PRODUCTION)
    assert may_write(store.statements, PRODUCTION, prefix="old")


def test_accounts_are_added_to_the_allowed_ones() -> None:
    store = set_up(key_prefix="")
    run_bucket(store, accounts=[account(DEVELOPMENT)])
    for identity in (PRODUCTION, STAGING, DEVELOPMENT):
        assert may_write(store.statements, identity)
    run_bucket(store, accounts=[{"id": STAGING}], state="absent", allow_weaken=True)
    assert may_write(store.statements, PRODUCTION)
    assert not may_write(store.statements, STAGING)


def test_the_policy_is_deleted_in_two_steps_if_an_owned_statement_denies_it() -> None:
    store = empty_bucket()
    run_bucket(store, accounts=[account(PRODUCTION)])
    outcome = run_bucket(store, state="absent", allow_weaken=True)
    lift, delete = validated(outcome.plan)
    assert operations(outcome) == ["put_bucket_policy", "delete_bucket_policy"]
    assert "DenyDelete" not in lift.arguments["Policy"]
    assert "Allow" not in lift.arguments["Policy"], "the interim policy allows nothing"
    assert store.text is None
    assert "AccessDenied" in delete.retry_codes, "until the removal of the denial is visible everywhere"
    assert delete.wait > 0


def test_the_policy_is_deleted_in_one_step_if_no_owned_statement_denies_it() -> None:
    store = empty_bucket()
    run_bucket(store, accounts=[account(PRODUCTION)], deny_delete=False)
    assert operations(run_bucket(store, state="absent", allow_weaken=True)) == ["delete_bucket_policy"]
    assert store.text is None
    assert run_bucket(store, state="absent", allow_weaken=True).plan == ()


def test_rendered_is_what_a_first_run_would_write() -> None:
    options: dict[str, Any] = {"accounts": [account(PRODUCTION)], "readers": [READER]}
    store = empty_bucket()
    run_bucket(store, **options)
    rendered = run_bucket(foreign_bucket(), state="rendered", **options)
    assert rendered.desired.document.value == store.value


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"bucket": "Logs"}, "bucket: 'Logs' is "),
        ({"key_prefix": "x/AWSLogs/"}, "key_prefix: .*AWSLogs"),
        ({"readers": ["LogReader"]}, "readers: 'LogReader' is not the ARN"),
        ({"readers": [f"arn:aws:iam::{ARCHIVE}:role/*"]}, "readers: "),
        ({"break_glass_principals": ["*"]}, "break_glass_principals: "),
        ({"accounts": [{"id": "1"}]}, "accounts: entry 1: id: "),
    ],
)
def test_bad_input_is_refused_before_any_call(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        bucket_policy(**options)


def test_too_many_accounts_are_refused_before_anything_is_written() -> None:
    store = empty_bucket()
    many = [account(f"{number:012d}") for number in range(1, 2000)]
    with pytest.raises(Refused, match=f"AWS accepts {BUCKET_POLICY_LIMIT} bytes"):
        run_bucket(store, accounts=many)
    assert store.writes == []


def test_a_policy_that_cannot_be_read_is_not_replaced() -> None:
    with pytest.raises(Refused, match=f"The policy of bucket {BUCKET} cannot be read"):
        run_bucket(FakePolicyStore("not json"), accounts=[account(PRODUCTION)])
    gateway = FakeGateway({("s3", "get_bucket_policy"): failure("InternalError")})
    with pytest.raises(AwsFailure):
        run_bucket(gateway, accounts=[account(PRODUCTION)])  # type: ignore[arg-type]
    assert gateway.operations == ["get_bucket_policy"]


@pytest.mark.parametrize("code", ["AccessDenied", "MethodNotAllowed"])
def test_a_bucket_of_another_account(code: str) -> None:
    gateway = FakeGateway({("s3", "get_bucket_policy"): failure(code)})
    with pytest.raises(AwsFailure, match=f"bucket {BUCKET} belongs to another account than {ARCHIVE}"):
        bucket_policy().read(gateway)  # type: ignore[arg-type]


def test_a_bucket_that_does_not_exist() -> None:
    gateway = FakeGateway({("s3", "get_bucket_policy"): failure("NoSuchBucket")})
    with pytest.raises(Refused, match=f"{BUCKET} cannot be written, because the bucket does not exist. This task has"):
        run_bucket(gateway, accounts=[account(PRODUCTION)], allow_missing_in_check_mode=True)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="bucket does not exist"):
        run_bucket(gateway, dry_run=True, accounts=[account(PRODUCTION)])  # type: ignore[arg-type]
    options: dict[str, Any] = {"accounts": [account(PRODUCTION)], "allow_missing_in_check_mode": True}
    planned = run_bucket(gateway, dry_run=True, **options)  # type: ignore[arg-type]
    validated(planned.plan)
    assert planned.changed
    assert run_bucket(gateway, state="absent", allow_weaken=True).plan == ()  # type: ignore[arg-type]


def test_plan_of_literal_states() -> None:
    policy = bucket_policy(accounts=[account(PRODUCTION)])
    before = PolicyState(document=None, identity=BUCKET, owner=ARCHIVE)
    desired = policy.desired(before)
    (call,) = policy.plan(before, desired)
    assert desired.document is not None
    assert call.arguments == {"Bucket": BUCKET, "ExpectedBucketOwner": ARCHIVE, "Policy": desired.document.text}
    assert policy.plan(desired, desired) == []
    assert policy.plan(desired, policy.desired(desired)) == []


def in_region(region: str) -> FakePolicyStore:
    """A bucket in that Region, after a first run."""
    store = set_up()
    store.writes.clear()
    headers = {"x-amz-bucket-region": region} if region else {}
    store.replies["s3", "head_bucket"] = {"ResponseMetadata": {"HTTPHeaders": headers}}
    return store


@pytest.mark.parametrize("dry_run", [False, True])
def test_a10_a_bucket_in_another_region_is_refused_before_any_change(dry_run: bool) -> None:
    store = in_region("us-east-1")
    with pytest.raises(Refused) as refused:
        run_bucket(store, dry_run=dry_run, accounts=[account(DEVELOPMENT)], bucket_region="eu-west-1")
    assert "is in Region us-east-1, not in eu-west-1" in str(refused.value)
    assert "central_logging_region in the inventory) to us-east-1" in str(refused.value)
    assert store.writes == []


def test_a10_a_bucket_in_the_expected_region_is_accepted() -> None:
    for region in ("us-east-1", ""):
        store = in_region(region)
        assert run_bucket(store, accounts=[account(DEVELOPMENT)], bucket_region="us-east-1").changed
        assert store.operations.count("head_bucket") == 1, "only before the change"


def test_a10_without_the_option_the_region_is_not_read() -> None:
    store = set_up()
    run_bucket(store, accounts=[account(DEVELOPMENT)])
    assert "head_bucket" not in store.operations


def test_a10_a_bucket_that_does_not_exist_yet_has_no_region() -> None:
    store = empty_bucket()
    store.replies["s3", "get_bucket_policy"] = failure("NoSuchBucket")
    outcome = run_bucket(
        store,
        dry_run=True,
        accounts=[account(PRODUCTION)],
        bucket_region="us-east-1",
        allow_missing_in_check_mode=True,
    )
    assert outcome.changed and "head_bucket" not in store.operations
