# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Unpack what may be hostile: in small pieces, up to a limit, and nothing may follow the stream. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The hashes of CloudTrail are those of the uncompressed content, so that bytes behind the gzip stream would not change
them; a reader of the file might still come upon them. Format: https://www.rfc-editor.org/rfc/rfc1952
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator

_PIECE = 1 << 20  # bytes
_GZIP = zlib.MAX_WBITS | 16


class Damaged(Exception):
    """The bytes are not one whole gzip stream within the limit. The text completes C(it ...)."""


def sha256(packed: Iterable[bytes], limit: int) -> str:
    """The hash of the content in hexadecimal, without ever holding the content. Raises Damaged."""
    rolling = hashlib.sha256()
    for piece in _pieces(packed, limit):
        rolling.update(piece)
    return rolling.hexdigest()


def unpacked(packed: Iterable[bytes], limit: int) -> bytes:
    """The content, which is at most C(limit) bytes. Raises Damaged."""
    content = bytearray()
    for piece in _pieces(packed, limit):
        content += piece
    return bytes(content)


def _pieces(packed: Iterable[bytes], limit: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP)
    taken = given = 0
    for chunk in packed:
        taken += len(chunk)
        for piece in _inflated(inflater, chunk):
            given += len(piece)
            yield piece
            if given > limit:
                break
        if max(taken, given) > limit:
            raise Damaged(f"holds more than {limit >> 20} MiB, which CloudTrail never writes")
        if inflater.unused_data:
            raise Damaged("has bytes behind the end of its gzip stream")
    if not inflater.eof:
        raise Damaged("ends in the middle of its gzip stream" if taken else "is empty")


def _inflated(inflater: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    if inflater.eof and chunk:
        raise Damaged("has bytes behind the end of its gzip stream")
    while True:
        try:
            piece = inflater.decompress(chunk, _PIECE)
        except zlib.error:
            raise Damaged("is not a gzip stream, or a damaged one") from None
        yield piece
        chunk = inflater.unconsumed_tail
        if not chunk and len(piece) < _PIECE:  # a full piece may have more behind it, inside the inflater
            return
