# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Digests: what they say, how they are chained, signed and encrypted, and when chains begin and end."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cloudtrail_sandbox.cloudtrail.log_delivery import Round
from fake_state import (
    ARCHIVE,
    BUCKET,
    ELSEWHERE,
    HOME,
    KEY,
    KEY_ACTIONS,
    MEMBER,
    Trails,
    arn,
    bucket_policy,
    key_policy,
)

Told = dict[str, Any]
PREVIOUS = (
    "previousDigestS3Bucket",
    "previousDigestS3Object",
    "previousDigestHashValue",
    "previousDigestHashAlgorithm",
    "previousDigestSignature",
)


def logging(trails: Trails, **options: Any) -> None:
    trails.create(**{"EnableLogFileValidation": True, **options})
    trails("StartLogging", account=options.get("account", MEMBER), Name="trail")


def hours(trails: Trails, count: int = 1, files: int = 1, idle: tuple[int, ...] = (), **asked: Any) -> list[Told]:
    return trails.cloudtrail.hours(count, files, idle, Round(**asked))["digests"]


def stored(trails: Trails, part: str = "/CloudTrail-Digest/") -> dict[str, Told]:
    """The objects whose keys have the part in them, by key, in the order of their deliveries."""
    return {one["key"]: one for one in trails.state.stored if part in one["key"]}


def text(item: Told) -> bytes:
    return gzip.decompress(item["body"])


def digests(trails: Trails, part: str = "/CloudTrail-Digest/") -> list[Told]:
    return [json.loads(text(one)) for one in stored(trails, part).values()]


def public_keys(trails: Trails, region: str = HOME, **span: datetime) -> dict[str, Told]:
    seconds = {name: time.timestamp() for name, time in span.items()}
    return {one["Fingerprint"]: one for one in trails("ListPublicKeys", region=region, **seconds)["PublicKeyList"]}


def check_signature(item: Told, keys: dict[str, Told]) -> None:
    """As the custom implementation in AWS's guide does it; raises InvalidSignature."""
    told = json.loads(text(item))
    assert item["metadata"]["signature-algorithm"] == told["digestSignatureAlgorithm"] == "SHA256withRSA"
    lines = (
        told["digestEndTime"],
        f"{told['digestS3Bucket']}/{told['digestS3Object']}",
        hashlib.sha256(text(item)).hexdigest(),
        told["previousDigestSignature"] or "null",
    )
    der = base64.b64decode(keys[told["digestPublicKeyFingerprint"]]["Value"])
    # PKCS #1 RSAPublicKey: SubjectPublicKeyInfo begins with 30 82 .. .. 30, this with 30 82 .. .. 02
    assert der[4] == 0x02
    key: Any = load_der_public_key(der)
    signature = bytes.fromhex(item["metadata"]["signature"])
    key.verify(signature, "\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_starting_digest(trails: Trails) -> None:
    logging(trails, S3KeyPrefix="logs")
    [told] = hours(trails, files=2)
    [(key, item)] = stored(trails).items()
    folder = f"logs/AWSLogs/{MEMBER}/CloudTrail-Digest/{HOME}/2026/03/01"
    assert key == f"{folder}/{MEMBER}_CloudTrail-Digest_{HOME}_trail_{HOME}_20260301T130500Z.json.gz"
    assert set(item["metadata"]) == {"Content-Type", "Content-Encoding", "signature", "signature-algorithm"}
    digest = json.loads(text(item))
    logs = [
        {
            "s3Bucket": BUCKET,
            "s3Object": log["key"],
            "hashValue": hashlib.sha256(text(log)).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": max(one["eventTime"] for one in json.loads(text(log))["Records"]),
            "oldestEventTime": min(one["eventTime"] for one in json.loads(text(log))["Records"]),
        }
        for log in stored(trails, "/CloudTrail/").values()
    ]
    assert len(logs) == 2
    assert digest == {
        "awsAccountId": MEMBER,
        "digestStartTime": "2026-03-01T12:05:00Z",
        "digestEndTime": "2026-03-01T13:05:00Z",
        "digestS3Bucket": BUCKET,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": next(iter(public_keys(trails))),
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": logs[1]["newestEventTime"],
        "oldestEventTime": logs[0]["oldestEventTime"],
        **dict.fromkeys(PREVIOUS),
        "logFiles": logs,
    }
    check_signature(item, public_keys(trails))
    assert told == {
        **{"account": MEMBER, "trail": arn(), "region": HOME, "bucket": BUCKET, "key": key},
        **{"encryption": "AES256", "kms_key_arn": None, "error": "", "log_files": 2},
        **{"start": "2026-03-01T12:05:00Z", "end": "2026-03-01T13:05:00Z"},
    }


def test_each_digest_tells_of_the_one_before_also_in_an_idle_hour(trails: Trails) -> None:
    logging(trails)
    hours(trails, 3, idle=(1,))
    items = list(stored(trails).values())
    first, idle, last = (json.loads(text(one)) for one in items)
    assert (idle["logFiles"], idle["newestEventTime"], idle["oldestEventTime"]) == ([], None, None)
    assert [len(one["logFiles"]) for one in (first, last)] == [1, 1]
    for before, item, digest in zip(items[:-1], items[1:], (idle, last), strict=True):
        assert [digest[name] for name in PREVIOUS] == [
            BUCKET,
            before["key"],
            hashlib.sha256(text(before)).hexdigest(),
            "SHA-256",
            before["metadata"]["signature"],
        ]
        assert digest["digestStartTime"] == json.loads(text(before))["digestEndTime"]
        check_signature(item, public_keys(trails))


def test_chains_are_apart_by_region_account_and_trail(trails: Trails) -> None:
    trails.state.organization = ("o-exampleorgid", ARCHIVE)
    logging(trails, account=ARCHIVE, IsOrganizationTrail=True, IsMultiRegionTrail=True)
    logging(trails)
    told = hours(trails, 2, regions=(HOME, ELSEWHERE, "us-west-2"))
    assert len(told) == 2 * (2 * 3 + 1) and not [one for one in told if one["error"]]
    west = digests(trails, f"AWSLogs/o-exampleorgid/{MEMBER}/CloudTrail-Digest/us-west-2/")
    assert (
        west[0]["digestS3Object"].rpartition("/")[2].startswith(f"{MEMBER}_CloudTrail-Digest_us-west-2_trail_{HOME}_")
    )
    assert west[1]["previousDigestS3Object"] == west[0]["digestS3Object"]
    assert (
        west[0]["digestPublicKeyFingerprint"]
        != (digests(trails, f"{MEMBER}/CloudTrail-Digest/{HOME}/")[0]["digestPublicKeyFingerprint"])
    )
    keys = {region: public_keys(trails, region) for region in (HOME, ELSEWHERE, "us-west-2")}
    for item in stored(trails).values():
        check_signature(item, keys[item["key"].split("/CloudTrail-Digest/")[1].split("/")[0]])
    assert len({fingerprint for known in keys.values() for fingerprint in known}) == 3


def test_no_validation_no_digests(trails: Trails) -> None:
    logging(trails, EnableLogFileValidation=False)
    assert hours(trails, 2) == []
    assert len(stored(trails, "/CloudTrail/")) == 2


@pytest.mark.parametrize("operation", ["StopLogging", "DeleteTrail"])
def test_a_final_digest(trails: Trails, operation: str) -> None:
    logging(trails)
    hours(trails)
    trails.deliver()
    trails(operation, Name="trail")
    first, final = digests(trails)
    assert len(final["logFiles"]) == 1 and final["previousDigestS3Object"] == first["digestS3Object"]
    assert first["digestEndTime"] == final["digestStartTime"] < final["digestEndTime"]
    assert final["digestEndTime"] == trails.state.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert hours(trails, 2) == []


def test_logging_again_is_a_new_chain(trails: Trails) -> None:
    logging(trails)
    hours(trails)
    trails("StopLogging", Name="trail")
    hours(trails)
    trails("StartLogging", Name="trail")
    hours(trails, 2)
    chain = digests(trails)
    assert [one["previousDigestS3Object"] is None for one in chain] == [True, False, True, False]
    assert chain[2]["digestStartTime"] > chain[1]["digestEndTime"]


def test_after_disabling_validation_the_hour_under_way_is_the_last(trails: Trails) -> None:
    logging(trails)
    trails.deliver()
    trails("UpdateTrail", Name="trail", EnableLogFileValidation=False)
    assert [one["log_files"] for one in hours(trails, 3)] == [1]
    trails("UpdateTrail", Name="trail", EnableLogFileValidation=True)
    hours(trails)
    assert [one["previousDigestSignature"] for one in digests(trails)] == [None, None]


def test_validation_enabled_again_in_the_same_hour(trails: Trails) -> None:
    logging(trails)
    trails("UpdateTrail", Name="trail", EnableLogFileValidation=False)
    trails.deliver()
    trails("UpdateTrail", Name="trail", EnableLogFileValidation=True)
    hours(trails)
    assert [(len(one["logFiles"]), one["previousDigestSignature"]) for one in digests(trails)] == [(0, None), (1, None)]


def test_shadow_trails_end_with_a_final_digest(trails: Trails) -> None:
    logging(trails, IsMultiRegionTrail=True)
    hours(trails)
    trails("UpdateTrail", Name="trail", IsMultiRegionTrail=False)
    assert len(digests(trails, f"/CloudTrail-Digest/{ELSEWHERE}/")) == 2
    assert {one["region"] for one in hours(trails, 2)} == {HOME}


def test_hours_that_the_clock_leapt_over(trails: Trails) -> None:
    logging(trails)
    trails.state.clock_offset = 3 * 3600
    assert [one["end"][11:16] for one in trails.cloudtrail.deliver(Round())["digests"]] == ["13:05", "14:05", "15:05"]


def test_a_digest_belongs_to_the_bucket_of_its_time(trails: Trails) -> None:
    logging(trails, S3KeyPrefix="old")
    hours(trails)
    trails("UpdateTrail", Name="trail", S3KeyPrefix="new")
    hours(trails)
    assert [one["digestS3Object"].split("/")[0] for one in digests(trails)] == ["old", "new"]
    assert digests(trails)[1]["previousDigestS3Object"].startswith("old/")


def test_late_files_are_in_a_backfill_digest(trails: Trails) -> None:
    logging(trails)
    assert trails.cloudtrail.backfill()["digests"] == []
    for _round in range(2):
        trails.cloudtrail.deliver(Round(), late=True)
        hours(trails)
    told = trails.cloudtrail.backfill()["digests"]
    standard = [one for one in stored(trails) if not one.endswith("_backfill.json.gz")]
    assert [one["key"] for one in told] == [one.replace(".json.gz", "_backfill.json.gz") for one in standard]
    items = [stored(trails)[one["key"]] for one in told]
    assert items[0]["metadata"]["backfill-generation-timestamp"] == "2026-03-01T14:05:00Z"
    for item in items:
        check_signature(item, public_keys(trails))
    first, second = (json.loads(text(one)) for one in items)
    assert (first["digestStartTime"], first["digestEndTime"]) == ("2026-03-01T12:05:00Z", "2026-03-01T13:05:00Z")
    assert (first["previousDigestS3Object"], second["previousDigestS3Object"]) == (None, items[0]["key"])
    covered = [one["s3Object"] for digest in digests(trails) for one in digest["logFiles"]]
    assert sorted(covered) == sorted(stored(trails, "/CloudTrail/")) and len(covered) == 4
    assert trails.cloudtrail.backfill()["digests"] == []


def test_digests_are_encrypted_with_the_trails_key(trails: Trails) -> None:
    trails.state.set_key()
    logging(trails, KmsKeyId=KEY)
    [told] = hours(trails)
    [item] = stored(trails).values()
    assert (told["encryption"], told["kms_key_arn"], item["kms_key_arn"]) == ("aws:kms", KEY, KEY)
    assert item["encryption_context"] == {
        "aws:cloudtrail:arn": arn(),
        "aws:s3:arn": f"arn:aws:s3:::{BUCKET}/{item['key']}",
    }


def test_digests_were_not_before_may_2025(trails: Trails) -> None:
    trails.state.clock_offset = (datetime(2025, 5, 1, tzinfo=UTC) - trails.state.now()).total_seconds()
    trails.state.set_key()
    logging(trails, KmsKeyId=KEY)
    assert [(one["encryption"], one["kms_key_arn"]) for one in hours(trails)] == [("AES256", None)]


LOGS_ONLY = f"AWSLogs/{MEMBER}/CloudTrail/*"


@pytest.mark.parametrize(
    ("bucket", "key", "error", "files"),
    [
        ({"policy": bucket_policy(LOGS_ONLY)}, {}, "AccessDenied", 1),
        ({}, {"policy": key_policy("kms:DescribeKey")}, "AccessDenied", 0),
        ({}, {"state": "Disabled"}, "KMS.DisabledException", 0),
    ],
)
def test_what_refuses_a_digest(trails: Trails, bucket: Told, key: Told, error: str, files: int) -> None:
    """The status tells, and what was due is delivered, hour by hour, when it is admitted again.

    Where the key refuses, it refuses the log files, too.
    """
    trails.state.set_key()
    logging(trails, KmsKeyId=KEY)
    hours(trails)
    delivered = status(trails)["LatestDigestDeliveryTime"]
    trails.state.set_bucket(**bucket)
    trails.state.set_key(**key)
    assert [one["error"] for one in hours(trails, 2)] == [error, error]
    assert status(trails)["LatestDigestDeliveryError"] == error
    assert status(trails)["LatestDigestDeliveryTime"] == delivered
    trails.state.set_bucket(policy=bucket_policy())
    trails.state.set_key(policy=key_policy(*KEY_ACTIONS), state="Enabled")
    assert [(one["error"], one["log_files"]) for one in hours(trails)] == [("", files), ("", files), ("", 1)]
    assert "LatestDigestDeliveryError" not in status(trails)
    assert status(trails)["LatestDigestDeliveryTime"] == trails.state.now()
    chain = digests(trails)
    assert [one["digestStartTime"] for one in chain[1:]] == [one["digestEndTime"] for one in chain[:-1]]


def status(trails: Trails) -> Told:
    return trails("GetTrailStatus", Name="trail")


def test_log_files_that_were_refused_are_in_no_digest(trails: Trails) -> None:
    logging(trails)
    trails.state.set_bucket(policy=bucket_policy(f"AWSLogs/{MEMBER}/CloudTrail-Digest/*"))
    assert [(one["log_files"], one["error"]) for one in hours(trails)] == [(0, "")]


def test_public_keys_rotate(trails: Trails) -> None:
    logging(trails, IsMultiRegionTrail=True)
    hours(trails)
    elsewhere = public_keys(trails, ELSEWHERE)
    rotated = trails.state.now()
    trails.cloudtrail.rotate_keys((HOME,))
    hours(trails, 2)
    now = trails.state.now()
    [old, *_later] = used = [
        one["digestPublicKeyFingerprint"] for one in digests(trails, f"/CloudTrail-Digest/{HOME}/")
    ]
    assert used[1] == used[2] != old
    span = {"StartTime": rotated - timedelta(hours=3), "EndTime": now}
    keys = public_keys(trails, **span)
    assert list(keys) == [old, used[1]]
    assert keys[old]["ValidityEndTime"] > keys[used[1]]["ValidityStartTime"] == rotated
    for item in stored(trails, f"/CloudTrail-Digest/{HOME}/").values():
        check_signature(item, keys)
    assert list(public_keys(trails)) == [used[1]]
    assert list(public_keys(trails, EndTime=now, StartTime=rotated + timedelta(hours=1, seconds=1))) == [used[1]]
    assert list(public_keys(trails, StartTime=rotated - timedelta(days=9), EndTime=rotated - timedelta(days=8))) == [
        old
    ]
    assert public_keys(trails, ELSEWHERE) == elsewhere
    backwards = {"StartTime": now.timestamp(), "EndTime": rotated.timestamp()}
    trails.refused("InvalidTimeRangeException", "ListPublicKeys", **backwards)
