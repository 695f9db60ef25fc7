# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sound policies with the statements of other tools, and of the archive's own roles."""

from __future__ import annotations

from typing import Any

from tests.states.fleet import (
    ARCHIVE,
    BUCKET_ARN,
    PRODUCTION,
    REGION,
    STRANGER,
    TRAILS,
    Fleet,
)
from tests.states.policies import BREAK_GLASS, CLOUDTRAIL, LOGS, READER, change_denial
from tests.states.table import sound

NOBODY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
ORGANIZATION = {"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}


@sound()
def control_tower_has_its_statements(fleet: Fleet) -> None:
    """https://docs.aws.amazon.com/controltower/latest/userguide/logging-s3-audit-bucket.html"""
    fleet.allow("s3:GetBucketAcl", BUCKET_ARN, Sid="AWSBucketPermissionsCheck", Principal=CLOUDTRAIL,
                Condition=ORGANIZATION)  # fmt: skip
    fleet.allow("s3:ListBucket", BUCKET_ARN, Sid="AWSConfigBucketExistenceCheck",
                Principal={"Service": "config.amazonaws.com"}, Condition=ORGANIZATION)  # fmt: skip
    fleet.allow("s3:PutObject", f"{LOGS}/o-exampleorgid/*", Sid="AWSBucketDeliveryForOrganizationCloudTrail",
                Principal=CLOUDTRAIL, Condition=ORGANIZATION)  # fmt: skip
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    fleet.allow("s3:*", [BUCKET_ARN, f"{BUCKET_ARN}/*"], Sid="AllowSSLRequestsOnly", Effect="Deny", Principal="*",
                Condition=insecure)  # fmt: skip


@sound()
def terraform_has_its_statements(fleet: Fleet) -> None:
    """One pair of statements per account, as in the example of aws_cloudtrail."""
    for account, trail in TRAILS.items():
        source = {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{account}:trail/{trail}"}
        acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
        fleet.allow("s3:GetBucketAcl", BUCKET_ARN, Sid=f"AWSCloudTrailAclCheck{account}", Principal=CLOUDTRAIL,
                    Condition={"StringEquals": source})  # fmt: skip
        fleet.allow("s3:PutObject", f"{LOGS}/{account}/*", Sid=f"AWSCloudTrailWrite{account}", Principal=CLOUDTRAIL,
                    Condition={"StringEquals": {**source, **acl}})  # fmt: skip


@sound()
def outsiders_are_denied_but_services_are_not(fleet: Fleet) -> None:
    """As AWS's Security Reference Architecture denies external principals."""
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid", "aws:PrincipalAccount": ARCHIVE}}
    services = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    fleet.allow("s3:*", [BUCKET_ARN, f"{BUCKET_ARN}/*"], Sid="DenyExternalPrincipals", Effect="Deny", Principal="*",
                Condition={**outside, **services})  # fmt: skip


@sound()
def uploads_without_encryption_are_denied(fleet: Fleet) -> None:
    other = {"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": ["aws:kms", "AES256"]}}
    fleet.allow("s3:PutObject", Sid="DenyOtherEncryption", Effect="Deny", Principal="*", Condition=other)
    fleet.hours(1)


@sound()
def reads_by_others_are_denied(fleet: Fleet) -> None:
    reader = {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:role/LogReader"}}
    fleet.allow("s3:GetObject", Sid="OnlyTheReader", Effect="Deny", Principal="*", Condition=reader)


@sound()
def a_foreign_access_is_denied_again(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", Principal={"AWS": STRANGER})
    stranger = {"StringEquals": {"aws:PrincipalAccount": STRANGER}}
    fleet.allow("s3:Get*", Sid="ForeignDeny", Effect="Deny", Principal="*", Condition=stranger)


@sound()
def e2_a_foreign_access_is_denied_outside_of_another_folder(fleet: Fleet) -> None:
    """NotResource of the Deny names the part that stays allowed, and the Allow is about the logs only."""
    stranger = {"StringEquals": {"aws:PrincipalAccount": STRANGER}}
    fleet.allow("s3:GetObject", f"{LOGS}/*", Principal={"AWS": STRANGER})
    fleet.allow("s3:GetObject", None, NotResource=f"{BUCKET_ARN}/reports/*", Sid="ForeignDeny", Effect="Deny",
                Principal="*", Condition=stranger)  # fmt: skip


def deny_other_trails(fleet: Fleet, condition: dict[str, Any]) -> None:
    """CloudTrail may write for any account, and a Deny leaves only the accounts of the inventory."""
    others = {"aws:SourceAccount": list(TRAILS)}
    fleet.allow("s3:PutObject", f"{LOGS}/*", Principal=CLOUDTRAIL)
    fleet.allow("s3:PutObject", f"{LOGS}/*", Sid="ForeignDeny", Effect="Deny", Principal=CLOUDTRAIL,
                Condition={"StringNotEquals": others, **condition})  # fmt: skip


@sound()
def b1_trails_of_other_accounts_are_denied(fleet: Fleet) -> None:
    deny_other_trails(fleet, {})


@sound()
def b2_trails_of_other_accounts_are_denied_if_a_key_is_missing(fleet: Fleet) -> None:
    """A service principal has no aws:PrincipalOrgID, so IfExists is true."""
    deny_other_trails(fleet, {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}})


@sound()
def b2_trails_of_other_accounts_are_denied_for_all_values_of_a_missing_key(fleet: Fleet) -> None:
    """ForAllValues is true if the request has no such key."""
    paths = {"aws:PrincipalOrgPaths": "o-exampleorgid/*"}
    deny_other_trails(fleet, {"ForAllValues:StringLike": paths})


@sound()
def e12_a_foreign_statement_contradicts_itself(fleet: Fleet) -> None:
    """A principal of one account cannot be in another."""
    other = {"StringEquals": {"aws:PrincipalAccount": STRANGER}}
    fleet.allow("s3:GetObject", Principal={"AWS": f"arn:aws:iam::{PRODUCTION}:role/Administrator"}, Condition=other)


@sound()
def a_foreign_statement_covers_another_folder(fleet: Fleet) -> None:
    fleet.allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET_ARN}/athena-results/*", Principal={"AWS": STRANGER})


@sound(informs="separation:foreign_statement", remedy="Keep the statement")
def b20_the_key_has_its_root_statement(fleet: Fleet) -> None:
    """KMS's own statement, which keeps the key manageable, must not be removed."""


@sound(informs="separation:cannot_read")
def the_reader_is_allowed_by_its_own_policy_only(fleet: Fleet) -> None:
    fleet.put_bucket_policy(lambda statements: statements.pop(3))


@sound(informs="separation:cannot_read", message="may deny", absent="separation:cannot_decrypt")
def the_reader_may_be_denied_outside_a_network(fleet: Fleet) -> None:
    """The Deny may be about requests of the reader. It is not about the requests of this run."""
    elsewhere = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    fleet.allow("s3:GetObject", Effect="Deny", Principal={"AWS": READER}, Condition=elsewhere)


@sound(absent="separation:cannot_read separation:cannot_decrypt")
def the_reader_is_exempt_from_denials(fleet: Fleet) -> None:
    others = {"ArnNotLike": {"aws:PrincipalArn": READER}}
    fleet.allow("s3:GetObject", Effect="Deny", Principal="*", Condition=others)
    fleet.allow_key("kms:Decrypt", Effect="Deny", Principal={"AWS": READER},
                    Condition={"StringNotEqualsIfExists": {"aws:PrincipalAccount": ARCHIVE}})  # fmt: skip


@sound()
def the_break_glass_role_may_delete(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"ArnNotEquals": {"aws:PrincipalArn": BREAK_GLASS}})


@sound()
def e1_the_break_glass_role_may_delete_under_another_operator(fleet: Fleet) -> dict[str, Any]:
    return change_denial(fleet, Condition={"StringNotLikeIfExists": {"aws:PrincipalArn": BREAK_GLASS}})


@sound()
def another_role_of_the_archive_is_a_reader(fleet: Fleet) -> dict[str, Any]:
    role = f"arn:aws:iam::{ARCHIVE}:role/Administrator"
    fleet.allow(["s3:GetObject", "s3:GetObjectVersion"], Principal={"AWS": role})
    fleet.allow_key("kms:Decrypt", Principal={"AWS": role})
    principals = [f"arn:aws:iam::{ARCHIVE}:role/LogReader", role]
    return {"central_logging_readers": principals, "central_logging_decrypt_principals": principals}


@sound(informs="separation:writer")
def a_role_of_the_archive_may_write(fleet: Fleet) -> None:
    """Who may write does not decide what counts: only files that a verified digest names do."""
    fleet.allow("s3:PutObject", Principal={"AWS": f"arn:aws:iam::{ARCHIVE}:role/Administrator"})


@sound(informs="separation:deleted_reader")
def a_reader_was_deleted(fleet: Fleet) -> None:
    iam = fleet.client("iam")
    iam.create_role(RoleName="Gone", AssumeRolePolicyDocument=NOBODY)
    fleet.allow("s3:GetObject", Principal={"AWS": f"arn:aws:iam::{ARCHIVE}:role/Gone"})
    iam.delete_role(RoleName="Gone")
