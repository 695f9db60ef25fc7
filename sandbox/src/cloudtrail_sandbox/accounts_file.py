# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts file: which accounts, users and roles exist when the sandbox starts. README.md shows its form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]
from moto.iam.models import iam_backends

from cloudtrail_sandbox.credentials import Credentials
from cloudtrail_sandbox.organization import ACTIVE, FOUNDED, MOST_ADMINISTRATORS, STATUSES, Member, Organization
from cloudtrail_sandbox.state import PARTITION, State

ACCOUNT_ID = re.compile(r"\d{12}")
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\bBUCKET\b")
#: All inline policies of a user and of a role together, in characters without whitespace
#: (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
USER_POLICY_CHARACTERS, ROLE_POLICY_CHARACTERS = 2048, 10240


class AccountsError(ValueError):
    """The accounts file says something that cannot be."""


@dataclass(frozen=True)
class AccountsFile:
    """A file that was read; `load` builds what it describes, as often as wanted."""

    path: Path
    document: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> AccountsFile:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        callers = document.get("callers") or []
        given = {"CALLER_ACCOUNT_ID": _account(callers[0]["account_id"])} if callers else {}
        given |= {str(name): str(value) for name, value in (document.get("variables") or {}).items()}
        return cls(path, document, given)

    def load(self, state: State, credentials: Credentials) -> None:
        """Create everything in an empty world. Raises AccountsError."""
        users = self.document.get("callers") or []
        accounts = self.document.get("accounts") or {}
        state.accounts |= {_account(user["account_id"]) for user in users} | {_account(one) for one in accounts}
        for user in users:
            self._user(user, credentials)
        for account, content in accounts.items():
            for name, role in ((content or {}).get("roles") or {}).items():
                self._role(account, name, role)
        if self.document.get("organization"):
            state.organization = self._organization(self.document["organization"], state.accounts)

    def _user(self, user: Mapping[str, Any], credentials: Credentials) -> None:
        account, name = user["account_id"], user["user_name"]
        backend = iam_backends[account][PARTITION]
        if name in backend.users:
            raise AccountsError(f"user {name} of {account} is there twice")
        made = backend.create_user("us-east-1", name)
        made.id = "AIDA" + made.id[4:].upper()  # moto's ids of users do not tell that they are users'
        policies = self._policies(user.get("policy"), account)
        _check_size(f"user {name} of {account}", policies, USER_POLICY_CHARACTERS)
        for index, policy in enumerate(policies):
            backend.put_user_policy(name, f"sandbox-{index}", json.dumps(policy))
        credentials.add_user(user["access_key_id"], user["secret_access_key"], made.arn, made.id)

    def _role(self, account: str, name: str, role: Mapping[str, Any]) -> None:
        backend = iam_backends[account][PARTITION]
        trust = self._policies(role["trust_policy"], account)[0]
        if external_id := role.get("external_id"):
            trust["Statement"] = [_with_external_id(one, str(external_id)) for one in trust["Statement"]]
        backend.create_role(
            role_name=name,
            assume_role_policy_document=json.dumps(trust),
            path=role.get("path", "/"),
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration=str(role.get("max_session_duration", 3600)),
        )
        policies = self._policies(role.get("permissions"), account)
        _check_size(f"role {name} of {account}", policies, ROLE_POLICY_CHARACTERS)
        for index, policy in enumerate(policies):
            backend.put_role_policy(name, f"sandbox-{index}", json.dumps(policy))

    def _organization(self, described: Mapping[str, Any], accounts: set[str]) -> Organization:
        """All accounts are members, but for those with `member: false`."""
        made = Organization(described["id"], _account(described["management_account_id"]))
        for path, tags in (described.get("organizational_units") or {}).items():
            made.unit(path, tags)
        contents = self.document.get("accounts") or {}
        for account in sorted(accounts):
            content = contents.get(account) or {}
            if content.get("member", True):
                made.members[account] = _member(made, account, content)
        if made.management not in made.members:
            raise AccountsError(f"the management account {made.management} is not among the members")
        for service, administrators in (described.get("delegated_administrators") or {}).items():
            unknown = [one for one in administrators if one not in made.members]
            if unknown or made.management in administrators or len(administrators) > MOST_ADMINISTRATORS:
                raise AccountsError(f"{administrators} cannot be delegated administrators of {service}")
            made.administrators[service] = dict.fromkeys(administrators, FOUNDED)
        return made

    def _policies(self, entry: Any, account: str) -> list[dict[str, Any]]:
        """An entry is a policy, the path of one, {file, variables}, or a list of these."""
        if entry is None:
            return []
        if isinstance(entry, list):
            return [policy for one in entry for policy in self._policies(one, account)]
        variables = {"ACCOUNT_ID": account, **self.variables}
        if isinstance(entry, str):
            entry = {"file": entry}
        if "file" in entry:
            variables |= {str(name): str(value) for name, value in (entry.get("variables") or {}).items()}
            text = (self.path.parent / entry["file"]).read_text(encoding="utf-8")
        else:
            text = json.dumps(entry)
        policy: dict[str, Any] = json.loads(PLACEHOLDER.sub(lambda hit: variables.get(hit[0], hit[0]), text))
        return [policy]


def _account(value: Any) -> str:
    if not isinstance(value, str) or not ACCOUNT_ID.fullmatch(value):
        raise AccountsError(f"account id {value!r} is not a string of 12 digits: quote it")
    return value


def _member(organization: Organization, account: str, content: Mapping[str, Any]) -> Member:
    status = content.get("status", ACTIVE)
    if status not in STATUSES:
        raise AccountsError(f"status {status!r} of account {account} is not one of {', '.join(STATUSES)}")
    return Member(
        id=account,
        name=content.get("name", f"account-{account}"),
        parent=organization.unit(content.get("organizational_unit", "")),
        status=status,
        email=content.get("email", f"{account}@example.com"),
        tags={str(key): str(value) for key, value in (content.get("tags") or {}).items()},
    )


def _with_external_id(statement: Mapping[str, Any], external_id: str) -> dict[str, Any]:
    condition = dict(statement.get("Condition") or {})
    condition["StringEquals"] = {**condition.get("StringEquals", {}), "sts:ExternalId": external_id}
    return {**statement, "Condition": condition}


def _check_size(owner: str, policies: list[dict[str, Any]], limit: int) -> None:
    size = sum(len(re.sub(r"\s", "", json.dumps(policy))) for policy in policies)
    if size > limit:
        raise AccountsError(f"the inline policies of {owner} have {size} characters; AWS allows {limit}")
