# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From the options about events to event selectors. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

What is not mentioned stays as it is on the trail. A new trail records everything but the log bucket's own objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws import arn as _arn
from .._core.errors import Refused
from . import selectors as _selectors
from .selectors import LAMBDA, MANAGEMENT, OTHER, S3, Selector

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
MAX_VALUES = 500
_CATEGORIES = {"Management", "Data", "NetworkActivity"}
_ONLY_EQUALS = {"eventCategory", "readOnly", "resources.type"}
_MANAGEMENT_NAME = "Management events selector"  # as the console names it
_SNAKE = {
    "equals": "Equals",
    "starts_with": "StartsWith",
    "ends_with": "EndsWith",
    "not_equals": "NotEquals",
    "not_starts_with": "NotStartsWith",
    "not_ends_with": "NotEndsWith",
}
_ALL = ["all"]
_OFF: tuple[list[str], ...] = (["off"], ["False"], ["false"], ["none"], [])  # YAML reads an unquoted off as false


@dataclass(frozen=True)
class EventOptions:
    """What is asked for; C(None) is not mentioned."""

    management: str | None
    excluded_sources: tuple[str, ...] | None
    s3: tuple[str, ...] | None  # ARNs; ("all",); () is off
    lambda_: tuple[str, ...] | None
    exclude_log_bucket: bool
    raw: tuple[Selector, ...] | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> EventOptions:
        """Raises Refused for what CloudTrail would refuse, or take for something else."""
        raw = params["advanced_event_selectors"]
        data = params["data_events"] or {}
        sources = params["exclude_management_event_sources"]
        composed = (params["management_events"], sources, params["data_events"])
        if raw is not None and any(option is not None for option in composed):
            raise Refused(
                "advanced_event_selectors is the whole selection in CloudTrail's form; it excludes management_events,"
                " exclude_management_event_sources and data_events. Use one or the other."
            )
        return cls(
            management=params["management_events"],
            excluded_sources=None if sources is None else tuple(sources),
            s3=_resources(data.get("s3"), "data_events: s3", "s3"),
            lambda_=_resources(data.get("lambda"), "data_events: lambda", "lambda"),
            exclude_log_bucket=params["exclude_log_bucket"],
            raw=None if raw is None else tuple(_raw(item, number + 1) for number, item in enumerate(raw)),
        )

    @property
    def mentioned(self) -> bool:
        given = (self.management, self.excluded_sources, self.s3, self.lambda_, self.raw)
        return any(option is not None for option in given)

    def compose(self, current: Sequence[Selector] | None, log_bucket_arn: str) -> tuple[Selector, ...]:
        """The selectors to be; C(current) is None for a new trail."""
        if self.raw is not None:
            desired: tuple[Selector, ...] = self.raw
        else:
            groups = _selectors.group(current or ())
            desired = (
                *self._management(groups.get(MANAGEMENT, []), current is None),
                *self._data(S3, self.s3, groups, current is None, log_bucket_arn),
                *self._data(LAMBDA, self.lambda_, groups, current is None, log_bucket_arn),
                *groups.get(OTHER, []),
            )
        _check(desired)
        return desired

    def _management(self, current: list[Selector], new: bool) -> list[Selector]:
        if self.management is None and not new and (self.excluded_sources is None or not current):
            return current
        wanted = self.management or _management_of(current)
        if wanted == "none":
            return []
        sources = self.excluded_sources
        if sources is None:
            sources = tuple(sorted({s for item in current for s in item.values("eventSource", "NotEquals")}))
        only = {"read": [("readOnly", "Equals", ("true",))], "write": [("readOnly", "Equals", ("false",))]}
        excluded = [("eventSource", "NotEquals", sources)] if sources else []
        category = ("eventCategory", "Equals", ("Management",))
        return [_selectors.selector(_MANAGEMENT_NAME, category, *only.get(wanted, []), *excluded)]

    def _data(
        self, kind: str, arns: tuple[str, ...] | None, groups: dict[str, list[Selector]], new: bool, log_bucket_arn: str
    ) -> list[Selector]:
        current = groups.get(kind, [])
        if arns is None:
            if not new:
                return current
            arns = ("all",)
        if not arns:
            return []
        conditions: list[tuple[str, str, Sequence[str]]] = [
            ("eventCategory", "Equals", ["Data"]),
            ("resources.type", "Equals", [kind]),
        ]
        if arns != ("all",):
            conditions += _selectors.arn_condition(kind, arns)
        elif kind == S3 and self.exclude_log_bucket and log_bucket_arn:
            conditions.append(("resources.ARN", "NotStartsWith", [f"{log_bucket_arn}/"]))
        name = "S3 data events" if kind == S3 else "Lambda data events"
        wanted = [_selectors.selector(name, *conditions)]
        return current if _selectors.same(current, wanted) else wanted


def _management_of(current: list[Selector]) -> str:
    """Which management events are recorded now."""
    kinds = {"".join(item.values("readOnly", "Equals")) for item in current}
    if not current or "" in kinds or len(kinds) == 2:
        return "all"
    return "read" if kinds == {"true"} else "write"


def _resources(values: list[str] | None, option: str, service: str) -> tuple[str, ...] | None:
    """A list of ARNs, C(("all",)), or () for off."""
    if values is None:
        return None
    if values in _OFF:
        return ()
    if values == _ALL or any(_selectors.means_all(value) and f":{service}" in value for value in values):
        return ("all",)
    return tuple(_resource(value, option, service) for value in values)


def _resource(value: str, option: str, service: str) -> str:
    arn = _arn.parse(value)
    if arn is None or arn.service != service or "*" in value:
        example = (
            "arn:aws:s3:::bucket/prefix" if service == "s3" else "arn:aws:lambda:eu-west-1:111122223333:function:name"
        )
        raise Refused(
            f"{option}: {value!r} is no ARN of a single resource. CloudTrail takes no wildcards: give an ARN such as"
            f" {example}, or all, or off."
        )
    # without the slash the prefix would select every bucket whose name begins alike
    return f"{value}/" if service == "s3" and "/" not in arn.resource else value


def _raw(item: Mapping[str, Any], number: int) -> Selector:
    where = f"advanced_event_selectors: selector {item.get('name') or number}"
    conditions = [
        (field["field"], _SNAKE[operator], _spelt(field["field"], field[operator]))
        for field in item["field_selectors"]
        for operator in _SNAKE
        if field.get(operator)
    ]
    fields = [field["field"] for field in item["field_selectors"]]
    for field in fields:
        if fields.count(field) > 1:
            raise Refused(f"{where} names {field} twice. Put all its operators into one field selector.")
        if not any(field == given for given, _operator, _values in conditions):
            raise Refused(f"{where} gives {field} no operator, such as equals.")
    for field, operator, _values in conditions:
        if field in _ONLY_EQUALS and operator != "Equals":
            raise Refused(
                f"{where} uses {operator} with {field}, which takes Equals only: it would select something else."
            )
    for _field, _operator, values in conditions:
        if any("*" in value for value in values):
            raise Refused(f"{where} holds a wildcard. CloudTrail takes * literally: use starts_with or ends_with.")
    return _checked_category(_selectors.selector(item.get("name") or "", *conditions), where)


def _spelt(field: str, values: Sequence[str]) -> Sequence[str]:
    """An unquoted true or false of YAML arrives as Python spells it."""
    return [value.lower() for value in values] if field == "readOnly" else values


def _checked_category(selector: Selector, where: str) -> Selector:
    category = selector.values("eventCategory", "Equals")
    if len(category) != 1 or not category <= _CATEGORIES:
        raise Refused(f"{where} needs eventCategory equals one of {', '.join(sorted(_CATEGORIES))}.")
    if category == {"Data"} and len(selector.values("resources.type", "Equals")) != 1:
        raise Refused(f"{where} selects data events and so needs resources.type equals one type, such as {S3}.")
    return selector


def _check(selectors: Sequence[Selector]) -> None:
    if not selectors:
        raise Refused(
            "management_events: none with data_events off leaves nothing to record, and CloudTrail refuses a trail"
            " without a selector. To stop recording set logging: false."
        )
    values = sum(len(values) for selector in selectors for _field, _operator, values in selector.conditions)
    if values > MAX_VALUES:
        raise Refused(
            f"The event selectors hold {values} values, CloudTrail takes {MAX_VALUES} over all selectors of a trail."
            f" Select by prefix, or record all and filter when reading."
        )
