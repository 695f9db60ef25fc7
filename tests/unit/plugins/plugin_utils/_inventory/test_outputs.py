# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory as the options of other modules."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import Host
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.outputs import (
    accounts,
    delivering,
    organization_trail,
    organization_trail_arn,
    organization_trail_reader,
    unlisted,
    unlisted_warning,
    validated,
)

from tests.fakes.fake_inventory import (
    MANAGEMENT,
    MEMBERS,
    SECURITY,
    host,
    inventory,
    role,
    with_organization_trail,
)
from tests.fakes.support import ARCHIVE, DEVELOPMENT, PRODUCTION, REGION, STAGING

NOW = datetime(2026, 11, 25, 16, 0, tzinfo=timezone.utc)
LOGGING = {"name": "trail", "logging": True, "logging_since": "2026-11-25T14:00:00Z"}
STOP = {"begin": "2026-11-25T13:00:00Z", "end": "2026-11-25T14:00:00Z", "event": "StopLogging"}


def test_accounts() -> None:
    assert accounts(inventory([SECURITY], MEMBERS)) == [
        {"id": ARCHIVE, "trail_name": "SecurityTrailMaster", "region": REGION},
        {"id": PRODUCTION, "trail_name": "sectrailprod", "region": REGION},
        {"id": STAGING, "trail_name": "trail", "region": REGION},
    ]


def test_hosts_without_their_own_trail_name_have_the_group_s() -> None:
    member = host("production", PRODUCTION, None, central_logging_trail_name="shared")
    assert accounts(inventory([], [member]))[0]["trail_name"] == "shared"


def test_accounts_with_the_time_since_when_they_deliver() -> None:
    given = host("staging", STAGING, trails={"trails": [LOGGING]})
    assert delivering(inventory([], [given]), [given], "trails", NOW) == [
        {
            "id": STAGING,
            "trail_name": "trail",
            "region": REGION,
            "logging_since": "2026-11-25T14:00:00Z",
            "change": "",
            "delivering_since": "2026-11-25T14:00:00Z",
            "logging": True,
        }
    ]


@pytest.mark.parametrize(
    ("trails", "known"),
    [
        ([], {}),
        ([{"name": "other", "logging": False}], {}),
        ([{"name": "trail", "logging": None, "log_file_validation": False}], {"log_file_validation": False}),
        ([{"name": "trail", "logging": False}], {"logging": False}),
        # two trails of that name, in two Regions
        ([{"name": "trail", "logging": False}, {"name": "trail", "logging": True}], {"logging": True}),
        ([{"name": "trail", "logging": False}, {"name": "trail", "logging": None}], {}),
    ],
)
def test_b15_what_is_known_about_the_trail(trails: list[dict[str, Any]], known: dict[str, bool]) -> None:
    given = host("staging", STAGING, trails={"trails": trails})
    (entry,) = delivering(inventory([], [given]), [given], "trails", NOW)
    assert {name: entry[name] for name in entry if name in ("logging", "log_file_validation")} == known


@pytest.mark.parametrize(
    ("digest", "since"),
    [("", LOGGING["logging_since"]), ("2026-11-25T14:00:00Z", LOGGING["logging_since"]), ("2026-11-25T14:00:01Z", "")],
)
def test_b15_a_trail_that_has_delivered_waits_for_no_first_delivery(digest: str, since: str) -> None:
    given = host("staging", STAGING, trails={"trails": [LOGGING]})
    digests = {STAGING: {"us-east-1": digest}, DEVELOPMENT: {"us-east-1": "2026-11-25T15:00:00Z"}}
    (entry,) = delivering(inventory([], [given]), [given], "trails", NOW, digests)
    assert entry["delivering_since"] == since
    assert entry["logging_since"] == LOGGING["logging_since"]


@pytest.mark.parametrize(
    ("interruption", "since"),
    [
        ({"certain": True, "since": None}, ""),
        ({"certain": True, "since": "2026-11-25T11:00:00Z"}, ""),
        ({"certain": True, "since": "2026-11-25T12:55:00Z"}, LOGGING["logging_since"]),
        ({"certain": False, "since": None}, LOGGING["logging_since"]),
    ],
)
def test_b15_a_trail_that_was_interrupted_waits_for_no_first_delivery(interruption: dict[str, Any], since: str) -> None:
    given = host("staging", STAGING, trails={"trails": [LOGGING], "interruptions": [{**STOP, **interruption}]})
    (entry,) = delivering(inventory([], [given]), [given], "trails", NOW)
    assert entry["delivering_since"] == since


@pytest.mark.parametrize(("moved", "since"), [(None, LOGGING["logging_since"]), ("bucket", "2026-11-25T15:00:00Z")])
def test_b15_another_key_does_not_stop_the_delivery(moved: str | None, since: str) -> None:
    changed = {"time": "2026-11-25T15:00:00Z", "settings": ["kms_key"]}
    result = {"trails": [LOGGING], "last_changed": changed, "last_moved": moved and {**changed, "settings": [moved]}}
    given = host("staging", STAGING, trails=result)
    (entry,) = delivering(inventory([], [given]), [given], "trails", NOW)
    assert (entry["logging_since"], entry["delivering_since"]) == ("2026-11-25T15:00:00Z", since)


def test_the_roles_that_read_the_public_keys() -> None:
    given = host("staging", STAGING, role_arn=role(STAGING), external_id="secret")
    plain = host("plain", DEVELOPMENT, trails={"trails": [LOGGING]})
    own = {"trail_name": "trail", "region": REGION, "organization_trail": False}
    assert validated(inventory([], [given, plain]), [given, plain], "trails", NOW) == [
        {
            "id": STAGING,
            **own,
            "logging_since": "",
            "delivering_since": "",
            "verified_digests": [],
            "interruptions": [],
            "role_arn": role(STAGING),
            "external_id": "secret",
        },
        {
            "id": DEVELOPMENT,
            **own,
            "logging_since": "2026-11-25T14:00:00Z",
            "delivering_since": "2026-11-25T14:00:00Z",
            "verified_digests": [],
            "interruptions": [],
            "multi_region": False,
        },
    ]


@pytest.mark.parametrize(
    ("trails", "known"),
    [
        ([], {}),
        ([{**LOGGING, "name": "other", "multi_region": True}], {}),
        ([{**LOGGING, "multi_region": True}], {"multi_region": True}),
        ([{**LOGGING, "logging": False, "multi_region": True}], {"multi_region": False}),
    ],
)
def test_r1_r2_what_the_trail_must_have_delivered(trails: list[dict[str, Any]], known: dict[str, Any]) -> None:
    given = host("staging", STAGING, trails={"trails": trails, "interruptions": [STOP]})
    digests = {STAGING: {"us-west-2": "", "eu-west-1": STOP["begin"]}, DEVELOPMENT: {"us-east-1": STOP["begin"]}}
    (entry,) = validated(inventory([], [given]), [given], "trails", NOW, digests)
    assert {name: entry[name] for name in ("multi_region",) if name in entry} == known
    assert entry["verified_digests"] == [
        {"region": "eu-west-1", "until": STOP["begin"]},
        {"region": "us-west-2", "until": ""},
    ]
    assert entry["interruptions"] == [STOP]


def test_r2_the_interruptions_of_an_organization_trail_are_known_for_the_account_that_has_read_them() -> None:
    (archive,), (member,), _managers = with_organization_trail()
    reader = Host(name="reader", variables={**member.variables, "trails": {"interruptions": [STOP]}})
    other = Host(name="other", variables={**member.variables, "account_id": STAGING, "trails": {"failed": True}})
    partner = host("partner", DEVELOPMENT, "own", trails={"interruptions": []})
    hosts = [reader, other, partner]
    entries = validated(inventory([archive], hosts), hosts, "trails", NOW)
    assert [entry["interruptions"] for entry in entries] == [[STOP], [STOP], []]


def test_b14_the_folder_of_the_trail_that_records_the_account_is_validated() -> None:
    (archive,), (member,), _managers = with_organization_trail()
    archive = Host(name="security", variables={**archive.variables, "group_names": ["log_archive"]})
    hosts = [archive, member, host("partner", STAGING, "own")]
    entries = validated(inventory([], hosts), hosts, "trails", NOW)
    assert [(entry["organization_trail"], entry["trail_name"]) for entry in entries] == [
        (False, archive.trail_name),
        (True, "OrganizationTrail"),
        (False, "own"),
    ]


def test_b14_a_log_archive_that_manages_the_organization_trail_expects_that_one() -> None:
    (archive,), _members, _managers = with_organization_trail()
    manager = Host(name="security", variables={**archive.variables, "group_names": ["log_archive", "organization"]})
    assert (manager.recorded_by, manager.is_of_organization) == ("OrganizationTrail", True)
    without = {**manager.variables, "central_logging_organization_trail": ""}
    assert Host(name="security", variables=without).recorded_by == archive.trail_name


def test_an_organization_trail() -> None:
    whole = inventory(*with_organization_trail())
    assert [account["id"] for account in accounts(whole)] == [ARCHIVE]
    assert organization_trail(whole) == {
        "management_account_id": MANAGEMENT,
        "trail_name": "OrganizationTrail",
        "region": REGION,
    }
    arn = f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/OrganizationTrail"
    assert organization_trail_arn(whole) == arn


def test_e11_one_host_reads_the_organization_trail() -> None:
    (archive,), (member,), (manager,) = with_organization_trail()
    own = host("partner", STAGING, "own")
    archive = Host(name="security", variables={**archive.variables, "group_names": ["log_archive"]})
    assert organization_trail_reader([archive, own, member, manager]) == "production"
    assert organization_trail_reader([archive, own]) is None


def test_without_an_organization_trail() -> None:
    whole = inventory([SECURITY], MEMBERS)
    assert organization_trail(whole) is None
    assert organization_trail_arn(whole) is None


def test_an_account_outside_of_the_organization_keeps_its_own_trail() -> None:
    archives, _members, managers = with_organization_trail()
    whole = inventory(archives, [host("partner", STAGING, "own")], managers)
    assert [account["id"] for account in accounts(whole)] == [ARCHIVE, STAGING]


def test_a9_accounts_that_are_allowed_and_not_in_the_inventory() -> None:
    fleet = inventory([SECURITY], MEMBERS)
    assert unlisted(fleet, [STAGING, PRODUCTION, ARCHIVE]) == []
    assert unlisted_warning([]) == ""
    assert unlisted(fleet, [DEVELOPMENT, PRODUCTION, DEVELOPMENT]) == [DEVELOPMENT]
    assert f"the policies allow (1): {DEVELOPMENT}." in unlisted_warning([DEVELOPMENT])
    archives, members, managers = with_organization_trail()
    assert unlisted(inventory(archives, members, []), [MANAGEMENT]) == [], "the owner of the organization trail"
    assert managers


def test_a9_the_warning_is_one_bounded_line() -> None:
    many = [f"{number:012d}" for number in range(5_000)]
    warning = unlisted_warning(many)
    assert "(5,000): 000000000000, 000000000001," in warning
    assert "and 4,995 more" in warning
    assert len(warning) < 400 and "\n" not in warning
