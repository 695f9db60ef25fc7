# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the policy of a disagreement as small as possible, so that it shows one rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .compare import Disagreement, accesses, covers, persists
from .policies import Case


def shrunk(found: Disagreement) -> Disagreement:
    """The disagreement about the smallest policy that still causes it."""
    case = found.case
    while smaller := next((other for other in _smaller(case) if persists(found, other)), None):
        case = smaller
    reported = (access for access in accesses(case, found.ability) if covers(access.principal, found.asked.caller))
    access = next((access for access in reported if found.asked.action in access.actions), None)
    return replace(found, case=case, access=access)


def _smaller(case: Case) -> Iterator[Case]:
    """The case with one part less."""
    for index in range(len(case.grants)):
        yield replace(case, grants=case.grants[:index] + case.grants[index + 1 :])
    for statements in _with_less(case.policy["Statement"]):
        yield replace(case, policy={**case.policy, "Statement": statements})


def _with_less(value: Any) -> Iterator[Any]:
    """A JSON value without one of its members, at any depth. Lists keep one member, except that of the statements."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            rest = value[:index] + value[index + 1 :]
            if rest or isinstance(item, dict):
                yield rest
            yield from (value[:index] + [other] + value[index + 1 :] for other in _with_less(item))
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "Condition" or not {"Effect", "Action", "NotAction"} & set(value):
                yield {other: content for other, content in value.items() if other != name}
            yield from ({**value, name: other} for other in _with_less(item))
