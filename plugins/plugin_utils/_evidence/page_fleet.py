# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts on the page: counts for each check, a row for each account that does not pass, and its Regions. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import PASSED

from . import ages
from .ages import Ages
from .inputs import ACCOUNT_CHECKS, InventoryAccount
from .model import AccountStatus, Evidence
from .statuses import BY_SEVERITY, PASSED_IN_PART, severity
from .titles import check_title

ALL_ROWS = 40  # up to so many accounts, each has a row of its own; in a larger fleet only those that do not pass
ROW_LIMIT = 300  # rows of a larger fleet; the others are listed by name
REGIONS_LIMIT = 60  # accounts whose Regions the page lists
OPEN_LIMIT = 20  # accounts whose Regions are unfolded
_GOOD = (PASSED, PASSED_IN_PART)
Links = Mapping[tuple[str, str], int]  # (account, check): number of the most urgent problem; "" is the archive


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The status of one check. C(link) is the number of the most urgent problem, if there is one."""

    check: str
    title: str
    status: str  # empty if the check does not apply
    link: int | None


@dataclass(frozen=True, kw_only=True)
class RegionRow:
    """One Region of an account."""

    region: str
    cells: Sequence[Cell]
    ages: Ages


@dataclass(frozen=True, kw_only=True)
class Row:
    """One account in the table."""

    account: InventoryAccount
    status: str
    before: str  # its status in the earlier evidence; empty if it is the same or not known
    archive: str  # the status of the log archive in this account, if that has not passed; else empty
    cells: Sequence[Cell]
    ages: Ages
    regions: Sequence[RegionRow]
    is_open: bool  # whether the Regions are unfolded


@dataclass(frozen=True, kw_only=True)
class Count:
    """One check with the number of accounts of each status."""

    title: str
    counts: Mapping[str, int]  # status: accounts


@dataclass(frozen=True, kw_only=True)
class Names:
    """Accounts of one status that have no row."""

    status: str
    accounts: Sequence[InventoryAccount]


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The accounts on the page, worst first."""

    columns: Sequence[str]  # titles of the checks
    counts: Sequence[Count]
    rows: Sequence[Row]
    statuses: Sequence[str]  # of the rows, the most severe first
    names: Sequence[Names]
    archive: Sequence[Cell]


def fleet(evidence: Evidence, links: Links) -> Fleet:
    """The accounts. C(links) leads from a status to its problem."""
    accounts = sorted(evidence.accounts, key=lambda account: severity(account.status))
    checks = _checks(accounts)
    small = len(accounts) <= ALL_ROWS
    shown = accounts if small else [account for account in accounts if account.status not in _GOOD][:ROW_LIMIT]
    changes = evidence.comparison.accounts if evidence.comparison else ()
    before = {change.account: change.before for change in changes}
    rows = [_row(account, checks, links, evidence, before, position) for position, account in enumerate(shown)]
    return Fleet(
        columns=[check_title(check) for check in checks],
        counts=[
            Count(title=check_title(check), counts=Counter(account.checks.get(check, "") for account in accounts))
            for check in checks
        ],
        rows=rows,
        statuses=[status for status in BY_SEVERITY if any(row.status == status for row in rows)],
        names=_names(accounts[len(shown) :] if not small else ()),
        archive=[cell("", check, evidence.archive.checks, links) for check in evidence.archive.checks],
    )


def cell(account: str, check: str, checks: Mapping[str, str], links: Links) -> Cell:
    """The status of a check; its status is empty if C(checks) does not have it."""
    return Cell(check=check, title=check_title(check), status=checks.get(check, ""), link=links.get((account, check)))


def _checks(accounts: Iterable[AccountStatus]) -> list[str]:
    """The checks that at least one account has: first the usual ones in their order, then others."""
    checks = {check for account in accounts for check in account.checks}
    return [check for check in ACCOUNT_CHECKS if check in checks] + sorted(checks - set(ACCOUNT_CHECKS))


def _names(accounts: Iterable[AccountStatus]) -> list[Names]:
    by_status: dict[str, list[InventoryAccount]] = {}
    for account in accounts:
        by_status.setdefault(account.status, []).append(account.account)
    return [Names(status=status, accounts=members) for status, members in by_status.items()]


def _row(
    account: AccountStatus,
    checks: Sequence[str],
    links: Links,
    evidence: Evidence,
    before: Mapping[str, str],
    position: int,
) -> Row:
    identity, archive, made = account.account.id, evidence.archive, evidence.made
    regions = sorted({*account.regions, *account.ages}) if position < REGIONS_LIMIT else []
    return Row(
        account=account.account,
        status=account.status,
        before=before.get(identity, ""),
        archive=archive.status if archive.account.id == identity and archive.status != PASSED else "",
        cells=[cell(identity, check, account.checks, links) for check in checks],
        ages=ages.texts(list(account.ages.values()), account.checks, made),
        regions=[
            RegionRow(
                region=region,
                cells=[cell(identity, check, account.regions.get(region, {}), links) for check in checks],
                ages=ages.texts(
                    [account.ages[region]] if region in account.ages else [], account.regions.get(region, {}), made
                ),
            )
            for region in regions
        ],
        is_open=account.status not in _GOOD and position < OPEN_LIMIT,
    )
