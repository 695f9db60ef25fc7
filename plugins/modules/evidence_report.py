#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: evidence_report
version_added: 0.1.0
short_description: Report a verdict for each account, and write the evidence
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Combines the results of M(central_logging.aws.cloudtrail_central_info), M(central_logging.aws.cloudtrail_delivery_info),
    M(central_logging.aws.cloudtrail_integrity_info) and M(central_logging.aws.log_archive_access_info). Returns a status for
    each account of the play and each check.
  - An account without a result has not passed. A module that failed is reported as a failure.
  - Writes the evidence as JSON, as JUnit XML for a pipeline, and as one HTML page that loads no other file.
  - Does not fail any host. Use RV(hosts) with M(ansible.builtin.assert), as the role
    P(central_logging.aws.verification#role) does.
  - Runs on the controller, makes no calls to AWS and needs no credentials. Run the module once, with C(run_once).
extends_documentation_fragment:
  - central_logging.aws._attributes
attributes:
  check_mode:
    details:
      - In check mode the verdicts are the same, and no file is written.
  diff_mode:
    support: none
    details:
      - Each run writes new evidence.
  idempotent:
    support: none
    details:
      - The evidence contains the time of the run. RV(ignore:changed) is V(true) whenever the files are written.
options:
  trails:
    description:
      - The name of the variable in which each host has registered the result of
        M(central_logging.aws.cloudtrail_central_info). A host without this variable is reported as failed earlier in the run.
    type: str
    required: true
  delivery:
    description:
      - The result of M(central_logging.aws.cloudtrail_delivery_info). The result of a failed task is valid too.
      - If this option is not set, or the task was skipped, the evidence does not contain this check. The same applies to
        O(integrity) and O(access).
    type: dict
  integrity:
    description: The result of M(central_logging.aws.cloudtrail_integrity_info).
    type: dict
  access:
    description: The result of M(central_logging.aws.log_archive_access_info).
    type: dict
  first_delivery_timeout:
    description:
      - Time in seconds after the start of logging. During this time an account without digests is V(waiting) instead of
        V(failed).
    type: int
    default: 7200
  facts:
    description: Headings and texts to show at the top of the page, such as the name of the bucket.
    type: dict
    default: {}
  directory:
    description:
      - The directory to write the files to. The module creates it if it does not exist. A relative path starts in the directory
        in which C(ansible-playbook) was started.
      - If this option is not set, no file is written.
      - A directory inside an installed collection is not accepted. AWX deletes the directory of the project after the job. To
        keep the evidence, use another directory, such as a mounted volume.
    type: str
notes:
  - The report contains all hosts of the play, including hosts that failed before. It leaves out findings about accounts that
    C(--limit) excludes.
  - Text that others can choose, such as object keys and statement ids, is escaped. It cannot control a browser or a terminal.
seealso:
  - module: central_logging.aws.cloudtrail_central_info
  - module: central_logging.aws.cloudtrail_delivery_info
  - module: central_logging.aws.cloudtrail_integrity_info
  - module: central_logging.aws.log_archive_access_info
"""

EXAMPLES = r"""
- name: Read the trails of each account
  central_logging.aws.cloudtrail_central_info:
    region: us-east-1
    assume_role_arn: "{{ role_arn }}"
    trail_name: "{{ trail_name }}"
  register: trails
  failed_when: false # the report contains the failure

- name: Write the evidence
  central_logging.aws.evidence_report:
    trails: trails
    directory: /var/lib/central-logging/{{ now(utc=true, fmt='%Y-%m-%d') }}
  run_once: true
  register: report

- name: Fail each account that did not pass
  ansible.builtin.assert:
    that: report.hosts[inventory_hostname].status != 'failed'
    fail_msg: "{{ report.hosts[inventory_hostname].failed }}"
"""

RETURN = r"""
status:
  description:
    - The most severe status of all accounts and of the log archive, V(failed), V(not_checked), V(waiting) or V(passed).
  returned: success
  type: str
  sample: passed
hosts:
  description:
    - The verdict for each host of the play. Findings about the log archive belong to the log-archive host, or to the first host
      if the log-archive host is not in the play.
  returned: success
  type: dict
  contains:
    status:
      description: V(failed), V(waiting) or V(passed).
      returned: always
      type: str
    failed:
      description: A message for each failure, with its remediation. At most ten messages, and then the number of the others.
      returned: always
      type: list
      elements: str
    waiting:
      description: A message for each delivery that is not due yet, with the same limit.
      returned: always
      type: list
      elements: str
files:
  description: The paths of the files. Empty if no file was written.
  returned: success
  type: dict
  contains:
    json:
      description:
        - The evidence in a versioned format. C(format) is C(central_logging.aws/evidence). C(version) is 1, and increases when
          a key changes its meaning or is removed.
        - C(made), C(status), C(facts), C(range), and C(inventory), the number of accounts in the inventory.
        - C(accounts), each with C(host), C(account), C(region), C(trail) and C(status). C(checks) has a status for each check,
          and C(regions) a status for each Region and check. A status is C(failed), C(not_checked), C(waiting), C(info) or
          C(passed).
        - C(archive), the same for the log archive.
        - C(findings), as the modules return them, and C(controls), each with the accounts that do not meet the control.
        - C(deliveries), C(unexpected_accounts), C(chains), C(duplicates) and C(access), as the modules return them.
      returned: when written
      type: str
      sample: /home/auditor/evidence/evidence.json
    junit:
      description: JUnit XML, with a suite for each check and a case for each account and Region.
      returned: when written
      type: str
      sample: /home/auditor/evidence/junit.xml
    html:
      description: The HTML page.
      returned: when written
      type: str
      sample: /home/auditor/evidence/evidence.html
"""

# The code is in plugins/action/evidence_report.py because only the controller has the variables of all hosts.
