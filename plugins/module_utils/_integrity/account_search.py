# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Find the accounts and Regions to validate, and what else lies beside their folders.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._aws import arn, validators
from .._core.errors import AwsFailure
from .._core.finding import INFO
from .._core.parallel import each
from .._digests.problems import NOT_EXPECTED, UNEXPECTED, Problem
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import DIGEST, LOG, LogLocation, log_root
from . import failed_reads
from .digest_search import DigestListing
from .options import IntegrityOptions

_NAMED = 20  # folders that a message names


class AccountSearch:
    """Lists folders of the log bucket."""

    def __init__(self, options: IntegrityOptions, bucket: LogBucket, readers: int) -> None:
        self._options, self._bucket, self._readers = options, bucket, readers

    def results(self) -> Iterator[LogLocation | DigestListing]:
        """Each account and Region to validate, and listings without digests that have problems of whole accounts."""
        accounts: Sequence[str] = self._options.accounts
        if accounts:
            yield from self._other_accounts()
        else:
            folders = self._bucket.folders(log_root(self._options.prefix, self._options.organization))
            accounts = sorted(filter(arn.ACCOUNT_ID.fullmatch, folders))
        for items in each(self._of_account, accounts, self._readers):
            yield from items

    def _other_accounts(self) -> Iterator[DigestListing]:
        """Folders of accounts that the option C(accounts) does not name."""
        root = log_root(self._options.prefix, self._options.organization)
        try:
            folders = self._bucket.folders(root)
        except AwsFailure:  # what is expected is read all the same, and its folders may be the only permitted ones
            return
        other = sorted(set(filter(arn.ACCOUNT_ID.fullmatch, folders)) - set(self._options.accounts))
        if other:
            message = f"The bucket has folders of accounts that accounts does not name: {_names(other)}."
            yield DigestListing(location=LogLocation(account=""), problems=[_not_expected(root, message)])

    def _of_account(self, account: str) -> list[LogLocation | DigestListing]:
        """In a thread."""
        parent, regions = self._options.location(account), set()
        problems: list[Problem] = []
        try:
            for kind in (DIGEST, LOG):
                folder = parent.regions_folder(kind)
                keys, names = self._bucket.level(folder)
                regions |= {name for name in names if validators.is_region(name)}
                keys += self._first_keys(folder, [name for name in names if not validators.is_region(name)])
                problems += map(_outside, keys)
        except AwsFailure as failure:
            if not self._options.regions:
                problem = failed_reads.of_folder(failure)
                return [DigestListing(location=parent, problems=[problem], failure=failure)]
        expected = self._options.regions or sorted(regions)
        other = sorted(regions - set(expected))
        if other:
            message = f"The account has folders of Regions that regions does not name: {_names(other)}."
            problems.append(_not_expected(parent.account_folder, message))
        listings: list[LogLocation | DigestListing] = [DigestListing(location=parent, problems=problems)]
        return (listings if problems else []) + [self._options.location(account, region) for region in expected]

    def _first_keys(self, folder: str, names: Sequence[str]) -> list[str]:
        """The first key in each of the folders."""
        firsts = [next(self._bucket.objects(f"{folder}{name}/"), None) for name in names]
        return [first["Key"] for first in firsts if first]


def _outside(key: str) -> Problem:
    message = "This object lies outside of the folders of Regions."
    return Problem(kind=UNEXPECTED, resource=key, message=message, group="outside of Regions")


def _not_expected(folder: str, message: str) -> Problem:
    return Problem(kind=NOT_EXPECTED, resource=folder, message=message, status=INFO)


def _names(folders: Sequence[str]) -> str:
    more = len(folders) - _NAMED
    return ", ".join(folders[:_NAMED]) + (f" and {more} more" if more > 0 else "")
