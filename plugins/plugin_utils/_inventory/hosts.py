# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The inventory of accounts, checked as a whole before any call to AWS. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws import arn as _arn
from ansible_collections.central_logging.aws.plugins.module_utils._aws import kms, validators
from ansible_collections.central_logging.aws.plugins.module_utils._aws.separation import overlapping_account
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

ARCHIVE_GROUP, MEMBERS_GROUP, ORGANIZATION_GROUP = "log_archive", "members", "organization"


@dataclass(frozen=True)
class Host:
    """One host of the inventory, one account; the variables are as the inventory has them."""

    name: str
    variables: Mapping[str, Any]

    def get(self, variable: str) -> Any:
        return self.variables.get(variable)

    @property
    def account(self) -> str:
        return str(self.get("account_id"))

    @property
    def trail_name(self) -> str:
        return str(self.get("trail_name") or self.get("central_logging_trail_name") or "")

    @property
    def region(self) -> str:
        return str(self.get("central_logging_region") or "")

    @property
    def organization_trail(self) -> str:
        """The name of the organization's trail that records the account; empty where it has a trail of its own."""
        return str(self.get("central_logging_organization_trail") or "")

    @property
    def recorded_by(self) -> str:
        """The trail that the proofs expect. The log-archive account has one of its own beside the organization's."""
        own = ARCHIVE_GROUP in (self.get("group_names") or ())
        return self.trail_name if own else self.organization_trail or self.trail_name


@dataclass(frozen=True)
class Inventory:
    """The hosts of the groups, also those that C(--limit) leaves out; a slice holds its own only."""

    archive: Sequence[Host]
    members: Sequence[Host]
    organization: Sequence[Host] = ()  # who manages the trail of the organization

    @property
    def hosts(self) -> list[Host]:
        """Each host once, the log-archive account first."""
        return list({host.name: host for host in (*self.archive, *self.members, *self.organization)}.values())


def problems(inventory: Inventory) -> list[str]:
    """Everything that is wrong, each in a sentence that names the host or variable and the mend."""
    found = list(_groups(inventory))
    for host in inventory.hosts:
        found += _host(host)
    found += _duplicates(inventory.hosts)
    if inventory.hosts:
        found += _settings(inventory.hosts[0])
        found += _organization(inventory)
        found += _partitions(inventory.hosts)
    for host in inventory.archive[:1]:
        found += _overlap(host, inventory.members)
    return found


def accounts(inventory: Inventory) -> list[dict[str, str]]:
    """The accounts that have trails of their own, as the policy modules take them."""
    own = (*inventory.archive, *(host for host in inventory.members if not host.organization_trail))
    return [_account(host) for host in own]


def _account(host: Host) -> dict[str, str]:
    return {"id": host.account, "trail_name": host.trail_name, "region": host.region}


def delivering(hosts: Sequence[Host], trails: str) -> list[dict[str, str]]:
    """The accounts as the proof of delivery takes them, with the time since when their trails log.

    C(trails) is the variable in which each host keeps what cloudtrail_central_info returned.
    """
    return [
        {**_account(host), "logging_since": logging_since(host.get(trails) or {}, host.recorded_by)} for host in hosts
    ]


def validated(hosts: Iterable[Host]) -> list[dict[str, str]]:
    """The accounts as the proof of integrity takes them, with the role that reads their public keys."""
    return [
        {"id": host.account, **{name: str(host.get(name)) for name in ("role_arn", "external_id") if host.get(name)}}
        for host in hosts
    ]


def organization_trail(inventory: Inventory) -> dict[str, str] | None:
    """The trail of the organization, as the policy modules take it; None where there is none."""
    for host in inventory.hosts:
        if host.organization_trail:
            management = str(host.get("central_logging_management_account_id"))
            name = host.organization_trail
            return {"management_account_id": management, "trail_name": name, "region": host.region}
    return None


def organization_trail_arn(inventory: Inventory) -> str | None:
    """The ARN that this trail has or will have."""
    trail = organization_trail(inventory)
    if trail is None:
        return None
    region = trail["region"]
    return _arn.trail(_arn.partition_of(region), region, trail["management_account_id"], trail["trail_name"])


def _groups(inventory: Inventory) -> Iterable[str]:
    archive, members = inventory.archive, inventory.members
    if not archive and not (members and all(host.get("central_logging_kms_key_arn") for host in members)):
        yield (
            f"Group {ARCHIVE_GROUP} has to hold exactly one host, the log-archive account; it holds none. Where the"
            f" members run without it, as in a slice, central_logging_kms_key_arn has to tell the key instead."
        )
    if len(archive) > 1:
        names = ", ".join(host.name for host in archive)
        yield f"Group {ARCHIVE_GROUP} has to hold exactly one host, the log-archive account; it holds {names}."
    if len(inventory.organization) > 1:
        names = ", ".join(host.name for host in inventory.organization)
        yield (
            f"Group {ORGANIZATION_GROUP} has to hold one host, the management account or a delegated administrator for"
            f" CloudTrail; it holds {names}."
        )
    both = {host.name for host in archive} & {host.name for host in members}
    for name in sorted(both):
        yield f"Host {name} is in both groups; the log-archive account belongs to {ARCHIVE_GROUP} only."


def _host(host: Host) -> Iterable[str]:
    value = host.get("account_id")
    if not isinstance(value, str):
        yield (
            f"Host {host.name}: account_id is missing."
            if value is None
            else f"Host {host.name}: account_id {value} is not in quotes, so that YAML takes it for a number and"
            f' may drop or convert leading zeros. Write account_id: "{value!s:0>12}" if that is the account.'
        )
        return
    yield from _checked(validators.account_id, value, f"Host {host.name}: account_id")
    yield from _role(host, value)
    if host.trail_name:
        yield from _checked(validators.trail_name, host.trail_name, f"Host {host.name}: trail_name")
    elif not host.organization_trail:
        yield f"Host {host.name}: trail_name is missing. Give it, or central_logging_trail_name for all hosts."
    if not host.region:
        yield f"Host {host.name}: central_logging_region is missing, the Region of the trail."


def _role(host: Host, account: str) -> Iterable[str]:
    role_arn = host.get("role_arn")
    if not role_arn:
        return
    refused = list(_checked(validators.role_arn, str(role_arn), f"Host {host.name}: role_arn"))
    yield from refused
    role = _arn.parse(str(role_arn))
    if not refused and role and role.account != account:
        yield (
            f"Host {host.name}: role_arn {role_arn} is a role of account {role.account}, but account_id is {account}."
            f" Give a role of the host's own account."
        )


def _duplicates(hosts: Sequence[Host]) -> Iterable[str]:
    first: dict[str, str] = {}
    for host in hosts:
        if isinstance(host.get("account_id"), str) and first.setdefault(host.account, host.name) != host.name:
            yield f"Hosts {first[host.account]} and {host.name} have the same account_id {host.account}. Keep one."


def _partitions(hosts: Sequence[Host]) -> Iterable[str]:
    by_partition: dict[str, list[str]] = {}
    for host in hosts:
        role = _arn.parse(str(host.get("role_arn") or ""))
        partition = _arn.partition_of(host.region)
        for found in sorted({partition, role.partition if role else partition}):
            by_partition.setdefault(found, []).append(host.name)
    if len(by_partition) > 1:
        named = "; ".join(f"{partition}: {', '.join(names[:5])}" for partition, names in sorted(by_partition.items()))
        yield f"The hosts are in several partitions ({named}). A bucket serves accounts of its own partition only."


def _settings(host: Host) -> Iterable[str]:
    """The variables that hold for the whole fleet, as the log-archive host has them."""
    bucket = host.get("central_logging_bucket")
    if not bucket:
        yield "central_logging_bucket is missing, the name of the log bucket."
    checks: list[tuple[str, Callable[[str, str], str]]] = [
        ("central_logging_bucket", validators.bucket_name),
        ("central_logging_prefix", validators.key_prefix),
        ("central_logging_organization_id", validators.organization_id),
    ]
    for variable, check in checks:
        if host.get(variable):
            yield from _checked(check, str(host.get(variable)), variable)
    key = str(host.get("central_logging_kms_key_arn") or "")
    if key and not kms.is_key_arn(key):
        yield f"central_logging_kms_key_arn: {key!r} is no ARN of a key. Give an alias as central_logging_key_alias."


def _organization(inventory: Inventory) -> Iterable[str]:
    """What the trail of the organization needs."""
    recorded = next((host for host in inventory.hosts if host.organization_trail), None)
    if recorded is None:
        for host in inventory.organization:
            yield (
                f"Host {host.name} is in group {ORGANIZATION_GROUP}, but central_logging_organization_trail, the name"
                f" of the organization's trail, is not set."
            )
        return
    yield from _checked(validators.trail_name, recorded.organization_trail, "central_logging_organization_trail")
    if not recorded.get("central_logging_organization_id"):
        yield "central_logging_organization_id is missing: the organization's trail delivers into a folder so named."
    management = recorded.get("central_logging_management_account_id")
    if management is None:
        yield "central_logging_management_account_id is missing: the trail of the organization belongs to that account."
    else:
        shown = management if isinstance(management, str) else f"{management} without quotes"
        yield from _checked(validators.account_id, shown, "central_logging_management_account_id")


def _overlap(archive: Host, members: Sequence[Host]) -> Iterable[str]:
    if archive.get("log_archive_allow_overlap"):
        return
    names = {host.account: host.name for host in members}
    for entry in archive.get("central_logging_decrypt_principals") or []:
        principal = str(entry.get("arn") if isinstance(entry, Mapping) else entry)
        account = overlapping_account(principal, names, archive.account)
        if account:
            yield (
                f"central_logging_decrypt_principals: {principal} belongs to host {names[account]}, whose trail"
                f" encrypts. Those who write the logs are not to read them: name a principal of another account."
            )


def _checked(check: Callable[[str, str], str], value: str, where: str) -> Iterable[str]:
    try:
        check(value, where)
    except Refused as refused:
        yield refused.reason


def logging_since(trails: Mapping[str, Any], name: str) -> str:
    """The time since when the trail of that name logs; empty if it does not log or the time is unknown.

    C(trails) is what cloudtrail_central_info returned.
    """
    for trail in trails.get("trails") or []:
        if trail.get("name") == name and trail.get("logging"):
            return str(trail.get("logging_since") or "")
    return ""
