# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rounds of log file deliveries, under the bucket and key policies that are visible at that moment.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
Known deviations: events are management events and CloudTrail's own deliveries only; a multi-Region trail delivers for
its home Region and us-east-1, and for other Regions only if a control request names them; refused files are not
retried; nothing goes to SNS or CloudWatch Logs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from cloudtrail_sandbox.cloudtrail.events import GLOBAL_REGION, log_file_name, log_records, log_text
from cloudtrail_sandbox.cloudtrail.recursive_events import note_delivery
from cloudtrail_sandbox.cloudtrail.requests import AES256, TrailRequests
from cloudtrail_sandbox.cloudtrail.store import Refused, store
from cloudtrail_sandbox.cloudtrail.trails import Delivered, Trail, Trails
from cloudtrail_sandbox.state import State


@dataclass(frozen=True)
class Delivery:
    """One log file. `body` is its text before gzip, which the digest needs.

    `trail` is the trail's ARN, `account` the one whose events these are, `key` the name of the object, `encryption`
    "AES256" or "aws:kms", and `error` the code of the refusal, "" if the file was stored.
    """

    account: str
    trail: str
    region: str
    bucket: str
    key: str
    encryption: str
    kms_key_arn: str | None
    error: str
    body: bytes = field(repr=False)

    def as_result(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "body"}


@dataclass(frozen=True)
class Round:
    """A round of deliveries, with `events` in each account and Region.

    `regions` limits a multi-Region trail to these and `accounts` the events to those of these accounts; empty means the
    trail's home Region and us-east-1, and all accounts.
    """

    events: int = 3
    regions: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def deliver_round(state: State, trails: Trails, round_: Round) -> list[Delivery]:
    """Deliver for every logging trail, each of its Regions and, for an organization trail, each member account."""
    deliveries = [
        delivery
        for trail in logging_trails(trails)
        for region in regions_of(state, trail, round_.regions)
        for delivery in _deliver(state, trail, region, round_)
    ]
    for delivery in deliveries:
        if not delivery.error:
            note_delivery(state, trails, delivery.bucket, delivery.key)
    return deliveries


def logging_trails(trails: Trails) -> list[Trail]:
    return sorted((trail for trail in trails if trail.logging), key=lambda trail: trail.arn)


def regions_of(state: State, trail: Trail, wanted: Iterable[str] = ()) -> list[str]:
    """The wanted Regions that the trail covers; by default its home Region and us-east-1.

    A multi-Region trail covers an opt-in Region if the trail's account has enabled the Region:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html
    """
    enabled = state.enabled_regions(trail.account)
    chosen = tuple(wanted) or (trail.home, GLOBAL_REGION)
    return [region for region in dict.fromkeys(chosen) if trail.covers(region) and region in enabled]


def accounts_of(state: State, trail: Trail) -> list[str]:
    """The accounts whose events the trail records, without suspended ones."""
    if not trail.organization:
        return [trail.account]
    return sorted(account for account in state.active_members() if state.organization_of(trail.account))


def _deliver(state: State, trail: Trail, region: str, round_: Round) -> list[Delivery]:
    """Deliver the files of one Region. Without a selected event there is no file, and the status stays."""
    deliveries = []
    for account in accounts_of(state, trail):
        silent = round_.accounts and account not in round_.accounts
        records = [] if silent else log_records(trail, account, region, state.now(), round_.events)
        records += trail.recursive_events.pop((account, region), [])
        if records:
            deliveries.append(_deliver_file(TrailRequests(state, trail), account, region, log_text(records)))
    if deliveries:
        status = trail.delivered.setdefault(region, Delivered())
        status.attempted = state.now()
        status.error = next((delivery.error for delivery in deliveries if delivery.error), "")
        if not status.error:
            status.delivered = status.attempted
    return deliveries


def _deliver_file(requests: TrailRequests, account: str, region: str, body: bytes) -> Delivery:
    trail, state = requests.trail, requests.state
    name = log_file_name(requests.folder(account, trail.organization), account, region, state.now())
    try:
        store(requests, name, body)
        error = ""
    except Refused as refused:
        error = str(refused)
    encryption = "aws:kms" if trail.key else AES256
    return Delivery(account, trail.arn, region, trail.bucket, name, encryption, trail.key or None, error, body)
