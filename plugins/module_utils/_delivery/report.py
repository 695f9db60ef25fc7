# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The result of cloudtrail_delivery_info: the newest log file and digest of each account and Region, and findings.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._aws.gateway import Gateway
from .._core import timestamps
from .._core.finding import Finding, as_results
from .._core.numbers import agree, counted, number
from .._log_files import bucket
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import log_root
from . import options
from .findings import account_findings, bucket_findings
from .model import ExpectedAccount, RegionDelivery
from .options import DeliveryOptions
from .search import BucketSearch, Folders
from .unreadable import unreadable_findings

PERMISSIONS = bucket.PERMISSIONS
_PROGRESS = 250  # Regions between two lines of progress


class DeliveryInfo:
    """Compares what accounts delivered with what is expected of them."""

    connections = 64  # requests at a time; S3 answers some thousands of requests a second

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.options: DeliveryOptions = options.parse(params)

    def read(self, gateway: Gateway, progress: Callable[[str], None]) -> dict[str, Any]:
        """The module's return values. C(progress) shows the operator a line of progress."""
        log_bucket, root = LogBucket(gateway, self.options.bucket), log_root(self.options.prefix)
        search = BucketSearch(self.options, log_bucket, self.connections)
        rules = self.options.rules(log_bucket.now(root))
        folders = search.folders()
        expected = self._expected(folders)
        have = agree(len(folders.accounts), "has", "have")
        expects = f"{number(len(expected))} {agree(len(expected), 'is', 'are')} expected"
        progress(f"{counted(len(folders.accounts), 'account')} {have} a folder in {log_bucket.name}, {expects}.")
        deliveries: dict[str, list[RegionDelivery]] = {account: [] for account in expected}
        regions = search.regions(folders, expected.values())
        for position, delivery in enumerate(search.deliveries(regions, rules.now), start=1):
            deliveries[delivery.account].append(delivery)
            if position % _PROGRESS == 0:
                progress(f"{position} of {counted(len(regions), 'Region')} checked.")
        unexpected, unlisted = search.unexpected(folders, expected)
        findings: list[Finding] = []
        for account, delivered in deliveries.items():
            findings += account_findings(rules, expected[account], delivered, f"{root}{account}/")
        others = {delivery.account: [delivery] for delivery in unlisted}
        findings += unreadable_findings(self.options.prefix, {**deliveries, **others})
        findings += bucket_findings(root, unexpected, folders.organizations, folders.others)
        return {
            "checked_at": timestamps.text(rules.now),
            "deliveries": [
                delivery.as_result(rules.now) for group in deliveries.values() for delivery in group if delivery.region
            ],
            "unexpected_accounts": unexpected,
            "silent_accounts": [name for name, group in deliveries.items() if all(item.empty for item in group)],
            "requests": log_bucket.requests,
            "findings": as_results(findings),
        }

    def _expected(self, folders: Folders) -> dict[str, ExpectedAccount]:
        """The expected accounts, sorted: those of the options, or else all accounts in the bucket."""
        accounts = self.options.accounts
        if accounts is None:
            accounts = {account: ExpectedAccount(account=account) for account in folders.accounts}
        return {account: accounts[account] for account in sorted(accounts)}
