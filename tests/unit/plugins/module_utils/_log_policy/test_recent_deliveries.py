# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An account whose trail still delivers is not removed from a policy without allow_weaken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_log_bucket import FakeLogBucket, ago, log
from tests.fakes.fake_policies import FakePolicyStore, empty_bucket, key, run_bucket, run_key
from tests.fakes.support import BUCKET, DEVELOPMENT, PRODUCTION, STAGING, account, failure

ORGANIZATION, MANAGEMENT = "o-a1b2c3d4e5", "222233334444"
BOTH = [account(PRODUCTION), account(STAGING)]
REMOVALS = [
    {"state": "absent", "accounts": [{"id": STAGING}]},
    {"purge_accounts": True, "accounts": [account(PRODUCTION)]},
]
removals = pytest.mark.parametrize("removal", REMOVALS, ids=["absent", "purge"])


def delivered(*times: datetime, identity: str = STAGING, root: str = "AWSLogs/") -> FakeLogBucket:
    """A bucket with log files of these times, each written at that time."""
    keys = {log(time, identity, root=root): time for time in times}
    bucket = FakeLogBucket(dict.fromkeys(keys))
    bucket.modified = keys
    return bucket


def with_logs(store: FakePolicyStore, bucket: FakeLogBucket) -> FakePolicyStore:
    store.replies["s3", "list_objects_v2"] = bucket.replies["s3", "list_objects_v2"]
    store.writes.clear()
    store.calls.clear()
    return store


def bucket_store(bucket: FakeLogBucket, **options: Any) -> FakePolicyStore:
    store = empty_bucket()
    run_bucket(store, **{"accounts": BOTH, **options})
    return with_logs(store, bucket)


def key_store(bucket: FakeLogBucket, **options: Any) -> FakePolicyStore:
    store = key()
    run_key(store, **{"accounts": BOTH, **options})
    return with_logs(store, bucket)


@pytest.mark.parametrize("dry_run", [False, True])
@removals
def test_a8_an_account_that_delivers_keeps_its_access(removal: dict[str, Any], dry_run: bool) -> None:
    recent = ago(hours=23)
    for store, run in ((bucket_store(delivered(recent)), run_bucket), (key_store(delivered(recent)), run_key)):
        before = store.text
        with pytest.raises(Refused) as refused:
            run(store, dry_run=dry_run, **removal)
        assert f"account {STAGING} would lose its access, but its trail still delivers" in str(refused.value)
        assert log(recent, STAGING) in str(refused.value)
        assert "Set allow_weaken: true" in str(refused.value)
        assert (store.text, store.writes) == (before, [])


@removals
def test_a8_an_account_that_has_stopped_is_removed(removal: dict[str, Any]) -> None:
    for store, run in ((bucket_store(delivered(ago(hours=25))), run_bucket), (key_store(delivered()), run_key)):
        assert run(store, **removal).changed
        assert store.text is not None and STAGING not in store.text


@removals
def test_a8_allow_weaken_removes_without_a_look_at_the_bucket(removal: dict[str, Any]) -> None:
    for store, run in (
        (bucket_store(delivered(ago(hours=1))), run_bucket),
        (key_store(delivered(ago(hours=1))), run_key),
    ):
        assert run(store, allow_weaken=True, **removal).changed
        assert "list_objects_v2" not in store.operations


def test_a8_a_run_that_removes_nobody_lists_nothing() -> None:
    for store, run in (
        (bucket_store(delivered(ago(hours=1))), run_bucket),
        (key_store(delivered(ago(hours=1))), run_key),
    ):
        assert run(store, accounts=[*BOTH, account(DEVELOPMENT)]).changed
        assert run(store, purge_accounts=True, accounts=[*BOTH, account(DEVELOPMENT)]).plan == ()
        assert run(store, state="absent", accounts=[{"id": "999900001111"}]).plan == ()
        assert "list_objects_v2" not in store.operations


def test_a8_every_prefix_of_the_bucket_policy_is_searched() -> None:
    bucket = delivered(ago(hours=2), root="audit/AWSLogs/")
    with pytest.raises(Refused, match="still delivers"):
        run_bucket(bucket_store(bucket, key_prefix="audit"), **REMOVALS[0])
    store = key_store(bucket)
    folder = f"arn:aws:s3:::{BUCKET}/audit/AWSLogs/{STAGING}/*"
    text = f'{{"Statement": [{{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "{folder}"}}]}}'
    store.replies["s3", "get_bucket_policy"] = {"Policy": text}
    with pytest.raises(Refused, match="still delivers"):
        run_key(store, **REMOVALS[0])


def test_a8_an_old_object_with_a_new_name_is_no_delivery() -> None:
    bucket = delivered(ago(hours=1))
    bucket.modified = dict.fromkeys(bucket.modified, ago(days=9))
    assert run_bucket(bucket_store(bucket), **REMOVALS[0]).changed


def test_a8_an_organization_trail_that_delivers_keeps_its_access() -> None:
    trails = [{"management_account_id": MANAGEMENT, "trail_name": "Org", "region": None}]
    options = {"organization_id": ORGANIZATION, "organization_trails": trails}
    bucket = delivered(ago(hours=1), identity=MANAGEMENT, root=f"AWSLogs/{ORGANIZATION}/")
    for store, run in ((bucket_store(bucket, **options), run_bucket), (key_store(bucket, **options), run_key)):
        with pytest.raises(Refused, match=f"account {MANAGEMENT} would lose its access"):
            run(store, state="absent", **options)


@removals
def test_a8_without_the_bucket_a_removal_from_the_key_policy_needs_allow_weaken(removal: dict[str, Any]) -> None:
    store = key_store(delivered())
    with pytest.raises(Refused) as refused:
        run_key(store, bucket=None, **removal)
    assert f"{STAGING} would lose access, and without bucket it is not known" in str(refused.value)
    assert store.writes == []
    assert run_key(store, bucket=None, allow_weaken=True, **removal).changed


def test_a8_a_bucket_that_cannot_be_listed_is_an_error() -> None:
    store = bucket_store(delivered())
    store.replies["s3", "list_objects_v2"] = failure("AccessDenied")
    with pytest.raises(Exception, match="s3:ListBucket"):
        run_bucket(store, **REMOVALS[0])
    assert store.writes == []


def test_a8_a_message_names_five_accounts_at_most() -> None:
    many = [f"{number:012d}" for number in range(1, 9)]
    store = key()
    run_key(store, accounts=[account(identity) for identity in many])
    with pytest.raises(Refused) as refused:
        run_key(store, bucket=None, state="absent", accounts=[{"id": identity} for identity in many])
    assert many[4] in str(refused.value) and many[5] not in str(refused.value)
    assert "and 3 more" in str(refused.value)
