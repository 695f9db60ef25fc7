# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The controls of AWS Security Hub over all accounts and the log archive. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, NOT_CHECKED, PASSED

from .inputs import RunContext
from .model import ControlFailure, ControlSummary
from .results import AccessResult, ControlResult, ModuleResults, TrailsResult
from .statuses import severity


def summaries(context: RunContext, results: ModuleResults) -> list[ControlSummary]:
    """Each control once, with the accounts in which it failed."""
    by_id: dict[str, dict[str, ControlResult]] = {}  # control: account: result
    for account, control in _in_accounts(context, results):
        by_id.setdefault(control.id, {})[account] = control
    for control in results.access.controls if isinstance(results.access, AccessResult) else ():
        _add_archive(by_id.setdefault(control.id, {}), context.archive.id, control)
    return [_summary(by_id[identity]) for identity in sorted(by_id, key=_natural)]


def _in_accounts(context: RunContext, results: ModuleResults) -> Iterator[tuple[str, ControlResult]]:
    for account in context.accounts:
        result = results.trails.get(account.host)
        if isinstance(result, TrailsResult):
            yield from ((account.id, control) for control in result.controls)


def _add_archive(by_account: dict[str, ControlResult], archive: str, control: ControlResult) -> None:
    """Add what the log archive says about bucket and key, which all accounts share and only it can read."""
    if control.status != NOT_CHECKED:
        for account in [account for account, own in by_account.items() if own.status == NOT_CHECKED]:
            del by_account[account]
    known = by_account.get(archive)
    if known is None or severity(control.status) < severity(known.status):
        by_account[archive] = control


def _summary(by_account: Mapping[str, ControlResult]) -> ControlSummary:
    """One control over all accounts that have it."""
    statuses = [control.status for control in by_account.values()]
    first = next(iter(by_account.values()))
    return ControlSummary(
        id=first.id,
        title=first.title,
        passed=statuses.count(PASSED),
        not_checked=statuses.count(NOT_CHECKED),
        failed=[
            ControlFailure(account=account, message=control.message)
            for account, control in by_account.items()
            if control.status == FAILED
        ],
    )


def _natural(identity: str) -> list[tuple[int, str]]:
    """A sort key that puts CloudTrail.10 after CloudTrail.9."""
    parts = identity.replace(".", " ").split()
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
