# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ListObjects and ListObjectsV2: in the order of the keys' UTF-8 bytes, rolled up at a delimiter, in pages.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
moto reads every object for each page; here a page costs little more than its entries. Inferred, not documented: a
common prefix is listed if a key in it comes after StartAfter.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from moto.s3.models import FakeDeleteMarker

from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.responses import S3_NAMESPACE, Response, xml_response
from cloudtrail_sandbox.state import State

MOST = 1000
#: Comes after every character that a key can have.
AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class Entry:
    """An object (with moto's own object of it) or, without one, a common prefix."""

    name: str
    stored: Any = None


@dataclass(frozen=True)
class Page:
    entries: tuple[Entry, ...]
    truncated: bool

    @property
    def last(self) -> str:
        """The key, or common prefix with all its keys, after which the next page begins."""
        end = self.entries[-1]
        return end.name if end.stored else end.name + AFTER_ALL


def page_of(bucket: Any, prefix: str, delimiter: str, after: str, most: int) -> Page:
    following = _entries(bucket, prefix, delimiter, after)
    entries = tuple(entry for entry, _number in zip(following, range(most + 1), strict=False))
    return Page(entries[:most], 0 < most < len(entries))


def _entries(bucket: Any, prefix: str, delimiter: str, after: str) -> Iterator[Entry]:
    """The entries under the prefix, after a key, without objects whose newest version is a delete marker."""
    names = sorted(bucket.keys)
    at = bisect_left(names, prefix) if prefix > after else bisect_right(names, after)
    while at < len(names) and names[at].startswith(prefix):
        name = names[at]
        stored = bucket.keys[name]
        at += 1
        if isinstance(stored, FakeDeleteMarker):
            continue
        folder, separator, _rest = name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if not separator:
            yield Entry(name, stored)
            continue
        common = prefix + folder + delimiter
        yield Entry(common)
        at = bisect_left(names, common + AFTER_ALL, at)


def list_v2(state: State, call: Call, bucket: Any) -> Response:
    token = call.parameters.get("ContinuationToken")
    after = call.text("StartAfter") if token is None else _read_token(str(token))
    page, members = _listed(call, bucket, after)
    members["KeyCount"] = len(page.entries)
    members["StartAfter"] = _encoded(call, call.text("StartAfter")) or None
    members["ContinuationToken"] = token
    if page.truncated:
        members["NextContinuationToken"] = base64.urlsafe_b64encode(page.last.encode()).decode()
    return _response(call, page, members, owner=call.text("FetchOwner").lower() == "true")


def list_v1(state: State, call: Call, bucket: Any) -> Response:
    """ListObjects. NextMarker is present only with a delimiter, and may be a common prefix."""
    marker, delimiter = call.text("Marker"), call.text("Delimiter")
    rolled = delimiter and marker.endswith(delimiter)
    page, members = _listed(call, bucket, marker + AFTER_ALL if rolled else marker)
    members["Marker"] = _encoded(call, marker)
    if page.truncated and delimiter:
        members["NextMarker"] = _encoded(call, page.entries[-1].name)
    return _response(call, page, members, owner=True)


def _listed(call: Call, bucket: Any, after: str) -> tuple[Page, dict[str, Any]]:
    """The page, and the members that both operations return."""
    prefix, delimiter = call.text("Prefix"), call.text("Delimiter")
    wanted = call.parameters.get("MaxKeys")
    most = MOST if wanted is None else int(wanted)
    if most < 0:
        raise ApiError("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
    page = page_of(bucket, prefix, delimiter, after, min(most, MOST))
    return page, {
        "Name": bucket.name,
        "Prefix": _encoded(call, prefix),
        "Delimiter": _encoded(call, delimiter) or None,
        "MaxKeys": most,
        "EncodingType": call.text("EncodingType") or None,
        "IsTruncated": str(page.truncated).lower(),
    }


def _read_token(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ApiError("InvalidArgument", "The continuation token provided is incorrect") from error


def _encoded(call: Call, text: str) -> str:
    return quote(text, safe="/") if call.text("EncodingType") == "url" else text


def _response(call: Call, page: Page, members: dict[str, Any], owner: bool) -> Response:
    listed = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items() if value is not None)
    entries = "".join(_element(call, entry, owner) for entry in page.entries)
    return xml_response(f'<ListBucketResult xmlns="{S3_NAMESPACE}">{listed}{entries}</ListBucketResult>')


def _element(call: Call, entry: Entry, owner: bool) -> str:
    name = escape(_encoded(call, entry.name))
    if not entry.stored:
        return f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"
    stored = entry.stored
    owned = f"<Owner><ID>{stored.account_id}</ID></Owner>" if owner else ""
    return (
        f"<Contents><Key>{name}</Key><LastModified>{stored.last_modified_ISO8601}</LastModified>"
        f"<ETag>{escape(stored.etag)}</ETag><Size>{stored.size}</Size>"
        f"<StorageClass>{stored.storage_class}</StorageClass>{owned}</Contents>"
    )


LISTINGS = {"ListObjects": list_v1, "ListObjectsV2": list_v2}
