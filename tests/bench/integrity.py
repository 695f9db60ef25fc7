# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""cloudtrail_integrity_info beside C(aws cloudtrail validate-logs): same data, same answer, same S3.

C(python -m tests.bench.integrity) with the path of the AWS CLI in C(AWSCLI). The module is measured as its user runs
it, C(ansible localhost -m …), the start of Ansible included. The memory is the largest of any process under way.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.stub_s3 import Stored, Stub, World, serving
from tests.fakes import fake_digests

ROOT = Path(__file__).parents[2]
RESULT = ROOT / ".build" / "bench" / "integrity.json"
START = datetime(2025, 11, 24, 0, 0, 0, tzinfo=timezone.utc)
HOURS, LATENCY = 24, 0.05  # seconds
MANY, MOST = 2_000, 20_000  # log files
PAYLOAD = 3_000  # bytes of each that do not compress
RUNS = 3
ARN = f"arn:aws:cloudtrail:us-east-1:{fake_digests.ACCOUNT}:trail/{fake_digests.TRAIL}"
END = START + timedelta(hours=HOURS)


def world(log_files: int) -> World:
    """A day of one trail, with one log file changed and one deleted."""
    trail = fake_digests.FakeDelivery(at=START, payload=PAYLOAD)
    for hour in range(HOURS):
        trail.hour(log_files * (hour + 1) // HOURS - log_files * hour // HOURS)
    trail.objects[trail.logs[100]].body = fake_digests.packed(b'{"Records":[]}')
    del trail.objects[trail.logs[200]]
    key = {
        "Value": base64.b64encode(fake_digests.public_key("cloudtrail")).decode(),
        "Fingerprint": fake_digests.fingerprint("cloudtrail"),
        "ValidityStartTime": 0,
        "ValidityEndTime": 4_000_000_000,
    }
    objects = {name: Stored(stored.body, stored.metadata) for name, stored in trail.objects.items()}
    return World({trail.bucket: objects}, {"ListPublicKeys": lambda _arguments: {"PublicKeyList": [key]}})


@dataclass(frozen=True)
class Run:
    """One measurement, and what it answered."""

    seconds: float
    processor: float  # seconds of it; where other work keeps the machine busy, the two part
    megabytes: float
    requests: int
    answer: dict[str, int]


def measured(stub: Stub, command: list[str], answer: Callable[[str], dict[str, int]]) -> Run:
    """Runs a command; the memory is that of the largest among it and its children."""
    stub.requests()
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(stub), stdout=output, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        output.seek(0)
        text = output.read()
    return Run(
        seconds,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
        sum(stub.requests().values()),
        answer(text),
    )


def environment(stub: Stub) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_"))}
    home = ROOT / ".build" / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        **stub.environment,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "ANSIBLE_HOME": str(ROOT / ".build" / "ansible"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_NOCOLOR": "1",
    }


def ours(stub: Stub) -> Run:
    options = {
        "bucket": fake_digests.BUCKET,
        "bucket_owner": fake_digests.ACCOUNT,
        "accounts": [{"id": fake_digests.ACCOUNT}],
        "regions": [fake_digests.REGION],
        "start_time": START.strftime(fake_digests.ISO),
        "end_time": END.strftime(fake_digests.ISO),
        "region": "us-east-1",
    }
    name = "central_logging.aws.cloudtrail_integrity_info"
    command = [str(Path(sys.executable).parent / "ansible"), "localhost", "-m", name, "-a", json.dumps(options)]
    return measured(stub, command, our_answer)


def our_answer(text: str) -> dict[str, int]:
    head, found, result = text.partition("SUCCESS => ")
    if not found:
        sys.exit(head)
    reply: dict[str, Any] = json.loads(result)
    kinds = Counter(finding["kind"] for finding in reply["findings"])
    bad = kinds["tampered"] + kinds["missing"]
    return {"digests": reply["digests"], "log files": reply["log_files"], "invalid": bad}


def theirs(stub: Stub) -> Run:
    times = ["--start-time", START.strftime(fake_digests.ISO), "--end-time", END.strftime(fake_digests.ISO)]
    place = ["--s3-bucket", fake_digests.BUCKET, "--region", fake_digests.REGION]
    command = [os.environ["AWSCLI"], "cloudtrail", "validate-logs", "--trail-arn", ARN, *times, *place]
    return measured(stub, command, their_answer)


def their_answer(text: str) -> dict[str, int]:
    digests = re.search(r"(\d+)/(\d+) digest files valid", text)
    logs = re.search(r"(\d+)/(\d+) log files valid", text)
    if not digests or not logs:
        sys.exit(text)
    return {
        "digests": int(digests[2]),
        "log files": int(logs[2]),
        "invalid": int(logs[2]) - int(logs[1]) + int(digests[2]) - int(digests[1]),
    }


def main() -> None:
    print(f"{MANY} log files under {HOURS} digests, each answer after {LATENCY * 1000:.0f} ms", flush=True)
    with serving(partial(world, MANY), LATENCY) as stub:
        runs = [ours(stub) for _run in range(RUNS)]
        cli = theirs(stub)
    with serving(partial(world, MOST), LATENCY) as stub:
        most = ours(stub)
    seconds = statistics.median(run.seconds for run in runs)
    rows = [
        ("aws cloudtrail validate-logs", cli.seconds, cli),
        (f"cloudtrail_integrity_info, median of {RUNS}", seconds, runs[-1]),
        (f"cloudtrail_integrity_info, {MOST} log files", most.seconds, most),
    ]
    print(f"{'':46}{'seconds':>9}{'CPU':>7}{'MB':>7}{'requests':>10}  answer")
    for name, taken, run in rows:
        answer = ", ".join(f"{count} {what}" for what, count in run.answer.items())
        print(f"{name:46}{taken:9.1f}{run.processor:7.1f}{run.megabytes:7.0f}{run.requests:10}  {answer}")
    same = runs[-1].answer == cli.answer
    print(f"{cli.seconds / seconds:.1f} times as fast; the answers are {'the same' if same else 'NOT THE SAME'}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}",
        "load_average": os.getloadavg()[0],
        "latency_seconds": LATENCY,
        "ratio": round(cli.seconds / seconds, 1),
        "same_answer": same,
        "runs": [{"what": name, **run.__dict__, "seconds": round(taken, 2)} for name, taken, run in rows],
    }
    RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()
