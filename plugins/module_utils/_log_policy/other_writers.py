# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What another writer has changed in a policy after a run has written it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._core.reconcile import Outcome
from .._policy import equivalence
from .._policy.document import Document, StatementText

IsOwned = Callable[[StatementText], bool]


def warnings(title: str, outcome: Outcome, is_owned: IsOwned) -> list[str]:
    """Sentences for the operator about other writers of the policy that C(title) names."""
    changed = _changed_by_others(title, outcome.desired.document, outcome.after.document, is_owned)
    return [*filter(None, [outcome.lease_problem, changed])]


def _changed_by_others(title: str, written: Document | None, found: Document | None, is_owned: IsOwned) -> str:
    """A sentence about foreign statements that are not as the run has written them; empty if they are.

    C(written) is the policy that the run wrote last, and C(found) the policy that AWS returned in the end.
    """
    before, after = _foreign(written, is_owned), _foreign(found, is_owned)
    removed = [name for meaning, name in before.items() if meaning not in after]
    added = [name for meaning, name in after.items() if meaning not in before]
    if not removed and not added:
        return ""
    changes = [f"{verb}: {', '.join(names)}" for verb, names in (("removed", removed), ("added", added)) if names]
    return (
        f"{title} has other statements than this run wrote ({'; '.join(changes)}), because another writer has changed"
        f" the policy since. The statements of this module are in place. Check that the change is intended."
    )


def _foreign(document: Document | None, is_owned: IsOwned) -> dict[Any, str]:
    """The names of the foreign statements, by what they mean."""
    if document is None:
        return {}
    named = zip(document.names, document.statements, strict=True)
    return {_meaning(statement): name for name, statement in named if not is_owned(statement)}


def _meaning(statement: StatementText) -> Any:
    try:
        return equivalence.canonical(statement.value)
    except (AttributeError, TypeError, ValueError):  # a form that only AWS understands is compared as text
        return statement.text
