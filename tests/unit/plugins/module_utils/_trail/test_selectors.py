# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Selectors of both forms record the same events, and no loss goes unnoticed."""

from __future__ import annotations

import random
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


# lost


def data(kind: str = S3, **conditions: list[str]) -> Selector:
    """A data selector; conditions as FIELD__OPERATOR, with ARN for resources.ARN."""
    fields = {"ARN": "resources.ARN", "readOnly": "readOnly", "eventName": "eventName"}
    given = [(fields[name.split("__")[0]], name.split("__")[1], values) for name, values in conditions.items()]
    return Selector.of("", ("eventCategory", "Equals", ["Data"]), ("resources.type", "Equals", [kind]), *given)


READ_MANAGEMENT = Selector.of("", ("eventCategory", "Equals", ["Management"]), ("readOnly", "Equals", ["true"]))
WITHOUT_KMS = Selector.of("", *ALL_MANAGEMENT.conditions, ("eventSource", "NotEquals", ["kms.amazonaws.com"]))
WITHOUT_TWO = Selector.of("", *ALL_MANAGEMENT.conditions, ("eventSource", "NotEquals", ["kms.amazonaws.com", "x"]))
BUCKET = data(ARN__StartsWith=["arn:aws:s3:::customers/"])

NOT_LOST = {
    "the same": (ALL_S3, ALL_S3),
    "without the log bucket": (ALL_S3, WITHOUT_LOGS),
    "the log bucket comes back": (WITHOUT_LOGS, ALL_S3),
    "read becomes all": (READ_MANAGEMENT, ALL_MANAGEMENT),
    "fewer sources left out": (WITHOUT_TWO, WITHOUT_KMS),
    "a bucket in all": (BUCKET, ALL_S3),
    "a bucket in all but the log bucket": (BUCKET, WITHOUT_LOGS),
    "a prefix in its bucket": (data(ARN__StartsWith=["arn:aws:s3:::customers/a"]), BUCKET),
    "one of two buckets": (BUCKET, data(ARN__StartsWith=["arn:aws:s3:::other/", "arn:aws:s3:::customers/"])),
    "a file in its bucket": (data(ARN__Equals=["arn:aws:s3:::customers/a"]), BUCKET),
    "all but less": (data(ARN__NotStartsWith=["a", "b"]), data(ARN__NotStartsWith=["a"])),
    "writes in all": (data(readOnly__Equals=["false"]), ALL_S3),
}
LOST = {
    "nothing any more": (ALL_S3, None),
    "another kind": (ALL_S3, ALL_MANAGEMENT),
    "another type": (data(LAMBDA), ALL_S3),
    "all becomes read": (ALL_MANAGEMENT, READ_MANAGEMENT),
    "KMS left out": (ALL_MANAGEMENT, WITHOUT_KMS),
    "more left out": (WITHOUT_KMS, WITHOUT_TWO),
    "all becomes a bucket": (ALL_S3, BUCKET),
    "bucket becomes prefix": (BUCKET, data(ARN__StartsWith=["arn:aws:s3:::customers/a"])),
    "bucket becomes another": (BUCKET, data(ARN__StartsWith=["arn:aws:s3:::customers-more/"])),
    "bucket becomes file": (BUCKET, data(ARN__Equals=["arn:aws:s3:::customers/a"])),
    "another bucket is left out": (ALL_S3, data(ARN__NotStartsWith=["arn:aws:s3:::customers/"])),
    "more than the log bucket is left out": (ALL_S3, data(ARN__NotStartsWith=[LOGS, "arn:aws:s3:::customers/"])),
    "a prefix of the log bucket's name is left out": (ALL_S3, data(ARN__NotStartsWith=["arn:aws:s3:::secprod"])),
    "endings": (ALL_S3, data(ARN__NotEndsWith=[".tmp"])),
    "one of two functions": (data(LAMBDA, ARN__Equals=["a", "b"]), data(LAMBDA, ARN__Equals=["a"])),
    "the bucket and the rest": (BUCKET, data(ARN__NotStartsWith=["arn:aws:s3:::customers/a"])),
    "some names only": (ALL_S3, data(eventName__Equals=["PutObject"])),
}


@pytest.mark.parametrize(("before", "after"), NOT_LOST.values(), ids=NOT_LOST)
def test_not_lost(before: Selector, after: Selector) -> None:
    assert selectors.lost_selectors([before], [after], LOGS) == []


@pytest.mark.parametrize(("before", "after"), LOST.values(), ids=LOST)
def test_lost(before: Selector, after: Selector | None) -> None:
    assert selectors.lost_selectors([before], [after] if after else [], LOGS) == [before]


def _random_selector(chance: random.Random) -> Selector:
    if chance.random() < 0.3:
        sources = chance.sample(["kms.amazonaws.com", "rdsdata.amazonaws.com"], chance.randint(0, 2))
        more = [("eventSource", "NotEquals", sources)] if sources else []
        return Selector.of("", ("eventCategory", "Equals", ["Management"]), *more, *_read_only(chance))
    kind = chance.choice(list(ARNS))
    values = ["arn:aws:s3:::customers/", "arn:aws:s3:::customers", "arn:aws:s3:::", LOGS, *ARNS[kind]]
    operators = chance.sample(selectors.OPERATORS, chance.randint(0, 2))
    arns = [("resources.ARN", operator, chance.sample(values, chance.randint(1, 2))) for operator in operators]
    return Selector.of("", *data(kind).conditions, *arns, *_read_only(chance))


def _read_only(chance: random.Random) -> list[tuple[str, str, list[str]]]:
    only = chance.choice([None, None, "true", "false"])
    return [("readOnly", "Equals", [only])] if only else []


def test_no_loss_goes_unnoticed() -> None:
    chance = random.Random(20)
    unnoticed = checked = 0
    for _try in range(10_000):
        before, after = _random_selector(chance), [_random_selector(chance) for _number in range(chance.randint(1, 2))]
        if selectors.lost_selectors([before], after, LOGS):
            continue
        checked += 1
        for event in EVENTS:
            if event.get("resources.ARN", "").startswith(LOGS) or not recorded_by_advanced([before.as_aws()], event):
                continue
            unnoticed += not recorded_by_advanced([item.as_aws() for item in after], event)
    assert unnoticed == 0
    assert checked > 250
