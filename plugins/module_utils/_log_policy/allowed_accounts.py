# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which accounts a policy admits, in which layout it says so, and how much room is left. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Shared by the bucket policy and the key policy, so that both admit accounts by the same rules. The conditions on
C(aws:SourceArn), C(aws:SourceAccount) and C(aws:SourceOrgID) close the confused deputy:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .._aws import arn as _arn
from .._core.errors import Refused
from .._policy import equivalence
from .._policy.document import Document, StatementValue

EXACT, ACCOUNTS, COMPACT, ORGANIZATION = "exact", "accounts", "compact", "organization"
LAYOUTS = (EXACT, ACCOUNTS, COMPACT, ORGANIZATION)

UNVERIFIED = {
    (
        "bucket",
        COMPACT,
    ): "CloudTrail's documentation names aws:SourceAccount but gives no example with it for a bucket policy",
    (
        "key",
        COMPACT,
    ): "CloudTrail's documentation supports aws:SourceAccount in a key policy but recommends aws:SourceArn",
    ("key", ORGANIZATION): "aws:SourceOrgID is documented for the bucket policy only",
}

_TRAIL_ARN = re.compile(r"arn:[a-z-]+:cloudtrail:([a-z0-9-]+|\*):([0-9]{12}|\*):trail/(.+)")
_FOLDER = re.compile(r"arn:[a-z-]+:s3:::[^/]+/(?:(.+)/)?AWSLogs/(?:(?:[0-9]{12}|o-[a-z0-9]+)/)?\*")
_FOLDER_ACCOUNT = re.compile(r"AWSLogs/([0-9]{12})/")


@dataclass(frozen=True, order=True)
class Trail:
    """A trail that may write; Region and name are empty where they are not known."""

    account: str
    region: str = ""
    name: str = ""

    @property
    def known(self) -> bool:
        return bool(self.region and self.name)


@dataclass(frozen=True)
class Admitted:
    """Everybody who has access: trails of single accounts, and all accounts of an organization."""

    trails: frozenset[Trail] = frozenset()
    organization: str = ""

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(sorted({trail.account for trail in self.trails}))

    def with_(self, trails: Iterable[Trail], organization: str = "") -> Admitted:
        """Nobody loses access; of each account the entries that say most about its trail are kept."""
        everything = {*self.trails, *trails}
        known = {trail.account for trail in everything if trail.known}
        named = known | {trail.account for trail in everything if trail.name}
        kept = {
            trail
            for trail in everything
            if trail.known or (trail.account not in known and (trail.name or trail.account not in named))
        }
        return Admitted(frozenset(kept), organization or self.organization)

    def without(self, accounts: Iterable[str]) -> Admitted:
        gone = set(accounts)
        return replace(self, trails=frozenset(trail for trail in self.trails if trail.account not in gone))

    def __bool__(self) -> bool:
        return bool(self.trails or self.organization)


# what is reckoned with where no trail is known yet
_TYPICAL = Trail("000000000000", "us-east-1", "sectrailprod")


def recover(statements: Iterable[StatementValue]) -> Admitted:
    """Who is admitted by statements that we wrote, in any layout."""
    admitted = Admitted()
    for statement in statements:
        admitted = admitted.with_(_trails_in(statement), _organization_in(statement))
    return admitted


def prefixes(statements: Iterable[StatementValue]) -> tuple[str, ...]:
    """The key prefixes under which the statements let trails write."""
    found = {
        match.group(1) or ""
        for statement in statements
        for resource in equivalence.strings(statement.get("Resource", []))
        if (match := _FOLDER.fullmatch(resource))
    }
    return tuple(sorted(found))


def layout_of(statements: Iterable[StatementValue]) -> str:
    """The layout in which our statements admit."""
    found = list(statements)
    if any(equivalence.condition_values(statement, "aws:SourceOrgID") for statement in found):
        return ORGANIZATION
    if any(equivalence.condition_values(statement, "aws:SourceAccount") for statement in found):
        return COMPACT
    arns = [arn for statement in found for arn in equivalence.condition_values(statement, "aws:SourceArn")]
    return EXACT if any((match := _TRAIL_ARN.fullmatch(arn)) and match.group(2) != "*" for arn in arns) else ACCOUNTS


def source(layout: str, admitted: Admitted, partition: str) -> dict[str, dict[str, object]]:
    """The condition on the source of CloudTrail's request, in the given layout.

    C(*) is literal under StringEquals, so that patterns stand under ArnLike.
    """
    if layout == EXACT:
        arns = [_arn.trail(partition, trail.region, trail.account, trail.name) for trail in sorted(admitted.trails)]
        return {"StringEquals": {"aws:SourceArn": arns}}
    pattern: dict[str, dict[str, object]] = {
        "ArnLike": {"aws:SourceArn": _arn.trail(partition, "", "", _common_name(admitted))}
    }
    if layout == COMPACT:
        return {"StringEquals": {"aws:SourceAccount": list(admitted.accounts)}, **pattern}
    if layout == ORGANIZATION:
        any_trail: dict[str, dict[str, object]] = {"ArnLike": {"aws:SourceArn": _arn.trail(partition, "", "", "")}}
        return {"StringEquals": {"aws:SourceOrgID": admitted.organization}, **any_trail}
    return pattern


@dataclass(frozen=True)
class Fitted:
    """A document that fits, the layout it is in, and how many accounts like these could still be added (None: any)."""

    document: Document
    layout: str
    room: int | None


def fit(
    render: Callable[[str, Admitted], Document],
    admitted: Admitted,
    organization: str,
    wanted: str,
    limit: int,
    what: str,
) -> Fitted:
    """The document in the wanted layout; for C(auto) in the strictest layout that fits.

    C(organization) is the id that may be used; C(admitted.organization) the one that has access already, which no
    narrower layout may take away. Raises Refused with the numbers, and the layout that would fit, where none does.
    """
    possible = _possible(admitted, organization)
    candidates = possible if wanted == "auto" else (_checked(wanted, possible, admitted),)
    in_organization = replace(admitted, organization=admitted.organization or organization)
    sizes: dict[str, int] = {}
    for layout in (*candidates, *(layout for layout in possible if layout not in candidates)):
        admits = in_organization if layout == ORGANIZATION else admitted
        document = render(layout, admits)
        sizes[layout] = document.size
        if layout in candidates and document.size <= limit:
            return Fitted(document, layout, _room(render, layout, admits, limit - document.size))
    raise Refused(_too_large(what, admitted, sizes, limit, organization, _most(render, admitted, limit)))


def _possible(admitted: Admitted, organization: str) -> tuple[str, ...]:
    """The layouts that shut nobody out, strictest first."""
    if admitted.organization or (organization and not admitted.trails):
        return (ORGANIZATION,)
    exact = (EXACT,) if all(trail.known for trail in admitted.trails) else ()
    return (*exact, ACCOUNTS, COMPACT, *((ORGANIZATION,) if organization else ()))


def _checked(layout: str, possible: tuple[str, ...], admitted: Admitted) -> str:
    if layout in possible:
        return layout
    if layout == ORGANIZATION:
        raise Refused("layout: organization needs organization_id, the organization whose accounts are admitted.")
    if admitted.organization:
        raise Refused(
            f"layout: {layout} would shut out the accounts that have access as members of organization"
            f" {admitted.organization}. If that is meant, list every account and set purge_accounts: true."
        )
    if layout != EXACT:
        raise Refused(f"layout: {layout} admits single accounts, and none is listed. Give accounts.")
    unnamed = [trail.account for trail in sorted(admitted.trails) if not trail.known]
    raise Refused(
        f"layout: exact names each trail, but trail_name or region is not known for {', '.join(unnamed)}."
        f" Give them in accounts, or use layout: accounts."
    )


def _room(render: Callable[[str, Admitted], Document], layout: str, admitted: Admitted, left: int) -> int | None:
    """How many more accounts fit, each taking as many bytes as the longest entry there is."""
    if layout == ORGANIZATION:
        return None
    longest = max(admitted.trails, key=lambda trail: len(trail.region + trail.name), default=_TYPICAL)
    taken = set(admitted.accounts)
    unused = (account for number in range(len(taken) + 2) if (account := f"{number:012d}") not in taken)
    one = admitted.with_([replace(longest, account=next(unused))])
    two = one.with_([replace(longest, account=next(unused))])
    size = render(layout, one).size
    left -= size - render(layout, admitted).size  # the first account may bring the statements themselves
    return 0 if left < 0 else 1 + left // (render(layout, two).size - size)


def _most(render: Callable[[str, Admitted], Document], admitted: Admitted, limit: int) -> int:
    """How many of the accounts fit in the layout that takes the fewest bytes for each."""
    few = replace(admitted, trails=frozenset(sorted(admitted.trails)[:1]))
    return len(few.trails) + (_room(render, COMPACT, few, limit - render(COMPACT, few).size) or 0)


def _too_large(what: str, admitted: Admitted, sizes: dict[str, int], limit: int, organization: str, most: int) -> str:
    needs = ", ".join(f"{size} in layout {layout}" for layout, size in sizes.items())
    sentence = (
        f"{what} for {len(admitted.accounts)} accounts does not fit: AWS takes {limit} bytes, it would have {needs}."
    )
    fitting = " or ".join(f"layout: {layout}" for layout, size in sizes.items() if size <= limit)
    if fitting:
        return f"{sentence} Use {fitting}, or layout: auto."
    if not organization:
        return (
            f"{sentence} If the accounts are in one organization, give organization_id: layout organization does not"
            f" grow with them. Otherwise use a second log bucket and key for part of the accounts: layout compact takes"
            f" {most} of them here."
        )
    return f"{sentence} Shorten the statements of others in this policy, or the lists of readers and principals."


def _common_name(admitted: Admitted) -> str:
    names = {trail.name for trail in admitted.trails}
    return names.pop() if len(names) == 1 else ""


def _organization_in(statement: StatementValue) -> str:
    return next(iter(equivalence.condition_values(statement, "aws:SourceOrgID")), "")


def _trails_in(statement: StatementValue) -> Iterable[Trail]:
    """The trails that one statement names, and the accounts that it lists under a common pattern of trails."""
    arns = (
        *equivalence.condition_values(statement, "aws:SourceArn"),
        *equivalence.condition_values(statement, "kms:EncryptionContext:aws:cloudtrail:arn"),
    )
    parts = [match.groups() for arn in arns if (match := _TRAIL_ARN.fullmatch(arn))]
    pattern = next((name for _region, account, name in parts if account == "*" and name != "*"), "")
    for region, account, name in parts:
        known = "*" not in region + name
        if account != "*":
            yield Trail(account, region, name) if known else Trail(account, name=pattern)
    for account in equivalence.condition_values(statement, "aws:SourceAccount"):
        yield Trail(account, name=pattern)
    for resource in equivalence.strings(statement.get("Resource", [])):
        folder = _FOLDER_ACCOUNT.search(resource)
        if folder:
            yield Trail(folder.group(1), name=pattern)
