# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of a trail, checked, and what they make of the trail that is there. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

C(None) for an option means untouched, an empty value removes. A new trail gets the safe value of what is not mentioned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._aws import arn as _arn
from .._aws import kms, validators
from .._core.errors import Refused
from .event_options import EventOptions
from .state import Insight, TrailState

_NEW = {"multi_region": True, "include_global_service_events": True, "log_file_validation": True, "logging": True}
_FLAGS = ("multi_region", "include_global_service_events", "log_file_validation", "is_organization_trail", "logging")


@dataclass(frozen=True)
class TrailOptions:
    """What is asked for."""

    name: str
    state: str
    replaced_by: str | None
    allow_weaken: bool
    bucket: str | None
    key_prefix: str | None
    kms_key: str | None
    sns_topic: str | None
    cloudwatch_logs_group_arn: str | None
    cloudwatch_logs_role_arn: str | None
    flags: Mapping[str, bool | None]
    insights: tuple[str, ...] | None
    tags: Mapping[str, str] | None
    purge_tags: bool
    events: EventOptions

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> TrailOptions:
        """Raises Refused for what AWS would refuse."""
        bucket, prefix = params["bucket"], params["key_prefix"]
        tags = params["tags"]
        return cls(
            name=validators.trail_name(params["name"], "name"),
            state=params["state"],
            replaced_by=_trail_arn(params["replaced_by"]),
            allow_weaken=params["allow_weaken"],
            bucket=None if bucket is None else validators.bucket_name(bucket, "bucket"),
            key_prefix=None if prefix is None else validators.key_prefix(prefix, "key_prefix"),
            kms_key=_key(params["kms_key"]),
            sns_topic=params["sns_topic"],
            cloudwatch_logs_group_arn=_log_group(params["cloudwatch_logs_group_arn"]),
            cloudwatch_logs_role_arn=params["cloudwatch_logs_role_arn"],
            flags={flag: params[flag] for flag in _FLAGS},
            insights=None if params["insights"] is None else tuple(sorted(set(params["insights"]))),
            tags=None if tags is None else {str(key): str(value) for key, value in tags.items()},
            purge_tags=params["purge_tags"],
            events=EventOptions.from_params(params),
        )

    def apply(self, before: TrailState, partition: str, region: str) -> TrailState:
        """The trail with what is mentioned."""
        new = not before.exists
        if new and not self.bucket:
            raise Refused(f"Trail {self.name} does not exist yet, and to create it bucket is needed.")
        flags: dict[str, Any] = {
            flag: (_NEW.get(flag, False) if new else getattr(before, flag)) if value is None else value
            for flag, value in self.flags.items()
        }
        bucket = self.bucket or before.bucket
        log_bucket_arn = f"arn:{partition}:s3:::{bucket}"
        selectors = before.selectors
        if new or self.events.mentioned:
            selectors = self.events.compose(None if new else before.selectors, log_bucket_arn)
        desired = replace(
            before,
            exists=True,
            home_region=before.home_region or region,
            bucket=bucket,
            key_prefix=_chosen(self.key_prefix, before.key_prefix),
            kms_key=before.kms_key if self.kms_key is None else before.wanted_key,
            sns_topic=self._topic(before.sns_topic),
            cloudwatch_logs_group_arn=_chosen(self.cloudwatch_logs_group_arn, before.cloudwatch_logs_group_arn),
            cloudwatch_logs_role_arn=_chosen(self.cloudwatch_logs_role_arn, before.cloudwatch_logs_role_arn),
            selectors=selectors,
            insights=self._insights(before.insights),
            tags=self._tags(before.tags or {}),
            **flags,
        )
        _check(desired)
        return desired

    def _topic(self, current: str) -> str:
        """A topic may be given by its name; AWS answers with its ARN."""
        if self.sns_topic and _arn.parse(self.sns_topic) is None and current.endswith(f":{self.sns_topic}"):
            return current
        return _chosen(self.sns_topic, current)

    def _insights(self, current: tuple[Insight, ...] | None) -> tuple[Insight, ...] | None:
        if self.insights is None:
            return current
        categories = dict(current or ())
        return tuple((kind, categories.get(kind, ())) for kind in self.insights)

    def _tags(self, current: Mapping[str, str]) -> Mapping[str, str] | None:
        if self.tags is None:
            return None
        kept = {key: value for key, value in current.items() if key.startswith("aws:") or not self.purge_tags}
        return {**kept, **self.tags}  # tags that begin with aws: belong to AWS, and nobody else can remove them


def _chosen(option: str | None, current: str) -> str:
    return current if option is None else option


def _key(value: str | None) -> str | None:
    if not value or kms.is_key_identifier(value):
        return value
    raise Refused(f"kms_key: {value!r} is neither the id or ARN of a key, nor an alias such as alias/central-logging.")


def _trail_arn(value: str | None) -> str | None:
    arn = _arn.parse(value or "")
    if not value or (arn and arn.service == "cloudtrail" and arn.resource.startswith("trail/")):
        return value
    raise Refused(
        f"replaced_by: {value!r} is not the ARN of a trail, such as"
        f" arn:aws:cloudtrail:us-east-1:222233334444:trail/OrganizationTrail."
    )


def _log_group(value: str | None) -> str | None:
    """CloudTrail wants, and answers with, the ARN that ends in C(:*)."""
    return f"{value}:*" if value and not value.endswith(":*") else value


def _check(desired: TrailState) -> None:
    if desired.multi_region and not desired.include_global_service_events:
        raise Refused(
            "include_global_service_events: false goes only with multi_region: false; CloudTrail refuses a multi-Region"
            " trail without the events of global services."
        )
    if bool(desired.cloudwatch_logs_group_arn) != bool(desired.cloudwatch_logs_role_arn):
        raise Refused("cloudwatch_logs_group_arn and cloudwatch_logs_role_arn go together: give both, or both empty.")
