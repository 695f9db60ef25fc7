# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Broken trails: stopped, deleted, narrowed or re-pointed.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail-by-using-the-aws-cli-update-trail.html
"""

from __future__ import annotations

from typing import Any

from tests.states.fleet import (
    ARCHIVE,
    BUCKET,
    DEVELOPMENT,
    ELSEWHERE,
    PRODUCTION,
    STAGING,
    TRAILS,
    Fleet,
)
from tests.states.table import broken


@broken(staging="trail:not_logging", message="has not logged since", remedy="caller of StopLogging")
def a_trail_was_stopped_just_now(fleet: Fleet) -> None:
    fleet.trail(STAGING).stop_logging(Name=TRAILS[STAGING])


@broken(
    base="hours_ago",
    staging="trail:not_logging delivery:stale_digest integrity:missing",
    remedy="caller of StopLogging",
)
def a_trail_was_stopped_hours_ago(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.trail(STAGING).stop_logging(Name=TRAILS[STAGING])
    fleet.hours(4)


@broken(base="hours_ago", staging="integrity:gap", remedy="StopLogging")
def a_trail_was_stopped_for_hours_and_started_again(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.trail(STAGING).stop_logging(Name=TRAILS[STAGING])
    fleet.hours(2)
    fleet.trail(STAGING).start_logging(Name=TRAILS[STAGING])
    fleet.hours(2)


@broken(security="trail:not_logging")
def the_trail_of_the_archive_was_stopped(fleet: Fleet) -> None:
    fleet.trail(ARCHIVE).stop_logging(Name=TRAILS[ARCHIVE])


@broken(
    base="hours_ago",
    staging="trail:missing delivery:stale_digest integrity:missing",
    message="has no trail sectrailstaging",
    remedy="members.yml",
)
def a_trail_was_deleted(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.trail(STAGING).delete_trail(Name=TRAILS[STAGING])
    fleet.hours(4)


@broken(
    base="hours_ago",
    staging="trail:no_validation delivery:stale_digest integrity:missing",
    waits={"staging": "integrity:not_covered"},
    remedy="members.yml",
    never="added, renamed or moved",
)
def log_file_validation_was_turned_off(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.update_trail(STAGING, EnableLogFileValidation=False)
    fleet.hours(4)


@broken(staging="trail:single_region")
def a_trail_records_one_region_only(fleet: Fleet) -> None:
    fleet.update_trail(STAGING, IsMultiRegionTrail=False)


@broken(staging="trail:no_global_events trail:single_region", problems=2)
def a_trail_leaves_out_global_services(fleet: Fleet) -> None:
    fleet.update_trail(STAGING, IsMultiRegionTrail=False, IncludeGlobalServiceEvents=False)


def select(fleet: Fleet, account: str, *selectors: dict[str, Any]) -> None:
    """Replace the advanced event selectors of an account's trail. Values are lists for Equals."""
    fleet.trail(account).put_event_selectors(TrailName=TRAILS[account], AdvancedEventSelectors=[
        {"Name": f"Selector {number}", "FieldSelectors": [
            {"Field": field, **({"Equals": value} if isinstance(value, list) else value)}
            for field, value in selector.items()
        ]}
        for number, selector in enumerate(selectors)
    ])  # fmt: skip


MANAGEMENT = {"eventCategory": ["Management"]}
OBJECTS = {"eventCategory": ["Data"], "resources.type": ["AWS::S3::Object"]}
FUNCTIONS = {"eventCategory": ["Data"], "resources.type": ["AWS::Lambda::Function"]}


@broken(production="trail:narrowed_selectors", message="write management events", remedy="members.yml")
def e11_a_trail_records_reads_only(fleet: Fleet) -> None:
    select(fleet, PRODUCTION, {**MANAGEMENT, "readOnly": ["true"]}, OBJECTS, FUNCTIONS)


@broken(production="trail:narrowed_selectors", remedy="members.yml")
def e11_a_trail_records_writes_only(fleet: Fleet) -> None:
    select(fleet, PRODUCTION, {**MANAGEMENT, "readOnly": ["false"]}, OBJECTS, FUNCTIONS)


@broken(production="trail:narrowed_selectors", message="kms.amazonaws.com")
def e11_a_trail_leaves_out_a_service(fleet: Fleet) -> None:
    select(fleet, PRODUCTION, {**MANAGEMENT, "eventSource": {"NotEquals": ["kms.amazonaws.com"]}}, OBJECTS, FUNCTIONS)


@broken(production="trail:narrowed_selectors")
def e11_a_trail_records_no_data_events(fleet: Fleet) -> None:
    select(fleet, PRODUCTION, MANAGEMENT)


@broken(production="trail:narrowed_selectors")
def e11_a_trail_leaves_out_the_objects_of_a_bucket(fleet: Fleet) -> None:
    without = {"NotStartsWith": ["arn:aws:s3:::payroll/"]}
    select(fleet, PRODUCTION, MANAGEMENT, {**OBJECTS, "resources.ARN": without}, FUNCTIONS)


@broken(production="trail:narrowed_selectors")
def e11_a_trail_records_data_events_only(fleet: Fleet) -> None:
    select(fleet, PRODUCTION, OBJECTS, FUNCTIONS)


@broken(production="trail:narrowed_selectors")
def e11_a_trail_has_basic_selectors_of_write_events(fleet: Fleet) -> None:
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}
    fleet.trail().put_event_selectors(TrailName=TRAILS[PRODUCTION], EventSelectors=[selector])


@broken(
    base="hours_ago",
    development="trail:other_bucket delivery:stale_digest integrity:missing",
    message=ELSEWHERE,
    remedy="members.yml",
)
def a_trail_delivers_to_another_bucket(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.other_bucket()
    fleet.update_trail(DEVELOPMENT, S3BucketName=ELSEWHERE)
    fleet.hours(4)


@broken(production="trail:no_validation")
def b15_two_changes_of_somebody_start_no_time_to_wait(fleet: Fleet) -> None:
    """The event history has an update without a change, and one of another setting."""
    fleet.update_trail(PRODUCTION, S3KeyPrefix="")
    fleet.update_trail(PRODUCTION, EnableLogFileValidation=False)


@broken(
    base="hours_ago",
    development="trail:other_prefix delivery:stale_digest integrity:missing",
    message="prefix hidden",
)
def a_trail_delivers_with_another_prefix(fleet: Fleet) -> None:
    fleet.hours(2)
    allow_prefix(fleet, "hidden")
    fleet.update_trail(DEVELOPMENT, S3KeyPrefix="hidden")
    fleet.hours(4)


def allow_prefix(fleet: Fleet, prefix: str, *accounts: str) -> None:
    """Let the trails deliver with a prefix too."""

    def change(statement: dict[str, Any]) -> None:
        statement["Resource"] += [name.replace("/AWSLogs/", f"/{prefix}/AWSLogs/") for name in statement["Resource"]]

    fleet.statement("CentralLoggingWrite")(change)


@broken(
    base="hours_ago",
    security="separation:altered_statement",
    staging="trail:delivery_error trail:digest_error delivery:stale_digest integrity:missing",
    message="AccessDenied",
    remedy="bucket policy",
    problems=2,  # that the one is the cause of the other is not known
)
def the_bucket_policy_shut_a_trail_out(fleet: Fleet) -> None:
    fleet.hours(2)

    def change(statement: dict[str, Any]) -> None:
        statement["Resource"] = [name for name in statement["Resource"] if STAGING not in name]

    fleet.statement("CentralLoggingWrite")(change)
    fleet.hours(4)


@broken(
    base="hours_ago",
    security="trail:delivery_error trail:digest_error delivery:stale_digest integrity:missing",
    production="trail:delivery_error trail:digest_error delivery:stale_digest integrity:missing",
    staging="trail:delivery_error trail:digest_error delivery:stale_digest integrity:missing",
    development="trail:delivery_error trail:digest_error delivery:stale_digest integrity:missing",
)
def the_bucket_policy_shut_every_trail_out(fleet: Fleet) -> None:
    fleet.hours(2)
    fleet.put_bucket_policy(lambda statements: statements.pop(1))
    fleet.hours(4)


@broken(
    base="hours_ago",
    staging="trail:delivery_error trail:digest_error delivery:stale_digest integrity:missing",
)
def cloudtrail_is_required_to_be_in_an_organization(fleet: Fleet) -> None:
    """A service principal has no aws:PrincipalOrgID, so this Deny is met by CloudTrail."""
    fleet.hours(2)
    outside = {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}
    folder = f"arn:aws:s3:::{BUCKET}/AWSLogs/{STAGING}/*"
    fleet.allow("s3:PutObject", folder, Sid="Outsiders", Effect="Deny", Principal="*", Condition=outside)
    fleet.hours(4)


@broken(staging="trail:unread", message="AccessDenied")
def an_account_cannot_be_read(fleet: Fleet) -> None:
    fleet.sandbox.fault(operation="DescribeTrails", account=STAGING, error="AccessDenied", times=99)


@broken(staging="trail:unread")
def a_role_of_an_account_was_deleted(fleet: Fleet) -> None:
    iam = fleet.client("iam", STAGING)
    for name in iam.list_role_policies(RoleName="CentralLogging")["PolicyNames"]:
        iam.delete_role_policy(RoleName="CentralLogging", PolicyName=name)
    iam.delete_role(RoleName="CentralLogging")


@broken(staging="trail:unread", message="GetTrailStatus")
def an_account_denies_one_operation(fleet: Fleet) -> None:
    fleet.sandbox.fault(operation="GetTrailStatus", account=STAGING, error="AccessDenied", times=99)


@broken(
    base="hours_ago",
    security="separation:altered_statement",
    staging="trail:delivery_error trail:digest_error delivery:silent integrity:empty",
    message="has not delivered any yet",
    not_checked={"staging": "encryption"},
    problems=2,
)
def an_account_never_delivered_anything(fleet: Fleet) -> None:
    def change(statement: dict[str, Any]) -> None:
        statement["Resource"] = [name for name in statement["Resource"] if STAGING not in name]

    fleet.statement("CentralLoggingWrite")(change)
    fleet.hours(6)
