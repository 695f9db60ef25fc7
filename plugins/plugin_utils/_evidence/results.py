# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The results of the four info modules as typed records, as far as the report uses them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The JSON file repeats some entries unchanged, with all their keys. Their records keep them as C(returned).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding

Returned = Mapping[str, object]  # an entry as the module returned it


@dataclass(frozen=True, kw_only=True)
class ModuleFailure:
    """An info module ran and failed."""

    message: str


@dataclass(frozen=True, kw_only=True)
class ControlResult:
    """A Security Hub control in the result for one account."""

    id: str
    title: str
    status: str
    message: str


@dataclass(frozen=True, kw_only=True)
class TrailsResult:
    """What cloudtrail_central_info returned for one account."""

    findings: Sequence[Finding]
    controls: Sequence[ControlResult]
    duplicates: Sequence[Returned]
    logging_since: datetime | None  # of the expected trail; None if it does not log


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The newest log file and digest of one account and Region."""

    account: str
    region: str
    log_time: datetime | None  # in the name of the newest log file; None if there is none
    digest_time: datetime | None
    encryption_read: bool  # whether the encryption of at least one object is known
    returned: Returned


@dataclass(frozen=True, kw_only=True)
class DeliveryResult:
    """What cloudtrail_delivery_info returned."""

    findings: Sequence[Finding]
    deliveries: Sequence[Delivery]
    unexpected_accounts: Sequence[str]

    @property
    def covered(self) -> Sequence[Delivery]:
        """The accounts and Regions of which the module read something."""
        return self.deliveries


@dataclass(frozen=True, kw_only=True)
class Period:
    """A part of a chain's timeline that has one status."""

    start: datetime
    end: datetime
    status: str  # a kind of C(_digests.problems), such as valid or missing


@dataclass(frozen=True, kw_only=True)
class ChainResult:
    """The digest chain of one trail in one account and Region."""

    account: str
    region: str
    digests: int
    log_files: int
    timeline: Sequence[Period]  # in order; neighbours differ in status
    returned: Returned


@dataclass(frozen=True, kw_only=True)
class RegionCoverage:
    """What verified digests cover in one account and Region."""

    account: str
    region: str
    range_seconds: int
    covered_seconds: int
    log_files: int
    verified_log_files: int
    uncovered_log_files: int
    oldest_uncovered: datetime | None
    newest_digest: datetime | None
    newest_log_file: datetime | None


@dataclass(frozen=True, kw_only=True)
class IntegrityResult:
    """What cloudtrail_integrity_info returned."""

    findings: Sequence[Finding]
    start: datetime | None  # of the range that was validated
    end: datetime | None
    chains: Sequence[ChainResult]
    regions: Sequence[RegionCoverage] | None  # None if the result does not contain the hours

    @property
    def covered(self) -> Sequence[ChainResult]:
        """The accounts and Regions of which the module read something."""
        return self.chains


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """A principal with one kind of access to key or bucket."""

    principal: str
    kind: str  # ACCOUNT_PRINCIPAL, TRAILS_PRINCIPAL, ANYONE_PRINCIPAL, or another kind that the module documents
    by: tuple[str, ...]  # Sids of the statements that allow the access
    conditions: tuple[str, ...]
    certain: bool
    indirect: bool


ACCOUNT_PRINCIPAL, TRAILS_PRINCIPAL, ANYONE_PRINCIPAL = (
    "account",
    "trails",
    "anyone",
)  # kinds of principals that the page treats in a special way


@dataclass(frozen=True, kw_only=True)
class OverlapResult:
    """A principal that can decrypt and belongs to an account that encrypts."""

    account: str
    principal: str
    encrypt_by: Sequence[str]
    decrypt_by: Sequence[str]
    certain: bool


@dataclass(frozen=True, kw_only=True)
class ForeignStatement:
    """A policy statement that this collection would not have written."""

    policy: str  # key or bucket
    sid: str
    altered: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class AccessResult:
    """What log_archive_access_info returned."""

    findings: Sequence[Finding]
    controls: Sequence[ControlResult]
    encrypt: Sequence[AccessEntry]
    decrypt: Sequence[AccessEntry]
    read: Sequence[AccessEntry]
    delete: Sequence[AccessEntry]
    overlap: Sequence[OverlapResult]
    foreign_statements: Sequence[ForeignStatement]
    hardening: Mapping[str, object]
    returned: Returned


RegionalResult = DeliveryResult | IntegrityResult


@dataclass(frozen=True, kw_only=True)
class ModuleResults:
    """The results of all four info modules; None if a module was not requested."""

    trails: Mapping[str, TrailsResult | ModuleFailure]  # by host; a host that failed earlier has none
    delivery: DeliveryResult | ModuleFailure | None = None
    integrity: IntegrityResult | ModuleFailure | None = None
    access: AccessResult | ModuleFailure | None = None
