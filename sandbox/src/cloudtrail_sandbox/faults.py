# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults on request: latency, throttling, errors, dropped connections, a second writer."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from cloudtrail_sandbox import control_values
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.second_writer import SecondWriter

DROP = "drop"
DROP_ANSWER = "drop_answer"
HOLD, HOLD_ANSWER = "hold", "hold_answer"
CUT_BODY = "cut_body"
#: Faults of requests that are handled.
HANDLED = frozenset({DROP_ANSWER, HOLD, HOLD_ANSWER, CUT_BODY})
STATUSES = {"InternalFailure": 500, "InternalError": 500, "ServiceUnavailable": 503, "SlowDown": 503}


@dataclass
class Fault:
    """A fault of the next `times` matching calls. An empty service, operation or account matches all.

    `parameters` names parameters of the request, with the values that they must have. `seconds` is how long the
    errors `hold` and `hold_answer` keep the request or its answer.
    """

    error: str
    service: str = ""
    operation: str = ""
    account: str = ""
    status: int = 400
    times: int = 1
    message: str = ""
    seconds: float = 1.0
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


class Series(Protocol):
    """Faults that do not end by themselves."""

    def fault(self, service: str, operation: str, account: str, parameters: Mapping[str, Any], /) -> Fault | None: ...


class Faults:
    """The pending faults and second writers, and the latency."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.latency = 0.0
        self._faults: list[Fault] = []
        self._series: list[Series] = []
        self._writers: list[SecondWriter] = []

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def order_series(self, series: Series) -> None:
        with self._lock:
            self._series.append(series)

    def forget(self) -> None:
        """Remove all faults and second writers that are pending."""
        with self._lock:
            self._faults, self._series, self._writers = [], [], []

    def fault(self, service: str, operation: str, account: str, parameters: Mapping[str, Any]) -> Fault | None:
        """The fault of this call, counted as used; None if there is none."""
        with self._lock:
            matching = (fault for fault in self._faults if fault.matches(service, operation, account, parameters))
            hit = next(matching, None)
            if hit:
                hit.times -= 1
                return hit
            drawn = [series.fault(service, operation, account, parameters) for series in self._series]
            return next((fault for fault in drawn if fault), None)

    def order_writer(self, writer: SecondWriter) -> None:
        with self._lock:
            self._writers.append(writer)

    def writer(self, operation: str, when: str) -> SecondWriter | None:
        """The second writer at this moment of the operation; None if there is none. Used once."""
        with self._lock:
            waiting = (writer for writer in self._writers if (writer.operation, writer.when) == (operation, when))
            hit = next(waiting, None)
            if hit:
                self._writers.remove(hit)
            return hit


def fault_from(order: Mapping[str, Any]) -> Fault:
    """The fault that a control request describes. Raises ValueError for a member that is unknown or not valid."""
    control_values.check_names(order, [member.name for member in fields(Fault)])
    error = control_values.text(order, "error")
    texts = [name for name in ("service", "operation", "account", "message") if name in order]
    return Fault(
        error=error,
        status=control_values.whole_number(order, "status", STATUSES.get(error, 400), 400, 599),
        times=control_values.whole_number(order, "times", 1, 1),
        seconds=control_values.seconds(order, "seconds") if "seconds" in order else 1.0,
        parameters=control_values.mapping(order, "parameters"),
        **{name: control_values.text(order, name) for name in texts},
    )
