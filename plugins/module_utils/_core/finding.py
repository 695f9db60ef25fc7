# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a proof found, in the one form that every module of proofs returns and the report shows. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

FAILED, WAITING, INFO = "failed", "waiting", "info"
PASSED, NOT_CHECKED = "passed", "not_checked"  # statuses of a check without a finding


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong, still to come, or worth knowing."""

    account: str  # 12 digits; empty where it concerns the archive as a whole
    region: str  # empty where it concerns no single Region
    check: str  # the column of the report: trail, delivery, encryption, integrity, separation, ...
    kind: str  # one word of those that the module documents, such as tampered or missing
    resource: str  # object key, ARN, or Sid
    status: str  # FAILED, WAITING or INFO
    message: str  # what was found: a whole sentence
    remediation: str = ""  # what to do: a whole sentence
    since: str = ""  # ISO 8601 in UTC, as 2026-11-25T14:00:00Z; empty where it is not known


def as_results(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """For the module's result, in a stable order and each once."""
    return [asdict(finding) for finding in sorted(set(findings))]
