# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where a trail is, where its name alone does not tell: in another Region, or in the organization's management account.

Note that this module util is PRIVATE to the collection: it can change at any time.

The trail of an organization belongs to the management account, also where a delegated administrator has created it, and
from any other account it is only found by its ARN:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html and
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html (Name)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._aws import arn as _arn
from .._aws.gateway import Gateway
from .._aws.organizations import describe_organization
from .._core.errors import AwsFailure, Refused
from .state import TrailState


@dataclass(frozen=True)
class Found:
    """GetTrail's C(Trail), or None; and what a trail that does not exist yet has to be called after its creation."""

    trail: Mapping[str, Any] | None
    reference: str


def find(gateway: Gateway, name: str, of_organization: bool) -> Found:
    """The trail of that name, one call; two more where it may be the organization's and is not this account's own."""
    reply = gateway.call("cloudtrail", "get_trail", absent=("TrailNotFoundException",), Name=name)
    if reply:
        return Found(reply["Trail"], reply["Trail"]["TrailARN"])
    if not of_organization:
        return Found(None, name)
    management = describe_organization(gateway)["MasterAccountId"]
    reference = _arn.trail(_arn.partition_of(gateway.region), gateway.region, management, name)
    if management == gateway.account:
        return Found(None, reference)
    described = gateway.call("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"]
    return Found(next((one for one in described if _is(one, name, management)), None), reference)


def _is(trail: Mapping[str, Any], name: str, account: str) -> bool:
    arn = _arn.parse(trail.get("TrailARN", ""))
    return (
        bool(trail.get("IsOrganizationTrail")) and trail["Name"] == name and arn is not None and arn.account == account
    )


def refuse_foreign(gateway: Gateway, trail: TrailState, of_organization: bool) -> None:
    """Raises Refused for a trail that can only be changed in another Region or account."""
    if trail.home_region != gateway.region:
        raise Refused(
            f"Trail {trail.name} has its home Region in {trail.home_region}, and only there can it be changed. Set"
            f" region: {trail.home_region}, or choose another name."
        )
    owner = _arn.parse(trail.arn)
    if of_organization or not gateway.connection.role_arn:  # a delegated administrator manages what is another's
        return
    if owner and owner.account != gateway.account:
        raise Refused(
            f"Trail {trail.name} is an organization trail of account {owner.account}; account {gateway.account}"
            f" sees it but cannot change it. Run in account {owner.account}, or choose another name."
        )


def why_not_replaced(gateway: Gateway, successor: str) -> str:
    """Why the trail with that ARN cannot take the place of another yet; empty where it delivers."""
    absent = ("TrailNotFoundException", "CloudTrailARNInvalidException")
    status = gateway.call("cloudtrail", "get_trail_status", absent=absent, Name=successor)
    if status is None:
        return "there is no such trail that this account can see"
    if not status["IsLogging"]:
        return "it is not logging"
    if status.get("LatestDeliveryError"):
        return f"its latest delivery failed with {status['LatestDeliveryError']}"
    return "" if status.get("LatestDeliveryTime") else "it has not delivered any log file yet"


def elsewhere(gateway: Gateway, name: str) -> str:
    """A sentence on a trail that exists although it was not found by its name: its home is in another Region."""
    try:
        described = gateway.call("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"]
    except AwsFailure:
        return ""
    homes = [one["HomeRegion"] for one in described if one["Name"] == name and one.get("HomeRegion") != gateway.region]
    if not homes:
        return ""
    return f"A trail {name} has its home Region in {homes[0]}: set region: {homes[0]}, or choose another name."
