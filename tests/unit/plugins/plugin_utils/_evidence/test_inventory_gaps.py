# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts that the run could not configure, and accounts that the inventory lacks, in the evidence."""

from __future__ import annotations

from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import verdicts
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence

from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, context, report

PRODUCTION, STAGING, _DEVELOPMENT = MEMBERS
REASON = "Configure the trail failed. CreateTrail in account 444455556666 failed: AccessDenied: no."


def lines(evidence: Evidence, host: str) -> str:
    return " ".join(verdicts.verdicts(evidence)[host].lines)


def test_a11_an_account_that_could_not_be_configured_fails_with_the_reason() -> None:
    evidence = report(run=context(failures={PRODUCTION.id: REASON}))
    assert evidence.status == "failed"
    assert {row.account.host for row in evidence.accounts if row.status != "passed"} == {"production"}
    assert REASON in lines(evidence, "production")
    assert "run the playbook again" in lines(evidence, "production")


def test_a11_a_failed_account_outside_of_the_run_is_named_by_the_log_archive() -> None:
    evidence = report(run=context(failures={"222233334444": REASON}))
    assert REASON in lines(evidence, ARCHIVE.host)


def test_a9_accounts_that_the_inventory_lacks_are_named_and_fail_nothing() -> None:
    unlisted = [f"{number:012d}" for number in range(50)]
    evidence = report(run=context(FOUR, unlisted=unlisted))
    assert evidence.status == "passed"
    (entry,) = [entry for entry in evidence.findings if entry.kind == "not_in_inventory"]
    assert "(50): 000000000000," in entry.message and "and 30 more" in entry.message
    assert evidence.as_json()["unlisted_accounts"] == unlisted
