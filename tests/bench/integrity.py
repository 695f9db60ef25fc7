# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""cloudtrail_integrity_info beside C(aws cloudtrail validate-logs): same data, same answer, same S3.

C(python -m tests.bench.integrity) with the path of the AWS CLI in C(AWSCLI) takes about ten minutes on an idle machine;
C(--quick) takes one. The module is measured as its user runs it, C(ansible localhost -m …), with the start of Ansible.
The memory is the largest of any process under way. The processor time of the server is not in that of the tools.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.stub_s3 import Stored, Stub, World, serving
from tests.fakes import fake_digests

ROOT = Path(__file__).parents[2]
RESULT = ROOT / ".build" / "bench" / "integrity.json"
START = datetime(2025, 11, 24, 0, 0, 0, tzinfo=timezone.utc)
HOURS = 24
PAYLOAD = 3_000  # bytes of each log file that do not compress
ARN = f"arn:aws:cloudtrail:{fake_digests.REGION}:{fake_digests.ACCOUNT}:trail/{fake_digests.TRAIL}"
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
    server: float  # seconds of processor time of the server meanwhile
    megabytes: float
    requests: int
    answer: dict[str, int]


@dataclass(frozen=True)
class Round:
    """What is measured with one bucket at one delay."""

    log_files: int
    latency: float  # seconds before each answer
    runs: int = 1  # of the module; the median counts
    beside: bool = True  # measure validate-logs, too


# validate-logs reads one object after the other: with 20,000 it takes 8 minutes at 20 ms and 18 minutes at 50 ms
ROUNDS = (
    *(Round(2_000, latency, runs=3) for latency in (0.005, 0.02, 0.05)),
    Round(20_000, 0.005),
    *(Round(20_000, latency, beside=False) for latency in (0.02, 0.05)),
)
QUICK = (Round(2_000, 0.02), Round(20_000, 0.02, beside=False))


def measured(stub: Stub, command: list[str], answer: Callable[[str], dict[str, int]]) -> Run:
    """Runs a command; the memory is that of the largest among it and its children."""
    stub.requests()
    served, start = stub.processor(), time.monotonic()
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
        stub.processor() - served,
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


def measure(wanted: Round) -> dict[str, Any]:
    with serving(partial(world, wanted.log_files), wanted.latency) as stub:
        runs = sorted((ours(stub) for _run in range(wanted.runs)), key=lambda run: run.seconds)
        cli = theirs(stub) if wanted.beside else None
    median = runs[len(runs) // 2]
    show(wanted, "cloudtrail_integrity_info", median)
    row = {**asdict(wanted), "cloudtrail_integrity_info": asdict(median), "validate-logs": cli and asdict(cli)}
    if cli:
        show(wanted, "aws cloudtrail validate-logs", cli)
        row |= {"ratio": round(cli.seconds / median.seconds, 1), "same_answer": cli.answer == median.answer}
        print(
            f"{'':13}{row['ratio']} times as fast, {'the same answer' if row['same_answer'] else 'NOT THE SAME ANSWER'}"
        )
    return row


def show(wanted: Round, name: str, run: Run) -> None:
    answer = ", ".join(f"{count} {what}" for what, count in run.answer.items())
    by_file = run.processor * 1000 / wanted.log_files
    print(
        f"{wanted.log_files:6}{wanted.latency * 1000:4.0f} ms  {name:30}{run.seconds:9.1f}{run.processor:8.1f}"
        f"{by_file:9.2f}{run.server:9.1f}{run.megabytes:6.0f}{run.requests:10}  {answer}",
        flush=True,
    )


def main() -> None:
    print(f"{'files delay':31}{'':12}  seconds     CPU  ms/file   server    MB  requests  answer", flush=True)
    rows = [measure(wanted) for wanted in (QUICK if "--quick" in sys.argv[1:] else ROUNDS)]
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}",
        "load_average": os.getloadavg()[0],
        "rounds": rows,
    }
    RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if not all(row.get("same_answer", True) for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
