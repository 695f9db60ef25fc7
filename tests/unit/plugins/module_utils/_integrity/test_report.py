# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folders, several chains, public keys, and log files that digests do not cover."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding
from ansible_collections.central_logging.aws.plugins.module_utils._digests import problems, signature
from ansible_collections.central_logging.aws.plugins.module_utils._integrity import report

from tests.fakes import fake_digest_bucket, fake_digests, support
from tests.fakes.fake_digest_bucket import FakeDigestBucket, reported, run, validate
from tests.fakes.fake_digests import FakeDelivery, FakeObject

ROLE = f"arn:aws:iam::{fake_digests.ACCOUNT}:role/CentralLogging"
MEMBER = {"id": fake_digests.ACCOUNT, "role_arn": ROLE, "external_id": "x"}


def statuses(chain: dict[str, Any]) -> list[str]:
    return [period["status"] for period in chain["timeline"]]


# layouts


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ({}, {}),
        ({"root": "trails/all/"}, {"key_prefix": "trails/all"}),
        ({"organization": "o-a1b2c3d4e5"}, {"organization_id": "o-a1b2c3d4e5"}),
        (
            {"root": "trails/", "organization": "o-a1b2c3d4e5"},
            {"key_prefix": "/trails/", "organization_id": "o-a1b2c3d4e5"},
        ),
        ({"trail": "a_CloudTrail_us-east-1_b", "home_region": "us-gov-west-1"}, {}),
    ],
)
@pytest.mark.parametrize("named", [{}, {"accounts": [{"id": fake_digests.ACCOUNT}], "regions": [fake_digests.REGION]}])
def test_layouts(written: dict[str, str], asked: dict[str, str], named: dict[str, Any]) -> None:
    trail = FakeDelivery(**written).hours(3)  # type: ignore[arg-type]
    result = validate(trail, **asked, **named)
    assert result["findings"] == [] and result["valid"]
    assert [chain["trail"] for chain in result["chains"]] == [trail.trail]


def test_a_trail_of_another_layout_is_not_read() -> None:
    trail = FakeDelivery(organization="o-a1b2c3d4e5").hours(2)
    result = validate(trail)
    assert (result["empty"], result["valid"]) == (True, False)


def test_b14_an_account_with_a_trail_of_its_own_is_validated_beside_the_organization_trail() -> None:
    own = FakeDelivery().hours(2)
    entry = {"id": own.account}
    given = {"organization_id": "o-a1b2c3d4e5"}
    assert validate(own, accounts=[{**entry, "organization_trail": False}], **given)["valid"]
    assert not validate(own, accounts=[{**entry, "organization_trail": True}], **given)["valid"]


def test_accounts_regions_and_trails_each_have_their_chain() -> None:
    first = FakeDelivery().hours(3)
    second = FakeDelivery(first.objects, trail="second-trail").hours(3)
    third = FakeDelivery(first.objects, region="us-west-2").hours(3)
    fourth = FakeDelivery(first.objects, account="012345678901").hours(3)
    result = validate(first)
    assert result["valid"] and result["digests"] == 12
    chains = [(chain["account"], chain["region"], chain["trail"]) for chain in result["chains"]]
    assert chains == sorted((trail.account, trail.region, trail.trail) for trail in (first, second, third, fourth))

    del first.objects[second.digests[1]], first.objects[third.digests[0]]
    result = validate(first)
    assert [chain["valid"] for chain in result["chains"]] == [True, False, True, False]
    assert reported(result) == [("missing", second.digests[1]), ("missing", third.digests[0])]

    only = validate(first, accounts=[{"id": fourth.account}], regions=[fake_digests.REGION])
    assert only["valid"] and len(only["chains"]) == 1


def test_a_copy_is_validated_where_it_lies() -> None:
    """In another bucket, under another prefix: reported once, and problems of the copy are still reported."""
    trail = FakeDelivery(bucket="the-original", root="old/").hours(4)
    copy = {key.replace("old/", "evidence/2026/"): stored for key, stored in trail.objects.items()}
    original = [{"bucket": "the-original", "key_prefix": "old"}]
    result = validate(trail, FakeDigestBucket(copy), key_prefix="evidence/2026", original_buckets=original)
    assert result["valid"] and result["log_files"] == 8
    (finding,) = result["findings"]
    assert (finding["kind"], finding["status"]) == ("moved", "info")
    assert "s3://the-original/old/AWSLogs/" in finding["message"] and "3 more" in finding["message"]

    moved = [key.replace("old/", "evidence/2026/") for key in (trail.logs[2], trail.digests[2])]
    copy[moved[0]] = FakeObject(fake_digests.packed(b"{}"))
    del copy[moved[1]]
    result = validate(trail, FakeDigestBucket(copy), key_prefix="evidence/2026", original_buckets=original)
    failed = [finding for finding in result["findings"] if finding["status"] == "failed"]
    assert sorted(finding["resource"] for finding in failed) == sorted(moved)


# backfill


def test_backfills_are_a_chain_of_their_own() -> None:
    trail = FakeDelivery().hours(5)
    made = [trail.backfill(trail.digests[hour]) for hour in (1, 3)]
    result = validate(trail)
    assert result["valid"] and result["findings"] == []
    assert [(chain["backfill"], chain["digests"]) for chain in result["chains"]] == [(False, 5), (True, 2)]
    assert statuses(result["chains"][1]) == ["valid", "valid"]

    trail.objects[made[0]].metadata["signature"] = "00"
    late = trail.logs[-2]
    result = validate(trail, backfill_timeout=0)
    assert ("tampered", made[0]) in reported(result)
    assert ("unexpected", late) in reported(result), "no valid digest names the file"


@pytest.mark.parametrize("key", ["cloudtrail", "next"])
def test_the_key_of_a_backfill_may_be_one_of_the_time_it_was_made(key: str) -> None:
    trail = FakeDelivery().hours(2)
    trail.key = key
    trail.backfill(trail.digests[0])
    gateway = FakeDigestBucket(trail.objects, {"": ["cloudtrail", "next"]})
    made = fake_digests.START + 6 * fake_digests.HOUR
    gateway.since["next"] = made - timedelta(minutes=30)
    assert validate(trail, gateway)["valid"]
    asked = [arguments for operation, arguments in gateway.requests if operation == "list_public_keys"]
    windows = {(arguments["StartTime"], arguments["EndTime"]) for arguments in asked}
    assert ((made - fake_digests.HOUR, made + fake_digests.HOUR) in windows) is (key == "next")
    assert len(asked) == (2 if key == "next" else 1)


# public keys


def test_keys_are_listed_in_the_member_account_only_if_needed() -> None:
    trail = FakeDelivery().hours(3)
    gateway = FakeDigestBucket(trail.objects, {"": ["cloudtrail"], ROLE: ["cloudtrail"]})
    assert validate(trail, gateway, accounts=[MEMBER])["valid"]
    listed = [(a["role"], a["region"]) for operation, a in gateway.requests if operation == "list_public_keys"]
    assert listed == [("", fake_digests.REGION)]

    gateway = FakeDigestBucket(trail.objects, {"": ["another"], ROLE: ["cloudtrail"]})
    assert validate(trail, gateway, accounts=[MEMBER])["valid"]
    listed = [(a["role"], a["region"]) for operation, a in gateway.requests if operation == "list_public_keys"]
    assert listed == [("", fake_digests.REGION), (ROLE, fake_digests.REGION)], "once each"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"": [], ROLE: []}, "does not list a key"),
        ({"": []}, "ListPublicKeys failed: AccessDeniedException"),
        ({}, "ListPublicKeys failed: AccessDeniedException"),
    ],
)
def test_without_its_key_a_chain_is_not_verified(keys: dict[str, list[str]], reason: str) -> None:
    trail = FakeDelivery().hours(3)
    result = validate(trail, FakeDigestBucket(trail.objects, keys), accounts=[MEMBER])
    assert not result["valid"] and reported(result) == [("unverified", trail.digests[0])]
    (finding,) = result["findings"]
    assert reason in finding["message"] and "2 more" in finding["message"]
    assert statuses(result["chains"][0]) == ["unverified", "waiting"]


def test_keys_change_in_the_middle_of_a_chain() -> None:
    trail = FakeDelivery().hours(2)
    trail.key = "next"
    trail.hours(2)
    assert validate(trail, FakeDigestBucket(trail.objects, {"": ["cloudtrail", "next"]}))["valid"]


def test_a_key_that_is_not_an_rsa_key(monkeypatch: pytest.MonkeyPatch) -> None:
    trail = FakeDelivery().hours(2)
    monkeypatch.setattr(fake_digests, "public_key", lambda name: b"no key")
    monkeypatch.setattr(
        fake_digests, "fingerprint", lambda name: fake_digests.unpacked(trail.objects[trail.digests[0]])[FINGERPRINT]
    )
    assert [kind for kind, _where in reported(validate(trail))] == ["unverified"]


FINGERPRINT = "digestPublicKeyFingerprint"


def test_without_the_library_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "HAS_CRYPTOGRAPHY", False)
    with pytest.raises(Refused, match="pip install cryptography"):
        validate(FakeDelivery())


# what is not covered


def test_nothing_at_all_is_empty_and_not_valid() -> None:
    result = validate(FakeDelivery())
    assert (result["valid"], result["empty"]) == (False, True)
    assert reported(result) == [("empty", fake_digests.BUCKET)]


@pytest.mark.parametrize("regions", [None, ["eu-west-1", "us-west-2"]])
def test_an_expected_account_with_nothing_is_a_failure(regions: list[str] | None) -> None:
    trail = FakeDelivery().hours(2)
    accounts = [{"id": fake_digests.ACCOUNT}, {"id": "012345678901"}]
    result = validate(trail, accounts=accounts, regions=regions)
    assert (result["valid"], result["empty"]) == (False, False)
    places = [(finding["account"], finding["region"]) for finding in result["findings"]]
    silent = ("012345678901", "")
    assert places == ([silent, (fake_digests.ACCOUNT, "us-west-2")] if regions else [silent])


def test_an_old_account_that_is_not_expected_is_informational() -> None:
    old = FakeDelivery(account="012345678901", at=fake_digests.START - timedelta(days=90)).hours(2)
    trail = FakeDelivery(old.objects).hours(2)
    result = validate(trail)
    assert result["valid"] and [finding["status"] for finding in result["findings"]] == ["info"]


def test_before_the_first_digest_nothing_is_covered() -> None:
    trail = FakeDelivery(at=fake_digests.START + timedelta(hours=3)).hours(3)
    result = validate(trail)
    assert result["valid"] and statuses(result["chains"][0]) == ["not_covered", "valid", "waiting"]
    early = [trail.log(fake_digests.START + timedelta(minutes=minutes))["s3Object"] for minutes in (20, 40)]
    result = validate(trail)
    assert not result["valid"] and reported(result) == [("not_covered", early[0])]
    assert "1 more" in result["findings"][0]["message"]


@pytest.mark.parametrize(("age", "kind", "status"), [(30, "waiting", "waiting"), (300, "not_covered", "failed")])
def test_log_files_without_any_digest(age: int, kind: str, status: str) -> None:
    trail = FakeDelivery()
    entry = trail.log(fake_digests.START + timedelta(minutes=5))
    trail.at = fake_digests.START + timedelta(minutes=age)
    result = validate(trail)
    assert (result["valid"], result["empty"]) == (False, False)
    assert [(f["kind"], f["resource"], f["status"]) for f in result["findings"]] == [(kind, entry["s3Object"], status)]


@pytest.mark.parametrize(("minutes", "status"), [(119, "waiting"), (121, "missing")])
def test_the_wait_for_the_next_digest_ends(minutes: int, status: str) -> None:
    trail = FakeDelivery().hours(3)
    trail.log(trail.at + timedelta(minutes=10))
    result = run(
        FakeDigestBucket(trail.objects),
        trail.at + timedelta(minutes=minutes),
        start_time=fake_digests.START.strftime(fake_digests.ISO),
    )
    assert statuses(result["chains"][0]) == ["valid", status]
    assert result["valid"] is (status == "waiting")
    assert len(result["findings"]) == (status == "missing")


def test_a_range_in_the_middle() -> None:
    """The digest at its end is read as well. Objects outside of it are not missing."""
    trail = FakeDelivery().hours(12)
    del trail.objects[trail.digests[0]], trail.objects[trail.digests[11]]
    start, end = (
        fake_digests.START + timedelta(hours=3, minutes=30),
        fake_digests.START + timedelta(hours=8, minutes=30),
    )
    times = {"start_time": start.strftime(fake_digests.ISO), "end_time": end.strftime(fake_digests.ISO)}
    result = validate(trail, **times)
    assert result["valid"] and result["digests"] == 6 and result["findings"] == []
    assert (result["start_time"], result["end_time"]) == (times["start_time"], times["end_time"])


def test_the_last_24_hours_are_the_default() -> None:
    trail = FakeDelivery().hours(30)
    result = run(FakeDigestBucket(trail.objects), trail.at)
    assert result["digests"] == 25 and result["valid"]
    assert result["start_time"] == (trail.at - timedelta(hours=24)).strftime(fake_digests.ISO)


# cost


def test_only_the_range_is_listed_and_everything_is_read_once() -> None:
    trail = FakeDelivery(at=fake_digests.START - timedelta(days=30)).hours(24 * 31)
    gateway = FakeDigestBucket(trail.objects)
    result = validate(trail, gateway, start_time=(trail.at - timedelta(hours=5)).strftime(fake_digests.ISO))
    assert result["valid"] and result["digests"] == 6
    keys = [arguments["Key"] for operation, arguments in gateway.requests if operation == "get_object"]
    assert len(keys) == len(set(keys)) == 6 + 12 + 24, "the digests before the range may name late log files"
    listings = [arguments for operation, arguments in gateway.requests if operation == "list_objects_v2"]
    pages = sum("Delimiter" not in arguments for arguments in listings)
    days = 5 * 24 + 3 * 50  # of digests and of log files
    assert pages <= 4 + days / fake_digest_bucket.PAGE, "with a page of 1,000 keys, that are one and three requests"
    assert result["requests"] == len(gateway.requests)


@pytest.mark.parametrize("others", [0, 2])
def test_an_idle_region_costs_six_listings(monkeypatch: pytest.MonkeyPatch, others: int) -> None:
    """Beside four for the account, the first of them for S3's clock.

    Digests of before the range are listed with those of the range, and not read.
    """
    monkeypatch.setattr(fake_digest_bucket, "PAGE", 1000)
    trail = FakeDelivery(at=fake_digests.START - timedelta(days=2)).hours(72, logs=0)
    for region in ("us-west-2", "us-east-1")[:others]:
        FakeDelivery(trail.objects, region=region, at=fake_digests.START - timedelta(days=2)).hours(72, logs=0)
    gateway = FakeDigestBucket(trail.objects)
    account = {"id": trail.account, "trail_name": trail.trail, "region": fake_digests.REGION, "multi_region": True}
    assert run(gateway, trail.at + timedelta(minutes=20), accounts=[account])["valid"]
    sent = Counter(operation for operation, _arguments in gateway.requests)
    regions = 1 + others
    assert sent == {"list_objects_v2": 4 + 6 * regions, "get_object": 24 * regions, "list_public_keys": regions}


@pytest.mark.parametrize("hours", [-30, -4, -0.2, 0.2, 4, 30])
def test_the_clock_of_s3_counts_and_not_that_of_this_machine(hours: float) -> None:
    trail = FakeDelivery().hours(30)
    gateway = FakeDigestBucket(trail.objects)
    gateway.clock = trail.at + timedelta(minutes=20)
    result = run(gateway, gateway.clock + timedelta(hours=hours), accounts=[{"id": trail.account}])
    assert result["valid"] and result["findings"] == []
    assert result["end_time"] == gateway.clock.strftime(fake_digests.ISO)


def test_many_problems_of_a_kind_are_counted() -> None:
    trail = FakeDelivery().hours(40, logs=4)
    for key in trail.logs:
        trail.objects[key] = FakeObject(fake_digests.packed(b"{}"))
    result = validate(trail)
    assert len(result["findings"]) == problems._LIMIT + 1
    assert any("109 more objects." in finding["message"] for finding in result["findings"])


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_PROGRESS", 4)
    trail = FakeDelivery().hours(5)
    lines: list[str] = []
    run(FakeDigestBucket(trail.objects), trail.at, lines.append)
    assert [sentence.split(" under")[0] for sentence in lines] == ["4 log files", "8 log files"]


def test_findings_are_those_of_all_proofs() -> None:
    trail = FakeDelivery().hours(3)
    del trail.objects[trail.logs[0]]
    (finding,) = validate(trail)["findings"]
    assert Finding(**finding).check == "integrity"


# options


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"bucket": "No_Bucket"}, "bucket: 'No_Bucket' is"),
        ({"bucket_owner": "1"}, "bucket_owner: '1' is not an AWS account id"),
        ({"key_prefix": "x/AWSLogs/y"}, "key_prefix"),
        ({"organization_id": "123"}, "organization_id: '123'"),
        ({"accounts": [{"id": "1"}]}, "accounts: entry 1: id: '1'"),
        ({"accounts": [{"id": fake_digests.ACCOUNT}, {"id": fake_digests.ACCOUNT}]}, "more than once"),
        ({"accounts": [{"id": support.ARCHIVE, "role_arn": ROLE}]}, f"is a role of account {fake_digests.ACCOUNT}"),
        ({"regions": ["Frankfurt"]}, "regions: 'Frankfurt' is"),
        ({"start_time": "yesterday"}, "start_time: 'yesterday' is not a valid time"),
        ({"start_time": "2026-11-31"}, "start_time: '2026-11-31' is not a valid time"),
        ({"start_time": "2026-11-25", "end_time": "2026-11-25"}, "is not before end_time"),
        ({"start_time": "2027-01-01", "end_time": "2027-01-02"}, "is in the future"),
        ({"connections": 0}, "connections: 0 is not between"),
        ({"max_digest_age": 30}, "max_digest_age"),
    ],
)
def test_bad_options(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        validate(FakeDelivery(), **given)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "text", ["2026-11-25T14:00:00Z", "2026-11-25 14:00:00+00:00", "2026-11-25T14:00", "2026-11-25"]
)
def test_spellings_of_a_point_in_time(text: str) -> None:
    info = report.IntegrityInfo(fake_digest_bucket.options(end_time=text), "us-east-1", lambda: fake_digests.START)
    assert info.options.time_range.end.strftime("%Y-%m-%d") == "2026-11-25"
