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
from .._policy.principal import ANYONE, SERVICE, TRAILS, Principal
from .._policy.statement import Statement
from .._policy.variables import unmark
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
    """What requests of a principal have in common. They are usual if the caller chooses nothing out of the ordinary."""

    context: Context
    unusual: tuple[str, ...] = ()  # what is not usual about them, as clauses
    trail: str = ""  # the pattern of the trails whose log files they are about; empty for every trail


def possible_requests(
    caller: Principal, action: str, allow: Statement, denying: Sequence[Statement], key_arn: str
) -> Iterator[PossibleRequest]:
    """Return the requests that differ in a key on which one of the statements has a condition."""
    of_allow = {condition.key_name for condition in allow.conditions}
    keys = of_allow | {condition.key_name for statement in denying for condition in statement.conditions}
    base = context(caller, action)
    choices = {
        key: _marked(key, options, is_asked=key in of_allow and caller.kind != ANYONE)
        for key, options in _choices(caller, action, key_arn).items()
        if key in keys and key not in base
    }
    for of_trail in _of_trails(caller, base, allow):
        for chosen in _combinations(choices):
            yield PossibleRequest(
                context={**base, **of_trail.context, **chosen.context},
                unusual=(*of_trail.unusual, *chosen.unusual),
                trail=of_trail.trail,
            )


def _marked(key: str, options: Sequence[_Choice], *, is_asked: bool) -> list[PossibleRequest]:
    """The options of one key. Only the first is usual, and any usual one if the Allow statement asks for the key.

    Not everyone has every choice, so only the first is usual for anyone.
    """
    return [
        PossibleRequest(
            context={key: values},
            unusual=() if is_usual and (position == 0 or is_asked) else (_unusual(key, values),),
        )
        for position, (values, is_usual) in enumerate(options)
    ]


def _unusual(key: str, values: Sequence[str]) -> str:
    value = f"another {key}" if tuple(values) == _ANY_VALUE else f"{key} {values[0]}" if values else f"no {key}"
    return f"the request has {value}"


def _combinations(choices: Mapping[str, Sequence[PossibleRequest]]) -> list[PossibleRequest]:
    """Each combination of the options of all keys."""
    combinations = [PossibleRequest(context={})]
    for options in choices.values():
        combinations = [
            PossibleRequest(context={**earlier.context, **option.context}, unusual=(*earlier.unusual, *option.unusual))
            for earlier in combinations
            for option in options
        ]
    return combinations


def _of_trails(caller: Principal, base: Context, allow: Statement) -> Iterator[PossibleRequest]:
    """The requests that differ in the trail that they are about.

    AWS does not document whether the encryption context of a log file reaches KMS with an S3 Bucket Key, and what else
    is encrypted with the key may have another context or none.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """
    keys = [key for key in (SOURCE_ARN, TRAIL_CONTEXT) if base.get(key)]
    everything = trail_pattern(caller)
    for trail in dict.fromkeys(trails.patterns(caller, allow)) if keys else ():
        is_whole = caller.kind != TRAILS or trail.split(":")[4] in ("*", caller.name)
        yield PossibleRequest(
            context=dict.fromkeys(keys, (trail,)),
            unusual=() if is_whole else (f"the trail is like {unmark(trail)}",),
            trail="" if trail == everything else trail,
        )
    if TRAIL_CONTEXT in keys:
        for values in (_ANY_VALUE, ()):
            yield PossibleRequest(context={TRAIL_CONTEXT: values}, unusual=(_unusual(TRAIL_CONTEXT, values),))
    elif not keys:
        yield PossibleRequest(context={})


def _choices(caller: Principal, action: str, key_arn: str) -> dict[str, list[_Choice]]:
    """The values that the caller can choose for each key."""
    is_service = caller.kind in (SERVICE, TRAILS)
    choices: dict[str, list[_Choice]] = {TLS: [(("true",), True), (("false",), False), ((), False)]}
    if not action.startswith("kms:"):
        if caller.kind == TRAILS and action == trails.PUT:
            choices[ACL] = [(("bucket-owner-full-control",), True), (_ANY_VALUE, False), ((), False)]
        elif has_acl(action) and not is_service:
            choices[ACL] = [((), True), *(((acl,), True) for acl in _CANNED_ACLS), (_ANY_VALUE, False)]
        return choices
    if is_service:
        return choices
    key = arns.parse(key_arn)
    of_s3 = (f"s3.{key.region}.amazonaws.com",) if key else _ANY_VALUE
    choices[VIA_SERVICE] = [((), True), (of_s3, True), (_ANY_VALUE, False)]
    return choices
