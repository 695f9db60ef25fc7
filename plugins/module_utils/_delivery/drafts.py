# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The messages and remediations about deliveries: one function for each kind of finding about an account. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .._core import timestamps
from .._log_files import encryption_advice
from .._log_files.newest import FUTURE, OTHER_DAY
from .model import ExpectedAccount, NewestObject

DELIVERY, ENCRYPTION = "delivery", "encryption"
# a deleted object looks like one that was not delivered
_DELETED = (
    "If the trail delivers, look for delete markers in the folder. Find the caller of DeleteObject in data events or"
    " access logs of the bucket."
)
_CHECK_TRAIL = (
    "Check the account's trail with cloudtrail_central_info: status, delivery error, bucket and prefix. Check the"
    f" policies of bucket and key. {_DELETED}"
)
_CHECK_DIGESTS = (
    "Check the error of the digest delivery with cloudtrail_central_info. Check that the policies of bucket and key"
    f" allow the digests. {_DELETED}"
)
_NOT_DELIVERED = "CloudTrail did not deliver it, so it does not count as the newest object."


@dataclass(frozen=True, kw_only=True)
class AccountRegion:
    """An account, or one of its Regions."""

    account: str
    region: str = ""

    def __str__(self) -> str:
        return f"account {self.account} in {self.region}" if self.region else f"account {self.account}"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A finding without its status, because the finding may be about a first delivery that is not due yet."""

    place: AccountRegion
    kind: str
    resource: str
    message: str
    remediation: str
    check: str = DELIVERY
    since: datetime | None = None  # the time of the object
    can_wait: bool = True  # waits for the first delivery after a change of the trail
    optional: bool = False  # informational, because the Region need not deliver


def silent(place: AccountRegion, folder: str) -> Draft:
    return Draft(
        place=place,
        kind="silent",
        resource=folder,
        message=f"There is no log file and no digest of {place}.",
        remediation=_CHECK_TRAIL,
    )


def missing_log(place: AccountRegion, folder: str) -> Draft:
    return Draft(
        place=place,
        kind="missing_log",
        resource=folder,
        message=f"There are digests of {place}, but no log file.",
        remediation="Check that the trail selects management events, and that there is activity in the Region.",
    )


def missing_digest(place: AccountRegion, folder: str, expected: ExpectedAccount) -> Draft:
    trail, enable = (
        expected.description,
        "Enable log file validation: option log_file_validation of cloudtrail_central.",
    )
    remediations = {
        True: f"Log file validation of {trail} is on. {_CHECK_DIGESTS}",
        False: f"Log file validation of {trail} is off. {enable}",
        None: (
            f"Check whether log file validation of {trail} is on. If it is on: {_CHECK_DIGESTS} If it is off: {enable}"
        ),
    }
    return Draft(
        place=place,
        kind="missing_digest",
        resource=folder,
        message=f"There are log files of {place}, but no digest.",
        remediation=remediations[expected.log_file_validation],
    )


def other_trail(place: AccountRegion, folder: str, expected: ExpectedAccount, others: Sequence[str]) -> Draft:
    names, trail = ", ".join(f"trail {name}" for name in others), expected.description
    return Draft(
        place=place,
        kind="other_trail",
        resource=folder,
        message=f"The newest digests of {place} belong to {names}. There is no digest of {trail}.",
        remediation=(
            f"Check that {trail} is logging, or correct trail_name and region. The name of a log file does not contain"
            f" its trail."
        ),
    )


def stale_log(place: AccountRegion, log: NewestObject, now: datetime, limit: timedelta) -> Draft:
    message = f"The newest log file of {place} is {_age(log, now, limit)}."
    return _about(log, place, kind="stale_log", message=message, remediation=_CHECK_TRAIL)


def stale_digest(place: AccountRegion, digest: NewestObject, now: datetime, limit: timedelta) -> Draft:
    message = f"The newest digest of {place} is {_age(digest, now, limit)}."
    draft = _about(digest, place, kind="stale_digest", message=message, remediation=_CHECK_TRAIL)
    return replace(draft, can_wait=False)  # the trail has delivered here before, and stopped


def _about(newest: NewestObject, place: AccountRegion, kind: str, message: str, remediation: str) -> Draft:
    """A draft about the newest log file or digest."""
    return Draft(
        place=place,
        kind=kind,
        resource=newest.object.key,
        message=message,
        remediation=remediation,
        since=newest.object.time,
    )


def _age(newest: NewestObject, now: datetime, limit: timedelta) -> str:
    return f"{timestamps.duration(now - newest.object.time)} old, more than {timestamps.duration(limit)}"


def future(place: AccountRegion, key: str) -> Draft:
    return Draft(
        place=place,
        kind="future",
        resource=key,
        message=f"An object of {place} is older than the time in its name. {_NOT_DELIVERED}",
        remediation="Find out who wrote the object, and who else than CloudTrail is allowed to write to the bucket.",
        can_wait=False,
    )


def other_day(place: AccountRegion, key: str) -> Draft:
    message = f"An object of {place} lies in the folder of another day than the one in its name. {_NOT_DELIVERED}"
    return replace(future(place, key), kind="other_day", message=message)


REFUSED = {FUTURE: future, OTHER_DAY: other_day}


def wrong_encryption(place: AccountRegion, noun: str, newest: NewestObject, kms_key: str) -> Draft:
    """C(noun) is "log file" or "digest", here and below."""
    algorithm = newest.algorithm or "nothing"
    message = f"The newest {noun} of {place} is encrypted with {algorithm}, and not with key {kms_key}."
    draft = _about(newest, place, kind="wrong_encryption", message=message, remediation=encryption_advice.ENCRYPT)
    return replace(draft, check=ENCRYPTION)


def wrong_key(place: AccountRegion, noun: str, newest: NewestObject, kms_key: str) -> Draft:
    actual = newest.kms_key or "unknown"
    message = f"The newest {noun} of {place} is encrypted with key {actual}, and not with key {kms_key}."
    draft = _about(newest, place, kind="wrong_key", message=message, remediation=encryption_advice.REPLACE_KEY)
    return replace(draft, check=ENCRYPTION)
