# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing an object into the bucket of a trail, as far as the policies allow.

Known deviation: the error codes of KMS are not verified.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from cloudtrail_sandbox.cloudtrail.requests import TrailRequests
from cloudtrail_sandbox.state import Bucket, Key

ACCESS_DENIED = "AccessDenied"
#: The state of a key -> the error code of a PutObject with it.
KMS_ERRORS = {"Disabled": "KMS.DisabledException"}


class Refused(Exception):
    """The bucket or the key refuses. str() is the delivery error that GetTrailStatus returns."""


def store(
    requests: TrailRequests, name: str, body: bytes, with_key: bool = True, more: Mapping[str, str] | None = None
) -> None:
    """Put the body, gzipped, with `more` as user metadata. Raises Refused.

    A trail without a key writes with SSE-S3, even into a bucket that encrypts with a key by default; so does a trail
    with a key if `with_key` is false.
    """
    bucket = requests.state.bucket(requests.trail.bucket)
    if bucket is None:
        raise Refused("NoSuchBucket")
    key = _usable_key(requests, bucket) if with_key else None
    if bucket.requester_pays or not requests.may_put(bucket, name, key):
        raise Refused(ACCESS_DENIED)
    if key and not requests.may_encrypt(bucket, name, key):
        raise Refused(ACCESS_DENIED)
    requests.state.put_object(
        bucket.name,
        name,
        gzip.compress(body, mtime=0),
        {"Content-Type": "application/json", "Content-Encoding": "gzip", **(more or {})},
        key.arn if key else None,
        requests.encryption_context(bucket, name) if key else None,
    )


def _usable_key(requests: TrailRequests, bucket: Bucket) -> Key | None:
    if not requests.trail.key:
        return None
    key = requests.state.key(requests.trail.key, requests.trail.account, bucket.region)
    if key is None:
        raise Refused("KMS.NotFoundException")
    if key.state != "Enabled":
        raise Refused(KMS_ERRORS.get(key.state, "KMS.KMSInvalidStateException"))
    return key
