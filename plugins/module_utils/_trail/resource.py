# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One CloudTrail trail.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws import arn as _arn
from .._aws import kms
from .._aws.gateway import Gateway
from .._aws.organizations import describe_organization
from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from .._core.reconcile import Outcome
from . import explain_refusal, lookup
from . import selectors as _selectors
from .options import TrailOptions
from .state import ATTRIBUTES, TrailState, insights_of, weakenings

PERMISSIONS = (
    "cloudtrail:AddTags",
    "cloudtrail:CreateTrail",
    "cloudtrail:DeleteTrail",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetInsightSelectors",
    "cloudtrail:GetTrail",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:PutInsightSelectors",
    "cloudtrail:RemoveTags",
    "cloudtrail:StartLogging",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "iam:PassRole",
    "kms:DescribeKey",
    "organizations:DescribeOrganization",
)
# Refusals that pass once a policy, role, key or bucket that was written a moment ago is visible everywhere.
_DEPENDENCIES = frozenset(
    {
        "CloudWatchLogsDeliveryUnavailableException",
        "InsufficientEncryptionPolicyException",
        "InsufficientS3BucketPolicyException",
        "InsufficientSnsTopicPolicyException",
        "InvalidCloudWatchLogsLogGroupArnException",
        "InvalidCloudWatchLogsRoleArnException",
        "KmsKeyNotFoundException",
        "S3BucketDoesNotExistException",
    }
)
_NEW_TRAIL = frozenset({"TrailNotFoundException"})
_NEW_TRAIL_WAIT = 60.0  # seconds


class Trail:
    """A resource in the sense of C(_reconcile)."""

    render_from: TrailState | None = None
    settle_seconds = 60.0
    confirm_seconds = 0.0

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.options = TrailOptions.from_params(params)
        self.region = region
        self.partition = _arn.partition_of(region)
        self.wait = float(params["policy_wait"])
        self.allow_missing_in_check_mode = params["allow_missing_in_check_mode"]
        self.log_archive = (params["log_archive_role_arn"] or "", params["log_archive_external_id"] or "")

    def read(self, gateway: Gateway) -> TrailState:
        found = lookup.find(gateway, self.options.name, self._of_organization)
        state = TrailState(self.options.name, reference=found.reference)
        if found.trail:
            state = state.updated(found.trail)
            lookup.refuse_foreign(gateway, state, self._of_organization)
            state = self._details(gateway, state)
            if self.options.state == "absent" and self.options.replaced_by:
                reason = lookup.why_not_replaced(gateway, self.options.replaced_by)
                state = replace(state, not_replaced=reason)
        return self._with_key(gateway, state)

    @property
    def _of_organization(self) -> bool:
        return bool(self.options.flags["is_organization_trail"])

    def _details(self, gateway: Gateway, state: TrailState) -> TrailState:
        """What GetTrail does not tell: tags and Insights only where they are asked for, because each costs a call."""
        selectors = gateway.call("cloudtrail", "get_event_selectors", TrailName=state.arn)
        status = gateway.call("cloudtrail", "get_trail_status", Name=state.arn)
        insights, tags = None, None
        if self.options.insights is not None:
            absent = ("InsightNotEnabledException",)
            insights = insights_of(
                gateway.call("cloudtrail", "get_insight_selectors", absent=absent, TrailName=state.arn)
            )
        if self.options.tags is not None:
            listed = gateway.call("cloudtrail", "list_tags", ResourceIdList=[state.arn])["ResourceTagList"]
            tags = {tag["Key"]: tag.get("Value", "") for item in listed for tag in item["TagsList"]}
        delivered = status.get("LatestDeliveryTime")
        return replace(
            state,
            selectors=_selectors.from_aws(selectors),
            logging=status["IsLogging"],
            latest_delivery_time=delivered.isoformat() if delivered else "",
            latest_delivery_error=status.get("LatestDeliveryError") or "",
            insights=insights,
            tags=tags,
        )

    def _with_key(self, gateway: Gateway, state: TrailState) -> TrailState:
        """With the ARN of the wanted key; looked up only where the option is not that ARN already."""
        wanted = self.options.kms_key or "" if self.options.state == "present" else ""
        if not wanted or kms.is_key_arn(wanted):
            return replace(state, wanted_key=wanted)
        if kms.is_same_key(state.kms_key, wanted):
            return replace(state, wanted_key=state.kms_key)
        try:
            described = gateway.call("kms", "describe_key", absent=("NotFoundException",), KeyId=wanted)
        except AwsFailure as failure:
            if not state.exists:  # nothing to compare with; CloudTrail itself resolves it, or refuses
                return replace(state, wanted_key=wanted)
            raise failure.with_advice(
                f"kms_key: {wanted} cannot be looked up from this account. Use the ARN of the key itself."
            ) from None
        if not described:
            return replace(state, wanted_key=wanted, key_missing=True)
        kms.refuse_unusable(described["KeyMetadata"])
        return replace(state, wanted_key=described["KeyMetadata"]["Arn"])

    def desired(self, before: TrailState) -> TrailState:
        if self.options.state == "absent":
            if before.exists and before.arn == self.options.replaced_by:
                raise Refused(f"replaced_by: {before.arn} is the trail itself, which cannot take its own place.")
            if before.not_replaced:
                raise Refused(
                    f"Trail {before.name} is to be replaced by {self.options.replaced_by}, but {before.not_replaced}."
                    f" Without either of them nothing would be recorded. Run again once that one delivers."
                )
            return TrailState(self.options.name)
        desired = self.options.apply(before, self.partition, self.region)
        losses = weakenings(before, desired) if before.exists else []
        if losses and not self.options.allow_weaken:
            raise Refused(
                f"Trail {before.name} would be weakened: {'; '.join(losses)}. If that is meant, set allow_weaken: true."
            )
        return desired

    def plan(self, before: TrailState, desired: TrailState) -> Sequence[Call]:
        if not desired.exists:
            return [self._call("delete_trail", {"Name": before.arn}, "delete")] if before.exists else []
        if not before.exists:
            return self._create(desired)
        return [
            *self._update(before, desired),
            *self._put_selectors(before, desired),
            *self._put_insights(before, desired),
            *self._tag(before, desired),
            *self._set_logging(before, desired),
        ]

    def _create(self, desired: TrailState) -> list[Call]:
        arguments: dict[str, Any] = {"Name": desired.name}
        for attribute, (_member, parameter) in ATTRIBUTES.items():
            value = getattr(desired, attribute)
            if value or attribute == "include_global_service_events":
                arguments[parameter] = value
        if desired.tags:
            arguments["TagsList"] = _tags_list(desired.tags)
        create = self._call(
            "create_trail", arguments, f"create, delivering to {desired.bucket}", _DEPENDENCIES, self.wait
        )
        # what CloudTrail gives a trail for which no selector has been put
        default = _selectors.from_aws({"EventSelectors": [{}]})
        new = TrailState(desired.name, True, arn=desired.reference, selectors=default, insights=())
        rest = [
            *self._put_selectors(new, desired),
            *self._put_insights(new, desired),
            *self._set_logging(new, desired),
        ]
        patient = [replace(call, retry_codes=_NEW_TRAIL, wait=_NEW_TRAIL_WAIT) for call in rest]
        return [create, *patient]

    def _update(self, before: TrailState, desired: TrailState) -> list[Call]:
        changes = {a: getattr(desired, a) for a in ATTRIBUTES if getattr(desired, a) != getattr(before, a)}
        if not changes:
            return []
        if {"cloudwatch_logs_group_arn", "cloudwatch_logs_role_arn"} & set(changes):
            changes["cloudwatch_logs_group_arn"] = desired.cloudwatch_logs_group_arn
            changes["cloudwatch_logs_role_arn"] = desired.cloudwatch_logs_role_arn
        arguments = {"Name": before.arn, **{ATTRIBUTES[attribute][1]: value for attribute, value in changes.items()}}
        what = ", ".join(sorted(changes))
        return [self._call("update_trail", arguments, f"update {what}", _DEPENDENCIES, self.wait)]

    def _put_selectors(self, before: TrailState, desired: TrailState) -> list[Call]:
        if _selectors.same(before.selectors, desired.selectors, names=self.options.events.raw is not None):
            return []
        arguments = {"TrailName": before.arn, "AdvancedEventSelectors": [s.as_aws() for s in desired.selectors]}
        return [self._call("put_event_selectors", arguments, "put event selectors")]

    def _put_insights(self, before: TrailState, desired: TrailState) -> list[Call]:
        if desired.insights is None or desired.insights == before.insights:
            return []
        selectors = [
            {"InsightType": kind, **({"EventCategories": list(categories)} if categories else {})}
            for kind, categories in desired.insights
        ]
        arguments = {"TrailName": before.arn, "InsightSelectors": selectors}
        return [self._call("put_insight_selectors", arguments, "put Insights selectors", _DEPENDENCIES, self.wait)]

    def _tag(self, before: TrailState, desired: TrailState) -> list[Call]:
        there, wanted = before.tags or {}, desired.tags or {}
        gone = {key: value for key, value in there.items() if key not in wanted}
        new = {key: value for key, value in wanted.items() if there.get(key) != value}
        calls = []
        if new:
            calls.append(self._call("add_tags", {"ResourceId": before.arn, "TagsList": _tags_list(new)}, "add tags"))
        if gone:
            calls.append(
                self._call("remove_tags", {"ResourceId": before.arn, "TagsList": _tags_list(gone)}, "remove tags")
            )
        return calls

    def _set_logging(self, before: TrailState, desired: TrailState) -> list[Call]:
        if before.logging == desired.logging:
            return []
        if desired.logging:
            return [self._call("start_logging", {"Name": before.arn}, "start logging")]
        return [self._call("stop_logging", {"Name": before.arn}, "stop logging")]

    def _call(
        self,
        operation: str,
        arguments: dict[str, Any],
        what: str,
        codes: frozenset[str] = frozenset(),
        wait: float = 0.0,
    ) -> Call:
        return Call(
            service="cloudtrail",
            operation=operation,
            arguments=arguments,
            summary=f"trail {self.options.name}: {what}",
            retry_codes=codes,
            wait=wait,
        )

    def missing(self, before: TrailState) -> str:
        if not before.key_missing or self.options.state == "absent":
            return ""
        return f"kms_key: there is no key {before.wanted_key} in Region {self.region}."

    def observe(self, gateway: Gateway, desired: TrailState, replies: Sequence[Any]) -> TrailState:
        """CreateTrail and UpdateTrail answer with the trail as it is now, so that it need not be read again."""
        if not replies:
            return self.read(gateway)
        told = [reply for reply in replies if reply.get("TrailARN") and "S3BucketName" in reply]
        if not told:
            return desired
        after = desired.updated(told[0])
        return after if kms.is_key_arn(desired.wanted_key) else replace(after, wanted_key=after.kms_key)

    def explain(self, gateway: Gateway, desired: TrailState, failure: AwsFailure) -> str:
        if failure.code == "TrailAlreadyExistsException":
            return lookup.elsewhere(gateway, self.options.name)
        if failure.code not in _DEPENDENCIES:
            return ""
        is_arn = _arn.parse(desired.reference) is not None
        arn = desired.reference if is_arn else _arn.trail(self.partition, self.region, gateway.account, desired.name)
        organization = describe_organization(gateway)["Id"] if desired.is_organization_trail else ""
        reader = gateway.other(*self.log_archive) if self.log_archive[0] else gateway
        return explain_refusal.refusal(reader, desired, arn, failure.code, organization)

    def result(self, outcome: Outcome) -> dict[str, Any]:
        """What the module returns."""
        after: TrailState = outcome.after
        return {"trail": after.as_result() if after.exists else None}

    def diff(self, outcome: Outcome) -> dict[str, Any]:
        """Before and after, for C(--diff)."""
        header = f"trail {self.options.name}"
        before, after = outcome.before.as_diff(), outcome.after.as_diff()
        return {"before_header": header, "after_header": header, "before": before, "after": after}

    def warnings(self, outcome: Outcome) -> list[str]:
        """What the operator should know although nothing failed."""
        return []


def _tags_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
