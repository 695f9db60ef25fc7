# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings of all proofs together, and those of proofs that did not answer or stayed silent. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    WAITING,
    Finding,
    as_results,
)

from .._inventory.outputs import logging_since
from .inputs import ACCOUNT_CHECKS, ARCHIVE_CHECKS, MODULES, Account, Answers, Scene


def gathered(scene: Scene, answers: Answers) -> list[dict[str, str]]:
    """All findings of this run, each once. What concerns an expected account out of this run is left to its own run."""
    left_out = set(scene.inventory) - {account.id for account in scene.accounts}
    found = [item for account in scene.accounts for item in _of_trails(account, answers.trails.get(account.host))]
    for source in ("delivery", "integrity", "access"):
        answer = answers.of(source)
        if answer is not None:
            told = _told(answer) if "findings" in answer else [_unread(source, answer)]
            if source in ARCHIVE_CHECKS:  # what concerns key and bucket concerns no single account
                found += [replace(item, account="", region="") for item in told]
            else:
                found += [_patient(item, scene, answers) for item in told if item.account not in left_out]
                found += _uncovered(source, scene, answers)
    return as_results(item for item in found if not _is_in_controls(item))


def _is_in_controls(item: Finding) -> bool:
    """A recommendation that is not followed stands among the controls, and for thousands of accounts once is enough."""
    return item.kind == "control" and item.status == INFO


def _told(answer: Mapping[str, Any]) -> list[Finding]:
    names = [item.name for item in fields(Finding)]
    return [Finding(**{name: str(told.get(name, "")) for name in names}) for told in answer["findings"]]


def _of_trails(account: Account, answer: Mapping[str, Any] | None) -> list[Finding]:
    if answer and "findings" in answer:
        return _told(answer)
    if answer is None:
        message = (
            f"Account {account.id} ({account.host}) was not looked at, because its host failed earlier in this run."
        )
        return [_failed(account.id, "trail", "unread", "", message, "Mend that failure and run the proof again.")]
    return [_unread("trails", answer, account.id)]


def _unread(source: str, answer: Mapping[str, Any], account: str = "") -> Finding:
    check = {**ACCOUNT_CHECKS, **ARCHIVE_CHECKS}[source][0]
    reason = str(answer.get("msg") or "it returned nothing").rstrip(".")
    message = f"{MODULES[source]} could not answer: {reason}."
    return _failed(account, check, "unread", "", message, "Mend what it says and run the proof again.")


def _patient(item: Finding, scene: Scene, answers: Answers) -> Finding:
    """Where the trail has begun just now, that there is nothing to validate is no failure yet."""
    if item.kind != "empty":
        return item
    young = {account.id for account in scene.accounts if _young(account, scene, answers)}
    return replace(item, status=WAITING) if item.account in young else item


def _uncovered(source: str, scene: Scene, answers: Answers) -> list[Finding]:
    """Silence proves nothing: an account of which a proof says neither good nor bad is a finding of its own."""
    answer = answers.of(source)
    if answer is None or "findings" not in answer:
        return []
    spoken = {item["account"] for name in ("deliveries", "chains") for item in answer.get(name) or []}
    spoken |= {str(item.get("account", "")) for item in answer["findings"]}
    what = "digest" if source == "integrity" else "log file"
    return [
        Finding(
            account.id,
            "",
            ACCOUNT_CHECKS[source][0],
            "empty",
            "",
            WAITING if _young(account, scene, answers) else FAILED,
            f"There is no {what} of account {account.id} ({account.host}) in the range, and so nothing is proven.",
            "Look at its trail: logging, log file validation, and the errors of its last delivery.",
        )
        for account in scene.accounts
        if account.id not in spoken
    ]


def _young(account: Account, scene: Scene, answers: Answers) -> bool:
    """Whether the trail began to log so recently that nothing need have arrived yet."""
    since = logging_since(answers.trails.get(account.host) or {}, account.trail)
    return bool(since) and _time(scene.made) - _time(since) < timedelta(seconds=scene.first_delivery_timeout)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _failed(account: str, check: str, kind: str, where: str, message: str, remediation: str) -> Finding:
    return Finding(account, "", check, kind, where, FAILED, message, remediation)
