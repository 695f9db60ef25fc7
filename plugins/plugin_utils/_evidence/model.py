# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence as typed records, and its JSON form. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding, as_results

from .inputs import InventoryAccount
from .results import AccessResult, ChainResult, Delivery, Returned

FORMAT, VERSION = "central_logging.aws/evidence", 1


@dataclass(frozen=True, kw_only=True)
class AccountStatus:
    """The statuses of one account."""

    account: InventoryAccount
    status: str
    checks: Mapping[str, str]  # check: status
    regions: Mapping[str, Mapping[str, str]]  # Region: check: status

    def as_json(self) -> dict[str, Any]:
        """The account's entry in the JSON file."""
        account = self.account
        return {
            "host": account.host,
            "account": account.id,
            "region": account.region,
            "trail": account.trail,
            "status": self.status,
            "checks": self.checks,
            "regions": self.regions,
        }


@dataclass(frozen=True, kw_only=True)
class ArchiveStatus:
    """The statuses of the log archive: bucket and key, which all accounts share."""

    account: InventoryAccount
    status: str
    checks: Mapping[str, str]  # check: status


@dataclass(frozen=True, kw_only=True)
class ControlFailure:
    """An account in which a control failed, with the reason."""

    account: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ControlSummary:
    """A Security Hub control over all accounts: how many pass it, and which fail."""

    id: str
    title: str
    passed: int
    not_checked: int
    failed: Sequence[ControlFailure]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that the report knows. The three files have the same content."""

    made: datetime
    status: str
    facts: Mapping[str, str]
    start: datetime | None  # of the range of digests; None if integrity was not validated
    end: datetime | None
    inventory_size: int  # accounts of the whole inventory
    accounts: Sequence[AccountStatus]
    archive: ArchiveStatus
    findings: Sequence[Finding]  # sorted, each once
    deliveries: Sequence[Delivery]
    unexpected_accounts: Sequence[str]
    chains: Sequence[ChainResult]
    access: AccessResult | None
    duplicates: Sequence[Returned]
    controls: Sequence[ControlSummary]

    def as_json(self) -> dict[str, Any]:
        """The content of the JSON file, which the documentation of M(central_logging.aws.evidence_report) describes."""
        archive = self.archive
        return {
            "format": FORMAT,
            "version": VERSION,
            "made": timestamps.text(self.made),
            "status": self.status,
            "facts": dict(self.facts),
            "range": {"start": timestamps.optional_text(self.start), "end": timestamps.optional_text(self.end)},
            "inventory": self.inventory_size,
            "accounts": [account.as_json() for account in self.accounts],
            "archive": {**asdict(archive.account), "status": archive.status, "checks": archive.checks},
            "findings": as_results(self.findings),
            "deliveries": [delivery.returned for delivery in self.deliveries],
            "unexpected_accounts": self.unexpected_accounts,
            "chains": [chain.returned for chain in self.chains],
            "access": self.access and self.access.returned,
            "duplicates": self.duplicates,
            "controls": [asdict(control) for control in self.controls],
        }
