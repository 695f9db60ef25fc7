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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .._policy import describe, matching
from .._policy.match import Match
from .._policy.principal import (
    ACCOUNT,
    CANONICAL_USER,
    DELETED,
    FEDERATED,
    ORGANIZATION,
    ROLE,
    ROOT_USER,
    SESSION,
    TRAILS,
    UNKNOWN,
    USER,
    Principal,
)
from .._policy.statement import BUCKET, Statement
from .._policy.variables import unmark
from .._policy.wildcards import covers, may_touch
from . import log_folders, principals, trails
from .actions import Ability, is_about_bucket
from .effective_access import IAM, EffectiveAccess, Scope, merged
from .limits import with_open_limits
from .outcomes import Question, outcomes

FOREIGN_PREFIX = "the trail's S3 key prefix contains AWSLogs/, which CloudTrail refuses to unauthorized users"
_OF_IAM = (ACCOUNT, ROLE, USER, SESSION, FEDERATED, ROOT_USER)
_OPEN = (CANONICAL_USER, DELETED, UNKNOWN, ORGANIZATION)  # kinds of principals whose identity the policies leave open


@dataclass(frozen=True, kw_only=True)
class ArchiveResources:
    """The log bucket and the central key, and the account that owns both."""

    account: str
    bucket_arn: str
    key_arn: str
    logs: tuple[str, ...]  # the patterns of the objects that are logs

    def targets(self, action: str) -> tuple[str, ...]:
        """Return the patterns of the resources that an action can be about, if it is about the logs."""
        if action.startswith("kms:"):
            return (self.key_arn,)
        return (self.bucket_arn,) if is_about_bucket(action) else self.logs

    def delivered(self, action: str) -> tuple[str, ...]:
        """Return the patterns of the resources on which CloudTrail calls an action. A trail may have any prefix."""
        if action != trails.PUT:
            return self.targets(action)
        return log_folders.objects(self.bucket_arn, log_folders.ANY_PREFIX)

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
    accesses = merged(
        access
        for statement in relevant
        if statement.allows
        for action in (*ability.actions, *ability.indirect)
        for access in _allowed(statement, action, denying, archive, indirect=action in ability.indirect)
    )
    return with_open_limits(accesses)


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
) -> Iterator[EffectiveAccess]:
    """The accesses to one action by one Allow statement."""
    targets, delivered = archive.targets(action), archive.delivered(action)
    if not any(matching.may_concern(statement, action, resources) for resources in (targets, delivered)):
        return
    folders = trails.folder_owners(statement, action, delivered)
    sources = trails.SourceValues(statement)
    of_conditions = [describe.condition(condition) for condition in statement.conditions]
    concerned = {
        resources: [deny for deny in denying if matching.may_concern(deny, action, resources)]
        for resources in (targets, delivered)
        if matching.resource(statement, resources) is not Match.NO
    }
    for principal, listed in principals.of_allow(statement, action, delivered):
        resources = delivered if principal.kind == TRAILS else targets
        if resources not in concerned:
            continue
        scope = _scope(statement, resources)
        question = Question(
            allow=sources.for_owner(principal),
            denying=concerned[resources],
            principal=principal,
            action=action,
            targets=resources,
            key_arn=archive.key_arn,
        )
        doubts = _reservations(statement, principal, listed, archive)
        if principal.kind == TRAILS and trails.needs_foreign_prefix(folders, principal):
            doubts.append(FOREIGN_PREFIX)
        is_decided = (
            not doubts
            and _decides_alone(principal, listed, archive)
            and (principal.kind != TRAILS or _is_own_folder(scope, principal))
        )
        texts = [*_scope_text(scope, principal), *of_conditions, *doubts]
        for outcome in outcomes(question):
            for exempt in outcome.principals:
                yield EffectiveAccess(
                    principal=exempt,
                    by=(statement.name,),
                    actions=(action,),
                    conditions=tuple(dict.fromkeys([*texts, *outcome.doubts])),
                    certain=is_decided and outcome.is_certain,
                    indirect=indirect,
                    scope=replace(scope, trails=outcome.trails),
                )


def _reservations(
    statement: Statement, principal: Principal, listed: Principal, archive: ArchiveResources
) -> list[str]:
    """What else the access depends on, as texts."""
    texts = []
    if statement.problem:
        texts.append(f"AWS reads the statement as described, although {statement.problem}")
    if statement.has_variables:
        texts.append("the policy variables of the statement have values that match")
    if statement.not_principal:
        excepted = [describe.principal(item) for item in statement.principals]
        texts.append(f"the caller is not {describe.listed(excepted, 'or')}")
    if principal.kind not in (ACCOUNT, *_OPEN) and _is_by_iam(principal, listed, archive):
        account = principal.account or listed.account
        of_account = f"account {account}" if account else "its account"
        texts.append(f"the IAM policies of {of_account} allow it (they are not read)")
    return texts


def _is_by_iam(principal: Principal, listed: Principal, archive: ArchiveResources) -> bool:
    """Whether IAM policies must allow the access too, because of the account or the kind of the principal."""
    return listed.kind == ACCOUNT or (principal.kind in _OF_IAM and principal.account != archive.account)


def _decides_alone(principal: Principal, listed: Principal, archive: ArchiveResources) -> bool:
    return principal.kind not in _OPEN and not _is_by_iam(principal, listed, archive)


def _scope(statement: Statement, targets: Sequence[str]) -> Scope:
    """The part of the bucket that the statement is about; nothing if it is about all of the targets."""
    touching = [pattern for pattern in statement.resources if any(may_touch(pattern, target) for target in targets)]
    shown = tuple(unmark(pattern) for pattern in touching)
    if statement.not_resource:
        return Scope(not_resources=shown)
    is_whole = all(any(covers(pattern, target) for pattern in touching) for target in targets)
    return Scope() if is_whole else Scope(resources=shown)


def _scope_text(scope: Scope, principal: Principal) -> list[str]:
    """The scope as a text, unless the principal says it."""
    if scope.not_resources:
        return [f"not on {describe.listed(scope.not_resources, 'or')}"]
    if principal.kind == TRAILS and _is_own_folder(scope, principal):
        return []
    return [f"only on {describe.listed(scope.resources)}"] if scope.resources else []


def _is_own_folder(scope: Scope, principal: Principal) -> bool:
    """Whether the trails of an owner write within the scope, each with a prefix that the scope may demand."""
    own = ("AWSLogs/*", f"AWSLogs/{principal.name}/*")
    return not scope.not_resources and (
        not scope.resources or any(pattern.endswith(own) for pattern in scope.resources)
    )
