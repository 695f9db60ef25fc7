# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A seeded generator of bucket policies, key policies and grants: all elements and all condition operators."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from . import universe as u

Json = dict[str, Any]
KEY, BUCKET = "key", "bucket"

_STRING = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")
_NO_CASE = ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
_ARN = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
_NUMERIC = tuple(
    f"Numeric{name}"
    for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
)
_DATE = tuple(name.replace("Numeric", "Date") for name in _NUMERIC)
_IP = ("IpAddress", "NotIpAddress")

_ARNS = (
    *(u.role(u.ARCHIVE, name) for name in ("Admin", "BreakGlass", "Reader", "Nobody")),
    u.user(u.ARCHIVE, "alice"),
    u.root(u.ARCHIVE),
    u.role(u.MEMBER, "Auditor"),
    u.role(u.MEMBER, "Reader"),
    u.user(u.MEMBER, "bob"),
    u.root(u.MEMBER),
    u.role(u.FOREIGN, "Auditor"),
)
_ARN_PATTERNS = (
    f"arn:aws:iam::{u.ARCHIVE}:role/*",
    f"arn:aws:iam::{u.ARCHIVE}:*",
    "arn:aws:iam::*:role/Reader",
    "arn:aws:iam::*:role/A*",
    f"arn:*:iam::{u.MEMBER}:role/?uditor",
    "arn:aws:iam::${aws:PrincipalAccount}:role/Reader",
)
_SESSIONS = (u.session(u.ARCHIVE, "Reader"), f"arn:aws:sts::{u.ARCHIVE}:federated-user/carol")
_TRAIL_ARNS = tuple(u.trail(account) for account in u.ORGANIZATIONS)
_TRAIL_PATTERNS = (
    f"arn:aws:cloudtrail:*:{u.MEMBER}:trail/*",
    f"arn:aws:cloudtrail:*:{u.ARCHIVE}:trail/*",
    "arn:aws:cloudtrail:*:*:trail/central",
    f"arn:aws:cloudtrail:eu-central-1:{u.MEMBER}:trail/?entral",
    "arn:aws:cloudtrail:*",
)
_ACCOUNTS = tuple(u.ORGANIZATIONS)

#: key: (operators, values that the universe has, patterns and values that it has not), for keys of both policies
_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "aws:PrincipalArn": (_ARN + _STRING, _ARNS, _ARN_PATTERNS),
    "aws:PrincipalAccount": (_STRING, _ACCOUNTS, ("2*", "*")),
    "aws:PrincipalOrgID": (_STRING + _NO_CASE, (u.ORGANIZATION, u.OTHER_ORGANIZATION), ("o-*",)),
    "aws:PrincipalIsAWSService": (("Bool", "Bool", "StringEquals"), ("true", "false"), ("True",)),
    "aws:PrincipalServiceName": (_STRING, (u.CLOUDTRAIL, u.CONFIG), ("cloudtrail.*", "*.amazonaws.com")),
    "aws:PrincipalType": (_STRING, ("AssumedRole", "User", "Account"), ("*",)),
    "aws:username": (_STRING + _NO_CASE, ("alice", "bob"), ("a*", "ALICE", "${aws:username}")),
    "aws:userid": (_STRING, ("AROAREADER:alice", "AIDAalice"), ("AROA*", "*:bob")),
    "aws:PrincipalTag/team": (_STRING + _NO_CASE, ("security",), ("sec*", "SECURITY", "finance")),
    "aws:SourceArn": (_ARN + _ARN + _STRING, _TRAIL_ARNS, _TRAIL_PATTERNS),
    "aws:SourceAccount": (_STRING, _ACCOUNTS, ("2*",)),
    "aws:SourceOrgID": (_STRING, (u.ORGANIZATION, u.OTHER_ORGANIZATION), ("o-*",)),
    "aws:SecureTransport": (("Bool",), ("true", "false"), ()),
    "aws:SourceIp": (_IP, ("203.0.113.7", "203.0.113.0/24", "2001:db8::/32"), ("10.0.0.0/8", "0.0.0.0/0")),
    "aws:CurrentTime": (_DATE, ("2026-11-26T00:00:00Z", "2020-01-01"), ("2030-01-01T00:00:00Z", "1577836800")),
    "aws:ViaAWSService": (("Bool",), ("true", "false"), ()),
    "aws:SourceVpce": (_STRING, ("vpce-1a2b3c4d",), ("vpce-*",)),
}
#: keys that say who calls: of them, the product knows the values for many principals
_CALLER_KEYS = (
    *("aws:PrincipalArn", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:SourceArn"),
    *("aws:SourceAccount", "aws:PrincipalIsAWSService", "aws:PrincipalServiceName"),
)
_TRAIL_KEYS = ("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID")
_BUCKET_KEYS = {
    "s3:x-amz-acl": (_STRING, ("bucket-owner-full-control", "private"), ("*",)),
    "s3:TlsVersion": (_NUMERIC, ("1.2", "1.3"), ("1.1", "2")),
    "s3:signatureAge": (_NUMERIC, ("600000", "1000"), ("0",)),
}
_KEY_KEYS = {
    "kms:CallerAccount": (_STRING, _ACCOUNTS, ("2*",)),
    "kms:EncryptionContext:aws:cloudtrail:arn": (_STRING, _TRAIL_ARNS, _TRAIL_PATTERNS),
    "kms:ViaService": (_STRING, ("s3.eu-central-1.amazonaws.com",), ("s3.*",)),
}
_SETS = {
    "aws:PrincipalOrgPaths": (f"{u.ORGANIZATION}/r-ab12/ou-ab12-11111111/", f"{u.ORGANIZATION}/*", "o-*"),
    "aws:PrincipalServiceNamesList": (u.CLOUDTRAIL, u.CONFIG, "cloudtrail.*"),
    "aws:CalledVia": ("athena.amazonaws.com", "cloudformation.amazonaws.com", "*.amazonaws.com"),
}
_BUCKET_SETS = {"s3:RequestObjectTagKeys": ("team", "cost", "t*")}
_KEY_SETS = {"kms:EncryptionContextKeys": ("aws:cloudtrail:arn", "aws:s3:arn", "aws:*")}

_BUCKET_ACTIONS = (
    *("s3:GetObject", "s3:GetObject", "s3:PutObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    *("s3:GetObjectVersion", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutLifecycleConfiguration"),
    *("s3:Get*", "s3:Put*", "s3:Delete*", "s3:*", "s3:*", "*", "S3:getobject", "s3:*Object*", "s3:?etObject"),
    *("s3:*Policy", "s3:PutObject*", "s3:ListBucket", "s3:BypassGovernanceRetention", "s3:PutBucketVersioning"),
)
_KEY_ACTIONS = (
    *("kms:Decrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant"),
    *("kms:*", "kms:*", "*", "kms:ReEncrypt*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "KMS:decrypt"),
    *("kms:D*", "kms:?ecrypt", "kms:Describe*", "kms:Disable*"),
)
_RESOURCES = (
    *(f"{u.BUCKET}/*", f"{u.BUCKET}/*", f"{u.BUCKET}/*", u.BUCKET, u.BUCKET, f"{u.BUCKET}*"),
    *(f"{u.BUCKET}/AWSLogs/*", f"{u.BUCKET}/AWSLogs/{u.ARCHIVE}/*", f"{u.BUCKET}/AWSLogs/{u.MEMBER}/*"),
    *(f"{u.BUCKET}/AWSLogs/{u.ORGANIZATION}/*", f"{u.BUCKET}/AWSLogs/000000000000/*", f"{u.BUCKET}/*/CloudTrail/*"),
    *(f"{u.BUCKET}/AWSLogs/?????????????/*", f"{u.BUCKET}/{u.LOGS[0]}", f"{u.BUCKET}/alice/*"),
    *(f"{u.BUCKET}/${{aws:username}}/*", f"{u.BUCKET}/AWSLogs/${{aws:PrincipalAccount}}/*"),
    *(f"{u.BUCKET}/AWSLogs/${{aws:SourceAccount}}/*", f"{u.BUCKET}/${{aws:username, 'alice'}}/*"),
    # folders with other objects than logs, and kinds of logs
    *(f"{u.BUCKET}/AWSLogs/{u.MEMBER}/Config/*", f"{u.BUCKET}/athena-results/*", f"{u.BUCKET}/AWSLogs/*/Config/*"),
    *(f"{u.BUCKET}/AWSLogs/*/CloudTrail-Digest/*", f"{u.BUCKET}/alice/AWSLogs/*", f"{u.BUCKET}/*-Digest/*"),
    *(f"{u.BUCKET}/AWSLogs/{u.ORGANIZATION}/{u.MEMBER}/*", f"{u.BUCKET}/AWSLogs/o-*/{u.ARCHIVE}/CloudTrail/*"),
    *(f"{u.BUCKET}/AWSLogs/*/*/CloudTrail*", f"{u.BUCKET}/AWSLogs/????????????/Cloud*", f"{u.BUCKET}/A*"),
)


@dataclass(frozen=True)
class Case:
    """A policy and, for a key, its grants."""

    kind: str  # KEY or BUCKET
    policy: Json
    grants: tuple[Json, ...] = ()
    prefix: str | None = None  # of the logs, without the slash at its end; None: it is not known

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes of the logs that a caller other than CloudTrail may ask for, with the slash at the end."""
        return u.PREFIXES if self.prefix is None else (f"{self.prefix}/" if self.prefix else "",)


def case(seed: int) -> Case:
    """The case of a seed, always the same."""
    random = Random(seed)
    kind = random.choices((BUCKET, KEY), (3, 2))[0]
    statements = _focused(random, kind) if random.random() < 0.5 else _any_statements(random, kind)
    policy: Json = {"Statement": statements}
    version = random.choices(("2012-10-17", "2008-10-17", ""), (8, 1, 1))[0]
    if version:
        policy = {"Version": version, **policy}
    grants = [_grant(random, number) for number in range(random.choice((0, 0, 1)))] if kind == KEY else []
    prefix = random.choice((None, *(prefix.rstrip("/") for prefix in u.PREFIXES))) if kind == BUCKET else None
    return Case(kind=kind, policy=policy, grants=tuple(grants), prefix=prefix)


def _any_statements(random: Random, kind: str) -> list[Json]:
    count = random.choices((1, 2, 3, 4), (4, 5, 3, 1))[0]
    statements = [_statement(random, kind) for _index in range(count)]
    statements[0]["Effect"] = "Allow" if random.random() < 0.8 else statements[0]["Effect"]
    return statements


def _focused(random: Random, kind: str) -> list[Json]:
    """A wide Allow statement and, mostly, a wide Deny statement, with one condition on who calls."""
    everything: Json = {"Action": f"{'s3' if kind == BUCKET else 'kms'}:*"}
    everything["Resource"] = "*" if kind == KEY else [u.BUCKET, f"{u.BUCKET}/*"]
    names = random.choice((*_ARNS, *_SESSIONS, u.ARCHIVE, "*"))
    allowed = {"Service": u.CLOUDTRAIL} if random.random() < 0.3 else {"AWS": names}
    allow: Json = {"Effect": "Allow", "Principal": allowed, **everything}
    deny: Json = {"Effect": "Deny", "Principal": "*", **everything}
    about = _TRAIL_KEYS if "Service" in allowed and random.random() < 0.6 else _CALLER_KEYS
    operator, key, values = _condition(random, kind, about if random.random() < 0.8 else ())
    restricted = deny if random.random() < 0.75 else allow
    restricted["Condition"] = {operator: {key: values}}
    if restricted is deny and random.random() < 0.15:
        del deny["Principal"]
        deny["NotPrincipal"] = random.choice((allowed, _principal(random, kind, "Allow")))
        if random.random() < 0.5:
            del deny["Condition"]
    return [allow, deny] if restricted is deny else [allow]


def _statement(random: Random, kind: str) -> Json:
    effect = random.choices(("Allow", "Deny"), (3, 2))[0]
    statement: Json = {"Effect": effect}
    negated = random.random() < (0.25 if effect == "Deny" else 0.04)
    principal = _principal(random, kind, effect)
    statement["NotPrincipal" if negated and principal != "*" else "Principal"] = principal
    actions = _some(random, _BUCKET_ACTIONS if kind == BUCKET else _KEY_ACTIONS)
    statement["NotAction" if random.random() < 0.12 else "Action"] = actions
    if kind == KEY:
        statement["Resource"] = "*"
    else:
        statement["NotResource" if random.random() < 0.15 else "Resource"] = _some(random, _RESOURCES)
    condition: Json = {}
    for _index in range(random.choices((0, 1, 2, 3), (5, 5, 2, 1))[0]):
        operator, key, values = _condition(random, kind)
        condition.setdefault(operator, {})[key] = values
    return {**statement, "Condition": condition} if condition else statement


def _principal(random: Random, kind: str, effect: str) -> Any:
    choice = random.random()
    if choice < (0.3 if effect == "Allow" else 0.6):
        return random.choice(("*", {"AWS": "*"}))
    names = _some(random, (*_ARNS, *_SESSIONS, u.ARCHIVE, u.MEMBER, u.root(u.FOREIGN), "AROACKCEVSQ6C2EXAMPLE"))
    if choice < 0.75:
        return {"AWS": names}
    services = _some(random, (u.CLOUDTRAIL, u.CLOUDTRAIL, u.CLOUDTRAIL, u.CONFIG))
    if choice < 0.93:
        return {"Service": services}
    if choice < 0.96:
        return {"Service": services, "AWS": names}
    # only S3 has canonical users
    canonical = {"CanonicalUser": u.CANONICAL_USERS[u.FOREIGN]} if kind == BUCKET else {"AWS": names}
    return random.choice((canonical, {"Federated": "cognito-identity.amazonaws.com"}))


def _condition(random: Random, kind: str, of: tuple[str, ...] = ()) -> tuple[str, str, Any]:
    """An operator, a key, of all or of the given ones, and values."""
    suffix = "IfExists" if random.random() < 0.2 else ""
    if not of and random.random() < 0.12:
        sets = {**_SETS, **(_BUCKET_SETS if kind == BUCKET else _KEY_SETS)}
        key = random.choice(sorted(sets))
        quantifier = random.choice(("ForAllValues:", "ForAnyValue:"))
        return f"{quantifier}{random.choice(_STRING)}{suffix}", key, _some(random, sets[key])
    keys = {**_KEYS, **(_BUCKET_KEYS if kind == BUCKET else _KEY_KEYS)}
    key = random.choice(of or (*sorted(keys), *_CALLER_KEYS))
    if random.random() < 0.08:
        return "Null", _spelled(random, key), random.choice(("true", "false", True))
    operators, values, others = keys[key]
    operator = random.choice(operators)
    quantifier = random.choice(("ForAllValues:", "ForAnyValue:")) if random.random() < 0.15 else ""
    pool = (*values, *values, *others)
    if operator == "Bool":
        return f"{quantifier}Bool{suffix}", key, random.choice(pool)
    if "IgnoreCase" in operator:
        pool = tuple(value if "${" in value else value.upper() for value in pool)
    return f"{quantifier}{operator}{suffix}", _spelled(random, key), _some(random, pool, alone=0.3 if of else 0.6)


def _spelled(random: Random, key: str) -> str:
    return key.upper() if random.random() < 0.03 else key


def _some(random: Random, pool: tuple[str, ...], alone: float = 0.6) -> Any:
    """One value, with the probability C(alone), or a list of up to three."""
    if random.random() < alone:
        return random.choice(pool)
    return list(dict.fromkeys(random.choice(pool) for _index in range(random.choice((1, 2, 3)))))


def _grant(random: Random, number: int) -> Json:
    operations = ("Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "DescribeKey")
    grant: Json = {
        "GrantId": f"grant{number}",
        "GranteePrincipal": random.choice((*_ARNS, *_SESSIONS[:1])),
        "Operations": sorted({random.choice(operations) for _index in range(2)}),
    }
    if random.random() < 0.4:
        name = random.choice(("EncryptionContextEquals", "EncryptionContextSubset"))
        grant["Constraints"] = {name: {"aws:cloudtrail:arn": random.choice(_TRAIL_ARNS)}}
    return grant
