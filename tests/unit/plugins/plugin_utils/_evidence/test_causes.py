# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The problems behind the findings: one cause is one problem, and only what it can cause is its effect."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING, Finding
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import cause_rules, causes, verdicts
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.causes import ReportedProblem

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, finding, report

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
HOSTS = {account.id: account.host for account in FOUR}
STOPPED = "2026-11-25T05:12:00Z"
KMS_ERROR = (
    "Trail x cannot deliver log files, and has not delivered any yet: KMS.DisabledException (the key is disabled)."
)
UNREADABLE = "AWS does not return the object: KMS.DisabledException: the key is disabled."
LAST = "No digest of trail x follows: logging was disabled. No digest covers the time from A to B."


def grouped(*findings: Finding) -> list[ReportedProblem]:
    return causes.reported_problems(sorted(findings), HOSTS)


def key_disabled(**changes: str) -> Finding:
    texts = {"message": "Key k is in state Disabled.", "remediation": "Enable key k.", "cause": "key_disabled"}
    return finding("", "hardening", "key_state", **{**texts, **changes})


def effects_of_a_disabled_key(account: str, since: str = "") -> list[Finding]:
    """The findings of an account that today's modules return, each with advice that does not fit."""
    return [
        finding(account, "trail", "delivery_error", message=KMS_ERROR, remediation="Run archive.yml."),
        finding(account, "trail", "digest_error", message=KMS_ERROR, remediation="Run archive.yml."),
        finding(account, "delivery", "stale_log", region="us-east-1", since=since, remediation="Check the trail."),
        finding(account, "delivery", "stale_digest", region="us-east-1", since=since, remediation="Check the trail."),
        finding(account, "integrity", "missing", region="us-east-1", message=LAST, remediation="Find StopLogging."),
        finding(account, "integrity", "unreadable", region="us-east-1", message=UNREADABLE, remediation="Grant."),
    ]


def test_e9_a_disabled_key_is_one_problem_with_its_own_remediation() -> None:
    effects = [effect for account in MEMBERS for effect in effects_of_a_disabled_key(account.id)]
    (problem,) = grouped(key_disabled(), *effects)
    assert (problem.status, problem.cause, problem.kind) == (FAILED, "key_disabled", "key_state")
    assert (problem.title, problem.remediation) == ("The key is disabled", "Enable key k.")
    assert problem.checks == ["hardening", "trail", "delivery", "integrity"]
    assert problem.accounts == sorted(account.id for account in MEMBERS)
    assert len(problem.affected) == 1 + len(effects)
    assert [entry.effect for entry in problem.affected] == [False, *[True] * len(effects)]


def test_e9_the_checks_of_each_account_stay_failed_and_each_host_reads_one_line() -> None:
    effects = effects_of_a_disabled_key(PRODUCTION.id) + effects_of_a_disabled_key(STAGING.id)
    by_check = {check: [item for item in effects if item.check == check] for check in ("delivery", "integrity")}
    evidence = report(
        delivery=fake.delivery(FOUR, by_check["delivery"]),
        integrity=fake.integrity(FOUR, by_check["integrity"]),
        access=fake.access(FOUR, [key_disabled()]),
    )
    statuses = {account.account.host: account.checks for account in evidence.accounts}
    assert statuses["production"] == {
        "trail": "passed",
        "delivery": FAILED,
        "encryption": "passed",
        "integrity": FAILED,
    }
    by_host = verdicts.verdicts(evidence)
    assert {host: len(verdict.failed) for host, verdict in by_host.items()} == {
        "security": 1,
        "production": 1,
        "staging": 1,
        "development": 0,
    }
    (line,) = by_host["production"].failed
    assert line == (
        f"Log archive {ARCHIVE.id}: Key k is in state Disabled. This also fails the checks delivery, integrity of"
        f" account {PRODUCTION.id}. The problem affects 2 accounts. Enable key k."
    )


def test_e9_effects_with_the_same_cause_are_listed_under_what_states_it() -> None:
    same = [
        finding(account.id, "integrity", "unreadable", cause="key_disabled", remediation="Grant.") for account in FOUR
    ]
    (problem,) = grouped(key_disabled(), *same)
    assert (problem.lead.check, problem.remediation) == ("hardening", "Enable key k.")


def test_a_cause_has_its_own_remediation_even_if_nothing_states_it() -> None:
    (problem,) = grouped(finding(PRODUCTION.id, "integrity", "unreadable", cause="key_disabled", remediation="Grant."))
    assert problem.title == "The key is disabled"
    assert problem.remediation == cause_rules.CAUSES["key_disabled"].remediation


def test_an_object_with_a_customer_provided_key_is_one_problem_of_both_modules() -> None:
    read = finding(
        PRODUCTION.id, "integrity", "unreadable", cause="customer_key", message="AWS returns InvalidRequest."
    )
    head = finding(PRODUCTION.id, "encryption", "unreadable", message="HeadObject returns 400.")
    (problem,) = grouped(read, head)
    assert problem.title == cause_rules.CAUSES["customer_key"].title and problem.lead.check == "integrity"
    assert len(grouped(read, replace(head, message="HeadObject returns 404."))) == 2


@pytest.mark.parametrize(
    "other",
    [
        finding(PRODUCTION.id, "integrity", "tampered"),
        finding(
            PRODUCTION.id, "integrity", "missing", message="The object does not exist, although a digest names it."
        ),
        finding(
            PRODUCTION.id, "integrity", "unreadable", message="AWS does not return the object: InvalidObjectState."
        ),
        finding(PRODUCTION.id, "encryption", "unreadable", message="HeadObject returns 404."),
        finding(PRODUCTION.id, "encryption", "wrong_key"),
        finding(PRODUCTION.id, "trail", "delivery_error", message="NoSuchBucket (the bucket does not exist)."),
        finding(
            PRODUCTION.id, "trail", "delivery_error", message="AccessDenied (the bucket policy or key policy ...)."
        ),
        finding("", "separation", "overlap"),
    ],
    ids=lambda item: f"{item.check}-{item.kind}-{item.message[:12]}",
)
def test_e9_a_disabled_key_does_not_explain_what_it_cannot_cause(other: Finding) -> None:
    assert len(grouped(key_disabled(), other)) == 2


@pytest.mark.parametrize("newest", ["2026-11-25T04:50:00Z", "2026-11-25T06:00:00Z", ""])
def test_a_stopped_trail_explains_its_stale_digests(newest: str) -> None:
    stopped = finding(PRODUCTION.id, "trail", "not_logging", since=STOPPED)
    stale = finding(PRODUCTION.id, "delivery", "stale_digest", region="eu-west-1", since=newest)
    assert len(grouped(stopped, stale)) == 1


def test_a_stopped_trail_does_not_explain_what_began_long_before() -> None:
    stopped = finding(PRODUCTION.id, "trail", "not_logging", since=STOPPED)
    stale = finding(PRODUCTION.id, "delivery", "stale_digest", since="2026-11-24T20:00:00Z")
    gap = finding(PRODUCTION.id, "integrity", "gap", since="2026-11-24T20:00:00Z")
    assert len(grouped(stopped, stale, gap)) == 3


def test_a_stopped_trail_explains_nothing_of_another_account() -> None:
    stopped = finding(PRODUCTION.id, "trail", "not_logging")
    assert len(grouped(stopped, finding(STAGING.id, "delivery", "silent"))) == 2


def test_a_fact_to_know_explains_no_failure() -> None:
    stopped = finding(PRODUCTION.id, "trail", "not_logging", status=INFO)
    failed, info = grouped(stopped, finding(PRODUCTION.id, "delivery", "silent"))
    assert (failed.kind, failed.status, info.kind, info.status) == ("silent", FAILED, "not_logging", INFO)


def test_a_wait_explains_no_failure() -> None:
    waiting = finding(PRODUCTION.id, "delivery", "silent", status=WAITING)
    empty = finding(PRODUCTION.id, "integrity", "empty")
    assert [problem.status for problem in grouped(waiting, empty)] == [FAILED, WAITING]


def test_a_single_region_trail_explains_other_regions_only() -> None:
    single = finding(PRODUCTION.id, "trail", "single_region", region="us-east-1")
    home, other = (finding(PRODUCTION.id, "delivery", "silent", region=name) for name in ("us-east-1", "eu-west-1"))
    by_kind = {problem.kind: problem for problem in grouped(single, home, other)}
    assert [entry.region for entry in by_kind["silent"].affected] == ["us-east-1"]
    assert [entry.region for entry in by_kind["single_region"].affected] == ["us-east-1", "eu-west-1"]


@pytest.mark.parametrize(
    ("root", "effect"),
    [
        ("separation/overlap", "separation/unexpected_decrypter"),
        ("separation/unexpected_reader", "separation/writer"),
        ("deletion/unexpected_deleter", "separation/indirect_reader"),
        ("separation/public", "separation/overlap"),
    ],
)
def test_access_of_a_principal_explains_other_access_of_the_same_principal_only(root: str, effect: str) -> None:
    first = finding("", *root.split("/"), resource="arn:aws:iam::999900001111:role/A")
    same = finding("", *effect.split("/"), resource=first.resource, remediation="Remove role A.")
    other = finding("", *effect.split("/"), resource="arn:aws:iam::999900001111:role/B", remediation="Remove role A.")
    problems = grouped(first, same, other)
    assert sorted(len(problem.affected) for problem in problems) == [1, 2]
    assert {problem.kind: problem.lead.resource for problem in problems} == {
        first.kind: first.resource,
        other.kind: other.resource,
    }


@pytest.mark.parametrize(
    ("root", "control"),
    [("separation/public", "KMS.5"), ("separation/public", "S3.2"), ("deletion/unexpected_deleter", "S3.6")],
)
def test_access_explains_the_control_about_it(root: str, control: str) -> None:
    first = finding("", *root.split("/"), resource="anyone")
    failed = finding("", "hardening", "control", message=f"{control}, The title: it fails.")
    unrelated = finding(
        "", "hardening", "control", message="S3.14, Versioning is on: it is off.", remediation="Run it."
    )
    by_kind = {problem.kind: problem for problem in grouped(first, failed, unrelated)}
    assert [entry.message for entry in by_kind[first.kind].affected[1:]] == [failed.message]
    assert [entry.message for entry in by_kind["control"].affected] == [unrelated.message]


@pytest.mark.parametrize("kind", ["future", "other_day"])
def test_an_object_that_somebody_put_there_is_one_problem(kind: str) -> None:
    """The validation of digests and the search for the newest object report it."""
    planted = finding(PRODUCTION.id, "delivery", kind, region="us-east-1")
    for root in (
        finding(PRODUCTION.id, "integrity", "unexpected", region="us-east-1"),
        finding(PRODUCTION.id, "integrity", "malformed", region="us-east-1", cause="digest_invalid"),
    ):
        assert len(grouped(root, planted)) == 1
        assert len(grouped(replace(root, region="eu-west-1"), planted)) == 2


def test_the_cause_of_a_cause_counts() -> None:
    """The key explains the error of the trail, and the error explains the silence."""
    error = finding(PRODUCTION.id, "trail", "delivery_error", message=KMS_ERROR)
    silent = finding(PRODUCTION.id, "delivery", "silent", region="us-east-1")
    empty = finding(PRODUCTION.id, "integrity", "empty", region="us-east-1")
    (problem,) = grouped(key_disabled(), error, silent, empty)
    assert problem.cause == "key_disabled"


def test_no_rule_explains_its_own_root() -> None:
    """A circle of rules would never end."""
    arrows = {
        (root, name)
        for rule in cause_rules.RULES
        for root in rule.roots
        for effect in rule.effects
        for name in effect.names
    }
    names = {name for arrow in arrows for name in arrow}
    settled: set[str] = set()
    while ready := {name for name in names if {root for root, effect in arrows if effect == name} <= settled} - settled:
        settled |= ready
    assert settled == names


@pytest.mark.parametrize(
    "texts",
    [
        ("Wait until 2026-11-25T14:00:00Z.", "Wait until 2026-11-25T14:00:31Z."),
        ("It is 3 h 20 min old.", "It is 59 min old."),
        ("Look at AWSLogs/1/a.json.gz.", "Look at AWSLogs/2/b.json.gz."),
        ("Allow arn:aws:iam::111122223333:role/A here.", "Allow arn:aws:iam::444455556666:role/B here."),
        ("Check that trail sectrailprod is logging.", "Check that trail sectrail-staging is logging."),
        ("Key 0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e.", "Key 1a9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6f."),
    ],
)
def test_texts_that_differ_in_times_and_names_are_one_problem(texts: tuple[str, str]) -> None:
    items = [
        finding(account.id, "delivery", "silent", remediation=text)
        for account, text in zip((PRODUCTION, STAGING), texts, strict=True)
    ]
    (problem,) = grouped(*items)
    assert problem.remediation == max(texts)
    assert {entry.remediation for entry in problem.affected} == {"", min(texts)}


@pytest.mark.parametrize(
    "change",
    [{"remediation": "Do another thing."}, {"kind": "stale_log"}, {"status": WAITING}, {"check": "encryption"}],
)
def test_different_problems_stay_apart(change: dict[str, str]) -> None:
    first = finding(PRODUCTION.id, "delivery", "silent")
    assert len(grouped(first, finding(**{"account": STAGING.id, "check": "delivery", "kind": "silent", **change}))) == 2


def test_the_widest_of_the_most_severe_comes_first_and_the_archive_before_it() -> None:
    items: list[Finding] = [
        finding(PRODUCTION.id, "integrity", "gap"),
        *(finding(account.id, "integrity", "tampered") for account in MEMBERS),
        finding("", "deletion", "not_denied"),
        *(finding(account.id, "delivery", "silent", status=WAITING) for account in FOUR),
        finding("", "separation", "foreign_statement", status=INFO),
    ]
    order = [problem.kind for problem in grouped(*items)]
    assert order == ["not_denied", "tampered", "gap", "silent", "foreign_statement"]


def test_since_is_the_earliest_time_of_the_cause_and_not_of_its_effects() -> None:
    roots = [
        finding(account.id, "trail", "not_logging", since=time)
        for account, time in ((PRODUCTION, STOPPED), (STAGING, "2026-11-25T04:00:00Z"))
    ]
    stale = finding(STAGING.id, "delivery", "stale_log", since="2026-11-25T01:00:00Z")
    (problem,) = grouped(*roots, stale)
    assert problem.since == "2026-11-25T04:00:00Z"
    assert len(problem.affected) == 3


def test_every_finding_is_in_one_problem() -> None:
    items: list[Finding] = [
        key_disabled(),
        *(effect for account in MEMBERS for effect in effects_of_a_disabled_key(account.id)),
        *(finding(account.id, "integrity", kind) for account in FOUR for kind in ("tampered", "empty", "gap")),
        *(finding(account.id, "trail", kind) for account in MEMBERS for kind in ("not_logging", "no_validation")),
    ]
    listed = [entry for problem in grouped(*items) for entry in problem.affected]
    assert len(listed) == len(set(items))
    keys = ("account", "region", "check", "kind", "resource", "status", "message", "since")
    assert {tuple(asdict(entry)[key] for key in keys) for entry in listed} == {
        tuple(asdict(item)[key] for key in keys) for item in items
    }


def test_every_cause_has_words() -> None:
    for cause, text in cause_rules.CAUSES.items():
        assert len(text.title.split()) >= 3, cause
        assert text.remediation.endswith("."), cause
