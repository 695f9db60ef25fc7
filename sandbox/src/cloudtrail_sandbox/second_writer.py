# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second writer: a program that reads the policy of a bucket or key, changes one statement and writes the policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cloudtrail_sandbox import control_values

OPERATIONS = ("PutBucketPolicy", "PutKeyPolicy")
AFTER_READ, BEFORE_PUT, AFTER_PUT = MOMENTS = ("after_read", "before_put", "after_put")


@dataclass(frozen=True)
class SecondWriter:
    """One change by a second writer, of the policy that `operation` writes.

    It adds `statement`, or removes the statements whose Sid is `remove`. With `after_read` it writes right after the
    next read of the policy, with `before_put` right before the next put takes effect, and with `after_put` right after
    it, from a copy that it read before the put. It writes `delay` seconds later than it read.
    """

    operation: str
    statement: Mapping[str, Any] | None = None
    remove: str = ""
    when: str = AFTER_PUT
    delay: float = field(default=0.0)

    def edited(self, text: str | None) -> str:
        """The policy that the second writer writes, from the policy that it read."""
        document: dict[str, Any] = json.loads(text) if text else {"Version": "2012-10-17", "Statement": []}
        statements = document.get("Statement", [])
        kept = [statements] if isinstance(statements, dict) else list(statements)
        if self.remove:
            kept = [statement for statement in kept if statement.get("Sid") != self.remove]
        if self.statement is not None:
            kept.append(dict(self.statement))
        return json.dumps({**document, "Statement": kept}, separators=(",", ":"))


def writer_from(order: Mapping[str, Any]) -> SecondWriter:
    """The second writer that a control request describes. Raises ValueError for a member that is not valid."""
    control_values.check_names(order, [member.name for member in fields(SecondWriter)])
    operation = control_values.text(order, "operation")
    if operation not in OPERATIONS or not {"statement", "remove"} & set(order):
        raise ValueError(f"second_writer needs an operation of {OPERATIONS} and a statement, or remove with a Sid.")
    when = control_values.text(order, "when") if "when" in order else AFTER_PUT
    if when not in MOMENTS:
        raise ValueError(f"when must be one of {MOMENTS}, not {when!r}.")
    return SecondWriter(
        operation,
        statement=control_values.mapping(order, "statement") if "statement" in order else None,
        remove=control_values.text(order, "remove") if "remove" in order else "",
        when=when,
        delay=control_values.seconds(order, "delay") if "delay" in order else 0.0,
    )
