# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""For whose trails CloudTrail may act by an Allow statement. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A condition on the source of a request, on the encryption context, or the folders in Resource limit the trails. Each
value of a list counts, and one value that is wide makes the whole list wide. A trail's own folder is
C([prefix/]AWSLogs/<account id>/), and no prefix can contain C(AWSLogs/):
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .._aws import arn as arns
from .._policy.caller import (
    SOURCE_ACCOUNT,
    SOURCE_ORG,
    SOURCE_ORG_PATHS,
    TRAIL_KEYS,
    trail_pattern,
)
from .._policy.principal import TRAILS, Principal
from .._policy.statement import Condition, Statement
from .._policy.wildcards import is_pattern, may_touch

PUT = "s3:PutObject"  # the only action in a folder of the trail's own
ANY = "*"  # an owner of trails that may be any account
_ARN_PARTS = 6
_LIMITING = ("arnequals", "arnlike", "stringequals", "stringlike")  # in lower case
_EXACT = ("stringequals",)  # wildcards are plain characters
_FOLDER = re.compile(r"AWSLogs/([0-9]{12}|o-[a-z0-9]{10,32})/")
_ORGANIZATION_ID = re.compile(r"o-[a-z0-9]{10,32}")


def owners(statement: Statement, action: str, delivered: Sequence[str]) -> list[Principal]:
    """Return CloudTrail for each account or organization whose trails the statement may admit.

    C(delivered) are patterns of the resources on which CloudTrail calls the action. The name C(*) means trails of any
    account.
    """
    names = {ANY}
    for condition in statement.conditions:
        limit = _limit(condition)
        if limit is not None:
            names = _common(names, limit)
    of_folders = folder_owners(statement, action, delivered)
    # a trail with another owner needs a prefix that CloudTrail refuses: see needs_foreign_prefix
    names = _common(names, of_folders) | (names if of_folders else set())
    return [Principal(kind=TRAILS, name=name) for name in sorted(names)]


def folder_owners(statement: Statement, action: str, delivered: Sequence[str]) -> set[str]:
    """Return the owners of the folders that CloudTrail may write to by the statement; C(*) for any folder."""
    if action != PUT or statement.not_resource:
        return {ANY}
    return set(_owners_of_folders(statement.resources, delivered))


def needs_foreign_prefix(owners_of_folders: set[str], caller: Principal) -> bool:
    """Return whether a trail may write to the folders only if its S3 key prefix contains that of another account.

    AWS documents that unauthorized users cannot create such a trail, and recommends aws:SourceArn nevertheless.
    """
    return caller.name not in _common({caller.name}, owners_of_folders)


class SourceValues:
    """The condition values of a statement by the account whose trails they match.

    A policy can list hundreds of accounts. Only the values that may match a trail of an account are held against it.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._by_owner: list[dict[str, list[str]] | None] = [self._read(given) for given in statement.conditions]

    def for_owner(self, owner: Principal) -> Statement:
        """Return the statement without the values that match no trail of the owner."""
        if owner.kind != TRAILS or not arns.ACCOUNT_ID.fullmatch(owner.name):
            return self._statement
        conditions = [
            given if values is None else replace(given, values=(*values.get(owner.name, ()), *values.get(ANY, ())))
            for given, values in zip(self._statement.conditions, self._by_owner, strict=True)
        ]
        return replace(self._statement, conditions=tuple(conditions))

    @staticmethod
    def _read(given: Condition) -> dict[str, list[str]] | None:
        if given.key_name not in (*TRAIL_KEYS, SOURCE_ACCOUNT):
            return None
        by_owner: dict[str, list[str]] = {}
        for value in given.values:
            parts = value.split(":", _ARN_PARTS - 1) if given.key_name in TRAIL_KEYS else [value] * _ARN_PARTS
            owner = parts[4] if len(parts) == _ARN_PARTS and arns.ACCOUNT_ID.fullmatch(parts[4]) else ANY
            by_owner.setdefault(owner, []).append(value)
        return by_owner


def patterns(caller: Principal, allow: Statement) -> Iterator[str]:
    """Return patterns of trail ARNs, the narrow ones first: those that conditions name, and all trails of the caller.

    A request is from one trail, so the access can be certain for the trails of one of the patterns.
    """
    everything = trail_pattern(caller)
    owner = caller.name if caller.kind == TRAILS and arns.ACCOUNT_ID.fullmatch(caller.name) else ""
    named = dict.fromkeys(
        value for condition in allow.conditions if condition.key_name in TRAIL_KEYS for value in condition.values
    )
    for value in named:
        parts = value.split(":", _ARN_PARTS - 1)
        if len(parts) == _ARN_PARTS and (not owner or may_touch(parts[4], owner)):
            narrow = ":".join([*parts[:4], owner or parts[4], parts[5]])
            if may_touch(narrow, everything):
                yield narrow
    yield everything


def _limit(condition: Condition) -> set[str] | None:
    """The owners of trails that a condition admits; None if it does not limit them."""
    operator = condition.parsed_operator
    if operator is None or not operator.requires_value or operator.name not in _LIMITING:
        return None
    exact = operator.name in _EXACT
    values = [value for value in condition.values if not (exact and is_pattern(value))]
    if condition.key_name not in (*TRAIL_KEYS, SOURCE_ACCOUNT, SOURCE_ORG, SOURCE_ORG_PATHS):
        return None
    named = {_owner(condition.key_name, value) for value in values}
    return {owner if _is_owner(owner) else ANY for owner in named if owner}


def _owner(key: str, value: str) -> str:
    """The owner of trails in the value of a condition key; empty if the value is about no trail."""
    if key in TRAIL_KEYS:
        return _owner_of_trail(value)
    return value.split("/")[0] if key == SOURCE_ORG_PATHS else value


def _owner_of_trail(value: str) -> str:
    """The account in the ARN of a trail, or in a pattern; empty if the value is the ARN of something else."""
    parts = value.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return ANY if is_pattern(value) else ""
    return parts[4] if may_touch(value, trail_pattern(Principal(kind=TRAILS, name=ANY))) else ""


def _is_owner(name: str) -> bool:
    return bool(arns.ACCOUNT_ID.fullmatch(name) or _ORGANIZATION_ID.fullmatch(name))


def _owners_of_folders(resources: Sequence[str], delivered: Sequence[str]) -> Iterator[str]:
    for resource in resources:
        if any(may_touch(resource, target) for target in delivered):
            match = _FOLDER.search(resource)
            yield match.group(1) if match else ANY


def _common(names: set[str], limit: set[str]) -> set[str]:
    """The owners that both sets admit. An account may be in any organization, and then only the account is named."""
    both = names & limit
    for some, others in ((names, limit), (limit, names)):
        accounts = {name for name in some if arns.ACCOUNT_ID.fullmatch(name)}
        if ANY in others:
            both |= some
        if any(_ORGANIZATION_ID.fullmatch(name) for name in others):
            both |= accounts
    return both - {ANY} if ANY in both and not (ANY in names and ANY in limit) else both
