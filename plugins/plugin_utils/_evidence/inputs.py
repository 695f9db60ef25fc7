# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The inputs of the report: the accounts of the run, and the results of the info modules, parsed. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding

from .results import (
    AccessEntry,
    AccessResult,
    ChainResult,
    ControlResult,
    Delivery,
    DeliveryResult,
    ForeignStatement,
    IntegrityResult,
    ModuleFailure,
    OverlapResult,
    Period,
    RegionCoverage,
    TrailsResult,
)

RawResult = Mapping[str, Any]  # what a module returned: its documented keys, or C(msg) if it failed
Parsed = TypeVar("Parsed")
_ACCESS_KEYS = ("encrypt", "decrypt", "read", "delete", "overlap", "foreign_statements", "hardening")


@dataclass(frozen=True, kw_only=True)
class Source:
    """An info module and its checks. If the module fails, the first check is C(failed), the others C(not_checked)."""

    module: str
    checks: tuple[str, ...]


TRAILS_SOURCE = Source(module="cloudtrail_central_info", checks=("trail",))
DELIVERY_SOURCE = Source(module="cloudtrail_delivery_info", checks=("delivery", "encryption"))
INTEGRITY_SOURCE = Source(module="cloudtrail_integrity_info", checks=("integrity",))
ACCESS_SOURCE = Source(module="log_archive_access_info", checks=("separation", "deletion", "hardening"))
ACCOUNT_CHECKS = (*TRAILS_SOURCE.checks, *DELIVERY_SOURCE.checks, *INTEGRITY_SOURCE.checks)
REGIONAL_CHECKS = (*DELIVERY_SOURCE.checks, *INTEGRITY_SOURCE.checks)  # these have a status for each Region too


@dataclass(frozen=True, kw_only=True)
class InventoryAccount:
    """A host of the inventory: an AWS account, and the trail that must record it."""

    host: str
    id: str  # 12 digits
    region: str = ""  # home Region of the trail
    trail: str = ""
    role: str = ""  # that read the trails; empty for the credentials of the caller


@dataclass(frozen=True, kw_only=True)
class Look:
    """Who read a part of AWS."""

    what: str  # such as policies or logs
    role: str  # ARN of a role, or another name of a principal


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """When the report is made, and about which accounts."""

    made: datetime
    accounts: Sequence[InventoryAccount]  # of this run
    archive: InventoryAccount  # the log-archive account, which C(--limit) may leave out; host is empty if there is none
    inventory: Mapping[str, str]  # account id: host, of the whole inventory
    failures: Mapping[str, str] = field(default_factory=dict)  # account id: why this run could not configure it
    unlisted: Sequence[str] = ()  # accounts that the policies allow and the inventory lacks
    first_delivery_timeout: timedelta = timedelta(0)
    facts: Mapping[str, str] = field(default_factory=dict)  # heading: text, for the top of the page
    looked: Sequence[Look] = ()
    key: str | None = (
        None  # with which the encryption was compared; empty: it was not; None: as the access result has it
    )
    tool: Mapping[str, str] = field(default_factory=dict)  # name of the software: version


def trails_result(result: RawResult, logging_since: str) -> TrailsResult | ModuleFailure:
    """The parsed result of cloudtrail_central_info. C(logging_since) is the time since when the expected trail logs."""
    if "findings" not in result:
        return _failure(result)
    return TrailsResult(
        findings=_findings(result),
        controls=_list(_control, result, "controls"),
        duplicates=list(result.get("duplicates") or []),
        logging_since=timestamps.parse_with_offset(logging_since),
    )


def delivery_result(result: RawResult | None) -> DeliveryResult | ModuleFailure | None:
    """The parsed result of cloudtrail_delivery_info; None if the module did not run."""
    if result is None or result.get("skipped"):
        return None
    if "findings" not in result:
        return _failure(result)
    return DeliveryResult(
        findings=_findings(result),
        deliveries=_list(_delivery, result, "deliveries"),
        unexpected_accounts=[str(account) for account in result.get("unexpected_accounts") or []],
    )


def integrity_result(result: RawResult | None) -> IntegrityResult | ModuleFailure | None:
    """The parsed result of cloudtrail_integrity_info; None if the module did not run."""
    if result is None or result.get("skipped"):
        return None
    if "findings" not in result:
        return _failure(result)
    return IntegrityResult(
        findings=_findings(result),
        start=timestamps.parse(str(result.get("start_time") or "")),
        end=timestamps.parse(str(result.get("end_time") or "")),
        chains=_list(_chain, result, "chains"),
        regions=_list(_region_coverage, result, "regions") if "regions" in result else None,
    )


def access_result(result: RawResult | None) -> AccessResult | ModuleFailure | None:
    """The parsed result of log_archive_access_info; None if the module did not run."""
    if result is None or result.get("skipped"):
        return None
    if "findings" not in result:
        return _failure(result)
    return AccessResult(
        findings=_findings(result),
        controls=_list(_control, result, "controls"),
        encrypt=_list(_access_entry, result, "encrypt"),
        decrypt=_list(_access_entry, result, "decrypt"),
        read=_list(_access_entry, result, "read"),
        delete=_list(_access_entry, result, "delete"),
        overlap=_list(_overlap, result, "overlap"),
        foreign_statements=_list(_foreign_statement, result, "foreign_statements"),
        hardening=result["hardening"],
        returned={key: result[key] for key in _ACCESS_KEYS},
    )


def _failure(result: RawResult) -> ModuleFailure:
    return ModuleFailure(message=str(result.get("msg") or "The module returned no findings").rstrip("."))


def _list(parse: Callable[[RawResult], Parsed], result: RawResult, key: str) -> list[Parsed]:
    entries: Iterable[RawResult] = result.get(key) or []
    return [parse(entry) for entry in entries]


def _findings(result: RawResult) -> list[Finding]:
    names = [attribute.name for attribute in fields(Finding)]
    return [Finding(**{name: str(entry.get(name, "")) for name in names}) for entry in result["findings"]]


def _control(entry: RawResult) -> ControlResult:
    message = str(entry.get("message") or "")
    return ControlResult(id=entry["id"], title=entry["title"], status=entry["status"], message=message)


def _delivery(entry: RawResult) -> Delivery:
    newest = [entry.get(name) or {} for name in ("log", "digest")]
    log_time, digest_time = (_time(item, "time") for item in newest)
    return Delivery(
        account=entry["account"],
        region=entry["region"],
        log_time=log_time,
        digest_time=digest_time,
        encryption_read=any(item.get("encryption") for item in newest),
        returned=entry,
    )


def _region_coverage(entry: RawResult) -> RegionCoverage:
    return RegionCoverage(
        account=str(entry["account"]),
        region=str(entry["region"]),
        range_seconds=int(entry["range_seconds"]),
        covered_seconds=int(entry["covered_seconds"]),
        log_files=int(entry["log_files"]),
        verified_log_files=int(entry["verified_log_files"]),
        uncovered_log_files=int(entry["uncovered_log_files"]),
        oldest_uncovered=_time(entry, "oldest_uncovered"),
        newest_digest=_time(entry, "newest_digest"),
        newest_log_file=_time(entry, "newest_log_file"),
    )


def _time(entry: RawResult, key: str) -> datetime | None:
    return timestamps.parse(str(entry.get(key) or ""))


def _chain(entry: RawResult) -> ChainResult:
    return ChainResult(
        account=entry["account"],
        region=entry["region"],
        digests=entry["digests"],
        log_files=entry["log_files"],
        timeline=_list(_period, entry, "timeline"),
        returned=entry,
    )


def _period(entry: RawResult) -> Period:
    start, end = (timestamps.option(entry[edge], "timeline") for edge in ("start", "end"))
    return Period(start=start, end=end, status=entry["status"])


def _access_entry(entry: RawResult) -> AccessEntry:
    return AccessEntry(
        principal=entry["principal"],
        kind=entry["kind"],
        by=tuple(entry["by"]),
        conditions=tuple(entry["conditions"]),
        certain=entry["certain"],
        indirect=entry["indirect"],
    )


def _overlap(entry: RawResult) -> OverlapResult:
    return OverlapResult(
        account=entry["account"],
        principal=entry["principal"],
        encrypt_by=entry["encrypt_by"],
        decrypt_by=entry["decrypt_by"],
        certain=entry["certain"],
    )


def _foreign_statement(entry: RawResult) -> ForeignStatement:
    return ForeignStatement(policy=entry["policy"], sid=entry["sid"], altered=entry["altered"], words=entry["words"])
