# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Digests that somebody else than CloudTrail signs, with a key that CloudTrail does not list.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.states.fleet import BUCKET, Fleet

Content = dict[str, Any]


@cache
def _pair() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def forge(fleet: Fleet, key: str, change: Callable[[Content], object], source: str = "") -> None:
    """Put a forged digest at a key: the content of the digest there, or of another one, changed and signed."""
    content = json.loads(fleet.read(source or key))
    content["digestPublicKeyFingerprint"] = hashlib.md5(b"forged", usedforsecurity=False).hexdigest()
    change(content)
    body = json.dumps(content).encode()
    lines = (
        content["digestEndTime"],
        f"{content['digestS3Bucket']}/{content['digestS3Object']}",
        hashlib.sha256(body).hexdigest(),
        content["previousDigestSignature"] or "null",
    )
    signature = _pair().sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
    fleet.put(key, body, Metadata={"signature": signature, "signature-algorithm": "SHA256withRSA"})


def sign_again(fleet: Fleet, key: str, change: Callable[[str], str]) -> None:
    """Change the signature in an object's metadata, and leave its content."""
    metadata = fleet.s3.head_object(Bucket=BUCKET, Key=key)["Metadata"]
    metadata["signature"] = change(metadata["signature"])
    fleet.put(key, fleet.read(key), Metadata=metadata)
