# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource policies, which become visible some time after a write.

Policies are eventually consistent in S3 and KMS:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel and
https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

ALWAYS = datetime.min.replace(tzinfo=UTC)


class ResourcePolicies:
    """The written and the visible text of each policy, by the name of a bucket or the ARN of a key."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._versions: dict[str, list[tuple[datetime, str | None]]] = {}
        self._planned: dict[str, list[tuple[datetime, str | None]]] = {}
        self.delay = 0.0

    def put(self, resource: str, text: str | None, at_once: bool = False) -> None:
        """Write a policy (None deletes it); it is visible `delay` seconds from now, or at once."""
        self._write_planned(resource)
        self._add(resource, ALWAYS if at_once else self._now() + timedelta(seconds=self.delay), text)

    def put_later(self, resource: str, text: str | None, seconds: float) -> None:
        """Write a policy so many seconds from now, over whatever has been written by then."""
        planned = self._planned.setdefault(resource, [])
        planned.append((self._now() + timedelta(seconds=seconds), text))
        planned.sort(key=lambda write: write[0])

    def visible(self, resource: str) -> str | None:
        """The text that readers and evaluations see now."""
        self._write_planned(resource)
        now = self._now()
        texts = [text for since, text in self._versions.get(resource, []) if since <= now]
        return texts[-1] if texts else None

    def written(self, resource: str) -> str | None:
        """The text last written, visible or not."""
        self._write_planned(resource)
        versions = self._versions.get(resource)
        return versions[-1][1] if versions else None

    def forget(self, resource: str) -> None:
        self._versions.pop(resource, None)
        self._planned.pop(resource, None)

    def _add(self, resource: str, visible: datetime, text: str | None) -> None:
        self._versions.setdefault(resource, [(ALWAYS, None)]).append((visible, text))

    def _write_planned(self, resource: str) -> None:
        """Write what is due."""
        planned, now = self._planned.get(resource, []), self._now()
        while planned and planned[0][0] <= now:
            due, text = planned.pop(0)
            self._add(resource, due + timedelta(seconds=self.delay), text)
