# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The events that several trails record."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.duplicates import duplicates
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import ObservedTrail

from tests.fakes.fake_trails import EVERYTHING, advanced, data, organization_trail, trail

MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
READ, WRITE = ({"Field": "readOnly", "Equals": [value]} for value in ("true", "false"))
FUNCTION = "AWS::Lambda::Function"
OF_B = {"StartsWith": ["arn:aws:s3:::b/"]}


def results(*trails: ObservedTrail) -> list[dict[str, Any]]:
    return [duplicate.as_result() for duplicate in duplicates(trails)]


def of_two(first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    """The duplicates of two trails with these selectors."""
    return results(trail("one", selectors=first), trail("two", selectors=second))


def test_management_events_of_two_trails() -> None:
    (result,) = results(trail("one"), trail("two"))
    assert (result["event_category"], result["resource_type"]) == ("Management", "")
    assert (result["access"], result["regions"]) == (["read", "write"], ["all"])
    assert (result["free_copies"], result["paid_copies"], result["certain"]) == (1, 1, True)
    assert [arn.rsplit("/", 1)[1] for arn in result["trails"]] == ["one", "two"]
    events = "the same read and write management events in every Region"
    assert result["message"].startswith(f"Trail one and trail two record {events}. AWS charges every copy except")


@pytest.mark.parametrize(
    ("first", "second", "access"),
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
def test_selectors_that_overlap(first: dict[str, Any], second: dict[str, Any], access: list[list[str]]) -> None:
    for pair in ((first, second), (second, first)):
        assert [result["access"] for result in of_two(*pair)] == access


def test_no_copy_of_data_events_is_free() -> None:
    (management, objects, functions) = of_two(EVERYTHING, EVERYTHING)
    assert (management["free_copies"], objects["free_copies"], objects["paid_copies"]) == (1, 0, 2)
    assert (objects["resource_type"], functions["resource_type"]) == ("AWS::S3::Object", "AWS::Lambda::Function")


@pytest.mark.parametrize(
    ("first", "second", "regions"),
    [
        ({}, {"IsMultiRegionTrail": False}, [["us-east-1"]]),
        ({"IsMultiRegionTrail": False}, {"IsMultiRegionTrail": False}, [["us-east-1"]]),
        ({"IsMultiRegionTrail": False}, {"IsMultiRegionTrail": False, "region": "eu-west-1"}, []),
        ({"region": "eu-west-1"}, {}, [["all"]]),
    ],
)
def test_regions(first: dict[str, Any], second: dict[str, Any], regions: list[list[str]]) -> None:
    assert [result["regions"] for result in results(trail("one", **first), trail("two", **second))] == regions


def test_a_third_trail_in_one_region() -> None:
    local = trail("local", region="eu-west-1", IsMultiRegionTrail=False)
    everywhere, in_region = results(trail("one"), trail("two"), local)
    assert (everywhere["regions"], everywhere["paid_copies"]) == (["all"], 1)
    assert (in_region["regions"], in_region["paid_copies"]) == (["eu-west-1"], 2)


def test_a_trail_that_is_stopped_records_nothing() -> None:
    assert results(trail("one"), trail("two", of={"IsLogging": False})) == []


def test_an_organization_trail_and_the_members_own() -> None:
    """A member cannot read its selectors. By default they record management events."""
    (result,) = results(trail("one"), organization_trail())
    assert not result["certain"]
    assert "may both record" in result["message"]


def test_one_trail_alone() -> None:
    assert results(trail(selectors=EVERYTHING)) == []
