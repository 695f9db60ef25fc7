# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""C(python -m tests.bench.delivery): the proof of delivery for 300 accounts in 4 Regions, with years of logs.

Beside it, in the same run on the same bucket: nothing but as many calls of boto3, as many at a time, the floor; and the
loop that one would write, one call after the other, measured on some accounts and multiplied.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import botocore.config

from tests.bench.stub_s3 import Stored, Stub, World, serving

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "collections"))  # the link to the checkout that make puts there

from ansible_collections.central_logging.aws.plugins.module_utils._aws.connection import Connection  # noqa: E402
from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway  # noqa: E402
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo  # noqa: E402

ACCOUNTS, REGIONS = 300, ("us-east-1", "us-west-2", "eu-west-1", "ap-south-1")
YEARS = 3
LATENCY = 0.05  # seconds
QUIET = 20  # of so many Regions one has been silent for months
BUSY_FILES = 2500  # in the last hour, in one Region
SAMPLE = 5  # accounts of the loop
LIMIT = 20.0  # seconds
BUCKET, REGION, ARCHIVE = "secprod-multiaccount-logs", "us-east-1", "111122223333"
KEY = f"arn:aws:kms:{REGION}:{ARCHIVE}:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e"
RESULT = ROOT / ".build" / "bench" / "delivery.json"

NAMES = [f"{200_000_000_000 + number:012d}" for number in range(ACCOUNTS)]
# as Ansible passes them, with the options that are not set
ACCOUNT: dict[str, Any] = dict.fromkeys(
    ("logging_since", "delivering_since", "change", "logging", "log_file_validation")
)
OPTIONS: dict[str, Any] = {
    "bucket": BUCKET,
    "key_prefix": None,
    "organization_id": None,
    "accounts": [{**ACCOUNT, "id": name, "trail_name": "trail", "region": REGION} for name in NAMES],
    "regions": None,
    "kms_key": KEY,
    "max_log_age": 86400,
    "max_digest_age": 10800,
    "first_delivery_timeout": 7200,
    "newest": None,
}


def world(now: datetime) -> World:
    """A log file and a digest a week for years, and in a Region that lives one of each 5 minutes and hour of late."""
    stored = Stored(
        b"x",
        headers={"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": KEY},
        modified=now,
    )
    objects: dict[str, Stored] = {}
    past = [now - timedelta(days=100 + 7 * week) for week in range(52 * YEARS)]
    for number, (account, region) in enumerate((account, region) for account in NAMES for region in REGIONS):
        lives = number % QUIET > 0
        logs = past + [now - timedelta(minutes=minutes) for minutes in range(2, 180, 5)] * lives
        digests = past + [now - timedelta(hours=hours) for hours in range(30)] * lives
        objects |= dict.fromkeys([_log(account, region, at, "a") for at in logs], stored)
        objects |= dict.fromkeys([_digest(account, region, at) for at in digests], stored)
    busy = now - timedelta(minutes=30)
    objects |= dict.fromkeys([_log(NAMES[1], REGION, busy, f"u{number}") for number in range(BUSY_FILES)], stored)
    identity = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Account>{ARCHIVE}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    return World({BUCKET: objects}, {"GetCallerIdentity": lambda _arguments: identity}, ARCHIVE)


def _log(account: str, region: str, at: datetime, unique: str) -> str:
    name = f"{account}_CloudTrail_{region}_{at:%Y%m%dT%H%M}Z_{unique}.json.gz"
    return f"AWSLogs/{account}/CloudTrail/{region}/{at:%Y/%m/%d}/{name}"


def _digest(account: str, region: str, at: datetime) -> str:
    name = f"{account}_CloudTrail-Digest_{region}_trail_{REGION}_{at:%Y%m%dT%H%M%S}Z.json.gz"
    return f"AWSLogs/{account}/CloudTrail-Digest/{region}/{at:%Y/%m/%d}/{name}"


def ours() -> dict[str, Any]:
    info = DeliveryInfo(OPTIONS, REGION)
    gateway = Gateway(Connection(region=REGION, connections=info.connections))
    return info.read(gateway, lambda sentence: print(f"  {sentence}", flush=True))


def floor(requests: int, threads: int) -> None:
    """As many of the cheapest calls."""
    client = _client(threads)

    def call(_number: int) -> None:
        client.head_object(Bucket=BUCKET, Key=_log(NAMES[0], REGIONS[0], _PAST, "a"), ExpectedBucketOwner=ARCHIVE)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(call, range(requests)))


def loop(accounts: list[str]) -> None:
    """Lists the days of today and yesterday, looks at the last key, and asks for its encryption."""
    client = _client(1)
    for account in accounts:
        for kind in ("CloudTrail", "CloudTrail-Digest"):
            for region in REGIONS:
                keys: list[str] = []
                for day in (_NOW - timedelta(days=1), _NOW):
                    prefix = f"AWSLogs/{account}/{kind}/{region}/{day:%Y/%m/%d}/"
                    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
                    keys += [item["Key"] for page in pages for item in page.get("Contents", [])]
                if keys:
                    client.head_object(Bucket=BUCKET, Key=max(keys))


def _client(threads: int) -> Any:
    return boto3.client("s3", region_name=REGION, config=botocore.config.Config(max_pool_connections=threads))


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall time, CPU time of this process, and the result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def measure(stub: Stub) -> dict[str, Any]:
    os.environ.update(stub.environment)
    print("Looking at every account and Region", flush=True)
    wall, cpu, result = timed(ours)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kinds = sorted({finding["kind"] for finding in result["findings"]})
    regions = len(result["deliveries"])
    print("As many calls of boto3 and nothing else", flush=True)
    floor_wall, floor_cpu, _nothing = timed(lambda: floor(result["requests"], DeliveryInfo.connections))
    print(f"The loop over {SAMPLE} accounts", flush=True)
    loop_wall, _cpu, _nothing = timed(lambda: loop(NAMES[:SAMPLE]))
    loop_wall *= ACCOUNTS / SAMPLE
    return {
        "accounts": ACCOUNTS,
        "account Regions": regions,
        "of them silent for months": sum(finding["kind"] == "stale_digest" for finding in result["findings"]),
        "kinds of findings": ", ".join(kinds),
        "latency of a request (ms)": LATENCY * 1000,
        "requests": result["requests"],
        "requests per account Region": round(result["requests"] / regions, 2),
        "wall time (s)": round(wall, 2),
        "CPU time (s)": round(cpu, 2),
        "peak memory (MB)": round(memory),
        "floor: as many calls of boto3 (s)": round(floor_wall, 2),
        "floor: CPU time (s)": round(floor_cpu, 2),
        "wall time, of the floor's": round(wall / floor_wall, 2),
        "one call after the other (s, extrapolated)": round(loop_wall, 1),
        "times as fast": round(loop_wall / wall, 1),
        "limit (s)": LIMIT,
    }


def main() -> int:
    with serving(lambda: world(_NOW), LATENCY) as stub:
        measured = measure(stub)
    for name, value in measured.items():
        print(f"{name:45}{value:>12}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    return int(measured["wall time (s)"] > LIMIT)


_NOW = datetime.now(timezone.utc)
_PAST = _NOW - timedelta(days=100)

if __name__ == "__main__":
    sys.exit(main())
