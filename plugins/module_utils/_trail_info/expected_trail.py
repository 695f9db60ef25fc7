# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The trail that an account should have, and how a trail differs from it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws import arn, kms, validators
from .._core.errors import Refused
from .._trail.event_options import EventOptions
from .._trail.recorded_events import described, unrecorded, without_buckets
from .observed_trail import ObservedTrail

_MANAGEMENT = "Management"  # the category of Insights if a selector names none


@dataclass(frozen=True, kw_only=True)
class ExpectedTrail:
    """The trail that the account should have. Text that is empty, or a value that is None, is not compared."""

    name: str = ""
    bucket: str = ""
    key: str = ""
    prefix: str | None = None
    events: EventOptions | None = None
    insights: tuple[str, ...] = ()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ExpectedTrail:
        """The expected trail from the module's parameters. Raises Refused for a value that no trail can have."""
        name, bucket, prefix = params["trail_name"], params["bucket"], params["key_prefix"]
        events = EventOptions.from_params({**params, "exclude_log_bucket": True})
        events.compose(None, "")
        return cls(
            name="" if name is None else validators.trail_name(name, "trail_name"),
            bucket="" if bucket is None else validators.bucket_name(bucket, "bucket"),
            key="" if params["kms_key"] is None else _key_option(params["kms_key"], "kms_key"),
            prefix=None if prefix is None else validators.key_prefix(prefix, "key_prefix"),
            events=events if params["compare_events"] else None,
            insights=tuple(params["insights"] or ()),
        )

    def has_name_of(self, trail: ObservedTrail) -> bool:
        return bool(self.name) and trail.state.name == self.name

    def among(self, trails: Sequence[ObservedTrail], region: str) -> list[ObservedTrail]:
        """The trails of this name: that of the home Region if there is one, because names are unique in a Region only.

        https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html (trailNameList)
        """
        named = [trail for trail in trails if self.has_name_of(trail)]
        return [trail for trail in named if trail.state.home_region == region] or named

    def differences(self, trail: ObservedTrail) -> Iterator[tuple[str, str]]:
        """Kind and message of each difference between the trail and the expected one."""
        yield from self._destination(trail)
        state = trail.state
        if not state.multi_region:
            yield "single_region", f"{trail.title} records Region {state.home_region} only."
        if not state.include_global_service_events:
            yield "no_global_events", f"{trail.title} does not record the events of global services such as IAM."
        if not state.log_file_validation:
            message = f"Log file validation is disabled for {trail.label}, so its logs cannot be verified."
            yield "no_validation", message
        if self.events and trail.readable:
            yield from self._events(trail, self.events)

    def _destination(self, trail: ObservedTrail) -> Iterator[tuple[str, str]]:
        state = trail.state
        if self.bucket and state.bucket != self.bucket:
            yield "other_bucket", f"{trail.title} delivers to bucket {state.bucket}, not to {self.bucket}."
        if self.prefix is not None and state.key_prefix != self.prefix:
            actual, wanted = (f"prefix {value}" if value else "no prefix" for value in (state.key_prefix, self.prefix))
            yield "other_prefix", f"{trail.title} delivers with {actual}, but {wanted} is expected."
        if self.key and not state.kms_key:
            yield "not_encrypted", f"{trail.title} does not encrypt with a KMS key, but {self.key} is expected."
        elif self.key and not kms.is_same_key(state.kms_key, self.key):
            yield "other_key", f"{trail.title} encrypts with {state.kms_key}, not with {self.key}."

    def _events(self, trail: ObservedTrail, events: EventOptions) -> Iterator[tuple[str, str]]:
        """The expected events that the trail does not record.

        A trail may leave out the expected bucket and its own bucket, because the log bucket would log itself. If these
        are two buckets, another difference reports that.
        """
        trail_arn = arn.parse(trail.arn)
        partition = trail_arn.partition if trail_arn else "aws"
        log_buckets = {f"arn:{partition}:s3:::{bucket}/" for bucket in (self.bucket, trail.state.bucket) if bucket}
        wanted = without_buckets(events.compose(None, ""), log_buckets)
        lost = unrecorded(wanted, trail.state.selectors)
        if lost:
            unreadable = ", ".join(trail.unreadable_selectors)
            doubt = f" Event selectors that this version cannot read: {unreadable}." if unreadable else ""
            yield "narrowed_selectors", f"{trail.title} does not record: {described(lost, log_buckets)}.{doubt}"
        missing = self._missing_insights(trail)
        if missing:
            yield "narrowed_insights", f"{trail.title} does not record Insights: {', '.join(missing)}."

    def _missing_insights(self, trail: ObservedTrail) -> Sequence[str]:
        recorded = {
            kind for kind, categories in trail.state.insights or () if _MANAGEMENT in (categories or (_MANAGEMENT,))
        }
        return [kind for kind in self.insights if kind not in recorded]


def _key_option(value: str, option: str) -> str:
    """The value of an option that takes a key's id or ARN; empty stays empty. Raises Refused.

    An alias means another key in each account, and CloudTrail never returns one.
    """
    if value and not (kms.is_key_arn(value) or kms.is_key_id(value)):
        raise Refused(f"{option}: {value!r} is not the ARN or id of a key. Use the ARN of the key itself.")
    return value
