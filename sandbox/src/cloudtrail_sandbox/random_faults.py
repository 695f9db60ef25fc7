# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults by a seed: every n-th call of each operation in each account fails in a random way.

The order in which accounts and operations are called does not matter: a program that runs in parallel gets the same
faults each time, as long as each account is called in the same order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudtrail_sandbox import control_values
from cloudtrail_sandbox.faults import CUT_BODY, DROP, DROP_ANSWER, HOLD, HOLD_ANSWER, STATUSES, Fault

THROTTLING, SERVER_ERROR = "throttling", "server_error"
KINDS = (THROTTLING, SERVER_ERROR, DROP, DROP_ANSWER, HOLD, HOLD_ANSWER, CUT_BODY)
#: AWS's codes, by service; "" is for all others (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
#: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html,
#: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html).
CODES = {
    THROTTLING: {"s3": "SlowDown", "sts": "Throttling", "iam": "Throttling", "": "ThrottlingException"},
    SERVER_ERROR: {
        "s3": "InternalError",
        "kms": "KMSInternalException",
        "iam": "ServiceFailure",
        "": "InternalFailure",
    },
}
MEMBERS = ("seed", "share", "kinds", "service", "operation", "account", "seconds")


@dataclass
class RandomFaults:
    """Every `share`-th call fails. An empty service, operation or account matches all."""

    seed: int
    share: int
    kinds: tuple[str, ...] = KINDS
    service: str = ""
    operation: str = ""
    account: str = ""
    seconds: float = 1.0
    calls: dict[str, int] = field(default_factory=dict)

    def fault(self, service: str, operation: str, account: str, _parameters: Mapping[str, Any]) -> Fault | None:
        """The fault of this call, or None. Counts the call."""
        compared = ((self.service, service), (self.operation, operation), (self.account, account))
        if not all(wanted in ("", actual) for wanted, actual in compared):
            return None
        name = f"{service} {operation} {account}"
        number = self.calls.get(name, 0)
        self.calls[name] = number + 1
        if number % self.share != self._draw(name) % self.share:
            return None
        return self._fault(self.kinds[self._draw(f"{name} {number}") % len(self.kinds)], service)

    def _fault(self, kind: str, service: str) -> Fault:
        codes = CODES.get(kind)
        error = codes.get(service, codes[""]) if codes else kind
        status = STATUSES.get(error, 500 if kind == SERVER_ERROR else 400)
        return Fault(error, status=status, seconds=self.seconds)

    def _draw(self, text: str) -> int:
        return int.from_bytes(hashlib.blake2b(f"{self.seed} {text}".encode(), digest_size=8).digest(), "big")


def random_faults_from(order: Mapping[str, Any]) -> RandomFaults:
    """The faults that a control request describes. Raises ValueError for a member that is unknown or not valid."""
    control_values.check_names(order, MEMBERS)
    service, operation, account = (
        control_values.text(order, name) if name in order else "" for name in ("service", "operation", "account")
    )
    return RandomFaults(
        seed=control_values.whole_number(order, "seed", 0),
        share=control_values.whole_number(order, "share", 5, 1),
        kinds=control_values.names(order, "kinds", KINDS) or KINDS,
        seconds=control_values.seconds(order, "seconds") if "seconds" in order else 1.0,
        service=service,
        operation=operation,
        account=account,
    )
