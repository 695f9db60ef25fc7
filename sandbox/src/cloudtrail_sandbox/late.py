# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Things that are created and that nobody sees for a while: keys, roles, trails and buckets.

IAM, KMS, CloudTrail and the configuration of S3 are eventually consistent:
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html (eventual consistency),
https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-data-consistency.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

KEY, ROLE, TRAIL, BUCKET = "key", "role", "trail", "bucket"


class LateThings:
    """When each new thing becomes visible. The delays, in seconds, are for things that are created from now on."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._visible: dict[tuple[str, str], datetime] = {}
        self.key_delay = self.role_delay = self.trail_delay = self.bucket_delay = 0.0

    def created(self, kind: str, name: str) -> None:
        """Note that a thing was created: a key, role or trail by its ARN, a bucket by its name."""
        delays = {KEY: self.key_delay, ROLE: self.role_delay, TRAIL: self.trail_delay, BUCKET: self.bucket_delay}
        if delays[kind]:
            self._visible[kind, name] = self._now() + timedelta(seconds=delays[kind])

    def hides(self, kind: str, name: str) -> bool:
        """Whether the thing exists, but is not visible yet."""
        visible = self._visible.get((kind, name))
        return visible is not None and self._now() < visible
