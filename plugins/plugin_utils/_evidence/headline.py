# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The result of a run in one sentence, for the page, the JSON file, the XML and the terminal. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    NOT_CHECKED,
    WAITING,
)
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import counted, number

from .ages import hours_in_words, hours_text
from .model import Evidence
from .statuses import PASSED_IN_PART
from .titles import not_part_of_the_run


def headline(evidence: Evidence) -> str:
    """The most severe status of all accounts and the archive, in one sentence."""
    if evidence.status == FAILED:
        return f"{_having(FAILED, evidence)} failed.".capitalize()
    if evidence.status == NOT_CHECKED:
        return f"Not everything was checked: {_having(NOT_CHECKED, evidence)}."
    if evidence.status == WAITING:
        return f"Waiting: {_having(WAITING, evidence)}."
    archive = " and in the log archive" if evidence.archive.checks else ""
    checks = "checks of this run" if evidence.left_out else "checks"
    accounts = counted(len(evidence.accounts), "account")
    if evidence.is_limited:
        whole = counted(len(evidence.inventory), "account")
        accounts = f"{number(len(evidence.accounts))} of {whole} of the inventory"
    sentence = f"all {checks} passed in {accounts}{archive}."
    sentences = [f"Passed in part: {sentence}" if evidence.status == PASSED_IN_PART else f"A{sentence[1:]}"]
    sentences += [hours_covered(evidence)] if is_partial(evidence) else []
    sentences += [not_part_of_the_run(evidence.left_out)] if evidence.left_out else []
    return " ".join(sentences)


def _having(status: str, evidence: Evidence) -> str:
    """What has the status, such as C(3 of 4 accounts and the log archive)."""
    count = sum(account.status == status for account in evidence.accounts)
    subjects = [f"{number(count)} of {counted(len(evidence.accounts), 'account')}"] if count else []
    if evidence.archive.status == status:
        subjects.append(_log_archive(evidence))
    return " and ".join(subjects)


def _log_archive(evidence: Evidence) -> str:
    archive = evidence.archive.account
    return "the log archive" + (f" ({archive.id})" if archive.id else "")


def is_partial(evidence: Evidence) -> bool:
    """Whether integrity was checked, but not over the whole range."""
    return has_integrity(evidence) and not (evidence.coverage and evidence.coverage.complete)


def has_integrity(evidence: Evidence) -> bool:
    statuses = {account.checks.get("integrity", NOT_CHECKED) for account in evidence.accounts}
    return statuses != {NOT_CHECKED}


def hours_covered(evidence: Evidence) -> str:
    """The hours of the range that verified digests cover, in one sentence."""
    covered = evidence.coverage
    if covered is None:
        return "The hours covered were not counted."
    return f"{hours_in_words(hours_text((covered.least, covered.most), covered.range_seconds))} covered."
