# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deliveries: the files, their keys and encryption, what refuses them, and what GetTrailStatus tells."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from typing import Any

import pytest

from fake_state import (
    ARCHIVE,
    BUCKET,
    ELSEWHERE,
    HOME,
    KEY,
    KEY_ACTIONS,
    MEMBER,
    OTHER,
    Trails,
    arn,
    bucket_policy,
    key_policy,
)


def logging(trails: Trails, account: str = MEMBER, **options: Any) -> None:
    trails.create(account=account, **options)
    trails("StartLogging", account=account, Name="trail")


def file_name(folder: str, account: str = MEMBER, region: str = HOME) -> str:
    name = rf"{account}_CloudTrail_{region}_20260301T1205Z_[A-Za-z0-9]{{16}}\.json\.gz"
    return rf"{folder}/CloudTrail/{region}/2026/03/01/{name}"


def status(trails: Trails, region: str = HOME) -> dict[str, Any]:
    return trails("GetTrailStatus", region=region, Name=arn())


def test_only_logging_trails_deliver(trails: Trails) -> None:
    trails.create()
    assert trails.deliver() == []
    trails("StartLogging", Name="trail")
    assert len(trails.deliver()) == 1
    trails("StopLogging", Name="trail")
    assert trails.deliver() == []


def test_a_file(trails: Trails) -> None:
    logging(trails, S3KeyPrefix="logs")
    [delivery] = trails.deliver(4)
    [stored] = trails.state.stored
    assert delivery == {
        "account": MEMBER,
        "trail": arn(),
        "region": HOME,
        "bucket": BUCKET,
        "key": stored["key"],
        "encryption": "AES256",
        "kms_key_arn": None,
        "error": "",
    }
    assert re.fullmatch(file_name(f"logs/AWSLogs/{MEMBER}"), stored["key"])
    assert (stored["kms_key_arn"], stored["encryption_context"]) == (None, None)
    records = json.loads(gzip.decompress(stored["body"]))["Records"]
    assert len(records) == 4 == len({uuid.UUID(record["eventID"]) for record in records})
    assert [record["eventTime"] for record in records] == sorted(record["eventTime"] for record in records)
    for record in records:
        assert (record["recipientAccountId"], record["awsRegion"]) == (MEMBER, HOME)
        assert record["userIdentity"]["accountId"] == MEMBER
        assert (record["eventVersion"], record["eventTime"][:13]) == ("1.11", "2026-03-01T12")


def test_a_trail_without_a_key_writes_with_sse_s3_whatever_the_bucket_does(trails: Trails) -> None:
    trails.state.set_bucket(default_kms_key=KEY)
    logging(trails)
    assert trails.deliver()[0]["encryption"] == "AES256"
    assert trails.state.stored[0]["kms_key_arn"] is None


@pytest.mark.parametrize("bucket_key", [False, True])
def test_a_trail_with_a_key(trails: Trails, bucket_key: bool) -> None:
    trails.state.set_bucket(bucket_key=bucket_key)
    trails.state.set_key(policy=key_policy(*KEY_ACTIONS, "kms:Decrypt"))
    logging(trails, KmsKeyId=KEY)
    [delivery] = trails.deliver()
    assert (delivery["encryption"], delivery["kms_key_arn"]) == ("aws:kms", KEY)
    [stored] = trails.state.stored
    whole = f"arn:aws:s3:::{BUCKET}"
    about = whole if bucket_key else f"{whole}/{stored['key']}"
    assert stored["encryption_context"] == {"aws:cloudtrail:arn": arn(), "aws:s3:arn": about}
    assert stored["kms_key_arn"] == KEY


def test_a_multi_region_trail_delivers_for_us_east_1_too(trails: Trails) -> None:
    trails.state.set_bucket(
        policy=bucket_policy(f"AWSLogs/{MEMBER}/*", StringEquals={"aws:SourceArn": arn()}),
    )
    logging(trails, IsMultiRegionTrail=True)
    assert [(one["region"], one["error"]) for one in trails.deliver()] == [(HOME, ""), (ELSEWHERE, "")]
    records = json.loads(gzip.decompress(trails.state.stored[1]["body"]))["Records"]
    assert {"iam.amazonaws.com", "sts.amazonaws.com"} <= {record["eventSource"] for record in records}
    assert status(trails, ELSEWHERE)["LatestDeliveryTime"] == trails.state.now()


def test_an_organization_trail_delivers_for_its_members(trails: Trails) -> None:
    trails.state.organization = ("o-exampleorgid", ARCHIVE)
    logging(trails, account=ARCHIVE, IsOrganizationTrail=True)
    deliveries = trails.deliver()
    assert [one["account"] for one in deliveries] == sorted((ARCHIVE, MEMBER)) and OTHER not in str(deliveries)
    for one in deliveries:
        assert re.fullmatch(file_name(f"AWSLogs/o-exampleorgid/{one['account']}", one["account"]), one["key"])


def test_only_selected_events_are_delivered(trails: Trails) -> None:
    logging(trails)
    trails("PutEventSelectors", TrailName="trail", EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    trails.deliver()
    records = json.loads(gzip.decompress(trails.state.stored[0]["body"]))["Records"]
    assert len(records) == 3 and not any(record["readOnly"] for record in records)
    nothing = {
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
    }
    trails("PutEventSelectors", TrailName="trail", EventSelectors=[nothing])
    assert trails.deliver() == []


def refusal(trails: Trails) -> str:
    """The code of a refused delivery, which the status has, too, until one goes."""
    stored = len(trails.state.stored)
    [delivery] = trails.deliver()
    assert len(trails.state.stored) == stored
    assert delivery["error"] == status(trails)["LatestDeliveryError"]
    return str(delivery["error"])


@pytest.mark.parametrize(
    "changes",
    [{"policy": None}, {"policy": bucket_policy(f"AWSLogs/{OTHER}/*")}, {"requester_pays": True}],
)
def test_the_bucket_refuses_and_admits_again(trails: Trails, changes: dict[str, Any]) -> None:
    logging(trails)
    assert refusal_changes(trails, changes) == "AccessDenied"
    assert "LatestDeliveryTime" not in status(trails)
    trails.state.set_bucket(policy=bucket_policy(), requester_pays=False)
    assert trails.deliver()[0]["error"] == ""
    now = status(trails)
    assert "LatestDeliveryError" not in now and now["LatestDeliveryTime"] == trails.state.now()


def refusal_changes(trails: Trails, changes: dict[str, Any]) -> str:
    trails.state.set_bucket(**changes)
    return refusal(trails)


def test_the_bucket_is_gone(trails: Trails) -> None:
    logging(trails)
    del trails.state.buckets[BUCKET]
    assert refusal(trails) == "NoSuchBucket"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"policy": key_policy("kms:DescribeKey")}, "AccessDenied"),
        ({"state": "Disabled"}, "KMS.DisabledException"),
        ({"state": "PendingDeletion"}, "KMS.KMSInvalidStateException"),
        (None, "KMS.NotFoundException"),
    ],
)
def test_the_key_refuses(trails: Trails, changes: dict[str, Any] | None, error: str) -> None:
    trails.state.set_key()
    logging(trails, KmsKeyId=KEY)
    assert trails.deliver()[0]["error"] == ""
    if changes is None:
        del trails.state.keys[KEY]
    else:
        trails.state.set_key(**changes)
    assert refusal(trails) == error
    assert status(trails)["LatestDeliveryTime"] == trails.state.now()
