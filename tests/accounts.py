# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts in which the tests and the demonstration run the collection, and the keys of their callers."""

from __future__ import annotations

from pathlib import Path

from cloudtrail_sandbox.client import KEYS

__all__ = ["ACCOUNTS", "KEYS", "ORGANIZATION_ACCOUNTS", "ROOT"]

ROOT = Path(__file__).parents[1]
ACCOUNTS = Path(__file__).with_name("accounts.yml")
ORGANIZATION_ACCOUNTS = Path(__file__).with_name("organization.yml")
