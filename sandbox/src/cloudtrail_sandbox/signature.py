# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signature Version 4 of a request, computed again with the secret key.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"


def is_genuine(environ: Mapping[str, Any], body: bytes, secret: str) -> bool:
    """Whether the request (its header or its presigned URL) was signed with the secret."""
    path, _mark, query = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/").partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    presigned = dict(pairs)
    signed_with = _signature_parts(str(environ.get("HTTP_AUTHORIZATION", "")), presigned)
    scope = signed_with.get("Credential", "").split("/", 1)[-1]
    parts = scope.split("/")
    if len(parts) != 4:
        return False
    s3 = parts[2] == "s3"
    by_url = "X-Amz-Signature" in presigned
    hashed = str(environ.get("HTTP_X_AMZ_CONTENT_SHA256") or (UNSIGNED if by_url else hashlib.sha256(body).hexdigest()))
    if re.fullmatch(r"[0-9a-f]{64}", hashed) and hashed != hashlib.sha256(body).hexdigest():
        return False
    signed = signed_with.get("SignedHeaders", "").split(";")
    canonical = "\n".join(
        (
            str(environ["REQUEST_METHOD"]),
            path if s3 else quote(path, safe="/~"),
            _canonical_query([pair for pair in pairs if pair[0] != "X-Amz-Signature"]),
            *(f"{name}:{_header(environ, name)}" for name in signed),
            "",
            ";".join(signed),
            hashed,
        )
    )
    time = presigned.get("X-Amz-Date") or str(environ.get("HTTP_X_AMZ_DATE", ""))
    to_sign = "\n".join((ALGORITHM, time, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in parts:
        key = hmac.digest(key, part.encode(), "sha256")
    expected = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return hmac.compare_digest(expected, signed_with.get("Signature", ""))


def _signature_parts(authorization: str, presigned: Mapping[str, str]) -> dict[str, str]:
    """Credential, SignedHeaders and Signature of the header or of the URL."""
    if authorization.startswith(ALGORITHM):
        fields = authorization.removeprefix(ALGORITHM).split(",")
        return {name.strip(): value.strip() for name, _sign, value in (field.partition("=") for field in fields)}
    return {name: presigned.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")}


def _canonical_query(pairs: list[tuple[str, str]]) -> str:
    encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _header(environ: Mapping[str, Any], name: str) -> str:
    wsgi = name.upper().replace("-", "_")
    value = environ.get(wsgi if wsgi in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{wsgi}", "")
    return re.sub(r" +", " ", str(value).strip())
