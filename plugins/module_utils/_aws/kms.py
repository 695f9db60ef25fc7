# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Identifiers of KMS keys, and whether CloudTrail can encrypt with a key. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._core.errors import Refused
from .arn import parse

# A multi-Region key has an id of its own form: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
_KEY_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_key_id(value: str) -> bool:
    """True for a key id, as 0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e."""
    return _KEY_ID.fullmatch(value) is not None


def is_key_arn(value: str) -> bool:
    """True for the ARN of a key. The ARN of an alias is another thing."""
    arn = parse(value)
    return arn is not None and arn.service == "kms" and arn.resource.startswith("key/")


def is_key_identifier(value: str) -> bool:
    """True for each form that AWS accepts as KeyId: key id, key ARN, alias name, alias ARN.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
    """
    arn = parse(value)
    if arn is not None:
        return arn.service == "kms" and arn.resource.startswith(("key/", "alias/"))
    return value.startswith("alias/") or is_key_id(value)


def is_same_key(arn: str, expected: str) -> bool:
    """True if the key with that ARN is the expected one, which may be a key ARN or a key id."""
    return arn == expected or arn.endswith(f":key/{expected}")


def key_arn(value: str, option: str) -> str:
    """The value of an option that takes a key ARN; empty stays empty. Raises Refused."""
    if value and not is_key_arn(value):
        raise Refused(
            f"{option}: {value!r} is not a valid key ARN. Use the ARN of the key itself, for example"
            f" arn:aws:kms:us-east-1:111122223333:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e."
        )
    return value


def refuse_unusable(metadata: Mapping[str, Any]) -> None:
    """Raises Refused for a key with which CloudTrail cannot encrypt.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    arn, state = metadata["Arn"], metadata["KeyState"]
    if metadata.get("KeyManager") == "AWS":
        raise Refused(f"Key {arn} is managed by AWS, and its policy cannot be changed. Use a customer managed key.")
    if state == "PendingDeletion":
        raise Refused(f"Key {arn} is pending deletion. Cancel the deletion and enable the key, or use another key.")
    if state != "Enabled":
        raise Refused(
            f"Key {arn} is {state}, and CloudTrail cannot encrypt with it. Enable the key, or use another key."
        )
    spec = metadata.get("KeySpec", "SYMMETRIC_DEFAULT")
    if metadata.get("KeyUsage", "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT" or spec != "SYMMETRIC_DEFAULT":
        raise Refused(
            f"Key {arn} is a {spec} key for {metadata.get('KeyUsage')}. CloudTrail needs a symmetric encryption key."
        )
