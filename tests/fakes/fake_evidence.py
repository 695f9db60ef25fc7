# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets of any size with the results of the four info modules, for tests of the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, Finding
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import inputs, rollup
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import InventoryAccount, RunContext
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.results import ModuleResults
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.logging_start import logging_since

from tests.fakes.support import BUCKET, KEY, READER

RawResult = dict[str, Any]


def member(host: str, identity: str, trail: str) -> InventoryAccount:
    return InventoryAccount(host=host, id=identity, region="us-east-1", trail=trail)


ARCHIVE = member("security", "111122223333", "SecurityTrailMaster")
MEMBERS = (
    member("production", "444455556666", "sectrailprod"),
    member("staging", "012345678901", "sectrailstaging"),
    member("development", "777788889999", "sectraildev"),
)
FOUR = (ARCHIVE, *MEMBERS)
MADE, START, END = "2026-11-25T14:20:00Z", "2026-11-24T14:00:00Z", "2026-11-25T14:00:00Z"
MADE_AT = datetime(2026, 11, 25, 14, 20, tzinfo=timezone.utc)
SHA = "0123456789abcdef" * 4  # of a JSON file
LONG_AGO = "2026-10-01T08:00:00Z"


def finding(account: str, check: str, kind: str, **changes: str) -> Finding:
    """A failed finding, with the changes."""
    failed = Finding(
        account=account,
        region="",
        check=check,
        kind=kind,
        resource="",
        status=FAILED,
        message=f"{kind} in {account}.",
        remediation="Repair it.",
    )
    return replace(failed, **changes)


def many(number: int) -> tuple[InventoryAccount, ...]:
    return (ARCHIVE, *(member(f"team-{n}", f"{200000000000 + n}", "central") for n in range(1, number)))


def context(accounts: Sequence[InventoryAccount] = FOUR, **changes: Any) -> RunContext:
    """A run over all accounts of the inventory, with the changes."""
    whole = RunContext(
        made=MADE_AT,
        accounts=accounts,
        archive=ARCHIVE,
        inventory={account.id: account.host for account in accounts},
        first_delivery_timeout=timedelta(hours=2),
        facts={"Bucket": BUCKET, "Key": KEY},
        looked=[inputs.Look(what="the logs", role=READER)],
        tool={"central_logging.aws": "0.1.0", "ansible-core": "2.19.14"},
    )
    return replace(whole, **changes)


def trails_of(account: InventoryAccount, findings: Iterable[Finding] = (), since: str = LONG_AGO) -> RawResult:
    """What cloudtrail_central_info returns for an account."""
    return {
        "trails": [{"name": account.trail, "home_region": account.region, "logging": True, "logging_since": since}],
        "duplicates": [],
        "controls": [
            {"id": "CloudTrail.1", "title": "A trail over all Regions records management events", **_passed()},
            {"id": "CloudTrail.2", "title": "The trail is encrypted with a KMS key", **_passed()},
            {"id": "CloudTrail.4", "title": "Log file validation is on", **_passed()},
        ],
        "findings": [asdict(item) for item in findings],
    }


def _passed() -> dict[str, str]:
    return {"status": "passed", "message": ""}


def delivery(accounts: Sequence[InventoryAccount], findings: Iterable[Finding] = (), **changes: Any) -> RawResult:
    """What cloudtrail_delivery_info returns."""
    log = {"key": "k", "time": MADE, "age": 240, "encryption": "aws:kms", "kms_key": KEY}
    return {
        "deliveries": [{"account": a.id, "region": a.region, "log": log, "digest": log} for a in accounts],
        "unexpected_accounts": [],
        "silent_accounts": [],
        "requests": 6 * len(accounts),
        "findings": [asdict(item) for item in findings],
        **changes,
    }


def hours(*statuses: str) -> list[dict[str, str]]:
    """A timeline of the last hours of the range. Neighbours of one status are one period, as in a chain."""
    first = 14 - len(statuses)
    moments = [f"2026-11-{24 if n < 0 else 25}T{n % 24:02d}:00:00Z" for n in range(first, 15)]
    timeline: list[dict[str, str]] = []
    for start, end, status in zip(moments, moments[1:], statuses, strict=False):
        if timeline and timeline[-1]["status"] == status:
            timeline[-1]["end"] = end
        else:
            timeline.append({"start": start, "end": end, "status": status})
    return timeline


def chain(account: InventoryAccount, timeline: list[dict[str, str]], region: str = "us-east-1") -> dict[str, Any]:
    """An entry of C(chains) with a digest for each hour."""
    return {
        "account": account.id,
        "region": region,
        "trail": account.trail,
        "start": START,
        "end": END,
        "digests": 24,
        "log_files": 288,
        "valid": all(item["status"] == "valid" for item in timeline),
        "timeline": timeline,
    }


def covered(chain: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The entry of C(regions) for a chain: the valid periods cover hours, and each hour has 12 log files."""
    periods = [(item["status"], parse(item["start"]), parse(item["end"])) for item in chain["timeline"]]
    seconds = sum(int((end - start).total_seconds()) for status, start, end in periods if status == "valid")
    entry = {
        "account": chain["account"],
        "region": chain["region"],
        "range_seconds": 24 * 3600,
        "covered_seconds": seconds,
        "log_files": 288,
        "verified_log_files": 12 * seconds // 3600,
        "uncovered_log_files": 288 - 12 * seconds // 3600,
        "oldest_uncovered": None if seconds == 24 * 3600 else START,
        "newest_digest": END,
        "newest_log_file": MADE,
    }
    return {**entry, **changes}


def parse(text: str) -> datetime:
    """The point in time that is written as 2026-11-25T14:00:00Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def integrity(
    accounts: Sequence[InventoryAccount],
    findings: Iterable[Finding] = (),
    chains: Mapping[str, list[dict[str, str]]] | None = None,
) -> RawResult:
    """What cloudtrail_integrity_info returns.

    C(chains) has timelines by account id. An account with an empty timeline has no chain.
    """
    timelines = {account.id: hours(*["valid"] * 24) for account in accounts} | dict(chains or {})
    shown = [chain(account, timelines[account.id]) for account in accounts if timelines[account.id]]
    return {
        "regions": [covered(item) for item in shown],
        "valid": all(item["valid"] for item in shown),
        "empty": not shown,
        "start_time": START,
        "end_time": END,
        "chains": shown,
        "findings": [asdict(item) for item in findings],
    }


def principal(name: str, kind: str = "role", by: str = "CentralLoggingDecrypt", **changes: Any) -> dict[str, Any]:
    """An entry of C(encrypt), C(decrypt), C(read) or C(delete)."""
    entry = {"principal": name, "kind": kind, "by": [by], "actions": [], "conditions": [], "certain": True}
    return {**entry, "indirect": False, **changes}


def overlap(name: str, account: str = MEMBERS[0].id) -> dict[str, Any]:
    """An entry of C(overlap)."""
    by = {"encrypt_by": ["CentralLoggingEncrypt"], "decrypt_by": ["NightlyBackup"]}
    return {"account": account, "principal": name, "kind": "role", "certain": True, **by}


def access(accounts: Sequence[InventoryAccount], findings: Iterable[Finding] = (), **changes: Any) -> RawResult:
    """What log_archive_access_info returns."""
    keeper = principal(ARCHIVE.id, "account", "Administration", certain=False)
    writes = [f"aws:SourceArn is arn:aws:cloudtrail:*:{account.id}:trail/{account.trail}" for account in accounts]
    return {
        "encrypt": [
            keeper,
            *(
                principal(account.id, "trails", "CentralLoggingEncrypt", conditions=[words])
                for account, words in zip(accounts, writes, strict=True)
            ),
        ],
        "decrypt": [keeper, principal(READER)],
        "read": [principal(READER, by="CentralLoggingRead")],
        "delete": [],
        "overlap": [],
        "foreign_statements": [],
        "hardening": {
            "public_access_block": {"block_public_acls": True, "block_public_policy": True},
            "versioning": "Enabled",
            "object_lock": None,
        },
        "controls": [{"id": "KMS.4", "title": "The key rotates", **_passed()}],
        "findings": [asdict(item) for item in findings],
        **changes,
    }


@dataclass(frozen=True, kw_only=True)
class FakeResults:
    """The results of the info modules as registered variables hold them. Trails are by host."""

    trails: Mapping[str, RawResult]
    delivery: RawResult | None
    integrity: RawResult | None
    access: RawResult | None


def results(accounts: Sequence[InventoryAccount] = FOUR, **changes: Any) -> FakeResults:
    """Results in which all checks pass, with the changes."""
    whole = FakeResults(
        trails={account.host: trails_of(account) for account in accounts},
        delivery=delivery(accounts),
        integrity=integrity(accounts),
        access=access(accounts),
    )
    return replace(whole, **changes)


def parsed(results: FakeResults, accounts: Sequence[InventoryAccount] = FOUR) -> ModuleResults:
    """The results as the report takes them."""
    trail = {account.host: account.trail for account in accounts}
    return ModuleResults(
        trails={
            host: inputs.trails_result(result, logging_since(result, trail[host]))
            for host, result in results.trails.items()
        },
        delivery=inputs.delivery_result(results.delivery),
        integrity=inputs.integrity_result(results.integrity),
        access=inputs.access_result(results.access),
    )


def report(accounts: Sequence[InventoryAccount] = FOUR, run: RunContext | None = None, **changes: Any) -> Evidence:
    """The evidence of a run in which all checks pass, with the changes of the results."""
    return rollup.report(run or context(accounts), parsed(results(accounts, **changes), accounts))
