# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Regions that an account has without opting in, in the product and in the sandbox."""

from __future__ import annotations

from ansible_collections.central_logging.aws.plugins.module_utils._aws.default_regions import DEFAULT_REGIONS

from cloudtrail_sandbox import regions as sandbox_regions


def test_the_default_regions_are_those_that_need_no_opt_in() -> None:
    """The sandbox has its own list, from EC2's DescribeRegions."""
    opt_in = set(sandbox_regions.OPT_IN_REGIONS)
    commercial = {region for region in DEFAULT_REGIONS if not region.startswith(("cn-", "us-gov-"))}
    assert not DEFAULT_REGIONS & opt_in and len(commercial) == 17
    assert commercial == set(sandbox_regions.REGIONS) - opt_in
