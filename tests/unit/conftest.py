# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Lets plain pytest import the collection by its full name from a checkout in any folder.

C(collections) contains a link to the checkout, which C(make) creates. Under ansible-test the collection is already in
the right folder.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

_TREE = Path(__file__).parents[2] / "collections"

if (
    "ansible_pytest_collections" not in os.environ.get("PYTEST_PLUGINS", "")
    and (_TREE / "ansible_collections").is_dir()
):
    sys.path.insert(0, str(_TREE))
    importlib.invalidate_caches()
