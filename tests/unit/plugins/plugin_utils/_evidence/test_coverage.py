# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was covered, how old the newest objects are, and that nothing passes that could not be looked at."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import coverage, page_data, verdicts
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import END, FOUR, MADE, MEMBERS, START, finding, hours, report

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
SIX = hours("not_covered", *["valid"] * 6)
OTHERS = [account for account in FOUR if account is not PRODUCTION]
NOTHING: dict[str, Any] = {"log": None, "digest": None}


def checks(evidence: Evidence, host: str = "production") -> dict[str, str]:
    (row,) = [row for row in evidence.accounts if row.account.host == host]
    return dict(row.checks)


def with_regions(*, newest_digest: str = END, timeline: list[dict[str, str]] | None = None, seconds: int) -> Evidence:
    """Production has digests over so many seconds of the range, and a timeline that shows no other period."""
    result = fake.integrity(FOUR, chains={PRODUCTION.id: timeline or hours(*["valid"] * 24)})
    for entry in result["regions"]:
        if entry["account"] == PRODUCTION.id:
            entry |= {"covered_seconds": seconds, "newest_digest": newest_digest}
    return report(integrity=result)


def test_the_whole_range_is_covered() -> None:
    evidence = report()
    page = page_data.build(evidence)
    assert evidence.as_json()["coverage"] == {
        "range_seconds": 86400,
        "least_covered_seconds": 86400,
        "most_covered_seconds": 86400,
        "uncovered_log_files": 0,
        "complete": True,
    }
    assert (page.tone, page.headline) == ("passed", "All checks passed in 4 accounts and in the log archive.")
    assert "24 of 24 hours covered." in page.lines


def test_d8_six_of_24_hours_are_in_the_headline_and_the_page_is_not_green() -> None:
    evidence = report(integrity=fake.integrity(FOUR, chains={account.id: SIX for account in FOUR}))
    page = page_data.build(evidence)
    assert evidence.status == "passed_in_part"
    assert (
        page.headline
        == "Passed in part: all checks passed in 4 accounts and in the log archive. 6 of 24 hours covered."
    )
    assert page.tone == "passed_in_part"
    assert evidence.as_json()["coverage"]["complete"] is False


def test_d8_accounts_with_different_hours() -> None:
    page = page_data.build(report(integrity=fake.integrity(FOUR, chains={PRODUCTION.id: SIX})))
    assert page.headline.endswith("6 to 24 of 24 hours covered.")


def test_a_result_without_hours_is_not_green() -> None:
    result = fake.integrity(FOUR)
    del result["regions"]
    page = page_data.build(report(integrity=result))
    assert (page.tone, page.headline.endswith("The hours covered were not counted.")) == ("passed_in_part", True)
    assert {row.ages.hours for row in page.fleet.rows} == {"not checked"}


def test_the_last_hour_needs_no_digest_yet() -> None:
    evidence = with_regions(seconds=23 * 3600, newest_digest="2026-11-25T13:00:00Z")
    page = page_data.build(evidence)
    assert (evidence.status, page.tone) == ("passed", "passed")
    assert "23 to 24 of 24 hours covered." in page.lines


def test_hours_are_rounded_to_a_tenth() -> None:
    seconds = (0, 359, 82_711, 86_000, 86_397, 86_400)
    assert [coverage.hours(item) for item in seconds] == ["0", "0.1", "23", "23.9", "24", "24"]


@pytest.mark.parametrize(
    ("seconds", "newest_digest"),
    [(23 * 3600, END), (20 * 3600, "2026-11-25T10:00:00Z"), (0, ""), (86400 - 301, END)],
)
def test_hours_that_nothing_explains_do_not_pass(seconds: int, newest_digest: str) -> None:
    evidence = with_regions(seconds=seconds, newest_digest=newest_digest)
    assert checks(evidence)["integrity"] == FAILED
    (item,) = evidence.findings
    assert (item.account, item.region, item.kind) == (PRODUCTION.id, "us-east-1", "partly_covered")
    assert verdicts.verdicts(evidence)["production"].status == FAILED


def test_hours_that_a_finding_or_the_timeline_explains_are_not_reported_again() -> None:
    assert with_regions(seconds=6 * 3600, timeline=SIX).findings == []
    result = fake.integrity(FOUR, [finding(PRODUCTION.id, "integrity", "continues_elsewhere", status=INFO)])
    result["regions"][1]["covered_seconds"] = 0
    assert [item.kind for item in report(integrity=result).findings] == ["continues_elsewhere"]


def test_what_was_not_checked_explains_hours() -> None:
    result = fake.integrity(FOUR, [finding(PRODUCTION.id, "integrity", "unknown_start", status="not_checked")])
    result["regions"][1]["covered_seconds"] = 0
    assert [item.kind for item in report(integrity=result).findings] == ["unknown_start"]


@pytest.mark.parametrize(
    ("check", "kind", "status"),
    [
        ("integrity", "not_expected", INFO),
        ("integrity", "moved", INFO),
        ("integrity", "not_covered", WAITING),
        ("encryption", "wrong_key", INFO),
        ("encryption", "wrong_key", FAILED),
    ],
)
def test_other_findings_do_not_explain_hours(check: str, kind: str, status: str) -> None:
    result = fake.integrity(FOUR, [finding(PRODUCTION.id, check, kind, status=status)])
    result["regions"][1]["covered_seconds"] = 0
    assert "partly_covered" in [item.kind for item in report(integrity=result).findings]


def test_hours_of_a_trail_that_has_just_begun_wait() -> None:
    result = fake.integrity(FOUR)
    result["regions"][1]["covered_seconds"] = 0
    trails = {a.host: fake.trails_of(a, since=MADE if a is PRODUCTION else fake.LONG_AGO) for a in FOUR}
    assert checks(report(integrity=result, trails=trails))["integrity"] == WAITING


def test_b16_without_objects_the_encryption_is_not_checked() -> None:
    silent = [finding(PRODUCTION.id, "delivery", "silent")]
    deliveries = fake.delivery(OTHERS, silent)
    evidence = report(delivery=deliveries)
    assert checks(evidence) == {
        "trail": "passed",
        "delivery": FAILED,
        "encryption": "not_checked",
        "integrity": "passed",
    }


@pytest.mark.parametrize("entry", [NOTHING, {"log": {"encryption": None, "time": MADE}, "digest": None}])
def test_b16_objects_whose_encryption_is_unknown_are_not_checked(entry: dict[str, Any]) -> None:
    result = fake.delivery(FOUR)
    result["deliveries"][1] |= entry
    evidence = report(delivery=result)
    (row,) = [row for row in evidence.accounts if row.account is PRODUCTION]
    assert (row.checks["encryption"], row.regions["us-east-1"]["encryption"]) == ("not_checked", "not_checked")
    assert (evidence.status, row.status) == ("not_checked", "not_checked")
    verdict = verdicts.verdicts(evidence)["production"]
    assert verdict.lines == [
        f"Not checked: The encryption of account {PRODUCTION.id} was not checked because no object was read that has a"
        " known encryption. Run the verification again, with a role that can read the newest objects"
        " (central_logging_verify_role_arn)."
    ]


def test_b16_a_new_fleet_waits_and_its_encryption_is_not_checked() -> None:
    silent = [finding(account.id, "delivery", "silent", status=WAITING) for account in FOUR]
    empty = [finding(account.id, "integrity", "empty") for account in FOUR]
    evidence = report(
        trails={account.host: fake.trails_of(account, since=MADE) for account in FOUR},
        delivery=fake.delivery([], silent),
        integrity=fake.integrity(FOUR, empty, {account.id: [] for account in FOUR}),
    )
    assert checks(evidence)["encryption"] == "not_checked"
    assert {account.status for account in evidence.accounts} == {evidence.status} == {WAITING}


def test_b16_without_the_key_the_encryption_is_not_compared() -> None:
    assert checks(report(access={"msg": "AccessDenied."}))["encryption"] == "not_checked"


def test_b16_an_account_of_which_only_a_fact_is_known_has_not_passed() -> None:
    """The module says that the folder is empty, as information, because it was not asked for accounts."""
    empty = [finding(PRODUCTION.id, "integrity", "empty", status=INFO)]
    evidence = report(integrity=fake.integrity(FOUR, empty, {PRODUCTION.id: []}))
    assert checks(evidence)["integrity"] == FAILED
    assert verdicts.verdicts(evidence)["production"].status == FAILED


def test_b17_without_the_log_archive_host_its_checks_are_not_checked_and_belong_to_no_host() -> None:
    no_archive = fake.inputs.InventoryAccount(host="", id="")
    evidence = report(MEMBERS, fake.context(MEMBERS, archive=no_archive), access={"skipped": True})
    assert evidence.archive.checks == dict.fromkeys(("separation", "deletion", "hardening"), "not_checked")
    assert evidence.status == "not_checked"
    by_host = verdicts.verdicts(evidence)
    assert {host: verdict.status for host, verdict in by_host.items()} == {m.host: "passed" for m in MEMBERS}
    assert page_data.build(evidence).headline == "Not everything was checked: the log archive."


def test_b17_a_module_that_failed_fails_the_first_host() -> None:
    no_archive = fake.inputs.InventoryAccount(host="", id="111122223333")
    evidence = report(MEMBERS, fake.context(MEMBERS, archive=no_archive), delivery={"msg": "Denied."}, access=None)
    assert verdicts.verdicts(evidence)["production"].status == FAILED


def test_ages_of_the_newest_objects() -> None:
    result = fake.integrity(FOUR)
    result["regions"][1] |= {"newest_log_file": "2026-11-25T14:12:00Z", "newest_digest": "2026-11-25T13:20:00Z"}
    result["regions"][1] |= {"uncovered_log_files": 7, "oldest_uncovered": "2026-11-25T13:25:00Z"}
    deliveries = fake.delivery(FOUR)
    deliveries["deliveries"][1] |= {"log": {"time": "2026-11-25T14:16:00Z", "encryption": "aws:kms"}, "digest": None}
    evidence = report(delivery=deliveries, integrity=result)
    entry = evidence.as_json()["accounts"][1]["coverage"]["us-east-1"]
    assert entry == {
        "newest_log_file": "2026-11-25T14:16:00Z",
        "newest_log_file_age": 240,
        "newest_digest": "2026-11-25T13:20:00Z",
        "newest_digest_age": 3600,
        "newest_verified_digest": "2026-11-25T13:20:00Z",
        "range_seconds": 86400,
        "covered_seconds": 86400,
        "log_files": 288,
        "verified_log_files": 288,
        "uncovered_log_files": 7,
        "oldest_uncovered": "2026-11-25T13:25:00Z",
        "oldest_uncovered_age": 3300,
    }
    (ages,) = [row.ages for row in page_data.build(evidence).fleet.rows if row.account is PRODUCTION]
    assert (ages.log, ages.digest, ages.hours) == ("4 min", "1 h", "24 of 24")
    assert ages.uncovered == "7 log files without a digest, the oldest 55 min old"


def test_ages_over_several_regions() -> None:
    result = fake.delivery(FOUR)
    log = {"encryption": "aws:kms"}
    result["deliveries"] += [
        {"account": PRODUCTION.id, "region": "eu-west-1", "log": None, "digest": {**log, "time": START}},
        {
            "account": PRODUCTION.id,
            "region": "eu-west-2",
            "log": {**log, "time": START},
            "digest": {**log, "time": END},
        },
    ]
    evidence = report(delivery=result)
    (row,) = [row for row in page_data.build(evidence).fleet.rows if row.account is PRODUCTION]
    assert (row.ages.log, row.ages.digest) == ("0 s to none", "0 s to 1 d 20 min")
    assert [region.ages.log for region in row.regions] == ["none", "1 d 20 min", "0 s"]


def test_that_the_next_digest_or_another_trail_is_waited_for_explains_no_hours() -> None:
    waits = [
        {"start": "2026-11-24T14:00:00Z", "end": "2026-11-25T13:00:00Z", "status": "valid"},
        {"start": "2026-11-25T13:00:00Z", "end": "2026-11-25T14:00:00Z", "status": "waiting"},
    ]
    ended = finding(PRODUCTION.id, "integrity", "missing", status=INFO)
    result = fake.integrity(FOUR, [ended], chains={PRODUCTION.id: waits})
    result["regions"][1]["covered_seconds"] = 0
    assert "partly_covered" in [item.kind for item in report(integrity=result).findings]
