# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calls that each policy module sends. test_site.py has the calls of a member account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET, MEMBERS, Play

ROLE = f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"
CONNECTION = {"region": "us-east-1", "account_id": ARCHIVE, "assume_role_arn": ROLE}
ALL = [{"id": account, "trail_name": "trail"} for account in (ARCHIVE, *MEMBERS)]
# the options of a module, the calls of a converged run, and the additional call of a run that changes the policy
BUDGET: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "s3_log_bucket_policy": ({"bucket": BUCKET}, ["AssumeRole", "GetBucketPolicy"], "PutBucketPolicy"),
    "kms_key_grant_accounts": (
        {"key": "alias/central-logging"},
        ["AssumeRole", "DescribeKey", "GetKeyPolicy"],
        "PutKeyPolicy",
    ),
}


def operations(sandbox: Sandbox) -> list[str]:
    return [call["operation"] for call in sandbox.calls()]


@pytest.mark.parametrize("name", BUDGET)
def test_policies(
    name: str, sandbox: Sandbox, set_up: Callable[[str], None], module: Callable[..., dict[str, Any]]
) -> None:
    options, reads, put = BUDGET[name]
    set_up("archive")
    assert module(name, **CONNECTION, **options, accounts=ALL)["changed"]
    sent = operations(sandbox)
    assert sent[: len(reads) + 1] == [*reads, put]
    assert set(sent[len(reads) + 1 :]) == {reads[-1]}  # until AWS shows it

    sandbox.forget_calls()
    assert not module(name, **CONNECTION, **options, accounts=ALL)["changed"]
    assert operations(sandbox) == reads


def test_an_alias_is_looked_up_once_for_the_fleet(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None]
) -> None:
    set_up("site")
    assert play("members").code == 0
    asked = [call["operation"] for call in sandbox.calls() if call["service"] == "kms"]
    assert asked == ["DescribeKey", "GetKeyPolicy"]
