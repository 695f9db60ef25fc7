# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings of all info modules, and findings about what the modules did not read. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING, Finding

from .inputs import (
    ACCESS_SOURCE,
    DELIVERY_SOURCE,
    INTEGRITY_SOURCE,
    TRAILS_SOURCE,
    InventoryAccount,
    RunContext,
    Source,
)
from .results import AccessResult, ModuleFailure, ModuleResults, RegionalResult, TrailsResult

_EMPTY, _UNREAD = "empty", "unread"  # kinds of findings


def all_findings(context: RunContext, results: ModuleResults) -> list[Finding]:
    """The findings about this run's accounts and the archive, sorted, each once."""
    findings = [
        *_of_trails(context, results),
        *_of_source(DELIVERY_SOURCE, results.delivery, context, results),
        *_of_source(INTEGRITY_SOURCE, results.integrity, context, results),
        *_of_access(results.access),
    ]
    return sorted({finding for finding in findings if not _is_recommendation(finding)})


def _is_recommendation(finding: Finding) -> bool:
    """Whether the finding only repeats a control. The list of controls has it once for all accounts."""
    return finding.kind == "control" and finding.status == INFO


def _of_trails(context: RunContext, results: ModuleResults) -> Iterator[Finding]:
    for account in context.accounts:
        result = results.trails.get(account.host)
        if result is None:
            yield _not_run(account)
        elif isinstance(result, ModuleFailure):
            yield _unread(TRAILS_SOURCE, result, account.id)
        else:
            yield from result.findings


def _of_source(
    source: Source,
    result: RegionalResult | ModuleFailure | None,
    context: RunContext,
    results: ModuleResults,
) -> Iterator[Finding]:
    """The findings of one source, without those about accounts of the inventory that are not in this run."""
    if isinstance(result, ModuleFailure):
        yield _unread(source, result)
    elif result is not None:
        deadlines = _deadlines(context, results)
        excluded = set(context.inventory) - {account.id for account in context.accounts}
        for finding in result.findings:
            if finding.account not in excluded:
                waits = finding.kind == _EMPTY and finding.account in deadlines
                yield _waiting(finding, deadlines[finding.account]) if waits else finding
        for finding in _without_data(source, result, context):
            yield _waiting(finding, deadlines[finding.account]) if finding.account in deadlines else finding


def _of_access(result: AccessResult | ModuleFailure | None) -> Iterator[Finding]:
    """The findings about key and bucket. They have no account, because all accounts share both."""
    if isinstance(result, ModuleFailure):
        yield _unread(ACCESS_SOURCE, result)
    elif result is not None:
        yield from (replace(finding, account="", region="") for finding in result.findings)


def _without_data(source: Source, result: RegionalResult, context: RunContext) -> Iterator[Finding]:
    """A finding for each account that the result does not mention. Without it the account would pass unseen."""
    mentioned = {entry.account for entry in result.covered} | {finding.account for finding in result.findings}
    gap = (
        "no digest in the time range, so its logs are not verified"
        if source is INTEGRITY_SOURCE
        else "no log file and no digest in the bucket, so its delivery is not verified"
    )
    for account in context.accounts:
        if account.id not in mentioned:
            yield Finding(
                account=account.id,
                region="",
                check=source.checks[0],
                kind=_EMPTY,
                resource="",
                status=FAILED,
                message=f"Account {account.id} ({account.host}) has {gap}.",
                remediation="Check whether the trail logs, whether log file validation is enabled, and whether the"
                " trail has a delivery error.",
            )


def _deadlines(context: RunContext, results: ModuleResults) -> dict[str, datetime]:
    """The end of the wait for the first delivery, by account. Accounts that have nothing to wait for are left out."""
    deadlines: dict[str, datetime] = {}
    for account in context.accounts:
        result = results.trails.get(account.host)
        since = result.logging_since if isinstance(result, TrailsResult) else None
        if since is not None and context.made < since + context.first_delivery_timeout:
            deadlines[account.id] = since + context.first_delivery_timeout
    return deadlines


def _waiting(finding: Finding, deadline: datetime) -> Finding:
    """The failure as a finding that needs no remediation until the deadline."""
    return replace(finding, status=WAITING, remediation=f"No action is needed before {timestamps.text(deadline)}.")


def _not_run(account: InventoryAccount) -> Finding:
    message = f"Account {account.id} ({account.host}) was not checked because its host failed earlier in this run."
    return _missing_result(TRAILS_SOURCE, account.id, message, "Fix that failure, then run the verification again.")


def _unread(source: Source, failure: ModuleFailure, account: str = "") -> Finding:
    message = f"{source.module} failed: {failure.message}."
    return _missing_result(source, account, message, "Fix the cause of this error, then run the verification again.")


def _missing_result(source: Source, account: str, message: str, remediation: str) -> Finding:
    return Finding(
        account=account,
        region="",
        check=source.checks[0],
        kind=_UNREAD,
        resource="",
        status=FAILED,
        message=message,
        remediation=remediation,
    )
