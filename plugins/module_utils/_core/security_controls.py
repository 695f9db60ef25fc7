# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The controls of AWS Security Hub, and one rule of AWS Config, that concern central logging. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html, kms-controls.html, s3-controls.html
and https://docs.aws.amazon.com/config/latest/developerguide/cloudtrail-security-trail-enabled.html. The verdicts are
ours, from what the pages say; Security Hub's own may differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .finding import FAILED, INFO, NOT_CHECKED, PASSED, Finding

TITLES = {
    "CloudTrail.1": "A multi-Region trail records read and write management events",
    "CloudTrail.2": "Trails encrypt with a KMS key",
    "CloudTrail.3": "At least one trail logs",
    "CloudTrail.4": "Log file validation is on",
    "CloudTrail.5": "Trails send to CloudWatch Logs",
    "CloudTrail.6": "The log bucket is not public",
    "CloudTrail.7": "Server access logging is on for the log bucket",
    "CloudTrail.9": "Trails have tags",
    "CloudTrail.10": "Event data stores are encrypted with a customer managed key (unverified)",
    "CloudWatch.1-14": "Metric filters and alarms watch the log group",
    "KMS.1": "Customer managed policies do not allow decryption with all keys",
    "KMS.2": "Inline policies do not allow decryption with all keys",
    "KMS.3": "The key is not scheduled for deletion",
    "KMS.4": "The key rotates",
    "KMS.5": "The key is not public",
    "S3.1": "Block Public Access is on for the account",
    "S3.2": "The bucket cannot be read by the public",
    "S3.3": "The bucket cannot be written by the public",
    "S3.5": "The bucket denies requests without TLS",
    "S3.6": "The bucket policy gives other accounts no administration",
    "S3.7": "The bucket replicates to another Region",
    "S3.8": "Block Public Access is on for the bucket",
    "S3.9": "Server access logging is on for the bucket",
    "S3.10": "A bucket with versioning has lifecycle rules",
    "S3.11": "The bucket notifies of events",
    "S3.12": "ACLs are off",
    "S3.13": "The bucket has lifecycle rules",
    "S3.14": "Versioning is on",
    "S3.15": "Object Lock is on",
    "S3.17": "The bucket encrypts with a KMS key (unverified)",
    "S3.20": "MFA delete is on",
    "S3.22": "A multi-Region trail records write events of all S3 objects",
    "S3.23": "A multi-Region trail records read events of all S3 objects",
    "cloudtrail-security-trail-enabled": "One trail follows all of AWS Config's security best practices",
}

# what to do where a control fails; the others have to be weighed against their cost
_MENDS = {
    "CloudTrail.1": "Let one trail record all Regions and all management events (multi_region, management_events).",
    "CloudTrail.2": "Give the trail the central key (kms_key).",
    "CloudTrail.3": "Run members.yml, or archive.yml in the log-archive account.",
    "CloudTrail.4": "Turn it on (log_file_validation).",
    "CloudTrail.5": "Give the trail cloudwatch_logs_group_arn and cloudwatch_logs_role_arn.",
    "CloudTrail.6": "Take the public out of the bucket policy.",
    "CloudTrail.7": "Name a bucket for access logs (log_archive_access_log_bucket), not this one.",
    "KMS.3": "Cancel the deletion, and enable the key.",
    "KMS.4": "Run archive.yml, which turns rotation on.",
    "KMS.5": "Name the principals in the key policy.",
    "S3.2": "Take the public out of the bucket policy.",
    "S3.3": "Take the public out of the bucket policy.",
    "S3.5": "Let s3_log_bucket_policy deny it (deny_insecure_transport).",
    "S3.6": "Take the other accounts out of the bucket policy.",
    "S3.8": "Run archive.yml, which turns on all four.",
    "S3.9": "Name a bucket for access logs (log_archive_access_log_bucket), not this one.",
    "S3.10": "Say how long logs are kept (log_archive_lifecycle_rules), if not for ever.",
    "S3.13": "Say how long logs are kept (log_archive_lifecycle_rules), if not for ever.",
    "S3.12": "Run archive.yml, which sets Object Ownership to BucketOwnerEnforced.",
    "S3.14": "Run archive.yml, which turns versioning on.",
    "S3.15": "Turn it on (log_archive_object_lock), once it is clear how long logs are kept.",
    "S3.17": "Run archive.yml, which makes the central key the default.",
}
_WEIGH = "Weigh it: it costs something, and not every archive needs it."


@dataclass(frozen=True)
class Control:
    """One control and what became of it: PASSED, FAILED or NOT_CHECKED, and why."""

    id: str
    status: str
    message: str
    severe: bool = False  # whether a failure lets the logs be lost or be read by strangers


def judge(identity: str, wrong: str, right: str, *, severe: bool = False) -> Control:
    """FAILED with what is wrong, or PASSED with what is right."""
    return Control(identity, FAILED if wrong else PASSED, wrong or right, severe)


def not_checked(identity: str, reason: str) -> Control:
    return Control(identity, NOT_CHECKED, reason)


def as_results(controls: Iterable[Control]) -> list[dict[str, Any]]:
    """For the module's result, by number."""
    return [
        {"id": control.id, "title": TITLES[control.id], "status": control.status, "message": control.message}
        for control in sorted(controls, key=lambda control: _order(control.id))
    ]


def as_findings(controls: Iterable[Control], account: str, region: str, check: str) -> list[Finding]:
    """The failed ones. A control is a recommendation: only the severe ones make the proof fail."""
    return [
        Finding(
            account=account,
            region=region,
            check=check,
            kind="control",
            resource=control.id,
            status=FAILED if control.severe else INFO,
            message=f"{control.id}, {TITLES[control.id]}: {control.message}",
            remediation=_MENDS.get(control.id, _WEIGH),
        )
        for control in controls
        if control.status == FAILED
    ]


def _order(identity: str) -> tuple[str, int, str]:
    service, _dot, number = identity.partition(".")
    match = re.match(r"[0-9]+", number)
    return service.lower(), int(match.group()) if match else 0, identity
