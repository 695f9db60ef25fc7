# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Regions, as EC2 and AWS Account Management return them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html and
https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
Known deviation: DescribeRegions has no filters.
"""

from __future__ import annotations

import uuid

from cloudtrail_sandbox.access import Access
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.moto_backend import unsupported
from cloudtrail_sandbox.permissions import needs_of
from cloudtrail_sandbox.responses import Response, json_response, xml_response
from cloudtrail_sandbox.state import REGIONS, State

EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
PAGE = 50
#: Regions that an account must enable; the control request opt_in does.
OPT_IN_REGIONS = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
    "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
    "me-central-1", "me-south-1", "mx-central-1",
)  # fmt: skip


class Regions:
    def __init__(self, state: State, access: Access) -> None:
        self._state = state
        self._access = access

    def describe_regions(self, call: Call, caller: Caller) -> Response:
        """DescribeRegions: the Regions that are enabled for the account, or all."""
        self._access.require(call, caller, needs_of(call, caller, self._state))
        if call.parameters.get("Filters"):
            raise ApiError("InvalidParameterValue", "The sandbox has no filters of Regions.")
        enabled = self._state.enabled_regions(caller.account)
        everything = [(name, "opt-in-not-required") for name in REGIONS]
        everything += [(name, "opted-in") for name in OPT_IN_REGIONS if name in enabled]
        if str(call.parameters.get("AllRegions", "")).lower() == "true":
            everything += [(name, "not-opted-in") for name in OPT_IN_REGIONS if name not in enabled]
        wanted = call.parameters.get("RegionNames") or [name for name, _enabled in everything]
        if unknown := [name for name in wanted if name not in (*REGIONS, *OPT_IN_REGIONS)]:
            raise ApiError("InvalidParameterValue", f"Invalid region name {unknown[0]}")
        items = "".join(
            f"<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
            f"<optInStatus>{status}</optInStatus></item>"
            for name, status in everything
            if name in wanted
        )
        return xml_response(
            f'<DescribeRegionsResponse xmlns="{EC2_NAMESPACE}"><requestId>{uuid.uuid4()}</requestId>'
            f"<regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
        )

    def list_regions(self, call: Call, caller: Caller) -> Response:
        """ListRegions: those of the caller's account; the management account may name a member."""
        self._access.require(call, caller, needs_of(call, caller, self._state))
        if call.operation != "ListRegions":
            raise unsupported(call)
        account = call.text("AccountId") or caller.account
        organization = self._state.organization_of(account)
        if account != caller.account and (organization is None or organization[1] != caller.account):
            raise ApiError("AccessDeniedException", "You do not have sufficient access to perform this action.", 403)
        enabled = self._state.enabled_regions(account)
        regions = [(name, "ENABLED_BY_DEFAULT") for name in REGIONS]
        regions += [(name, "ENABLED" if name in enabled else "DISABLED") for name in OPT_IN_REGIONS]
        wanted = call.parameters.get("RegionOptStatusContains") or ["ENABLED_BY_DEFAULT", "ENABLED", "DISABLED"]
        entries = [{"RegionName": name, "RegionOptStatus": status} for name, status in regions if status in wanted]
        start, size = int(call.text("NextToken") or 0), int(call.parameters.get("MaxResults") or PAGE)
        more = {"NextToken": str(start + size)} if len(entries) > start + size else {}
        return json_response({"Regions": entries[start : start + size], **more})
