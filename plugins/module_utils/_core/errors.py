# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The errors that the collection raises on purpose. The text of each is whole sentences for the operator.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from typing import Any

# a task does not know what the tasks before it have changed
UNCHANGED = "This task has changed nothing."


class CentralLoggingError(Exception):
    """Base of the errors that the collection raises on purpose."""

    @property
    def details(self) -> dict[str, Any]:
        """Return values of the failed module in addition to C(msg)."""
        return {}


class Refused(CentralLoggingError):
    """The options are impossible or would weaken the logging. Only raised before anything is written."""

    def __str__(self) -> str:
        return f"{super().__str__()} {UNCHANGED}"

    @property
    def reason(self) -> str:
        """The message without the sentence about what has been changed."""
        return super().__str__()


class NotConverged(CentralLoggingError):
    """AWS does not show the change in time, or another writer changes the same resource."""


class AwsFailure(CentralLoggingError):
    """AWS returned an error. C(advice): what the operator can do, and what the run has changed so far.

    C(resource) is the object or folder that was requested, if it is known. C(may_have_effect): AWS may have carried out
    the call nevertheless, because an answer was lost or AWS returned an internal error.
    """

    def __init__(
        self,
        operation: str,
        code: str,
        message: str,
        *,
        request_id: str = "",
        account: str = "",
        advice: str = "",
        resource: str = "",
        may_have_effect: bool = False,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.code = code
        self.message = message
        self.request_id = request_id
        self.account = account
        self.advice = advice
        self.resource = resource
        self.may_have_effect = may_have_effect

    def with_advice(self, advice: str) -> AwsFailure:
        """A copy of the failure with this advice instead of its own."""
        return self._copy(advice, self.resource)

    def about(self, resource: str) -> AwsFailure:
        """A copy of the failure with the object or folder that was requested."""
        return self._copy(self.advice, resource)

    def _copy(self, advice: str, resource: str) -> AwsFailure:
        return AwsFailure(
            self.operation,
            self.code,
            self.message,
            request_id=self.request_id,
            account=self.account,
            advice=advice,
            resource=resource,
            may_have_effect=self.may_have_effect,
        )

    def adding(self, *sentences: str) -> AwsFailure:
        """A copy of the failure with these sentences after its advice; empty ones are left out."""
        return self.with_advice(" ".join(filter(None, [self.advice, *sentences])))

    def __str__(self) -> str:
        account = f" in account {self.account}" if self.account else ""
        request = f" (request id {self.request_id})" if self.request_id else ""
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.operation}{account} failed: {self.code}: {self.message.rstrip('. ')}{request}.{advice}"

    @property
    def details(self) -> dict[str, Any]:
        return {"operation": self.operation, "error_code": self.code, "request_id": self.request_id}
