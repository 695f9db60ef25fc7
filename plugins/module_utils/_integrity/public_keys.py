# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The public keys for the signatures of digests.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each Region has its own keys: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
The keys are listed with the module's own credentials first. Only if a key is not among these, the keys are listed in
the account of the logs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime

from .._aws import error_advice
from .._aws.gateway import Gateway
from .._core.errors import AwsFailure

PERMISSIONS = ("cloudtrail:ListPublicKeys",)
Times = tuple[datetime, datetime]
_GATEWAYS = 4  # to member accounts that are kept open; digests come sorted by account


class KeyNotFound(Exception):
    """CloudTrail does not return the key. The text is the reason, in whole sentences."""


class _Listing:
    """The keys of one account, Region and time. Filled by the first thread that needs them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.keys: dict[str, bytes] | None = None
        self.failure = ""


class PublicKeys:
    """Threads share it. C(roles) has the role ARN and external id for each member account that has a role."""

    def __init__(self, gateway: Gateway, roles: Mapping[str, tuple[str, str]]) -> None:
        self._gateway, self._roles = gateway, roles
        self._listings: dict[tuple[str, str, datetime, datetime], _Listing] = {}
        self._members: dict[str, Gateway] = {}
        self._lock = threading.Lock()
        self.requests = 0

    def find(self, account: str, region: str, fingerprint: str, times: Iterable[Times]) -> bytes:
        """The key with that fingerprint, as DER of PKCS #1, if it was valid at one of the times. Raises KeyNotFound."""
        failures: dict[str, None] = {}
        for start, end in times:
            for member in ("", account) if account in self._roles else ("",):
                listing = self._listing(member, region, start, end)
                key = (listing.keys or {}).get(fingerprint)
                if key is not None:
                    return key
                failures[listing.failure] = None
        reasons = " ".join(filter(None, failures))
        raise KeyNotFound(reasons or f"CloudTrail in {region} does not list a key with its fingerprint.")

    def _listing(self, member: str, region: str, start: datetime, end: datetime) -> _Listing:
        """C(member) is a member account, or empty for the module's own credentials."""
        with self._lock:
            listing = self._listings.setdefault((member, region, start, end), _Listing())
        with listing.lock:
            if listing.keys is None:
                try:
                    listing.keys = self._list_keys(self._gateway_to(member).in_region(region), start, end)
                except AwsFailure as failure:
                    if failure.code in error_advice.EXPIRED:  # shows nothing about the digest
                        raise
                    listing.keys, listing.failure = {}, str(failure)
        return listing

    def _gateway_to(self, member: str) -> Gateway:
        if not member:
            return self._gateway
        with self._lock:
            while len(self._members) >= _GATEWAYS and member not in self._members:
                self._members.pop(next(iter(self._members)))
            if member not in self._members:
                self._members[member] = self._gateway.other(*self._roles[member])
            return self._members[member]

    def _list_keys(self, gateway: Gateway, start: datetime, end: datetime) -> dict[str, bytes]:
        keys: dict[str, bytes] = {}
        for page in gateway.pages("cloudtrail", "list_public_keys", StartTime=start, EndTime=end):
            with self._lock:
                self.requests += 1
            keys |= {key["Fingerprint"]: key["Value"] for key in page.get("PublicKeyList", [])}
        return keys
