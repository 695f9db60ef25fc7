# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether CloudTrail can encrypt with a key, from what DescribeKey tells. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.errors import Refused


def refuse_unusable(metadata: Mapping[str, Any]) -> None:
    """Raises Refused for a key with which CloudTrail cannot encrypt.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    arn, state = metadata["Arn"], metadata["KeyState"]
    if metadata.get("KeyManager") == "AWS":
        raise Refused(f"Key {arn} is managed by AWS, and its policy cannot be changed. Use a key of your own.")
    if state == "PendingDeletion":
        raise Refused(f"Key {arn} is pending deletion. Cancel the deletion and enable the key, or use another one.")
    if state != "Enabled":
        raise Refused(
            f"Key {arn} is {state}, and nothing can be encrypted with it. Enable the key, or use another one."
        )
    spec = metadata.get("KeySpec", "SYMMETRIC_DEFAULT")
    if metadata.get("KeyUsage", "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT" or spec != "SYMMETRIC_DEFAULT":
        raise Refused(
            f"Key {arn} is a {spec} key for {metadata.get('KeyUsage')}. CloudTrail needs a symmetric encryption key."
        )
