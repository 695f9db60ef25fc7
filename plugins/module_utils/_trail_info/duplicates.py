# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The events that several trails record, and that AWS therefore charges more than once. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

In each Region the first copy of management events is free, and each further copy is charged. Data events and network
activity events are charged on every trail: https://aws.amazon.com/cloudtrail/pricing/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._trail.selectors import Selector, may_share_events
from .observed_trail import ObservedTrail

ANYWHERE = "all"  # every Region that is not the home Region of a single-Region trail
_ACCESS = {"read": "true", "write": "false"}  # value of readOnly
_UNREAD = Selector.of("", ("eventCategory", "Equals", ("Management",)))  # assumed if selectors are not readable


class EventKind(NamedTuple):
    category: str
    resource_type: str  # empty for management events


_MANAGEMENT = EventKind("Management", "")


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Events that several trails record in the same Regions."""

    kind: EventKind
    access: tuple[str, ...]  # read, write or both
    regions: tuple[str, ...]
    trails: tuple[ObservedTrail, ...]

    @property
    def certain(self) -> bool:
        """False if the selectors of one of the trails are not readable."""
        return all(trail.readable for trail in self.trails)

    @property
    def free_copies(self) -> int:
        return 1 if self.kind == _MANAGEMENT else 0

    @property
    def message(self) -> str:
        """A sentence about the trails, the events, the Regions and the cost."""
        trails = " and ".join(sorted(trail.label for trail in self.trails))
        verb = "record" if self.certain else "may both record"
        resources = f" of {self.kind.resource_type}" if self.kind.resource_type else ""
        events = f"{' and '.join(self.access)} {self.kind.category.lower()} events{resources}"
        regions = "in every Region" if self.regions == (ANYWHERE,) else f"in {', '.join(self.regions)}"
        cost = (
            "AWS charges every copy except the first in each Region" if self.free_copies else "AWS charges every copy"
        )
        return f"{trails[0].upper()}{trails[1:]} {verb} the same {events} {regions}. {cost}."

    def as_result(self) -> dict[str, Any]:
        """One item of the return value C(duplicates)."""
        return {
            "event_category": self.kind.category,
            "resource_type": self.kind.resource_type,
            "access": list(self.access),
            "regions": list(self.regions),
            "trails": sorted(trail.arn for trail in self.trails),
            "free_copies": self.free_copies,
            "paid_copies": len(self.trails) - self.free_copies,
            "certain": self.certain,
            "message": self.message,
        }


Recorders = tuple[EventKind, tuple[str, ...]]  # events, and the ARNs of the trails that record them


def duplicates(trails: Iterable[ObservedTrail]) -> list[Duplicate]:
    """The kinds of events that several trails record, once for each set of trails. Only trails that may log count."""
    active = [trail for trail in trails if trail.may_log]
    home_regions = {trail.state.home_region for trail in active if not trail.state.multi_region}
    regions_of: dict[Recorders, dict[str, set[str]]] = {}  # by access
    by_arn = {trail.arn: trail for trail in active}
    for region in (ANYWHERE, *sorted(home_regions)):
        in_region = [trail for trail in active if trail.state.multi_region or trail.state.home_region == region]
        for recorders, access in _recorded_twice(in_region):
            regions = regions_of.setdefault(recorders, {}).setdefault(access, set())
            if ANYWHERE not in regions:
                regions.add(region)
    return [
        Duplicate(kind=kind, access=access, regions=regions, trails=tuple(by_arn[arn] for arn in arns))
        for (kind, arns), by_access in regions_of.items()
        for access, regions in _merged(by_access)
    ]


def _merged(by_access: Mapping[str, set[str]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Access and Regions, with read and write together if their Regions are the same."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for access, regions in by_access.items():
        groups.setdefault(tuple(sorted(regions)), []).append(access)
    return [(tuple(accesses), regions) for regions, accesses in groups.items()]


def _recorded_twice(trails: Sequence[ObservedTrail]) -> Iterator[tuple[Recorders, str]]:
    """Events and access for which selectors of several trails overlap, directly or through a third trail."""
    for access, read_only in _ACCESS.items():
        events = Selector.of("", ("readOnly", "Equals", (read_only,)))
        by_kind: dict[EventKind, list[tuple[str, Selector]]] = {}
        for trail in trails:
            for selector in trail.state.selectors if trail.readable else (_UNREAD,):
                if may_share_events(selector, events):
                    by_kind.setdefault(_kind(selector), []).append((trail.arn, selector))
        for kind, entries in by_kind.items():
            yield from (((kind, arns), access) for arns in _overlapping_trails(entries))


def _overlapping_trails(entries: Sequence[tuple[str, Selector]]) -> list[tuple[str, ...]]:
    """The ARNs of each group of at least two trails that are connected by overlapping selectors."""
    clusters: list[list[tuple[str, Selector]]] = []
    for entry in entries:
        separate, joined = [], [entry]
        for cluster in clusters:
            if any(may_share_events(entry[1], selector) for _arn, selector in cluster):
                joined += cluster
            else:
                separate.append(cluster)
        clusters = [*separate, joined]
    groups = [tuple(sorted({arn for arn, _selector in cluster})) for cluster in clusters]
    return [arns for arns in groups if len(arns) > 1]


def _kind(selector: Selector) -> EventKind:
    category = next(iter(sorted(selector.values("eventCategory", "Equals"))), "Other")
    return EventKind(category, ", ".join(sorted(selector.values("resources.type", "Equals"))))
