# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calls that change a trail from its current into its desired state. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The order is: the destination, then logging, then what is recorded. A new trail thus records as early as possible. After
an interrupted run it records CloudTrail's default. Nothing is stopped and started again to apply a change, because that
would break the chain of digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._core.call import Call
from .selectors import same_events
from .state import ATTRIBUTES, TrailState

# Errors that disappear when a new policy, role, key or bucket is visible everywhere in AWS.
DEPENDENCY_ERRORS = frozenset(
    {
        "CloudWatchLogsDeliveryUnavailableException",
        "InsufficientEncryptionPolicyException",
        "InsufficientS3BucketPolicyException",
        "InsufficientSnsTopicPolicyException",
        "InvalidCloudWatchLogsLogGroupArnException",
        "InvalidCloudWatchLogsRoleArnException",
        "KmsException",
        "KmsKeyNotFoundException",
        "S3BucketDoesNotExistException",
    }
)
_NEW_TRAIL_ERRORS = frozenset({"TrailNotFoundException"})
_NEW_TRAIL_WAIT = 60.0  # seconds
# the trail was created after it was searched for: by another writer, or by an attempt whose answer was lost
_EXISTS = frozenset({"TrailAlreadyExistsException"})


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans the calls for one trail."""

    name: str
    policy_wait: float  # seconds for which DEPENDENCY_ERRORS are retried
    compare_names: bool  # whether another name of an event selector is a change

    def plan(self, before: TrailState, desired: TrailState, reference: str) -> list[Call]:
        """The calls; none if nothing is to change. C(reference): what finds the trail after CreateTrail."""
        if not desired.exists:
            return self._delete(before) if before.exists else []
        if not before.exists:
            return self._create(desired, reference)
        rest = [
            *self._start(before, desired),
            *self._put_selectors(before, desired),
            *self._put_insights(before, desired),
            *self._tag(before, desired),
            *self._stop(before, desired),
        ]
        return [*self._update(before, desired), *(_new(rest) if before.is_new else rest)]

    def _delete(self, before: TrailState) -> list[Call]:
        # if AWS's answer to the first attempt was lost, the next attempt finds no trail
        delete = self._call("delete_trail", {"Name": before.arn}, "delete")
        return [replace(delete, conflict_codes=_NEW_TRAIL_ERRORS)]

    def _create(self, desired: TrailState, reference: str) -> list[Call]:
        arguments: dict[str, Any] = {"Name": desired.name}
        for attribute, (_member, parameter) in ATTRIBUTES.items():
            value = getattr(desired, attribute)
            if value or attribute == "include_global_service_events":
                arguments[parameter] = value
        if desired.tags:
            arguments["TagsList"] = _tags_list(desired.tags)
        create = self._dependent_call("create_trail", arguments, f"create, delivering to {desired.bucket}")
        # also a selection like CloudTrail's default is put, because only a run that was interrupted leaves that default
        new = TrailState(name=desired.name, exists=True, arn=reference, insights=())
        rest = [*self._start(new, desired), *self._put_selectors(new, desired), *self._put_insights(new, desired)]
        return [replace(create, conflict_codes=_EXISTS), *_new(rest)]

    def _update(self, before: TrailState, desired: TrailState) -> list[Call]:
        changes = {
            attribute: getattr(desired, attribute)
            for attribute in ATTRIBUTES
            if getattr(desired, attribute) != getattr(before, attribute)
        }
        if not changes:
            return []
        if {"cloudwatch_logs_group_arn", "cloudwatch_logs_role_arn"} & set(changes):  # always sent together
            changes["cloudwatch_logs_group_arn"] = desired.cloudwatch_logs_group_arn
            changes["cloudwatch_logs_role_arn"] = desired.cloudwatch_logs_role_arn
        arguments = {"Name": before.arn, **{ATTRIBUTES[attribute][1]: value for attribute, value in changes.items()}}
        return [self._dependent_call("update_trail", arguments, f"update {', '.join(sorted(changes))}")]

    def _put_selectors(self, before: TrailState, desired: TrailState) -> list[Call]:
        if same_events(before.selectors, desired.selectors, names=self.compare_names):
            return []
        selectors = [selector.as_aws() for selector in desired.selectors]
        arguments = {"TrailName": before.arn, "AdvancedEventSelectors": selectors}
        return [self._call("put_event_selectors", arguments, "put event selectors")]

    def _put_insights(self, before: TrailState, desired: TrailState) -> list[Call]:
        if desired.insights is None or desired.insights == before.insights:
            return []
        selectors = [
            {"InsightType": kind, **({"EventCategories": list(categories)} if categories else {})}
            for kind, categories in desired.insights
        ]
        arguments = {"TrailName": before.arn, "InsightSelectors": selectors}
        return [self._dependent_call("put_insight_selectors", arguments, "put Insights selectors")]

    def _tag(self, before: TrailState, desired: TrailState) -> list[Call]:
        current, wanted = before.tags or {}, desired.tags or {}
        removed = {key: value for key, value in current.items() if key not in wanted}
        added = {key: value for key, value in wanted.items() if current.get(key) != value}
        calls = []
        if added:
            arguments = {"ResourceId": before.arn, "TagsList": _tags_list(added)}
            calls.append(self._call("add_tags", arguments, "add tags"))
        if removed:
            arguments = {"ResourceId": before.arn, "TagsList": _tags_list(removed)}
            calls.append(self._call("remove_tags", arguments, "remove tags"))
        return calls

    def _start(self, before: TrailState, desired: TrailState) -> list[Call]:
        due = desired.logging and not before.logging
        return [self._call("start_logging", {"Name": before.arn}, "start logging")] if due else []

    def _stop(self, before: TrailState, desired: TrailState) -> list[Call]:
        due = before.logging and not desired.logging
        return [self._call("stop_logging", {"Name": before.arn}, "stop logging")] if due else []

    def _dependent_call(self, operation: str, arguments: dict[str, Any], what: str) -> Call:
        """A call that depends on policies, roles, keys and buckets."""
        call = self._call(operation, arguments, what)
        return replace(call, retry_codes=DEPENDENCY_ERRORS, wait=self.policy_wait)

    def _call(self, operation: str, arguments: dict[str, Any], what: str) -> Call:
        return Call(
            service="cloudtrail", operation=operation, arguments=arguments, summary=f"trail {self.name}: {what}"
        )


def _new(calls: list[Call]) -> list[Call]:
    """The calls, repeated for as long as a trail that was just created may not be visible everywhere."""
    return [
        replace(
            call,
            retry_codes=_NEW_TRAIL_ERRORS | (call.retry_codes if call.wait else frozenset()),
            wait=max(call.wait, _NEW_TRAIL_WAIT),
        )
        for call in calls
    ]


def _tags_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
