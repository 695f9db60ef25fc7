# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which controls an account's trails meet, as far as the trails themselves decide that. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html and
https://docs.aws.amazon.com/config/latest/developerguide/multi-region-cloudtrail-enabled.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._core.security_controls import Control, judge, not_checked
from .._trail import selectors as _selectors
from .._trail.selectors import MANAGEMENT, S3, Selector
from .observed_trail import TrailFacts

_READ, _WRITE = "true", "false"
_IN_THE_ARCHIVE = "It is decided in the account that owns the bucket: see log_archive_access_info."
_BEYOND_THE_TRAIL = {
    "CloudTrail.6": _IN_THE_ARCHIVE,
    "CloudTrail.7": _IN_THE_ARCHIVE,
    "CloudTrail.10": "Event data stores are not read.",
    "CloudWatch.1-14": "Metric filters and alarms are not read.",
}
Test = Callable[[TrailFacts], bool]


def controls(trails: Sequence[TrailFacts]) -> list[Control]:
    """The controls for one account. A trail of another account counts as far as it can be read."""
    own = [trail for trail in trails if trail.readable]
    judged = [
        _one(
            "CloudTrail.1", trails, _records_everything, "records the management events of all Regions, none left out"
        ),
        _each("CloudTrail.2", own, lambda trail: bool(trail.state.kms_key), "no KMS key"),
        _one("CloudTrail.3", trails, _logs, "logs"),
        _each("CloudTrail.4", own, lambda trail: trail.state.log_file_validation, "no log file validation"),
        _each("CloudTrail.5", own, lambda trail: bool(trail.state.cloudwatch_logs_group_arn), "no CloudWatch Logs"),
        _each("CloudTrail.9", own, lambda trail: bool(trail.state.tags), "no tags"),
        _objects("S3.22", trails, _WRITE),
        _objects("S3.23", trails, _READ),
        _one("cloudtrail-security-trail-enabled", trails, _follows_best_practices, "meets all its conditions"),
    ]
    return [*judged, *(not_checked(identity, reason) for identity, reason in _BEYOND_THE_TRAIL.items())]


def _one(identity: str, trails: Sequence[TrailFacts], test: Test, verb: str) -> Control:
    """At least one trail has to pass; what cannot be read leaves it open."""
    passing = [trail.named for trail in trails if trail.readable and test(trail)]
    if passing:
        return judge(identity, "", f"{passing[0]} {verb}.")
    if identity == "CloudTrail.3":
        passing = [trail.named for trail in trails if test(trail)]
        return judge(identity, "" if passing else f"No trail {verb}.", f"{'; '.join(passing)} {verb}.")
    unknown = [trail for trail in trails if not trail.readable and trail.may_log]
    if unknown:
        return not_checked(identity, f"No trail of this account {verb}, and {_cannot_be_read(unknown)}")
    return judge(identity, f"No trail {verb}.", "")


def _each(identity: str, own: Sequence[TrailFacts], test: Test, lack: str) -> Control:
    """Every trail of the account has to pass."""
    if not own:
        return not_checked(identity, "There is no trail whose settings this account may judge.")
    failing = [trail.state.name for trail in own if not test(trail)]
    wrong = f"{', '.join(failing)}: {lack}." if failing else ""
    return judge(identity, wrong, f"It holds for {', '.join(trail.state.name for trail in own)}.")


def _objects(identity: str, trails: Sequence[TrailFacts], read_only: str) -> Control:
    """The selectors have to cover all buckets; whether Security Hub forgives an exception is not documented."""
    complete = _one(identity, trails, lambda trail: _records_objects(trail, read_only, ()), "records all S3 objects")
    excepting = [trail for trail in trails if trail.readable and _records_objects(trail, read_only, ("NotStartsWith",))]
    if complete.status != "passed" and excepting:
        reason = (
            "leaves out some objects, such as those of the log bucket; whether Security Hub accepts that is unknown"
        )
        return not_checked(identity, f"{excepting[0].named} {reason}.")
    return complete


def _logs(trail: TrailFacts) -> bool:
    return trail.status is not None and trail.may_log


def _records_everything(trail: TrailFacts) -> bool:
    """Every management event, in every Region."""
    selectors = [one for one in trail.state.selectors if one.kind == MANAGEMENT]
    return (
        _logs(trail) and trail.state.multi_region and all(_covers(selectors, access, ()) for access in (_READ, _WRITE))
    )


def _records_objects(trail: TrailFacts, read_only: str, forgiven: tuple[str, ...]) -> bool:
    selectors = [one for one in trail.state.selectors if one.kind == S3]
    return _logs(trail) and trail.state.multi_region and _covers(selectors, read_only, forgiven)


def _covers(selectors: Sequence[Selector], read_only: str, forgiven: tuple[str, ...]) -> bool:
    """Whether one selector takes every event of the access, but for exceptions under a forgiven operator."""
    only = _selectors.selector("", ("readOnly", "Equals", (read_only,)))
    narrowing = ("readOnly", "eventCategory", "resources.type")
    return any(
        _selectors.overlap(one, only)
        and all(field in narrowing or operator in forgiven for field, operator, _values in one.conditions)
        for one in selectors
    )


def _follows_best_practices(trail: TrailFacts) -> bool:
    """https://docs.aws.amazon.com/config/latest/developerguide/cloudtrail-security-trail-enabled.html."""
    state = trail.state
    flags = state.include_global_service_events and state.log_file_validation and bool(state.kms_key)
    return flags and _records_everything(trail)


def _cannot_be_read(trails: Sequence[TrailFacts]) -> str:
    return f"{trails[0].named} cannot be judged from here."
