# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resource policies, which become visible some time after a write.

Policies are eventually consistent in S3 and KMS:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel and
https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

ALWAYS = datetime.min.replace(tzinfo=UTC)


class ResourcePolicies:
    """The written and the visible text of each policy, by the name of a bucket or the ARN of a key."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._versions: dict[str, list[tuple[datetime, str | None]]] = {}
        self.delay = 0.0

    def put(self, resource: str, text: str | None, at_once: bool = False) -> None:
        """Write a policy (None deletes it); it is visible `delay` seconds from now, or at once."""
        versions = self._versions.setdefault(resource, [(ALWAYS, None)])
        versions.append((ALWAYS if at_once else self._now() + timedelta(seconds=self.delay), text))

    def visible(self, resource: str) -> str | None:
        """The text that readers and evaluations see now."""
        now = self._now()
        texts = [text for since, text in self._versions.get(resource, []) if since <= now]
        return texts[-1] if texts else None

    def written(self, resource: str) -> str | None:
        """The text last written, visible or not."""
        versions = self._versions.get(resource)
        return versions[-1][1] if versions else None

    def forget(self, resource: str) -> None:
        self._versions.pop(resource, None)


def with_statement(text: str | None, statement: Mapping[str, Any]) -> str:
    """The policy with one more statement, as a second writer with an earlier copy writes it."""
    document: dict[str, Any] = json.loads(text) if text else {"Version": "2012-10-17", "Statement": []}
    statements = document.get("Statement", [])
    kept = [statements] if isinstance(statements, dict) else list(statements)
    return json.dumps({**document, "Statement": [*kept, dict(statement)]}, separators=(",", ":"))
