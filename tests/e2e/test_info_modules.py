# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The info modules on the accounts of the walk-through, after changes by an attacker or by accident."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ACCOUNTS, new_sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET, MEMBERS, PRODUCTION, REGION
from tests.e2e.test_site import key_arn, policies

READER = f"arn:aws:iam::{ARCHIVE}:role/LogReader"
ADMINISTRATOR = f"arn:aws:iam::{ARCHIVE}:role/Administrator"
NAME = "sectrailprod"
Run = Callable[..., dict[str, Any]]


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/CentralLogging"


def failed(result: dict[str, Any]) -> list[str]:
    return sorted({finding["kind"] for finding in result["findings"] if finding["status"] == "failed"})


@pytest.fixture
def site(set_up: Callable[[str], None], sandbox: Sandbox, client: Callable[..., Any]) -> str:
    """The accounts of the example inventory, set up and delivering; the key's ARN."""
    set_up("site")
    sandbox.deliver()
    arn: str = key_arn(client)
    sandbox.forget_calls()
    return arn


@pytest.fixture
def administrator(client: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a client with all permissions in the log-archive account."""
    return lambda service: client(service, role="Administrator", caller="administrator")


def writes(sandbox: Sandbox) -> list[str]:
    """Operations that write, except AssumeRole."""
    return [call["operation"] for call in sandbox.calls() if call["write"] and call["operation"] != "AssumeRole"]


@pytest.fixture
def trails(module: Run) -> Run:
    def run(account: str = PRODUCTION, **options: Any) -> dict[str, Any]:
        return module("cloudtrail_central_info", region=REGION, assume_role_arn=role(account), **options)

    return run


@pytest.fixture
def access(module: Run, client: Callable[..., Any]) -> Run:
    def run(**options: Any) -> dict[str, Any]:
        where = {"region": REGION, "assume_role_arn": role(ARCHIVE), "bucket": BUCKET}
        expected = {"decrypt_principals": [READER], "readers": [READER], "break_glass_principals": []}
        return module("log_archive_access_info", **{**where, "key": "alias/central-logging", **expected, **options})

    return run


def test_the_trail_of_a_member(site: str, trails: Run, sandbox: Sandbox) -> None:
    result = trails(trail_name=NAME, bucket=BUCKET, key_prefix="", kms_key=site)
    assert not result["failed"]
    assert not result["changed"]
    assert failed(result) == []
    (trail,) = result["trails"]
    assert (trail["relation"], trail["owner"], trail["logging"], trail["readable"]) == ("own", PRODUCTION, True, True)
    assert trail["logging_since"] <= trail["latest_delivery"]
    assert trail["errors"] == result["duplicates"] == []
    asked = Counter(call["operation"] for call in sandbox.calls() if call["service"] == "cloudtrail")
    assert asked == {
        "DescribeTrails": 1,
        "ListTrails": 1,
        "ListTags": 1,
        "GetTrailStatus": 1,
        "GetEventSelectors": 1,
        "LookupEvents": 5,  # one if the trail had been logging for 90 days
    }
    assert writes(sandbox) == []
    statuses = {control["id"]: control["status"] for control in result["controls"]}
    assert {statuses[f"CloudTrail.{number}"] for number in (1, 2, 3, 4)} == {"passed"}
    assert statuses["CloudTrail.6"] == "not_checked"


def test_a_second_trail_costs_twice_and_one_that_is_not_expected(
    site: str, trails: Run, module: Run, client: Callable[..., Any]
) -> None:
    accounts = [{"id": PRODUCTION, "trail_name": "second"}]
    assert module(
        "s3_log_bucket_policy", region=REGION, assume_role_arn=role(ARCHIVE), bucket=BUCKET, accounts=accounts
    )["changed"]
    theirs = client("cloudtrail", PRODUCTION)
    arn = theirs.create_trail(Name="second", S3BucketName=BUCKET, IsMultiRegionTrail=False)["TrailARN"]
    assert trails()["duplicates"] == [], "it does not log yet"
    theirs.start_logging(Name=arn)
    (duplicate,) = trails()["duplicates"]
    assert (duplicate["regions"], duplicate["free_copies"], duplicate["paid_copies"]) == ([REGION], 1, 1)
    assert failed(trails(trail_name="third")) == ["missing"]
    assert failed(trails(trail_name="second", bucket="other-bucket", kms_key=site)) == [
        "narrowed_selectors",
        "no_validation",
        "not_encrypted",
        "other_bucket",
        "single_region",
    ]


def test_deliveries_that_fail_and_a_trail_that_is_stopped(
    site: str, trails: Run, administrator: Callable[..., Any], client: Callable[..., Any], sandbox: Sandbox
) -> None:
    administrator("kms").disable_key(KeyId=site)
    sandbox.deliver()
    result = trails(trail_name=NAME)
    assert "delivery_error" in failed(result)
    (finding, *_others) = [item for item in result["findings"] if item["kind"] == "delivery_error"]
    assert finding["since"]
    assert finding["remediation"]
    assert writes(sandbox) == ["DisableKey"]


def test_who_can_do_what(site: str, access: Run, sandbox: Sandbox) -> None:
    result = access()
    assert not result["failed"], result
    assert failed(result) == []
    assert result["key_arn"] == site
    assert {entry["principal"] for entry in result["encrypt"] if entry["kind"] == "trails"} == {ARCHIVE, *MEMBERS}
    assert [entry["principal"] for entry in result["decrypt"] if entry["kind"] == "role"] == [READER]
    assert [entry["principal"] for entry in result["read"] if entry["kind"] == "role"] == [READER]
    assert result["overlap"] == []
    assert not any(statement["altered"] for statement in result["foreign_statements"])
    statuses = {control["id"]: control["status"] for control in result["controls"]}
    controls = ("CloudTrail.6", "KMS.3", "KMS.4", "KMS.5", "S3.5", "S3.8", "S3.14")
    assert {statuses[control] for control in controls} == {"passed"}
    assert writes(sandbox) == []
    assert len([call for call in sandbox.calls() if call["service"] in ("kms", "s3")]) == 17


def test_statements_and_a_grant_of_an_attacker(
    site: str, access: Run, client: Callable[..., Any], administrator: Callable[..., Any]
) -> None:
    """Statements and a grant that keep the access of an attacker."""
    bucket, key = (json.loads(text) for text in policies(client))
    back_door = {
        "Sid": "SupportAccess",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "kms:Decrypt*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": [PRODUCTION]}},
    }
    lifecycle = {
        "Sid": "CentralLoggingRead",
        "Effect": "Allow",
        "Principal": {"AWS": [READER, f"arn:aws:iam::{PRODUCTION}:root"]},
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    }
    key["Statement"].append(back_door)
    others = [
        statement
        for statement in bucket["Statement"]
        if statement["Sid"] not in ("CentralLoggingRead", "CentralLoggingDenyDelete")
    ]
    bucket["Statement"] = [*others, lifecycle]
    administrator("kms").put_key_policy(KeyId=site, PolicyName="default", Policy=json.dumps(key))
    administrator("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(bucket))
    administrator("kms").create_grant(KeyId=site, GranteePrincipal=ADMINISTRATOR, Operations=["Decrypt", "CreateGrant"])
    result = access()
    assert not result["failed"], result
    assert failed(result) == [
        "altered_statement",
        "not_denied",
        "overlap",
        "unexpected_decrypter",
        "unexpected_reader",
    ]
    (overlap,) = result["overlap"]
    assert (overlap["account"], overlap["decrypt_by"]) == (PRODUCTION, ["SupportAccess"])
    words = {statement["sid"]: statement["words"] for statement in result["foreign_statements"]}
    assert words["SupportAccess"] == (
        "Allows kms:Decrypt* on the key to anyone in any AWS account, and anonymous callers, if"
        f" aws:PrincipalAccount is {PRODUCTION}."
    )
    assert "aws:SourceIp is in 192.0.2.0/24" in words["CentralLoggingRead"]
    assert [item["altered"] for item in result["foreign_statements"] if item["sid"] == "CentralLoggingRead"] == [True]
    granted = [entry["by"][0] for entry in result["decrypt"] if entry["principal"] == ADMINISTRATOR]
    assert any(source.startswith("grant ") for source in granted)


def test_a_key_or_bucket_that_does_not_exist(site: str, access: Run) -> None:
    missing = access(key="alias/nobody")
    assert missing["failed"]
    assert "NotFoundException" in missing["msg"]
    stranger = access(bucket="a-bucket-of-nobody")
    assert stranger["failed"]
    assert f"belongs to another account than {ARCHIVE}" in stranger["msg"]


class TestOrganization:
    """The same accounts as members of an organization that the log-archive account manages."""

    @pytest.fixture
    def running_sandbox(self, tmp_path: Path) -> Iterator[Sandbox]:
        text = ACCOUNTS.read_text(encoding="utf-8")
        accounts = tmp_path / "accounts.yml"
        organization = f'organization: {{id: o-exampleorgid, management_account_id: "{ARCHIVE}"}}'
        accounts.write_text(f"{text}\n{organization}\n", encoding="utf-8")
        with new_sandbox(accounts) as sandbox:
            yield sandbox

    def test_a_member_sees_part_of_its_trail(
        self, trails: Run, client: Callable[..., Any], administrator: Callable[..., Any]
    ) -> None:
        arn = f"arn:aws:cloudtrail:{REGION}:{ARCHIVE}:trail/everybody"
        source = {"StringEquals": {"aws:SourceArn": arn}}
        service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
        write = {"StringEquals": {**source["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}}
        bucket = f"arn:aws:s3:::{BUCKET}"
        folders = [f"{bucket}/AWSLogs/{folder}/*" for folder in (ARCHIVE, "o-exampleorgid")]
        policy = [
            {**service, "Action": "s3:GetBucketAcl", "Resource": bucket, "Condition": source},
            {**service, "Action": "s3:PutObject", "Resource": folders, "Condition": write},
        ]
        administrator("s3").create_bucket(Bucket=BUCKET)
        administrator("s3").put_bucket_policy(
            Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": policy})
        )
        owner = administrator("cloudtrail")
        owner.create_trail(Name="everybody", S3BucketName=BUCKET, IsMultiRegionTrail=True, IsOrganizationTrail=True)
        owner.start_logging(Name=arn)
        result = trails(PRODUCTION)
        assert not result["failed"], result
        (trail,) = result["trails"]
        assert (trail["relation"], trail["owner"], trail["readable"]) == ("organization", ARCHIVE, False)
        assert trail["logging"] is True
        assert trail["event_selectors"] is trail["tags"] is None
        assert ARCHIVE in trail["unreadable_because"]
        (of_owner,) = trails(ARCHIVE)["trails"]
        assert (of_owner["relation"], of_owner["readable"]) == ("own", True)
