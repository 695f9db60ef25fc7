# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The organization: its units, accounts and delegated administrators."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PARTITION = "aws"
ACTIVE = "ACTIVE"
#: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
STATUSES = (ACTIVE, "SUSPENDED", "PENDING_CLOSURE")
CLOUDTRAIL = "cloudtrail.amazonaws.com"
#: "A maximum of three delegated administrators":
#: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
MOST_ADMINISTRATORS = 3
FOUNDED = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class Member:
    """An account of the organization. `parent` is the id of its unit or of the root."""

    id: str
    name: str
    parent: str
    status: str = ACTIVE
    email: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unit:
    """An organizational unit."""

    id: str
    name: str
    parent: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Organization:
    """An organization with all features. `administrators` are the delegated administrators of each service, `trusted`
    the services with trusted access, both with the time of the registration."""

    id: str
    management: str
    members: dict[str, Member] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    administrators: dict[str, dict[str, datetime]] = field(default_factory=dict)
    trusted: dict[str, datetime] = field(default_factory=lambda: {CLOUDTRAIL: FOUNDED})

    @property
    def root(self) -> str:
        return f"r-{_digits(self.id, 4)}"

    def arn(self, kind: str, *path: str) -> str:
        return f"arn:{PARTITION}:organizations::{self.management}:{kind}/{'/'.join((self.id, *path))}"

    def unit(self, path: str, tags: Mapping[str, str] | None = None) -> str:
        """The id of the unit at a path of names such as Workloads/Production, created if needed; "" is the root."""
        parent = self.root
        names = [name for name in path.split("/") if name]
        for depth, name in enumerate(names, 1):
            made = f"ou-{self.root[2:]}-{_digits(self.id + '/'.join(names[:depth]), 8)}"
            self.units.setdefault(made, Unit(made, name, parent))
            parent = made
        if tags and names:
            self.units[parent] = Unit(parent, names[-1], self.units[parent].parent, dict(tags))
        return parent

    def is_administrator(self, account: str, service: str = "") -> bool:
        """Whether the account is a delegated administrator of the service, or of any."""
        chosen = [self.administrators.get(service, {})] if service else list(self.administrators.values())
        return any(account in accounts for accounts in chosen)

    def active(self) -> list[str]:
        return sorted(member.id for member in self.members.values() if member.status == ACTIVE)

    def tags_of(self, resource: str) -> Mapping[str, str] | None:
        """The tags of an account, unit or root by its id, or None."""
        if resource == self.root:
            return {}
        tagged: Any = self.members.get(resource) or self.units.get(resource)
        return tagged.tags if tagged else None


def _digits(text: str, count: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:count]
