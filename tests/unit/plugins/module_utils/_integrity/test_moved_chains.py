# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chains that were signed for another place, and chains whose trail delivered elsewhere before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, FakeOriginalBucket, reported, validate
from tests.fakes.fake_digests import BUCKET, FakeDelivery, FakeObject

ELSEWHERE = "team-logs"
ROLE = "arn:aws:iam::444455556666:role/Reader"
NAMED = [{"bucket": ELSEWHERE, "role_arn": ROLE}]
DIGEST_FOLDER = f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail-Digest/{fake_digests.REGION}/"


def kinds(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(finding["kind"], finding["status"], finding["cause"]) for finding in result["findings"]]


def statuses(result: dict[str, Any]) -> list[str]:
    return [period["status"] for period in result["chains"][0]["timeline"]]


def sent_away_and_back() -> tuple[FakeDelivery, dict[str, FakeObject]]:
    """Three hours here, three hours in another bucket, three hours here; and the objects of the other bucket."""
    there: dict[str, FakeObject] = {}
    trail = FakeDelivery().hours(3)
    here = trail.objects
    trail.deliver_to(there, ELSEWHERE).hours(3)
    return trail.deliver_to(here, BUCKET).hours(3), there


def taken_over(root: str = "") -> tuple[FakeDelivery, dict[str, FakeObject]]:
    """Three hours in another bucket, then three hours here; and the objects of the other bucket."""
    there: dict[str, FakeObject] = {}
    trail = FakeDelivery().deliver_to(there, ELSEWHERE, root).hours(3)
    return trail.deliver_to({}, BUCKET).hours(3), there


def gateway_to(trail: FakeDelivery, there: dict[str, FakeObject]) -> FakeDigestBucket:
    gateway = FakeDigestBucket(trail.objects)
    gateway.originals[ELSEWHERE] = FakeOriginalBucket(objects=there, owner=fake_digests.ACCOUNT, role=ROLE)
    return gateway


# signed for another place


def test_e3_a_chain_signed_for_another_bucket_does_not_fill_a_hole() -> None:
    trail, there = sent_away_and_back()
    trail.objects.update(there)
    result = validate(trail)
    assert kinds(result) == [("misplaced", "failed", "digest_invalid")]
    (finding,) = result["findings"]
    assert ELSEWHERE in finding["message"] and "2 more" in finding["message"]
    assert "original_buckets" in finding["remediation"]
    assert not result["valid"] and statuses(result) == ["valid", "misplaced", "valid", "waiting"]
    (region,) = result["regions"]
    assert region["uncovered_log_files"] == 6, "a digest for another place proves nothing about them"
    assert region["covered_seconds"] == 6 * 3600


def test_e3_the_named_bucket_makes_the_copy_valid() -> None:
    trail, there = sent_away_and_back()
    trail.objects.update(there)
    result = validate(trail, original_buckets=[{"bucket": ELSEWHERE}])
    assert result["valid"] and kinds(result) == [("moved", "info", "")]
    assert result["log_files"] == 18 and statuses(result) == ["valid", "waiting"]


@pytest.mark.parametrize("named", [[{"bucket": "another"}], [{"bucket": ELSEWHERE, "key_prefix": "other"}]])
def test_e3_another_named_place_does_not(named: list[dict[str, str]]) -> None:
    trail, there = sent_away_and_back()
    trail.objects.update(there)
    assert kinds(validate(trail, original_buckets=named)) == [("misplaced", "failed", "digest_invalid")]


def test_e3_the_signed_content_decides_and_not_the_link_to_it() -> None:
    """As of an attacker who lays a whole chain of another trail's bucket under the right names."""
    trail = FakeDelivery(bucket=ELSEWHERE).hours(4)
    result = validate(trail)
    assert not result["valid"] and ("misplaced", trail.digests[0]) in reported(result)
    assert result["regions"][0]["verified_log_files"] == 0


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"root": "old/"}, "misplaced"),
        ({"region": "us-west-2"}, "replaced"),
        ({"account": "012345678901"}, "replaced"),
        ({"trail": "another-trail"}, "replaced"),
        ({"organization": "o-a1b2c3d4e5"}, "replaced"),
    ],
)
def test_e3_digests_that_were_moved_within_the_bucket(changes: dict[str, str], kind: str) -> None:
    """Under the names that digests have here."""
    here, there = FakeDelivery().hours(4), FakeDelivery(**changes).hours(4)  # type: ignore[arg-type]
    for target, source in zip(here.digests, there.digests, strict=True):
        here.objects[target] = there.objects[source]
    result = validate(here)
    assert not result["valid"] and {found for found, _key in reported(result)} == {kind}
    assert {finding["cause"] for finding in result["findings"]} == {"digest_invalid"}


@pytest.mark.parametrize(("prefix", "valid"), [("old", True), ("", False), (None, False)])
def test_e3_a_changed_prefix_is_permitted_if_it_is_named(prefix: str | None, valid: bool) -> None:
    old = FakeDelivery(root="old/").hours(3)
    new = {key.replace("old/", "new/"): stored for key, stored in old.objects.items()}
    named = [{"bucket": BUCKET, "key_prefix": prefix}]
    result = validate(old, FakeDigestBucket(new), key_prefix="new", original_buckets=named)
    assert result["valid"] is valid
    assert kinds(result) == ([("moved", "info", "")] if valid else [("misplaced", "failed", "digest_invalid")])


# delivered elsewhere before


def test_e4_a_trail_that_was_taken_over_is_no_fault() -> None:
    trail, _there = taken_over(root="audit/")
    result = validate(trail)
    assert result["valid"] and kinds(result) == [("continues_elsewhere", "info", "location_changed")]
    (finding,) = result["findings"]
    assert f"s3://{ELSEWHERE}/audit/AWSLogs/" in finding["message"] and finding["since"] == "2026-11-24T23:01:31Z"
    assert finding["resource"] == DIGEST_FOLDER and "original_buckets" in finding["remediation"]
    assert statuses(result) == ["continues_elsewhere", "valid", "waiting"]
    (region,) = result["regions"]
    assert region["covered_seconds"] == 3 * 3600 and region["range_seconds"] == 6 * 3600 + 20 * 60


def test_e4_the_chain_is_followed_to_a_named_bucket_with_its_role() -> None:
    trail, there = taken_over()
    gateway = gateway_to(trail, there)
    result = validate(trail, gateway, original_buckets=NAMED)
    assert result["valid"] and result["findings"] == []
    assert (result["digests"], result["log_files"]) == (6, 12) and statuses(result) == ["valid", "waiting"]
    assert len(result["chains"]) == 1 and result["regions"][0]["covered_seconds"] == 6 * 3600
    assert result["requests"] == len(gateway.requests)


def test_e4_what_is_read_there_is_validated() -> None:
    trail, there = taken_over()
    there[trail.logs[1]] = FakeObject(fake_digests.packed(b"{}"))
    del there[trail.logs[2]]
    there[trail.digests[0]].metadata["signature"] = "00"
    result = validate(trail, gateway_to(trail, there), original_buckets=NAMED)
    assert reported(result) == [("missing", trail.logs[2]), ("tampered", trail.digests[0])]


def test_e4_a_missing_digest_there_is_missing() -> None:
    trail, there = taken_over()
    for key in trail.digests[1:3]:
        del there[key]
    result = validate(trail, gateway_to(trail, there), original_buckets=NAMED)
    assert [(kind, status) for kind, status, _cause in kinds(result)] == [("missing", "failed")]


@pytest.mark.parametrize("root", ["", "old/"])
def test_e4_another_prefix_of_the_bucket_is_read_directly(root: str) -> None:
    trail = FakeDelivery(root=root).hours(3)
    trail.deliver_to(trail.objects, BUCKET, "new/").hours(3)
    result = validate(trail, key_prefix="new")
    assert result["valid"] and result["findings"] == [] and result["log_files"] == 12
    assert statuses(result) == ["valid", "waiting"]


def test_e4_another_region_folder_of_the_bucket_is_read_directly() -> None:
    trail = FakeDelivery(region="us-west-2").hours(3)
    trail.region = fake_digests.REGION
    trail.hours(3)
    result = validate(trail, regions=[fake_digests.REGION])
    assert result["valid"] and result["digests"] == 6
    assert kinds(result) == [("not_expected", "info", "")], "of the other Region"


def test_e4_several_moves_are_followed() -> None:
    trail = FakeDelivery(root="a/").hours(2)
    for root in ("b/", "c/", "d/"):
        trail.deliver_to(trail.objects, BUCKET, root).hours(2)
    result = validate(trail, key_prefix="d")
    assert result["valid"] and result["digests"] == 8 and result["findings"] == []


def test_e4_log_files_of_the_hour_of_the_change_lie_where_they_were_delivered() -> None:
    trail, there = taken_over()
    key = trail.digests[3]
    document = fake_digests.unpacked(trail.objects[key])
    trail.deliver_to(there, ELSEWHERE)
    late = trail.log(fake_digests.START + timedelta(hours=3, minutes=5))
    trail.deliver_to(trail.objects, BUCKET)
    objects = dict(taken_over()[0].objects)
    objects[key] = fake_digests.signed({**document, "logFiles": [*document["logFiles"], late]}, "cloudtrail")
    gateway = FakeDigestBucket(objects)
    result = validate(trail, gateway)
    assert kinds(result).count(("continues_elsewhere", "info", "location_changed")) == 2
    gateway.originals[ELSEWHERE] = FakeOriginalBucket(objects=there, owner=fake_digests.ACCOUNT, role=ROLE)
    read = validate(trail, gateway, original_buckets=NAMED)
    assert late["s3Object"] not in {key for _kind, key in reported(read)}
    requested = {
        arguments["Bucket"] for name, arguments in gateway.requests if arguments.get("Key") == late["s3Object"]
    }
    assert requested == {ELSEWHERE}


def test_e4_sent_elsewhere_and_back_is_a_hole() -> None:
    """Digests from before the hole lie here, so the trail delivered here: in the range, or before it."""
    trail, _there = sent_away_and_back()
    result = validate(trail)
    assert [(kind, status) for kind, status, _cause in kinds(result)] == [("missing", "failed")]
    assert f"s3://{ELSEWHERE}/" in result["findings"][0]["message"]
    assert "original_buckets" in result["findings"][0]["remediation"]
    later = (fake_digests.START + timedelta(hours=4)).strftime(fake_digests.ISO)
    assert [kind for kind, _status, _cause in kinds(validate(trail, start_time=later))] == ["missing"]


def test_e4_years_before_the_hole_count_too() -> None:
    trail, there = taken_over()
    old = FakeDelivery(trail.objects, at=fake_digests.START - timedelta(days=400)).hours(1)
    assert old.digests[0] in trail.objects
    result = validate(trail)
    assert [(kind, status) for kind, status, _cause in kinds(result)] == [("missing", "failed")]
    assert validate(trail, gateway_to(trail, there), original_buckets=NAMED)["valid"]


def test_e4_sent_elsewhere_and_back_is_valid_if_it_is_followed() -> None:
    trail, there = sent_away_and_back()
    result = validate(trail, gateway_to(trail, there), original_buckets=NAMED)
    assert result["valid"] and result["digests"] == 9 and result["findings"] == []


@pytest.mark.parametrize("fingerprint", ["cloudtrail", "forger"])
def test_e4_an_attacker_cannot_point_elsewhere(fingerprint: str) -> None:
    """A digest whose signature is not valid moves nothing: the hole is a hole."""
    trail = FakeDelivery().hours(6)
    document = fake_digests.unpacked(trail.objects[trail.digests[3]])
    for key in trail.digests[:3]:
        del trail.objects[key]
    key = fake_digests.fingerprint(fingerprint)
    forged = {**document, "previousDigestS3Bucket": ELSEWHERE, "digestPublicKeyFingerprint": key}
    trail.objects[trail.digests[3]] = fake_digests.signed(forged, "forger")
    result = validate(trail)
    assert not result["valid"]
    assert "continues_elsewhere" not in {kind for kind, _key in reported(result)}


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "InternalError"])
def test_e4_a_named_bucket_that_cannot_be_read_is_a_failure(code: str) -> None:
    trail, there = taken_over(root="audit/")
    gateway, named = gateway_to(trail, there), [{**NAMED[0], "key_prefix": "audit"}]
    if code == "AccessDenied":
        named = [{"bucket": ELSEWHERE, "key_prefix": "audit"}]  # without the role
    if code == "NoSuchBucket":
        gateway.originals.clear()
    if code == "InternalError":
        gateway.list_failures["audit/"] = AwsFailure("ListObjectsV2", code, "We encountered an internal error.")
    result = validate(trail, gateway, original_buckets=named)
    assert not result["valid"] and result["digests"] == 3
    assert ("unreadable", "failed") in [(kind, status) for kind, status, _cause in kinds(result)]
    assert code in str(result["findings"])


def test_e4_a_loop_of_previous_digests_ends() -> None:
    trail = FakeDelivery(root="a/").hours(3)
    trail.deliver_to(trail.objects, BUCKET, "b/").hours(1)
    first = fake_digests.unpacked(trail.objects[trail.digests[0]])
    trail.objects[trail.digests[0]] = fake_digests.signed(
        {
            **first,
            "previousDigestS3Bucket": BUCKET,
            "previousDigestS3Object": trail.digests[3],
            "previousDigestHashValue": "0" * 64,
            "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": "00",
        },
        "cloudtrail",
    )
    start = (fake_digests.START - timedelta(hours=5)).strftime(fake_digests.ISO)
    assert not validate(trail, key_prefix="b", start_time=start)["valid"]


@pytest.mark.parametrize("hours", [3, 40])
def test_a_copy_of_a_log_file_whose_digest_lies_elsewhere_is_unexpected(hours: int) -> None:
    """It never waits for a backfill digest, because CloudTrail delivered it elsewhere."""
    trail, there = taken_over()
    trail.hours(hours)
    trail.objects[trail.logs[1]] = there[trail.logs[1]]
    result = validate(trail, gateway_to(trail, there), original_buckets=NAMED)
    assert reported(result) == [("unexpected", trail.logs[1])] and not result["valid"]
    assert "is a copy" in result["findings"][0]["message"]


def test_log_files_that_were_copied_with_their_digests_are_valid() -> None:
    trail, there = taken_over()
    copied = FakeDigestBucket({**there, **trail.objects})
    copied.originals = gateway_to(trail, there).originals
    result = validate(trail, copied, original_buckets=NAMED)
    assert result["valid"] and {finding["kind"] for finding in result["findings"]} == {"moved"}
