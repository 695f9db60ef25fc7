# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options that all modules have beside those of amazon.aws. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from typing import Any

from .._aws.retry import TIMEOUT

CONNECTION_SPEC: dict[str, Any] = {
    "account_id": {"type": "str"},
    "assume_role_arn": {"type": "str"},
    # AWS does not treat it as a secret, and to mask it would garble results that contain the same word:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    "external_id": {"type": "str", "no_log": False},
    "retry_timeout": {"type": "int", "default": TIMEOUT},
}
PREVIEW_SPEC: dict[str, Any] = {"allow_missing_in_check_mode": {"type": "bool", "default": False}}
