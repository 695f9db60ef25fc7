# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with an account's trails, compared with the trail that is expected. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .._aws import kms
from .._core.errors import Refused
from .._core.finding import FAILED, INFO, Finding
from .duplicates import Duplicate
from .observed_trail import ORGANIZATION, TrailFacts, sentence, time_of

_RUN = "Run members.yml for this account."


@dataclass(frozen=True)
class Expected:
    """The trail that should be there; what is empty, or for the prefix None, is not compared."""

    name: str = ""
    bucket: str = ""
    key: str = ""
    prefix: str | None = None

    def is_met_by_name(self, trail: TrailFacts) -> bool:
        return bool(self.name) and trail.state.name == self.name


def key(value: str, where: str) -> str:
    """The id or ARN of a key: an alias means another key in each account, and CloudTrail never answers with one."""
    if value and not (kms.is_key_arn(value) or kms.is_key_id(value)):
        raise Refused(f"{where}: {value!r} is not the ARN or id of a key. Trails are compared with the key's own ARN.")
    return value


def of_trails(trails: Sequence[TrailFacts], expected: Expected, account: str, region: str) -> list[Finding]:
    """The findings of check C(trail)."""
    about = Finding(account, region, "trail", "", expected.name, FAILED, "")
    named = [trail for trail in trails if expected.is_met_by_name(trail)]
    found: list[Finding] = []
    if expected.name and not named:
        others = ", ".join(trail.state.name for trail in trails)
        there = f"It sees these: {others}." if others else "It sees no trail at all."
        message = f"Account {account} has no trail {expected.name}. {there}"
        found.append(replace(about, kind="missing", message=message, remediation=_RUN))
    for trail in trails:
        judged = trail in named or not expected.name
        base = replace(about, region=trail.state.home_region, resource=trail.arn, status=FAILED if judged else INFO)
        found += [*_errors(trail, base), *_state(trail, base, expected, expectation=trail in named)]
    return found


def _errors(trail: TrailFacts, base: Finding) -> Iterator[Finding]:
    for error in trail.errors:
        yield replace(
            base,
            kind=error.kind,
            message=sentence(trail, error),
            remediation=error.remediation,
            since=time_of(error.last_success),
        )


def _state(trail: TrailFacts, base: Finding, expected: Expected, *, expectation: bool) -> Iterator[Finding]:
    if expectation:
        for kind, message in _differences(trail, expected):
            yield replace(base, kind=kind, message=message, remediation=_RUN)
    if trail.status is not None and not trail.may_log:
        since = time_of(trail.status.get("StopLoggingTime"))
        stopped = f" since {since}" if since else ", and never has been"
        message = f"{trail.named} is not logging{stopped}: nothing that happens is recorded by it."
        status = FAILED if expectation else INFO
        remediation = "Start it, and look in the logs of other trails for who called StopLogging."
        yield replace(base, kind="not_logging", status=status, message=message, remediation=remediation, since=since)
    if expected.bucket and not expectation and trail.state.bucket != expected.bucket:
        message = (
            f"{trail.named} delivers to bucket {trail.state.bucket}, which is not the central one: its owner reads"
            f" what happens in this account."
        )
        yield replace(base, kind="elsewhere", status=INFO, message=message, remediation="Find out whose the bucket is.")


def _differences(trail: TrailFacts, expected: Expected) -> Iterator[tuple[str, str]]:
    """Kind and sentence for whatever is not as expected."""
    state = trail.state
    if expected.bucket and state.bucket != expected.bucket:
        yield "other_bucket", f"{trail.named} delivers to bucket {state.bucket}, not to {expected.bucket}."
    if expected.prefix is not None and state.key_prefix != expected.prefix:
        actual, wanted = (f"prefix {value}" if value else "no prefix" for value in (state.key_prefix, expected.prefix))
        yield "other_prefix", f"{trail.named} delivers under {actual}, where {wanted} is expected."
    if expected.key and not state.kms_key:
        yield "not_encrypted", f"{trail.named} does not encrypt with a KMS key; {expected.key} is expected."
    elif expected.key and not kms.is_same_key(state.kms_key, expected.key):
        yield "other_key", f"{trail.named} encrypts with {state.kms_key}, not with {expected.key}."
    if not state.multi_region:
        yield "single_region", f"{trail.named} records Region {state.home_region} only."
    if not state.log_file_validation:
        yield "no_validation", f"{trail.named} writes no digests, so that nobody can prove its logs to be untouched."


def of_duplicates(twice: Iterable[Duplicate], account: str) -> Iterator[Finding]:
    """The findings of check C(cost): what is paid more than once is worth knowing and no failure."""
    for one in twice:
        narrower = next((trail for trail in one.trails if trail.relation != ORGANIZATION), one.trails[0])
        yield Finding(
            account=account,
            region=one.regions[0] if len(one.regions) == 1 and one.regions[0] != "all" else "",
            check="cost",
            kind="duplicate",
            resource=narrower.arn,
            status=INFO,
            message=one.message,
            remediation="Keep one of the trails for these events: delete the others, or narrow their event selectors.",
        )
