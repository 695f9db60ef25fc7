# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No event that a change of selectors loses goes unnoticed, and equivalent selectors lose nothing."""

from __future__ import annotations

import random

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail.recorded_events import lost_selectors
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import (
    LAMBDA,
    OPERATORS,
    S3,
    Selector,
    from_aws,
)

from tests.fakes.event_selection import ARNS, EVENTS, recorded_by_advanced

LOGS = "arn:aws:s3:::secprod-multiaccount-logs/"
ALL_S3 = Selector.of("", ("eventCategory", "Equals", ["Data"]), ("resources.type", "Equals", [S3]))
WITHOUT_LOGS = Selector.of("", *ALL_S3.conditions, ("resources.ARN", "NotStartsWith", [LOGS]))
ALL_MANAGEMENT = Selector.of("", ("eventCategory", "Equals", ["Management"]))


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


READ_AND_WRITE = [
    Selector.of("", *ALL_MANAGEMENT.conditions, ("readOnly", "Equals", [value])) for value in ("true", "false")
]
CUSTOMERS = "arn:aws:s3:::customers/"
# two sets of selectors that record the same events
EQUIVALENT: dict[str, tuple[list[Selector], list[Selector]]] = {
    "read and write management events": ([ALL_MANAGEMENT], READ_AND_WRITE),
    "the same, of a basic selector": (list(from_aws({"EventSelectors": [{}]})), READ_AND_WRITE),
    "basic selectors, of a basic selector": (
        list(from_aws({"EventSelectors": [{}]})),
        list(from_aws({"EventSelectors": [{"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"}]})),
    ),
    "read and write data events": ([data()], [data(readOnly__Equals=["true"]), data(readOnly__Equals=["false"])]),
    "one name and all others": ([data()], [data(eventName__Equals=["a"]), data(eventName__NotEquals=["a"])]),
    "one bucket and all others": ([data()], [data(ARN__StartsWith=[CUSTOMERS]), data(ARN__NotStartsWith=[CUSTOMERS])]),
    "two buckets of one selector": (
        [data(ARN__StartsWith=[CUSTOMERS, "arn:aws:s3:::other/"])],
        [data(ARN__StartsWith=[CUSTOMERS]), data(ARN__StartsWith=["arn:aws:s3:::other/"])],
    ),
    "two operators of one selector": (
        [data(ARN__StartsWith=[CUSTOMERS], ARN__Equals=["arn:aws:s3:::other/1"])],
        [data(ARN__StartsWith=[CUSTOMERS]), data(ARN__Equals=["arn:aws:s3:::other/1"])],
    ),
    "each source excluded by one of two": (
        [ALL_MANAGEMENT],
        [
            Selector.of("", *ALL_MANAGEMENT.conditions, ("eventSource", "NotEquals", [f"{source}.amazonaws.com"]))
            for source in ("kms", "rdsdata")
        ],
    ),
    "KMS excluded from both halves": (
        [WITHOUT_KMS],
        [
            Selector.of("", *half.conditions, ("eventSource", "NotEquals", ["kms.amazonaws.com"]))
            for half in READ_AND_WRITE
        ],
    ),
    "the same prefix twice": (
        [data(ARN__StartsWith=[CUSTOMERS])],
        [data(ARN__StartsWith=[CUSTOMERS, f"{CUSTOMERS}a"])],
    ),
    "a part of what another one records": ([data()], [data(), data(readOnly__Equals=["true"])]),
    "halves without the log bucket": (
        [WITHOUT_LOGS],
        [
            data(ARN__NotStartsWith=[LOGS], readOnly__Equals=["true"]),
            data(ARN__NotStartsWith=[LOGS], readOnly__Equals=["false"]),
        ],
    ),
}


@pytest.mark.parametrize(("left", "right"), EQUIVALENT.values(), ids=EQUIVALENT)
def test_b5_equivalent_selectors_lose_nothing_in_either_direction(left: list[Selector], right: list[Selector]) -> None:
    assert lost_selectors(left, right, LOGS) == []
    assert lost_selectors(right, left, LOGS) == []
    assert lost_selectors(left, right, "") == []


@pytest.mark.parametrize(("left", "right"), EQUIVALENT.values(), ids=EQUIVALENT)
def test_b5_a_rewriting_that_leaves_out_a_part_is_a_loss(left: list[Selector], right: list[Selector]) -> None:
    for number in range(len(right)):
        rest = right[:number] + right[number + 1 :]
        events = [event for event in EVENTS if recorded_by_advanced([item.as_aws() for item in left], event)]
        kept = all(recorded_by_advanced([item.as_aws() for item in rest], event) for event in events)
        assert kept or lost_selectors(left, rest, LOGS)


def test_b5_an_operator_that_is_an_alternative_is_not_contained_in_the_other() -> None:
    before = data(ARN__StartsWith=[CUSTOMERS], ARN__Equals=["arn:aws:s3:::other/1"])
    assert lost_selectors([before], [data(ARN__StartsWith=[CUSTOMERS])], LOGS) == [before]


@pytest.mark.parametrize(("before", "after"), NOT_LOST.values(), ids=NOT_LOST)
def test_not_lost(before: Selector, after: Selector) -> None:
    assert lost_selectors([before], [after], LOGS) == []


@pytest.mark.parametrize(("before", "after"), LOST.values(), ids=LOST)
def test_lost(before: Selector, after: Selector | None) -> None:
    assert lost_selectors([before], [after] if after else [], LOGS) == [before]


def _random_selector(chance: random.Random) -> Selector:
    if chance.random() < 0.3:
        sources = chance.sample(["kms.amazonaws.com", "rdsdata.amazonaws.com"], chance.randint(0, 2))
        more = [("eventSource", "NotEquals", sources)] if sources else []
        return Selector.of("", ("eventCategory", "Equals", ["Management"]), *more, *_read_only(chance))
    kind = chance.choice(list(ARNS))
    values = ["arn:aws:s3:::customers/", "arn:aws:s3:::customers", "arn:aws:s3:::", LOGS, *ARNS[kind]]
    operators = chance.sample(OPERATORS, chance.randint(0, 2))
    arns = [("resources.ARN", operator, chance.sample(values, chance.randint(1, 2))) for operator in operators]
    return Selector.of("", *data(kind).conditions, *arns, *_read_only(chance))


def _read_only(chance: random.Random) -> list[tuple[str, str, list[str]]]:
    only = chance.choice([None, None, "true", "false"])
    return [("readOnly", "Equals", [only])] if only else []


def test_no_loss_goes_unnoticed() -> None:
    chance = random.Random(20)
    unnoticed = checked = 0
    for _try in range(1_000):
        before, after = _random_selector(chance), [_random_selector(chance) for _number in range(chance.randint(1, 2))]
        if lost_selectors([before], after, LOGS):
            continue
        checked += 1
        for event in EVENTS:
            if event.get("resources.ARN", "").startswith(LOGS) or not recorded_by_advanced([before.as_aws()], event):
                continue
            unnoticed += not recorded_by_advanced([item.as_aws() for item in after], event)
    assert unnoticed == 0
    assert checked > 80
