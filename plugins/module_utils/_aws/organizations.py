# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The organization that an account belongs to.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .gateway import Gateway


def describe_organization(gateway: Gateway) -> Mapping[str, Any]:
    """The organization of the gateway's account, with C(Id), C(Arn), C(MasterAccountId). Raises AwsFailure.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
    """
    reply: Mapping[str, Any] = gateway.call("organizations", "describe_organization")["Organization"]
    return reply
