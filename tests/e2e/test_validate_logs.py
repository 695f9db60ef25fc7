# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""C(aws cloudtrail validate-logs), the verifier of AWS, validates the digests of the sandbox."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import KEYS, ORGANIZATION_ACCOUNTS, new_sandbox

REGION, OTHER_REGION = "us-east-1", "eu-west-1"
BUCKET = "secprod-multiaccount-logs"
ARCHIVE, PRODUCTION, STAGING, MANAGEMENT = "111122223333", "444455556666", "012345678901", "222233334444"
ORGANIZATION = "o-exampleorgid"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
Digest = dict[str, Any]  # as the sandbox returns it


@dataclass(frozen=True)
class Verdict:
    """How validate-logs ended: exit code, its output in full, and its counts, as C({"digest": "3/3"})."""

    code: int
    output: str

    @property
    def valid(self) -> dict[str, str]:
        return {
            what: ratio
            for ratio, what in re.findall(r"(\d+/\d+) (digest|backfill digest|log) files valid", self.output)
        }


class Aws:
    """A log-archive account with a bucket and a key. Each test creates its trails."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        s3, kms = self.client("s3"), self.client("kms")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=_bucket_policy())
        self.key = str(kms.create_key(Policy=_key_policy())["KeyMetadata"]["Arn"])

    def client(self, service: str, account: str = ARCHIVE) -> Any:
        role = ("Administrator", "administrator") if account == ARCHIVE else ("CentralLogging", "operator")
        keys = self.session(account, *role)
        return boto3.client(
            service,
            endpoint_url=self.sandbox.url,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def session(self, account: str, role: str, caller: str) -> dict[str, str]:
        keys = KEYS[caller]
        sts = boto3.client(
            "sts",
            endpoint_url=self.sandbox.url,
            region_name=REGION,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )
        arn = f"arn:aws:iam::{account}:role/{role}"
        found: dict[str, str] = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return found

    def trail(self, account: str = ARCHIVE, **options: Any) -> str:
        """A trail that logs with validation; its ARN."""
        cloudtrail = self.client("cloudtrail", account)
        settings = {"Name": "thetrail", "S3BucketName": BUCKET, "KmsKeyId": self.key, "IsMultiRegionTrail": True}
        made = cloudtrail.create_trail(**settings, EnableLogFileValidation=True, **options)
        cloudtrail.start_logging(Name=made["TrailARN"])
        return str(made["TrailARN"])

    def validate(
        self, trail: str, digests: list[Digest], *options: str, role: str = "Administrator", region: str = REGION
    ) -> Verdict:
        """Run validate-logs over the time of these digests, in the log archive."""
        keys = self.session(ARCHIVE, role, "auditor" if role == "LogReader" else "administrator")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": self.sandbox.url,
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
        span = ("--start-time", digests[0]["start"], "--end-time", digests[-1]["end"])
        command = (os.environ["AWSCLI"], "cloudtrail", "validate-logs", "--region", region, "--trail-arn", trail, *span)
        done = subprocess.run(
            [*command, "--verbose", *options], env=environment, capture_output=True, text=True, check=False
        )
        return Verdict(done.returncode, done.stdout + done.stderr)


def _allow(principal: Any, action: Any, resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _bucket_policy() -> str:
    whole = f"arn:aws:s3:::{BUCKET}"
    return _policy(_allow(CLOUDTRAIL, "s3:GetBucketAcl", whole), _allow(CLOUDTRAIL, "s3:PutObject", f"{whole}/*"))


def _key_policy() -> str:
    return _policy(
        _allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*"),
        _allow(CLOUDTRAIL, ["kms:GenerateDataKey*", "kms:DescribeKey"], "*"),
    )


@pytest.fixture
def aws(sandbox: Sandbox) -> Aws:
    return Aws(sandbox)


@pytest.fixture(scope="module")
def organization() -> Iterator[Aws]:
    with new_sandbox(ORGANIZATION_ACCOUNTS) as sandbox:
        yield Aws(sandbox)


def of(digests: list[Digest], account: str, region: str = REGION) -> list[Digest]:
    return [digest for digest in digests if (digest["account"], digest["region"]) == (account, region)]


def test_a_chain_from_start_to_stop_with_an_idle_hour_and_another_key(aws: Aws) -> None:
    trail = aws.trail(S3KeyPrefix="audit/logs")
    digests = aws.sandbox.hours(3, files=2, idle=[1])["digests"]
    aws.sandbox.rotate_keys(REGION)
    digests += aws.sandbox.hours(2)["digests"]
    aws.client("cloudtrail").stop_logging(Name=trail)
    own = of(digests, ARCHIVE)
    assert [(digest["log_files"], digest["error"], digest["kms_key_arn"]) for digest in own] == [
        (files, "", aws.key) for files in (2, 0, 2, 1, 1)
    ]
    listed = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"audit/logs/AWSLogs/{ARCHIVE}/CloudTrail-Digest/")
    final = [item["Key"] for item in listed["Contents"]][-1]
    assert final not in {digest["key"] for digest in own}
    verdict = aws.validate(trail, own)
    assert verdict.code == 0, verdict.output
    assert verdict.valid == {"digest": "6/6", "log": "6/6"} and "INVALID" not in verdict.output
    assert f"s3://{BUCKET}/{final}\tvalid" in verdict.output


def test_auditors_permissions_suffice_for_a_members_trail_in_any_region(aws: Aws) -> None:
    trail = aws.trail(PRODUCTION)
    digests = aws.sandbox.hours(2, regions=[REGION, OTHER_REGION])["digests"]
    for region in (REGION, OTHER_REGION):
        bucket = ("--s3-bucket", BUCKET)
        verdict = aws.validate(trail, of(digests, PRODUCTION, region), *bucket, role="LogReader", region=region)
        assert (verdict.code, verdict.valid) == (0, {"digest": "2/2", "log": "2/2"}), verdict.output


def test_files_that_came_late_are_in_a_backfill_digest(aws: Aws) -> None:
    trail = aws.trail()
    aws.sandbox.deliver(late=True)
    digests = of(aws.sandbox.hours(2)["digests"], ARCHIVE)
    (backfill,) = of(aws.sandbox.backfill(), ARCHIVE)
    assert backfill["key"] == digests[0]["key"].replace(".json.gz", "_backfill.json.gz")
    verdict = aws.validate(trail, digests)
    assert (verdict.code, verdict.valid) == (0, {"digest": "2/2", "backfill digest": "1/1", "log": "3/3"})


def test_an_organization_trail_of_a_delegated_administrator(organization: Aws) -> None:
    trail = organization.trail(ARCHIVE, IsOrganizationTrail=True)
    assert trail == f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/thetrail"
    digests = organization.sandbox.hours(2)["digests"]
    assert {digest["account"] for digest in digests} == {ARCHIVE, PRODUCTION, STAGING, MANAGEMENT, "777788889999"}
    staging = of(digests, STAGING)
    assert staging[0]["key"].startswith(f"AWSLogs/{ORGANIZATION}/{STAGING}/CloudTrail-Digest/{REGION}/")
    verdict = organization.validate(trail, staging, "--account-id", STAGING)
    assert (verdict.code, verdict.valid) == (0, {"digest": "2/2", "log": "2/2"}), verdict.output


def test_modified_log_files_and_digests_are_invalid(aws: Aws) -> None:
    trail, s3 = aws.trail(), aws.client("s3")
    delivered = aws.sandbox.hours(2)
    digests = of(delivered["digests"], ARCHIVE)
    log = of(delivered["deliveries"], ARCHIVE)[0]["key"]
    records = json.loads(gzip.decompress(s3.get_object(Bucket=BUCKET, Key=log)["Body"].read()))
    records["Records"][0]["eventName"] = "DescribeInstances_"
    s3.put_object(Bucket=BUCKET, Key=log, Body=gzip.compress(json.dumps(records).encode()))
    verdict = aws.validate(trail, digests)
    assert verdict.code == 1
    assert f"Log file\ts3://{BUCKET}/{log}\tINVALID: hash value doesn't match" in verdict.output
    assert verdict.valid == {"digest": "2/2", "log": "1/2"}

    first = s3.get_object(Bucket=BUCKET, Key=digests[0]["key"])
    forged = {**first["Metadata"], "signature": "00" * 256}
    s3.put_object(Bucket=BUCKET, Key=digests[0]["key"], Body=first["Body"].read(), Metadata=forged)
    verdict = aws.validate(trail, digests)
    assert verdict.code == 1
    assert f"Digest file\ts3://{BUCKET}/{digests[0]['key']}\tINVALID: signature verification failed" in verdict.output
