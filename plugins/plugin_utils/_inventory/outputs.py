# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The inventory as the options of the modules that work on all accounts. Pure.

Note that this plugin util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws import arn

from .hosts import Host, Inventory
from .logging_start import LoggingStarts, named_trails

_NAMED = 5  # accounts that a warning names


def accounts(inventory: Inventory) -> list[dict[str, str]]:
    """The accounts with their own trails: option C(accounts) of the policy modules."""
    own = (*inventory.archive, *(host for host in inventory.members if not host.organization_trail))
    return [_account(host) for host in own]


def unlisted(inventory: Inventory, allowed: Iterable[str]) -> list[str]:
    """The accounts that the policies allow, without those of the inventory and of the organization trail."""
    trail = organization_trail(inventory)
    known = {host.account for host in inventory.hosts} | {trail["management_account_id"] if trail else ""}
    return sorted(set(allowed) - known)


def unlisted_warning(accounts: Sequence[str]) -> str:
    """A sentence about the accounts that are allowed but not in the inventory; empty if there are none."""
    if not accounts:
        return ""
    more = f" and {len(accounts) - _NAMED:,} more" if len(accounts) > _NAMED else ""
    return (
        f"The inventory lacks accounts that the policies allow ({len(accounts):,}):"
        f" {', '.join(accounts[:_NAMED])}{more}. They keep their access, but this run neither configures nor verifies"
        f" them. If they have left, remove their access. Otherwise, check the source of the inventory."
    )


def delivering(
    inventory: Inventory,
    hosts: Iterable[Host],
    trails: str,
    now: datetime,
    verified: Mapping[str, Mapping[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """Option C(accounts) of cloudtrail_delivery_info, for these hosts of the inventory.

    C(trails) is the name of the variable in which each host has the result of cloudtrail_central_info. C(verified) has
    the times of the newest digests in an earlier evidence: a trail that has delivered since its start or change waits
    for no first delivery.
    """
    starts = LoggingStarts(inventory=inventory, trails=trails, now=now)
    return [
        {
            **_account(host),
            "logging_since": start.since,
            "change": start.change,
            "delivering_since": starts.delivering(host, (verified or {}).get(host.account, {}).values()).since,
            **_known(named_trails(host.get(trails) or {}, host.recorded_by, host.region)),
        }
        for host in hosts
        for start in [starts.of(host)]
    ]


def _known(trails: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """What cloudtrail_central_info knows about the host's trail. May be empty."""
    values = {key: [trail.get(key) for trail in trails] for key in ("logging", "log_file_validation")}
    return {key: any(seen) for key, seen in values.items() if seen and None not in seen}


def validated(
    inventory: Inventory,
    hosts: Iterable[Host],
    trails: str,
    now: datetime,
    verified: Mapping[str, Mapping[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """Option C(accounts) of cloudtrail_integrity_info, with the role that reads the account's public keys.

    C(trails) is the name of the variable in which each host has the result of cloudtrail_central_info.
    C(verified) has the time of the newest digest in an earlier evidence, by account and Region. It may be empty.
    """
    starts = LoggingStarts(inventory=inventory, trails=trails, now=now)
    return [
        {
            "id": host.account,
            "trail_name": host.recorded_by,
            "region": host.region,
            "logging_since": starts.of(host).since,
            "delivering_since": starts.delivering(host).since,
            **_multi_region(named_trails(host.get(trails) or {}, host.recorded_by, host.region)),
            "verified_digests": [
                {"region": region, "until": until}
                for region, until in sorted((verified or {}).get(host.account, {}).items())
            ],
            "interruptions": starts.interruptions_of(host),
            "organization_trail": host.is_of_organization,
            **{name: str(host.get(name)) for name in ("role_arn", "external_id") if host.get(name)},
        }
        for host in hosts
    ]


def _multi_region(trails: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Whether the host's trail is logging and records all Regions; empty if there is no such trail."""
    logging = [bool(trail.get("multi_region")) for trail in trails if trail.get("logging")]
    return {"multi_region": any(logging)} if trails else {}


def organization_trail(inventory: Inventory) -> dict[str, str] | None:
    """The organization trail, as an item of option C(organization_trails) of the policy modules; None without one."""
    for host in inventory.hosts:
        if host.organization_trail:
            return {
                "management_account_id": str(host.get("central_logging_management_account_id")),
                "trail_name": host.organization_trail,
                "region": host.region,
            }
    return None


def organization_trail_arn(inventory: Inventory) -> str | None:
    """The ARN that the organization trail has or will have; None without one."""
    trail = organization_trail(inventory)
    if trail is None:
        return None
    region = trail["region"]
    return arn.trail(arn.partition_of(region), region, trail["management_account_id"], trail["trail_name"])


def organization_trail_reader(hosts: Iterable[Host]) -> str | None:
    """The first of the hosts that the organization trail records; None without one."""
    return next((host.name for host in hosts if host.is_of_organization), None)


def _account(host: Host) -> dict[str, str]:
    return {"id": host.account, "trail_name": host.trail_name, "region": host.region}
