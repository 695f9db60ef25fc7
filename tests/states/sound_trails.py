# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sound but unusual trails and chains: migrations, late files, quiet and new accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

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
    TRAILS,
    Fleet,
)
from tests.states.forgery import sign_again
from tests.states.policies import CLOUDTRAIL, LOGS
from tests.states.table import sound
from tests.states.trails import FUNCTIONS, MANAGEMENT, OBJECTS, allow_prefix, select
from tests.states.wipes import earlier_evidence


@sound()
def nothing_is_unusual(fleet: Fleet) -> None:
    """The state in which each other one begins."""


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
def r1_other_accounts_have_enabled_an_opt_in_region(fleet: Fleet) -> None:
    """Production has not, so it has no digest of that Region."""
    for account in (STAGING, DEVELOPMENT):
        fleet.sandbox.opt_in(account, "af-south-1")
    fleet.hours(6, regions=["us-east-1", "af-south-1"])
    for key in fleet.keys(f"AWSLogs/{PRODUCTION}/"):
        if "/af-south-1/" in key:
            fleet.purge(key)


@sound(base="hours_ago", waits={"staging": "integrity:empty"}, message="other accounts have digests of it")
def r1_a_trail_has_just_been_changed_to_all_regions(fleet: Fleet) -> None:
    """Its first digest of the other Region is not due yet."""
    fleet.update_trail(STAGING, IsMultiRegionTrail=False)
    fleet.hours(6, regions=["us-east-1", "eu-west-1"])
    fleet.update_trail(STAGING, IsMultiRegionTrail=True)
    assert not fleet.digests(STAGING, "eu-west-1")


@sound(base="hours_ago", absent="integrity:empty")
def r1_an_earlier_evidence_has_the_same_regions(fleet: Fleet) -> dict[str, str]:
    fleet.hours(6, regions=["us-east-1", "eu-west-1"])
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: {"us-east-1": None, "eu-west-1": None}})}


@sound(base="hours_ago")
def r3_an_earlier_evidence_is_about_another_bucket(fleet: Fleet) -> dict[str, str]:
    """Its digests are not expected here."""
    fleet.hours(6)
    verified = {PRODUCTION: {"us-east-1": f"{datetime.now(UTC) - timedelta(minutes=150):%Y-%m-%dT%H:%M:%SZ}"}}
    return {"central_logging_previous_evidence": earlier_evidence(verified, "an-older-log-bucket")}


@sound(base="hours_ago")
def e10_a_trail_was_restarted_without_a_pause(fleet: Fleet) -> None:
    fleet.hours(3)
    trail = fleet.trail()
    fleet.next_second()
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


@sound(base="hours_ago", informs="cost:recursive")
def a12_the_trail_of_the_log_archive_records_its_own_deliveries(fleet: Fleet) -> None:
    select(fleet, ARCHIVE, MANAGEMENT, OBJECTS, FUNCTIONS)
    fleet.hours(6)


@sound(base="hours_ago", absent="cost:recursive")
def a12_recursive_logging_is_off(fleet: Fleet) -> None:
    select(fleet, ARCHIVE, MANAGEMENT, OBJECTS, FUNCTIONS)
    fleet.update_trail(ARCHIVE, RecursiveLogging=False)
    fleet.hours(6)


@sound(base="hours_ago", absent="trail:narrowed_selectors")
def b5_the_selectors_are_split_into_equivalent_ones(fleet: Fleet) -> None:
    read, write = ({**MANAGEMENT, "readOnly": [value]} for value in ("true", "false"))
    without = {"NotStartsWith": [f"{BUCKET_ARN}/"]}
    select(fleet, PRODUCTION, read, write, {**OBJECTS, "resources.ARN": without}, FUNCTIONS)
    fleet.hours(6)


def namesake(fleet: Fleet) -> None:
    """A trail of the same name in another Region, which has just started. Names are unique in a Region only."""
    fleet.other_bucket()
    elsewhere = fleet.client("cloudtrail", PRODUCTION, "ap-south-1")
    elsewhere.create_trail(Name=TRAILS[PRODUCTION], S3BucketName=ELSEWHERE)
    elsewhere.start_logging(Name=TRAILS[PRODUCTION])


@sound(informs="trail:elsewhere", message=ELSEWHERE)
def another_region_has_a_trail_of_the_same_name(fleet: Fleet) -> None:
    namesake(fleet)


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
    trail, name = fleet.trail(STAGING), TRAILS[STAGING]
    settings, tags = trail.get_trail(Name=name)["Trail"], [{"Key": "managed-by", "Value": "test"}]
    selectors = trail.get_event_selectors(TrailName=name)["AdvancedEventSelectors"]
    trail.delete_trail(Name=name)
    fleet.purge(*fleet.digests(STAGING))
    fleet.hours(6)
    names = ("S3BucketName", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "KmsKeyId")
    trail.create_trail(Name=name, EnableLogFileValidation=True, TagsList=tags, **{key: settings[key] for key in names})
    trail.put_event_selectors(TrailName=name, AdvancedEventSelectors=selectors)
    trail.start_logging(Name=name)


@sound()
def b17_a_part_of_the_inventory(fleet: Fleet) -> dict[str, str]:
    return {"limit": "staging"}


@sound(informs="delivery:unexpected", message=DEVELOPMENT)
def an_account_was_removed_from_the_inventory(fleet: Fleet) -> dict[str, str]:
    return {"without_host": "development"}
