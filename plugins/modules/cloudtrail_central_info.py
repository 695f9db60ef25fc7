#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_central_info
version_added: 0.1.0
short_description: Shows the trails that act in an account, their errors, their double costs and the controls they meet
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Reads the trails that act in an account, with their delivery errors, event selectors, Insights and tags. These are its
    own trails, those of other Regions, and organization trails of other accounts.
  - Says which events several trails record, so that they are paid more than once, and which controls of AWS Security Hub
    the trails meet.
  - With O(trail_name) it also says where that trail is not as expected.
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
      - The trail that is expected in the account. It has to log, to record all Regions and to write digests; the next
        options say what else. Findings about other trails are then only noted.
      - Left out, nothing is expected, and the module only shows what is there.
    type: str
  bucket:
    description: The bucket that O(trail_name) has to deliver to. Trails that deliver elsewhere are noted.
    type: str
  key_prefix:
    description: The prefix that O(trail_name) has to deliver under. An empty one means none.
    type: str
  kms_key:
    description: The ARN or id of the key that O(trail_name) has to encrypt with. Aliases cannot be compared.
    type: str
notes:
  - Status and delivery errors are those of the trail's home Region. CloudTrail tells them for one Region at a time.
  - CloudTrail shows event selectors, Insights and tags of an organization trail only to the account that owns it. For
    other accounts RV(trails[].readable) is false, and RV(trails[].unreadable_because) says why.
  - "The calls that one run makes: C(ListTrails) and C(DescribeTrails), once more C(DescribeTrails) where a trail of another
    Region has no shadow in this one, C(ListTags) for each home Region, C(GetTrailStatus) for each trail,
    C(GetEventSelectors) for each trail of the account, and C(GetInsightSelectors) where it has Insights."
  - Whether the bucket's name still belongs to the log-archive account cannot be seen from a member account. The modules
    that run in the log-archive account insist on the owner.
  - The verdicts on controls follow AWS's documentation, and were B(not compared with those of a live Security Hub).
    Nothing was found about CloudTrail.10, and whether S3.22 and S3.23 accept a trail that leaves out the log bucket.
  - "Permissions needed: C(cloudtrail:DescribeTrails), C(cloudtrail:GetEventSelectors), C(cloudtrail:GetInsightSelectors),
    C(cloudtrail:GetTrailStatus), C(cloudtrail:ListTags) and C(cloudtrail:ListTrails)."
seealso:
  - module: central_logging.aws.cloudtrail_central
  - module: central_logging.aws.log_archive_access_info
  - name: Security Hub controls for CloudTrail
    description: What the controls ask for.
    link: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
"""

EXAMPLES = r"""
- name: Show the trails of the account
  central_logging.aws.cloudtrail_central_info:
    region: us-east-1

- name: Prove that the account's trail logs, to the central bucket and with the central key
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
  description: The trails that act in the account.
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
      description: The Region in which the trail was made and can be changed.
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
      description: Why they could not be read. Empty where they could.
      type: str
    logging:
      description: Whether the trail logs. Null where that could not be read.
      type: bool
    logging_since:
      description: When it started to log the last time. Null where it never did.
      type: str
    stopped_at:
      description: When it stopped the last time. Null where it never did.
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
      description: What fails at present. The last error of a trail that is stopped is not repeated.
      type: list
      elements: dict
      contains:
        kind:
          description: V(delivery_error), V(digest_error), V(cloudwatch_logs_error) or V(notification_error).
          type: str
        error:
          description: AWS's own words.
          type: str
        message:
          description: What it means.
          type: str
        remediation:
          description: What to do.
          type: str
        since:
          description: The last success. Null where there was none yet.
          type: str
    bucket:
      description: The bucket that it delivers to.
      type: str
    key_prefix:
      description: The prefix of its objects. Empty for none.
      type: str
    kms_key:
      description: The ARN of the key that it encrypts with. Empty for none.
      type: str
    sns_topic:
      description: The ARN of the topic that it notifies. Empty for none.
      type: str
    multi_region:
      description: Whether it records all Regions.
      type: bool
    include_global_service_events:
      description: Whether it records the events of global services.
      type: bool
    log_file_validation:
      description: Whether it writes digests.
      type: bool
    is_organization_trail:
      description: Whether it records all accounts of the organization.
      type: bool
    cloudwatch_logs_group_arn:
      description: The log group that it sends to. Empty for none.
      type: str
    cloudwatch_logs_role_arn:
      description: The role with which it sends there. Empty for none.
      type: str
    event_selectors:
      description: What it records, in the form of advanced event selectors. Null where that could not be read.
      type: list
      elements: dict
    insights:
      description: The types of Insights that it has. Null where they could not be read.
      type: list
      elements: str
    tags:
      description: Its tags. Null where they could not be read.
      type: dict
duplicates:
  description: Events that several logging trails record in the same Region.
  returned: success
  type: list
  elements: dict
  contains:
    event_category:
      description: Such as V(Management) or V(Data).
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
      description: How many of the copies are free. It is one of management events and none of others.
      type: int
    paid_copies:
      description: How many are charged, at most.
      type: int
    certain:
      description: False where what one of the trails records could not be read.
      type: bool
    message:
      description: The same as a sentence.
      type: str
controls:
  description: The controls of AWS Security Hub, and one rule of AWS Config, that concern trails.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The control's id.
      type: str
      sample: CloudTrail.1
    title:
      description: What it asks for, in our words.
      type: str
    status:
      description: V(passed), V(failed) or V(not_checked).
      type: str
    message:
      description: Why.
      type: str
findings:
  description: What is wrong, or worth knowing.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      type: str
    region:
      description: The Region. Empty where it concerns no single one.
      type: str
    check:
      description: V(trail), V(cost) or V(controls).
      type: str
    kind:
      description:
        - For V(trail), one of V(missing), V(not_logging), V(other_bucket), V(other_prefix), V(other_key), V(not_encrypted),
          V(single_region), V(no_validation), V(elsewhere), V(delivery_error), V(digest_error), V(cloudwatch_logs_error) and
          V(notification_error).
        - For V(cost), V(duplicate). For V(controls), V(control).
      type: str
    resource:
      description: The trail, or the control's id.
      type: str
    status:
      description: V(failed) or V(info). A control that is not met, or what is paid twice, is noted.
      type: str
    message:
      description: What was found.
      type: str
    remediation:
      description: What to do.
      type: str
    since:
      description: Since when, in UTC. Empty where that is not known.
      type: str
"""

from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import InfoOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.report import TrailsReport

ARGUMENT_SPEC = {
    "trail_name": {"type": "str"},
    "bucket": {"type": "str"},
    "key_prefix": {"type": "str", "no_log": False},
    "kms_key": {"type": "str", "no_log": False},
}

OPERATION = InfoOperation(query=TrailsReport, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
