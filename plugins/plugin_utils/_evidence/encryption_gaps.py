# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The Regions whose encryption was read, and the reason for each account of which it was not. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import INFO, NOT_CHECKED, Finding

from .inputs import DELIVERY_SOURCE, InventoryAccount, RunContext
from .results import Delivery, DeliveryResult, ModuleFailure, ModuleResults

ENCRYPTION_CHECK = DELIVERY_SOURCE.checks[1]
_NO_KEY = (
    "the ARN of the KMS key is not known",
    "Set central_logging_kms_key_arn, or include the log-archive host in the run.",
)
_NO_OBJECT = (
    "no object was read that has a known encryption",
    "Run the verification again, with a role that can read the newest objects (central_logging_verify_role_arn).",
)


def has_key(context: RunContext, results: ModuleResults) -> bool:
    """Whether the key is known with which the encryption is compared."""
    return not isinstance(results.access, ModuleFailure) if context.key is None else bool(context.key)


def read_in(context: RunContext, results: ModuleResults) -> list[Delivery]:
    """The deliveries whose encryption was read and compared."""
    if not isinstance(results.delivery, DeliveryResult) or not has_key(context, results):
        return []
    return [delivery for delivery in results.delivery.deliveries if delivery.encryption_read]


def findings(context: RunContext, results: ModuleResults) -> Iterator[Finding]:
    """A finding with the reason for each account with deliveries of which no encryption was read.

    If the access was not read, that failure is the reason for all accounts.
    """
    delivery = results.delivery
    if not isinstance(delivery, DeliveryResult) or isinstance(results.access, ModuleFailure):
        return
    known = {entry.account for entry in read_in(context, results)}
    known |= {finding.account for finding in delivery.findings if finding.status != INFO}
    delivering = {entry.account for entry in delivery.deliveries} - known
    for account in context.accounts:
        if account.id in delivering:
            yield _not_read(account, *(_NO_OBJECT if has_key(context, results) else _NO_KEY))


def _not_read(account: InventoryAccount, reason: str, remediation: str) -> Finding:
    return Finding(
        account=account.id,
        region="",
        check=ENCRYPTION_CHECK,
        kind="not_read",
        resource="",
        status=NOT_CHECKED,
        message=f"The encryption of account {account.id} was not checked because {reason}.",
        remediation=remediation,
    )
