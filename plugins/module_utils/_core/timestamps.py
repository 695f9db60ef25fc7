# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Points in time as text. All are in UTC unless a function says otherwise. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Every format that the collection reads or writes is here.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from .errors import Refused

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?(Z|\+00:00)?"
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})?Z")


def option(value: str, name: str) -> datetime:
    """The point in time in option C(name), such as 2026-11-25T14:00:00Z or 2026-11-25. Raises Refused."""
    moment = parse(value)
    if moment is None:
        raise Refused(f"{name}: {value!r} is not a valid time. Use UTC and ISO 8601: 2026-11-25T14:00:00Z.")
    return moment


def parse(text: str) -> datetime | None:
    """The point in time in ISO 8601, without fractions of a second; None if the text has another form.

    The time of day, its seconds and the offset are optional; an offset other than UTC is another form.
    """
    return _from(_ISO.fullmatch(text))


def parse_compact(text: str) -> datetime | None:
    """The point in time in the form of file names, 20261125T140000Z or 20261125T1400Z; None for another form."""
    return _from(_COMPACT.fullmatch(text))


def parse_with_offset(text: str) -> datetime | None:
    """ISO 8601 with any offset, UTC if it has none, as Python and Jinja templates write it; None for other text."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def parse_http(text: str) -> datetime | None:
    """The time in a header of HTTP, such as Wed, 25 Nov 2026 14:00:00 GMT; None for other text."""
    try:
        return parsedate_to_datetime(text).astimezone(timezone.utc)
    except (TypeError, ValueError):
        return None


def text(moment: datetime) -> str:
    """The point in time as 2026-11-25T14:00:00Z."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute(moment: datetime) -> str:
    """For people, as 2026-11-25 14:20 UTC."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def axis(moment: datetime) -> str:
    """For the axis of a chart, as 25 Nov 14:20, in its own time zone."""
    return moment.strftime("%d %b %H:%M")


def optional_day(value: object) -> str:
    """The day of a time in AWS's reply as 2026-11-25, in its own time zone; empty if the reply has none."""
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime) else ""


def optional_text(value: object) -> str:
    """A time in AWS's reply as 2026-11-25T14:00:00Z; empty if the reply has none."""
    return text(value) if isinstance(value, datetime) else ""


def with_offset(value: object) -> str:
    """A time in AWS's reply as 2026-11-25T14:00:00+00:00, in its own time zone; empty if the reply has none."""
    return value.isoformat() if isinstance(value, datetime) else ""


def duration(length: timedelta) -> str:
    """In the two largest units, as 3 h 20 min; in seconds if it is less than a minute."""
    minutes = int(length.total_seconds()) // 60
    units = (("d", minutes // 1440), ("h", minutes // 60 % 24), ("min", minutes % 60))
    parts = [f"{number} {unit}" for unit, number in units if number]
    return " ".join(parts[:2]) or f"{int(length.total_seconds())} s"


def _from(match: re.Match[str] | None) -> datetime | None:
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None
