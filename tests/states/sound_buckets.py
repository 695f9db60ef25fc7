# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sound but unusual buckets and objects: lifecycle rules, archived objects, restored objects."""

from __future__ import annotations

from typing import Any

from tests.states.buckets import lifecycle, replicate
from tests.states.fleet import (
    ARCHIVE,
    BUCKET,
    PRODUCTION,
    REGION,
    Fleet,
)
from tests.states.table import sound


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
def the_files_of_aws_config_expire(fleet: Fleet) -> None:
    """They lie beside the folders of CloudTrail."""
    lifecycle(fleet, {"Expiration": {"Days": 1}, "Filter": {"Prefix": f"AWSLogs/{PRODUCTION}/Config/"}})


@sound(informs="hardening:expires", message="if they have a certain tag")
def objects_with_a_tag_expire(fleet: Fleet) -> None:
    """CloudTrail sets no tag. Who may set one is reported as able to delete."""
    lifecycle(fleet, {"Expiration": {"Days": 1}, "Filter": {"Tag": {"Key": "class", "Value": "temporary"}}})


@sound()
def an_expiration_is_disabled(fleet: Fleet) -> None:
    lifecycle(fleet, {"Expiration": {"Days": 1}, "Status": "Disabled"})


@sound(base="days", informs="integrity:unreadable")
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
