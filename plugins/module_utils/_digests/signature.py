# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Verify RSA signatures of CloudTrail. The only file that imports cryptography.

Note that this module util is PRIVATE to the collection: it can change at any time.

The signature is PKCS #1 v1.5 with SHA-256 (https://www.rfc-editor.org/rfc/rfc8017#section-8.2), and the public key is
DER of PKCS #1:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""

from __future__ import annotations

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    HAS_CRYPTOGRAPHY = True
except ImportError:
    HAS_CRYPTOGRAPHY = False

from .._core.errors import Refused


def require_library() -> None:
    """Raises Refused if cryptography is not installed."""
    if not HAS_CRYPTOGRAPHY:
        raise Refused(
            "The Python library cryptography is required to verify signatures. Install it for the Python that runs the"
            " module: pip install cryptography."
        )


def is_valid(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True if the signature matches the message. Raises ValueError if the key is not a valid RSA key."""
    try:
        key = load_der_public_key(public_key)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
