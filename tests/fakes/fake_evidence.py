# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets of any size and what the four modules of proofs say of them, for the tests of the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, Finding
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import rollup
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import Account, Answers, Scene

KEY = "arn:aws:kms:us-east-1:111122223333:key/5f1b0ad5-8f3c-4d0c-9a51-5b4e9d4f2a10"
BUCKET = "secprod-multiaccount-logs"
READER = "arn:aws:iam::111122223333:role/LogReader"
ARCHIVE = Account("security", "111122223333", "us-east-1", "SecurityTrailMaster")
MEMBERS = (
    Account("production", "444455556666", "us-east-1", "sectrailprod"),
    Account("staging", "012345678901", "us-east-1", "sectrailstaging"),
    Account("development", "777788889999", "us-east-1", "sectraildev"),
)
FOUR = (ARCHIVE, *MEMBERS)
MADE, START, END = "2026-11-25T14:20:00Z", "2026-11-24T14:00:00Z", "2026-11-25T14:00:00Z"
LONG_AGO = "2026-10-01T08:00:00Z"


def finding(account: str, check: str, kind: str, **more: str) -> Finding:
    given = {
        "region": "",
        "resource": "",
        "status": FAILED,
        "message": f"{kind} in {account}.",
        "remediation": "Mend it.",
    }
    return Finding(account=account, check=check, kind=kind, **{**given, **more})


def many(number: int) -> tuple[Account, ...]:
    return (ARCHIVE, *(Account(f"team-{n}", f"{200000000000 + n}", "us-east-1", "central") for n in range(1, number)))


def scene(accounts: Sequence[Account] = FOUR, **changes: Any) -> Scene:
    whole = Scene(
        made=MADE,
        accounts=accounts,
        archive=ARCHIVE,
        inventory={account.id: account.host for account in accounts},
        first_delivery_timeout=7200,
        facts={"Bucket": BUCKET, "Key": KEY, "Read with": READER, "ansible-core": "2.19.14"},
    )
    return replace(whole, **changes)


def trails_of(account: Account, findings: Iterable[Finding] = (), since: str = LONG_AGO) -> dict[str, Any]:
    return {
        "trails": [{"name": account.trail, "home_region": account.region, "logging": True, "logging_since": since}],
        "duplicates": [],
        "controls": [
            {"id": "CloudTrail.1", "title": "A trail over all Regions records management events", **_ok()},
            {"id": "CloudTrail.2", "title": "The trail is encrypted with a KMS key", **_ok()},
            {"id": "CloudTrail.4", "title": "Log file validation is on", **_ok()},
        ],
        "findings": [asdict(item) for item in findings],
    }


def _ok() -> dict[str, str]:
    return {"status": "passed", "message": ""}


def delivery(accounts: Sequence[Account], findings: Iterable[Finding] = (), **more: Any) -> dict[str, Any]:
    log = {"key": "k", "time": MADE, "age": 240, "encryption": "aws:kms", "kms_key": KEY}
    return {
        "deliveries": [{"account": a.id, "region": a.region, "log": log, "digest": log} for a in accounts],
        "unexpected_accounts": [],
        "silent_accounts": [],
        "requests": 6 * len(accounts),
        "findings": [asdict(item) for item in findings],
        **more,
    }


def hours(*statuses: str) -> list[dict[str, str]]:
    """A timeline of the last hours of the range, one status for each."""
    first = 14 - len(statuses)
    moments = [f"2026-11-{24 if n < 0 else 25}T{n % 24:02d}:00:00Z" for n in range(first, 15)]
    return [
        {"start": start, "end": end, "status": status}
        for start, end, status in zip(moments, moments[1:], statuses, strict=False)
    ]


def chain(account: Account, timeline: list[dict[str, str]], region: str = "us-east-1") -> dict[str, Any]:
    return {
        "account": account.id,
        "region": region,
        "trail": account.trail,
        "start": START,
        "end": END,
        "digests": len(timeline),
        "log_files": 12 * len(timeline),
        "valid": all(item["status"] == "valid" for item in timeline),
        "timeline": timeline,
    }


def integrity(
    accounts: Sequence[Account],
    findings: Iterable[Finding] = (),
    chains: Mapping[str, list[dict[str, str]]] | None = None,
) -> dict[str, Any]:
    timelines = {account.id: hours(*["valid"] * 24) for account in accounts} | dict(chains or {})
    told = [chain(account, timelines[account.id]) for account in accounts if timelines[account.id]]
    return {
        "valid": all(item["valid"] for item in told),
        "empty": not told,
        "start_time": START,
        "end_time": END,
        "chains": told,
        "findings": [asdict(item) for item in findings],
    }


def principal(name: str, kind: str = "role", by: str = "CentralLoggingDecrypt", **more: Any) -> dict[str, Any]:
    told = {"principal": name, "kind": kind, "by": [by], "actions": [], "conditions": [], "certain": True}
    return {**told, "indirect": False, **more}


def access(accounts: Sequence[Account], findings: Iterable[Finding] = (), **more: Any) -> dict[str, Any]:
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
        "controls": [{"id": "KMS.4", "title": "The key rotates", **_ok()}],
        "findings": [asdict(item) for item in findings],
        **more,
    }


def answers(accounts: Sequence[Account] = FOUR, **changes: Any) -> Answers:
    """Everything is well, but for the changes."""
    whole = Answers(
        trails={account.host: trails_of(account) for account in accounts},
        delivery=delivery(accounts),
        integrity=integrity(accounts),
        access=access(accounts),
    )
    return replace(whole, **changes)


def report(accounts: Sequence[Account] = FOUR, **changes: Any) -> dict[str, Any]:
    return rollup.report(scene(accounts), answers(accounts, **changes))
