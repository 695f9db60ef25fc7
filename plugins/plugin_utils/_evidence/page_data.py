# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the page of evidence shows, in the order in which it shows it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING

from . import charts
from .inputs import ACCOUNT_CHECKS
from .rollup import NOT_CHECKED, PASSED, WORST_FIRST

WORDS = {
    FAILED: "failed",
    NOT_CHECKED: "not checked",
    WAITING: "waiting",
    INFO: "info",
    PASSED: "passed",
}
ROWS = 40  # accounts up to which each has its own row; beyond, those that pass are listed together
NAMES = 8  # principals that a statement is shown with
NOTES = 100  # notes that are shown


def page(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data for the template, which decides nothing but how it looks."""
    names = {row["account"]: row["host"] for row in evidence["accounts"]}
    columns = _columns(evidence["accounts"])
    numbered = list(enumerate(sorted(_shown(evidence["findings"]), key=lambda finding: _urgency(finding, columns))))
    apart = [row for row in evidence["accounts"] if len(evidence["accounts"]) <= ROWS or row["status"] != PASSED]
    archive = evidence["archive"]
    links = _links(numbered, names)
    access = evidence["access"]
    return {
        "evidence": evidence,
        "headline": _headline(evidence),
        "statuses": sorted({finding["status"] for finding in evidence["findings"]}),
        "tallies": _tallies(evidence["accounts"]),
        "words": WORDS,
        "columns": [(check, check.replace("_", " ").capitalize()) for check in columns],
        "rows": [{**row, "cells": [_cell(row, check, links) for check in columns]} for row in apart],
        "passing": [row for row in evidence["accounts"] if row not in apart] if len(apart) < len(names) else [],
        "archive": [_cell({**archive, "account": ""}, check, links) for check in archive["checks"]],
        "groups": _groups(numbered, names),
        "circles": charts.circles(access, archive["id"]) if access else None,
        "powers": _powers(access) if access else [],
        "timelines": charts.timelines(evidence, names),
        "more_notes": max(sum(finding["status"] == INFO for finding in evidence["findings"]) - NOTES, 0),
        "names": names,
    }


def _headline(evidence: Mapping[str, Any]) -> str:
    rows, archive = evidence["accounts"], evidence["archive"]["status"]
    counts = Counter(row["status"] for row in rows)
    many = f"{len(rows):,} accounts" if len(rows) != 1 else "1 account"
    if counts[FAILED] or archive == FAILED:
        failing = f"{counts[FAILED]:,} of {many} {'fails' if counts[FAILED] == 1 else 'fail'}"
        parts = [failing] if counts[FAILED] else []
        return " and ".join([*parts, *(["the archive fails"] if archive == FAILED else [])]).capitalize() + "."
    if counts[NOT_CHECKED] or archive == NOT_CHECKED:
        return f"Not everything could be checked in {many}."
    if counts[WAITING] or archive == WAITING:
        return f"{counts[WAITING]:,} of {many} {'waits' if counts[WAITING] == 1 else 'wait'} for the first delivery."
    return (
        f"The logs of {many} arrive, encrypted and untouched." if len(rows) != 1 else "The logs of the account arrive."
    )


def _tallies(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How many accounts have each status, with places in a bar of 1,000 units."""
    counts = Counter(row["status"] for row in rows)
    told, place = [], 0.0
    for status in reversed(WORST_FIRST):
        if counts[status]:
            width = 1000 * counts[status] / len(rows)
            told.append({"status": status, "count": counts[status], "x": round(place, 1), "width": round(width, 1)})
            place += width
    return told


def _columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every check that any account has, those that all accounts have first and in the order of the proofs."""
    known = [check for checks in ACCOUNT_CHECKS.values() for check in checks]
    seen = {check for row in rows for check in row["checks"]}
    return [check for check in known if check in seen] + sorted(seen - set(known))


def _cell(row: Mapping[str, Any], check: str, links: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    return {"check": check, "status": row["checks"].get(check, ""), "link": links.get((row["account"], check))}


def _urgency(finding: Mapping[str, str], columns: Sequence[str]) -> tuple[Any, ...]:
    """The worst first, and a cause before its effects: where no trail logs, nothing is delivered."""
    place = columns.index(finding["check"]) if finding["check"] in columns else len(columns)
    names = ("check", "kind", "remediation", "account")
    return (WORST_FIRST.index(finding["status"]), place, *(finding[name] for name in names))


def _shown(findings: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """All that is wrong, and as much of what is worth knowing as a page can hold."""
    notes = [finding for finding in findings if finding["status"] == INFO]
    return [*(finding for finding in findings if finding["status"] != INFO), *notes[:NOTES]]


Numbered = Sequence[tuple[int, Mapping[str, str]]]


def _links(numbered: Numbered, names: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """The number of the most urgent finding, by account and check."""
    links: dict[tuple[str, str], int] = {}
    for number, finding in numbered:
        links.setdefault((finding["account"] if finding["account"] in names else "", finding["check"]), number)
    return links


def _groups(numbered: Numbered, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Findings with the same mend under one heading, so that an operator sees what to do once."""
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for number, finding in numbered:
        same = tuple(finding[name] for name in ("status", "check", "kind", "remediation"))
        head = dict(zip(("status", "check", "kind", "remediation"), same, strict=True))
        group = groups.setdefault(same, {**head, "entries": []})
        group["entries"].append({**finding, "number": number, "host": names.get(finding["account"], "")})
    return list(groups.values())


def _powers(access: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who may do what, a few of each by name."""
    titles = {
        "encrypt": "May encrypt with the key",
        "decrypt": "May decrypt with the key",
        "read": "May read objects",
        "delete": "May delete or shorten retention",
    }
    return [{"title": title, "statements": _statements(access[power])} for power, title in titles.items()]


def _statements(holders: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What gives a power, and to whom: 300 accounts in one statement are one entry."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in holders:
        same = (tuple(item["by"]), item["kind"], item["certain"], item["indirect"])
        entry = found.setdefault(same, {**item, "principals": {}, "conditions": {}})
        entry["principals"][_NAMED.get(item["kind"], "{}").format(item["principal"])] = True
        entry["conditions"][tuple(item["conditions"])] = True
    return [
        {
            **entry,
            "principals": list(entry["principals"])[:NAMES],
            "more": max(len(entry["principals"]) - NAMES, 0),
            "conditions": next(iter(entry["conditions"])) if len(entry["conditions"]) == 1 else (),
            "each": len(entry["conditions"]) > 1,
        }
        for entry in found.values()
    ]


_NAMED = {"account": "account {}", "trails": "trails of {}", "anyone": "anyone"}
