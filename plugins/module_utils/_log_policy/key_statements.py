# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The statements that we own in the policy of the central key. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._aws import arn as _arn
from .._aws.separation import overlapping_account
from .._policy import equivalence
from .._policy.document import StatementValue
from .._policy.principal import CLOUDTRAIL, is_deleted
from . import allowed_accounts
from .allowed_accounts import ACCOUNTS, EXACT, Admitted
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

ENCRYPT, BUCKET_KEY, DECRYPT = "encrypt", "bucket_key", "decrypt"

_SIDS = {
    "CentralLoggingEncrypt": ENCRYPT,
    "CentralLoggingDescribe": ENCRYPT,
    "CentralLoggingBucketKey": BUCKET_KEY,
    "CentralLoggingOrganizationEncrypt": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationDescribe": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationBucketKey": BUCKET_KEY,
    "CentralLoggingDecrypt": DECRYPT,
}
_LIMITED = re.compile(r"CentralLoggingDecryptLimited[0-9]+")
_CLOUDTRAIL = {"Service": CLOUDTRAIL}
_Condition = dict[str, dict[str, object]]
_CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
# the part of a context pattern, arn:aws:cloudtrail:*:ACCOUNT:trail/*, that names the account
_CONTEXT_ACCOUNT = re.compile(r"arn:[a-z-]+:cloudtrail:\*:([0-9]{12}):trail/\*")


@dataclass(frozen=True)
class Decrypter:
    """A principal that may decrypt: every log, or those of some accounts only."""

    arn: str
    accounts: tuple[str, ...] = ()


def part(sid: str) -> str:
    """The part of the policy that a Sid of ours belongs to; empty for a foreign Sid."""
    return DECRYPT if _LIMITED.fullmatch(sid) else _SIDS.get(sid, "")


def is_ours(sid: str) -> bool:
    return bool(part(sid))


def encrypt(partition: str, layout: str, admitted: Admitted) -> list[StatementValue]:
    """The statements by which CloudTrail encrypts the logs of the admitted accounts."""
    if not admitted:
        return []
    listed = admitted.accounts if layout in (EXACT, ACCOUNTS) else ("",)
    source = allowed_accounts.source(layout, admitted, partition)
    return [
        _encrypt("CentralLoggingEncrypt", {**source, "StringLike": _context(partition, listed)}),
        _statement("CentralLoggingDescribe", "kms:DescribeKey"),
    ]


def encrypt_organization_trails(partition: str, admitted: OrganizationTrails) -> list[StatementValue]:
    """The same for an organization's trail, whose ARN, and so the context, has the management account's id."""
    if not admitted:
        return []
    source: _Condition = {"StringEquals": {"aws:SourceArn": admitted.arns(partition)}}
    return [
        _encrypt("CentralLoggingOrganizationEncrypt", {**source, "StringLike": _context(partition, admitted.accounts)}),
        _statement("CentralLoggingOrganizationDescribe", "kms:DescribeKey"),
    ]


def _encrypt(sid: str, condition: _Condition) -> StatementValue:
    return {**_statement(sid, "kms:GenerateDataKey*"), "Condition": condition}


def _statement(sid: str, action: str) -> StatementValue:
    return {"Sid": sid, "Effect": "Allow", "Principal": _CLOUDTRAIL, "Action": action, "Resource": "*"}


def _context(partition: str, accounts: Sequence[str]) -> dict[str, object]:
    return {_CONTEXT: [_arn.trail(partition, "", account, "") for account in accounts]}


def bucket_key(
    partition: str, layout: str, admitted: Admitted, organization_trails: OrganizationTrails
) -> list[StatementValue]:
    """With an S3 Bucket Key CloudTrail decrypts too, at CreateTrail and UpdateTrail.

    A statement of its own, for the service only, so that it is never mistaken for a reader's. It is not conditioned on
    the encryption context: whether that reaches KMS when a Bucket Key is on is not documented.
    """
    # where the encryption context would name the accounts, their ids have to stand here instead
    layout = allowed_accounts.COMPACT if layout == ACCOUNTS else layout
    sources: list[tuple[str, _Condition]] = []
    if admitted:
        sources.append(("CentralLoggingBucketKey", allowed_accounts.source(layout, admitted, partition)))
    if organization_trails:
        arns = organization_trails.arns(partition)
        sources.append(("CentralLoggingOrganizationBucketKey", {"StringEquals": {"aws:SourceArn": arns}}))
    return [{**_statement(sid, "kms:Decrypt"), "Condition": source} for sid, source in sources]


def decrypt(partition: str, decrypters: Sequence[Decrypter]) -> list[StatementValue]:
    """The statements by which people decrypt: one for all logs, one for each set of accounts that some are limited to.

    The encryption context of a log file holds the ARN of its trail:
    https://docs.aws.amazon.com/kms/latest/developerguide/services-cloudtrail.html
    """
    groups: dict[tuple[str, ...], set[str]] = {}
    for decrypter in decrypters:
        groups.setdefault(tuple(sorted(decrypter.accounts)), set()).add(decrypter.arn)
    statements = []
    for number, (accounts, principals) in enumerate(sorted(groups.items())):
        context = [_arn.trail(partition, "", account, "") for account in accounts]
        condition = {"StringLike": {_CONTEXT: context}} if accounts else {"Null": {_CONTEXT: "false"}}
        limited = f"Limited{number + (() not in groups)}" if accounts else ""
        statements.append(
            {
                "Sid": f"CentralLoggingDecrypt{limited}",
                "Effect": "Allow",
                "Principal": {"AWS": sorted(principals)},
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": condition,
            }
        )
    return statements


def decrypters_of(statements: Sequence[StatementValue]) -> list[Decrypter]:
    """Who may decrypt by our statements."""
    found = []
    for statement in statements:
        matches = [_CONTEXT_ACCOUNT.fullmatch(value) for value in equivalence.condition_values(statement, _CONTEXT)]
        accounts = tuple(match.group(1) for match in matches if match)
        found += [Decrypter(arn, accounts) for arn in equivalence.strings(statement["Principal"].get("AWS", []))]
    return found


def overlap(decrypters: Sequence[Decrypter], accounts: Sequence[str], owner: str) -> list[Decrypter]:
    """The principals that decrypt and belong to an account that encrypts.

    The account that owns the key is no overlap: it keeps the archive, and its own trail writes there as well.
    """
    return [decrypter for decrypter in decrypters if overlapping_account(decrypter.arn, accounts, owner)]


def rejected(statement: Mapping[str, object]) -> str:
    """Why KMS would no longer accept a statement that stands in the policy; empty where it would.

    Since 18 August 2025 KMS wants an Action or NotAction and a Resource in each statement. A principal that has been
    deleted is shown by its unique id and cannot be written again:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    if "Action" not in statement and "NotAction" not in statement:
        return "it has neither Action nor NotAction"
    if "Resource" not in statement:
        return "it has no Resource"
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    named = principal.get("AWS", []) if isinstance(principal, dict) else []
    gone = [name for name in equivalence.strings(named) if is_deleted(name)]
    return f"its principal {gone[0]} is the id of a role or user that has been deleted" if gone else ""
