# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Starts and stops a sandbox of one's own, and speaks to its control interface. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

SOURCE = Path(__file__).parents[1]
READY = "sandbox ready: "


class Sandbox:
    """A sandbox process, as a context manager."""

    def __init__(self, accounts: Path, *options: str) -> None:
        self._command = [
            sys.executable,
            "-m",
            "cloudtrail_sandbox",
            "--port",
            "0",
            "--accounts",
            str(accounts),
            *options,
        ]
        self.url = ""

    def __enter__(self) -> Sandbox:
        # the same code as this, installed or not
        path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path}
        self._process = subprocess.Popen(self._command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith(READY):
            self._process.kill()
            raise RuntimeError(f"the sandbox did not start: {line!r}")
        self.url = line.removeprefix(READY).strip()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def environment(self, caller: str = "OPERATOR") -> dict[str, str]:
        """This process's environment, with AWS pointing at the sandbox and nowhere else."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**kept, "AWS_ENDPOINT_URL": self.url, **KEYS[caller]}

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The requests so far, after number C(since)."""
        found: list[dict[str, Any]] = self._ask("GET", f"calls?since={since}")["calls"]
        return found

    def forget_calls(self) -> None:
        self._ask("DELETE", "calls")

    def deliver(self, **round_: Any) -> list[dict[str, Any]]:
        """Let CloudTrail deliver log files once. C(events), C(regions), C(accounts), C(late): see README.md."""
        found: list[dict[str, Any]] = self._ask("POST", "deliver", round_)["deliveries"]
        return found

    def hours(self, count: int = 1, **hours: Any) -> dict[str, list[dict[str, Any]]]:
        """Let hours pass, with log files and digests in them. C(files), C(idle) and what C(deliver) takes."""
        found: dict[str, list[dict[str, Any]]] = self._ask("POST", "hours", {"count": count, **hours})
        return found

    def backfill(self) -> list[dict[str, Any]]:
        """Let CloudTrail deliver backfill digests for the log files that came late."""
        found: list[dict[str, Any]] = self._ask("POST", "backfill", {})["digests"]
        return found

    def rotate_keys(self, *regions: str) -> None:
        """From now on digests are signed with other keys, in these Regions or in all."""
        self._ask("POST", "rotate_keys", {"regions": regions})

    def settings(self, **settings: float) -> None:
        self._ask("POST", "settings", settings)

    def fault(self, **fault: Any) -> None:
        self._ask("POST", "faults", fault)

    def second_writer(self, operation: str, statement: dict[str, Any]) -> None:
        self._ask("POST", "second_writer", {"operation": operation, "statement": statement})

    def legacy_policy(self, resource: str, policy: str) -> None:
        """Store the policy of a key (by ARN) or bucket (by name) that AWS would not accept today."""
        self._ask("POST", "legacy_policy", {"resource": resource, "policy": policy})

    def reset(self) -> None:
        """Restore the state just after the start."""
        self._ask("POST", "reset", {})

    def snapshot(self) -> str:
        """Take a snapshot of the whole state, and return its id."""
        return str(self._ask("POST", "snapshot", {})["snapshot"])

    def restore(self, snapshot: str) -> None:
        """Restore a snapshot; the record of calls is empty then."""
        self._ask("POST", "restore", {"snapshot": snapshot})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=300) as reply:
            text = reply.read()
        return json.loads(text) if text else {}


def _keys(access_key_id: str, secret_access_key: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


# these keys open nothing but the sandbox
KEYS = {
    "OPERATOR": _keys("AKIASANDBOXOPERATOR1", "sandbox-secret-access-key-0123456789abcdef"),
    "ADMINISTRATOR": _keys("AKIASANDBOXADMINIST1", "sandbox-administrator-secret-access-key-01234"),
    "AUDITOR": _keys("AKIASANDBOXAUDITOR01", "sandbox-auditor-secret-access-key-0123456789"),
}


def main(accounts: Path) -> None:
    """A sandbox until Ctrl-C, with the lines that point a shell at it."""
    with Sandbox(accounts) as sandbox:
        for name, value in {"AWS_ENDPOINT_URL": sandbox.url, **KEYS["OPERATOR"]}.items():
            print(f"export {name}={value}")
        print("# Ctrl-C stops it", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
