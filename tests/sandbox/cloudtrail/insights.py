# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Insights selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
Known deviation: whether a trail logs the events that its Insights need is checked by AWS; here every trail does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.sandbox.cloudtrail.errors import ApiError

TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
CATEGORIES = ("Management", "Data")


def check_insights(given: Sequence[Mapping[str, Any]], selectors: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The selectors to keep (they replace all earlier ones; [] turns Insights off)."""
    for one in given:
        if one.get("InsightType") not in TYPES or not set(one.get("EventCategories") or []) <= set(CATEGORIES):
            raise ApiError("InvalidInsightSelectorsException", f"The Insights selector is not valid: {dict(one)}")
    return [dict(one) for one in given]
