# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether accounts that lose their access still deliver log files. Reads the log bucket.

Note that this module util is PRIVATE to the collection: it can change at any time.

S3 sets LastModified itself, and CloudTrail puts the time of the delivery into the name of a log file:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from .._core import timestamps
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import LOG, LogLocation, LogObject, log_root
from .._policy.document import Document, StatementValue
from . import allowed_accounts, folders, organization_trails
from .allowed_accounts import ALLOWED_ACCOUNTS
from .options import AccountOptions
from .organization_trails import ORGANIZATION_TRAILS

_RECENT = timedelta(hours=24)
_NAMED = 5  # accounts that a message names


def locations_to_remove(
    options: AccountOptions, parts: Mapping[str, Sequence[StatementValue]]
) -> Sequence[LogLocation]:
    """The folders of the accounts and organization trails that the options remove, without prefix and Region.

    Empty if the options allow every removal, or remove the whole policy, which is another weakening.
    """
    if options.allow_weaken or options.removes_everything:
        return []
    accounts = allowed_accounts.recover(parts.get(ALLOWED_ACCOUNTS, []))
    trails = organization_trails.recover(parts.get(ORGANIZATION_TRAILS, []))
    lost = {*accounts.accounts} - {*options.apply(accounts).accounts}
    lost_trails = trails.trails - options.apply_to_organization_trails(trails).trails
    organization = trails.organization or options.organization
    return [
        *(LogLocation(account=account) for account in sorted(lost)),
        *(LogLocation(account=trail.account, organization=organization) for trail in sorted(lost_trails)),
    ]


def _prefixes(policy: Document | None) -> Sequence[str]:
    """The prefixes of the log files that a bucket policy names; an empty string means no prefix."""
    return folders.prefixes(statement.value for statement in (policy.statements if policy else ())) or ("",)


def about_deliveries(bucket: LogBucket, locations: Sequence[LogLocation], policy: Document | None) -> tuple[str, ...]:
    """A clause for each location with a log file that is younger than 24 hours, for the first of them.

    C(policy) is that of the bucket.
    """
    if not locations:
        return ()
    return tuple(islice(_clauses(bucket, locations, _prefixes(policy), bucket.now(log_root(""))), _NAMED))


def about_unknown(locations: Sequence[LogLocation]) -> tuple[str, ...]:
    """A clause that nobody has looked whether the accounts of these locations still deliver."""
    if not locations:
        return ()
    names = ", ".join(location.account for location in locations[:_NAMED])
    more = f" and {len(locations) - _NAMED} more" if len(locations) > _NAMED else ""
    return (f"{names}{more} would lose access, and without bucket it is not known whether their trails still deliver",)


def _clauses(
    bucket: LogBucket, locations: Iterable[LogLocation], names: Sequence[str], now: datetime
) -> Iterator[str]:
    for location in locations:
        log_files = (_recent_log_file(bucket, replace(location, prefix=name), now) for name in names)
        log_file = next(filter(None, log_files), None)
        if log_file:
            yield (
                f"account {location.account} would lose its access, but its trail still delivers (log file"
                f" {log_file.key} of {timestamps.text(log_file.modified)} is younger than 24 hours)"
            )


def _recent_log_file(bucket: LogBucket, location: LogLocation, now: datetime) -> LogObject | None:
    """A log file that was delivered in the last 24 hours. Takes one request, and one for each Region."""
    for region in bucket.folders(location.regions_folder(LOG)):
        place = replace(location, region=region)
        (start,) = place.start_keys(LOG, now - _RECENT)
        for entry in bucket.objects(place.folder(LOG), after=start):
            log_file = place.parse(LOG, entry["Key"], entry["LastModified"])
            if log_file and log_file.modified >= now - _RECENT:
                return log_file
    return None
