# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The principal of a request, and whether a statement's Principal or NotPrincipal element matches it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html

Federated users and canonical user ids match no principal. "*" matches services too, which is why there are the
condition keys aws:PrincipalIsAWSService and aws:SourceArn
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Principal:
    """The principal of a request. `kind` is "service", "user", "role", "root" or "anonymous".

    `arn` is the IAM ARN of the user, of the role (arn:P:iam::ID:role/NAME) or of the root user; `session_arn` is
    arn:P:sts::ID:assumed-role/NAME/SESSION for a role session; `service` is a name like cloudtrail.amazonaws.com.
    """

    kind: str
    arn: str = ""
    session_arn: str = ""
    service: str = ""

    @property
    def account(self) -> str:
        """The 12 digits of the principal's account; "" for services and anonymous callers."""
        return _part(self.arn or self.session_arn, 4)


def applies(statement: Mapping[str, Any], principal: Principal) -> bool:
    """Whether the statement applies to the principal. Without Principal and NotPrincipal it applies to none."""
    if "Principal" in statement:
        return _named(statement["Principal"], principal)
    # With Allow, NotPrincipal is not supported, so nothing is allowed by it.
    if "NotPrincipal" in statement and statement.get("Effect") == "Deny":
        return not _exempt(statement["NotPrincipal"], principal)
    return False


def entries(element: Any, kind: str) -> list[str]:
    """The principals of one kind ("AWS", "Service", ...) in a Principal element."""
    if element == "*":
        return ["*"] if kind == "AWS" else []
    listed = element.get(kind, []) if isinstance(element, Mapping) else []
    return [listed] if isinstance(listed, str) else list(listed)


def _named(element: Any, principal: Principal) -> bool:
    """Whether a Principal element names any level of the principal (account, role, session)."""
    listed = set(entries(element, "AWS"))
    if "*" in listed:
        return True
    if principal.kind == "service":
        return principal.service in entries(element, "Service")
    return any(level & listed for level in _levels(principal))


def _exempt(element: Any, principal: Principal) -> bool:
    """Whether a NotPrincipal element lists every level of the principal, which exempts it."""
    listed = set(entries(element, "AWS"))
    if "*" in listed:
        return True
    if principal.kind == "service":
        return principal.service in entries(element, "Service")
    levels = _levels(principal)
    return bool(levels) and all(level & listed for level in levels)


def _levels(principal: Principal) -> list[set[str]]:
    """The names of the account, of the user or role, and of the session."""
    account = principal.account
    if not account:
        return []
    root = f"arn:{_part(principal.arn or principal.session_arn, 1)}:iam::{account}:root"
    names = [{arn} for arn in (principal.arn, principal.session_arn) if arn and arn != root]
    return [{account, root}, *names]


def _part(arn: str, index: int) -> str:
    parts = arn.split(":", 5)
    return parts[index] if len(parts) == 6 else ""
