# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Insights selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html
Known deviations: the policies are not checked for the folder CloudTrail-Insight/; Insights on data events are accepted
whatever the trail logs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudtrail_sandbox.cloudtrail.selectors import logs_management_event
from cloudtrail_sandbox.errors import ApiError

TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
CATEGORIES = ("Management", "Data")


def check_insights(given: Sequence[Mapping[str, Any]], selectors: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The checked selectors, which replace all earlier ones; [] disables Insights."""
    for selector in given:
        if selector.get("InsightType") not in TYPES or not set(selector.get("EventCategories") or []) <= set(
            CATEGORIES
        ):
            raise ApiError("InvalidInsightSelectorsException", f"The Insights selector is not valid: {dict(selector)}")
        if "Management" in (selector.get("EventCategories") or ["Management"]) and not _logged(
            selector["InsightType"], selectors
        ):
            sentence = f"The trail does not log the management events that {selector['InsightType']} needs."
            raise ApiError("InvalidInsightSelectorsException", sentence)
    return [dict(selector) for selector in given]


def _logged(insight: str, selectors: Mapping[str, Any]) -> bool:
    """Whether the trail logs the events that a type needs: write for the call rate, any for the error rate."""
    kinds = (False,) if insight == "ApiCallRateInsight" else (False, True)
    return any(logs_management_event(selectors, "ec2.amazonaws.com", "AnyEvent", read_only) for read_only in kinds)
