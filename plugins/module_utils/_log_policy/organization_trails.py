# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The trails of an organization that a policy admits. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Such a trail belongs to the organization's management account, also where a delegated administrator has created it, and
its ARN is the source of every request:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html (organization)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._aws import arn as _arn
from .._aws import validators
from .._core.errors import Refused
from .._policy import equivalence
from .._policy.document import StatementValue
from .allowed_accounts import Trail

ORGANIZATION_TRAILS = "organization_trails"  # the part of the policy

_FOLDER = re.compile(r"AWSLogs/(o-[a-z0-9]{10,32})/")


@dataclass(frozen=True)
class OrganizationTrails:
    """The trails, whose C(account) is the management account, and the organization, empty where it is not known."""

    trails: frozenset[Trail] = frozenset()
    organization: str = ""

    def with_(self, more: OrganizationTrails) -> OrganizationTrails:
        """Nobody loses access. Raises Refused where the two are of different organizations."""
        if self.organization and more.organization not in ("", self.organization):
            raise Refused(
                f"organization_trails: the policy admits trails of organization {self.organization}, not"
                f" {more.organization}. Use a second log bucket for another organization, or take its trails out first."
            )
        return OrganizationTrails(self.trails | more.trails, self.organization or more.organization)

    def without(self, gone: OrganizationTrails) -> OrganizationTrails:
        return replace(self, trails=self.trails - gone.trails)

    @property
    def accounts(self) -> list[str]:
        """The management accounts."""
        return sorted({trail.account for trail in self.trails})

    def arns(self, partition: str) -> list[str]:
        return [_arn.trail(partition, trail.region, trail.account, trail.name) for trail in sorted(self.trails)]

    def __bool__(self) -> bool:
        return bool(self.trails)


def from_params(
    entries: Sequence[Mapping[str, Any]] | None, organization: str, default_region: str
) -> OrganizationTrails | None:
    """What is asked for; None where it is not mentioned. Raises Refused for what AWS would refuse."""
    if entries is None:
        return None
    return OrganizationTrails(frozenset(_trail(entry, default_region) for entry in entries), organization)


def _trail(entry: Mapping[str, Any], default_region: str) -> Trail:
    where = "organization_trails"
    account = validators.account_id(str(entry["management_account_id"]), f"{where}: management_account_id")
    name = validators.trail_name(entry["trail_name"], f"{where}: trail_name of {account}")
    region = validators.region(entry.get("region") or default_region, f"{where}: region of {account}")
    validators.same_partition(region, default_region, f"{where}: region of {account}")
    return Trail(account, region, name)


def recover(statements: Iterable[StatementValue]) -> OrganizationTrails:
    """The trails that are admitted by statements that we wrote."""
    trails, organization = set(), ""
    for statement in statements:
        for text in equivalence.condition_values(statement, "aws:SourceArn"):
            arn = _arn.parse(text)
            if arn:
                trails.add(Trail(arn.account, arn.region, arn.resource.removeprefix("trail/")))
        for resource in equivalence.strings(statement.get("Resource", [])):
            folder = _FOLDER.search(resource)
            organization = folder.group(1) if folder else organization
    return OrganizationTrails(frozenset(trails), organization)
