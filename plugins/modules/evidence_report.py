#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: evidence_report
version_added: 0.1.0
short_description: Rolls the proofs of all accounts up into a verdict for each, and writes the evidence
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Takes what M(central_logging.aws.cloudtrail_central_info), M(central_logging.aws.cloudtrail_delivery_info),
    M(central_logging.aws.cloudtrail_integrity_info) and M(central_logging.aws.log_archive_access_info) returned, and says
    for each account of the play and each check whether it failed, waits for the first delivery, or passed.
  - An account of which a proof says nothing has not passed. A module that could not answer is a failure too.
  - Writes the evidence as JSON, as JUnit XML for a pipeline, and as one page of HTML that needs nothing else.
  - Fails no host by itself. RV(hosts) has the sentences for M(ansible.builtin.assert), as the role
    P(central_logging.aws.verification#role) does it.
  - Runs on the controller, calls nobody and needs no credentials. Run it once, with C(run_once).
extends_documentation_fragment:
  - central_logging.aws._attributes
attributes:
  check_mode:
    details:
      - In check mode the verdicts are the same, and nothing is written.
  diff_mode:
    support: none
    details:
      - The evidence is new each time.
  idempotent:
    support: none
    details:
      - The evidence holds the time at which it was made, so that RV(ignore:changed) is V(true) whenever it is written.
options:
  trails:
    description:
      - The name of the variable in which each host has registered the result of
        M(central_logging.aws.cloudtrail_central_info). A host without it has failed earlier, and is reported as such.
    type: str
    required: true
  delivery:
    description:
      - The result of M(central_logging.aws.cloudtrail_delivery_info), also one that failed.
      - Left out or skipped, this proof is not part of the evidence. The same holds for O(integrity) and O(access).
    type: dict
  integrity:
    description: The result of M(central_logging.aws.cloudtrail_integrity_info).
    type: dict
  access:
    description: The result of M(central_logging.aws.log_archive_access_info).
    type: dict
  first_delivery_timeout:
    description:
      - Seconds after the start of logging for which an account without digests waits, and does not fail.
    type: int
    default: 7200
  facts:
    description: What else to say at the top of the page, such as the name of the bucket. Headings and texts.
    type: dict
    default: {}
  directory:
    description:
      - Where the files go; it is made where it is missing. A relative path starts where C(ansible-playbook) was started.
      - Left out, nothing is written.
      - Not inside an installed collection. In AWX the directory of the project is thrown away after the job, so that
        another one has to be named to keep the evidence, such as a mounted volume.
    type: str
notes:
  - All hosts of the play count, also those that have failed before. What concerns an account out of C(--limit) is left to
    a run of its own.
  - Text of others, such as object keys and statement ids, is shown as text and cannot steer a browser or terminal.
seealso:
  - module: central_logging.aws.cloudtrail_central_info
  - module: central_logging.aws.cloudtrail_delivery_info
  - module: central_logging.aws.cloudtrail_integrity_info
  - module: central_logging.aws.log_archive_access_info
"""

EXAMPLES = r"""
- name: Look at each account's trails
  central_logging.aws.cloudtrail_central_info:
    region: us-east-1
    assume_role_arn: "{{ role_arn }}"
    trail_name: "{{ trail_name }}"
  register: trails
  failed_when: false # what failed is in the result, and the report says so

- name: Write the evidence
  central_logging.aws.evidence_report:
    trails: trails
    directory: /var/lib/central-logging/{{ now(utc=true, fmt='%Y-%m-%d') }}
  run_once: true
  register: report

- name: Fail each account that failed
  ansible.builtin.assert:
    that: report.hosts[inventory_hostname].status != 'failed'
    fail_msg: "{{ report.hosts[inventory_hostname].failed }}"
"""

RETURN = r"""
status:
  description: V(failed), V(not_checked), V(waiting) or V(passed), the worst of all accounts and of the archive.
  returned: success
  type: str
  sample: passed
hosts:
  description:
    - For each host of the play its verdict. What concerns the archive as a whole is with the log-archive host, or with the
      first host where that one is out of the play.
  returned: success
  type: dict
  contains:
    status:
      description: V(failed), V(waiting) or V(passed).
      returned: always
      type: str
    failed:
      description: A sentence for each failure, with what to do. At most ten, and how many more there are.
      returned: always
      type: list
      elements: str
    waiting:
      description: The same for what is still to come.
      returned: always
      type: list
      elements: str
files:
  description: The paths of the files. Empty where nothing was written.
  returned: success
  type: dict
  contains:
    json:
      description:
        - The evidence with its format and version. C(format) is C(central_logging.aws/evidence); C(version) is 1 and rises
          when a key changes its meaning or goes.
        - C(made), C(status), C(facts), C(range), and C(inventory), the number of accounts in the inventory.
        - C(accounts), each with C(host), C(account), C(region), C(trail), C(status), and in C(checks) a status for each
          check, in C(regions) one for each Region and check. A status is C(failed), C(not_checked), C(waiting), C(info) or
          C(passed).
        - C(archive), the same for the archive as a whole.
        - C(findings), as the modules return them, and C(controls), each with the accounts that fail it.
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
      description: The page.
      returned: when written
      type: str
      sample: /home/auditor/evidence/evidence.html
"""

# The code is in plugins/action/evidence_report.py, because only the controller knows all hosts.
