# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts whose trails a policy allows to write. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

No state is kept outside the policy. The accounts that already have access are read from the statements, in whichever
layout the statements are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .._policy import equivalence
from .._policy.document import StatementValue
from . import folders

ALLOWED_ACCOUNTS = "allowed_accounts"  # the part of both policies that allows the trails of accounts

# region, account id and name in a trail's ARN or in a pattern of ARNs
TRAIL_ARN = re.compile(r"arn:[a-z-]+:cloudtrail:([a-z0-9-]+|\*):([0-9]{12}|\*):trail/(.+)")


@dataclass(frozen=True, kw_only=True, order=True)
class AllowedTrail:
    """A trail that may write. C(region) and C(name) are empty if they are unknown."""

    account: str
    region: str = ""
    name: str = ""

    @property
    def has_arn(self) -> bool:
        """True if all parts of the trail's ARN are known."""
        return bool(self.region and self.name)

    @property
    def detail(self) -> int:
        """How much is known about the trail: 2 if its ARN is known, 1 if only its name is known, else 0."""
        return bool(self.name) + self.has_arn

    def includes(self, other: AllowedTrail) -> bool:
        """True if every trail that the other entry allows is allowed by this one too."""
        same = self.account == other.account
        return same and self.name in ("", other.name) and self.region in ("", other.region)


@dataclass(frozen=True, kw_only=True)
class AllowedAccounts:
    """The accounts that may write: those of single trails, and all accounts of an organization if its id is set."""

    trails: frozenset[AllowedTrail] = frozenset()
    organization: str = ""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of the accounts that are listed one by one, sorted."""
        return tuple(sorted({trail.account for trail in self.trails}))

    def adding(self, trails: Iterable[AllowedTrail], *, narrow: bool = False) -> AllowedAccounts:
        """The accounts with further trails. All trails that were allowed stay allowed, unless C(narrow) is set.

        With C(narrow), a named trail of an account replaces the permission for trails of any name or any Region. An
        entry without a name is added only if the account has no trail yet, because the name is then unchanged.
        """
        known = set(self.accounts)
        added = (trail for trail in trails if trail.name or trail.account not in known)
        every = [*self.trails, *added]
        return replace(self, trails=_widest(_most_detailed(every) if narrow else every))

    def without(self, accounts: Iterable[str]) -> AllowedAccounts:
        """The accounts except those with the given ids."""
        removed = set(accounts)
        return replace(self, trails=frozenset(trail for trail in self.trails if trail.account not in removed))

    def __bool__(self) -> bool:
        return bool(self.trails or self.organization)


def recover(statements: Iterable[StatementValue]) -> AllowedAccounts:
    """The accounts that statements of this collection allow to write, in any layout."""
    trails: list[AllowedTrail] = []
    organization = ""
    for statement in statements:
        trails += _most_detailed(_trails(statement))
        organization = organization or next(iter(equivalence.condition_values(statement, "aws:SourceOrgID")), "")
    return AllowedAccounts(trails=_widest(trails), organization=organization)


def _widest(trails: Iterable[AllowedTrail]) -> frozenset[AllowedTrail]:
    """The entries without those that another one includes."""
    every = frozenset(trails)
    return frozenset(trail for trail in every if not any(other.includes(trail) for other in every - {trail}))


def _most_detailed(trails: Iterable[AllowedTrail]) -> list[AllowedTrail]:
    """For each account, the entries with the most detail. All conditions of one statement apply together."""
    every = list(trails)
    most: dict[str, int] = {}
    for trail in every:
        most[trail.account] = max(trail.detail, most.get(trail.account, 0))
    return [trail for trail in every if trail.detail == most[trail.account]]


def common_name_of(statement: StatementValue) -> str:
    """The name in the statement's common pattern of trail ARNs; empty if the pattern is for trails of any name."""
    return next((name for _region, account, name in _arn_parts(statement) if account == "*" and name != "*"), "")


def _arn_parts(statement: StatementValue) -> list[tuple[str, ...]]:
    """Region, account and name of each trail ARN or pattern in the statement's conditions."""
    arns = (
        *equivalence.condition_values(statement, "aws:SourceArn"),
        *equivalence.condition_values(statement, "kms:EncryptionContext:aws:cloudtrail:arn"),
    )
    return [match.groups() for arn in arns if (match := TRAIL_ARN.fullmatch(arn))]


def _trails(statement: StatementValue) -> Iterator[AllowedTrail]:
    """The trails that a statement names, and the accounts that it lists beside a common pattern of trail ARNs."""
    parts = _arn_parts(statement)
    common_name = common_name_of(statement)
    for region, account, name in parts:
        if account != "*" and "*" not in region + name:
            yield AllowedTrail(account=account, region=region, name=name)
        elif account != "*":
            yield AllowedTrail(account=account, name=common_name)
    for account in (*equivalence.condition_values(statement, "aws:SourceAccount"), *folders.accounts_of(statement)):
        yield AllowedTrail(account=account, name=common_name)
