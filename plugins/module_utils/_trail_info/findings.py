# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings about an account's trails, compared with the expected trail. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .._aws import kms
from .._core import timestamps
from .._core.errors import Refused
from .._core.finding import FAILED, INFO, Finding
from .duplicates import ANYWHERE, Duplicate
from .observed_trail import ORGANIZATION_TRAIL, ObservedTrail

_RUN = "Run members.yml for this account."


@dataclass(frozen=True, kw_only=True)
class ExpectedTrail:
    """The trail that the account should have. Text that is empty, or a prefix that is None, is not compared."""

    name: str = ""
    bucket: str = ""
    key: str = ""
    prefix: str | None = None

    def has_name_of(self, trail: ObservedTrail) -> bool:
        return bool(self.name) and trail.state.name == self.name


def key_option(value: str, option: str) -> str:
    """The value of an option that takes a key's id or ARN; empty stays empty. Raises Refused.

    An alias means another key in each account, and CloudTrail never returns one.
    """
    if value and not (kms.is_key_arn(value) or kms.is_key_id(value)):
        raise Refused(f"{option}: {value!r} is not the ARN or id of a key. Use the ARN of the key itself.")
    return value


def of_trails(trails: Sequence[ObservedTrail], expected: ExpectedTrail, account: str, region: str) -> list[Finding]:
    """The findings of check C(trail)."""
    base = Finding(
        account=account, region=region, check="trail", kind="", resource=expected.name, status=FAILED, message=""
    )
    named = [trail for trail in trails if expected.has_name_of(trail)]
    findings: list[Finding] = []
    if expected.name and not named:
        others = ", ".join(trail.state.name for trail in trails)
        visible = f"It has access to: {others}." if others else "It has no trail at all."
        message = f"Account {account} has no trail {expected.name}. {visible}"
        findings.append(replace(base, kind="missing", message=message, remediation=_RUN))
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
        )


def _state(trail: ObservedTrail, base: Finding, expected: ExpectedTrail, *, is_expected: bool) -> Iterator[Finding]:
    if is_expected:
        for kind, message in _differences(trail, expected):
            yield replace(base, kind=kind, message=message, remediation=_RUN)
    if trail.status is not None and not trail.may_log:
        yield _not_logging(trail, replace(base, status=FAILED if is_expected else INFO))
    if expected.bucket and not is_expected and trail.state.bucket != expected.bucket:
        message = (
            f"{trail.title} delivers to bucket {trail.state.bucket}, which is not the central bucket. The owner of"
            f" bucket {trail.state.bucket} can read what happens in this account."
        )
        remediation = f"Find out who owns bucket {trail.state.bucket}."
        yield replace(base, kind="elsewhere", status=INFO, message=message, remediation=remediation)


def _not_logging(trail: ObservedTrail, base: Finding) -> Finding:
    since = timestamps.optional_text((trail.status or {}).get("StopLoggingTime"))
    stopped = f"is not logging since {since}" if since else "is not logging and has never logged"
    return replace(
        base,
        kind="not_logging",
        message=f"{trail.title} {stopped}, so it records no events.",
        remediation="Start logging. Search the logs of other trails for the principal that called StopLogging.",
        since=since,
    )


def _differences(trail: ObservedTrail, expected: ExpectedTrail) -> Iterator[tuple[str, str]]:
    """Kind and message of each difference between the trail and the expected one."""
    state = trail.state
    if expected.bucket and state.bucket != expected.bucket:
        yield "other_bucket", f"{trail.title} delivers to bucket {state.bucket}, not to {expected.bucket}."
    if expected.prefix is not None and state.key_prefix != expected.prefix:
        actual, wanted = (f"prefix {value}" if value else "no prefix" for value in (state.key_prefix, expected.prefix))
        yield "other_prefix", f"{trail.title} delivers with {actual}, but {wanted} is expected."
    if expected.key and not state.kms_key:
        yield "not_encrypted", f"{trail.title} does not encrypt with a KMS key, but {expected.key} is expected."
    elif expected.key and not kms.is_same_key(state.kms_key, expected.key):
        yield "other_key", f"{trail.title} encrypts with {state.kms_key}, not with {expected.key}."
    if not state.multi_region:
        yield "single_region", f"{trail.title} records Region {state.home_region} only."
    if not state.log_file_validation:
        message = f"Log file validation is disabled for {trail.label}, so its logs cannot be verified."
        yield "no_validation", message


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
