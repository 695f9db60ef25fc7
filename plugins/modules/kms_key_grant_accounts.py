#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kms_key_grant_accounts
version_added: 0.1.0
short_description: Allow the trails of many accounts to encrypt with one KMS key
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Manages statements of a key policy. They allow CloudTrail to encrypt the logs of the listed accounts, or of an
    organization, and they allow the listed principals to decrypt the logs.
  - The module gives access with statements of the key policy, not with KMS grants.
  - The module owns a fixed set of statements, whose Sids begin with C(CentralLogging) and whose content is of the form that the
    module writes. Every other statement is foreign and stays byte for byte.
  - A foreign statement may have a Sid of the module. The module never changes or removes it, also not with O(state=absent), and
    reports it with a warning and in RV(altered_statements). The Sid of the module's own statement then ends with a number.
  - Run the module in the account that owns the key, because KMS does not allow other accounts to change the policy.
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
  key:
    description: The id or ARN of the key, or the name (C(alias/central-logging)) or ARN of an alias.
    type: str
    required: true
  bucket:
    description:
      - The name of the log bucket. An account that has delivered a log file to it in the last 24 hours is not removed from the
        policy, unless O(allow_weaken=true).
      - Without this option, the module cannot check that. A removal of accounts then requires O(allow_weaken=true).
    type: str
  decrypt_principals:
    description:
      - The principals that may decrypt log files. Each entry is the ARN of a role, a user or an account's root.
      - An entry can also be a dictionary of C(arn) and C(accounts). The principal may then only decrypt the logs of these
        account ids.
      - The list replaces the current principals; an empty list removes them. If the option is not set, the principals stay.
      - A principal of another account also needs an IAM policy in its account that allows C(kms:Decrypt).
    type: list
    elements: raw
  allow_overlap:
    description:
      - Allow principals of O(decrypt_principals) that belong to an account whose trail encrypts. The account that owns the key
        is always allowed to do both.
      - With O(state=rendered) the module can only check this if O(key) is an ARN, or if O(account_id) or O(assume_role_arn) is
        set.
    type: bool
    default: false
  bucket_key:
    description:
      - Set it to V(true) if the log bucket has an S3 Bucket Key. CloudTrail then also needs C(kms:Decrypt). A separate statement
        allows it for CloudTrail only.
      - If the option is not set, the current setting stays. The default in a new policy is V(false).
      - The limit of a principal in O(decrypt_principals) to some accounts relies on the encryption context. AWS does not
        document whether the context reaches KMS with a Bucket Key. B(Not verified against a live account.)
    type: bool
notes:
  - The maximum size of a key policy is 32,768 bytes. The module returns the current size and the number of accounts that can
    be added, in check mode too.
  - KMS has no conditional write of a policy. Make sure that only one job at a time changes the policy. The module reads the
    policy again after the write, and merges its statements again if another writer has changed the policy.
  - O(layout=organization) relies on C(aws:SourceOrgID). AWS documents this key for the bucket policy. For the key policy it
    is B(not verified against a live account).
  - "Permissions needed: C(kms:DescribeKey), C(kms:GetKeyPolicy) and C(kms:PutKeyPolicy) on the key.
    O(bucket) needs C(s3:GetBucketPolicy) and C(s3:ListBucket) on the bucket."
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - name: AWS KMS key policies for CloudTrail
    description: The statements that CloudTrail requires.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
"""

EXAMPLES = r"""
- name: Allow the trails of two accounts to encrypt, and one role of the security team to decrypt
  central_logging.aws.kms_key_grant_accounts:
    key: alias/central-logging
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    accounts:
      - {id: "444455556666", trail_name: sectrailprod}
      - {id: "012345678901", trail_name: sectrailstaging}
    decrypt_principals:
      - arn:aws:iam::111122223333:role/LogReader

- name: Allow a second role to decrypt the logs of one account
  central_logging.aws.kms_key_grant_accounts:
    key: alias/central-logging
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    decrypt_principals:
      - arn:aws:iam::111122223333:role/LogReader
      - arn: arn:aws:iam::111122223333:role/ProductionForensics
        accounts: ["444455556666"]

- name: Render the statements for a review, without any call to AWS
  central_logging.aws.kms_key_grant_accounts:
    key: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
    region: us-east-1
    accounts:
      - {id: "444455556666", trail_name: sectrailprod}
    state: rendered
"""

RETURN = r"""
key_arn:
  description:
    - The ARN of the key. Null with O(state=rendered) if O(key) is not an ARN.
    - In check mode, the ARN of the alias if the key does not exist yet.
  returned: success
  type: str
  sample: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
policy:
  description: The policy of the key after the run. In check mode and with O(state=rendered) it is not written. Null if the
    key does not exist yet.
  returned: success
  type: dict
bytes:
  description: The size of that policy in bytes, as it is sent. AWS may return it with more white space.
  returned: success
  type: int
  sample: 2210
limit:
  description: The maximum size that AWS accepts, in bytes.
  returned: success
  type: int
  sample: 32768
room:
  description: The number of accounts that can be added in this layout. Null if there is no limit.
  returned: success
  type: int
  sample: 260
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
"""

from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.argument_spec import POLICY_SPEC
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_policy import KeyPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import StateOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run

ARGUMENT_SPEC = {
    **POLICY_SPEC,
    "key": {"type": "str", "required": True, "no_log": False},
    "bucket": {"type": "str"},
    "decrypt_principals": {"type": "list", "elements": "raw"},
    "allow_overlap": {"type": "bool", "default": False},
    "bucket_key": {"type": "bool", "no_log": False},
}

OPERATION = StateOperation(resource=KeyPolicy, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
