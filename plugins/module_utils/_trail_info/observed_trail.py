# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A trail as one account sees it: its own, the shadow of one in another Region, or an organization trail. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._aws import arn
from .._core import timestamps
from .._trail.recorded_events import readable_selectors
from .._trail.selectors import from_aws
from .._trail.state import TrailState, insights_of
from .delivery_errors import DeliveryError, errors_of

OWN, SHADOW, ORGANIZATION_TRAIL = "own", "shadow", "organization"

# return value: member of GetTrailStatus
_TIMES = {
    "logging_since": "StartLoggingTime",
    "stopped_at": "StopLoggingTime",
    "latest_delivery": "LatestDeliveryTime",
    "latest_digest_delivery": "LatestDigestDeliveryTime",
    "latest_cloudwatch_logs_delivery": "LatestCloudWatchLogsDeliveryTime",
    "latest_notification": "LatestNotificationTime",
}


@dataclass(frozen=True, kw_only=True)
class ObservedTrail:
    """One trail, with what the account may see of it."""

    state: TrailState
    relation: str  # OWN, SHADOW or ORGANIZATION_TRAIL
    owner: str  # account
    has_insights: bool = False  # according to DescribeTrails
    readable: bool = False  # whether selectors, tags and Insights were read
    unreadable_because: str = ""
    unreadable_selectors: tuple[str, ...] = ()  # names of event selectors with an unknown operator
    status: Mapping[str, Any] | None = field(default=None, compare=False)  # of GetTrailStatus; None: not visible

    @classmethod
    def described(cls, description: Mapping[str, Any], account: str, region: str) -> ObservedTrail:
        """The trail in a reply of DescribeTrails to the account in the Region."""
        state = TrailState(name=str(description.get("Name", ""))).updated(description)
        trail_arn = arn.parse(state.arn)
        owner = trail_arn.account if trail_arn else account
        relation = ORGANIZATION_TRAIL if owner != account else OWN if state.home_region == region else SHADOW
        return cls(
            state=state, relation=relation, owner=owner, has_insights=bool(description.get("HasInsightSelectors"))
        )

    def with_details(
        self,
        *,
        status: Mapping[str, Any],
        selectors: Mapping[str, Any],
        insights: Mapping[str, Any] | None,
        tags: Mapping[str, str],
    ) -> ObservedTrail:
        """The trail with the replies of GetTrailStatus, GetEventSelectors and GetInsightSelectors, and its tags."""
        known, unreadable = readable_selectors(selectors)
        state = replace(
            self.state,
            logging=bool(status.get("IsLogging")),
            selectors=from_aws(known),
            insights=insights_of(insights),
            tags=tags,
        )
        return replace(self, state=state, status=status, readable=True, unreadable_selectors=unreadable)

    @property
    def arn(self) -> str:
        return self.state.arn

    @property
    def label(self) -> str:
        """The trail in the middle of a sentence."""
        owner = f" of account {self.owner}" if self.relation == ORGANIZATION_TRAIL else ""
        return f"trail {self.state.name}{owner}"

    @property
    def title(self) -> str:
        """The trail at the beginning of a sentence."""
        return f"T{self.label[1:]}"

    @property
    def may_log(self) -> bool:
        """False only if the trail is known not to log."""
        return self.status is None or bool(self.status.get("IsLogging"))

    @property
    def errors(self) -> list[DeliveryError]:
        """The delivery errors. None for a trail that does not log, because its last error is outdated."""
        return errors_of(self.status) if self.status and self.may_log else []

    def error_message(self, error: DeliveryError) -> str:
        """A sentence about what cannot be delivered, and since when."""
        last = timestamps.optional_text(error.last_success)
        since = f"since the last delivery at {last}" if last else "and has not delivered any yet"
        return f"{self.title} cannot deliver {error.what}, {since}: {error.error} ({error.meaning})."

    def as_result(self) -> dict[str, Any]:
        """One item of the return value C(trails); None for what was not read."""
        state, status = self.state, self.status or {}
        return {
            **state.settings(),
            "relation": self.relation,
            "owner": self.owner,
            "readable": self.readable,
            "unreadable_because": self.unreadable_because,
            "logging": None if self.status is None else bool(status.get("IsLogging")),
            **{name: timestamps.optional_text(status.get(member)) or None for name, member in _TIMES.items()},
            "errors": [
                {
                    "kind": error.kind,
                    "error": error.error,
                    "message": self.error_message(error),
                    "remediation": error.remediation,
                    "since": timestamps.optional_text(error.last_success) or None,
                }
                for error in self.errors
            ],
            "event_selectors": [selector.as_aws() for selector in state.selectors] if self.readable else None,
            "insights": None if state.insights is None else [kind for kind, _categories in state.insights],
            "tags": None if state.tags is None else dict(state.tags),
        }
