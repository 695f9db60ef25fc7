# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Principals of policies: who a statement is about. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._aws import arn as arns

ANYONE, ACCOUNT, ROLE, USER, SESSION, SERVICE = "anyone", "account", "role", "user", "session", "service"
ORGANIZATION, TRAILS, DELETED, UNKNOWN = "organization", "trails", "deleted", "unknown"
FEDERATED, CANONICAL_USER, ROOT_USER = "federated", "canonical_user", "root_user"

CLOUDTRAIL = "cloudtrail.amazonaws.com"  # the same in every partition

_ACCOUNT_ROOT = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):root")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_KINDS = (
    (re.compile(r"arn:[^:]+:iam:[^:]*:[^:]*:role/.*"), ROLE),
    (re.compile(r"arn:[^:]+:iam:[^:]*:[^:]*:user/.*"), USER),
    (re.compile(r"arn:[^:]+:sts:[^:]*:[^:]*:assumed-role/.*"), SESSION),
    (re.compile(r"arn:[^:]+:sts:[^:]*:[^:]*:federated-user/.*"), FEDERATED),
    (_UNIQUE_ID, DELETED),
)
_NOT_AWS = {"service": SERVICE, "federated": FEDERATED, "canonicaluser": CANONICAL_USER}


@dataclass(frozen=True, kw_only=True, order=True)
class Principal:
    """A principal.

    The name of an account or an organization is its id. Any other name is spelled as in the policy. TRAILS is
    CloudTrail on behalf of the trails of one account or organization, or of any with the name C(*).
    """

    kind: str
    name: str

    @property
    def account(self) -> str:
        """The id of the account that the principal belongs to; empty if it belongs to none or to any."""
        if self.kind == UNKNOWN:
            return ""
        if self.kind in (ACCOUNT, ROOT_USER, TRAILS):
            return self.name
        arn = arns.parse(self.name)
        return arn.account if arn and arns.ACCOUNT_ID.fullmatch(arn.account) else ""

    def is_named_by(self, text: str) -> bool:
        """Return whether an ARN or an account id names this principal."""
        return classify("AWS", text) == self


def classify(key: str, name: str, partition: str = "") -> Principal:
    """Return the principal that a policy names under a key of its Principal element, such as C(AWS) or C(Service).

    C(partition) is that of the policy; empty if it is not known. An ARN of another partition is UNKNOWN, because the
    account with the same id is another account there.
    """
    if key.lower() in _NOT_AWS:
        return Principal(kind=_NOT_AWS[key.lower()], name=name)
    if key.lower() != "aws":
        return Principal(kind=UNKNOWN, name=f"{key} {name}")
    if name == "*":
        return Principal(kind=ANYONE, name="*")
    if is_elsewhere(name, partition):
        return Principal(kind=UNKNOWN, name=name)
    if whole_account(name):
        return Principal(kind=ACCOUNT, name=whole_account(name))
    return Principal(kind=next((kind for pattern, kind in _KINDS if pattern.fullmatch(name)), UNKNOWN), name=name)


def is_elsewhere(name: str, partition: str) -> bool:
    """Return whether the name is an ARN of another partition than this one, which is empty if it is not known."""
    arn = arns.parse(name)
    return bool(arn and partition and arn.partition != partition)


def named_by_arn(text: str) -> Principal:
    """Return the principal whose aws:PrincipalArn is the text, which may be a pattern.

    The root ARN means the root user there, while as a principal of a policy it means the whole account.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    named = classify("AWS", text)
    return Principal(kind=ROOT_USER, name=named.name) if named.kind == ACCOUNT else named


def whole_account(name: str) -> str:
    """Return the account that a principal's name means as a whole, by its id or root ARN; empty for any other name."""
    root = _ACCOUNT_ROOT.fullmatch(name)
    if root:
        return root.group(1)
    return name if arns.ACCOUNT_ID.fullmatch(name) else ""


def role_of_session(name: str) -> str:
    """Return a pattern of the role's ARN from the ARN of an assumed-role session, which does not show the role's path.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    arn = arns.parse(name)
    if arn is None:
        return "*"
    return f"arn:{arn.partition}:iam::{arn.account}:role/*{arn.resource.split('/')[1]}"


def is_deleted(name: str) -> bool:
    """Return whether a principal's name is a unique id, which AWS shows in place of a deleted role or user."""
    return _UNIQUE_ID.fullmatch(name) is not None
