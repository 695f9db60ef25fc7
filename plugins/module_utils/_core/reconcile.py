# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From what is to what should be: read, desired, plan, apply, settle. Knows neither AWS nor Ansible.

Note that this module util is PRIVATE to the collection: it can change at any time.

The plan is the one source of truth: check mode, C(changed), the diff, the calls that are sent and the wait until AWS
shows the result all come from it. The only look at check mode in the collection is here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from .call import Call
from .errors import UNCHANGED, AwsFailure, NotConverged, Refused

State = TypeVar("State")

_ROUNDS = 5
_LONGEST_PAUSE = 5.0


class Sender(Protocol):
    """The part of the gateway that is needed here."""

    def send(self, call: Call) -> Any: ...


class Resource(Protocol[State]):
    """One thing in AWS. All but C(read), C(observe) and C(explain) are pure."""

    settle_seconds: float
    confirm_seconds: float  # others may write it at the same time: look again so long after it has been seen; 0: no
    allow_missing_in_check_mode: bool

    def read(self, gateway: Any) -> State:
        """What is there now. An error in reading is an error, never "nothing there"."""

    def desired(self, before: State) -> State:
        """What should be there. Raises Refused where that is impossible or would weaken the logging."""

    def plan(self, before: State, desired: State) -> Sequence[Call]:
        """The calls from one to the other; none where both are the same."""

    def missing(self, before: State) -> str:
        """A sentence on what the plan needs and does not exist; empty where nothing lacks."""

    def observe(self, gateway: Any, desired: State, replies: Sequence[Any]) -> State:
        """What is there after the plan: read again, or known from AWS's replies. Without replies always read again."""

    def explain(self, gateway: Any, before: State, failure: AwsFailure) -> str:
        """More about a failed call, for the operator; empty where there is nothing to add."""


@dataclass(frozen=True)
class Outcome:
    """What a run found, did, and left."""

    before: Any
    desired: Any
    after: Any  # in a dry run: what would be there
    plan: tuple[Call, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.plan)


def reconcile(
    resource: Resource[State], gateway: Sender, *, dry_run: bool, pause: Callable[[float], None] = time.sleep
) -> Outcome:
    """Bring about what the resource desires; in a dry run only say how."""
    try:
        before = resource.read(gateway)
        desired = resource.desired(before)
        plan = tuple(resource.plan(before, desired))
        missing = resource.missing(before) if plan else ""
        if missing and not (dry_run and resource.allow_missing_in_check_mode):
            raise Refused(missing)
    except AwsFailure as failure:
        raise failure.adding(UNCHANGED) from None
    if not plan:
        return Outcome(before, desired, before)
    if dry_run:
        return Outcome(before, desired, desired, plan)
    done: list[str] = []
    replies = _apply(resource, gateway, before, plan, done)
    return Outcome(before, desired, _settle(resource, gateway, before, desired, replies, done, pause), plan)


def _apply(
    resource: Resource[State], gateway: Sender, before: State, plan: Sequence[Call], done: list[str]
) -> list[Any] | None:
    """Send the plan and return the replies; C(done) collects what has been sent, over several rounds.

    None where another writer came in between: to send the same again would undo what they write.
    """
    replies: list[Any] = []
    for call in plan:
        try:
            replies.append(gateway.send(call))
        except AwsFailure as failure:
            if failure.code in call.conflict_codes:
                return None
            raise failure.adding(resource.explain(gateway, before, failure), _so_far(done)) from None
        done.append(call.summary)
    return replies


def _so_far(done: Sequence[str]) -> str:
    return f"Done before it: {'; '.join(done)}. A further run goes on from there." if done else UNCHANGED


def _settle(
    resource: Resource[State],
    gateway: Sender,
    before: State,
    desired: State,
    replies: Sequence[Any] | None,
    done: list[str],
    pause: Callable[[float], None],
) -> State:
    """Wait until the plan from what is there is empty.

    AWS may go on showing the old state for a while: that is waited for. Any third state was written by somebody else
    at the same time: what is still missing then is planned anew from their state and sent, so that nobody's is lost.
    Somebody who read before our write was visible may overwrite it later still, and that shows as late as ours did.
    So where others write too, it is looked at once more, after that time and C(confirm_seconds).
    """
    waited, step, confirmed = 0.0, 0.5, not resource.confirm_seconds
    outdated = [] if replies is None else [before]
    after = _observe(resource, gateway, desired, replies or (), done)
    while (pending := _still_to_do(resource, after)) or not confirmed:
        if not pending:
            pause(resource.confirm_seconds + min(waited, resource.settle_seconds))
            confirmed, after = True, _observe(resource, gateway, desired, (), done)
            continue
        summaries = "; ".join(call.summary for call in pending)
        if waited >= resource.settle_seconds:
            raise NotConverged(
                f"After {waited:.0f} s AWS still does not show what was written. Still to do: {summaries}."
            )
        if after in outdated:
            pause(step)
            waited, step = waited + step, min(step * 2, _LONGEST_PAUSE)
        elif len(outdated) > _ROUNDS:
            raise NotConverged(
                f"Somebody else keeps writing at the same time; gave up after {_ROUNDS} tries. Still to do:"
                f" {summaries}. Let one job at a time write the policies, then run again."
            )
        elif _apply(resource, gateway, after, pending, done) is None:
            pause(step)
            waited, step = waited + step, min(step * 2, _LONGEST_PAUSE)
        else:
            outdated.append(after)
            confirmed = not resource.confirm_seconds
        after = _observe(resource, gateway, desired, (), done)
    return after


def _observe(
    resource: Resource[State], gateway: Sender, desired: State, replies: Sequence[Any], done: Sequence[str]
) -> State:
    try:
        return resource.observe(gateway, desired, replies)
    except AwsFailure as failure:
        raise failure.adding(_so_far(done)) from None
    except Refused as refused:
        raise NotConverged(f"{refused.reason} {_so_far(done)}") from refused


def _still_to_do(resource: Resource[State], after: State) -> tuple[Call, ...]:
    try:
        return tuple(resource.plan(after, resource.desired(after)))
    except Refused as refused:
        raise NotConverged(
            f"Somebody else has written at the same time, and what is there now does not allow it: {refused.reason} Run"
            f" again once they are done."
        ) from refused
