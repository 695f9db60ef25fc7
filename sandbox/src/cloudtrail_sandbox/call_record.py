# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of every request, for tests that state exactly which calls a run made."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

READS = ("Get", "List", "Describe", "Head", "Lookup", "Generate", "Simulate")
READ_OPERATIONS = frozenset({"AssumeRole", "Decrypt", "Encrypt"})
SECRETS = frozenset(
    {"Body", "CiphertextBlob", "Plaintext", "SecretAccessKey", "SessionToken", "TokenCode", "Password"}
    | {"SAMLAssertion", "WebIdentityToken", "SSECustomerKey", "CopySourceSSECustomerKey"}
)
#: The largest parameter that is kept, in bytes of JSON: a key policy of 32 KB fits.
KEPT_BYTES = 100_000


class CallRecord:
    """All requests since the start or the last `clear`; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._next = 1

    def add(self, time: datetime, service: str, operation: str, region: str) -> dict[str, Any]:
        """A new entry, which the server completes while it handles the request."""
        entry: dict[str, Any] = {
            "time": time.isoformat(),
            "service": service,
            "operation": operation,
            "account": "",
            "region": region,
            "principal": "",
            "write": is_write(operation),
            "status": 0,
            "error": "",
            "parameters": {},
        }
        with self._lock:
            entry = {"n": self._next, **entry}
            self._next += 1
            self._entries.append(entry)
        return entry

    def since(self, n: int = 0) -> list[dict[str, Any]]:
        """The entries after number `n`, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._entries if entry["n"] > n]

    def reset(self) -> None:
        """Remove the entries and number from 1 again."""
        with self._lock:
            self._entries.clear()
            self._next = 1

    def clear(self) -> None:
        """Remove the entries; the numbers continue."""
        with self._lock:
            self._entries.clear()


def is_write(operation: str) -> bool:
    """Whether an operation writes. An unknown operation counts as a write."""
    return not (operation.startswith(READS) or operation in READ_OPERATIONS)


def presentable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without secrets, binary values and large values."""
    shown = {}
    for name, value in parameters.items():
        if name in SECRETS:
            continue
        try:
            plain = json.loads(json.dumps(value, default=_plain))
        except (TypeError, ValueError):
            continue
        if len(json.dumps(plain)) <= KEPT_BYTES:
            shown[name] = plain
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8")
    raise TypeError(type(value).__name__)
