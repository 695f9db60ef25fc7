# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The statuses of accounts and checks, by severity. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    NOT_CHECKED,
    PASSED,
    WAITING,
)

# The status of an account or a run in which everything passed, but not everything was checked or covered
PASSED_IN_PART = "passed_in_part"
BY_SEVERITY = (FAILED, NOT_CHECKED, WAITING, INFO, PASSED_IN_PART, PASSED)
LABELS = {
    FAILED: "failed",
    NOT_CHECKED: "not checked",
    WAITING: "waiting",
    INFO: "info",
    PASSED_IN_PART: "passed in part",
    PASSED: "passed",
}


def severity(status: str) -> int:
    """The position of a status in BY_SEVERITY; 0 is the most severe."""
    return BY_SEVERITY.index(status)


def worst(statuses: Iterable[str]) -> str:
    """The most severe of the statuses; PASSED if there are none."""
    return min(statuses, key=severity, default=PASSED)


def verdict(statuses: Iterable[str]) -> str:
    """The most severe of the statuses. INFO counts as PASSED."""
    return worst(status for status in statuses if status != INFO)


def in_part(status: str) -> str:
    """The status of something that was not checked as a whole: PASSED becomes PASSED_IN_PART."""
    return PASSED_IN_PART if status == PASSED else status


def unknown_checks(checks: Mapping[str, str]) -> list[str]:
    """The checks that could not look. Without objects no encryption can be seen, which the delivery already reports."""
    nothing_there = checks.get("delivery") in (FAILED, WAITING)
    unknown = [check for check, status in checks.items() if status == NOT_CHECKED]
    return [check for check in unknown if not (check == "encryption" and nothing_there)]


def account_verdict(checks: Mapping[str, str]) -> str:
    """The most severe status of an account's checks. NOT_CHECKED counts only if no other check reports the reason."""
    unknown = set(unknown_checks(checks))
    return verdict(status for check, status in checks.items() if status != NOT_CHECKED or check in unknown)
