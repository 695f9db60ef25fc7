# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Option advanced_event_selectors, and the values that are refused in both forms."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
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


def test_a_boolean_in_yaml_is_sent_in_lower_case() -> None:
    selectors = [raw(DATA, OBJECTS, {"field": "readOnly", "equals": ["False"]})]
    assert {"Field": "readOnly", "Equals": ["false"]} in compose(None, advanced_event_selectors=selectors)[0][
        "FieldSelectors"
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
        (raw(DATA, {"field": "resources.type", "equals": [S3, LAMBDA]}), "resources.type must equal one type"),
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
