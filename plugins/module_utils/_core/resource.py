# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the reconciliation needs: a resource in AWS, a sender of calls, and a lease against other runs. No I/O.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from .call import Call
from .errors import AwsFailure

State = TypeVar("State")


class Sender(Protocol):
    """The part of the gateway that sends the calls of a plan."""

    def send(self, call: Call) -> Any: ...


class Resource(Protocol[State]):
    """One thing in AWS. All methods except C(read), C(observe) and C(explain) are pure."""

    settle_seconds: float  # how long to wait until AWS shows a change
    # how long after that to read once more. 0 for a resource that is not written as a whole: others cannot overwrite it
    confirm_seconds: float
    allow_missing_in_check_mode: bool

    @property
    def render_from(self) -> State | None:
        """The state from which to compute the desired state without any call to AWS; None to read and change AWS."""

    def read(self, gateway: Any) -> State:
        """The current state. A failed read raises an error and never means that nothing exists."""

    def desired(self, before: State) -> State:
        """The state to reach. Raises Refused if it is impossible or would weaken the logging."""

    def plan(self, before: State, desired: State) -> Sequence[Call]:
        """The calls that change C(before) into C(desired); empty if the two are the same."""

    def missing(self, before: State) -> str:
        """A sentence about what the plan requires and AWS does not have; empty if nothing is missing."""

    def observe(self, gateway: Any, desired: State, replies: Sequence[Any]) -> State:
        """The state after the plan: from AWS's replies if they contain it, otherwise read again."""

    def explain(self, gateway: Any, desired: State, failure: AwsFailure) -> str:
        """Sentences for the operator about a call that failed on the way to C(desired); empty if nothing is known."""


class Lease(Protocol):
    """The right to change a resource, which one run of this collection has at a time. No method raises an error."""

    @property
    def problem(self) -> str:
        """A sentence about why the run had no lease for a time; empty if it had one for each of its writes."""

    def take(self) -> None:
        """Wait until no other run has the lease, and take it."""

    def keep(self) -> None:
        """Extend the lease if it would expire during the next write."""

    def release(self) -> None:
        """Let other runs take the lease."""


class NoLease:
    """Stands for a lease that is not wanted. C(problem) is the sentence about it, if the operator should know."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem

    def take(self) -> None: ...

    def keep(self) -> None: ...

    def release(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Change(Generic[State]):
    """The calls that lead from a state to the desired one."""

    before: State
    desired: State
    plan: tuple[Call, ...]

    @property
    def summaries(self) -> str:
        return "; ".join(call.summary for call in self.plan)


def change_from(resource: Resource[State], before: State) -> Change[State]:
    """The change that a state requires. Raises Refused."""
    desired = resource.desired(before)
    return Change(before=before, desired=desired, plan=tuple(resource.plan(before, desired)))
