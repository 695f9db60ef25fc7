# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The organization trails that a policy allows to write. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

An organization trail belongs to the management account, even if a delegated administrator created it. Its ARN is the
source of every request:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html (organization)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .._aws import arn
from .._core.errors import Refused
from .._policy import equivalence
from .._policy.document import StatementValue
from . import folders
from .allowed_accounts import AllowedTrail
from .layouts import ConditionValue

ORGANIZATION_TRAILS = "organization_trails"  # the part of both policies that allows organization trails


@dataclass(frozen=True, kw_only=True)
class OrganizationTrails:
    """The allowed trails of one organization, each with its management account as C(account).

    C(organization) is empty if the id of the organization is unknown, as in a key policy.
    """

    trails: frozenset[AllowedTrail] = frozenset()
    organization: str = ""

    def adding(self, more: OrganizationTrails) -> OrganizationTrails:
        """The trails of both. Raises Refused if they belong to different organizations."""
        if self.organization and more.organization not in ("", self.organization):
            raise Refused(
                f"organization_trails: the policy allows trails of organization {self.organization}, not of"
                f" {more.organization}. Use a second log bucket for another organization, or remove the allowed trails"
                f" first."
            )
        return OrganizationTrails(trails=self.trails | more.trails, organization=self.organization or more.organization)

    def without(self, removed: OrganizationTrails) -> OrganizationTrails:
        """The trails except the removed ones."""
        return replace(self, trails=self.trails - removed.trails)

    @property
    def accounts(self) -> list[str]:
        """The ids of the management accounts, sorted."""
        return sorted({trail.account for trail in self.trails})

    def arns(self, partition: str) -> list[str]:
        """The ARNs of the trails, sorted by account, Region and name."""
        return [arn.trail(partition, trail.region, trail.account, trail.name) for trail in sorted(self.trails)]

    def source_condition(self, partition: str) -> ConditionValue:
        """The condition that CloudTrail's request comes from one of the trails."""
        return {"StringEquals": {"aws:SourceArn": self.arns(partition)}}

    def __bool__(self) -> bool:
        return bool(self.trails)


def recover(statements: Iterable[StatementValue]) -> OrganizationTrails:
    """The organization trails that statements of this collection allow to write."""
    trails, organization = set(), ""
    for statement in statements:
        for text in equivalence.condition_values(statement, "aws:SourceArn"):
            source = arn.parse(text)
            if source:
                name = source.resource.removeprefix("trail/")
                trails.add(AllowedTrail(account=source.account, region=source.region, name=name))
        organization = next(reversed(folders.organizations_of(statement)), organization)
    return OrganizationTrails(trails=frozenset(trails), organization=organization)
