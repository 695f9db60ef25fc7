# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every disagreement that the comparisons found, as its smallest policy, and how it was settled.

The first table has those of product and judge, in which the product was wrong. One was the judge's fault: it supposed
that a stranger's trail can have the folder of another account as its prefix. The second table has those of the judge
and the outside evaluator, which AWS's documents settled.
"""

from __future__ import annotations

from typing import Any

import pytest

from cloudtrail_sandbox.judge import Principal, Request, evaluate
from tests.differential import universe as u
from tests.differential.compare import Disagreement, persists
from tests.differential.policies import BUCKET, KEY, Case
from tests.differential.requests import plain

TRAILS = {"Service": u.CLOUDTRAIL}
EVERYTHING, FOLDER = f"{u.BUCKET}/*", f"{u.BUCKET}/AWSLogs/{u.ARCHIVE}/*"
MEMBERS_TRAIL, OWN_TRAIL, ORGANIZATION_TRAIL = (
    f"{u.CLOUDTRAIL} for {u.trail(account)}" for account in (u.MEMBER, u.ARCHIVE, u.MANAGEMENT)
)
READER, ADMIN = f"{u.ARCHIVE} assumed-role/Reader/alice", f"{u.ARCHIVE} assumed-role/Admin/alice"
CONFIG = f"{u.CONFIG} for arn:aws:config:eu-central-1:{u.MEMBER}:config-rule/x"
READER_ARN = u.role(u.ARCHIVE, "Reader")
MEMBERS_LOG = f"AWSLogs/{u.MEMBER}/CloudTrail/x.json.gz"
LEFT_OUT, NOT_CERTAIN, IMPOSSIBLE = "left out", "not certain", "impossible"


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **elements}


def deny(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", **elements}


def trails(resource: Any, action: str = "s3:PutObject", **condition: Any) -> dict[str, Any]:
    """An Allow statement for CloudTrail."""
    statement = allow(Principal=TRAILS, Action=action, Resource=resource)
    return {**statement, "Condition": condition} if condition else statement


def key(principal: Any, action: str = "kms:Decrypt", **condition: Any) -> dict[str, Any]:
    """An Allow statement of a key policy."""
    statement = allow(Principal=principal, Action=action, Resource="*")
    return {**statement, "Condition": condition} if condition else statement


def source(**operators: Any) -> dict[str, Any]:
    return {operator: {"aws:SourceOrgID": values} for operator, values in operators.items()}


#: id: (rule, ability, statements, caller, action, object)
ROWS: dict[str, tuple[str, str, list[dict[str, Any]], str, str, str]] = {
    # Any resource of a list matches: reference_policies_elements_resource.html
    "b1_folder_beside_all_objects": (
        LEFT_OUT,
        "WRITE_LOGS",
        [trails([FOLDER, EVERYTHING])],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    "b1_folder_beside_all_folders": (
        LEFT_OUT,
        "WRITE_LOGS",
        [trails([FOLDER, f"{u.BUCKET}/AWSLogs/*"])],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    "b1_folder_beside_any_folder_of_cloudtrail": (
        LEFT_OUT,
        "WRITE_LOGS",
        [trails([FOLDER, f"{u.BUCKET}/*/CloudTrail/*"])],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    "b1_folder_beside_bucket": (
        LEFT_OUT,
        "READ_LOGS",
        [trails([FOLDER, u.BUCKET], "s3:PutBucketAcl")],
        MEMBERS_TRAIL,
        "s3:PutBucketAcl",
        "",
    ),
    "b1_folder_beside_variable": (
        LEFT_OUT,
        "WRITE_LOGS",
        [trails([FOLDER, f"{u.BUCKET}/AWSLogs/${{aws:SourceAccount}}/*"])],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    "b1_folders_of_account_and_organization": (
        LEFT_OUT,
        "WRITE_LOGS",
        [trails([f"{u.BUCKET}/AWSLogs/{u.MEMBER}/*", f"{u.BUCKET}/AWSLogs/{u.ORGANIZATION}/*"])],
        ORGANIZATION_TRAIL,
        "s3:PutObject",
        f"AWSLogs/{u.ORGANIZATION}/{u.MEMBER}/CloudTrail/x.json.gz",
    ),
    # A list is a logical OR: reference_policies_condition-logic-multiple-context-keys-or-values.html
    "b2_two_organizations": (
        LEFT_OUT,
        "WRITE_LOGS",
        [trails(EVERYTHING, **source(StringEquals=[u.OTHER_ORGANIZATION, u.ORGANIZATION]))],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    "b2_any_organization": (
        LEFT_OUT,
        "WRITE_LOGS",
        [trails(EVERYTHING, **source(StringLike="o-*"))],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    "b2_any_organization_key": (
        LEFT_OUT,
        "ENCRYPT_LOGS",
        [key(TRAILS, "kms:GenerateDataKey*", **source(StringLike="o-*"))],
        MEMBERS_TRAIL,
        "kms:GenerateDataKey",
        "",
    ),
    "b1_short_pattern_beside_a_trail": (
        LEFT_OUT,
        "DECRYPT_LOGS",
        [key(TRAILS, ArnLike={"aws:SourceArn": [u.trail(u.ARCHIVE), "arn:aws:cloudtrail:*"]})],
        MEMBERS_TRAIL,
        "kms:Decrypt",
        "",
    ),
    # "If AWS cannot resolve a variable, this might cause the entire statement to be invalid":
    # reference_policies_variables.html
    "unresolved_variable_in_deny": (
        LEFT_OUT,
        "READ_LOGS",
        [deny(Action="s3:*", Resource=[EVERYTHING, f"{u.BUCKET}/AWSLogs/${{aws:SourceAccount}}/*"])],
        ADMIN,
        "s3:GetObject",
        MEMBERS_LOG,
    ),
    "unresolved_variable_in_allow": (
        NOT_CERTAIN,
        "READ_LOGS",
        [
            allow(
                Principal={"AWS": "*"},
                Action="s3:Get*",
                Resource=[EVERYTHING, f"{u.BUCKET}/AWSLogs/${{aws:PrincipalAccount}}/*"],
            )
        ],
        "anonymous",
        "s3:GetObject",
        MEMBERS_LOG,
    ),
    "unresolved_variable_of_a_service": (
        IMPOSSIBLE,
        "READ_LOGS",
        [
            allow(
                Principal={"Service": u.CONFIG},
                Action="s3:Get*",
                Resource=f"{u.BUCKET}/AWSLogs/${{aws:PrincipalAccount}}/*",
            )
        ],
        CONFIG,
        "s3:GetObject",
        MEMBERS_LOG,
    ),
    "objects_are_not_the_bucket": (
        NOT_CERTAIN,
        "READ_LOGS",
        [trails(f"{u.BUCKET}/${{aws:username, 'alice'}}/*", "s3:PutBucketPolicy")],
        MEMBERS_TRAIL,
        "s3:PutBucketPolicy",
        "",
    ),
    "trails_and_not_resource": (
        NOT_CERTAIN,
        "WRITE_LOGS",
        [allow(Principal=TRAILS, Action="s3:PutObject", NotResource=f"{u.BUCKET}/*/CloudTrail/*")],
        MEMBERS_TRAIL,
        "s3:PutObject",
        f"alice/{MEMBERS_LOG}",
    ),
    "variable_in_an_old_version": (
        NOT_CERTAIN,
        "WRITE_LOGS",
        [trails(f"{u.BUCKET}/${{aws:username}}/*")],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    # "you must also specify the account ARN": reference_policies_elements_notprincipal.html
    "not_principal_without_account": (
        NOT_CERTAIN,
        "DECRYPT_LOGS",
        [
            key({"AWS": READER_ARN}),
            {"Effect": "Deny", "NotPrincipal": {"AWS": READER_ARN}, "Action": "kms:Decrypt", "Resource": "*"},
        ],
        READER,
        "kms:Decrypt",
        "",
    ),
    "not_principal_without_session_account": (
        NOT_CERTAIN,
        "DECRYPT_LOGS",
        [
            key({"AWS": u.session(u.ARCHIVE, "Reader")}),
            {"Effect": "Deny", "NotPrincipal": {"AWS": u.session(u.ARCHIVE, "Reader")}, "Action": "*", "Resource": "*"},
        ],
        READER,
        "kms:Decrypt",
        "",
    ),
    # Contradictions of principal and condition: reference_policies_condition-keys.html
    "e12_role_that_is_another_role": (
        IMPOSSIBLE,
        "DECRYPT_LOGS",
        [key({"AWS": READER_ARN}, ArnEquals={"aws:PrincipalArn": u.role(u.MEMBER, "Auditor")})],
        READER,
        "kms:Decrypt",
        "",
    ),
    "e12_role_that_is_not_itself": (
        IMPOSSIBLE,
        "DECRYPT_LOGS",
        [key({"AWS": READER_ARN}, StringNotLike={"aws:PrincipalArn": READER_ARN})],
        READER,
        "kms:Decrypt",
        "",
    ),
    "e12_role_of_another_account": (
        IMPOSSIBLE,
        "DECRYPT_LOGS",
        [key({"AWS": READER_ARN}, StringLikeIfExists={"kms:CallerAccount": u.FOREIGN})],
        READER,
        "kms:Decrypt",
        "",
    ),
    "e12_role_and_variable": (
        IMPOSSIBLE,
        "DECRYPT_LOGS",
        [key({"AWS": READER_ARN}, ArnEquals={"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/Admin"})],
        READER,
        "kms:Decrypt",
        "",
    ),
    "e12_trails_have_no_principal_arn": (
        IMPOSSIBLE,
        "ENCRYPT_LOGS",
        [key(TRAILS, "kms:GenerateDataKey", StringEquals={"aws:PrincipalArn": READER_ARN})],
        OWN_TRAIL,
        "kms:GenerateDataKey",
        "",
    ),
    "e12_trails_have_no_organization": (
        IMPOSSIBLE,
        "WRITE_LOGS",
        [trails(EVERYTHING, StringEqualsIgnoreCase={"aws:PrincipalOrgID": u.ORGANIZATION.upper()})],
        OWN_TRAIL,
        "s3:PutObject",
        f"AWSLogs/{u.ARCHIVE}/CloudTrail/x.json.gz",
    ),
    "e12_trails_have_no_account": (
        IMPOSSIBLE,
        "WRITE_LOGS",
        [trails(EVERYTHING, StringEquals={"aws:PrincipalAccount": u.ARCHIVE})],
        OWN_TRAIL,
        "s3:PutObject",
        f"AWSLogs/{u.ARCHIVE}/CloudTrail/x.json.gz",
    ),
    "e12_service_has_no_principal_arn": (
        IMPOSSIBLE,
        "DECRYPT_LOGS",
        [key({"Service": u.CONFIG}, StringLike={"aws:PrincipalArn": READER_ARN})],
        CONFIG,
        "kms:Decrypt",
        "",
    ),
    "e12_trails_of_one_account_and_not_of_it": (
        IMPOSSIBLE,
        "WRITE_LOGS",
        [trails(f"{u.BUCKET}/AWSLogs/{u.MEMBER}/*", StringNotLike={"aws:SourceAccount": u.MEMBER})],
        MEMBERS_TRAIL,
        "s3:PutObject",
        MEMBERS_LOG,
    ),
    "e12_canonical_user_of_another_organization": (
        IMPOSSIBLE,
        "READ_LOGS",
        [
            allow(
                Principal={"CanonicalUser": u.CANONICAL_USERS[u.FOREIGN]},
                Action="s3:GetObject",
                Resource=EVERYTHING,
                Condition={"StringEquals": {"aws:PrincipalOrgID": u.ORGANIZATION}},
            )
        ],
        f"{u.FOREIGN} user/mallory",
        "s3:GetObject",
        MEMBERS_LOG,
    ),
    # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    "e12_no_encryption_context_when_a_key_is_deleted": (
        IMPOSSIBLE,
        "DELETE_KEY",
        [
            key(
                "*",
                "kms:ScheduleKeyDeletion",
                StringEquals={"kms:EncryptionContext:aws:cloudtrail:arn": u.trail(u.ARCHIVE)},
            )
        ],
        ADMIN,
        "kms:ScheduleKeyDeletion",
        "",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    "e12_no_acl_when_an_object_is_read": (
        IMPOSSIBLE,
        "READ_LOGS",
        [trails(EVERYTHING, "s3:GetObject", StringEquals={"s3:x-amz-acl": "private"})],
        OWN_TRAIL,
        "s3:GetObject",
        f"AWSLogs/{u.ARCHIVE}/CloudTrail/x.json.gz",
    ),
    "e12_wildcard_without_like": (
        IMPOSSIBLE,
        "DECRYPT_LOGS",
        [key("*", StringEquals={"kms:ViaService": "s3.*"})],
        ADMIN,
        "kms:Decrypt",
        "",
    ),
    # a plain request has TLS
    "deny_with_tls": (
        NOT_CERTAIN,
        "DECRYPT_LOGS",
        [
            key({"AWS": READER_ARN}),
            deny(Action="kms:*", Resource="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        ],
        READER,
        "kms:Decrypt",
        "",
    ),
}
VERSIONS = {"variable_in_an_old_version": "2008-10-17"}


@pytest.mark.parametrize("name", ROWS)
def test_product_and_judge(name: str) -> None:
    rule, ability, statements, caller_name, action, object_key = ROWS[name]
    policy = {"Version": VERSIONS.get(name, "2012-10-17"), "Statement": statements}
    case = Case(kind=KEY if action.startswith("kms:") else BUCKET, policy=policy)
    caller = next(caller for caller in u.CALLERS if caller.name == caller_name)
    resource = u.KEY if case.kind == KEY else f"{u.BUCKET}/{object_key}" if object_key else u.BUCKET
    found = Disagreement(rule, ability, case, plain(caller, action, resource))
    assert not persists(found, case), found


def test_no_trail_has_a_folder_as_its_prefix() -> None:
    """ "Unauthorized users cannot create a trail that includes AWSLogs/ as the S3KeyPrefix parameter".

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html
    """
    assert not [prefix for prefix in u.PREFIXES if "AWSLogs/" in prefix]


BOB, ALICE = (Principal("user", arn=f"arn:aws:iam::444455556666:user/{name}") for name in ("Bob", "Alice"))
BOTH = ["arn:aws:iam::444455556666:user/Bob", "arn:aws:iam::444455556666:root"]
OPEN_TO_ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "principal", "context", "allowed"),
    [
        # "the standard CIDR format": reference_policies_elements_condition_operators.html#Conditions_IPAddress
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, BOB, {"aws:SourceIp": "10.1.2.3"}, True),
        # "all IP addresses except the specified"
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.7"}}}, BOB, {"aws:SourceIp": "2001:db8::1"}, True),
        # "in epoch (UNIX) time"
        (
            {"Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": "1577836800"}}},
            BOB,
            {"aws:CurrentTime": "2019-06-01T00:00:00Z"},
            False,
        ),
        # "any condition that involves the string operators or the ARN operators": reference_policies_variables.html
        (
            {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:user/*"}}},
            BOB,
            {"aws:PrincipalArn": BOB.arn, "aws:PrincipalAccount": "444455556666"},
            True,
        ),
        # "all principals except the user named Bob": reference_policies_elements_notprincipal.html
        ({"Effect": "Deny", "Principal": None, "NotPrincipal": {"AWS": BOTH}}, BOB, {}, True),
        ({"Effect": "Deny", "Principal": None, "NotPrincipal": {"AWS": BOTH}}, ALICE, {}, False),
        # "negated matching for ARN": reference_policies_elements_condition_operators.html#Conditions_ARN
        (
            {
                "Effect": "Deny",
                "Condition": {"ArnNotLike": {"aws:SourceArn": ["arn:aws:cloudtrail:*", "arn:aws:s3:::b"]}},
            },
            BOB,
            {"aws:SourceArn": "arn:aws:config:eu-central-1:111122223333:config-rule/x"},
            False,
        ),
        # the canonical user id is the account's: reference_policies_elements_principal.html
        (
            {"Principal": {"CanonicalUser": "79a5"}},
            Principal("user", arn=BOB.arn, canonical_user="79a5"),
            {},
            True,
        ),
    ],
)
def test_judge_and_outside_evaluator(
    statement: dict[str, Any], principal: Principal, context: dict[str, str], allowed: bool
) -> None:
    given = {name: value for name, value in {**OPEN_TO_ALL, **statement}.items() if value is not None}
    statements = [OPEN_TO_ALL, given] if given["Effect"] == "Deny" else [given]
    request = Request("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/a", principal, context)
    assert evaluate({"Version": "2012-10-17", "Statement": statements}, request).allowed is allowed


@pytest.mark.parametrize(("version", "allowed"), [("2012-10-17", True), ("2008-10-17", False), (None, False)])
def test_variables_of_old_versions(version: str | None, allowed: bool) -> None:
    """The outside evaluator replaces them: "treated as literal strings" (reference_policies_variables.html)."""
    statement = {**OPEN_TO_ALL, "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/${aws:username}/*"}
    policy = {"Version": version, "Statement": statement} if version else {"Statement": statement}
    request = Request("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/Bob/a", BOB, {"aws:username": "Bob"})
    assert evaluate(policy, request).allowed is allowed
