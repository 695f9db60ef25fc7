# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The events of CloudTrail's own deliveries, which a trail delivers in its next log file.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-recursive-logging.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
Known deviations: only log files have such events, digests do not; the form of the event follows that of other events by
services, because AWS publishes no example.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cloudtrail_sandbox.cloudtrail.selectors import default_selectors, logs_object_written
from cloudtrail_sandbox.cloudtrail.trails import PARTITION, Trail
from cloudtrail_sandbox.state import Bucket, State

SERVICE = "cloudtrail.amazonaws.com"


def note_delivery(state: State, trails: Iterable[Trail], bucket_name: str, key: str) -> None:
    """Leave the event of one delivered log file with each trail that logs it: those of the bucket's owner."""
    bucket = state.bucket(bucket_name)
    if bucket is None:
        return
    arn = f"arn:{PARTITION}:s3:::{bucket_name}/{key}"
    for trail in trails:
        if _logs(state, trail, bucket, arn):
            event = _event(bucket, key, arn, state.now())
            trail.recursive_events.setdefault((bucket.owner, bucket.region), []).append(event)


def _logs(state: State, trail: Trail, bucket: Bucket, arn: str) -> bool:
    if not trail.logging or trail.recursive_logging is False or not trail.covers(bucket.region):
        return False
    is_member = trail.organization and bucket.owner in state.active_members()
    recorded = trail.account == bucket.owner or is_member
    return recorded and logs_object_written(trail.selectors or default_selectors(), "PutObject", arn)


def _event(bucket: Bucket, key: str, arn: str, when: datetime) -> dict[str, Any]:
    bucket_arn = f"arn:{PARTITION}:s3:::{bucket.name}"
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AWSService", "invokedBy": SERVICE},
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutObject",
        "awsRegion": bucket.region,
        "sourceIPAddress": SERVICE,
        "userAgent": SERVICE,
        "requestParameters": {"bucketName": bucket.name, "key": key},
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "resources": [
            {"type": "AWS::S3::Object", "ARN": arn},
            {"accountId": bucket.owner, "type": "AWS::S3::Bucket", "ARN": bucket_arn},
        ],
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": bucket.owner,
        "eventCategory": "Data",
    }
