# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts of an organization, from all pages and units."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import organization

from tests.fakes.support import PRODUCTION, STAGING, FakeGateway, failure

MANAGEMENT, ORG = "222233334444", "o-a1b2c3d4e5"
ARN = f"arn:aws-us-gov:organizations::{MANAGEMENT}:organization/{ORG}"


def account(identity: str, **more: str) -> dict[str, str]:
    return {"Id": identity, "Name": f"n{identity}", **more}


def gateway(accounts: dict[str, list[list[dict[str, str]]]], **replies: Any) -> FakeGateway:
    """An organization of root r, unit a under it and unit b under a; the accounts of each, in pages."""
    units = {"r": [{"Id": "a", "Name": "Workloads"}], "a": [{"Id": "b", "Name": "Prod"}], "b": []}

    def page(pages: list[Any], member: str, token: str | None) -> dict[str, Any]:
        number = int(token or 0)
        more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        return {member: pages[number], **more}

    all_replies: dict[str, Any] = {
        "describe_organization": {"Organization": {"Id": ORG, "MasterAccountId": MANAGEMENT, "Arn": ARN}},
        "list_roots": {"Roots": [{"Id": "r"}]},
        "list_accounts_for_parent": lambda ParentId, NextToken=None: page(
            accounts.get(ParentId, [[]]), "Accounts", NextToken
        ),
        "list_organizational_units_for_parent": lambda ParentId, NextToken=None: page(
            [[], units[ParentId]], "OrganizationalUnits", NextToken
        ),
        "list_tags_for_resource": lambda ResourceId: {"Tags": [{"Key": "id", "Value": ResourceId}]},
        **replies,
    }
    return FakeGateway({("organizations", name): reply for name, reply in all_replies.items()}, MANAGEMENT)


def test_every_page_of_every_unit_is_read_once() -> None:
    fake = gateway({"r": [[account(MANAGEMENT)]], "b": [[account(PRODUCTION)], [], [account(STAGING)]]})
    read = organization.read(fake, with_tags=False)  # type: ignore[arg-type]
    assert [account["id"] for account in read["accounts"]] == [MANAGEMENT, PRODUCTION, STAGING]
    assert [unit["name"] for unit in read["accounts"][1]["units"]] == ["Workloads", "Prod"]
    assert read["accounts"][0]["units"] == []
    assert (read["id"], read["management_account_id"], read["partition"]) == (ORG, MANAGEMENT, "aws-us-gov")
    assert "list_tags_for_resource" not in fake.operations
    assert len(fake.operations) == 1 + 1 + 5 + 6
    assert json.loads(json.dumps(read)) == read, "it can be cached"


def test_tags_are_read_on_request() -> None:
    fake = gateway({"b": [[account(PRODUCTION), account(STAGING)]]})
    read = organization.read(fake, with_tags=True)  # type: ignore[arg-type]
    assert [account["tags"] for account in read["accounts"]] == [{"id": PRODUCTION}, {"id": STAGING}]
    assert fake.operations.count("list_tags_for_resource") == 2


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ({"State": "CLOSED", "Status": "SUSPENDED"}, "CLOSED"),
        ({"Status": "SUSPENDED"}, "SUSPENDED"),
        ({"State": "ACTIVE"}, "ACTIVE"),
        ({}, "UNKNOWN"),
    ],
)
def test_state_replaces_status(reply: dict[str, str], state: str) -> None:
    fake = gateway({"r": [[account(PRODUCTION, **reply)]]})
    assert organization.read(fake, with_tags=False)["accounts"][0]["state"] == state  # type: ignore[arg-type]


def test_a_denied_call_is_an_error_and_not_an_empty_organization() -> None:
    fake = gateway({}, list_roots=failure("AccessDeniedException"))
    with pytest.raises(AwsFailure):
        organization.read(fake, with_tags=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(("region", "used"), [(None, "us-east-1"), ("us-gov-west-1", "us-gov-west-1")])
def test_the_region_may_be_left_out(region: str | None, used: str) -> None:
    made = organization.gateway_from_options({"assume_role_arn": None}, region, None, {"verify": True})
    assert (made.region, made.connection.client) == (used, {"endpoint_url": None, "verify": True})


def test_a_role_that_is_not_valid() -> None:
    with pytest.raises(Refused, match="assume_role_arn: 'Reader' is not the ARN of a role"):
        organization.gateway_from_options({"assume_role_arn": "Reader"}, None, None, {})
