# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts in which the tests and the demonstration run the collection, and the keys of their users."""

from __future__ import annotations

from pathlib import Path

import yaml

from cloudtrail_sandbox.client import Sandbox

ROOT = Path(__file__).parents[1]
ACCOUNTS = Path(__file__).with_name("accounts.yml")
ORGANIZATION_ACCOUNTS = Path(__file__).with_name("organization.yml")
POLICIES = ROOT / "docs" / "iam"


def new_sandbox(accounts: Path = ACCOUNTS) -> Sandbox:
    """A sandbox with these accounts and the policies of docs/iam, not started."""
    return Sandbox(accounts, POLICIES)


#: The environment variables of each user's access key; the keys are valid in the sandbox only.
KEYS = {
    user["user_name"]: {
        "AWS_ACCESS_KEY_ID": user["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": user["secret_access_key"],
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for user in yaml.safe_load(ACCOUNTS.read_text(encoding="utf-8"))["callers"]
}
