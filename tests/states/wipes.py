# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Chains whose begin was deleted: after an interruption of the trail CloudTrail begins a new one.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.comparison import FORMAT, VERSION

from tests.states.chains import EUROPE, delete_region, divert
from tests.states.fleet import BUCKET, ELSEWHERE, PRODUCTION, STAGING, TRAILS, Fleet
from tests.states.table import broken


def restart(fleet: Fleet, pause: int = 0) -> list[str]:
    """Two hours, a stop, a start and two hours. Returns the keys of the objects from before the stop."""
    fleet.hours(2)
    fleet.next_second()
    fleet.trail(STAGING).stop_logging(Name=TRAILS[STAGING])
    before = [*fleet.digests(STAGING), *fleet.logs(STAGING)]
    if pause:
        fleet.hours(pause)
    fleet.trail(STAGING).start_logging(Name=TRAILS[STAGING])
    fleet.hours(3 - pause)
    return before


@broken(
    production="integrity:missing delivery:silent",
    not_checked={"production": "encryption"},
    message="they were deleted",
    remedy="delete marker",
    problems=2,
)
def everything_was_deleted_before_a_restart_just_now(fleet: Fleet) -> None:
    """A restart gives no reason to wait for a first delivery."""
    trail = fleet.trail()
    trail.stop_logging(Name=TRAILS[PRODUCTION])
    trail.start_logging(Name=TRAILS[PRODUCTION])
    fleet.purge(*fleet.digests(), *fleet.logs())


@broken(base="hours_ago", staging="integrity:missing", message="was logging until", remedy="delete marker")
def everything_before_a_restart_of_the_trail_was_deleted(fleet: Fleet) -> None:
    """CloudTrail delivered digests until the stop, so the time since the restart is not the whole time."""
    fleet.purge(*restart(fleet))


@broken(base="hours_ago", staging="integrity:missing integrity:gap", message="was logging until", problems=2)
def everything_before_a_pause_of_the_trail_was_deleted(fleet: Fleet) -> None:
    fleet.purge(*restart(fleet, pause=1))


@broken(base="hours_ago", staging="integrity:missing", message=("was logging until", "StopLogging"))
def everything_before_the_first_of_two_restarts_was_deleted(fleet: Fleet) -> None:
    before = restart(fleet)
    fleet.trail(STAGING).stop_logging(Name=TRAILS[STAGING])
    fleet.trail(STAGING).start_logging(Name=TRAILS[STAGING])
    fleet.hours(1)
    fleet.purge(*before)


@broken(
    base="hours_ago",
    staging="integrity:missing",
    message=("was logging until", "before an earlier interruption (StopLogging at"),
)
def everything_before_two_restarts_was_deleted(fleet: Fleet) -> None:
    """One finding names the whole time."""
    restart(fleet)
    fleet.next_second()
    fleet.trail(STAGING).stop_logging(Name=TRAILS[STAGING])
    before = [*fleet.digests(STAGING), *fleet.logs(STAGING)]
    fleet.trail(STAGING).start_logging(Name=TRAILS[STAGING])
    fleet.hours(1)
    fleet.purge(*before)


@broken(base="hours_ago", production="integrity:missing", message=("DeleteTrail", "they were deleted."))
def a_trail_was_deleted_and_created_again_and_everything_before_was_deleted(fleet: Fleet) -> None:
    """The new trail looks like one that never existed before."""
    fleet.hours(3)
    create_again(fleet)
    fleet.purge(*fleet.digests(), *fleet.logs())
    fleet.hours(3)


def create_again(fleet: Fleet, *, multi_region: bool = True) -> None:
    """Delete the trail of production, and create it again."""
    trail, name = fleet.trail(), TRAILS[PRODUCTION]
    state = trail.describe_trails(trailNameList=[name])["trailList"][0]
    selectors = trail.get_event_selectors(TrailName=name)["AdvancedEventSelectors"]
    tags = trail.list_tags(ResourceIdList=[state["TrailARN"]])["ResourceTagList"][0]["TagsList"]
    trail.delete_trail(Name=name)
    trail.create_trail(
        Name=name,
        S3BucketName=state["S3BucketName"],
        KmsKeyId=state["KmsKeyId"],
        IsMultiRegionTrail=multi_region,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        TagsList=tags,
    )
    trail.put_event_selectors(TrailName=name, AdvancedEventSelectors=selectors)
    trail.start_logging(Name=name)


@broken(base="hours_ago", production="integrity:missing", message=("UpdateTrail", "was logging until"), problems=1)
def validation_was_off_for_a_moment_and_everything_before_was_deleted(fleet: Fleet) -> None:
    fleet.hours(3)
    fleet.update_trail(EnableLogFileValidation=False)
    fleet.update_trail(EnableLogFileValidation=True)
    fleet.purge(*fleet.digests(), *fleet.logs())
    fleet.hours(3)


@broken(base="hours_ago", production="integrity:missing", message="was logging until")
def a_trail_was_sent_elsewhere_and_back_and_everything_before_was_deleted(fleet: Fleet) -> None:
    """Without the event history, it looks like a trail that moved here."""
    divert(fleet)
    first = fleet.digests()[0]
    fleet.purge(first, *(entry["s3Object"] for entry in json.loads(fleet.read(first))["logFiles"]))


@broken(base="hours_ago", production="integrity:missing", message="eu-west-1")
def one_region_for_a_moment_and_everything_before_was_deleted_in_another(fleet: Fleet) -> None:
    fleet.hours(3, regions=["us-east-1", EUROPE])
    fleet.update_trail(IsMultiRegionTrail=False)
    fleet.update_trail(IsMultiRegionTrail=True)
    delete_region(fleet)
    fleet.hours(3, regions=["us-east-1", EUROPE])


@broken(
    base="hours_ago",
    production="integrity:missing delivery:silent",
    not_checked={"production": "encryption"},
    problems=2,
)
def everything_was_deleted_and_the_trail_sent_to_the_same_bucket_again(fleet: Fleet) -> dict[str, str]:
    """Such a change gives no reason to wait, if an earlier evidence has digests."""
    fleet.hours(6)
    verified = newest_digests(fleet)
    fleet.update_trail(S3BucketName=BUCKET)
    fleet.purge(*fleet.digests(), *fleet.logs())
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}


@broken(base="hours_ago", production="integrity:missing", message="earlier evidence")
def the_newest_digests_of_an_earlier_evidence_were_deleted(fleet: Fleet) -> dict[str, str]:
    """The next digest is not due yet, so the chain itself does not show it."""
    fleet.hours(6)
    verified = newest_digests(fleet)
    fleet.purge(fleet.digests()[-1], fleet.logs()[-1])
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}


def bounce(fleet: Fleet) -> None:
    """Stop and start the trail of production."""
    fleet.next_second()
    fleet.trail().stop_logging(Name=TRAILS[PRODUCTION])
    fleet.trail().start_logging(Name=TRAILS[PRODUCTION])


@broken(base="hours_ago", production="integrity:missing", message="was logging until", remedy="delete markers")
def a_region_was_deleted_and_the_trail_restarted_just_now(fleet: Fleet) -> None:
    """A restart gives no reason to wait for the digests of the Region."""
    fleet.hours(6, regions=["us-east-1", EUROPE])
    bounce(fleet)
    delete_region(fleet)


@broken(base="hours_ago", production="integrity:missing", message="earlier evidence")
def a_region_of_an_earlier_evidence_was_deleted_and_the_trail_restarted(fleet: Fleet) -> dict[str, str]:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    verified = {EUROPE: newest_digests(fleet)["us-east-1"]}
    bounce(fleet)
    delete_region(fleet)
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}


@broken(base="hours_ago", production="integrity:empty", message="other accounts have digests of it")
def a_region_was_deleted_and_the_key_changed_and_back(fleet: Fleet) -> None:
    """Another key does not stop the delivery."""
    fleet.hours(6, regions=["us-east-1", EUROPE])
    fleet.update_trail(KmsKeyId=fleet.other_key())
    fleet.update_trail(KmsKeyId=fleet.key)
    delete_region(fleet)


@broken(
    base="hours_ago",
    production="integrity:empty delivery:silent",
    not_checked={"production": "encryption"},
)
def everything_was_deleted_and_the_key_changed_and_back(fleet: Fleet) -> None:
    fleet.hours(6)
    fleet.update_trail(KmsKeyId=fleet.other_key())
    fleet.update_trail(KmsKeyId=fleet.key)
    fleet.purge(*fleet.digests(), *fleet.logs())


@broken(
    base="hours_ago",
    production="integrity:missing",
    message="CloudTrail delivers a last digest when logging stops",
    never="validation was off",
)
def the_last_digest_before_a_stop_was_deleted(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.sandbox.settings(clock_offset=-3600 * 3.4)
    fleet.trail().stop_logging(Name=TRAILS[PRODUCTION])
    newest = fleet.digests()[-1]
    fleet.sandbox.settings(clock_offset=-3600 * 3.2)
    fleet.trail().start_logging(Name=TRAILS[PRODUCTION])
    fleet.hours(3)
    fleet.purge(newest)


@broken(
    base="hours_ago",
    production="integrity:missing delivery:missing_digest",
    message="they were deleted",
    never="wait for their first digest",
)
def everything_was_deleted_before_a_restart_and_one_log_file_has_arrived(fleet: Fleet) -> None:
    fleet.hours(6)
    bounce(fleet)
    fleet.purge(*fleet.digests(), *fleet.logs())
    fleet.sandbox.deliver()


@broken(base="hours_ago", production="integrity:missing integrity:gap", message="eu-west-1", problems=2)
def a_trail_was_created_again_for_one_region_and_another_was_deleted(fleet: Fleet) -> None:
    """The interruption of the other Region lasts longer than that of the home Region."""
    fleet.hours(2, regions=["us-east-1", EUROPE])
    fleet.next_second()
    create_again(fleet, multi_region=False)
    fleet.hours(3, regions=["us-east-1", EUROPE])
    delete_region(fleet)
    fleet.update_trail(IsMultiRegionTrail=True)
    fleet.hours(1, regions=["us-east-1", EUROPE])


@broken(base="hours_ago", production="integrity:missing", message="was logging until")
def several_interruptions_in_one_second_and_everything_before_was_deleted(fleet: Fleet) -> None:
    fleet.hours(3)
    bounce(fleet)
    fleet.update_trail(IsMultiRegionTrail=False)
    fleet.purge(*fleet.digests(), *fleet.logs())
    fleet.update_trail(IsMultiRegionTrail=True)
    fleet.hours(3)


@broken(base="days", production="integrity:missing", message="was logging until")
def a_past_range_was_deleted_and_the_trail_restarted_just_now(fleet: Fleet) -> dict[str, str]:
    """A start after the range does not excuse it."""
    now = datetime.now(UTC)
    end = f"{now - timedelta(hours=23):%Y%m%dT%H%M}"
    bounce(fleet)
    keys = [*fleet.digests(), *fleet.logs()]
    fleet.purge(*(key for key in keys if re.findall(r"_(\d{8}T\d{4})", key)[0] < end))
    return {
        "verification_integrity_start": f"{now - timedelta(hours=47):%Y-%m-%dT%H:%M:%SZ}",
        "verification_integrity_end": f"{now - timedelta(hours=26):%Y-%m-%dT%H:%M:%SZ}",
    }


def newest_digests(fleet: Fleet) -> dict[str, str]:
    """The end of the newest digest of the home Region of production, by Region."""
    name = fleet.digests()[-1][-24:-8]
    return {"us-east-1": datetime.strptime(name, "%Y%m%dT%H%M%SZ").strftime("%Y-%m-%dT%H:%M:%SZ")}


@broken(
    security="",
    production="",
    staging="",
    development="",
    remedy="cloudtrail:LookupEvents",
    not_checked={host: "trail" for host in ("security", "production", "staging", "development")},
)
def nobody_may_read_the_event_history(fleet: Fleet) -> None:
    fleet.sandbox.fault(operation="LookupEvents", error="AccessDeniedException", times=999)


@broken(
    base="hours_ago",
    security="integrity:empty",
    production="integrity:empty",
    staging="integrity:empty",
    development="integrity:empty",
    message="were validated before",
)
def r1_all_files_of_a_region_of_all_accounts_were_deleted(fleet: Fleet) -> dict[str, str]:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    for account in TRAILS:
        delete_region(fleet, account)
    return {"central_logging_previous_evidence": earlier_evidence({account: {EUROPE: None} for account in TRAILS})}


def earlier_evidence(verified: Mapping[str, Mapping[str, str | None]], bucket: str = BUCKET) -> str:
    """The path of an earlier evidence with the times of the newest digests by account and Region."""
    accounts = [
        {
            "account": account,
            "host": "",
            "status": "passed",
            "coverage": {
                region: {"covered_seconds": 3600, "newest_verified_digest": end} for region, end in regions.items()
            },
        }
        for account, regions in verified.items()
    ]
    facts = {"Bucket": bucket, "Prefix": "none", "Organization": "none"}
    about = {"made": "2026-11-26T00:00:00Z", "archive": {"id": ""}, "facts": facts}
    content = {"format": FORMAT, "version": VERSION, **about}
    path = Path(tempfile.mkdtemp()) / "evidence.json"
    path.write_text(json.dumps({**content, "accounts": accounts, "findings": []}), encoding="utf-8")
    return str(path)


@broken(production="delivery:silent integrity:empty", not_checked={"production": "encryption"}, never="wait")
def everything_was_deleted_and_a_trail_of_the_same_name_was_started_elsewhere(fleet: Fleet) -> None:
    """The trail of another Region gives no reason to wait for the first delivery."""
    fleet.purge(*fleet.digests(), *fleet.logs())
    fleet.other_bucket()
    elsewhere = fleet.client("cloudtrail", PRODUCTION, "ap-south-1")
    elsewhere.create_trail(Name=TRAILS[PRODUCTION], S3BucketName=ELSEWHERE)
    elsewhere.start_logging(Name=TRAILS[PRODUCTION])
