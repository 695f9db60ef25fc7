# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The last change of a trail's destination or key, from the event history of CloudTrail. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The event history has the management events of 90 days, whatever trails record. An event appears within minutes.
UpdateTrail takes the name or the ARN of the trail, so the events are searched by their own name:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
Creation needs no event: a trail delivers nothing before StartLogging, whose time GetTrailStatus returns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .observed_trail import ObservedTrail

_EVENT = "UpdateTrail"
# member of the event's requestParameters: setting, as cloudtrail_central names it
_SETTINGS = {
    "s3BucketName": "bucket",
    "s3KeyPrefix": "key_prefix",
    "kmsKeyId": "kms_key",
    "enableLogFileValidation": "log_file_validation",
    "isMultiRegionTrail": "multi_region",
}


@dataclass(frozen=True, kw_only=True)
class TrailChange:
    """A change of where or how a trail delivers."""

    time: datetime
    settings: tuple[str, ...]  # that were sent, as cloudtrail_central names them

    def as_result(self) -> dict[str, Any]:
        """The return value C(last_changed)."""
        return {"time": timestamps.text(self.time), "settings": list(self.settings)}


def lookup_arguments(now: datetime, period: timedelta) -> dict[str, Any]:
    """The arguments of LookupEvents for the changes of all trails of a Region in the period before C(now)."""
    attribute = {"AttributeKey": "EventName", "AttributeValue": _EVENT}
    return {"LookupAttributes": [attribute], "StartTime": now - period}


def last_change(events: Iterable[Mapping[str, Any]], trail: ObservedTrail) -> TrailChange | None:
    """The newest successful change of the trail's destination or key in a reply of LookupEvents; None without one."""
    changes = [change for event in events if (change := _change(event, trail))]
    return max(changes, key=lambda change: change.time, default=None)


def _change(event: Mapping[str, Any], trail: ObservedTrail) -> TrailChange | None:
    record, time = _record(event), event.get("EventTime")
    request = record.get("requestParameters")
    if not isinstance(request, dict) or not isinstance(time, datetime) or record.get("errorCode"):
        return None
    settings = tuple(setting for member, setting in _SETTINGS.items() if member in request)
    names_trail = request.get("name") in (trail.state.name, trail.arn)
    is_change = event.get("EventName") == _EVENT and names_trail and bool(settings)
    return TrailChange(time=time, settings=settings) if is_change else None


def _record(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event as CloudTrail records it; empty if it is not a JSON object."""
    try:
        record = json.loads(str(event.get("CloudTrailEvent") or ""))
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
