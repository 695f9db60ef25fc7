# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who can do what, by AWS's documented patterns of policies, and by statements of an attacker or an accident.

Each row is a foreign statement and the accesses that it gives, as kind, principal and certainty.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import (
    CLOUDTRAIL,
    ROLE,
    THEIR_ROLE,
    Accesses,
    FakeLogArchive,
    allow,
    by,
    decrypters,
    when,
)
from tests.fakes.support import ARCHIVE, PRODUCTION, STRANGER

CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
PRODUCTIONS_TRAILS = f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*"
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


def test_an_unknown_effect_is_not_a_deny() -> None:
    assert decrypters({**allow("kms:Decrypt", {"AWS": ROLE}), "Effect": "allow"}) == [("role", ROLE, False)]
