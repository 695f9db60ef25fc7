# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""LookupEvents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_state import ARCHIVE, ELSEWHERE, MEMBER, Trails, arn

HOUR = 3600


def events(trails: Trails, key: str = "", value: str = "", **more: Any) -> list[dict[str, Any]]:
    attributes = [{"AttributeKey": key, "AttributeValue": value}] if key else []
    found: list[dict[str, Any]] = trails("LookupEvents", LookupAttributes=attributes, **more)["Events"]
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [event["EventName"] for event in found]


@pytest.fixture
def changed(trails: Trails) -> Trails:
    """A trail that was created, started, read and changed, an hour apart."""
    trails.create()
    trails.state.clock_offset += HOUR
    trails("StartLogging", Name="trail")
    trails("GetTrailStatus", Name="trail")
    trails.state.clock_offset += HOUR
    trails("UpdateTrail", Name=arn(), IsMultiRegionTrail=True)
    return trails


def test_the_most_recent_event_is_first_and_reading_calls_are_left_out(changed: Trails) -> None:
    assert names(events(changed)) == ["UpdateTrail", "StartLogging", "CreateTrail"]


def test_the_record_has_the_parameters_as_events_name_them(changed: Trails) -> None:
    event = events(changed)[0]
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestParameters"] == {"name": arn(), "isMultiRegionTrail": True}
    assert record["responseElements"]["trailARN"] == arn()
    assert "errorCode" not in record
    assert record["eventID"] == event["EventId"]
    assert event["EventTime"] == changed.state.now()


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("EventName", "UpdateTrail", ["UpdateTrail"]),
        ("ResourceName", "trail", ["StartLogging", "CreateTrail"]),
        ("ResourceName", arn(), ["UpdateTrail", "CreateTrail"]),
        ("ResourceType", "AWS::CloudTrail::Trail", ["UpdateTrail", "StartLogging", "CreateTrail"]),
        ("ReadOnly", "true", []),
        ("EventSource", "cloudtrail.amazonaws.com", ["UpdateTrail", "StartLogging", "CreateTrail"]),
        ("Username", "operator", []),
    ],
)
def test_attributes(changed: Trails, key: str, value: str, found: list[str]) -> None:
    assert names(events(changed, key, value)) == found


def test_the_range_and_the_days_that_are_kept(changed: Trails) -> None:
    now = changed.state.now().timestamp()
    assert names(events(changed, StartTime=now - HOUR)) == ["UpdateTrail", "StartLogging"]
    assert names(events(changed, EndTime=now - HOUR)) == ["StartLogging", "CreateTrail"]
    changed.state.clock_offset += 90 * 24 * HOUR
    assert names(events(changed)) == ["UpdateTrail"]


def test_pages(changed: Trails) -> None:
    first = changed("LookupEvents", MaxResults=2)
    second = changed("LookupEvents", MaxResults=2, NextToken=first["NextToken"])
    assert names([*first["Events"], *second["Events"]]) == ["UpdateTrail", "StartLogging", "CreateTrail"]
    assert "NextToken" not in second


def test_a_refused_call_has_its_error(changed: Trails) -> None:
    changed.refused("TrailNotFoundException", "UpdateTrail", Name="nobody")
    (event, _before) = events(changed, "EventName", "UpdateTrail")
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "TrailNotFoundException"


def test_each_region_has_its_own_history(changed: Trails) -> None:
    assert changed("LookupEvents", region=ELSEWHERE)["Events"] == []


def test_the_calls_for_an_organization_trail_are_in_the_history_of_the_caller(trails: Trails) -> None:
    trails.state.organization = ("o-exampleorgid", ARCHIVE)
    trails.state.administrators = {MEMBER}
    trails.create(IsOrganizationTrail=True)
    trails("StartLogging", account=ARCHIVE, Name="trail")
    assert names(events(trails)) == ["CreateTrail"]
    assert names(events(trails, account=ARCHIVE)) == ["StartLogging"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2}, "InvalidLookupAttributes"),
        ({"LookupAttributes": [{"AttributeKey": "Nothing", "AttributeValue": "a"}]}, "InvalidLookupAttributes"),
        ({"StartTime": 2, "EndTime": 1}, "InvalidTimeRange"),
        ({"MaxResults": 51}, "InvalidMaxResults"),
        ({"NextToken": "x"}, "InvalidNextToken"),
    ],
)
def test_input_that_is_not_valid(trails: Trails, parameters: dict[str, Any], code: str) -> None:
    trails.refused(f"{code}Exception", "LookupEvents", **parameters)
