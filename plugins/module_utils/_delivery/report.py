# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The proof of delivery: of each account and Region the newest log file and digest, and how they are encrypted.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from .._aws import arn, kms, validators
from .._aws.gateway import Gateway
from .._core import parallel
from .._core.errors import Refused
from .._core.finding import Finding, as_results
from .._log_files import bucket, objects
from .._log_files.bucket import LogArchive, Newest
from .._log_files.objects import DIGEST, LOG, Folder, Named
from . import findings as _delivery_verdicts
from .findings import Delivery, Expected, Rules, Seen

PERMISSIONS = bucket.PERMISSIONS

_KINDS = (LOG, DIGEST)
_PROGRESS = 250  # Regions between two lines


@dataclass
class _Contents:
    """What the folders under AWSLogs/ are."""

    roots: dict[str, list[str]] = field(default_factory=dict)  # of each account; one, or two while a fleet moves
    organizations: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def add(self, root: str, names: Iterable[str]) -> None:
        for name in names:
            if arn.ACCOUNT_ID.fullmatch(name):
                self.roots.setdefault(name, []).append(root)
            elif validators.is_organization_id(name):
                self.organizations.append(name)
            else:
                self.others.append(name)


@dataclass(frozen=True)
class _Place:
    """One account and Region to look at: its folders of log files and of digests, as far as they are there."""

    expected: Expected
    region: str
    folders: tuple[Folder, ...]


class DeliveryInfo:
    """Which accounts and Regions have delivered what, compared with what is expected."""

    connections = 64  # the wait for S3 counts, and it takes some thousands of requests a second

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.bucket = validators.bucket_name(params["bucket"], "bucket")
        prefix = validators.key_prefix(params["key_prefix"] or "", "key_prefix")
        self.root = f"{prefix}/AWSLogs/" if prefix else "AWSLogs/"
        organization = params["organization_id"] or ""
        self.organization = validators.organization_id(organization, "organization_id") if organization else ""
        self.expected = None if params["accounts"] is None else _expected(params["accounts"])
        self.regions = frozenset(validators.region(name, "regions") for name in params["regions"] or ())
        self.kms_key = kms.key_arn(params["kms_key"] or "", "kms_key")
        self.limits = {name: _seconds(params, name) for name in ("max_log_age", "max_digest_age")}
        self.limits["first_delivery_timeout"] = _seconds(params, "first_delivery_timeout")

    def read(self, gateway: Gateway, say: Callable[[str], None]) -> dict[str, Any]:
        archive = LogArchive(gateway, self.bucket)
        rules = Rules(archive.now(self.root), self.kms_key, self.regions, **self.limits)
        contents = self._contents(archive)
        expected = self.expected
        if expected is None:
            expected = {account: Expected(account) for account in contents.roots}
        say(f"{len(contents.roots)} accounts have a folder in {self.bucket}, {len(expected)} are expected.")
        deliveries = self._deliveries(archive, rules, contents, expected, say)
        unexpected = self._unexpected(archive, contents, expected)
        silent = [name for name, found in deliveries.items() if all(delivery.empty for delivery in found)]
        findings: list[Finding] = []
        for name, found in deliveries.items():
            findings += _delivery_verdicts.of_account(rules, expected[name], found, f"{self.root}{name}/")
        findings += _delivery_verdicts.of_archive(self.root, unexpected, contents.organizations, contents.others)
        return {
            "checked_at": objects.iso(rules.now),
            "deliveries": [delivery.as_result(rules.now) for found in deliveries.values() for delivery in found],
            "unexpected_accounts": unexpected,
            "silent_accounts": silent,
            "requests": archive.requests,
            "findings": as_results(findings),
        }

    def _contents(self, archive: LogArchive) -> _Contents:
        contents = _Contents()
        contents.add(self.root, archive.folders(self.root))
        if self.organization:
            root = f"{self.root}{self.organization}/"
            contents.add(root, archive.folders(root))
            contents.organizations = [name for name in contents.organizations if name != self.organization]
        return contents

    def _unexpected(self, archive: LogArchive, contents: _Contents, expected: Mapping[str, Expected]) -> list[str]:
        """Accounts with files of CloudTrail, not only of other services, that nobody asked for."""
        others = sorted(set(contents.roots) - set(expected))

        def delivers(account: str) -> bool:
            return any(archive.holds(f"{root}{account}/{LOG.folder}") for root in contents.roots[account])

        answers = parallel.each(delivers, others, self.connections)
        return [name for name, so in zip(others, answers, strict=True) if so]

    def _deliveries(
        self,
        archive: LogArchive,
        rules: Rules,
        contents: _Contents,
        expected: Mapping[str, Expected],
        say: Callable[[str], None],
    ) -> dict[str, list[Delivery]]:
        """Of each expected account, those of its Regions."""

        def places(account: str) -> list[_Place]:
            return self._places(archive, expected[account], contents.roots.get(account, ()))

        def look(place: _Place) -> Delivery:
            return self._look(archive, rules.now, place)

        found: dict[str, list[Delivery]] = {account: [] for account in sorted(expected)}
        todo = [place for some in parallel.each(places, list(found), self.connections) for place in some]
        for number, delivery in enumerate(parallel.each(look, todo, self.connections), start=1):
            found[delivery.account].append(delivery)
            if number % _PROGRESS == 0:
                say(f"{number} of {len(todo)} Regions looked at.")
        return found

    def _places(self, archive: LogArchive, expected: Expected, roots: Sequence[str]) -> list[_Place]:
        """The Regions that the bucket has of an account, and those that are asked for."""
        folders: dict[str, list[Folder]] = {region: [] for region in self.regions}
        for root in roots:
            trail = (expected.trail, expected.home) if root == self.root else ("", "")
            for kind in _KINDS:
                for region in archive.folders(f"{root}{expected.account}/{kind.folder}/"):
                    if validators.is_region(region):
                        folder = Folder(root, expected.account, region, kind, *trail)
                        folders.setdefault(region, []).append(folder)
        return [_Place(expected, region, tuple(folders[region])) for region in sorted(folders)]

    def _look(self, archive: LogArchive, now: datetime, place: _Place) -> Delivery:
        found = {folder: archive.newest(folder, now) for folder in place.folders}
        logs = [file for folder, newest in found.items() if folder.kind is LOG for file in newest.by_trail.values()]
        digests, others = self._digests(place.expected, found)
        return Delivery(
            place.expected.account,
            place.region,
            _seen(archive, logs),
            _seen(archive, digests),
            tuple(sorted(others)),
            tuple(newest.future for newest in found.values() if newest.future),
            f"{self.root}{place.expected.account}/",
        )

    def _digests(self, expected: Expected, found: Mapping[Folder, Newest]) -> tuple[list[Named], set[str]]:
        """Those of the expected trail, and the names of other trails.

        An organization's trail has one name for all accounts, which is not that of the accounts' own trails.
        """
        ours: list[Named] = []
        others: set[str] = set()
        for folder, newest in found.items():
            for file in newest.by_trail.values():
                if folder.kind is not DIGEST:
                    continue
                if folder.root != self.root or expected.wrote(file):
                    ours.append(file)
                else:
                    others.add(f"{file.trail} of {file.home}")
        return ours, others


def _seen(archive: LogArchive, files: Sequence[Named]) -> Seen | None:
    """The newest of the files."""
    if not files:
        return None
    file = max(files, key=lambda one: one.order)
    encryption = archive.encryption(file.key)
    return Seen(file, encryption.algorithm, encryption.kms_key, encryption.refused)


def _expected(accounts: Sequence[Mapping[str, Any]]) -> dict[str, Expected]:
    found = []
    for account in accounts:
        identity = validators.account_id(account["id"], "accounts: id")
        trail = account["trail_name"] or ""
        home = account["region"] or ""
        trail = trail and validators.trail_name(trail, "accounts: trail_name")
        home = home and validators.region(home, "accounts: region")
        found.append(Expected(identity, trail, home, _since(account)))
    validators.distinct((one.account for one in found), "accounts")
    return {one.account: one for one in found}


def _since(account: Mapping[str, Any]) -> datetime | None:
    text = account["logging_since"] or ""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Refused(
            f"accounts: logging_since: {text!r} of account {account['id']} is no time. It looks like"
            f" 2026-11-25T14:00:00Z."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _seconds(params: Mapping[str, Any], option: str) -> timedelta:
    if params[option] < 0:
        raise Refused(f"{option}: {params[option]} is less than 0. Give seconds.")
    return timedelta(seconds=params[option])
