#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_log_bucket_policy
version_added: 0.1.0
short_description: Lets the trails of many accounts write into one S3 bucket
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Manages the statements of a bucket policy by which CloudTrail may deliver the logs of the listed accounts, or of an
    organization, into the bucket; by which nobody may delete them; and by which readers may read them.
  - The statements are known by their Sids, which begin with C(CentralLogging). Every other statement of the policy stays
    byte for byte.
  - Runs in the account that owns the bucket. Every call names that account as the expected owner of the bucket.
extends_documentation_fragment:
  - central_logging.aws._attributes
  - central_logging.aws._attributes.action_group
  - central_logging.aws._accounts
  - central_logging.aws._accounts.preview
  - central_logging.aws._policy
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  bucket:
    description: The name of the log bucket. It has to exist.
    type: str
    required: true
  key_prefix:
    description:
      - The prefix under which the trails deliver, without C(AWSLogs/). Empty for none.
      - A prefix that is admitted already stays admitted unless O(purge_accounts=true), so that no trail is shut out while
        the trails move to the new one.
      - Left out, the prefixes in the policy stay; in a new policy there is none.
    type: str
  readers:
    description:
      - ARNs of the roles, users or accounts that may list and get log files. To decrypt them they also need the key.
      - The list is complete, an empty one removes. Left out, it stays as it is.
    type: list
    elements: str
  deny_delete:
    description:
      - Deny everybody to delete log files or the bucket, and to change lifecycle rules, versioning and Object Lock, by which
        log files would disappear as well.
      - Left out, it stays as it is; it is on in a policy that has none of this module's statements yet.
      - The root user of the account that owns the bucket can always replace the policy.
    type: bool
  break_glass_principals:
    description:
      - ARNs of the roles or users that O(deny_delete) does not hold for. V(*) and V(?) are wildcards.
      - The list is complete, an empty one removes. Left out, it stays as it is.
    type: list
    elements: str
  deny_insecure_transport:
    description:
      - Deny every request that does not use TLS.
      - Left out, it stays as it is; it is on in a policy that has none of this module's statements yet.
    type: bool
notes:
  - A bucket policy may have 20,480 bytes. The return values tell how full it is, in check mode too.
  - S3 knows no conditional write of a policy. Let one job at a time write it. The module reads the policy back after the
    write and merges again when somebody else has written meanwhile.
  - "Permissions needed: C(s3:GetBucketPolicy), C(s3:PutBucketPolicy) and, for O(state=absent), C(s3:DeleteBucketPolicy) on
    the bucket."
seealso:
  - module: central_logging.aws.kms_key_grant_accounts
  - name: Amazon S3 bucket policy for CloudTrail
    description: The statements that CloudTrail asks for.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

EXAMPLES = r"""
- name: Let two more accounts write into the log bucket
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    accounts:
      - {id: "444455556666", trail_name: sectrailprod}
      - {id: "012345678901", trail_name: sectrailstaging}

- name: Say who may read, and who may delete in an emergency
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    readers:
      - arn:aws:iam::111122223333:role/LogReader
    break_glass_principals:
      - arn:aws:iam::111122223333:role/BreakGlass

- name: Print the policy for a review, without touching AWS
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    accounts:
      - {id: "444455556666", trail_name: sectrailprod}
    state: rendered

- name: Take an account out
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    accounts:
      - id: "012345678901"
    state: absent
"""

RETURN = r"""
policy:
  description: The policy of the bucket as it is, or in check mode and with O(state=rendered) would be. Null where there is none.
  returned: success
  type: dict
bytes:
  description: Size of that policy as it is sent. AWS may show it with more white space.
  returned: success
  type: int
  sample: 1893
limit:
  description: Size that AWS takes, in bytes.
  returned: success
  type: int
  sample: 20480
room:
  description: How many more accounts fit in this layout. Null for any number.
  returned: success
  type: int
  sample: 84
layout:
  description: The layout that was chosen. Null where no account is admitted.
  returned: success
  type: str
  sample: exact
accounts:
  description: The accounts that are listed in the policy.
  returned: success
  type: list
  elements: str
  sample: ["012345678901", "444455556666"]
organization_id:
  description: The organization that is admitted as a whole. Null for none.
  returned: success
  type: str
organization_trails:
  description: The ARNs of the organization's trails that are admitted.
  returned: success
  type: list
  elements: str
  sample: ["arn:aws:cloudtrail:us-east-1:222233334444:trail/OrganizationTrail"]
accounts_added:
  description: The accounts that were not listed before.
  returned: success
  type: list
  elements: str
accounts_removed:
  description: The accounts that were listed before.
  returned: success
  type: list
  elements: str
foreign_statements:
  description: Sids of the statements that belong to others and were kept; C(#) with their position where they have none.
  returned: success
  type: list
  elements: str
plan:
  description: The writing calls that were sent, or in check mode would be sent, in words.
  returned: success
  type: list
  elements: str
  sample: ["put the policy of bucket secprod-multiaccount-logs"]
"""

from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.argument_spec import POLICY_SPEC
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.bucket_policy import BucketPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import StateOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run

ARGUMENT_SPEC = {
    **POLICY_SPEC,
    "bucket": {"type": "str", "required": True},
    "key_prefix": {"type": "str", "no_log": False},
    "readers": {"type": "list", "elements": "str"},
    "deny_delete": {"type": "bool"},
    "break_glass_principals": {"type": "list", "elements": "str"},
    "deny_insecure_transport": {"type": "bool"},
}

OPERATION = StateOperation(resource=BucketPolicy, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
