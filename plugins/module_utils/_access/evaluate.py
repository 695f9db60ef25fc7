# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who can encrypt, decrypt, read and delete, from the policies of key and bucket and the grants of the key. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

IAM policies are not read. Where they decide, the access is told as possible and not as certain: an account's own
principals need no bucket policy, its principals reach the key where the key policy names the account, and principals of
other accounts need a policy of their own as well:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html and
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._aws import arn as _arn
from .._log_policy import allowed_accounts
from .._policy import describe
from .._policy.explicit_deny import Denial, denial, matches
from .._policy.statement import (
    ACCOUNT,
    ANYONE,
    BUCKET,
    DELETED,
    FEDERATED,
    KEY,
    ORGANIZATION,
    ROLE,
    ROOT_USER,
    SERVICE,
    SESSION,
    TRAILS,
    UNKNOWN,
    USER,
    Clause,
    Who,
    classified,
)
from .._policy.wildcards import covers, may_touch
from .effective_access import Entry, merged

CLOUDTRAIL = "cloudtrail.amazonaws.com"
IAM = "IAM"


@dataclass(frozen=True)
class Ability:
    """What somebody can do, and by which actions: with these at once, or by giving themselves the right to."""

    policy: str
    actions: tuple[str, ...]
    indirect: tuple[str, ...] = ()


ENCRYPT = Ability(
    KEY,
    (
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptTo",
    ),
)
DECRYPT = Ability(KEY, ("kms:Decrypt", "kms:ReEncryptFrom"), ("kms:CreateGrant", "kms:PutKeyPolicy"))
READ = Ability(
    BUCKET,
    ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectVersionForReplication"),
    (
        "s3:PutBucketAcl",
        "s3:PutBucketPolicy",
        "s3:PutObjectAcl",
        "s3:PutObjectVersionAcl",
        "s3:PutReplicationConfiguration",
    ),
)
WRITE = Ability(BUCKET, ("s3:PutObject", "s3:ReplicateObject"))
DELETE_LOGS = Ability(
    BUCKET,
    (
        "s3:BypassGovernanceRetention",
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
    ),
    (
        "s3:DeleteBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:ReplicateDelete",
    ),
)
# without the key the logs are as good as deleted
DELETE_KEY = Ability(
    KEY, ("kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion"), ("kms:PutKeyPolicy",)
)
_BUCKET_ACTIONS = ("s3:DeleteBucket", "s3:PutBucket", "s3:PutLifecycle", "s3:PutReplication")  # beginnings
# Under these keys a statement still gives the whole access to whoever wants it: the context that log files have, the
# services that ask for the caller, and what the caller chooses.
_HARMLESS = ("kms:encryptioncontext:aws:cloudtrail:arn", "kms:viaservice", "aws:securetransport", "s3:x-amz-acl")
_NARROWING = {
    "aws:principalarn": ("arnequals", "arnlike", "stringequals", "stringlike"),
    "aws:principalaccount": ("stringequals",),
    "kms:calleraccount": ("stringequals",),
    "aws:principalorgid": ("stringequals",),
}
_OF_IAM = (ACCOUNT, ROLE, USER, SESSION, FEDERATED)
_LIMITING = ("arnequals", "arnlike", "stringequals", "stringlike")
_OF_TRAILS = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "kms:encryptioncontext:aws:cloudtrail:arn")


@dataclass(frozen=True)
class Place:
    """Bucket and key, and whose they are."""

    account: str
    bucket_arn: str
    key_arn: str

    def target(self, action: str) -> str:
        """The pattern of what an action is about."""
        if action.startswith("kms:"):
            return self.key_arn
        return self.bucket_arn if action.startswith(_BUCKET_ACTIONS) else f"{self.bucket_arn}/*"

    def iam(self) -> Clause:
        """What IAM policies in the owner's account can give without the bucket policy's help."""
        both = (self.bucket_arn, f"{self.bucket_arn}/*")
        return Clause(BUCKET, IAM, True, (Who(ACCOUNT, self.account),), actions=("s3:*",), resources=both)


def entries(ability: Ability, clauses: Sequence[Clause], place: Place) -> list[Entry]:
    """Who has the ability, each principal once for each set of conditions."""
    relevant = [clause for clause in clauses if clause.policy == ability.policy]
    denies = [clause for clause in relevant if not clause.allows]
    return merged(
        Entry(who, (clause.name,), (action,), conditions, certain, action in ability.indirect)
        for clause in relevant
        if clause.allows
        for action in (*ability.actions, *ability.indirect)
        for who, conditions, certain in _granted(clause, action, denies, place)
    )


def _granted(
    clause: Clause, action: str, denies: Sequence[Clause], place: Place
) -> Iterable[tuple[Who, tuple[str, ...], bool]]:
    """Who may do one action by one statement, under which conditions in words, and whether for certain."""
    target = place.target(action)
    if not matches(clause, action, target):
        return
    named = [describe.condition(one) for one in clause.conditions]
    for who, origin in _whom(clause):
        denials = [one for deny in denies if (one := denial(deny, who, action, target, clause.resources))]
        if any(one.sure for one in denials):
            continue
        words = [*_reservations(clause, who, origin, place), *(one.words for one in denials if one.words)]
        certain = not words and all(_is_settled(one.about, who) for one in clause.conditions)
        scope = _scope(clause, target) if who.kind != TRAILS else []
        for spared in _spared(who, denials):
            yield spared, tuple(dict.fromkeys(filter(None, [*scope, *named, *words]))), certain


def _spared(who: Who, denials: Sequence[Denial]) -> list[Who]:
    """Those of an account whom no denial strikes; where several spare somebody, those that all of them spare."""
    exempt = [set(one.exempt) for one in denials if one.exempt is not None]
    if not exempt:
        return [who]
    # patterns of different statements are not compared: if none is common, the first list stands
    common = set.intersection(*exempt) or exempt[0]
    return [classified("AWS", arn) for arn in sorted(common)]


def _whom(clause: Clause) -> Iterable[tuple[Who, Who]]:
    """The principals of an Allow statement: narrowed by the conditions that say who they are, and as written."""
    for origin in (Who(ANYONE, "*"),) if clause.except_who else clause.who:
        for who in _trails(clause) if origin == Who(SERVICE, CLOUDTRAIL) else _narrowed(clause, origin):
            yield who, origin


def _narrowed(clause: Clause, who: Who) -> list[Who]:
    """Anyone, or an account, becomes those whom a condition names."""
    for one in clause.conditions if who.kind in (ANYONE, ACCOUNT) else ():
        fixed = one.test in _NARROWING.get(one.about, ()) and not any(
            value == "*" or "${" in value for value in one.values
        )
        narrowed = [_by_condition(one.about, value) for value in one.values] if fixed else []
        if who.kind == ANYONE and narrowed:
            return narrowed
        if one.about == "aws:principalarn" and narrowed:
            return [here for here in narrowed if here.account in ("", who.account)]
    return [who]


def _by_condition(key: str, value: str) -> Who:
    return Who(ORGANIZATION, value) if key == "aws:principalorgid" else classified("AWS", value)


def _trails(clause: Clause) -> list[Who]:
    """The accounts whose trails CloudTrail may serve by this statement; C(*) for those of any account."""
    limits: dict[str, dict[str, list[str]]] = {}
    for one in clause.conditions:
        if one.about in _OF_TRAILS and one.test in _LIMITING:
            limits.setdefault(one.operator, {})[one.key] = list(one.values)
    resources = [] if clause.except_resources else list(clause.resources)
    admitted = allowed_accounts.recover([{"Resource": resources, "Condition": limits}])
    accounts = [account for account in admitted.accounts if _arn.ACCOUNT_ID.fullmatch(account)]
    if admitted.organization:
        accounts = [admitted.organization]
    return [Who(TRAILS, account) for account in accounts] or [Who(TRAILS, "*")]


def _reservations(clause: Clause, who: Who, origin: Who, place: Place) -> list[str]:
    """What else has to agree before the statement gives access; empty words where the kind of principal says so."""
    words = [f"as far as AWS reads the statement so: {clause.problem}"] if clause.problem else []
    if clause.except_who:
        words.append(f"if it is not {describe.listed([describe.who(one) for one in clause.who], 'or')}")
    by_iam = origin.kind == ACCOUNT or (who.kind in _OF_IAM and who.account not in ("", place.account))
    if who.kind in (DELETED, UNKNOWN, ORGANIZATION) or (by_iam and who.kind == ACCOUNT):
        words.append("")
    elif by_iam:
        words.append(f"as far as IAM policies in account {who.account or origin.account}, not read here, allow it")
    return words


def _scope(clause: Clause, target: str) -> list[str]:
    """What part of the bucket the statement is about, where it is not all of it."""
    if clause.except_resources:
        spared = [pattern for pattern in clause.resources if may_touch(pattern, target)]
        return [f"not on {describe.listed(spared, 'or')}"] if spared else []
    if any(covers(pattern, target) for pattern in clause.resources):
        return []
    return [f"only on {describe.listed([pattern for pattern in clause.resources if may_touch(pattern, target)])}"]


def _is_settled(key: str, who: Who) -> bool:
    """Whether a condition on the key leaves nothing open."""
    return key in _HARMLESS or key in _NARROWING or (who.kind == TRAILS and key in _OF_TRAILS)


def root_user(place: Place) -> Entry:
    """S3 never denies the bucket's policy to the root user of the account that owns it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    actions = ("s3:DeleteBucketPolicy", "s3:PutBucketPolicy")
    return Entry(Who(ROOT_USER, place.account), ("S3",), actions, ("whatever the bucket policy says",), True, True)
