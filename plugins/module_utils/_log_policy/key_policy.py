# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The policy of the central KMS key.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws import arn, kms, validators
from .._aws.gateway import Gateway
from .._core.call import Call
from .._core.errors import Refused
from .._core.reconcile import Outcome
from .._log_files.bucket import LogBucket
from .._policy.document import StatementText, StatementValue
from . import allowed_accounts, key_statements, organization_trails, ownership, recent_deliveries
from .allowed_accounts import ALLOWED_ACCOUNTS, AllowedAccounts
from .key_statements import BUCKET_KEY, DECRYPT, Decrypter
from .layouts import COMPACT, WHOLE_ORGANIZATION
from .managed_policy import ManagedPolicy, Parts, PolicyKind, PolicyState, read_document
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
KEY_POLICY_LIMIT = 32_768
PERMISSIONS = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "s3:GetBucketPolicy", "s3:ListBucket")


class KeyPolicy(ManagedPolicy):
    """The policy of the central key. Decrypters and Bucket Key statements whose option is None stay as they are."""

    kind = PolicyKind(
        resource="key",
        limit=KEY_POLICY_LIMIT,
        service="KMS",
        part=key_statements.part,
        rejected=key_statements.rejected,
        other_parts=(DECRYPT,),
        unverified={
            COMPACT: "CloudTrail's documentation supports aws:SourceAccount in a key policy but recommends"
            " aws:SourceArn",
            WHOLE_ORGANIZATION: "aws:SourceOrgID is documented for the bucket policy only",
        },
    )

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.key: str = params["key"]
        super().__init__(params, region, self.key)
        self.bucket = validators.bucket_name(params["bucket"], "bucket") if params["bucket"] else ""
        self.bucket_key: bool | None = params["bucket_key"]
        self.allow_overlap: bool = params["allow_overlap"]
        self.decrypters = _decrypters(params["decrypt_principals"])
        known = arn.parse(self.key) or arn.parse(params["assume_role_arn"] or "")
        self.owner = known.account if known else params["account_id"] or ""
        self._refuse_overlap(self.decrypters or [], self.options.added_accounts, self.owner)

    def read(self, gateway: Gateway) -> PolicyState:
        """The current policy. Raises Refused if the key is not usable or belongs to another account."""
        described = gateway.call("kms", "describe_key", absent=("NotFoundException",), KeyId=self.key)
        if not described:
            alias_arn = f"arn:{self.partition}:kms:{gateway.region}:{gateway.account}:{self.key}"
            identity = alias_arn if self.key.startswith("alias/") else self.key
            return PolicyState(document=None, exists=False, identity=identity, owner=gateway.account)
        metadata = described["KeyMetadata"]
        kms.refuse_unusable(metadata)
        owner = metadata["AWSAccountId"]
        if owner != gateway.account:
            raise Refused(
                f"Key {metadata['Arn']} belongs to account {owner}, but the credentials belong to account"
                f" {gateway.account}. KMS does not allow other accounts to change the key policy. Run in account"
                f" {owner}."
            )
        state = self._policy_of(gateway, metadata["Arn"], owner)
        return replace(state, delivering=self._delivering(gateway, state))

    def _delivering(self, gateway: Gateway, state: PolicyState) -> tuple[str, ...]:
        """Clauses about accounts that the options remove, and that still deliver to the bucket."""
        removed = recent_deliveries.locations_to_remove(self.options, self.by_part(state.document))
        if not removed or not self.bucket:
            return recent_deliveries.about_unknown(removed)
        reply = gateway.call(
            "s3",
            "get_bucket_policy",
            absent=("NoSuchBucketPolicy",),
            Bucket=self.bucket,
            ExpectedBucketOwner=gateway.account,
        )
        policy = read_document(reply["Policy"], f"The policy of bucket {self.bucket}") if reply else None
        return recent_deliveries.about_deliveries(LogBucket(gateway, self.bucket), removed, policy)

    def observe(self, gateway: Gateway, desired: PolicyState, replies: Sequence[Any]) -> PolicyState:
        """The policy after a write, read again."""
        return self._policy_of(gateway, desired.identity, desired.owner)

    def _policy_of(self, gateway: Gateway, key_arn: str, owner: str) -> PolicyState:
        reply = gateway.call("kms", "get_key_policy", KeyId=key_arn, PolicyName="default")
        document = read_document(reply["Policy"], f"The policy of key {key_arn}")
        return PolicyState(document=document, identity=key_arn, owner=owner)

    def desired(self, before: PolicyState) -> PolicyState:
        """The policy after the run.

        Raises Refused if a decrypter belongs to an account that encrypts, or if KMS would reject the policy.
        """
        desired = super().desired(before)
        if not self.options.removes:
            parts = self.by_part(desired.document)
            accounts = [
                *allowed_accounts.recover(parts.get(ALLOWED_ACCOUNTS, [])).accounts,
                *organization_trails.recover(parts.get(ORGANIZATION_TRAILS, [])).accounts,
            ]
            decrypters = key_statements.decrypters_of(parts.get(DECRYPT, []))
            self._refuse_overlap(decrypters, accounts, before.owner or self.owner)
        self.refuse_rejected_statements(before, desired)
        return desired

    def put(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        """PutKeyPolicy. Raises Refused for an empty policy."""
        if desired.document is None:
            raise Refused(f"{self.title(before)} would be empty, and nobody could manage the key any more.")
        return [
            Call(
                service="kms",
                operation="put_key_policy",
                arguments={"KeyId": before.identity, "PolicyName": "default", "Policy": desired.document.text},
                summary=f"put the policy of key {before.identity}",
            )
        ]

    def arn(self, state: PolicyState) -> str:
        """The ARN of the key."""
        return state.identity

    def part_of(self, statement: StatementText) -> str:
        """The part of the policy that a statement belongs to; empty for a foreign statement."""
        return ownership.part_of_key_policy(statement, self.partition)

    def allow_trails(
        self, current: Parts, layout: str, allowed: AllowedAccounts, trails: OrganizationTrails
    ) -> list[StatementValue]:
        """The statements that allow CloudTrail to encrypt log files, and to decrypt if the bucket has a Bucket Key."""
        statements = [
            *key_statements.allow_accounts(self.partition, layout, allowed),
            *key_statements.allow_organization_trails(self.partition, trails),
        ]
        if BUCKET_KEY in current if self.bucket_key is None else self.bucket_key:
            statements += key_statements.allow_bucket_key(self.partition, layout, allowed, trails)
        return statements

    def other_statements(self, current: Parts) -> list[StatementValue]:
        """The statements that allow principals to decrypt log files."""
        if self.decrypters is None:
            return list(current.get(DECRYPT, []))
        return key_statements.allow_decrypt(self.partition, self.decrypters)

    def result(self, outcome: Outcome) -> dict[str, Any]:
        """The return values of the module."""
        identity = outcome.before.identity
        return {**super().result(outcome), "key_arn": identity if arn.parse(identity) else None}

    def _refuse_overlap(self, decrypters: Sequence[Decrypter], accounts: Sequence[str], owner: str) -> None:
        """Raises Refused if a decrypter belongs to an account that encrypts; this needs the id of the key's owner."""
        if self.allow_overlap or not owner:
            return
        overlap = key_statements.overlap(decrypters, accounts, owner)
        if overlap:
            names = ", ".join(decrypter.arn for decrypter in overlap)
            raise Refused(
                f"decrypt_principals: {names} would decrypt and belongs to an account whose trail encrypts. An account"
                f" that writes logs must not read them. Use a principal of account {owner} or of an account without a"
                f" trail that uses this key, or set allow_overlap: true."
            )


def _decrypters(principals: Sequence[Any] | None) -> list[Decrypter] | None:
    """The decrypters of the option: each entry is an ARN, or C(arn) with C(accounts). Raises Refused."""
    return None if principals is None else [_decrypter(entry) for entry in principals]


def _decrypter(entry: Any) -> Decrypter:
    if isinstance(entry, str):
        entry = {"arn": entry}
    if not isinstance(entry, Mapping) or not entry.get("arn") or set(entry) - {"arn", "accounts"}:
        raise Refused(
            f"decrypt_principals: {entry!r} is neither an ARN nor a dictionary of arn and, optionally, accounts."
        )
    principal = validators.principal_arn(str(entry["arn"]), "decrypt_principals")
    option = f"decrypt_principals: accounts of {principal}"
    accounts = entry.get("accounts") or []
    if not isinstance(accounts, list):
        raise Refused(f"{option} is not a list of account ids.")
    return Decrypter(arn=principal, accounts=tuple(validators.account_id(str(account), option) for account in accounts))
