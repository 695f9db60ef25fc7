# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Broken chains of digests: deleted, changed, forged, moved here or interrupted.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.states.fleet import BUCKET, ELSEWHERE, PRODUCTION, STAGING, TRAILS, Fleet
from tests.states.forgery import forge, sign_again
from tests.states.table import broken

EUROPE = "eu-west-1"


@broken(production="integrity:missing", remedy="delete marker")
def a_digest_was_deleted(fleet: Fleet) -> None:
    fleet.delete(fleet.digests()[2])


@broken(production="integrity:missing")
def all_versions_of_a_digest_were_deleted(fleet: Fleet) -> None:
    fleet.purge(fleet.digests()[2])


@broken(production="integrity:missing")
def two_digests_in_a_row_were_deleted(fleet: Fleet) -> None:
    fleet.purge(*fleet.digests()[2:4])


@broken(production="integrity:missing")
def the_first_digest_was_deleted(fleet: Fleet) -> None:
    fleet.purge(fleet.digests()[0])


@broken(production="integrity:missing delivery:stale_digest")
def the_newest_four_digests_were_deleted(fleet: Fleet) -> None:
    fleet.purge(*fleet.digests()[-4:])


@broken(production="integrity:missing")
def an_hour_of_digest_and_log_files_was_deleted(fleet: Fleet) -> None:
    digest = fleet.digests()[2]
    named = [entry["s3Object"] for entry in json.loads(fleet.read(digest))["logFiles"]]
    fleet.purge(digest, *named)


@broken(production="integrity:not_covered delivery:missing_digest", never="wait for their first digest")
def all_digests_were_deleted(fleet: Fleet) -> None:
    fleet.purge(*fleet.digests())


@broken(production="integrity:tampered", remedy="Restore the object")
def the_content_of_a_digest_was_changed(fleet: Fleet) -> None:
    fleet.rewrite(fleet.digests()[2], lambda body: body.replace(b'"logFiles":[{', b'"logFiles":[{"note":"x",'))


@broken(production="integrity:tampered")
def the_content_of_the_newest_digest_was_changed(fleet: Fleet) -> None:
    """No later digest has its hash, so only the signature shows the change."""
    fleet.rewrite(fleet.digests()[-1], lambda body: body.replace(b'"logFiles":[{', b'"logFiles":[{"note":"x",'))


@broken(production="integrity:tampered", never="No digest names")
def a_log_file_was_taken_out_of_a_digest(fleet: Fleet) -> None:
    def change(body: bytes) -> bytes:
        content = json.loads(body)
        content["logFiles"] = []
        return json.dumps(content).encode()

    fleet.rewrite(fleet.digests()[2], change)


@broken(production="integrity:tampered")
def the_signature_of_a_digest_was_changed(fleet: Fleet) -> None:
    sign_again(fleet, fleet.digests()[2], lambda signature: signature[:-2] + ("00" if signature[-2:] != "00" else "11"))


@broken(production="integrity:tampered")
def the_signature_of_the_newest_digest_is_no_hexadecimal(fleet: Fleet) -> None:
    sign_again(fleet, fleet.digests()[-1], lambda signature: "signature")


@broken(production="integrity:tampered", message="no signature")
def the_newest_digest_has_no_signature(fleet: Fleet) -> None:
    newest = fleet.digests()[-1]
    fleet.put(newest, fleet.read(newest))


@broken(production="integrity:malformed")
def the_newest_digest_is_not_json(fleet: Fleet) -> None:
    fleet.rewrite(fleet.digests()[-1], lambda _body: b"[1, 2")


@broken(production="integrity:malformed")
def the_newest_digest_is_not_compressed(fleet: Fleet) -> None:
    newest = fleet.digests()[-1]
    metadata = fleet.s3.head_object(Bucket=BUCKET, Key=newest)["Metadata"]
    fleet.put(newest, Metadata=metadata, Body=b"not compressed")


@broken(production="integrity:unverified", remedy="forged", never="No digest names")
def the_newest_digest_is_forged(fleet: Fleet) -> None:
    forge(fleet, fleet.digests()[-1], lambda content: content["logFiles"].clear())


@broken(production="integrity:unverified", never="No digest names")
def e7_a_digest_in_the_middle_is_forged(fleet: Fleet) -> None:
    """The genuine log files beside it are no fault of their own."""
    forge(fleet, fleet.digests()[2], lambda content: content["logFiles"].clear())


@broken(production="integrity:replaced", message="012345678901")
def a_digest_of_another_account_in_a_hole(fleet: Fleet) -> None:
    hole = fleet.digests()[2]
    fleet.purge(hole)
    fleet.copy(fleet.digests(STAGING)[2], hole)


@broken(production="integrity:replaced")
def an_older_digest_in_the_place_of_the_newest(fleet: Fleet) -> None:
    digests = fleet.digests()
    fleet.copy(digests[2], digests[-1])


@broken(base="hours_ago", production="integrity:replaced")
def a_digest_of_another_region_in_a_hole(fleet: Fleet) -> None:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    hole = fleet.digests()[2]
    fleet.purge(hole)
    fleet.copy(fleet.digests(region=EUROPE)[2], hole)


def divert(fleet: Fleet) -> None:
    """The trail of production delivers to another bucket for three hours, and then to the log bucket again."""
    fleet.hours(1)
    fleet.other_bucket()
    fleet.update_trail(S3BucketName=ELSEWHERE)
    fleet.hours(3)
    fleet.update_trail(S3BucketName=BUCKET)
    fleet.hours(2)


@broken(base="hours_ago", production="integrity:misplaced", message=ELSEWHERE)
def e3_a_chain_of_another_bucket_in_a_hole(fleet: Fleet) -> None:
    divert(fleet)
    for key in fleet.keys("AWSLogs/", ELSEWHERE):
        fleet.copy(key, key, ELSEWHERE)


@broken(base="hours_ago", production="integrity:missing", message=ELSEWHERE)
def e3_log_files_of_another_bucket_without_their_digests(fleet: Fleet) -> None:
    divert(fleet)
    for key in fleet.keys(f"AWSLogs/{PRODUCTION}/CloudTrail/", ELSEWHERE):
        fleet.copy(key, key, ELSEWHERE)


@broken(base="hours_ago", production="integrity:missing", message=ELSEWHERE)
def e4_a_trail_delivered_to_another_bucket_for_hours(fleet: Fleet) -> None:
    """The time in between is not in the archive."""
    divert(fleet)


@broken(base="hours_ago", production="integrity:gap", remedy="StopLogging")
def a_trail_was_stopped_for_minutes(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.trail().stop_logging(Name=TRAILS[PRODUCTION])
    fleet.sandbox.settings(clock_offset=-3600 * 3.5)
    fleet.trail().start_logging(Name=TRAILS[PRODUCTION])
    fleet.hours(3)


@broken(base="days", production="integrity:missing", message="before the first one of the time range")
def all_digests_before_the_range_were_deleted(fleet: Fleet) -> None:
    """The first digest of the range names the one before."""
    before = (datetime.now(UTC) - timedelta(hours=24)).strftime("%Y%m%dT%H%M%SZ")
    fleet.purge(*(key for key in fleet.digests() if key[-24:-8] < before))


@broken(base="hours_ago", production="integrity:gap")
def log_file_validation_was_off_for_hours(fleet: Fleet) -> None:
    fleet.hours(1)
    fleet.update_trail(EnableLogFileValidation=False)
    fleet.hours(2, accounts=[STAGING])
    fleet.update_trail(EnableLogFileValidation=True)
    fleet.hours(3)


@broken(base="days_ago", production="integrity:missing delivery:stale_digest", message="eu-west-1")
def e5_a_region_has_been_silent_for_more_than_a_day(fleet: Fleet) -> None:
    fleet.hours(48, regions=["us-east-1", EUROPE])
    fleet.purge(*fleet.digests(region=EUROPE)[12:])
    fleet.purge(*fleet.logs(region=EUROPE)[12:])


@broken(base="hours_ago", production="integrity:missing delivery:stale_digest", message="eu-west-1")
def e5_a_region_has_been_silent_for_hours(fleet: Fleet) -> None:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    fleet.purge(*fleet.digests(region=EUROPE)[2:])
    fleet.purge(*fleet.logs(region=EUROPE)[2:])


def delete_region(fleet: Fleet, account: str = PRODUCTION, region: str = EUROPE) -> None:
    """Delete all digests and log files of all time of an account in a Region."""
    fleet.purge(*fleet.digests(account, region), *fleet.logs(account, region))


@broken(base="hours_ago", production="integrity:empty", message="other accounts have digests of it")
def r1_all_files_of_a_region_were_deleted(fleet: Fleet) -> None:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    delete_region(fleet)


@broken(base="hours_ago", production="integrity:empty", message="home Region", remedy="delete markers")
def r1_all_files_of_the_home_region_were_deleted(fleet: Fleet) -> None:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    delete_region(fleet, region="us-east-1")


@broken(
    base="days_ago",
    production="integrity:empty delivery:missing_digest delivery:stale_log",
    message="Older log files of the Region",
    problems=2,
)
def s5_a_region_has_only_old_log_files(fleet: Fleet) -> None:
    fleet.hours(48, regions=["us-east-1", EUROPE])
    fleet.purge(*fleet.digests(region=EUROPE), *fleet.logs(region=EUROPE)[12:])


@broken(
    security="integrity:unverified",
    production="integrity:unverified",
    staging="integrity:unverified",
    development="integrity:unverified",
    remedy="cloudtrail:ListPublicKeys",
)
def nobody_may_list_the_public_keys(fleet: Fleet) -> None:
    fleet.sandbox.fault(operation="ListPublicKeys", error="AccessDeniedException", times=999)


@broken(production="integrity:unexpected")
def an_object_among_the_digests(fleet: Fleet) -> None:
    fleet.put(fleet.digests()[2].replace("sectrailprod", "note") + ".txt")


@broken(base="hours_ago", staging="integrity:unexpected", message="is a copy")
def a_log_file_was_copied_here_without_its_digest(fleet: Fleet) -> dict[str, object]:
    """Its digest lies in the bucket to which the trail delivered before, and is followed there."""
    fleet.other_bucket()
    fleet.update_trail(STAGING, S3BucketName=ELSEWHERE)
    fleet.hours(3)
    fleet.update_trail(STAGING, S3BucketName=BUCKET)
    fleet.hours(3)
    source = fleet.keys(f"AWSLogs/{STAGING}/CloudTrail/", ELSEWHERE)[1]
    fleet.copy(source, source, ELSEWHERE)
    return {"central_logging_original_buckets": [{"bucket": ELSEWHERE}]}


@broken(
    production="integrity:unreadable delivery:unreadable",
    message=f"AWSLogs/{PRODUCTION}/CloudTrail/us-east-1/: AWS does not list the folder",
    not_checked={"production": "encryption"},
)
def the_folder_of_the_log_files_is_not_listed(fleet: Fleet) -> None:
    parameters = {"Prefix": f"AWSLogs/{PRODUCTION}/CloudTrail/us-east-1/"}
    fleet.sandbox.fault(service="s3", operation="ListObjectsV2", parameters=parameters, error="AccessDenied", times=99)


@broken(base="days_ago", production="integrity:unexpected")
def e7_late_files_have_no_backfill_digest_after_a_day(fleet: Fleet) -> dict[str, str]:
    fleet.hours(17)
    fleet.sandbox.deliver(late=True, accounts=[PRODUCTION])
    fleet.hours(31)
    return {"verification_integrity_start": day_before_yesterday()}


def day_before_yesterday() -> str:
    return (datetime.now(UTC) - timedelta(hours=47)).strftime("%Y-%m-%dT%H:%M:%SZ")


@broken(
    **dict.fromkeys(("security", "production", "staging", "development"), "integrity:empty"),
    message="there is neither a digest nor a log file",
)
def the_range_ends_before_the_first_digest(fleet: Fleet) -> dict[str, str]:
    """The digests of later hours of the same day are no older digests."""
    first = datetime.strptime(fleet.digests()[0][-24:-8], "%Y%m%dT%H%M%SZ")
    start, end = first - timedelta(hours=3), first - timedelta(minutes=70)
    return {
        "verification_integrity_start": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "verification_integrity_end": f"{end:%Y-%m-%dT%H:%M:%SZ}",
    }
