# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The public keys by which CloudTrail's signatures are verified, asked for where they are known.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each Region has keys of its own: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
They are asked for with the module's own credentials first, and in the account that the logs are of only where the key
is not among those.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .._aws.gateway import Gateway
from .._core.errors import AwsFailure

PERMISSIONS = ("cloudtrail:ListPublicKeys",)
Times = tuple[datetime, datetime]
_GATEWAYS = 4  # into member accounts, kept open; the folders come sorted by account


@dataclass
class _Keys:
    """The answer for one account, Region and time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    values: dict[str, bytes] | None = None
    reason: str = ""


class PublicKeys:
    """Threads share it. C(roles) has role ARN and external id by account."""

    def __init__(self, gateway: Gateway, roles: Mapping[str, tuple[str, str]]) -> None:
        self._gateway, self._roles = gateway, roles
        self._answers: dict[tuple[str, str, datetime, datetime], _Keys] = {}
        self._members: dict[str, Gateway] = {}
        self._lock = threading.Lock()
        self.requests = 0

    def find(self, account: str, region: str, fingerprint: str, times: Iterable[Times]) -> bytes | str:
        """The key, DER of PKCS #1, of those in use at one of the times; or, as text, why there is none."""
        reasons: dict[str, None] = {}
        for start, end in times:
            for who in ("", account) if account in self._roles else ("",):
                answer = self._answer(who, region, start, end)
                found = (answer.values or {}).get(fingerprint)
                if found is not None:
                    return found
                reasons[answer.reason] = None
        return " ".join(filter(None, reasons)) or f"CloudTrail in {region} does not list a key with its fingerprint."

    def _answer(self, who: str, region: str, start: datetime, end: datetime) -> _Keys:
        with self._lock:
            answer = self._answers.setdefault((who, region, start, end), _Keys())
        with answer.lock:
            if answer.values is None:
                try:
                    answer.values = self._asked(self._gateway_of(who).in_region(region), start, end)
                except AwsFailure as failure:
                    answer.values, answer.reason = {}, str(failure)
        return answer

    def _gateway_of(self, account: str) -> Gateway:
        if not account:
            return self._gateway
        with self._lock:
            while len(self._members) >= _GATEWAYS and account not in self._members:
                self._members.pop(next(iter(self._members)))
            if account not in self._members:
                self._members[account] = self._gateway.other(*self._roles[account])
            return self._members[account]

    def _asked(self, gateway: Gateway, start: datetime, end: datetime) -> dict[str, bytes]:
        values: dict[str, bytes] = {}
        for page in gateway.pages("cloudtrail", "list_public_keys", StartTime=start, EndTime=end):
            with self._lock:
                self.requests += 1
            values |= {key["Fingerprint"]: key["Value"] for key in page.get("PublicKeyList", [])}
        return values
