# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answers of all proofs, rolled up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import rollup

from tests.fakes import fake_evidence as evidence
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MADE, MEMBERS, finding, report

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
UNREAD = {"msg": "AssumeRole failed: AccessDenied.", "failed": False}
OUTSIDE = "999988887777"


def checks(made: dict[str, Any], host: str = "production") -> dict[str, str]:
    (row,) = [row for row in made["accounts"] if row["host"] == host]
    found: dict[str, str] = row["checks"]
    return found


def kinds(made: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item["account"], item["check"], item["kind"]) for item in made["findings"]]


def test_all_is_well() -> None:
    made = report()
    assert (made["status"], made["findings"]) == ("passed", [])
    for account in FOUR:
        assert checks(made, account.host) == dict.fromkeys(("trail", "delivery", "encryption", "integrity"), "passed")
    assert made["archive"]["checks"] == dict.fromkeys(("separation", "deletion", "hardening"), "passed")
    assert {row["status"] for row in made["accounts"]} == {"passed"}
    told = {"status": "passed", "failed": [], "waiting": []}
    assert rollup.verdicts(made) == {account.host: told for account in FOUR}


@pytest.mark.parametrize("status", [FAILED, WAITING])
@pytest.mark.parametrize("check", ["delivery", "encryption"])
def test_one_finding_is_one_cell(check: str, status: str) -> None:
    found = [finding(PRODUCTION.id, check, "silent", status=status, region="us-east-1")]
    made = report(delivery=evidence.delivery(FOUR, found))
    assert {name: cell for name, cell in checks(made).items() if cell != "passed"} == {check: status}
    (row,) = [row for row in made["accounts"] if row["status"] != "passed"]
    assert (row["account"], row["status"], row["regions"]["us-east-1"][check]) == (PRODUCTION.id, status, status)
    assert made["status"] == status
    assert rollup.verdicts(made)["production"][status] == [f"silent in {PRODUCTION.id}. Mend it."]
    assert rollup.verdicts(made)["staging"]["status"] == "passed"


def test_the_worst_of_several_findings_counts() -> None:
    found = [
        finding(PRODUCTION.id, "delivery", "late", status=WAITING),
        finding(PRODUCTION.id, "delivery", "silent", status=FAILED),
        finding(PRODUCTION.id, "delivery", "odd", status=INFO),
    ]
    assert checks(report(delivery=evidence.delivery(FOUR, found)))["delivery"] == FAILED


def test_what_is_worth_knowing_fails_nobody() -> None:
    found = [finding(PRODUCTION.id, "cost", "duplicate", status=INFO)]
    made = report(trails={a.host: evidence.trails_of(a, found if a is PRODUCTION else ()) for a in FOUR})
    assert (checks(made)["cost"], made["status"]) == (INFO, "passed")
    assert [row["status"] for row in made["accounts"]] == ["passed"] * 4


def test_a_proof_that_was_not_asked_for_has_no_column() -> None:
    made = report(integrity=None, access=None)
    assert set(checks(made)) == {"trail", "delivery", "encryption"}
    assert (made["archive"]["checks"], made["access"], made["status"]) == ({}, None, "passed")


@pytest.mark.parametrize(
    ("source", "check", "not_checked"),
    [("delivery", "delivery", {"delivery", "encryption"}), ("integrity", "integrity", {"integrity"})],
)
def test_a_proof_that_could_not_answer_fails_the_archive_and_no_cell_passes(
    source: str, check: str, not_checked: set[str]
) -> None:
    made = report(**{source: UNREAD})
    assert kinds(made) == [("", check, "unread")]
    assert {name for name, cell in checks(made).items() if cell == "not_checked"} == not_checked
    assert made["status"] == made["archive"]["status"] == FAILED
    (sentence,) = rollup.verdicts(made)["security"]["failed"]
    assert f"cloudtrail_{source}_info could not answer: AssumeRole failed: AccessDenied." in sentence
    assert rollup.verdicts(made)["production"]["status"] == "passed"


def test_an_account_that_could_not_be_read_fails_itself() -> None:
    trails = dict(evidence.answers().trails) | {"production": UNREAD}
    made = report(trails=trails)
    assert kinds(made) == [(PRODUCTION.id, "trail", "unread")]
    assert rollup.verdicts(made)["production"]["status"] == FAILED
    assert rollup.verdicts(made)["security"]["status"] == "passed"


def test_a_host_that_failed_earlier_is_reported() -> None:
    trails = dict(evidence.answers().trails)
    del trails["production"]
    made = report(trails=trails)
    (told,) = made["findings"]
    assert (told["account"], told["kind"], checks(made)["trail"]) == (PRODUCTION.id, "unread", FAILED)
    assert "failed earlier in this run" in told["message"]


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (evidence.LONG_AGO, FAILED),
        ("2026-11-25T14:00:00Z", WAITING),
        ("2026-11-25T12:20:01Z", WAITING),
        ("2026-11-25T12:20:00Z", FAILED),
        ("", FAILED),
    ],
)
def test_silence_is_no_proof(since: str, status: str) -> None:
    """The range of integrity holds nothing of one account: it waits if its trail has begun just now."""
    made = report(
        integrity=evidence.integrity(FOUR, chains={PRODUCTION.id: []}),
        trails={a.host: evidence.trails_of(a, since=since if a is PRODUCTION else evidence.LONG_AGO) for a in FOUR},
    )
    assert kinds(made) == [(PRODUCTION.id, "integrity", "empty")]
    assert checks(made)["integrity"] == status


def test_that_there_is_nothing_to_validate_yet_is_no_failure() -> None:
    """What the module of integrity fails is waited for where the trail has begun just now, and told once."""
    found = [finding(account.id, "integrity", "empty") for account in (PRODUCTION, STAGING)]
    made = report(
        integrity=evidence.integrity(FOUR, found, {PRODUCTION.id: [], STAGING.id: []}),
        trails={a.host: evidence.trails_of(a, since=MADE if a is PRODUCTION else evidence.LONG_AGO) for a in FOUR},
    )
    assert len(made["findings"]) == 2
    assert [checks(made, host)["integrity"] for host in ("production", "staging")] == [WAITING, FAILED]


def test_silence_of_the_delivery_is_no_proof_either() -> None:
    answer = evidence.delivery([ARCHIVE, STAGING, DEVELOPMENT])
    made = report(delivery=answer)
    assert kinds(made) == [(PRODUCTION.id, "delivery", "empty")]


def test_what_concerns_the_archive_goes_to_its_host() -> None:
    found = [finding("", "separation", "overlap"), finding(ARCHIVE.id, "separation", "foreign")]
    told = rollup.verdicts(report(access=evidence.access(FOUR, found)))
    assert {host: verdict["status"] for host, verdict in told.items()} == {
        **dict.fromkeys([member.host for member in MEMBERS], "passed"),
        "security": FAILED,
    }
    assert len(told["security"]["failed"]) == 2


def limited(**changes: Any) -> dict[str, Any]:
    """A run over production only, of an inventory of four."""
    scene = replace(evidence.scene([PRODUCTION]), inventory=evidence.scene().inventory)
    return rollup.report(scene, evidence.answers([PRODUCTION], **changes))


def test_out_of_the_limit_the_archive_goes_to_the_first_host() -> None:
    made = limited(access=evidence.access(FOUR, [finding("", "separation", "overlap")]))
    assert rollup.verdicts(made)["production"]["status"] == FAILED
    assert (len(made["accounts"]), made["inventory"]) == (1, 4)


def test_accounts_out_of_the_limit_are_neither_judged_nor_unexpected() -> None:
    noted = [finding(account.id, "delivery", "unexpected", status=INFO) for account in (ARCHIVE, STAGING)]
    silent = [finding(DEVELOPMENT.id, "delivery", "silent"), finding(OUTSIDE, "delivery", "unexpected", status=INFO)]
    listed = [ARCHIVE.id, STAGING.id, OUTSIDE]
    made = limited(delivery=evidence.delivery([PRODUCTION], [*noted, *silent], unexpected_accounts=listed))
    assert [item["account"] for item in made["findings"]] == [OUTSIDE]
    assert (made["unexpected_accounts"], made["status"]) == ([OUTSIDE], "passed")


def test_controls_are_told_once_for_all_accounts() -> None:
    control = {"id": "CloudTrail.5", "title": "To CloudWatch Logs", "status": "failed", "message": "It does not."}
    note = finding(STAGING.id, "controls", "control", status=INFO, resource="CloudTrail.5")
    trails = {a.host: evidence.trails_of(a, [note] if a is STAGING else []) for a in FOUR}
    trails["staging"]["controls"].append(control)
    trails["production"]["controls"] += [{**control, "status": "passed"}, {**control, "id": "CloudTrail.10"}]
    made = report(trails=trails)
    names = [item["id"] for item in made["controls"]]
    assert names == ["CloudTrail.1", "CloudTrail.2", "CloudTrail.4", "CloudTrail.5", "CloudTrail.10", "KMS.4"]
    (told,) = [item for item in made["controls"] if item["id"] == "CloudTrail.5"]
    assert (told["passed"], told["failed"]) == (1, [{"account": STAGING.id, "message": "It does not."}])
    assert made["findings"] == []


def test_a_severe_control_fails() -> None:
    found = [finding(PRODUCTION.id, "controls", "control", resource="CloudTrail.6")]
    trails = dict(evidence.answers().trails) | {"production": evidence.trails_of(PRODUCTION, found)}
    assert checks(report(trails=trails))["controls"] == FAILED


def test_a_host_is_told_ten_things_and_how_many_more() -> None:
    found = [finding(PRODUCTION.id, "integrity", "missing", resource=f"key-{n}") for n in range(25)]
    said = rollup.verdicts(report(integrity=evidence.integrity(FOUR, found)))["production"]["failed"]
    assert len(said) == 11
    assert said[-1] == "And 15 more, which the evidence lists."


def test_evidence_that_could_not_be_written_fails_the_run() -> None:
    told = rollup.verdicts(report(), "No space is left.")
    assert told["security"] == {"status": FAILED, "failed": ["No space is left."], "waiting": []}
    assert told["production"]["status"] == "passed"
