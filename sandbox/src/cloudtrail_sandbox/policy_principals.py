# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Principals in resource policies: which exist, and how a policy shows deleted ones.

An ARN in a policy means the user or role that had it when the policy was written. After a deletion the policy shows the
unique id instead, and a new role of the same name does not match
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

ACCOUNT = re.compile(r"(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?")
SESSION = re.compile(r"arn:aws[\w-]*:sts::(\d{12}):assumed-role/([^/]+)/.+")
SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")


class PolicyPrincipals:
    """The principals that exist, as policies name them.

    `ids()` returns the (unique id, ARN) of all users and roles, `id_of(arn)` a unique id or "".
    """

    def __init__(
        self,
        account_exists: Callable[[str], bool],
        ids: Callable[[], Iterator[tuple[str, str]]],
        id_of: Callable[[str], str],
    ) -> None:
        self._account_exists = account_exists
        self._ids = ids
        self._id_of = id_of
        self._stamps: dict[str, dict[str, str]] = {}

    def exists(self, principal: str) -> bool:
        """Whether a principal exists: an account, a user or role (by ARN, session ARN or unique id), or any service."""
        if account := ACCOUNT.fullmatch(principal):
            return self._account_exists(account[1])
        if SERVICE.fullmatch(principal):
            return True
        known = dict(self._ids())
        if session := SESSION.fullmatch(principal):
            roles = f":iam::{session[1]}:role/"
            return any(roles in arn and arn.endswith(f"/{session[2]}") for arn in known.values())
        return principal in known or principal in known.values()

    def stamp(self, resource: str, text: str) -> None:
        """Store the unique ids of the ARNs in a policy that is written."""
        named = set(_named(json.loads(text)))
        self._stamps[resource] = {arn: unique_id for unique_id, arn in self._ids() if arn in named}

    def as_seen(self, resource: str, text: str | None) -> str | None:
        """The policy with the unique ids of users and roles that have been deleted since."""
        stamps = self._stamps.get(resource)
        if not text or not stamps:
            return text
        gone = {arn: unique_id for arn, unique_id in stamps.items() if self._id_of(arn) != unique_id}
        if not gone:
            return text
        document = json.loads(text)
        for statement in _statements(document):
            principal = statement.get("Principal")
            if isinstance(principal, Mapping) and "AWS" in principal:
                statement["Principal"] = {**principal, "AWS": _replaced(principal["AWS"], gone)}
        return json.dumps(document, separators=(",", ":"))


def _statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    statements = document.get("Statement", [])
    return [statements] if isinstance(statements, dict) else list(statements)


def _named(document: Mapping[str, Any]) -> Iterator[str]:
    for statement in _statements(document):
        principal = statement.get("Principal")
        names = principal.get("AWS", []) if isinstance(principal, Mapping) else []
        yield from [names] if isinstance(names, str) else names


def _replaced(names: Any, gone: Mapping[str, str]) -> Any:
    return gone.get(names, names) if isinstance(names, str) else [gone.get(name, name) for name in names]
