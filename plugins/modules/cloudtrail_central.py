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
  - An option that is not set leaves the trail's value unchanged. A new trail gets a safe value for each such option. It
    records all Regions, all management events, and all data events of S3 and Lambda, with log file validation.
  - On a trail that was created with the console or another tool, the module changes only what is set.
  - A new trail is logging before its event selectors are set. If a run is interrupted, the next run completes the trail.
    A trail that has never logged is therefore started, unless O(logging=false). If it has CloudTrail's default event
    selectors, it gets those of a new trail. This also applies to a trail that is logging but has not delivered yet, if the
    options create the same trail.
  - A change that would weaken the logging is refused unless O(allow_weaken=true). The module never stops and starts a
    trail to apply a change, because that would break the chain of digests.
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
    description: The name of the trail. The home Region of the trail is O(region).
    type: str
    required: true
  bucket:
    description:
      - The name of the bucket that receives the logs. Required to create a trail.
      - Another bucket than the current one requires O(allow_weaken=true).
    type: str
  key_prefix:
    description:
      - The prefix of the logs in the bucket, without C(AWSLogs/). An empty value removes the prefix.
      - Another prefix than the current one requires O(allow_weaken=true).
    type: str
  kms_key:
    description:
      - The key that encrypts logs and digests, in the Region of the bucket. Use the key's ARN or id, or the name or ARN of
        an alias. Equivalent key identifiers do not cause a change.
      - An empty value removes the key. This, and another key than the current one, require O(allow_weaken=true). To add a
        key to a trail without one does not.
      - For a key of another account, use the ARN of the key itself. The module must look up all other forms, and the other
        account must allow that.
    type: str
  multi_region:
    description: Record all Regions. Enabled for a new trail.
    type: bool
  include_global_service_events:
    description: Record the events of global services such as IAM. Enabled for a new trail. Required if O(multi_region=true).
    type: bool
  log_file_validation:
    description: Deliver signed digests, which reveal any change to the logs. Enabled for a new trail.
    type: bool
  management_events:
    description: The management events to record. V(all) for a new trail. The trail gets one selector for them.
    type: str
    choices: [all, read, write, none]
  exclude_management_event_sources:
    description:
      - Services whose management events are not recorded. CloudTrail can exclude V(kms.amazonaws.com) and
        V(rdsdata.amazonaws.com). An empty list removes all exclusions.
      - With exclusions, controls that require all management events fail, such as those of CIS.
    type: list
    elements: str
  data_events:
    description:
      - The data events to record. A new trail records all except those of the log bucket.
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
      - Exclude the objects of O(bucket) from V(all) data events of S3. Otherwise each delivery in the account that owns the
        bucket is an event, and the delivery of that event is a new event.
      - A trail whose selectors include its own deliveries causes a warning, unless RV(trail.recursive_logging=false), or its
        account is not that of O(log_archive_role_arn).
    type: bool
    default: true
  advanced_event_selectors:
    description:
      - The complete selection, in CloudTrail's own form. Cannot be used with O(management_events),
        O(exclude_management_event_sources) and O(data_events).
      - A selector that a trail cannot have is refused before any call to AWS, also in check mode. Only a C(resources.type)
        that this version of the collection does not know is a warning, because AWS introduces new types.
    type: list
    elements: dict
    suboptions:
      name:
        description: A name for the selector, of at most 1,000 characters.
        type: str
      field_selectors:
        description: The conditions. An event must meet all of them.
        type: list
        elements: dict
        required: true
        suboptions:
          field:
            description:
              - The field of the event record. C(eventCategory) is required, and equals V(Management), V(Data) or
                V(NetworkActivity).
              - Management events also have C(readOnly), and C(eventSource) with the values of
                O(exclude_management_event_sources) in O(advanced_event_selectors[].field_selectors[].not_equals).
              - Data events require C(resources.type), and also have C(readOnly), C(eventName), C(eventSource), C(eventType),
                C(resources.ARN), C(sessionCredentialFromConsole) and C(userIdentity.arn).
              - Network activity events require C(eventSource), and also have C(eventName), C(errorCode), C(userIdentity.arn)
                and C(vpcEndpointId).
            type: str
            required: true
          equals:
            description: The field is one of these. Quote values such as C("true"), which YAML otherwise reads as booleans.
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
    description: The Insights types to record. An empty list removes them, which requires O(allow_weaken=true).
    type: list
    elements: str
    choices: [ApiCallRateInsight, ApiErrorRateInsight]
  cloudwatch_logs_group_arn:
    description:
      - The log group to which the trail also sends events, in the trail's own account and Region.
      - An empty value removes it, which requires O(allow_weaken=true). O(cloudwatch_logs_role_arn) must then also be empty.
    type: str
  cloudwatch_logs_role_arn:
    description: The role that CloudTrail assumes to write to O(cloudwatch_logs_group_arn), in the same account.
    type: str
  sns_topic:
    description:
      - The name or ARN of the topic that is notified of each log file. An empty value removes the topic, which requires
        O(allow_weaken=true).
    type: str
  is_organization_trail:
    description:
      - Record all accounts of the organization. Only possible in the management account or in the account of a delegated
        administrator for CloudTrail. In both cases the trail belongs to the management account, whose id is in its ARN.
      - The policies of bucket and key must allow the trail, see
        O(central_logging.aws.s3_log_bucket_policy#module:organization_trails).
      - CloudTrail must have trusted access to the organization. Only the management account can change an account's trail
        into an organization trail.
    type: bool
  tags:
    description: The tags of the trail. If the option is not set, tags are neither read nor changed.
    type: dict
  purge_tags:
    description: Remove tags that are not listed in O(tags).
    type: bool
    default: true
  logging:
    description:
      - Whether the trail is logging. Enabled for a new trail, and for a trail that has never logged. Stopping a trail
        requires O(allow_weaken=true).
      - A trail that was stopped is started only if this is V(true). If the option is not set, the result has a warning.
    type: bool
  allow_weaken:
    description:
      - Allow a change that weakens the logging, such as fewer events, a single Region, no digests, no KMS key, or a stopped
        trail. Other event selectors that record the same events do not weaken it.
      - Allow another bucket, another prefix or another key than the trail has, and O(state=absent).
      - A trail that has never logged can be changed and deleted without it.
    type: bool
    default: false
  policy_wait:
    description:
      - How many seconds to retry an error that a new policy, role, key or bucket can cause until it is visible everywhere in
        AWS. Assuming O(assume_role_arn) is retried for at most 30 seconds.
      - Without such a change the error is final, and retries only delay it. O(retry_timeout) is for all other errors.
    type: int
    default: 0
  log_archive_role_arn:
    description:
      - A role in the account that owns O(bucket) and O(kms_key). It is used only if CloudTrail refuses the trail. The module
        then reads the two policies and names the statement that does not match.
      - Without this role, the module tries the credentials of the trail's account.
      - The role needs C(s3:GetBucketPolicy) and C(s3:ListBucket) on the bucket and C(kms:GetKeyPolicy) on the key.
    type: str
  log_archive_external_id:
    description: The external id that the trust policy of O(log_archive_role_arn) requires.
    type: str
  replaced_by:
    description:
      - With O(state=absent), the ARN of the trail that records this account instead, such as an organization trail.
      - The trail is deleted only if C(GetTrailStatus) in this account shows that the other trail is logging and has
        delivered without an error. Until then the module fails, also in check mode, and changes nothing.
      - This proof replaces O(allow_weaken=true).
    type: str
  state:
    description:
      - V(absent) deletes the trail, which requires O(replaced_by) or O(allow_weaken=true). Its logs remain in the bucket.
    type: str
    choices: [present, absent]
    default: present
notes:
  - "A run without changes calls C(GetTrail), C(GetEventSelectors) and C(GetTrailStatus). Further calls depend on options:
    C(AssumeRole) on O(assume_role_arn), C(ListTags) on O(tags), and C(GetInsightSelectors) on O(insights)."
  - CloudTrail accepts a trail only if the policies of bucket and key already allow it. Run
    M(central_logging.aws.s3_log_bucket_policy) and M(central_logging.aws.kms_key_grant_accounts) first.
  - "Permissions needed: C(cloudtrail:GetTrail), C(cloudtrail:GetEventSelectors), C(cloudtrail:GetTrailStatus),
    C(cloudtrail:GetInsightSelectors), C(cloudtrail:ListTags), C(cloudtrail:CreateTrail), C(cloudtrail:UpdateTrail),
    C(cloudtrail:PutEventSelectors), C(cloudtrail:PutInsightSelectors), C(cloudtrail:AddTags), C(cloudtrail:RemoveTags),
    C(cloudtrail:StartLogging)."
  - "Permissions needed for some options: C(cloudtrail:StopLogging) and C(cloudtrail:DeleteTrail) to stop and to delete a
    trail; C(iam:PassRole) on O(cloudwatch_logs_role_arn); C(kms:DescribeKey) if O(kms_key) is not the ARN of a key;
    C(organizations:DescribeOrganization) for O(is_organization_trail=true), with C(cloudtrail:DescribeTrails) for a
    delegated administrator, and the permissions that CreateTrail requires for an organization trail."
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - module: central_logging.aws.kms_key_grant_accounts
  - name: CreateTrail
    description: The attributes of a trail in AWS's reference.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
  - name: AdvancedFieldSelector
    description: The fields of event selectors, with their operators and values, in AWS's reference.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
"""

EXAMPLES = r"""
- name: Record everything in this account in the central bucket, encrypted with the central key
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    account_id: "444455556666"
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging
    bucket: secprod-multiaccount-logs
    kms_key: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e

- name: Record the S3 data events of one bucket only
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging
    data_events:
      s3:
        - arn:aws:s3:::customer-documents
      lambda: all
    allow_weaken: true

- name: Configure advanced event selectors
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging
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

- name: Deliver to another bucket with another key
  central_logging.aws.cloudtrail_central:
    name: sectrailprod
    region: us-east-1
    account_id: "444455556666"
    assume_role_arn: arn:aws:iam::444455556666:role/CentralLogging
    bucket: secprod-multiaccount-logs-2
    kms_key: arn:aws:kms:us-east-1:111122223333:key/7b1e5d0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b
    allow_weaken: true

- name: Delete a trail whose account will be closed
  central_logging.aws.cloudtrail_central:
    name: sectraildev
    region: us-east-1
    account_id: "777788889999"
    assume_role_arn: arn:aws:iam::777788889999:role/CentralLogging
    state: absent
    allow_weaken: true

- name: Delete the trail of an account after the organization trail has delivered
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
  description: The trail after the run, or in check mode as it would be. Null if there is none.
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
      description: The bucket that receives the logs.
      type: str
      returned: always
      sample: secprod-multiaccount-logs
    key_prefix:
      description: The prefix of the logs in the bucket. Empty for none.
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
      description: The log group that receives events. Empty for none.
      type: str
      returned: always
    cloudwatch_logs_role_arn:
      description: The role that CloudTrail assumes to write to the log group. Empty for none.
      type: str
      returned: always
    recursive_logging:
      description:
        - Whether the trail records its own deliveries, if its event selectors include them. It does unless this is V(false).
        - Null if AWS or botocore does not return it. Botocore returns it from version 1.43.90.
      type: bool
      returned: always
    logging:
      description: Whether the trail is logging.
      type: bool
      returned: always
    latest_delivery_time:
      description: When a log file was last delivered, according to C(GetTrailStatus) in the home Region. Empty if never.
      type: str
      returned: always
      sample: "2026-11-25T14:05:12+00:00"
    latest_delivery_error:
      description: The error of the latest delivery. Empty if it succeeded.
      type: str
      returned: always
    event_selectors:
      description: The recorded events, as advanced event selectors. Basic selectors are returned as equivalent advanced ones.
      type: list
      elements: dict
      returned: always
    insights:
      description: The Insights types that are recorded.
      type: list
      elements: str
      returned: if O(insights) is set
    tags:
      description: The tags.
      type: dict
      returned: if O(tags) is set
plan:
  description: A summary of each call that changes AWS. In check mode, of each call that a run would send.
  returned: success
  type: list
  elements: str
  sample:
    - "trail sectrailprod: create, delivering to secprod-multiaccount-logs"
    - "trail sectrailprod: start logging"
    - "trail sectrailprod: put event selectors"
"""

from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import StateOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run
from ansible_collections.central_logging.aws.plugins.module_utils._trail.argument_spec import EVENT_SPEC
from ansible_collections.central_logging.aws.plugins.module_utils._trail.resource import TrailResource

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "bucket": {"type": "str"},
    "key_prefix": {"type": "str", "no_log": False},
    "kms_key": {"type": "str", "no_log": False},
    "multi_region": {"type": "bool"},
    "include_global_service_events": {"type": "bool"},
    "log_file_validation": {"type": "bool"},
    "exclude_log_bucket": {"type": "bool", "default": True},
    **EVENT_SPEC,
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

OPERATION = StateOperation(resource=TrailResource, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
