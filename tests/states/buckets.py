# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Broken settings of the bucket: versioning, public access, ACLs, lifecycle, replication, owner.

https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
"""

from __future__ import annotations

from typing import Any

from tests.states.fleet import ARCHIVE, BUCKET, PRODUCTION, STRANGER, Fleet
from tests.states.table import broken


@broken(security="hardening:control", message="S3.14")
def versioning_is_suspended(fleet: Fleet) -> None:
    with fleet.without_denials():
        fleet.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


@broken(security="hardening:control", message="S3.8")
def public_access_is_not_blocked(fleet: Fleet) -> None:
    fleet.s3.delete_public_access_block(Bucket=BUCKET)


@broken(security="hardening:control", message="BlockPublicPolicy")
def public_policies_are_not_blocked(fleet: Fleet) -> None:
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False}
    fleet.s3.put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={**block, "RestrictPublicBuckets": True}
    )


@broken(security="hardening:acl_grants", remedy="archive.yml")
def an_acl_lets_anybody_read_the_log_bucket(fleet: Fleet) -> None:
    """Before ACLs were disabled for new buckets. The public access block ignores the ACL until it is removed."""
    ownership = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    fleet.s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=ownership)
    fleet.s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")


def lifecycle(fleet: Fleet, *rules: dict[str, Any]) -> None:
    named = [{"ID": f"rule-{number}", "Status": "Enabled", "Filter": {"Prefix": ""}, **rule}
             for number, rule in enumerate(rules)]  # fmt: skip
    with fleet.without_denials():
        fleet.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": named})


@broken(security="hardening:expires", message="30 days", remedy="Remove the rule")
def log_files_expire_after_a_month(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Days": 30}})


@broken(security="hardening:expires")
def log_files_of_one_account_expire(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Days": 1}, "Filter": {"Prefix": f"AWSLogs/{PRODUCTION}/"}})


@broken(security="hardening:expires")
def log_files_expire_on_a_date(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Date": "2026-12-01T00:00:00Z"}})


@broken(security="hardening:expires")
def small_files_expire(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Days": 1}, "Filter": {"ObjectSizeLessThan": 100000}})


def replicate(fleet: Fleet, target: str, account: str, *, named: bool = True) -> None:
    """A rule names the account of the target only if that account becomes the owner of the copies."""
    s3 = fleet.client("s3", account)
    s3.create_bucket(Bucket=target)
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "copy", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}}
    rule |= {"DeleteMarkerReplication": {"Status": "Disabled"}}
    owner = {"Account": account} if named else {}
    rule |= {"Destination": {"Bucket": f"arn:aws:s3:::{target}", **owner}}
    role = f"arn:aws:iam::{ARCHIVE}:role/Administrator"
    fleet.s3.put_bucket_replication(Bucket=BUCKET, ReplicationConfiguration={"Role": role, "Rules": [rule]})


@broken(security="hardening:replicated", message=STRANGER, remedy="Remove the replication rule")
def the_logs_are_replicated_to_another_account(fleet: Fleet) -> None:
    replicate(fleet, "a-bucket-of-a-stranger", STRANGER)


@broken(security="hardening:replicated")
def the_logs_are_replicated_to_an_unknown_bucket(fleet: Fleet) -> None:
    replicate(fleet, "another-bucket-of-the-archive", ARCHIVE)


@broken(security="hardening:replicated", message="whose account is not known")
def the_logs_are_replicated_to_a_bucket_of_an_unnamed_account(fleet: Fleet) -> None:
    replicate(fleet, "a-bucket-of-a-stranger", STRANGER, named=False)


@broken(security="hardening:requester_pays", remedy="BucketOwner")
def the_requester_pays(fleet: Fleet) -> None:
    payment = {"Payer": "Requester"}
    fleet.s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration=payment)


@broken(security="deletion:not_denied")
def the_bucket_has_no_policy(fleet: Fleet) -> None:
    fleet.bucket_policy(lambda statements: statements.clear())


def recreate(fleet: Fleet, account: str) -> None:
    """Delete the bucket with everything in it, and create one of the same name in an account."""
    fleet.bucket_policy(lambda statements: statements.clear())
    for version in fleet.s3.list_object_versions(Bucket=BUCKET).get("Versions", []):
        fleet.s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    fleet.s3.delete_bucket(Bucket=BUCKET)
    if account:
        fleet.client("s3", account).create_bucket(Bucket=BUCKET)


UNREAD = "delivery encryption integrity"
NOTHING_READ = {
    "security": f"{UNREAD} deletion hardening",
    **{host: UNREAD for host in ("production", "staging", "development")},
}


@broken(security="separation:unread delivery:unread integrity:unread", message="NoSuchBucket", not_checked=NOTHING_READ)
def the_bucket_is_gone(fleet: Fleet) -> None:
    recreate(fleet, "")


@broken(
    security="separation:unread delivery:unread integrity:unread",
    not_checked=NOTHING_READ,
    cause="bucket_closed",  # S3 names no permission
    remedy="log-archive account owns the bucket",
)
def the_bucket_belongs_to_a_stranger(fleet: Fleet) -> None:
    recreate(fleet, STRANGER)
