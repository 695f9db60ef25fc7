# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Identifiers of KMS keys."""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws import kms
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.support import KEY, KEY_ID

ALIAS_ARN = KEY.replace(f"key/{KEY_ID}", "alias/central-logging")


@pytest.mark.parametrize(
    ("text", "is_key"),
    [
        (KEY, True),
        ("arn:aws:kms:us-east-1:111122223333:key/mrk-" + "a" * 32, True),
        ("arn:aws:kms:us-east-1:111122223333:alias/central", False),
        ("alias/central", False),
        (KEY_ID, False),
        ("", False),
    ],
)
def test_is_key_arn(text: str, is_key: bool) -> None:
    assert kms.is_key_arn(text) is is_key


@pytest.mark.parametrize("text", [KEY_ID, "mrk-" + "0a" * 16])
def test_key_id(text: str) -> None:
    assert kms.is_key_id(text)
    assert not kms.is_key_id(text + "0")
    assert not kms.is_key_id(text.upper() + "x")


@pytest.mark.parametrize("value", [KEY_ID, KEY, "alias/central-logging", ALIAS_ARN])
def test_every_form_of_key_id_is_an_identifier(value: str) -> None:
    assert kms.is_key_identifier(value)


@pytest.mark.parametrize(
    "value", ["", "central-logging", "arn:aws:kms:us-east-1:111122223333:key", "arn:aws:s3:::key/x"]
)
def test_other_text_is_not_an_identifier(value: str) -> None:
    assert not kms.is_key_identifier(value)


def test_the_same_key() -> None:
    assert kms.is_same_key(KEY, KEY)
    assert kms.is_same_key(KEY, KEY_ID)
    assert not kms.is_same_key(KEY, "alias/central-logging")
    assert not kms.is_same_key(KEY, KEY_ID[1:])


def test_an_option_takes_the_arn_of_a_key_or_nothing() -> None:
    assert (kms.key_arn(KEY, "kms_key"), kms.key_arn("", "kms_key")) == (KEY, "")
    with pytest.raises(Refused, match=r"kms_key: 'alias/central-logging' is not a valid key ARN"):
        kms.key_arn("alias/central-logging", "kms_key")
