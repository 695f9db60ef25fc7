# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which objects of the log bucket are logs of CloudTrail, as patterns of ARNs. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail writes log files, digests and Insight files to C([prefix/]AWSLogs/[organization id/]account/CloudTrail…/).
Other services write to other folders of C(AWSLogs/), such as C(Config/). Access to these is not access to logs.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._aws import validators
from .._policy import matching
from .._policy.match import Match
from .._policy.principal import TRAILS, Principal
from .._policy.statement import BUCKET, Statement
from .._policy.variables import SEGMENT
from .._policy.wildcards import fixed_start, may_touch
from . import service_logs

ANY_PREFIX = ("*",)
_ROOT = "AWSLogs/"
_BELOW_ROOT = (f"{SEGMENT}/CloudTrail*", f"o-{SEGMENT}/{SEGMENT}/CloudTrail*")
_CLOUDTRAIL = Principal(kind=TRAILS, name="*")


def known_prefixes(params: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the prefixes of a module's options without a slash at the end; None if the current one is not known."""
    if params["key_prefix"] is None:
        return None
    earlier = (validators.key_prefix(prefix, "earlier_prefixes") for prefix in params["earlier_prefixes"] or ())
    return (validators.key_prefix(params["key_prefix"], "key_prefix"), *earlier)


def objects(bucket_arn: str, prefixes: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns of the logs. C(prefixes) are patterns, each empty or with the slash at its end."""
    return tuple(f"{bucket_arn}/{prefix}{_ROOT}{below}" for prefix in prefixes for below in _BELOW_ROOT)


def logs_of(known: Iterable[str] | None, statements: Sequence[Statement], bucket_arn: str) -> tuple[str, ...]:
    """Return the patterns of the logs. C(known) are their known prefixes without a slash at the end, or None."""
    return objects(bucket_arn, prefixes_of_logs(known, statements, bucket_arn))


def prefixes_of_logs(known: Iterable[str] | None, statements: Sequence[Statement], bucket_arn: str) -> tuple[str, ...]:
    """Return patterns of the prefixes that logs may have. C(known) are prefixes without a slash at the end, or None.

    The bucket policy may show more: the prefixes before C(AWSLogs/), and those where CloudTrail may deliver. A
    statement about logs of other services, such as C(elb/AWSLogs/<id>/*), shows none.
    """
    if known is None:
        return ANY_PREFIX
    prefixes = {f"{prefix}/" if prefix else "" for prefix in known}
    for statement in statements:
        if statement.policy == BUCKET and not service_logs.is_about_other_logs(statement):
            prefixes.update(_shown_prefixes(statement, bucket_arn))
    return ANY_PREFIX if "*" in prefixes else tuple(sorted(prefixes))


def _shown_prefixes(statement: Statement, bucket_arn: str) -> Iterator[str]:
    delivers = (
        statement.allows
        and matching.action_matches(statement, "s3:PutObject")
        and matching.is_about(statement, _CLOUDTRAIL) is not Match.NO
    )
    if delivers and statement.not_resource:
        yield "*"
    for resource in statement.resources:
        folder, is_shown, _rest = resource.partition(_ROOT)
        if not is_shown and delivers:
            folder = f"{fixed_start(resource)}*"
        prefix = _prefix_of(folder, bucket_arn)
        if (is_shown or delivers) and any(may_touch(resource, logs) for logs in objects(bucket_arn, (prefix,))):
            yield prefix


def _prefix_of(folder: str, bucket_arn: str) -> str:
    """The prefix in a folder of the bucket; any prefix if the name of the bucket is not written out."""
    start = f"{bucket_arn}/"
    return folder.removeprefix(start) if folder.startswith(start) else "*"
