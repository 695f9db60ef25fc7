# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The meaning of the delivery errors in a reply of GetTrailStatus, and their remediation. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail passes on the error code of S3, KMS, CloudWatch Logs or SNS:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

_POLICIES = (
    "Run archive.yml to allow the account in the bucket policy and the key policy. Check log_archive_access_info for"
    " other statements that deny the account."
)
_BUCKET_GONE = (
    "Create the bucket again in the log-archive account at once, or configure another bucket for the trail. Anyone who"
    " registers the bucket's name first receives the logs."
)
_KEY_DISABLED = "Enable the key in the log-archive account (kms:EnableKey)."
_KEY_PENDING_DELETION = (
    "Cancel the deletion of the key in the log-archive account (kms:CancelKeyDeletion), then enable the key"
    " (kms:EnableKey). A key with imported key material may need that material again."
)
_KEY_GONE = "Configure a key for the trail that exists in the bucket's Region."
_ROLE = "Correct the permissions of the role that the trail uses."
_TOPIC_POLICY = "Allow CloudTrail in the topic's policy."
_WAIT = "The error is temporary. Check again in an hour."


class _Meaning(NamedTuple):
    fragment: str  # in lower case; part of the error
    meaning: str
    remediation: str
    cause: str = ""  # of the finding


_UNKNOWN = _Meaning("", "AWS gives no further details", "Look up the error in the reference of the service.")
# KMS has another exception for a disabled key: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
_INVALID_STATE = "the key is pending deletion, or has no key material"
# the first that matches is used
_BUCKET_ERRORS = (
    _Meaning("nosuchbucket", "the bucket does not exist", _BUCKET_GONE, "bucket_missing"),
    _Meaning("disabledexception", "the key is disabled", _KEY_DISABLED, "key_disabled"),
    _Meaning("invalidstate", _INVALID_STATE, _KEY_PENDING_DELETION, "key_pending_deletion"),
    _Meaning("kms.notfound", "the key does not exist", _KEY_GONE, "key_missing"),
    _Meaning("kmskeynotfound", "the key does not exist", _KEY_GONE, "key_missing"),
    _Meaning("kms", "the key cannot be used", _POLICIES),
    _Meaning("accessdenied", "the bucket policy or key policy does not allow the trail", _POLICIES),
    _Meaning("access denied", "the bucket policy or key policy does not allow the trail", _POLICIES),
    _Meaning("allaccessdisabled", "AWS has disabled all access to the bucket", "Contact AWS Support."),
    _Meaning("permanentredirect", "the bucket is in another Region than CloudTrail expects", "Update the trail."),
    _Meaning("slowdown", "S3 received too many requests", _WAIT),
    _Meaning("internalerror", "S3 had an internal error", _WAIT),
)
_LOG_GROUP_ERRORS = (
    _Meaning("accessdenied", "the role lacks permissions on the log group", _ROLE),
    _Meaning("access denied", "the role lacks permissions on the log group", _ROLE),
    _Meaning(
        "resourcenotfound",
        "the log group does not exist",
        "Create the log group again, or remove CloudWatch Logs from the trail.",
    ),
)
_TOPIC_ERRORS = (
    _Meaning("authorization", "the topic's policy does not allow CloudTrail", _TOPIC_POLICY),
    _Meaning("accessdenied", "the topic's policy does not allow CloudTrail", _TOPIC_POLICY),
    _Meaning("notfound", "the topic does not exist", "Create the topic again, or remove the topic from the trail."),
)


class _Destination(NamedTuple):
    error_member: str  # of GetTrailStatus
    success_member: str  # of GetTrailStatus
    kind: str  # of the finding
    what: str  # is delivered, in a sentence
    meanings: Sequence[_Meaning]


_DESTINATIONS = (
    _Destination("LatestDeliveryError", "LatestDeliveryTime", "delivery_error", "log files", _BUCKET_ERRORS),
    _Destination(
        "LatestDigestDeliveryError", "LatestDigestDeliveryTime", "digest_error", "digest files", _BUCKET_ERRORS
    ),
    _Destination(
        "LatestCloudWatchLogsDeliveryError",
        "LatestCloudWatchLogsDeliveryTime",
        "cloudwatch_logs_error",
        "events to CloudWatch Logs",
        _LOG_GROUP_ERRORS,
    ),
    _Destination(
        "LatestNotificationError",
        "LatestNotificationTime",
        "notification_error",
        "notifications to SNS",
        _TOPIC_ERRORS,
    ),
)


@dataclass(frozen=True, kw_only=True)
class DeliveryError:
    """The error of a trail's latest delivery to one destination."""

    kind: str  # of the finding
    what: str  # could not be delivered, in a sentence
    error: str  # as AWS returns it
    meaning: str  # a clause
    remediation: str  # a sentence
    cause: str  # of the finding; empty if the error does not show it
    last_success: Any  # datetime; None if nothing has been delivered yet


def errors_of(status: Mapping[str, Any]) -> list[DeliveryError]:
    """The errors in a reply of GetTrailStatus."""
    errors = []
    for destination in _DESTINATIONS:
        error = str(status.get(destination.error_member) or "")
        if error:
            known = (meaning for meaning in destination.meanings if meaning.fragment in error.lower())
            explained = next(known, _UNKNOWN)
            errors.append(
                DeliveryError(
                    kind=destination.kind,
                    what=destination.what,
                    error=error,
                    meaning=explained.meaning,
                    remediation=explained.remediation,
                    cause=explained.cause,
                    last_success=status.get(destination.success_member),
                )
            )
    return errors
