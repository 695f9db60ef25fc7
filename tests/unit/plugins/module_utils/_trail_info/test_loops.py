# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails that record their own deliveries, directly or by way of each other."""

from __future__ import annotations

from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.loops import of_loops
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import ObservedTrail

from tests.fakes.fake_trails import EVERYTHING, FakeAccount, data, described, organization_trail, report, status, trail
from tests.fakes.support import BUCKET, PRODUCTION


def loops(*trails: ObservedTrail) -> list[Finding]:
    return list(of_loops(trails, PRODUCTION))


def recording(name: str, bucket: str, *without: str, **more: Any) -> ObservedTrail:
    """A trail that delivers to a bucket and records the objects of all buckets except some."""
    excluded = [{"NotStartsWith": [f"arn:aws:s3:::{other}/" for other in without]}] if without else []
    return trail(name, selectors=data(*excluded), S3BucketName=bucket, **more)


def test_a12_a_trail_that_records_its_own_deliveries() -> None:
    (finding,) = loops(recording("one", BUCKET))
    assert (finding.check, finding.kind, finding.status, finding.account) == ("cost", "recursive", "info", PRODUCTION)
    assert finding.resource == described("one")["TrailARN"]
    assert finding.message.startswith(
        f"Trail one records its own deliveries to bucket {BUCKET}, if the account that owns the bucket is recorded."
        f" Event selector without a name (eventCategory Equals Data; resources.type Equals AWS::S3::Object) includes"
    )
    assert f"exclude arn:aws:s3:::{BUCKET}/" in finding.remediation


def test_a12_a_trail_that_does_not() -> None:
    assert loops(trail("one", selectors=EVERYTHING), recording("two", "other", "other", BUCKET)) == []
    assert loops(recording("one", BUCKET, RecursiveLogging=False)) == []
    assert loops(recording("one", BUCKET, of=status(IsLogging=False))) == []
    assert loops(organization_trail()) == []


def test_a12_trails_that_record_each_others_deliveries() -> None:
    """Each excludes its own bucket only."""
    first, second = recording("one", "bucket-1", "bucket-1"), recording("two", "bucket-2", "bucket-2")
    (finding,) = loops(first, second)
    assert finding.message.startswith(
        "Trails one and two record each other's deliveries to bucket bucket-1 and bucket-2"
    )
    assert "exclude arn:aws:s3:::bucket-1/ and arn:aws:s3:::bucket-2/" in finding.remediation
    assert loops(first) == []
    assert loops(first, recording("two", "bucket-2", "bucket-1", "bucket-2")) == []
    assert loops(first, recording("two", "bucket-2", "bucket-2", RecursiveLogging=False)) == []


def test_a12_three_trails_in_a_row_and_a_fourth_beside_them() -> None:
    buckets = [f"bucket-{number}" for number in range(4)]
    row = [
        recording(str(number), buckets[number], *(name for name in buckets if name != buckets[(number + 1) % 3]))
        for number in range(3)
    ]
    beside = recording("3", buckets[3], *buckets[1:])
    (finding,) = loops(*row, beside)
    assert finding.message.startswith("Trails 0 and 1 and 2 record each other's")
    assert loops(*row[:2], beside) == []


def test_a12_two_loops_are_two_findings() -> None:
    first, second = recording("one", "bucket-1", "bucket-2"), recording("two", "bucket-2", "bucket-1")
    assert [finding.resource[-3:] for finding in loops(first, second)] == ["one", "two"]


def test_a12_the_module_returns_the_finding() -> None:
    arn = described()["TrailARN"]
    looping = {"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]}
    result = report(FakeAccount([described()], selectors={arn: looping}), trail_name="sectrailprod", bucket=BUCKET)
    (finding,) = [finding for finding in result["findings"] if finding["kind"] == "recursive"]
    assert (finding["check"], finding["status"], finding["resource"]) == ("cost", "info", arn)
    sound = report(FakeAccount([described()], selectors={arn: EVERYTHING}), trail_name="sectrailprod")
    assert "recursive" not in {finding["kind"] for finding in sound["findings"]}
