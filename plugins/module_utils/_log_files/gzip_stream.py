# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Decompress one gzip stream that may be hostile: in small pieces, up to a limit, without bytes after it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail's hashes are for the uncompressed content. Bytes after the gzip stream would not change the hash, but
another reader of the file might use them. Format: https://www.rfc-editor.org/rfc/rfc1952
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator

_PIECE = 1 << 20  # bytes
_GZIP = zlib.MAX_WBITS | 16


class Damaged(Exception):
    """The bytes are not one complete gzip stream within the limit. The text completes C(it ...)."""


def sha256(packed: Iterable[bytes], limit: int) -> str:
    """The SHA-256 of the content in hexadecimal. The content is not kept in memory. Raises Damaged."""
    rolling = hashlib.sha256()
    for piece in _pieces(packed, limit):
        rolling.update(piece)
    return rolling.hexdigest()


def unpacked(packed: Iterable[bytes], limit: int) -> bytes:
    """The content, at most C(limit) bytes. Raises Damaged."""
    content = bytearray()
    for piece in _pieces(packed, limit):
        content += piece
    return bytes(content)


def _pieces(packed: Iterable[bytes], limit: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP)
    packed_size = size = 0
    for chunk in packed:
        packed_size += len(chunk)
        for piece in _inflated(inflater, chunk):
            size += len(piece)
            yield piece
            if size > limit:
                break
        if max(packed_size, size) > limit:
            raise Damaged(f"has more than {limit >> 20} MiB, which CloudTrail never writes")
        if inflater.unused_data:
            raise Damaged("has bytes after the end of its gzip stream")
    if not inflater.eof:
        raise Damaged("ends in the middle of its gzip stream" if packed_size else "is empty")


def _inflated(inflater: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    if inflater.eof and chunk:
        raise Damaged("has bytes after the end of its gzip stream")
    while True:
        try:
            piece = inflater.decompress(chunk, _PIECE)
        except zlib.error:
            raise Damaged("is not a gzip stream, or the stream is damaged") from None
        yield piece
        chunk = inflater.unconsumed_tail
        if not chunk and len(piece) < _PIECE:  # after a full piece, the inflater may have more
            return
