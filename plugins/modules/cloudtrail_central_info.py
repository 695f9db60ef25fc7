#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_central_info
version_added: 0.1.0
short_description: Reports the trails of an account, their errors, their duplicate costs and the controls that they meet
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Reads the trails that record an account, with their delivery errors, event selectors, Insights and tags. These are its
    own trails in all Regions, and organization trails of other accounts.
  - Reports the events that several trails record, which AWS charges more than once. Evaluates the controls of AWS Security
    Hub that concern trails.
  - With O(trail_name), also reports how that trail differs from the expected one.
extends_documentation_fragment:
  - central_logging.aws._attributes
  - central_logging.aws._attributes.info
  - central_logging.aws._attributes.action_group
  - central_logging.aws._accounts
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  trail_name:
    description:
      - The trail that is expected in the account. It must log, record all Regions and the events of global services, and
        deliver digests. The other options define what else is expected.
      - Findings about other trails then have the status V(info), if O(trail_name) is set.
      - If the option is not set, no trail is expected, and trails are not compared.
    type: str
  bucket:
    description: The bucket to which O(trail_name) must deliver. Trails with another bucket are reported with the status V(info).
    type: str
  key_prefix:
    description: The prefix with which O(trail_name) must deliver. An empty value means no prefix.
    type: str
  kms_key:
    description: The ARN or id of the key with which O(trail_name) must encrypt. Aliases cannot be compared.
    type: str
  compare_events:
    description:
      - Compare the event selectors and Insights of O(trail_name) with the expected events. Selectors are compared by meaning.
        Several selectors that together record the expected events are as good as one. More events do not fail.
      - The objects of the log bucket may be left out, because otherwise the log bucket would log itself.
      - If the event selectors cannot be read, the finding has the status V(not_checked).
    type: bool
    default: true
  management_events:
    description:
      - The management events that O(trail_name) must record. The options for events have the same values as those of
        M(central_logging.aws.cloudtrail_central).
      - If no option for events is set, all management events and the data events of all S3 objects and Lambda functions are
        expected, as that module records them for a new trail.
    type: str
    choices: [all, read, write, none]
  exclude_management_event_sources:
    description:
      - The event sources whose management events O(trail_name) need not record, V(kms.amazonaws.com) or
        V(rdsdata.amazonaws.com).
    type: list
    elements: str
  data_events:
    description: The data events that O(trail_name) must record.
    type: dict
    suboptions:
      s3:
        description: V(all), V(off), or the ARNs of buckets and prefixes. The default is V(all).
        type: list
        elements: str
      lambda:
        description: V(all), V(off), or the ARNs of functions. The default is V(all).
        type: list
        elements: str
  advanced_event_selectors:
    description:
      - The complete expected selection. It excludes the other options for events. What a trail cannot have is refused, see
        O(central_logging.aws.cloudtrail_central#module:advanced_event_selectors).
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the selector. It is not compared.
        type: str
      field_selectors:
        description: The conditions of the selector.
        type: list
        elements: dict
        required: true
        suboptions:
          field:
            description: The field of the event, such as V(eventCategory).
            type: str
            required: true
          equals:
            description: The values that are selected.
            type: list
            elements: str
          starts_with:
            description: The starts of values that are selected.
            type: list
            elements: str
          ends_with:
            description: The ends of values that are selected.
            type: list
            elements: str
          not_equals:
            description: The values that are not selected.
            type: list
            elements: str
          not_starts_with:
            description: The starts of values that are not selected.
            type: list
            elements: str
          not_ends_with:
            description: The ends of values that are not selected.
            type: list
            elements: str
  insights:
    description: The types of Insights that O(trail_name) must record. By default they are not compared.
    type: list
    elements: str
    choices: [ApiCallRateInsight, ApiErrorRateInsight]
  owner_role_arn:
    description:
      - If O(trail_name) is an organization trail of another account, a role that can read its event selectors. It is a role in
        the management account, or in a delegated administrator for CloudTrail.
      - The role needs C(cloudtrail:GetEventSelectors), C(cloudtrail:GetInsightSelectors), C(cloudtrail:ListTags) and
        C(cloudtrail:LookupEvents).
    type: str
  owner_external_id:
    description: The external id that the trust policy of O(owner_role_arn) requires.
    type: str
  history_roles:
    description:
      - If O(trail_name) is an organization trail, roles in further accounts whose event history is searched for calls that changed,
        started or stopped the trail. Each needs C(cloudtrail:LookupEvents) only.
      - The management account and all delegated administrators for CloudTrail can call CloudTrail for the trail. B(AWS does not
        document) whether the event history of one of these accounts has the calls of another one. The history of each of them is
        therefore required, see V(history_not_checked). Searched are the account of O(owner_role_arn), or the account itself if it
        owns the trail, and the accounts of this option.
      - The delegated administrators are read with C(organizations:ListDelegatedAdministrators), which needs to be allowed in one
        of these accounts. An account that was a delegated administrator before is searched only if this option contains a role
        in it.
    type: list
    elements: dict
    suboptions:
      role_arn:
        description: The ARN of the role.
        type: str
        required: true
      external_id:
        description: The external id that the trust policy of the role requires.
        type: str
  change_period:
    description:
      - The number of seconds in which the event history is searched for calls that changed, started or stopped O(trail_name), see
        RV(last_changed) and RV(interruptions). The default is 90 days, which is the whole event history.
      - V(0) means that the event history is not read.
    type: int
    default: 7776000
notes:
  - Status and delivery errors are those of the trail's home Region. CloudTrail returns them for one Region at a time.
  - CloudTrail shows event selectors, Insights and tags of an organization trail only to the account that owns it. For
    other accounts RV(trails[].readable) is false, and RV(trails[].unreadable_because) has the reason.
  - "Calls of one run: C(ListTrails) and C(DescribeTrails); C(DescribeTrails) once more if a trail of another Region has no
    shadow in this one; C(ListTags) for each home Region; C(GetTrailStatus) for each trail; C(GetEventSelectors) for each
    trail of the account; C(GetInsightSelectors) for each trail with Insights; C(LookupEvents) once if O(trail_name) exists,
    and four times more if it started to log in O(change_period). For an organization trail, C(LookupEvents) also in the accounts
    of O(history_roles), and C(ListDelegatedAdministrators) once."
  - A member account cannot see whether the bucket still belongs to the log-archive account. The modules that run in the
    log-archive account check the owner.
  - The controls are evaluated according to AWS's documentation and were B(not compared with a live Security Hub). The
    documentation does not describe CloudTrail.10, or whether S3.22 and S3.23 accept a trail that excludes the log bucket.
  - "Permissions needed: C(cloudtrail:DescribeTrails), C(cloudtrail:GetEventSelectors), C(cloudtrail:GetInsightSelectors),
    C(cloudtrail:GetTrailStatus), C(cloudtrail:ListTags) and C(cloudtrail:ListTrails). With O(trail_name), also
    C(cloudtrail:LookupEvents). For an organization trail, C(organizations:ListDelegatedAdministrators)."
seealso:
  - module: central_logging.aws.cloudtrail_central
  - module: central_logging.aws.log_archive_access_info
  - name: Security Hub controls for CloudTrail
    description: The requirements of the controls.
    link: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
"""

EXAMPLES = r"""
- name: Read the trails of the account
  central_logging.aws.cloudtrail_central_info:
    region: us-east-1
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging

- name: Verify that the account's trail delivers to the central bucket with the central key
  central_logging.aws.cloudtrail_central_info:
    region: us-east-1
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging
    trail_name: sectrailprod
    bucket: secprod-multiaccount-logs
    kms_key: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
  register: trails
  failed_when: trails.findings | selectattr('status', 'equalto', 'failed') | length > 0
"""

RETURN = r"""
trails:
  description: The trails that record the account.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The trail's name.
      type: str
    arn:
      description: The trail's ARN.
      type: str
    home_region:
      description: The Region in which the trail was created and can be changed.
      type: str
    owner:
      description: The account that owns the trail.
      type: str
    relation:
      description:
        - V(own) for a trail of the account in this Region, V(shadow) for one whose home is another Region, V(organization)
          for a trail of another account.
      type: str
    readable:
      description: Whether event selectors, Insights and tags could be read.
      type: bool
    unreadable_because:
      description: Why they could not be read. Empty if they could.
      type: str
    logging:
      description: Whether the trail is logging. Null if the status could not be read.
      type: bool
    logging_since:
      description: When the trail last started logging. Null if it never did.
      type: str
    stopped_at:
      description: When the trail last stopped logging. Null if it never did.
      type: str
    latest_delivery:
      description: The last delivery of log files. Null for none.
      type: str
    latest_digest_delivery:
      description: The last delivery of a digest file. Null for none.
      type: str
    latest_cloudwatch_logs_delivery:
      description: The last delivery to CloudWatch Logs. Null for none.
      type: str
    latest_notification:
      description: The last notification to SNS. Null for none.
      type: str
    errors:
      description: The current delivery errors. Empty for a trail that is not logging.
      type: list
      elements: dict
      contains:
        kind:
          description: V(delivery_error), V(digest_error), V(cloudwatch_logs_error) or V(notification_error).
          type: str
        error:
          description: The error as AWS returns it.
          type: str
        message:
          description: The meaning of the error.
          type: str
        remediation:
          description: What to do.
          type: str
        since:
          description: The time of the last success. Null if there was none.
          type: str
    bucket:
      description: The bucket that receives the logs.
      type: str
    key_prefix:
      description: The prefix of the logs in the bucket. Empty for none.
      type: str
    kms_key:
      description: The ARN of the key. Empty for none.
      type: str
    sns_topic:
      description: The ARN of the topic that is notified. Empty for none.
      type: str
    multi_region:
      description: Whether all Regions are recorded.
      type: bool
    include_global_service_events:
      description: Whether the events of global services are recorded.
      type: bool
    log_file_validation:
      description: Whether digests are delivered.
      type: bool
    is_organization_trail:
      description: Whether all accounts of the organization are recorded.
      type: bool
    cloudwatch_logs_group_arn:
      description: The log group that receives events. Empty for none.
      type: str
    cloudwatch_logs_role_arn:
      description: The role that CloudTrail assumes to write to the log group. Empty for none.
      type: str
    recursive_logging:
      description:
        - Whether the trail records its own deliveries, if its event selectors include them. It does unless this is V(false).
        - Null if AWS or botocore does not return it. Botocore returns it from version 1.43.90.
      type: bool
    event_selectors:
      description: The recorded events, as advanced event selectors. Null if they could not be read.
      type: list
      elements: dict
    insights:
      description: The Insights types that are recorded. Null if they could not be read.
      type: list
      elements: str
    tags:
      description: The tags. Null if they could not be read.
      type: dict
last_changed:
  description:
    - The last successful call of UpdateTrail in O(change_period) that set bucket, prefix, key, log file validation or Regions of
      O(trail_name). CloudTrail delivers the first files to a new place after this time. A call that set the same value as before
      is left out if the event history shows it.
    - Null if there was none, if the event history cannot be read, or for an organization trail of another account without
      O(owner_role_arn). AWS accepts two calls of C(LookupEvents) per second, account and Region.
  returned: success
  type: dict
  contains:
    time:
      description: The time of the event, in UTC.
      type: str
      sample: "2026-11-25T14:00:00Z"
    settings:
      description: What was set, V(bucket), V(key_prefix), V(kms_key), V(log_file_validation) or V(multi_region).
      type: list
      elements: str
last_moved:
  description: The same as RV(last_changed), without calls that set only the key. CloudTrail delivers on after such a call. Null
    if there was none.
  returned: success
  type: dict
  contains:
    time:
      description: The time of the event, in UTC.
      type: str
      sample: "2026-11-25T14:00:00Z"
    settings:
      description: What was set, V(bucket), V(key_prefix), V(log_file_validation) or V(multi_region).
      type: list
      elements: str
interruptions:
  description:
    - The times of O(change_period) in which O(trail_name) did not deliver digests to O(bucket) and O(key_prefix), although it did
      before. The default of O(bucket) and O(key_prefix) is where the trail delivers now.
    - They are found in the successful calls of StopLogging, DeleteTrail and UpdateTrail in the event history. If that cannot be
      read, only the last stop is returned, which C(GetTrailStatus) shows.
    - A trail without an interruption has digests of the whole time, so that nobody can delete them and begin a new chain.
  returned: success
  type: list
  elements: dict
  contains:
    since:
      description: When the trail had begun to deliver there. Null if the event history does not show it.
      type: str
    begin:
      description: When the interruption began, in UTC.
      type: str
      sample: "2026-11-25T13:00:00Z"
    end:
      description: When the trail delivered again. Null if it does not yet.
      type: str
      sample: "2026-11-25T14:00:00Z"
    event:
      description: The call that began the interruption.
      type: str
      sample: StopLogging
    certain:
      description: Whether it is known that the trail delivered digests there before. If not, it may have delivered to another
        place, or without log file validation.
      type: bool
    place_known:
      description: Whether it is known to which bucket and prefix the trail delivered before. It is not if the event history shows
        only the call that set them.
      type: bool
    everywhere:
      description: Whether all Regions were interrupted. If V(false), the home Region was not.
      type: bool
duplicates:
  description: Events that several logging trails record in the same Region.
  returned: success
  type: list
  elements: dict
  contains:
    event_category:
      description: The category of the events, such as V(Management) or V(Data).
      type: str
    resource_type:
      description: The type of resource, such as C(AWS::S3::Object). Empty for management events.
      type: str
    access:
      description: V(read), V(write) or both.
      type: list
      elements: str
    regions:
      description: The Regions, or V(all).
      type: list
      elements: str
    trails:
      description: The ARNs of the trails.
      type: list
      elements: str
    free_copies:
      description: The number of free copies. One for management events, otherwise none.
      type: int
    paid_copies:
      description: The maximum number of copies that AWS charges.
      type: int
    certain:
      description: False if the selectors of one of the trails could not be read.
      type: bool
    message:
      description: A sentence about the duplicate and its cost.
      type: str
controls:
  description: The controls of AWS Security Hub, and one rule of AWS Config, about trails.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The control's id.
      type: str
      sample: CloudTrail.1
    title:
      description: The requirement, in the words of this collection.
      type: str
    status:
      description: V(passed), V(failed) or V(not_checked).
      type: str
    message:
      description: The reason for the status.
      type: str
findings:
  description: What is wrong or worth knowing.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      type: str
    region:
      description: The Region. Empty if the finding is not about a single Region.
      type: str
    check:
      description: V(trail), V(cost) or V(controls).
      type: str
    kind:
      description:
        - For V(trail), one of V(missing), V(not_logging), V(other_bucket), V(other_prefix), V(other_key), V(not_encrypted),
          V(single_region), V(no_global_events), V(no_validation), V(narrowed_selectors), V(narrowed_insights),
          V(events_not_checked), V(history_not_checked), V(elsewhere), V(delivery_error), V(digest_error), V(cloudwatch_logs_error) and
          V(notification_error).
        - For V(cost), V(duplicate) and V(recursive). For V(controls), V(control).
      type: str
    resource:
      description: The ARN or name of the trail, or the id of the control.
      type: str
    status:
      description:
        - V(failed), V(not_checked) or V(info). Controls that are not met and duplicate costs have the status V(info).
      type: str
    message:
      description: What was found.
      type: str
    remediation:
      description: What to do.
      type: str
    since:
      description: The time since when, in UTC. Empty if it is not known.
      type: str
    cause:
      description:
        - Findings with the same cause are one problem. Empty if the cause is not known.
        - One of V(trail_missing), V(not_logging), V(key_disabled), V(key_pending_deletion), V(key_missing) and
          V(bucket_missing).
      type: str
"""

from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import InfoOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run
from ansible_collections.central_logging.aws.plugins.module_utils._trail.argument_spec import EVENT_SPEC
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.report import TrailsReport

ARGUMENT_SPEC = {
    "trail_name": {"type": "str"},
    "bucket": {"type": "str"},
    "key_prefix": {"type": "str", "no_log": False},
    "kms_key": {"type": "str", "no_log": False},
    "compare_events": {"type": "bool", "default": True},
    **EVENT_SPEC,
    "owner_role_arn": {"type": "str"},
    "owner_external_id": {"type": "str", "no_log": False},
    "history_roles": {
        "type": "list",
        "elements": "dict",
        "options": {"role_arn": {"type": "str", "required": True}, "external_id": {"type": "str", "no_log": False}},
    },
    "change_period": {"type": "int", "default": 7776000},
}

OPERATION = InfoOperation(query=TrailsReport, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
