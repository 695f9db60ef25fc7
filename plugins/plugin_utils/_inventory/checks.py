# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of the whole inventory, before any call to AWS. Pure.

Note that this plugin util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.central_logging.aws.plugins.module_utils._aws import kms, validators
from ansible_collections.central_logging.aws.plugins.module_utils._aws.arn import ACCOUNT_ID, parse, partition_of
from ansible_collections.central_logging.aws.plugins.module_utils._aws.separation import overlapping_account
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from .hosts import ARCHIVE_GROUP, MEMBERS_GROUP, ORGANIZATION_GROUP, Host, Inventory


def problems(inventory: Inventory) -> list[str]:
    """Everything that is not valid, each with the name of the host or variable, and what to do."""
    sentences = list(_groups(inventory))
    for host in inventory.hosts:
        sentences += _host(host)
    sentences += _duplicates(inventory.hosts)
    if inventory.hosts:
        sentences += _settings(inventory.hosts[0])
        sentences += _organization(inventory)
        sentences += _partitions(inventory.hosts)
    for host in inventory.archive[:1]:
        sentences += _overlap(host, inventory.members)
        sentences += _key_region(host)
    return sentences


def _groups(inventory: Inventory) -> Iterable[str]:
    archive, members = inventory.archive, inventory.members
    if not archive and not (members and all(host.get("central_logging_kms_key_arn") for host in members)):
        yield (
            f"Group {ARCHIVE_GROUP} must have exactly one host, the log-archive account. It has none. If the members"
            f" run without it, for example in a job slice, set central_logging_kms_key_arn."
        )
    if len(archive) > 1:
        names = ", ".join(host.name for host in archive)
        yield f"Group {ARCHIVE_GROUP} must have exactly one host, the log-archive account. It has {names}."
    if len(inventory.organization) > 1:
        names = ", ".join(host.name for host in inventory.organization)
        yield (
            f"Group {ORGANIZATION_GROUP} must have at most one host, the management account or a delegated"
            f" administrator for CloudTrail. It has {names}."
        )
    if archive and not members and not archive[0].is_true("central_logging_allow_no_members"):
        yield (
            f"Group {MEMBERS_GROUP} has no host. Check the source of the inventory, which may have returned too few"
            f" accounts. If there are no member accounts yet, set central_logging_allow_no_members: true."
        )
    both = {host.name for host in archive} & {host.name for host in members}
    for name in sorted(both):
        yield f"Host {name} is in both groups. Keep the log-archive account in {ARCHIVE_GROUP} only."


def _host(host: Host) -> Iterable[str]:
    account = host.get("account_id")
    if account is None:
        yield f"Host {host.name}: account_id is missing."
        return
    if not isinstance(account, str) or not ACCOUNT_ID.fullmatch(account):
        yield f"Host {host.name}: {_invalid_account(host, 'account_id', account, str(host.get('role_arn') or ''))}"
        return
    yield from _role(host, account)
    if host.trail_name:
        yield from _checked(validators.trail_name, host.trail_name, f"Host {host.name}: trail_name")
    elif not host.organization_trail:
        yield f"Host {host.name}: trail_name is missing. Set it, or central_logging_trail_name for all hosts."
    if not host.region:
        yield f"Host {host.name}: central_logging_region is missing. Set it to the home Region of the trail."
    else:
        yield from _checked(validators.region, host.region, f"Host {host.name}: central_logging_region")


def _invalid_account(host: Host, variable: str, value: object, role_arn: str = "") -> str:
    """What is wrong with an account id, and how to write the id that is meant."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        reason = (
            "Ansible removes the quotes on the line of a host in an INI inventory, and then reads a number."
            if host.is_in_ini
            else "YAML reads a number, and may drop or convert leading zeros."
        )
        problem = f"{variable} {value} is a number, because it is not in quotes. {reason}"
    else:
        problem = f"{variable}: {value!r} is not an AWS account id. Use 12 digits in quotes."
    role = parse(role_arn)
    of_role = role.account if role and ACCOUNT_ID.fullmatch(role.account) else ""
    meant = validators.meant_accounts(value)
    if of_role and (of_role in meant or not meant):
        return f"{problem} {_as_written(host, variable, of_role)}. This is the account of role_arn."
    if not meant:
        return f'{problem} Write all digits of the account, as in {variable}: "012345678901".'
    others = "".join(f' or "{account}"' for account in meant[1:])
    or_of_role = f', or "{of_role}", the account of role_arn,' if of_role else ""
    return f"{problem} {_as_written(host, variable, meant[0])}{others}{or_of_role} if that is the account."


def _as_written(host: Host, variable: str, account: str) -> str:
    """How to write the id. Ansible removes the quotes on a host's line of an INI file, and then reads a number.

    https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html (key=value variables)
    """
    in_yaml = f'{variable}: "{account}"'
    if not host.is_in_ini:
        return f"Write {in_yaml}"
    return (
        f"On the line of the host in the INI inventory, write {variable}=\"'{account}'\", or in a YAML file {in_yaml}"
    )


def _role(host: Host, account: str) -> Iterable[str]:
    role_arn = host.get("role_arn")
    if not role_arn:
        return
    refused = list(_checked(validators.role_arn, str(role_arn), f"Host {host.name}: role_arn"))
    yield from refused
    role = parse(str(role_arn))
    if not refused and role and role.account != account:
        yield (
            f"Host {host.name}: role_arn {role_arn} is a role of account {role.account}, but account_id is {account}."
            f" Use a role of the host's account."
        )


def _duplicates(hosts: Sequence[Host]) -> Iterable[str]:
    first: dict[str, str] = {}
    for host in hosts:
        if isinstance(host.get("account_id"), str) and first.setdefault(host.account, host.name) != host.name:
            yield (
                f"Hosts {first[host.account]} and {host.name} have the same account_id {host.account}. Remove one of"
                f" them."
            )


def _partitions(hosts: Sequence[Host]) -> Iterable[str]:
    names: dict[str, list[str]] = {}
    for host in hosts:
        role = parse(str(host.get("role_arn") or ""))
        partition = partition_of(host.region)
        for each_partition in sorted({partition, role.partition if role else partition}):
            names.setdefault(each_partition, []).append(host.name)
    if len(names) > 1:
        listed = "; ".join(f"{partition}: {', '.join(names[partition][:5])}" for partition in sorted(names))
        yield f"The hosts are in several partitions ({listed}). Use one inventory and one bucket for each partition."


def _settings(host: Host) -> Iterable[str]:
    """The variables that are the same for all hosts, as the log-archive host has them."""
    if not host.get("central_logging_bucket"):
        yield "central_logging_bucket is missing. Set it to the name of the log bucket."
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
        yield (
            f"central_logging_kms_key_arn: {key!r} is not a valid key ARN. Use the ARN of the key, or set"
            f" central_logging_key_alias."
        )


def _key_region(archive: Host) -> Iterable[str]:
    """The key and the bucket must be in the same Region.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html (KmsKeyNotFoundException)
    """
    key = parse(str(archive.get("central_logging_kms_key_arn") or ""))
    if key and archive.region and key.region != archive.region:
        yield (
            f"central_logging_kms_key_arn is a key in Region {key.region}, but central_logging_region of host"
            f" {archive.name} is {archive.region}. The key must be in the Region of the log archive. Set"
            f" central_logging_region to {key.region}, or use a key in {archive.region}."
        )


def _organization(inventory: Inventory) -> Iterable[str]:
    """The variables that the organization trail needs."""
    recorded = next((host for host in inventory.hosts if host.organization_trail), None)
    if recorded is None:
        for host in inventory.organization:
            yield (
                f"Host {host.name} is in group {ORGANIZATION_GROUP}, but central_logging_organization_trail is not set."
                f" Set it to the name of the organization trail."
            )
        return
    yield from _checked(validators.trail_name, recorded.organization_trail, "central_logging_organization_trail")
    if not recorded.get("central_logging_organization_id"):
        yield (
            "central_logging_organization_id is missing. Set it, because the organization trail delivers into a folder"
            " of that name."
        )
    management = recorded.get("central_logging_management_account_id")
    if management is None:
        yield (
            "central_logging_management_account_id is missing. Set it to the account to which the organization trail"
            " belongs."
        )
    else:
        if not isinstance(management, str) or not ACCOUNT_ID.fullmatch(management):
            yield _invalid_account(recorded, "central_logging_management_account_id", management)


def _overlap(archive: Host, members: Sequence[Host]) -> Iterable[str]:
    """Principals that decrypt the logs and belong to an account whose trail encrypts them."""
    if archive.get("log_archive_allow_overlap"):
        return
    names = {host.account: host.name for host in members}
    for entry in archive.get("central_logging_decrypt_principals") or []:
        principal = str(entry.get("arn") if isinstance(entry, Mapping) else entry)
        account = overlapping_account(principal, names, archive.account)
        if account:
            yield (
                f"central_logging_decrypt_principals: {principal} belongs to host {names[account]}, whose trail"
                f" encrypts logs. An account that writes logs must not read them. Use a principal of another account."
            )


def _checked(check: Callable[[str, str], str], value: str, option: str) -> Iterable[str]:
    """The sentence with which a validator refuses the value, if it does."""
    try:
        check(value, option)
    except Refused as refused:
        yield refused.reason
