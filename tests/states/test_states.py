# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""verify.yml in many states of the sandbox: it fails exactly the hosts concerned, and passes what is sound.

A fixed share of the rows runs by default. With STATES=all in the environment all of them run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    NOT_CHECKED,
    WAITING,
    Finding,
)

from tests.states.areas import TABLE
from tests.states.conftest import ORGANIZATION, Bases
from tests.states.fleet import ARCHIVE, DEVELOPMENT, PRODUCTION, STAGING
from tests.states.in_process import Run, Verification
from tests.states.table import Kinds, Row

HOSTS = {ARCHIVE: "security", PRODUCTION: "production", STAGING: "staging", DEVELOPMENT: "development"}
SEED, SHARE = 8, 40


def chosen() -> list[Row]:
    """The rows of this run, in the order of their bases."""
    everything = os.environ.get("STATES") == "all" or len(TABLE) <= SHARE
    rows = TABLE if everything else random.Random(SEED).sample(TABLE, SHARE)
    return sorted(rows, key=lambda row: (row.base, row.name))


def parameter(row: Row) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=row.fault)] if row.fault else []
    return pytest.param(row, id=row.name, marks=marks)


@pytest.mark.parametrize("row", [parameter(row) for row in chosen()])
def test_state(row: Row, bases: Bases, verification: Verification) -> None:
    fleet = bases.restore(row.base)
    variables = dict(row.change(fleet) or {})
    removed = variables.pop("without_host", "")
    if removed:
        verification = Verification(without=removed)
    elif row.base == ORGANIZATION:
        verification = Verification(inventory=bases.organization_inventory)
    run = verification.run(fleet.sandbox.environment(), limit=variables.pop("limit", ""), **variables)
    assert run.evidence is not None, run.messages
    findings = run.evidence.findings
    shown = "\n".join(str(finding) for finding in findings if finding.status != INFO)
    assert by_host(findings, FAILED) == {host: kinds for host, kinds in row.fails.items() if kinds}, shown
    assert set(run.failing) == set(row.fails), run.messages
    assert by_host(findings, WAITING) == dict(row.waits), shown
    assert row.informs <= {(finding.check, finding.kind) for finding in findings if finding.status == INFO}
    assert not row.absent & {(finding.check, finding.kind) for finding in findings}, shown
    check_words(row, run)
    assert not_checked(run) == row.not_checked
    if not row.fails:
        assert run.evidence.status in ([WAITING] if row.waits else ["passed", "passed_in_part"])


def by_host(findings: Iterable[Finding], status: str) -> dict[str, Kinds]:
    """The checks and kinds of the findings of a status, for each host that reports them."""
    kinds: dict[str, set[tuple[str, str]]] = {}
    for finding in findings:
        if finding.status == status:
            host = HOSTS.get(finding.account, "security")
            kinds.setdefault(host, set()).add((finding.check, finding.kind))
    return {host: frozenset(found) for host, found in kinds.items()}


def check_words(row: Row, run: Run) -> None:
    """The sentences that an operator reads name the cause, and what to do."""
    evidence = run.evidence
    problems = [problem for problem in evidence.problems if problem.status in (FAILED, WAITING, NOT_CHECKED)]
    named = [finding for finding in evidence.findings if (finding.check, finding.kind) in row.informs]
    bad = [finding for finding in evidence.findings if finding.status in (FAILED, WAITING)]
    remedies = "\n".join(text.remediation for text in (*problems, *named))
    messages = "\n".join(
        [*(problem.message for problem in problems), *(f"{f.resource}: {f.message}" for f in (*bad, *named))]
    )
    for words in row.remedy:
        assert words in remedies
    for words in row.message:
        assert words in messages
    read = "\n".join(f"{problem.message} {problem.remediation}" for problem in problems)
    for words in row.never:
        assert words not in read
    assert len(problems) == row.problems, f"one cause is one problem:\n{read}"
    if row.cause:
        assert {problem.cause for problem in problems} == {row.cause}


def not_checked(run: Run) -> frozenset[tuple[str, str]]:
    """The host and check of everything that the run could not decide."""
    places = [(account.account.host, account.checks) for account in run.evidence.accounts]
    places.append(("security", run.evidence.archive.checks))
    return frozenset((host, check) for host, checks in places for check in checks if checks[check] == "not_checked")


def test_the_table_is_large_enough() -> None:
    assert len([row for row in TABLE if row.fails]) >= 150
    assert len([row for row in TABLE if not row.fails]) >= 50
