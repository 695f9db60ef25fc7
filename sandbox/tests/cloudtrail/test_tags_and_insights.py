# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags and Insights selectors."""

from __future__ import annotations

from typing import Any

import pytest

from fake_state import ELSEWHERE, HOME, OTHER, Trails, arn

BAD_INSIGHTS = "InvalidInsightSelectorsException"
RATE, ERRORS = {"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def listed(trails: Trails) -> list[dict[str, str]]:
    found: list[dict[str, str]] = trails("ListTags", ResourceIdList=[arn()])["ResourceTagList"][0]["TagsList"]
    return found


def test_tags_are_added_overwritten_and_removed(trails: Trails) -> None:
    trails.create(TagsList=tags(a="1", b="2"))
    trails("AddTags", ResourceId=arn(), TagsList=[*tags(b="3"), {"Key": "c"}])
    assert listed(trails) == [*tags(a="1", b="3"), {"Key": "c"}]
    trails("RemoveTags", ResourceId=arn(), TagsList=[{"Key": "a"}, {"Key": "nobody"}])
    assert listed(trails) == [*tags(b="3"), {"Key": "c"}]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([*tags(a="1"), *tags(a="2")], "InvalidTagParameterException"),
        ([{"Key": "k" * 129, "Value": "v"}], "InvalidTagParameterException"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidTagParameterException"),
        ([{"Key": "aws:x", "Value": "v"}], "InvalidTagParameterException"),
        ([{"Key": "", "Value": "v"}], "ValidationException"),
        ([{"Key": f"k{number}"} for number in range(51)], "TagsLimitExceededException"),
    ],
)
def test_bad_tags(trails: Trails, given: list[dict[str, str]], code: str) -> None:
    trails.refused_create(code, TagsList=given)
    trails.create(TagsList=tags(z="1"))
    trails.refused(code, "AddTags", ResourceId=arn(), TagsList=given)
    assert listed(trails) == tags(z="1")


def test_fifty_tags_in_all(trails: Trails) -> None:
    trails.create(TagsList=[{"Key": f"k{number}"} for number in range(50)])
    trails("AddTags", ResourceId=arn(), TagsList=tags(k0="again"))
    trails.refused("TagsLimitExceededException", "AddTags", ResourceId=arn(), TagsList=tags(more="1"))


@pytest.mark.parametrize(
    ("reference", "region", "code"),
    [
        ("trail", HOME, "CloudTrailARNInvalidException"),
        (arn("nobody"), HOME, "ResourceNotFoundException"),
        (arn(account=OTHER), HOME, "CloudTrailARNInvalidException"),
        (arn(), ELSEWHERE, "CloudTrailARNInvalidException"),
    ],
)
def test_tags_of_what_is_not_here(trails: Trails, reference: str, region: str, code: str) -> None:
    trails.create(IsMultiRegionTrail=True)
    trails.refused(code, "AddTags", region=region, ResourceId=reference, TagsList=tags(a="1"))
    trails.refused(code, "RemoveTags", region=region, ResourceId=reference, TagsList=tags(a="1"))
    trails.refused(code, "ListTags", region=region, ResourceIdList=[reference])


def test_insights_are_put_replaced_and_cleared(trails: Trails) -> None:
    trails.create()
    trails.refused("InsightNotEnabledException", "GetInsightSelectors", TrailName="trail")
    put = trails("PutInsightSelectors", TrailName="trail", InsightSelectors=[RATE])
    assert put == {"TrailARN": arn(), "InsightSelectors": [RATE]}
    assert trails.trail()["HasInsightSelectors"]
    trails("PutInsightSelectors", TrailName="trail", InsightSelectors=[ERRORS])
    assert trails("GetInsightSelectors", TrailName="trail")["InsightSelectors"] == [ERRORS]
    trails("PutInsightSelectors", TrailName="trail", InsightSelectors=[])
    trails.refused("InsightNotEnabledException", "GetInsightSelectors", TrailName="trail")
    assert not trails.trail()["HasInsightSelectors"]


@pytest.mark.parametrize("bad", [{}, {"InsightType": "Bogus"}, RATE | {"EventCategories": ["Bogus"]}])
def test_bad_insights(trails: Trails, bad: dict[str, Any]) -> None:
    trails.create()
    trails.refused(BAD_INSIGHTS, "PutInsightSelectors", TrailName="trail", InsightSelectors=[bad])


@pytest.mark.parametrize(("kind", "rate", "errors"), [("ReadOnly", False, True), ("WriteOnly", True, True)])
def test_insights_need_what_they_look_at(trails: Trails, kind: str, rate: bool, errors: bool) -> None:
    trails.create()
    trails("PutEventSelectors", TrailName="trail", EventSelectors=[{"ReadWriteType": kind}])
    for selector, accepted in ((RATE, rate), (ERRORS, errors)):
        if accepted:
            trails("PutInsightSelectors", TrailName="trail", InsightSelectors=[selector])
        else:
            trails.refused(BAD_INSIGHTS, "PutInsightSelectors", TrailName="trail", InsightSelectors=[selector])


def test_insights_of_nothing(trails: Trails) -> None:
    trails.refused("InvalidParameterCombinationException", "GetInsightSelectors")
    trails.refused("UnsupportedOperationException", "GetInsightSelectors", EventDataStore="store")
