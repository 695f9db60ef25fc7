# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts file: the accounts, users and roles that exist when the sandbox starts. README.md describes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]  # the package runs without the stubs of PyYAML
from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from werkzeug.exceptions import HTTPException

from cloudtrail_sandbox.accounts_values import AccountsError, account_id, list_of, mapping, read_text, texts_of
from cloudtrail_sandbox.credentials import Credentials
from cloudtrail_sandbox.judge import MalformedPolicy, check_identity_policy, check_trust_policy
from cloudtrail_sandbox.organization import ACTIVE, FOUNDED, MOST_ADMINISTRATORS, STATUSES, Member, Organization
from cloudtrail_sandbox.state import PARTITION, State

PLACEHOLDER = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\bBUCKET\b")
#: All inline policies of a user and of a role together, in characters without whitespace
#: (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
USER_POLICY_CHARACTERS, ROLE_POLICY_CHARACTERS = 2048, 10240
POLICIES_ADVICE = "Set --policies to the folder of the policy files."


@dataclass(frozen=True, kw_only=True)
class AccountsFile:
    """An accounts file that was read, with the folder of the policy files that it names."""

    document: Mapping[str, Any]
    policies: Path

    @classmethod
    def read(cls, path: Path, policies: Path | None = None) -> AccountsFile:
        """Read a file. `policies` is by default the file's folder. Raises AccountsError."""
        text = read_text(path)
        try:
            document = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError) as error:
            raise AccountsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
        known = ("variables", "callers", "accounts", "organization")
        return cls(document=mapping(document, str(path), optional=known), policies=policies or path.parent)

    @property
    def users(self) -> list[Mapping[str, Any]]:
        """The callers of the file, with their access keys."""
        return [_user(user, number) for number, user in enumerate(list_of(self.document, "callers"))]

    def load(self, state: State, credentials: Credentials) -> None:
        """Create everything in an empty state. Raises AccountsError."""
        users = self.users
        accounts = {account_id(account): _content(account, content) for account, content in self._accounts().items()}
        if not users:
            raise AccountsError("The accounts file has no callers: add a user with an access key to callers.")
        state.accounts |= {user["account_id"] for user in users} | set(accounts)
        variables = {"CALLER_ACCOUNT_ID": users[0]["account_id"]}
        loader = _Loader(self.policies, variables | texts_of(self.document, "variables"))
        for user in users:
            loader.create_user(user, credentials)
        for account, content in accounts.items():
            for name, role in mapping(content.get("roles"), f"roles of account {account}").items():
                loader.create_role(account, str(name), role)
        if self.document.get("organization") is not None:
            state.organization = _organization(self.document["organization"], accounts, state.accounts)

    def _accounts(self) -> Mapping[Any, Any]:
        return mapping(self.document.get("accounts"), "accounts")


class _Loader:
    """Creates users and roles with the policies that the accounts file gives them."""

    def __init__(self, policies: Path, variables: Mapping[str, str]) -> None:
        self._policies = policies
        self._variables = variables

    def create_user(self, user: Mapping[str, Any], credentials: Credentials) -> None:
        account, name = user["account_id"], user["user_name"]
        owner = f"user {name} of account {account}"
        backend = iam_backends[account][PARTITION]
        if name in backend.users:
            raise AccountsError(f"The {owner} is described twice.")
        created = backend.create_user("us-east-1", name)
        created.id = "AIDA" + created.id[4:].upper()  # moto's ids of users lack AWS's prefix AIDA
        policies = self._identity_policies(user.get("policy"), account, owner, USER_POLICY_CHARACTERS)
        for number, policy in enumerate(policies):
            try:
                backend.put_user_policy(name, f"sandbox-{number}", policy)
            except (HTTPException, ServiceException) as error:
                raise AccountsError(f"A policy of the {owner} is not valid: {error}") from error
        credentials.add_user(user["access_key_id"], user["secret_access_key"], created.arn, created.id)

    def create_role(self, account: str, name: str, content: Any) -> None:
        owner = f"role {name} of account {account}"
        optional = ("permissions", "external_id", "path", "max_session_duration")
        role = mapping(content, owner, required=("trust_policy",), optional=optional)
        backend = iam_backends[account][PARTITION]
        try:
            backend.create_role(
                role_name=name,
                assume_role_policy_document=self._trust_policy(role, account, owner),
                path=str(role.get("path", "/")),
                permissions_boundary=None,
                description="",
                tags=[],
                max_session_duration=str(_seconds(role.get("max_session_duration", 3600), owner)),
            )
            policies = self._identity_policies(role.get("permissions"), account, owner, ROLE_POLICY_CHARACTERS)
            for number, policy in enumerate(policies):
                backend.put_role_policy(name, f"sandbox-{number}", policy)
        except (HTTPException, ServiceException) as error:
            raise AccountsError(f"The {owner} is not valid: {error}") from error

    def _trust_policy(self, role: Mapping[str, Any], account: str, owner: str) -> str:
        texts = self._policies_of(role["trust_policy"], account, owner)
        if len(texts) != 1:
            raise AccountsError(f"trust_policy of the {owner} must be one policy.")
        try:
            policy = check_trust_policy(texts[0], lambda _principal: True)
        except MalformedPolicy as error:
            raise AccountsError(f"The trust policy of the {owner} is not valid: {error}") from error
        if external_id := role.get("external_id"):
            statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
            policy["Statement"] = [_with_external_id(statement, str(external_id)) for statement in statements]
        return json.dumps(policy)

    def _identity_policies(self, entry: Any, account: str, owner: str, limit: int) -> list[str]:
        texts = self._policies_of(entry, account, owner)
        for text in texts:
            try:
                check_identity_policy(text)
            except MalformedPolicy as error:
                raise AccountsError(f"A policy of the {owner} is not valid: {error}") from error
        size = sum(len(re.sub(r"\s", "", text)) for text in texts)
        if size > limit:
            raise AccountsError(f"The inline policies of the {owner} have {size} characters; AWS allows {limit}.")
        return texts

    def _policies_of(self, entry: Any, account: str, owner: str) -> list[str]:
        """The policies of an entry, which is a policy, the path of one, {file, variables}, or a list of these."""
        if entry is None:
            return []
        if isinstance(entry, list):
            return [text for part in entry for text in self._policies_of(part, account, owner)]
        variables = {"ACCOUNT_ID": account, **self._variables}
        if isinstance(entry, str):
            entry = {"file": entry}
        entry = mapping(entry, f"policy of the {owner}")
        text = json.dumps(entry, default=str)
        if "file" in entry:
            mapping(entry, f"policy of the {owner}", required=("file",), optional=("variables",))
            variables |= texts_of(entry, "variables")
            text = read_text(self._policies / str(entry["file"]), POLICIES_ADVICE)
        return [PLACEHOLDER.sub(lambda hit: variables.get(hit[0], hit[0]), text)]


def _organization(described: Any, contents: Mapping[str, Any], accounts: Iterable[str]) -> Organization:
    """The organization; all accounts are members, except those with `member: false`."""
    optional = ("delegated_administrators", "organizational_units")
    described = mapping(described, "organization", required=("id", "management_account_id"), optional=optional)
    organization = Organization(str(described["id"]), account_id(described["management_account_id"]))
    for path in mapping(described.get("organizational_units"), "organizational_units"):
        organization.unit(str(path), texts_of(described["organizational_units"], path))
    for account in sorted(accounts):
        content = contents.get(account, {})
        if content.get("member", True):
            organization.members[account] = _member(organization, account, content)
    if organization.management not in organization.members:
        raise AccountsError(f"The management account {organization.management} is not a member of the organization.")
    for service in mapping(described.get("delegated_administrators"), "delegated_administrators"):
        administrators = [account_id(account) for account in list_of(described["delegated_administrators"], service)]
        unknown = [account for account in administrators if account not in organization.members]
        if unknown or organization.management in administrators or len(administrators) > MOST_ADMINISTRATORS:
            raise AccountsError(f"{administrators} cannot be delegated administrators of {service}.")
        organization.administrators[str(service)] = dict.fromkeys(administrators, FOUNDED)
    return organization


def _member(organization: Organization, account: str, content: Mapping[str, Any]) -> Member:
    status = content.get("status", ACTIVE)
    if status not in STATUSES:
        raise AccountsError(f"Status {status!r} of account {account} is not one of {', '.join(STATUSES)}.")
    return Member(
        id=account,
        name=str(content.get("name", f"account-{account}")),
        parent=organization.unit(str(content.get("organizational_unit", ""))),
        status=status,
        email=str(content.get("email", f"{account}@example.com")),
        tags=texts_of(content, "tags"),
    )


def _user(value: Any, number: int) -> Mapping[str, Any]:
    required = ("account_id", "user_name", "access_key_id", "secret_access_key")
    user = mapping(value, f"callers[{number}]", required=required, optional=("policy",))
    for name in required[1:]:
        if not isinstance(user[name], str):
            raise AccountsError(f"{name} of callers[{number}] must be a string, not {user[name]!r}.")
    account_id(user["account_id"])
    return user


def _content(account: str, content: Any) -> Mapping[str, Any]:
    optional = ("name", "organizational_unit", "status", "email", "tags", "member", "roles")
    return mapping(content, f"account {account}", optional=optional)


def _seconds(value: Any, owner: str) -> int:
    if not isinstance(value, int) or not 3600 <= value <= 43200:
        raise AccountsError(f"max_session_duration of the {owner} must be 3600 to 43200 seconds, not {value!r}.")
    return value


def _with_external_id(statement: Mapping[str, Any], external_id: str) -> dict[str, Any]:
    condition = dict(statement.get("Condition") or {})
    condition["StringEquals"] = {**condition.get("StringEquals", {}), "sts:ExternalId": external_id}
    return {**statement, "Condition": condition}
