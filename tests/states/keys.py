# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Broken keys: disabled, pending deletion, replaced, or out of reach of the role that reads the logs.

https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from typing import Any

from tests.states.fleet import ARCHIVE, DEVELOPMENT, STAGING, Fleet
from tests.states.table import broken

READER = f"arn:aws:iam::{ARCHIVE}:role/LogReader"
MEMBERS = ("production", "staging", "development")
UNREADABLE = {host: "integrity:unreadable" for host in MEMBERS}
#: Advice that fits other causes.
ELSEWHERE = ("StopLogging", "delete marker", "kms:Decrypt", "DeleteObject")


@broken(
    security="hardening:key_state integrity:unreadable",
    **UNREADABLE,
    cause="key_disabled",
    remedy="Enable the key",
    never=ELSEWHERE,
)
def e9_the_key_is_disabled(fleet: Fleet) -> None:
    fleet.kms.disable_key(KeyId=fleet.key)


@broken(
    security="hardening:key_state integrity:unreadable",
    **UNREADABLE,
    cause="key_pending_deletion",
    remedy="Cancel",
    never=ELSEWHERE,
)
def e9_the_key_is_pending_deletion(fleet: Fleet) -> None:
    fleet.kms.schedule_key_deletion(KeyId=fleet.key, PendingWindowInDays=7)


@broken(
    base="hours_ago",
    security="hardening:key_state trail:delivery_error trail:digest_error integrity:unreadable integrity:missing",
    **{host: "trail:delivery_error trail:digest_error integrity:unreadable integrity:missing" for host in MEMBERS},
    cause="key_disabled",
    never=("StopLogging", "delete marker"),
)
def e9_the_key_is_disabled_since_hours(fleet: Fleet) -> None:
    fleet.hours(4)
    fleet.kms.disable_key(KeyId=fleet.key)
    fleet.hours(2)


@broken(security="separation:cannot_decrypt integrity:unreadable", **UNREADABLE, remedy="kms:Decrypt")
def the_key_policy_denies_the_reading_role(fleet: Fleet) -> None:
    fleet.allow_key("kms:Decrypt", Effect="Deny", Principal={"AWS": READER})


@broken(security="separation:cannot_decrypt integrity:unreadable", **UNREADABLE, cause="key_denied")
def the_key_policy_denies_roles_whose_names_begin_alike(fleet: Fleet) -> None:
    alike = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:role/Log*"}}
    fleet.allow_key("kms:*", Effect="Deny", Principal="*", Condition=alike)


@broken(security="integrity:unreadable", **UNREADABLE, cause="key_denied", remedy="kms:Decrypt")
def the_reading_role_may_not_decrypt(fleet: Fleet) -> None:
    fleet.key_policy(lambda statements: statements.pop(3))
    fleet.client("iam").put_role_policy(
        RoleName="LogReader",
        PolicyName="NoDecrypt",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}}',
    )


@broken(staging="trail:other_key encryption:wrong_key", message="key")
def a_trail_uses_another_key(fleet: Fleet) -> None:
    fleet.update_trail(STAGING, KmsKeyId=fleet.other_key())
    fleet.sandbox.deliver()


@broken(staging="trail:not_encrypted encryption:wrong_encryption", message="AES256")
def a_trail_uses_no_key(fleet: Fleet) -> None:
    fleet.update_trail(STAGING, KmsKeyId="")
    fleet.sandbox.deliver()


@broken(
    security="trail:other_key encryption:wrong_key",
    **{host: "trail:other_key encryption:wrong_key" for host in MEMBERS},
    message="key",
)
def the_alias_names_another_key(fleet: Fleet) -> None:
    other = fleet.other_key()
    fleet.kms.update_alias(AliasName="alias/central-logging", TargetKeyId=other)


@broken(development="encryption:wrong_encryption", message="AES256")
def the_newest_log_file_has_no_key(fleet: Fleet) -> None:
    """Somebody encrypts the newest file again, with its content and metadata."""
    newest = fleet.logs(DEVELOPMENT)[-1]
    fleet.copy(newest, newest, key="")


@broken(development="encryption:wrong_key")
def the_newest_log_file_has_another_key(fleet: Fleet) -> None:
    newest = fleet.logs(DEVELOPMENT)[-1]
    fleet.copy(newest, newest, key=fleet.other_key())


@broken(development="encryption:wrong_key")
def an_older_log_file_has_another_key(fleet: Fleet) -> None:
    """A key that its owner can delete makes the file unreadable without a deletion."""
    older = fleet.logs(DEVELOPMENT)[1]
    fleet.copy(older, older, key=fleet.other_key())


@broken(production="integrity:unreadable", message="key")
def a_log_file_has_a_key_that_was_deleted(fleet: Fleet) -> None:
    other = fleet.other_key()
    key = fleet.logs()[2]
    fleet.copy(key, key, key=other)
    fleet.kms.schedule_key_deletion(KeyId=other, PendingWindowInDays=7)


@broken(
    base="hours_ago",
    staging="trail:delivery_error trail:digest_error delivery:stale_digest integrity:missing",
    message="the bucket policy or key policy does not allow",
)
def the_key_policy_shut_a_trail_out(fleet: Fleet) -> None:
    fleet.hours(2)
    remove_from_encrypt(fleet, STAGING)
    fleet.hours(4)


def remove_from_encrypt(fleet: Fleet, account: str) -> None:
    def change(statement: dict[str, Any]) -> None:
        for names in (*statement["Condition"]["StringEquals"].values(), *statement["Condition"]["StringLike"].values()):
            names[:] = [name for name in names if account not in name]

    fleet.statement("CentralLoggingEncrypt", key=True)(change)


@broken(security="separation:public hardening:control", message="KMS.5")
def anybody_may_encrypt_with_the_key(fleet: Fleet) -> None:
    fleet.allow_key("kms:GenerateDataKey", Principal={"AWS": "*"})
