# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another bucket, prefix or key for a trail that has logged, and its deletion."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_trail import NAME, FakeCloudTrail, run
from tests.fakes.support import ARCHIVE, BUCKET, KEY, KEY_ID, REGION, failure

OTHER = f"arn:aws:kms:{REGION}:{ARCHIVE}:key/ffffffff-5a0b-4b3c-9d7e-1f2a3b4c5d6e"
TRAIL: dict[str, Any] = {"S3BucketName": BUCKET, "S3KeyPrefix": "team", "KmsKeyId": KEY}
MOVES: dict[str, tuple[dict[str, Any], str]] = {
    "bucket": ({"bucket": "another-bucket"}, f"it would deliver to bucket another-bucket instead of bucket {BUCKET}"),
    "prefix": ({"key_prefix": "other"}, "it would deliver with prefix other instead of prefix team"),
    "no prefix": ({"key_prefix": ""}, "it would deliver with no prefix instead of prefix team"),
    "key": ({"kms_key": OTHER}, f"its log files would be encrypted with key {OTHER} instead of key {KEY}"),
}
CHECK = pytest.mark.parametrize("check", [False, True])


@CHECK
@pytest.mark.parametrize("logging", [False, True])
@pytest.mark.parametrize("move", MOVES)
def test_a6_another_destination_is_refused_unless_it_is_allowed(move: str, logging: bool, check: bool) -> None:
    options, clause = MOVES[move]
    gateway = FakeCloudTrail(TRAIL, logging=logging)
    sentence = f"Trail {NAME} would be weakened: {clause} ({next(iter(options))}). Set allow_weaken: true to allow that"
    with pytest.raises(Refused, match=re.escape(sentence)):
        run(gateway, dry_run=check, **options)
    assert gateway.writes == []
    (update,) = run(gateway, dry_run=check, allow_weaken=True, **options).plan
    assert update.operation == "update_trail"


def test_a6_all_moves_are_named_at_once() -> None:
    with pytest.raises(Refused) as refused:
        run(FakeCloudTrail(TRAIL), bucket="another-bucket", key_prefix="", kms_key=OTHER)
    assert [option in str(refused.value) for option in ("(bucket)", "(key_prefix)", "(kms_key)")] == [True] * 3


def test_a6_a_first_prefix_is_a_move_too() -> None:
    with pytest.raises(Refused, match="with prefix team instead of no prefix"):
        run(FakeCloudTrail({"S3BucketName": BUCKET}), key_prefix="team")


def test_a6_a_first_key_is_allowed() -> None:
    (update,) = run(FakeCloudTrail({"S3BucketName": BUCKET}), kms_key=KEY).plan
    assert update.arguments["KmsKeyId"] == KEY


ALIAS_ARN = f"arn:aws:kms:{REGION}:{ARCHIVE}:alias/central"


@pytest.mark.parametrize("key", [KEY, KEY_ID, "alias/central", ALIAS_ARN])
def test_a6_the_same_key_by_another_identifier_is_no_move(key: str) -> None:
    assert run(FakeCloudTrail(TRAIL), bucket=BUCKET, key_prefix="team", kms_key=key).plan == ()


def test_a6_an_alias_that_now_names_another_key_is_a_move() -> None:
    gateway = FakeCloudTrail(TRAIL)
    metadata = {"Arn": OTHER, "AWSAccountId": ARCHIVE, "KeyState": "Enabled"}
    gateway.replies["kms", "describe_key"] = {"KeyMetadata": metadata}
    with pytest.raises(Refused, match=f"with key {OTHER} instead of key {KEY}"):
        run(gateway, kms_key="alias/central")


def test_a6_a_key_that_does_not_exist_is_named() -> None:
    gateway = FakeCloudTrail(TRAIL)
    gateway.replies["kms", "describe_key"] = failure("NotFoundException")
    with pytest.raises(Refused, match="kms_key: key alias/none does not exist"):
        run(gateway, kms_key="alias/none")
    with pytest.raises(Refused, match=f"with key alias/none instead of key {KEY}"):
        run(gateway, kms_key="alias/none", dry_run=True, allow_missing_in_check_mode=True)


@pytest.mark.parametrize("move", MOVES)
def test_a6_a_trail_that_has_never_logged_may_move(move: str) -> None:
    options, _clause = MOVES[move]
    gateway = FakeCloudTrail(TRAIL, logging=False, started=False, delivered=False)
    assert run(gateway, **options).plan[0].operation == "update_trail"
    assert gateway.logging


# deletion


@CHECK
@pytest.mark.parametrize("logging", [False, True])
def test_a6_deletion_is_refused_unless_it_is_allowed(logging: bool, check: bool) -> None:
    gateway = FakeCloudTrail(TRAIL, logging=logging)
    sentence = f"Trail {NAME} would be deleted .state: absent.*bucket {BUCKET}. Set allow_weaken: true.*replaced_by"
    with pytest.raises(Refused, match=sentence):
        run(gateway, dry_run=check, state="absent")
    assert gateway.writes == []
    assert [call.operation for call in run(gateway, dry_run=check, state="absent", allow_weaken=True).plan] == [
        "delete_trail"
    ]


def test_a6_the_remains_of_an_interrupted_run_may_be_deleted() -> None:
    gateway = FakeCloudTrail(TRAIL, logging=False, started=False, delivered=False)
    assert run(gateway, state="absent").changed
    assert gateway.trail is None


def test_a6_a_trail_with_a_replacement_that_delivers_may_be_deleted() -> None:
    successor = f"arn:aws:cloudtrail:{REGION}:222233334444:trail/OrganizationTrail"
    delivered = {"IsLogging": True, "LatestDeliveryTime": datetime(2026, 11, 25, tzinfo=timezone.utc)}
    gateway = FakeCloudTrail(TRAIL)
    gateway.replies["cloudtrail", "get_trail_status"] = delivered
    assert run(gateway, state="absent", replaced_by=successor).changed
    assert gateway.trail is None
