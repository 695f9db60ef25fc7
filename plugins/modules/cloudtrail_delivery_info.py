#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_delivery_info
version_added: 0.1.0
short_description: Proves that the logs of every account arrive, and how they are encrypted
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Looks into the log bucket for the newest log file and the newest digest of each account and Region, their age, their
    encryption and the ARN of their key, and compares them with what is expected.
  - Names the accounts that are expected but silent, and those in the bucket that nobody expects.
  - Never lists whole accounts. However many years of logs there are, an account and Region costs 4 requests to S3 where logs
    arrive, which are two listings and two C(HeadObject), and at most 15 where they have ceased. One more for each further
    1,000 files that are listed, of the last minutes or of the newest day. An account costs 2 more, with
    O(organization_id) up to 4, and an account that nobody expects 1. RV(requests) counts them.
  - Runs in the log-archive account, which owns the bucket. It reads no contents, so that nobody has to be allowed to decrypt.
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
    description: What stands before C(AWSLogs/) in the bucket.
    type: str
  organization_id:
    description:
      - The organization whose trail delivers into the bucket, under C(AWSLogs/<organization id>/).
      - Accounts are then looked for there and directly under C(AWSLogs/), and the newest of both counts.
    type: str
  accounts:
    description:
      - The accounts that are expected, as M(central_logging.aws.account_inventory) returns them.
      - Left out, all accounts that are found in the bucket are, so that none is silent or unexpected.
    type: list
    elements: dict
    suboptions:
      id:
        description: The account's id, 12 digits in quotes.
        type: str
        required: true
      trail_name:
        description:
          - The name of the account's trail. Digests of other trails in the same folder then do not count.
          - The names of log files do not tell their trail, so that the newest may be of any. Digests of an organization's
            trail count whatever their name.
        type: str
      region:
        description: The home Region of that trail. Digests of a trail of another home Region then do not count.
        type: str
      logging_since:
        description:
          - When the trail began to log, as 2026-11-25T14:00:00Z. C(StartLoggingTime) of C(GetTrailStatus) tells it.
          - Until O(first_delivery_timeout) has passed since then, what is missing is waited for and has not failed.
        type: str
  regions:
    description:
      - The Regions that have to show activity in every account, with a log file that is not older than O(max_log_age).
      - Other Regions that are found in the bucket are reported as well, but may have gone silent.
      - Left out, every Region that is found has to deliver digests, and quiet Regions need not have log files.
      - CloudTrail records the events of global services, such as IAM, in C(us-east-1). Name it as well.
    type: list
    elements: str
  kms_key:
    description:
      - The ARN of the key that everything has to be encrypted with.
      - Left out or empty, the encryption is reported and not judged.
      - CloudTrail encrypts digests with the key since May 2025. Digests from before are not judged.
    type: str
  max_log_age:
    description:
      - Seconds that the newest log file may be old, in O(regions), and in Regions that have no digests to go by.
      - CloudTrail delivers within about 5 minutes on average, and nothing where nothing happens.
    type: int
    default: 86400
  max_digest_age:
    description:
      - Seconds that the end of the newest digest may be past.
      - CloudTrail delivers a digest for every hour, also where nothing happens. The default allows for two to be late.
    type: int
    default: 10800
  first_delivery_timeout:
    description: Seconds that an account may take for its first delivery, see O(accounts[].logging_since).
    type: int
    default: 7200
notes:
  - "Permissions needed: C(s3:ListBucket) on the bucket and C(s3:GetObject) on its objects."
  - Ages are taken by the clock of S3 and by the times in the names of the files, of the delivery of a log file and of the end
    of a digest's hour.
  - Whether what has been delivered is complete and untouched is not looked at here.
seealso:
  - module: central_logging.aws.account_inventory
  - module: central_logging.aws.kms_key_grant_accounts
  - name: CloudTrail log file names
    description: The folders and names that are looked for.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

EXAMPLES = r"""
- name: Look at everything that is in the bucket
  central_logging.aws.cloudtrail_delivery_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
  register: delivery

- name: Compare it with two accounts and the key, one of them with a trail that has just begun
  central_logging.aws.cloudtrail_delivery_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    accounts:
      - {id: "111122223333", trail_name: SecurityTrailMaster}
      - {id: "444455556666", trail_name: sectrailprod, logging_since: "2026-11-25T14:00:00Z"}
    regions: [us-east-1]
    kms_key: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
  register: delivery

- name: Fail when an account does not deliver, or not with the key
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
  description: What there is of each expected account and Region, sorted by them.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account's id.
      type: str
      returned: always
      sample: "444455556666"
    region:
      description: The Region.
      type: str
      returned: always
      sample: us-east-1
    log:
      description: The newest log file. Null for none.
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
          description: Seconds since then.
          type: int
          returned: always
          sample: 300
        trail:
          description: The name of the trail that wrote it. Null for log files, whose names do not tell it.
          type: str
          returned: always
          sample: sectrailprod
        encryption:
          description: The algorithm, V(aws:kms), V(aws:kms:dsse) or V(AES256). Null where S3 does not tell it.
          type: str
          returned: always
          sample: aws:kms
        kms_key:
          description: The ARN of the key. Null for none.
          type: str
          returned: always
          sample: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
    digest:
      description: The newest digest. Null for none.
      type: dict
      returned: always
      contains: *file
unexpected_accounts:
  description: Accounts that have files of CloudTrail in the bucket, but are not among O(accounts).
  returned: success
  type: list
  elements: str
silent_accounts:
  description: Accounts among O(accounts) that have delivered nothing, also those that are waited for.
  returned: success
  type: list
  elements: str
requests:
  description: How many requests to S3 this took.
  returned: success
  type: int
  sample: 46
findings:
  description: What is wrong, waited for, or worth knowing.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account's id. Empty where it concerns the bucket as a whole.
      type: str
      returned: always
    region:
      description: The Region. Empty where it concerns no single one.
      type: str
      returned: always
    check:
      description: V(delivery) or V(encryption).
      type: str
      returned: always
    kind:
      description:
        - "For V(delivery): V(silent), V(missing_log), V(missing_digest), V(other_trail), V(stale_log), V(stale_digest),
          V(future), V(unexpected), V(organization) or V(other_names)."
        - "For V(encryption): V(wrong_encryption), V(wrong_key) or V(unreadable)."
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
      description: What was found.
      type: str
      returned: always
    remediation:
      description: What to do.
      type: str
      returned: always
    since:
      description: The time of the object, or else when the trail began to log. Empty where neither is known.
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
        },
    },
    "regions": {"type": "list", "elements": "str"},
    "kms_key": {"type": "str", "no_log": False},
    "max_log_age": {"type": "int", "default": 86400},
    "max_digest_age": {"type": "int", "default": 10800},
    "first_delivery_timeout": {"type": "int", "default": 7200},
}

OPERATION = InfoOperation(query=DeliveryInfo, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
