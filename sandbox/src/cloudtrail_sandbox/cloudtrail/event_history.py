# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The event history: the writing calls to CloudTrail itself, by account and Region.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html ,
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html ; for the record in CloudTrailEvent
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
The history of an account has the account's own calls. AWS does not document whether the management account also has
those of a delegated administrator for an organization trail. In the sandbox, it does not.
Known deviations: calls to other services and reading calls are not recorded, an event is visible at once, and Username
and AccessKeyId are empty.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudtrail_sandbox.errors import ApiError

KEPT = timedelta(days=90)
PAGE = 50
SOURCE, TRAIL = "cloudtrail.amazonaws.com", "AWS::CloudTrail::Trail"
READING = ("Get", "Describe", "List", "Lookup")
#: The parameters that name a trail.
TRAIL_PARAMETERS = ("Name", "TrailName", "ResourceId")
Event = dict[str, Any]
#: Attribute of a lookup -> its values in an event.
ATTRIBUTES: dict[str, Callable[[Event], list[str]]] = {
    "EventId": lambda event: [event["EventId"]],
    "EventName": lambda event: [event["EventName"]],
    "EventSource": lambda event: [event["EventSource"]],
    "ReadOnly": lambda event: [event["ReadOnly"]],
    "ResourceName": lambda event: [resource["ResourceName"] for resource in event["Resources"]],
    "ResourceType": lambda event: [resource["ResourceType"] for resource in event["Resources"]],
    "Username": lambda event: [],
    "AccessKeyId": lambda event: [],
}


@dataclass
class EventHistory:
    """The events of all accounts, oldest first."""

    now: Callable[[], datetime]
    events: dict[tuple[str, str], list[Event]] = field(default_factory=dict)  # by account and Region

    def add(
        self,
        operation: str,
        parameters: Mapping[str, Any],
        account: str,
        region: str,
        result: Mapping[str, Any] | None,
        error: str,
    ) -> None:
        """Record a call: its result, or the code of its error. Reading calls are left out."""
        if operation.startswith(READING):
            return
        record = {
            "eventVersion": "1.11",
            "userIdentity": {"accountId": account},
            "eventTime": self.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": SOURCE,
            "eventName": operation,
            "awsRegion": region,
            "requestParameters": _camel_case(parameters),
            "responseElements": _camel_case(result) if result else None,
            "eventID": str(uuid.uuid4()),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            **({"errorCode": error} if error else {}),
        }
        names = [parameters.get(name) for name in TRAIL_PARAMETERS] + [(result or {}).get("TrailARN")]
        event = {
            "EventId": record["eventID"],
            "EventName": operation,
            "ReadOnly": "false",
            "EventTime": self.now().replace(microsecond=0),
            "EventSource": SOURCE,
            "Resources": [{"ResourceType": TRAIL, "ResourceName": name} for name in dict.fromkeys(names) if name],
            "CloudTrailEvent": json.dumps(record),
        }
        self.events.setdefault((account, region), []).append(event)

    def lookup(self, parameters: Mapping[str, Any], account: str, region: str) -> dict[str, Any]:
        """LookupEvents: the events of the account in the Region, the most recent first, at most 50 on a page."""
        matches = _matcher(parameters.get("LookupAttributes") or [])
        start, end = self._range(parameters)
        limit = parameters.get("MaxResults", PAGE)
        if not 1 <= limit <= PAGE:
            raise ApiError(
                "InvalidMaxResultsException", f"The value {limit} of MaxResults is not between 1 and {PAGE}."
            )
        recent = [
            event
            for event in reversed(self.events.get((account, region), []))
            if start <= event["EventTime"] <= end and matches(event)
        ]
        first = _position(parameters.get("NextToken"))
        more = {"NextToken": str(first + limit)} if first + limit < len(recent) else {}
        return {"Events": recent[first : first + limit], **more}

    def _range(self, parameters: Mapping[str, Any]) -> tuple[datetime, datetime]:
        """The times of a lookup, within the 90 days that are kept."""
        oldest = self.now() - KEPT
        start, end = _time(parameters.get("StartTime"), oldest), _time(parameters.get("EndTime"), self.now())
        if start > end:
            raise ApiError("InvalidTimeRangeException", "The start time is after the end time.")
        return max(start, oldest), end


def _matcher(attributes: list[Mapping[str, str]]) -> Callable[[Event], bool]:
    if len(attributes) > 1:
        raise ApiError("InvalidLookupAttributesException", "A lookup can have one attribute.")
    if not attributes:
        return lambda event: True
    key, value = attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]
    if key not in ATTRIBUTES:
        raise ApiError("InvalidLookupAttributesException", f"Unknown attribute {key}.")
    return lambda event: value in ATTRIBUTES[key](event)


def _position(token: str | None) -> int:
    if token is not None and not token.isdigit():
        raise ApiError("InvalidNextTokenException", "The token is not valid.")
    return int(token or 0)


def _time(value: Any, default: datetime) -> datetime:
    """The time of a request's seconds since 1970."""
    return default if value is None else datetime.fromtimestamp(float(value), UTC)


def _camel_case(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members as an event names them: s3BucketName for S3BucketName, trailARN for TrailARN."""
    return {name[0].lower() + name[1:]: value for name, value in members.items()}
