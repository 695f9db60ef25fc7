# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON file, the XML, the page and the terminal report the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import (
    files,
    problem_lines,
    verdicts,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.statuses import LABELS
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.titles import check_names

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import FOUR, MEMBERS, finding, hours, report

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e]]>&\r\n"


def passed() -> Evidence:
    return report()


def partial() -> Evidence:
    six = hours("not_covered", *["valid"] * 6)
    return report(integrity=fake.integrity(FOUR, chains={account.id: six for account in FOUR}))


def left_out() -> Evidence:
    return report(integrity=None, access=None)


def limited() -> Evidence:
    return report([PRODUCTION], fake.context([PRODUCTION], inventory=fake.context().inventory))


def key_disabled() -> Evidence:
    stale = [finding(account.id, "delivery", "stale_log", region="us-east-1") for account in MEMBERS]
    unreadable = [
        finding(account.id, "integrity", "unreadable", region="us-east-1", cause="key_disabled") for account in FOUR
    ]
    state = finding("", "hardening", "key_state", cause="key_disabled", message="Key k is in state Disabled.")
    return report(
        delivery=fake.delivery(FOUR, stale),
        integrity=fake.integrity(FOUR, unreadable),
        access=fake.access(FOUR, [state]),
    )


def waiting() -> Evidence:
    silent = [finding(account.id, "delivery", "silent", status="waiting") for account in MEMBERS]
    return report(delivery=fake.delivery([FOUR[0]], silent))


def several() -> Evidence:
    findings = [finding(PRODUCTION.id, "integrity", kind, resource="k") for kind in ("tampered", "gap")]
    stopped = [finding(STAGING.id, "trail", "not_logging")]
    return report(
        trails={a.host: fake.trails_of(a, stopped if a is STAGING else ()) for a in FOUR},
        delivery=fake.delivery(FOUR, [finding(STAGING.id, "delivery", "silent")]),
        integrity=fake.integrity(FOUR, findings),
        access=fake.access(FOUR, [finding("", "separation", "foreign_statement", status="info")]),
    )


def not_checked() -> Evidence:
    result = fake.delivery(FOUR)
    result["deliveries"][1] |= {"log": None, "digest": None}
    return report(delivery=result)


def unread() -> Evidence:
    item = finding(PRODUCTION.id, "trail", "events_not_checked", status="not_checked")
    return report(trails={a.host: fake.trails_of(a, [item] if a is PRODUCTION else ()) for a in FOUR})


def module_failed() -> Evidence:
    return report(integrity={"msg": "Denied."}, access={"msg": "Denied."})


def hostile() -> Evidence:
    texts = {"message": HOSTILE, "resource": HOSTILE, "remediation": HOSTILE}
    return report(delivery=fake.delivery(FOUR, [finding(PRODUCTION.id, "delivery", HOSTILE, **texts)]))


EVIDENCES = (
    passed,
    partial,
    left_out,
    limited,
    key_disabled,
    waiting,
    several,
    not_checked,
    unread,
    module_failed,
    hostile,
)
each = pytest.mark.parametrize("make", EVIDENCES, ids=lambda make: make.__name__)


def cells(page: str) -> dict[str, list[str]]:
    """The statuses in each row of the table of accounts, by account."""
    rows = re.findall(
        r'<tr class="is-\w+"><th scope="row">.*?<span class="id">(\d{12})</span>(.*?)</tr>', page, re.DOTALL
    )
    return {account: re.findall(r'class="cell (\w+)"', row) for account, row in rows}


@each
def test_all_four_report_the_same(make: Any) -> None:
    evidence = make()
    contents = files.contents(evidence)
    document = json.loads(contents.texts["json"])
    xml = ElementTree.fromstring(contents.texts["junit"].encode())
    page = contents.texts["html"]
    by_host = verdicts.verdicts(evidence)

    # the statuses of accounts and checks
    accounts = {entry["account"]: entry for entry in document["accounts"]}
    assert cells(page) == {account: list(entry["checks"].values()) for account, entry in accounts.items()}
    tallies = Counter(entry["status"] for entry in accounts.values())
    for status, count in tallies.items():
        assert re.search(rf"<b>{count}</b> accounts? {LABELS[status]}</li>", page)
    assert f"<title>{LABELS[document['status']].capitalize()}" in page

    # what failed
    failed = {(check, entry["account"]) for entry in accounts.values() for check in _having(entry["checks"], "failed")}
    failed |= {(check, document["archive"]["id"]) for check in _having(document["archive"]["checks"], "failed")}
    assert {
        (suite.get("name"), str(case.get("name")).split()[0])
        for suite in xml
        for case in suite.iter("testcase")
        if case.find("failure") is not None
    } == {(re.sub("[\x00-\x1f]", "", check), account) for check, account in failed}
    hosts = {host for host, verdict in by_host.items() if verdict.status == "failed"}
    archive_host = document["archive"]["host"]
    expected = {entry["host"] for entry in accounts.values() if entry["status"] == "failed"}
    assert hosts == expected | ({archive_host} if document["archive"]["status"] == "failed" else set())
    unknown = {entry["host"] for entry in accounts.values() if entry["status"] == "not_checked"} - hosts
    assert {host for host, verdict in by_host.items() if verdict.status == "not_checked"} == unknown

    # the problems
    reported = ("failed", "not_checked", "waiting")
    problems = [problem for problem in document["problems"] if problem["status"] in reported]
    assert sum(page.count(f'<article class="group {status}"') for status in reported) == len(problems)
    assert len(problem_lines.summary(evidence)) == len(problems)
    for problem in problems:
        assert problem["title"].split("<")[0] in unescape(page)

    # what was not part of the run
    for check in document["left_out"]:
        assert check_names([check]) in re.search(r"Not part of this run: .*?\.", page)[0]
        assert all(check_names([check]) in verdict.lines[-1] for verdict in by_host.values())

    # and which evidence it is
    assert contents.sha256 == hashlib.sha256(contents.texts["json"].encode()).hexdigest()
    assert contents.sha256 in page
    values = {item.get("value") for item in xml.iter("property") if item.get("name") == "evidence.json.sha256"}
    assert values == {contents.sha256}


def _having(checks: dict[str, str], status: str) -> list[str]:
    return [check for check, own in checks.items() if own == status]


@each
def test_no_status_but_passed_is_called_passed(make: Any) -> None:
    evidence = make()
    page = files.contents(evidence).texts["html"]
    (tone, headline) = re.findall(r'<div class="verdict (\w+)">.*?<h1>(.*?)</h1>', page, re.DOTALL)[0]
    is_green = tone == "passed"
    assert is_green == (make is passed)
    assert is_green or "passed" not in headline or re.search("hours covered|Not part of this run|1 of 4", headline)
    for host, verdict in verdicts.verdicts(evidence).items():
        assert ("passed" in " ".join(verdict.lines)) == verdict.status.startswith("passed"), host
        assert ("passed in part" in " ".join(verdict.lines)) == (verdict.status == "passed_in_part"), host


@each
def test_a_run_that_passed_in_part_is_not_called_passed_in_any_file(make: Any) -> None:
    """A machine that reads only a status gets the same as a reader of the page."""
    evidence = make()
    contents = files.contents(evidence)
    document = json.loads(contents.texts["json"])
    page, xml = contents.texts["html"], ElementTree.fromstring(contents.texts["junit"].encode())
    assert (document["status"] == "passed") == (make is passed)
    assert (document["status"] == "passed_in_part") == (make in (partial, left_out, limited))
    assert f'<div class="verdict {document["status"]}">' in page
    assert (
        document["headline"] == unescape(re.findall("<h1>(.*?)</h1>", page)[0]) == problem_lines.overview(evidence)[0]
    )
    values = {str(item.get("name")): item.get("value") for item in xml.iter("property")}
    assert (values["evidence.status"], values["evidence.headline"]) == (document["status"], document["headline"])
    for account in document["accounts"]:
        assert (account["status"] == "passed_in_part") == (make in (partial, left_out)), account["host"]


def test_an_account_without_a_digest_in_the_range_has_not_passed_as_a_whole() -> None:
    result = fake.integrity(FOUR)
    result["regions"][1]["covered_seconds"] = 6 * 3600
    result["chains"][1]["timeline"] = hours("not_covered", *["valid"] * 6)
    statuses = {entry.account.host: entry.status for entry in report(integrity=result).accounts}
    assert statuses == {
        "security": "passed",
        "staging": "passed",
        "development": "passed",
        "production": "passed_in_part",
    }


@each
def test_terminals_get_single_visible_lines(make: Any) -> None:
    evidence = make()
    lines = [line for verdict in verdicts.verdicts(evidence).values() for line in verdict.lines]
    for line in [*lines, *problem_lines.summary(evidence)]:
        assert line.isprintable(), line
