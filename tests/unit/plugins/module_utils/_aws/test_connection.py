# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection that the options of a module or plugin describe."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws.connection import Connection
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.support import ARCHIVE, PRODUCTION, REGION, SECRET, STAGING

ROLE = f"arn:aws:iam::{PRODUCTION}:role/CentralLogging"
URL = "http://127.0.0.1:1"
KEYS = {"aws_access_key_id": "AKIAX", "aws_secret_access_key": SECRET}


def connection(region: str | None = REGION, **options: Any) -> Connection:
    return Connection.from_options(options, region, URL, {**KEYS, "verify": False, "aws_config": object()})


def test_from_options() -> None:
    made = connection(
        assume_role_arn=ROLE, external_id="id", account_id=PRODUCTION, aws_config={"connect_timeout": 3}, name="trail"
    )
    assert made == Connection(
        region=REGION,
        client={"endpoint_url": URL, "verify": False},
        credentials=KEYS,
        config={"connect_timeout": 3},
        role_arn=ROLE,
        external_id="id",
        account=PRODUCTION,
    )


@pytest.mark.parametrize("options", [{}, dict.fromkeys(("assume_role_arn", "external_id", "account_id", "aws_config"))])
def test_options_that_are_not_set(options: dict[str, Any]) -> None:
    made = connection(**options)
    assert (made.role_arn, made.external_id, made.account, made.config) == ("", "", "", {})


@pytest.mark.parametrize(
    ("options", "region", "sentence"),
    [
        ({}, "", "region is required"),
        ({}, None, "region is required"),
        ({}, "Frankfurt", "region: 'Frankfurt' is not a valid Region. Use a code such as eu-west-1"),
        ({"account_id": "12345"}, REGION, "account_id: '12345'"),
        ({"assume_role_arn": "CentralLogging"}, REGION, "assume_role_arn: 'CentralLogging'"),
        ({"assume_role_arn": ROLE, "account_id": STAGING}, REGION, f"role of account {PRODUCTION}, not.*{STAGING}"),
        ({"assume_role_arn": ROLE}, "cn-north-1", "is in partition aws, but region cn-north-1 is not"),
    ],
)
def test_options_that_do_not_match(options: dict[str, Any], region: str | None, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        connection(region, **options)


def test_another_role() -> None:
    first = connection(assume_role_arn=ROLE, external_id="id", account_id=PRODUCTION)
    other = first.assuming(f"arn:aws:iam::{ARCHIVE}:role/Reader", "")
    assert (other.role_arn, other.external_id, other.account) == (f"arn:aws:iam::{ARCHIVE}:role/Reader", "", "")
    assert (other.credentials, other.client, other.region) == (first.credentials, first.client, first.region)


def test_the_representation_has_no_secret() -> None:
    shown = repr(connection(assume_role_arn=ROLE, external_id="id-of-the-trust"))
    assert SECRET not in shown
    assert "id-of-the-trust" not in shown
