# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a request of a principal has for condition keys. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A context maps condition keys in lower case to patterns of their values. A key without values is absent from the
request, and nothing is known about a key that is not in the context.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .principal import (
    ACCOUNT,
    CLOUDTRAIL,
    FEDERATED,
    ORGANIZATION,
    ROLE,
    ROOT_USER,
    SERVICE,
    SESSION,
    TRAILS,
    USER,
    Principal,
    role_of_session,
)

Context = Mapping[str, Sequence[str]]

PRINCIPAL_ARN, PRINCIPAL_ACCOUNT, CALLER_ACCOUNT = "aws:principalarn", "aws:principalaccount", "kms:calleraccount"
PRINCIPAL_ORG, PRINCIPAL_ORG_PATHS, IS_SERVICE = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalisawsservice",
)
SERVICE_NAME = "aws:principalservicename"
SOURCE_ARN, SOURCE_ACCOUNT = "aws:sourcearn", "aws:sourceaccount"
SOURCE_ORG, SOURCE_ORG_PATHS = "aws:sourceorgid", "aws:sourceorgpaths"
TLS, ACL, VIA_SERVICE = "aws:securetransport", "s3:x-amz-acl", "kms:viaservice"
# CloudTrail encrypts each log file with the ARN of its trail as encryption context:
# https://docs.aws.amazon.com/kms/latest/developerguide/services-cloudtrail.html
TRAIL_CONTEXT = "kms:encryptioncontext:aws:cloudtrail:arn"
TRAIL_KEYS = (SOURCE_ARN, TRAIL_CONTEXT)  # their values are ARNs of trails

_WITH_CONTEXT = ("kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:reencrypt")  # beginnings of actions
_WITHOUT_CONTEXT = ("kms:deleteimportedkeymaterial", "kms:disablekey", "kms:putkeypolicy", "kms:schedulekeydeletion")
_WITH_ACL = ("s3:putbucketacl", "s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl")
_WITHOUT_ACL = (  # beginnings of actions
    *("s3:bypass", "s3:delete", "s3:get", "s3:putbucket", "s3:putencryption", "s3:putlifecycle"),
    *("s3:putobjectlegalhold", "s3:putobjectretention", "s3:putreplication", "s3:updateobject"),
)


def context(caller: Principal, action: str) -> dict[str, Sequence[str]]:
    """Return what every request of the principal for the action has. The trail of a log file may be any."""
    known: dict[str, Sequence[str]] = {}
    if caller.kind in (SERVICE, TRAILS):
        known |= _of_service(caller)
    elif caller.kind in (ACCOUNT, ROLE, USER, SESSION, ROOT_USER) or _is_federated_user(caller):
        known |= _of_iam(caller, action)
    elif caller.kind == ORGANIZATION:
        known |= {PRINCIPAL_ORG: (caller.name,), IS_SERVICE: ("false",), **_no_source()}
    if action.lower().startswith(_WITH_CONTEXT):
        known[TRAIL_CONTEXT] = (trail_pattern(caller),)
    elif action.lower() in _WITHOUT_CONTEXT:
        known[TRAIL_CONTEXT] = ()
    if has_no_acl(action):
        known[ACL] = ()
    return known


def trail_pattern(caller: Principal) -> str:
    """Return the pattern of the trails that a log file of the principal's request may come from."""
    account = caller.name if caller.kind == TRAILS and caller.name.isdigit() else "*"
    return f"arn:*:cloudtrail:*:{account}:trail/*"


def has_acl(action: str) -> bool:
    """Return whether a request for the action can have an ACL."""
    return action.lower() in _WITH_ACL


def has_no_acl(action: str) -> bool:
    """Return whether no request for the action has an ACL."""
    return not has_acl(action) and action.lower().startswith(_WITHOUT_ACL)


def _of_service(caller: Principal) -> dict[str, Sequence[str]]:
    """A service has no account, no ARN and no organization of its own. CloudTrail's requests name the trail."""
    absent = (PRINCIPAL_ARN, PRINCIPAL_ACCOUNT, PRINCIPAL_ORG, PRINCIPAL_ORG_PATHS)
    known: dict[str, Sequence[str]] = {key: () for key in absent}
    known[IS_SERVICE] = ("true",)
    if caller.kind == SERVICE:
        return known | {SERVICE_NAME: (caller.name,)}
    known |= {SERVICE_NAME: (CLOUDTRAIL,), SOURCE_ARN: (trail_pattern(caller),)}
    if caller.name.startswith("o-"):
        return known | {SOURCE_ORG: (caller.name,), SOURCE_ACCOUNT: ("*",)}
    return known | {SOURCE_ACCOUNT: (caller.name,)}


def _of_iam(caller: Principal, action: str) -> dict[str, Sequence[str]]:
    account = caller.account or "*"
    known: dict[str, Sequence[str]] = {
        IS_SERVICE: ("false",),
        PRINCIPAL_ARN: (_principal_arn(caller, account),),
        PRINCIPAL_ACCOUNT: (account,),
        SERVICE_NAME: (),
        **_no_source(),
    }
    return known | {CALLER_ACCOUNT: (account,)} if action.lower().startswith("kms:") else known


def _no_source() -> dict[str, Sequence[str]]:
    """Only requests that a service makes for a resource have these keys."""
    return {key: () for key in (SOURCE_ARN, SOURCE_ACCOUNT, SOURCE_ORG, SOURCE_ORG_PATHS)}


def _principal_arn(caller: Principal, account: str) -> str:
    if caller.kind == SESSION:
        return role_of_session(caller.name)
    whole = {ACCOUNT: f"arn:*:*::{account}:*", ROOT_USER: f"arn:*:iam::{account}:root"}
    return whole.get(caller.kind, caller.name)


def _is_federated_user(caller: Principal) -> bool:
    return caller.kind == FEDERATED and ":federated-user/" in caller.name
