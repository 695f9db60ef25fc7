# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The folders of CloudTrail's log files as resources of a bucket policy. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A trail writes to C([prefix/]AWSLogs/<account id>/). An organization trail writes to
C([prefix/]AWSLogs/<organization id>/) and to the folder of the management account:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .._log_files.object_keys import log_root
from .._policy import equivalence
from .._policy.document import StatementValue

_PREFIX = re.compile(r"arn:[a-z-]+:s3:::[^/]+/(?:(.+)/)?AWSLogs/(?:(?:[0-9]{12}|o-[a-z0-9]+)/)?\*")
_ACCOUNT = re.compile(r"AWSLogs/([0-9]{12})/")
_ORGANIZATION = re.compile(r"AWSLogs/(o-[a-z0-9]{10,32})/")


def resources(bucket_arn: str, prefixes: Sequence[str], owners: Sequence[str]) -> list[str]:
    """The ARN pattern of each owner's folder under each prefix.

    C(owners) are ids of accounts or organizations; an empty string means all folders.
    """
    return [f"{bucket_arn}/{log_root(prefix, owner)}*" for prefix in prefixes for owner in owners]


def prefixes(statements: Iterable[StatementValue]) -> tuple[str, ...]:
    """The key prefixes of the folders that the statements name, sorted; an empty string means no prefix."""
    matches = (_PREFIX.fullmatch(resource) for statement in statements for resource in _resources_of(statement))
    return tuple(sorted({match.group(1) or "" for match in matches if match}))


def accounts_of(statement: StatementValue) -> list[str]:
    """The ids of the accounts whose folders the statement names."""
    return _owners(statement, _ACCOUNT)


def organizations_of(statement: StatementValue) -> list[str]:
    """The ids of the organizations whose folders the statement names."""
    return _owners(statement, _ORGANIZATION)


def _owners(statement: StatementValue, pattern: re.Pattern[str]) -> list[str]:
    return [match.group(1) for resource in _resources_of(statement) if (match := pattern.search(resource))]


def _resources_of(statement: StatementValue) -> tuple[str, ...]:
    return equivalence.strings(statement.get("Resource", []))
