# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host prints: one line for each problem."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import WAITING
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import problem_lines, verdicts

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import FOUR, MADE, MEMBERS, finding, report

PRODUCTION = MEMBERS[0]


def test_d4_a_wait_is_one_line_for_each_host_with_its_deadline() -> None:
    wait = "No action is needed before 2026-11-25T16:20:00Z: wait for the first delivery."
    silent = [
        finding(account.id, "delivery", "silent", status=WAITING, remediation=wait, message=f"Nothing of {account.id}.")
        for account in FOUR
    ]
    empty = [finding(account.id, "integrity", "empty") for account in FOUR]
    evidence = report(
        trails={account.host: fake.trails_of(account, since=MADE) for account in FOUR},
        delivery=fake.delivery([], silent),
        integrity=fake.integrity(FOUR, empty, {account.id: [] for account in FOUR}),
    )
    lines = {host: verdict.lines for host, verdict in verdicts.verdicts(evidence).items()}
    assert {len(own) for own in lines.values()} == {1}
    for account in FOUR:
        assert lines[account.host] == [
            f"Waiting: Account {account.id}: nothing was delivered. No action is needed before 2026-11-25T16:20:00Z."
        ]
    (line,) = problem_lines.summary(evidence)
    assert "The problem affects 4 accounts." in line and line.startswith("Waiting: ")
    assert problem_lines.overview(evidence) == [
        "Waiting: 4 of 4 accounts.",
        f"Waiting: Nothing was delivered, in 4 accounts (staging, security, production and 1 more). {wait}",
    ]


def test_d4_the_first_run_of_a_large_fleet_is_explained_once() -> None:
    """The remediation, which is needed only after the deadline, is in one line of the run, and in no line of a host."""
    accounts = fake.many(5000)
    wait = "No action is needed before 2026-11-25T16:20:00Z: wait for it. After that: check the trail."
    silent = [finding(account.id, "delivery", "silent", status=WAITING, remediation=wait) for account in accounts]
    trails = {account.host: fake.trails_of(account, since=MADE) for account in accounts}
    chains: dict[str, Any] = {account.id: [] for account in accounts}
    evidence = report(
        accounts, trails=trails, delivery=fake.delivery([], silent), integrity=fake.integrity(accounts, chains=chains)
    )
    overview = problem_lines.overview(evidence)
    assert len(overview) == 2 and "and 4,997 more)" in overview[1] and overview[1].endswith("check the trail.")
    for verdict in verdicts.verdicts(evidence).values():
        assert [len(line) < 150 and "After that" not in line for line in verdict.lines] == [True]


def test_d4_the_overview_has_no_sentence_that_a_failing_host_prints() -> None:
    findings = [
        finding(PRODUCTION.id, "integrity", kind, resource="k", message=f"{kind}!") for kind in ("gap", "tampered")
    ]
    evidence = report(integrity=fake.integrity(FOUR, findings))
    verdict = verdicts.verdicts(evidence)["production"]
    overview = " ".join(problem_lines.overview(evidence))
    assert "Failed: A log file or digest was changed, in 1 account (production)." in overview
    assert len(verdict.lines) == 2 and not [line for line in verdict.lines if line in overview]
    assert "Repair it." not in overview
    assert verdict.reason == (
        f"Account {PRODUCTION.id} did not pass: Logging or log file validation was interrupted; A log file or"
        " digest was changed."
    )
    assert not [line for line in verdict.lines if line in verdict.reason]


def test_the_lines_of_a_run_with_many_problems_are_bounded() -> None:
    findings = [finding(PRODUCTION.id, "integrity", f"kind_{number}", resource="k") for number in range(30)]
    evidence = report(integrity=fake.integrity(FOUR, findings))
    overview = problem_lines.overview(evidence)
    assert len(overview) == 1 + problem_lines.OVERVIEW_LIMIT + 1
    assert overview[-1] == "The evidence contains 10 more problems."
    verdict = verdicts.verdicts(evidence)["production"]
    assert verdict.lines[-1] == "The evidence contains 25 more problems."
    assert verdict.reason.endswith("; and 27 more problems.")


def test_a_wait_that_needs_an_action_keeps_its_remediation() -> None:
    late = finding(PRODUCTION.id, "integrity", "not_covered", status=WAITING, message="It is late.")
    (line,) = verdicts.verdicts(report(integrity=fake.integrity(FOUR, [late])))["production"].lines
    assert line == f"Waiting: Account {PRODUCTION.id}: It is late. Repair it."


def test_a_check_that_another_host_reports_has_a_reason_of_bounded_length() -> None:
    for source in ("delivery", "integrity"):
        changes: dict[str, Any] = {source: {"msg": f"It failed: {'x ' * 500}"}}
        (line,) = verdicts.verdicts(report(**changes))["staging"].lines
        assert f"of account {MEMBERS[1].id}: cloudtrail_{source}_info failed: It failed: x x" in line
        assert line.endswith(" x ... Host security reports the remediation.")
        assert len(line) < 330


def test_d4_five_thousand_accounts_are_one_line_for_each_problem() -> None:
    accounts = fake.many(5000)
    silent = [finding(account.id, "delivery", "silent", region=f"region-{n}") for account in accounts for n in range(3)]
    evidence = report(accounts, delivery=fake.delivery(accounts, silent))
    (line,) = problem_lines.summary(evidence)
    assert "The problem affects 5,000 accounts." in line
    assert {len(verdict.failed) for verdict in verdicts.verdicts(evidence).values()} == {1}
    (own,) = verdicts.verdicts(evidence)["team-7"].failed
    assert own == (
        "silent in 200000000007. This host has 2 more findings of this problem. The problem affects 5,000 accounts."
        " Repair it."
    )


def test_a_host_reads_its_own_remediation() -> None:
    texts = {PRODUCTION.id: "Wait until 2026-11-25T14:00:00Z.", MEMBERS[1].id: "Wait until 2026-11-25T15:00:00Z."}
    silent = [finding(account, "delivery", "silent", remediation=text) for account, text in texts.items()]
    by_host = verdicts.verdicts(report(delivery=fake.delivery(FOUR, silent)))
    for account in MEMBERS[:2]:
        assert by_host[account.host].failed[0].endswith(texts[account.id])


def test_what_could_not_be_read_fails_the_host_and_has_not_passed() -> None:
    unread = finding(
        PRODUCTION.id, "trail", "events_not_checked", status="not_checked", message="GetEventSelectors is denied."
    )
    trails = {a.host: fake.trails_of(a, [unread] if a is PRODUCTION else ()) for a in FOUR}
    evidence = report(trails=trails)
    assert evidence.status == "not_checked"
    verdict = verdicts.verdicts(evidence)["production"]
    assert (verdict.status, verdict.failed) == ("not_checked", [])
    assert verdict.not_checked == [f"Account {PRODUCTION.id}: GetEventSelectors is denied. Repair it."]
    assert verdict.lines == [f"Not checked: Account {PRODUCTION.id}: GetEventSelectors is denied. Repair it."]
    assert verdicts.verdicts(evidence)["staging"].not_checked == []
    assert problem_lines.summary(evidence) == [
        f"Not checked: Account {PRODUCTION.id}: GetEventSelectors is denied. Repair it."
    ]


def test_what_could_not_be_read_is_printed_beside_what_failed() -> None:
    findings = [
        finding(PRODUCTION.id, "trail", "not_logging", message="It stopped."),
        finding(PRODUCTION.id, "trail", "history_not_checked", status="not_checked", message="It is denied."),
    ]
    trails = {a.host: fake.trails_of(a, findings if a is PRODUCTION else ()) for a in FOUR}
    lines = verdicts.verdicts(report(trails=trails))["production"].lines
    assert [line.partition(f"Account {PRODUCTION.id}: ")[::2] for line in lines] == [
        ("", "It stopped. Repair it."),
        ("Not checked: ", "It is denied. Repair it."),
    ]


@pytest.mark.parametrize("source", ["delivery", "integrity", "access"])
def test_a_module_that_failed_fails_the_log_archive_host_only(source: str) -> None:
    changes: dict[str, Any] = {source: {"msg": "Denied."}}
    by_host = verdicts.verdicts(report(**changes))
    assert {host for host, verdict in by_host.items() if verdict.failed or verdict.not_checked} == {"security"}
    assert by_host["production"].lines[0].startswith("Not checked: ")


def test_a_check_that_is_unknown_for_no_reported_reason_fails_its_host() -> None:
    result = fake.delivery(FOUR)
    result["deliveries"][1] |= {"log": None, "digest": None}
    by_host = verdicts.verdicts(report(delivery=result))
    (line,) = by_host["production"].not_checked
    assert line.startswith(f"The encryption of account {PRODUCTION.id} was not checked because no object was read")
    assert by_host["staging"].not_checked == []


def test_a_passed_account_says_what_passed_and_what_was_not_part_of_the_run() -> None:
    by_host = verdicts.verdicts(report(integrity=None, access=None))
    assert by_host["production"].lines == [
        f"Account {PRODUCTION.id} passed in part. Age of the newest log file: 0 s, of the newest digest: 0 s.",
        "Not part of this run: integrity, access, deletion, hardening.",
    ]
    assert by_host["security"].lines[0].startswith(f"Account {FOUR[0].id} passed in part.")
    only_trails = verdicts.verdicts(report(delivery=None, integrity=None, access=None))
    assert only_trails["staging"].lines == [
        f"Account {MEMBERS[1].id} passed in part.",
        "Not part of this run: delivery, encryption, integrity, access, deletion, hardening.",
    ]


def test_a_waiting_account_says_what_was_not_part_of_the_run() -> None:
    silent = [finding(PRODUCTION.id, "delivery", "silent", status=WAITING)]
    verdict = verdicts.verdicts(report(delivery=fake.delivery(FOUR, silent), integrity=None))["production"]
    assert verdict.status == WAITING
    assert verdict.lines[-1] == "Not part of this run: integrity."


def test_each_line_names_its_account_once() -> None:
    findings = [finding(PRODUCTION.id, "delivery", "silent", message=text) for text in ("It is silent.", "It waits.")]
    evidence = report(
        delivery=fake.delivery(FOUR, findings),
        access=fake.access(FOUR, [finding("", "separation", "overlap", message="Key k is open.")]),
    )
    by_host = verdicts.verdicts(evidence)
    assert by_host["production"].failed == [
        f"Account {PRODUCTION.id}: It is silent. This host has 1 more finding of this problem. Repair it."
    ]
    assert by_host["security"].failed == [f"Log archive {FOUR[0].id}: Key k is open. Repair it."]


@pytest.mark.parametrize(
    ("message", "remediation"),
    [
        ("DescribeKey in account 1 failed: NotFoundException: Alias a is not found.", "Run archive.yml, or correct "),
        (
            "GetBucketPolicy failed: NoSuchBucket: It does not exist.",
            "If the name is wrong, correct central_logging_bu",
        ),
        ("ListObjectsV2 failed: ExpiredToken: The provided token has expired.", "Get new credentials, with a longer"),
        ("DescribeTrails failed: TrailNotFoundException: x.", "Fix the cause of this error"),
    ],
)
def test_what_a_failed_module_needs(message: str, remediation: str) -> None:
    (problem,) = report(access={"msg": message}).problems
    assert problem.remediation.startswith(remediation)


def test_a_bucket_that_s3_denies_without_naming_a_permission_is_one_problem() -> None:
    """As S3 does if another account owns the bucket. A permission that S3 names may be missing besides."""
    denied = {"msg": "ListObjectsV2 in account 1 failed: AccessDenied: Access Denied (request id r)."}
    policy = {"msg": "GetBucketPolicy in account 1 failed: AccessDenied: Access Denied (request id s)."}
    (problem,) = report(access=policy, delivery=denied, integrity=denied).problems
    assert problem.cause == "bucket_closed" and "log-archive account owns the bucket" in problem.remediation
    assert [entry.check for entry in problem.affected] == ["separation", "delivery", "integrity"]
    named = {"msg": "GetBucketPolicy failed: AccessDenied: User: u is not authorized to perform: s3:GetBucketPolicy."}
    assert len(report(access=named, delivery=denied, integrity=denied).problems) == 2
