#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_integrity_info
version_added: 0.1.0
short_description: Validates that the log files of many accounts are complete and untouched
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Validates the chains of digests that CloudTrail delivers beside the log files, for any set of accounts and Regions and a
    range of time. That is, the signature of every digest, the link of each to the one before, that no time is left out
    between them, and the hash of every log file that they name.
  - Finds log files and digests that were changed, deleted, renamed, added or replaced by older ones. Several digests that are
    missing side by side are found as well.
  - Tells apart what was V(tampered) with, what is V(missing), what is V(unreadable) for the caller, and what digests do not
    cover. A range with nothing in it is RV(empty), and not RV(valid).
  - Every trail that delivers into the same folder has a chain of its own. Backfill digests, by which CloudTrail covers log
    files that came late, are a chain beside it.
  - Runs with credentials that may read the log bucket. Public keys are read in the member accounts only where the caller's own
    account does not know them.
  - Only O(bucket) is read, whatever a digest names. Where the objects are a copy, moved to another prefix or bucket, they are
    validated where they lie, and that they were moved is noted.
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
      - The account that owns the bucket, 12 digits in quotes. Every request names it, so that a bucket that somebody else has
        taken over is not read.
      - The default is the account of the credentials.
    type: str
  key_prefix:
    description: The prefix before C(AWSLogs/).
    type: str
  organization_id:
    description:
      - The organization whose trail delivered the logs. They then lie in C(AWSLogs/<organization id>/<account id>/), and only
        there they are looked for.
    type: str
  accounts:
    description:
      - The accounts to validate. One of them with nothing in the range is a failure.
      - The default is every account that has a folder in the bucket. What has no folder is then not missed.
    type: list
    elements: dict
    suboptions:
      id:
        description: The account's id, 12 digits in quotes.
        type: str
        required: true
      role_arn:
        description:
          - A role in the account that may call C(cloudtrail:ListPublicKeys).
          - It is assumed only where the caller's own account does not know the key of a digest.
        type: str
      external_id:
        description: The external id that the trust policy of the role asks for.
        type: str
  regions:
    description:
      - The Regions to validate. Together with O(accounts), one of them with nothing in the range is a failure.
      - The default is, for each account, every Region that has a folder in the bucket.
    type: list
    elements: str
  start_time:
    description:
      - The begin of the range in UTC, as C(2026-11-25T14:00:00Z) or C(2026-11-25). The digests that end then or later are
        validated.
      - The default is 24 hours before O(end_time).
    type: str
  end_time:
    description:
      - The end of the range in UTC. The digests that end up to an hour later are validated as well, because they name the last
        log files of the range.
      - The default is now.
    type: str
  max_digest_age:
    description:
      - Minutes after the end of a chain's newest digest from which on the next one counts as missing. Digests are delivered
        every hour. Until then what they have not covered yet is V(waiting), which is no failure.
      - After a trail has been set up, its first digest may be waited for as long, too.
    type: int
    default: 120
  connections:
    description:
      - How many log files are read at a time. More need more memory, and are faster only as far as the processor is.
    type: int
    default: 64
notes:
  - "Permissions needed: C(s3:ListBucket) on the bucket and C(s3:GetObject) on its objects, C(kms:Decrypt) with the keys that
    they are encrypted with, and C(cloudtrail:ListPublicKeys), in the member accounts where it is asked for there."
  - Needs the Python library C(cryptography), which ansible-core needs as well, on the host that the module runs on.
  - CloudTrail signs what is compressed, not how. A changed byte of a gzip file that changes nothing of its content, such as
    the time in its header, is not found.
  - A trail without log file validation that delivers into the same folder as one with it has log files that no digest names.
    They cannot be told from files that somebody added.
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

- name: Fail where November is not proved
  ansible.builtin.assert:
    that: november.valid
    fail_msg: "{{ november.findings | selectattr('status', 'eq', 'failed') | map(attribute='message') | join(' ') }}"

- name: Validate what an organization's trail has delivered
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    key_prefix: trails
    organization_id: o-a1b2c3d4e5
    region: us-east-1
"""

RETURN = r"""
valid:
  description:
    - Whether there is at least one digest, and no finding that failed.
    - What still waits for its next digest does not count against it.
  returned: success
  type: bool
empty:
  description: Whether the whole range holds neither a digest nor a log file.
  returned: success
  type: bool
start_time:
  description: The begin of the range.
  returned: success
  type: str
  sample: "2026-11-24T14:00:00Z"
end_time:
  description: The end of the range.
  returned: success
  type: str
  sample: "2026-11-25T14:00:00Z"
digests:
  description: How many digests were read.
  returned: success
  type: int
  sample: 96
log_files:
  description: How many log files were read.
  returned: success
  type: int
  sample: 1840
requests:
  description: How many requests it took.
  returned: success
  type: int
  sample: 1961
chains:
  description: The chain of each trail in each account and Region.
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
      description: The Region that the events are of.
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
      description: Whether these are the backfill digests of the trail, whose periods need not follow each other.
      returned: success
      type: bool
    start:
      description: The begin of the timeline, which the first digest may put before the range.
      returned: success
      type: str
      sample: "2026-11-24T13:01:31Z"
    end:
      description: The end of the timeline, which the last digest may put behind the range.
      returned: success
      type: str
      sample: "2026-11-25T14:00:00Z"
    digests:
      description: How many digests were read.
      returned: success
      type: int
      sample: 24
    log_files:
      description: How many log files they name.
      returned: success
      type: int
      sample: 460
    valid:
      description: Whether at least one digest counts, and nothing that concerns the chain failed.
      returned: success
      type: bool
    timeline:
      description:
        - Periods with V(start), V(end) and V(status), in order. Neighbours of the same status are one period.
        - The status is V(valid), V(waiting) for the next digest, V(not_covered) before the first digest of a trail, or one of
          the kinds of RV(findings).
      returned: success
      type: list
      elements: dict
      sample:
        - {start: "2026-11-24T13:01:31Z", end: "2026-11-25T13:01:31Z", status: valid}
        - {start: "2026-11-25T13:01:31Z", end: "2026-11-25T14:00:00Z", status: waiting}
findings:
  description: What is wrong, still to come, or worth knowing. Each is told once; many of the same kind are counted.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account. Empty where it concerns the bucket as a whole.
      returned: success
      type: str
    region:
      description: The Region. Empty where it concerns no single one.
      returned: success
      type: str
    check:
      description: Always V(integrity).
      returned: success
      type: str
    kind:
      description:
        - V(tampered) is a log file without the hash that its digest names, or a digest whose signature does not match.
        - V(replaced) is a digest that is signed, but that is another one than should lie there.
        - V(malformed) is an object that is no gzip file, has bytes behind the end, is too large, or is no digest inside.
        - V(missing) is a log file or a digest that is not there; also all digests after the newest one.
        - V(unexpected) is a log file that no digest names in a time that digests cover, or an object with another name among the
          digests.
        - V(unreadable) is an object that AWS does not give to the caller, because decrypting is denied or it is archived.
        - V(unverified) is a digest whose public key is not to be had.
        - V(gap) is a time in which logging or log file validation was off.
        - V(not_covered) are log files of a time before the first digest, or in a folder without digests.
        - V(waiting) are log files that wait for the first digest.
        - V(moved) are digests that were delivered to another place than they lie in, and that are valid.
        - V(empty) is an account or Region with nothing in the range.
      returned: success
      type: str
    resource:
      description: The key of the object, or of the last one before a period.
      returned: success
      type: str
    status:
      description: V(failed), V(waiting) or V(info).
      returned: success
      type: str
    message:
      description: What was found.
      returned: success
      type: str
    remediation:
      description: What to do.
      returned: success
      type: str
    since:
      description: Since when, which is the begin of the period of a digest. Empty where it is not known.
      returned: success
      type: str
"""

from ansible_collections.central_logging.aws.plugins.module_utils._integrity.report import Integrity
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
        },
    },
    "regions": {"type": "list", "elements": "str"},
    "start_time": {"type": "str"},
    "end_time": {"type": "str"},
    "max_digest_age": {"type": "int", "default": 120},
    "connections": {"type": "int", "default": 64},
}

OPERATION = InfoOperation(query=Integrity, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
