# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the lifecycle rules of the log bucket do with log files and digests. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A rule applies to a prefix, and may need a tag or a size. S3 carries out rules itself, so a bucket policy that denies
deletions does not stop them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.numbers import counted
from .._policy.wildcards import literal, may_touch

# an object of these classes must be restored before it can be read:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
_ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")


@dataclass(frozen=True, kw_only=True)
class LifecycleRule:
    """One lifecycle rule."""

    id: str
    enabled: bool
    prefix: str
    tagged: bool  # whether the rule needs a tag, which CloudTrail sets on no object, but s3:PutObjectTagging can
    expiration_days: int | None
    expiration_date: str
    noncurrent_expiration_days: int | None
    archive_days: int | None  # until objects must be restored before they can be read

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> LifecycleRule:
        """The rule from S3's reply."""
        given = rule.get("Filter") or {}
        combined = given.get("And") or {}
        expiration = rule.get("Expiration") or {}
        date = expiration.get("Date")
        archives = [item for item in rule.get("Transitions") or [] if item.get("StorageClass") in _ARCHIVED]
        return cls(
            id=str(rule.get("ID") or ""),
            enabled=rule.get("Status") == "Enabled",
            prefix=str(rule.get("Prefix") or given.get("Prefix") or combined.get("Prefix") or ""),
            tagged=bool(given.get("Tag") or combined.get("Tags")),
            expiration_days=expiration.get("Days"),
            expiration_date="" if date is None else str(date)[:10],
            noncurrent_expiration_days=(rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays"),
            archive_days=min((int(item.get("Days") or 0) for item in archives), default=None),
        )

    @property
    def title(self) -> str:
        """The rule in a sentence."""
        return f"rule {self.id or 'without an id'}"

    def covers_logs(self, bucket_arn: str, logs: Iterable[str]) -> bool:
        """Whether the rule applies to objects of CloudTrail. C(logs) are the patterns of their ARNs."""
        covered = f"{bucket_arn}/{literal(self.prefix)}*"
        return self.enabled and any(may_touch(covered, pattern) for pattern in logs)

    def deletes_before(self, days: int) -> bool:
        """Whether the rule deletes objects that are younger than so many days. From its date on, a rule deletes all."""
        return bool(self.expiration_date) or (self.expiration_days is not None and self.expiration_days < days)

    @property
    def expirations(self) -> list[str]:
        """What the rule deletes and when, as clauses about the rule."""
        clauses = [f"deletes objects from {self.expiration_date} on"] if self.expiration_date else []
        if self.expiration_days is not None:
            clauses.append(f"deletes objects after {counted(self.expiration_days, 'day')}")
        if self.noncurrent_expiration_days is not None:
            clauses.append(f"deletes noncurrent versions after {counted(self.noncurrent_expiration_days, 'day')}")
        return [f"{clause}, if they have a certain tag" for clause in clauses] if self.tagged else clauses

    def as_result(self) -> dict[str, Any]:
        """The rule in the return value C(hardening.lifecycle)."""
        return {
            "id": self.id,
            "enabled": self.enabled,
            "prefix": self.prefix,
            "expiration_days": self.expiration_days,
            "expiration_date": self.expiration_date,
            "noncurrent_expiration_days": self.noncurrent_expiration_days,
            "archive_days": self.archive_days,
        }
