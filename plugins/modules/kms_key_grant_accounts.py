#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kms_key_grant_accounts
version_added: 0.1.0
short_description: Lets the trails of many accounts encrypt with one KMS key, and others decrypt
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Manages the statements of a key policy by which CloudTrail may encrypt the logs of the listed accounts, or of an
    organization, and by which the listed principals, and nobody else by these statements, may decrypt them.
  - Despite its name the module manages statements of the key B(policy). It creates no KMS grants.
  - The statements are known by their Sids, which begin with C(CentralLogging). Every other statement of the policy stays
    byte for byte.
  - Runs in the account that owns the key; KMS lets no other account change the policy.
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
    description: The key's id or ARN, or an alias's name (C(alias/central-logging)) or ARN.
    type: str
    required: true
  decrypt_principals:
    description:
      - Who may decrypt log files. Each entry is the ARN of a role, a user or an account's root, or a dictionary of C(arn) and
        C(accounts), the account ids whose logs the principal is limited to.
      - The list is complete, an empty one removes. Left out, it stays as it is.
      - A principal of another account also needs an IAM policy there that allows C(kms:Decrypt).
    type: list
    elements: raw
  allow_overlap:
    description:
      - Accept that a principal that decrypts belongs to an account whose trail encrypts. The account that owns the key does
        not count.
      - With O(state=rendered) this can only be checked where the owner is known, from the key's ARN, O(account_id) or
        O(assume_role_arn).
    type: bool
    default: false
  bucket_key:
    description:
      - The log bucket has an S3 Bucket Key. CloudTrail then needs C(kms:Decrypt) as well, which is given in a statement of
        its own for the service alone.
      - Left out, it stays as it is; it is off in a new policy.
      - Whether the encryption context that limits O(decrypt_principals) reaches KMS with a Bucket Key is not documented and
        B(not verified against a live account).
    type: bool
notes:
  - A key policy may have 32,768 bytes. The return values tell how full it is, in check mode too.
  - KMS knows no conditional write of a policy. Let one job at a time write it. The module reads the policy back after the
    write and merges again when somebody else has written meanwhile.
  - O(layout=organization) relies on C(aws:SourceOrgID) in a key policy, which is documented for the bucket policy and
    B(not verified against a live account) for the key.
  - "Permissions needed: C(kms:DescribeKey), C(kms:GetKeyPolicy) and C(kms:PutKeyPolicy) on the key."
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - name: AWS KMS key policies for CloudTrail
    description: The statements that CloudTrail asks for.
    link: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
"""

EXAMPLES = r"""
- name: Let the accounts' trails encrypt, and one role of the security team decrypt
  central_logging.aws.kms_key_grant_accounts:
    key: alias/central-logging
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    accounts:
      - {id: "444455556666", trail_name: sectrailprod}
      - {id: "012345678901", trail_name: sectrailstaging}
    decrypt_principals:
      - arn:aws:iam::111122223333:role/LogReader

- name: Let a second role decrypt the logs of one account only
  central_logging.aws.kms_key_grant_accounts:
    key: alias/central-logging
    region: us-east-1
    decrypt_principals:
      - arn:aws:iam::111122223333:role/LogReader
      - arn: arn:aws:iam::111122223333:role/ProductionForensics
        accounts: ["444455556666"]

- name: Print the statements for a review, without touching AWS
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
    - The ARN of the key. Null where the key is not known, with O(state=rendered).
    - Where the key does not exist yet, in check mode, the ARN of the alias.
  returned: success
  type: str
  sample: arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e
policy:
  description: The policy of the key as it is, or in check mode and with O(state=rendered) would be. Null where there is none.
  returned: success
  type: dict
bytes:
  description: Size of that policy as it is sent. AWS may show it with more white space.
  returned: success
  type: int
  sample: 2210
limit:
  description: Size that AWS takes, in bytes.
  returned: success
  type: int
  sample: 32768
room:
  description: How many more accounts fit in this layout. Null for any number.
  returned: success
  type: int
  sample: 260
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
"""

from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.argument_spec import POLICY_SPEC
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_policy import KeyPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import StateOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run

ARGUMENT_SPEC = {
    **POLICY_SPEC,
    "key": {"type": "str", "required": True, "no_log": False},
    "decrypt_principals": {"type": "list", "elements": "raw"},
    "allow_overlap": {"type": "bool", "default": False},
    "bucket_key": {"type": "bool", "no_log": False},
}

OPERATION = StateOperation(resource=KeyPolicy, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
