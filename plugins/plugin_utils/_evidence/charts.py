# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Positions and sizes of the shapes in the page's charts, in units of their SVG drawings. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._digests.problems import (
    GAP,
    MALFORMED,
    MISSING,
    NOT_COVERED,
    REPLACED,
    TAMPERED,
    UNKNOWN_START,
    VALID,
    WAITING_FOR_DIGEST,
)

from .model import Evidence
from .results import ACCOUNT_PRINCIPAL, TRAILS_PRINCIPAL, AccessEntry, AccessResult, ChainResult, Period

WIDTH = 1000  # of a timeline
LANE_LIMIT = 60  # timelines on the page
SMALL_FLEET = 24  # up to so many chains, the page shows those without a break too
_ELSEWHERE = "continues_elsewhere"  # the earlier digests are in another location
# the next digest is still to come; the chain had not begun
_NO_BREAK = (VALID, WAITING_FOR_DIGEST, NOT_COVERED, _ELSEWHERE)
# status: CSS class. The classes differ in shape, because print may have no colour
_SHAPES = {
    VALID: "good",
    TAMPERED: "bad",
    "misplaced": "bad",
    REPLACED: "bad",
    MALFORMED: "bad",
    MISSING: "hollow",
    GAP: "hollow",
    WAITING_FOR_DIGEST: "open",
    UNKNOWN_START: "hollow",
    NOT_COVERED: "thin",
    _ELSEWHERE: "thin",
}
Range = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A period of a timeline. C(x) and C(width) are of 0 to WIDTH."""

    x: float
    width: float
    shape: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    """The timeline of one chain."""

    account: str
    host: str
    region: str
    digests: int
    log_files: int
    bars: Sequence[Bar]
    breaks: Sequence[str]  # each with status, start and end


@dataclass(frozen=True, kw_only=True)
class Timelines:
    """The timelines on the page, and how many more chains there are."""

    lanes: Sequence[Lane]
    more_broken: int
    more_whole: int
    legend: Mapping[str, str]  # label: shape
    axis: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Circles:
    """Two circles, those who encrypt and those who decrypt. They overlap if a principal can do both."""

    radius: float
    left: float  # centres on the x axis
    right: float
    encrypt: int  # principals
    decrypt: int
    both: int


@dataclass(frozen=True, kw_only=True)
class SharedAccount:
    """An account of which principals can encrypt and principals can decrypt."""

    account: str
    is_archive: bool
    encrypt: Sequence[str]
    decrypt: Sequence[str]


def timelines(evidence: Evidence, hosts: Mapping[str, str]) -> Timelines:
    """The chains with a break first, at most LANE_LIMIT. C(hosts) has the host of each account."""
    chains = evidence.chains
    broken = [chain for chain in chains if _breaks(chain)]
    whole = [chain for chain in chains if not _breaks(chain)]
    period = _range(evidence)
    shown_broken = broken[:LANE_LIMIT] if period else []
    shown_whole = whole if period and len(chains) <= SMALL_FLEET else []
    lanes = [_lane(chain, period, hosts) for chain in (*shown_broken, *shown_whole) if period]
    return Timelines(
        lanes=lanes,
        more_broken=len(broken) - len(shown_broken),
        more_whole=len(whole) - len(shown_whole),
        legend=_legend(chain.timeline for chain in (*shown_broken, *shown_whole)),
        axis=_axis(*period) if period else [],
    )


def _breaks(chain: ChainResult) -> list[Period]:
    return [period for period in chain.timeline if period.status not in _NO_BREAK]


def _range(evidence: Evidence) -> Range | None:
    """The range that was validated, or that of the chains; None if it is empty."""
    timelines = [chain.timeline for chain in evidence.chains if chain.timeline]
    start = evidence.start or min((timeline[0].start for timeline in timelines), default=None)
    end = evidence.end or max((timeline[-1].end for timeline in timelines), default=None)
    return (start, end) if start and end and start < end else None


def _lane(chain: ChainResult, period: Range, hosts: Mapping[str, str]) -> Lane:
    return Lane(
        account=chain.account,
        host=hosts.get(chain.account, ""),
        region=chain.region,
        digests=chain.digests,
        log_files=chain.log_files,
        bars=[_bar(part, *period) for part in chain.timeline],
        breaks=[_words(part) for part in _breaks(chain)],
    )


def _bar(period: Period, start: datetime, end: datetime) -> Bar:
    left, right = (_position(moment, start, end) for moment in (period.start, period.end))
    width = max(right - left, 2.0)  # a short period in a long range stays visible
    return Bar(x=left, width=width, shape=shape(period.status), label=_label(period.status))


def shape(status: str) -> str:
    """The CSS class of a period with this status."""
    return _SHAPES.get(status, "veiled")


def _position(moment: datetime, start: datetime, end: datetime) -> float:
    share = (moment - start) / (end - start)
    return round(WIDTH * min(max(share, 0.0), 1.0), 1)


def _label(status: str) -> str:
    return status.replace("_", " ")


def _words(period: Period) -> str:
    """As missing 2026-11-25 03:00 UTC to 05:00 UTC."""
    start, end = timestamps.minute(period.start), timestamps.minute(period.end)
    same_day = start[:10] == end[:10]
    return f"{_label(period.status)} {start} to {end[11:] if same_day else end}"


def _legend(timelines: Iterable[Sequence[Period]]) -> dict[str, str]:
    statuses = {period.status for timeline in timelines for period in timeline} - {VALID}
    return {_label(status): shape(status) for status in (VALID, *sorted(statuses))}


def _axis(start: datetime, end: datetime) -> list[str]:
    return [timestamps.axis(moment) for moment in (start, start + (end - start) / 2, end)]


def circles(access: AccessResult, archive: str) -> Circles:
    """The circles, without the archive's account and without trails that decrypt.

    The archive's account administers the key, and a trail decrypts only if the bucket uses an S3 Bucket Key.
    """
    both = len(access.overlap)
    radius, distance = (92, 120) if both else (80, 180)
    return Circles(
        radius=radius,
        left=180 - distance / 2,
        right=180 + distance / 2,
        encrypt=_principals(access.encrypt, archive),
        decrypt=_principals((entry for entry in access.decrypt if entry.kind != TRAILS_PRINCIPAL), archive),
        both=both,
    )


def _principals(entries: Iterable[AccessEntry], archive: str) -> int:
    """The number of different principals, without the archive's account."""
    return len({entry.principal for entry in entries if (entry.kind, entry.principal) != (ACCOUNT_PRINCIPAL, archive)})


def shared(access: AccessResult, archive: str) -> list[SharedAccount]:
    """The accounts in both lists of the page, whether or not this is a failure.

    Trails that decrypt are left out, because only an S3 Bucket Key requires this access.
    """
    encrypt = _by_account(access.encrypt)
    decrypt = _by_account(entry for entry in access.decrypt if entry.kind != TRAILS_PRINCIPAL)
    return [
        SharedAccount(account=account, is_archive=account == archive, encrypt=names, decrypt=decrypt[account])
        for account, names in encrypt.items()
        if account in decrypt
    ]


def _by_account(entries: Iterable[AccessEntry]) -> dict[str, list[str]]:
    """The principals by account."""
    by_account: dict[str, list[str]] = {}
    for entry in entries:
        parts = entry.principal.split(":")
        account = parts[4] if len(parts) > 4 and parts[0] == "arn" else entry.principal
        by_account.setdefault(account, []).append(entry.principal)
    return by_account
