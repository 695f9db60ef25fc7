# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a bucket policy is public, by S3's definition:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudtrail_sandbox.access import as_list

#: Condition keys that, with a fixed value, make a policy for all principals not public.
FIXING_KEYS = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceorgid"}
    | {"aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceip"}
    | {"aws:sourceorgpaths", "aws:userid", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"}
    | {"s3:x-amz-server-side-encryption-aws-kms-key-id"}
)
POSITIVE = re.compile(r"(?:ForA(?:ny|ll)Values:)?(?:String|Arn)(?:Equals|EqualsIgnoreCase|Like)|IpAddress", re.I)


def is_public(policy: Mapping[str, Any]) -> bool:
    """Whether any statement allows every principal, without a condition that restricts the principals."""
    return any(_public_statement(statement) for statement in as_list(policy.get("Statement")))


def _public_statement(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    return _everybody(statement) and not _fixed(statement.get("Condition") or {})


def _everybody(statement: Mapping[str, Any]) -> bool:
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return "*" in as_list(principal.get("AWS"))
    return bool(principal == "*")


def _fixed(condition: Mapping[str, Any]) -> bool:
    return any(
        POSITIVE.fullmatch(operator) and key.lower() in FIXING_KEYS and all(map(_fixed_value, as_list(values)))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _fixed_value(value: Any) -> bool:
    """Whether a value has no variable and no wildcard, except in the later parts of an ARN with an account."""
    text = str(value)
    if "${" in text or text.endswith("/0"):
        return False
    if text.startswith("arn:"):
        return re.fullmatch(r"\d{12}", (text.split(":", 5) + [""] * 5)[4]) is not None or "*" not in text
    return "*" not in text and "?" not in text
