# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change a resource from its current to its desired state: read, plan, send, wait until AWS shows the result.

Note that this module util is PRIVATE to the collection: it can change at any time.

The plan is the single source: check mode, C(changed), the diff, the calls that are sent and the wait until AWS shows
the result all come from it. No AWS service and nothing of Ansible is known here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .call import Call
from .errors import UNCHANGED, AwsFailure, Refused
from .resource import Lease, NoLease, Resource, Sender, State, change_from
from .settler import Settler


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The states before and after a run, and the calls between them."""

    before: Any
    desired: Any
    after: Any  # in check mode, and for a resource that is only rendered: the desired state
    plan: tuple[Call, ...] = ()
    lease_problem: str = ""  # why the run had no lease; empty if it had one, or did not need one

    @property
    def changed(self) -> bool:
        return bool(self.plan)


def reconcile(
    resource: Resource[State],
    gateway: Sender,
    *,
    dry_run: bool,
    pause: Callable[[float], None] = time.sleep,
    lease: Lease | None = None,
) -> Outcome:
    """Change the resource into its desired state; with C(dry_run) return what would be changed.

    C(lease) is only taken if there is something to change. Without one, no other run is waited for.

    Raises Refused, AwsFailure or NotConverged, each with a sentence about what has been changed by then.
    """
    if resource.render_from is not None:
        rendered = resource.desired(resource.render_from)
        return Outcome(before=resource.render_from, desired=rendered, after=rendered)
    try:
        change = change_from(resource, resource.read(gateway))
        missing = resource.missing(change.before) if change.plan else ""
        if missing and not (dry_run and resource.allow_missing_in_check_mode):
            raise Refused(missing)
    except AwsFailure as failure:
        raise failure.adding(UNCHANGED) from None
    if dry_run or not change.plan:
        after = change.desired if change.plan else change.before
        return Outcome(before=change.before, desired=change.desired, after=after, plan=change.plan)
    lease = lease or NoLease()
    settler = Settler(resource, gateway, pause, lease)
    lease.take()
    try:
        after = settler.settle(change)
    finally:
        lease.release()
    first, last = settler.first or change, settler.last or change
    return Outcome(before=first.before, desired=last.desired, after=after, plan=first.plan, lease_problem=lease.problem)
