# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The security controls that depend on an account's trails, evaluated. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html and
https://docs.aws.amazon.com/config/latest/developerguide/multi-region-cloudtrail-enabled.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._core.finding import PASSED
from .._core.security_controls import Control, judge, not_checked
from .._trail.selectors import MANAGEMENT, S3, Selector, may_share_events
from .observed_trail import ObservedTrail

_READ, _WRITE = "true", "false"  # values of readOnly
_IN_THE_ARCHIVE = "The log-archive account decides this. Run log_archive_access_info in that account."
_BEYOND_THE_TRAIL = {
    "CloudTrail.6": _IN_THE_ARCHIVE,
    "CloudTrail.7": _IN_THE_ARCHIVE,
    "CloudTrail.10": "Event data stores are not read.",
    "CloudWatch.1-14": "Metric filters and alarms are not read.",
}
Test = Callable[[ObservedTrail], bool]


def controls(trails: Sequence[ObservedTrail]) -> list[Control]:
    """The controls for one account. A trail of another account counts as far as it is readable."""
    own = [trail for trail in trails if trail.readable]
    evaluated = [
        _any_trail("CloudTrail.1", trails, _records_everything, "records all management events in all Regions"),
        _every_trail("CloudTrail.2", own, lambda trail: bool(trail.state.kms_key), "has a KMS key"),
        _any_trail("CloudTrail.3", trails, _logs, "logs", needs_selectors=False),
        _every_trail("CloudTrail.4", own, lambda trail: trail.state.log_file_validation, "has log file validation"),
        _every_trail("CloudTrail.5", own, _sends_to_cloudwatch, "sends events to CloudWatch Logs"),
        _every_trail("CloudTrail.9", own, lambda trail: bool(trail.state.tags), "has tags"),
        _objects("S3.22", trails, _WRITE),
        _objects("S3.23", trails, _READ),
        _any_trail("cloudtrail-security-trail-enabled", trails, _follows_best_practices, "meets all conditions"),
    ]
    return [*evaluated, *(not_checked(identity, reason) for identity, reason in _BEYOND_THE_TRAIL.items())]


def _any_trail(
    identity: str, trails: Sequence[ObservedTrail], test: Test, verb: str, *, needs_selectors: bool = True
) -> Control:
    """The control that at least one trail passes the test.

    C(needs_selectors): the test can only be applied to trails that are readable. Others leave the control open.
    """
    testable = [trail for trail in trails if trail.readable or not needs_selectors]
    passing = [trail for trail in testable if test(trail)]
    if passing:
        return judge(identity, "", f"{passing[0].title} {verb}.")
    unknown = [trail for trail in trails if needs_selectors and not trail.readable and trail.may_log]
    if unknown:
        reason = f"No trail of this account {verb}, and {unknown[0].label} cannot be read from this account."
        return not_checked(identity, reason)
    return judge(identity, f"No trail {verb}.", "")


def _every_trail(identity: str, own: Sequence[ObservedTrail], test: Test, verb: str) -> Control:
    """The control that every trail of the account passes the test."""
    if not own:
        return not_checked(identity, "This account cannot read the settings of any trail.")
    failing = [trail.state.name for trail in own if not test(trail)]
    wrong = f"Not every trail {verb}. Trails that fail: {', '.join(failing)}." if failing else ""
    return judge(identity, wrong, f"Every trail {verb}: {', '.join(trail.state.name for trail in own)}.")


def _objects(identity: str, trails: Sequence[ObservedTrail], read_only: str) -> Control:
    """The control that the selectors of one trail cover the objects of all buckets.

    AWS does not document whether Security Hub accepts exceptions, such as the log bucket.
    """
    complete = _any_trail(
        identity, trails, lambda trail: _records_objects(trail, read_only, ()), "records all S3 objects"
    )
    excepting = [trail for trail in trails if trail.readable and _records_objects(trail, read_only, ("NotStartsWith",))]
    if complete.status == PASSED or not excepting:
        return complete
    return not_checked(
        identity,
        f"{excepting[0].title} leaves out some objects, such as those of the log bucket. Whether Security Hub accepts"
        f" that is unknown.",
    )


def _sends_to_cloudwatch(trail: ObservedTrail) -> bool:
    return bool(trail.state.cloudwatch_logs_group_arn)


def _logs(trail: ObservedTrail) -> bool:
    return trail.status is not None and trail.may_log


def _records_everything(trail: ObservedTrail) -> bool:
    """True if the trail records every management event in every Region."""
    selectors = [selector for selector in trail.state.selectors if selector.kind == MANAGEMENT]
    covered = all(_covers(selectors, read_only, ()) for read_only in (_READ, _WRITE))
    return _logs(trail) and trail.state.multi_region and covered


def _records_objects(trail: ObservedTrail, read_only: str, accepted: Sequence[str]) -> bool:
    selectors = [selector for selector in trail.state.selectors if selector.kind == S3]
    return _logs(trail) and trail.state.multi_region and _covers(selectors, read_only, accepted)


def _covers(selectors: Sequence[Selector], read_only: str, accepted: Sequence[str]) -> bool:
    """True if one selector records every event of that access, except for conditions with an accepted operator."""
    events = Selector.of("", ("readOnly", "Equals", (read_only,)))
    harmless_fields = ("readOnly", "eventCategory", "resources.type")
    return any(
        may_share_events(selector, events)
        and all(given.field in harmless_fields or given.operator in accepted for given in selector.conditions)
        for selector in selectors
    )


def _follows_best_practices(trail: ObservedTrail) -> bool:
    """Whether the trail meets the rule of AWS Config that requires security best practices.

    https://docs.aws.amazon.com/config/latest/developerguide/cloudtrail-security-trail-enabled.html
    """
    state = trail.state
    settings = state.include_global_service_events and state.log_file_validation and bool(state.kms_key)
    return settings and _records_everything(trail)
