# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Resource Names and partitions."""

from __future__ import annotations

import botocore.session
import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws import arn as _arn
from ansible_collections.central_logging.aws.plugins.module_utils._aws.arn import Arn

from tests.fakes.support import KEY_ID


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        ("arn:aws:s3:::bucket", Arn(partition="aws", service="s3", region="", account="", resource="bucket")),
        ("arn:aws:s3:::bucket/a:b", Arn(partition="aws", service="s3", region="", account="", resource="bucket/a:b")),
        (
            "arn:aws-cn:iam::111122223333:root",
            Arn(partition="aws-cn", service="iam", region="", account="111122223333", resource="root"),
        ),
        (
            "arn:aws:logs:eu-west-1:1:log-group:G:*",
            Arn(partition="aws", service="logs", region="eu-west-1", account="1", resource="log-group:G:*"),
        ),
    ],
)
def test_parse_and_back(text: str, arn: Arn) -> None:
    assert _arn.parse(text) == arn
    assert str(arn) == text


@pytest.mark.parametrize(
    "text",
    ["", "arn", "bucket", "arn:aws:s3", "arn:aws:s3:::", "urn:aws:s3:::b", "arn::s3:::b", "arn:aws::::b", KEY_ID],
)
def test_what_is_no_arn(text: str) -> None:
    assert _arn.parse(text) is None


def test_every_region_that_botocore_knows_is_in_its_partition() -> None:
    session = botocore.session.get_session()
    for partition in session.get_available_partitions():
        for region in session.get_available_regions("kms", partition) + session.get_available_regions("s3", partition):
            if "fips" not in region and region != "aws-global":
                assert _arn.partition_of(region) == partition, region


@pytest.mark.parametrize(
    ("parts", "arn"),
    [
        (("aws", "eu-west-1", "111122223333", "t"), "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"),
        (("aws-cn", "", "111122223333", ""), "arn:aws-cn:cloudtrail:*:111122223333:trail/*"),
        (("aws", "", "", "t"), "arn:aws:cloudtrail:*:*:trail/t"),
    ],
)
def test_trail(parts: tuple[str, str, str, str], arn: str) -> None:
    assert _arn.trail(*parts) == arn
