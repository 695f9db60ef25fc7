# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Statements of any policy, and KMS grants, in one form that can be judged, however odd they are written. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and
https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._aws import arn as _arn
from . import equivalence
from .document import Document, StatementValue

KEY, BUCKET = "key", "bucket"
ANYONE, ACCOUNT, ROLE, USER, SESSION, SERVICE = "anyone", "account", "role", "user", "session", "service"
ORGANIZATION, TRAILS, DELETED, UNKNOWN = "organization", "trails", "deleted", "unknown"
FEDERATED, CANONICAL_USER, ROOT_USER = "federated", "canonical_user", "root_user"

_ROOT = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):root")
_KINDS = (
    (re.compile(r"arn:[^:]+:iam:[^:]*:[^:]*:role/.*"), ROLE),
    (re.compile(r"arn:[^:]+:iam:[^:]*:[^:]*:user/.*"), USER),
    (re.compile(r"arn:[^:]+:sts:[^:]*:[^:]*:assumed-role/.*"), SESSION),
    (re.compile(r"arn:[^:]+:sts:[^:]*:[^:]*:federated-user/.*"), FEDERATED),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    (re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}"), DELETED),
)
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


@dataclass(frozen=True, order=True)
class Who:
    """A principal; an account by its id, an organization by its own, everything else as the policy spells it."""

    kind: str
    name: str

    @property
    def account(self) -> str:
        """The account that it belongs to; empty where it is in none, or in any."""
        if self.kind in (ACCOUNT, TRAILS):
            return self.name
        arn = _arn.parse(self.name)
        return arn.account if arn and _arn.ACCOUNT_ID.fullmatch(arn.account) else ""

    def is_same(self, arn: str) -> bool:
        """Whether an ARN, or an account id, names this principal."""
        return classified("AWS", arn) == self


@dataclass(frozen=True)
class Condition:
    """One key under one operator, as the policy spells both."""

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def about(self) -> str:
        return self.key.lower()

    @property
    def test(self) -> str:
        return self.operator.lower()


@dataclass(frozen=True)
class Clause:
    """Who may, or may not, do what. C(except_...) turns a list into everything but it."""

    policy: str  # KEY or BUCKET
    name: str  # the Sid, the position as #2, or what else gives the access
    allows: bool
    who: tuple[Who, ...] = ()
    except_who: bool = False
    actions: tuple[str, ...] = ()
    except_actions: bool = False
    resources: tuple[str, ...] = ()
    except_resources: bool = False
    conditions: tuple[Condition, ...] = ()
    problem: str = ""  # why it cannot be relied upon to mean what is read here
    value: StatementValue = field(default_factory=dict, compare=False)


def classified(kind: str, name: str) -> Who:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html."""
    named = {"service": SERVICE, "federated": FEDERATED, "canonicaluser": CANONICAL_USER}.get(kind.lower())
    if named:
        return Who(named, name)
    if kind.lower() != "aws":
        return Who(UNKNOWN, f"{kind} {name}")
    if name == "*":
        return Who(ANYONE, "*")
    root = _ROOT.fullmatch(name)
    if root or _arn.ACCOUNT_ID.fullmatch(name):
        return Who(ACCOUNT, root.group(1) if root else name)
    return Who(next((found for pattern, found in _KINDS if pattern.fullmatch(name)), UNKNOWN), name)


def of_document(policy: str, document: Document | None) -> list[Clause]:
    """The statements of a policy in their order; one without a Sid of its own is named by its position."""
    statements = document.statements if document else ()
    sids = [one.sid for one in statements]
    names = [sid if sid and sids.count(sid) == 1 else f"{sid} #{number}".strip() for number, sid in enumerate(sids, 1)]
    return [_of_statement(policy, name, one.value) for name, one in zip(names, statements, strict=True)]


def _of_statement(policy: str, name: str, value: StatementValue) -> Clause:
    problems = [f"it has an element {element}" for element in value if element not in _ELEMENTS]
    who, except_who = _element(value, "Principal", problems)
    actions, except_actions = _element(value, "Action", problems)
    resources, except_resources = _element(value, "Resource", problems)
    effect = value.get("Effect")
    if effect not in ("Allow", "Deny"):
        problems.append(f"its Effect is {effect!r}")
    return Clause(
        policy,
        name,
        effect != "Deny",
        _principals(who),
        except_who,
        _texts(actions),
        except_actions,
        _texts(resources),
        except_resources,
        tuple(_conditions(value.get("Condition", {}), problems)),
        "; ".join(problems),
        value,
    )


def _element(value: StatementValue, name: str, problems: list[str]) -> tuple[Any, bool]:
    """The element, or its negation and True."""
    negated = f"Not{name}"
    if name in value and negated in value:
        problems.append(f"it has both {name} and {negated}")
    if name not in value and negated not in value:
        problems.append(f"it has neither {name} nor {negated}")
    return (value[name], False) if name in value else (value.get(negated), negated in value)


def _texts(content: Any) -> tuple[str, ...]:
    return () if content is None else equivalence.strings(content)


def _principals(content: Any) -> tuple[Who, ...]:
    if isinstance(content, Mapping):
        return tuple(classified(str(kind), name) for kind, names in content.items() for name in _texts(names))
    return tuple(classified("AWS", name) for name in _texts(content))


def _conditions(content: Any, problems: list[str]) -> Iterable[Condition]:
    if not isinstance(content, Mapping):
        problems.append("its Condition is no object")
        return
    for operator, keys in content.items():
        if not isinstance(keys, Mapping):
            problems.append(f"its {operator} is no object")
            continue
        for key, values in keys.items():
            yield Condition(str(operator), str(key), _texts(values))


def of_grant(grant: Mapping[str, Any]) -> Clause:
    """A grant allows its operations like a statement; a denial in the key policy comes before it.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    principal, service = grant.get("GranteePrincipal"), grant.get("GranteeServicePrincipal")
    who = classified("Service", str(service)) if service else _grantee(str(principal or ""))
    constraints = grant.get("Constraints") or {}
    conditions = [
        Condition("StringEquals", f"kms:EncryptionContext:{key}", (str(value),))
        for name in ("EncryptionContextEquals", "EncryptionContextSubset")
        for key, value in (constraints.get(name) or {}).items()
    ]
    if constraints.get("SourceArn"):
        conditions.append(Condition("ArnLike", "aws:SourceArn", (str(constraints["SourceArn"]),)))
    return Clause(
        KEY,
        f"grant {grant.get('GrantId', '')}",
        True,
        (who,),
        actions=tuple(f"kms:{operation}" for operation in grant.get("Operations") or ()),
        resources=("*",),
        conditions=tuple(conditions),
    )


def _grantee(principal: str) -> Who:
    is_service = not principal.startswith("arn:") and principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    return classified("Service" if is_service else "AWS", principal)
