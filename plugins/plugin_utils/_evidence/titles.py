# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Titles of the findings on the page, by check and kind. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable

_SETTINGS = {"public_access_block": "Block Public Access"}
_WORDS = {"acl": "ACL", "acls": "ACLs", "mfa": "MFA"}
# The check is about all access to key and bucket. Separation is only one section of the page.
_CHECK_TITLES = {"separation": "Access"}
_CONTROL = "A Security Hub control is not met"
# check: kind: title; the kinds are those that the info modules document, and those of C(gaps)
_TITLES = {
    "trail": {
        "not_configured": "The run could not configure the account",
        "missing": "The expected trail does not exist",
        "not_logging": "The trail is not logging",
        "other_bucket": "The trail delivers to another bucket",
        "other_prefix": "The trail delivers under another prefix",
        "other_key": "The trail encrypts with another key",
        "not_encrypted": "The trail does not encrypt with a KMS key",
        "single_region": "The trail records only one Region",
        "no_global_events": "The events of global services are not recorded",
        "narrowed_selectors": "The trail does not record all expected events",
        "narrowed_insights": "The trail does not record all expected Insights",
        "history_not_checked": "The event history of the trail was not completely read",
        "events_not_checked": "The event selectors of the trail were not read",
        "no_validation": "Log file validation is disabled",
        "elsewhere": "A trail delivers to a bucket other than the central one",
        "delivery_error": "CloudTrail cannot deliver log files",
        "digest_error": "CloudTrail cannot deliver digests",
        "cloudwatch_logs_error": "CloudTrail cannot deliver to CloudWatch Logs",
        "notification_error": "CloudTrail cannot send notifications to SNS",
        "unread": "The trails could not be read",
    },
    "cost": {
        "duplicate": "Several trails record the same events",
        "recursive": "A trail records its own deliveries",
    },
    "controls": {"control": _CONTROL},
    "delivery": {
        "silent": "Nothing was delivered",
        "missing_log": "No log file was delivered",
        "missing_digest": "No digest was delivered",
        "other_trail": "The digests come from another trail",
        "stale_log": "The newest log file is too old",
        "stale_digest": "The newest digest is too old",
        "future": "An object is older than the time in its name",
        "other_day": "An object is in the folder of another day",
        "unexpected": "An unexpected account has log files in the bucket",
        "organization": "The logs of an organization were not checked",
        "other_names": "The bucket has folders that belong to no account",
        "empty": "The account has no deliveries",
        "unread": "The deliveries could not be read",
        "unreadable": "The bucket or an object could not be read",
    },
    "encryption": {
        "wrong_encryption": "Objects are not encrypted with a KMS key",
        "wrong_key": "Objects are encrypted with another key",
        "unreadable": "The encryption of an object could not be read",
        "not_read": "The encryption could not be read",
    },
    "integrity": {
        "tampered": "A log file or digest was changed",
        "replaced": "A digest was replaced",
        "malformed": "A log file or digest is damaged",
        "missing": "A log file or digest is missing",
        "unexpected": "An object is not listed in any digest",
        "unreadable": "An object could not be read",
        "unverified": "The signature of a digest could not be verified",
        "gap": "Logging or log file validation was interrupted",
        "not_covered": "Log files are not covered by digests",
        "waiting": "The next digest is not delivered yet",
        "moved": "Digests are in another location than the original one",
        "empty": "There are no digests to validate",
        "unread": "The digests could not be validated",
        "misplaced": "A digest was signed for another location",
        "continues_elsewhere": "The earlier digests are in another location",
        "unknown_start": "It is not known whether older digests existed",
        "not_expected": "There are folders that are not expected",
        "partly_covered": "Digests do not cover all hours",
    },
    "separation": {
        "public": "Everyone has access",
        "overlap": "A principal can decrypt, and its account encrypts",
        "confused_deputy": "Trails of any AWS account can deliver",
        "unexpected_decrypter": "An unexpected principal can decrypt",
        "unexpected_encrypter": "An unexpected principal can encrypt with the key",
        "unexpected_reader": "An unexpected principal can read objects",
        "indirect_decrypter": "A principal can give itself permission to decrypt",
        "indirect_reader": "A principal can give itself permission to read objects",
        "limited_decrypter": "A limit of a decrypter does not bind IAM policies",
        "limited_reader": "A limit of a reader does not bind IAM policies",
        "deleted_decrypter": "A deleted principal is allowed to decrypt",
        "deleted_reader": "A deleted principal is allowed to read objects",
        "delegated": "IAM policies of the account decide who has access",
        "bucket_key": "CloudTrail can decrypt, which only an S3 Bucket Key requires",
        "cannot_decrypt": "An expected principal cannot decrypt",
        "cannot_read": "An expected principal cannot read objects",
        "writer": "A principal other than CloudTrail can write objects",
        "not_in_inventory": "The policies allow accounts that are not in the inventory",
        "useless": "A statement never allows CloudTrail",
        "foreign_statement": "A statement is not managed by this collection",
        "altered_statement": "A statement of this collection was changed",
        "unreadable": "A policy or a statement could not be read",
        "unread": "The policies could not be read",
    },
    "deletion": {
        "public": "Everyone can delete",
        "not_denied": "Deletion is not denied",
        "unexpected_deleter": "An unexpected principal can delete",
        "indirect_deleter": "A principal can give itself permission to delete",
        "key_administrator": "A principal can disable or delete the key",
    },
    "hardening": {
        "control": _CONTROL,
        "key_state": "The key is not enabled",
        "other_key": "The default encryption uses another key",
        "key_type": "CloudTrail cannot encrypt with the key",
        "key_region": "The key is in another Region than the bucket",
        "expires": "A lifecycle rule deletes logs",
        "archived": "A lifecycle rule archives logs",
        "replicated": "Logs are replicated to a bucket that is not expected",
        "requester_pays": "The bucket is a Requester Pays bucket",
        "acl_grants": "The bucket's ACL grants access to others",
        "logs_to_itself": "The bucket receives its own access logs",
        "not_read": "A setting could not be read",
    },
}


def setting_title(name: str) -> str:
    """A setting of bucket or key as AWS writes it, as MFA delete."""
    words = " ".join(_WORDS.get(word, word) for word in name.split("_"))
    return _SETTINGS.get(name, words[:1].upper() + words[1:])


def check_title(check: str) -> str:
    """The name of a check, as Integrity."""
    return _CHECK_TITLES.get(check, check.replace("_", " ").capitalize())


def check_names(checks: Iterable[str]) -> str:
    """The names of checks within a sentence, as integrity, access."""
    return ", ".join(check_title(check).lower() for check in checks)


def not_part_of_the_run(checks: Iterable[str]) -> str:
    """Checks whose module did not run, as a sentence."""
    return f"Not part of this run: {check_names(checks)}."


def finding_title(check: str, kind: str) -> str:
    """The title of a finding; its kind in words if there is no title."""
    return _TITLES.get(check, {}).get(kind) or kind.replace("_", " ").capitalize()
