# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The trails of an account that record their own deliveries, directly or by way of each other. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from .._core.finding import INFO, Finding
from .._trail import recursion
from .._trail.selectors import Selector
from .observed_trail import ObservedTrail

_Recorders = Mapping[
    str, Mapping[str, Sequence[Selector]]
]  # ARN of a trail: ARN of a trail that records its deliveries


def of_loops(trails: Sequence[ObservedTrail], account: str) -> Iterator[Finding]:
    """The findings of check C(cost): for each set of trails, that a delivery of each leads to one of every other.

    Whether the account owns the buckets is not known here. RecursiveLogging false leaves out every delivery of
    CloudTrail, not only those of the same trail.
    """
    recording = [trail for trail in trails if trail.readable and trail.may_log]
    recorders = {delivering.arn: _recorders_of(delivering, recording) for delivering in recording}
    after = {arn: _deliveries_after(arn, recorders) for arn in recorders}
    known: set[str] = set()
    for trail in recording:
        members = [other for other in recording if other.arn in after[trail.arn] and trail.arn in after[other.arn]]
        if trail in members and trail.arn not in known:
            known |= {member.arn for member in members}
            yield _finding(members, recorders, account)


def _recorders_of(delivering: ObservedTrail, trails: Sequence[ObservedTrail]) -> dict[str, Sequence[Selector]]:
    """By the ARN of each trail that records the trail's deliveries, the selectors that do."""
    selectors = {
        trail.arn: recursion.recorded_deliveries(trail.state.selectors, delivering.state)
        for trail in trails
        if trail.state.recursive_logging is not False
    }
    return {arn: recording for arn, recording in selectors.items() if recording}


def _deliveries_after(arn: str, recorders: _Recorders) -> Collection[str]:
    """The ARNs of the trails that deliver because this trail has delivered."""
    reached: set[str] = set()
    waiting = [arn]
    while waiting:
        following = recorders[waiting.pop()].keys() - reached
        reached |= following
        waiting += following
    return reached


def _finding(members: Sequence[ObservedTrail], recorders: _Recorders, account: str) -> Finding:
    arns = {member.arn for member in members}
    selectors = [
        selector
        for delivering in members
        for arn, recording in recorders[delivering.arn].items()
        if arn in arns
        for selector in recording
    ]
    states, home_regions = [member.state for member in members], {member.state.home_region for member in members}
    return Finding(
        account=account,
        region=home_regions.pop() if len(home_regions) == 1 else "",
        check="cost",
        kind="recursive",
        resource=members[0].arn,
        status=INFO,
        message=recursion.message(states, selectors, certain=False),
        remediation=recursion.remediation(states),
    )
