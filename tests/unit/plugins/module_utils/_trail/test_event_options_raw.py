# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Option advanced_event_selectors, and what is refused because a trail cannot have it, in both forms."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._trail.argument_spec import EVENT_SPEC
from ansible_collections.central_logging.aws.plugins.module_utils._trail.resource_types import (
    KNOWN_TYPES,
    unknown_types,
)
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import LAMBDA, S3

from tests.fakes.event_selection import ARNS, LOG_BUCKET, compose, options


def raw(*fields: dict[str, Any], name: str | None = "Mine") -> dict[str, Any]:
    operators = ("equals", "starts_with", "ends_with", "not_equals", "not_starts_with", "not_ends_with")
    return {"name": name, "field_selectors": [{**dict.fromkeys(operators), **field} for field in fields]}


DATA = {"field": "eventCategory", "equals": ["Data"]}
OBJECTS = {"field": "resources.type", "equals": [S3]}


def test_advanced_selectors_are_sent_unchanged() -> None:
    arns = {"field": "resources.ARN", "starts_with": ["a", "b"], "not_ends_with": ["c"]}
    composed = compose(None, advanced_event_selectors=[raw(DATA, OBJECTS, arns), raw(DATA, OBJECTS, name=None)])
    assert composed == [
        {
            "Name": "Mine",
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.ARN", "NotEndsWith": ["c"], "StartsWith": ["a", "b"]},
                {"Field": "resources.type", "Equals": [S3]},
            ],
        },
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": [S3]},
            ]
        },
    ]


@pytest.mark.parametrize(
    "given",
    [{"management_events": "all"}, {"exclude_management_event_sources": []}, {"data_events": {"s3": ["all"]}}],
)
def test_both_forms_together_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="advanced_event_selectors .*excludes management_events.*one or the other"):
        options(advanced_event_selectors=[raw(DATA, OBJECTS)], **given)


@pytest.mark.parametrize(
    ("selector", "sentence"),
    [
        (raw(OBJECTS), "Mine: field eventCategory must equal one of Data, Management, NetworkActivity"),
        (raw({"field": "eventCategory", "equals": ["Insight"]}), "eventCategory must equal"),
        (raw({"field": "eventCategory", "equals": ["Data", "Management"]}), "eventCategory must equal"),
        (raw({"field": "eventCategory", "equals": ["Data"]}, name=None), "selector 1: field resources.type must equal"),
        (
            raw(DATA, {"field": "resources.type", "equals": [S3, LAMBDA]}),
            "resources.type must equal one type for data events",
        ),
        (raw(DATA, {"field": "resources.type", "not_equals": [S3]}), "resources.type does not support NotEquals"),
        (raw(DATA, OBJECTS, {"field": "readOnly", "not_equals": ["true"]}), "readOnly does not support NotEquals"),
        (raw({"field": "eventCategory", "starts_with": ["Data"]}), "eventCategory does not support StartsWith"),
        (raw(DATA, OBJECTS, {"field": "resources.ARN", "equals": ["arn:aws:s3:::b/*"]}), "wildcard"),
        (raw(DATA, OBJECTS, OBJECTS), "contains field resources.type twice"),
        (raw(DATA, OBJECTS, {"field": "resources.ARN"}), "field resources.ARN has no operator"),
        (raw(DATA, OBJECTS, {"field": "resources.ARN", "equals": []}), "field resources.ARN has no operator"),
    ],
)
def test_advanced_selectors_that_cloudtrail_would_refuse_or_misread_are_refused(
    selector: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=f"advanced_event_selectors: .*{sentence}"):
        options(advanced_event_selectors=[selector])


MANAGEMENT = {"field": "eventCategory", "equals": ["Management"]}
NETWORK = {"field": "eventCategory", "equals": ["NetworkActivity"]}
OF_S3 = {"field": "eventSource", "equals": ["s3.amazonaws.com"]}
CONSOLE = "sessionCredentialFromConsole"


def only(field: str, *values: str, operator: str = "equals") -> dict[str, Any]:
    return {"field": field, operator: list(values)}


@pytest.mark.parametrize(
    "fields",
    [
        [MANAGEMENT],
        [MANAGEMENT, only("readOnly", "true")],
        [MANAGEMENT, only("eventSource", "kms.amazonaws.com", "rdsdata.amazonaws.com", operator="not_equals")],
        [DATA, OBJECTS, only("readOnly", "false"), only("eventType", "AwsServiceEvent", operator="not_equals")],
        [DATA, OBJECTS, only("eventName", "Put", operator="starts_with"), only("eventSource", "s3.amazonaws.com")],
        [DATA, OBJECTS, only("userIdentity.arn", "arn:aws:iam::1:role/x", operator="not_starts_with")],
        [DATA, OBJECTS, only("resources.ARN", ".tmp", operator="not_ends_with")],
        [DATA, OBJECTS, only(CONSOLE, "true")],
        [DATA, OBJECTS, only(CONSOLE, "true", operator="not_equals")],
        [DATA, only("resources.type", "AWS::New::Thing")],
        [NETWORK, OF_S3],
        [NETWORK, OF_S3, only("errorCode", "VpceAccessDenied"), only("eventName", "Get", operator="starts_with")],
        [NETWORK, OF_S3, only("vpcEndpointId", "vpce-1", operator="not_equals"), only("userIdentity.arn", "x")],
    ],
)
def test_b4_selectors_that_a_trail_can_have(fields: list[dict[str, Any]]) -> None:
    assert len(compose(None, advanced_event_selectors=[raw(*fields, name="x" * 1000)])) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            [MANAGEMENT, only("eventType", "AwsApiCall")],
            "field eventType is not valid for Management events of a trail",
        ),
        (
            [MANAGEMENT, only("eventName", "RunInstances")],
            "field eventName is not valid .*Use eventCategory, eventSource",
        ),
        ([MANAGEMENT, only("userIdentity.arn", "x")], "userIdentity.arn is not valid for Management"),
        ([MANAGEMENT, only(CONSOLE, "true")], f"{CONSOLE} is not valid for Management"),
        ([MANAGEMENT, OBJECTS], "resources.type is not valid for Management"),
        ([MANAGEMENT, only("eventSource", "kms.amazonaws.com")], "eventSource does not support Equals. Use not_equals"),
        (
            [MANAGEMENT, only("eventSource", "ec2.amazonaws.com", operator="not_equals")],
            'eventSource does not accept .ec2.amazonaws.com.. Use "kms.amazonaws.com" or "rdsdata.amazonaws.com"',
        ),
        ([DATA, OBJECTS, only("errorCode", "VpceAccessDenied")], "errorCode is not valid for Data events"),
        ([DATA, OBJECTS, only("vpcEndpointId", "vpce-1")], "vpcEndpointId is not valid for Data events"),
        ([DATA, OBJECTS, only("eventname", "PutObject")], "eventname is not valid for Data .*eventName"),
        ([DATA, OBJECTS, only("readOnly", "yes")], 'readOnly does not accept .yes.. Use "false" or "true"'),
        ([DATA, OBJECTS, only("readOnly", "true", operator="starts_with")], "readOnly does not support StartsWith"),
        ([DATA, OBJECTS, only(CONSOLE, "false")], f'{CONSOLE} does not accept .false.. Use "true"'),
        ([DATA, OBJECTS, only(CONSOLE, "true", operator="ends_with")], "EndsWith. Use equals or not_equals"),
        ([NETWORK], "eventSource must equal one service for network activity events"),
        ([NETWORK, only("eventSource", "a", "b")], "eventSource must equal one service .*Use a selector for each"),
        ([NETWORK, only("eventSource", "s3", operator="starts_with")], "eventSource does not support StartsWith"),
        ([NETWORK, OF_S3, only("readOnly", "true")], "readOnly is not valid for NetworkActivity"),
        ([NETWORK, OF_S3, only("errorCode", "AccessDenied")], 'Use "VpceAccessDenied"'),
        ([NETWORK, OF_S3, only("errorCode", "VpceAccessDenied", operator="not_equals")], "errorCode does not support"),
        ([DATA, OBJECTS, only("eventName", "")], "eventName contains a value that is empty or has several lines"),
        ([DATA, OBJECTS, only("eventName", "a\nb")], "eventName contains a value that is empty or has several lines"),
        ([DATA, OBJECTS, only("eventName", "x" * 2049)], "a value of 2049 characters. CloudTrail accepts 2048"),
    ],
)
def test_b4_fields_operators_and_values_that_the_category_does_not_have_are_refused(
    fields: list[dict[str, Any]], sentence: str
) -> None:
    with pytest.raises(Refused, match=f"advanced_event_selectors: selector Mine: .*{sentence}"):
        options(advanced_event_selectors=[raw(*fields)])


def as_yaml(field: str, value: bool | None) -> ValidationResult:
    """The task's options as YAML reads them: C(equals: [yes])."""
    selector = {"field_selectors": [DATA, OBJECTS, {"field": field, "equals": [value]}]}
    validator = ArgumentSpecValidator({"advanced_event_selectors": EVENT_SPEC["advanced_event_selectors"]})
    return validator.validate({"advanced_event_selectors": [selector]})


@pytest.mark.parametrize("field", ["readOnly", CONSOLE, "eventName"])
@pytest.mark.parametrize("value", [True, False])
def test_b4_what_yaml_does_not_read_as_text_is_refused(field: str, value: bool) -> None:
    validated = as_yaml(field, value)
    assert not validated.error_messages
    with pytest.raises(
        Refused, match=f"{field} contains the boolean {value}, because YAML does not read .*Use quotes, such as .true."
    ):
        options(**validated.validated_parameters)


@pytest.mark.parametrize("field", ["readOnly", CONSOLE, "eventName"])
def test_b4_an_empty_value_is_refused(field: str) -> None:
    """The argument spec of ansible-core 2.17 refuses it itself. Later versions read an empty string."""
    validated = as_yaml(field, None)
    if validated.error_messages:
        assert "equals" in validated.error_messages[0]
        return
    with pytest.raises(Refused, match="contains a value that is empty"):
        options(**validated.validated_parameters)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("x" * 1001, "selector 2 has a name of 1001 characters. CloudTrail accepts 1000"), ("a\nb", "several lines")],
)
def test_b4_names_that_cloudtrail_does_not_accept_are_refused(name: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        options(advanced_event_selectors=[raw(MANAGEMENT), raw(DATA, OBJECTS, name=name)])


@pytest.mark.parametrize("source", ["ec2.amazonaws.com", "kms", "KMS.amazonaws.com", ""])
def test_b4_only_two_services_can_be_excluded(source: str) -> None:
    with pytest.raises(
        Refused, match="exclude_management_event_sources: .*kms.amazonaws.com and rdsdata.amazonaws.com"
    ):
        options(exclude_management_event_sources=["kms.amazonaws.com", source])


def test_b4_too_many_values_are_refused_before_the_trail_is_read() -> None:
    names = [str(number) for number in range(498)]
    options(advanced_event_selectors=[raw(DATA, OBJECTS, only("eventName", *names))])
    for more in (
        [raw(DATA, OBJECTS, only("eventName", *names)), raw(MANAGEMENT)],
        [raw(DATA, OBJECTS, only("eventName", *names, "x"))],
    ):
        with pytest.raises(Refused, match="contain 501 values. CloudTrail accepts 500"):
            options(advanced_event_selectors=more)
    with pytest.raises(Refused, match="contain 502 values"):
        options(data_events={"s3": [f"arn:aws:s3:::bucket-{number}" for number in range(500)]})


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("AWS::S3::Objects", "Did you mean AWS::S3::Object?"),
        ("aws::s3::object", "Did you mean AWS::S3::Object?"),
        ("AWS::QuickSight::ActionConnector", "Did you mean AWS::Quicksight::ActionConnector?"),
        ("AWS::New::Thing", "Check the spelling in AWS's list"),
    ],
)
def test_b4_a_type_that_is_not_known_is_a_warning(kind: str, sentence: str) -> None:
    selectors = options(
        advanced_event_selectors=[raw(MANAGEMENT), raw(DATA, only("resources.type", kind), name=None)]
    ).raw
    (warning,) = unknown_types(selectors or ())
    assert f"selector 2 has the resources.type {kind}, which is not known" in warning
    assert sentence in warning


def test_b4_the_known_types() -> None:
    assert {S3, LAMBDA, "AWS::DynamoDB::Table", "AWS::Bedrock::KnowledgeBase", "AWS::XRay::Trace"} <= KNOWN_TYPES
    assert all(re.fullmatch(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+", kind) for kind in KNOWN_TYPES)
    assert unknown_types(options(advanced_event_selectors=[raw(DATA, OBJECTS)]).raw or ()) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("s3", "customers"),
        ("s3", "arn:aws:s3:::*"),
        ("s3", "arn:aws:s3:::customers/*"),
        ("s3", ARNS[LAMBDA][0]),
        ("s3", "arn:aws:lambda"),
        ("lambda", "arn:aws:s3:::customers"),
        ("lambda", "arn:aws:lambda:us-east-1:111122223333:function:*"),
        ("lambda", "one"),
        ("lambda", "True"),
    ],
)
def test_arns_of_several_resources_are_refused(kind: str, value: str) -> None:
    with pytest.raises(Refused, match=rf"data_events: {kind}: '.*' is not the ARN of a single resource.* all, or off"):
        options(data_events={kind: [value]})


def test_all_among_others_is_refused() -> None:
    with pytest.raises(Refused, match="'all' is not the ARN"):
        options(data_events={"s3": ["all", "arn:aws:s3:::customers"]})


def test_selecting_no_events_is_refused() -> None:
    with pytest.raises(Refused, match="leave no events to record.*logging: false"):
        options(management_events="none", data_events={"s3": [], "lambda": []}).compose(None, LOG_BUCKET)
    with pytest.raises(Refused):
        options(advanced_event_selectors=[]).compose(None, LOG_BUCKET)


def test_the_limit_of_values_over_all_selectors() -> None:
    """500: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html"""
    fits = [f"arn:aws:s3:::bucket-{number}" for number in range(500 - 5)]  # category and type of two, category of one
    options(data_events={"s3": fits}).compose(None, LOG_BUCKET)
    with pytest.raises(Refused, match="contain 501 values. CloudTrail accepts 500"):
        options(data_events={"s3": [*fits, "arn:aws:s3:::one-more"]}).compose(None, LOG_BUCKET)
