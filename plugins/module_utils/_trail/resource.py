# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One CloudTrail trail as a resource in the sense of C(_core/reconcile.py): read, desired state, plan, result.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws import arn, kms
from .._aws.gateway import Gateway
from .._aws.organizations import describe_organization
from .._core import timestamps
from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from .._core.reconcile import Outcome
from . import explain_refusal, lookup, recursion
from .options import TrailOptions
from .plan import DEPENDENCY_ERRORS, Planner
from .resource_types import unknown_types
from .selectors import from_aws
from .state import Lookup, Snapshot, TrailState, insights_of, weakenings

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


class TrailResource:
    """The trail that the options name."""

    render_from: Snapshot | None = None
    settle_seconds = 60.0
    confirm_seconds = 0.0

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.options = TrailOptions.from_params(params)
        self.region = region
        self.partition = arn.partition_of(region)
        self.allow_missing_in_check_mode = params["allow_missing_in_check_mode"]
        self.role_arn, self.account_id = params["assume_role_arn"] or "", params["account_id"] or ""
        self.log_archive = (params["log_archive_role_arn"] or "", params["log_archive_external_id"] or "")
        self.planner = Planner(
            name=self.options.name,
            policy_wait=float(params["policy_wait"]),
            compare_names=self.options.events.raw is not None,
        )

    def read(self, gateway: Gateway) -> Snapshot:
        is_organization_trail = bool(self.options.flags["is_organization_trail"])
        trail = lookup.find_trail(gateway, self.options.name, is_organization_trail)
        state = TrailState(name=self.options.name)
        reason = ""
        if trail.description:
            state = state.updated(trail.description)
            lookup.refuse_foreign(gateway, state, is_organization_trail)
            state = self._with_details(gateway, state)
            if self.options.state == "absent" and self.options.replaced_by:
                reason = lookup.why_not_replaceable(gateway, self.options.replaced_by)
        wanted = self.options.kms_key if self.options.state == "present" else ""
        key = lookup.find_key(gateway, wanted or "", state)
        unfinished = self.options.is_unfinished(state, key=key.identifier)
        context = Lookup(reference=trail.reference, key=key, unfinished=unfinished, not_replaceable=reason)
        return Snapshot(state=state, lookup=context)

    def _with_details(self, gateway: Gateway, state: TrailState) -> TrailState:
        """The state with selectors and status, and with tags and Insights if an option needs them."""
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
        return replace(
            state,
            selectors=from_aws(selectors),
            advanced=bool(selectors.get("AdvancedEventSelectors")),
            logging=status["IsLogging"],
            has_logged=bool(status["IsLogging"] or status.get("StartLoggingTime")),
            latest_delivery_time=timestamps.with_offset(status.get("LatestDeliveryTime")),
            latest_delivery_error=status.get("LatestDeliveryError") or "",
            insights=insights,
            tags=tags,
        )

    def desired(self, before: Snapshot) -> Snapshot:
        if self.options.state == "absent":
            self._refuse_deletion(before)
            return replace(before, state=TrailState(name=self.options.name))
        state = self.options.apply(
            before.state,
            key=before.lookup.key.identifier,
            partition=self.partition,
            region=self.region,
            unfinished=before.lookup.unfinished,
        )
        losses = self._losses(before, state)
        if losses and not self.options.allow_weaken:
            raise Refused(
                f"Trail {state.name} would be weakened: {'; '.join(losses)}. Set allow_weaken: true to allow that."
            )
        return replace(before, state=state)

    def _losses(self, before: Snapshot, desired: TrailState) -> list[str]:
        """What the change would weaken, as clauses of a sentence about the trail."""
        current, key = before.state, before.lookup.key
        if before.lookup.unfinished:
            current = replace(current, selectors=desired.selectors)
        if not key.exists and not self.allow_missing_in_check_mode:  # reported by C(missing)
            current = replace(current, kms_key="")
        return weakenings(current, desired)

    def _refuse_deletion(self, before: Snapshot) -> None:
        """Raises Refused for a trail that records, unless option replaced_by names a trail that can replace it."""
        successor = self.options.replaced_by
        if before.state.exists and before.state.arn == successor:
            raise Refused(f"replaced_by: {successor} is the ARN of the trail itself. Use the ARN of another trail.")
        if before.lookup.not_replaceable:
            raise Refused(
                f"Cannot delete trail {before.state.name} yet: trail {successor}, which replaces it,"
                f" {before.lookup.not_replaceable}. Run again after trail {successor} has delivered a log file."
            )
        trail = before.state
        if not (trail.is_new or successor or self.options.allow_weaken):
            raise Refused(
                f"Trail {trail.name} would be deleted (state: absent), and its account would no longer be recorded in"
                f" bucket {trail.bucket}. Set allow_weaken: true to allow that. If another trail records the account"
                f" instead, set replaced_by to the ARN of that trail."
            )

    def plan(self, before: Snapshot, desired: Snapshot) -> Sequence[Call]:
        return self.planner.plan(before.state, desired.state, desired.lookup.reference)

    def missing(self, before: Snapshot) -> str:
        key = before.lookup.key
        return "" if key.exists else f"kms_key: key {key.identifier} does not exist in Region {self.region}."

    def observe(self, gateway: Gateway, desired: Snapshot, replies: Sequence[Any]) -> Snapshot:
        """The trail after the calls. CreateTrail and UpdateTrail return it, and then it is not read again."""
        if not replies:
            current = self.read(gateway)
            if desired.state.exists and not current.state.exists:
                lookup.refuse_other_region(gateway, desired.state.name)
            return current
        trails = [reply for reply in replies if reply.get("TrailARN") and "S3BucketName" in reply]
        if not trails:
            return desired
        state, key = desired.state.updated(trails[0]), desired.lookup.key
        if not kms.is_key_arn(key.identifier):  # CloudTrail has resolved an alias that this account may not look up
            key = replace(key, identifier=state.kms_key)
        return Snapshot(state=state, lookup=replace(desired.lookup, key=key))

    def explain(self, gateway: Gateway, desired: Snapshot, failure: AwsFailure) -> str:
        trail = desired.state
        if failure.code not in DEPENDENCY_ERRORS:
            return ""
        reference = desired.lookup.reference
        if arn.parse(reference) is None:
            reference = arn.trail(self.partition, self.region, gateway.account, trail.name)
        organization = describe_organization(gateway)["Id"] if trail.is_organization_trail else ""
        reader = gateway.other(*self.log_archive) if self.log_archive[0] else gateway
        return explain_refusal.refusal(reader, trail, reference, failure.code, organization)

    def result(self, outcome: Outcome) -> dict[str, Any]:
        """The module's return values."""
        after: TrailState = outcome.after.state
        return {"trail": after.as_result() if after.exists else None}

    def diff(self, outcome: Outcome) -> dict[str, Any]:
        """The states before and after, for C(--diff)."""
        header = f"trail {self.options.name}"
        before, after = outcome.before.state.as_diff(), outcome.after.state.as_diff()
        return {"before_header": header, "after_header": header, "before": before, "after": after}

    def warnings(self, outcome: Outcome) -> list[str]:
        """What the operator should know although nothing failed."""
        trail: TrailState = outcome.after.state
        if not trail.exists:
            return []
        account = next(
            (parsed.account for parsed in map(arn.parse, (trail.arn, self.role_arn)) if parsed), self.account_id
        )
        log_archive = arn.parse(self.log_archive[0])
        loop = recursion.warning(trail, account, log_archive.account if log_archive else "")
        return [
            *unknown_types(self.options.events.raw or ()),
            *([loop] if loop else []),
            *self._not_recorded(trail, outcome.after.lookup.key.identifier),
        ]

    def _not_recorded(self, trail: TrailState, key: str) -> list[str]:
        """What the trail does not record, although no option asks for that."""
        if not trail.logging:
            stopped = f"Trail {trail.name} is not logging, because it was stopped. Set logging: true to start it."
            return [stopped] if self.options.flags["logging"] is None else []
        if self.options.events.mentioned or trail.advanced or not trail.has_default_selectors:
            return []
        return [
            f"Trail {trail.name} records management events only, which is CloudTrail's default. Perhaps the run that"
            f" created it was interrupted. To record all data events too, set data_events to s3: all and lambda: all."
            f" To keep the selectors without this warning, set management_events: all."
        ] * self.options.creates(trail, key=key)
