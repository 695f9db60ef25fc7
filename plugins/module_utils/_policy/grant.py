# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""KMS grants as statements. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .principal import Principal, classify
from .statement import KEY, Condition, Statement


def of_grant(grant: Mapping[str, Any], partition: str = "") -> Statement:
    """Return a grant as a statement that allows its operations. A Deny statement of the key policy overrides a grant.

    C(grant) is an entry of the reply to ListGrants. C(partition) is that of the key; empty if it is not known.
    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    principal, service = grant.get("GranteePrincipal"), grant.get("GranteeServicePrincipal")
    grantee = classify("Service", str(service)) if service else _grantee(str(principal or ""), partition)
    operations = grant.get("Operations")
    is_readable = isinstance(operations, list)
    return Statement(
        policy=KEY,
        name=f"grant {grant.get('GrantId', '')}",
        allows=True,
        principals=(grantee,),
        actions=tuple(f"kms:{operation}" for operation in operations or ()) if is_readable else ("*",),
        resources=("*",),
        conditions=tuple(_constraints(grant.get("Constraints"))),
        problem="" if is_readable else "its Operations are not a list",
    )


def _constraints(constraints: Any) -> Iterator[Condition]:
    """The conditions of a grant. C(EncryptionContextEquals) also excludes every other pair of the encryption context.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
    """
    if not isinstance(constraints, Mapping):
        return
    for name in ("EncryptionContextEquals", "EncryptionContextSubset"):
        pairs = constraints.get(name) or {}
        for key, value in pairs.items() if isinstance(pairs, Mapping) else ():
            yield Condition(operator="StringEquals", key=f"kms:EncryptionContext:{key}", values=(str(value),))
        if pairs and name == "EncryptionContextEquals":
            keys = tuple(str(key) for key in pairs)
            yield Condition(operator="ForAllValues:StringEquals", key="kms:EncryptionContextKeys", values=keys)
    if constraints.get("SourceArn"):
        yield Condition(operator="ArnLike", key="aws:SourceArn", values=(str(constraints["SourceArn"]),))


def _grantee(principal: str, partition: str) -> Principal:
    is_service = not principal.startswith("arn:") and principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    return classify("Service" if is_service else "AWS", principal, partition)
