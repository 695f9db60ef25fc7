# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Event selectors that record the deliveries of CloudTrail itself, each of which leads to the next one. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A log file is delivered with PutObject, which is a data event of the account that owns the bucket. A trail that records
it delivers it in a further log file, and so on, unless its RecursiveLogging is false:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-recursive-logging.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._aws import arn
from .selectors import S3, Selector, alternatives, compatible
from .state import TrailState

_SHOWN, _NAME_LENGTH = 3, 150  # selectors in a sentence, and characters of each
# the event has no ARN of an identity, because the caller is a service:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
_PUT_OBJECT = {
    "eventCategory": "Data",
    "resources.type": S3,
    "readOnly": "false",
    "eventName": "PutObject",
    "eventSource": "s3.amazonaws.com",
    "eventType": "AwsApiCall",
    "userIdentity.arn": "",
    "sessionCredentialFromConsole": "",
}


def recorded_deliveries(selectors: Iterable[Selector], of: TrailState) -> list[Selector]:
    """The selectors that may record the delivery of log files of the trail C(of) to its bucket."""
    delivery = _delivery(of)
    return [selector for selector in selectors if any(compatible(part, delivery) for part in alternatives(selector))]


def _delivery(trail: TrailState) -> Selector:
    """The events of the delivery of a trail's log files. An organization trail has a folder of its organization.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    trail_arn = arn.parse(trail.arn)
    folder = f"{trail.key_prefix}/AWSLogs/" if trail.key_prefix else "AWSLogs/"
    if trail_arn and not trail.is_organization_trail:
        folder += f"{trail_arn.account}/CloudTrail/"
    conditions = [(field, "Equals", [value]) for field, value in _PUT_OBJECT.items()]
    log_files = ("resources.ARN", "StartsWith", [f"{_objects(trail)}{folder}"])
    return Selector.of("", *conditions, log_files, ("resources.ARN", "EndsWith", [".json.gz"]))


def warning(trail: TrailState, account: str, log_archive: str) -> str:
    """Sentences about a trail that records its own deliveries; empty if it does not.

    C(account) is that of the trail, and C(log_archive) the owner of its bucket; each is empty if it is not known.
    """
    selectors = recorded_deliveries(trail.selectors, trail)
    elsewhere = bool(account and log_archive and account != log_archive and not trail.is_organization_trail)
    if trail.recursive_logging is False or elsewhere or not selectors:
        return ""
    certain = bool(account) and account == log_archive
    return f"{message([trail], selectors, certain=certain)} {remediation([trail])}"


def message(trails: Sequence[TrailState], selectors: Sequence[Selector], *, certain: bool) -> str:
    """Sentences about trails of which each delivery leads to the next one.

    C(certain): that one of them records the account that owns the bucket.
    """
    buckets = _listed(trail.bucket for trail in trails)
    names = list(dict.fromkeys(_name(selector) for selector in selectors))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    subject = "Trail" if len(trails) == 1 else "Trails"
    what = "records its own deliveries" if len(trails) == 1 else "record each other's deliveries"
    condition = "" if certain else ", if the account that owns the bucket is recorded"
    sentence = (
        f"{subject} {_listed(trail.name for trail in trails)} {what} to bucket {buckets}{condition}. Event selector"
        f" {', '.join(names[:_SHOWN])}{more} includes PutObject of log files: each delivery is an event, and the"
        f" delivery of that event is a new event, without end and charged."
    )
    if any(trail.recursive_logging is None for trail in trails):
        sentence += (
            " If RecursiveLogging of the trail is false, which botocore before 1.43.90 does not return, ignore this."
        )
    return sentence


def remediation(trails: Sequence[TrailState]) -> str:
    """What ends the loop."""
    return (
        f"Set RecursiveLogging of the trail to false (aws cloudtrail update-trail --no-recursive-logging), which leaves"
        f" out only these events. Or exclude {_listed(map(_objects, trails))} from the data events of S3, with"
        f" NotStartsWith for resources.ARN."
    )


def _name(selector: Selector) -> str:
    name = selector.name or f"without a name ({selector})"
    return name if len(name) <= _NAME_LENGTH else f"{name[:_NAME_LENGTH]}..."


def _objects(trail: TrailState) -> str:
    """The start of the ARN of every object in the trail's bucket."""
    return f"arn:{_partition(trail)}:s3:::{trail.bucket}/"


def _partition(trail: TrailState) -> str:
    trail_arn = arn.parse(trail.arn)
    return trail_arn.partition if trail_arn else arn.partition_of(trail.home_region)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(sorted(set(names)))
