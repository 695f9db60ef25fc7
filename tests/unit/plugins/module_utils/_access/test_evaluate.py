# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who can do what, by AWS's documented patterns of policies, and by statements of an attacker or an accident.

Each row is a foreign statement and the accesses that it gives, as kind, principal and certainty.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import BREAK_GLASS, FakeLogArchive, allow, by, deny
from tests.fakes.support import ARCHIVE, BUCKET, DEVELOPMENT, KEY, PRODUCTION, READER, STAGING, STRANGER

ROLE = f"arn:aws:iam::{ARCHIVE}:role/Analyst"
THEIR_ROLE = f"arn:aws:iam::{STRANGER}:role/Theirs"
CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
PRODUCTIONS_TRAILS = f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*"
OUR_ROLES = f"arn:aws:iam::{ARCHIVE}:role/*"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
ANYONE = [("anyone", "*", True)]
MAYBE_ANYONE = [("anyone", "*", False)]
Accesses = list[tuple[str, str, bool]]


def decrypters(*statements: dict[str, Any], sid: str = "Theirs", **more: Any) -> Accesses:
    return by(fake_log_archive.report(FakeLogArchive(more_key=statements, **more))["decrypt"], sid)


def when(**condition: Any) -> dict[str, Any]:
    return {"Condition": condition}


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", ANYONE),
        ({"AWS": "*"}, ANYONE),
        ({"AWS": ARCHIVE}, [("account", ARCHIVE, False)]),
        ({"AWS": f"arn:aws:iam::{STRANGER}:root"}, [("account", STRANGER, False)]),
        ({"AWS": ROLE}, [("role", ROLE, True)]),
        ({"AWS": [ROLE, THEIR_ROLE]}, [("role", ROLE, True), ("role", THEIR_ROLE, False)]),
        ({"AWS": f"arn:aws:iam::{ARCHIVE}:user/path/U"}, [("user", f"arn:aws:iam::{ARCHIVE}:user/path/U", True)]),
        (
            {"AWS": f"arn:aws:sts::{ARCHIVE}:assumed-role/R/s"},
            [("session", f"arn:aws:sts::{ARCHIVE}:assumed-role/R/s", True)],
        ),
        ({"Service": "athena.amazonaws.com"}, [("service", "athena.amazonaws.com", True)]),
        (CLOUDTRAIL, [("trails", "*", True)]),
        ({"Federated": "cognito-identity.amazonaws.com"}, [("federated", "cognito-identity.amazonaws.com", False)]),
        ({"AWS": "AROAEXAMPLEEXAMPLE12"}, [("deleted", "AROAEXAMPLEEXAMPLE12", False)]),
        ({"AWS": "what is this"}, [("unknown", "what is this", False)]),
        ({"Wer": "x"}, [("unknown", "Wer x", False)]),
    ],
)
def test_principals(principal: Any, expected: Accesses) -> None:
    assert decrypters(allow("kms:Decrypt", principal)) == expected


@pytest.mark.parametrize(
    ("action", "direct", "indirect"),
    [
        ("kms:*", True, True),
        ("KMS:DECRYPT", True, False),
        ("kms:Dec*", True, False),
        ("kms:D?crypt", True, False),
        ("*", True, True),
        ("kms:ReEncrypt*", True, False),
        (["kms:DescribeKey", "kms:Decrypt"], True, False),
        ("kms:CreateGrant", False, True),
        ("kms:Put*", False, True),
        ("kms:Encrypt", False, False),
        ("s3:*", False, False),
        ("", False, False),
    ],
)
def test_actions(action: Any, *, direct: bool, indirect: bool) -> None:
    found = fake_log_archive.report(FakeLogArchive(more_key=[allow(action, {"AWS": ROLE})]))["decrypt"]
    assert bool(by(found, "Theirs")) == direct
    assert bool(by(found, "Theirs", indirect=True)) == indirect


def test_not_action_allows_the_rest() -> None:
    statement = allow("x", {"AWS": ROLE})
    del statement["Action"]
    assert decrypters({**statement, "NotAction": "kms:Encrypt"}) == [("role", ROLE, True)]
    assert decrypters({**statement, "NotAction": ["kms:D*", "kms:Re*"]}) == []


def test_not_principal_allows_everybody_else() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html."""
    statement = allow("kms:Decrypt", "x")
    del statement["Principal"]
    result = fake_log_archive.report(FakeLogArchive(more_key=[{**statement, "NotPrincipal": {"AWS": THEIR_ROLE}}]))
    assert by(result["decrypt"], "Theirs") == MAYBE_ANYONE
    assert "public" in fake_log_archive.failed(result)


@pytest.mark.parametrize(
    ("principal", "condition", "expected"),
    [
        # the console's key: everybody in the account, without any IAM policy
        ("*", {"StringEquals": {"kms:CallerAccount": ARCHIVE}}, [("account", ARCHIVE, True)]),
        (
            "*",
            {"StringEquals": {"kms:CallerAccount": ARCHIVE, "kms:ViaService": "s3.us-east-1.amazonaws.com"}},
            [("account", ARCHIVE, True)],
        ),
        (
            "*",
            {"StringEquals": {"KMS:calleraccount": [ARCHIVE, STRANGER]}},
            [("account", ARCHIVE, True), ("account", STRANGER, False)],
        ),
        ("*", {"StringEquals": {"aws:PrincipalAccount": STRANGER}}, [("account", STRANGER, False)]),
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, [("organization", "o-a1b2c3d4e5", False)]),
        ("*", {"ArnEquals": {"aws:PrincipalArn": ROLE}}, [("role", ROLE, True)]),
        ("*", {"ArnLike": {"aws:PrincipalArn": "*"}}, MAYBE_ANYONE),
        ("*", {"StringNotEquals": {"aws:PrincipalAccount": STRANGER}}, MAYBE_ANYONE),
        ("*", {"StringEqualsIfExists": {"aws:PrincipalAccount": ARCHIVE}}, MAYBE_ANYONE),
        ("*", {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}, MAYBE_ANYONE),
        ("*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, MAYBE_ANYONE),
        ("*", {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, MAYBE_ANYONE),
        ("*", {"Null": {CONTEXT: "false"}}, ANYONE),
        ("*", {"Bool": {"aws:SecureTransport": "true"}}, ANYONE),
        ("*", {"Unheard": {"of": "it"}}, MAYBE_ANYONE),
        ({"AWS": ROLE}, {"Null": {CONTEXT: "false"}}, [("role", ROLE, True)]),
        ({"AWS": ROLE}, {"StringLike": {CONTEXT: PRODUCTIONS_TRAILS}}, [("role", ROLE, False)]),
        ({"AWS": ROLE}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, [("role", ROLE, False)]),
        ({"AWS": ARCHIVE}, {"ArnLike": {"aws:PrincipalArn": ROLE}}, [("role", ROLE, False)]),
        ({"AWS": ARCHIVE}, {"ArnLike": {"aws:PrincipalArn": THEIR_ROLE}}, []),
        (CLOUDTRAIL, {"StringEquals": {"aws:SourceAccount": [PRODUCTION]}}, [("trails", PRODUCTION, True)]),
        (CLOUDTRAIL, {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}, [("trails", "o-a1b2c3d4e5", True)]),
        (CLOUDTRAIL, {"ArnLike": {"aws:SourceArn": PRODUCTIONS_TRAILS}}, [("trails", PRODUCTION, True)]),
        (CLOUDTRAIL, {"StringNotEquals": {"aws:SourceAccount": PRODUCTION}}, [("trails", "*", False)]),
        (CLOUDTRAIL, {"StringLike": {CONTEXT: "arn:aws:cloudtrail:*:*:trail/*"}}, [("trails", "*", True)]),
    ],
)  # fmt: skip
def test_conditions_that_allow(principal: Any, condition: dict[str, Any], expected: Accesses) -> None:
    assert decrypters(allow("kms:Decrypt", principal, **when(**condition))) == expected


@pytest.mark.parametrize(
    ("denial", "left"),
    [
        (deny("kms:Decrypt"), []),
        (deny("*"), []),
        (deny("kms:*", {"AWS": ROLE}), []),
        (deny("kms:Decrypt", {"AWS": "*"}), []),
        (deny("kms:Encrypt"), [("role", ROLE, True)]),
        (deny("kms:Decrypt", {"AWS": THEIR_ROLE}), [("role", ROLE, True)]),
        (deny("kms:Decrypt", {"AWS": f"arn:aws:iam::{ARCHIVE}:role/Other"}), [("role", ROLE, True)]),
        (deny("kms:Decrypt", {"AWS": f"arn:aws:iam::{ARCHIVE}:role/path/analyst"}), [("role", ROLE, False)]),
        (deny("kms:Decrypt", {"AWS": ARCHIVE}), [("role", ROLE, False)]),
        (deny("kms:Decrypt", CLOUDTRAIL), [("role", ROLE, True)]),
        (deny("kms:Decrypt", **when(Bool={"aws:SecureTransport": "false"})), [("role", ROLE, True)]),
        (deny("kms:Decrypt", **when(Bool={"aws:MultiFactorAuthPresent": "false"})), [("role", ROLE, False)]),
        (deny("kms:Decrypt", **when(StringNotEquals={"aws:PrincipalOrgID": "o-1"})), [("role", ROLE, False)]),
        (deny("kms:Decrypt", **when(StringNotEquals={"aws:PrincipalAccount": ARCHIVE})), [("role", ROLE, True)]),
        (deny("kms:Decrypt", **when(StringNotEquals={"aws:PrincipalAccount": STRANGER})), []),
        (deny("kms:Decrypt", **when(ArnNotLike={"aws:PrincipalArn": READER})), []),
        (deny("kms:Decrypt", **when(ArnNotLikeIfExists={"AWS:PRINCIPALARN": [READER]})), []),
        (deny("kms:Decrypt", **when(ArnNotEquals={"aws:PrincipalArn": OUR_ROLES})), [("role", ROLE, True)]),
        (deny("kms:Decrypt", **when(StringEquals={"aws:PrincipalArn": ROLE})), []),
        (deny("kms:Decrypt", **when(ArnLike={"aws:PrincipalArn": READER})), [("role", ROLE, True)]),
        (deny("kms:Decrypt", **when(Bool={"aws:PrincipalIsAWSService": "false"})), []),
        (deny("kms:Decrypt", **when(Bool={"aws:PrincipalIsAWSService": "true"})), [("role", ROLE, True)]),
        (
            deny("kms:Decrypt", **when(ArnNotLike={"aws:PrincipalArn": READER}, Bool={"aws:SecureTransport": "false"})),
            [("role", ROLE, True)],
        ),
    ],
)  # fmt: skip
def test_denials_of_a_role(denial: dict[str, Any], left: Accesses) -> None:
    assert decrypters(allow("kms:Decrypt", {"AWS": ROLE}), denial) == left


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ({"AWS": [ROLE, f"arn:aws:iam::{ARCHIVE}:root"]}, [("role", ROLE, True)]),
        ({"AWS": THEIR_ROLE}, []),
        ({"AWS": READER}, []),
        ({"AWS": "*"}, [("role", ROLE, True)]),
        (CLOUDTRAIL, []),
    ],
)
def test_denials_of_everybody_else(listed: Any, left: Accesses) -> None:
    statement = deny("kms:Decrypt")
    del statement["Principal"]
    assert decrypters(allow("kms:Decrypt", {"AWS": ROLE}), {**statement, "NotPrincipal": listed}) == left


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnEquals": {"aws:PrincipalArn": BREAK_GLASS}},
        {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:role/Break*"}},
        {"ArnLikeIfExists": {"aws:PrincipalArn": [BREAK_GLASS, THEIR_ROLE]}},
    ],
)
def test_e1_a_deny_of_some_principals_leaves_the_others_of_the_account(condition: dict[str, Any]) -> None:
    """A condition that is not negated names who is denied, not who is exempt."""
    statements = [allow("kms:Decrypt", {"AWS": ARCHIVE}), deny("kms:Decrypt", Condition=condition)]
    assert decrypters(*statements) == [("account", ARCHIVE, False)]
    denial = deny("s3:Delete*", policy="bucket", Condition=condition)
    bucket = [*fake_log_archive.our_bucket_statements(deny_delete=False), denial]
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[BREAK_GLASS])
    assert "not_denied" in fake_log_archive.failed(result)


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (when(ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*/Analyst"}), [("role", ROLE, False)]),
        (when(ArnNotLike={"aws:PrincipalArn": f"arn:aws:iam::*{ARCHIVE}:role/Analyst"}), [("role", ROLE, True)]),
        (when(ArnNotLike={"aws:PrincipalArn": f"arn:aws:*{ARCHIVE}:role:x/Analyst"}), []),
        (when(ArnNotLike={"aws:PrincipalArn": "*"}), [("role", ROLE, False)]),
        (when(ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}), [("role", ROLE, False)]),
        (when(StringNotLike={"aws:PrincipalAccount": "1111*"}), [("role", ROLE, True)]),
        (when(StringNotEqualsIgnoreCase={"aws:PrincipalArn": ROLE.upper()}), [("role", ROLE, True)]),
        (when(Null={"aws:PrincipalArn": "true"}), [("role", ROLE, True)]),
        (when(Null={"aws:PrincipalArn": "false"}), []),
        (when(Bool={"aws:PrincipalIsAWSService": ["false", "true"]}), []),
        (when(Bool={"aws:SecureTransport": "true"}), [("role", ROLE, False)]),
        (when(Null={"aws:SecureTransport": "false"}), [("role", ROLE, False)]),
    ],
)  # fmt: skip
def test_operators_are_read_as_aws_documents_them(condition: dict[str, Any], left: Accesses) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html."""
    assert decrypters(allow("kms:Decrypt", {"AWS": ROLE}), deny("kms:Decrypt", **condition)) == left


def test_a_deny_of_the_service_denies_all_trails() -> None:
    trails = allow("kms:Decrypt", CLOUDTRAIL, **when(StringEquals={"aws:SourceAccount": PRODUCTION}))
    assert decrypters(trails, deny("kms:Decrypt", CLOUDTRAIL)) == []
    assert decrypters(trails, deny("kms:Decrypt", {"Service": "athena.amazonaws.com"})) == [
        ("trails", PRODUCTION, True)
    ]


def test_a_denial_of_all_but_some_leaves_of_an_account_only_those() -> None:
    account = allow("kms:Decrypt", {"AWS": ARCHIVE})
    some = when(ArnNotLike={"aws:PrincipalArn": [READER, THEIR_ROLE]})
    assert decrypters(account, deny("kms:Decrypt", **some)) == [("role", READER, False)]
    none = when(ArnNotLike={"aws:PrincipalArn": [THEIR_ROLE]})
    assert decrypters(account, deny("kms:Decrypt", **none)) == []


def test_a_deny_of_an_account_may_not_deny_every_principal_of_it() -> None:
    """AWS documents that an account as principal delegates, and does not document what it means in a Deny."""
    statements = [allow("kms:Decrypt", {"AWS": ARCHIVE}), deny("kms:Decrypt", {"AWS": ARCHIVE})]
    assert decrypters(*statements) == [("account", ARCHIVE, False)]
    (entry,) = [
        access
        for access in fake_log_archive.report(FakeLogArchive(more_key=statements))["decrypt"]
        if "Theirs" in access["by"]
    ]
    assert "TheirDenial" in entry["conditions"][0]


def test_an_unknown_effect_is_not_a_deny() -> None:
    assert decrypters({**allow("kms:Decrypt", {"AWS": ROLE}), "Effect": "allow"}) == [("role", ROLE, False)]


def test_a_deny_that_may_match_is_named_as_a_condition() -> None:
    statements = [
        allow("kms:Decrypt", {"AWS": ROLE}),
        deny("kms:Decrypt", **when(IpAddress={"aws:SourceIp": "10.0.0.0/8"})),
    ]
    entries = fake_log_archive.report(FakeLogArchive(more_key=statements))["decrypt"]
    (entry,) = [access for access in entries if "Theirs" in access["by"]]
    assert "TheirDenial" in entry["conditions"][0]
    assert "aws:SourceIp is in 10.0.0.0/8" in entry["conditions"][0]


def readers(*statements: dict[str, Any]) -> Accesses:
    return by(fake_log_archive.report(FakeLogArchive(more_bucket=statements))["read"], "Theirs")


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", [True]),
        (f"{BUCKET_ARN}/*", [True]),
        (f"{BUCKET_ARN}*", [True]),
        ("arn:*:s3:::*", [True]),
        ("arn:aws:s3:::*/*", [True]),
        (f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*", [False]),  # IAM policies may allow the rest
        (f"{BUCKET_ARN}/one-key", []),  # this is not a log
        (f"{BUCKET_ARN}/??????????*", [True]),  # the key of every log is longer
        (BUCKET_ARN, []),
        (f"{BUCKET_ARN}?", []),
        (BUCKET_ARN.upper() + "/*", []),
        ("arn:aws:s3:::other/*", []),
        (f"{BUCKET_ARN}/${{aws:PrincipalAccount}}/*", [False]),
        ([], []),
    ],
)
def test_resources(resource: Any, expected: list[bool]) -> None:
    statement = {**allow("s3:Get*", {"AWS": ROLE}, "bucket"), "Resource": resource}
    assert readers(statement) == [("role", ROLE, certain) for certain in expected]


def test_a_part_of_the_bucket_is_named() -> None:
    statement = {**allow("s3:GetObject", {"AWS": ROLE}, "bucket"), "Resource": f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*"}
    entries = fake_log_archive.report(FakeLogArchive(more_bucket=[statement]))["read"]
    (entry,) = [access for access in entries if "Theirs" in access["by"]]
    assert entry["conditions"] == [
        f"only on {BUCKET_ARN}/AWSLogs/{PRODUCTION}/*",
        f"IAM policies of account {ARCHIVE} may allow more than this (they are not read)",
    ]


def test_not_resource() -> None:
    statement = allow("s3:GetObject", {"AWS": ROLE}, "bucket")
    del statement["Resource"]
    assert readers({**statement, "NotResource": f"{BUCKET_ARN}/*"}) == []
    assert readers({**statement, "NotResource": f"{BUCKET_ARN}/x/*"}) == [("role", ROLE, False)]


def test_a_deny_on_a_part_of_the_bucket_does_not_count_for_the_rest() -> None:
    allowed = allow("s3:GetObject", {"AWS": ROLE}, "bucket")
    part = {**deny("s3:*", policy="bucket"), "Resource": f"{BUCKET_ARN}/x/*"}
    assert readers(allowed, part) == [("role", ROLE, False)]
    assert readers({**allowed, "Resource": f"{BUCKET_ARN}/x/*"}, part) == []
    rest = {**part, "NotResource": f"{BUCKET_ARN}/x/*"}
    del rest["Resource"]
    assert readers(allowed, rest) == [("role", ROLE, False)]


def test_a_deny_counts_for_the_part_of_the_bucket_that_is_allowed() -> None:
    part = {**allow("s3:GetObject", {"AWS": ROLE}, "bucket"), "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/x/*"]}
    assert readers(part, {**deny("s3:*", policy="bucket"), "Resource": f"{BUCKET_ARN}/x/*"}) == []
    all_but = {**deny("s3:*", policy="bucket"), "NotResource": f"{BUCKET_ARN}/y/*"}
    del all_but["Resource"]
    assert readers(part, all_but) == []
    variable = {**part, "Resource": f"{BUCKET_ARN}/${{aws:username}}"}
    assert readers(variable, {**all_but, "NotResource": f"{BUCKET_ARN}/me"}) == [("role", ROLE, False)]


def test_e2_what_not_resource_allows_is_more_than_a_deny_on_the_same_resource() -> None:
    """An Allow with NotResource allows the complement, which a Deny on that very resource does not touch."""
    statement = allow("s3:GetObject", {"AWS": THEIR_ROLE}, "bucket")
    del statement["Resource"]
    nobody = f"{BUCKET_ARN}/AWSLogs/000000000000/*"
    denial = {**deny("*", policy="bucket"), "Resource": nobody}
    assert readers({**statement, "NotResource": nobody}, denial) == [("role", THEIR_ROLE, False)]
    result = fake_log_archive.report(
        FakeLogArchive(more_bucket=[{**statement, "NotResource": nobody}, denial]), readers=[READER]
    )
    assert "unexpected_reader" in fake_log_archive.failed(result)


def test_the_archive_that_this_collection_configures() -> None:
    result = fake_log_archive.report(decrypt_principals=[READER], readers=[READER], break_glass_principals=[])
    assert fake_log_archive.failed(result) == []
    assert by(result["encrypt"], "CentralLoggingEncrypt") == [
        ("trails", account, True) for account in sorted((ARCHIVE, PRODUCTION, STAGING))
    ]
    assert by(result["decrypt"], "CentralLoggingDecrypt") == [("role", READER, True)]
    assert by(result["read"], "CentralLoggingRead") == [("role", READER, True)]
    assert by(result["delete"], "Enable IAM User Permissions") == [("account", ARCHIVE, False)]
    assert not any("s3:DeleteObject" in entry["actions"] for entry in result["delete"])
    assert result["overlap"] == []
    assert [(foreign["policy"], foreign["sid"]) for foreign in result["foreign_statements"]] == [
        ("key", "Enable IAM User Permissions")
    ]


def test_without_our_denial_iam_decides_who_deletes() -> None:
    bucket = fake_log_archive.our_bucket_statements(deny_delete=False)
    report = fake_log_archive.report(FakeLogArchive(bucket=bucket))
    assert ("account", ARCHIVE, False) in by(report["delete"], "IAM")
    assert fake_log_archive.failed(report) == []
    assert fake_log_archive.failed(
        fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[])
    ) == ["not_denied"]


def test_break_glass_principals() -> None:
    bucket = fake_log_archive.our_bucket_statements(break_glass_principals=[BREAK_GLASS])
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[BREAK_GLASS])
    assert by(result["delete"], "IAM") == [("role", BREAK_GLASS, False)]
    assert fake_log_archive.failed(result) == []
    assert fake_log_archive.failed(
        fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[])
    ) == ["unexpected_deleter"]


def test_the_root_user_can_always_replace_the_bucket_policy() -> None:
    assert by(fake_log_archive.report()["delete"], "S3", indirect=True) == [("root_user", ARCHIVE, True)]


@pytest.mark.parametrize(
    "action",
    [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:DeleteBucket",
        "s3:BypassGovernanceRetention",
        "s3:PutLifecycleConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutBucketObjectLockConfiguration",
    ],
)
def test_ways_to_delete(action: str) -> None:
    bucket = [allow(action, {"AWS": THEIR_ROLE}, "bucket")]
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket))
    assert by(result["delete"], "Theirs") == [("role", THEIR_ROLE, False)]
    assert "unexpected_deleter" in fake_log_archive.failed(result)


@pytest.mark.parametrize("action", ["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"])
def test_ways_to_lose_the_key(action: str) -> None:
    result = fake_log_archive.report(FakeLogArchive(more_key=[allow(action, {"AWS": ROLE})]))
    assert by(result["delete"], "Theirs") == [("role", ROLE, True)]
    assert fake_log_archive.failed(result) == []
    foreign = fake_log_archive.report(FakeLogArchive(more_key=[allow(action, {"AWS": THEIR_ROLE})]))
    assert fake_log_archive.failed(foreign) == ["unexpected_deleter"]


GRANT = {"GrantId": "abc", "GranteePrincipal": ROLE, "Operations": ["Decrypt", "GenerateDataKey"]}


@pytest.mark.parametrize(
    ("grant", "expected", "indirect"),
    [
        ({}, [("role", ROLE, True)], []),
        ({"GranteePrincipal": THEIR_ROLE}, [("role", THEIR_ROLE, False)], []),
        ({"Operations": ["CreateGrant"]}, [], [("role", ROLE, True)]),
        ({"Operations": ["Encrypt"]}, [], []),
        ({"Constraints": {"EncryptionContextSubset": {"a": "b"}}}, [("role", ROLE, False)], []),
        ({"GranteePrincipal": "s3.amazonaws.com"}, [("service", "s3.amazonaws.com", True)], []),
        ({"GranteeServicePrincipal": "rds.amazonaws.com"}, [("service", "rds.amazonaws.com", True)], []),
        (
            {"GranteeServicePrincipal": "rds.amazonaws.com", "Constraints": {"SourceArn": "arn:aws:rds:x"}},
            [("service", "rds.amazonaws.com", False)],
            [],
        ),
        ({"GranteePrincipal": "AROAEXAMPLEEXAMPLE12"}, [("deleted", "AROAEXAMPLEEXAMPLE12", False)], []),
    ],
)
def test_grants(grant: dict[str, Any], expected: Accesses, indirect: Accesses) -> None:
    found = fake_log_archive.report(FakeLogArchive(grants=[{"GrantId": "x", "Operations": []}, {**GRANT, **grant}]))[
        "decrypt"
    ]
    assert by(found, "grant abc") == expected
    assert by(found, "grant abc", indirect=True) == indirect


def test_a_denial_comes_before_a_grant() -> None:
    assert decrypters(deny("kms:Decrypt", {"AWS": ROLE}), sid="grant abc", grants=[GRANT]) == []


@pytest.mark.parametrize(
    ("statement", "account", "certain"),
    [
        (allow("kms:Decrypt", {"AWS": f"arn:aws:iam::{PRODUCTION}:role/Dev"}), PRODUCTION, False),
        (allow("kms:Decrypt", {"AWS": PRODUCTION}), PRODUCTION, False),
        (allow("kms:CreateGrant", {"AWS": PRODUCTION}), PRODUCTION, False),
        (allow("kms:Decrypt", "*"), "*", True),
        (allow("kms:Decrypt", "*", **when(StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"})), "o-a1b2c3d4e5", False),
    ],
)  # fmt: skip
def test_overlap(statement: dict[str, Any], account: str, *, certain: bool) -> None:
    result = fake_log_archive.report(FakeLogArchive(more_key=[statement]))
    assert [(overlap["account"], overlap["certain"]) for overlap in result["overlap"]] == [(account, certain)]
    assert "overlap" in fake_log_archive.failed(result)
    assert result["overlap"][0]["encrypt_by"] == ["CentralLoggingEncrypt"]


def test_no_overlap() -> None:
    """An account without a trail with the key, the archive's own account, and CloudTrail with an S3 Bucket Key."""
    for principal in ({"AWS": DEVELOPMENT}, {"AWS": ROLE}, {"AWS": "AROAEXAMPLEEXAMPLE12"}):
        assert fake_log_archive.report(FakeLogArchive(more_key=[allow("kms:Decrypt", principal)]))["overlap"] == []
    result = fake_log_archive.report(
        FakeLogArchive(key=fake_log_archive.our_key_statements(bucket_key=True)), decrypt_principals=[READER]
    )
    assert result["overlap"] == []
    assert fake_log_archive.failed(result) == []
    assert {finding["kind"] for finding in result["findings"]} >= {"bucket_key"}


def test_an_organization_that_encrypts_may_contain_any_account() -> None:
    key = fake_log_archive.our_key_statements(
        accounts=[], organization_id="o-a1b2c3d4e5", decrypt_principals=[THEIR_ROLE]
    )
    result = fake_log_archive.report(FakeLogArchive(key=key))
    assert [(overlap["account"], overlap["certain"]) for overlap in result["overlap"]] == [(STRANGER, False)]


def test_the_confused_deputy() -> None:
    unlimited = allow("kms:GenerateDataKey*", CLOUDTRAIL)
    assert fake_log_archive.failed(fake_log_archive.report(FakeLogArchive(more_key=[unlimited]))) == ["confused_deputy"]
    limited = allow("kms:GenerateDataKey*", CLOUDTRAIL, **when(StringEquals={"aws:SourceAccount": DEVELOPMENT}))
    assert fake_log_archive.failed(fake_log_archive.report(FakeLogArchive(more_key=[limited]))) == []


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({}, ["confused_deputy"]),
        ({"Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}}, ["confused_deputy"]),
        ({"Resource": f"{BUCKET_ARN}/AWSLogs/*"}, ["confused_deputy"]),
        ({"Resource": f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*"}, []),
        ({"Condition": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}}, []),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/x"}}}, ["confused_deputy"]),
        ({"Principal": {"AWS": ROLE}}, []),
        ({"Principal": {"AWS": THEIR_ROLE}}, ["writer"]),
        ({"Principal": "*"}, ["writer"]),
    ],
)
def test_who_writes_to_the_bucket(change: dict[str, Any], kinds: list[str]) -> None:
    statement = {**allow("s3:PutObject", CLOUDTRAIL, "bucket"), **change}
    assert fake_log_archive.failed(fake_log_archive.report(FakeLogArchive(more_bucket=[statement]))) == kinds


def test_a_condition_that_cloudtrail_never_meets() -> None:
    """As in gh:awsdocs/aws-cloudtrail-user-guide#16."""
    statement = allow("s3:PutObject", CLOUDTRAIL, "bucket", **when(StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}))
    kinds = {
        finding["kind"]: finding["resource"]
        for finding in fake_log_archive.report(FakeLogArchive(more_bucket=[statement]))["findings"]
    }
    assert kinds["useless"] == "Theirs"


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        (allow("kms:Decrypt", {"AWS": ROLE}), ["unexpected_decrypter"]),
        (allow("kms:Decrypt", {"AWS": DEVELOPMENT}), ["unexpected_decrypter"]),
        (allow("kms:Decrypt", {"Service": "athena.amazonaws.com"}), ["unexpected_decrypter"]),
        (allow("kms:Decrypt", "*", **when(StringEquals={"kms:CallerAccount": ARCHIVE})), ["unexpected_decrypter"]),
        (allow("kms:PutKeyPolicy", {"AWS": ROLE}), []),
        (allow("kms:Decrypt", {"AWS": READER}), []),
    ],
)
def test_unexpected_decrypters(statement: dict[str, Any], kinds: list[str]) -> None:
    archive = FakeLogArchive(more_key=[statement])
    assert (
        fake_log_archive.failed(fake_log_archive.report(archive, decrypt_principals=[{"arn": READER, "accounts": []}]))
        == kinds
    )
    if statement["Principal"] != "*":
        assert fake_log_archive.failed(fake_log_archive.report(archive)) == []


def test_unexpected_readers() -> None:
    archive = FakeLogArchive(more_bucket=[allow("s3:GetObject", {"AWS": ROLE}, "bucket")])
    assert fake_log_archive.failed(fake_log_archive.report(archive, readers=[READER])) == ["unexpected_reader"]


def test_expected_principals_without_access() -> None:
    result = fake_log_archive.report(decrypt_principals=[ROLE, READER], readers=[THEIR_ROLE, READER])
    found = {finding["kind"]: (finding["status"], finding["resource"]) for finding in result["findings"]}
    assert found["cannot_decrypt"] == ("info", ROLE), "IAM policies may allow it"
    without_root = [
        statement
        for statement in fake_log_archive.our_key_statements()
        if statement["Sid"] != "Enable IAM User Permissions"
    ]
    assert fake_log_archive.failed(
        fake_log_archive.report(FakeLogArchive(key=without_root), decrypt_principals=[ROLE, READER])
    ) == ["cannot_decrypt"]


def test_public() -> None:
    result = fake_log_archive.report(FakeLogArchive(more_bucket=[allow("s3:GetObject", "*", "bucket")]))
    assert "public" in fake_log_archive.failed(result)
    everything = fake_log_archive.report(FakeLogArchive(bucket=[allow("*", "*", "bucket")], key=[allow("*", "*")]))
    for ability in ("encrypt", "decrypt", "read", "delete"):
        assert ("anyone", "*", True) in by(everything[ability], "Theirs")


def test_the_key_arn() -> None:
    assert fake_log_archive.report()["key_arn"] == KEY
