# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another writer of the same policy between each two calls of a run, and what a run does with a lease."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.call import Call
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, NotConverged
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import Outcome, reconcile

from tests.fakes.fake_policies import ROOT, FakePolicyStore, bucket_policy, key_policy, policy
from tests.fakes.support import ARCHIVE, PRODUCTION, STAGING, account

SOMEBODY = (
    '{"Sid":"Old","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"%s","Resource":"*"}'
)
Make = Callable[..., Any]


class WatchedStore(FakePolicyStore):
    """Runs a function before a call: C(before) has it by the number of the read or write."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.before: dict[str, Callable[[], None]] = {}
        self.reads = 0

    def _read(self, absent: str) -> Any:
        self.reads += 1
        self.before.pop(f"read {self.reads}", lambda: None)()
        return super()._read(absent)

    def _write(self, text: str | None) -> Any:
        self.before.pop(f"write {len(self.writes) + 1}", lambda: None)()
        return super()._write(text)

    def add(self, sid: str) -> None:
        assert self.text is not None
        statement = json.loads(SOMEBODY % "s3:GetObject") | {"Sid": sid}
        self.text = json.dumps({**self.value, "Statement": [*self.statements, statement]})

    def remove(self, sid: str) -> None:
        statements = [statement for statement in self.statements if statement["Sid"] != sid]
        self.text = json.dumps({**self.value, "Statement": statements})


@pytest.fixture(params=["bucket", "key"])
def kind(request: pytest.FixtureRequest) -> tuple[WatchedStore, Make]:
    root = ROOT % ARCHIVE
    if request.param == "bucket":
        return WatchedStore(policy(SOMEBODY % "s3:ListBucket")), bucket_policy
    return WatchedStore(policy(root, SOMEBODY % "kms:DescribeKey")), key_policy


def put(store: WatchedStore, make: Make, **more: Any) -> Outcome:
    subject = make(accounts=[account(PRODUCTION)])
    return reconcile(subject, store, dry_run=False, pause=lambda _seconds: None, **more)


def test_a4_a_statement_added_after_our_read_is_kept(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    store.before["read 2"] = lambda: store.add("Theirs")
    outcome = put(store, make)
    assert {"Old", "Theirs"} <= set(store.sids)
    assert (len(store.writes), store.reads) == (1, 5), "read again until two reads agree"
    assert "Theirs" in [statement["Sid"] for statement in outcome.before.document.value["Statement"]]
    assert make().warnings(outcome) == []


def test_a4_a_statement_removed_after_our_read_stays_removed(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    store.before["read 2"] = lambda: store.remove("Old")
    put(store, make)
    assert "Old" not in store.sids
    (written,) = store.writes
    assert "Old" not in str(written)


def test_a4_a_removed_statement_is_not_resurrected_by_a_late_view_of_the_first_policy(
    kind: tuple[WatchedStore, Make],
) -> None:
    """AWS may show the policy of before the other writer once more, after our put."""
    store, make = kind
    first = store.text
    store.before["read 2"] = lambda: store.remove("Old")
    store.before["read 4"] = lambda: store._stale.append(first)
    put(store, make)
    assert "Old" not in store.sids
    assert len(store.writes) == 1


def test_a4_a_writer_who_changes_the_policy_at_each_read_ends_the_run(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    for number in range(2, 60):
        store.before[f"read {number}"] = lambda number=number: store.add(f"Theirs{number}")
    with pytest.raises(NotConverged, match=r"Another writer keeps changing.*changed nothing.*one job at a time"):
        put(store, make)
    assert store.writes == []


def test_a4_what_another_run_of_ours_has_done_meanwhile_is_not_done_again(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    store.before["read 2"] = lambda: put(other, make) and setattr(store, "text", other.text)
    other = WatchedStore(str(store.text))
    outcome = put(store, make)
    assert (store.writes, outcome.changed, outcome.plan) == ([], False, ())
    assert make().result(outcome)["accounts"] == [PRODUCTION]


def test_a4_a_converged_run_reads_once(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    put(store, make)
    store.reads = 0
    assert not put(store, make).changed
    assert store.reads == 1


def test_a4_a_foreign_statement_that_is_gone_after_the_write_is_named(kind: tuple[WatchedStore, Make]) -> None:
    """Our statements are there, so that nothing is written again: it may have been removed on purpose."""
    store, make = kind
    store.before["read 3"] = lambda: store.remove("Old")
    store.before["read 4"] = lambda: store.add("Theirs")
    outcome = put(store, make)
    (warning,) = make().warnings(outcome)
    assert "another writer has changed the policy" in warning
    assert "removed: Old" in warning and "added: Theirs" in warning
    assert len(store.writes) == 1


class Refusing(WatchedStore):
    """AWS refuses the first puts for a moment, and another writer changes the policy meanwhile."""

    def __init__(self, text: str, failures: int) -> None:
        super().__init__(text)
        self.failures = failures

    def send(self, call: Call) -> Any:
        if self.failures:
            self.failures -= 1
            self.add(f"Theirs{self.failures}")
            raise AwsFailure("Put", "SlowDown", "no", is_transient=True, may_have_effect=True)
        return super().send(call)


def test_a4_a_put_that_is_throttled_is_planned_again_before_it_is_repeated() -> None:
    store = Refusing(policy(SOMEBODY % "s3:ListBucket"), 8)
    outcome = put(store, bucket_policy)
    assert {"Old", *(f"Theirs{number}" for number in range(8))} <= set(store.sids)
    assert (len(store.writes), outcome.changed) == (1, True)


def test_a4_a_put_that_is_throttled_for_too_long_fails_with_the_last_error() -> None:
    store = Refusing(policy(SOMEBODY % "s3:ListBucket"), 10_000)
    pauses: list[float] = []
    subject = bucket_policy(accounts=[account(PRODUCTION)], retry_timeout=120)
    with pytest.raises(AwsFailure, match=r"SlowDown: no\. The call was repeated for 12\d s\. Still to do: put the"):
        reconcile(subject, store, dry_run=False, pause=pauses.append)
    assert 120 <= sum(pauses) < 130


class Recorder:
    """A lease that records what the run does with it, between the calls of the store."""

    def __init__(self, store: WatchedStore, problem: str = "") -> None:
        self.store, self.problem = store, problem
        self.events: list[tuple[str, int, int]] = []

    def _add(self, event: str) -> None:
        self.events.append((event, self.store.reads, len(self.store.writes)))

    def take(self) -> None:
        self._add("take")

    def keep(self) -> None:
        self._add("keep")

    def release(self) -> None:
        self._add("release")


def test_a5_the_lease_is_held_from_the_second_read_to_the_last(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    lease = Recorder(store, "No lease.")
    outcome = put(store, make, lease=lease)
    assert lease.events == [("take", 1, 0), ("keep", 2, 0), ("release", 4, 1)]
    assert outcome.lease_problem == "No lease."


def test_a5_no_lease_is_taken_if_nothing_is_to_do(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    put(store, make)
    lease = Recorder(store, "No lease.")
    assert put(store, make, lease=lease).lease_problem == ""
    subject = make(accounts=[account(STAGING)])
    assert reconcile(subject, store, dry_run=True, lease=lease).changed
    assert lease.events == []


def test_a5_the_lease_is_released_if_the_run_fails(kind: tuple[WatchedStore, Make]) -> None:
    store, make = kind
    lease = Recorder(store)

    def fail() -> None:
        raise AwsFailure("Put", "AccessDenied", "no")

    store.before["write 1"] = fail
    with pytest.raises(AwsFailure):
        put(store, make, lease=lease)
    assert [event for event, _reads, _writes in lease.events] == ["take", "keep", "release"]
