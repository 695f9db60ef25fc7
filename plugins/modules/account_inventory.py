#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: account_inventory
version_added: 0.1.0
short_description: Checks the inventory of accounts before anything is done
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Reads the hosts of the groups C(log_archive) and C(members), one host for each account, and fails with a list of all that
    is wrong with them before any call to AWS. Account ids that are not in quotes, not of 12 digits or listed twice, a role
    of another account, several partitions, a trail or bucket name that AWS would refuse, no or several log-archive hosts,
    somebody who decrypts in an account that encrypts.
  - Returns the accounts as M(central_logging.aws.s3_log_bucket_policy) and M(central_logging.aws.kms_key_grant_accounts)
    take them.
  - All hosts of the groups are read, also those that C(--limit) leaves out.
  - Runs on the controller and needs neither a connection nor credentials. Run it once, with C(run_once).
extends_documentation_fragment:
  - central_logging.aws._attributes
options:
  trails:
    description:
      - The name of the variable in which each host has registered the result of
        M(central_logging.aws.cloudtrail_central_info). With it, RV(delivering) and RV(validated) are returned.
    type: str
notes:
  - "Host variables: C(account_id), C(role_arn), C(external_id), C(trail_name)."
  - "Group variables: C(central_logging_region), C(central_logging_bucket), C(central_logging_prefix),
    C(central_logging_key_alias), C(central_logging_kms_key_arn), C(central_logging_trail_name),
    C(central_logging_organization_id), C(central_logging_decrypt_principals), C(central_logging_readers),
    C(central_logging_break_glass_principals). For the proof C(central_logging_verify_role_arn),
    C(central_logging_verify_external_id), C(central_logging_first_delivery_timeout) and
    C(central_logging_evidence_directory)."
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - module: central_logging.aws.kms_key_grant_accounts
"""

EXAMPLES = r"""
- name: Check the inventory, once for all accounts
  central_logging.aws.account_inventory:
  run_once: true
  register: inventory

- name: Admit every account of the inventory
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    accounts: "{{ inventory.accounts }}"
  run_once: true
"""

RETURN = r"""
accounts:
  description: The accounts of both groups, the log-archive account first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The account's id.
      type: str
      returned: always
      sample: "444455556666"
    trail_name:
      description: The name of its trail.
      type: str
      returned: always
      sample: sectrailprod
    region:
      description: The home Region of that trail.
      type: str
      returned: always
      sample: us-east-1
delivering:
  description: The accounts of this play, as M(central_logging.aws.cloudtrail_delivery_info) takes them.
  returned: with O(trails)
  type: list
  elements: dict
  contains:
    id:
      description: The account's id.
      type: str
      returned: always
      sample: "444455556666"
    trail_name:
      description: The name of its trail.
      type: str
      returned: always
      sample: sectrailprod
    region:
      description: The home Region of that trail.
      type: str
      returned: always
      sample: us-east-1
    logging_since:
      description: When that trail began to log. Empty where it does not, or where that is not known.
      type: str
      returned: always
      sample: "2026-11-25T14:00:00Z"
validated:
  description: The accounts of this play, as M(central_logging.aws.cloudtrail_integrity_info) takes them.
  returned: with O(trails)
  type: list
  elements: dict
  contains:
    id:
      description: The account's id.
      type: str
      returned: always
      sample: "444455556666"
    role_arn:
      description: The host's C(role_arn).
      type: str
      returned: when the host has one
      sample: arn:aws:iam::444455556666:role/CentralLogging
    external_id:
      description: The host's C(external_id).
      type: str
      returned: when the host has one
"""

# The code is in plugins/action/account_inventory.py, because only the controller knows the inventory.
