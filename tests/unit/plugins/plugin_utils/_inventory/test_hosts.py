# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts of the inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import from_variables

from tests.fakes import fake_inventory as fake
from tests.fakes.support import STAGING


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "trail"),
        ({"central_logging_organization_trail": "whole"}, "whole"),
        ({"central_logging_organization_trail": "whole", "group_names": ["log_archive"]}, "trail"),
    ],
)
def test_the_trail_that_is_verified(variables: dict[str, Any], name: str) -> None:
    assert fake.host("staging", STAGING, **variables).recorded_by == name


def test_the_groups_with_the_hosts_that_limit_excludes() -> None:
    names = ("security", "production", "staging", "elsewhere")
    inventory = from_variables(
        {
            "groups": {"log_archive": ["security"], "members": ["production", "staging"]},
            "hostvars": {name: {"account_id": name} for name in names},
            "ansible_play_hosts": ["production"],
        }
    )
    assert [host.name for host in inventory.archive] == ["security"]
    assert [(host.name, host.account) for host in inventory.members] == [
        ("production", "production"),
        ("staging", "staging"),
    ]
    assert inventory.organization == []


def test_a_host_in_two_groups_is_one_host() -> None:
    inventory = fake.inventory([fake.SECURITY], fake.MEMBERS, [fake.MEMBERS[0]])
    assert [host.name for host in inventory.hosts] == ["security", "production", "staging"]
