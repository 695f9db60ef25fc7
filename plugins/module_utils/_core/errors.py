# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The three ways in which a run ends badly. Each carries a whole sentence for the operator.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from typing import Any

UNCHANGED = "Nothing has been changed."


class CentralLoggingError(Exception):
    """Base of the errors that the collection raises on purpose."""

    @property
    def details(self) -> dict[str, Any]:
        """What the module returns beside C(msg)."""
        return {}


class Refused(CentralLoggingError):
    """What was asked for is impossible or would weaken the logging. Raised before anything is written only."""

    def __str__(self) -> str:
        return f"{super().__str__()} {UNCHANGED}"

    @property
    def reason(self) -> str:
        """The sentence alone."""
        return super().__str__()


class NotConverged(CentralLoggingError):
    """AWS does not show what was written, or somebody else keeps writing."""


class AwsFailure(CentralLoggingError):
    """AWS answered a call with an error. C(advice) is what the operator can do, and what the run has done so far."""

    def __init__(
        self, operation: str, code: str, message: str, request_id: str = "", account: str = "", advice: str = ""
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.code = code
        self.message = message
        self.request_id = request_id
        self.account = account
        self.advice = advice

    def with_advice(self, advice: str) -> AwsFailure:
        """The same failure with other advice, for a caller who knows more than the error code."""
        return AwsFailure(self.operation, self.code, self.message, self.request_id, self.account, advice)

    def adding(self, *sentences: str) -> AwsFailure:
        """The same failure with further sentences after its advice."""
        return self.with_advice(" ".join(filter(None, [self.advice, *sentences])))

    def __str__(self) -> str:
        where = f" in account {self.account}" if self.account else ""
        request = f" (request id {self.request_id})" if self.request_id else ""
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.operation}{where} failed: {self.code}: {self.message}{request}{advice}"

    @property
    def details(self) -> dict[str, Any]:
        return {"operation": self.operation, "error_code": self.code, "request_id": self.request_id}
