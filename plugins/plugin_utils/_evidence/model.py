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

from .causes import ReportedProblem
from .comparison import FORMAT, VERSION, Changes
from .coverage import FleetCoverage, RegionAge
from .inputs import InventoryAccount, Look
from .results import AccessResult, ChainResult, Delivery, Returned


@dataclass(frozen=True, kw_only=True)
class AccountStatus:
    """The statuses of one account."""

    account: InventoryAccount
    status: str
    checks: Mapping[str, str]  # check: status
    regions: Mapping[str, Mapping[str, str]]  # Region: check: status
    ages: Mapping[str, RegionAge]  # by Region

    def as_json(self, made: datetime) -> dict[str, Any]:
        """The account's entry in the JSON file."""
        account = self.account
        return {
            "host": account.host,
            "account": account.id,
            "region": account.region,
            "trail": account.trail,
            "role": account.role,
            "status": self.status,
            "checks": self.checks,
            "regions": self.regions,
            "coverage": {region: age.as_json(made) for region, age in self.ages.items()},
        }


@dataclass(frozen=True, kw_only=True)
class ArchiveStatus:
    """The statuses of the log archive: bucket and key, which all accounts share."""

    account: InventoryAccount  # host is empty if the inventory has none for it
    status: str
    checks: Mapping[str, str]  # check: status

    def as_json(self) -> dict[str, Any]:
        """The archive's entry in the JSON file."""
        return {**asdict(self.account), "status": self.status, "checks": self.checks}


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
    headline: str  # the status in one sentence, with what is missing
    facts: Mapping[str, str]
    tool: Mapping[str, str]  # name of the software: version
    looked: Sequence[Look]
    start: datetime | None  # of the range of digests; None if integrity was not validated
    end: datetime | None
    inventory: Mapping[str, str]  # account: host, of the whole inventory
    accounts: Sequence[AccountStatus]
    archive: ArchiveStatus
    left_out: Sequence[str]  # checks that were not part of the run
    coverage: FleetCoverage | None  # None if the hours were not counted
    problems: Sequence[ReportedProblem]  # the most severe first
    findings: Sequence[Finding]  # sorted, each once
    comparison: Changes | None  # None without an earlier evidence
    deliveries: Sequence[Delivery]
    unexpected_accounts: Sequence[str]
    unlisted_accounts: Sequence[str]  # that the policies allow and the inventory lacks
    chains: Sequence[ChainResult]
    access: AccessResult | None
    duplicates: Sequence[Returned]
    controls: Sequence[ControlSummary]

    @property
    def is_limited(self) -> bool:
        """Whether the run left out accounts of the inventory."""
        return len(self.accounts) < len(self.inventory)

    def as_json(self) -> dict[str, Any]:
        """The content of the JSON file, which the documentation of M(central_logging.aws.evidence_report) describes."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "made": timestamps.text(self.made),
            "status": self.status,
            "headline": self.headline,
            "tool": dict(self.tool),
            "facts": dict(self.facts),
            "looked": [asdict(look) for look in self.looked],
            "range": {"start": timestamps.optional_text(self.start), "end": timestamps.optional_text(self.end)},
            "inventory": len(self.inventory),
            "accounts": [account.as_json(self.made) for account in self.accounts],
            "archive": self.archive.as_json(),
            "left_out": self.left_out,
            "coverage": self.coverage and self.coverage.as_json(),
            "problems": [problem.as_json() for problem in self.problems],
            "comparison": self.comparison and self.comparison.as_json(),
            "findings": as_results(self.findings),
            "deliveries": [delivery.returned for delivery in self.deliveries],
            "unexpected_accounts": self.unexpected_accounts,
            "unlisted_accounts": self.unlisted_accounts,
            "chains": [chain.returned for chain in self.chains],
            "access": self.access and self.access.returned,
            "duplicates": self.duplicates,
            "controls": [asdict(control) for control in self.controls],
        }
