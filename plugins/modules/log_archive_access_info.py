#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: log_archive_access_info
version_added: 0.1.0
short_description: Show who can encrypt, decrypt, read and delete the logs, and how bucket and key are protected
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Reads the policies of the log bucket and of the central key, the grants of the key, and the settings that protect both.
  - Returns who can encrypt, who can decrypt, who can read logs, and who can delete logs or shorten their retention.
  - Logs are the objects in the folders of C(AWSLogs/) that CloudTrail writes, whose names begin with C(CloudTrail). Access to
    other objects, such as those of AWS Config, is not reported.
  - Reports principals that can decrypt and belong to an account that encrypts, and describes every statement that this
    collection does not manage.
  - When the result is uncertain, access is reported. Access counts as denied only if a statement definitely denies it.
  - A condition counts as AWS documents its operator, its key and its policy variables. If a value cannot be read, or if the
    request may or may not have the key, the access is reported with RV(decrypt[].certain) false.
  - Run the module in the account that owns bucket and key.
extends_documentation_fragment:
  - central_logging.aws._attributes
  - central_logging.aws._attributes.info
  - central_logging.aws._attributes.action_group
  - central_logging.aws._accounts
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  bucket:
    description: The name of the log bucket.
    type: str
    required: true
  key:
    description: The central key, as key id, key ARN, alias name, or alias ARN.
    type: str
    required: true
  decrypt_principals:
    description:
      - The principals that are expected to decrypt, as in M(central_logging.aws.kms_key_grant_accounts). Each entry is an
        ARN, or a dictionary with C(arn). Any other principal that can decrypt is a failed finding.
      - If the dictionary has C(accounts), a statement that lets the principal decrypt logs of other accounts is a failed
        finding.
      - Without this option, decrypters are not compared.
    type: list
    elements: raw
  readers:
    description:
      - The ARNs of the principals that are expected to read objects. Any other principal that can read is a failed finding.
      - Without this option, readers are not compared.
    type: list
    elements: str
  break_glass_principals:
    description:
      - The ARNs, or patterns of ARNs, of the principals that are expected to delete. Any other principal that can delete is a
        failed finding.
      - Without this option, principals of the account are not compared. A principal of another account is always a failed
        finding.
    type: list
    elements: str
  key_prefix:
    description:
      - The prefix of the logs in the bucket. An empty value means no prefix. Access to other objects, and lifecycle rules for
        them, are then not reported.
      - The prefixes that the bucket policy names before C(AWSLogs/), or where it lets CloudTrail deliver, count too.
      - Without this option, logs may have any prefix. So access to almost every folder, and every lifecycle rule, may be about
        logs.
    type: str
  earlier_prefixes:
    description:
      - Other prefixes of logs in the bucket, such as the prefix before a change of O(key_prefix).
    type: list
    elements: str
  retention_days:
    description:
      - The number of days for which logs must be kept. A lifecycle rule that deletes logs earlier is a failed finding.
      - The default is that of PCI DSS 4.0, requirement 10.5.1.
    type: int
    default: 365
  replica_buckets:
    description: The names of the buckets to which logs may be replicated. Any other destination is a failed finding.
    type: list
    elements: str
notes:
  - IAM policies are not read. If a statement lets the IAM policies of an account decide, the access is reported for the whole
    account, with RV(decrypt[].certain) false. This always applies to the bucket, because principals of its own account need no
    bucket policy.
  - Service control policies, resource control policies, ACLs, access points and Block Public Access of the account are not
    read. Service control policies, resource control policies and Block Public Access can only deny access. So the module may
    report access, also certain access, that one of them denies. ACLs count only if RV(hardening.object_ownership) is not
    C(BucketOwnerEnforced).
  - A statement that limits a principal to some logs denies nothing else. If IAM policies of the account can allow more, the
    access has RV(decrypt[].certain) false, because the limit is not certain. The statement that KMS writes into a new key
    policy lets IAM policies decide.
  - Without a condition on the source, the folders in Resource decide which trails may deliver. AWS documents that no prefix can
    contain C(AWSLogs/), but recommends C(aws:SourceArn). So the finding V(confused_deputy) has status V(info) then.
  - RV(overlap) does not include the account that owns the key. This account keeps the archive, and its own trail writes there.
  - The verdicts on controls follow AWS's documentation. They were B(not compared with those of a live Security Hub). S3.17 and
    S3.20 were not found in its documentation.
  - A setting of bucket or key that cannot be read is a finding with status V(not_checked), which names the operation, the error
    and the permission. The controls that depend on it are V(not_checked) too. Without the policies and grants, the module fails.
  - "The module makes seventeen calls, and one more for each further page of grants."
  - "Permissions needed: C(kms:DescribeKey), C(kms:GetKeyPolicy), C(kms:GetKeyRotationStatus) and C(kms:ListGrants) on the key,
    C(s3:GetBucketAcl), C(s3:GetBucketLocation), C(s3:GetBucketLogging), C(s3:GetBucketObjectLockConfiguration),
    C(s3:GetBucketOwnershipControls), C(s3:GetBucketPolicy), C(s3:GetBucketPolicyStatus), C(s3:GetBucketPublicAccessBlock),
    C(s3:GetBucketRequestPayment), C(s3:GetBucketVersioning), C(s3:GetEncryptionConfiguration),
    C(s3:GetLifecycleConfiguration) and C(s3:GetReplicationConfiguration) on the bucket. The role C(CentralLogging) in
    the examples has the permissions in C(docs/iam/log-archive-permissions.json)."
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - module: central_logging.aws.kms_key_grant_accounts
  - module: central_logging.aws.cloudtrail_central_info
  - name: Policy evaluation logic
    description: How AWS evaluates policies.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

EXAMPLES = r"""
- name: Show who can do what with the logs
  central_logging.aws.log_archive_access_info:
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    bucket: secprod-multiaccount-logs
    key: alias/central-logging

- name: Verify that only one role decrypts and reads, and that nobody deletes
  central_logging.aws.log_archive_access_info:
    region: us-east-1
    assume_role_arn: arn:aws:iam::111122223333:role/CentralLogging
    bucket: secprod-multiaccount-logs
    key: alias/central-logging
    decrypt_principals: [arn:aws:iam::111122223333:role/LogReader]
    readers: [arn:aws:iam::111122223333:role/LogReader]
    break_glass_principals: []
  register: access
  failed_when: access.findings | selectattr('status', 'equalto', 'failed') | length > 0
"""

RETURN = r"""
key_arn:
  description: The ARN of the key.
  returned: success
  type: str
encrypt:
  description: Who can encrypt with the key.
  returned: success
  type: list
  elements: dict
  contains: &entry
    principal:
      description:
        - An ARN, the id of an account or organization, the name of a service, or V(*).
      type: str
    kind:
      description:
        - One of V(account), V(role), V(user), V(session), V(root_user), V(service), V(trails), V(organization), V(anyone),
          V(federated), V(canonical_user), V(deleted) and V(unknown).
        - V(account) means the principals that the IAM policies of the account allow. V(trails) means CloudTrail, for the trails
          of that account or organization.
      type: str
    by:
      description:
        - The Sids of the statements that give the access.
        - A statement without a Sid is C(#) with its position, and a grant is C(grant) with its id. C(IAM) stands for IAM policies
          of the bucket's own account, and C(S3) for access that S3 always gives.
      type: list
      elements: str
    actions:
      description: The actions that the principal can use.
      type: list
      elements: str
    conditions:
      description: The conditions of the access, each as a clause.
      type: list
      elements: str
    certain:
      description:
        - Whether the policies that were read decide alone, and without doubt.
        - If conditions limit the access to a part of the bucket or to some trails, the access is certain for that part.
      type: bool
    indirect:
      description: Whether the actions only let the principal get the access, such as C(kms:PutKeyPolicy).
      type: bool
decrypt:
  description: Who can decrypt with the key.
  returned: success
  type: list
  elements: dict
  contains: *entry
read:
  description: Who can read objects. Objects that are encrypted with the key are unreadable without RV(decrypt).
  returned: success
  type: list
  elements: dict
  contains: *entry
write:
  description: Who can write objects.
  returned: success
  type: list
  elements: dict
  contains: *entry
delete:
  description: Who can delete objects, shorten their retention, make them unreadable, or disable or delete the key.
  returned: success
  type: list
  elements: dict
  contains: *entry
overlap:
  description: The principals that can decrypt and belong to an account that encrypts.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account id, the organization id, or V(*) for any account.
      type: str
    principal:
      description: The principal that can decrypt.
      type: str
    kind:
      description: As in RV(decrypt[].kind).
      type: str
    encrypt_by:
      description: The statements that let the account encrypt.
      type: list
      elements: str
    decrypt_by:
      description: The statements that let the principal decrypt.
      type: list
      elements: str
    certain:
      description: Whether both accesses are certain.
      type: bool
foreign_statements:
  description: The statements of both policies that differ from what this collection writes.
  returned: success
  type: list
  elements: dict
  contains:
    policy:
      description: V(key) or V(bucket).
      type: str
    sid:
      description: The Sid. If the Sid is missing or not unique, C(#) and the position follow.
      type: str
    altered:
      description: Whether the statement has a Sid of this collection.
      type: bool
    words:
      description: The statement as a sentence.
      type: str
    statement:
      description: The statement as in the policy.
      type: dict
hardening:
  description: The settings that protect bucket and key. A setting that cannot be read is missing.
  returned: success
  type: dict
  contains:
    public_access_block:
      description: The four settings of Block Public Access of the bucket.
      type: dict
    policy_is_public:
      description: Whether AWS evaluates the bucket policy as public.
      type: bool
    versioning:
      description: V(Enabled), V(Suspended) or empty.
      type: str
    mfa_delete:
      description: Whether deleting an object version requires MFA.
      type: bool
    object_lock:
      description: C(mode), C(days) and C(years) of the default retention. Null if Object Lock is disabled.
      type: dict
    object_ownership:
      description: The setting of Object Ownership. Empty if it is not set.
      type: str
    encryption:
      description: C(algorithm), C(key) and C(bucket_key) of the default encryption.
      type: dict
    logging_bucket:
      description: The bucket that receives the server access logs. Empty if server access logging is disabled.
      type: str
    lifecycle:
      description:
        - The lifecycle rules, each with C(id), C(enabled), C(prefix), C(expiration_days), C(expiration_date),
          C(noncurrent_expiration_days) and C(archive_days), the days until objects must be restored before they can be read.
      type: list
      elements: dict
    replicas:
      description: The destinations of replication, each with C(bucket) and C(account). The account is empty if S3 does not return it.
      type: list
      elements: dict
    requester_pays:
      description: Whether the bucket is a Requester Pays bucket.
      type: bool
    region:
      description: The Region of the bucket.
      type: str
    acl_grants:
      description: The grants of the bucket's ACL to others than the owner, if ACLs are enabled.
      type: list
      elements: str
    key_state:
      description: The state of the key.
      type: str
    key_rotation:
      description: Whether automatic rotation of the key is enabled.
      type: bool
    key_deletion_date:
      description: The date on which KMS deletes the key. Empty if the key is not scheduled for deletion.
      type: str
controls:
  description: The controls of AWS Security Hub about bucket and key.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The control's id.
      type: str
      sample: KMS.4
    title:
      description: What the control requires, in the words of this collection.
      type: str
    status:
      description: V(passed), V(failed) or V(not_checked).
      type: str
    message:
      description: The reason for the status.
      type: str
findings:
  description: Problems, and facts to know.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account that owns bucket and key.
      type: str
    region:
      description: The Region of the key.
      type: str
    check:
      description: V(separation), V(deletion) or V(hardening).
      type: str
    kind:
      description:
        - For V(separation), one of V(public), V(overlap), V(confused_deputy), V(unexpected_decrypter),
          V(unexpected_encrypter), V(unexpected_reader),
          V(indirect_decrypter), V(indirect_reader), V(limited_decrypter), V(limited_reader), V(deleted_decrypter),
          V(deleted_reader), V(delegated), V(bucket_key), V(cannot_decrypt), V(cannot_read), V(writer), V(useless),
          V(foreign_statement), V(altered_statement) and V(unreadable).
        - V(writer) is who else than CloudTrail can write where logs may lie. Its status is C(info) for principals of the account itself, and
          for services that AWS documents to write logs of their own, such as VPC flow logs, AWS Config and access logs of load
          balancers, if the statement limits them by C(aws:SourceAccount) or C(aws:SourceArn) to accounts, and to the folders of
          these accounts. Otherwise it is C(failed), although AWS documents some statements without a limit. Use a prefix of
          their own, such as C(elb/AWSLogs/<account>/*), in which no logs of CloudTrail are.
        - For V(deletion), one of V(public), V(not_denied), V(unexpected_deleter), V(indirect_deleter) and V(key_administrator).
        - For V(hardening), one of V(control), V(key_state), V(key_type), V(key_region), V(other_key), V(expires), V(archived),
          V(replicated), V(requester_pays), V(acl_grants), V(logs_to_itself) and V(not_read).
      type: str
    resource:
      description: The principal, the Sid or the control's id.
      type: str
    status:
      description: V(failed), V(not_checked) or V(info).
      type: str
    message:
      description: The problem or the fact.
      type: str
    remediation:
      description: What to do about it.
      type: str
    since:
      description: Always empty, because policies do not say when they were written.
      type: str
    cause:
      description: Findings with the same cause are one problem, such as V(key_disabled). Empty if the cause is not known.
      type: str
"""

from ansible_collections.central_logging.aws.plugins.module_utils._access.report import AccessReport
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import InfoOperation
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import run

ARGUMENT_SPEC = {
    "bucket": {"type": "str", "required": True},
    "key": {"type": "str", "required": True, "no_log": False},
    "decrypt_principals": {"type": "list", "elements": "raw"},
    "readers": {"type": "list", "elements": "str"},
    "break_glass_principals": {"type": "list", "elements": "str"},
    "key_prefix": {"type": "str", "no_log": False},
    "earlier_prefixes": {"type": "list", "elements": "str"},
    "retention_days": {"type": "int", "default": 365},
    "replica_buckets": {"type": "list", "elements": "str"},
}

OPERATION = InfoOperation(query=AccessReport, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
