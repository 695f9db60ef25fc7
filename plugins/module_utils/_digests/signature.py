# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RSA signatures as CloudTrail makes them. The only file that knows cryptography.

Note that this module util is PRIVATE to the collection: it can change at any time.

PKCS #1 v1.5 with SHA-256 (https://www.rfc-editor.org/rfc/rfc8017#section-8.2); the public key is DER of PKCS #1:
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


def needed() -> None:
    """Raises Refused where the library is missing."""
    if not HAS_CRYPTOGRAPHY:
        raise Refused(
            "The Python library cryptography is needed to verify signatures. Install it for the Python that runs the"
            " module: pip install cryptography."
        )


def is_valid(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is that of the message. Raises ValueError where the key is no RSA key."""
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
