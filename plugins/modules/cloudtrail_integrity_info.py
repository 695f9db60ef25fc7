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
  - A log file counts as CloudTrail's only if a verified digest contains its hash, and a digest only if its signature is valid and
    it was signed for the place where it lies. Encryption can fail an object, but never makes it valid.
  - Run it with credentials that can read the log bucket. Public keys are read in the member accounts only if the caller's own
    account does not have them.
  - If a trail delivered to another prefix or Region folder of O(bucket) before, its chain is followed there. It is followed to
    another bucket only if O(original_buckets) contains that bucket. Otherwise a finding with status V(info) reports the bucket and
    the time. That time is not covered.
  - If the objects are a copy, O(original_buckets) must contain the bucket and prefix where CloudTrail delivered them. The copy is
    validated, and a finding with status V(info) reports that it is a copy. Without it, a digest that was signed for another place
    is V(misplaced), which is a failure.
  - Objects in the folders of log files and digests that CloudTrail did not deliver there are reported. Log files that no digest
    names are reported for O(bucket) and O(key_prefix) only.
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
      trail_name:
        description:
          - The name of the account's trail. If its digests end, or if it has older digests and none in the time range, that is a
            failure. The end of another trail is then informational, and its digests do not count as covered time.
          - By default, the end of any trail is a failure.
        type: str
      region:
        description:
          - The home Region of that trail. Trails with another home Region are then other trails.
          - If the account has objects in the time range and no digest of the trail in the home Region, that is a failure.
        type: str
      multi_region:
        description:
          - Whether that trail records all Regions now. A Region that AWS enables by default must then have digests if another one
            of O(accounts) has digests of it in the time range. Without any, that is a failure.
          - For a time range in the past, and with V(false), this is the case if the account has digests of a Region that is not
            the home Region of their trail.
        type: bool
        default: false
      logging_since:
        description:
          - When the trail started logging, or when its bucket, prefix or key last changed, for example 2026-11-25T14:00:00Z.
          - If all objects are older, another encryption than that of O(kms_key) is informational.
        type: str
      delivering_since:
        description:
          - The same as O(accounts[].logging_since), without changes that do not stop the delivery, such as another key. A Region
            without digests is then V(waiting) for some hours. Empty if the trail has delivered before.
          - The default is O(accounts[].logging_since).
        type: str
      interruptions:
        description:
          - The times in which the trail did not deliver digests to O(bucket) and O(key_prefix), although it did before. See
            RV(central_logging.aws.cloudtrail_central_info#module:interruptions).
          - If the time range begins before an interruption and the first digest is the one after it, the digests of the time before
            are V(missing), and the interruption is a V(gap). One finding names the whole time that earlier interruptions divide.
          - AWS documents a last digest after C(StopLogging). It is V(missing) if it does not exist.
          - If nothing shows that such digests existed, the whole time before the first digest is V(unknown_start). This applies to
            an interruption with O(accounts[].interruptions[].place_known=false), and to the first digest of a Region that the
            account may have enabled meanwhile. An older digest in the folder, or one in O(accounts[].verified_digests), shows that
            they existed. If digests of the trail until the interruption are in O(original_buckets), they are read there.
        type: list
        elements: dict
        suboptions:
          since:
            description: When the trail had begun to deliver before. If that is less than an hour before O(accounts[].interruptions[].begin),
              no digest is expected of that time.
            type: str
          begin:
            description: When the interruption began, for example C(2026-11-25T13:00:00Z).
            type: str
            required: true
          end:
            description: When the trail delivered again. An interruption without an end has no effect.
            type: str
          event:
            description: The call that began the interruption.
            type: str
            default: StopLogging
          certain:
            description: Whether it is known that the trail delivered digests there before.
            type: bool
            default: false
          place_known:
            description: Whether it is known to which bucket and prefix the trail delivered before.
            type: bool
            default: true
          everywhere:
            description: Whether all Regions were interrupted. If V(false), the home Region was not.
            type: bool
            default: true
      verified_digests:
        description:
          - Regions whose digests were validated before. Without any object of such a Region in the time range, that is a failure.
        type: list
        elements: dict
        suboptions:
          region:
            description: The Region.
            type: str
            required: true
          until:
            description:
              - The end of the newest digest that was validated, for example C(2026-11-25T14:00:00Z).
              - If that is in the time range and the digest no longer exists, it is V(missing).
            type: str
      organization_trail:
        description:
          - With O(organization_id), whether the organization trail records the account. If V(false), the digests of the
            account's own trail are read, in C(AWSLogs/<account id>/).
        type: bool
        default: true
  original_buckets:
    description:
      - Other places where CloudTrail delivered digests and log files, in addition to O(bucket) and O(key_prefix).
      - Digests in O(bucket) that were signed for one of these places are accepted as copies. If a digest names the one before in
        one of these places, the earlier digests and their log files are read there. So are the digests from before an interruption
        with O(accounts[].interruptions[].place_known=false).
    type: list
    elements: dict
    suboptions:
      bucket:
        description: The bucket. It may be O(bucket) itself if its objects were copied to another prefix.
        type: str
        required: true
      key_prefix:
        description:
          - The prefix before C(AWSLogs/) in that bucket. An empty string means without a prefix. Add an entry for each prefix.
          - The default is the value of O(key_prefix).
        type: str
      bucket_owner:
        description: The account that owns the bucket. The default is the account of the role or of the credentials.
        type: str
      role_arn:
        description:
          - A role that is allowed to read the bucket, as the credentials of the module read O(bucket).
          - By default, the bucket is read with the credentials of the module.
        type: str
      external_id:
        description: The external ID that the trust policy of the role requires.
        type: str
  kms_key:
    description:
      - The ARN of the key that the objects must be encrypted with. It is compared with the headers that S3 returns with each object.
      - Objects with another encryption from before the first object with the key are informational, because S3 does not encrypt
        existing objects again. Later ones are a failure. If the time range ends now and no object has the key, that is a failure.
        If it ends in the past, that is informational, because the trail may have had another key then.
      - CloudTrail encrypts digests with the key since May 2025. Older digests with the key of S3 are not compared.
      - By default, or if it is empty, the encryption is not compared.
    type: str
  regions:
    description:
      - The Regions to validate. Together with O(accounts), a Region without any digest in the time range is a failure.
      - The default is, for each account, every Region that has a folder in the bucket, and those that must have digests. See
        O(accounts[].region), O(accounts[].multi_region) and O(accounts[].verified_digests).
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
  backfill_timeout:
    description:
      - The number of minutes that a log file may wait for a backfill digest, if digests cover its time and do not name it. Until
        then, it is V(not_covered) with status V(waiting). After that, it is V(unexpected), which is a failure.
      - AWS does not document how late backfill digests are. With V(0), such a log file fails at once.
      - Log files from that long before the time range are judged too, because the validation of the range before could only report
        them as waiting. The digests of that time are read only if there are such log files.
    type: int
    default: 1440
  connections:
    description:
      - The number of log files that are read at a time. A higher number needs more memory, and is faster only until the processor
        is busy.
    type: int
    default: 64
notes:
  - "Permissions needed: C(s3:ListBucket) on the bucket and C(s3:GetObject) on its objects, C(kms:Decrypt) with the keys that
    they are encrypted with, and C(cloudtrail:ListPublicKeys), also in the member accounts if the keys are listed there. The role
    C(LogReader) in the examples has the permissions in C(docs/iam/auditor-permissions.json)."
  - Requires the Python library C(cryptography) on the host that runs the module. ansible-core requires it, too.
  - CloudTrail signs the uncompressed content. A changed byte of a gzip file that does not change the content, such as the time
    in its header, is not reported.
  - If two trails deliver to the same folder and one of them has no log file validation, no digest names its log files. They
    cannot be distinguished from files that somebody added.
  - An object or folder that AWS does not return is reported, and everything else is validated. The module fails only if nothing
    can be listed, or if the credentials are not valid.
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
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader

- name: Validate November in two accounts, whose public keys are read there
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
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

- name: Validate a trail that delivered to another bucket until yesterday
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
    accounts:
      - {id: "444455556666", trail_name: sectrailprod, region: us-east-1}
    original_buckets:
      - bucket: team-logs
        key_prefix: audit
        role_arn: arn:aws:iam::444455556666:role/LogReader

- name: Validate the logs of an organization trail
  central_logging.aws.cloudtrail_integrity_info:
    bucket: secprod-multiaccount-logs
    key_prefix: trails
    organization_id: o-a1b2c3d4e5
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/LogReader
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
      description: Whether at least one digest is verified, and there is no finding about the chain with the status V(failed) or
        V(not_checked).
      returned: success
      type: bool
    timeline:
      description:
        - Periods with V(start), V(end) and V(status), in order. Neighbouring periods with the same status are merged.
        - The status is V(valid), V(waiting) for the next digest, V(not_covered) before the first digest of a trail, or one of
          the kinds of RV(findings), such as V(misplaced) or V(continues_elsewhere).
      returned: success
      type: list
      elements: dict
      sample:
        - {start: "2026-11-24T13:01:31Z", end: "2026-11-25T13:01:31Z", status: valid}
        - {start: "2026-11-25T13:01:31Z", end: "2026-11-25T14:00:00Z", status: waiting}
regions:
  description:
    - How much of the time range is covered, for each account and Region.
    - Ages can be computed from the times and RV(end_time). Times are null if there is no such object.
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
    range_seconds:
      description: The length of the time range in seconds, up to now.
      returned: success
      type: int
      sample: 86400
    covered_seconds:
      description:
        - The seconds of the time range for which verified digests name the log files. Backfill digests do not count.
        - If O(accounts[].trail_name) is set, only the digests of that trail count.
      returned: success
      type: int
      sample: 83700
    log_files:
      description: The number of log files that verified digests name or that lie in the time range and no such digest names.
      returned: success
      type: int
      sample: 460
    verified_log_files:
      description: The number of log files that a verified digest names and whose hash is the one in the digest.
      returned: success
      type: int
      sample: 458
    uncovered_log_files:
      description:
        - The number of log files in the time range that no verified digest names. They wait for a digest, were added, or lie in an
          hour without a verified digest.
      returned: success
      type: int
      sample: 2
    oldest_uncovered:
      description: The time in the name of the oldest of these log files. Null if there is none.
      returned: success
      type: str
      sample: "2026-11-25T13:20:00Z"
    newest_digest:
      description: The end of the newest verified digest. Null if there is none in the time range.
      returned: success
      type: str
      sample: "2026-11-25T13:01:31Z"
    newest_log_file:
      description: The time in the name of the newest log file. Null if there is none in the time range.
      returned: success
      type: str
      sample: "2026-11-25T13:55:00Z"
    digest:
      description:
        - The newest verified digest that lies in O(bucket). Null if there is none in the time range.
        - If O(accounts[].trail_name) or O(accounts[].region) is set, only digests of that trail count. Backfill digests do not
          count.
      returned: success
      type: dict
      contains: &file
        key:
          description: The key of the object.
          returned: success
          type: str
        time:
          description: The time in its name.
          returned: success
          type: str
          sample: "2026-11-25T13:01:31Z"
        last_modified:
          description: When the object was written, as S3 returns it. Null if S3 does not return it.
          returned: success
          type: str
          sample: "2026-11-25T13:14:02Z"
        encryption:
          description: The algorithm, V(aws:kms), V(aws:kms:dsse) or V(AES256). Null if S3 does not return it.
          returned: success
          type: str
          sample: aws:kms
        kms_key:
          description: The ARN of the key. Null if there is none.
          returned: success
          type: str
          sample: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
    log:
      description:
        - The newest log file in O(bucket) that a verified digest names and that has the hash in the digest. Null if there is none
          in the time range.
        - RV(regions[].newest_log_file) is later if no digest names the newest log file yet.
      returned: success
      type: dict
      contains: *file
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
      description: V(integrity), or V(encryption) for the kinds V(wrong_key) and V(wrong_encryption).
      returned: success
      type: str
    kind:
      description:
        - V(tampered) is a log file whose hash is not the one in its digest, or a digest whose signature does not match.
        - V(replaced) is a signed digest that belongs to another key or is not the one that the next digest names.
        - V(misplaced) is a digest that was signed for another bucket or prefix, which O(original_buckets) does not contain.
        - V(malformed) is an object that is not a gzip file, has bytes after the end, is too large, or is not a valid digest.
        - V(missing) is a log file or a digest that does not exist, all digests after the newest one, or a trail with older digests
          and none in the time range. The digest from just before the time range must exist too, unless a lifecycle rule
          may have deleted it.
        - V(unexpected) is a log file that no digest names although digests cover its time, an object among the digests
          or log files that has another name, or an object outside of the folders of Regions and days.
        - V(unreadable) is an object that AWS does not return, or a folder that it does not list. RV(findings[].cause) is why. There
          is one for each account, Region and cause, with the number of objects. With status V(info), it is archived digests
          from before the time range that would be needed to judge log files from before the range only.
        - V(unverified) is a digest whose public key CloudTrail does not return.
        - V(gap) is a time without digests after which a new chain begins, because logging or log file validation was interrupted.
          The message names the interruption from O(accounts[].interruptions). Without one, digests may have been deleted too.
        - V(not_covered) is log files from before the first digest, or in a folder without digests. With status V(waiting), it is
          log files that may be named in a backfill digest.
        - V(waiting) is log files that wait for the first digest. With older log files and no digest, the first digest is overdue,
          unless the trail began to deliver later. Then the log files are V(not_covered).
        - V(moved) is valid digests that CloudTrail delivered to one of O(original_buckets).
        - V(continues_elsewhere) is the time before the first digest of a trail that delivered to another bucket before, or log files
          in another bucket.
        - V(unknown_start) is the time before the first digest of a trail that was interrupted, if it is not known whether older
          digests existed here. The status is V(not_checked).
        - V(not_expected) is folders of accounts or Regions that O(accounts) or O(regions) do not contain.
        - V(wrong_key) is objects that are encrypted with another key than O(kms_key).
        - V(wrong_encryption) is objects that are not encrypted with a KMS key although O(kms_key) is set.
        - V(empty) is an account without any object in the time range, or a Region without digests that must have some. With
          V(waiting), the trail has begun or changed so recently that its first digest is not due yet.
        - A Region with older log files is V(empty) too if it has neither a digest of any time nor a log file of the time range.
      returned: success
      type: str
    resource:
      description: The key of the object, or of the last object before a period.
      returned: success
      type: str
    status:
      description: V(failed), V(not_checked), V(waiting) or V(info).
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
      description:
        - Findings with the same cause are one problem. Empty if the cause is not known.
        - V(digest_invalid) is digests that prove nothing. V(location_changed) is a trail that delivered to another place before.
        - V(region_unproven) is everything in the folder of a Region where nothing is verified, and where no older digests and no
          log files are. Anyone who can write to the bucket can make such a folder.
        - V(key_disabled), V(key_pending_deletion), V(key_missing) and V(key_unavailable) are states of the key.
        - V(key_denied) and V(bucket_denied) are missing permissions of the caller for the key or the bucket.
        - V(archived) is objects in an archive class, which S3 returns only after they have been restored.
        - V(customer_key) is objects that are encrypted with a customer-provided key (SSE-C), which CloudTrail never uses.
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
            "trail_name": {"type": "str"},
            "region": {"type": "str"},
            "logging_since": {"type": "str"},
            "delivering_since": {"type": "str"},
            "multi_region": {"type": "bool", "default": False},
            "interruptions": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "since": {"type": "str"},
                    "begin": {"type": "str", "required": True},
                    "end": {"type": "str"},
                    "event": {"type": "str", "default": "StopLogging"},
                    "certain": {"type": "bool", "default": False},
                    "place_known": {"type": "bool", "default": True},
                    "everywhere": {"type": "bool", "default": True},
                },
            },
            "verified_digests": {
                "type": "list",
                "elements": "dict",
                "options": {"region": {"type": "str", "required": True}, "until": {"type": "str"}},
            },
        },
    },
    "original_buckets": {
        "type": "list",
        "elements": "dict",
        "options": {
            "bucket": {"type": "str", "required": True},
            "key_prefix": {"type": "str", "no_log": False},
            "bucket_owner": {"type": "str"},
            "role_arn": {"type": "str"},
            "external_id": {"type": "str", "no_log": False},
        },
    },
    "kms_key": {"type": "str", "no_log": False},
    "regions": {"type": "list", "elements": "str"},
    "start_time": {"type": "str"},
    "end_time": {"type": "str"},
    "max_digest_age": {"type": "int", "default": 120},
    "backfill_timeout": {"type": "int", "default": 1440},
    "connections": {"type": "int", "default": 64},
}

OPERATION = InfoOperation(query=IntegrityInfo, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
