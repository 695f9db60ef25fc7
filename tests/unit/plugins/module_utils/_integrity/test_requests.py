# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests for an account of 17 Regions: of the validation, and of cloudtrail_delivery_info alone and after it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo

from tests.fakes import fake_digest_bucket, support
from tests.fakes.fake_digest_bucket import FakeDigestBucket, run
from tests.fakes.fake_digests import HOUR, FakeDelivery, FakeObject
from tests.fakes.fake_log_bucket import CENTRAL, FakeLogBucket

REGIONS, HOURS = 17, 24


def fleet(*, quiet: bool) -> tuple[dict[str, FakeObject], FakeDelivery]:
    """A day of 17 Regions. Quiet ones have no log file that is newer than the newest digest."""
    objects: dict[str, FakeObject] = {}
    for number in range(REGIONS):
        trail = FakeDelivery(objects, region=f"eu-west-{number}").hours(HOURS, logs=1)
        if not quiet:
            trail.log(trail.at + timedelta(minutes=5))
    for stored in objects.values():
        stored.encryption = dict(CENTRAL)
    return objects, trail


def validated(objects: dict[str, FakeObject], trail: FakeDelivery) -> tuple[dict[str, Any], Counter[str]]:
    gateway = FakeDigestBucket(objects)
    start = (trail.at - 6 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    result = run(gateway, trail.at + timedelta(minutes=20), start_time=start, accounts=[{"id": trail.account}])
    assert result["valid"], result["findings"]
    return result, Counter(operation for operation, _arguments in gateway.requests)


def delivered(objects: dict[str, FakeObject], trail: FakeDelivery, newest: Any) -> tuple[dict[str, Any], Counter[str]]:
    gateway = FakeLogBucket({key: stored.encryption for key, stored in objects.items()})
    gateway.clock = trail.at + timedelta(minutes=20)
    options = support.delivery_options(bucket=support.BUCKET, kms_key=support.KEY, newest=newest)
    result = DeliveryInfo(options, support.REGION).read(gateway, lambda _sentence: None)
    return result, gateway.requests


@pytest.mark.parametrize(
    ("quiet", "alone", "after"), [(True, 2 + 5 * REGIONS, 2 + 3 * REGIONS), (False, 2 + 4 * REGIONS, 2 + 3 * REGIONS)]
)
def test_the_requests_for_an_account_of_17_regions(
    monkeypatch: pytest.MonkeyPatch, quiet: bool, alone: int, after: int
) -> None:
    """After the validation, a Region costs its listings, and HeadObject only for a log file that no digest names yet.

    Two requests are about the account. The newest log file of a quiet Region is found in the second listing.
    """
    monkeypatch.setattr(fake_digest_bucket, "PAGE", 1000)
    objects, trail = fleet(quiet=quiet)
    validation, sent = validated(objects, trail)
    before, _sent = delivered(objects, trail, None)
    now, now_sent = delivered(objects, trail, validation["regions"])
    assert {**now, "requests": 0} == {**before, "requests": 0}
    assert before["findings"] == []
    assert sent["list_objects_v2"] == 4 + 11 * REGIONS
    assert (before["requests"] - 2, now["requests"] - 2) == (alone, after)
    assert now_sent["head_object"] == (0 if quiet else REGIONS)


def test_no_object_is_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first digest of a chain is read to follow the chain back, and for the validation."""
    monkeypatch.setattr(fake_digest_bucket, "PAGE", 1000)
    objects, trail = fleet(quiet=True)
    gateway = FakeDigestBucket(objects)
    run(gateway, trail.at + timedelta(minutes=20), start_time=(trail.at - 30 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"))
    read = Counter(arguments["Key"] for operation, arguments in gateway.requests if operation == "get_object")
    assert set(read) == set(objects)
    assert set(read.values()) == {1}
