# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What must be read from AWS to understand the options: the trail by its name, the key, the replacing trail.

Note that this module util is PRIVATE to the collection: it can change at any time.

The trail of an organization belongs to the management account, even if a delegated administrator has created it. From
any other account only its ARN finds it:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html and
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html (Name)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._aws import arn, kms
from .._aws.gateway import Gateway
from .._aws.organizations import describe_organization
from .._core.errors import AwsFailure, Refused
from .state import TrailState, WantedKey


@dataclass(frozen=True, kw_only=True)
class FoundTrail:
    """A trail that was searched for by its name."""

    description: Mapping[str, Any] | None  # C(Trail) of GetTrail's reply; None if there is no such trail
    reference: str  # the name or ARN that finds the trail in calls after CreateTrail


def find_trail(gateway: Gateway, name: str, is_organization_trail: bool) -> FoundTrail:
    """The trail of that name. One call; up to two more if it may be an organization trail of another account."""
    reply = gateway.call("cloudtrail", "get_trail", absent=("TrailNotFoundException",), Name=name)
    if reply:
        return FoundTrail(description=reply["Trail"], reference=reply["Trail"]["TrailARN"])
    if not is_organization_trail:
        return FoundTrail(description=None, reference=name)
    management = describe_organization(gateway)["MasterAccountId"]
    reference = arn.trail(arn.partition_of(gateway.region), gateway.region, management, name)
    if management == gateway.account:
        return FoundTrail(description=None, reference=reference)
    trails = gateway.call("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"]
    matching = (trail for trail in trails if _is_organization_trail(trail, name, management))
    return FoundTrail(description=next(matching, None), reference=reference)


def _is_organization_trail(trail: Mapping[str, Any], name: str, owner: str) -> bool:
    trail_arn = arn.parse(trail.get("TrailARN", ""))
    return (
        bool(trail.get("IsOrganizationTrail"))
        and trail["Name"] == name
        and trail_arn is not None
        and trail_arn.account == owner
    )


def refuse_foreign(gateway: Gateway, trail: TrailState, is_organization_trail: bool) -> None:
    """Raises Refused for a trail that can only be changed in another Region or account."""
    if trail.home_region != gateway.region:
        raise Refused(
            f"Trail {trail.name} has its home Region in {trail.home_region} and can only be changed in that Region. Set"
            f" region: {trail.home_region}, or choose another name."
        )
    # a delegated administrator changes the organization trail of the management account
    if is_organization_trail or not gateway.connection.role_arn:
        return
    owner = arn.parse(trail.arn)
    if owner and owner.account != gateway.account:
        raise Refused(
            f"Trail {trail.name} is an organization trail of account {owner.account}; account {gateway.account} cannot"
            f" change it. Run in account {owner.account}, or choose another name."
        )


def find_key(gateway: Gateway, option: str, trail: TrailState) -> WantedKey:
    """The key that option kms_key names. Calls DescribeKey unless the ARN is known from the option or the trail.

    Raises Refused for a key with which CloudTrail cannot encrypt, and AwsFailure if AWS does not show the key.
    """
    if not option or kms.is_key_arn(option):
        return WantedKey(identifier=option)
    if kms.is_same_key(trail.kms_key, option):
        return WantedKey(identifier=trail.kms_key)
    try:
        reply = gateway.call("kms", "describe_key", absent=("NotFoundException",), KeyId=option)
    except AwsFailure as failure:
        if not trail.exists:  # no key to compare with; CreateTrail itself resolves the identifier, or fails
            return WantedKey(identifier=option)
        raise failure.with_advice(
            f"kms_key: {option} cannot be looked up from this account. Use the ARN of the key itself."
        ) from None
    if not reply:
        return WantedKey(identifier=option, exists=False)
    kms.refuse_unusable(reply["KeyMetadata"])
    return WantedKey(identifier=reply["KeyMetadata"]["Arn"])


def why_not_replaceable(gateway: Gateway, successor: str) -> str:
    """Why the trail with ARN C(successor) cannot replace another trail yet, as a clause; empty if it delivers."""
    absent = ("TrailNotFoundException", "CloudTrailARNInvalidException")
    status = gateway.call("cloudtrail", "get_trail_status", absent=absent, Name=successor)
    if status is None:
        return "does not exist or is not visible to this account"
    if not status["IsLogging"]:
        return "is not logging"
    if status.get("LatestDeliveryError"):
        return f"failed to deliver with {status['LatestDeliveryError']}"
    return "" if status.get("LatestDeliveryTime") else "has not delivered a log file yet"


def refuse_other_region(gateway: Gateway, name: str) -> None:
    """Raises Refused for a trail of that name in another home Region, if AWS shows it.

    GetTrail does not find such a trail by its name, but CreateTrail fails because of it.
    """
    try:
        trails = gateway.call("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"]
    except AwsFailure:
        return
    regions = [trail.get("HomeRegion") for trail in trails if trail["Name"] == name]
    home = next((region for region in regions if region != gateway.region), None)
    if home:
        raise Refused(f"Trail {name} has its home Region in {home}. Set region: {home}, or choose another name.")
