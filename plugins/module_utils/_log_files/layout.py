# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where the log files and digests of one account and Region lie, and what their names tell. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Layout: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from .._core import timestamps

DIGESTS, LOGS = "CloudTrail-Digest", "CloudTrail"
_REGION = r"[a-z]{2,5}(?:-[a-z]+)+-[0-9]{1,2}"
_DIGEST = re.compile(
    rf"([0-9]{{12}})_CloudTrail-Digest_({_REGION})_(.+)_({_REGION})_([0-9]{{8}}T[0-9]{{6}}Z)(_backfill)?\.json\.gz"
)
_LOG = re.compile(rf"([0-9]{{12}})_CloudTrail_({_REGION})_([0-9]{{8}}T[0-9]{{4}}Z)_[A-Za-z0-9]+\.json\.gz")
_REST = re.compile(r"CloudTrail[A-Za-z-]*(?:/[\w.=-]+)+", re.ASCII)


def root(prefix: str, organization: str) -> str:
    """The folder that holds the accounts, such as C(prefix/AWSLogs/o-a1b2c3d4e5/)."""
    return "".join(f"{part}/" for part in (prefix, "AWSLogs", organization) if part)


def is_region(text: str) -> bool:
    return re.fullmatch(_REGION, text) is not None


@dataclass(frozen=True, order=True)
class Name:
    """What the name of a digest tells. One trail's digests in one folder are one chain, its backfills another."""

    trail: str
    home_region: str
    backfill: bool
    end: datetime

    @property
    def chain(self) -> tuple[str, str, bool]:
        return self.trail, self.home_region, self.backfill


@dataclass(frozen=True, order=True)
class Folder:
    """One account and Region. C(prefix) and C(organization) are empty where there are none."""

    account: str
    region: str
    prefix: str = ""
    organization: str = ""

    @property
    def home(self) -> str:
        """The account's own folder, which nothing that belongs to it lies outside of."""
        return f"{root(self.prefix, self.organization)}{self.account}/"

    def of(self, kind: str) -> str:
        """The folder of the digests or of the log files."""
        return f"{self.home}{kind}/{self.region}/"

    def day(self, kind: str, moment: datetime) -> str:
        return f"{self.of(kind)}{moment:%Y/%m/%d}/"

    def digest_name(self, key: str) -> Name | None:
        """None where the key is not that of a digest of this account and Region."""
        match = _DIGEST.fullmatch(key.rpartition("/")[2])
        if match is None or match.groups()[:2] != (self.account, self.region) or not key.startswith(self.of(DIGESTS)):
            return None
        end = timestamps.parse_compact(match[5])
        return Name(match[3], match[4], bool(match[6]), end) if end else None

    def log_time(self, key: str) -> datetime | None:
        """When a log file was delivered, by its name; None where the name is not that of one of this folder."""
        match = _LOG.fullmatch(key.rpartition("/")[2])
        if match is None or match.groups()[:2] != (self.account, self.region):
            return None
        return timestamps.parse_compact(match[3])

    def place(self, named: str) -> str | None:
        """Where an object has to lie here that a digest names, with whatever prefix it had where it was written.

        None where the digest names something outside of the account's folder.
        """
        segment = f"AWSLogs/{self.organization}/{self.account}/" if self.organization else f"AWSLogs/{self.account}/"
        head, found, rest = named.partition(segment)
        dots = any(part.strip(".") == "" for part in rest.split("/"))
        if not found or (head and not head.endswith("/")) or dots or not _REST.fullmatch(rest):
            return None
        return self.home + rest
