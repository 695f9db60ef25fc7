# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sound but unusual states: migrations, late files, quiet accounts, and the statements of other tools."""

from __future__ import annotations

from typing import Any

from tests.states.buckets import lifecycle, replicate
from tests.states.chains import day_before_yesterday
from tests.states.fleet import (
    ARCHIVE,
    BUCKET,
    BUCKET_ARN,
    DEVELOPMENT,
    ELSEWHERE,
    PRODUCTION,
    REGION,
    STAGING,
    STRANGER,
    TRAILS,
    Fleet,
)
from tests.states.forgery import sign_again
from tests.states.policies import BREAK_GLASS, CLOUDTRAIL, LOGS, change_denial
from tests.states.table import sound
from tests.states.trails import allow_prefix

NOBODY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
ORGANIZATION = {"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}


@sound()
def nothing_is_unusual(fleet: Fleet) -> None:
    """The state in which each other one begins."""


# --- trails and chains
@sound(base="days")
def the_fleet_has_delivered_for_days(fleet: Fleet) -> None:
    """The range begins in the middle of a chain."""


@sound()
def the_signing_keys_were_rotated(fleet: Fleet) -> None:
    fleet.sandbox.rotate_keys()
    fleet.hours(1)


@sound(base="hours_ago")
def the_signing_keys_were_rotated_twice(fleet: Fleet) -> None:
    for _rotation in range(2):
        fleet.hours(2)
        fleet.sandbox.rotate_keys(REGION)
    fleet.hours(2)


@sound(base="hours_ago")
def three_accounts_are_quiet(fleet: Fleet) -> None:
    """They have digests without log files, after one log file each."""
    fleet.hours(1)
    fleet.hours(5, accounts=[PRODUCTION])


@sound(base="hours_ago")
def nights_are_quiet(fleet: Fleet) -> None:
    fleet.hours(6, idle=[1, 2, 3, 4])


@sound(base="hours_ago")
def accounts_deliver_many_files(fleet: Fleet) -> None:
    fleet.hours(6, files=4, events=20)


@sound(base="hours_ago")
def trails_deliver_in_several_regions(fleet: Fleet) -> None:
    fleet.hours(6, regions=["us-east-1", "eu-west-1", "ap-southeast-2"])


@sound(base="hours_ago")
def an_account_has_enabled_an_opt_in_region(fleet: Fleet) -> None:
    """The log-archive account has not enabled it, so only the account itself can list the Region's public keys."""
    fleet.sandbox.opt_in(PRODUCTION, "af-south-1")
    fleet.hours(2)
    fleet.hours(1, regions=["us-east-1", "af-south-1"], accounts=[PRODUCTION])
    for key in fleet.keys("AWSLogs/"):
        if "/af-south-1/" in key and PRODUCTION not in key:
            fleet.purge(key)
    fleet.hours(3)


@sound(base="hours_ago")
def e10_a_trail_was_restarted_without_a_pause(fleet: Fleet) -> None:
    fleet.hours(3)
    trail = fleet.trail()
    trail.stop_logging(Name=TRAILS[PRODUCTION])
    trail.start_logging(Name=TRAILS[PRODUCTION])
    fleet.hours(3)


@sound()
def e10_a_signature_has_upper_case_digits(fleet: Fleet) -> None:
    for key in fleet.digests()[2:4]:
        sign_again(fleet, key, str.upper)


@sound(base="hours_ago")
def e7_late_files_have_a_backfill_digest(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.sandbox.deliver(late=True)
    fleet.hours(2)
    fleet.sandbox.backfill()
    fleet.hours(2)


@sound(
    base="hours_ago",
    waits={host: "integrity:not_covered" for host in ("security", "production", "staging", "development")},
    never=("added, renamed or moved",),
)
def e7_late_files_wait_for_their_backfill_digest(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.sandbox.deliver(late=True)
    fleet.hours(4)


@sound(base="days_ago")
def e7_late_files_of_two_days_ago_have_a_backfill_digest(fleet: Fleet) -> dict[str, str]:
    fleet.hours(5)
    fleet.sandbox.deliver(late=True)
    fleet.hours(3)
    fleet.sandbox.backfill()
    fleet.hours(40)
    return {"verification_integrity_start": day_before_yesterday()}


@sound(base="hours_ago")
def two_trails_of_an_account_deliver_to_one_folder(fleet: Fleet) -> None:
    arn = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/second"
    source = {"StringEquals": {"aws:SourceArn": arn}}
    fleet.allow("s3:GetBucketAcl", BUCKET_ARN, Principal=CLOUDTRAIL, Condition=source, Sid="SecondCheck")
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/*", Principal=CLOUDTRAIL, Condition=source, Sid="SecondWrite")
    fleet.allow_key("kms:GenerateDataKey*", Principal=CLOUDTRAIL, Condition=source)
    trail = fleet.trail()
    trail.create_trail(Name="second", S3BucketName=BUCKET, KmsKeyId=fleet.key, IsMultiRegionTrail=True,
                       EnableLogFileValidation=True)  # fmt: skip
    trail.start_logging(Name="second")
    fleet.hours(6)


@sound()
def a_trail_was_updated_without_a_change(fleet: Fleet) -> None:
    fleet.update_trail(S3BucketName=BUCKET, IsMultiRegionTrail=True)
    fleet.hours(1)


@sound()
def e11_a_trail_records_more_than_the_inventory_names(fleet: Fleet) -> None:
    tables = {"eventCategory": ["Data"], "resources.type": ["AWS::DynamoDB::Table"]}
    known = fleet.trail().get_event_selectors(TrailName=TRAILS[PRODUCTION])["AdvancedEventSelectors"]
    more = {"Name": "Tables", "FieldSelectors": [{"Field": name, "Equals": values} for name, values in tables.items()]}
    fleet.trail().put_event_selectors(TrailName=TRAILS[PRODUCTION], AdvancedEventSelectors=[*known, more])


# --- migrations
@sound(base="hours_ago", informs="integrity:continues_elsewhere", message=ELSEWHERE)
def e4_trails_were_taken_over_from_another_bucket(fleet: Fleet) -> None:
    come_from_elsewhere(fleet)


@sound(base="hours_ago", absent="integrity:continues_elsewhere integrity:missing")
def e4_the_other_bucket_is_followed(fleet: Fleet) -> dict[str, Any]:
    come_from_elsewhere(fleet)
    return {"central_logging_original_buckets": [{"bucket": ELSEWHERE}]}


def come_from_elsewhere(fleet: Fleet) -> None:
    """A member's trail delivered to another bucket for three hours, and to the log bucket since then."""
    fleet.other_bucket()
    fleet.update_trail(STAGING, S3BucketName=ELSEWHERE)
    fleet.hours(3)
    fleet.update_trail(STAGING, S3BucketName=BUCKET)
    fleet.hours(3)
    fleet.purge(*(key for key in fleet.digests(STAGING) if key not in fleet.keys("AWSLogs/")))


@sound(base="hours_ago")
def e4_the_older_files_were_copied_here(fleet: Fleet) -> dict[str, Any]:
    come_from_elsewhere(fleet)
    for key in fleet.keys("AWSLogs/", ELSEWHERE):
        fleet.copy(key, key, ELSEWHERE)
    return {"central_logging_original_buckets": [{"bucket": ELSEWHERE}]}


@sound(base="hours_ago")
def b15_the_prefix_was_changed_hours_ago(fleet: Fleet) -> dict[str, Any]:
    return change_prefix(fleet, 3)


@sound(
    base="hours_ago",
    waits={
        host: "delivery:missing_digest integrity:waiting"
        for host in ("security", "production", "staging", "development")
    },
    not_checked={},
    never=("turn log file validation on", "has delivered nothing"),
)
def b15_the_prefix_was_changed_just_now(fleet: Fleet) -> dict[str, Any]:
    return change_prefix(fleet, 0)


def change_prefix(fleet: Fleet, hours: int) -> dict[str, Any]:
    fleet.hours(6 - hours)
    allow_prefix(fleet, "team")
    for account in TRAILS:
        fleet.update_trail(account, S3KeyPrefix="team")
    if hours:
        fleet.hours(hours)
    else:
        fleet.sandbox.deliver()
    return {"central_logging_prefix": "team"}


@sound(base="hours_ago")
def b15_the_key_was_replaced_hours_ago(fleet: Fleet) -> dict[str, str]:
    return replace_key(fleet, 3)


@sound(
    base="hours_ago",
    waits={host: "encryption:wrong_key" for host in ("security", "production", "staging", "development")},
)
def b15_the_key_was_replaced_just_now(fleet: Fleet) -> dict[str, str]:
    return replace_key(fleet, 0)


def replace_key(fleet: Fleet, hours: int) -> dict[str, str]:
    """The alias, the trails and the bucket's default encryption use a new key with the same policy."""
    fleet.hours(6 - hours)
    other = fleet.other_key()
    fleet.kms.update_alias(AliasName="alias/central-logging", TargetKeyId=other)
    for account in TRAILS:
        fleet.update_trail(account, KmsKeyId=other)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": other}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": False}]
    fleet.s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": rules})
    if hours:
        fleet.hours(hours)
    return {}


# --- new accounts, parts of the inventory
@sound(
    base="hours_ago",
    waits={host: "delivery:silent integrity:empty" for host in ("security", "production", "staging", "development")},
    not_checked={host: "encryption" for host in ("security", "production", "staging", "development")},
)
def b16_no_account_has_delivered_yet(fleet: Fleet) -> dict[str, int]:
    fleet.sandbox.settings(clock_offset=0)
    return {"central_logging_first_delivery_timeout": 12 * 3600}


@sound(
    base="hours_ago",
    waits={"staging": "delivery:silent integrity:empty"},
    not_checked={"staging": "encryption"},
)
def a_new_trail_waits_for_its_first_delivery(fleet: Fleet) -> None:
    fleet.trail(STAGING).stop_logging(Name=TRAILS[STAGING])
    fleet.purge(*fleet.digests(STAGING))
    fleet.hours(6)
    fleet.trail(STAGING).start_logging(Name=TRAILS[STAGING])


@sound()
def b17_a_part_of_the_inventory(fleet: Fleet) -> dict[str, str]:
    return {"limit": "staging"}


@sound(informs="delivery:unexpected", message=DEVELOPMENT)
def an_account_was_removed_from_the_inventory(fleet: Fleet) -> dict[str, str]:
    return {"without_host": "development"}


# --- statements of other tools
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
def aws_config_delivers_to_its_own_folder(fleet: Fleet) -> None:
    own = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": ARCHIVE}}
    fleet.allow("s3:PutObject", f"{LOGS}/{ARCHIVE}/Config/*", Principal={"Service": "config.amazonaws.com"},
                Condition=own)  # fmt: skip


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
    fleet.allow("s3:Get*", Sid="ForeignDeny", Effect="Deny", Principal={"AWS": STRANGER})


@sound()
def e12_a_foreign_statement_contradicts_itself(fleet: Fleet) -> None:
    """A principal of one account cannot be in another."""
    other = {"StringEquals": {"aws:PrincipalAccount": STRANGER}}
    fleet.allow("s3:GetObject", Principal={"AWS": f"arn:aws:iam::{PRODUCTION}:role/Administrator"}, Condition=other)


@sound()
def a_foreign_statement_covers_another_folder(fleet: Fleet) -> None:
    fleet.allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET_ARN}/athena-results/*", Principal={"AWS": STRANGER})


@sound(absent="separation:foreign_statement")
def b20_the_key_has_its_root_statement(fleet: Fleet) -> None:
    """KMS's own statement, which keeps the key manageable, must not be called foreign."""


@sound(informs="separation:cannot_read")
def the_reader_is_allowed_by_its_own_policy_only(fleet: Fleet) -> None:
    fleet.put_bucket_policy(lambda statements: statements.pop(3))


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


# --- the bucket and its objects
@sound(informs="hardening:expires")
def old_versions_expire_after_a_day(fleet: Fleet) -> None:
    lifecycle(fleet, {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}})


@sound(informs="hardening:expires")
def logs_expire_after_seven_years(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Days": 2557}})


@sound(informs="hardening:archived")
def logs_are_archived_after_a_year(fleet: Fleet) -> None:
    lifecycle(fleet, {"Transitions": [{"Days": 365, "StorageClass": "GLACIER"}]})


@sound()
def unfinished_uploads_expire(fleet: Fleet) -> None:
    lifecycle(fleet, {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}})


@sound()
def another_folder_expires(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Days": 1}, "Filter": {"Prefix": "athena-results/"}})


@sound()
def an_expiration_is_disabled(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Days": 1}, "Status": "Disabled"})


@sound(base="days")
def objects_before_the_range_are_archived(fleet: Fleet) -> None:
    for key in [*fleet.logs()[:10], *fleet.digests()[:10]]:
        fleet.sandbox.transition(BUCKET, key, "GLACIER")


@sound()
def objects_are_in_a_cheaper_class(fleet: Fleet) -> None:
    for key in [*fleet.logs()[:3], *fleet.digests()[:3]]:
        fleet.sandbox.transition(BUCKET, key, "STANDARD_IA")


@sound()
def objects_are_locked(fleet: Fleet) -> None:
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 365}}}
    with fleet.without_denials():
        fleet.s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=lock)
    fleet.hours(1)


@sound()
def the_logs_are_replicated_to_an_expected_bucket(fleet: Fleet) -> dict[str, Any]:
    replicate(fleet, "our-replica", ARCHIVE)
    return {"central_logging_replica_buckets": ["our-replica"]}


@sound()
def a_changed_log_file_was_restored(fleet: Fleet) -> None:
    key = fleet.logs()[2]
    version = fleet.s3.head_object(Bucket=BUCKET, Key=key)["VersionId"]
    fleet.put(key, b"changed")
    source = {"Bucket": BUCKET, "Key": key, "VersionId": version}
    fleet.s3.copy_object(Bucket=BUCKET, Key=key, CopySource=source, ServerSideEncryption="aws:kms",
                         SSEKMSKeyId=fleet.key)  # fmt: skip


@sound()
def a_deleted_log_file_is_back(fleet: Fleet) -> None:
    key = fleet.logs()[2]
    with fleet.without_denials():
        marker = fleet.s3.delete_object(Bucket=BUCKET, Key=key)["VersionId"]
        fleet.s3.delete_object(Bucket=BUCKET, Key=key, VersionId=marker)


@sound()
def other_tools_have_their_own_folders(fleet: Fleet) -> None:
    fleet.put("athena-results/1.csv")
    fleet.put(f"AWSLogs/{ARCHIVE}/Config/us-east-1/2026/1/1/ConfigSnapshot/1.json.gz")


@sound()
def insights_are_delivered(fleet: Fleet) -> None:
    folder = f"AWSLogs/{PRODUCTION}/CloudTrail-Insight/{REGION}/2026/11/26"
    fleet.put(f"{folder}/{PRODUCTION}_CloudTrail-Insight_{REGION}_20261126T1200Z_0123456789abcdef.json.gz")


@sound()
def aws_throttles(fleet: Fleet) -> None:
    for service, operation in (("s3", "GetObject"), ("s3", "ListObjectsV2"), ("cloudtrail", "GetTrailStatus")):
        error = "SlowDown" if service == "s3" else "ThrottlingException"
        fleet.sandbox.fault(service=service, operation=operation, error=error, times=2)
