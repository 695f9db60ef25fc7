# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The time since when an account's trail delivers to its present place with its present key. Pure.

Note that this plugin util is PRIVATE to the collection: it can change at any time.

The first files arrive after StartLogging, and after a change of bucket, prefix, key, log file validation or Regions. A
change is known from the tasks of this run, or from the event history (return value C(last_changed) of
cloudtrail_central_info). A change away from the expected destination or key does not count, because nothing that is
expected arrives after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.interruption import Interruption

from .hosts import ARCHIVE_GROUP, Host, Inventory

_OWN, _ARCHIVE = "member_account_trail", "__log_archive_trail"  # variables in which the roles register the trail's task
_CONFIGURED = (
    "__central_logging_trails_configured"  # variable with the time when the playbook had configured the trails
)
_MINUTE = len("YYYY-MM-DDTHH:MM")
# of the summaries in the return value C(plan) of cloudtrail_central
_CREATED = re.compile(r"trail .*: create, delivering to .*")
_UPDATED = re.compile(r"trail .*: update (?P<settings>.*)")
# kinds of findings about the trail
_AWAY = frozenset({"other_bucket", "other_prefix", "other_key", "not_encrypted", "no_validation", "single_region"})
_PLACE = ("bucket", "key_prefix", "log_file_validation", "multi_region")  # the first files arrive after a change of it
_SETTINGS = (*_PLACE, "kms_key")


@dataclass(frozen=True, kw_only=True)
class LoggingStart:
    """Since when a trail delivers as it does now."""

    since: str = ""  # ISO 8601; empty if the trail does not log, or the time is not known
    change: str = ""  # what happened then, a clause about the trail; empty if it only started to log


@dataclass(frozen=True, kw_only=True)
class LoggingStarts:
    """The starts of the trails of an inventory.

    C(trails) is the name of the variable in which each host has the result of cloudtrail_central_info.
    """

    inventory: Inventory
    trails: str
    now: datetime

    def of(self, host: Host) -> LoggingStart:
        """The latest of the start and the changes of the trail that records the host."""
        return self._latest(host, "last_changed", _SETTINGS)

    def delivering(self, host: Host, delivered: Iterable[str] = ()) -> LoggingStart:
        """The same without changes of the key; unknown if it is known that the trail delivers here since before.

        Such a trail waits for no first delivery. C(delivered) has times of deliveries.
        """
        start = self._latest(host, "last_moved", _PLACE)
        since = timestamps.parse_with_offset(start.since) if start.since else None
        times = (timestamps.parse_with_offset(time) for time in delivered if time)
        has_delivered = since and any(time and time > since for time in times)
        return LoggingStart() if has_delivered or self._delivered_before(host) else start

    def _delivered_before(self, host: Host) -> bool:
        """True if the event history shows that the trail had delivered here before it was interrupted."""
        interruptions = map(Interruption.from_result, self.interruptions_of(host))
        return any(entry.certain and entry.has_digests_before for entry in interruptions)

    def _latest(self, host: Host, change: str, settings: Sequence[str]) -> LoggingStart:
        """C(change) is the return value with the last change of these settings."""
        result = host.get(self.trails) or {}
        started = logging_since(result, host.recorded_by, host.region)
        if not started:
            return LoggingStart()
        results = self._organization_results if host.is_of_organization else [result]
        history = (start for result in results for start in _from_history(result, change))
        starts = [LoggingStart(since=started), *history, *self._from_this_run(host, settings)]
        return max(starts, key=lambda start: timestamps.parse_with_offset(start.since) or self.now)

    def interruptions_of(self, host: Host) -> list[Mapping[str, Any]]:
        """The interruptions of the trail that records the host, as cloudtrail_central_info returns them.

        An account that the organization trail records knows only the last stop, and less of it than the account that
        has read the event history.
        """
        results = self._organization_results if host.is_of_organization else [host.get(self.trails) or {}]
        entries = [entry for result in results for entry in result.get("interruptions") or ()]
        known = {(entry["event"], entry["begin"][:_MINUTE]) for entry in entries if entry.get("certain")}
        distinct = {
            tuple(entry.items()): entry
            for entry in entries
            if entry.get("certain") or (entry["event"], entry["begin"][:_MINUTE]) not in known
        }
        return sorted(distinct.values(), key=lambda entry: str(entry["begin"]))

    @cached_property
    def _organization_results(self) -> list[Mapping[str, Any]]:
        """The results of the accounts that the organization trail records. One has read the settings of the trail."""
        return [host.get(self.trails) or {} for host in self.inventory.hosts if host.is_of_organization]

    def _from_this_run(self, host: Host, wanted: Sequence[str]) -> Iterator[LoggingStart]:
        """The change of one of these settings that a task of this run has made."""
        for owner, variable in _tasks(host, self.inventory):
            task = owner.get(variable) or {}
            time = str(owner.get(_CONFIGURED) or timestamps.text(self.now))
            for summary in task.get("plan") or () if task.get("changed") else ():
                updated = _UPDATED.fullmatch(summary)
                settings = [name for name in wanted if updated and name in updated["settings"].split(", ")]
                if _CREATED.fullmatch(summary):
                    yield LoggingStart(since=time, change="was created")
                elif settings:
                    yield LoggingStart(since=time, change=_changed(settings))


def named_trails(result: Mapping[str, Any], name: str, region: str = "") -> list[Mapping[str, Any]]:
    """The trail of that name in a result of cloudtrail_central_info; empty if there is no such trail.

    Names are unique in a Region only. A trail of the same name in another Region counts only if C(region) has
    none: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html (trailNameList)
    """
    named = [trail for trail in result.get("trails") or () if trail.get("name") == name]
    return [trail for trail in named if trail.get("home_region") == region] or named


def logging_since(result: Mapping[str, Any], name: str, region: str = "") -> str:
    """The time of StartLogging of the trail of that name; empty if it does not log or the time is not known."""
    for trail in named_trails(result, name, region):
        if trail.get("logging"):
            return str(trail.get("logging_since") or "")
    return ""


def _from_history(result: Mapping[str, Any], change: str) -> list[LoggingStart]:
    """The last change in the event history, if the trail delivers as expected since then. C(change) is its key."""
    changed = result.get(change)
    if not changed or _AWAY & {finding["kind"] for finding in result.get("findings") or ()}:
        return []
    return [LoggingStart(since=str(changed["time"]), change=_changed(changed["settings"]))]


def _tasks(host: Host, inventory: Inventory) -> list[tuple[Host, str]]:
    """The hosts and variables in which the task about the host's trail is registered."""
    if host.is_of_organization:
        return [(owner, _OWN) for owner in inventory.organization]
    return [(host, _ARCHIVE if ARCHIVE_GROUP in (host.get("group_names") or ()) else _OWN)]


def _changed(settings: list[str]) -> str:
    return f"was changed: {', '.join(settings)}"
