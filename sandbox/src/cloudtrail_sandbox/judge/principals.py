# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The principal of a request, and whether a statement's Principal or NotPrincipal element matches it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html

An identity provider under Federated matches no principal: S3 and KMS see a session of the role. "*" matches services
too, which is why there are the condition keys aws:PrincipalIsAWSService and aws:SourceArn
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudtrail_sandbox.judge.readings import DOCUMENTED, Reading


@dataclass(frozen=True)
class Principal:
    """The principal of a request. `kind` is "service", "user", "role", "root", "federated" or "anonymous".

    `arn` is the IAM ARN of the user, of the role (arn:P:iam::ID:role/NAME) or of the root user; `session_arn` is
    arn:P:sts::ID:assumed-role/NAME/SESSION for a role session and arn:P:sts::ID:federated-user/NAME for a federated
    user; `service` is a name like cloudtrail.amazonaws.com; `canonical_user` is S3's other name of the account.
    """

    kind: str
    arn: str = ""
    session_arn: str = ""
    service: str = ""
    canonical_user: str = ""

    @property
    def account(self) -> str:
        """The 12 digits of the principal's account; "" for services and anonymous callers."""
        return _part(self.arn or self.session_arn, 4)


def applies(statement: Mapping[str, Any], principal: Principal, reading: Reading = DOCUMENTED) -> bool:
    """Whether the statement applies to the principal. Without Principal and NotPrincipal it applies to none."""
    denies = statement.get("Effect") == "Deny"
    if "Principal" in statement:
        by_account = not denies or reading.account_denies
        return _named(statement["Principal"], principal, by_account)
    if "NotPrincipal" in statement and (denies or reading.allow_not_principal):
        return not _exempt(statement["NotPrincipal"], principal, reading.every_level)
    return False


def entries(element: Any, kind: str) -> list[str]:
    """The principals of one kind ("AWS", "Service", ...) in a Principal element."""
    if element == "*":
        return ["*"] if kind == "AWS" else []
    listed = element.get(kind, []) if isinstance(element, Mapping) else []
    return [listed] if isinstance(listed, str) else list(listed)


def _named(element: Any, principal: Principal, by_account: bool) -> bool:
    """Whether a Principal element names any level of the principal (account, role, session).

    Unless `by_account` is set, the account is a name of its root user only.
    """
    listed = _listed(element)
    if "*" in listed:
        return True
    if principal.kind == "service":
        return principal.service in entries(element, "Service")
    levels = _levels(principal)
    return any(level & listed for level in (levels if by_account or principal.kind == "root" else levels[1:]))


def _exempt(element: Any, principal: Principal, every_level: bool) -> bool:
    """Whether a NotPrincipal element exempts the principal.

    It lists every level of the principal, or, unless `every_level` is set, its name; the account is the name of all its
    principals only if it is listed without one of them.
    """
    listed = _listed(element)
    if "*" in listed:
        return True
    if principal.kind == "service":
        return principal.service in entries(element, "Service")
    levels = _levels(principal)
    is_listed = [bool(level & listed) for level in levels]
    if every_level or not any(is_listed):
        return bool(levels) and all(is_listed)
    others = {name for name in listed - levels[0] if _part(name, 4) == principal.account}
    return any(is_listed[1:]) or principal.kind == "root" or not others


def _listed(element: Any) -> set[str]:
    return {*entries(element, "AWS"), *entries(element, "CanonicalUser")}


def _levels(principal: Principal) -> list[set[str]]:
    """The names of the account, of the user or role, and of the session."""
    account = principal.account
    if not account:
        return []
    root = f"arn:{_part(principal.arn or principal.session_arn, 1)}:iam::{account}:root"
    names = [{arn} for arn in (principal.arn, principal.session_arn) if arn and arn != root]
    return [{account, root, principal.canonical_user or root}, *names]


def _part(arn: str, index: int) -> str:
    parts = arn.split(":", 5)
    return parts[index] if len(parts) == 6 else ""
