# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the event history of CloudTrail shows of a trail: its last change, and when it did not deliver. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The event history has the management events of 90 days, whatever trails record, and nobody can delete them. An event
appears within minutes. The calls take the name or the ARN of the trail, so the events are searched by their own name:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._core.interruption import Interruption
from .observed_trail import ObservedTrail

UPDATE = "UpdateTrail"
_CREATE, _DELETE, _START, _STOP = "CreateTrail", "DeleteTrail", "StartLogging", "StopLogging"
START_AND_END = (_CREATE, _DELETE, _START, _STOP)
# Times are whole seconds. Of several calls in one second, a trail that delivers before and after was interrupted.
_IN_ONE_SECOND = (_STOP, _DELETE, _CREATE, UPDATE, _START)
_KEY, _VALIDATION, _REGIONS, _LOGGING = "kms_key", "log_file_validation", "multi_region", "logging"
_PLACE = frozenset({"bucket", "key_prefix"})
# member of the event's requestParameters: setting, as cloudtrail_central names it
_SETTINGS = {
    "s3BucketName": "bucket",
    "s3KeyPrefix": "key_prefix",
    "kmsKeyId": _KEY,
    "enableLogFileValidation": _VALIDATION,
    "isMultiRegionTrail": _REGIONS,
}
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
_OF_A_NEW_TRAIL = {"key_prefix": "", _KEY: "", _VALIDATION: False, _REGIONS: False, _LOGGING: False}
_SAME_CALL = timedelta(minutes=2)  # between the time of an event and the one in GetTrailStatus

Known = Mapping[str, Any]  # setting: value. A setting that is not in it is not known


@dataclass(frozen=True, kw_only=True)
class TrailChange:
    """A change of where or how a trail delivers."""

    time: datetime
    settings: tuple[str, ...]  # that were sent and may differ from before, as cloudtrail_central names them

    def as_result(self) -> dict[str, Any]:
        """The return value C(last_changed)."""
        return {"time": timestamps.text(self.time), "settings": list(self.settings)}


@dataclass(frozen=True, kw_only=True)
class TrailEvent:
    """A successful call that created, changed, started, stopped or deleted a trail."""

    time: datetime
    name: str
    settings: Known = field(default_factory=dict)  # that were sent


@dataclass(frozen=True, kw_only=True)
class UnreadHistory:
    """Why the event history could not be read, in whole sentences."""

    reason: str
    remediation: str


@dataclass(frozen=True, kw_only=True)
class _Step:
    event: TrailEvent
    before: Known
    after: Known


@dataclass(frozen=True, kw_only=True)
class TrailHistory:
    """The calls for one trail, oldest first."""

    trail: ObservedTrail
    events: Sequence[TrailEvent] = ()
    complete: bool = True  # False if calls may be absent
    unread: UnreadHistory | None = None  # why the event history could not be read, if it was to be read

    @classmethod
    def of(
        cls,
        trail: ObservedTrail,
        replied: Iterable[Mapping[str, Any]],
        *,
        complete: bool = True,
        unread: UnreadHistory | None = None,
    ) -> TrailHistory:
        """The calls among the events that LookupEvents returned, the newest of a name first, and in GetTrailStatus."""
        shown = [event for reply in replied if (event := _event(reply, trail))]
        oldest_first = reversed([*_from_status(trail, shown), *shown])
        events = sorted(oldest_first, key=_order)
        return cls(trail=trail, events=events, complete=complete, unread=unread)

    def last_change(self, *, of_key: bool) -> TrailChange | None:
        """The newest call of UpdateTrail that may have changed the destination, validation or Regions.

        With C(of_key), a call that changed only the key counts too.
        """
        for step in reversed(self._steps()):
            sent, before = step.event.settings, step.before
            settings = tuple(name for name, value in sent.items() if name not in before or before[name] != value)
            settings = settings if of_key else tuple(name for name in settings if name != _KEY)
            if step.event.name == UPDATE and settings:
                return TrailChange(time=step.event.time, settings=settings)
        return None

    def interruptions(self, place: Known) -> list[Interruption]:
        """The interruptions, oldest first. C(place) has the bucket and key_prefix of the archive."""
        steps = self._steps()
        delivering = {**place, _VALIDATION: True, _LOGGING: True}
        everywhere = self._interruptions(steps, delivering, everywhere=True)
        in_part = self._interruptions(steps, {**delivering, _REGIONS: True}, everywhere=False)
        times = {(interruption.begin, interruption.end) for interruption in everywhere}
        other = (interruption for interruption in in_part if (interruption.begin, interruption.end) not in times)
        return sorted([*everywhere, *other], key=lambda interruption: interruption.begin)

    def _interruptions(self, steps: Sequence[_Step], delivering: Known, *, everywhere: bool) -> list[Interruption]:
        """The times without C(delivering), the settings of a trail that delivers."""
        interruptions = []
        since: datetime | None = None
        for number, step in enumerate(steps):
            delivered = step.event.name != _CREATE and not _differs(step.before, delivering)
            delivers = not _differs(step.after, delivering)
            if delivers and not delivered:
                since = step.event.time
            if delivers or not delivered:
                continue
            resumed = (later.event.time for later in steps[number + 1 :] if not _differs(later.after, delivering))
            settings = delivering.keys() - {_LOGGING}
            interruption = Interruption(
                since=since,
                begin=step.event.time,
                end=next(resumed, step.event.time if self._delivers_now(delivering) else None),
                event=step.event.name,
                certain=settings <= step.before.keys(),
                place_known=step.before.keys() >= _PLACE,
                everywhere=everywhere,
            )
            interruptions.append(interruption)
        return interruptions

    def _delivers_now(self, delivering: Known) -> bool:
        """True if the trail has the settings now, also if no event shows since when."""
        trail = self.trail
        now = {name: getattr(trail.state, name) for name in _SETTINGS.values()} | {_LOGGING: trail.may_log}
        return not _differs(now, delivering)

    def _steps(self) -> list[_Step]:
        """The events with what is known of the trail's settings before and after each."""
        steps: list[_Step] = []
        known = self._at_the_begin()
        for event in self.events:
            steps.append(_Step(event=event, before=known, after=_after(event, known)))
            known = steps[-1].after
        return steps

    def _at_the_begin(self) -> Known:
        """What no event has set is as it is now, unless calls may be absent or the trail was created meanwhile."""
        if not self.complete or any(event.name in (_CREATE, _DELETE) for event in self.events):
            return {}
        state = self.trail.state
        now = {name: getattr(state, name) for name in _SETTINGS.values()}
        return {name: value for name, value in now.items() if not any(name in event.settings for event in self.events)}


def lookup_arguments(trail: ObservedTrail, now: datetime, period: timedelta) -> list[dict[str, Any]]:
    """The arguments of each search of LookupEvents for the period before C(now).

    If the trail has been logging for the whole period, nobody stopped or deleted it: one search is enough.
    """
    since, started = now - period, (trail.status or {}).get("StartLoggingTime")
    is_older = trail.may_log and isinstance(started, datetime) and started < since
    names = (UPDATE,) if is_older else (UPDATE, *START_AND_END)
    return [
        {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}], "StartTime": since}
        for name in names
    ]


def _order(event: TrailEvent) -> tuple[datetime, int, bool]:
    return event.time, _IN_ONE_SECOND.index(event.name), event.settings.get(_VALIDATION) is not False


def _after(event: TrailEvent, known: Known) -> Known:
    """What is known of a trail's settings after the event."""
    if event.name == _DELETE:
        return {_LOGGING: False}
    if event.name == _CREATE:
        return {**_OF_A_NEW_TRAIL, **event.settings}
    logging = {_START: {_LOGGING: True}, _STOP: {_LOGGING: False}}.get(event.name, {})
    return {**known, **event.settings, **logging}


def _differs(known: Known, wanted: Known) -> bool:
    """True if a setting that is known has another value."""
    return any(known[name] != value for name, value in wanted.items() if name in known)


def _event(reply: Mapping[str, Any], trail: ObservedTrail) -> TrailEvent | None:
    """One event as LookupEvents returns it; None if it is not a successful call for the trail."""
    record, time, name = _record(reply), reply.get("EventTime"), reply.get("EventName")
    request = record.get("requestParameters")
    if not isinstance(request, dict) or not isinstance(time, datetime) or record.get("errorCode"):
        return None
    if name not in (UPDATE, *START_AND_END) or request.get("name") not in (trail.state.name, trail.arn):
        return None
    settings = {setting: request[member] for member, setting in _SETTINGS.items() if member in request}
    return TrailEvent(time=time, name=str(name), settings=settings)


def _from_status(trail: ObservedTrail, shown: Sequence[TrailEvent]) -> Iterator[TrailEvent]:
    """The last start and stop as GetTrailStatus returns them, if no event shows them."""
    for name, member in ((_STOP, "StopLoggingTime"), (_START, "StartLoggingTime")):
        time = (trail.status or {}).get(member)
        if isinstance(time, datetime) and not any(
            event.name == name and abs(event.time - time) <= _SAME_CALL for event in shown
        ):
            yield TrailEvent(time=time, name=name)


def _record(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event as CloudTrail records it; empty if it is not a JSON object."""
    try:
        record = json.loads(str(event.get("CloudTrailEvent") or ""))
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
