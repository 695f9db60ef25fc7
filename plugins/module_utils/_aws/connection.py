# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How to reach AWS, and in which account, from the options that every module and the inventory plugin have. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._core.errors import Refused
from . import retry, validators
from .arn import Arn, parse, partition_of


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach AWS. Secrets are left out of the representation."""

    region: str
    client: dict[str, Any] = field(default_factory=dict)  # arguments of a botocore client: endpoint_url, verify
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)  # as boto3.session.Session names them
    config: dict[str, Any] = field(default_factory=dict)  # arguments of botocore.config.Config
    role_arn: str = ""  # the role to assume; empty: use the credentials as they are
    external_id: str = field(default="", repr=False)
    account: str = ""  # the expected account, 12 digits; empty: any
    retry_timeout: float = retry.TIMEOUT  # for how many seconds transient errors are retried
    policy_wait: float = 0.0  # as long for errors that a new policy, role, key or bucket can cause
    connections: int = 10  # the number of calls at the same time, at most

    @classmethod
    def from_options(
        cls, options: Mapping[str, Any], region: str | None, endpoint_url: str | None, session: Mapping[str, Any]
    ) -> Connection:
        """The connection of a module or plugin. Raises Refused if Region, role and account do not match.

        C(options) are its validated options. The other arguments are what C(get_aws_connection_info) of amazon.aws
        returns: the last has credentials, C(verify) and C(aws_config), a C(botocore.config.Config).
        """
        account = str(options.get("account_id") or "")
        if account:
            validators.account_id(account, "account_id")
        role = _role(options, account)
        if not region:
            raise Refused("region is required: set the option, or AWS_REGION.")
        validators.region(region, "region")
        if role and role.partition != partition_of(region):
            raise Refused(f"assume_role_arn: {role} is in partition {role.partition}, but region {region} is not.")
        timeout = options.get("retry_timeout")
        return cls(
            region=region,
            client={"endpoint_url": endpoint_url, "verify": session.get("verify")},
            credentials={name: value for name, value in session.items() if name not in ("verify", "aws_config")},
            config=options.get("aws_config") or {},
            role_arn=str(role or ""),
            external_id=str(options.get("external_id") or ""),
            account=account,
            retry_timeout=float(retry.TIMEOUT if timeout is None else timeout),
            policy_wait=float(options.get("policy_wait") or 0),
        )

    def assuming(self, role_arn: str, external_id: str) -> Connection:
        """The same connection into another role, with the same credentials to assume it."""
        return replace(self, role_arn=role_arn, external_id=external_id, account="")


def _role(options: Mapping[str, Any], account: str) -> Arn | None:
    """The role to assume, None without one. Raises Refused if the role is in another account."""
    text = str(options.get("assume_role_arn") or "")
    if not text:
        return None
    role = parse(validators.role_arn(text, "assume_role_arn"))
    if role and account and role.account != account:
        raise Refused(f"assume_role_arn: {text} is a role of account {role.account}, not of account {account}.")
    return role
