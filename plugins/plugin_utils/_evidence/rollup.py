# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The answers of all proofs rolled up: a status for each account and check, and the verdict of each host. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING

from . import text
from .gaps import gathered
from .inputs import ACCOUNT_CHECKS, ARCHIVE_CHECKS, REGIONAL, Account, Answers, Scene

FORMAT, VERSION = "central_logging.aws/evidence", 1
PASSED, NOT_CHECKED = "passed", "not_checked"
WORST_FIRST = (FAILED, NOT_CHECKED, WAITING, INFO, PASSED)
_MANY = 10  # sentences that a host's message holds
_ACCESS = ("encrypt", "decrypt", "read", "delete", "overlap", "foreign_statements", "hardening")


def report(scene: Scene, answers: Answers) -> dict[str, Any]:
    """The evidence, in the shape that the documentation of M(central_logging.aws.evidence_report) describes."""
    findings = gathered(scene, answers)
    ours = {account.id for account in scene.accounts}
    by_account: dict[str, list[dict[str, str]]] = {}
    for finding in findings:
        by_account.setdefault(finding["account"] if finding["account"] in ours else "", []).append(finding)
    regions = _regions(answers)
    rows = [_row(account, by_account.get(account.id, []), regions, scene, answers) for account in scene.accounts]
    archive = _archive(scene, by_account.get("", []), answers)
    return {
        "format": FORMAT,
        "version": VERSION,
        "made": scene.made,
        "status": worst([archive["status"], *(row["status"] for row in rows)]),
        "facts": dict(scene.facts),
        "range": {edge: str((answers.integrity or {}).get(f"{edge}_time") or "") for edge in ("start", "end")},
        "inventory": len(scene.inventory),
        "accounts": rows,
        "archive": archive,
        "findings": findings,
        **_details(scene, answers),
    }


def verdicts(evidence: Mapping[str, Any], unwritten: str = "") -> dict[str, dict[str, Any]]:
    """For each host its status and its sentences. What concerns the archive goes to its host, or to the first one.

    So does C(unwritten), the reason why there is no evidence.
    """
    hosts = {row["account"]: row["host"] for row in evidence["accounts"]}
    names = list(hosts.values())
    keeper = evidence["archive"]["host"] if evidence["archive"]["host"] in names else names[0]
    by_host: dict[str, list[dict[str, str]]] = {name: [] for name in names}
    for finding in evidence["findings"]:
        by_host[hosts.get(finding["account"], keeper)].append(finding)
    told = {name: _verdict(found) for name, found in by_host.items()}
    if unwritten:
        told[keeper] = {**told[keeper], "status": FAILED, FAILED: [unwritten, *told[keeper][FAILED]]}
    return told


def _verdict(findings: Sequence[dict[str, str]]) -> dict[str, Any]:
    said = {
        status: [text.sentence(item) for item in findings if item["status"] == status] for status in (FAILED, WAITING)
    }
    for status, sentences in said.items():
        if len(sentences) > _MANY:
            said[status] = [*sentences[:_MANY], f"And {len(sentences) - _MANY} more, which the evidence lists."]
    return {"status": worst([status for status, found in said.items() if found]), **said}


def worst(statuses: Iterable[str]) -> str:
    """The worst of them; PASSED where there is none."""
    return min(statuses, key=WORST_FIRST.index, default=PASSED)


def _whole(statuses: Iterable[str]) -> str:
    """What is only noted has passed."""
    return worst(status for status in statuses if status != INFO)


def _regions(answers: Answers) -> dict[tuple[str, str], set[str]]:
    """The Regions of which a proof speaks, by account and check."""
    found: dict[tuple[str, str], set[str]] = {}
    for source, name in (("delivery", "deliveries"), ("integrity", "chains")):
        for item in (answers.of(source) or {}).get(name) or []:
            for check in ACCOUNT_CHECKS[source]:
                found.setdefault((item["account"], check), set()).add(item["region"])
    return found


def _row(
    account: Account,
    findings: Sequence[Mapping[str, str]],
    regions: Mapping[tuple[str, str], set[str]],
    scene: Scene,
    answers: Answers,
) -> dict[str, Any]:
    """One account: a status for each check, and for each check and Region."""
    checks = dict(_bases(account, answers))
    by_region: dict[str, dict[str, str]] = {}
    for check, base in checks.items():
        for region in sorted(regions.get((account.id, check), ())):
            by_region.setdefault(region, {})[check] = base
    for finding in findings:
        check, region, status = finding["check"], finding["region"], finding["status"]
        checks[check] = worst([status, checks.get(check, PASSED)])
        if region and check in REGIONAL:
            cells = by_region.setdefault(region, {})
            cells[check] = worst([status, cells.get(check, PASSED)])
    return {
        "host": account.host,
        "account": account.id,
        "region": account.region,
        "trail": account.trail,
        "status": _whole(checks.values()),
        "checks": checks,
        "regions": by_region,
    }


def _bases(account: Account, answers: Answers) -> Iterable[tuple[str, str]]:
    """What each check is before any finding: passed where its module answered."""
    for source, checks in ACCOUNT_CHECKS.items():
        answer = answers.trails.get(account.host, {}) if source == "trails" else answers.of(source)
        if answer is not None:
            yield from ((check, PASSED if "findings" in answer else NOT_CHECKED) for check in checks)


def _archive(scene: Scene, findings: Sequence[Mapping[str, str]], answers: Answers) -> dict[str, Any]:
    checks = {}
    if answers.access is not None:
        checks = dict.fromkeys(ARCHIVE_CHECKS["access"], PASSED if "findings" in answers.access else NOT_CHECKED)
    for finding in findings:
        checks[finding["check"]] = worst([finding["status"], checks.get(finding["check"], PASSED)])
    return {**asdict(scene.archive), "status": _whole(checks.values()), "checks": checks}


def _details(scene: Scene, answers: Answers) -> dict[str, Any]:
    """What the modules told beside their findings, under their own names."""
    delivery, integrity, access = answers.delivery or {}, answers.integrity or {}, answers.access or {}
    return {
        "deliveries": delivery.get("deliveries") or [],
        "unexpected_accounts": [one for one in delivery.get("unexpected_accounts") or [] if one not in scene.inventory],
        "chains": integrity.get("chains") or [],
        "access": {name: access[name] for name in _ACCESS} if "findings" in access else None,
        "duplicates": [item for trails in answers.trails.values() for item in trails.get("duplicates") or []],
        "controls": _controls(scene, answers),
    }


def _controls(scene: Scene, answers: Answers) -> list[dict[str, Any]]:
    """Each control of the Security Hub catalogue once, with the accounts that fail it."""
    told: dict[str, dict[str, Any]] = {}
    told_by = [(account.id, answers.trails.get(account.host) or {}) for account in scene.accounts]
    for account, answer in (*told_by, (scene.archive.id, answers.access or {})):
        for item in answer.get("controls") or []:
            entry = told.setdefault(
                item["id"], {"id": item["id"], "title": item["title"], "passed": 0, "not_checked": 0, "failed": []}
            )
            if item["status"] == FAILED:
                entry["failed"].append({"account": account, "message": str(item.get("message") or "")})
            else:
                entry[item["status"]] += 1
    return [told[name] for name in sorted(told, key=_natural)]


def _natural(name: str) -> list[tuple[int, str]]:
    """CloudTrail.10 comes after CloudTrail.9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.replace(".", " ").split()]
