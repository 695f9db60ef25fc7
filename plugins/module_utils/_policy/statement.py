# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Statements of any policy in a parsed form. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import condition_operators, equivalence, variables
from .condition_operators import Operator
from .document import Document, StatementValue, repeated
from .principal import UNKNOWN, Principal, classify, is_elsewhere
from .variables import WITH_VARIABLES, WITHOUT_VARIABLES
from .wildcards import is_pattern

KEY, BUCKET = "key", "bucket"

ELEMENTS = {
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


PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition key under one operator, both spelled as in the policy. Policy variables in values are marked."""

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
    """One statement or grant. C(not_principal) means that the policy lists the principals under NotPrincipal.

    The policy variables of resources and condition values are marked.
    """

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

    @cached_property
    def has_variables(self) -> bool:
        """Whether AWS must resolve a policy variable. If AWS cannot resolve it, the statement may be invalid."""
        texts = (*self.resources, *(value for condition in self.conditions for value in condition.values))
        return any(variables.has_variable(text) for text in texts)


def of_document(policy: str, document: Document | None, partition: str = "") -> list[Statement]:
    """Return the statements of a policy in their order.

    C(policy) is KEY or BUCKET. C(partition) is that of key and bucket, or empty if it is not known, and then an ARN of
    any partition names a principal.
    """
    if document is None:
        return []
    texts, names = document.statements, document.names
    return [
        _StatementReader(text=text.text, value=text.value, version=document.version, partition=partition).statement(
            policy, name
        )
        for name, text in zip(names, texts, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class _StatementReader:
    """Reads one statement, and collects why AWS may read it in another way.

    An element that is missing or cannot be read may mean everything, so that the access is reported.
    """

    text: str
    value: StatementValue
    version: str
    partition: str
    problems: list[str] = field(default_factory=list)

    def statement(self, policy: str, name: str) -> Statement:
        self.problems.extend(f"it has an element {element}" for element in self.value if element not in ELEMENTS)
        if self.version not in (WITH_VARIABLES, WITHOUT_VARIABLES):
            self.problems.append(f"the Version of its policy is {self.version!r}")
        not_principal, principals = self._element("Principal")
        not_action, actions = self._element("Action")
        not_resource, resources = self._element("Resource")
        self.problems.extend(f"it has {member} twice" for member in repeated(self.text))
        if variables.has_mark(json.dumps(self.value, ensure_ascii=False)):
            self.problems.append("it has a character that Unicode reserves for private use")
        effect = self.value.get("Effect")
        if effect not in ("Allow", "Deny"):
            self.problems.append(f"its Effect is {effect!r}")
        return Statement(
            policy=policy,
            name=name,
            allows=effect != "Deny",
            principals=self._principals(principals),
            not_principal=not_principal,
            actions=self._texts("Action", actions, not_action),
            not_action=not_action,
            resources=tuple(self._marked(text) for text in self._texts("Resource", resources, not_resource)),
            not_resource=not_resource,
            conditions=tuple(self._conditions()),
            problem="; ".join(self.problems),
            value=self.value,
        )

    def _element(self, name: str) -> tuple[bool, Any]:
        """Return False and the content of an element, or True and that of its negation."""
        negation = f"Not{name}"
        if name in self.value and negation in self.value:
            self.problems.append(f"it has both {name} and {negation}")
        if name not in self.value and negation not in self.value:
            self.problems.append(f"it has neither {name} nor {negation}")
        return (False, self.value[name]) if name in self.value else (negation in self.value, self.value.get(negation))

    def _texts(self, name: str, content: Any, negated: bool) -> tuple[str, ...]:
        """Return the strings of an element. Anything else may mean every string."""
        items = content if isinstance(content, list) else [content]
        if not items:
            self.problems.append(f"its {'Not' if negated else ''}{name} is empty")
        if all(isinstance(item, str) for item in items):
            return tuple(items)
        self._unreadable(("Not" if negated else "") + name, name in self.value or f"Not{name}" in self.value)
        return () if negated else ("*",)

    def _unreadable(self, element: str, is_present: bool) -> None:
        if is_present:
            self.problems.append(f"its {element} is not a string or a list of strings")

    def _principals(self, content: Any) -> tuple[Principal, ...]:
        by_key = content if isinstance(content, Mapping) else {"AWS": content}
        principals = []
        for key, names in by_key.items():
            items = names if isinstance(names, list) else [names]
            readable = [item for item in items if isinstance(item, str)]
            principals += [classify(key, item, self.partition) for item in readable]
            self._check_names(key, readable)
            if len(readable) < len(items):
                self._unreadable("principal", "Principal" in self.value or "NotPrincipal" in self.value)
                principals.append(Principal(kind=UNKNOWN, name="that the statement does not name"))
        if not principals and content is not None:
            self.problems.append("it names no principal")
        return tuple(principals)

    def _check_names(self, key: str, names: list[str]) -> None:
        """A wildcard may stand for anyone, but not for a part of a name. A principal is in the partition of the policy.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html and
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        """
        wild = [name for name in names if is_pattern(name) and (key, name) != ("AWS", "*")]
        if wild:
            self.problems.append(f"the principal {wild[0]} has a wildcard, which AWS does not support in a name")
        elsewhere = [name for name in names if key == "AWS" and is_elsewhere(name, self.partition)]
        if elsewhere:
            self.problems.append(f"the principal {elsewhere[0]} is not in partition {self.partition}, as the policy is")
        if key not in PRINCIPAL_KEYS:
            self.problems.append(f"it has a principal of kind {key}, which AWS does not have")

    def _conditions(self) -> Iterator[Condition]:
        content = self.value.get("Condition", {})
        if not isinstance(content, Mapping):
            self.problems.append("its Condition is not a JSON object")
            return
        for operator, keys in content.items():
            if not isinstance(keys, Mapping):
                self.problems.append(f"its {operator} is not a JSON object")
                continue
            if not keys:
                self.problems.append(f"its {operator} has no condition key")
            for key, values in keys.items():
                yield from self._condition(str(operator), str(key), values)

    def _condition(self, operator: str, key: str, values: Any) -> Iterator[Condition]:
        """The condition, or none if its values cannot be read: without it, more access is reported."""
        items = values if isinstance(values, list) else [values]
        if not all(isinstance(item, str | bool | int | float) for item in items):
            self.problems.append(f"a value of its {operator} on {key} is not a string")
            return
        if not items:
            self.problems.append(f"its {operator} on {key} has no value")
            return
        texts = tuple(self._marked(text) for text in equivalence.strings(items))
        yield Condition(operator=operator, key=key, values=texts)

    def _marked(self, text: str) -> str:
        return text if self.version == WITHOUT_VARIABLES else variables.mark(text)
