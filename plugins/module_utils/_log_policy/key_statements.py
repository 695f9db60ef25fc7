# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The owned statements of the central key's policy. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .._aws import arn
from .._aws.separation import overlapping_account
from .._policy import equivalence
from .._policy.document import StatementValue, unnumbered
from .._policy.principal import CLOUDTRAIL
from . import layouts, rejection
from .allowed_accounts import ALLOWED_ACCOUNTS, AllowedAccounts
from .layouts import ACCOUNTS, COMPACT, ConditionValue
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

BUCKET_KEY, DECRYPT = "bucket_key", "decrypt"

_PARTS = {
    "CentralLoggingEncrypt": ALLOWED_ACCOUNTS,
    "CentralLoggingDescribe": ALLOWED_ACCOUNTS,
    "CentralLoggingBucketKey": BUCKET_KEY,
    "CentralLoggingOrganizationEncrypt": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationDescribe": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationBucketKey": BUCKET_KEY,
    "CentralLoggingDecrypt": DECRYPT,
    "CentralLoggingDecryptLimited": DECRYPT,  # a number follows
}
# CloudTrail encrypts a log file with the ARN of the trail as encryption context:
# https://docs.aws.amazon.com/kms/latest/developerguide/services-cloudtrail.html
_CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
# an encryption context for all trails of one account
_CONTEXT_ACCOUNT = re.compile(r"arn:[a-z-]+:cloudtrail:\*:([0-9]{12}):trail/\*")


@dataclass(frozen=True, kw_only=True)
class Decrypter:
    """A principal that may decrypt log files: those of the given accounts, or all of them if there are none."""

    arn: str
    accounts: tuple[str, ...] = ()


def part(sid: str) -> str:
    """The part of the key policy that the Sid stands for, if any; a number may follow the Sid."""
    return _PARTS.get(unnumbered(sid), "")


def allow_accounts(partition: str, layout: str, allowed: AllowedAccounts) -> list[StatementValue]:
    """The statements that allow CloudTrail to encrypt the log files of the accounts."""
    if not allowed:
        return []
    source = layouts.source_condition(layout, allowed, partition)
    context = _context(partition, layouts.listed_accounts(layout, allowed))
    return [
        _encrypt("CentralLoggingEncrypt", {**source, "StringLike": context}),
        _allow("CentralLoggingDescribe", "kms:DescribeKey"),
    ]


def allow_organization_trails(partition: str, allowed: OrganizationTrails) -> list[StatementValue]:
    """The statements that allow CloudTrail to encrypt the log files of organization trails.

    The encryption context of every log file contains the id of the management account, because the trail's ARN does.
    """
    if not allowed:
        return []
    condition = {**allowed.source_condition(partition), "StringLike": _context(partition, allowed.accounts)}
    return [
        _encrypt("CentralLoggingOrganizationEncrypt", condition),
        _allow("CentralLoggingOrganizationDescribe", "kms:DescribeKey"),
    ]


def allow_bucket_key(
    partition: str, layout: str, allowed: AllowedAccounts, organization_trails: OrganizationTrails
) -> list[StatementValue]:
    """The statements that allow CloudTrail to decrypt, which CreateTrail and UpdateTrail need with an S3 Bucket Key.

    They are separate statements for the service only, and are never mistaken for those of readers. They have no
    condition on the encryption context, because AWS does not document whether it reaches KMS with a Bucket Key:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    statements = []
    if allowed:
        # in layout accounts only the encryption context lists the accounts; without it, the source must list them
        source = layouts.source_condition(COMPACT if layout == ACCOUNTS else layout, allowed, partition)
        statements.append({**_allow("CentralLoggingBucketKey", "kms:Decrypt"), "Condition": source})
    if organization_trails:
        source = organization_trails.source_condition(partition)
        statements.append({**_allow("CentralLoggingOrganizationBucketKey", "kms:Decrypt"), "Condition": source})
    return statements


def _encrypt(sid: str, condition: ConditionValue) -> StatementValue:
    return {**_allow(sid, "kms:GenerateDataKey*"), "Condition": condition}


def _allow(sid: str, action: str) -> StatementValue:
    return {"Sid": sid, "Effect": "Allow", "Principal": {"Service": CLOUDTRAIL}, "Action": action, "Resource": "*"}


def _context(partition: str, accounts: Sequence[str]) -> dict[str, object]:
    return {_CONTEXT: [arn.trail(partition, "", account, "") for account in accounts]}


def allow_decrypt(partition: str, decrypters: Sequence[Decrypter]) -> list[StatementValue]:
    """The statements that allow principals to decrypt: one for all log files, and one for each set of accounts.

    The encryption context of a log file is the ARN of its trail:
    https://docs.aws.amazon.com/kms/latest/developerguide/services-cloudtrail.html
    """
    groups: dict[tuple[str, ...], set[str]] = {}
    for decrypter in decrypters:
        groups.setdefault(tuple(sorted(decrypter.accounts)), set()).add(decrypter.arn)
    statements = []
    for number, (accounts, principals) in enumerate(sorted(groups.items())):
        limited = f"Limited{number + (() not in groups)}" if accounts else ""
        statements.append(
            {
                "Sid": f"CentralLoggingDecrypt{limited}",
                "Effect": "Allow",
                "Principal": {"AWS": sorted(principals)},
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"StringLike": _context(partition, accounts)}
                if accounts
                else {"Null": {_CONTEXT: "false"}},
            }
        )
    return statements


def decrypters_of(statements: Sequence[StatementValue]) -> list[Decrypter]:
    """The principals that the owned statements allow to decrypt."""
    decrypters = []
    for statement in statements:
        matches = [_CONTEXT_ACCOUNT.fullmatch(value) for value in equivalence.condition_values(statement, _CONTEXT)]
        accounts = tuple(match.group(1) for match in matches if match)
        principals = equivalence.principals(statement)
        decrypters += [Decrypter(arn=principal, accounts=accounts) for principal in principals]
    return decrypters


def overlap(decrypters: Sequence[Decrypter], accounts: Sequence[str], owner: str) -> list[Decrypter]:
    """The decrypters that belong to an account whose trail encrypts.

    The account that owns the key does not count: it operates the log archive, and its own trail writes to it.
    """
    return [decrypter for decrypter in decrypters if overlapping_account(decrypter.arn, accounts, owner)]


def rejected(statement: StatementValue) -> str:
    """The reason why KMS no longer accepts a statement; empty if KMS accepts the statement.

    Since 18 August 2025 KMS requires an Action or NotAction and a Resource in each statement.
    """
    if "Action" not in statement and "NotAction" not in statement:
        return "it has neither Action nor NotAction"
    if "Resource" not in statement:
        return "it has no Resource"
    return rejection.deleted_principal(statement)
