# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Organization trails: what the policies allow, evaluated by the sandbox, and how the trails are added and removed."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import AllowedTrail
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.bucket_policy import BucketPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.organization_trails import (
    OrganizationTrails,
    recover,
)

from cloudtrail_sandbox import judge
from tests.fakes.fake_policies import (
    FOREIGN,
    FakePolicyStore,
    bucket_policy,
    empty_bucket,
    key,
    key_policy,
    operations,
    policy,
    run,
    run_bucket,
    run_key,
)
from tests.fakes.judge import CONTEXT, allowed, may_use_key, may_write
from tests.fakes.support import (
    ARCHIVE,
    BUCKET,
    KEY,
    PRODUCTION,
    READER,
    REGION,
    STAGING,
    account,
    as_aws_shows,
    bucket_options,
)

ORG, OTHER_ORG, MANAGEMENT = "o-a1b2c3d4e5", "o-zzzzzzzzzz", "222233334444"
TRAIL = {"management_account_id": MANAGEMENT, "trail_name": "OrganizationTrail", "region": None}
ARN = f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/OrganizationTrail"
OPTIONS: dict[str, Any] = {"organization_id": ORG, "organization_trails": [TRAIL]}


def writes(store: FakePolicyStore, folder: str, name: str = "OrganizationTrail", **options: Any) -> bool:
    return may_write(store.statements, MANAGEMENT, name, folder=folder, **options)


def encrypts(store: FakePolicyStore, name: str = "OrganizationTrail", **options: Any) -> bool:
    return may_use_key(store.statements, "kms:GenerateDataKey", MANAGEMENT, name, **options)


def test_the_bucket_allows_the_trail_in_both_folders_and_no_other_trail() -> None:
    store = empty_bucket()
    run_bucket(store, **OPTIONS)
    assert store.sids[:3] == [
        "CentralLoggingOrganizationAclCheck",
        "CentralLoggingOrganizationWriteManagement",
        "CentralLoggingOrganizationWrite",
    ]
    assert writes(store, MANAGEMENT)
    assert writes(store, f"{ORG}/{PRODUCTION}")
    assert writes(store, f"{ORG}/{MANAGEMENT}")
    assert not writes(store, PRODUCTION), "not the folder of an account's own trail"
    assert not writes(store, f"{OTHER_ORG}/{PRODUCTION}")
    assert not writes(store, MANAGEMENT, "another")
    assert not writes(store, MANAGEMENT, region="eu-west-1")
    assert not may_write(store.statements, PRODUCTION, "OrganizationTrail", organization=ORG), "members' own trails"
    judge.check_bucket_policy(store.text or "", BUCKET, lambda _name: True)


def test_each_of_the_three_statements_is_bound_to_the_trail_in_the_management_account() -> None:
    store = empty_bucket()
    run_bucket(store, **OPTIONS, deny_delete=False, deny_insecure_transport=False)
    for statement in store.statements:
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == [ARN]


def test_the_key_allows_the_trail_and_no_other_trail() -> None:
    store = key()
    run_key(store, **OPTIONS)
    assert encrypts(store)
    assert may_use_key(store.statements, "kms:DescribeKey", MANAGEMENT, "OrganizationTrail")
    assert not encrypts(store, "another")
    assert not may_use_key(store.statements, "kms:GenerateDataKey", PRODUCTION, "OrganizationTrail", organization=ORG)
    assert not may_use_key(store.statements, "kms:Decrypt", MANAGEMENT, "OrganizationTrail")
    foreign_context = {"aws:SourceArn": ARN, CONTEXT: f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/t"}
    assert not allowed(store.statements, "kms:GenerateDataKey", KEY, foreign_context)
    judge.check_key_policy(store.text or "", ARCHIVE, READER, lambda _name: True, False)


def test_with_a_bucket_key_cloudtrail_decrypts_for_the_trail() -> None:
    store = key()
    run_key(store, **OPTIONS, bucket_key=True)
    assert may_use_key(store.statements, "kms:Decrypt", MANAGEMENT, "OrganizationTrail")
    assert not may_use_key(store.statements, "kms:Decrypt", PRODUCTION, organization=ORG)


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_in_every_partition(region: str, partition: str) -> None:
    statements = statements_in(region)
    assert f"arn:{partition}:cloudtrail:{region}:{MANAGEMENT}:trail/OrganizationTrail" in json.dumps(statements)
    assert partition == "aws" or "arn:aws:" not in json.dumps(statements)


def statements_in(region: str) -> list[dict[str, Any]]:
    store = empty_bucket()
    run(BucketPolicy(bucket_options(**OPTIONS), region), store)
    return store.statements


KINDS = pytest.mark.parametrize(
    ("make", "store_of"),
    [(bucket_policy, lambda: FakePolicyStore(policy(FOREIGN))), (key_policy, key)],
    ids=["bucket", "key"],
)


@KINDS
@pytest.mark.parametrize("seed", range(5))
def test_a_second_run_changes_nothing(make: Any, store_of: Any, seed: int) -> None:
    store = store_of()
    options = {**OPTIONS, "accounts": [account(ARCHIVE), account(PRODUCTION)]}
    run(make(**options), store)
    store.text = as_aws_shows(store.text or "", random.Random(seed))
    assert operations(run(make(**options), store)) == []
    assert operations(run(make(accounts=[account(PRODUCTION)]), store)) == [], "unmentioned, it stays"
    assert operations(run(make(), store)) == []


@KINDS
def test_the_trail_is_added_and_removed_independently_of_accounts(make: Any, store_of: Any) -> None:
    """The move from account trails: both are allowed until the accounts are removed."""
    store = store_of()
    run(make(accounts=[account(PRODUCTION), account(STAGING)]), store)
    outcome = run(make(**OPTIONS), store)
    result = make().result(outcome)
    assert (result["accounts"], result["layout"]) == ([STAGING, PRODUCTION], "exact")
    assert result["organization_trails"] == [ARN]
    assert result["organization_id"] is None, "the organization is not allowed as a whole"
    run(make(accounts=[{"id": PRODUCTION}, {"id": STAGING}], state="absent", allow_weaken=True), store)
    assert "CentralLoggingOrganizationDescribe" in store.sids or "CentralLoggingOrganizationWrite" in store.sids
    assert "CentralLoggingWrite" not in store.sids and "CentralLoggingEncrypt" not in store.sids
    run(make(organization_trails=[TRAIL], state="absent", allow_weaken=True), store)
    assert not any("Organization" in sid for sid in store.sids)


@KINDS
def test_a_second_trail_does_not_replace_the_first_unless_the_list_is_complete(make: Any, store_of: Any) -> None:
    store = store_of()
    run(make(**OPTIONS), store)
    renamed = {**OPTIONS, "organization_trails": [{**TRAIL, "trail_name": "Renamed"}]}
    outcome = run(make(**renamed), store)
    assert [arn.split("/")[1] for arn in make().result(outcome)["organization_trails"]] == [
        "OrganizationTrail",
        "Renamed",
    ]
    outcome = run(make(**renamed, accounts=[account(ARCHIVE)], purge_accounts=True), store)
    assert [arn.split("/")[1] for arn in make().result(outcome)["organization_trails"]] == ["Renamed"]
    outcome = run(make(accounts=[account(ARCHIVE)], purge_accounts=True), store)
    assert len(make().result(outcome)["organization_trails"]) == 1, "accounts alone do not remove it"


@KINDS
def test_all_owned_statements_can_be_removed(make: Any, store_of: Any) -> None:
    store = store_of()
    before = json.loads(store.text)
    run(make(**OPTIONS, accounts=[account(PRODUCTION)]), store)
    run(make(state="absent", allow_weaken=True), store)
    assert store.value == before


@KINDS
def test_layout_organization_also_allows_the_whole_organization(make: Any, store_of: Any) -> None:
    store = store_of()
    outcome = run(make(**OPTIONS, layout="organization"), store)
    assert make().result(outcome)["organization_id"] == ORG
    assert make().result(outcome)["organization_trails"] == [ARN]


def test_an_allowed_prefix_stays_and_a_new_one_is_added() -> None:
    store = empty_bucket()
    run_bucket(store, **OPTIONS, key_prefix="old")
    run_bucket(store, key_prefix="new")
    for prefix in ("old", "new"):
        assert writes(store, MANAGEMENT, prefix=prefix)
        assert writes(store, f"{ORG}/{PRODUCTION}", prefix=prefix)
    assert not writes(store, MANAGEMENT)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"organization_trails": [TRAIL]}, "needs organization_id"),
        ({**OPTIONS, "organization_trails": [{**TRAIL, "management_account_id": "1"}]}, "management_account_id: '1'"),
        (
            {**OPTIONS, "organization_trails": [{**TRAIL, "trail_name": "a--b"}]},
            r"entry 1 \(222233334444\): trail_name: 'a--b'",
        ),
        ({**OPTIONS, "organization_trails": [{**TRAIL, "region": "cn-north-1"}]}, "partition aws-cn"),
        ({**OPTIONS, "organization_trails": [{**TRAIL, "region": "*"}]}, r"entry 1 \(222233334444\): region: '\*'"),
    ],
)
def test_bad_input(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        run_bucket(empty_bucket(), **options)


def test_trails_of_two_organizations_are_refused() -> None:
    store = empty_bucket()
    run_bucket(store, **OPTIONS)
    with pytest.raises(Refused, match=f"organization {ORG}, not of {OTHER_ORG}.*second log bucket"):
        run_bucket(store, organization_id=OTHER_ORG, organization_trails=[TRAIL])


def test_the_management_account_encrypts_and_so_must_not_decrypt() -> None:
    auditor = f"arn:aws:iam::{MANAGEMENT}:role/Auditor"
    with pytest.raises(Refused, match=f"{auditor} would decrypt"):
        run_key(key(), **OPTIONS, decrypt_principals=[auditor])
    store = key()
    run_key(store, **OPTIONS)
    with pytest.raises(Refused, match=f"{auditor} would decrypt"):
        run_key(store, decrypt_principals=[auditor])


def test_recover_of_nothing() -> None:
    assert recover([]) == OrganizationTrails()
    assert not OrganizationTrails()
    recovered = recover([{"Condition": {"StringEquals": {"aws:sourcearn": ARN}}}])
    assert recovered.trails == {AllowedTrail(account=MANAGEMENT, region=REGION, name="OrganizationTrail")}
