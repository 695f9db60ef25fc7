#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_integrity_info
version_added: 0.1.0
short_description: Validates that the log files of many accounts are complete and unchanged
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Validates the digests that CloudTrail delivers with the log files, for any accounts and Regions and for a time range. It
    validates the signature of every digest, the link of each digest to the one before, that digests cover all time, and the
    hash of every log file that digests name.
  - Reports log files and digests that were changed, deleted, renamed, added or replaced by older ones. It also reports several
    neighbouring digests that are missing.
  - Distinguishes log files and digests that were V(tampered) with, those that are V(missing), those that are V(unreadable) for
    the caller, and log files that digests do not cover. A time range without any object is RV(empty), and not RV(valid).
  - Every trail that delivers to the same folder has its own chain of digests. Backfill digests, with which CloudTrail covers late
    log files, are one more chain.
  - Run it with credentials that can read the log bucket. Public keys are read in the member accounts only if the caller's own
    account does not have them.
  - Reads O(bucket) only, whatever bucket a digest names. If the objects are a copy with another prefix or in another bucket, the
    copy is validated, and a finding with status V(info) reports that it is a copy.
extends_documentation_fragment:
  - central_logging.aws._attributes.info
  - central_logging.aws._attributes
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
  bucket_owner:
    description:
      - The account that owns the bucket, 12 digits in quotes. Every request names it, so a bucket that another account has taken
        over is not read.
      - The default is the account of the credentials.
    type: str
  key_prefix:
    description: The prefix before C(AWSLogs/).
    type: str
  organization_id:
    description:
      - The organization whose trail delivered the logs. Only C(AWSLogs/<organization id>/<account id>/) is then read, except
        for accounts with O(accounts[].organization_trail=false).
    type: str
  accounts:
    description:
      - The accounts to validate. An account without any object in the time range is a failure.
      - The default is every account that has a folder in the bucket. An account without a folder is then not reported.
    type: list
    elements: dict
    suboptions:
      id:
        description: The account ID, 12 digits in quotes.
        type: str
        required: true
      role_arn:
        description:
          - A role in the account that is allowed to call C(cloudtrail:ListPublicKeys).
          - It is assumed only if the caller's own account does not have the public key of a digest.
        type: str
      external_id:
        description: The external ID that the trust policy of the role requires.
        type: str
      organization_trail:
        description:
          - With O(organization_id), whether the organization trail records the account. If V(false), the digests of the
            account's own trail are read, in C(AWSLogs/<account id>/).
        type: bool
        default: true
  regions:
    description:
      - The Regions to validate. Together with O(accounts), a Region without any object in the time range is a failure.
      - The default is, for each account, every Region that has a folder in the bucket.
    type: list
    elements: str
  start_time:
    description:
      - The start of the time range in UTC, for example C(2026-11-25T14:00:00Z) or C(2026-11-25). The digests that end at this
        time or later are validated.
      - The default is 24 hours before O(end_time).
    type: str
  end_time:
    description:
      - The end of the time range in UTC. The digests that end up to an hour later are validated too, because they name the last
        log files of the range.
      - The default is now.
    type: str
  max_digest_age:
    description:
      - The number of minutes after the end of a chain's newest digest after which the next digest is missing. Digests are
        delivered every hour. Until then, the time after the newest digest is V(waiting), which is not a failure.
      - The first digest of a new trail is waited for as long.
    type: int
    default: 120
  connections:
    description:
      - The number of log files that are read at a time. A higher number needs more memory, and is faster only until the processor
        is busy.
    type: int
    default: 64
notes:
  - "Permissions needed: C(s3:ListBucket) on the bucket and C(s3:GetObject) on its objects, C(kms:Decrypt) with the keys that
    they are encrypted with, and C(cloudtrail:ListPublicKeys), also in the member accounts if the keys are listed there."
  - Requires the Python library C(cryptography) on the host that runs the module. ansible-core requires it, too.
  - CloudTrail signs the uncompressed content. A changed byte of a gzip file that does not change the content, such as the time
    in its header, is not reported.
  - If two trails deliver to the same folder and one of them has no log file validation, no digest names its log files. They
    cannot be distinguished from files that somebody added.
seealso:
  - module: central_logging.aws.cloudtrail_central
  - name: Validating CloudTrail log file integrity
    description: What digests are, and what C(aws cloudtrail validate-logs) does.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
"""

EXAMPLES = r"""
- name: Validate the last day of all accounts and Regions in the bucket
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging

- name: Validate November in two accounts, whose public keys are read there
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    accounts:
      - {id: "444455556666", role_arn: "arn:aws:iam::444455556666:role/CentralLogging"}
      - {id: "012345678901", role_arn: "arn:aws:iam::012345678901:role/CentralLogging"}
    regions: [us-east-1, eu-west-1]
    start_time: "2026-11-01"
    end_time: "2026-12-01"
  register: november

- name: Fail if November is not valid
  ansible.builtin.assert:
    that: november.valid
    fail_msg: "{{ november.findings | selectattr('status', 'eq', 'failed') | map(attribute='message') | join(' ') }}"

- name: Validate the logs of an organization trail
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    key_prefix: trails
    organization_id: o-a1b2c3d4e5
    region: us-east-1
"""

RETURN = r"""
valid:
  description:
    - Whether there is at least one digest, and no finding with status V(failed).
    - Findings with status V(waiting) or V(info) do not make it false.
  returned: success
  type: bool
empty:
  description: Whether there is neither a digest nor a log file in the whole time range.
  returned: success
  type: bool
start_time:
  description: The start of the time range.
  returned: success
  type: str
  sample: "2026-11-24T14:00:00Z"
end_time:
  description: The end of the time range.
  returned: success
  type: str
  sample: "2026-11-25T14:00:00Z"
digests:
  description: The number of digests that were read.
  returned: success
  type: int
  sample: 96
log_files:
  description: The number of log files that were read.
  returned: success
  type: int
  sample: 1840
requests:
  description: The number of requests to AWS.
  returned: success
  type: int
  sample: 1961
chains:
  description: The chains of digests, one for each trail in each account and Region.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      returned: success
      type: str
      sample: "444455556666"
    region:
      description: The Region of the events.
      returned: success
      type: str
      sample: eu-west-1
    trail:
      description: The name of the trail.
      returned: success
      type: str
      sample: sectrailprod
    home_region:
      description: The trail's home Region.
      returned: success
      type: str
      sample: us-east-1
    backfill:
      description: Whether these are the backfill digests of the trail. Their periods need not be contiguous.
      returned: success
      type: bool
    start:
      description: The start of the timeline. The first digest may start before the time range.
      returned: success
      type: str
      sample: "2026-11-24T13:01:31Z"
    end:
      description: The end of the timeline. The last digest may end after the time range.
      returned: success
      type: str
      sample: "2026-11-25T14:00:00Z"
    digests:
      description: The number of digests that were read.
      returned: success
      type: int
      sample: 24
    log_files:
      description: The number of log files that they name.
      returned: success
      type: int
      sample: 460
    valid:
      description: Whether the content of at least one digest counts, and there is no failed finding about the chain.
      returned: success
      type: bool
    timeline:
      description:
        - Periods with V(start), V(end) and V(status), in order. Neighbouring periods with the same status are merged.
        - The status is V(valid), V(waiting) for the next digest, V(not_covered) before the first digest of a trail, or one of
          the kinds of RV(findings).
      returned: success
      type: list
      elements: dict
      sample:
        - {start: "2026-11-24T13:01:31Z", end: "2026-11-25T13:01:31Z", status: valid}
        - {start: "2026-11-25T13:01:31Z", end: "2026-11-25T14:00:00Z", status: waiting}
findings:
  description: What failed, is not due yet, or is informational. Many findings of the same kind become one, with their number.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account. Empty if the finding is about the whole bucket.
      returned: success
      type: str
    region:
      description: The Region. Empty if the finding is not about one Region.
      returned: success
      type: str
    check:
      description: Always V(integrity).
      returned: success
      type: str
    kind:
      description:
        - V(tampered) is a log file whose hash is not the one in its digest, or a digest whose signature does not match.
        - V(replaced) is a signed digest that belongs to another key or is not the one that the next digest names.
        - V(malformed) is an object that is not a gzip file, has bytes after the end, is too large, or is not a valid digest.
        - V(missing) is a log file or a digest that does not exist, or all digests after the newest one.
        - V(unexpected) is a log file that no digest names although digests cover its time, or an object among the digests
          or log files that has another name.
        - V(unreadable) is an object that AWS does not return, because decryption is denied or the object is archived.
        - V(unverified) is a digest whose public key CloudTrail does not return.
        - V(gap) is a time in which logging or log file validation was off.
        - V(not_covered) is log files from before the first digest, or in a folder without digests.
        - V(waiting) is log files that wait for the first digest.
        - V(moved) is valid digests that CloudTrail delivered with another key or to another bucket.
        - V(empty) is an account or Region without any object in the time range.
      returned: success
      type: str
    resource:
      description: The key of the object, or of the last object before a period.
      returned: success
      type: str
    status:
      description: V(failed), V(waiting) or V(info).
      returned: success
      type: str
    message:
      description: What is wrong.
      returned: success
      type: str
    remediation:
      description: What to do.
      returned: success
      type: str
    since:
      description: The start of the digest's period, or the time of the log file. Empty if it is not known.
      returned: success
      type: str
    cause:
      description: Findings with the same cause are one problem, such as V(key_disabled). Empty if the cause is not known.
      returned: success
      type: str
"""

from ansible_collections.central_logging.aws.plugins.module_utils._integrity.report import IntegrityInfo
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import InfoOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run

ARGUMENT_SPEC = {
    "bucket": {"type": "str", "required": True},
    "bucket_owner": {"type": "str"},
    "key_prefix": {"type": "str", "no_log": False},
    "organization_id": {"type": "str"},
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "id": {"type": "str", "required": True},
            "role_arn": {"type": "str"},
            "external_id": {"type": "str", "no_log": False},
            "organization_trail": {"type": "bool", "default": True},
        },
    },
    "regions": {"type": "list", "elements": "str"},
    "start_time": {"type": "str"},
    "end_time": {"type": "str"},
    "max_digest_age": {"type": "int", "default": 120},
    "connections": {"type": "int", "default": 64},
}

OPERATION = InfoOperation(query=IntegrityInfo, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
