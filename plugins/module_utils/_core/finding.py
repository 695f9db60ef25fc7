# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings, in the form that every info module returns and the report shows. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .inventory_names import with_inventory_names

FAILED, WAITING, INFO = "failed", "waiting", "info"
PASSED, NOT_CHECKED = "passed", "not_checked"  # statuses of a check without a finding
NO_ACTION_BEFORE = "No action is needed before"  # and a time: how the remediation of a wait begins


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """One thing that is wrong, still pending, or worth knowing."""

    account: str  # 12 digits; empty if the finding is about the whole archive
    region: str  # empty if the finding is not about a single Region
    check: str  # the column of the report: trail, delivery, encryption, integrity, separation, ...
    kind: str  # one of the words that the module documents, such as tampered or missing
    resource: str  # object key, ARN, or Sid
    status: str  # FAILED, WAITING or INFO
    message: str  # what was found, in whole sentences
    remediation: str = ""  # what to do, in whole sentences
    since: str = ""  # ISO 8601 in UTC, as 2026-11-25T14:00:00Z; empty if it is not known
    cause: str = ""  # findings with the same cause are one problem, such as key_disabled; empty if it is not known


def as_results(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The return value C(findings), sorted and without duplicates. Remediations name the variables of the inventory."""
    return [
        {**asdict(finding), "remediation": with_inventory_names(finding.remediation)}
        for finding in sorted(set(findings))
    ]
