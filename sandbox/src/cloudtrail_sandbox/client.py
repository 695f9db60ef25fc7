# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts and stops a sandbox process, and sends requests to its control interface. Standard library only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

SOURCE = Path(__file__).parents[1]
READY = "sandbox ready: "


class Sandbox:
    """A sandbox process, as a context manager.

    `accounts` is an accounts file, by default the package's example; `policies` the folder of the policy files that it
    names, by default the folder of the accounts file.
    """

    def __init__(self, accounts: Path | None = None, policies: Path | None = None) -> None:
        self._options = [*_option("--accounts", accounts), *_option("--policies", policies)]
        self.url = ""

    def __enter__(self) -> Sandbox:
        # the process must run the same code as this one, installed or not
        path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-m", "cloudtrail_sandbox", *self._options]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith(READY):
            self._process.kill()
            raise RuntimeError(f"The sandbox did not start: {line!r}")
        self.url = line.removeprefix(READY).strip()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def environment(self, user_name: str = "") -> dict[str, str]:
        """This process's environment, with a user's keys and the sandbox as the only AWS.

        The user is one of the accounts file's callers, by default the first.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        users = self._control("GET", "users")["users"]
        user = next(user for user in users if user_name in ("", user["user_name"]))
        return {**kept, **environment_of(self.url, user)}

    def secrets(self) -> list[str]:
        """The secret access keys and session tokens of all users and sessions, to search for them in output."""
        return list(self._control("GET", "secrets")["secrets"])

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The AWS requests that were recorded, after number `since`."""
        calls: list[dict[str, Any]] = self._control("GET", f"calls?since={since}")["calls"]
        return calls

    def forget_calls(self) -> None:
        self._control("DELETE", "calls")

    def deliver(self, **round_: Any) -> list[dict[str, Any]]:
        """Deliver log files once. README.md describes `events`, `regions`, `accounts`, `late`."""
        deliveries: list[dict[str, Any]] = self._control("POST", "deliver", round_)["deliveries"]
        return deliveries

    def hours(self, count: int = 1, **hours: Any) -> dict[str, list[dict[str, Any]]]:
        """Move the clock on by hours with log files and digests. Takes `files`, `idle` and what `deliver` takes."""
        delivered: dict[str, list[dict[str, Any]]] = self._control("POST", "hours", {"count": count, **hours})
        return delivered

    def backfill(self) -> list[dict[str, Any]]:
        """Deliver backfill digests for the log files that came late."""
        digests: list[dict[str, Any]] = self._control("POST", "backfill", {})["digests"]
        return digests

    def rotate_keys(self, *regions: str) -> None:
        """Sign digests with new keys from now on, in these Regions or in all."""
        self._control("POST", "rotate_keys", {"regions": regions})

    def settings(self, **settings: float) -> None:
        self._control("POST", "settings", settings)

    def fault(self, **fault: Any) -> None:
        self._control("POST", "faults", fault)

    def second_writer(self, operation: str, statement: dict[str, Any]) -> None:
        self._control("POST", "second_writer", {"operation": operation, "statement": statement})

    def legacy_policy(self, resource: str, policy: str) -> None:
        """Store the policy of a key (by ARN) or bucket (by name) that AWS would not accept today."""
        self._control("POST", "legacy_policy", {"resource": resource, "policy": policy})

    def transition(self, bucket: str, key: str, storage_class: str) -> None:
        """Move an object to another storage class, as a lifecycle rule does."""
        self._control("POST", "transition", {"bucket": bucket, "key": key, "storage_class": storage_class})

    def opt_in(self, account: str, region: str) -> None:
        """Enable an opt-in Region in an account."""
        self._control("POST", "opt_in", {"account": account, "region": region})

    def reset(self) -> None:
        """Restore the state just after the start."""
        self._control("POST", "reset", {})

    def snapshot(self) -> str:
        """Take a snapshot of the whole state, and return its id."""
        return str(self._control("POST", "snapshot", {})["snapshot"])

    def restore(self, snapshot: str) -> None:
        """Restore a snapshot; the record of calls is empty afterwards."""
        self._control("POST", "restore", {"snapshot": snapshot})

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=300) as reply:
            text = reply.read()
        return json.loads(text) if text else {}


def environment_of(url: str, user: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that point an AWS client at the sandbox, with the keys of a user."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": user["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": user["secret_access_key"],
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def _option(name: str, path: Path | None) -> list[str]:
    return [name, str(path)] if path else []
