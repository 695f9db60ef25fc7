# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The policy of the central key.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._aws import arn as _arn
from .._aws import kms, validators
from .._aws.gateway import Gateway
from .._core.call import Call
from .._core.errors import Refused
from .._core.reconcile import Outcome
from .._policy import document as _document
from .._policy.document import StatementValue
from . import allowed_accounts, key_statements, organization_trails
from .allowed_accounts import Admitted
from .key_statements import BUCKET_KEY, DECRYPT, ENCRYPT, Decrypter
from .managed_policy import Admission, OwnedPolicy, PolicyState
from .organization_trails import ORGANIZATION_TRAILS

# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
LIMIT = 32_768
PERMISSIONS = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy")


class KeyGrants(OwnedPolicy):
    """C(None) for an option means that what is there stays."""

    kind = "key"
    limit = LIMIT

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.key: str = params["key"]
        self.partition = _arn.partition_of(region)
        self.admission = Admission.from_params(params, region)
        self.settle_seconds = params["settle_timeout"]
        self.allow_missing_in_check_mode = params["allow_missing_in_check_mode"]
        self.bucket_key: bool | None = params["bucket_key"]
        self.allow_overlap: bool = params["allow_overlap"]
        self.decrypters = _decrypters(params["decrypt_principals"])
        known = _arn.parse(self.key) or _arn.parse(params["assume_role_arn"] or "")
        self.owner = known.account if known else params["account_id"] or ""
        if self.owner and self.admission.state != "absent":
            asked = [trail.account for trail in self.admission.trails or ()]
            of_organization = self.admission.organization_trails
            asked += of_organization.accounts if of_organization else []
            self._refuse_overlap(self.decrypters or [], asked, self.owner)

    def read(self, gateway: Gateway) -> PolicyState:
        if self.admission.state == "rendered":
            return PolicyState(None, identity=self.key)
        described = gateway.call("kms", "describe_key", absent=("NotFoundException",), KeyId=self.key)
        if not described:
            alias_arn = f"arn:{self.partition}:kms:{gateway.region}:{gateway.account}:{self.key}"
            identity = alias_arn if self.key.startswith("alias/") else self.key
            return PolicyState(None, exists=False, identity=identity, owner=gateway.account)
        metadata = described["KeyMetadata"]
        kms.refuse_unusable(metadata)
        owner = metadata["AWSAccountId"]
        if owner != gateway.account:
            raise Refused(
                f"Key {metadata['Arn']} belongs to account {owner}, but the credentials to account {gateway.account}."
                f" KMS lets nobody change the policy of another account's key. Run in account {owner}."
            )
        reply = gateway.call("kms", "get_key_policy", KeyId=metadata["Arn"], PolicyName="default")
        document = _document.parse(reply["Policy"], f"The policy of key {metadata['Arn']}")
        return PolicyState(document, identity=metadata["Arn"], owner=owner)

    def observe(self, gateway: Gateway, desired: PolicyState, replies: Sequence[Any]) -> PolicyState:
        reply = gateway.call("kms", "get_key_policy", KeyId=desired.identity, PolicyName="default")
        document = _document.parse(reply["Policy"], self.title(desired))
        return PolicyState(document, identity=desired.identity, owner=desired.owner)

    def desired(self, before: PolicyState) -> PolicyState:
        desired = super().desired(before)
        parts = self.by_part(desired.document)
        owner = before.owner or self.owner
        if owner and self.admission.state != "absent":
            accounts = [
                *allowed_accounts.recover(parts.get(ENCRYPT, [])).accounts,
                *organization_trails.recover(parts.get(ORGANIZATION_TRAILS, [])).accounts,
            ]
            self._refuse_overlap(key_statements.decrypters_of(parts.get(DECRYPT, [])), accounts, owner)
        if self.plan(before, desired):
            self._refuse_what_kms_would(before)
        return desired

    def put(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        if desired.document is None:
            raise Refused(f"{self.title(before)} would be empty, and nobody could manage the key any more.")
        arguments = {"KeyId": before.identity, "PolicyName": "default", "Policy": desired.document.text}
        summary = f"put the policy of key {before.identity}"
        return [Call(service="kms", operation="put_key_policy", arguments=arguments, summary=summary)]

    def title(self, state: PolicyState) -> str:
        return f"The policy of key {state.identity}"

    def part(self, sid: str) -> str:
        return key_statements.part(sid)

    def admitting(self) -> str:
        return ENCRYPT

    def owned(
        self, current: Mapping[str, Sequence[StatementValue]], layout: str, admitted: Admitted
    ) -> list[StatementValue]:
        there = organization_trails.recover(current.get(ORGANIZATION_TRAILS, []))
        trails = self.admission.apply_organization_trails(there)
        encrypt = key_statements.encrypt(self.partition, layout, admitted)
        encrypt += key_statements.encrypt_organization_trails(self.partition, trails)
        with_bucket_key = bool(current.get(BUCKET_KEY)) if self.bucket_key is None else self.bucket_key
        bucket_key = key_statements.bucket_key(self.partition, layout, admitted, trails) if with_bucket_key else []
        if self.decrypters is None or self.admission.state == "absent":
            return [*encrypt, *bucket_key, *current.get(DECRYPT, [])]
        return [*encrypt, *bucket_key, *key_statements.decrypt(self.partition, self.decrypters)]

    def result(self, outcome: Outcome) -> dict[str, Any]:
        identity = outcome.before.identity
        return {**super().result(outcome), "key_arn": identity if _arn.parse(identity) else None}

    def _refuse_overlap(self, decrypters: Sequence[Decrypter], accounts: Sequence[str], owner: str) -> None:
        both = [] if self.allow_overlap else key_statements.overlap(decrypters, accounts, owner)
        if both:
            names = ", ".join(decrypter.arn for decrypter in both)
            raise Refused(
                f"decrypt_principals: {names} would decrypt and belongs to an account whose trail encrypts. Those who"
                f" write the logs are not to read them: name a principal of account {owner} or of an account"
                f" without a trail to this key, or set allow_overlap: true."
            )

    def _refuse_what_kms_would(self, before: PolicyState) -> None:
        for number, statement in enumerate(before.document.statements if before.document else ()):
            reason = key_statements.rejected(statement.value)
            if reason and not self.part(statement.sid):
                raise Refused(
                    f"{self.title(before)} holds statement {statement.sid or f'number {number + 1}'}, which KMS no"
                    f" longer accepts: {reason}. KMS would reject the whole policy. Mend or remove it first."
                )


def _decrypters(principals: Sequence[Any] | None) -> list[Decrypter] | None:
    """Each entry is an ARN, or C(arn) with C(accounts) whose logs it is limited to."""
    return None if principals is None else [_decrypter(entry) for entry in principals]


def _decrypter(entry: Any) -> Decrypter:
    if isinstance(entry, str):
        entry = {"arn": entry}
    if not isinstance(entry, Mapping) or not entry.get("arn") or set(entry) - {"arn", "accounts"}:
        raise Refused(f"decrypt_principals: {entry!r} is neither an ARN nor arn with, optionally, accounts.")
    arn = validators.principal(str(entry["arn"]), "decrypt_principals")
    accounts = entry.get("accounts") or []
    if not isinstance(accounts, list):
        raise Refused(f"decrypt_principals: accounts of {arn} is not a list of account ids.")
    where = f"decrypt_principals: accounts of {arn}"
    return Decrypter(arn, tuple(validators.account_id(str(account), where) for account in accounts))
