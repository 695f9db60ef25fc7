# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results of all info modules, rolled up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import verdicts
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import InventoryAccount
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import ControlFailure, Evidence
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.verdicts import HostVerdict

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MADE, MEMBERS, finding, report

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
UNREAD: dict[str, Any] = {"msg": "AssumeRole failed: AccessDenied.", "failed": False}
OUTSIDE = "999988887777"


def passed_verdict(account: InventoryAccount) -> HostVerdict:
    line = (
        f"Account {account.id}{' and the log archive' if account is ARCHIVE else ''} passed. Verified digests cover 24"
        f" of 24 hours. Age of the newest log file: 0 s, of the newest digest: 0 s."
    )
    return HostVerdict(status="passed", failed=[], waiting=[], not_checked=[], lines=[line], reason="")


def checks(evidence: Evidence, host: str = "production") -> Mapping[str, str]:
    (row,) = [row for row in evidence.accounts if row.account.host == host]
    return row.checks


def kinds(evidence: Evidence) -> list[tuple[str, str, str]]:
    return [(item.account, item.check, item.kind) for item in evidence.findings]


def test_everything_passes() -> None:
    evidence = report()
    assert (evidence.status, evidence.findings) == ("passed", [])
    for account in FOUR:
        passed = dict.fromkeys(("trail", "delivery", "encryption", "integrity"), "passed")
        assert checks(evidence, account.host) == passed
    assert evidence.archive.checks == dict.fromkeys(("separation", "deletion", "hardening"), "passed")
    assert {row.status for row in evidence.accounts} == {"passed"}
    assert verdicts.verdicts(evidence) == {account.host: passed_verdict(account) for account in FOUR}


@pytest.mark.parametrize("status", [FAILED, WAITING])
@pytest.mark.parametrize("check", ["delivery", "encryption"])
def test_one_finding_is_one_cell(check: str, status: str) -> None:
    findings = [finding(PRODUCTION.id, check, "silent", status=status, region="us-east-1")]
    evidence = report(delivery=fake.delivery(FOUR, findings))
    assert {name: cell for name, cell in checks(evidence).items() if cell != "passed"} == {check: status}
    (row,) = [row for row in evidence.accounts if row.status != "passed"]
    assert (row.account.id, row.status, row.regions["us-east-1"][check]) == (PRODUCTION.id, status, status)
    assert evidence.status == status
    verdict = verdicts.verdicts(evidence)["production"]
    assert getattr(verdict, status) == [f"silent in {PRODUCTION.id}. Repair it."]
    assert verdicts.verdicts(evidence)["staging"].status == "passed"


def test_the_worst_of_several_findings_counts() -> None:
    findings = [
        finding(PRODUCTION.id, "delivery", "late", status=WAITING),
        finding(PRODUCTION.id, "delivery", "silent", status=FAILED),
        finding(PRODUCTION.id, "delivery", "odd", status=INFO),
    ]
    assert checks(report(delivery=fake.delivery(FOUR, findings)))["delivery"] == FAILED


def test_an_info_finding_fails_no_account() -> None:
    findings = [finding(PRODUCTION.id, "cost", "duplicate", status=INFO)]
    evidence = report(trails={a.host: fake.trails_of(a, findings if a is PRODUCTION else ()) for a in FOUR})
    assert (checks(evidence)["cost"], evidence.status) == (INFO, "passed")
    assert [row.status for row in evidence.accounts] == ["passed"] * 4


@pytest.mark.parametrize("result", [None, {"skipped": True, "changed": False}])
def test_a_module_that_was_not_requested_has_no_column(result: dict[str, Any] | None) -> None:
    evidence = report(integrity=result, access=result)
    assert set(checks(evidence)) == {"trail", "delivery", "encryption"}
    assert (evidence.archive.checks, evidence.access, evidence.status) == ({}, None, "passed_in_part")


@pytest.mark.parametrize(
    ("source", "check", "not_checked"),
    [("delivery", "delivery", {"delivery", "encryption"}), ("integrity", "integrity", {"integrity"})],
)
def test_a_module_that_failed_fails_the_archive_and_no_cell_passes(
    source: str, check: str, not_checked: set[str]
) -> None:
    changes: dict[str, Any] = {source: UNREAD}
    evidence = report(**changes)
    assert kinds(evidence) == [("", check, "unread")]
    assert {name for name, cell in checks(evidence).items() if cell == "not_checked"} == not_checked
    assert evidence.status == evidence.archive.status == FAILED
    (message,) = verdicts.verdicts(evidence)["security"].failed
    assert f"cloudtrail_{source}_info failed: AssumeRole failed: AccessDenied." in message
    production = verdicts.verdicts(evidence)["production"]
    assert (production.status, production.failed) == ("not_checked", [])
    assert production.lines == [
        f"Not checked: {', '.join(sorted(not_checked)).capitalize()} of account {PRODUCTION.id}:"
        f" cloudtrail_{source}_info failed: AssumeRole failed: AccessDenied. Host security reports the remediation."
    ]


def test_an_account_that_could_not_be_read_fails_itself() -> None:
    trails = {**fake.results().trails, "production": UNREAD}
    evidence = report(trails=trails)
    assert kinds(evidence) == [(PRODUCTION.id, "trail", "unread")]
    assert verdicts.verdicts(evidence)["production"].status == FAILED
    assert verdicts.verdicts(evidence)["security"].status == "passed"


def test_a_host_that_failed_earlier_is_reported() -> None:
    trails = dict(fake.results().trails)
    del trails["production"]
    evidence = report(trails=trails)
    (item,) = evidence.findings
    assert (item.account, item.kind, checks(evidence)["trail"]) == (PRODUCTION.id, "unread", FAILED)
    assert next(iter(checks(evidence))) == "trail"
    assert "failed earlier in this run" in item.message


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (fake.LONG_AGO, FAILED),
        ("2026-11-25T14:00:00Z", WAITING),
        ("2026-11-25T12:20:01Z", WAITING),
        ("2026-11-25T14:20:01+02:00", WAITING),
        ("2026-11-25T14:20:00+02:00", FAILED),
        ("2026-11-25T12:20:00Z", FAILED),
        ("", FAILED),
    ],
)
def test_an_account_without_digests_fails_unless_its_trail_has_just_begun(since: str, status: str) -> None:
    evidence = report(
        integrity=fake.integrity(FOUR, chains={PRODUCTION.id: []}),
        trails={a.host: fake.trails_of(a, since=since if a is PRODUCTION else fake.LONG_AGO) for a in FOUR},
    )
    assert kinds(evidence) == [(PRODUCTION.id, "integrity", "empty")]
    assert checks(evidence)["integrity"] == status
    assert evidence.findings[0].remediation.startswith("No action is needed before") is (status == WAITING)


def test_an_empty_range_that_the_module_reports_waits_if_the_trail_has_just_begun() -> None:
    """The module reports it as failed, and the report does not repeat it."""
    findings = [finding(account.id, "integrity", "empty") for account in (PRODUCTION, STAGING)]
    evidence = report(
        integrity=fake.integrity(FOUR, findings, {PRODUCTION.id: [], STAGING.id: []}),
        trails={a.host: fake.trails_of(a, since=MADE if a is PRODUCTION else fake.LONG_AGO) for a in FOUR},
    )
    assert len(evidence.findings) == 2
    assert [checks(evidence, host)["integrity"] for host in ("production", "staging")] == [WAITING, FAILED]
    remediations = {item.account: item.remediation for item in evidence.findings}
    assert remediations == {
        PRODUCTION.id: "No action is needed before 2026-11-25T16:20:00Z.",
        STAGING.id: "Repair it.",
    }


def test_an_account_without_deliveries_is_a_finding() -> None:
    evidence = report(delivery=fake.delivery([ARCHIVE, STAGING, DEVELOPMENT]))
    assert kinds(evidence) == [(PRODUCTION.id, "delivery", "empty")]


def test_findings_about_the_archive_go_to_its_host() -> None:
    findings = [finding("", "separation", "overlap"), finding(ARCHIVE.id, "separation", "foreign")]
    by_host = verdicts.verdicts(report(access=fake.access(FOUR, findings)))
    assert {host: verdict.status for host, verdict in by_host.items()} == {
        **dict.fromkeys([member.host for member in MEMBERS], "passed"),
        "security": FAILED,
    }
    assert len(by_host["security"].failed) == 2


def limited(**changes: Any) -> Evidence:
    """A run over production only, of an inventory of four."""
    return report([PRODUCTION], fake.context([PRODUCTION], inventory=fake.context().inventory), **changes)


def test_without_the_log_archive_host_its_findings_go_to_the_first_host() -> None:
    evidence = limited(access=fake.access(FOUR, [finding("", "separation", "overlap")]))
    assert verdicts.verdicts(evidence)["production"].status == FAILED
    assert (len(evidence.accounts), len(evidence.inventory)) == (1, 4)


def test_accounts_outside_the_limit_are_neither_judged_nor_unexpected() -> None:
    unexpected = [finding(account.id, "delivery", "unexpected", status=INFO) for account in (ARCHIVE, STAGING)]
    silent = [finding(DEVELOPMENT.id, "delivery", "silent"), finding(OUTSIDE, "delivery", "unexpected", status=INFO)]
    listed = [ARCHIVE.id, STAGING.id, OUTSIDE]
    evidence = limited(delivery=fake.delivery([PRODUCTION], [*unexpected, *silent], unexpected_accounts=listed))
    assert [item.account for item in evidence.findings] == [OUTSIDE]
    assert (evidence.unexpected_accounts, evidence.status) == ([OUTSIDE], "passed_in_part")


def test_each_control_is_listed_once_for_all_accounts() -> None:
    control = {"id": "CloudTrail.5", "title": "To CloudWatch Logs", "status": "failed", "message": "No log group."}
    note = finding(STAGING.id, "controls", "control", status=INFO, resource="CloudTrail.5")
    trails = {a.host: fake.trails_of(a, [note] if a is STAGING else []) for a in FOUR}
    trails["staging"]["controls"].append(control)
    trails["production"]["controls"] += [{**control, "status": "passed"}, {**control, "id": "CloudTrail.10"}]
    trails["development"]["controls"].append({**control, "status": "not_checked"})
    evidence = report(trails=trails)
    names = [summary.id for summary in evidence.controls]
    assert names == ["CloudTrail.1", "CloudTrail.2", "CloudTrail.4", "CloudTrail.5", "CloudTrail.10", "KMS.4"]
    (summary,) = [summary for summary in evidence.controls if summary.id == "CloudTrail.5"]
    assert (summary.passed, summary.not_checked) == (1, 1)
    assert summary.failed == [ControlFailure(account=STAGING.id, message="No log group.")]
    assert evidence.findings == []


def test_a_control_of_the_bucket_is_counted_once() -> None:
    """The accounts cannot decide it, and the log archive is one of them."""
    open_control = {"id": "CloudTrail.7", "title": "Access logs", "status": "not_checked", "message": "In the archive."}
    trails = {a.host: fake.trails_of(a) for a in FOUR}
    for result in trails.values():
        result["controls"].append(open_control)
    for status, counts in (("passed", (1, 0, 0)), ("failed", (0, 0, 1)), ("not_checked", (0, 4, 0))):
        decided = fake.access(FOUR, controls=[{**open_control, "status": status}])
        (summary,) = [item for item in report(trails=trails, access=decided).controls if item.id == "CloudTrail.7"]
        assert (summary.passed, summary.not_checked, len(summary.failed)) == counts


def test_a_control_that_the_archive_repeats_has_the_more_severe_result() -> None:
    control = {"id": "S3.22", "title": "Writes", "status": "failed", "message": "No trail records writes."}
    trails = {**fake.results().trails, "security": fake.trails_of(ARCHIVE)}
    trails["security"]["controls"].append(control)
    evidence = report(trails=trails, access=fake.access(FOUR, controls=[{**control, "status": "passed"}]))
    (summary,) = [item for item in evidence.controls if item.id == "S3.22"]
    assert (summary.passed, [failure.account for failure in summary.failed]) == (0, [ARCHIVE.id])


def test_a_severe_control_fails() -> None:
    findings = [finding(PRODUCTION.id, "controls", "control", resource="CloudTrail.6")]
    trails = {**fake.results().trails, "production": fake.trails_of(PRODUCTION, findings)}
    assert checks(report(trails=trails))["controls"] == FAILED


def test_a_verdict_has_one_line_for_each_problem_and_the_number_of_the_others() -> None:
    kinds = ("missing", "tampered", "replaced", "malformed", "unverified", "gap", "unexpected")
    findings = [finding(PRODUCTION.id, "integrity", kind, resource=f"key-{n}") for n in range(25) for kind in kinds]
    messages = verdicts.verdicts(report(integrity=fake.integrity(FOUR, findings)))["production"].failed
    assert messages[0].endswith("Resource: key-0. This host has 24 more findings of this problem. Repair it.")
    assert len(messages) == verdicts.LINE_LIMIT + 1
    assert messages[-1] == "The evidence contains 2 more problems."


def test_evidence_that_could_not_be_written_fails_the_run() -> None:
    by_host = verdicts.verdicts(report(), ["No space is left."])
    assert (by_host["security"].status, by_host["security"].lines) == (FAILED, ["No space is left."])
    assert by_host["production"] == passed_verdict(PRODUCTION)


def test_the_json_repeats_what_the_modules_returned() -> None:
    """With keys that the report itself does not use."""
    results = fake.results()
    assert results.delivery and results.integrity and results.access
    results.trails["production"]["duplicates"].append({"message": "Twice.", "trails": ["a", "b"]})
    results.integrity["chains"][0]["backfill"] = False
    content = report(**vars(results)).as_json()
    assert content["deliveries"] == results.delivery["deliveries"]
    assert content["chains"] == results.integrity["chains"]
    assert content["duplicates"] == results.trails["production"]["duplicates"]
    assert content["access"] == {
        name: results.access[name]
        for name in ("encrypt", "decrypt", "read", "delete", "overlap", "foreign_statements", "hardening")
    }
    assert (content["made"], content["range"]) == (MADE, {"start": fake.START, "end": fake.END})
