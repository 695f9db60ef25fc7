# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS's documents leave open, and the ways to read it.

The sandbox decides by DOCUMENTED, the reading that is nearest to the text. A test that must hold whichever way AWS
reads a policy evaluates it by every reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any


@dataclass(frozen=True)
class Reading:
    """One way to read what AWS's documents leave open.

    - `allow_not_principal`: NotPrincipal with Allow allows everybody else. The present page says "not supported", its
      edition of 2023 says "allows all principals except the one named"
      (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
    - `every_level`: NotPrincipal exempts a principal only if its account and its role are listed too, and an account
      only its root user. The same page says that AWS "might" check every level.
    - `account_denies`: a Deny statement about an account is about all its principals, not only about its root user.
      AWS documents that the account's ARN "does not limit permissions to only the root user", for Allow
      (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
    - `unresolved_is_invalid`: a variable without a value makes the statement apply to nothing. AWS "might cause the
      entire statement to be invalid" (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
    - `any_value_if_exists`: ForAnyValue:…IfExists holds for an absent key. ForAnyValue alone does not, IfExists alone
      does (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
    - `short_arns`: an ARN operator reads a pattern of fewer than six parts, such as "*", as StringLike does. The same
      page says that each of the six parts is checked separately.
    """

    allow_not_principal: bool = False
    every_level: bool = True
    account_denies: bool = True
    unresolved_is_invalid: bool = False
    any_value_if_exists: bool = True
    short_arns: bool = False


DOCUMENTED = Reading()


def readings(statement: Mapping[str, Any]) -> tuple[Reading, ...]:
    """Every reading of a statement; one if AWS's documents leave nothing open."""
    denies = statement.get("Effect") == "Deny"
    negated = "NotPrincipal" in statement
    condition = str(statement.get("Condition", ""))
    resource = str(statement.get("Resource", statement.get("NotResource", "")))
    return _combined(
        allow_not_principal=negated and not denies,
        every_level=negated,
        account_denies=denies and isinstance(statement.get("Principal"), Mapping),
        unresolved_is_invalid="${" in condition or "${" in resource,
        any_value_if_exists="ForAnyValue:" in condition,
        short_arns="Arn" in condition,
    )


@lru_cache(maxsize=64)
def _combined(**is_open: bool) -> tuple[Reading, ...]:
    choices = [(False, True) if is_open[name] else (getattr(DOCUMENTED, name),) for name in is_open]
    return tuple(Reading(**dict(zip(is_open, choice, strict=True))) for choice in product(*choices))
