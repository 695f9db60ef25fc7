# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Search the log bucket for accounts, their Regions, and the newest log file and digest of each.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .._aws import arn, validators
from .._core.errors import AwsFailure
from .._core.parallel import each
from .._log_files.bucket import LogBucket, is_of_every_request
from .._log_files.newest import Newest, SearchFolder, find_newest
from .._log_files.object_keys import DIGEST, LOG, LogObject, log_root
from .model import ExpectedAccount, NewestObject, RegionDelivery
from .options import DeliveryOptions


# not frozen: filled folder by folder
@dataclass(kw_only=True)
class Folders:
    """The folders below AWSLogs/."""

    # by account: the organization whose trail delivers there, or "" for the account's own trail. An account has both
    # while it moves to an organization trail.
    accounts: dict[str, list[str]] = field(default_factory=dict)
    organizations: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def add(self, organization: str, names: Iterable[str]) -> None:
        """C(names) are in the folder of an organization, or directly below AWSLogs/ if it is empty.

        The name of a folder ends with a slash.
        """
        for name in names:
            folder, slash, _rest = name.partition("/")
            if slash and arn.ACCOUNT_ID.fullmatch(folder):
                self.accounts.setdefault(folder, []).append(organization)
            elif slash and validators.is_organization_id(folder):
                self.organizations.append(folder)
            else:
                self.others.append(folder)


@dataclass(frozen=True, kw_only=True)
class RegionSearch:
    """One Region of an expected account, and its folders of log files and digests, if they exist."""

    expected: ExpectedAccount
    region: str  # empty if S3 did not list the Regions
    folders: tuple[SearchFolder, ...] = ()
    error_code: str = ""  # of the list of Regions


class BucketSearch:
    """Searches one bucket, with up to C(connections) requests at a time."""

    def __init__(self, options: DeliveryOptions, bucket: LogBucket, connections: int) -> None:
        self._options, self._bucket, self._connections = options, bucket, connections

    def folders(self) -> Folders:
        """The folders below AWSLogs/. The folder of the organization in the options is opened, others are not."""
        prefix, organization = self._options.prefix, self._options.organization
        folders = Folders()
        folders.add("", self._bucket.names(log_root(prefix)))
        if organization:
            folders.add(organization, self._bucket.names(log_root(prefix, organization)))
            folders.organizations = [name for name in folders.organizations if name != organization]
        return folders

    def unexpected(self, folders: Folders, expected: Iterable[str]) -> tuple[list[str], list[RegionDelivery]]:
        """Accounts that are not expected and have files of CloudTrail, and accounts whose folder S3 does not list.

        Files of other services alone do not count.
        """
        others = sorted(set(folders.accounts) - set(expected))
        delivering: list[str] = []
        unlisted: list[RegionDelivery] = []
        answers = each(lambda account: self._delivers(account, folders.accounts[account]), others, self._connections)
        for account, (delivers, error_code) in zip(others, answers, strict=True):
            delivering += [account] if delivers else []
            folder = self._options.location(account).account_folder
            if error_code:
                unlisted.append(RegionDelivery(account=account, region="", folder=folder, error_code=error_code))
        return delivering, unlisted

    def _delivers(self, account: str, organizations: Iterable[str]) -> tuple[bool, str]:
        """Whether the account has files of CloudTrail, or the error code of S3."""
        locations = (self._options.location(account, organization=name) for name in organizations)
        try:
            return any(self._bucket.has_objects(f"{location.account_folder}{LOG.folder}") for location in locations), ""
        except AwsFailure as failure:
            return False, _code(failure)

    def regions(self, folders: Folders, expected: Iterable[ExpectedAccount]) -> list[RegionSearch]:
        """The Regions to search, in the order of the accounts."""

        def regions_of(account: ExpectedAccount) -> list[RegionSearch]:
            try:
                return self._regions_of(account, folders.accounts.get(account.account, ()))
            except AwsFailure as failure:
                return [RegionSearch(expected=account, region="", error_code=_code(failure))]

        return [region for regions in each(regions_of, expected, self._connections) for region in regions]

    def _regions_of(self, expected: ExpectedAccount, organizations: Sequence[str]) -> list[RegionSearch]:
        """The Regions that the account has in the bucket, and those that are required."""
        folders: dict[str, list[SearchFolder]] = {region: [] for region in self._options.regions}
        for organization in organizations:
            # the name of an organization trail is not that of the account's own trail
            trail, home_region = ("", "") if organization else (expected.trail, expected.home_region)
            parent = self._options.location(expected.account, organization=organization)
            for kind in (LOG, DIGEST):
                for region in filter(validators.is_region, self._bucket.folders(parent.regions_folder(kind))):
                    location = self._options.location(expected.account, region, organization)
                    folder = SearchFolder(location=location, kind=kind, trail=trail, home_region=home_region)
                    folders.setdefault(region, []).append(folder)
        return [
            RegionSearch(expected=expected, region=region, folders=tuple(folders[region])) for region in sorted(folders)
        ]

    def deliveries(self, regions: Iterable[RegionSearch], now: datetime) -> Iterator[RegionDelivery]:
        """What was delivered of each Region, in their order."""
        return each(lambda region: self._delivery(region, now), regions, self._connections)

    def _delivery(self, search: RegionSearch, now: datetime) -> RegionDelivery:
        account, error_code = search.expected.account, search.error_code
        folder = self._options.location(account).account_folder
        results: dict[SearchFolder, Newest] = {}
        try:
            for searched in search.folders:
                results[searched] = find_newest(self._bucket, searched, now)
        except AwsFailure as failure:
            error_code = _code(failure)
        if error_code:
            return RegionDelivery(account=account, region=search.region, folder=folder, error_code=error_code)
        digests, other_trails = _digests(search.expected, results)
        digest = self._newest_object(digests)
        return RegionDelivery(
            account=account,
            region=search.region,
            log=self._newest_object(_log_files(results)),
            digest=digest,
            other_trails=tuple(sorted(other_trails)),
            refused=tuple(refusal for newest in results.values() for refusal in newest.refused.items()),
            folder=folder,
            own_trail=digest is not None and self._is_of_own_trail(digest.object),
        )

    def _is_of_own_trail(self, digest: LogObject) -> bool:
        organization = self._options.organization
        return bool(organization) and not digest.key.startswith(log_root(self._options.prefix, organization))

    def _newest_object(self, objects: Sequence[LogObject]) -> NewestObject | None:
        """The newest of the objects, with its encryption."""
        if not objects:
            return None
        newest = max(objects, key=lambda item: item.age_order)
        known = self._options.known.get(newest.key)
        if known and known.is_of(newest):
            return NewestObject(object=newest, algorithm=known.algorithm, kms_key=known.kms_key)
        try:
            head = self._bucket.head(newest.key)
        except AwsFailure as failure:
            return NewestObject(object=newest, error_code=_code(failure))
        algorithm, kms_key = head.get("ServerSideEncryption", ""), head.get("SSEKMSKeyId", "")
        return NewestObject(object=newest, algorithm=algorithm, kms_key=kms_key)


def _code(failure: AwsFailure) -> str:
    """The error code. Raises the failure if it concerns every request, and not one object or folder.

    A reply to HeadObject has no body, and so no code other than the status:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    if is_of_every_request(failure):
        raise failure
    return failure.code


def _log_files(results: Mapping[SearchFolder, Newest]) -> list[LogObject]:
    newest_log_files = [newest.by_trail for folder, newest in results.items() if folder.kind is LOG]
    return [log_file for by_trail in newest_log_files for log_file in by_trail.values()]


def _digests(expected: ExpectedAccount, results: Mapping[SearchFolder, Newest]) -> tuple[list[LogObject], set[str]]:
    """The newest digests of the expected trail, and the names of other trails. An organization trail is expected."""
    digests: list[LogObject] = []
    others: set[str] = set()
    for folder, newest in results.items():
        if folder.kind is not DIGEST:
            continue
        for digest in newest.by_trail.values():
            if folder.location.organization or expected.matches(digest):
                digests.append(digest)
            else:
                others.add(f"{digest.trail} of {digest.home_region}")
    return digests, others
