# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The principals that are expected to have access. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._aws import validators
from .effective_access import EffectiveAccess
from .phrases import is_named


@dataclass(frozen=True, kw_only=True)
class ExpectedPrincipals:
    """The ARNs of the principals that are expected to have access. None means that nothing is expected.

    C(limits) are the accounts to whose logs a decrypter is limited, by ARN.
    """

    decrypters: tuple[str, ...] | None = None
    readers: tuple[str, ...] | None = None
    break_glass: tuple[str, ...] | None = None  # patterns
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> ExpectedPrincipals:
        """Return the principals of a module's options. Raises Refused if one of them is not an ARN."""
        return cls(
            decrypters=_arns(params["decrypt_principals"], "decrypt_principals"),
            limits=_limits(params["decrypt_principals"]),
            readers=_arns(params["readers"], "readers"),
            break_glass=_arns(params["break_glass_principals"], "break_glass_principals", wildcards=True),
        )

    def exceeded(self, access: EffectiveAccess) -> tuple[str, ...]:
        """Return the accounts to which a decrypter is limited, if a statement allows it the logs of others too."""
        for arn, accounts in self.limits.items():
            trails = access.scope.trails
            is_within = trails and all(trail.split(":")[4] in accounts for trail in trails)
            if is_named(arn, access) and not is_within:
                return accounts
        return ()


def _limits(principals: Sequence[Any] | None) -> dict[str, tuple[str, ...]]:
    """The accounts whose logs an expected decrypter is limited to, by ARN, for those with a limit."""
    limited = [entry for entry in principals or () if isinstance(entry, Mapping) and entry.get("accounts")]
    return {str(entry.get("arn")): tuple(str(account) for account in entry["accounts"]) for entry in limited}


def _arns(principals: Sequence[Any] | None, option: str, *, wildcards: bool = False) -> tuple[str, ...] | None:
    """The ARNs of an option whose entries are ARNs, or mappings with C(arn)."""
    if principals is None:
        return None
    names = [entry.get("arn", "") if isinstance(entry, Mapping) else entry for entry in principals]
    return tuple(validators.principal_arn(str(name), option, wildcards=wildcards) for name in names)
