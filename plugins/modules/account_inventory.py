#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: account_inventory
version_added: 0.1.0
short_description: Validate the inventory of accounts
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Validates the hosts of the groups C(log_archive), C(members) and C(organization). Each host is one account.
  - Fails before any call to AWS, with a list of all problems. Problems are account ids that are not in quotes, do not have 12
    digits or are listed twice. A role of another account, several partitions, and trail or bucket names that AWS would reject
    are problems as well. There must be one log-archive host, and at least one member unless
    C(central_logging_allow_no_members) is true. No principal that decrypts may belong to an account that encrypts.
  - Returns the accounts in the form of the options of M(central_logging.aws.s3_log_bucket_policy) and
    M(central_logging.aws.kms_key_grant_accounts).
  - All hosts of the groups are validated, including the hosts that C(--limit) excludes. In a job slice, the inventory has only
    some members and no log-archive host. This is valid if C(central_logging_kms_key_arn) is set.
  - Runs on the controller. It needs neither a connection nor credentials. Run it once, with C(run_once).
extends_documentation_fragment:
  - central_logging.aws._attributes
options:
  allowed:
    description:
      - The ids of the accounts that the policies allow, as both policy modules return them. Accounts that are not in the inventory
        are returned in RV(unlisted) and named in a warning, because an inventory source can return too few accounts.
    type: list
    elements: str
  trails:
    description:
      - The name of the variable in which each host has registered the result of
        M(central_logging.aws.cloudtrail_central_info). If this is set, RV(delivering) and RV(validated) are returned.
    type: str
  previous:
    description:
      - The path of the C(evidence.json) of an earlier run. Its newest digests are RV(validated[].verified_digests).
      - An account that has delivered since its trail started or changed waits for no first delivery. RV(delivering[].delivering_since)
        is then empty.
      - If the file cannot be read, there are no such digests. M(central_logging.aws.evidence_report) reports why.
      - It must not be older than the time for which the bucket keeps logs.
    type: path
  facts:
    description:
      - The C(facts) that O(previous) must have, such as the bucket and the prefix. If it has other ones, its digests may lie in
        another place, and are not expected.
    type: dict
    default: {}
notes:
  - "Host variables: C(account_id), C(role_arn), C(external_id), C(trail_name)."
  - "Group variables: C(central_logging_region), C(central_logging_bucket), C(central_logging_prefix),
    C(central_logging_key_alias), C(central_logging_kms_key_arn), C(central_logging_trail_name),
    C(central_logging_organization_id), C(central_logging_decrypt_principals), C(central_logging_readers),
    C(central_logging_break_glass_principals), C(central_logging_organization_trail),
    C(central_logging_management_account_id), C(central_logging_allow_no_members). For the verification, C(central_logging_verify_role_arn),
    C(central_logging_verify_external_id), C(central_logging_first_delivery_timeout),
    C(central_logging_evidence_directory) and C(central_logging_previous_evidence)."
  - C(central_logging_organization_trail) is the name of the organization trail. Members for which it is set have no trails of
    their own. The group C(organization) then has the host of the account that manages the organization trail. It is the
    management account or a delegated administrator for CloudTrail, and may be in another group as well.
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - module: central_logging.aws.kms_key_grant_accounts
"""

EXAMPLES = r"""
- name: Validate the inventory, once for all accounts
  central_logging.aws.account_inventory:
  run_once: true
  register: inventory

- name: Allow every account of the inventory
  central_logging.aws.s3_log_bucket_policy:
    bucket: secprod-multiaccount-logs
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    accounts: "{{ inventory.accounts }}"
  run_once: true
"""

RETURN = r"""
accounts:
  description:
    - The accounts with trails of their own, the log-archive account first. Members that the organization trail records are
      not included.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the account.
      type: str
      returned: always
      sample: "444455556666"
    trail_name:
      description: The name of the account's trail.
      type: str
      returned: always
      sample: sectrailprod
    region:
      description: The home Region of the trail.
      type: str
      returned: always
      sample: us-east-1
unlisted:
  description: The ids in O(allowed) of accounts that are not in the inventory.
  returned: with O(allowed)
  type: list
  elements: str
  sample: ["777788889999"]
organization_trails:
  description: The organization trail, in the form of the option C(organization_trails) of both policy modules. Empty if there is none.
  returned: success
  type: list
  elements: dict
  contains:
    management_account_id:
      description: The id of the management account, to which the trail belongs.
      type: str
      returned: always
      sample: "222233334444"
    trail_name:
      description: The name of the trail.
      type: str
      returned: always
      sample: OrganizationTrail
    region:
      description: The home Region of the trail.
      type: str
      returned: always
      sample: us-east-1
organization_trail_arn:
  description: The ARN that the organization trail has or will have. Null if there is none.
  returned: success
  type: str
  sample: arn:aws:cloudtrail:us-east-1:222233334444:trail/OrganizationTrail
organization_trail_reader:
  description:
    - The first host of this play that the organization trail records. The verification reads the event selectors of the trail
      once, for this host. Null if there is none.
  returned: success
  type: str
  sample: production
delivering:
  description: The accounts of this play, in the form of the option O(central_logging.aws.cloudtrail_delivery_info#module:accounts).
  returned: with O(trails)
  type: list
  elements: dict
  contains:
    id:
      description: The id of the account.
      type: str
      returned: always
      sample: "444455556666"
    trail_name:
      description: The name of the account's trail.
      type: str
      returned: always
      sample: sectrailprod
    region:
      description: The home Region of the trail.
      type: str
      returned: always
      sample: us-east-1
    logging_since:
      description:
        - When the trail that records the account started to log, or when its bucket, prefix, key, log file
          validation or Regions last changed. The later time counts. Empty if the trail does not log, or if the time is not known.
        - A change is known from the tasks of the same run, or from the return value C(last_changed) of
          M(central_logging.aws.cloudtrail_central_info).
      type: str
      returned: always
      sample: "2026-11-25T14:00:00Z"
    delivering_since:
      description: The same time without changes that do not stop the delivery. Empty if the trail has delivered before.
      type: str
      returned: always
      sample: "2026-11-25T14:00:00Z"
    change:
      description: What happened at this time, as a clause about the trail. Empty if the trail started to log.
      type: str
      returned: always
      sample: "was changed: bucket, key_prefix"
    logging:
      description: Whether the trail that records the account is logging.
      type: bool
      returned: when it is known
      sample: true
    log_file_validation:
      description: Whether log file validation of this trail is on.
      type: bool
      returned: when it is known
      sample: true
validated:
  description: The accounts of this play, in the form of the option O(central_logging.aws.cloudtrail_integrity_info#module:accounts).
  returned: with O(trails)
  type: list
  elements: dict
  contains:
    id:
      description: The id of the account.
      type: str
      returned: always
      sample: "444455556666"
    trail_name:
      description: The name of the trail that records the account, which may be the organization trail.
      type: str
      returned: always
      sample: sectrailprod
    region:
      description: The home Region of that trail.
      type: str
      returned: always
      sample: us-east-1
    logging_since:
      description: The same time as in RV(delivering[].logging_since).
      type: str
      returned: always
      sample: "2026-11-25T14:00:00Z"
    delivering_since:
      description: The same time without changes that do not stop the delivery. Empty if the trail has delivered before.
      type: str
      returned: always
      sample: "2026-11-25T14:00:00Z"
    multi_region:
      description: Whether that trail is logging and records all Regions.
      type: bool
      returned: when it is known
    verified_digests:
      description: The Regions whose digests O(previous) contains, with the time of the newest.
      type: list
      elements: dict
      returned: always
      sample: [{region: eu-west-1, until: "2026-11-25T14:00:00Z"}]
    interruptions:
      description:
        - The times in which that trail did not deliver digests to the archive, although it did before. See
          RV(central_logging.aws.cloudtrail_central_info#module:interruptions).
      type: list
      elements: dict
      returned: always
    role_arn:
      description: The variable C(role_arn) of the host.
      type: str
      returned: when the host has one
      sample: arn:aws:iam::444455556666:role/CentralLogging
    external_id:
      description: The variable C(external_id) of the host.
      type: str
      returned: when the host has one
    organization_trail:
      description: Whether the organization trail records the account.
      type: bool
      returned: always
"""

# The code is in plugins/action/account_inventory.py, because only the controller has the inventory.
