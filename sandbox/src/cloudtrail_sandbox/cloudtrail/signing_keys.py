# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The key pairs that sign digests, one after the other in each Region.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
Known deviations: how AWS makes fingerprints is not documented, here it is the MD5 of the DER (32 hexadecimal digits, as
in AWS's examples); how long a key is valid is not documented either, here two years, and OVERLAP after a rotation.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cloudtrail_sandbox.errors import ApiError

VALID = timedelta(days=365)
OVERLAP = timedelta(hours=1)


@dataclass(frozen=True)
class SigningKey:
    """A key pair, and when it is valid."""

    pair: rsa.RSAPrivateKey
    start: datetime
    end: datetime

    @property
    def der(self) -> bytes:
        """The public key in the form of PKCS #1."""
        return self.pair.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)

    @property
    def fingerprint(self) -> str:
        return hashlib.md5(self.der, usedforsecurity=False).hexdigest()

    def sign(self, text: str) -> str:
        """RSASSA-PKCS1-v1_5 with SHA-256, in hexadecimal digits."""
        return self.pair.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()


class SigningKeys:
    """The keys of all Regions, oldest first. A Region's first key is created when it is needed."""

    def __init__(self) -> None:
        self._keys: dict[str, list[SigningKey]] = {}

    def current(self, region: str, now: datetime) -> SigningKey:
        """The key that signs now."""
        keys = self._keys.setdefault(region, [])
        if not keys or keys[-1].end <= now:
            keys.append(SigningKey(_pair(region, len(keys)), now - VALID, now + VALID))
        return keys[-1]

    def rotate(self, region: str, now: datetime) -> None:
        """Sign with another key from now on; the validity of the two overlaps."""
        old = self.current(region, now)
        keys = self._keys[region]
        keys[-1] = replace(old, end=now + OVERLAP)
        keys.append(SigningKey(_pair(region, len(keys)), now, now + VALID))

    def valid_keys(
        self, region: str, now: datetime, start: datetime | None, end: datetime | None
    ) -> list[dict[str, Any]]:
        """The entries of ListPublicKeys: keys that are valid at some time of the range, by default now."""
        self.current(region, now)
        first, last = start or now, end or now
        if first > last:
            raise ApiError("InvalidTimeRangeException", "The start time is after the end time.")
        return [
            {
                "Value": base64.b64encode(key.der).decode(),
                "ValidityStartTime": key.start,
                "ValidityEndTime": key.end,
                "Fingerprint": key.fingerprint,
            }
            for key in self._keys[region]
            if key.start <= last and key.end >= first
        ]


@cache
def _pair(region: str, number: int) -> rsa.RSAPrivateKey:
    """A new key pair. Cached for the process, because it is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
