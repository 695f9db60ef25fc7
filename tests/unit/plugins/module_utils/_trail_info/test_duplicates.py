# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Events that several trails record."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info import duplicates
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import TrailFacts

from tests.fakes.fake_trails import EVERYTHING, advanced, data, organization_trail, trail

MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
READ, WRITE = ({"Field": "readOnly", "Equals": [value]} for value in ("true", "false"))
FUNCTION = "AWS::Lambda::Function"
OF_B = {"StartsWith": ["arn:aws:s3:::b/"]}


def found(*trails: TrailFacts) -> list[dict[str, Any]]:
    return [one.as_result() for one in duplicates.duplicates(trails)]


def two(one: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
    return found(trail("one", selectors=one), trail("two", selectors=other))


def test_management_events_of_two_trails() -> None:
    (one,) = found(trail("one"), trail("two"))
    assert (one["event_category"], one["resource_type"], one["access"]) == ("Management", "", ["read", "write"])
    assert (one["regions"], one["free_copies"], one["paid_copies"], one["certain"]) == (["all"], 1, 1, True)
    assert [arn.rsplit("/", 1)[1] for arn in one["trails"]] == ["one", "two"]
    assert "Trail one and trail two record the same read and write management events in every Region" in one["message"]


@pytest.mark.parametrize(
    ("one", "other", "access"),
    [
        (advanced(MANAGEMENT, READ), advanced(MANAGEMENT, WRITE), []),
        (advanced(MANAGEMENT, READ), advanced(MANAGEMENT), [["read"]]),
        (
            advanced(MANAGEMENT, {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}),
            advanced(MANAGEMENT),
            [["read", "write"]],
        ),
        (
            advanced(MANAGEMENT, {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}),
            advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}),
            [],
        ),
        (data(), advanced(MANAGEMENT), []),
        (data(), data(kind=FUNCTION), []),
        (data(), data(), [["read", "write"]]),
        (data(), data(OF_B), [["read", "write"]]),
        (data(OF_B), data({"StartsWith": ["arn:aws:s3:::c/"]}), []),
        (data(OF_B), data({"StartsWith": ["arn:aws:s3:::b/logs/"]}), [["read", "write"]]),
        (data(OF_B), data({"NotStartsWith": ["arn:aws:s3:::b/"]}), []),
        (data(OF_B), data({"NotStartsWith": ["arn:aws:s3:::b/logs/"]}), [["read", "write"]]),
        (data({"Equals": ["arn:aws:s3:::b/k"]}), data(OF_B), [["read", "write"]]),
        (data({"Equals": ["arn:aws:s3:::c/k"]}), data(OF_B), []),
        (data({"Equals": ["arn:aws:s3:::b/k"]}), data({"NotEquals": ["arn:aws:s3:::b/k"]}), []),
        (data({"EndsWith": [".gz"]}), data(OF_B), [["read", "write"]]),
    ],
)
def test_selectors_that_overlap(one: dict[str, Any], other: dict[str, Any], access: list[list[str]]) -> None:
    for pair in ((one, other), (other, one)):
        assert [duplicate["access"] for duplicate in two(*pair)] == access


def test_no_copy_of_data_events_is_free() -> None:
    (management, objects) = two(EVERYTHING, EVERYTHING)
    assert (management["free_copies"], objects["free_copies"], objects["paid_copies"]) == (1, 0, 2)
    assert objects["resource_type"] == "AWS::S3::Object"


@pytest.mark.parametrize(
    ("one", "other", "regions"),
    [
        ({}, {"IsMultiRegionTrail": False}, [["us-east-1"]]),
        ({"IsMultiRegionTrail": False}, {"IsMultiRegionTrail": False}, [["us-east-1"]]),
        ({"IsMultiRegionTrail": False}, {"IsMultiRegionTrail": False, "region": "eu-west-1"}, []),
        ({"region": "eu-west-1"}, {}, [["all"]]),
    ],
)
def test_regions(one: dict[str, Any], other: dict[str, Any], regions: list[list[str]]) -> None:
    assert [duplicate["regions"] for duplicate in found(trail("one", **one), trail("two", **other))] == regions


def test_a_third_trail_in_one_region() -> None:
    local = trail("local", region="eu-west-1", IsMultiRegionTrail=False)
    everywhere, there = found(trail("one"), trail("two"), local)
    assert (everywhere["regions"], everywhere["paid_copies"]) == (["all"], 1)
    assert (there["regions"], there["paid_copies"]) == (["eu-west-1"], 2)


def test_a_trail_that_is_stopped_records_nothing() -> None:
    assert found(trail("one"), trail("two", of={"IsLogging": False})) == []


def test_the_organizations_trail_beside_the_members_own() -> None:
    """A member cannot read its selectors; trails record management events unless told otherwise."""
    (one,) = found(trail("one"), organization_trail())
    assert not one["certain"]
    assert "may both record" in one["message"]


def test_one_trail_alone() -> None:
    assert found(trail(selectors=EVERYTHING)) == []
