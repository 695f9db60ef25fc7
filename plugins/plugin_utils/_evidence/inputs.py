# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the proofs were asked, and what they answered. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# which module answers for which checks; the first is the one that is unchecked where the module could not answer
ACCOUNT_CHECKS = {"trails": ("trail",), "delivery": ("delivery", "encryption"), "integrity": ("integrity",)}
ARCHIVE_CHECKS = {"access": ("separation", "deletion", "hardening")}
REGIONAL = (*ACCOUNT_CHECKS["delivery"], *ACCOUNT_CHECKS["integrity"])  # checks with a status for each Region
MODULES = {
    "trails": "cloudtrail_central_info",
    "delivery": "cloudtrail_delivery_info",
    "integrity": "cloudtrail_integrity_info",
    "access": "log_archive_access_info",
}


@dataclass(frozen=True)
class Account:
    """One host of the play."""

    host: str
    id: str
    region: str = ""  # home Region of its trail
    trail: str = ""


@dataclass(frozen=True)
class Scene:
    """What the proofs were asked, by whom and when. Times are ISO 8601 in UTC, as 2026-11-25T14:00:00Z."""

    made: str
    accounts: Sequence[Account]  # those of this run
    archive: Account  # which may be out of the run
    inventory: Mapping[str, str]  # every expected account id: its host
    first_delivery_timeout: int = 0  # seconds
    facts: Mapping[str, str] = field(default_factory=dict)  # bucket, key, role, versions: heading to text


@dataclass(frozen=True)
class Answers:
    """What the modules returned. None is a proof that was not asked for; a failed one has C(msg) and no C(findings)."""

    trails: Mapping[str, Mapping[str, Any]]  # by host
    delivery: Mapping[str, Any] | None
    integrity: Mapping[str, Any] | None
    access: Mapping[str, Any] | None

    def of(self, source: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = getattr(self, source)
        return found
