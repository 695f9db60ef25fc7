# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who can do what, by AWS's documented patterns of policies, and by statements of an attacker or an accident.

Each row is a foreign statement and the accesses that it gives, as kind, principal and certainty.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import (
    BREAK_GLASS,
    BUCKET_ARN,
    CLOUDTRAIL,
    ROLE,
    THEIR_ROLE,
    Accesses,
    FakeLogArchive,
    allow,
    by,
    decrypters,
    deny,
    readers,
    when,
)
from tests.fakes.support import ARCHIVE, PRODUCTION, READER, STRANGER

CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
PRODUCTIONS_TRAILS = f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*"
OUR_ROLES = f"arn:aws:iam::{ARCHIVE}:role/*"
ANYONE = [("anyone", "*", True)]
MAYBE_ANYONE = [("anyone", "*", False)]


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
