# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two evidences compared: what is new, unchanged and gone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import WAITING, Finding
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import comparison, files, html, rollup
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.comparison import EvidenceReadError
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, SHA, finding, report

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
LOG = "AWSLogs/{}/CloudTrail/us-east-1/2026/11/{}/{}_CloudTrail_us-east-1_202611{}T1355Z_{}.json.gz"


def with_findings(*findings: Finding, **changes: Any) -> Evidence:
    return report(**{"delivery": fake.delivery(FOUR, findings), **changes})


def written(evidence: Evidence, **changes: Any) -> bytes:
    return json.dumps({**evidence.as_json(), **changes}).encode()


def compared(before: Evidence, now: Evidence) -> Evidence:
    return rollup.compared(now, comparison.parse(written(before), "old.json"))


def test_new_unchanged_and_gone() -> None:
    before = with_findings(finding(PRODUCTION.id, "delivery", "silent"), finding(STAGING.id, "delivery", "stale_log"))
    now = compared(
        before, with_findings(finding(PRODUCTION.id, "delivery", "silent"), finding(STAGING.id, "delivery", "future"))
    )
    assert now.comparison is not None
    assert (now.comparison.new, now.comparison.unchanged, now.comparison.not_compared) == (1, 1, 0)
    assert [problem.kind for problem in now.comparison.gone] == ["stale_log"]
    assert {problem.kind: problem.change for problem in now.problems} == {"silent": "unchanged", "future": "new"}
    assert now.comparison.accounts == []


def test_a_problem_that_grew_names_what_is_new() -> None:
    before = with_findings(finding(PRODUCTION.id, "delivery", "silent"))
    now = compared(before, with_findings(*(finding(account.id, "delivery", "silent") for account in MEMBERS)))
    (problem,) = now.problems
    assert problem.change == "unchanged"
    assert {entry.host: entry.change for entry in problem.affected} == {
        "production": "unchanged",
        "staging": "new",
        "development": "new",
    }
    assert "unchanged, 2 findings more" in html.render(now, SHA)


def test_statuses_of_accounts() -> None:
    before = with_findings(finding(PRODUCTION.id, "delivery", "silent"))
    now = compared(before, with_findings(finding(STAGING.id, "delivery", "silent")))
    assert now.comparison is not None
    assert [(change.host, change.before, change.now) for change in now.comparison.accounts] == [
        ("production", "failed", "passed"),
        ("staging", "passed", "failed"),
    ]
    page = html.render(now, SHA)
    assert "passed before" in page and "No longer found" in page


def test_the_status_of_the_log_archive() -> None:
    """Its account has a status of its own, which is the same."""
    before = report()
    now = compared(before, with_findings(access=fake.access(FOUR, [finding("", "separation", "overlap")])))
    assert now.comparison is not None and now.comparison.archive is not None
    assert now.comparison.accounts == []
    assert now.comparison.as_json()["archive"] == {
        "account": ARCHIVE.id,
        "host": ARCHIVE.host,
        "before": "passed",
        "now": "failed",
    }
    assert f'Log archive security <span class="id">{ARCHIVE.id}</span></span> passed, now failed' in html.render(
        now, SHA
    )
    for same in (compared(before, report()), compared(before, report(access=None))):
        assert same.comparison is not None and same.comparison.archive is None
    new = compared(report(access=None), report()).comparison
    assert new is not None and new.archive is not None and (new.archive.before, new.archive.now) == ("", "passed")


def test_times_do_not_make_a_finding_new() -> None:
    """Neither the time in the texts, nor that of the newest object, whose key differs in each run."""

    def wrong_key(day: str, suffix: str) -> Finding:
        key = LOG.format(PRODUCTION.id, day, PRODUCTION.id, day, suffix)
        return finding(
            PRODUCTION.id,
            "encryption",
            "wrong_key",
            resource=key,
            since=f"2026-11-{day}T13:55:00Z",
            message=f"{day}: the newest log file has another key.",
            remediation=f"If you did that after 2026-11-{day}T13:55:00Z, wait.",
        )

    now = compared(with_findings(wrong_key("18", "aaaa")), with_findings(wrong_key("25", "bbbb")))
    assert now.comparison is not None
    assert (now.comparison.new, now.comparison.unchanged, list(now.comparison.gone)) == (0, 1, [])


def test_another_object_is_another_finding_of_integrity() -> None:
    before, after = (
        report(integrity=fake.integrity(FOUR, [finding(PRODUCTION.id, "integrity", "tampered", resource=key)]))
        for key in (LOG.format(1, 24, 1, 24, "a"), LOG.format(1, 25, 1, 25, "b"))
    )
    now = compared(before, after)
    assert now.comparison is not None
    assert (now.comparison.new, now.comparison.unchanged, len(now.comparison.gone)) == (1, 0, 1)


def test_a_wait_that_became_a_failure_is_new() -> None:
    now = compared(
        with_findings(finding(PRODUCTION.id, "delivery", "silent", status=WAITING)),
        with_findings(finding(PRODUCTION.id, "delivery", "silent")),
    )
    assert [problem.change for problem in now.problems] == ["new"]


def test_what_was_not_checked_again_is_not_gone() -> None:
    before = report(
        integrity=fake.integrity(FOUR, [finding(PRODUCTION.id, "integrity", "tampered")]),
        delivery=fake.delivery(FOUR, [finding(STAGING.id, "delivery", "silent")]),
        access=fake.access(FOUR, [finding("", "separation", "overlap")]),
    )
    limited = report(
        [PRODUCTION], fake.context([PRODUCTION], inventory=fake.context().inventory), integrity=None, access=None
    )
    now = compared(before, limited)
    assert now.comparison is not None
    assert (list(now.comparison.gone), now.comparison.not_compared) == ([], 3)


def test_version_1_is_accepted() -> None:
    before = with_findings(finding(PRODUCTION.id, "trail", "not_logging"))
    content = before.as_json()
    old = {key: content[key] for key in ("format", "made", "status", "accounts", "archive", "findings")}
    for entry in old["findings"]:
        del entry["cause"]
    previous = comparison.parse(json.dumps({**old, "version": 1}).encode(), "old.json")
    now = rollup.compared(with_findings(finding(PRODUCTION.id, "trail", "not_logging", cause="not_logging")), previous)
    assert [problem.change for problem in now.problems] == ["unchanged"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        written(report(), format="another"),
        written(report(), version=3),
        written(report(), accounts=[1]),
        written(report(), accounts={"a": "b"}),
        written(report(), findings=["x"]),
        written(report(), findings=[{"status": "<b>"}]),
        written(report(), archive=None),
    ],
    ids=range(13),
)
def test_a_file_that_is_not_evidence_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(
        EvidenceReadError, match="^previous: old.json is not a valid evidence.json .* Set central_logging_previous_"
    ):
        comparison.parse(content, "old.json")


def test_a_file_that_does_not_exist_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EvidenceReadError, match="^previous: .*/no.json could not be read: No such file or directory. "):
        files.previous(str(tmp_path / "no.json"))


def test_evidence_of_another_archive_is_refused() -> None:
    other = comparison.parse(written(report(), archive={"id": "999988887777"}), "old.json")
    with pytest.raises(EvidenceReadError, match=f"log archive 999988887777, and this run is about {ARCHIVE.id}"):
        rollup.compared(report(), other)


def test_the_earlier_evidence_is_named_by_its_hash(tmp_path: Path) -> None:
    contents = files.contents(report())
    path = files.write(str(tmp_path), contents)["json"]
    previous = files.previous(path)
    assert previous.sha256 == contents.sha256 == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    now = rollup.compared(report(), previous)
    assert now.as_json()["comparison"]["sha256"] == contents.sha256
    assert contents.sha256 in html.render(now, SHA)


def test_r1_the_newest_digests_that_an_evidence_contains() -> None:
    before = json.loads(written(report()))
    account = before["accounts"][1]
    newest = "2026-11-25T14:00:00Z"
    account["coverage"] = {
        "us-west-2": {"covered_seconds": 60, "newest_verified_digest": newest},
        "us-east-2": {"covered_seconds": 60, "newest_verified_digest": None},
        "eu-west-1": {"covered_seconds": 0, "newest_verified_digest": newest},
        "us-east-1": {},
    }
    verified = comparison.parse(json.dumps(before).encode(), "old.json").verified
    assert verified[account["account"]] == {"us-west-2": newest, "us-east-2": ""}
    del account["coverage"]  # as in version 1
    assert comparison.parse(json.dumps(before).encode(), "old.json").verified[account["account"]] == {}


@pytest.mark.parametrize("coverage", [["us-west-2"], {"us-west-2": 1}, "us-west-2"])
def test_r1_a_coverage_of_another_form_is_refused(coverage: Any) -> None:
    before = json.loads(written(report()))
    before["accounts"][1]["coverage"] = coverage
    with pytest.raises(EvidenceReadError):
        comparison.parse(json.dumps(before).encode(), "old.json")


@pytest.mark.parametrize("region", ["../../x", "", "us-east-1 ", "US-EAST-1", "r" * 5000, "us-east-1\nus-west-2"])
def test_a_name_that_is_not_a_region_is_refused(region: str) -> None:
    """The names of an earlier evidence become options of cloudtrail_integrity_info."""
    before = json.loads(written(report()))
    before["accounts"][1]["coverage"] = {"us-west-2": {"covered_seconds": 60}, region: {"covered_seconds": 60}}
    with pytest.raises(EvidenceReadError, match="old.json is not a valid evidence.json"):
        comparison.parse(json.dumps(before).encode(), "old.json")
    before["accounts"][1]["coverage"][region] = {"covered_seconds": None}  # an object was delivered there, not verified
    comparison.parse(json.dumps(before).encode(), "old.json")


@pytest.mark.parametrize("account", ["", "../../x", "1" * 13, "x" * 12])
def test_a_name_that_is_not_an_account_is_refused(account: str) -> None:
    before = json.loads(written(report()))
    before["accounts"][1] |= {"account": account, "coverage": {"us-west-2": {"covered_seconds": 60}}}
    with pytest.raises(EvidenceReadError, match="old.json is not a valid evidence.json"):
        comparison.parse(json.dumps(before).encode(), "old.json")


@pytest.mark.parametrize("time", ["today", "2026-13-01T00:00:00Z", 7])
def test_a_digest_without_a_valid_time_is_refused(time: Any) -> None:
    before = json.loads(written(report()))
    before["accounts"][1]["coverage"] = {"us-west-2": {"covered_seconds": 60, "newest_verified_digest": time}}
    with pytest.raises(EvidenceReadError, match="old.json is not a valid evidence.json"):
        comparison.parse(json.dumps(before).encode(), "old.json")
