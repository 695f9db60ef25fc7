# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access that can never happen is not reported as certain, and a limit that IAM policies can exceed is open.

Each row is a statement and the accesses that it gives, as kind, principal and certainty.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import BREAK_GLASS, FakeLogArchive, allow, by, deny
from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, READER, STAGING, STRANGER

ROLE = f"arn:aws:iam::{ARCHIVE}:role/Analyst"
USER = f"arn:aws:iam::{ARCHIVE}:user/U"
SESSION = f"arn:aws:sts::{ARCHIVE}:assumed-role/Analyst/s"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
ATHENA = {"Service": "athena.amazonaws.com"}
CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
PRODUCTIONS_TRAILS = f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
OWN_ROLES = "arn:aws:iam::${aws:PrincipalAccount}:role"
CERTAIN, OPEN, NONE = [("role", ROLE, True)], [("role", ROLE, False)], []
Accesses = list[tuple[str, str, bool]]


def decrypters(*statements: dict[str, Any], version: str = "2012-10-17") -> Accesses:
    key = [*fake_log_archive.our_key_statements(), *statements]
    text = fake_log_archive.policy_text(key).replace('"2012-10-17"', f'"{version}"', 1)
    return by(fake_log_archive.report(FakeLogArchive(key=text))["decrypt"], "Theirs")


def readers(*statements: dict[str, Any]) -> Accesses:
    return by(fake_log_archive.report(FakeLogArchive(more_bucket=statements))["read"], "Theirs")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": STRANGER}}, NONE),
        ({"StringEquals": {"aws:PrincipalAccount": ARCHIVE}}, CERTAIN),
        ({"StringNotEquals": {"aws:PrincipalAccount": ARCHIVE}}, NONE),
        ({"StringLike": {"aws:PrincipalAccount": "9*"}}, NONE),
        ({"ArnEquals": {"aws:PrincipalArn": READER}}, NONE),
        ({"StringNotLike": {"aws:PrincipalArn": "*/Analyst"}}, NONE),
        ({"ForAllValues:StringEquals": {"aws:PrincipalArn": READER}}, NONE),
        ({"StringEquals": {"aws:PrincipalArn": ROLE.upper()}}, NONE),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalArn": ROLE.upper()}}, CERTAIN),
        ({"StringEqualsIfExists": {"kms:CallerAccount": STRANGER}}, NONE),
        ({"StringEquals": {"kms:CallerAccount": [STRANGER, ARCHIVE]}}, CERTAIN),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, NONE),
        ({"BoolIfExists": {"aws:PrincipalIsAWSService": True}}, NONE),
        ({"StringEquals": {"aws:PrincipalServiceName": "athena.amazonaws.com"}}, NONE),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"}}, NONE),
        ({"StringEqualsIfExists": {"aws:SourceAccount": STRANGER}}, CERTAIN),
        ({"Null": {"aws:SourceArn": "true"}}, CERTAIN),
        ({"Null": {"aws:PrincipalArn": ["true", "false"]}}, CERTAIN),
        ({"Bool": {"aws:SecureTransport": "true"}}, CERTAIN),
        ({"Bool": {"aws:SecureTransport": "false"}}, OPEN),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, CERTAIN),
        ({"StringEquals": {"kms:ViaService": "s3.*.amazonaws.com"}}, OPEN),
        ({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}, CERTAIN),
        ({"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}, OPEN),
        ({"Null": {CONTEXT: "false"}}, CERTAIN),
        ({"Null": {CONTEXT: "true"}}, OPEN),
        ({"StringLike": {CONTEXT: "arn:aws:s3:::*"}}, OPEN),
        ({"StringEquals": {"aws:SourceVpc": "a"}, "StringLike": {"aws:SourceVpc": "b*"}}, OPEN),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "soon"}}, OPEN),
        ({"DateGreaterThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}, OPEN),
        ({"Unheard": {"aws:PrincipalAccount": ARCHIVE}}, OPEN),
    ],
)  # fmt: skip
def test_e12_a_role_that_never_meets_a_condition(condition: dict[str, Any], expected: Accesses) -> None:
    assert decrypters(allow("kms:Decrypt", {"AWS": ROLE}, Condition=condition)) == expected


@pytest.mark.parametrize(
    ("principal", "condition", "expected"),
    [
        ({"AWS": USER}, {"StringLike": {"kms:CallerAccount": f"{STRANGER}*"}}, []),
        ({"AWS": SESSION}, {"ArnEquals": {"aws:PrincipalArn": READER}}, []),
        ({"AWS": SESSION}, {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:role/path/Analyst"}},
         [("session", SESSION, False)]),
        ({"AWS": ARCHIVE}, {"StringEquals": {"aws:PrincipalAccount": STRANGER}}, []),
        ({"AWS": ARCHIVE}, {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/x"}}, []),
        ({"AWS": ARCHIVE}, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:root"}},
         [("root_user", ARCHIVE, False)]),
        (ATHENA, {"StringEquals": {"aws:PrincipalAccount": ARCHIVE}}, []),
        (ATHENA, {"ArnLike": {"aws:PrincipalArn": "*"}}, []),
        (ATHENA, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, []),
        (ATHENA, {"Bool": {"aws:PrincipalIsAWSService": "true"}}, [("service", "athena.amazonaws.com", True)]),
        (ATHENA, {"StringEquals": {"aws:SourceAccount": ARCHIVE}}, [("service", "athena.amazonaws.com", False)]),
        (ATHENA, {"StringEquals": {"aws:PrincipalServiceName": "s3.amazonaws.com"}}, []),
        (CLOUDTRAIL, {"StringEquals": {"aws:SourceAccount": PRODUCTION}, "StringLike": {"aws:SourceAccount": "5*"}},
         []),
        (CLOUDTRAIL, {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/a"},
                      "StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{PRODUCTION}:trail/b"}},
         [("trails", PRODUCTION, False)]),
        (CLOUDTRAIL, {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::x"}}, []),
        ("*", {"ArnEquals": {"aws:PrincipalArn": ROLE}, "StringEquals": {"aws:PrincipalAccount": STRANGER}}, []),
        ("*", {"StringEquals": {"aws:PrincipalAccount": ARCHIVE, "kms:CallerAccount": STRANGER}}, []),
        ("*", {"ArnLike": {"aws:PrincipalArn": [ROLE, READER]}, "StringNotEquals": {"aws:PrincipalArn": ROLE}},
         [("role", READER, True)]),
        ("*", {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:role/*"}}, []),  # a literal asterisk
        ("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}, [("role", "arn:aws:iam::*:role/x", False)]),
        ("*", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}, [("anyone", "*", False)]),
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-*"}}, []),
    ],
)  # fmt: skip
def test_e12_a_principal_that_never_meets_a_condition(
    principal: Any, condition: dict[str, Any], expected: Accesses
) -> None:
    assert decrypters(allow("kms:Decrypt", principal, Condition=condition)) == expected


@pytest.mark.parametrize("action", ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:DisableKey"])
def test_e12_requests_without_an_encryption_context(action: str) -> None:
    statement = allow(action, {"AWS": ROLE}, Condition={"StringLike": {CONTEXT: PRODUCTIONS_TRAILS}})
    result = fake_log_archive.report(FakeLogArchive(more_key=[statement]))
    assert not [entry for entry in result["delete"] if "Theirs" in entry["by"]]


def test_e12_requests_without_an_acl() -> None:
    acl = {"StringEquals": {"s3:x-amz-acl": "private"}}
    assert readers(allow("s3:GetObject", {"AWS": ROLE}, "bucket", Condition=acl)) == NONE
    writer = allow("s3:PutObject", {"AWS": ROLE}, "bucket", Condition=acl)
    assert by(fake_log_archive.report(FakeLogArchive(more_bucket=[writer]))["write"], "Theirs") == CERTAIN


@pytest.mark.parametrize(
    ("version", "resource", "expected"),
    [
        ("2012-10-17", f"{KEY}${{aws:username}}", OPEN),
        ("2012-10-17", f"{KEY}x${{aws:username}}", NONE),
        ("2012-10-17", "${aws:username}", OPEN),
        ("2012-10-17", "${*}", NONE),
        ("2012-10-17", "${aws:username, 'x'}", OPEN),
        ("2008-10-17", "${aws:username}", NONE),
        ("2008-10-17", "*", CERTAIN),
        ("2026-01-01", "*", OPEN),
    ],
)
def test_policy_variables(version: str, resource: str, expected: Accesses) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html."""
    assert decrypters(allow("kms:Decrypt", {"AWS": ROLE}, Resource=resource), version=version) == expected


def test_a_policy_without_a_version_has_no_variables() -> None:
    statement = allow(
        "kms:Decrypt", {"AWS": ROLE}, Condition={"StringLike": {"aws:PrincipalArn": "${aws:PrincipalArn}"}}
    )
    text = fake_log_archive.policy_text([statement])
    assert by(fake_log_archive.report(FakeLogArchive(key=text))["decrypt"], "Theirs") == OPEN
    without = text.replace('"Version": "2012-10-17", ', "")
    assert without != text
    assert by(fake_log_archive.report(FakeLogArchive(key=without))["decrypt"], "Theirs") == NONE


@pytest.mark.parametrize(
    ("denial", "left"),
    [
        # a variable hides nobody, because AWS may not resolve it
        (deny("kms:Decrypt", Condition={"ArnLike": {"aws:PrincipalArn": f"{OWN_ROLES}/*"}}), OPEN),
        (deny("kms:Decrypt", Condition={"ArnNotLike": {"aws:PrincipalArn": f"{OWN_ROLES}/x"}}), OPEN),
        (deny("kms:Decrypt", Resource=["*", "${aws:username}"]), OPEN),
        (deny("kms:Decrypt", Condition={"StringNotEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}}), OPEN),
        (deny("kms:Decrypt", Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "x"}}), OPEN),
        (deny("kms:Decrypt", Condition={"Unheard": {"aws:PrincipalArn": ROLE}}), OPEN),
        (deny("kms:Decrypt", Condition={"Bool": {"aws:ViaAWSService": "false"}}), OPEN),
        (deny("kms:Decrypt", Condition={"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}), OPEN),
        (deny("kms:Decrypt", Condition={"StringLike": {CONTEXT: "arn:aws:cloudtrail:*:*:trail/*"}}), OPEN),
        (deny("kms:Decrypt", Condition={"Null": {CONTEXT: "false"}}), OPEN),
        # what denies everything
        (deny("kms:Decrypt", Condition={"StringNotEqualsIfExists": {"aws:SourceAccount": ARCHIVE}}), NONE),
        (deny("kms:Decrypt", Condition={"ForAllValues:StringEquals": {"aws:SourceOrgID": "o-x"}}), NONE),
        (deny(["kms:Get*", "kms:De*"]), NONE),
        ({**deny("x"), "NotAction": "kms:Get*", "Action": None}, OPEN),
    ],
)  # fmt: skip
def test_e1_a_deny_counts_only_if_it_is_certain(denial: dict[str, Any], left: Accesses) -> None:
    assert decrypters(allow("kms:Decrypt", {"AWS": ROLE}), denial) == left


def test_e1_a_deny_with_a_variable_exempts_nobody_by_name() -> None:
    condition = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/BreakGlass"}}
    denial = deny("s3:Delete*", policy="bucket", Condition=condition)
    bucket = [*fake_log_archive.our_bucket_statements(deny_delete=False), denial]
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[BREAK_GLASS])
    assert "not_denied" in fake_log_archive.failed(result)


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"ArnNotLike": {"aws:PrincipalArn": [f"arn:aws:iam::{ARCHIVE}:root", BREAK_GLASS]}},
         [("role", BREAK_GLASS, False), ("root_user", ARCHIVE, False)]),
        ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/BreakGlass"}}, [("role", BREAK_GLASS, False)]),
        ({"ArnNotLike": {"aws:PrincipalArn": "*"}}, [("account", ARCHIVE, False)]),
        ({"StringNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/*"}}, []),
        ({"StringNotLike": {"aws:PrincipalArn": BREAK_GLASS}, "Bool": {"aws:PrincipalIsAWSService": "false"}},
         [("role", BREAK_GLASS, False)]),
        ({"StringNotLike": {"aws:PrincipalArn": BREAK_GLASS}, "IpAddress": {"aws:SourceIp": "::/0"}},
         [("account", ARCHIVE, False)]),
    ],
)  # fmt: skip
def test_e1_who_a_deny_exempts(condition: dict[str, Any], left: Accesses) -> None:
    denial = deny("*", policy="bucket", Condition=condition)
    result = fake_log_archive.report(FakeLogArchive(bucket=[denial]))
    assert [item for item in by(result["delete"], "IAM") if item[0] != "x"] == left


def test_e1_two_exempting_denials_leave_what_both_exempt() -> None:
    def exempting(*arns: str) -> dict[str, Any]:
        return deny("*", policy="bucket", Condition={"ArnNotLike": {"aws:PrincipalArn": list(arns)}})

    def deleters(*denials: dict[str, Any]) -> Accesses:
        return by(fake_log_archive.report(FakeLogArchive(bucket=list(denials)))["delete"], "IAM")

    wide, other = f"arn:aws:iam::{ARCHIVE}:role/Break*", f"arn:aws:iam::{ARCHIVE}:role/Other"
    assert deleters(exempting(wide), exempting(BREAK_GLASS, other)) == [("role", BREAK_GLASS, False)]
    assert deleters(exempting(BREAK_GLASS), exempting(other)) == []


@pytest.mark.parametrize(
    ("element", "resource", "denial_element", "denial_resource", "left"),
    [
        ("NotResource", "AWSLogs/0/*", "Resource", "AWSLogs/0/*", OPEN),
        ("NotResource", "AWSLogs/0/*", "Resource", "*", NONE),
        ("NotResource", "AWSLogs/0/*", "NotResource", "AWSLogs/0/*", OPEN),
        ("Resource", "AWSLogs/0/*", "NotResource", "AWSLogs/0/*", OPEN),
        ("Resource", "AWSLogs/0/*", "NotResource", "AWSLogs/1/*", NONE),
        ("Resource", "AWSLogs/*", "NotResource", "AWSLogs/0/*", OPEN),
        ("Resource", "AWSLogs/0/*", "Resource", "AWSLogs/*", NONE),
        ("Resource", "AWSLogs/*", "Resource", "AWSLogs/0/*", OPEN),
        ("Resource", "AWSLogs/*", "Resource", "AWSLogs/?/*", OPEN),
        ("Resource", "AWSLogs/*", "Resource", "AWSLogs/????*", OPEN),
        ("Resource", "AWSLogs/0/*", "Resource", "awslogs/*", OPEN),
        ("Resource", "AWSLogs/0/*", "Resource", "AWSLogs/1/*", OPEN),
    ],
)
def test_e2_a_deny_on_a_part_of_what_is_allowed(
    element: str, resource: str, denial_element: str, denial_resource: str, left: Accesses
) -> None:
    def on(statement: dict[str, Any], name: str, key: str) -> dict[str, Any]:
        del statement["Resource"]
        return {**statement, name: f"{BUCKET_ARN}/{key}"}

    allowed = on(allow("s3:GetObject", {"AWS": ROLE}, "bucket"), element, resource)
    assert readers(allowed, on(deny("s3:Get*", policy="bucket"), denial_element, denial_resource)) == left


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ({"AWS": [SESSION, ROLE, ARCHIVE]}, [("session", SESSION, True)]),
        ({"AWS": [SESSION, ARCHIVE]}, [("session", SESSION, False)]),
        ({"AWS": SESSION}, [("session", SESSION, False)]),
        ({"AWS": [STRANGER]}, []),
    ],
)
def test_e2_not_principal_lists_the_account_and_the_role_too(listed: Any, left: Accesses) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html."""
    statement = deny("kms:Decrypt")
    del statement["Principal"]
    assert decrypters(allow("kms:Decrypt", {"AWS": SESSION}), {**statement, "NotPrincipal": listed}) == left


def limited(accounts: list[str], **options: Any) -> dict[str, Any]:
    """The report on a key whose reader is limited to the logs of some accounts."""
    key = fake_log_archive.our_key_statements(decrypt_principals=[{"arn": READER, "accounts": accounts}], **options)
    return fake_log_archive.report(FakeLogArchive(key=key), decrypt_principals=[{"arn": READER, "accounts": accounts}])


def findings_of(result: dict[str, Any], resource: str) -> dict[str, str]:
    return {item["kind"]: item["status"] for item in result["findings"] if item["resource"] == resource}


def test_b11_a_limit_that_iam_policies_can_exceed_is_not_certain() -> None:
    result = limited([PRODUCTION])
    assert by(result["decrypt"], "CentralLoggingDecryptLimited1") == [("role", READER, False)]
    assert findings_of(result, READER) == {"limited_decrypter": "info"}
    (message,) = [item["message"] for item in result["findings"] if item["kind"] == "limited_decrypter"]
    assert f"IAM policies of account {ARCHIVE} may allow more than this by statement Enable IAM" in message


def test_b11_a_limit_without_delegation_is_certain() -> None:
    key = [
        statement
        for statement in fake_log_archive.our_key_statements(
            decrypt_principals=[{"arn": READER, "accounts": [PRODUCTION]}]
        )
        if statement["Sid"] != "Enable IAM User Permissions"
    ]
    result = fake_log_archive.report(FakeLogArchive(key=key))
    assert by(result["decrypt"], "CentralLoggingDecryptLimited1") == [("role", READER, True)]


@pytest.mark.parametrize(
    ("condition", "kinds"),
    [
        ({"Null": {CONTEXT: "false"}}, {"unexpected_decrypter": "failed"}),
        ({"StringLike": {CONTEXT: [PRODUCTIONS_TRAILS, f"arn:aws:cloudtrail:*:{STAGING}:trail/*"]}},
         {"unexpected_decrypter": "failed", "limited_decrypter": "info"}),
        ({"StringLike": {CONTEXT: [PRODUCTIONS_TRAILS]}}, {"limited_decrypter": "info"}),
    ],
)  # fmt: skip
def test_b11_a_statement_that_exceeds_the_expected_limit(condition: dict[str, Any], kinds: dict[str, str]) -> None:
    key = fake_log_archive.our_key_statements(decrypt_principals=[])
    key.append(allow("kms:Decrypt", {"AWS": READER}, Condition=condition))
    archive = FakeLogArchive(key=key)
    result = fake_log_archive.report(archive, decrypt_principals=[{"arn": READER, "accounts": [PRODUCTION]}])
    assert findings_of(result, READER) == kinds


ROOT = {"Effect": "Allow", "Principal": {"AWS": ARCHIVE}, "Action": "kms:*", "Resource": "*"}
ACCOUNT_ONLY = {"StringEquals": {"kms:CallerAccount": ARCHIVE}}


@pytest.mark.parametrize(
    ("policy", "statement", "is_known"),
    [
        ("key", {**ROOT, "Sid": "anything"}, True),
        ("key", {**ROOT, "Principal": {"AWS": STRANGER}}, False),
        ("key", {**ROOT, "Principal": {"AWS": [ARCHIVE, STRANGER]}}, False),
        ("key", {**ROOT, "Action": "kms:Decrypt", "Sid": "Enable IAM User Permissions"}, False),
        ("key", allow("kms:DescribeKey", CLOUDTRAIL), True),
        ("key", allow(["kms:Decrypt", "kms:ReEncryptFrom"], "*", Condition=ACCOUNT_ONLY), True),
        ("key", allow("kms:CreateAlias", "*", Condition=ACCOUNT_ONLY), True),
        ("key", allow("kms:*", "*", Condition=ACCOUNT_ONLY), False),
        ("key", allow("kms:Decrypt", "*"), False),
        ("bucket", allow("s3:GetBucketAcl", CLOUDTRAIL, "bucket"), True),
        ("bucket", allow("s3:GetBucketAcl", {"Service": "config.amazonaws.com"}, "bucket"), True),
        ("bucket", allow("s3:DeleteObject", CLOUDTRAIL, "bucket"), False),
        ("bucket", deny("s3:*", policy="bucket", Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        ("bucket", deny("s3:*", policy="bucket"), False),
    ],
)
def test_b20_statements_that_aws_writes_are_known(policy: str, statement: dict[str, Any], *, is_known: bool) -> None:
    result = fake_log_archive.report(FakeLogArchive(**{f"more_{policy}": [{**statement, "Sid": "Known"}]}))
    (finding,) = [item for item in result["findings"] if item["resource"] == "Known" and "foreign" in item["kind"]]
    assert finding["status"] == "info"
    assert finding["remediation"].startswith("Keep the statement" if is_known else "Find out")
    assert ("is not managed here" in finding["message"]) != is_known
