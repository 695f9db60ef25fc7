# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A trail as an account sees it: its own, the shadow of one in another Region, or an organization's. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from .._aws import arn as _arn
from .._trail import selectors as _selectors
from .._trail.state import TrailState, insights_of
from .delivery_errors import DeliveryError, errors_of

OWN, SHADOW, ORGANIZATION = "own", "shadow", "organization"

# return value: member of GetTrailStatus
_TIMES = {
    "logging_since": "StartLoggingTime",
    "stopped_at": "StopLoggingTime",
    "latest_delivery": "LatestDeliveryTime",
    "latest_digest_delivery": "LatestDigestDeliveryTime",
    "latest_cloudwatch_logs_delivery": "LatestCloudWatchLogsDeliveryTime",
    "latest_notification": "LatestNotificationTime",
}


@dataclass(frozen=True)
class TrailFacts:
    """One trail; C(status) is None, and C(readable) false, where the account may not see them."""

    state: TrailState
    relation: str
    owner: str
    has_insights: bool = False  # as DescribeTrails says
    readable: bool = False  # its event selectors, tags and Insights have been read
    unreadable_because: str = ""
    status: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def arn(self) -> str:
        return self.state.arn

    @property
    def named(self) -> str:
        """The trail in a sentence."""
        whose = f" of account {self.owner}" if self.relation == ORGANIZATION else ""
        return f"Trail {self.state.name}{whose}"

    @property
    def may_log(self) -> bool:
        """Whether it logs, or might, as far as can be seen."""
        return self.status is None or bool(self.status.get("IsLogging"))

    @property
    def errors(self) -> list[DeliveryError]:
        """Nothing for a trail that does not log: its last error is history."""
        return errors_of(self.status) if self.status and self.may_log else []

    def as_result(self) -> dict[str, Any]:
        """For the return value; null for what was not read."""
        status = self.status or {}
        otherwise = ("event_selectors", "insights", "tags", "logging", "latest_delivery_time", "latest_delivery_error")
        base = {key: value for key, value in self.state.as_result().items() if key not in otherwise}
        return {
            **base,
            "relation": self.relation,
            "owner": self.owner,
            "readable": self.readable,
            "unreadable_because": self.unreadable_because,
            "logging": None if self.status is None else bool(status.get("IsLogging")),
            **{name: time_of(status.get(member)) or None for name, member in _TIMES.items()},
            "errors": [
                {
                    "kind": one.kind,
                    "error": one.error,
                    "message": sentence(self, one),
                    "remediation": one.remediation,
                    "since": time_of(one.last_success) or None,
                }
                for one in self.errors
            ],
            "event_selectors": [one.as_aws() for one in self.state.selectors] if self.readable else None,
            "insights": None if self.state.insights is None else [insight[0] for insight in self.state.insights],
            "tags": None if self.state.tags is None else dict(self.state.tags),
        }


def sentence(trail: TrailFacts, error: DeliveryError) -> str:
    """What fails, and since when."""
    last = time_of(error.last_success)
    since = f"since the last one at {last}" if last else "and none has arrived yet"
    return f"{trail.named} cannot deliver {error.what}, {since}: {error.error} ({error.meaning})."


def seen(described: Mapping[str, Any], account: str, region: str) -> TrailFacts:
    """A trail of DescribeTrails' reply, as the account sees it from the Region."""
    state = TrailState(str(described.get("Name", ""))).updated(described)
    arn = _arn.parse(state.arn)
    owner = arn.account if arn else account
    relation = ORGANIZATION if owner != account else OWN if state.home_region == region else SHADOW
    return TrailFacts(state, relation, owner, has_insights=bool(described.get("HasInsightSelectors")))


def detailed(
    trail: TrailFacts,
    status: Mapping[str, Any],
    selectors: Mapping[str, Any],
    insights: Mapping[str, Any] | None,
    tags: Mapping[str, str],
) -> TrailFacts:
    """The trail with what only its owner may read."""
    state = replace(
        trail.state,
        logging=bool(status.get("IsLogging")),
        selectors=_selectors.from_aws(selectors),
        insights=insights_of(insights),
        tags=tags,
    )
    return replace(trail, state=state, status=status, readable=True)


def time_of(value: Any) -> str:
    """A time of AWS in ISO 8601 and UTC; empty where there is none."""
    return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else ""
