# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings about an account's trails, compared with the expected trail. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .._core import timestamps
from .._core.finding import FAILED, INFO, NOT_CHECKED, Finding
from .duplicates import ANYWHERE, Duplicate
from .expected_trail import ExpectedTrail
from .observed_trail import ORGANIZATION_TRAIL, ObservedTrail
from .trail_history import TrailHistory

_RUN = "Run members.yml, or archive.yml for the log-archive account."
_RUN_ORGANIZATION = "Run organization.yml."
_EXPECTS_ORGANIZATION_TRAIL = "If an organization trail is expected, run organization.yml."
# only the trail's owner can read and change these: the operation that changes each
_OF_THE_OWNER = {"narrowed_selectors": "PutEventSelectors", "narrowed_insights": "PutInsightSelectors"}


def of_trails(trails: Sequence[ObservedTrail], expected: ExpectedTrail, account: str, region: str) -> list[Finding]:
    """The findings of check C(trail)."""
    base = Finding(
        account=account, region=region, check="trail", kind="", resource=expected.name, status=FAILED, message=""
    )
    named = expected.among(trails, region)
    findings: list[Finding] = []
    if expected.name and not named:
        others = ", ".join(trail.state.name for trail in trails)
        visible = f"It has access to: {others}." if others else "It has no trail at all."
        message = f"Account {account} has no trail {expected.name}. {visible}"
        remediation = f"{_RUN} {_EXPECTS_ORGANIZATION_TRAIL}"
        missing = replace(base, kind="missing", message=message, remediation=remediation, cause="trail_missing")
        findings.append(missing)
    for trail in trails:
        is_expected = trail in named
        status = FAILED if is_expected or not expected.name else INFO
        about = replace(base, region=trail.state.home_region, resource=trail.arn, status=status)
        findings += [*_errors(trail, about), *_state(trail, about, expected, is_expected=is_expected)]
    return findings


def _errors(trail: ObservedTrail, base: Finding) -> Iterator[Finding]:
    for error in trail.errors:
        yield replace(
            base,
            kind=error.kind,
            message=trail.error_message(error),
            remediation=error.remediation,
            since=timestamps.optional_text(error.last_success),
            cause=error.cause,
        )


def _state(trail: ObservedTrail, base: Finding, expected: ExpectedTrail, *, is_expected: bool) -> Iterator[Finding]:
    if is_expected:
        for kind, message in expected.differences(trail):
            account = trail.owner if kind in _OF_THE_OWNER else base.account
            remediation = _configure(trail, caller_of=_OF_THE_OWNER.get(kind, ""))
            yield replace(base, account=account, kind=kind, message=message, remediation=remediation)
        if expected.events and not trail.readable:
            yield _events_not_checked(trail, base)
    if trail.status is not None and not trail.may_log:
        yield _not_logging(trail, replace(base, status=FAILED if is_expected else INFO), is_expected=is_expected)
    if expected.bucket and not is_expected and trail.state.bucket != expected.bucket:
        message = (
            f"{trail.title} delivers to bucket {trail.state.bucket}, which is not the central bucket. The owner of"
            f" bucket {trail.state.bucket} can read what happens in this account."
        )
        remediation = f"Find out who owns bucket {trail.state.bucket}."
        yield replace(base, kind="elsewhere", status=INFO, message=message, remediation=remediation)


def _events_not_checked(trail: ObservedTrail, base: Finding) -> Finding:
    return replace(
        base,
        account=trail.owner,
        kind="events_not_checked",
        status=NOT_CHECKED,
        message=f"Whether {trail.label} records all expected events was not checked. {trail.unreadable_because}",
        remediation=f"Set owner_role_arn to a role that can read the event selectors in account {trail.owner}.",
    )


def _not_logging(trail: ObservedTrail, base: Finding, *, is_expected: bool) -> Finding:
    since = timestamps.optional_text((trail.status or {}).get("StopLoggingTime"))
    stopped = f"has not logged since {since}" if since else "has never logged"
    return replace(
        base,
        kind="not_logging",
        message=f"{trail.title} {stopped}, so it records no events.",
        remediation=(
            _configure(trail, caller_of="StopLogging" if since else "")
            if is_expected
            else "Start logging with the trail, or delete it."
        ),
        since=since,
        cause="not_logging",
    )


def _configure(trail: ObservedTrail, caller_of: str = "") -> str:
    """What configures the expected trail again, and where to find who changed it with C(caller_of), an operation.

    The event history has management events of 90 days, also if no trail logs:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
    """
    run = _RUN_ORGANIZATION if trail.state.is_organization_trail else _RUN
    return f"{run} Find the caller of {caller_of} in the event history (LookupEvents)." if caller_of else run


def of_history(history: TrailHistory | None, account: str) -> Iterator[Finding]:
    """The finding that the event history could not be read. Without it, an interruption of the trail can be hidden."""
    if history and history.unread:
        trail = history.trail
        yield Finding(
            account=account,
            region=trail.state.home_region,
            check="trail",
            kind="history_not_checked",
            resource=trail.arn,
            status=NOT_CHECKED,
            message=f"Whether {trail.label} was interrupted was not checked. {history.unread.reason}",
            remediation=history.unread.remediation,
        )


def of_duplicates(duplicates: Iterable[Duplicate], account: str) -> Iterator[Finding]:
    """The findings of check C(cost). Events that are charged twice are not a failure."""
    for duplicate in duplicates:
        own = (trail for trail in duplicate.trails if trail.relation != ORGANIZATION_TRAIL)
        region = duplicate.regions[0] if len(duplicate.regions) == 1 else ""
        yield Finding(
            account=account,
            region="" if region == ANYWHERE else region,
            check="cost",
            kind="duplicate",
            resource=next(own, duplicate.trails[0]).arn,
            status=INFO,
            message=duplicate.message,
            remediation="Use only one trail for these events: delete the others, or narrow their event selectors.",
        )
