# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts of the example inventory in an organization, and the inventory with an organization trail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.accounts import ACCOUNTS

ORG, MANAGEMENT = "o-a1b2c3d4e5", "333344445555"
NAME = "OrganizationTrail"
ARCHIVE, MEMBERS = "111122223333", ("444455556666", "012345678901", "777788889999")
HISTORY_ROLE = f"arn:aws:iam::{MANAGEMENT}:role/HistoryReader"


def write_accounts(file: Path) -> Path:
    """The accounts of the demo, all in one organization, and its management account.

    The log-archive account is a delegated administrator for CloudTrail.
    """
    document = yaml.safe_load(ACCOUNTS.read_text(encoding="utf-8"))
    document["variables"]["MANAGEMENT_ACCOUNT_ID"] = MANAGEMENT
    trust, member = "trust-policy.json", "member-permissions.json"
    document["accounts"][MANAGEMENT] = {
        "roles": {
            "CentralLogging": {"trust_policy": trust, "permissions": [member, "organization-permissions.json"]},
            "HistoryReader": {"trust_policy": trust, "permissions": "history-permissions.json"},
            "Administrator": document["accounts"]["999900001111"]["roles"]["Administrator"],
        }
    }
    for user in document["callers"]:
        if user["user_name"] == "operator":
            allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": HISTORY_ROLE}
            user["policy"]["Statement"].append(allowed)
    for account in MEMBERS:
        permissions = [member, "remove-trails-permissions.json"]
        document["accounts"][account]["roles"]["CentralLogging"]["permissions"] = permissions
    document["accounts"][ARCHIVE]["roles"]["CentralLogging"]["permissions"].append("organization-permissions.json")
    document["organization"] = {
        "id": ORG,
        "management_account_id": MANAGEMENT,
        "delegated_administrators": {"cloudtrail.amazonaws.com": [ARCHIVE]},
    }
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def by_the_management_account(hosts: dict[str, Any], variables: dict[str, Any]) -> None:
    """Change hosts and group variables: the management account is in the group C(organization)."""
    role = f"arn:aws:iam::{MANAGEMENT}:role/CentralLogging"
    hosts["organization"] = {"hosts": {"management": {"account_id": MANAGEMENT, "role_arn": role}}}
    variables["central_logging_organization_trail"] = NAME
    variables["central_logging_organization_id"] = ORG
    variables["central_logging_management_account_id"] = MANAGEMENT


def by_the_log_archive(hosts: dict[str, Any], variables: dict[str, Any]) -> None:
    """The log-archive account is the delegated administrator for CloudTrail. No host needs the management account."""
    by_the_management_account(hosts, variables)
    hosts["organization"] = {"hosts": {"security": {}}}
