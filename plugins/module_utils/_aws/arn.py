# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Amazon Resource Names and partitions. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Format and partitions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCOUNT_ID = re.compile(r"[0-9]{12}")

_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)


@dataclass(frozen=True, kw_only=True)
class Arn:
    """C(arn:partition:service:region:account:resource); the resource may contain colons."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse(text: str) -> Arn | None:
    """The parts of an ARN, or None if the text is not an ARN."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    _arn, partition, service, region, account, resource = parts
    return Arn(partition=partition, service=service, region=region, account=account, resource=resource)


def partition_of(region: str) -> str:
    """The partition of a Region, as C(aws-cn)."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")


def trail(partition: str, region: str, account: str, name: str) -> str:
    """The ARN of a trail. C(*) stands for an empty Region, account or name."""
    return f"arn:{partition}:cloudtrail:{region or '*'}:{account or '*'}:trail/{name or '*'}"
