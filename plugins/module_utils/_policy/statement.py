# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Statements of any policy, and KMS grants, in one parsed form. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and
https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import condition_operators, equivalence
from .condition_operators import Operator
from .document import Document, StatementValue
from .principal import Principal, classify

KEY, BUCKET = "key", "bucket"

_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition key under one operator, both spelled as in the policy."""

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def key_name(self) -> str:
        """The key in lower case, because AWS ignores the case of condition keys."""
        return self.key.lower()

    @property
    def parsed_operator(self) -> Operator | None:
        """The operator taken apart, or None if AWS has no such operator."""
        return condition_operators.find(self.operator)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement or grant. C(not_principal) means that the policy lists the principals under NotPrincipal."""

    policy: str  # KEY or BUCKET
    name: str  # the Sid, the position as #2, or the id of the grant
    allows: bool
    principals: tuple[Principal, ...] = ()
    not_principal: bool = False
    actions: tuple[str, ...] = ()
    not_action: bool = False
    resources: tuple[str, ...] = ()
    not_resource: bool = False
    conditions: tuple[Condition, ...] = ()
    problem: str = ""  # why AWS may read the statement in another way
    value: StatementValue = field(default_factory=dict, compare=False)


def of_document(policy: str, document: Document | None) -> list[Statement]:
    """Return the statements of a policy in their order.

    C(policy) is KEY or BUCKET. A statement without a unique Sid is named after its position, which counts from 1.
    """
    texts = document.statements if document else ()
    sids = [text.sid for text in texts]
    names = [sid if sid and sids.count(sid) == 1 else f"{sid} #{number}".strip() for number, sid in enumerate(sids, 1)]
    return [_of_value(policy, name, text.value) for name, text in zip(names, texts, strict=True)]


def _of_value(policy: str, name: str, value: StatementValue) -> Statement:
    problems = [f"it has an element {element}" for element in value if element not in _ELEMENTS]
    principals, not_principal = _element(value, "Principal", problems)
    actions, not_action = _element(value, "Action", problems)
    resources, not_resource = _element(value, "Resource", problems)
    effect = value.get("Effect")
    if effect not in ("Allow", "Deny"):
        problems.append(f"its Effect is {effect!r}")
    return Statement(
        policy=policy,
        name=name,
        allows=effect != "Deny",
        principals=_principals(principals),
        not_principal=not_principal,
        actions=_texts(actions),
        not_action=not_action,
        resources=_texts(resources),
        not_resource=not_resource,
        conditions=tuple(_conditions(value.get("Condition", {}), problems)),
        problem="; ".join(problems),
        value=value,
    )


def _element(value: StatementValue, name: str, problems: list[str]) -> tuple[Any, bool]:
    """Return the content of an element and False, or of its negation and True."""
    negation = f"Not{name}"
    if name in value and negation in value:
        problems.append(f"it has both {name} and {negation}")
    if name not in value and negation not in value:
        problems.append(f"it has neither {name} nor {negation}")
    return (value[name], False) if name in value else (value.get(negation), negation in value)


def _texts(content: Any) -> tuple[str, ...]:
    return () if content is None else equivalence.strings(content)


def _principals(content: Any) -> tuple[Principal, ...]:
    if isinstance(content, Mapping):
        return tuple(classify(str(key), name) for key, names in content.items() for name in _texts(names))
    return tuple(classify("AWS", name) for name in _texts(content))


def _conditions(content: Any, problems: list[str]) -> Iterable[Condition]:
    if not isinstance(content, Mapping):
        problems.append("its Condition is not a JSON object")
        return
    for operator, keys in content.items():
        if not isinstance(keys, Mapping):
            problems.append(f"its {operator} is not a JSON object")
            continue
        for key, values in keys.items():
            yield Condition(operator=str(operator), key=str(key), values=_texts(values))


def of_grant(grant: Mapping[str, Any]) -> Statement:
    """Return a grant as a statement that allows its operations. A Deny statement of the key policy overrides a grant.

    C(grant) is an entry of the reply to ListGrants.
    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    principal, service = grant.get("GranteePrincipal"), grant.get("GranteeServicePrincipal")
    grantee = classify("Service", str(service)) if service else _grantee(str(principal or ""))
    constraints = grant.get("Constraints") or {}
    conditions = [
        Condition(operator="StringEquals", key=f"kms:EncryptionContext:{key}", values=(str(value),))
        for name in ("EncryptionContextEquals", "EncryptionContextSubset")
        for key, value in (constraints.get(name) or {}).items()
    ]
    if constraints.get("SourceArn"):
        conditions.append(Condition(operator="ArnLike", key="aws:SourceArn", values=(str(constraints["SourceArn"]),)))
    return Statement(
        policy=KEY,
        name=f"grant {grant.get('GrantId', '')}",
        allows=True,
        principals=(grantee,),
        actions=tuple(f"kms:{operation}" for operation in grant.get("Operations") or ()),
        resources=("*",),
        conditions=tuple(conditions),
    )


def _grantee(principal: str) -> Principal:
    is_service = not principal.startswith("arn:") and principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    return classify("Service" if is_service else "AWS", principal)
