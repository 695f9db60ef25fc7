# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account that encrypts and whose principal decrypts."""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws.separation import overlapping_account

from tests.fakes.support import ARCHIVE, PRODUCTION, STAGING, STRANGER


@pytest.mark.parametrize(
    ("decrypter", "account"),
    [
        (f"arn:aws:iam::{PRODUCTION}:role/Reader", PRODUCTION),
        (f"arn:aws-cn:iam::{PRODUCTION}:user/Reader", PRODUCTION),
        (f"arn:aws:iam::{PRODUCTION}:root", PRODUCTION),
        (PRODUCTION, PRODUCTION),
        (f"arn:aws:iam::{STRANGER}:role/Reader", ""),
        (f"arn:aws:iam::{ARCHIVE}:role/Reader", ""),
        (ARCHIVE, ""),
        ("", ""),
        ("LogReader", ""),
    ],
)
def test_overlapping_account(decrypter: str, account: str) -> None:
    assert overlapping_account(decrypter, [PRODUCTION, STAGING, ARCHIVE], ARCHIVE) == account
