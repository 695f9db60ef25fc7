# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The requests that a principal can make for an action, as contexts of condition keys. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A principal chooses whether to use TLS, which ACL a request has, and whether a service calls KMS in its name. Each
choice is a request of its own. Allow and Deny statements are held against the same request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._aws import arn as arns
from .._policy.caller import ACL, SOURCE_ARN, TLS, TRAIL_CONTEXT, VIA_SERVICE, Context, context, has_acl, trail_pattern
from .._policy.principal import SERVICE, TRAILS, Principal
from .._policy.statement import Statement
from . import trails

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
_CANNED_ACLS = (
    "private",
    "bucket-owner-full-control",
    "bucket-owner-read",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "log-delivery-write",
)
_ANY_VALUE = ("*",)
_Choice = tuple[tuple[str, ...], bool]  # the values of a key, and whether the request is a usual one


@dataclass(frozen=True, kw_only=True)
class PossibleRequest:
    """What requests of a principal have in common. They are usual if they use TLS and documented values."""

    context: Context
    is_usual: bool
    trail: str = ""  # the pattern of the trails whose log files they are about; empty for every trail


def possible_requests(
    caller: Principal, action: str, statements: Sequence[Statement], key_arn: str
) -> Iterator[PossibleRequest]:
    """Return the requests that differ in a key on which one of the statements has a condition."""
    keys = {condition.key_name for statement in statements for condition in statement.conditions}
    base = context(caller, action)
    choices = {
        key: options for key, options in _choices(caller, action, key_arn).items() if key in keys and key not in base
    }
    for trail in _trails(caller, base, statements):
        of_trail = {key: (trail,) for key in (SOURCE_ARN, TRAIL_CONTEXT) if base.get(key)}
        is_limited = trail != trail_pattern(caller)
        for chosen, is_usual in _combinations(choices):
            yield PossibleRequest(
                context={**base, **of_trail, **chosen},
                is_usual=is_usual,
                trail=trail if is_limited and of_trail else "",
            )


def _combinations(choices: Mapping[str, Sequence[_Choice]]) -> list[tuple[dict[str, Sequence[str]], bool]]:
    """Each combination of the choices, and whether all of it is usual."""
    combinations: list[tuple[dict[str, Sequence[str]], bool]] = [({}, True)]
    for key, options in choices.items():
        combinations = [
            ({**chosen, key: values}, was_usual and is_usual)
            for chosen, was_usual in combinations
            for values, is_usual in options
        ]
    return combinations


def _trails(caller: Principal, base: Context, statements: Sequence[Statement]) -> list[str]:
    if not (base.get(SOURCE_ARN) or base.get(TRAIL_CONTEXT)):
        return [trail_pattern(caller)]
    return list(dict.fromkeys(trails.patterns(caller, statements)))


def _choices(caller: Principal, action: str, key_arn: str) -> dict[str, list[_Choice]]:
    """The values that the caller can choose for each key."""
    if caller.kind in (SERVICE, TRAILS):
        return {}
    choices: dict[str, list[_Choice]] = {}
    if not action.startswith("kms:"):
        choices[TLS] = [(("true",), True), (("false",), False)]
        if has_acl(action):
            choices[ACL] = [((), True), *(((acl,), True) for acl in _CANNED_ACLS), (_ANY_VALUE, False)]
        return choices
    choices[TLS] = [(("true",), True), ((), False)]  # KMS accepts no request without TLS
    key = arns.parse(key_arn)
    of_s3 = (f"s3.{key.region}.amazonaws.com",) if key else _ANY_VALUE
    choices[VIA_SERVICE] = [((), True), (of_s3, True), (_ANY_VALUE, False)]
    return choices
