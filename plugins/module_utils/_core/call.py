# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A plan is data: the calls that would bring about what is desired. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One writing call."""

    service: str  # botocore's name of the service
    operation: str  # botocore's name of the method
    arguments: dict[str, Any]
    summary: str  # what it does, for the operator
    retry_codes: frozenset[str] = field(default=frozenset())  # AWS's error codes that pass with time ...
    wait: float = 0.0  # ... if no more than these seconds
    conflict_codes: frozenset[str] = field(default=frozenset())  # AWS's codes for: somebody else is writing the same
