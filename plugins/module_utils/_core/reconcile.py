# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change a resource from its current to its desired state: read, plan, send, wait until AWS shows the result.

Note that this module util is PRIVATE to the collection: it can change at any time.

The plan is the single source: check mode, C(changed), the diff, the calls that are sent and the wait until AWS shows
the result all come from it. No AWS service and nothing of Ansible is known here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from .call import Call
from .errors import UNCHANGED, AwsFailure, NotConverged, Refused

State = TypeVar("State")

_MERGES = 5  # how often a state of another writer is merged
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds


class Sender(Protocol):
    """The part of the gateway that sends the calls of a plan."""

    def send(self, call: Call) -> Any: ...


class Resource(Protocol[State]):
    """One thing in AWS. All methods except C(read), C(observe) and C(explain) are pure."""

    settle_seconds: float  # how long to wait until AWS shows a change
    confirm_seconds: float  # how long after that to read once more, because others may write too; 0: do not read again
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


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The states before and after a run, and the calls between them."""

    before: Any
    desired: Any
    after: Any  # in check mode, and for a resource that is only rendered: the desired state
    plan: tuple[Call, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.plan)


@dataclass(frozen=True, kw_only=True)
class Change(Generic[State]):
    """The calls that lead from a state to the desired one."""

    before: State
    desired: State
    plan: tuple[Call, ...]

    @property
    def summaries(self) -> str:
        return "; ".join(call.summary for call in self.plan)


def reconcile(
    resource: Resource[State], gateway: Sender, *, dry_run: bool, pause: Callable[[float], None] = time.sleep
) -> Outcome:
    """Change the resource into its desired state; with C(dry_run) return what would be changed.

    Raises Refused, AwsFailure or NotConverged, each with a sentence about what has been changed by then.
    """
    if resource.render_from is not None:
        rendered = resource.desired(resource.render_from)
        return Outcome(before=resource.render_from, desired=rendered, after=rendered)
    try:
        change = _change(resource, resource.read(gateway))
        missing = resource.missing(change.before) if change.plan else ""
        if missing and not (dry_run and resource.allow_missing_in_check_mode):
            raise Refused(missing)
    except AwsFailure as failure:
        raise failure.adding(UNCHANGED) from None
    if not change.plan:
        after = change.before
    elif dry_run:
        after = change.desired
    else:
        after = Settler(resource, gateway, pause).settle(change)
    return Outcome(before=change.before, desired=change.desired, after=after, plan=change.plan)


def _change(resource: Resource[State], before: State) -> Change[State]:
    desired = resource.desired(before)
    return Change(before=before, desired=desired, plan=tuple(resource.plan(before, desired)))


class Settler(Generic[State]):
    """Sends a plan, and then waits until the plan that follows from AWS's state is empty.

    AWS may show an old state for a while: C(wait_visible). Any other unexpected state comes from another writer at the
    same time: C(merge_again) plans from that state, which keeps the other's changes. Another writer that read before
    our change was visible may still overwrite it. That shows as late as our change did: C(confirm) reads once more.
    """

    def __init__(self, resource: Resource[State], gateway: Sender, pause: Callable[[float], None]) -> None:
        self.resource, self.gateway, self.pause = resource, gateway, pause
        self.done: list[str] = []  # summaries of the calls that were sent
        self.outdated: list[State] = []  # states that our calls have replaced
        self.waited, self.step = 0.0, _FIRST_PAUSE  # seconds
        self.confirmed = not resource.confirm_seconds
        self.conflict: AwsFailure | None = None  # of the call that was sent last

    def settle(self, change: Change[State]) -> State:
        """The state that AWS shows in the end. Raises AwsFailure or NotConverged."""
        after = self._observe(change.desired, self._send(change) or ())
        while (pending := self._still_to_do(after)).plan or not self.confirmed:
            if not pending.plan:
                self.confirm()
            elif self.waited >= self.resource.settle_seconds:
                raise NotConverged(
                    f"{f'{self.conflict} ' if self.conflict else ''}AWS does not show the change after"
                    f" {self.waited:.0f} s. Still to do: {pending.summaries}. Run"
                    f" again later."
                )
            elif after in self.outdated:
                self.wait_visible()
            else:
                self.merge_again(pending)
            after = self._observe(change.desired, ())
        return after

    def wait_visible(self) -> None:
        """Pause, each time twice as long up to a limit."""
        self.pause(self.step)
        self.waited, self.step = self.waited + self.step, min(self.step * 2, _LONGEST_PAUSE)

    def merge_again(self, pending: Change[State]) -> None:
        """Send what is missing in another writer's state. Raises NotConverged if that has happened too often."""
        if len(self.outdated) > _MERGES:
            raise NotConverged(
                f"Another writer keeps changing the resource at the same time. The run stopped after {_MERGES}"
                f" attempts. Still to do: {pending.summaries}. Make sure that only one job at a time changes the"
                f" policies, then run again."
            )
        if self._send(pending) is None:
            self.wait_visible()

    def confirm(self) -> None:
        """Pause as long as another writer's change may take to become visible."""
        self.pause(self.resource.confirm_seconds + min(self.waited, self.resource.settle_seconds))
        self.confirmed = True

    def _send(self, change: Change[State]) -> list[Any] | None:
        """AWS's replies to the plan; None if another writer came first.

        The rest of the plan is not sent then, because it would undo what the other writes.
        """
        replies: list[Any] = []
        for call in change.plan:
            try:
                replies.append(self.gateway.send(call))
            except AwsFailure as failure:
                if failure.code in call.conflict_codes:
                    self.conflict = failure
                    return None
                explanation = self.resource.explain(self.gateway, change.desired, failure)
                raise failure.adding(explanation, self._so_far(call if failure.may_have_effect else None)) from None
            except Refused as refused:
                if not self.done:
                    raise
                raise NotConverged(f"{refused.reason} {self._so_far()}") from refused
            self.done.append(call.summary)
        self.conflict = None
        self.outdated.append(change.before)
        self.confirmed = not self.resource.confirm_seconds
        return replies

    def _observe(self, desired: State, replies: Sequence[Any]) -> State:
        try:
            return self.resource.observe(self.gateway, desired, replies)
        except AwsFailure as failure:
            raise failure.adding(self._so_far()) from None
        except Refused as refused:
            raise NotConverged(f"{refused.reason} {self._so_far()}") from refused

    def _still_to_do(self, after: State) -> Change[State]:
        try:
            return _change(self.resource, after)
        except Refused as refused:
            raise NotConverged(
                f"The resource was changed concurrently and can no longer be updated: {refused.reason} Run again when"
                f" the other change is complete."
            ) from refused

    def _so_far(self, unknown: Call | None = None) -> str:
        """What has been changed. C(unknown) is a call that failed, but that AWS may have carried out."""
        if not self.done and unknown is None:
            return UNCHANGED
        completed = f"Completed before: {'; '.join(self.done)}. " if self.done else ""
        open_call = f"AWS may have carried out this call nevertheless: {unknown.summary}. " if unknown else ""
        return f"{completed}{open_call}Run again to continue."
