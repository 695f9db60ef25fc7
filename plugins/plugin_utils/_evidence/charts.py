# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where the shapes of the evidence's pictures stand, in units of their drawing. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

WIDTH = 1000  # of a timeline's drawing
LANES, FEW = 60, 24  # timelines that a page shows; up to which it shows also those without a break
VALID = "valid"
_NO_BREAK = (VALID, "waiting", "not_covered")  # the next digest is still to come; the chain had not begun


def timelines(evidence: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The chains with something wrong first, as many as a page can hold, and how many more there are of each kind."""
    span = _span(evidence)
    broken = [chain for chain in evidence["chains"] if _wrong(chain)]
    whole = [chain for chain in evidence["chains"] if not _wrong(chain)]
    shown = [*broken[:LANES], *(whole if len(evidence["chains"]) <= FEW else [])]
    lanes = [_lane(chain, span, names) for chain in shown if span]
    return {
        "lanes": lanes,
        "more_broken": len(broken) - sum(not lane["whole"] for lane in lanes),
        "more_whole": len(whole) - sum(lane["whole"] for lane in lanes),
        "legend": sorted({shape["status"] for lane in lanes for shape in lane["shapes"]} - {VALID}),
        "labels": _labels(span) if span else [],
    }


def _wrong(chain: Mapping[str, Any]) -> bool:
    return any(part["status"] not in _NO_BREAK for part in chain["timeline"])


def _span(evidence: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    """The range that was asked for, or that of the chains where it was not given."""
    chains = [chain for chain in evidence["chains"] if chain["timeline"]]
    start = evidence["range"]["start"] or min((chain["timeline"][0]["start"] for chain in chains), default="")
    end = evidence["range"]["end"] or max((chain["timeline"][-1]["end"] for chain in chains), default="")
    if not start or not end or moment(start) >= moment(end):
        return None
    return moment(start), moment(end)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _lane(chain: Mapping[str, Any], span: tuple[datetime, datetime], names: Mapping[str, str]) -> dict[str, Any]:
    merged = _merged(chain["timeline"])
    start, end = span
    shapes = []
    for part in merged:
        left, right = (_place(part[edge], start, end) for edge in ("start", "end"))
        shapes.append({"x": left, "width": max(right - left, 2.0), **part})
    return {
        "account": chain["account"],
        "host": names.get(chain["account"], ""),
        "region": chain["region"],
        "digests": chain["digests"],
        "log_files": chain["log_files"],
        "shapes": shapes,
        "whole": not _wrong(chain),
        "wrong": [part for part in merged if part["status"] not in _NO_BREAK],
    }


def _merged(timeline: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Neighbours of one status in one part, so that a year of good hours is one shape."""
    parts: list[dict[str, str]] = []
    for part in timeline:
        if parts and parts[-1]["status"] == part["status"] and parts[-1]["end"] >= part["start"]:
            parts[-1]["end"] = max(parts[-1]["end"], part["end"])
        else:
            parts.append({name: part[name] for name in ("start", "end", "status")})
    return parts


def _place(text: str, start: datetime, end: datetime) -> float:
    share = (moment(text) - start) / (end - start)
    return round(WIDTH * min(max(share, 0.0), 1.0), 1)


def _labels(span: tuple[datetime, datetime]) -> list[str]:
    start, end = span
    return [f"{at:%d %b %H:%M}" for at in (start, start + (end - start) / 2, end)]


def circles(access: Mapping[str, Any], archive: str) -> dict[str, Any]:
    """Two circles beside each other, those who encrypt and those who decrypt; they meet where somebody does both.

    The archive's account as a whole administers the key and is in neither. Trails decrypt for an S3 Bucket Key only.
    """
    both = len(access["overlap"])
    radius, distance = (92, 120) if both else (80, 180)
    return {
        "radius": radius,
        "left": 180 - distance / 2,
        "right": 180 + distance / 2,
        "both": both,
        "encrypt": len({item["principal"] for item in access["encrypt"] if not _keeps(item, archive)}),
        "decrypt": len(
            {item["principal"] for item in access["decrypt"] if item["kind"] != "trails" and not _keeps(item, archive)}
        ),
    }


def _keeps(item: Mapping[str, Any], archive: str) -> bool:
    return (item["kind"], item["principal"]) == ("account", archive)
