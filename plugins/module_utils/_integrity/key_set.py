# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A set of object keys that needs little memory. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import hashlib

# A key has about 130 characters, and a day may have hundreds of thousands of keys. Eight bytes would be enough against
# chance, but not against an attacker who searches for a file name with the same hash as another key.
_SIZE = 16  # bytes of each key that are kept


class KeySet:
    """Keys by their BLAKE2 hashes."""

    def __init__(self) -> None:
        self._hashes: set[bytes] = set()

    def add(self, key: str) -> None:
        self._hashes.add(key_hash(key))

    def __contains__(self, key: str) -> bool:
        return key_hash(key) in self._hashes


def key_hash(key: str) -> bytes:
    """The identity of a key in a KeySet. Any text is a key, also text that is not valid Unicode."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()
