# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Event selectors, basic and advanced, and what trails log by them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudtrail_sandbox.cloudtrail.advanced_selectors import matches
from cloudtrail_sandbox.cloudtrail.selectors import default_selectors, logs_management_event, selected
from fake_state import ELSEWHERE, Trails, arn

INVALID = "InvalidEventSelectorsException"
DEFAULT = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


def field(name: str, operator: str = "Equals", *values: str) -> dict[str, Any]:
    return {"Field": name, operator: list(values)}


MANAGEMENT = field("eventCategory", "Equals", "Management")
DATA = [field("eventCategory", "Equals", "Data"), field("resources.type", "Equals", "AWS::S3::Object")]
NETWORK = [field("eventCategory", "Equals", "NetworkActivity"), field("eventSource", "Equals", "s3.amazonaws.com")]


def data(*values: str, kind: str = "AWS::S3::Object") -> dict[str, Any]:
    return {"DataResources": [{"Type": kind, "Values": list(values)}]}


def put(trails: Trails, **selectors: Any) -> dict[str, Any]:
    trails.create()
    return trails("PutEventSelectors", TrailName="trail", **selectors)


def refused(trails: Trails, code: str = INVALID, **selectors: Any) -> None:
    trails.create()
    trails.refused(code, "PutEventSelectors", TrailName="trail", **selectors)
    assert trails("GetEventSelectors", TrailName="trail")["EventSelectors"] == [DEFAULT]


def test_the_default(trails: Trails) -> None:
    trails.create()
    assert trails("GetEventSelectors", TrailName="trail") == {"TrailARN": arn(), "EventSelectors": [DEFAULT]}


def test_each_kind_replaces_the_other(trails: Trails) -> None:
    advanced = [{"Name": "all", "FieldSelectors": [MANAGEMENT]}]
    assert put(trails, AdvancedEventSelectors=advanced) == {"TrailARN": arn(), "AdvancedEventSelectors": advanced}
    assert "EventSelectors" not in trails("GetEventSelectors", TrailName=arn())
    assert trails.trail()["HasCustomEventSelectors"]
    trails("PutEventSelectors", TrailName="trail", EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    got = trails("GetEventSelectors", TrailName="trail")
    assert got == {"TrailARN": arn(), "EventSelectors": [DEFAULT | {"ReadWriteType": "WriteOnly"}]}
    trails("PutEventSelectors", TrailName="trail", EventSelectors=[DEFAULT])
    assert not trails.trail()["HasCustomEventSelectors"]


def test_one_kind_at_a_time_and_never_none(trails: Trails) -> None:
    refused(trails, EventSelectors=[])
    none: tuple[dict[str, Any], ...] = (
        {},
        {"AdvancedEventSelectors": []},
        {"EventSelectors": [], "AdvancedEventSelectors": []},
    )
    for selectors in none:
        trails.refused(INVALID, "PutEventSelectors", TrailName="trail", **selectors)
    both: dict[str, Any] = {
        "EventSelectors": [DEFAULT],
        "AdvancedEventSelectors": [{"Name": "a", "FieldSelectors": [MANAGEMENT]}],
    }
    trails.refused(INVALID, "PutEventSelectors", TrailName="trail", **both)


def test_home_region_only(trails: Trails) -> None:
    trails.create(IsMultiRegionTrail=True)
    options: dict[str, Any] = {"TrailName": arn(), "EventSelectors": [DEFAULT], "region": ELSEWHERE}
    trails.refused("InvalidHomeRegionException", "PutEventSelectors", **options)
    assert trails("GetEventSelectors", region=ELSEWHERE, TrailName=arn())["EventSelectors"] == [DEFAULT]


@pytest.mark.parametrize(
    "selector",
    [
        {"ExcludeManagementEventSources": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]},
        data("arn:aws:s3"),
        data("arn:aws:s3:::"),
        data("arn:aws:s3:::bucket/", "arn:aws:s3:::bucket/prefix"),
        data("arn:aws:lambda", kind="AWS::Lambda::Function"),
        data("arn:aws:dynamodb", kind="AWS::DynamoDB::Table"),
        data("arn:aws:s3") | {"IncludeManagementEvents": False},
        data(*(f"arn:aws:s3:::bucket{number}/" for number in range(250))),
        data("arn:aws:s3", *(f"arn:aws:s3:::bucket{number}/" for number in range(250))),
    ],
)
def test_good_basic_selectors(trails: Trails, selector: dict[str, Any]) -> None:
    assert put(trails, EventSelectors=[selector])["EventSelectors"] == [DEFAULT | selector]


def test_five_basic_selectors(trails: Trails) -> None:
    put(trails, EventSelectors=[DEFAULT] * 5)
    trails.refused(INVALID, "PutEventSelectors", TrailName="trail", EventSelectors=[DEFAULT] * 6)


@pytest.mark.parametrize(
    "selector",
    [
        {"ReadWriteType": "Bogus"},
        {"ReadWriteType": "read-only"},
        {"ExcludeManagementEventSources": ["s3.amazonaws.com"]},
        {"IncludeManagementEvents": False},
        data("arn:aws:s3:::*"),
        data("arn:aws:s3:::bucket/*"),
        data("arn:aws:lambda:*", kind="AWS::Lambda::Function"),
        data("arn:aws:lambda", kind="AWS::S3::Object"),
        data("arn:aws:s3x", kind="AWS::S3::Object"),
        data("arn:aws:sqs:x", kind="AWS::SQS::Queue"),
        data(),
        data(*(f"arn:aws:s3:::bucket{number}/" for number in range(251))),
    ],
)
def test_bad_basic_selectors(trails: Trails, selector: dict[str, Any]) -> None:
    refused(trails, EventSelectors=[selector])


@pytest.mark.parametrize(
    "fields",
    [
        [MANAGEMENT],
        [MANAGEMENT, field("readOnly", "Equals", "true"), field("eventSource", "NotEquals", "kms.amazonaws.com")],
        DATA,
        [*DATA, field("resources.ARN", "NotStartsWith", "arn:aws:s3:::central-logs/")],
        [*DATA, {"Field": "eventName", "StartsWith": ["Put"], "NotEquals": ["PutObjectAcl"]}],
        [*DATA, field("eventName", "Equals", *(f"Event{number}" for number in range(498)))],
        NETWORK,
        [*NETWORK, field("errorCode", "Equals", "VpceAccessDenied")],
    ],
)
def test_good_advanced_selectors(trails: Trails, fields: list[dict[str, Any]]) -> None:
    advanced = [{"Name": "one", "FieldSelectors": fields}]
    assert put(trails, AdvancedEventSelectors=advanced)["AdvancedEventSelectors"] == advanced


@pytest.mark.parametrize(
    "fields",
    [
        [field("readOnly", "Equals", "true")],
        [field("eventCategory", "Equals", "Bogus")],
        [field("eventCategory", "Equals", "Management", "Data")],
        [field("eventCategory", "StartsWith", "Management")],
        [MANAGEMENT, MANAGEMENT],
        [MANAGEMENT, {"Field": "readOnly"}],
        [MANAGEMENT, field("readOnly", "NotEquals", "true")],
        [MANAGEMENT, field("readOnly", "Equals", "yes")],
        [MANAGEMENT, field("resources.ARN", "Equals", "arn:aws:s3:::x/")],
        [MANAGEMENT, field("eventName", "Equals", "RunInstances")],
        [field("eventCategory", "Equals", "Data")],
        [DATA[0], field("resources.type", "Equals", "AWS::S3::Object", "AWS::Lambda::Function")],
        [DATA[0], field("resources.type", "StartsWith", "AWS::S3::Object")],
        [*DATA, field("resources.ARN", "StartsWith", "arn:aws:s3:::*")],
        [*DATA, field("eventName", "Equals", "Put*")],
        [*DATA, field("bogus", "Equals", "x")],
        [*DATA, field("eventName", "Equals", "x" * 2049)],
        [*DATA, field("eventName", "Equals", *(f"Event{number}" for number in range(499)))],
        NETWORK[:1],
    ],
)
def test_bad_advanced_selectors(trails: Trails, fields: list[dict[str, Any]]) -> None:
    refused(trails, AdvancedEventSelectors=[{"Name": "one", "FieldSelectors": fields}])


CONSOLE = "sessionCredentialFromConsole"


@pytest.mark.parametrize(
    "fields",
    [
        [MANAGEMENT, field("eventSource", "NotEquals", "kms.amazonaws.com", "rdsdata.amazonaws.com")],
        *([*DATA, field(name, "StartsWith", "a")] for name in ("eventName", "eventSource", "eventType")),
        *([*DATA, field("userIdentity.arn", operator, "a")] for operator in ("Equals", "NotEndsWith")),
        *([*DATA, field(CONSOLE, operator, "true")] for operator in ("Equals", "NotEquals")),
        *([*NETWORK, field("vpcEndpointId", operator, "vpce-1")] for operator in ("EndsWith", "NotStartsWith")),
        [*NETWORK, field("userIdentity.arn", "NotEquals", "a"), field("eventName", "StartsWith", "List")],
        [DATA[0], field("resources.type", "Equals", "AWS::BedrockAgentCore::RuntimeEndpoint")],
        [DATA[0], field("resources.type", "Equals", "AWS::Quicksight::ActionConnector")],
    ],
)
def test_b4_fields_that_a_category_has(trails: Trails, fields: list[dict[str, Any]]) -> None:
    advanced = [{"Name": "x" * 1000, "FieldSelectors": fields}]
    assert put(trails, AdvancedEventSelectors=advanced)["AdvancedEventSelectors"] == advanced


@pytest.mark.parametrize(
    "fields",
    [
        *([MANAGEMENT, field(name, "Equals", "true")] for name in ("eventType", CONSOLE, "errorCode", "vpcEndpointId")),
        [MANAGEMENT, field("eventSource", "NotEquals", "ec2.amazonaws.com")],
        [MANAGEMENT, field("eventSource", "Equals", "kms.amazonaws.com")],
        [MANAGEMENT, field("eventSource", "NotStartsWith", "kms.amazonaws.com")],
        *([*DATA, field(name, "Equals", "VpceAccessDenied")] for name in ("errorCode", "vpcEndpointId")),
        *([*DATA, field(CONSOLE, "Equals", value)] for value in ("True", "false", "yes")),
        [*DATA, field(CONSOLE, "StartsWith", "true")],
        *([*DATA, field("readOnly", "Equals", value)] for value in ("True", "yes", "")),
        *([DATA[0], field("resources.type", "Equals", kind)] for kind in ("AWS::S3::Objects", "aws::s3::object", "S3")),
        *([*NETWORK, field(name, "Equals", "true")] for name in ("readOnly", "eventType", "resources.type", CONSOLE)),
        [*NETWORK, field("errorCode", "Equals", "AccessDenied")],
        [*NETWORK, field("errorCode", "NotEquals", "VpceAccessDenied")],
        [NETWORK[0], field("eventSource", "StartsWith", "s3")],
        [NETWORK[0], field("eventSource", "Equals", "s3.amazonaws.com", "kms.amazonaws.com")],
        *([{**MANAGEMENT, "Equals": [name]}] for name in ("Insight", "ActivityAuditLog", "management")),
    ],
)
def test_b4_fields_operators_and_values_that_a_category_does_not_have(
    trails: Trails, fields: list[dict[str, Any]]
) -> None:
    empty = any("" in field.get("Equals", []) for field in fields)
    code = "ValidationException" if empty else INVALID
    refused(trails, code, AdvancedEventSelectors=[{"Name": "one", "FieldSelectors": fields}])


def test_b4_a_name_of_more_than_1000_characters(trails: Trails) -> None:
    refused(trails, AdvancedEventSelectors=[{"Name": "x" * 1001, "FieldSelectors": [MANAGEMENT]}])


def test_b4_the_values_of_all_selectors_count_together(trails: Trails) -> None:
    halves = [
        {"FieldSelectors": [*DATA, field("eventName", "Equals", *(f"{half}{number}" for number in range(248)))]}
        for half in "ab"
    ]
    put(trails, AdvancedEventSelectors=halves)
    one_more = [*halves, {"FieldSelectors": [MANAGEMENT]}]
    trails.refused(INVALID, "PutEventSelectors", TrailName="trail", AdvancedEventSelectors=one_more)


@pytest.mark.parametrize(
    ("arn_field", "logged"),
    [
        ({"Equals": ["a/1"], "StartsWith": ["b/"]}, ["a/1", "b/1", "b/2.tmp"]),
        ({"Equals": ["a/1"], "EndsWith": [".tmp"]}, ["a/1", "a/2.tmp", "b/2.tmp"]),
        ({"StartsWith": ["a/", "b/"], "NotEndsWith": [".tmp"]}, ["a/1", "b/1"]),
        ({"EndsWith": [".tmp"], "NotStartsWith": ["a/"], "NotEquals": ["c"]}, ["b/2.tmp"]),
        ({"NotEquals": ["a/1", "b/1"], "NotEndsWith": [".tmp"]}, []),
    ],
)
def test_b5_operators_that_select_are_alternatives(arn_field: dict[str, Any], logged: list[str]) -> None:
    """The example of https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html"""
    selector = {"FieldSelectors": [*DATA, {"Field": "resources.ARN", **arn_field}]}
    record = {"eventCategory": "Data", "resources.type": "AWS::S3::Object"}
    arns = ("a/1", "a/2.tmp", "b/1", "b/2.tmp")
    assert [name for name in arns if matches(selector, {**record, "resources.ARN": name})] == logged


def test_advanced_selectors_that_the_model_refuses(trails: Trails) -> None:
    refused(trails, "ValidationException", AdvancedEventSelectors=[{"Name": "one", "FieldSelectors": []}])
    empty = {"FieldSelectors": [*DATA, field("eventName", "Equals", "")]}
    for bad in ({"Name": "one"}, {"FieldSelectors": [{"Equals": ["x"]}]}, empty):
        trails.refused("ValidationException", "PutEventSelectors", TrailName="trail", AdvancedEventSelectors=[bad])


@pytest.mark.parametrize(
    ("selectors", "read", "written", "kms"),
    [
        ({}, True, True, True),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}, False, True, True),
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, True, False, False),
        ({"EventSelectors": [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]}, True, True, False),
        ({"EventSelectors": [data("arn:aws:s3") | {"IncludeManagementEvents": False}]}, False, False, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": DATA}]}, False, False, False),
        (
            {"AdvancedEventSelectors": [{"FieldSelectors": [MANAGEMENT, field("readOnly", "Equals", "false")]}]},
            False,
            True,
            True,
        ),
        (
            {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": DATA},
                    {"FieldSelectors": [MANAGEMENT, field("eventSource", "NotEquals", "kms.amazonaws.com")]},
                ]
            },
            True,
            True,
            False,
        ),
    ],
)
def test_what_is_logged(selectors: dict[str, Any], read: bool, written: bool, kms: bool) -> None:
    chosen = selected(selectors) if selectors else default_selectors()
    assert logs_management_event(chosen, "ec2.amazonaws.com", "DescribeInstances", True) is read
    assert logs_management_event(chosen, "ec2.amazonaws.com", "RunInstances", False) is written
    assert logs_management_event(chosen, "kms.amazonaws.com", "CreateKey", False) is kms
