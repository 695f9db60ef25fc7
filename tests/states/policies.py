# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Broken bucket and key policies: who may read, decrypt, write or delete the logs.

The elements and operators are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from typing import Any

from tests.states.fleet import ARCHIVE, BUCKET_ARN, DEVELOPMENT, PRODUCTION, STAGING, STRANGER, Fleet, Statement
from tests.states.table import broken

LOGS = f"{BUCKET_ARN}/AWSLogs"
MEMBER_ROLE = f"arn:aws:iam::{PRODUCTION}:role/Administrator"
ARCHIVE_ROLE = f"arn:aws:iam::{ARCHIVE}:role/Administrator"
OUR_TRAIL = f"arn:aws:cloudtrail:us-east-1:{PRODUCTION}:trail/sectrailprod"


OURS = "CentralLoggingDenyDelete"
READER = f"arn:aws:iam::{ARCHIVE}:role/LogReader"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
STRANGERS = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
ANYBODY = "*"
# What AWS evaluates as public fails these controls too:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
PUBLIC = "separation:public hardening:control"


def change_denial(fleet: Fleet, sid: str = "ForeignDeny", **members: Any) -> dict[str, Any]:
    """Change the statement that denies deletion: another Sid, and other members. None removes a member."""

    def change(statements: list[Statement]) -> None:
        (denial,) = [statement for statement in statements if statement["Sid"] == OURS]
        denial.update({"Sid": sid, **members})
        for name in [name for name in denial if denial[name] is None]:
            del denial[name]

    fleet.bucket_policy(change)
    return {"central_logging_break_glass_principals": [BREAK_GLASS]}


BREAK_GLASS = f"arn:aws:iam::{ARCHIVE}:role/BreakGlass"


# --- who may delete
@broken(security="deletion:not_denied", remedy="deny_delete")
def deletion_is_denied_to_nobody(fleet: Fleet) -> None:
    fleet.bucket_policy(lambda statements: statements.remove(statements[4]))


@broken(security="deletion:not_denied", remedy="deny_delete", not_checked={"security": "hardening"}, problems=2)
def deletion_is_denied_to_nobody_and_a_setting_cannot_be_read(fleet: Fleet) -> None:
    """What cannot be read hides nothing else."""
    fleet.bucket_policy(lambda statements: statements.remove(statements[4]))
    fleet.sandbox.fault(operation="GetBucketVersioning", error="AccessDenied", times=999)


@broken(security="deletion:not_denied", remedy="deny_delete")
def e1_deletion_is_denied_to_the_break_glass_role_only(fleet: Fleet) -> dict[str, Any]:
    """ArnEquals denies that role; ArnNotEquals would exempt it."""
    return change_denial(fleet, Condition={"ArnEquals": {"aws:PrincipalArn": BREAK_GLASS}})


@broken(security="deletion:not_denied")
def e1_deletion_is_denied_to_the_break_glass_role_by_stringlike(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"StringLike": {"aws:PrincipalArn": BREAK_GLASS}})


@broken(security="deletion:not_denied")
def e1_deletion_is_denied_to_the_break_glass_role_if_the_key_exists(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"StringEqualsIfExists": {"aws:PrincipalArn": BREAK_GLASS}})


@broken(security="deletion:not_denied")
def e1_deletion_is_denied_without_tls_only(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"Bool": {"aws:SecureTransport": "false"}})


@broken(security="deletion:not_denied")
def e1_deletion_is_denied_until_a_date(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})


@broken(security="deletion:not_denied")
def e1_deletion_is_denied_outside_a_network(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}})


@broken(security="deletion:not_denied")
def e1_deletion_is_denied_to_sessions_with_a_tag(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"Null": {"aws:PrincipalTag/team": "false"}})


@broken(security="deletion:not_denied")
def e1_deletion_is_denied_under_two_conditions_at_once(fleet: Fleet) -> dict[str, Any]:
    """Condition blocks are joined by AND: who meets only one of them is not denied."""
    exempt = {"aws:PrincipalArn": BREAK_GLASS}
    return change_denial(
        fleet, Condition={"ArnNotEquals": exempt, "StringNotEquals": {"aws:PrincipalAccount": ARCHIVE}}
    )


@broken(security="deletion:not_denied")
def deletion_is_denied_in_a_part_of_the_bucket(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Resource=[BUCKET_ARN, f"{LOGS}/{PRODUCTION}/*"])


@broken(security="deletion:not_denied")
def e2_deletion_is_denied_except_in_a_part_of_the_bucket(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Resource=None, NotResource=f"{LOGS}/{PRODUCTION}/*")


@broken(security="deletion:not_denied")
def deletion_of_versions_is_not_denied(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Action=["s3:DeleteObject", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning"])


@broken(security="deletion:not_denied")
def e2_all_actions_but_deletion_are_denied(fleet: Fleet) -> dict[str, Any]:
    actions = ["s3:DeleteObject*", "s3:Get*", "s3:List*", "s3:PutObject", "s3:PutBucketPolicy"]
    return change_denial(fleet, Action=None, NotAction=actions)


@broken(security="deletion:not_denied")
def deletion_is_denied_to_other_accounts_only(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"StringNotEquals": {"aws:PrincipalAccount": ARCHIVE}})


@broken(security="deletion:unexpected_deleter", message="arn:aws:iam::111122223333:role/Administrator")
def a_role_that_is_not_break_glass_is_exempt_from_the_denial(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"ArnNotEquals": {"aws:PrincipalArn": ARCHIVE_ROLE}})


@broken(security="deletion:not_denied separation:altered_statement", problems=2)
def somebody_added_a_condition_to_our_denial(fleet: Fleet) -> None:
    change_denial(fleet, sid=OURS, Condition={"StringEquals": {"aws:PrincipalAccount": STRANGER}})


@broken(security="deletion:unexpected_deleter", remedy="Remove")
def another_account_may_shorten_the_retention(fleet: Fleet) -> None:
    fleet.allow(["s3:PutObjectRetention", "s3:PutObjectLegalHold"], Principal=STRANGERS)


@broken(security="deletion:unexpected_deleter hardening:control separation:indirect_reader")
def another_account_may_replace_the_bucket_policy(fleet: Fleet) -> None:
    fleet.allow("s3:PutBucketPolicy", BUCKET_ARN, Principal=STRANGERS)


@broken(security="deletion:unexpected_deleter")
def another_account_may_delete_the_key(fleet: Fleet) -> None:
    fleet.allow_key("kms:ScheduleKeyDeletion", Principal=STRANGERS)


ROOT_OF_STRANGER = {"ArnEquals": {"aws:PrincipalArn": STRANGERS["AWS"]}}  # the root user alone


@broken(security="deletion:unexpected_deleter", message="root user of account 999900001111", remedy="Remove")
def the_root_user_of_another_account_may_delete_the_key(fleet: Fleet) -> None:
    """Only the root user of the archive's own account is expected: it can replace the bucket policy anyway."""
    fleet.allow_key("kms:ScheduleKeyDeletion", Principal={"AWS": "*"}, Condition=ROOT_OF_STRANGER)


@broken(security="deletion:unexpected_deleter")
def the_root_user_of_another_account_may_shorten_the_retention(fleet: Fleet) -> None:
    fleet.allow("s3:PutObjectRetention", Principal=ANYBODY, Condition=ROOT_OF_STRANGER)


@broken(security="deletion:unexpected_deleter")
def the_root_user_of_another_account_is_exempt_from_the_denial(fleet: Fleet) -> dict[str, Any]:
    fleet.allow("s3:DeleteObject*", Principal=STRANGERS)
    return change_denial(fleet, Condition={"ArnNotEquals": {"aws:PrincipalArn": [BREAK_GLASS, STRANGERS["AWS"]]}})


@broken(security="deletion:unexpected_deleter")
def another_account_may_tag_objects(fleet: Fleet) -> None:
    """A lifecycle rule can delete the objects that have a tag."""
    fleet.allow("s3:PutObjectTagging", Principal=STRANGERS)


# --- who may read
@broken(security="separation:unexpected_reader", remedy=("Remove", "readers"))
def another_account_may_read(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", Principal=STRANGERS)


@broken(security="separation:unexpected_reader")
def a_member_account_may_read_its_own_logs(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", f"{LOGS}/{PRODUCTION}/*", Principal={"AWS": PRODUCTION})


@broken(security="separation:unexpected_reader")
def e2_a_reader_is_hidden_by_notresource(fleet: Fleet) -> None:
    part = f"{LOGS}/000000000000/*"
    fleet.allow("s3:GetObject", None, NotResource=part, Principal=STRANGERS)
    fleet.allow("s3:GetObject", part, Sid="ForeignDeny", Effect="Deny", Principal=ANYBODY)


@broken(security="separation:unexpected_reader")
def e2_a_reader_is_denied_all_but_the_logs(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", Principal=STRANGERS)
    fleet.allow("s3:GetObject", None, NotResource=f"{LOGS}/*", Sid="ForeignDeny", Effect="Deny", Principal=STRANGERS)


@broken(security="separation:unexpected_reader")
def e2_a_reader_is_denied_all_other_actions(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", Principal=STRANGERS)
    fleet.allow(None, None, NotAction="s3:GetObject", Resource=f"{BUCKET_ARN}/*",
                Sid="ForeignDeny", Effect="Deny", Principal=STRANGERS)  # fmt: skip


@broken(security="separation:unexpected_reader")
def a_reader_is_denied_without_tls_only(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", Principal=STRANGERS)
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    fleet.allow("s3:GetObject", Sid="ForeignDeny", Effect="Deny", Principal=STRANGERS, Condition=insecure)


@broken(security="separation:unexpected_reader separation:writer")
def a_reader_and_writer_by_a_wildcard_in_the_action(fleet: Fleet) -> None:
    fleet.allow("s3:*Object", f"{LOGS}/*/CloudTrail/*/2026/*", Principal={"AWS": MEMBER_ROLE})


@broken(security="separation:writer")
def a_wildcard_in_the_action_with_a_condition_of_writes(fleet: Fleet) -> None:
    """Only PutObject has s3:x-amz-acl, so the statement lets nobody read."""
    acl = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    fleet.allow("s3:*Object", f"{LOGS}/*", Principal={"AWS": MEMBER_ROLE}, Condition=acl)


@broken(security="separation:unexpected_reader")
def a_reader_by_a_policy_variable(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", f"{LOGS}/${{aws:PrincipalAccount}}/*", Principal={"AWS": DEVELOPMENT})


@broken(security="separation:unexpected_reader")
def every_principal_of_an_organization_may_read(fleet: Fleet) -> None:
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}
    fleet.allow("s3:GetObject", Principal=ANYBODY, Condition=organization)


@broken(security="separation:unexpected_reader")
def every_principal_of_an_account_may_read(fleet: Fleet) -> None:
    account = {"StringEquals": {"aws:PrincipalAccount": STRANGER}}
    fleet.allow("s3:GetObject", Principal=ANYBODY, Condition=account)


@broken(security="separation:unexpected_reader")
def a_role_by_a_condition_may_read(fleet: Fleet) -> None:
    role = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/*"}}
    fleet.allow("s3:GetObject", Principal={"AWS": "*"}, Condition=role)


def make_public(fleet: Fleet, condition: dict[str, Any] | None = None, **members: Any) -> None:
    """A statement for anybody, from before Block Public Access."""
    statement = {"Sid": "Foreign", "Effect": "Allow", "Principal": ANYBODY, "Action": "s3:GetObject"}
    statement |= {"Resource": f"{BUCKET_ARN}/*", **({"Condition": condition} if condition else {}), **members}
    fleet.bucket_policy(lambda statements: statements.append(statement))


@broken(security=PUBLIC, remedy="Remove")
def anybody_may_read(fleet: Fleet) -> None:
    make_public(fleet)


@broken(security=PUBLIC)
def anybody_may_read_by_a_pattern(fleet: Fleet) -> None:
    make_public(fleet, {"StringLike": {"aws:PrincipalArn": "*"}})


@broken(security=PUBLIC)
def anybody_but_an_account_may_read(fleet: Fleet) -> None:
    make_public(fleet, {"StringNotEquals": {"aws:PrincipalAccount": STRANGER}})


@broken(security=PUBLIC)
def anybody_may_read_if_a_key_is_missing(fleet: Fleet) -> None:
    """Requests without credentials have no aws:PrincipalOrgID, so IfExists lets them pass."""
    make_public(fleet, {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}})


@broken(security=PUBLIC)
def anybody_may_read_from_everywhere(fleet: Fleet) -> None:
    make_public(fleet, {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})


@broken(security=PUBLIC)
def anybody_may_read_without_tag_keys(fleet: Fleet) -> None:
    """ForAllValues is true if the request has no such key."""
    make_public(fleet, {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}})


# --- who may write
@broken(security="separation:writer", message="The objects may look like logs", remedy="Remove")
def another_account_may_write(fleet: Fleet) -> None:
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/CloudTrail/*", Principal=STRANGERS)


@broken(security="separation:confused_deputy", remedy="aws:SourceArn")
def cloudtrail_may_write_for_any_account(fleet: Fleet) -> None:
    fleet.allow("s3:PutObject", Principal=CLOUDTRAIL)


@broken(security="separation:confused_deputy", remedy="aws:SourceArn")
def b1_one_resource_names_an_account_and_one_is_wider(fleet: Fleet) -> None:
    fleet.allow("s3:PutObject", [f"{LOGS}/{ARCHIVE}/*", f"{LOGS}/*"], Principal=CLOUDTRAIL)


@broken(security="separation:confused_deputy")
def b1_one_source_arn_names_an_account_and_one_is_wider(fleet: Fleet) -> None:
    sources = {"ArnLike": {"aws:SourceArn": [OUR_TRAIL, "arn:aws:cloudtrail:*:*:trail/*"]}}
    fleet.allow("s3:PutObject", Principal=CLOUDTRAIL, Condition=sources)


@broken(security="separation:confused_deputy")
def b1_one_source_account_is_named_and_one_is_a_pattern(fleet: Fleet) -> None:
    sources = {"StringLike": {"aws:SourceAccount": [PRODUCTION, "*"]}}
    fleet.allow("s3:PutObject", Principal=CLOUDTRAIL, Condition=sources)


@broken(security="separation:confused_deputy")
def b1_one_key_context_names_an_account_and_one_is_wider(fleet: Fleet) -> None:
    trails = [f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*", "arn:aws:cloudtrail:*:*:trail/*"]
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    fleet.allow_key("kms:GenerateDataKey*", Principal=CLOUDTRAIL, Condition=context)


@broken(security="separation:confused_deputy")
def b2_the_source_organization_is_a_pattern(fleet: Fleet) -> None:
    organization = {"StringLike": {"aws:SourceOrgID": "o-*"}}
    fleet.allow("s3:PutObject", f"{LOGS}/*", Principal=CLOUDTRAIL, Condition=organization)


@broken(security="separation:confused_deputy")
def b2_the_source_organization_counts_only_if_it_exists(fleet: Fleet) -> None:
    organization = {"StringEqualsIfExists": {"aws:SourceOrgID": "o-exampleorgid"}}
    fleet.allow("s3:PutObject", f"{LOGS}/*", Principal=CLOUDTRAIL, Condition=organization)


@broken(security="separation:confused_deputy")
def b2_the_source_organization_is_all_but_one(fleet: Fleet) -> None:
    organization = {"StringNotEquals": {"aws:SourceOrgID": "o-exampleorgid"}}
    fleet.allow("s3:PutObject", f"{LOGS}/*", Principal=CLOUDTRAIL, Condition=organization)


# --- who may decrypt
@broken(security="separation:unexpected_encrypter", remedy="Remove")
def another_account_may_encrypt(fleet: Fleet) -> None:
    fleet.allow_key(["kms:Encrypt", "kms:GenerateDataKey*"], Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"})


@broken(security="separation:unexpected_decrypter", remedy="decrypt_principals")
def another_account_may_decrypt(fleet: Fleet) -> None:
    fleet.allow_key("kms:Decrypt", Principal=STRANGERS)


@broken(security="separation:unexpected_decrypter separation:overlap", remedy="log-archive account only")
def a_member_account_may_decrypt(fleet: Fleet) -> None:
    fleet.allow_key("kms:Decrypt", Principal={"AWS": MEMBER_ROLE})


@broken(security="separation:unexpected_decrypter separation:overlap")
def a_member_account_may_decrypt_its_own_logs(fleet: Fleet) -> None:
    own = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{STAGING}:trail/*"}}
    fleet.allow_key("kms:Decrypt", Principal={"AWS": STAGING}, Condition=own)


@broken(
    security="separation:unexpected_decrypter separation:indirect_decrypter separation:overlap"
    " separation:unexpected_encrypter"
)
def a_member_account_may_do_everything_but_delete_the_key(fleet: Fleet) -> None:
    fleet.allow_key(None, NotAction=["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy",
                                     "kms:DeleteImportedKeyMaterial"], Principal={"AWS": DEVELOPMENT})  # fmt: skip


@broken(security="separation:unexpected_decrypter")
def every_role_of_the_archive_account_may_decrypt(fleet: Fleet) -> None:
    """The default of CloudTrail's console."""
    own = {"StringEquals": {"kms:CallerAccount": ARCHIVE}}
    fleet.allow_key("kms:Decrypt", Principal={"AWS": "*"}, Condition=own)


@broken(security="separation:public separation:overlap hardening:control")
def anybody_may_decrypt_through_s3(fleet: Fleet) -> None:
    through = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    fleet.allow_key("kms:Decrypt", Principal={"AWS": "*"}, Condition=through)


@broken(security="separation:unexpected_decrypter")
def a_grant_lets_another_account_decrypt(fleet: Fleet) -> None:
    grantee = f"arn:aws:iam::{STRANGER}:role/Administrator"
    fleet.kms.create_grant(KeyId=fleet.key, GranteePrincipal=grantee, Operations=["Decrypt"])


@broken(security="separation:unexpected_decrypter separation:overlap")
def a_grant_lets_a_member_account_decrypt(fleet: Fleet) -> None:
    fleet.kms.create_grant(KeyId=fleet.key, GranteePrincipal=MEMBER_ROLE, Operations=["Decrypt", "DescribeKey"])


@broken(security="separation:unexpected_decrypter separation:overlap separation:unexpected_encrypter")
def another_account_may_re_encrypt(fleet: Fleet) -> None:
    fleet.allow_key("kms:ReEncrypt*", Principal=STRANGERS)
