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
  - An account without a result has not passed. A module that failed is reported as a failure. A check that could not read
    anything is V(not_checked), never V(passed).
  - Findings with one cause are one problem, however many accounts and Regions it affects. A disabled key is one problem. The
    failed deliveries and unreadable objects are listed under it as effects. A problem does not change the status of any check.
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
  failure:
    description:
      - The name of the variable in which a host has the reason why this run could not configure it. Such a host has a failed
        finding with this reason.
    type: str
  delivery:
    description:
      - The result of M(central_logging.aws.cloudtrail_delivery_info). The result of a failed task is valid too.
      - If this option is not set, or the task was skipped, the evidence does not contain this check. The same applies to
        O(integrity) and O(access). RV(left_out) lists the checks that the evidence does not contain.
    type: dict
  integrity:
    description: The result of M(central_logging.aws.cloudtrail_integrity_info).
    type: dict
  access:
    description: The result of M(central_logging.aws.log_archive_access_info).
    type: dict
  archive_account_id:
    description:
      - The ID of the log-archive account. It is used if the inventory has no host in the group C(log_archive). The checks of the
        log archive are then V(not_checked), unless O(access) is set.
    type: str
  kms_key:
    description:
      - The key with which M(central_logging.aws.cloudtrail_delivery_info) compared the encryption. If it is an empty string, the
        encryption was not compared, and is V(not_checked).
      - If this option is not set, the encryption is V(not_checked) only if O(access) is the result of a failed task.
    type: str
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
  looked:
    description: Who read the policies and the logs. The evidence contains this list.
    type: list
    elements: dict
    suboptions:
      what:
        description: What was read, such as C(the policies).
        type: str
        required: true
      role:
        description: The ARN of the role, or another name of the principal.
        type: str
        required: true
  previous:
    description:
      - The path of an C(evidence.json) of an earlier run, of version 1 or 2. The evidence then marks each problem as V(new) or
        V(unchanged), and lists the problems that are gone and the accounts whose status has changed.
      - A problem is gone only if this run has checked the same thing again.
      - If the file cannot be read, or is not evidence of the same log archive, the module writes the evidence of this run
        without the comparison. The reason fails the log-archive host, or the first host if that is not in the play.
    type: path
  directory:
    description:
      - The directory to write the files to. The module creates it if it does not exist. A relative path starts in the directory
        in which C(ansible-playbook) was started.
      - If this option is not set, no file is written.
      - A directory inside an installed collection is not accepted. AWX deletes the directory of the project after the job. To
        keep the evidence, use another directory, such as a mounted volume.
    type: str
notes:
  - The report contains all hosts of the play that are in the groups C(log_archive) and C(members), including hosts that failed
    before. Without such a host, the module fails. It leaves out findings about accounts that C(--limit) excludes.
  - RV(status) and RV(hosts) are only about the checks and accounts of the run. If a check or an account of the inventory is
    missing, or hours of the time range are not covered, RV(status) is V(passed_in_part) instead of V(passed), and RV(headline)
    names what is missing.
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

- name: Write the evidence of the trails only; left_out lists all other checks
  central_logging.aws.evidence_report:
    trails: trails
    directory: /var/lib/central-logging/{{ now(utc=true, fmt='%Y-%m-%d') }}
    looked:
      - what: the trails
        role: "{{ role_arn }}"
  run_once: true
  register: report

- name: Report the result of each account
  ansible.builtin.debug:
    msg: "{{ report.hosts[inventory_hostname].lines }}"

- name: Fail each account that did not pass
  ansible.builtin.assert:
    that:
      - report.hosts[inventory_hostname].failed | length == 0
      - report.hosts[inventory_hostname].not_checked | length == 0
    fail_msg: "{{ report.hosts[inventory_hostname].reason }}"
    quiet: true

- name: Compare the evidence with that of last week
  central_logging.aws.evidence_report:
    trails: trails
    directory: /var/lib/central-logging/{{ now(utc=true, fmt='%Y-%m-%d') }}
    previous: /var/lib/central-logging/2026-11-18/evidence.json
  run_once: true
"""

RETURN = r"""
status:
  description:
    - The most severe status of all accounts and of the log archive, V(failed), V(not_checked), V(waiting), V(passed_in_part) or
      V(passed).
    - V(passed_in_part) means that everything that was checked has passed, but a check or an account of the inventory was not
      part of the run, or verified digests do not cover the whole time range. It does not fail the run.
  returned: success
  type: str
  sample: passed
headline:
  description: RV(status) in one or more sentences, with what was not checked or not covered. The page begins with it.
  returned: success
  type: str
  sample: "Passed in part: all checks passed in 4 accounts and in the log archive. 6 of 24 hours covered."
overview:
  description:
    - What a play can print for the run. RV(headline), and a line for each problem with the number of accounts that it affects and
      the first of their names. At most 20 problems, and then the number of the others.
    - Only waits are explained here. RV(hosts) has the reason and the remediation of what failed or was not checked.
  returned: success
  type: list
  elements: str
  sample:
    - "1 of 4 accounts failed."
    - "Failed: The trail is not logging, in 1 account (production)."
left_out:
  description:
    - The checks that were not part of the run, because their module did not run. RV(status) says nothing about them.
  returned: success
  type: list
  elements: str
  sample: [integrity]
hosts:
  description:
    - The verdict for each host of the play. Findings about the log archive belong to the log-archive host, or to the first host
      if the log-archive host is not in the play.
  returned: success
  type: dict
  contains:
    status:
      description:
        - V(failed), V(not_checked), V(waiting), V(passed_in_part) or V(passed). V(passed_in_part) means that a check of the
          account was not part of the run, or verified digests do not cover the whole time range.
      returned: always
      type: str
    failed:
      description:
        - A line for each problem that fails the host, with the number of accounts that it affects and its remediation. At most
          five lines, and then the number of the others.
      returned: always
      type: list
      elements: str
    waiting:
      description:
        - A line for each delivery that is not due yet, with its deadline and the same limit. RV(overview) has the explanation.
      returned: always
      type: list
      elements: str
    not_checked:
      description:
        - A line for each thing that could not be read, with the reason and the remediation. A check that is unknown because a
          module failed is left out, because the log-archive host reports the failure.
      returned: always
      type: list
      elements: str
    lines:
      description:
        - What a play can print for the host. The lines of RV(hosts.failed), or if it is empty, all other lines and the checks in
          RV(left_out).
        - For an account that passed, the hours that verified digests cover and the ages of the newest log file and digest.
        - If a module failed on the log-archive host, the checks that this leaves unknown, with the beginning of its message.
      returned: always
      type: list
      elements: str
    reason:
      description:
        - The titles of the first three problems that fail the host, in one sentence. Empty if the host does not fail. It is short
          because Ansible prints the message of a failed task twice.
      returned: always
      type: str
      sample: "Account 444455556666 did not pass: The trail is not logging."
summary:
  description: A line for each problem of all hosts, the most severe first.
  returned: success
  type: list
  elements: str
  sample:
    - "Failed: Trail sectrailprod is not logging since 2026-11-25T05:12:00Z, so it records no events. Start logging."
sha256:
  description: The SHA-256 hash of the JSON file, also in check mode. The page and the JUnit XML contain it too.
  returned: success
  type: str
  sample: 0d3a2b3ff8a5a2f8d0d9d5d0c27cbd6d1f6a3f9b9a4a3f1d6d5a0f6c7a4f0e11
files:
  description: The paths of the files. Empty if no file was written.
  returned: success
  type: dict
  contains:
    json:
      description:
        - The evidence in a versioned format. C(format) is C(central_logging.aws/evidence). C(version) is 2, and increases when
          a key changes its meaning or is removed.
        - C(made), C(status), C(headline), C(tool) with the versions, C(facts), C(looked), C(range), and C(inventory), the number of accounts
          in the inventory.
        - C(accounts), each with C(host), C(account), C(region), C(trail), C(role) that read the trails, and C(status). C(checks)
          has a status for each check, and C(regions) a status for each Region and check. A status is C(failed),
          C(not_checked), C(waiting), C(info) or C(passed). The status of an account and of the evidence can also be
          C(passed_in_part).
        - C(coverage) of an account has for each Region C(newest_log_file), C(newest_digest), C(newest_verified_digest),
          C(range_seconds), C(covered_seconds) by verified digests, C(log_files), C(verified_log_files), C(uncovered_log_files) and
          C(oldest_uncovered). The keys that end with C(_age) are in seconds at the time C(made). Null means none, or not checked.
        - C(archive), the status of the log archive. C(left_out), the checks that were not part of the run. C(coverage), the
          hours of all accounts and Regions. It is null if they were not counted.
        - C(problems), the most severe first, each with C(status), C(cause), C(kind), C(checks), C(title), C(message),
          C(remediation), C(since) and C(affected). That is a list of findings, each with C(account), C(host), C(region),
          C(check), C(kind), C(resource), C(status), C(message), C(since) and C(remediation), which is empty if it is that of the
          problem. If C(effect) is true, the finding is only an effect
          of the problem. C(change) of a problem and a finding is C(new) or C(unchanged) since the earlier evidence.
        - C(comparison) with the earlier evidence. It is null without O(previous). It has C(made) and C(sha256) of that evidence,
          the numbers of findings that are C(new), C(unchanged) and C(not_compared), the problems that are C(gone), and the
          C(accounts) and the C(archive) whose status has changed. C(archive) is null if its status is the same, or was not checked.
        - C(findings), as the modules return them, and C(controls), each with the accounts that do not meet the control.
        - C(unlisted_accounts), the accounts that the policies allow and that are not in the inventory.
        - C(deliveries), C(unexpected_accounts), C(chains), C(duplicates) and C(access), as the modules return them.
      returned: when written
      type: str
      sample: /home/auditor/evidence/evidence.json
    junit:
      description: JUnit XML, with a suite for each check and a case for each account and Region. The properties contain the hash.
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
