# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bad inventories fail before any call to AWS, naming the host and the mend."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import (
    Host,
    Inventory,
    accounts,
    delivering,
    organization_trail,
    organization_trail_arn,
    validated,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import problems as problems_of

from tests.fakes.support import ARCHIVE, BUCKET, DEVELOPMENT, KEY, PRODUCTION, REGION, STAGING

SHARED = {"central_logging_region": REGION, "central_logging_bucket": BUCKET}


def problems(archive: list[Host], members: list[Host], organization: list[Host] | None = None) -> list[str]:
    return problems_of(Inventory(archive, members, organization or []))


def host(name: str, account_id: Any, trail_name: str | None = "trail", **variables: Any) -> Host:
    own = {"account_id": account_id, "trail_name": trail_name}
    return Host(name, {**SHARED, **{key: value for key, value in own.items() if value is not None}, **variables})


def role(account: str, partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account}:role/CentralLogging"


SECURITY = host("security", ARCHIVE, "SecurityTrailMaster", role_arn=role(ARCHIVE))
MEMBERS = [host("production", PRODUCTION, "sectrailprod", role_arn=role(PRODUCTION)), host("staging", STAGING)]


def test_a_good_inventory() -> None:
    assert problems([SECURITY], MEMBERS) == []
    assert accounts(Inventory([SECURITY], MEMBERS)) == [
        {"id": ARCHIVE, "trail_name": "SecurityTrailMaster", "region": REGION},
        {"id": PRODUCTION, "trail_name": "sectrailprod", "region": REGION},
        {"id": STAGING, "trail_name": "trail", "region": REGION},
    ]
    assert problems([SECURITY], []) == [], "an archive without members yet"


@pytest.mark.parametrize(
    ("seen", "since"),
    [
        (
            {"trails": [{"name": "trail", "logging": True, "logging_since": "2026-11-25T14:00:00Z"}]},
            "2026-11-25T14:00:00Z",
        ),
        ({"trails": [{"name": "trail", "logging": False, "logging_since": "2026-11-25T14:00:00Z"}]}, ""),
        ({"trails": [{"name": "other", "logging": True, "logging_since": "2026-11-25T14:00:00Z"}]}, ""),
        ({"trails": [{"name": "trail", "logging": True, "logging_since": None}]}, ""),
        ({"msg": "AssumeRole failed."}, ""),
        (None, ""),
    ],
)
def test_since_when_the_expected_trail_logs(seen: dict[str, Any] | None, since: str) -> None:
    given = host("staging", STAGING, **({} if seen is None else {"trails": seen}))
    assert delivering([given], "trails") == [
        {"id": STAGING, "trail_name": "trail", "region": REGION, "logging_since": since}
    ]


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "trail"),
        ({"central_logging_organization_trail": "whole"}, "whole"),
        ({"central_logging_organization_trail": "whole", "group_names": ["log_archive"]}, "trail"),
    ],
)
def test_which_trail_the_proofs_expect(variables: dict[str, Any], name: str) -> None:
    given = host("staging", STAGING, **variables)
    assert given.recorded_by == name
    trails = {"trails": [{"name": name, "logging": True, "logging_since": "2026-11-25T14:00:00Z"}]}
    (told,) = delivering([Host("staging", {**given.variables, "trails": trails})], "trails")
    assert told["logging_since"] == "2026-11-25T14:00:00Z"


def test_who_reads_the_public_keys() -> None:
    given = host("staging", STAGING, role_arn=role(STAGING), external_id="secret")
    assert validated([given, host("plain", DEVELOPMENT)]) == [
        {"id": STAGING, "role_arn": role(STAGING), "external_id": "secret"},
        {"id": DEVELOPMENT},
    ]


def test_the_name_of_the_group_holds_for_hosts_without_their_own() -> None:
    member = host("production", PRODUCTION, None, central_logging_trail_name="shared")
    assert problems([SECURITY], [member]) == []
    assert accounts(Inventory([], [member]))[0]["trail_name"] == "shared"


def archive(**variables: Any) -> list[Host]:
    return [host("security", ARCHIVE, **variables)]


def member(account_id: Any = PRODUCTION, **variables: Any) -> list[Host]:
    return [host("production", account_id, **variables)]


BAD: dict[str, tuple[list[Host], list[Host], list[str]]] = {
    "unquoted": (archive(), member(444455556666), ["production", "444455556666", "not in quotes", '"444455556666"']),
    "unquoted with a leading zero": (
        archive(),
        member(yaml.safe_load("012345670123")),
        ["production", "not in quotes"],
    ),
    "short": (archive(), member("44445555666"), ["production", "44445555666", "12 digits"]),
    "with dashes": (archive(), member("4444-5555-6666"), ["production", "12 digits"]),
    "missing": (archive(), member(None), ["production", "account_id is missing"]),
    "a list": (archive(), member([PRODUCTION]), ["production", "account_id"]),
    "a boolean": (archive(), member(True), ["production", "account_id"]),
    "duplicate": (archive(), [*member(), host("prod2", PRODUCTION)], ["production", "prod2", PRODUCTION, "Keep one"]),
    "the archive's again": (archive(), member(ARCHIVE), ["security", "production", ARCHIVE]),
    "a role of another account": (
        archive(),
        member(role_arn=role(STAGING)),
        ["production", role(STAGING), STAGING, PRODUCTION],
    ),
    "no role": (archive(), member(role_arn="CentralLogging"), ["production", "role_arn", "CentralLogging"]),
    "mixed partitions by role": (
        archive(),
        member(role_arn=role(PRODUCTION, "aws-cn")),
        ["several partitions", "aws-cn: production", "aws: security"],
    ),
    "mixed partitions by Region": (
        archive(),
        member(central_logging_region="us-gov-west-1"),
        ["several partitions", "aws-us-gov: production"],
    ),
    "no archive": ([], member(), ["log_archive", "exactly one", "none"]),
    "two archives": ([SECURITY, host("second", STAGING)], member(), ["log_archive", "security, second"]),
    "in both groups": ([SECURITY], [SECURITY], ["security", "both groups"]),
    "a bad trail name": (archive(), member(trail_name="-trail"), ["production", "trail_name", "-trail"]),
    "no trail name": (archive(), member(trail_name=None), ["production", "trail_name is missing"]),
    "no Region": (archive(), member(central_logging_region=""), ["production", "central_logging_region is missing"]),
    "no bucket": (archive(central_logging_bucket=""), member(), ["central_logging_bucket is missing"]),
    "a bad bucket": (archive(central_logging_bucket="Logs"), member(), ["central_logging_bucket", "'Logs'"]),
    "AWSLogs in the prefix": (archive(central_logging_prefix="AWSLogs/"), member(), ["central_logging_prefix"]),
    "a bad organization": (
        archive(central_logging_organization_id="1234"),
        member(),
        ["central_logging_organization_id", "o-a1b2c3d4e5"],
    ),
    "an alias as the key's ARN": (
        archive(central_logging_kms_key_arn="alias/central"),
        member(),
        ["central_logging_kms_key_arn", "central_logging_key_alias"],
    ),
    "a member that decrypts": (
        archive(central_logging_decrypt_principals=[role(PRODUCTION)]),
        member(),
        ["central_logging_decrypt_principals", role(PRODUCTION), "production"],
    ),
    "a limited member that decrypts": (
        archive(central_logging_decrypt_principals=[{"arn": role(PRODUCTION), "accounts": [PRODUCTION]}]),
        member(),
        [role(PRODUCTION), "production"],
    ),
}


@pytest.mark.parametrize(("archives", "members", "words"), BAD.values(), ids=BAD)
def test_one_mistake_is_one_sentence(archives: list[Host], members: list[Host], words: list[str]) -> None:
    found = problems(archives, members)
    assert len(found) == 1, found
    for word in words:
        assert word in found[0]
    assert found[0].rstrip().endswith((".", ">/."))
    assert "Nothing has been changed" not in found[0], "said once for all of them, if at all"


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(
        archive(central_logging_bucket="Logs", central_logging_prefix="AWSLogs/"),
        [host("a", "1"), host("b", 444455556666), host("c", DEVELOPMENT, "-"), host("d", DEVELOPMENT)],
    )
    assert len(found) == 6, found


@pytest.mark.parametrize(
    "variables",
    [
        {"central_logging_kms_key_arn": KEY},
        {"central_logging_prefix": ""},
        {"central_logging_organization_id": "o-a1b2c3d4e5"},
        {"central_logging_decrypt_principals": [role(ARCHIVE), {"arn": role(ARCHIVE), "accounts": [PRODUCTION]}]},
        {"central_logging_decrypt_principals": [role(DEVELOPMENT)]},
        {"central_logging_decrypt_principals": [role(PRODUCTION)], "log_archive_allow_overlap": True},
    ],
)
def test_good_settings(variables: dict[str, Any]) -> None:
    assert problems(archive(**variables), member()) == []


def test_unquoted_digits_that_yaml_leaves_alone_are_no_problem() -> None:
    """With an 8 or 9 in it, 012345678901 is no octal number, and YAML leaves it a string."""
    assert problems(archive(), member(yaml.safe_load("012345678901"))) == []


# a slice


def test_a_slice_needs_no_log_archive_where_the_key_is_told() -> None:
    told = [*member(central_logging_kms_key_arn=KEY), host("staging", STAGING, central_logging_kms_key_arn=KEY)]
    assert problems([], told) == []


def test_a_slice_is_told_what_it_lacks() -> None:
    (sentence,) = problems([], [*member(central_logging_kms_key_arn=KEY), host("staging", STAGING)])
    assert "holds none" in sentence
    assert "central_logging_kms_key_arn" in sentence


@pytest.mark.parametrize(
    ("variables", "word"),
    [({"central_logging_bucket": "Logs"}, "'Logs'"), ({"central_logging_kms_key_arn": "alias/x"}, "no ARN of a key")],
)
def test_the_settings_of_a_slice_are_checked_too(variables: dict[str, Any], word: str) -> None:
    (sentence,) = problems([], member(**{"central_logging_kms_key_arn": KEY, **variables}))
    assert word in sentence


# an organization


MANAGEMENT, ORG = "222233334444", "o-a1b2c3d4e5"
WITH_TRAIL: dict[str, Any] = {
    "central_logging_organization_trail": "OrganizationTrail",
    "central_logging_organization_id": ORG,
    "central_logging_management_account_id": MANAGEMENT,
}


def of_organization(**changes: Any) -> tuple[list[Host], list[Host], list[Host]]:
    variables = {name: value for name, value in {**WITH_TRAIL, **changes}.items() if value is not None}
    manager = host("management", MANAGEMENT, None, **variables)
    return archive(**variables), member(trail_name=None, **variables), [manager]


def test_members_of_an_organization_with_a_trail_need_none_of_their_own() -> None:
    groups = of_organization()
    assert problems(*groups) == []
    inventory = Inventory(*groups)
    assert [entry["id"] for entry in accounts(inventory)] == [ARCHIVE]
    assert organization_trail(inventory) == {
        "management_account_id": MANAGEMENT,
        "trail_name": "OrganizationTrail",
        "region": REGION,
    }
    arn = f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/OrganizationTrail"
    assert organization_trail_arn(inventory) == arn


def test_without_a_trail_of_the_organization_there_is_none() -> None:
    inventory = Inventory([SECURITY], MEMBERS)
    assert organization_trail(inventory) is None
    assert organization_trail_arn(inventory) is None


def test_an_account_outside_of_the_organization_keeps_its_own_trail() -> None:
    archives, _members, managers = of_organization()
    outside = host("partner", STAGING, "own")
    inventory = Inventory(archives, [outside], managers)
    assert problems(*of_organization()[:1], [outside], managers) == []
    assert [entry["id"] for entry in accounts(inventory)] == [ARCHIVE, STAGING]


def test_who_manages_the_trail_may_be_in_another_group_too() -> None:
    archives, members, _managers = of_organization()
    assert problems(archives, members, archives) == []
    assert problems(archives, members, members) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"central_logging_organization_id": None}, ["central_logging_organization_id is missing"]),
        ({"central_logging_management_account_id": None}, ["central_logging_management_account_id is missing"]),
        ({"central_logging_management_account_id": 222233334444}, ["222233334444 without quotes", "12 digits"]),
        ({"central_logging_management_account_id": "123"}, ["central_logging_management_account_id", "12 digits"]),
        ({"central_logging_organization_trail": "a--b"}, ["central_logging_organization_trail", "'a--b'"]),
    ],
)
def test_what_the_trail_of_an_organization_needs(changes: dict[str, Any], words: list[str]) -> None:
    (sentence,) = problems(*of_organization(**changes))
    for word in words:
        assert word in sentence


def test_a_manager_without_a_trail_to_manage() -> None:
    (sentence,) = problems([SECURITY], MEMBERS, [host("management", MANAGEMENT)])
    assert "Host management" in sentence
    assert "central_logging_organization_trail" in sentence


def test_two_managers() -> None:
    archives, members, managers = of_organization()
    second = host("second", DEVELOPMENT, None, **WITH_TRAIL)
    (sentence,) = problems(archives, members, [*managers, second])
    assert "management, second" in sentence
