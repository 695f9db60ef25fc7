# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random calls for a trail, and everything deleted from before a random time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, NOT_CHECKED

from tests.fakes import fake_digests, fake_trails
from tests.fakes.fake_digest_bucket import FakeDigestBucket, run
from tests.fakes.fake_digests import ACCOUNT, BUCKET, ISO, START, TRAIL, FakeDelivery

HERE = {"s3BucketName": BUCKET, "enableLogFileValidation": True, "isMultiRegionTrail": True}
ELSEWHERE = "another-bucket"
MINUTE = timedelta(minutes=1)


@dataclass
class Story:
    """A trail, its deliveries in the log bucket, and the calls that the event history of a day shows."""

    chance: random.Random
    trail: FakeDelivery = field(default_factory=FakeDelivery)
    calls: list[dict[str, Any]] = field(default_factory=list)
    started: datetime = START - timedelta(days=9)
    was_off: bool = False
    moved: bool = False

    def __post_init__(self) -> None:
        self.here = self.trail.objects

    def call(self, event: str, **settings: Any) -> None:
        name = fake_trails.described(TRAIL)["TrailARN"] if self.chance.random() < 0.5 else TRAIL
        self.calls.append(fake_trails.updated(name=name, event=event, at=self.trail.at, **settings))

    def pause(self) -> None:
        """A stop and a start, in one second or with time between."""
        self.call("StopLogging")
        self._off()
        self.call("StartLogging")
        self.started = self.trail.at

    def validation(self) -> None:
        self.call("UpdateTrail", enableLogFileValidation=False)
        self._off()
        self.call("UpdateTrail", enableLogFileValidation=True)

    def create_again(self) -> None:
        self.call("DeleteTrail")
        self._off()
        self.call("CreateTrail", **HERE)
        self.call("StartLogging")
        self.started = self.trail.at

    def same_again(self) -> None:
        self.call("UpdateTrail", s3BucketName=BUCKET)

    def key(self) -> None:
        self.call("UpdateTrail", kmsKeyId=str(self.chance.random()))

    def _off(self) -> None:
        length = self.chance.choice([0, 0, 1, 40, 150]) * MINUTE
        self.was_off = self.was_off or bool(length)
        self.trail.off(length)

    def tell(self) -> None:
        steps = (self.pause, self.pause, self.validation, self.create_again, self.same_again, self.key)
        self.trail.hours(self.chance.randint(1, 4))
        for _step in range(self.chance.randint(1, 4)):
            self.chance.choice(steps)()
            self.trail.hours(self.chance.randint(1, 4))

    def wipe(self) -> bool:
        """Delete everything from before a random digest. Returns False if that is nothing."""
        last = self.chance.randint(0, len(self.trail.digests) - 1)
        for key in self.trail.digests[:last]:
            for entry in fake_digests.unpacked(self.here.pop(key))["logFiles"]:
                self.here.pop(entry["s3Object"], None)
        return last > 0

    def findings(self) -> list[dict[str, Any]]:
        """What the validation of the day reports, with what cloudtrail_central_info returns of the trail."""
        status = fake_trails.status(StartLoggingTime=self.started)
        trail = fake_trails.described(TRAIL)
        account = fake_trails.FakeAccount([trail], events=self.calls, statuses={trail["TrailARN"]: status})
        shown = fake_trails.report(account, trail_name=TRAIL, bucket=BUCKET, key_prefix="")
        entry = {
            "id": ACCOUNT,
            "trail_name": TRAIL,
            "region": self.trail.home_region,
            "multi_region": True,
            "interruptions": [item for item in shown["interruptions"] if item["end"]],
        }
        now = self.trail.at + 20 * MINUTE
        result = run(FakeDigestBucket(self.here), now, accounts=[entry], start_time=START.strftime(ISO))
        assert result["valid"] is not any(f["status"] in (FAILED, NOT_CHECKED) for f in result["findings"])
        found: list[dict[str, Any]] = result["findings"]
        return found


@pytest.mark.parametrize("seed", range(150))
def test_no_deletion_passes_and_nothing_sound_is_missing(seed: int) -> None:
    story = Story(random.Random(seed))
    story.tell()
    sound = story.findings()
    assert {finding["kind"] for finding in sound} <= ({"gap"} if story.was_off else set()), sound
    if story.wipe():
        bad = {f["kind"]: f["message"] for f in story.findings() if f["status"] in (FAILED, NOT_CHECKED)}
        assert bad, [call["EventName"] for call in story.calls]
        assert bad.keys() != {"gap"} or "deleted" in bad["gap"], "a deletion is not only a gap"
