# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What explicit denials leave of an access, by their principals and conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import (
    BREAK_GLASS,
    CLOUDTRAIL,
    ROLE,
    THEIR_ROLE,
    Accesses,
    FakeLogArchive,
    allow,
    decrypters,
    deny,
    when,
)
from tests.fakes.support import ARCHIVE, PRODUCTION, READER, STRANGER

OUR_ROLES = f"arn:aws:iam::{ARCHIVE}:role/*"


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


def test_a_deny_that_may_match_is_named_as_a_condition() -> None:
    statements = [
        allow("kms:Decrypt", {"AWS": ROLE}),
        deny("kms:Decrypt", **when(IpAddress={"aws:SourceIp": "10.0.0.0/8"})),
    ]
    entries = fake_log_archive.report(FakeLogArchive(more_key=statements))["decrypt"]
    (entry,) = [access for access in entries if "Theirs" in access["by"]]
    assert "TheirDenial" in entry["conditions"][0]
    assert "aws:SourceIp is in 10.0.0.0/8" in entry["conditions"][0]
