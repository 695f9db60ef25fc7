# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The validated options of a trail, and the desired state that follows from them and the current state. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

An option that is None leaves the trail's value unchanged; an empty value removes it. A new trail gets a safe value for
each option that is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._aws import arn, kms, validators
from .._core.errors import Refused
from .event_options import EventOptions
from .state import ATTRIBUTES, Insight, TrailState

_FLAGS = ("multi_region", "include_global_service_events", "log_file_validation", "is_organization_trail", "logging")
_ON_FOR_A_NEW_TRAIL = {"multi_region", "include_global_service_events", "log_file_validation", "logging"}


@dataclass(frozen=True, kw_only=True)
class TrailOptions:
    """The options of cloudtrail_central, without those of the connection."""

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
        """The options from the module's parameters. Raises Refused for a value that AWS would refuse."""
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

    def apply(
        self, before: TrailState, *, key: str, partition: str, region: str, unfinished: bool = False
    ) -> TrailState:
        """The desired state. Raises Refused.

        C(key) is the ARN of the key that option kms_key names. C(unfinished) is the result of C(is_unfinished).
        """
        new = not before.exists
        if new and not self.bucket:
            raise Refused(f"bucket is required to create trail {self.name}.")
        flags: dict[str, Any] = {
            flag: (flag in _ON_FOR_A_NEW_TRAIL if new else getattr(before, flag)) if value is None else value
            for flag, value in self.flags.items()
        }
        if self.flags["logging"] is None and before.is_new:
            flags["logging"] = True
        bucket = self.bucket or before.bucket
        selectors = before.selectors
        if new or unfinished or self.events.mentioned:
            current = None if new or unfinished else before.selectors
            selectors = self.events.compose(current, f"arn:{partition}:s3:::{bucket}")
        desired = replace(
            before,
            exists=True,
            home_region=before.home_region or region,
            bucket=bucket,
            key_prefix=_chosen(self.key_prefix, before.key_prefix),
            kms_key=before.kms_key if self.kms_key is None else key,
            sns_topic=self._topic(before.sns_topic),
            cloudwatch_logs_group_arn=_chosen(self.cloudwatch_logs_group_arn, before.cloudwatch_logs_group_arn),
            cloudwatch_logs_role_arn=_chosen(self.cloudwatch_logs_role_arn, before.cloudwatch_logs_role_arn),
            selectors=selectors,
            insights=self._insights(before.insights),
            tags=self._tags(before.tags or {}),
            has_logged=before.has_logged or flags["logging"],
            **flags,
        )
        _refuse_contradictions(desired)
        return desired

    def is_unfinished(self, trail: TrailState, *, key: str) -> bool:
        """True if a run was interrupted before it put the event selectors of this trail.

        A trail that has never logged needs only to have CloudTrail's default selectors. A trail that logs must also be
        one that these options create, must not have delivered a log file yet, and must have basic selectors, because
        C(Planner) puts advanced ones. C(key) is as for C(apply).
        """
        if not trail.exists or not trail.has_default_selectors:
            return False
        untouched = not trail.has_delivered and not trail.advanced
        return not trail.has_logged or (untouched and self.creates(trail, key=key))

    def creates(self, trail: TrailState, *, key: str) -> bool:
        """True if CreateTrail with these options creates a trail with the settings of this one."""
        given = {name: getattr(self, name) for name in ATTRIBUTES if name not in self.flags}
        given |= {"kms_key": key, "sns_topic": self._topic(trail.sns_topic) if self.sns_topic else ""}
        settings = {name: value or "" for name, value in given.items()}
        flags = {flag: flag in _ON_FOR_A_NEW_TRAIL if value is None else value for flag, value in self.flags.items()}
        expected = settings | {flag: value for flag, value in flags.items() if flag in ATTRIBUTES}
        return all(getattr(trail, name) == value for name, value in expected.items())

    def _topic(self, current: str) -> str:
        """The topic. Option sns_topic may be a name, for which AWS returns the ARN."""
        if self.sns_topic and arn.parse(self.sns_topic) is None and current.endswith(f":{self.sns_topic}"):
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
        # tags that begin with aws: belong to AWS, and no one else can remove them
        kept = {key: value for key, value in current.items() if key.startswith("aws:") or not self.purge_tags}
        return {**kept, **self.tags}


def _chosen(option: str | None, current: str) -> str:
    return current if option is None else option


def _key(value: str | None) -> str | None:
    if not value or kms.is_key_identifier(value):
        return value
    raise Refused(
        f"kms_key: {value!r} is not a valid key. Use the id or ARN of a key, or an alias such as alias/central-logging."
    )


def _trail_arn(value: str | None) -> str | None:
    parsed = arn.parse(value or "")
    if not value or (parsed and parsed.service == "cloudtrail" and parsed.resource.startswith("trail/")):
        return value
    raise Refused(
        f"replaced_by: {value!r} is not the ARN of a trail. Use an ARN such as"
        f" arn:aws:cloudtrail:us-east-1:222233334444:trail/OrganizationTrail."
    )


def _log_group(value: str | None) -> str | None:
    """The ARN of the log group with the C(:*) at its end that CloudTrail requires and returns."""
    return f"{value}:*" if value and not value.endswith(":*") else value


def _refuse_contradictions(desired: TrailState) -> None:
    if desired.multi_region and not desired.include_global_service_events:
        raise Refused(
            "include_global_service_events: false requires multi_region: false, because CloudTrail refuses a"
            " multi-Region trail without the events of global services."
        )
    if bool(desired.cloudwatch_logs_group_arn) != bool(desired.cloudwatch_logs_role_arn):
        raise Refused(
            "cloudwatch_logs_group_arn and cloudwatch_logs_role_arn must be set together. Set both, or set both to an"
            " empty value."
        )
