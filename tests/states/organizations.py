# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An organization trail of a delegated administrator, and calls of the management account.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
"""

from __future__ import annotations

from tests.organizations import HISTORY_ROLE, MANAGEMENT, NAME, ORG
from tests.states.fleet import PRODUCTION, Fleet
from tests.states.table import broken, sound

BASE = "organization_hours_ago"
HISTORY_ROLES: dict[str, object] = {"central_logging_history_roles": [{"role_arn": HISTORY_ROLE}]}


def wipe(fleet: Fleet) -> None:
    """The management account begins new chains of digests, and what production had before is deleted."""
    fleet.hours(3)
    trail = fleet.client("cloudtrail", MANAGEMENT)
    fleet.next_second()
    trail.update_trail(Name=NAME, EnableLogFileValidation=False)
    trail.update_trail(Name=NAME, EnableLogFileValidation=True)
    fleet.purge(*fleet.keys(f"AWSLogs/{ORG}/{PRODUCTION}/"))
    fleet.hours(3)


@broken(
    base=BASE,
    security="",
    not_checked={"security": "trail"},
    message=MANAGEMENT,
    remedy="central_logging_history_roles",
)
def the_management_account_hid_a_deletion_from_the_delegated_administrator(fleet: Fleet) -> None:
    """The history of the delegated administrator does not show the new chains."""
    wipe(fleet)


@broken(base=BASE, production="integrity:missing", message=("UpdateTrail", "was logging until"))
def the_history_of_the_management_account_shows_the_deletion(fleet: Fleet) -> dict[str, object]:
    wipe(fleet)
    return HISTORY_ROLES


@sound(base=BASE, absent="trail:history_not_checked")
def a_delegated_administrator_with_a_role_for_the_history_of_the_management_account(fleet: Fleet) -> dict[str, object]:
    fleet.hours(6)
    return HISTORY_ROLES
