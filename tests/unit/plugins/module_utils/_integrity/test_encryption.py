# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The encryption that S3 returns with each object can fail an object, and never makes it valid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes import fake_digests, support
from tests.fakes.fake_digest_bucket import FakeDigestBucket, run, validate
from tests.fakes.fake_digests import ISO, START, FakeDelivery

KEY = support.KEY
RIGHT = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY}
OTHER_KEY = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY[:-1] + "0"}
SSE_S3 = {"ServerSideEncryption": "AES256"}


def encrypted(hours: int = 6, at: Any = START) -> FakeDelivery:
    trail = FakeDelivery(at=at).hours(hours)
    for stored in trail.objects.values():
        stored.encryption = dict(RIGHT)
    return trail


def found(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(finding["check"], finding["kind"], finding["status"]) for finding in result["findings"]]


def test_everything_with_the_key_is_in_order() -> None:
    result = validate(encrypted(), kms_key=KEY)
    assert result["valid"] and result["findings"] == []


@pytest.mark.parametrize("kms_key", [None, ""])
def test_without_the_option_nothing_is_compared(kms_key: str | None) -> None:
    assert validate(FakeDelivery().hours(3), kms_key=kms_key)["findings"] == []


@pytest.mark.parametrize(
    ("wrong", "kind"), [(OTHER_KEY, "wrong_key"), (SSE_S3, "wrong_encryption"), ({}, "wrong_encryption")]
)
@pytest.mark.parametrize("what", ["logs", "digests"])
def test_item5_a_wrong_object_after_a_right_one_fails(wrong: dict[str, str], kind: str, what: str) -> None:
    trail = encrypted()
    key = getattr(trail, what)[4]
    trail.objects[key].encryption = wrong
    result = validate(trail, kms_key=KEY)
    assert not result["valid"] and found(result) == [("encryption", kind, "failed")]
    (finding,) = result["findings"]
    assert (
        finding["resource"] == key and "1 object is" in finding["message"] and fake_digests.TRAIL in finding["message"]
    )
    assert result["regions"][0]["verified_log_files"] == 12, "its content is verified all the same"


def test_item5_wrong_objects_before_the_first_right_one_are_informational() -> None:
    trail = encrypted()
    for key in (*trail.digests[:3], *trail.logs[:6]):
        trail.objects[key].encryption = SSE_S3
    result = validate(trail, kms_key=KEY)
    assert result["valid"] and found(result) == [("encryption", "wrong_encryption", "info")]
    assert "9 objects are" in result["findings"][0]["message"]


def test_item5_a_wrong_log_file_in_the_hour_of_the_first_right_one_fails_whatever_is_read_first() -> None:
    """The digest of an hour is read before its log files, and its name has the end of the hour."""
    trail = encrypted()
    trail.objects[trail.logs[1]].encryption = SSE_S3
    assert found(validate(trail, kms_key=KEY)) == [("encryption", "wrong_encryption", "failed")]


@pytest.mark.parametrize(("end", "status"), [(None, "failed"), (START + timedelta(hours=3), "info")])
def test_item5_if_no_object_has_the_key_it_depends_on_the_end_of_the_range(end: Any, status: str) -> None:
    trail = FakeDelivery().hours(6)
    given = {"end_time": end.strftime(ISO)} if end else {}
    result = validate(trail, kms_key=KEY, **given)
    assert found(result) == [("encryption", "wrong_encryption", status)]


@pytest.mark.parametrize(("hours", "status"), [(7, "info"), (5, "failed")])
def test_b15_after_a_change_of_the_key_nothing_may_have_the_new_key_yet(hours: int, status: str) -> None:
    trail = FakeDelivery().hours(6)
    changed = (START + timedelta(hours=hours)).strftime(ISO)
    account = {"id": trail.account, "logging_since": changed}
    assert found(validate(trail, kms_key=KEY, accounts=[account])) == [("encryption", "wrong_encryption", status)]


def test_b15_a_wrong_object_after_the_change_fails_although_another_has_the_key() -> None:
    trail = encrypted()
    trail.objects[trail.digests[-1]].encryption = OTHER_KEY
    account = {"id": trail.account, "logging_since": (START + timedelta(hours=1)).strftime(ISO)}
    assert found(validate(trail, kms_key=KEY, accounts=[account])) == [("encryption", "wrong_key", "failed")]


def test_the_time_of_the_change_is_a_time() -> None:
    with pytest.raises(Refused, match=r"accounts: entry 1 \(\d+\): logging_since: 'today' is not a valid time"):
        validate(FakeDelivery(), accounts=[{"id": FakeDelivery().account, "logging_since": "today"}])


def test_item5_digests_from_before_may_2025_have_the_key_of_s3() -> None:
    start = START.replace(year=2024)
    trail = encrypted(at=start)
    for key in trail.digests:
        trail.objects[key].encryption = SSE_S3
    result = run(FakeDigestBucket(trail.objects), trail.at, start_time=start.strftime(ISO), kms_key=KEY)
    assert result["valid"] and result["findings"] == []


def test_item5_the_right_encryption_makes_nothing_valid() -> None:
    trail = encrypted()
    trail.objects[trail.logs[3]].body = fake_digests.packed(b"{}")
    trail.objects[trail.digests[4]].metadata["signature"] = "00"
    result = validate(trail, kms_key=KEY)
    assert [finding["kind"] for finding in result["findings"]] == ["tampered", "tampered"] and not result["valid"]


def test_the_key_is_an_arn() -> None:
    with pytest.raises(Refused, match="kms_key"):
        validate(FakeDelivery(), kms_key="alias/central-logging")
