# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every change of log files and digests is reported with the right kind, and once."""

from __future__ import annotations

import copy
import functools
import gzip
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, reported, validate
from tests.fakes.fake_digests import FakeDelivery, FakeObject

HOURS = 8


@functools.cache
def _untouched() -> FakeDelivery:
    return FakeDelivery().hours(HOURS)


@pytest.fixture
def trail() -> FakeDelivery:
    """Eight hours, two log files in each."""
    return copy.deepcopy(_untouched())


def _edit(stored: FakeObject, **changes: Any) -> None:
    stored.body = fake_digests.packed(json.dumps({**fake_digests.unpacked(stored), **changes}).encode())


def _sign_again(trail: FakeDelivery, key: str, signer: str, **changes: Any) -> None:
    trail.objects[key] = fake_digests.signed({**fake_digests.unpacked(trail.objects[key]), **changes}, signer)


Reported = list[tuple[str, str]]
CASES: list[Callable[[FakeDelivery], Reported]] = []


def case(function: Callable[[FakeDelivery], Reported]) -> Callable[[FakeDelivery], Reported]:
    """Marks a function that changes objects, and returns the kinds and keys of the expected findings."""
    CASES.append(function)
    return function


# log files


@case
def a_log_file_with_other_content(trail: FakeDelivery) -> Reported:
    _edit(trail.objects[trail.logs[5]], Records=[])
    return [("tampered", trail.logs[5])]


@case
def a_deleted_log_file(trail: FakeDelivery) -> Reported:
    del trail.objects[trail.logs[5]]
    return [("missing", trail.logs[5])]


@case
def a_renamed_log_file(trail: FakeDelivery) -> Reported:
    """Two keys, and one finding about each."""
    new = trail.logs[5].replace(".json.gz", "x.json.gz")
    trail.objects[new] = trail.objects.pop(trail.logs[5])
    return [("missing", trail.logs[5]), ("unexpected", new)]


@case
def an_added_log_file(trail: FakeDelivery) -> Reported:
    new = trail.logs[5].replace(".json.gz", "x.json.gz")
    trail.objects[new] = trail.objects[trail.logs[5]]
    return [("unexpected", new)]


@case
def two_log_files_in_the_wrong_order(trail: FakeDelivery) -> Reported:
    first, second = trail.logs[4:6]
    trail.objects[first], trail.objects[second] = trail.objects[second], trail.objects[first]
    return [("tampered", first), ("tampered", second)]


@case
def bytes_behind_a_log_file(trail: FakeDelivery) -> Reported:
    trail.objects[trail.logs[5]].body += b"more"
    return [("malformed", trail.logs[5])]


@case
def a_second_gzip_stream_behind_a_log_file(trail: FakeDelivery) -> Reported:
    trail.objects[trail.logs[5]].body += gzip.compress(b"{}")
    return [("malformed", trail.logs[5])]


@case
def half_a_log_file(trail: FakeDelivery) -> Reported:
    trail.objects[trail.logs[5]].body = trail.objects[trail.logs[5]].body[:-9]
    return [("malformed", trail.logs[5])]


@case
def an_empty_log_file(trail: FakeDelivery) -> Reported:
    trail.objects[trail.logs[5]].body = b""
    return [("malformed", trail.logs[5])]


@case
def a_log_file_that_is_not_gzip(trail: FakeDelivery) -> Reported:
    trail.objects[trail.logs[5]].body = b'{"Records":[]}'
    return [("malformed", trail.logs[5])]


# digests


@case
def a_digest_with_other_content(trail: FakeDelivery) -> Reported:
    _edit(trail.objects[trail.digests[3]], logFiles=[])
    return [("tampered", trail.digests[3])]


@case
def the_log_files_of_a_digest_in_another_order(trail: FakeDelivery) -> Reported:
    entries = fake_digests.unpacked(trail.objects[trail.digests[3]])["logFiles"]
    _edit(trail.objects[trail.digests[3]], logFiles=entries[::-1])
    return [("tampered", trail.digests[3])]


@case
def a_digest_with_another_signature(trail: FakeDelivery) -> Reported:
    metadata = trail.objects[trail.digests[3]].metadata
    metadata["signature"] = trail.objects[trail.digests[4]].metadata["signature"]
    return [("tampered", trail.digests[3])]


@case
def a_digest_without_signature(trail: FakeDelivery) -> Reported:
    trail.objects[trail.digests[3]].metadata.clear()
    return [("tampered", trail.digests[3])]


@case
def a_digest_with_a_signature_that_is_not_hexadecimal(trail: FakeDelivery) -> Reported:
    trail.objects[trail.digests[3]].metadata["signature"] = "zz"
    return [("tampered", trail.digests[3])]


@case
def a_digest_signed_with_the_key_of_somebody_else(trail: FakeDelivery) -> Reported:
    _sign_again(trail, trail.digests[3], "forger", logFiles=[])
    return [("tampered", trail.digests[3])]


@case
def a_digest_signed_with_a_key_that_is_not_listed(trail: FakeDelivery) -> Reported:
    _sign_again(trail, trail.digests[3], "forger", digestPublicKeyFingerprint=fake_digests.fingerprint("forger"))
    return [("unverified", trail.digests[3])]


@case
def bytes_behind_a_digest(trail: FakeDelivery) -> Reported:
    trail.objects[trail.digests[3]].body += b"more"
    return [("malformed", trail.digests[3])]


@case
def a_digest_replaced_by_an_older_valid_one(trail: FakeDelivery) -> Reported:
    trail.objects[trail.digests[3]] = trail.objects[trail.digests[1]]
    return [("replaced", trail.digests[3])]


@case
def a_digest_replaced_by_the_same_hours_digest_of_another_account(trail: FakeDelivery) -> Reported:
    other = FakeDelivery(account="012345678901").hours(HOURS)
    trail.objects[trail.digests[3]] = other.objects[other.digests[3]]
    return [("replaced", trail.digests[3])]


@case
def two_digests_in_the_wrong_order(trail: FakeDelivery) -> Reported:
    first, second = trail.digests[3:5]
    trail.objects[first], trail.objects[second] = trail.objects[second], trail.objects[first]
    return [("replaced", first), ("replaced", second)]


@case
def a_digest_that_is_signed_but_not_the_one_of_the_chain(trail: FakeDelivery) -> Reported:
    """As if somebody could make CloudTrail sign: the next digest still shows it."""
    _sign_again(trail, trail.digests[3], "cloudtrail", newestEventTime="2026-11-24T00:00:00Z")
    return [("replaced", trail.digests[3])]


@case
def a_copy_of_a_digest_under_another_name(trail: FakeDelivery) -> Reported:
    new = trail.digests[3].replace("3131Z", "3132Z").replace("0131Z", "0132Z")
    trail.objects[new] = trail.objects[trail.digests[3]]
    return [("replaced", new)]


@case
def an_object_of_another_name_among_the_digests(trail: FakeDelivery) -> Reported:
    new = trail.digests[3].replace("CloudTrail-Digest_", "notes-")
    trail.objects[new] = FakeObject(b"")
    return [("unexpected", new)]


@case
def a_deleted_digest(trail: FakeDelivery) -> Reported:
    del trail.objects[trail.digests[3]]
    return [("missing", trail.digests[3])]


@case
def two_deleted_digests_side_by_side(trail: FakeDelivery) -> Reported:
    del trail.objects[trail.digests[3]], trail.objects[trail.digests[4]]
    return [("missing", trail.digests[4])]


@case
def two_deleted_digests_apart(trail: FakeDelivery) -> Reported:
    del trail.objects[trail.digests[3]], trail.objects[trail.digests[5]]
    return [("missing", trail.digests[3]), ("missing", trail.digests[5])]


@case
def the_first_digest_deleted(trail: FakeDelivery) -> Reported:
    del trail.objects[trail.digests[0]]
    return [("missing", trail.digests[0])]


@case
def the_last_digests_deleted(trail: FakeDelivery) -> Reported:
    """No digest names them. The resource is the last digest that exists."""
    del trail.objects[trail.digests[-1]], trail.objects[trail.digests[-2]]
    return [("missing", trail.digests[-3])]


@case
def a_deleted_digest_beside_one_that_was_changed(trail: FakeDelivery) -> Reported:
    del trail.objects[trail.digests[3]]
    trail.objects[trail.digests[4]].metadata["signature"] = "00"
    return [("missing", trail.digests[2]), ("tampered", trail.digests[4])]


@case
def a_deleted_digest_before_one_that_was_changed_and_its_log_files(trail: FakeDelivery) -> Reported:
    """The missing digest explains its log files."""
    for key in (trail.digests[3], *trail.logs[6:8]):
        del trail.objects[key]
    return [("missing", trail.digests[3])]


def _is_right(result: dict[str, Any], expected: Reported) -> None:
    assert sorted(reported(result)) == sorted(expected)
    assert result["valid"] is False and result["empty"] is False
    for finding in result["findings"]:
        assert (finding["status"], finding["check"]) == ("failed", "integrity")
        assert finding["account"] == fake_digests.ACCOUNT and finding["region"] == fake_digests.REGION
        assert finding["message"].endswith(".") and finding["remediation"].endswith(".")


def test_an_untouched_chain_is_valid(trail: FakeDelivery) -> None:
    result = validate(trail)
    assert result["findings"] == []
    assert (result["valid"], result["empty"]) == (True, False)
    assert (result["digests"], result["log_files"]) == (HOURS, 2 * HOURS)
    (chain,) = result["chains"]
    assert chain["valid"] and chain["trail"] == fake_digests.TRAIL and chain["home_region"] == fake_digests.REGION
    assert [period["status"] for period in chain["timeline"]] == ["valid", "waiting"]


@pytest.mark.parametrize("tamper", CASES, ids=lambda case: case.__name__)
def test_each_is_reported_once(trail: FakeDelivery, tamper: Callable[[FakeDelivery], Reported]) -> None:
    expected = tamper(trail)
    _is_right(validate(trail, backfill_timeout=0), expected)


@pytest.mark.parametrize(
    "tamper",
    [a_deleted_log_file, a_digest_with_other_content, a_deleted_digest, two_deleted_digests_side_by_side],
    ids=lambda case: case.__name__,
)
def test_the_timeline_shows_where(trail: FakeDelivery, tamper: Callable[[FakeDelivery], Reported]) -> None:
    ((kind, _where),) = tamper(trail)
    (chain,) = validate(trail)["chains"]
    assert not chain["valid"]
    periods = [(period["start"], period["end"], period["status"]) for period in chain["timeline"]]
    assert [status for _start, _end, status in periods] == ["valid", kind, "valid", "waiting"]
    first = 2 if tamper is a_deleted_log_file else 3
    length = 2 if tamper is two_deleted_digests_side_by_side else 1
    start, end = (fake_digests.START + fake_digests.HOUR * hour for hour in (first, first + length))
    assert periods[1][:2] == (start.strftime(fake_digests.ISO), end.strftime(fake_digests.ISO))
    assert all(before[1] == after[0] for before, after in zip(periods, periods[1:], strict=False))


def test_a_time_without_logging_is_a_gap() -> None:
    trail = FakeDelivery().hours(3)
    trail.hour(length=timedelta(minutes=20))  # the final digest, at the end of logging
    trail.off(timedelta(hours=2))
    trail.hours(3)
    result = validate(trail)
    _is_right(result, [("gap", trail.digests[3])])
    (finding,) = result["findings"]
    assert "was off" in finding["message"] and finding["since"] == "2026-11-24T23:21:31Z"
    assert [period["status"] for period in result["chains"][0]["timeline"]] == ["valid", "gap", "valid", "waiting"]


@pytest.mark.parametrize("code", ["AccessDenied", "KMS.DisabledException", "InvalidObjectState", "ReadTimeoutError"])
def test_unreadable_objects_are_not_reported_as_changed(trail: FakeDelivery, code: str) -> None:
    """The first of many such objects is reported, with their number."""
    gateway = FakeDigestBucket(trail.objects)
    gateway.failures = {key: AwsFailure("GetObject", code, "no kms:Decrypt") for key in trail.logs}
    result = validate(trail, gateway)
    _is_right(result, [("unreadable", trail.logs[0])])
    assert f"{2 * HOURS - 1} more" in result["findings"][0]["message"]
    gateway.failures = {key: AwsFailure("GetObject", code, "no kms:Decrypt") for key in trail.digests}
    _is_right(validate(trail, gateway), [("unreadable", trail.digests[0])])


def test_a_failure_that_concerns_more_than_the_object_is_an_error(trail: FakeDelivery) -> None:
    gateway = FakeDigestBucket(trail.objects)
    gateway.failures = {trail.logs[3]: AwsFailure("GetObject", "ExpiredToken", "expired")}
    with pytest.raises(AwsFailure):
        validate(trail, gateway)


def test_a_flipped_byte_anywhere_is_found() -> None:
    """Except in the bytes of a gzip header that do not change the content."""
    trail = FakeDelivery().hours(3, logs=1)
    chance = random.Random(20150319)
    for key in [*trail.digests, *trail.logs]:
        stored = trail.objects[key]
        content = gzip.decompress(stored.body)
        size = len(stored.body)
        for position in {*range(12), size - 8, size - 1, *(chance.randrange(size) for _turn in range(25))}:
            body = bytearray(stored.body)
            body[position] ^= 1 << chance.randrange(8)
            flipped = FakeDigestBucket({**trail.objects, key: FakeObject(bytes(body), stored.metadata)})
            result = validate(trail, flipped)
            if result["valid"]:
                assert gzip.decompress(body) == content
            else:
                assert [where for _kind, where in reported(result)] == [key]


def test_a_flipped_bit_anywhere_in_a_signature_is_found(trail: FakeDelivery) -> None:
    chance = random.Random(20150319)
    for key in trail.digests:
        signature = bytearray.fromhex(trail.objects[key].metadata["signature"])
        signature[chance.randrange(len(signature))] ^= 1 << chance.randrange(8)
        stored = FakeObject(trail.objects[key].body, {**trail.objects[key].metadata, "signature": signature.hex()})
        _is_right(validate(trail, FakeDigestBucket({**trail.objects, key: stored})), [("tampered", key)])
