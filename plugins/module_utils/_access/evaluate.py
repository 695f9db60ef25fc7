# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who can encrypt, decrypt, read and delete, from the policies of key and bucket and the grants of the key. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

IAM policies are not read. If they decide, the access is reported as possible and not as certain. Principals of the
bucket's own account need no bucket policy. A key policy that names the account lets IAM policies decide. Principals of
other accounts need a policy of their own account too.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html and
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._aws import arn as arns
from .._log_policy import allowed_accounts
from .._policy import describe, matching
from .._policy.explicit_deny import Denial, denial
from .._policy.principal import (
    ACCOUNT,
    ANYONE,
    CLOUDTRAIL,
    DELETED,
    FEDERATED,
    ORGANIZATION,
    ROLE,
    ROOT_USER,
    SERVICE,
    SESSION,
    TRAILS,
    UNKNOWN,
    USER,
    Principal,
    classify,
)
from .._policy.statement import BUCKET, Condition, Statement
from .._policy.wildcards import covers, may_touch
from .actions import Ability, is_about_bucket
from .effective_access import EffectiveAccess, merged

IAM = "IAM"
# A condition on these keys does not restrict who has the access. All log files have this encryption context, the
# services in kms:ViaService act for the caller, and every caller can choose TLS and the ACL.
_UNRESTRICTIVE = ("kms:encryptioncontext:aws:cloudtrail:arn", "kms:viaservice", "aws:securetransport", "s3:x-amz-acl")
# the operators, in lower case, under which a value of the key says who the caller is
_NARROWING = {
    "aws:principalarn": ("arnequals", "arnlike", "stringequals", "stringlike"),
    "aws:principalaccount": ("stringequals",),
    "kms:calleraccount": ("stringequals",),
    "aws:principalorgid": ("stringequals",),
}
_OF_IAM = (ACCOUNT, ROLE, USER, SESSION, FEDERATED)
_OPEN = (DELETED, UNKNOWN, ORGANIZATION)  # kinds of principals whose identity the policies leave open
_LIMITING = ("arnequals", "arnlike", "stringequals", "stringlike")
_TRAIL_KEYS = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "kms:encryptioncontext:aws:cloudtrail:arn")


@dataclass(frozen=True, kw_only=True)
class ArchiveResources:
    """The log bucket and the central key, and the account that owns both."""

    account: str
    bucket_arn: str
    key_arn: str

    def target(self, action: str) -> str:
        """Return the pattern of the resources that an action can be about."""
        if action.startswith("kms:"):
            return self.key_arn
        return self.bucket_arn if is_about_bucket(action) else f"{self.bucket_arn}/*"

    def iam_statement(self) -> Statement:
        """Return what IAM policies in the owner's account can allow without the bucket policy."""
        return Statement(
            policy=BUCKET,
            name=IAM,
            allows=True,
            principals=(Principal(kind=ACCOUNT, name=self.account),),
            actions=("s3:*",),
            resources=(self.bucket_arn, f"{self.bucket_arn}/*"),
        )


def who_can(ability: Ability, statements: Sequence[Statement], archive: ArchiveResources) -> list[EffectiveAccess]:
    """Return who has the ability by the statements, each principal once for each set of conditions."""
    relevant = [statement for statement in statements if statement.policy == ability.policy]
    denying = [statement for statement in relevant if not statement.allows]
    return merged(
        access
        for statement in relevant
        if statement.allows
        for action in (*ability.actions, *ability.indirect)
        for access in _allowed(statement, action, denying, archive, indirect=action in ability.indirect)
    )


def root_user(archive: ArchiveResources) -> EffectiveAccess:
    """Return what the root user of the bucket's account can do: S3 allows it even if the bucket policy denies it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    return EffectiveAccess(
        principal=Principal(kind=ROOT_USER, name=archive.account),
        by=("S3",),
        actions=("s3:DeleteBucketPolicy", "s3:PutBucketPolicy"),
        conditions=("the bucket policy does not limit the root user",),
        certain=True,
        indirect=True,
    )


def _allowed(
    statement: Statement, action: str, denying: Sequence[Statement], archive: ArchiveResources, *, indirect: bool
) -> Iterable[EffectiveAccess]:
    """The accesses to one action by one Allow statement."""
    target = archive.target(action)
    if not matching.may_concern(statement, action, target):
        return
    own_conditions = [describe.condition(condition) for condition in statement.conditions]
    for principal, listed in _principals(statement):
        candidates = (denial(deny, statement, principal, action, target) for deny in denying)
        denials = [item for item in candidates if item]
        if any(item.is_certain for item in denials):
            continue
        reservations, decided_here = _reservations(statement, principal, listed, archive)
        doubts = [*reservations, *(item.condition for item in denials if item.condition)]
        settled = all(_is_settled(condition, principal) for condition in statement.conditions)
        scope = _scope(statement, target) if principal.kind != TRAILS else []
        for exempt in _exempt(principal, denials):
            yield EffectiveAccess(
                principal=exempt,
                by=(statement.name,),
                actions=(action,),
                conditions=tuple(dict.fromkeys([*scope, *own_conditions, *doubts])),
                certain=decided_here and settled and not doubts,
                indirect=indirect,
            )


def _exempt(principal: Principal, denials: Sequence[Denial]) -> list[Principal]:
    """The principals of an account that every matching Deny statement exempts; without any, the principal itself."""
    exempt = [set(item.exempt) for item in denials if item.exempt]
    if not exempt:
        return [principal]
    # patterns of different statements are not compared: if none is common, the first list stands
    common = set.intersection(*exempt) or exempt[0]
    return [classify("AWS", arn) for arn in sorted(common)]


def _principals(statement: Statement) -> Iterable[tuple[Principal, Principal]]:
    """The principals of an Allow statement: narrowed by the conditions that say who they are, and as listed."""
    anyone = Principal(kind=ANYONE, name="*")
    for listed in (anyone,) if statement.not_principal else statement.principals:
        is_cloudtrail = listed == Principal(kind=SERVICE, name=CLOUDTRAIL)
        for principal in _trails(statement) if is_cloudtrail else _narrowed(statement, listed):
            yield principal, listed


def _narrowed(statement: Statement, principal: Principal) -> list[Principal]:
    """The principals of ANYONE, or of an account, that a condition names."""
    for condition in statement.conditions if principal.kind in (ANYONE, ACCOUNT) else ():
        named = _named_by(condition)
        if principal.kind == ANYONE and named:
            return named
        if condition.key_name == "aws:principalarn" and named:
            return [narrow for narrow in named if narrow.account in ("", principal.account)]
    return [principal]


def _named_by(condition: Condition) -> list[Principal]:
    """The principals that a condition names, if all its values are fixed."""
    is_narrowing = condition.operator.lower() in _NARROWING.get(condition.key_name, ())
    if not is_narrowing or any(value == "*" or "${" in value for value in condition.values):
        return []
    if condition.key_name == "aws:principalorgid":
        return [Principal(kind=ORGANIZATION, name=value) for value in condition.values]
    return [classify("AWS", value) for value in condition.values]


def _trails(statement: Statement) -> list[Principal]:
    """The accounts, or the organization, whose trails CloudTrail may serve by this statement; C(*) for any account."""
    limits: dict[str, dict[str, list[str]]] = {}
    for condition in statement.conditions:
        if condition.key_name in _TRAIL_KEYS and condition.operator.lower() in _LIMITING:
            limits.setdefault(condition.operator, {})[condition.key] = list(condition.values)
    resources = [] if statement.not_resource else list(statement.resources)
    allowed = allowed_accounts.recover([{"Resource": resources, "Condition": limits}])
    accounts = [account for account in allowed.accounts if arns.ACCOUNT_ID.fullmatch(account)]
    if allowed.organization:
        accounts = [allowed.organization]
    return [Principal(kind=TRAILS, name=account) for account in accounts or ["*"]]


def _reservations(
    statement: Statement, principal: Principal, listed: Principal, archive: ArchiveResources
) -> tuple[list[str], bool]:
    """What else the access depends on, as texts, and whether the policies that were read can decide alone.

    The kind of a principal may say that other policies decide. Then there is no text.
    """
    texts = []
    if statement.problem:
        texts.append(f"AWS reads the statement as described, although {statement.problem}")
    if statement.not_principal:
        excepted = [describe.principal(item) for item in statement.principals]
        texts.append(f"the caller is not {describe.listed(excepted, 'or')}")
    by_iam = listed.kind == ACCOUNT or (principal.kind in _OF_IAM and principal.account not in ("", archive.account))
    if by_iam and principal.kind not in (ACCOUNT, *_OPEN):
        account = principal.account or listed.account
        texts.append(f"the IAM policies of account {account} allow it (they are not read)")
    return texts, not by_iam and principal.kind not in _OPEN


def _scope(statement: Statement, target: str) -> list[str]:
    """The part of the bucket that the statement is about, as a text, unless it is about all of the bucket."""
    touching = [pattern for pattern in statement.resources if may_touch(pattern, target)]
    if statement.not_resource:
        return [f"not on {describe.listed(touching, 'or')}"] if touching else []
    if any(covers(pattern, target) for pattern in statement.resources):
        return []
    return [f"only on {describe.listed(touching)}"]


def _is_settled(condition: Condition, principal: Principal) -> bool:
    """Whether a condition leaves nothing open about the access of the principal."""
    if principal.kind == TRAILS and condition.key_name in _TRAIL_KEYS:
        return True
    return condition.key_name in _UNRESTRICTIVE or condition.key_name in _NARROWING
