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
  - Reads the hosts of the groups C(log_archive), C(members) and C(organization), one host for each account, and fails with a
    list of all that is wrong with them before any call to AWS. Account ids that are not in quotes, not of 12 digits or listed twice, a role
    of another account, several partitions, a trail or bucket name that AWS would refuse, no or several log-archive hosts,
    somebody who decrypts in an account that encrypts.
  - Returns the accounts as M(central_logging.aws.s3_log_bucket_policy) and M(central_logging.aws.kms_key_grant_accounts)
    take them.
  - All hosts of the groups are read, also those that C(--limit) leaves out. A slice, whose inventory holds some of the members
    and no log-archive host, is taken where C(central_logging_kms_key_arn) tells the key.
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
    C(central_logging_break_glass_principals), C(central_logging_organization_trail),
    C(central_logging_management_account_id). For the proof C(central_logging_verify_role_arn),
    C(central_logging_verify_external_id), C(central_logging_first_delivery_timeout) and
    C(central_logging_evidence_directory)."
  - C(central_logging_organization_trail) is the name of the trail that records the whole organization. Members that have it
    set get no trails of their own. The group C(organization) then holds the host of the account that manages it, the
    management account or a delegated administrator for CloudTrail; it may be in another group too.
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
  description:
    - The accounts that have trails of their own, the log-archive account first. Members that the organization's trail
      records are not among them.
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
organization_trails:
  description: The organization's trail, as the option of that name of both policy modules takes it. Empty where there is none.
  returned: success
  type: list
  elements: dict
  contains:
    management_account_id:
      description: The id of the management account, which the trail belongs to.
      type: str
      returned: always
      sample: "222233334444"
    trail_name:
      description: Its name.
      type: str
      returned: always
      sample: OrganizationTrail
    region:
      description: Its home Region.
      type: str
      returned: always
      sample: us-east-1
organization_trail_arn:
  description: The ARN that this trail has or will have. Null where there is none.
  returned: success
  type: str
  sample: arn:aws:cloudtrail:us-east-1:222233334444:trail/OrganizationTrail
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
