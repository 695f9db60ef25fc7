# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An inventory that is not valid fails before any call to AWS, with the host and what to do."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import checks
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import Host

from tests.fakes.fake_inventory import (
    MANAGEMENT,
    MEMBERS,
    SECURITY,
    WITH_TRAIL,
    archive,
    host,
    inventory,
    member,
    role,
    with_organization_trail,
)
from tests.fakes.support import ARCHIVE, DEVELOPMENT, KEY, PRODUCTION, STAGING


def problems(archives: list[Host], members: list[Host], organization: list[Host] | None = None) -> list[str]:
    return checks.problems(inventory(archives, members, organization))


def test_a_good_inventory() -> None:
    assert problems([SECURITY], MEMBERS) == []


@pytest.mark.parametrize(("value", "is_valid"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_a9_a_group_without_members_is_a_problem_unless_it_is_allowed(value: object, is_valid: bool) -> None:
    (sentence,) = problems([SECURITY], [])
    assert "Group members has no host" in sentence
    assert "set central_logging_allow_no_members: true" in sentence
    assert (problems(archive(central_logging_allow_no_members=value), []) == []) is is_valid


def test_a9_a_job_slice_without_the_log_archive_needs_no_other_members() -> None:
    assert problems([], member(central_logging_kms_key_arn=KEY)) == []


def test_a10_a_key_in_another_region_than_the_log_archive_is_a_problem() -> None:
    (sentence,) = problems(archive(central_logging_kms_key_arn=KEY, central_logging_region="eu-west-1"), MEMBERS)
    for word in ("us-east-1", "eu-west-1", "central_logging_kms_key_arn", "central_logging_region", "security"):
        assert word in sentence
    assert problems(archive(central_logging_kms_key_arn=KEY), MEMBERS) == []
    elsewhere = member(central_logging_kms_key_arn=KEY, central_logging_region="eu-west-1")
    assert problems([SECURITY], elsewhere) == [], "a trail can have another home Region"


def test_a_trail_name_for_all_hosts() -> None:
    assert problems([SECURITY], [host("production", PRODUCTION, None, central_logging_trail_name="shared")]) == []


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
    "duplicate": (archive(), [*member(), host("prod2", PRODUCTION)], ["production", "prod2", PRODUCTION, "Remove one"]),
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
    "no code of a Region": (
        archive(),
        member(central_logging_region="Frankfurt"),
        ["production", "central_logging_region", "'Frankfurt' is not a valid Region", "eu-west-1"],
    ),
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
def test_one_problem_is_one_sentence(archives: list[Host], members: list[Host], words: list[str]) -> None:
    sentences = problems(archives, members)
    assert len(sentences) == 1, sentences
    for word in words:
        assert word in sentences[0]
    assert sentences[0].endswith((".", ">/."))
    assert "This task has changed nothing" not in sentences[0]


def test_all_problems_are_returned_at_once() -> None:
    sentences = problems(
        archive(central_logging_bucket="Logs", central_logging_prefix="AWSLogs/"),
        [host("a", "1"), host("b", 444455556666), host("c", DEVELOPMENT, "-"), host("d", DEVELOPMENT)],
    )
    assert len(sentences) == 6, sentences


def one_problem(account_id: Any, **variables: Any) -> str:
    (sentence,) = problems(archive(), member(account_id, **variables))
    return sentence


OCTAL = "050512341234"


@pytest.mark.parametrize("written", [OCTAL, "012345670123", "020222070707", "000512341234"])
def test_b18_an_octal_number_is_read_back(written: str) -> None:
    number = yaml.safe_load(written)
    assert isinstance(number, int)
    sentence = one_problem(number)
    assert f'Write account_id: "{written}" if that is the account.' in sentence
    assert f'"{number:012d}"' not in sentence, "another account"


def test_b18_the_account_of_the_role_is_proposed() -> None:
    number = yaml.safe_load(OCTAL)
    sentence = one_problem(number, role_arn=role(OCTAL))
    assert f'Write account_id: "{OCTAL}". This is the account of role_arn.' in sentence
    sentence = one_problem(number, role_arn=role(PRODUCTION))
    assert f'Write account_id: "{OCTAL}", or "{PRODUCTION}", the account of role_arn, if that is' in sentence
    for value in ("4444", True, [PRODUCTION], 4444.5, "production", 12345):
        assert f'"{PRODUCTION}". This is the account of role_arn.' in one_problem(value, role_arn=role(PRODUCTION))


@pytest.mark.parametrize(
    "value",
    ["4444-5555-6666", "4444 5555 6666", " 444455556666", "444455556666\n", "'444455556666'", "4444.5555.6666"],
)
def test_b18_dashes_and_spaces_are_left_out(value: str) -> None:
    sentence = one_problem(value)
    assert repr(value) in sentence
    assert f'Write account_id: "{PRODUCTION}" if that is the account.' in sentence
    assert "YAML" not in sentence, "not the cause"


@pytest.mark.parametrize("value", [444455556666.0, yaml.safe_load("4.44455556666e+11"), 444455556666])
def test_b18_a_decimal_number(value: float) -> None:
    sentence = one_problem(value)
    assert "not in quotes" in sentence
    assert f'Write account_id: "{PRODUCTION}" if that is the account.' in sentence


def test_b18_a_number_without_its_first_digit() -> None:
    """JSON and spreadsheets drop a 0 at the start. The number is too large for an octal one."""
    assert f'Write account_id: "{STAGING}" if' in one_problem(int(STAGING))


@pytest.mark.parametrize("value", [4444.5, float("nan"), float("inf"), True, [PRODUCTION], {}, 0, -1, 10**12, "", "x"])
def test_b18_no_id_is_made_up(value: Any) -> None:
    assert 'Write all digits of the account, as in account_id: "012345678901".' in one_problem(value)


@pytest.mark.parametrize("file", ["/etc/ansible/hosts", "fleet.ini", "inventory/fleet.cfg"])
def test_b18_quotes_in_an_ini_inventory(file: str) -> None:
    """Ansible removes the quotes of account_id="444455556666" and reads a number."""
    sentence = one_problem(444455556666, inventory_file=file)
    assert "Ansible removes the quotes" in sentence and "YAML reads" not in sentence
    assert "On the line of the host in the INI inventory, write account_id=\"'444455556666'\"" in sentence
    assert "INI" not in one_problem(444455556666, inventory_file="inventory/fleet.yml")


def test_b18_the_management_account() -> None:
    changes = {"central_logging_management_account_id": yaml.safe_load(OCTAL)}
    (sentence,) = problems(*with_organization_trail(**changes))
    assert f'central_logging_management_account_id: "{OCTAL}"' in sentence


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


def test_unquoted_digits_that_yaml_reads_as_text() -> None:
    """With 8 or 9 in it, 012345678901 is not an octal number, and YAML reads text."""
    assert problems(archive(), member(yaml.safe_load("012345678901"))) == []


# a slice


def test_a_slice_with_the_key_needs_no_log_archive() -> None:
    members = [*member(central_logging_kms_key_arn=KEY), host("staging", STAGING, central_logging_kms_key_arn=KEY)]
    assert problems([], members) == []


def test_a_slice_without_the_key() -> None:
    (sentence,) = problems([], [*member(central_logging_kms_key_arn=KEY), host("staging", STAGING)])
    assert "has none" in sentence
    assert "central_logging_kms_key_arn" in sentence


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"central_logging_bucket": "Logs"}, "'Logs'"),
        ({"central_logging_kms_key_arn": "alias/x"}, "not a valid key ARN"),
    ],
)
def test_the_settings_of_a_slice(variables: dict[str, Any], word: str) -> None:
    (sentence,) = problems([], member(**{"central_logging_kms_key_arn": KEY, **variables}))
    assert word in sentence


# an organization


def test_members_without_their_own_trails() -> None:
    assert problems(*with_organization_trail()) == []


def test_an_account_outside_of_the_organization() -> None:
    archives, _members, managers = with_organization_trail()
    assert problems(archives, [host("partner", STAGING, "own")], managers) == []


def test_the_manager_of_the_trail_may_be_in_another_group() -> None:
    archives, members, _managers = with_organization_trail()
    assert problems(archives, members, archives) == []
    assert problems(archives, members, members) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"central_logging_organization_id": None}, ["central_logging_organization_id is missing"]),
        ({"central_logging_management_account_id": None}, ["central_logging_management_account_id is missing"]),
        ({"central_logging_management_account_id": 222233334444}, ["222233334444 is a number", '"222233334444"']),
        ({"central_logging_management_account_id": "123"}, ["central_logging_management_account_id", "12 digits"]),
        ({"central_logging_organization_trail": "a--b"}, ["central_logging_organization_trail", "'a--b'"]),
    ],
)
def test_what_the_organization_trail_needs(changes: dict[str, Any], words: list[str]) -> None:
    (sentence,) = problems(*with_organization_trail(**changes))
    for word in words:
        assert word in sentence


def test_a_manager_without_a_trail() -> None:
    (sentence,) = problems([SECURITY], MEMBERS, [host("management", MANAGEMENT)])
    assert "Host management" in sentence
    assert "central_logging_organization_trail" in sentence


def test_two_managers() -> None:
    archives, members, managers = with_organization_trail()
    second = host("second", DEVELOPMENT, None, **WITH_TRAIL)
    (sentence,) = problems(archives, members, [*managers, second])
    assert "management, second" in sentence
