# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The event selectors that follow from the options about events and the current selectors. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

An option that is None leaves its selectors unchanged. A new trail records everything except the objects of the log
bucket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws import arn
from .._core.errors import Refused
from . import selector_rules
from .selectors import LAMBDA, MANAGEMENT, OTHER, S3, Selector, arn_condition, by_kind, means_all, same_events

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


@dataclass(frozen=True, kw_only=True)
class EventOptions:
    """The options about events. None: the option was not given."""

    management: str | None
    excluded_sources: tuple[str, ...] | None
    s3: tuple[str, ...] | None  # ARNs; ("all",) for all; () for off
    lambda_: tuple[str, ...] | None  # as s3
    exclude_log_bucket: bool
    raw: tuple[Selector, ...] | None  # advanced_event_selectors

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> EventOptions:
        """The options from the module's parameters.

        Raises Refused for values that CloudTrail would refuse or understand in another way.
        """
        raw = params["advanced_event_selectors"]
        data = params["data_events"] or {}
        sources = params["exclude_management_event_sources"]
        composed = (params["management_events"], sources, params["data_events"])
        if raw is not None and any(option is not None for option in composed):
            raise Refused(
                "advanced_event_selectors is the complete selection and excludes management_events,"
                " exclude_management_event_sources and data_events. Use one or the other."
            )
        selector_rules.refuse_sources(sources or (), "exclude_management_event_sources")
        options = cls(
            management=params["management_events"],
            excluded_sources=None if sources is None else tuple(sources),
            s3=_resources(data.get("s3"), "data_events: s3", "s3"),
            lambda_=_resources(data.get("lambda"), "data_events: lambda", "lambda"),
            exclude_log_bucket=params["exclude_log_bucket"],
            raw=None if raw is None else tuple(_raw(item, number + 1) for number, item in enumerate(raw)),
        )
        options._refuse_excess()
        return options

    def _refuse_excess(self) -> None:
        """Raises Refused if the options alone contain more values than a trail can have, or no selector at all."""
        if self.raw == ():
            raise Refused(
                "advanced_event_selectors is an empty list, and CloudTrail refuses a trail without a selector. To stop"
                " recording, set logging: false."
            )
        selector_rules.refuse_count(self.raw or ())
        lists = ((S3, self.s3), (LAMBDA, self.lambda_))
        selector_rules.refuse_count(
            selector for kind, arns in lists for selector in self._data(kind, arns, {}, False, "")
        )

    @property
    def mentioned(self) -> bool:
        """Whether an option changes the selectors of an existing trail."""
        given = (self.management, self.excluded_sources, self.s3, self.lambda_, self.raw)
        return any(option is not None for option in given)

    def compose(self, current: Sequence[Selector] | None, log_bucket_arn: str) -> tuple[Selector, ...]:
        """The desired selectors. C(current) is None for a new trail. Raises Refused if CloudTrail would refuse them."""
        if self.raw is not None:
            desired: tuple[Selector, ...] = self.raw
        else:
            groups = by_kind(current or ())
            desired = (
                *self._management(groups.get(MANAGEMENT, []), current is None),
                *self._data(S3, self.s3, groups, current is None, log_bucket_arn),
                *self._data(LAMBDA, self.lambda_, groups, current is None, log_bucket_arn),
                *groups.get(OTHER, []),
            )
        _refuse_unusable(desired)
        return desired

    def _management(self, current: list[Selector], new: bool) -> list[Selector]:
        if self.management is None and not new and (self.excluded_sources is None or not current):
            return current
        wanted = self.management or _management_of(current)
        if wanted == "none":
            return []
        sources = self.excluded_sources
        if sources is None:
            sources = tuple(sorted(set().union(*(selector.values("eventSource", "NotEquals") for selector in current))))
        read_only = {"read": [("readOnly", "Equals", ("true",))], "write": [("readOnly", "Equals", ("false",))]}
        excluded = [("eventSource", "NotEquals", sources)] if sources else []
        category = ("eventCategory", "Equals", ("Management",))
        return [Selector.of(_MANAGEMENT_NAME, category, *read_only.get(wanted, []), *excluded)]

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
            conditions += arn_condition(kind, arns)
        elif kind == S3 and self.exclude_log_bucket and log_bucket_arn:
            conditions.append(("resources.ARN", "NotStartsWith", [f"{log_bucket_arn}/"]))
        name = "S3 data events" if kind == S3 else "Lambda data events"
        wanted = [Selector.of(name, *conditions)]
        return current if same_events(current, wanted) else wanted


def _management_of(current: list[Selector]) -> str:
    """The value of option management_events for what these selectors record; C(all) for none."""
    read_only = {"".join(selector.values("readOnly", "Equals")) for selector in current}
    if not current or "" in read_only or len(read_only) == 2:
        return "all"
    return "read" if read_only == {"true"} else "write"


def _resources(values: list[str] | None, option: str, service: str) -> tuple[str, ...] | None:
    """The value of EventOptions.s3 or lambda_ for the list that an option has."""
    if values is None:
        return None
    if values in _OFF:
        return ()
    if values == _ALL or any(means_all(value) and f":{service}" in value for value in values):
        return ("all",)
    return tuple(_resource(value, option, service) for value in values)


def _resource(value: str, option: str, service: str) -> str:
    parsed = arn.parse(value)
    if parsed is None or parsed.service != service or "*" in value:
        example = (
            "arn:aws:s3:::bucket/prefix" if service == "s3" else "arn:aws:lambda:eu-west-1:111122223333:function:name"
        )
        raise Refused(
            f"{option}: {value!r} is not the ARN of a single resource. CloudTrail does not accept wildcards. Use an ARN"
            f" such as {example}, or all, or off."
        )
    selector_rules.refuse_values([value], option)
    # without the slash the prefix would also select other buckets whose names start with this one
    return f"{value}/" if service == "s3" and "/" not in parsed.resource else value


def _raw(item: Mapping[str, Any], number: int) -> Selector:
    name, fields = item.get("name") or "", item["field_selectors"]
    selector_rules.refuse_name(name, f"advanced_event_selectors: selector {number}")
    label = f"advanced_event_selectors: selector {name or number}"
    conditions = [
        (field["field"], _SNAKE[operator], field[operator])
        for field in fields
        for operator in _SNAKE
        if field.get(operator)
    ]
    names = [field["field"] for field in fields]
    for name in names:
        if names.count(name) > 1:
            raise Refused(f"{label} contains field {name} twice. Put all its operators into one field selector.")
        if not any(name == field for field, _operator, _values in conditions):
            raise Refused(f"{label}: field {name} has no operator. Use at least one, such as equals.")
    for field, _operator, values in conditions:
        selector_rules.refuse_values(values, f"{label}: field {field}")
    selector = Selector.of(item.get("name") or "", *conditions)
    selector_rules.refuse_fields(selector, label)
    return selector


def _refuse_unusable(selectors: Sequence[Selector]) -> None:
    if not selectors:
        raise Refused(
            "management_events: none and data_events: off leave no events to record, and CloudTrail refuses a trail"
            " without a selector. To stop recording, set logging: false."
        )
    selector_rules.refuse_count(selectors)
