# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The whole table: importing an area adds its rows."""

from __future__ import annotations

import importlib

from tests.states.table import TABLE

__all__ = ["TABLE"]

for area in (
    "beginnings",
    "buckets",
    "chains",
    "deliveries",
    "keys",
    "objects",
    "organizations",
    "policies",
    "service_logs",
    "sound_buckets",
    "sound_policies",
    "sound_trails",
    "trails",
    "wipes",
):
    importlib.import_module(f"tests.states.{area}")
