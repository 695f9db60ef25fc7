# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Principal and NotPrincipal, with the forms of AWS's documentation."""

from __future__ import annotations

from typing import Any

import pytest

from cloudtrail_sandbox.judge.principals import Principal, applies

USER = Principal("user", arn="arn:aws:iam::444455556666:user/Bob")
SESSION = Principal(
    "role",
    arn="arn:aws:iam::444455556666:role/read-only",
    session_arn="arn:aws:sts::444455556666:assumed-role/read-only/audit-app",
)
ROOT = Principal("root", arn="arn:aws:iam::444455556666:root")
CLOUDTRAIL = Principal("service", service="cloudtrail.amazonaws.com")
ANONYMOUS = Principal("anonymous")
EVERYBODY = {"user": USER, "session": SESSION, "root": ROOT, "service": CLOUDTRAIL, "anonymous": ANONYMOUS}
ALL = set(EVERYBODY)
ACCOUNT = {"user", "session", "root"}
ROOT_ARN = "arn:aws:iam::444455556666:root"


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("*", ALL),
        ({"AWS": "*"}, ALL),
        ({"AWS": ["111122223333", "*"]}, ALL),
        ({"AWS": "444455556666"}, ACCOUNT),
        ({"AWS": ROOT_ARN}, ACCOUNT),
        ({"AWS": ["123456789012", "444455556666"]}, ACCOUNT),
        ({"AWS": "111122223333"}, set()),
        ({"AWS": "arn:aws-cn:iam::444455556666:root"}, set()),
        ({"AWS": USER.arn}, {"user"}),
        ({"AWS": "arn:aws:iam::444455556666:user/bob"}, set()),
        ({"AWS": "arn:aws:iam::444455556666:user/*"}, set()),
        ({"AWS": SESSION.arn}, {"session"}),
        ({"AWS": SESSION.session_arn}, {"session"}),
        ({"AWS": "arn:aws:sts::444455556666:assumed-role/read-only/*"}, set()),
        ({"AWS": "arn:aws:sts::444455556666:assumed-role/read-only/other"}, set()),
        ({"AWS": [USER.arn, SESSION.arn]}, {"user", "session"}),
        ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, set()),
        ({"AWS": "cloudtrail.amazonaws.com"}, set()),
        ({"Service": "cloudtrail.amazonaws.com"}, {"service"}),
        ({"Service": ["ecs.amazonaws.com", "cloudtrail.amazonaws.com"]}, {"service"}),
        ({"Service": "config.amazonaws.com"}, set()),
        ({"Service": "*"}, set()),
        ({"Service": "cloudtrail.amazonaws.com", "AWS": USER.arn}, {"service", "user"}),
        ({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, set()),
        ({"Federated": "cognito-identity.amazonaws.com"}, set()),
        ({}, set()),
    ],
)
def test_principal(element: Any, expected: set[str]) -> None:
    for effect in ("Allow", "Deny"):
        statement = {"Effect": effect, "Principal": element}
        assert {name for name, one in EVERYBODY.items() if applies(statement, one)} == expected


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
@pytest.mark.parametrize(
    ("element", "spared"),
    [
        # the two documented examples
        ({"AWS": [USER.arn, ROOT_ARN]}, {"user", "root"}),
        ({"AWS": [SESSION.session_arn, SESSION.arn, ROOT_ARN]}, {"session", "root"}),
        # without the account, the role or the session, the statement may meet them
        ({"AWS": USER.arn}, set()),
        ({"AWS": [SESSION.arn, ROOT_ARN]}, {"root"}),
        ({"AWS": [SESSION.session_arn, SESSION.arn]}, set()),
        ({"AWS": "444455556666"}, {"root"}),
        ({"Service": "cloudtrail.amazonaws.com"}, {"service"}),
        ({"Service": "config.amazonaws.com"}, set()),
        ("*", ALL),
        ({"AWS": "*"}, ALL),
    ],
)
def test_not_principal_with_deny(element: Any, spared: set[str]) -> None:
    statement = {"Effect": "Deny", "NotPrincipal": element}
    assert {name for name, one in EVERYBODY.items() if not applies(statement, one)} == spared


def test_not_principal_with_allow_is_not_supported() -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}}
    assert not [name for name, one in EVERYBODY.items() if applies(statement, one)]


def test_a_statement_without_principal_is_about_nobody() -> None:
    assert not [name for name, one in EVERYBODY.items() if applies({"Effect": "Deny"}, one)]


@pytest.mark.parametrize(
    ("principal", "account"),
    [
        *((one, "444455556666") for one in (USER, SESSION, ROOT)),
        (Principal("role", session_arn=SESSION.session_arn), "444455556666"),
        *((one, "") for one in (CLOUDTRAIL, ANONYMOUS)),
    ],
)
def test_account(principal: Principal, account: str) -> None:
    assert principal.account == account
