# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rounds of log file deliveries, under the bucket and key policies that are visible at that moment.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
Known deviations: events are management events only; a multi-Region trail delivers for its home Region and us-east-1,
not for every Region; nothing goes to SNS or CloudWatch Logs; the error texts of KMS are from memory.
"""

from __future__ import annotations

import gzip
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.sandbox.cloudtrail.asking import AES256, Asking
from tests.sandbox.cloudtrail.events import GLOBAL_REGION, log_file_name, log_records, log_text
from tests.sandbox.cloudtrail.trails import Delivered, Trail, Trails
from tests.sandbox.world import Bucket, Key, World

ACCESS_DENIED = "AccessDenied"
#: The state of a key -> what S3 answers to a PutObject with it.
KMS_ERRORS = {"Disabled": "KMS.DisabledException"}


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


class Refused(Exception):
    """str() is the code that GetTrailStatus tells as LatestDeliveryError."""


def deliver_round(world: World, trails: Trails, events: int) -> list[Delivery]:
    """Deliver for every logging trail, each of its Regions and, for an organization trail, each member account."""
    logging = sorted((trail for trail in trails if trail.logging), key=lambda trail: trail.arn)
    return [one for trail in logging for region in _regions(trail) for one in _deliver(world, trail, region, events)]


def _regions(trail: Trail) -> list[str]:
    return list(dict.fromkeys((trail.home, GLOBAL_REGION))) if trail.multi_region else [trail.home]


def _accounts(world: World, trail: Trail) -> list[str]:
    if not trail.organization:
        return [trail.account]
    organization = world.organization_of(trail.account)
    return sorted(one for one in world.accounts if organization and world.organization_of(one) == organization)


def _deliver(world: World, trail: Trail, region: str, events: int) -> list[Delivery]:
    """The files of one Region. Where no event was selected there is no file, and the status stays as it is."""
    deliveries = []
    for account in _accounts(world, trail):
        records = log_records(trail, account, region, world.now(), events)
        if records:
            deliveries.append(_deliver_file(Asking(world, trail), account, region, log_text(records)))
    if deliveries:
        status = trail.delivered.setdefault(region, Delivered())
        status.attempted = world.now()
        status.error = next((one.error for one in deliveries if one.error), "")
        if not status.error:
            status.delivered = status.attempted
    return deliveries


def _deliver_file(asking: Asking, account: str, region: str, body: bytes) -> Delivery:
    trail, world = asking.trail, asking.world
    name = log_file_name(asking.folder(account, trail.organization), account, region, world.now())
    try:
        _store(asking, name, body)
        error = ""
    except Refused as refused:
        error = str(refused)
    encryption = "aws:kms" if trail.key else AES256
    return Delivery(account, trail.arn, region, trail.bucket, name, encryption, trail.key or None, error, body)


def _store(asking: Asking, name: str, body: bytes) -> None:
    """A trail without a key writes with SSE-S3, also into a bucket that encrypts with a key by default."""
    bucket = asking.world.bucket(asking.trail.bucket)
    if bucket is None:
        raise Refused("NoSuchBucket")
    key = _usable_key(asking, bucket)
    if bucket.requester_pays or not asking.may_put(bucket, name, key):
        raise Refused(ACCESS_DENIED)
    if key and not asking.may_encrypt(bucket, name, key):
        raise Refused(ACCESS_DENIED)
    asking.world.put_object(
        bucket.name,
        name,
        gzip.compress(body, mtime=0),
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        key.arn if key else None,
        asking.encryption_context(bucket, name) if key else None,
    )


def _usable_key(asking: Asking, bucket: Bucket) -> Key | None:
    if not asking.trail.key:
        return None
    key = asking.world.key(asking.trail.key, asking.trail.account, bucket.region)
    if key is None:
        raise Refused("KMS.NotFoundException")
    if key.state != "Enabled":
        raise Refused(KMS_ERRORS.get(key.state, "KMS.KMSInvalidStateException"))
    return key
