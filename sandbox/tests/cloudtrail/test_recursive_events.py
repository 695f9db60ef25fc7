# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails that log CloudTrail's own deliveries deliver for ever, although nothing else happens."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from fake_state import ARCHIVE, BUCKET, HOME, MEMBER, Trails

LOGS = f"arn:aws:s3:::{BUCKET}/"
DATA = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]
MANAGEMENT = [{"Field": "eventCategory", "Equals": ["Management"]}]


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"FieldSelectors": MANAGEMENT}, {"FieldSelectors": [*DATA, *fields]}]}


def basic(*values: str, access: str = "All") -> dict[str, Any]:
    resources = [{"Type": "AWS::S3::Object", "Values": list(values)}]
    return {"EventSelectors": [{"ReadWriteType": access, "DataResources": resources}]}


def logging(trails: Trails, selectors: dict[str, Any], account: str = ARCHIVE, **options: Any) -> None:
    trails.create(account=account, **options)
    trails("PutEventSelectors", account=account, TrailName="trail", **selectors)
    trails("StartLogging", account=account, Name="trail")


def idle_rounds(trails: Trails, account: str = ARCHIVE) -> list[int]:
    """The numbers of the account's files in three rounds without other events, after one with an event."""
    trails.deliver(1)
    rounds = [trails.deliver(0) for _round in range(3)]
    return [sum(delivery["account"] == account for delivery in deliveries) for deliveries in rounds]


@pytest.mark.parametrize(
    "selectors",
    [
        basic("arn:aws:s3"),
        basic("arn:aws:s3:::other/", LOGS),
        basic("arn:aws:s3", access="WriteOnly"),
        advanced(),
        advanced({"Field": "resources.ARN", "NotEquals": [LOGS]}),
        advanced({"Field": "resources.ARN", "EndsWith": [".gz"], "StartsWith": ["arn:aws:s3:::other/"]}),
        advanced({"Field": "eventName", "StartsWith": ["Put"]}, {"Field": "readOnly", "Equals": ["false"]}),
        advanced({"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:iam::"]}),
    ],
)
def test_a12_the_log_bucket_logs_itself(trails: Trails, selectors: dict[str, Any]) -> None:
    logging(trails, selectors)
    assert idle_rounds(trails) == [1, 1, 1]


@pytest.mark.parametrize(
    "selectors",
    [
        {"EventSelectors": [{}]},
        basic("arn:aws:s3:::other/"),
        basic("arn:aws:s3", access="ReadOnly"),
        advanced({"Field": "resources.ARN", "NotStartsWith": [LOGS]}),
        advanced({"Field": "resources.ARN", "NotEndsWith": [".json.gz"]}),
        advanced({"Field": "eventName", "NotEquals": ["PutObject"]}),
        advanced({"Field": "userIdentity.arn", "StartsWith": ["arn:aws:iam::"]}),
        advanced({"Field": "sessionCredentialFromConsole", "Equals": ["true"]}),
    ],
)
def test_a12_selectors_without_the_deliveries(trails: Trails, selectors: dict[str, Any]) -> None:
    logging(trails, selectors)
    assert idle_rounds(trails) == [0, 0, 0]


def test_a12_recursive_logging_ends_it(trails: Trails) -> None:
    logging(trails, basic("arn:aws:s3"))
    assert idle_rounds(trails) == [1, 1, 1]
    trails("UpdateTrail", account=ARCHIVE, Name="trail", RecursiveLogging=False)
    trails.deliver(0)
    assert idle_rounds(trails) == [0, 0, 0]


def test_a12_only_the_owner_of_the_bucket_logs_the_delivery(trails: Trails) -> None:
    logging(trails, basic("arn:aws:s3"), account=MEMBER)
    assert idle_rounds(trails, MEMBER) == [0, 0, 0]
    logging(trails, basic("arn:aws:s3"), account=ARCHIVE)
    assert idle_rounds(trails, MEMBER) == [0, 0, 0]
    assert [delivery["account"] for delivery in trails.deliver(0)] == [ARCHIVE]


def test_a12_an_organization_trail_logs_the_deliveries_to_a_member(trails: Trails) -> None:
    trails.state.organization = ("o-exampleorgid", MEMBER)
    logging(trails, basic("arn:aws:s3"), account=MEMBER, IsOrganizationTrail=True)
    assert idle_rounds(trails, ARCHIVE) == [1, 1, 1]
    assert idle_rounds(trails, MEMBER) == [0, 0, 0]


def test_a12_the_region_is_that_of_the_bucket(trails: Trails) -> None:
    logging(trails, basic("arn:aws:s3"), IsMultiRegionTrail=True)
    trails.deliver(1)
    assert [delivery["region"] for delivery in trails.deliver(0)] == [HOME]


def test_a12_the_event(trails: Trails) -> None:
    logging(trails, basic("arn:aws:s3"))
    [first] = trails.deliver(1)
    trails.deliver(0)
    [event] = json.loads(gzip.decompress(trails.state.stored[-1]["body"]))["Records"]
    assert event["userIdentity"] == {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    assert (event["eventSource"], event["eventName"], event["readOnly"]) == ("s3.amazonaws.com", "PutObject", False)
    assert event["requestParameters"] == {"bucketName": BUCKET, "key": first["key"]}
    assert (event["eventCategory"], event["recipientAccountId"]) == ("Data", ARCHIVE)
