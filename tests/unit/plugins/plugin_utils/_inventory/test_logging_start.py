# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Since when a trail delivers as it does now: its start, its last change, and what this run did."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail.plan import Planner
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import TrailState
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import Host, Inventory
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.logging_start import (
    LoggingStart,
    LoggingStarts,
)

from tests.fakes.fake_inventory import host, inventory, with_organization_trail
from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, STAGING

NOW = datetime(2026, 11, 25, 16, 0, tzinfo=timezone.utc)
STARTED, LATER, CONFIGURED = "2026-11-25T14:00:00Z", "2026-11-25T15:00:00Z", "2026-11-25T15:30:00Z"
LOGGING = {"name": "trail", "logging": True, "logging_since": STARTED}
OF_THE_ORGANIZATION = {**LOGGING, "name": "OrganizationTrail"}
BEFORE = TrailState(name="trail", exists=True, arn="arn:aws:cloudtrail:us-east-1:444455556666:trail/trail", bucket="a")


def planned(before: TrailState, **after: Any) -> dict[str, Any]:
    """The result of the task that configures the trail."""
    planner = Planner(name="trail", policy_wait=0, compare_names=False)
    desired = TrailState(**{**vars(BEFORE), "bucket": BUCKET, "logging": True, **after})
    plan = [call.summary for call in planner.plan(before, desired, "trail")]
    return {"changed": bool(plan), "plan": plan}


def starts(whole: Inventory) -> LoggingStarts:
    return LoggingStarts(inventory=whole, trails="trails", now=NOW)


def start(given: Host, *others: Host) -> LoggingStart:
    return starts(inventory([], [given, *others])).of(given)


@pytest.mark.parametrize(
    ("trails", "since"),
    [
        ({"trails": [LOGGING]}, STARTED),
        ({"trails": [{**LOGGING, "logging": False}]}, ""),
        ({"trails": [{**LOGGING, "name": "other"}]}, ""),
        ({"trails": [{**LOGGING, "logging_since": None}]}, ""),
        ({"trails": [{**LOGGING, "logging": False}], "last_changed": {"time": LATER, "settings": ["bucket"]}}, ""),
        ({"msg": "AssumeRole failed."}, ""),
        (None, ""),
    ],
)
def test_the_time_since_which_the_trail_logs(trails: dict[str, Any] | None, since: str) -> None:
    given = host("staging", STAGING, **({} if trails is None else {"trails": trails}))
    assert start(given) == LoggingStart(since=since)


def test_b15_a_change_in_the_event_history_counts_if_it_is_later() -> None:
    for time, expected in (
        (LATER, LoggingStart(since=LATER, change="was changed: bucket, kms_key")),
        ("2026-11-25T13:00:00Z", LoggingStart(since=STARTED)),
    ):
        changed = {"time": time, "settings": ["bucket", "kms_key"]}
        assert start(host("staging", STAGING, trails={"trails": [LOGGING], "last_changed": changed})) == expected


@pytest.mark.parametrize(
    "kind", ["other_bucket", "other_prefix", "other_key", "not_encrypted", "no_validation", "single_region"]
)
def test_b15_a_change_away_from_what_is_expected_starts_no_grace_period(kind: str) -> None:
    changed = {"time": LATER, "settings": ["bucket"]}
    result = {"trails": [LOGGING], "last_changed": changed, "findings": [{"kind": kind}, {"kind": "control"}]}
    assert start(host("staging", STAGING, trails=result)) == LoggingStart(since=STARTED)
    result["findings"] = [{"kind": "control"}, {"kind": "elsewhere"}]
    assert start(host("staging", STAGING, trails=result)).since == LATER


@pytest.mark.parametrize(
    ("task", "change"),
    [
        (planned(TrailState(name="trail")), "was created"),
        (planned(BEFORE), "was changed: bucket"),
        (planned(BEFORE, key_prefix="p", kms_key=KEY), "was changed: bucket, key_prefix, kms_key"),
        (planned(BEFORE, log_file_validation=True, bucket="a"), "was changed: log_file_validation"),
        (planned(BEFORE, multi_region=True, bucket="a"), "was changed: multi_region"),
        (planned(BEFORE, bucket="a"), ""),
        ({**planned(BEFORE), "changed": False}, ""),
        ({"msg": "failed", "changed": False}, ""),
    ],
)
def test_b15_a_change_that_this_run_made(task: dict[str, Any], change: str) -> None:
    variables = {"trails": {"trails": [LOGGING]}, "member_account_trail": task}
    expected = LoggingStart(since=CONFIGURED, change=change) if change else LoggingStart(since=STARTED)
    assert start(host("staging", STAGING, __central_logging_trails_configured=CONFIGURED, **variables)) == expected
    without_time = LoggingStart(since="2026-11-25T16:00:00Z", change=change) if change else expected
    assert start(host("staging", STAGING, **variables)) == without_time


def test_b15_the_trail_of_the_log_archive_is_configured_by_its_own_role() -> None:
    variables = {
        "group_names": ["log_archive"],
        "trails": {"trails": [LOGGING]},
        "__log_archive_trail": planned(BEFORE),
    }
    assert start(host("security", ARCHIVE, **variables)).change == "was changed: bucket"
    other = {**variables, "__log_archive_trail": {}, "member_account_trail": planned(BEFORE)}
    assert start(host("security", ARCHIVE, **other)).change == ""


def test_b14_the_organization_trail_of_this_run_counts_for_all_its_accounts() -> None:
    archives, members, _managers = with_organization_trail(trails={"trails": [OF_THE_ORGANIZATION]})
    created = {"member_account_trail": planned(TrailState(name="OrganizationTrail"))}
    manager = host("management", "222233334444", None, __central_logging_trails_configured=CONFIGURED, **created)
    whole = inventory(archives, members, [manager])
    (member,) = members
    assert starts(whole).of(member) == LoggingStart(since=CONFIGURED, change="was created")


def test_b15_the_history_of_the_organization_trail_is_that_of_the_account_that_read_it() -> None:
    changed = {"trails": [OF_THE_ORGANIZATION], "last_changed": {"time": LATER, "settings": ["bucket"]}}
    _archives, (reader,), managers = with_organization_trail(trails=changed)
    _archives, (member,), _managers = with_organization_trail(trails={"trails": [OF_THE_ORGANIZATION]})
    own = host("partner", PRODUCTION, "trail", trails={"trails": [LOGGING]})
    whole = inventory([], [Host(name="reader", variables=reader.variables), member, own], managers)
    assert starts(whole).of(member).since == LATER
    assert starts(whole).of(own).since == STARTED
