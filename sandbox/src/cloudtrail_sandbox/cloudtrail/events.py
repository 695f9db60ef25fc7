# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files with invented events in the form of real ones.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import secrets
import string
import uuid
from datetime import datetime, timedelta
from typing import Any

from cloudtrail_sandbox.cloudtrail.selectors import default_selectors, logs_management_event
from cloudtrail_sandbox.cloudtrail.trails import PARTITION, Trail

#: (service, name, read only): the first in every Region, the second in us-east-1 only, where global services log.
REGIONAL = (
    ("ec2", "DescribeInstances", True),
    ("ec2", "AuthorizeSecurityGroupIngress", False),
    ("kms", "Decrypt", True),
    ("lambda", "ListFunctions20150331", True),
    ("s3", "PutBucketTagging", False),
)
GLOBAL = (("iam", "ListUsers", True), ("iam", "CreateRole", False), ("sts", "AssumeRole", True))
GLOBAL_REGION = "us-east-1"
UNIQUE = string.ascii_letters + string.digits


def log_records(trail: Trail, account: str, region: str, now: datetime, count: int) -> list[dict[str, Any]]:
    """At most `count` management events of an account and Region, oldest first, that the trail selects."""
    catalogue: tuple[tuple[str, str, bool], ...] = REGIONAL
    if region == GLOBAL_REGION and trail.global_events:
        catalogue = GLOBAL + REGIONAL
    selectors = trail.selectors or default_selectors()
    wanted = [
        (service, name, read_only)
        for service, name, read_only in catalogue
        if logs_management_event(selectors, f"{service}.amazonaws.com", name, read_only)
    ]
    if not wanted:
        return []
    return [
        _record(account, region, now - timedelta(seconds=10 * (count - number)), *wanted[number % len(wanted)])
        for number in range(count)
    ]


def _record(account: str, region: str, when: datetime, service: str, name: str, read_only: bool) -> dict[str, Any]:
    role = f"arn:{PARTITION}:iam::{account}:role/Worker"
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROASANDBOXWORKER0001:worker",
            "arn": f"arn:{PARTITION}:sts::{account}:assumed-role/Worker/worker",
            "accountId": account,
            "accessKeyId": "ASIASANDBOXWORKER0001",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROASANDBOXWORKER0001",
                    "arn": role,
                    "accountId": account,
                    "userName": "Worker",
                },
                "attributes": {"creationDate": _time(when), "mfaAuthenticated": "false"},
            },
        },
        "eventTime": _time(when),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": None,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def log_text(records: list[dict[str, Any]]) -> bytes:
    """The JSON of a log file, which is stored gzipped."""
    return json.dumps({"Records": records}, separators=(",", ":")).encode()


def log_file_name(folder: str, account: str, region: str, now: datetime) -> str:
    """The object key of a log file under the account's folder.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    unique = "".join(secrets.choice(UNIQUE) for _character in range(16))
    name = f"{account}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{unique}.json.gz"
    return f"{folder}/CloudTrail/{region}/{now:%Y/%m/%d}/{name}"


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
