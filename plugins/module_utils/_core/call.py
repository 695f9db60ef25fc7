# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A plan is data: the calls that change a resource into its desired state. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that writes to AWS."""

    service: str  # botocore's name of the service
    operation: str  # botocore's name of the method
    arguments: dict[str, Any]
    summary: str  # what the call does, for the operator
    retry_codes: frozenset[str] = field(default=frozenset())  # AWS's error codes after which the call is repeated ...
    wait: float = 0.0  # ... for at most this many seconds
    conflict_codes: frozenset[str] = field(default=frozenset())  # AWS's error codes for another write at the same time
