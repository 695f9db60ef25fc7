# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Send a plan, and wait until AWS shows its result, beside other writers of the same resource.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NoReturn

from .call import Call
from .errors import UNCHANGED, AwsFailure, NotConverged, Refused
from .resource import Change, Lease, Resource, Sender, State, change_from

_MERGES = 5  # how often a state of another writer is merged
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds


class Settler(Generic[State]):
    """Sends a plan, and then waits until the plan that follows from AWS's state is empty.

    A resource that is written as a whole is read again immediately before the first write: C(read_again). After a write
    AWS may show an old state for a while: C(wait_visible). Any other unexpected state comes from another writer at the
    same time: C(merge_again) plans from that state, which keeps the other's changes. Another writer that read before
    our change was visible may still overwrite it. That shows as late as our change did: C(confirm) reads once more.
    """

    def __init__(
        self, resource: Resource[State], gateway: Sender, pause: Callable[[float], None], lease: Lease
    ) -> None:
        self.resource, self.gateway, self.pause, self.lease = resource, gateway, pause, lease
        self.first: Change[State] | None = None  # the change that was sent first; its plan is empty if none was sent
        self.last: Change[State] | None = None  # the change that was sent last
        self.done: list[str] = []  # summaries of the calls that were sent
        self.outdated: list[State] = []  # states that our calls, or other writers, have replaced
        self.merges = 0  # how often a state of another writer was planned from
        self.waited, self.step = 0.0, _FIRST_PAUSE  # seconds
        self.confirmed = not resource.confirm_seconds
        self.conflict: AwsFailure | None = None  # of the call that was sent last ...
        self.conflict_wait = 0.0  # ... and for how many seconds it may be repeated

    def settle(self, planned: Change[State]) -> State:
        """The state that AWS shows in the end. Raises AwsFailure or NotConverged."""
        change = self.read_again(planned)
        self.first = self.last = change
        if not change.plan:
            return change.before
        after = self._observe(change.desired, self._send(change) or ())
        while (pending := self._still_to_do(after)).plan or not self.confirmed:
            if not pending.plan:
                self.confirm()
            elif self.waited >= self._longest_wait:
                self._give_up(pending)
            elif after in self.outdated:
                self.wait_visible()
            else:
                self.merge_again(pending)
            after = self._observe(change.desired, ())
        return after

    def read_again(self, planned: Change[State]) -> Change[State]:
        """The change from the state immediately before the write, which AWS has shown twice.

        Time may have passed since the first read. A write of the whole resource would undo the changes of others since.
        """
        change = planned
        while self.resource.confirm_seconds:
            state = self._observe(change.desired, ())
            if state == change.before:
                break
            self._count_merge(change)
            self.outdated.append(change.before)
            change = self._still_to_do(state)
        return change

    @property
    def _longest_wait(self) -> float:
        return max(self.resource.settle_seconds, self.conflict_wait if self.conflict else 0.0)

    def _give_up(self, pending: Change[State]) -> NoReturn:
        still_to_do = f"Still to do: {pending.summaries}. Run again later."
        if self.conflict and self.conflict_wait:
            raise self.conflict.adding(f"The call was repeated for {self.waited:.0f} s. {still_to_do}")
        reason = f"{self.conflict} " if self.conflict else ""
        raise NotConverged(f"{reason}AWS does not show the change after {self.waited:.0f} s. {still_to_do}")

    def wait_visible(self) -> None:
        """Pause, each time twice as long up to a limit."""
        self.pause(self.step)
        self.waited, self.step = self.waited + self.step, min(self.step * 2, _LONGEST_PAUSE)

    def merge_again(self, pending: Change[State]) -> None:
        """Send what is missing in another writer's state. Raises NotConverged if that has happened too often."""
        if not self.conflict:
            self._count_merge(pending)
        if self._send(pending) is None:
            self.wait_visible()

    def _count_merge(self, pending: Change[State]) -> None:
        self.merges += 1
        if self.merges > _MERGES:
            raise NotConverged(
                f"Another writer keeps changing the resource at the same time. The run stopped after {_MERGES}"
                f" attempts. Still to do: {pending.summaries}. {self._so_far()} Make sure that only one job at a time"
                f" changes the policies, then run again."
            )

    def confirm(self) -> None:
        """Pause as long as another writer's change may take to become visible."""
        self.pause(self.resource.confirm_seconds + min(self.waited, self.resource.settle_seconds))
        self.confirmed = True

    def _send(self, change: Change[State]) -> list[Any] | None:
        """AWS's replies to the plan; None if it must be planned again: another writer came first, or AWS is busy.

        The rest of the plan is not sent then, because it would undo what the other writes.
        """
        replies: list[Any] = []
        self.last = change
        self.lease.keep()
        for call in change.plan:
            try:
                replies.append(self.gateway.send(call))
            except AwsFailure as failure:
                if failure.code in call.conflict_codes or (call.plan_again and failure.is_transient):
                    self.conflict, self.conflict_wait = failure, call.plan_again
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
            return change_from(self.resource, after)
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
