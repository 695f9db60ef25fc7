#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_log_bucket_policy
version_added: 0.1.0
short_description: Allow the trails of many accounts to write to one S3 bucket
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Manages statements of a bucket policy. They allow CloudTrail to deliver the logs of the listed accounts, or of an
    organization, to the bucket. They deny deletion, and they allow readers to read the logs.
  - The module owns a fixed set of statements, whose Sids begin with C(CentralLogging) and whose content is of the form that the
    module writes. Every other statement is foreign and stays byte for byte.
  - A foreign statement may have a Sid of the module. The module never changes or removes it, also not with O(state=absent), and
    reports it with a warning and in RV(altered_statements). The Sid of the module's own statement then ends with a number.
  - Run the module in the account that owns the bucket. Every call names that account as the expected owner of the bucket.
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
    description: The name of the log bucket. The bucket must exist.
    type: str
    required: true
  bucket_region:
    description:
      - The Region in which the bucket must be. If the bucket is in another Region, the module fails before any change, also in
        check mode.
      - If the option is set, the module also calls C(HeadBucket).
    type: str
  key_prefix:
    description:
      - The prefix of the trails' log files, without C(AWSLogs/). An empty string means no prefix.
      - A prefix that is already allowed stays allowed unless O(purge_accounts=true). So trails can move to a new prefix one by
        one.
      - If the option is not set, the prefixes in the policy stay. A new policy has no prefix.
    type: str
  readers:
    description:
      - The ARNs of the roles, users or accounts that may list and get log files. To decrypt log files, they also need access
        to the KMS key.
      - The list replaces the current readers; an empty list removes them. If the option is not set, the readers stay.
    type: list
    elements: str
  deny_delete:
    description:
      - Deny all principals to delete log files or the bucket.
      - Also deny them to change lifecycle rules, versioning and Object Lock, because these can remove log files too.
      - If the option is not set, the current setting stays. The default in a policy without statements of this module is V(true).
      - The root user of the account that owns the bucket can always replace the policy.
    type: bool
  break_glass_principals:
    description:
      - The ARNs of the roles or users that are exempt from O(deny_delete). V(*) and V(?) are wildcards.
      - The list replaces the current principals; an empty list removes them. If the option is not set, the principals stay.
    type: list
    elements: str
  deny_insecure_transport:
    description:
      - Deny every request that does not use TLS.
      - If the option is not set, the current setting stays. The default in a policy without statements of this module is V(true).
    type: bool
notes:
  - The maximum size of a bucket policy is 20,480 bytes. The module returns the current size and the number of accounts that
    can be added, in check mode too.
  - S3 has no conditional write of a policy. Make sure that only one job at a time changes the policy. The module reads the
    policy again after the write, and merges its statements again if another writer has changed the policy.
  - "Permissions needed: C(s3:GetBucketPolicy), C(s3:PutBucketPolicy) and, for O(state=absent), C(s3:DeleteBucketPolicy) on
    the bucket. O(bucket_region) and the removal of accounts need C(s3:ListBucket) on the bucket."
seealso:
  - module: central_logging.aws.kms_key_grant_accounts
  - name: Amazon S3 bucket policy for CloudTrail
    description: The statements that CloudTrail requires.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

EXAMPLES = r"""
- name: Allow two more accounts to write to the log bucket
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    accounts:
      - {id: "444455556666", trail_name: sectrailprod}
      - {id: "012345678901", trail_name: sectrailstaging}

- name: Set the readers, and the principals that may delete in an emergency
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    readers:
      - arn:aws:iam::111122223333:role/LogReader
    break_glass_principals:
      - arn:aws:iam::111122223333:role/BreakGlass

- name: Render the policy for a review, without any call to AWS
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    accounts:
      - {id: "444455556666", trail_name: sectrailprod}
    state: rendered

- name: Remove the access of an account
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    accounts:
      - id: "012345678901"
    state: absent
"""

RETURN = r"""
policy:
  description: The policy of the bucket after the run. In check mode and with O(state=rendered) it is not written. Null if
    the bucket has no policy.
  returned: success
  type: dict
bytes:
  description: The size of that policy in bytes, as it is sent. AWS may return it with more white space.
  returned: success
  type: int
  sample: 1893
limit:
  description: The maximum size that AWS accepts, in bytes.
  returned: success
  type: int
  sample: 20480
room:
  description: The number of accounts that can be added in this layout. Null if there is no limit.
  returned: success
  type: int
  sample: 84
layout:
  description: The layout that is used. Null if no account is allowed.
  returned: success
  type: str
  sample: exact
accounts:
  description: The ids of the accounts that the policy lists.
  returned: success
  type: list
  elements: str
  sample: ["012345678901", "444455556666"]
organization_id:
  description: The id of the organization that is allowed as a whole. Null if no organization is allowed as a whole.
  returned: success
  type: str
organization_trails:
  description: The ARNs of the organization trails that are allowed.
  returned: success
  type: list
  elements: str
  sample: ["arn:aws:cloudtrail:us-east-1:222233334444:trail/OrganizationTrail"]
accounts_added:
  description: The ids of the accounts that were not listed before.
  returned: success
  type: list
  elements: str
accounts_removed:
  description: The ids of the accounts that were listed before and are not listed any more.
  returned: success
  type: list
  elements: str
foreign_statements:
  description: The Sids of the foreign statements, which are kept. A statement without a Sid is listed as C(#) and its position.
  returned: success
  type: list
  elements: str
altered_statements:
  description: The foreign statements that have a Sid of this module, but other content.
  returned: success
  type: list
  elements: str
plan:
  description: A summary of each call that changes the policy. In check mode the calls are not sent.
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
    "bucket_region": {"type": "str"},
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
