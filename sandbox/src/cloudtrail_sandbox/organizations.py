# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Organizations, for the organization of the accounts file.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html
Known deviations: only the accounts file creates the organization and its units; policies of the
organization (SCPs, RCPs, ...) do not exist; permissions are required on resource "*".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cloudtrail_sandbox.access import Access
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.moto_backend import unsupported
from cloudtrail_sandbox.organization import FOUNDED, MOST_ADMINISTRATORS, Member, Organization
from cloudtrail_sandbox.permissions import needs_of
from cloudtrail_sandbox.responses import Response, json_response
from cloudtrail_sandbox.state import State

PAGE = 20
#: For the management account only. The other operations in the table are also for a delegated administrator.
MANAGEMENT_ONLY = frozenset(
    {"EnableAWSServiceAccess", "DisableAWSServiceAccess", "RegisterDelegatedAdministrator"}
    | {"DeregisterDelegatedAdministrator"}
)
Parameters = Mapping[str, Any]
Result = dict[str, Any]


class Organizations:
    def __init__(self, state: State, access: Access) -> None:
        self._state = state
        self._access = access
        self._table: dict[str, Callable[[Organization, Parameters], Result]] = {
            "DescribeOrganization": _describe,
            "DescribeAccount": lambda org, parameters: {
                "Account": _account(org, _member(org, parameters["AccountId"]))
            },
            "DescribeOrganizationalUnit": _describe_unit,
            "ListAccounts": lambda org, parameters: _accounts(org, parameters, org.members),
            "ListAccountsForParent": _accounts_for_parent,
            "ListOrganizationalUnitsForParent": _units_for_parent,
            "ListParents": _parents,
            "ListRoots": _roots,
            "ListTagsForResource": _tags,
            "ListDelegatedAdministrators": _administrators,
            "ListDelegatedServicesForAccount": _delegated_services,
            "ListAWSServiceAccessForOrganization": _services,
            "EnableAWSServiceAccess": self._enable,
            "DisableAWSServiceAccess": self._disable,
            "RegisterDelegatedAdministrator": self._register,
            "DeregisterDelegatedAdministrator": _deregister,
        }

    def handle(self, call: Call, caller: Caller) -> Response:
        self._access.require(call, caller, needs_of(call, caller, self._state))
        operation = self._table.get(call.operation)
        if operation is None:
            raise unsupported(call)
        organization = self._state.organization
        if organization is None or caller.account not in organization.members:
            raise ApiError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
        manages = caller.account == organization.management
        delegated = organization.is_administrator(caller.account) and call.operation not in MANAGEMENT_ONLY
        if call.operation != "DescribeOrganization" and not manages and not delegated:
            raise ApiError("AccessDeniedException", "You don't have permissions to access this resource.")
        try:
            return json_response(operation(organization, call.parameters))
        except KeyError as error:
            raise ApiError("InvalidInputException", f"You must specify {error}.") from error

    def _enable(self, org: Organization, parameters: Parameters) -> Result:
        org.trusted.setdefault(parameters["ServicePrincipal"], self._state.now())
        return {}

    def _disable(self, org: Organization, parameters: Parameters) -> Result:
        org.trusted.pop(parameters["ServicePrincipal"], None)
        return {}

    def _register(self, org: Organization, parameters: Parameters) -> Result:
        """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html"""
        account = _member(org, parameters["AccountId"]).id
        administrators = org.administrators.setdefault(parameters["ServicePrincipal"], {})
        if account == org.management:
            sentence = "You cannot register master account/yourself as delegated administrator for your organization."
            raise ApiError("ConstraintViolationException", sentence)
        if account in administrators:
            sentence = "The provided account is already a delegated administrator for your organization."
            raise ApiError("AccountAlreadyRegisteredException", sentence)
        if len(administrators) >= MOST_ADMINISTRATORS:
            sentence = "You have exceeded the allowed limit of delegated administrators."
            raise ApiError("ConstraintViolationException", sentence)
        administrators[account] = self._state.now()
        return {}


def _deregister(org: Organization, parameters: Parameters) -> Result:
    administrators = org.administrators.get(parameters["ServicePrincipal"], {})
    if administrators.pop(_member(org, parameters["AccountId"]).id, None) is None:
        sentence = "The provided account is not a registered delegated administrator for your organization."
        raise ApiError("AccountNotRegisteredException", sentence)
    return {}


def _describe(org: Organization, parameters: Parameters) -> Result:
    manager = org.members[org.management]
    return {
        "Organization": {
            "Id": org.id,
            "Arn": org.arn("organization"),
            "FeatureSet": "ALL",
            "MasterAccountArn": org.arn("account", org.management),
            "MasterAccountId": org.management,
            "MasterAccountEmail": manager.email,
            "AvailablePolicyTypes": [],
        }
    }


def _account(org: Organization, member: Member) -> Result:
    """`State` replaces `Status`, which AWS retires
    (https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html)."""
    return {
        "Id": member.id,
        "Arn": org.arn("account", member.id),
        "Email": member.email,
        "Name": member.name,
        "Status": member.status,
        "State": member.status,
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": FOUNDED,
    }


def _member(org: Organization, account: str) -> Member:
    if account not in org.members:
        raise ApiError("AccountNotFoundException", "You specified an account that doesn't exist.")
    return org.members[account]


def _parent(org: Organization, parameters: Parameters) -> str:
    parent = str(parameters["ParentId"])
    if parent != org.root and parent not in org.units:
        raise ApiError("ParentNotFoundException", "You specified parent that doesn't exist.")
    return parent


def _accounts(org: Organization, parameters: Parameters, ids: Iterable[str]) -> Result:
    return _page("Accounts", [_account(org, org.members[account]) for account in sorted(ids)], parameters)


def _accounts_for_parent(org: Organization, parameters: Parameters) -> Result:
    parent = _parent(org, parameters)
    return _accounts(org, parameters, (member.id for member in org.members.values() if member.parent == parent))


def _unit(org: Organization, unit: str) -> Result:
    if unit not in org.units:
        raise ApiError("OrganizationalUnitNotFoundException", "You specified an OU that doesn't exist.")
    return {"Id": unit, "Arn": org.arn("ou", unit), "Name": org.units[unit].name}


def _describe_unit(org: Organization, parameters: Parameters) -> Result:
    return {"OrganizationalUnit": _unit(org, parameters["OrganizationalUnitId"])}


def _units_for_parent(org: Organization, parameters: Parameters) -> Result:
    parent = _parent(org, parameters)
    units = sorted((unit for unit in org.units.values() if unit.parent == parent), key=lambda unit: unit.name)
    return _page("OrganizationalUnits", [_unit(org, unit.id) for unit in units], parameters)


def _parents(org: Organization, parameters: Parameters) -> Result:
    child: Any = org.members.get(parameters["ChildId"]) or org.units.get(parameters["ChildId"])
    if child is None:
        raise ApiError("ChildNotFoundException", "You specified a child that doesn't exist.")
    kind = "ROOT" if child.parent == org.root else "ORGANIZATIONAL_UNIT"
    return {"Parents": [{"Id": child.parent, "Type": kind}]}


def _roots(org: Organization, parameters: Parameters) -> Result:
    return {"Roots": [{"Id": org.root, "Arn": org.arn("root", org.root), "Name": "Root", "PolicyTypes": []}]}


def _tags(org: Organization, parameters: Parameters) -> Result:
    tags = org.tags_of(parameters["ResourceId"])
    if tags is None:
        raise ApiError("TargetNotFoundException", "You specified a target that doesn't exist.")
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _administrators(org: Organization, parameters: Parameters) -> Result:
    """The delegated administrators of a service, or of any."""
    chosen = parameters.get("ServicePrincipal")
    since: dict[str, Any] = {}
    for service, accounts in org.administrators.items():
        since |= accounts if chosen in (None, service) else {}
    entries = [
        {**_account(org, org.members[account]), "DelegationEnabledDate": since[account]} for account in sorted(since)
    ]
    return _page("DelegatedAdministrators", entries, parameters)


def _delegated_services(org: Organization, parameters: Parameters) -> Result:
    account = _member(org, parameters["AccountId"]).id
    pairs = sorted((name, accounts[account]) for name, accounts in org.administrators.items() if account in accounts)
    if not pairs:
        sentence = "The provided account is not a registered delegated administrator for your organization."
        raise ApiError("AccountNotRegisteredException", sentence)
    entries = [{"ServicePrincipal": name, "DelegationEnabledDate": since} for name, since in pairs]
    return _page("DelegatedServices", entries, parameters)


def _services(org: Organization, parameters: Parameters) -> Result:
    entries = [{"ServicePrincipal": name, "DateEnabled": since} for name, since in sorted(org.trusted.items())]
    return _page("EnabledServicePrincipals", entries, parameters)


def _page(member: str, items: list[Result], parameters: Parameters) -> Result:
    """A page of at most 20 items, as in AWS; the token is the number of the next item."""
    size = parameters.get("MaxResults") or PAGE
    token = parameters.get("NextToken") or "0"
    if not 1 <= size <= PAGE or not str(token).isdigit():
        raise ApiError("InvalidInputException", "You specified an invalid value.")
    start = int(token)
    more = {"NextToken": str(start + size)} if len(items) > start + size else {}
    return {member: items[start : start + size], **more}
