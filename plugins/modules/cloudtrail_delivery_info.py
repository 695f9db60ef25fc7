#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_delivery_info
version_added: 0.1.0
short_description: Reports whether the logs of every account are delivered, and how they are encrypted
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Finds the newest log file and the newest digest of each account and Region in the log bucket. Returns their age, their
    encryption and the ARN of their key, and compares them with what is expected.
  - Reports expected accounts that deliver nothing, and accounts in the bucket that are not expected.
  - Never lists all objects of an account. An account and Region costs 4 requests to S3 if logs are delivered (two listings and
    two C(HeadObject), of which O(newest) saves up to two), and at most 15 if deliveries have stopped. One more request is needed
    for each further 1,000 objects of the last minutes or of the newest day. An account costs 2 more requests, or up to 4 with
    O(organization_id). An account that is not expected costs 1. RV(requests) is their number.
  - Run it with credentials of the log-archive account, which owns the bucket. It reads no contents of objects, so it does not need
    C(kms:Decrypt).
extends_documentation_fragment:
  - central_logging.aws._attributes
  - central_logging.aws._attributes.info
  - central_logging.aws._attributes.action_group
  - central_logging.aws._accounts
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  bucket:
    description: The log bucket.
    type: str
    required: true
  key_prefix:
    description: The prefix before C(AWSLogs/).
    type: str
  organization_id:
    description:
      - The organization whose trail delivers to the bucket, below C(AWSLogs/<organization id>/).
      - Accounts are then searched there and directly below C(AWSLogs/). The newest object of both counts.
    type: str
  accounts:
    description:
      - The accounts that are expected to deliver, as M(central_logging.aws.account_inventory) returns them.
      - The default is all accounts in the bucket. No account is then silent or unexpected.
    type: list
    elements: dict
    suboptions:
      id:
        description: The account ID, 12 digits in quotes.
        type: str
        required: true
      trail_name:
        description:
          - The name of the account's trail. Digests of other trails in the same folder then do not count.
          - The name of a log file does not contain the trail, so the newest log file may belong to any trail. Digests of an
            organization trail count, whatever its name.
        type: str
      region:
        description: The home Region of that trail. Digests of a trail with another home Region then do not count.
        type: str
      logging_since:
        description:
          - The time of the last start or change of the trail, for example 2026-11-25T14:00:00Z. A start is C(StartLoggingTime) of
            C(GetTrailStatus). A change is another bucket, prefix, key or log file validation, or other Regions.
          - Until O(first_delivery_timeout) has passed since then, a missing delivery is V(waiting) and not V(failed).
          - A digest of the trail that is in the bucket, older than this time and older than O(max_digest_age), is V(failed). The
            trail delivered here before, and stopped.
        type: str
      delivering_since:
        description:
          - The same as O(accounts[].logging_since), without changes that do not stop the delivery, such as another key. It decides
            how long a missing delivery is V(waiting). Empty if the trail has delivered before, so that nothing is waited for.
          - The default is O(accounts[].logging_since).
        type: str
      change:
        description: "What happened to the trail at that time, for messages, for example C(was changed: key_prefix)."
        type: str
      logging:
        description: C(IsLogging) of C(GetTrailStatus). If it is V(false), findings name the stopped trail as their cause.
        type: bool
      log_file_validation:
        description: Whether log file validation of the trail is on. If it is set, a finding about missing digests names the cause.
        type: bool
  regions:
    description:
      - The Regions that must have activity in every account, which is a log file that is not older than O(max_log_age).
      - Other Regions in the bucket are reported too, but old deliveries there are not failures.
      - By default, every Region in the bucket must have digests, and Regions without activity need no log files.
      - CloudTrail records the events of global services, such as IAM, in C(us-east-1). Add that Region to the list.
    type: list
    elements: str
  kms_key:
    description:
      - The ARN of the key that everything must be encrypted with.
      - By default, or if it is empty, the encryption is reported and not compared.
      - CloudTrail encrypts digests with the key since May 2025. Older digests are not compared.
    type: str
  max_log_age:
    description:
      - The maximum age of the newest log file in seconds, in O(regions) and in Regions without digests.
      - CloudTrail delivers log files within about 5 minutes on average, and none if there are no events.
    type: int
    default: 86400
  max_digest_age:
    description:
      - The maximum number of seconds since the end of the newest digest.
      - CloudTrail delivers a digest for every hour, also if there are no events. With the default, two digests may be late.
    type: int
    default: 10800
  first_delivery_timeout:
    description: The number of seconds in which an account must make its first delivery. See O(accounts[].logging_since).
    type: int
    default: 7200
  newest:
    description:
      - RV(central_logging.aws.cloudtrail_integrity_info#module:regions) of a run of
        M(central_logging.aws.cloudtrail_integrity_info) just before. It has read most of the newest objects.
      - The encryption of these objects is taken from there, and not requested again. Everything is listed in any case, so nothing
        counts as delivered only because it is in O(newest).
      - An object that was written again since then is requested.
      - The run must have read the same O(bucket).
    type: list
    elements: dict
notes:
  - "Permissions needed: C(s3:ListBucket) on the bucket and C(s3:GetObject) on its objects. The role C(LogReader) in the examples
    has the permissions in C(docs/iam/auditor-permissions.json)."
  - Ages are computed with the clock of S3 and the times in the names of the objects. These are the delivery of a log file, and the
    end of the hour of a digest. An object does not count if its name is more than 5 minutes ahead of C(LastModified).
  - If S3 does not list or return something of one account and Region, for example because it limits the requests, that is a
    finding, and the rest is checked.
  - It does not validate that the delivered files are complete and unchanged. See
    M(central_logging.aws.cloudtrail_integrity_info).
seealso:
  - module: central_logging.aws.account_inventory
  - module: central_logging.aws.kms_key_grant_accounts
  - name: CloudTrail log file names
    description: The folders and names of log files.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

EXAMPLES = r"""
- name: Report the deliveries of all accounts in the bucket
  central_logging.aws.cloudtrail_delivery_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
  register: delivery

- name: Compare the deliveries of two accounts with what is expected, one of them with a new trail
  central_logging.aws.cloudtrail_delivery_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
    accounts:
      - {id: "111122223333", trail_name: SecurityTrailMaster}
      - {id: "444455556666", trail_name: sectrailprod, logging_since: "2026-11-25T14:00:00Z"}
    regions: [us-east-1]
    kms_key: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
  register: delivery

- name: Validate the last 24 hours
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
  register: integrity

- name: Report the deliveries, with the encryption that the validation has read
  central_logging.aws.cloudtrail_delivery_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
    newest: "{{ integrity.regions }}"
  register: delivery

- name: Fail if an account does not deliver, or not with the key
  ansible.builtin.assert:
    that: delivery.findings | selectattr("status", "eq", "failed") | length == 0
    fail_msg: "{{ delivery.findings | selectattr('status', 'eq', 'failed') | map(attribute='message') | join(' ') }}"
"""

RETURN = r"""
checked_at:
  description: The time by the clock of S3.
  returned: success
  type: str
  sample: "2026-11-25T14:00:00Z"
deliveries:
  description: The newest objects of each expected account and Region, sorted by account and Region.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account ID.
      type: str
      returned: always
      sample: "444455556666"
    region:
      description: The Region.
      type: str
      returned: always
      sample: us-east-1
    log:
      description: The newest log file. Null if there is none.
      type: dict
      returned: always
      contains: &file
        key:
          description: The key of the object.
          type: str
          returned: always
        time:
          description: The time in its name.
          type: str
          returned: always
          sample: "2026-11-25T13:55:00Z"
        age:
          description: Seconds since the time in its name.
          type: int
          returned: always
          sample: 300
        trail:
          description: The name of the trail. Null for log files, because their names do not contain the trail.
          type: str
          returned: always
          sample: sectrailprod
        encryption:
          description: The algorithm, V(aws:kms), V(aws:kms:dsse) or V(AES256). Null if S3 does not return it.
          type: str
          returned: always
          sample: aws:kms
        kms_key:
          description: The ARN of the key. Null if there is none.
          type: str
          returned: always
          sample: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
    digest:
      description: The newest digest. Null if there is none.
      type: dict
      returned: always
      contains: *file
unexpected_accounts:
  description: Accounts that have CloudTrail files in the bucket, but are not among O(accounts).
  returned: success
  type: list
  elements: str
silent_accounts:
  description: Accounts among O(accounts) that have delivered nothing, including those whose first delivery is not due yet.
  returned: success
  type: list
  elements: str
requests:
  description: The number of requests to S3.
  returned: success
  type: int
  sample: 46
findings:
  description: What failed, is not due yet, or is informational.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account ID. Empty if the finding is about the whole bucket.
      type: str
      returned: always
    region:
      description: The Region. Empty if the finding is not about one Region.
      type: str
      returned: always
    check:
      description: V(delivery) or V(encryption).
      type: str
      returned: always
    kind:
      description:
        - "For V(delivery): V(silent), V(missing_log), V(missing_digest), V(other_trail), V(stale_log), V(stale_digest),
          V(future), V(other_day), V(unexpected), V(organization) or V(other_names)."
        - V(future) is an object that is older than the time in its name. V(other_day) is an object in the folder of another day.
          CloudTrail delivers neither, so they do not count as the newest object.
        - "For V(encryption): V(wrong_encryption) or V(wrong_key)."
        - "For both: V(unreadable), which is one finding for each account and error, or one for all accounts if all are denied."
      type: str
      returned: always
    resource:
      description: The key of the object, or the folder.
      type: str
      returned: always
    status:
      description: V(failed), V(waiting) for a first delivery, or V(info).
      type: str
      returned: always
    message:
      description: What is wrong.
      type: str
      returned: always
    remediation:
      description: What to do.
      type: str
      returned: always
    since:
      description: The time of the object, or when the trail started logging. Empty if neither is known.
      type: str
      returned: always
    cause:
      description:
        - Findings with the same cause are one problem. Empty if the cause is not known.
        - "V(bucket_denied): the credentials cannot list or read. V(not_logging): the trail is stopped. V(location_changed): the
          bucket or prefix of the trail was changed."
      type: str
      returned: always
"""

from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import InfoOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run

ARGUMENT_SPEC = {
    "bucket": {"type": "str", "required": True},
    "key_prefix": {"type": "str", "no_log": False},
    "organization_id": {"type": "str"},
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "id": {"type": "str", "required": True},
            "trail_name": {"type": "str"},
            "region": {"type": "str"},
            "logging_since": {"type": "str"},
            "delivering_since": {"type": "str"},
            "change": {"type": "str"},
            "logging": {"type": "bool"},
            "log_file_validation": {"type": "bool"},
        },
    },
    "regions": {"type": "list", "elements": "str"},
    "kms_key": {"type": "str", "no_log": False},
    "max_log_age": {"type": "int", "default": 86400},
    "max_digest_age": {"type": "int", "default": 10800},
    "first_delivery_timeout": {"type": "int", "default": 7200},
    "newest": {"type": "list", "elements": "dict"},
}

OPERATION = InfoOperation(query=DeliveryInfo, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
