# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bucket and key policies of public projects, and single statements, each with the readings that AWS's documents give.

A reading is written as C(ability kind principal), with C(?) at its end if it is not certain. Readings of our own
statements, of IAM policies, and of principals that only could give themselves the access are left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import FakeLogArchive
from tests.fakes.support import ARCHIVE, BUCKET, KEY

POLICIES = Path(__file__).parent / "public_policies"
ORGANIZATION = "o-exampleorgid"
MANAGEMENT = "222233334444"
OF_THE_ORGANIZATION = [f"write organization {ORGANIZATION}?", f"read organization {ORGANIZATION}?"]
BY_ROOT = [f"{ability} account {ARCHIVE}?" for ability in ("decrypt", "encrypt")]
# services whose statement demands an ACL, which AWS does not document for the service
WITH_ACL = [f"write service {name}.amazonaws.com?" for name in ("config", "delivery.logs", "ssm")]
MACIE = [f"{ability} service macie.amazonaws.com" for ability in ("delete", "read", "write")]
LZA_SERVICES = [f"{name}.amazonaws.com" for name in ("config", "delivery.logs", "guardduty", "s3", "ssm")]

READINGS: dict[str, tuple[list[str], list[str]]] = {
    # the folders alone limit the trails, which AWS advises against
    "bucket-awsdocs_org_dup": (
        [f"write trails {MANAGEMENT}", f"write trails {ORGANIZATION}", "write trails *?"],
        [],
    ),
    "bucket-cloudposse": (["write service config.amazonaws.com?", "write trails *"], ["confused_deputy", "writer"]),
    "bucket-lza": (
        ["write trails *", f"delete organization {ORGANIZATION}?", *OF_THE_ORGANIZATION, *WITH_ACL, *MACIE],
        ["confused_deputy", "unexpected_deleter", "writer"],
    ),
    "bucket-nozaq": ([f"write trails {ARCHIVE}", f"write trails {ORGANIZATION}", "write trails *?"], []),
    # whether the trail is an organization trail is not known, so the organization's folder is not certain
    "bucket-sra": ([f"write trails {MANAGEMENT}", f"write trails {MANAGEMENT}?"], []),
    "bucket-trussworks_on": (
        [
            *(f"write trails {owner}" for owner in (ARCHIVE, "444455556666", ORGANIZATION)),
            "write trails *?",
        ],
        [],
    ),
    "bucket-widdix": ([f"write trails {ARCHIVE}", "write trails *?"], []),
    "key-controltower": (
        [
            *BY_ROOT,
            *(f"{ability} service config.amazonaws.com" for ability in ("decrypt", "encrypt")),
            *(f"{ability} trails {MANAGEMENT}" for ability in ("decrypt", "encrypt")),
        ],
        [],
    ),
    "key-lza": (
        [
            *BY_ROOT,
            *(f"{ability} organization {ORGANIZATION}?" for ability in ("decrypt", "encrypt")),
            *(f"{ability} service {name}" for ability in ("decrypt", "encrypt") for name in LZA_SERVICES),
            *(f"{ability} trails *" for ability in ("decrypt", "encrypt")),
        ],
        ["confused_deputy", "overlap", "unexpected_encrypter"],
    ),
    "key-nozaq": (
        [
            *BY_ROOT,
            f"decrypt account {ARCHIVE}",
            "decrypt trails *",
            "encrypt trails *",
            f"encrypt trails {ARCHIVE}",
        ],
        ["confused_deputy"],
    ),
    "key-sra": (
        [*BY_ROOT, f"encrypt trails {MANAGEMENT}", f"decrypt account {MANAGEMENT}?"],
        ["overlap"],
    ),
}


def readings(result: dict[str, Any]) -> set[str]:
    return {
        f"{ability} {entry['kind']} {entry['principal']}{'' if entry['certain'] else '?'}"
        for ability in ("encrypt", "decrypt", "read", "write", "delete")
        for entry in result[ability]
        if not entry["indirect"]
        and entry["by"][0] not in ("IAM", "S3")
        and not entry["by"][0].startswith("CentralLogging")
    }


def report_on(policy: str, text: str) -> dict[str, Any]:
    """Return the report on an archive whose bucket or key has the policy, and whose other policy is ours."""
    text = text.replace("KEYARN", KEY).replace("BUCKET", BUCKET)
    return fake_log_archive.report(FakeLogArchive(**{policy: text}))


@pytest.mark.parametrize(("name", "expected", "failed"), [(name, *row) for name, row in READINGS.items()], ids=READINGS)
def test_b1_public_policies_are_read_rightly(name: str, expected: list[str], failed: list[str]) -> None:
    policy = name.split("-")[0]
    result = report_on(policy, (POLICIES / f"{name}.json").read_text(encoding="utf-8"))
    # the key administrators, and the default statement of the other key policy, are the same in each case
    of_root = {*BY_ROOT, f"delete account {ARCHIVE}?"}
    assert readings(result) - of_root == set(expected) - of_root
    assert fake_log_archive.failed(result) == failed
    kinds = {finding["resource"]: finding["remediation"] for finding in result["findings"]}
    assert not any("Find out" in text for sid, text in kinds.items() if sid == "Enable IAM User Permissions")


def test_every_public_policy_has_its_readings() -> None:
    assert {path.stem for path in POLICIES.glob("*.json")} == set(READINGS)


BUCKET_ARN = "arn:aws:s3:::BUCKET"
OWN_FOLDER = f"{BUCKET_ARN}/AWSLogs/{ARCHIVE}/*"
OTHER_FOLDER = f"{BUCKET_ARN}/AWSLogs/{MANAGEMENT}/*"
TRAILS = f"arn:aws:cloudtrail:*:{ARCHIVE}:trail/*"
WIDE_TRAILS = "arn:aws:cloudtrail:*:4444*:trail/*"
EVERY_TRAIL = "arn:aws:cloudtrail:*:*:trail/*"
ANY = "write trails *"
OWN = f"write trails {ARCHIVE}"
OTHER = f"write trails {MANAGEMENT}"
OF_ORG = f"write trails {ORGANIZATION}"
OF_ORG_2 = "write trails o-a1b2c3d4e5"
DEPUTY = ["confused_deputy"]


def of_write(resource: Any = f"{BUCKET_ARN}/*", **condition: Any) -> dict[str, Any]:
    return {
        "Sid": "W",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


@pytest.mark.parametrize(
    ("statement", "expected", "failed"),
    [
        # every resource of a list counts
        (of_write([OWN_FOLDER, f"{BUCKET_ARN}/AWSLogs/*"]), [OWN, ANY], DEPUTY),
        (of_write([OWN_FOLDER, f"{BUCKET_ARN}/AWSLogs/{ORGANIZATION}/*"]), [OWN, OF_ORG, f"{ANY}?"], []),
        (of_write([OWN_FOLDER, f"{BUCKET_ARN}/x/*"]), [OWN, f"{ANY}?"], DEPUTY),
        (of_write([OWN_FOLDER, "*"]), [OWN, ANY], DEPUTY),
        (of_write([OWN_FOLDER, f"{BUCKET_ARN}/AWSLogs/1111*"]), [OWN, f"{ANY}?"], DEPUTY),
        (of_write([OWN_FOLDER, f"{BUCKET_ARN}/AWSLogs/????????????/*"]), [OWN, f"{ANY}?"], DEPUTY),
        (of_write([OWN_FOLDER, f"{BUCKET_ARN}/AWSLogs/${{aws:SourceAccount}}/*"]), [f"{OWN}?", f"{ANY}?"], DEPUTY),
        (of_write([OWN_FOLDER, BUCKET_ARN]), [OWN, f"{ANY}?"], []),  # the bucket has no objects in its own ARN
        (of_write([OWN_FOLDER, "arn:aws:s3:::another/*"]), [OWN, f"{ANY}?"], []),
        (of_write([OWN_FOLDER, OTHER_FOLDER]), [OWN, OTHER, f"{ANY}?"], []),
        # every value of the source counts
        (of_write(StringLike={"aws:SourceArn": [TRAILS, WIDE_TRAILS]}), [OWN, f"{ANY}?"], DEPUTY),
        (of_write(ArnLike={"aws:SourceArn": [TRAILS, "*"]}), [OWN, f"{ANY}?"], DEPUTY),
        (of_write(ArnLike={"aws:SourceArn": [TRAILS, "arn:aws:cloudtrail:*"]}), [OWN, f"{ANY}?"], DEPUTY),
        (of_write(ArnLike={"aws:SourceArn": [TRAILS, EVERY_TRAIL]}), [OWN, ANY], DEPUTY),
        (of_write(ArnLike={"aws:SourceArn": TRAILS}), [OWN], []),
        (of_write(StringEquals={"aws:SourceArn": [f"arn:aws:cloudtrail:us-east-1:{ARCHIVE}:trail/t"]}), [OWN], []),
        (of_write(StringEquals={"aws:SourceArn": TRAILS}), [], []),  # a literal asterisk, as in a public bug
        (of_write(ArnEquals={"AWS:sourcearn": ["arn:aws:s3:::x", TRAILS]}), [OWN], []),
        (of_write(StringEquals={"aws:SourceAccount": [ARCHIVE, MANAGEMENT]}), [OWN, OTHER], []),
        (of_write(StringLike={"aws:SourceAccount": [ARCHIVE, "4*"]}), [OWN, f"{ANY}?"], DEPUTY),
        (of_write(StringEquals={"aws:SourceAccount": "4*"}), [], []),
        (of_write(StringEquals={"aws:SourceOrgID": [ORGANIZATION, "o-a1b2c3d4e5"]}), [OF_ORG, OF_ORG_2], []),
        (of_write(StringLike={"aws:SourceOrgID": [ORGANIZATION, "o-*"]}), [OF_ORG, f"{ANY}?"], DEPUTY),
        (of_write(StringLike={"aws:SourceOrgID": "o-*"}), [f"{ANY}?"], DEPUTY),
        (of_write(StringEquals={"aws:SourceOrgID": "o-*"}), [], []),
        (of_write(**{"ForAnyValue:StringLike": {"aws:SourceOrgPaths": f"{ORGANIZATION}/r-a/*"}}), [f"{OF_ORG}?"], []),
        # both limits count
        (of_write([OWN_FOLDER, OTHER_FOLDER], ArnLike={"aws:SourceArn": TRAILS}), [OWN], []),
        (of_write(ArnLike={"aws:SourceArn": EVERY_TRAIL}, StringEquals={"aws:SourceAccount": ARCHIVE}), [OWN], []),
        (of_write(ArnLike={"aws:SourceArn": TRAILS}, StringEquals={"aws:SourceAccount": MANAGEMENT}), [], []),
        (of_write(StringEquals={"aws:SourceOrgID": ORGANIZATION, "aws:SourceAccount": ARCHIVE}), [f"{OWN}?"], []),
        # operators that do not limit
        (of_write(StringNotEquals={"aws:SourceAccount": MANAGEMENT}), [f"{ANY}?"], DEPUTY),
        (of_write(StringEqualsIfExists={"aws:SourceAccount": ARCHIVE}), [f"{ANY}?"], DEPUTY),
        (of_write(StringEqualsIfExists={"aws:SourceOrgID": ORGANIZATION}), [f"{ANY}?"], DEPUTY),
        (of_write(**{"ForAllValues:StringEquals": {"aws:SourceOrgID": ORGANIZATION}}), [f"{ANY}?"], DEPUTY),
        (of_write(**{"ForAllValues:ArnLike": {"aws:SourceArn": TRAILS}}), [f"{ANY}?"], DEPUTY),
        (of_write(**{"ForAnyValue:ArnLike": {"aws:SourceArn": TRAILS}}), [OWN], []),
        (of_write(Null={"aws:SourceArn": "false"}), [ANY], DEPUTY),
        (of_write(Null={"aws:SourceArn": "true"}), [], []),
        (of_write(Null={"aws:SourceOrgID": "false"}), [f"{ANY}?"], DEPUTY),
        (of_write(StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"}), [ANY], DEPUTY),
        (of_write(StringEquals={"s3:x-amz-acl": "private"}), [f"{ANY}?"], DEPUTY),
        (of_write(Bool={"aws:PrincipalIsAWSService": "false"}), [], []),
        (of_write(StringEquals={"aws:PrincipalAccount": ARCHIVE}), [], []),
        (of_write(StringEquals={"aws:PrincipalOrgID": ORGANIZATION}), [], []),
        (of_write(Unheard={"aws:SourceArn": TRAILS}), [f"{ANY}?"], DEPUTY),
    ],
)  # fmt: skip
def test_b2_every_limit_of_the_source_is_read(
    statement: dict[str, Any], expected: list[str], failed: list[str]
) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    result = report_on("bucket", text)
    assert {reading for reading in readings(result) if reading.startswith("write")} == set(expected)
    assert fake_log_archive.failed(result) == failed


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        ([TRAILS, EVERY_TRAIL], ["encrypt trails *", f"encrypt trails {ARCHIVE}"]),
        ([TRAILS], [f"encrypt trails {ARCHIVE}"]),
        ([TRAILS, "arn:aws:cloudtrail:*:2222*:trail/*"], ["encrypt trails *?", f"encrypt trails {ARCHIVE}"]),
        (["${aws:SourceArn}"], ["encrypt trails *?"]),
    ],
)
def test_b1_every_encryption_context_is_read(contexts: list[str], expected: list[str]) -> None:
    condition = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": contexts}}
    statement = {**of_write("*", **condition), "Action": "kms:GenerateDataKey*"}
    result = report_on("key", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert {reading for reading in readings(result) if reading.startswith("encrypt")} == set(expected)
    assert ("confused_deputy" in fake_log_archive.failed(result)) == (expected != [f"encrypt trails {ARCHIVE}"])


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringNotEquals": {"aws:SourceAccount": ARCHIVE}}, [f"{OWN}?"]),
        ({"StringNotEqualsIfExists": {"aws:SourceOrgID": ORGANIZATION}, "Bool": {"aws:PrincipalIsAWSService": "true"}},
         [f"write trails {ORGANIZATION}?"]),
        ({"ArnNotLike": {"aws:SourceArn": [TRAILS]}}, [f"{OWN}?"]),
        ({"ArnNotLike": {"aws:SourceArn": [TRAILS, EVERY_TRAIL]}}, [f"{ANY}?"]),
        ({"StringEquals": {"aws:SourceAccount": ARCHIVE}}, [f"{ANY}?"]),
    ],
)  # fmt: skip
def test_b2_a_deny_can_limit_the_source(condition: dict[str, Any], expected: list[str]) -> None:
    """As AWS's resource control policies against confused deputies do."""
    denial = {**of_write(f"{BUCKET_ARN}/*"), "Sid": "D", "Effect": "Deny", "Principal": "*", "Condition": condition}
    text = json.dumps({"Version": "2012-10-17", "Statement": [of_write(), denial]})
    assert {reading for reading in readings(report_on("bucket", text)) if "trails" in reading} == set(expected)


FLOW_LOGS = f"arn:aws:logs:us-east-1:{MANAGEMENT}:*"
ONE_SOURCE = {"StringEquals": {"aws:SourceAccount": MANAGEMENT}}
DELIVERY: list[Any] = [{"Service": "delivery.logs.amazonaws.com"}, "s3:PutObject", OTHER_FOLDER, ONE_SOURCE]


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({}, False),
        ({2: f"{BUCKET_ARN}/flow/AWSLogs/{MANAGEMENT}/*"}, False),
        ({2: f"{BUCKET_ARN}/AWSLogs/aws-account-id={MANAGEMENT}/*"}, False),
        ({2: [OWN_FOLDER, OTHER_FOLDER]}, False),
        ({3: {"ArnLike": {"aws:SourceArn": FLOW_LOGS}}}, False),
        ({3: {**ONE_SOURCE, "ArnLike": {"aws:SourceArn": "arn:aws:logs:*:*:*"}}}, False),
        ({1: ["s3:PutObject", "s3:GetBucketAcl"], 2: [BUCKET_ARN, OTHER_FOLDER]}, False),
        # the source may be any account, or may write to the folder of another one
        ({3: {}}, True),
        ({3: {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}}, True),
        ({3: {"StringEqualsIfExists": {"aws:SourceAccount": MANAGEMENT}}}, True),
        ({3: {"StringNotEquals": {"aws:SourceAccount": ARCHIVE}}}, True),
        ({3: {"StringLike": {"aws:SourceAccount": [MANAGEMENT, "4*"]}}}, True),
        ({3: {"ArnLike": {"aws:SourceArn": [FLOW_LOGS, "arn:aws:logs:us-east-1:*:*"]}}}, True),
        ({3: {"StringEquals": {"aws:SourceAccount": [MANAGEMENT, ARCHIVE]}}}, True),
        ({2: OWN_FOLDER}, True),
        ({2: f"{BUCKET_ARN}/*"}, True),
        ({2: "*"}, True),
        # AWS documents neither the principals nor the actions
        ({0: {"Service": "ssm.amazonaws.com"}}, True),
        ({0: {"Service": ["delivery.logs.amazonaws.com", "ssm.amazonaws.com"]}}, True),
        ({1: "s3:Put*"}, True),
    ],
)
def test_the_delivery_of_other_logs_is_a_fact_if_its_accounts_are_limited(change: dict[int, Any], failed: bool) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html"""
    principal, action, resource, condition = (change.get(position, part) for position, part in enumerate(DELIVERY))
    statement = {**of_write(resource, **condition), "Principal": principal, "Action": action}
    ours = fake_log_archive.our_bucket_statements()
    result = report_on("bucket", fake_log_archive.policy_text([*ours, statement]))
    writers = {(finding["kind"], finding["status"]) for finding in result["findings"] if finding["kind"] == "writer"}
    assert writers == {("writer", "failed" if failed else "info")}
    (foreign,) = [finding for finding in result["findings"] if finding["resource"] == "W"]
    assert ("such as VPC flow logs" in foreign["message"]) is not failed


def test_the_service_that_delivers_logs_may_look_at_the_bucket() -> None:
    statement = {**of_write(BUCKET_ARN, **ONE_SOURCE), "Principal": DELIVERY[0], "Action": ["s3:Get*", "s3:List*"]}
    ours = fake_log_archive.our_bucket_statements()
    result = report_on("bucket", fake_log_archive.policy_text([*ours, statement]))
    (foreign,) = [finding for finding in result["findings"] if finding["resource"] == "W"]
    assert "such as VPC flow logs" in foreign["message"] and foreign["remediation"].startswith("Keep")
