# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which events several trails record, so that they are paid more than once. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

In each Region the first copy of management events is free and every further one is charged; data events, and those of
network activity, are charged on every trail: https://aws.amazon.com/cloudtrail/pricing/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .._trail import selectors
from .._trail.selectors import Selector
from .observed_trail import TrailFacts

ANYWHERE = "all"  # every Region that no single-Region trail is at home in
_ACCESS = {"read": "true", "write": "false"}
_MANAGEMENT = ("Management", "")
_UNREAD = selectors.selector("", ("eventCategory", "Equals", ("Management",)))

Kind = tuple[str, str]  # event category, resource type


@dataclass(frozen=True)
class Duplicate:
    """Events that several trails record in the same Regions."""

    kind: Kind
    access: tuple[str, ...]  # read, write or both
    regions: tuple[str, ...]
    trails: tuple[TrailFacts, ...]

    @property
    def certain(self) -> bool:
        """Not where the selectors, or the state, of one of the trails cannot be seen."""
        return all(trail.readable for trail in self.trails)

    @property
    def free_copies(self) -> int:
        return 1 if self.kind == _MANAGEMENT else 0

    @property
    def what(self) -> str:
        category, resource_type = self.kind
        return f"{' and '.join(self.access)} {category.lower()} events{f' of {resource_type}' if resource_type else ''}"

    @property
    def message(self) -> str:
        names = " and ".join(sorted(trail.named.replace("Trail ", "trail ", 1) for trail in self.trails))
        where = "in every Region" if self.regions == (ANYWHERE,) else f"in {', '.join(self.regions)}"
        verb = "record" if self.certain else "may both record, as far as can be seen from this account,"
        cost = (
            "AWS delivers the first copy in a Region free, whichever trail's that is, and charges every further one"
            if self.free_copies
            else "no copy is free"
        )
        return f"{names[0].upper()}{names[1:]} {verb} the same {self.what} {where}: {cost}."

    def as_result(self) -> dict[str, Any]:
        category, resource_type = self.kind
        return {
            "event_category": category,
            "resource_type": resource_type,
            "access": list(self.access),
            "regions": list(self.regions),
            "trails": sorted(trail.arn for trail in self.trails),
            "free_copies": self.free_copies,
            "paid_copies": len(self.trails) - self.free_copies,
            "certain": self.certain,
            "message": self.message,
        }


def duplicates(trails: Iterable[TrailFacts]) -> list[Duplicate]:
    """Each kind of events, once for each set of trails that record it; a trail that does not log records nothing."""
    active = [trail for trail in trails if trail.may_log]
    single = {trail.state.home_region for trail in active if not trail.state.multi_region}
    found: dict[tuple[Kind, tuple[str, ...]], dict[str, set[str]]] = {}
    by_arn = {trail.arn: trail for trail in active}
    for region in (ANYWHERE, *sorted(single)):
        there = [trail for trail in active if trail.state.multi_region or trail.state.home_region == region]
        for kind, access, arns in _recorded_twice(there):
            where = found.setdefault((kind, arns), {})
            if ANYWHERE not in where.setdefault(access, set()):
                where[access].add(region)
    return [
        Duplicate(kind, access, regions, tuple(by_arn[arn] for arn in arns))
        for (kind, arns), where in found.items()
        for access, regions in _merged(where)
    ]


def _merged(where: dict[str, set[str]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Read and write in one where they are recorded in the same Regions."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for access, regions in where.items():
        groups.setdefault(tuple(sorted(regions)), []).append(access)
    return [(tuple(accesses), regions) for regions, accesses in groups.items()]


def _recorded_twice(trails: Sequence[TrailFacts]) -> list[tuple[Kind, str, tuple[str, ...]]]:
    """Kind, access and ARNs of the trails whose selectors for it overlap, directly or through a third trail."""
    found = []
    for access, value in _ACCESS.items():
        only = selectors.selector("", ("readOnly", "Equals", (value,)))
        recorders: dict[Kind, list[tuple[str, Selector]]] = {}
        for trail in trails:
            for selector in trail.state.selectors if trail.readable else (_UNREAD,):
                if selectors.overlap(selector, only):
                    recorders.setdefault(_kind(selector), []).append((trail.arn, selector))
        for kind, entries in recorders.items():
            found += [(kind, access, arns) for arns in _clusters(entries)]
    return found


def _clusters(entries: Sequence[tuple[str, Selector]]) -> list[tuple[str, ...]]:
    clusters: list[list[tuple[str, Selector]]] = []
    for entry in entries:
        touching = [one for one in clusters if any(selectors.overlap(entry[1], other) for _arn, other in one)]
        rest = [one for one in clusters if one not in touching]
        clusters = [*rest, [entry, *(other for one in touching for other in one)]]
    arns = [tuple(sorted({arn for arn, _selector in cluster})) for cluster in clusters]
    return [one for one in arns if len(one) > 1]


def _kind(selector: Selector) -> Kind:
    category = next(iter(sorted(selector.values("eventCategory", "Equals"))), "Other")
    return category, ", ".join(sorted(selector.values("resources.type", "Equals")))
