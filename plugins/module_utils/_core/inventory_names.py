# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an option of a module is called in the inventory, for messages that users of the playbooks read. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re

# option: what sets it in the playbooks. An option of the same name in the inventory is not listed.
INVENTORY_NAMES = {
    "assume_role_arn": "role_arn of the host in the inventory",
    "log_archive_role_arn": "role_arn of the log-archive host in the inventory",
    "log_archive_external_id": "external_id of the log-archive host in the inventory",
    "owner_role_arn": "role_arn of the host in the group organization",
    "owner_external_id": "external_id of the host in the group organization",
    "kms_key": "central_logging_kms_key_arn in the inventory",
    "key_prefix": "central_logging_prefix in the inventory",
    "organization_id": "central_logging_organization_id in the inventory",
    "management_account_id": "central_logging_management_account_id in the inventory",
    "organization_trails": "central_logging_organization_trail in the inventory",
    "decrypt_principals": "central_logging_decrypt_principals in the inventory",
    "break_glass_principals": "central_logging_break_glass_principals in the inventory",
    "original_buckets": "central_logging_original_buckets in the inventory",
    "replica_buckets": "central_logging_replica_buckets in the inventory",
    "retention_days": "central_logging_retention_days in the inventory",
    "first_delivery_timeout": "central_logging_first_delivery_timeout in the inventory",
    "backfill_timeout": "verification_backfill_timeout",
    "retry_timeout": "central_logging_retry_timeout in the inventory",
    "start_time": "verification_integrity_start",
    "end_time": "verification_integrity_end",
    "purge_accounts": "log_archive_purge_accounts",
    "allow_overlap": "log_archive_allow_overlap",
    "allow_weaken": "member_account_allow_weaken or log_archive_allow_weaken",
    "management_events": "member_account_management_events",
    "data_events": "member_account_data_events",
}
# These are ordinary words too. They are options only at the start of a message.
FIRST_WORDS = {
    "accounts": "the hosts of the inventory",
    "bucket": "central_logging_bucket in the inventory",
    "key": "central_logging_key_alias or central_logging_kms_key_arn in the inventory",
    "name": "trail_name of the host, or central_logging_trail_name",
    "readers": "central_logging_readers in the inventory",
    "region": "central_logging_region in the inventory",
    "regions": "verification_regions",
    "tags": "log_archive_tags or member_account_tags",
}
# not a part of another word, and not followed by its own explanation
_OPTION = re.compile(rf"(?<![\w.:/=-])(?:{'|'.join(INVENTORY_NAMES)})(?![\w(-]| \()(?:: (?:true|false)\b)?(?! \()")
_FIRST = re.compile(rf"(?:{'|'.join(FIRST_WORDS)})(?=:| is required)")


def explained_option(name: str) -> str:
    """An option with its name in the inventory, such as C(assume_role_arn (role_arn of the host in the inventory))."""
    return f"{name} ({(INVENTORY_NAMES | FIRST_WORDS)[name]})"


def with_inventory_names(message: str) -> str:
    """The message with the name in the inventory after the first mention of each option."""
    known: set[str] = set()

    def explained(match: re.Match[str]) -> str:
        name = match.group().partition(":")[0]
        if name in known or f"({INVENTORY_NAMES[name]})" in message:
            return match.group()
        known.add(name)
        return f"{match.group()} ({INVENTORY_NAMES[name]})"

    first = _FIRST.match(message)
    start = first.end() if first else 0
    return (explained_option(first.group()) if first else "") + _OPTION.sub(explained, message[start:])
