# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the errors that GetTrailStatus tells mean, and what mends them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail hands on the error code of S3, KMS, CloudWatch Logs or SNS:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# member with the error: what fails, in words; member with the last success; kind of the finding
_WAYS = {
    "LatestDeliveryError": ("log files", "LatestDeliveryTime", "delivery_error"),
    "LatestDigestDeliveryError": ("digest files", "LatestDigestDeliveryTime", "digest_error"),
    "LatestCloudWatchLogsDeliveryError": (
        "events to CloudWatch Logs",
        "LatestCloudWatchLogsDeliveryTime",
        "cloudwatch_logs_error",
    ),
    "LatestNotificationError": ("notifications to SNS", "LatestNotificationTime", "notification_error"),
}
_POLICIES = (
    "Run archive.yml, so that bucket policy and key policy admit the account, and see what log_archive_access_info says"
    " about statements of others that deny it."
)
_GONE = (
    "Create the bucket again in the log-archive account at once, or point the trail elsewhere: whoever registers the"
    " name first receives the logs."
)
_KEY = "Enable the key, or cancel its deletion, in the log-archive account."
_KEY_GONE = "Give the trail a key that exists in the bucket's Region."

# fragment of the error, without regard to case: what it means, what mends it; the first that fits counts
_BUCKET_ERRORS = (
    ("nosuchbucket", "the bucket does not exist", _GONE),
    ("kms.disabled", "the key is disabled", _KEY),
    ("kms.kmsinvalidstate", "the key is disabled or pending deletion", _KEY),
    ("invalidstate", "the key is disabled or pending deletion", _KEY),
    ("kms.notfound", "the key does not exist", _KEY_GONE),
    ("kmskeynotfound", "the key does not exist", _KEY_GONE),
    ("kms", "the key cannot be used", _POLICIES),
    ("accessdenied", "bucket policy or key policy does not admit the trail", _POLICIES),
    ("access denied", "bucket policy or key policy does not admit the trail", _POLICIES),
    ("allaccessdisabled", "AWS has disabled all access to the bucket", "Ask AWS Support."),
    ("permanentredirect", "the bucket is now in another Region than CloudTrail knows", "Update the trail."),
    ("slowdown", "S3 asks for fewer requests", "It passes; look again in an hour."),
    ("internalerror", "S3 had an error of its own", "It passes; look again in an hour."),
)
_LOGS_ERRORS = (
    ("accessdenied", "the role lacks permissions on the log group", "Mend the role that the trail names."),
    ("access denied", "the role lacks permissions on the log group", "Mend the role that the trail names."),
    ("resourcenotfound", "the log group does not exist", "Create the log group again, or take it out of the trail."),
)
_TOPIC_ERRORS = (
    ("authorization", "the topic's policy does not admit CloudTrail", "Mend the topic's policy."),
    ("accessdenied", "the topic's policy does not admit CloudTrail", "Mend the topic's policy."),
    ("notfound", "the topic does not exist", "Create the topic again, or take it out of the trail."),
)
_TABLES = {"cloudwatch_logs_error": _LOGS_ERRORS, "notification_error": _TOPIC_ERRORS}


@dataclass(frozen=True)
class DeliveryError:
    """One way on which a trail's deliveries fail."""

    kind: str
    what: str
    error: str  # AWS's own words
    meaning: str
    remediation: str
    last_success: Any  # a time, or None where nothing has ever been delivered


def errors_of(status: Mapping[str, Any]) -> list[DeliveryError]:
    """The errors in a reply of GetTrailStatus."""
    found = []
    for member, (what, success, kind) in _WAYS.items():
        error = str(status.get(member) or "")
        if error:
            meaning, remediation = _explained(error, _TABLES.get(kind, _BUCKET_ERRORS))
            found.append(DeliveryError(kind, what, error, meaning, remediation, status.get(success)))
    return found


def _explained(error: str, table: tuple[tuple[str, str, str], ...]) -> tuple[str, str]:
    known = (row for row in table if row[0] in error.lower())
    _fragment, meaning, remediation = next(
        known, ("", "AWS says no more", "Look the error up in the service's reference.")
    )
    return meaning, remediation
