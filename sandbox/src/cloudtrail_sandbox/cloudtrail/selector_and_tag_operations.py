# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations on event selectors, Insights selectors and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cloudtrail_sandbox.cloudtrail.insights import check_insights
from cloudtrail_sandbox.cloudtrail.selectors import default_selectors, selected
from cloudtrail_sandbox.cloudtrail.tags import listed, tagged_trail, with_tags
from cloudtrail_sandbox.cloudtrail.trails import Trail, Trails
from cloudtrail_sandbox.errors import ApiError

Parameters = Mapping[str, Any]
Result = dict[str, Any]


class SelectorAndTagOperations:
    def __init__(self, trails: Trails) -> None:
        self._trails = trails
        self.table: dict[str, Callable[[Parameters, str, str], Result]] = {
            "PutEventSelectors": self._put_events,
            "GetEventSelectors": self._get_events,
            "PutInsightSelectors": self._put_insights,
            "GetInsightSelectors": self._get_insights,
            "AddTags": self._add_tags,
            "RemoveTags": self._remove_tags,
            "ListTags": self._list_tags,
        }

    def _put_events(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._trails.write(parameters["TrailName"], account, region)
        trail.selectors = selected(parameters)
        return {"TrailARN": trail.arn, **trail.selectors}

    def _get_events(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._own(parameters["TrailName"], account, region)
        return {"TrailARN": trail.arn, **(trail.selectors or default_selectors())}

    def _put_insights(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._trails.write(_insight_trail(parameters), account, region)
        given = check_insights(parameters["InsightSelectors"], trail.selectors or default_selectors())
        trail.insights = given
        return {"TrailARN": trail.arn, "InsightSelectors": given}

    def _get_insights(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._own(_insight_trail(parameters), account, region)
        if not trail.insights:
            sentence = f"Trail {trail.arn} does not have Insights enabled. Edit the trail settings to enable Insights."
            raise ApiError("InsightNotEnabledException", sentence)
        return {"TrailARN": trail.arn, "InsightSelectors": trail.insights}

    def _own(self, reference: str, account: str, region: str) -> Trail:
        """The trail for its own account only: members of an organization may not read the selectors of its trail."""
        trail = self._trails.read(reference, account, region)
        if not self._trails.managed_by(trail, account):
            raise ApiError("CloudTrailARNInvalidException", "AccountID in ARN is wrong.")
        return trail

    def _add_tags(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = tagged_trail(self._trails, parameters["ResourceId"], account, region)
        trail.tags = with_tags(trail.tags, parameters["TagsList"])
        return {}

    def _remove_tags(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = tagged_trail(self._trails, parameters["ResourceId"], account, region)
        removed = {tag["Key"] for tag in parameters["TagsList"]}
        trail.tags = {key: value for key, value in trail.tags.items() if key not in removed}
        return {}

    def _list_tags(self, parameters: Parameters, account: str, region: str) -> Result:
        trails = [tagged_trail(self._trails, arn, account, region) for arn in parameters["ResourceIdList"]]
        return {"ResourceTagList": [listed(trail) for trail in trails]}


def _insight_trail(parameters: Parameters) -> str:
    """The trail of a request about Insights. Raises ApiError for an event data store."""
    if parameters.get("EventDataStore"):
        raise ApiError("UnsupportedOperationException", "The sandbox has no event data stores.")
    if not parameters.get("TrailName"):
        raise ApiError("InvalidParameterCombinationException", "Specify TrailName or EventDataStore.")
    return str(parameters["TrailName"])
