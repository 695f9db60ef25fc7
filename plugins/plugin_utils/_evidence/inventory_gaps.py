# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings about accounts that this run did not configure, and about accounts that the inventory lacks. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, Finding

from .inputs import ACCESS_SOURCE, TRAILS_SOURCE, RunContext
from .text import number

_NAMED = 20  # accounts that a message names; the evidence lists all of them


def about_accounts(context: RunContext) -> Iterator[Finding]:
    """The findings about failed and about unlisted accounts."""
    for account, reason in context.failures.items():
        yield Finding(
            account=account,
            region="",
            check=TRAILS_SOURCE.checks[0],
            kind="not_configured",
            resource="",
            status=FAILED,
            message=f"Account {account} was not configured completely. {reason}",
            remediation="Fix the cause, then run the playbook again.",
        )
    if context.unlisted:
        more = len(context.unlisted) - _NAMED
        yield Finding(
            account="",
            region="",
            check=ACCESS_SOURCE.checks[0],
            kind="not_in_inventory",
            resource="",
            status=INFO,
            message=f"The inventory lacks accounts that the policies allow ({number(len(context.unlisted))}):"
            f" {', '.join(context.unlisted[:_NAMED])}{f' and {number(more)} more' if more > 0 else ''}. They were"
            f" neither configured nor verified.",
            remediation="If the accounts have left, remove their access. Otherwise, check the source of the inventory.",
        )
