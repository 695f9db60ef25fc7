# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The selectors that follow from the options about events and the current selectors."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import LAMBDA, S3, Selector, from_aws

from tests.fakes.event_selection import ARNS, EVENTS, LOG_BUCKET, Event, compose, options, recorded_by_advanced

FUNCTION = ARNS[LAMBDA][0]


def recorded(selectors: list[dict[str, Any]]) -> list[Event]:
    return [event for event in EVENTS if recorded_by_advanced(selectors, event)]


def events(category: str = "", kind: str = "", arn: str = "", read: str = "", source: str = "") -> list[Event]:
    return [
        event
        for event in EVENTS
        if category in ("", event["eventCategory"])
        and kind in ("", event.get("resources.type", ""))
        and event.get("resources.ARN", "").startswith(arn)
        and read in ("", event["readOnly"])
        and source in ("", event["eventSource"])
    ]


MANAGEMENT_EVENTS = events("Management")
IN_LOG_BUCKET = events(arn=LOG_BUCKET + "/")
NEW = [e for e in [*MANAGEMENT_EVENTS, *events(kind=S3), *events(kind=LAMBDA)] if e not in IN_LOG_BUCKET]
ALL_THREE = from_aws(
    {
        "EventSelectors": [
            {"DataResources": [{"Type": S3, "Values": ["arn:aws:s3"]}, {"Type": LAMBDA, "Values": ["arn:aws:lambda"]}]}
        ]
    }
)
TABLES = Selector.of(
    "Tables", ("eventCategory", "Equals", ["Data"]), ("resources.type", "Equals", ["AWS::DynamoDB::Table"])
)


def test_a_new_trail_records_everything_except_the_log_bucket() -> None:
    composed = compose(None)
    assert sorted(map(str, recorded(composed))) == sorted(map(str, NEW))
    assert [item["Name"] for item in composed] == ["Management events selector", "S3 data events", "Lambda data events"]


def test_all_includes_the_log_bucket_if_it_is_not_excluded() -> None:
    composed = compose(None, exclude_log_bucket=False)
    assert all(event in recorded(composed) for event in IN_LOG_BUCKET)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"management_events": "all"}, MANAGEMENT_EVENTS),
        ({"management_events": "read"}, events("Management", read="true")),
        ({"management_events": "write"}, events("Management", read="false")),
        ({"management_events": "none"}, []),
        (
            {"exclude_management_event_sources": ["kms.amazonaws.com"]},
            [event for event in MANAGEMENT_EVENTS if event["eventSource"] != "kms.amazonaws.com"],
        ),
        (
            {"management_events": "read", "exclude_management_event_sources": ["kms.amazonaws.com"]},
            [event for event in events("Management", read="true") if event["eventSource"] != "kms.amazonaws.com"],
        ),
        ({"exclude_management_event_sources": []}, MANAGEMENT_EVENTS),
    ],
)
@pytest.mark.parametrize("current", [None, ALL_THREE])
def test_management_events(given: dict[str, Any], expected: list[Event], current: Any) -> None:
    composed = compose(current, **given)
    assert [event for event in recorded(composed) if event["eventCategory"] == "Management"] == expected
    management = [item for item in composed if "Management" in str(item["FieldSelectors"])]
    assert [item["Name"] for item in management] == (["Management events selector"] if expected else [])


@pytest.mark.parametrize("off", [["off"], ["none"], [], ["False"], ["false"]])
@pytest.mark.parametrize("kind", ["s3", "lambda"])
def test_off_in_every_form_that_yaml_makes_of_it(off: list[str], kind: str) -> None:
    composed = compose(None, data_events={kind: off})
    service = {"s3": S3, "lambda": LAMBDA}[kind]
    assert not [event for event in recorded(composed) if event.get("resources.type") == service]
    assert len(composed) == 2


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("s3", ["all"], [event for event in events(kind=S3) if event not in IN_LOG_BUCKET]),
        ("s3", ["arn:aws:s3"], [event for event in events(kind=S3) if event not in IN_LOG_BUCKET]),
        ("s3", ["arn:aws:s3:::"], [event for event in events(kind=S3) if event not in IN_LOG_BUCKET]),
        ("s3", ["arn:aws:s3:::customers"], events(arn="arn:aws:s3:::customers/")),
        ("s3", ["arn:aws:s3:::customers/"], events(arn="arn:aws:s3:::customers/")),
        ("s3", ["arn:aws:s3:::customers/a"], events(arn="arn:aws:s3:::customers/a")),
        ("s3", ["arn:aws:s3:::customers/a", "arn:aws:s3:::customers-more"], events(kind=S3, arn="arn:aws:s3:::c")),
        ("s3", [LOG_BUCKET], IN_LOG_BUCKET),
        ("lambda", ["all"], events(kind=LAMBDA)),
        ("lambda", ["arn:aws:lambda"], events(kind=LAMBDA)),
        ("lambda", [FUNCTION], [event for event in EVENTS if event.get("resources.ARN") == FUNCTION]),
    ],
)
def test_data_events(kind: str, values: list[str], expected: list[Event]) -> None:
    composed = compose(ALL_THREE, data_events={kind: values})
    service = {"s3": S3, "lambda": LAMBDA}[kind]
    of_kind = [event for event in recorded(composed) if event.get("resources.type") == service]
    if values == ["arn:aws:s3:::customers/a", "arn:aws:s3:::customers-more"]:
        expected = [event for event in expected if "/b/" not in event["resources.ARN"]]
    assert of_kind == expected


def test_options_that_are_not_given_keep_their_selectors() -> None:
    odd = Selector.of("Odd", *ALL_THREE[1].conditions, ("eventName", "Equals", ["PutObject"]))
    current = (*ALL_THREE, TABLES, odd)
    assert options(data_events={"lambda": ["all"]}).compose(current, LOG_BUCKET) == (
        ALL_THREE[0],
        ALL_THREE[1],
        odd,
        ALL_THREE[2],
        TABLES,
    )
    assert TABLES.as_aws() in compose(current, management_events="read", data_events={"s3": [], "lambda": []})


def test_one_management_selector_replaces_several() -> None:
    """Each further selector is a copy that AWS charges."""
    read = Selector.of("r", ("eventCategory", "Equals", ["Management"]), ("readOnly", "Equals", ["true"]))
    write = Selector.of("w", ("eventCategory", "Equals", ["Management"]), ("readOnly", "Equals", ["false"]))
    composed = compose([read, write, *ALL_THREE[1:]], management_events="all")
    assert len([item for item in composed if "Management" in str(item)]) == 1
    assert all(event in recorded(composed) for event in MANAGEMENT_EVENTS)
    assert compose([read, write], exclude_management_event_sources=["kms.amazonaws.com"])[0]["FieldSelectors"] == [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
    ]


def test_excluded_sources_stay_excluded_if_only_management_events_is_given() -> None:
    kms = ("eventSource", "NotEquals", ["kms.amazonaws.com"])
    current = [Selector.of("m", ("eventCategory", "Equals", ["Management"]), kms)]
    assert "kms.amazonaws.com" in str(compose(current, management_events="write"))
    assert "kms.amazonaws.com" not in str(
        compose(current, management_events="write", exclude_management_event_sources=[])
    )


def test_excluding_sources_does_not_turn_on_management_events() -> None:
    composed = compose(ALL_THREE[1:], exclude_management_event_sources=["kms.amazonaws.com"])
    assert not [event for event in recorded(composed) if event["eventCategory"] == "Management"]


@pytest.mark.parametrize("values", [["all"], ["arn:aws:s3:::customers"]])
def test_a_selector_that_records_the_same_events_keeps_its_name(values: list[str]) -> None:
    wanted = options(data_events={"s3": values}).compose(ALL_THREE, LOG_BUCKET)
    named = [Selector(name="Mine", conditions=selector.conditions) for selector in wanted]
    assert options(data_events={"s3": values}).compose(named, LOG_BUCKET)[1].name == "Mine"


@pytest.mark.parametrize(
    ("given", "mentioned"),
    [
        ({}, False),
        ({"exclude_log_bucket": False}, False),
        ({"data_events": {}}, False),
        ({"management_events": "none"}, True),
        ({"exclude_management_event_sources": []}, True),
        ({"data_events": {"s3": []}}, True),
        ({"data_events": {"lambda": ["all"]}}, True),
        (
            {
                "advanced_event_selectors": [
                    {"name": None, "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]}
                ]
            },
            True,
        ),
    ],
)
def test_mentioned(given: dict[str, Any], mentioned: bool) -> None:
    assert options(**given).mentioned is mentioned
