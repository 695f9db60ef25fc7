# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must have existed before the first digest of the time range."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.bucket import expires_at

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, reported, validate, wipe
from tests.fakes.fake_digests import ACCOUNT, HOUR, ISO, REGION, START, TRAIL, FakeDelivery

DAY = timedelta(days=1)


# the digest before the first one of the range


def days(count: int = 2, **given: Any) -> FakeDelivery:
    """A trail with that many days of digests before START, and six hours after it."""
    return FakeDelivery(at=START - count * DAY, **given).hours(24 * count + 6)


def since(trail: FakeDelivery, **given: Any) -> dict[str, Any]:
    """The result of the hours since START."""
    return validate(trail, FakeDigestBucket(trail.objects), **given)


def delete_before(trail: FakeDelivery, first: int = 0) -> str:
    """Delete the digests from before START, from that one on, and their log files. Returns the key of the last one."""
    old = [key for key in trail.digests if key[-24:-8] < f"{START:%Y%m%dT%H%M%SZ}"]
    for key in old[first:]:
        for entry in fake_digests.unpacked(trail.objects.pop(key))["logFiles"]:
            del trail.objects[entry["s3Object"]]
    return old[-1]


@pytest.mark.parametrize("first", [0, 10, -1])
@pytest.mark.parametrize("logs", [0, 2])
def test_a_deleted_digest_before_the_range_is_missing(first: int, logs: int) -> None:
    trail = FakeDelivery(at=START - 2 * DAY).hours(54, logs=logs)
    last = delete_before(trail, first)
    result = since(trail)
    assert not result["valid"] and reported(result) == [("missing", last)]
    (finding,) = result["findings"]
    assert finding["since"] == (START - HOUR).strftime(ISO) and "delete marker" in finding["remediation"]


def test_digests_long_before_the_range_are_not_needed() -> None:
    trail = days()
    for key in trail.digests[:40]:
        del trail.objects[key]
    assert since(trail, backfill_timeout=60)["findings"] == []


def test_another_object_with_a_later_name_does_not_replace_the_digest_before_the_range() -> None:
    trail = days()
    last = delete_before(trail)
    forged = last.replace(last[-24:-8], f"{START - timedelta(seconds=9):%Y%m%dT%H%M%SZ}")
    trail.objects[forged] = trail.objects[trail.digests[-1]]
    assert ("missing", last) in reported(since(trail))


@pytest.mark.parametrize(("expires", "valid"), [(timedelta(days=1), True), (timedelta(days=3), False), (None, False)])
def test_a_lifecycle_rule_may_have_deleted_the_digest_before_the_range(expires: timedelta | None, valid: bool) -> None:
    """GetObject returns when a rule deletes the first digest of the range. The one before expires a day earlier."""
    trail = days()
    delete_before(trail)
    if expires:
        date = trail.at + expires
        text = f'expiry-date="{date:%a, %d %b %Y} 00:00:00 GMT", rule-id="old logs"'
        for key in trail.digests[47:]:
            trail.objects[key].encryption["Expiration"] = text
    assert since(trail)["valid"] is valid


@pytest.mark.parametrize("text", ["", "expiry-date", 'expiry-date="soon", rule-id="x"', 'rule-id="x"'])
def test_an_expiry_of_another_form_is_none(text: str) -> None:
    assert expires_at({"Expiration": text}) is None


def test_a_copied_chain_may_begin_with_any_digest() -> None:
    trail = days(bucket="the-original")
    delete_before(trail)
    result = since(trail, original_buckets=[{"bucket": "the-original"}])
    assert result["valid"] and {kind for kind, _key in reported(result)} == {"moved"}


# digests that an earlier evidence contains


def seen(trail: FakeDelivery, until: timedelta) -> list[dict[str, Any]]:
    """The account's entry with a digest that was validated before, which ended so long after START."""
    digests = [{"region": trail.region, "until": (START + until).strftime(ISO)}]
    return [{"id": ACCOUNT, "trail_name": TRAIL, "verified_digests": digests}]


@pytest.mark.parametrize("first", [0, 3, 6])
def test_r3_a_chain_that_begins_after_a_digest_that_was_validated(first: int) -> None:
    """A new chain hides nothing that an earlier run has seen."""
    trail = FakeDelivery().hours(6)
    trail.off(timedelta(minutes=5))
    trail.hours(3)
    wipe(trail, 6)
    result = validate(trail, accounts=seen(trail, first * HOUR))
    assert [kind for kind, _key in reported(result)] == (["missing"] if first else [])
    assert result["valid"] is (first == 0)


def test_r3_the_digest_exists() -> None:
    trail = FakeDelivery().hours(6)
    assert validate(trail, accounts=seen(trail, 6 * HOUR))["findings"] == []
    trail.off(2 * HOUR)
    trail.hours(1)
    assert [kind for kind, _key in reported(validate(trail, accounts=seen(trail, 6 * HOUR)))] == ["gap"]


def test_r3_the_newest_digest_was_deleted() -> None:
    """The next digest is not due yet, so only the earlier evidence shows that one was deleted."""
    trail = FakeDelivery().hours(6)
    accounts = seen(trail, 6 * HOUR)
    trail.objects.pop(trail.digests[-1])
    for key in trail.logs[-2:]:
        del trail.objects[key]
    assert validate(trail)["valid"]
    (finding,) = validate(trail, accounts=accounts)["findings"]
    assert finding["kind"] == "missing" and "2026-11-25T02:01:31Z" in finding["message"]


def test_r3_all_digests_were_deleted() -> None:
    """The log files that have no digest any more are no second finding, and validation was not off."""
    trail = FakeDelivery().hours(6)
    for key in trail.digests:
        del trail.objects[key]
    (unknown,) = validate(trail)["findings"]
    assert unknown["kind"] == "not_covered" and "or the digest was deleted" in unknown["message"]
    (finding,) = validate(trail, accounts=seen(trail, 6 * HOUR))["findings"]
    assert finding["kind"] == "missing"


@pytest.mark.parametrize("other", ["backfill", "second"])
def test_r3_other_chains_do_not_replace_the_digest_that_was_deleted(other: str) -> None:
    """A backfill digest or a digest of another trail of the same time is not the one that was verified."""
    trail = FakeDelivery().hours(6)
    accounts = seen(trail, 6 * HOUR)
    if other == "backfill":
        trail.backfill(trail.digests[-1])
        deleted = trail.digests[-2]
    else:
        FakeDelivery(trail.objects, trail="second").hours(6)
        deleted = trail.digests[-1]
    for entry in fake_digests.unpacked(trail.objects.pop(deleted))["logFiles"]:
        del trail.objects[entry["s3Object"]]
    assert "missing" in [kind for kind, _key in reported(validate(trail, accounts=accounts))]


def test_r3_one_deletion_is_one_finding() -> None:
    trail = FakeDelivery().hours(6)
    accounts = seen(trail, 3 * HOUR)
    for key in trail.digests[1:4]:
        del trail.objects[key]
    result = validate(trail, accounts=accounts)
    assert len({finding["kind"] for finding in result["findings"] if finding["status"] == "failed"}) == 1


@pytest.mark.parametrize("until", [timedelta(0), -HOUR, 30 * HOUR])
def test_r3_a_digest_outside_of_the_range_is_not_required(until: timedelta) -> None:
    trail = FakeDelivery().hours(6)
    wipe(trail, 1)
    trail = FakeDelivery(at=START + 5 * HOUR).hours(2)
    assert validate(trail, accounts=seen(trail, until))["valid"]


@pytest.mark.parametrize("since", ["", "2026-11-25T02:30:00Z"])
def test_r3_an_empty_account_that_delivered_before(since: str) -> None:
    trail = FakeDelivery().hours(6)
    accounts = [entry | {"logging_since": since} for entry in seen(trail, 6 * HOUR)]
    trail.objects.clear()
    (finding,) = validate(trail, accounts=accounts)["findings"]
    assert finding["kind"] == "missing" and "An earlier evidence has a verified digest" in finding["message"]


def test_r3_a_region_that_delivered_before_waits_for_no_first_delivery() -> None:
    trail = FakeDelivery().hours(6)
    (account,) = seen(trail, 6 * HOUR)
    account |= {"logging_since": (START + 6 * HOUR).strftime(ISO), "region": REGION}
    account["verified_digests"].append({"region": "us-east-1", "until": (START + 5 * HOUR).strftime(ISO)})
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert (finding["region"], finding["kind"], finding["status"]) == ("us-east-1", "missing", "failed")


def test_a_digest_before_the_range_that_was_delivered_elsewhere_is_not_missing() -> None:
    """The prefix of this trail changed at the start of the range. The former prefix is read for another trail."""
    trail = FakeDelivery(root="old/", at=START - DAY).hours(23)
    trail.deliver_to(trail.objects, trail.bucket, "new/").hours(4)
    second = FakeDelivery(trail.objects, trail="second", root="old/", at=START - DAY).hours(25)
    second.deliver_to(trail.objects, trail.bucket, "new/").hours(2)
    result = validate(trail, key_prefix="new")
    assert result["valid"] and result["findings"] == []
