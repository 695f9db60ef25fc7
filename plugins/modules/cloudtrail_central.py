#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_central
version_added: 0.1.0
short_description: A CloudTrail trail that delivers to a central bucket, encrypted with a central key
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Creates, changes and deletes one trail, together with its event selectors, Insights, tags and logging state.
  - An option that is left out is not touched. On a trail that does not exist yet, what is left out gets its safe value; all
    Regions, log file validation, all management events, all data events of S3 and Lambda, logging on.
  - A trail made by others, with the console or another tool, is taken over in what is mentioned and keeps the rest.
  - What would weaken the logging is refused unless O(allow_weaken=true). Nothing is ever stopped and started again to
    apply a change, because that would break the chain of digests.
extends_documentation_fragment:
  - central_logging.aws._attributes
  - central_logging.aws._attributes.action_group
  - central_logging.aws._accounts
  - central_logging.aws._accounts.preview
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  name:
    description: The name of the trail. The Region that the module runs in is, or becomes, its home Region.
    type: str
    required: true
  bucket:
    description: The name of the bucket that logs are delivered to. Needed to create a trail.
    type: str
  key_prefix:
    description: The prefix of the logs in the bucket, without C(AWSLogs/). Empty for none.
    type: str
  kms_key:
    description:
      - The key that logs and digests are encrypted with, in the Region of the bucket; its ARN or id, or an alias's name or
        ARN. No spelling is a change. Empty removes it, which needs O(allow_weaken=true).
      - A key of another account is best given by the ARN of the key itself; all other forms have to be looked up, which the
        other account has to allow.
    type: str
  multi_region:
    description: Record all Regions. On for a new trail.
    type: bool
  include_global_service_events:
    description: Record the events of global services such as IAM. On for a new trail, and needed with all Regions.
    type: bool
  log_file_validation:
    description: Deliver signed digests, by which tampering shows. On for a new trail.
    type: bool
  management_events:
    description: Which management events are recorded. V(all) for a new trail. There is one selector for them.
    type: str
    choices: [all, read, write, none]
  exclude_management_event_sources:
    description:
      - Services whose management events are left out, such as C(kms.amazonaws.com). An empty list leaves none out.
      - Controls that ask for all management events, such as those of CIS, then fail.
    type: list
    elements: str
  data_events:
    description:
      - Which data events are recorded. On a new trail all, but for the objects of the log bucket.
    type: dict
    suboptions:
      s3:
        description:
          - V(all), V(off), or ARNs of buckets (C(arn:aws:s3:::bucket)) or of prefixes in them (C(arn:aws:s3:::bucket/prefix)).
        type: list
        elements: str
      lambda:
        description: V(all), V(off), or ARNs of functions.
        type: list
        elements: str
  exclude_log_bucket:
    description:
      - Leave the objects of O(bucket) out of V(all) data events of S3. In the account that owns the bucket each delivery
        would otherwise be an event, which is delivered and so is an event again.
    type: bool
    default: true
  advanced_event_selectors:
    description:
      - The whole selection in CloudTrail's own form. Excludes O(management_events), O(exclude_management_event_sources) and
        O(data_events).
    type: list
    elements: dict
    suboptions:
      name:
        description: A name for the selector.
        type: str
      field_selectors:
        description: The conditions, all of which an event has to meet.
        type: list
        elements: dict
        required: true
        suboptions:
          field:
            description: The field of the event record, such as C(eventCategory), C(readOnly) or C(resources.ARN).
            type: str
            required: true
          equals:
            description: The field is one of these.
            type: list
            elements: str
          starts_with:
            description: The field starts with one of these.
            type: list
            elements: str
          ends_with:
            description: The field ends with one of these.
            type: list
            elements: str
          not_equals:
            description: The field is none of these.
            type: list
            elements: str
          not_starts_with:
            description: The field starts with none of these.
            type: list
            elements: str
          not_ends_with:
            description: The field ends with none of these.
            type: list
            elements: str
  insights:
    description: The Insights types that are recorded. An empty list removes them, which needs O(allow_weaken=true).
    type: list
    elements: str
    choices: [ApiCallRateInsight, ApiErrorRateInsight]
  cloudwatch_logs_group_arn:
    description:
      - The log group, in the trail's own account and Region, that events are sent to as well.
      - Empty, together with O(cloudwatch_logs_role_arn), removes it, which needs O(allow_weaken=true).
    type: str
  cloudwatch_logs_role_arn:
    description: The role of the same account by which CloudTrail writes to O(cloudwatch_logs_group_arn).
    type: str
  sns_topic:
    description:
      - Name or ARN of the topic that is told of each log file. Empty removes it, which needs O(allow_weaken=true).
    type: str
  is_organization_trail:
    description:
      - Record all accounts of the organization. Only in its management account or in that of a delegated administrator
        for CloudTrail. The trail belongs to the management account in either case, and its id is in the ARN.
      - The policies of bucket and key have to admit it, see O(central_logging.aws.s3_log_bucket_policy#module:organization_trails).
      - CloudTrail has to have trusted access to the organization. To turn the trail of an account into one of the
        organization is possible in the management account only.
    type: bool
  tags:
    description: The tags of the trail. Left out, they are neither read nor changed.
    type: dict
  purge_tags:
    description: Take O(tags) as the complete list, so that all others are removed.
    type: bool
    default: true
  logging:
    description: Whether the trail is logging. On for a new trail. To stop one needs O(allow_weaken=true).
    type: bool
  allow_weaken:
    description:
      - Accept a change that takes something away from the logging, such as recording fewer events, a single Region only, no
        digests or no KMS key, or stopping.
    type: bool
    default: false
  policy_wait:
    description:
      - Seconds for which a refusal is tried again that may come from a policy, role or key written a moment ago and not
        visible everywhere yet. Without such a change it is final, and waiting would only delay the error.
    type: int
    default: 0
  log_archive_role_arn:
    description:
      - A role in the account that owns O(bucket) and O(kms_key). It is used only when CloudTrail has refused the trail, to
        read the two policies and to name the statement that does not match.
      - Without it the credentials of the trail's account are tried.
      - It needs C(s3:GetBucketPolicy) and C(s3:ListBucket) on the bucket and C(kms:GetKeyPolicy) on the key.
    type: str
  log_archive_external_id:
    description: The external id that the trust policy of O(log_archive_role_arn) asks for.
    type: str
  replaced_by:
    description:
      - With O(state=absent), the ARN of the trail that records this account instead, such as that of its organization.
      - The trail is deleted only once that one is logging and has delivered without an error, as C(GetTrailStatus) tells in
        this account. Until then the module fails, in check mode too, and nothing is changed.
    type: str
  state:
    description: V(absent) deletes the trail. The logs that it has delivered stay.
    type: str
    choices: [present, absent]
    default: present
notes:
  - A run that finds everything as it should be sends C(GetTrail), C(GetEventSelectors) and C(GetTrailStatus), after
    C(AssumeRole) where a role is given; C(ListTags) and C(GetInsightSelectors) only where O(tags) and O(insights) are given.
  - CloudTrail accepts a trail only when the policies of bucket and key already admit it. Run
    M(central_logging.aws.s3_log_bucket_policy) and M(central_logging.aws.kms_key_grant_accounts) first.
  - "Permissions needed: C(cloudtrail:GetTrail), C(cloudtrail:GetEventSelectors), C(cloudtrail:GetTrailStatus),
    C(cloudtrail:GetInsightSelectors), C(cloudtrail:ListTags), C(cloudtrail:CreateTrail), C(cloudtrail:UpdateTrail),
    C(cloudtrail:PutEventSelectors), C(cloudtrail:PutInsightSelectors), C(cloudtrail:AddTags), C(cloudtrail:RemoveTags),
    C(cloudtrail:StartLogging); C(cloudtrail:StopLogging) and C(cloudtrail:DeleteTrail) only to stop and to delete;
    C(iam:PassRole) on O(cloudwatch_logs_role_arn); C(kms:DescribeKey) where O(kms_key) is not the ARN of a
    key; C(organizations:DescribeOrganization) for O(is_organization_trail=true), with C(cloudtrail:DescribeTrails) from a
    delegated administrator, and those that CreateTrail then asks for itself."
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - module: central_logging.aws.kms_key_grant_accounts
  - name: CreateTrail
    description: The trail's attributes in AWS's own words.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
"""

EXAMPLES = r"""
- name: Record everything in this account, into the central bucket, encrypted with the central key
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    account_id: "444455556666"
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging
    bucket: secprod-multiaccount-logs
    kms_key: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e

- name: Record the data events of one bucket only, which is less than all
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    data_events:
      s3:
        - arn:aws:s3:::customer-documents
      lambda: all
    allow_weaken: true

- name: Use CloudTrail's own form of selectors
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    bucket: secprod-multiaccount-logs
    advanced_event_selectors:
      - name: Management events selector
        field_selectors:
          - field: eventCategory
            equals: [Management]
      - name: Writes to tables
        field_selectors:
          - field: eventCategory
            equals: [Data]
          - field: resources.type
            equals: [AWS::DynamoDB::Table]
          - field: readOnly
            equals: ["false"]

- name: Record the whole organization, from its management account or a delegated administrator
  central_logging.aws.cloudtrail_central:
    name: OrganizationTrail
    region: us-east-1
    account_id: "222233334444"
    assume_role_arn: arn:aws:iam::222233334444:role/CentralLogging
    bucket: secprod-multiaccount-logs
    kms_key: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
    is_organization_trail: true

- name: Delete the trail of an account once the organization's delivers in its place
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    account_id: "444455556666"
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging
    replaced_by: arn:aws:cloudtrail:us-east-1:222233334444:trail/OrganizationTrail
    state: absent
"""

RETURN = r"""
trail:
  description: The trail as it is, or in check mode would be. Null where there is none.
  returned: success
  type: dict
  contains:
    name:
      description: The name.
      type: str
      returned: always
      sample: sectrailprod
    arn:
      description: The ARN. Empty in check mode for a trail that would be created.
      type: str
      returned: always
      sample: arn:aws:cloudtrail:us-east-1:444455556666:trail/sectrailprod
    home_region:
      description: The Region in which the trail can be changed.
      type: str
      returned: always
      sample: us-east-1
    bucket:
      description: The bucket that logs are delivered to.
      type: str
      returned: always
      sample: secprod-multiaccount-logs
    key_prefix:
      description: The prefix of the logs in the bucket.
      type: str
      returned: always
    kms_key:
      description: The ARN of the key. Empty for none.
      type: str
      returned: always
    sns_topic:
      description: The ARN of the topic that is notified. Empty for none.
      type: str
      returned: always
    multi_region:
      description: Whether all Regions are recorded.
      type: bool
      returned: always
    include_global_service_events:
      description: Whether the events of global services are recorded.
      type: bool
      returned: always
    log_file_validation:
      description: Whether digests are delivered.
      type: bool
      returned: always
    is_organization_trail:
      description: Whether all accounts of the organization are recorded.
      type: bool
      returned: always
    cloudwatch_logs_group_arn:
      description: The log group that events are sent to. Empty for none.
      type: str
      returned: always
    cloudwatch_logs_role_arn:
      description: The role by which CloudTrail writes to the log group. Empty for none.
      type: str
      returned: always
    logging:
      description: Whether the trail is logging.
      type: bool
      returned: always
    latest_delivery_time:
      description: When a log file was last delivered, as C(GetTrailStatus) tells in the home Region. Empty if never.
      type: str
      returned: always
      sample: "2026-11-25T14:05:12+00:00"
    latest_delivery_error:
      description: The error of the latest delivery. Empty for none.
      type: str
      returned: always
    event_selectors:
      description: What is recorded, as advanced event selectors. Basic ones are shown as advanced ones of the same meaning.
      type: list
      elements: dict
      returned: always
    insights:
      description: The Insights types that are recorded.
      type: list
      elements: str
      returned: when O(insights) is given
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
plan:
  description: The writing calls that were sent, or in check mode would be sent, in words.
  returned: success
  type: list
  elements: str
  sample: ["trail sectrailprod: create, delivering to secprod-multiaccount-logs", "trail sectrailprod: start logging"]
"""

from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run
from ansible_collections.central_logging.aws.plugins.module_utils._trail.resource import TrailResource

_STRINGS = {"type": "list", "elements": "str"}
_FIELD_SELECTOR = {
    "field": {"type": "str", "required": True},
    "equals": _STRINGS,
    "starts_with": _STRINGS,
    "ends_with": _STRINGS,
    "not_equals": _STRINGS,
    "not_starts_with": _STRINGS,
    "not_ends_with": _STRINGS,
}
_SELECTOR = {
    "name": {"type": "str"},
    "field_selectors": {"type": "list", "elements": "dict", "required": True, "options": _FIELD_SELECTOR},
}
ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "bucket": {"type": "str"},
    "key_prefix": {"type": "str", "no_log": False},
    "kms_key": {"type": "str", "no_log": False},
    "multi_region": {"type": "bool"},
    "include_global_service_events": {"type": "bool"},
    "log_file_validation": {"type": "bool"},
    "management_events": {"type": "str", "choices": ["all", "read", "write", "none"]},
    "exclude_management_event_sources": _STRINGS,
    "data_events": {"type": "dict", "options": {"s3": _STRINGS, "lambda": _STRINGS}},
    "exclude_log_bucket": {"type": "bool", "default": True},
    "advanced_event_selectors": {"type": "list", "elements": "dict", "options": _SELECTOR},
    "insights": {**_STRINGS, "choices": ["ApiCallRateInsight", "ApiErrorRateInsight"]},
    "cloudwatch_logs_group_arn": {"type": "str"},
    "cloudwatch_logs_role_arn": {"type": "str"},
    "sns_topic": {"type": "str"},
    "is_organization_trail": {"type": "bool"},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
    "logging": {"type": "bool"},
    "allow_weaken": {"type": "bool", "default": False},
    "policy_wait": {"type": "int", "default": 0},
    "log_archive_role_arn": {"type": "str"},
    "log_archive_external_id": {"type": "str", "no_log": False},
    "replaced_by": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(TrailResource, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
