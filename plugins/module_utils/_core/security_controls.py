# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The controls of AWS Security Hub, and one rule of AWS Config, about central logging. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html, kms-controls.html, s3-controls.html
and https://docs.aws.amazon.com/config/latest/developerguide/cloudtrail-security-trail-enabled.html. The collection
evaluates the controls from these pages. The results of Security Hub may differ.
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
    "CloudTrail.4": "Log file validation is enabled",
    "CloudTrail.5": "Trails send events to CloudWatch Logs",
    "CloudTrail.6": "The log bucket is not public",
    "CloudTrail.7": "Server access logging is enabled for the log bucket",
    "CloudTrail.9": "Trails have tags",
    "CloudTrail.10": "Event data stores are encrypted with a customer managed key (unverified)",
    "CloudWatch.1-14": "Metric filters and alarms monitor the log group",
    "KMS.1": "Customer managed policies do not allow decryption with all keys",
    "KMS.2": "Inline policies do not allow decryption with all keys",
    "KMS.3": "The key is not scheduled for deletion",
    "KMS.4": "Key rotation is enabled",
    "KMS.5": "The key is not public",
    "S3.1": "Block Public Access is enabled for the account",
    "S3.2": "The bucket does not allow public read access",
    "S3.3": "The bucket does not allow public write access",
    "S3.5": "The bucket denies requests without TLS",
    "S3.6": "The bucket policy does not allow administrative actions to other accounts",
    "S3.7": "The bucket replicates to another Region",
    "S3.8": "Block Public Access is enabled for the bucket",
    "S3.9": "Server access logging is enabled for the bucket",
    "S3.10": "A bucket with versioning has lifecycle rules",
    "S3.11": "Event notifications are enabled for the bucket",
    "S3.12": "ACLs are disabled",
    "S3.13": "The bucket has lifecycle rules",
    "S3.14": "Versioning is enabled",
    "S3.15": "Object Lock is enabled",
    "S3.17": "The bucket encrypts with a KMS key (unverified)",
    "S3.20": "MFA delete is enabled",
    "S3.22": "A multi-Region trail records write events of all S3 objects",
    "S3.23": "A multi-Region trail records read events of all S3 objects",
    "cloudtrail-security-trail-enabled": "One trail follows all of AWS Config's security best practices",
}

_PUBLIC_POLICY = "Remove public access from the bucket policy."
_ACCESS_LOGS = "Set log_archive_access_log_bucket to another bucket that receives the access logs."
_LIFECYCLE = "Set log_archive_lifecycle_rules, unless logs are kept forever."
# The other controls cost something, and not every archive needs them.
_REMEDIATIONS = {
    "CloudTrail.1": "Record all Regions and all management events with one trail (multi_region, management_events).",
    "CloudTrail.2": "Set the central key for the trail (kms_key).",
    "CloudTrail.3": "Run members.yml, or archive.yml in the log-archive account.",
    "CloudTrail.4": "Enable log_file_validation.",
    "CloudTrail.5": "Set cloudwatch_logs_group_arn and cloudwatch_logs_role_arn for the trail.",
    "CloudTrail.6": _PUBLIC_POLICY,
    "CloudTrail.7": _ACCESS_LOGS,
    "KMS.3": "Cancel the deletion, and enable the key.",
    "KMS.4": "Run archive.yml, which enables rotation.",
    "KMS.5": "Name the principals in the key policy.",
    "S3.2": _PUBLIC_POLICY,
    "S3.3": _PUBLIC_POLICY,
    "S3.5": "Set deny_insecure_transport in s3_log_bucket_policy.",
    "S3.6": "Remove the administrative actions of other accounts from the bucket policy.",
    "S3.8": "Run archive.yml, which enables all four settings.",
    "S3.9": _ACCESS_LOGS,
    "S3.10": _LIFECYCLE,
    "S3.13": _LIFECYCLE,
    "S3.12": "Run archive.yml, which sets Object Ownership to BucketOwnerEnforced.",
    "S3.14": "Run archive.yml, which enables versioning.",
    "S3.15": "Decide how long logs are kept, then enable Object Lock (log_archive_object_lock).",
    "S3.17": "Run archive.yml, which sets the central key as the default.",
}
_OPTIONAL = "Decide whether the control is worth its cost. Not every archive needs it."


@dataclass(frozen=True, kw_only=True)
class Control:
    """One evaluated control."""

    id: str  # a key of TITLES
    status: str  # PASSED, FAILED or NOT_CHECKED
    message: str
    severe: bool = False  # whether a failure can lose the logs or expose them


def judge(identity: str, wrong: str, right: str, *, severe: bool = False) -> Control:
    """The control with status FAILED and message C(wrong), or PASSED and C(right) if C(wrong) is empty."""
    return Control(id=identity, status=FAILED if wrong else PASSED, message=wrong or right, severe=severe)


def not_checked(identity: str, reason: str) -> Control:
    return Control(id=identity, status=NOT_CHECKED, message=reason)


def as_results(controls: Iterable[Control]) -> list[dict[str, Any]]:
    """The return value C(controls), sorted by number."""
    return [
        {"id": control.id, "title": TITLES[control.id], "status": control.status, "message": control.message}
        for control in sorted(controls, key=lambda control: _order(control.id))
    ]


def as_findings(controls: Iterable[Control], account: str, region: str, check: str) -> list[Finding]:
    """The findings about failed controls. A control is a recommendation, so only a severe one has status FAILED."""
    return [
        Finding(
            account=account,
            region=region,
            check=check,
            kind="control",
            resource=control.id,
            status=FAILED if control.severe else INFO,
            message=f"{control.id}, {TITLES[control.id]}: {control.message}",
            remediation=_REMEDIATIONS.get(control.id, _OPTIONAL),
        )
        for control in controls
        if control.status == FAILED
    ]


def _order(identity: str) -> tuple[str, int, str]:
    service, _dot, number = identity.partition(".")
    match = re.match(r"[0-9]+", number)
    return service.lower(), int(match.group()) if match else 0, identity
