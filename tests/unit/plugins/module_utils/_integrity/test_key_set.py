# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A set of keys that keeps hashes only."""

from __future__ import annotations

import tracemalloc

from ansible_collections.central_logging.aws.plugins.module_utils._integrity.key_set import KeySet, key_hash


def test_keys_are_in_the_set_once_they_are_added() -> None:
    keys = KeySet()
    for key in ("a", "ä", "\ud800"):
        assert key not in keys
        keys.add(key)
        assert key in keys
    assert "b" not in keys


def test_the_hash_is_the_same_in_every_process() -> None:
    assert key_hash("AWSLogs/1").hex() == "fa23fd0e0296eb41b35f283b02e3f379"


def test_a_key_needs_less_memory_than_its_text() -> None:
    keys = KeySet()
    tracemalloc.start()
    for number in range(10_000):
        keys.add(f"{number:0130d}")
    used, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 10_000 * 130
