# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many accounts fit: the last that does, the first that does not, and the room that is returned.

The bucket's name has 36 characters and the trails' names are those of the walk-through. The limits are those of
https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html (20 KB) and
https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html (32 KB).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.bucket_policy import BucketPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_policy import KeyPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.managed_policy import PolicyState

from tests.fakes.support import ARCHIVE, KEY, REGION, account, bucket_options, key_options

ORG = "o-a1b2c3d4e5"


def bucket(count: int, layout: str, *, name: str = "sectrailprod", region: str = REGION, **options: Any) -> PolicyState:
    options = {"bucket": "b" * 36, "accounts": _accounts(count, name), "layout": layout, **options}
    return BucketPolicy(bucket_options(**options), region).desired(
        PolicyState(document=None, identity="b" * 36, owner=ARCHIVE)
    )


def key(count: int, layout: str, *, name: str = "sectrailprod", region: str = REGION, **options: Any) -> PolicyState:
    options = {"accounts": _accounts(count, name), "layout": layout, **options}
    return KeyPolicy(key_options(**options), region).desired(PolicyState(document=None, identity=KEY, owner=ARCHIVE))


def _accounts(count: int, name: str) -> list[dict[str, Any]]:
    return [account(f"{number:012d}", name) for number in range(1, count + 1)]


Policy = Callable[..., PolicyState]
CAPACITY = [
    (bucket, "exact", 96, "accounts"),
    (bucket, "accounts", 256, "compact"),
    (bucket, "compact", 1275, "organization"),
    (key, "exact", 302, "accounts"),
    (key, "accounts", 733, "compact"),
    (key, "compact", 2148, "organization"),
]
LIMIT = {bucket: 20_480, key: 32_768}


@pytest.mark.parametrize(("policy", "layout", "most", "next_layout"), CAPACITY)
def test_the_last_that_fits_and_the_first_that_does_not(
    policy: Policy, layout: str, most: int, next_layout: str
) -> None:
    full = policy(most, layout)
    assert full.document is not None
    assert full.document.size <= LIMIT[policy]
    assert full.room == 0
    assert policy(most, "auto", organization_id=ORG).layout == layout
    assert policy(most + 1, "auto", organization_id=ORG).layout == next_layout
    with pytest.raises(Refused) as refused:
        policy(most + 1, layout, organization_id=ORG)
    sentence = str(refused.value)
    assert f"for {most + 1} accounts" in sentence
    assert f"AWS accepts {LIMIT[policy]} bytes" in sentence
    assert f"layout: {next_layout}" in sentence


@pytest.mark.parametrize(("policy", "most"), [(bucket, 1275), (key, 2148)])
def test_beyond_all_layouts_without_an_organization(policy: Policy, most: int) -> None:
    for wanted in ("auto", "compact"):
        assert policy(most, wanted).layout == "compact"
        with pytest.raises(Refused) as refused:
            policy(most + 1, wanted)
        sentence = str(refused.value)
        assert f"for {most + 1} accounts does not fit: AWS accepts {LIMIT[policy]} bytes" in sentence
        assert "set organization_id" in sentence
        assert (
            f"second log bucket and key for part of the accounts: layout compact has space for {most} of them"
            in sentence
        )
        assert sentence.endswith("This task has changed nothing.")


# other lengths and partitions: the boundaries move, what holds at them does not
VARIANTS: list[tuple[Policy, dict[str, Any]]] = [
    (bucket, {"bucket": "b" * 3, "name": "abc"}),
    (bucket, {"bucket": "b" * 63, "name": "n" * 128}),
    (bucket, {"key_prefix": "p" * 200}),
    (bucket, {"key_prefix": "central/logs", "region": "cn-northwest-1"}),
    (bucket, {"region": "us-gov-west-1"}),
    (key, {"name": "n" * 128}),
    (key, {"region": "cn-northwest-1"}),
    (key, {"region": "us-gov-east-1", "bucket_key": True}),
]


@pytest.mark.parametrize(("policy", "options"), VARIANTS)
def test_each_boundary_for_other_lengths_and_partitions(policy: Policy, options: dict[str, Any]) -> None:
    for layout, next_layout in (("exact", "accounts"), ("accounts", "compact"), ("compact", "organization")):
        first = policy(1, layout, **options)
        assert first.room is not None
        most = 1 + first.room
        full = policy(most, layout, **options)
        assert full.room == 0
        assert full.document is not None and full.document.size <= LIMIT[policy]
        assert policy(most, "auto", organization_id=ORG, **options).layout == layout, "the strictest that fits"
        beyond = policy(most + 1, "auto", organization_id=ORG, **options).layout
        assert beyond == next_layout
        with pytest.raises(Refused, match=f"for {most + 1} accounts"):
            policy(most + 1, layout, **options)


def test_a_policy_for_5000_accounts_is_built_once_for_each_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work grows with the number of accounts, not with its square: the policy is built once for each layout."""
    rendered: list[int] = []
    original = BucketPolicy.allow_trails

    def allow_trails(self: BucketPolicy, current: Any, layout: str, allowed: Any, trails: Any) -> Any:
        rendered.append(len(allowed.trails))
        return original(self, current, layout, allowed, trails)

    monkeypatch.setattr(BucketPolicy, "allow_trails", allow_trails)
    assert bucket(5000, "auto", organization_id=ORG).layout == "organization"
    assert len(rendered) == 4


@pytest.mark.parametrize(("policy", "layout", "most", "_next"), CAPACITY)
@pytest.mark.parametrize("share", [1, 2, 3])
def test_room_is_how_many_more_fit(policy: Policy, layout: str, most: int, _next: str, share: int) -> None:
    count = most // share if share < 3 else 1
    room = policy(count, layout).room
    assert room is not None
    policy(count + room, layout)
    with pytest.raises(Refused):
        policy(count + room + 1, layout)


@pytest.mark.parametrize("policy", [bucket, key])
def test_room_of_a_policy_that_allows_no_account_yet(policy: Policy) -> None:
    """The first account adds whole statements, and room counts them."""
    empty = policy(0, "auto")
    if empty.room is not None:
        policy(empty.room, "exact")


@pytest.mark.parametrize(
    ("policy", "options"),
    [
        (bucket, {"key_prefix": "some/prefix"}),
        (bucket, {"readers": [f"arn:aws:iam::{ARCHIVE}:role/Reader{number}" for number in range(40)]}),
        (bucket, {"deny_delete": False, "deny_insecure_transport": False}),
        (key, {"bucket_key": True}),
        (key, {"decrypt_principals": [f"arn:aws:iam::{ARCHIVE}:role/Reader{number}" for number in range(40)]}),
    ],
)
@pytest.mark.parametrize("layout", ["exact", "accounts", "compact"])
def test_room_counts_all_that_grows_with_an_account(policy: Policy, options: dict[str, Any], layout: str) -> None:
    room = policy(3, layout, **options).room
    assert room is not None
    policy(3 + room, layout, **options)
    with pytest.raises(Refused):
        policy(3 + room + 1, layout, **options)
