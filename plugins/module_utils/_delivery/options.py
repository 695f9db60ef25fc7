# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of cloudtrail_delivery_info, validated. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from .._aws import kms, validators
from .._core import timestamps
from .._core.errors import Refused
from .._log_files.object_keys import LogLocation, LogObject
from .model import ExpectedAccount, Rules


class KnownEncryption(NamedTuple):
    """The encryption of an object when it was read. A tuple, because there are two for each account and Region."""

    algorithm: str
    kms_key: str
    modified: datetime | None  # LastModified of what was read; None if it is not known

    def is_of(self, listed: LogObject) -> bool:
        """True unless the object was written again since it was read. GetObject returns no fractions of a second."""
        return self.modified in (None, listed.modified.replace(microsecond=0))


@dataclass(frozen=True, kw_only=True)
class DeliveryOptions:
    """What to check."""

    bucket: str
    prefix: str
    organization: str
    accounts: Mapping[str, ExpectedAccount] | None  # by account id; None for all accounts in the bucket
    regions: frozenset[str]
    kms_key: str
    max_log_age: timedelta
    max_digest_age: timedelta
    first_delivery_timeout: timedelta
    known: Mapping[str, KnownEncryption]  # of objects that have just been read, by object key

    def rules(self, now: datetime) -> Rules:
        return Rules(
            now=now,
            kms_key=self.kms_key,
            regions=self.regions,
            max_log_age=self.max_log_age,
            max_digest_age=self.max_digest_age,
            first_delivery_timeout=self.first_delivery_timeout,
        )

    def location(self, account: str, region: str = "", organization: str = "") -> LogLocation:
        """C(organization) is empty for the objects of the account's own trail."""
        return LogLocation(account=account, region=region, prefix=self.prefix, organization=organization)


def parse(params: Mapping[str, Any]) -> DeliveryOptions:
    """The options from the module's parameters. Raises Refused, with the option and what to do."""
    organization = params["organization_id"] or ""
    return DeliveryOptions(
        bucket=validators.bucket_name(params["bucket"], "bucket"),
        prefix=validators.key_prefix(params["key_prefix"] or "", "key_prefix"),
        organization=validators.organization_id(organization, "organization_id") if organization else "",
        accounts=None if params["accounts"] is None else _accounts(params["accounts"]),
        regions=frozenset(validators.region(name, "regions") for name in params["regions"] or ()),
        kms_key=kms.key_arn(params["kms_key"] or "", "kms_key"),
        max_log_age=_seconds(params, "max_log_age"),
        max_digest_age=_seconds(params, "max_digest_age"),
        first_delivery_timeout=_seconds(params, "first_delivery_timeout"),
        known=dict(_known(params["newest"] or ())),
    )


def _known(regions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, KnownEncryption]]:
    """The encryption of the objects that have been read. C(regions) are as cloudtrail_integrity_info returns them."""
    for region in regions:
        for item in (region.get("log"), region.get("digest")):
            if isinstance(item, Mapping) and item.get("encryption"):
                modified = timestamps.parse(str(item.get("last_modified") or ""))
                algorithm, kms_key = sys.intern(str(item["encryption"])), sys.intern(str(item.get("kms_key") or ""))
                yield str(item.get("key")), KnownEncryption(algorithm, kms_key, modified)


def _accounts(entries: Sequence[Mapping[str, Any]]) -> dict[str, ExpectedAccount]:
    accounts = [_account(entry, position) for position, entry in enumerate(entries, start=1)]
    validators.distinct((expected.account for expected in accounts), "accounts")
    return {expected.account: expected for expected in accounts}


def _account(entry: Mapping[str, Any], position: int) -> ExpectedAccount:
    account = validators.account_id(entry["id"], f"{validators.entry('accounts', position)}: id")
    place = validators.entry("accounts", position, account)
    trail, home_region = entry["trail_name"] or "", entry["region"] or ""
    return ExpectedAccount(
        account=account,
        trail=validators.trail_name(trail, f"{place}: trail_name") if trail else "",
        home_region=validators.region(home_region, f"{place}: region") if home_region else "",
        logging_since=_time(entry, "logging_since", place),
        delivering_since=_time(
            entry, "logging_since" if entry["delivering_since"] is None else "delivering_since", place
        ),
        change=entry["change"] or "",
        logging=entry["logging"],
        log_file_validation=entry["log_file_validation"],
    )


def _time(entry: Mapping[str, Any], name: str, place: str) -> datetime | None:
    text = entry[name] or ""
    if not text:
        return None
    time = timestamps.parse_with_offset(text)
    if time is None:
        raise Refused(f"{place}: {name}: {text!r} is not a valid time. Use ISO 8601: 2026-11-25T14:00:00Z.")
    return time


def _seconds(params: Mapping[str, Any], option: str) -> timedelta:
    if params[option] < 0:
        raise Refused(f"{option}: {params[option]} is less than 0. Use a number of seconds.")
    return timedelta(seconds=params[option])
