# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reconciling against an AWS that shows changes late, with other writers, and with calls that fail half-way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.call import Call
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, NotConverged, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import Outcome, reconcile
from ansible_collections.central_logging.aws.plugins.module_utils._trail.resource import TrailResource

from tests.fakes.fake_policies import FOREIGN, FakePolicyStore, bucket_policy, empty_bucket, foreign_bucket, policy
from tests.fakes.support import PRODUCTION, STAGING, account, failure

ALSO = '{"Sid":"Also theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}'


class Pauses:
    """Collects the seconds that time.sleep would have been called with."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def add(letter: str, **more: Any) -> Call:
    return Call(service="s", operation="add", arguments={"letter": letter}, summary=f"add {letter}", **more)


class Thing:
    """A resource whose state is a tuple of letters; each missing letter is one call."""

    render_from: str | None = None
    settle_seconds = 10.0
    confirm_seconds = 0.0
    allow_missing_in_check_mode = False

    def __init__(self, wanted: str, lacks: str = "", refuse: str = "") -> None:
        self.wanted, self.lacks, self.refuse = wanted, lacks, refuse

    def read(self, gateway: Any) -> str:
        return str(gateway.show())

    def desired(self, before: str) -> str:
        if self.refuse and self.refuse in before:
            raise Refused(f"There is {self.refuse}.")
        return "".join(sorted({*before, *self.wanted}))

    def plan(self, before: str, desired: str) -> Sequence[Call]:
        return [add(letter) for letter in desired if letter not in before]

    def missing(self, before: str) -> str:
        return self.lacks

    def observe(self, gateway: Any, desired: str, replies: Sequence[Any]) -> str:
        return self.read(gateway)

    def explain(self, gateway: Any, desired: str, failure: AwsFailure) -> str:
        return f"Because of {failure.code} on the way to {desired}."


class Letters:
    """A gateway to a state of letters; `shown` are the states that reads return after a write, before the real one."""

    def __init__(self, state: str = "", fail_on: str = "") -> None:
        self.state, self.fail_on = state, fail_on
        self.sent: list[str] = []
        self.shown: list[str] = []

    def show(self) -> str:
        return self.shown.pop(0) if self.shown and self.sent else self.state

    def send(self, call: Call) -> Any:
        letter = call.arguments["letter"]
        if letter == self.fail_on:
            raise failure("Denied")
        self.sent.append(letter)
        self.state = "".join(sorted({*self.state, letter}))
        return {}


def run(thing: Thing, gateway: Letters, *, dry_run: bool = False) -> tuple[Outcome, list[float]]:
    pauses = Pauses()
    return reconcile(thing, gateway, dry_run=dry_run, pause=pauses), pauses.seconds


def test_the_plan_is_sent_in_its_order_and_once() -> None:
    gateway = Letters("a")
    outcome, pauses = run(Thing("cb"), gateway)
    assert gateway.sent == ["b", "c"]
    assert (outcome.before, outcome.desired, outcome.after, outcome.changed) == ("a", "abc", "abc", True)
    assert pauses == []


class Unreachable(Letters):
    """An AWS that must not be called."""

    def show(self) -> str:
        raise AssertionError("nothing is read")

    def send(self, call: Call) -> Any:
        raise AssertionError(f"nothing is sent: {call.summary}")


class Contended(Letters):
    """Another writer is active when the first calls arrive, and its change is visible afterwards."""

    def __init__(self, conflicts: int) -> None:
        super().__init__("a")
        self.conflicts = conflicts

    def send(self, call: Call) -> Any:
        if self.conflicts:
            self.conflicts -= 1
            self.state = "".join(sorted({*self.state, "x"}))
            raise failure("OperationAborted")
        assert "x" not in call.summary and call.arguments["planned_from"] == "ax"
        return super().send(call)


class Written(Thing):
    """A thing that is written as a whole, from the state that was read."""

    def plan(self, before: str, desired: str) -> Sequence[Call]:
        codes = frozenset({"OperationAborted"})
        calls = [add(letter, conflict_codes=codes) for letter in desired if letter not in before]
        return [replace(call, arguments={**call.arguments, "planned_from": before}) for call in calls]


@pytest.mark.parametrize("conflicts", [1, 3])
def test_after_a_conflict_the_plan_is_made_from_the_other_writers_state(conflicts: int) -> None:
    gateway = Contended(conflicts)
    outcome, pauses = run(Written("b"), gateway)
    assert (gateway.sent, outcome.after) == (["b"], "abx")
    assert len(pauses) == conflicts - 1


def test_endless_conflicts_end_the_run() -> None:
    gateway = Contended(1000)
    with pytest.raises(NotConverged, match="Still to do: add b"):
        run(Written("b"), gateway)
    assert gateway.sent == []


def test_what_is_rendered_makes_no_call() -> None:
    thing = Thing("b", lacks="There is no bucket.")
    thing.render_from = "x"
    for dry_run in (True, False):
        outcome, pauses = run(thing, Unreachable(), dry_run=dry_run)
        assert (outcome.before, outcome.desired, outcome.after, outcome.changed) == ("x", "bx", "bx", False)
        assert (outcome.plan, pauses) == ((), [])


def test_the_empty_state_can_be_rendered_from() -> None:
    thing = Thing("b")
    thing.render_from = ""
    assert run(thing, Unreachable())[0].after == "b"


def test_what_cannot_be_rendered_is_refused() -> None:
    thing = Thing("b", refuse="x")
    thing.render_from = "x"
    with pytest.raises(Refused, match=r"There is x\. This task has changed nothing\.$"):
        run(thing, Unreachable())


def test_nothing_to_do() -> None:
    outcome, pauses = run(Thing("a"), Letters("a"))
    assert (outcome.changed, outcome.plan, outcome.after, pauses) == (False, (), "a", [])


def test_a_dry_run_sends_nothing_and_returns_the_plan() -> None:
    gateway = Letters("a")
    outcome, _pauses = run(Thing("b"), gateway, dry_run=True)
    assert gateway.sent == []
    assert (outcome.changed, outcome.after) == (True, "ab")
    assert outcome.plan == run(Thing("b"), gateway)[0].plan


@pytest.mark.parametrize(("dry_run", "allowed"), [(False, False), (True, False), (False, True)])
def test_a_missing_dependency_is_refused(dry_run: bool, allowed: bool) -> None:
    thing, gateway = Thing("b", lacks="There is no bucket."), Letters("a")
    thing.allow_missing_in_check_mode = allowed
    with pytest.raises(Refused, match=r"There is no bucket\. This task has changed nothing\.$"):
        run(thing, gateway, dry_run=dry_run)
    assert gateway.sent == []


def test_an_earlier_task_in_check_mode_may_stand_for_a_missing_dependency() -> None:
    thing = Thing("b", lacks="There is no bucket.")
    thing.allow_missing_in_check_mode = True
    assert run(thing, Letters("a"), dry_run=True)[0].changed


def test_a_missing_dependency_does_not_matter_if_nothing_is_to_do() -> None:
    assert not run(Thing("a", lacks="There is no bucket."), Letters("a"))[0].changed


def test_during_stale_reads_the_run_waits_and_sends_nothing_again() -> None:
    gateway = Letters("a")
    gateway.shown = ["a", "a", "a"]
    outcome, pauses = run(Thing("b"), gateway)
    assert gateway.sent == ["b"]
    assert outcome.after == "ab"
    assert pauses == [0.5, 1, 2]


def test_waiting_for_stale_reads_ends() -> None:
    gateway = Letters("a")
    gateway.shown = ["a"] * 100
    with pytest.raises(NotConverged, match="AWS does not show the change after 1[0-9] s.*add b") as error:
        run(Thing("b"), gateway)
    assert "This task has changed nothing" not in str(error.value)
    assert gateway.sent == ["b"]


def test_the_state_of_another_writer_is_merged() -> None:
    gateway = Letters("a")
    gateway.shown = ["ax"]
    outcome, pauses = run(Thing("b"), gateway)
    assert gateway.sent == ["b", "b"]
    assert outcome.after == "ab"
    assert pauses == []


def test_another_writer_who_never_stops_ends_the_run() -> None:
    gateway = Letters("a")
    gateway.shown = [f"a{letter}" for letter in "mnopqrstuvwxyz"]
    with pytest.raises(NotConverged, match="Another writer keeps changing.*add b.*one job at a time") as error:
        run(Thing("b"), gateway)
    assert 2 <= len(gateway.sent) <= 10, "bounded"
    assert "This task has changed nothing" not in str(error.value)


def test_an_error_at_the_first_call() -> None:
    with pytest.raises(AwsFailure, match=r"Because of Denied on the way to abc\. This task has changed nothing\.$"):
        run(Thing("bc"), Letters("a", fail_on="b"))


class Lost(Letters):
    """The answer to a call is lost, after the call took effect or before."""

    def send(self, call: Call) -> Any:
        if call.arguments["letter"] == "c":
            raise AwsFailure("Add", "ReadTimeoutError", "no answer", may_have_effect=True)
        return super().send(call)


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ("c", r"AWS may have carried out this call nevertheless: add c\. Run again to continue\.$"),
        ("bc", r"Completed before: add b\. AWS may have carried out this call nevertheless: add c\. Run again"),
    ],
)
def test_d3_a_lost_answer_does_not_claim_that_nothing_was_changed(letters: str, words: str) -> None:
    with pytest.raises(AwsFailure, match=words) as error:
        run(Thing(letters), Lost("a"))
    assert "changed nothing" not in str(error.value)


def test_d3_a_refusal_between_two_calls_names_the_completed_calls() -> None:
    """The gateway may refuse a new session, for example one of another account."""

    class Refusing(Letters):
        def send(self, call: Call) -> Any:
            if self.sent:
                raise Refused("The credentials belong to another account.")
            return super().send(call)

    with pytest.raises(NotConverged, match=r"another account\. Completed before: add b\.") as error:
        run(Thing("bc"), Refusing("a"))
    assert "changed nothing" not in str(error.value)


def test_d3_a_task_makes_no_statement_about_the_tasks_before_it() -> None:
    with pytest.raises(AwsFailure, match=r"This task has changed nothing\.$"):
        run(Thing("b"), Letters("a", fail_on="b"))


def test_an_error_in_the_middle_names_the_completed_calls() -> None:
    gateway = Letters("a", fail_on="d")
    with pytest.raises(AwsFailure, match=r"to abcd\. Completed before: add b; add c\. Run again to"):
        run(Thing("bcd"), gateway)
    assert gateway.state == "abc"
    assert run(Thing("bcd"), Letters(gateway.state))[0].after == "abcd"


def test_an_error_in_a_later_round_does_not_claim_that_nothing_was_changed() -> None:
    gateway = Letters("a")
    gateway.shown = ["ax"]
    original = gateway.send

    def send(call: Call) -> Any:
        if gateway.sent:
            raise failure("Denied")
        return original(call)

    gateway.send = send  # type: ignore[method-assign]
    with pytest.raises(AwsFailure) as error:
        run(Thing("b"), gateway)
    assert "This task has changed nothing" not in str(error.value)
    assert "on the way to abx. Completed before: add b." in str(error.value)


def test_a_refusal_after_the_write_does_not_claim_that_nothing_was_changed() -> None:
    gateway = Letters("a")
    gateway.shown = ["axx"]
    with pytest.raises(NotConverged) as error:
        run(Thing("b", refuse="x"), gateway)
    assert "There is x." in str(error.value)
    assert "This task has changed nothing" not in str(error.value)


@pytest.mark.parametrize("problem", [failure("Throttled"), Refused("It cannot be read.")])
def test_a_read_that_fails_after_the_write_names_the_completed_calls(problem: Exception) -> None:
    thing, gateway = Thing("b"), Letters("a")

    def observe(*_: Any) -> str:
        raise problem

    thing.observe = observe  # type: ignore[assignment, method-assign]
    with pytest.raises((AwsFailure, NotConverged)) as error:
        run(thing, gateway)
    assert "This task has changed nothing" not in str(error.value)
    assert "add b" in str(error.value)


def test_a_read_that_fails_before_the_write_states_that_nothing_was_changed() -> None:
    thing = Thing("b")

    def read(*_: Any) -> str:
        raise failure("Denied")

    thing.read = read  # type: ignore[assignment, method-assign]
    with pytest.raises(AwsFailure, match="This task has changed nothing"):
        run(thing, Letters("a"))


# the same with a real policy


def _put(store: FakePolicyStore, **options: Any) -> Outcome:
    pauses = Pauses()
    return reconcile(bucket_policy(accounts=[account(PRODUCTION)], **options), store, dry_run=False, pause=pauses)


@pytest.mark.parametrize("make", [empty_bucket, foreign_bucket])
def test_a_policy_that_is_visible_late_is_put_once(make: Any) -> None:
    store = make()
    store.lag = 3
    _put(store)
    assert len(store.writes) == 1


def test_a_second_writer_who_overwrote_our_statements_is_merged() -> None:
    store = foreign_bucket()
    store.writers = [lambda _text: policy(FOREIGN, ALSO)]
    _put(store)
    assert len(store.writes) == 2
    assert store.sids[:2] == ["Theirs", "Also theirs"]
    assert "CentralLoggingWrite" in store.sids
    assert store.text is not None
    assert FOREIGN in store.text
    assert ALSO in store.text


def test_a_second_writer_who_added_to_ours_is_left_alone() -> None:
    store = foreign_bucket()

    def add(text: str | None) -> str:
        document = json.loads(text or "")
        document["Statement"].append(json.loads(ALSO))
        return json.dumps(document)

    store.writers = [add]
    _put(store)
    assert len(store.writes) == 1


def test_a_second_writer_of_our_kind_adds_another_account() -> None:
    """Two jobs at the same time, each with its own accounts: both sets are in at the end."""
    other = foreign_bucket()
    reconcile(bucket_policy(accounts=[account(STAGING)]), other, dry_run=False, pause=Pauses())
    store = foreign_bucket()
    store.writers = [lambda _text: other.text]
    outcome = _put(store)
    assert bucket_policy().result(outcome)["accounts"] == [STAGING, PRODUCTION]


def test_a_second_writer_who_never_stops() -> None:
    store = foreign_bucket()
    store.writers = [
        lambda _text, number=number: policy(FOREIGN, ALSO.replace("Also", f"{number}"))  # type: ignore[misc]
        for number in range(50)
    ]
    with pytest.raises(NotConverged, match="Another writer keeps changing"):
        _put(store)
    assert len(store.writes) <= 10


def test_settle_timeout_is_the_bound() -> None:
    store = foreign_bucket()
    store.lag = 1000
    pauses = Pauses()
    with pytest.raises(NotConverged):
        subject = bucket_policy(accounts=[account(PRODUCTION)], settle_timeout=30)
        reconcile(subject, store, dry_run=False, pause=pauses)
    assert 30 <= sum(pauses.seconds) < 40
    assert max(pauses.seconds) == 5


# two at once


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_change_that_is_overwritten_after_it_was_visible_is_merged(lag: int) -> None:
    """The other writer read before our change was visible, and wrote after the run had read that change."""
    thing, gateway = Thing("b"), Letters("a")
    thing.confirm_seconds = 1.0
    gateway.shown = [*["a"] * lag, "ab", "ac"]
    outcome, pauses = run(thing, gateway)
    assert gateway.sent == ["b", "b"], "planned again from the other writer's state"
    assert outcome.after == "ab"
    visible_after = sum([0.5, 1, 2][:lag])
    assert pauses[lag] == 1.0 + visible_after, "as long again as our change took to become visible"


def test_a_write_that_stays_costs_one_more_read() -> None:
    thing = Thing("b")
    thing.confirm_seconds = 1.0
    assert run(thing, Letters("a"))[1] == [1.0]
    assert run(thing, Letters("ab"))[1] == [], "nothing was written that could be overwritten"
    assert run(thing, Letters("a"), dry_run=True)[1] == []


def test_policies_are_read_again_and_trails_are_not() -> None:
    store = foreign_bucket()
    pauses = Pauses()
    reconcile(bucket_policy(accounts=[account(PRODUCTION)]), store, dry_run=False, pause=pauses)
    assert pauses.seconds == [1.0]
    assert TrailResource.confirm_seconds == 0
