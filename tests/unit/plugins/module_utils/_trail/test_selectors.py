# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Selectors of both forms record the same events."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail import selectors
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import (
    LAMBDA,
    MANAGEMENT,
    OTHER,
    S3,
    Selector,
)

from tests.fakes.event_selection import ARNS, EVENTS, recorded_by_advanced, recorded_by_basic
from tests.fakes.support import validate

LOGS = "arn:aws:s3:::secprod-multiaccount-logs/"
ALL_S3 = Selector.of("", ("eventCategory", "Equals", ["Data"]), ("resources.type", "Equals", [S3]))
WITHOUT_LOGS = Selector.of("", *ALL_S3.conditions, ("resources.ARN", "NotStartsWith", [LOGS]))
ALL_MANAGEMENT = Selector.of("", ("eventCategory", "Equals", ["Management"]))

BASIC: dict[str, list[dict[str, Any]]] = {
    "what CloudTrail gives a new trail": [{}],
    "all": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}],
    "read": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}],
    "write": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}],
    "without KMS": [{"IncludeManagementEvents": True, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}],
    "read without two": [
        {
            "ReadWriteType": "ReadOnly",
            "ExcludeManagementEventSources": ["kms.amazonaws.com", "rdsdata.amazonaws.com"],
        }
    ],
    "all S3, old": [{"DataResources": [{"Type": S3, "Values": ["arn:aws:s3:::"]}]}],
    "all S3": [{"IncludeManagementEvents": False, "DataResources": [{"Type": S3, "Values": ["arn:aws:s3"]}]}],
    "one bucket": [{"DataResources": [{"Type": S3, "Values": ["arn:aws:s3:::customers/"]}]}],
    "one prefix, written": [
        {
            "ReadWriteType": "WriteOnly",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": S3, "Values": ["arn:aws:s3:::customers/a", "arn:aws:s3:::customers-more/"]}],
        }
    ],
    "one of many means all": [{"DataResources": [{"Type": S3, "Values": ["arn:aws:s3:::customers/", "arn:aws:s3"]}]}],
    "all functions": [{"DataResources": [{"Type": LAMBDA, "Values": ["arn:aws:lambda"]}]}],
    "one function": [{"DataResources": [{"Type": LAMBDA, "Values": ARNS[LAMBDA][:1]}]}],
    "one table": [{"DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ARNS["AWS::DynamoDB::Table"]}]}],
    "nothing in a resource": [{"DataResources": [{"Type": S3, "Values": []}]}],
    "two selectors": [
        {"ReadWriteType": "ReadOnly", "DataResources": [{"Type": S3, "Values": ["arn:aws:s3"]}]},
        {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False, "DataResources": []},
    ],
    "both kinds": [
        {"DataResources": [{"Type": S3, "Values": ["arn:aws:s3"]}, {"Type": LAMBDA, "Values": ["arn:aws:lambda"]}]}
    ],
}


@pytest.mark.parametrize("basic", BASIC.values(), ids=BASIC)
def test_basic_selectors_become_advanced_ones_that_record_the_same(basic: list[dict[str, Any]]) -> None:
    validate("cloudtrail", "put_event_selectors", {"TrailName": "trail", "EventSelectors": basic})
    advanced = [item.as_aws() for item in selectors.from_aws({"EventSelectors": basic})]
    validate("cloudtrail", "put_event_selectors", {"TrailName": "trail", "AdvancedEventSelectors": advanced})
    for event in EVENTS:
        assert recorded_by_advanced(advanced, event) is recorded_by_basic(basic, event), event


def test_the_management_selector_is_named_as_the_console_names_it() -> None:
    (found,) = selectors.from_aws({"EventSelectors": [{}]})
    assert found.as_aws() == {
        "Name": "Management events selector",
        "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
    }


def test_there_and_back() -> None:
    item = {
        "Name": "Everything at once",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "readOnly", "Equals": ["false"]},
            {"Field": "resources.ARN", "StartsWith": ["a", "b"], "NotEndsWith": ["z"], "NotStartsWith": ["ab"]},
            {"Field": "resources.type", "Equals": [S3]},
        ],
    }
    found = selectors._from_advanced(item)
    assert found.as_aws() == item
    assert selectors.from_aws({"AdvancedEventSelectors": [item], "EventSelectors": []}) == (found,)
    assert selectors.from_aws({}) == ()


@pytest.mark.parametrize(
    ("selector", "kind"),
    [
        (ALL_MANAGEMENT, MANAGEMENT),
        (ALL_S3, S3),
        (WITHOUT_LOGS, S3),
        (Selector.of("", ("eventCategory", "Equals", ["Data"]), ("resources.type", "Equals", [LAMBDA])), LAMBDA),
        (
            Selector.of("", ("eventCategory", "Equals", ["Data"]), ("resources.type", "Equals", ["AWS::SNS::Topic"])),
            OTHER,
        ),
        (Selector.of("", ("eventCategory", "Equals", ["NetworkActivity"])), OTHER),
    ],
)
def test_kind(selector: Selector, kind: str) -> None:
    assert selector.kind == kind


@pytest.mark.parametrize(
    ("arn", "everything"),
    [
        ("arn:aws:s3", True),
        ("arn:aws:s3:::", True),
        ("arn:aws-cn:s3:::", True),
        ("arn:aws:lambda", True),
        ("arn:aws:s3:::bucket", False),
        ("arn:aws:s3:::bucket/", False),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", False),
        ("arn", False),
        ("", False),
    ],
)
def test_means_all(arn: str, everything: bool) -> None:
    assert selectors.means_all(arn) is everything


def test_same() -> None:
    renamed = Selector(name="Another name", conditions=ALL_S3.conditions)
    assert selectors.same_events([ALL_S3, ALL_MANAGEMENT], [ALL_MANAGEMENT, renamed])
    assert not selectors.same_events([ALL_S3], [renamed], names=True)
    assert not selectors.same_events([ALL_S3], [WITHOUT_LOGS])
    assert not selectors.same_events([ALL_S3], [])


def _arns(**operators: list[str]) -> Selector:
    return Selector.of("", *ALL_S3.conditions, *(("resources.ARN", name, values) for name, values in operators.items()))


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (_arns(StartsWith=["a/"], Equals=["b/1"]), _arns(Equals=["b/1"]), True),
        (_arns(StartsWith=["a/"], Equals=["b/1"]), _arns(Equals=["c/1"]), False),
        (_arns(StartsWith=["a/"], EndsWith=[".tmp"]), _arns(StartsWith=["b/"]), True),
        (_arns(StartsWith=["a/"], Equals=["b/1"], NotEquals=["b/1"]), _arns(Equals=["b/1"]), False),
    ],
)
def test_b5_selecting_operators_of_a_field_are_alternatives(first: Selector, second: Selector, shared: bool) -> None:
    assert selectors.may_share_events(first, second) is shared
    assert selectors.may_share_events(second, first) is shared
