# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Errors before any change. The message names the host and the remediation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import BUCKET, PRODUCTION, Play
from tests.e2e.test_site import key_arn, writes

Change = Callable[[dict[str, Any], dict[str, Any]], Any]


def production(hosts: dict[str, Any]) -> dict[str, Any]:
    host: dict[str, Any] = hosts["members"]["hosts"]["production"]
    return host


INVENTORIES: dict[str, tuple[Change, str]] = {
    "unquoted": (
        lambda hosts, _: production(hosts).update(account_id=444455556666),
        "Host production: account_id 444455556666 is a number, because it is not in quotes",
    ),
    "octal": (
        lambda hosts, _: production(hosts).update(account_id=0o12345670123),
        "Host production: account_id 1402433619 is a number, because it is not in quotes",
    ),
    "short": (
        lambda hosts, _: production(hosts).update(account_id="12345"),
        "Host production: account_id: '12345' is not an AWS account id",
    ),
    "duplicate": (
        lambda hosts, _: production(hosts).update(account_id="777788889999", role_arn=None),
        "Hosts development and production have the same account_id 777788889999",
    ),
    "role of another account": (
        lambda hosts, _: production(hosts).update(role_arn="arn:aws:iam::777788889999:role/CentralLogging"),
        "Host production: role_arn arn:aws:iam::777788889999:role/CentralLogging is a role of account 777788889999",
    ),
    "trail name": (
        lambda hosts, _: production(hosts).update(trail_name="a--b"),
        "Host production: trail_name: 'a--b' is not a valid trail name",
    ),
    "no archive": (
        lambda hosts, _: hosts.pop("log_archive"),
        "Group log_archive must have exactly one host, the log-archive account. It has none",
    ),
    "no members": (lambda hosts, _: hosts.pop("members"), "Group members has no host"),
    "two archives": (
        lambda hosts, _: hosts["log_archive"]["hosts"].update(production=production(hosts)),
        "Group log_archive must have exactly one host",
    ),
    "bucket name": (
        lambda _, variables: variables.update(central_logging_bucket="Not_A_Bucket"),
        "central_logging_bucket: 'Not_A_Bucket' is not a valid bucket name",
    ),
    "prefix": (
        lambda _, variables: variables.update(central_logging_prefix="logs/AWSLogs/"),
        "central_logging_prefix: 'logs/AWSLogs/' contains AWSLogs/",
    ),
    "partitions": (
        lambda hosts, _: production(hosts).update(role_arn=f"arn:aws-cn:iam::{PRODUCTION}:role/CentralLogging"),
        "The hosts are in several partitions",
    ),
    "overlap": (
        lambda _, variables: variables.update(central_logging_decrypt_principals=[f"arn:aws:iam::{PRODUCTION}:role/R"]),
        f"arn:aws:iam::{PRODUCTION}:role/R belongs to host production, whose trail encrypts",
    ),
}


@pytest.mark.parametrize("name", INVENTORIES)
def test_a_bad_inventory_costs_no_call(
    sandbox: Sandbox, play: Callable[..., Play], inventory: Callable[..., Path], name: str
) -> None:
    change, sentence = INVENTORIES[name]
    run = play("site", inventory=inventory(change))
    assert run.code != 0
    assert sentence in run.words
    assert sandbox.calls() == []


def test_a_role_that_cannot_be_assumed(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], inventory: Callable[..., Path]
) -> None:
    set_up("archive")
    role = f"arn:aws:iam::{PRODUCTION}:role/Missing"
    hosts = inventory(lambda hosts, _: production(hosts).update(role_arn=role))
    run = play("members", "--limit", "production", inventory=hosts)
    assert run.code != 0
    assert f"arn:aws:iam::222233334444:user/operator could not assume {role}" in run.words
    assert "AssumeRole in account 444455556666 failed: AccessDenied" in run.words
    assert writes(sandbox) == []


def test_a_bucket_of_another_account(sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any]) -> None:
    stranger = client("s3", account="999900001111", role="Administrator", caller="administrator")
    stranger.create_bucket(Bucket=BUCKET)
    sandbox.forget_calls()
    run = play("archive")
    assert run.code != 0
    assert f"bucket {BUCKET} belongs to another account than 111122223333" in run.words
    assert writes(sandbox) == []


@pytest.mark.parametrize(
    ("state", "says"), [("disable_key", "is Disabled"), ("schedule_key_deletion", "is pending deletion")]
)
def test_a_key_that_cannot_be_used(
    sandbox: Sandbox,
    play: Callable[..., Play],
    set_up: Callable[[str], None],
    client: Callable[..., Any],
    state: str,
    says: str,
) -> None:
    set_up("archive")
    getattr(client("kms", role="Administrator", caller="administrator"), state)(KeyId=key_arn(client))
    sandbox.forget_calls()
    run = play("archive")
    assert run.code != 0
    assert says in run.words
    assert writes(sandbox) == []


def test_a_statement_that_kms_no_longer_accepts(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], client: Callable[..., Any]
) -> None:
    set_up("archive")
    arn = key_arn(client)
    policy = json.loads(client("kms").get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    policy["Statement"].append({"Sid": "Old", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:List*"})
    sandbox.legacy_policy(arn, json.dumps(policy))
    sandbox.forget_calls()
    run = play("archive", "-e", "log_archive_bucket_key=true")
    assert run.code != 0
    assert "holds statement Old, which KMS does not accept: it has no Resource" in run.words
    assert "PutKeyPolicy" not in writes(sandbox)


def test_members_without_the_key(sandbox: Sandbox, play: Callable[..., Play]) -> None:
    run = play("members", "--check", "--limit", "production")
    assert run.code != 0
    assert "The key alias/central-logging does not exist in account 111122223333. Run archive.yml first" in run.words
    assert writes(sandbox) == []
