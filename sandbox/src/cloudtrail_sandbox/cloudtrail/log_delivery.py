# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rounds of log file deliveries, under the bucket and key policies that are visible at that moment.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
Known deviations: events are management events only; a multi-Region trail delivers for its home Region and us-east-1,
and for other Regions only where it was told to; what was refused is not tried again; nothing goes to SNS or CloudWatch
Logs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from cloudtrail_sandbox.cloudtrail.events import GLOBAL_REGION, log_file_name, log_records, log_text
from cloudtrail_sandbox.cloudtrail.requests import AES256, TrailRequests
from cloudtrail_sandbox.cloudtrail.store import Refused, store
from cloudtrail_sandbox.cloudtrail.trails import Delivered, Trail, Trails
from cloudtrail_sandbox.state import State


@dataclass(frozen=True)
class Delivery:
    """One log file. `body` is its text before gzip, for what a digest has to say about the file.

    `trail` is the trail's ARN, `account` the one whose events these are, `key` the name of the object, `encryption`
    "AES256" or "aws:kms", and `error` the code of the refusal, "" where the file was stored.
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

    def told(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "body"}


@dataclass(frozen=True)
class Round:
    """What happened before a delivery: `events` in each account and Region.

    `regions` limits a multi-Region trail to these and `accounts` the events to those of these accounts; empty means the
    trail's home Region and us-east-1, and all accounts.
    """

    events: int = 3
    regions: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def deliver_round(state: State, trails: Trails, asked: Round) -> list[Delivery]:
    """Deliver for every logging trail, each of its Regions and, for an organization trail, each member account."""
    return [
        one
        for trail in logging_trails(trails)
        for region in regions_of(trail, asked.regions)
        for one in _deliver(state, trail, region, asked)
    ]


def logging_trails(trails: Trails) -> list[Trail]:
    return sorted((trail for trail in trails if trail.logging), key=lambda trail: trail.arn)


def regions_of(trail: Trail, wanted: Iterable[str] = ()) -> list[str]:
    """The Regions among those wanted in which the trail acts; without a wish, those in which it always does."""
    chosen = tuple(wanted) or (trail.home, GLOBAL_REGION)
    return [region for region in dict.fromkeys(chosen) if trail.covers(region)]


def accounts_of(state: State, trail: Trail) -> list[str]:
    """Whose events the trail records; an account that is suspended has none."""
    if not trail.organization:
        return [trail.account]
    return sorted(one for one in state.active_members() if state.organization_of(trail.account))


def _deliver(state: State, trail: Trail, region: str, asked: Round) -> list[Delivery]:
    """The files of one Region. Where no event was selected there is no file, and the status stays as it is."""
    deliveries = []
    for account in accounts_of(state, trail):
        silent = asked.accounts and account not in asked.accounts
        records = [] if silent else log_records(trail, account, region, state.now(), asked.events)
        if records:
            deliveries.append(_deliver_file(TrailRequests(state, trail), account, region, log_text(records)))
    if deliveries:
        status = trail.delivered.setdefault(region, Delivered())
        status.attempted = state.now()
        status.error = next((one.error for one in deliveries if one.error), "")
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
