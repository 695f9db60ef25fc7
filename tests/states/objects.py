# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Broken log files: changed, deleted, planted, unreadable.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
"""

from __future__ import annotations

import gzip
import re

from tests.states.chains import day_before_yesterday
from tests.states.fleet import BUCKET, PRODUCTION, REGION, STAGING, STRANGER, Fleet
from tests.states.table import broken, sound

FOLDER = f"AWSLogs/{PRODUCTION}/CloudTrail/{REGION}"


@broken(production="integrity:tampered", remedy="Leave the bucket unchanged")
def a_log_file_was_changed(fleet: Fleet) -> None:
    fleet.rewrite(fleet.logs()[2], lambda body: body.replace(b"Worker", b"Nobody"))


@broken(production="integrity:tampered")
def an_event_was_taken_out_of_a_log_file(fleet: Fleet) -> None:
    fleet.rewrite(fleet.logs()[2], lambda _body: b'{"Records":[]}')


@broken(production="integrity:malformed", message="The log file was changed")
def bytes_follow_the_compressed_log_file(fleet: Fleet) -> None:
    key = fleet.logs()[2]
    fleet.put(key, Body=gzip.compress(fleet.read(key)) + b"more")


@broken(production="integrity:malformed", message="The log file was changed")
def a_log_file_is_truncated(fleet: Fleet) -> None:
    key = fleet.logs()[2]
    fleet.put(key, Body=gzip.compress(fleet.read(key))[:-9])


@broken(production="integrity:malformed", message="The log file was changed")
def a_log_file_is_empty(fleet: Fleet) -> None:
    fleet.put(fleet.logs()[2], Body=b"")


@broken(production="integrity:tampered")
def two_log_files_were_exchanged(fleet: Fleet) -> None:
    one, two = fleet.logs()[1:3]
    first, second = fleet.read(one), fleet.read(two)
    fleet.put(one, second)
    fleet.put(two, first)


@broken(production="integrity:missing", remedy="delete marker")
def a_log_file_was_deleted(fleet: Fleet) -> None:
    fleet.delete(fleet.logs()[2])


@broken(production="integrity:missing")
def all_versions_of_a_log_file_were_deleted(fleet: Fleet) -> None:
    fleet.purge(fleet.logs()[2])


@broken(production="integrity:missing", staging="integrity:missing")
def log_files_of_two_accounts_were_deleted(fleet: Fleet) -> None:
    fleet.purge(*fleet.logs()[1:3], *fleet.logs(STAGING)[1:3])


# CloudTrail names late log files in backfill digests. Until the time-out, a planted log file cannot be distinguished
# from a late one, so the host waits:
# https://docs.amazonaws.cn/en_us/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
NO_WAIT = {"verification_backfill_timeout": 0}


def rename(fleet: Fleet) -> str:
    key = fleet.logs()[2]
    new = key.replace(".json.gz", "x.json.gz")
    fleet.copy(key, new)
    fleet.purge(key)
    return new


@broken(
    production="integrity:missing",
    waits={"production": "integrity:not_covered"},
    message=("it is not known who wrote it", "S3 stored the object at"),
    problems=2,
)
def a_log_file_was_renamed(fleet: Fleet) -> None:
    rename(fleet)


@broken(production="integrity:missing integrity:unexpected", remedy="who wrote the object", problems=2)
def a_log_file_was_renamed_long_ago(fleet: Fleet) -> dict[str, int]:
    rename(fleet)
    return NO_WAIT


def planted(fleet: Fleet, number: int = 2) -> str:
    """The name of a log file of CloudTrail, with another unique part."""
    return re.sub(r"_[A-Za-z0-9]{16}\.json", "_0123456789abcdef.json", fleet.logs()[number])


@sound(
    waits={"production": "integrity:not_covered"},
    message=("it is not known who wrote it", "S3 stored the object at"),
    remedy="find out who wrote the object. Validate again after",
)
def a_log_file_was_planted_just_now(fleet: Fleet) -> None:
    fleet.put(planted(fleet))


@broken(production="integrity:unexpected", remedy="who wrote the object", message="S3 stored the object at")
def a_log_file_was_planted(fleet: Fleet) -> dict[str, int]:
    fleet.put(planted(fleet))
    return NO_WAIT


@broken(base="days", production="integrity:unexpected", remedy="who wrote the object")
def a_log_file_was_planted_a_day_ago(fleet: Fleet) -> dict[str, str]:
    """The default time-out has passed."""
    fleet.put(planted(fleet, 10))
    return {"verification_integrity_start": day_before_yesterday()}


@sound(waits={"production": "integrity:not_covered"})
def a_log_file_was_copied_under_another_name_just_now(fleet: Fleet) -> None:
    fleet.copy(fleet.logs()[2], planted(fleet))


@broken(production="integrity:unexpected")
def a_log_file_was_copied_under_another_name(fleet: Fleet) -> dict[str, int]:
    fleet.copy(fleet.logs()[2], planted(fleet))
    return NO_WAIT


@broken(production="integrity:unexpected")
def a_log_file_of_another_account_was_copied_here(fleet: Fleet) -> None:
    source = fleet.logs(STAGING)[2]
    fleet.copy(source, f"{fleet.logs()[2].rsplit('/', 1)[0]}/{source.rsplit('/', 1)[1]}")


@broken(production="integrity:unexpected")
def e6_a_planted_file_has_a_name_from_before_the_range(fleet: Fleet) -> None:
    """In the folder of today, where no listing by the name's day looks for it."""
    fleet.put(re.sub(r"_\d{8}T\d{4}Z_", "_20200102T0304Z_", planted(fleet)))


@broken(production="integrity:unexpected delivery:future")
def e6_a_planted_file_has_a_name_from_the_future(fleet: Fleet) -> None:
    fleet.put(re.sub(r"_\d{8}T\d{4}Z_", "_20990102T0304Z_", planted(fleet)))


@broken(production="integrity:unexpected delivery:other_day")
def e6_a_planted_file_is_outside_the_folders_of_days(fleet: Fleet) -> None:
    fleet.put(f"{FOLDER}/{planted(fleet).rsplit('/', 1)[1]}")


@broken(production="integrity:unexpected delivery:other_day")
def e6_a_planted_file_is_in_the_folder_of_no_day(fleet: Fleet) -> None:
    fleet.put(f"{FOLDER}/2026/13/45/{planted(fleet).rsplit('/', 1)[1]}")


@broken(production="integrity:unexpected")
def e6_a_planted_file_is_in_the_folder_of_no_region(fleet: Fleet) -> None:
    name = planted(fleet).rsplit("/", 1)[1]
    fleet.put(f"AWSLogs/{PRODUCTION}/CloudTrail/copy-of-us-east-1/2026/01/02/{name}")


@broken(production="integrity:unexpected", message="<script>")
def an_object_with_an_odd_name_among_the_log_files(fleet: Fleet) -> None:
    fleet.put(f"{planted(fleet).rsplit('/', 1)[0]}/<script>alert(1)</script>.json.gz")


@broken(production="integrity:unreadable", message=f"AWSLogs/{PRODUCTION}/CloudTrail/")
def e8_s3_fails_for_one_log_file(fleet: Fleet) -> None:
    fail_for_good(fleet, fleet.logs()[2])


@broken(production="integrity:unreadable", message=f"AWSLogs/{PRODUCTION}/CloudTrail-Digest/")
def e8_s3_fails_for_one_digest(fleet: Fleet) -> None:
    fail_for_good(fleet, fleet.digests()[2])


def fail_for_good(fleet: Fleet, key: str) -> None:
    fault = {"service": "s3", "operation": "GetObject", "parameters": {"Key": key}}
    fleet.sandbox.fault(**fault, error="InternalError", times=10**6)


@broken(production="integrity:unreadable", remedy="Restore")
def a_log_file_of_today_is_archived(fleet: Fleet) -> None:
    fleet.sandbox.transition(BUCKET, fleet.logs()[2], "GLACIER")


@broken(production="integrity:unreadable", remedy="Restore")
def a_digest_of_today_is_archived(fleet: Fleet) -> None:
    fleet.sandbox.transition(BUCKET, fleet.digests()[2], "DEEP_ARCHIVE")


@broken(production="integrity:unreadable")
def a_log_file_has_the_key_of_another_account(fleet: Fleet) -> None:
    kms = fleet.client("kms", STRANGER)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    open_to_all = policy.replace(f"arn:aws:iam::{STRANGER}:root", "*")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=open_to_all)
    log_file = fleet.logs()[2]
    fleet.copy(log_file, log_file, key=key)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)


@broken(
    security="integrity:unreadable encryption:unreadable separation:cannot_read",
    production="integrity:unreadable",
    staging="integrity:unreadable",
    development="integrity:unreadable",
    cause="bucket_denied",
    remedy="s3:GetObject",
    not_checked={host: "encryption" for host in ("security", "production", "staging", "development")},
)
def the_bucket_policy_denies_the_reading_role(fleet: Fleet) -> None:
    fleet.allow("s3:GetObject", Effect="Deny", Principal={"AWS": "arn:aws:iam::111122223333:role/LogReader"})
