# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults on request: latency, throttling, errors, dropped connections, a second writer."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cloudtrail_sandbox import control_values
from cloudtrail_sandbox.errors import ApiError

DROP = "drop"
DROP_ANSWER = "drop_answer"
SECOND_WRITERS = ("PutBucketPolicy", "PutKeyPolicy")
STATUSES = {"InternalFailure": 500, "InternalError": 500, "ServiceUnavailable": 503, "SlowDown": 503}


@dataclass
class Fault:
    """A fault of the next `times` matching calls. An empty service, operation or account matches all.

    `parameters` names parameters of the request, with the values that they must have.
    """

    error: str
    service: str = ""
    operation: str = ""
    account: str = ""
    status: int = 400
    times: int = 1
    message: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def matches(self, service: str, operation: str, account: str, parameters: Mapping[str, Any]) -> bool:
        compared = ((self.service, service), (self.operation, operation), (self.account, account))
        fits = all(not wanted or wanted == actual for wanted, actual in compared)
        return (
            self.times > 0 and fits and all(parameters.get(name) == self.parameters[name] for name in self.parameters)
        )

    @property
    def refusal(self) -> ApiError:
        return ApiError(self.error, self.message or f"A fault was requested: {self.error}.", self.status)


class Faults:
    """The pending faults and second writers, and the latency."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.latency = 0.0
        self._faults: list[Fault] = []
        self._writers: list[tuple[str, dict[str, Any]]] = []

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def fault(self, service: str, operation: str, account: str, parameters: Mapping[str, Any]) -> Fault | None:
        """The fault of this call, counted as used; None if there is none."""
        with self._lock:
            matching = (fault for fault in self._faults if fault.matches(service, operation, account, parameters))
            hit = next(matching, None)
            if hit:
                hit.times -= 1
            return hit

    def order_writer(self, operation: str, statement: Mapping[str, Any]) -> None:
        with self._lock:
            self._writers.append((operation, dict(statement)))

    def writer(self, operation: str) -> dict[str, Any] | None:
        """The statement that a second writer adds right after this operation; None if there is none. Used once."""
        with self._lock:
            waiting = next((writer for writer in self._writers if writer[0] == operation), None)
            if waiting is None:
                return None
            self._writers.remove(waiting)
            return waiting[1]


def fault_from(order: Mapping[str, Any]) -> Fault:
    """The fault that a control request describes. Raises ValueError for a member that is unknown or not valid."""
    control_values.check_names(order, [member.name for member in fields(Fault)])
    error = control_values.text(order, "error")
    texts = [name for name in ("service", "operation", "account", "message") if name in order]
    return Fault(
        error=error,
        status=control_values.whole_number(order, "status", STATUSES.get(error, 400), 400, 599),
        times=control_values.whole_number(order, "times", 1, 1),
        parameters=control_values.mapping(order, "parameters"),
        **{name: control_values.text(order, name) for name in texts},
    )
