#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: log_archive_access_info
version_added: 0.1.0
short_description: Shows who can encrypt, decrypt, read and delete the logs, and how bucket and key are protected
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Reads the policies of the log bucket and of the central key, the key's grants, and the settings that protect both. It says
    who can encrypt, who can decrypt, who can read objects, and who can delete them or shorten how long they are kept.
  - Says where those who encrypt can also decrypt, and puts every statement into words that does not belong to this collection.
  - In doubt an access is told rather than not. One counts as denied only where a statement surely denies it.
  - Runs in the account that owns bucket and key.
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
    description: The log bucket.
    type: str
    required: true
  key:
    description: The central key's id or ARN, or an alias's name or ARN.
    type: str
    required: true
  decrypt_principals:
    description:
      - Who is expected to decrypt, as for M(central_logging.aws.kms_key_grant_accounts). Each entry is an ARN, or a
        dictionary with C(arn). Anybody beyond them is a failed finding.
      - Left out, nobody is compared.
    type: list
    elements: raw
  readers:
    description:
      - The ARNs of those who are expected to read objects. Anybody beyond them is a failed finding.
      - Left out, nobody is compared.
    type: list
    elements: str
  break_glass_principals:
    description:
      - The ARNs, or patterns of ARNs, of those who are expected to be able to delete. Anybody beyond them is a failed finding.
      - Left out, nobody of the account is compared. Somebody of another account is a failed finding all the same.
    type: list
    elements: str
notes:
  - IAM policies are not read. Where a statement leaves the decision to the IAM policies of an account, the access is told for
    the account as a whole, with RV(decrypt[].certain) false. This is always so for the bucket, because principals of its own
    account need no bucket policy.
  - Service control policies, resource control policies, ACLs, access points and the account's own Block Public Access are not
    read either. Only the first three can take access away, and ACLs count only where RV(hardening.object_ownership) is not
    C(BucketOwnerEnforced).
  - The account that owns the key is left out of RV(overlap). It keeps the archive, and its own trail writes there as well.
  - The verdicts on controls follow AWS's documentation, and were B(not compared with those of a live Security Hub). S3.17 and
    S3.20 were not found documented there.
  - "Thirteen calls, and one more for each further page of grants."
  - "Permissions needed: C(kms:DescribeKey), C(kms:GetKeyPolicy), C(kms:GetKeyRotationStatus) and C(kms:ListGrants) on the key,
    C(s3:GetBucketLogging), C(s3:GetBucketObjectLockConfiguration), C(s3:GetBucketOwnershipControls), C(s3:GetBucketPolicy),
    C(s3:GetBucketPolicyStatus), C(s3:GetBucketPublicAccessBlock), C(s3:GetBucketVersioning), C(s3:GetEncryptionConfiguration)
    and C(s3:GetLifecycleConfiguration) on the bucket."
seealso:
  - module: central_logging.aws.s3_log_bucket_policy
  - module: central_logging.aws.kms_key_grant_accounts
  - module: central_logging.aws.cloudtrail_central_info
  - name: Policy evaluation logic
    description: How AWS decides.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

EXAMPLES = r"""
- name: Show who can do what with the logs
  central_logging.aws.log_archive_access_info:
    region: us-east-1
    bucket: secprod-multiaccount-logs
    key: alias/central-logging

- name: Prove that one role decrypts and reads, and that nobody deletes
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
        - V(account) means whoever the IAM policies of the account allow. V(trails) means CloudTrail, for the trails of that
          account or organization.
      type: str
    by:
      description:
        - The Sids of the statements that give the access; C(#) with the position for one without, C(grant) with the id for a
          grant, C(IAM) for policies in the bucket's own account, C(S3) for what S3 gives by itself.
      type: list
      elements: str
    actions:
      description: The actions.
      type: list
      elements: str
    conditions:
      description: Under which conditions, in words.
      type: list
      elements: str
    certain:
      description: Whether the policies that were read are enough by themselves.
      type: bool
    indirect:
      description: Whether the actions only allow to get the access, as C(kms:PutKeyPolicy) does.
      type: bool
decrypt:
  description: Who can decrypt with the key.
  returned: success
  type: list
  elements: dict
  contains: *entry
read:
  description: Who can read objects. With a KMS key they are unreadable without RV(decrypt).
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
  description: Who can delete objects, shorten how long they are kept, or take away the key that they are encrypted with.
  returned: success
  type: list
  elements: dict
  contains: *entry
overlap:
  description: Those who can decrypt and belong to an account that encrypts.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account, the organization, or V(*).
      type: str
    principal:
      description: Who can decrypt.
      type: str
    kind:
      description: As in RV(decrypt[].kind).
      type: str
    encrypt_by:
      description: The statements by which the account encrypts.
      type: list
      elements: str
    decrypt_by:
      description: The statements by which the principal decrypts.
      type: list
      elements: str
    certain:
      description: Whether that is sure.
      type: bool
foreign_statements:
  description: The statements of both policies that this collection would not have written.
  returned: success
  type: list
  elements: dict
  contains:
    policy:
      description: V(key) or V(bucket).
      type: str
    sid:
      description: The Sid; with C(#) and the position where that is not enough.
      type: str
    altered:
      description: Whether it bears a Sid of this collection all the same.
      type: bool
    words:
      description: What it says.
      type: str
    statement:
      description: The statement itself.
      type: dict
hardening:
  description: How bucket and key are protected.
  returned: success
  type: dict
  contains:
    public_access_block:
      description: The bucket's four settings of Block Public Access.
      type: dict
    policy_is_public:
      description: Whether AWS calls the bucket policy public.
      type: bool
    versioning:
      description: V(Enabled), V(Suspended) or empty.
      type: str
    mfa_delete:
      description: Whether deleting a version takes MFA.
      type: bool
    object_lock:
      description: C(mode), C(days) and C(years) of the default retention. Null where Object Lock is off.
      type: dict
    object_ownership:
      description: The setting of Object Ownership. Empty where there is none.
      type: str
    encryption:
      description: C(algorithm), C(key) and C(bucket_key) of the default encryption.
      type: dict
    logging_bucket:
      description: The bucket that receives the server access logs. Empty for none.
      type: str
    lifecycle:
      description: The rules, each with C(id), C(enabled), C(expiration_days) and C(noncurrent_expiration_days).
      type: list
      elements: dict
    key_state:
      description: The state of the key.
      type: str
    key_rotation:
      description: Whether the key rotates.
      type: bool
    key_deletion_date:
      description: When the key will be deleted. Empty where it will not.
      type: str
controls:
  description: The controls of AWS Security Hub that concern bucket and key.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The control's id.
      type: str
      sample: KMS.4
    title:
      description: What it asks for, in our words.
      type: str
    status:
      description: V(passed), V(failed) or V(not_checked).
      type: str
    message:
      description: Why.
      type: str
findings:
  description: What is wrong, or worth knowing.
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
        - For V(separation), one of V(public), V(overlap), V(confused_deputy), V(unexpected_decrypter), V(unexpected_reader),
          V(indirect_decrypter), V(indirect_reader), V(deleted_decrypter), V(deleted_reader), V(delegated), V(bucket_key),
          V(cannot_decrypt), V(cannot_read), V(writer), V(useless), V(foreign_statement), V(altered_statement) and V(unreadable).
        - For V(deletion), one of V(public), V(not_denied), V(unexpected_deleter), V(indirect_deleter) and V(key_administrator).
        - For V(hardening), one of V(control), V(key_state), V(other_key) and V(expires).
      type: str
    resource:
      description: The principal, the Sid or the control's id.
      type: str
    status:
      description: V(failed) or V(info).
      type: str
    message:
      description: What was found.
      type: str
    remediation:
      description: What to do.
      type: str
    since:
      description: Always empty, because policies do not say when they were written.
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
}

OPERATION = InfoOperation(query=AccessReport, options=ARGUMENT_SPEC)


def main() -> None:
    run(OPERATION)


if __name__ == "__main__":
    main()
