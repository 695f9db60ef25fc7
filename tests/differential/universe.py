# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small world of accounts, callers, folders and keys, so that generated policies and requests often meet.

What a request of each kind of caller has as condition keys:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html and
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudtrail_sandbox.judge import Principal

Values = str | tuple[str, ...]

ARCHIVE, MEMBER, MANAGEMENT, FOREIGN = "111111111111", "222222222222", "333333333333", "999999999999"
ORGANIZATION, OTHER_ORGANIZATION = "o-exampleorg1", "o-stranger99"
ORGANIZATIONS = {ARCHIVE: ORGANIZATION, MEMBER: ORGANIZATION, MANAGEMENT: ORGANIZATION, FOREIGN: OTHER_ORGANIZATION}
CANONICAL_USERS = {account: account[0] * 64 for account in ORGANIZATIONS}
BUCKET = "arn:aws:s3:::central-logs"
KEY = f"arn:aws:kms:eu-central-1:{ARCHIVE}:key/12345678-1234-1234-1234-123456789012"
# "Unauthorized users cannot create a trail that includes AWSLogs/ as the S3KeyPrefix parameter":
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html
PREFIXES = ("", "alice/", "logs/")
CLOUDTRAIL, CONFIG = "cloudtrail.amazonaws.com", "config.amazonaws.com"


def role(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def user(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


def session(account: str, name: str, session_name: str = "alice") -> str:
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"


def root(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def trail(account: str, name: str = "central") -> str:
    return f"arn:aws:cloudtrail:eu-central-1:{account}:trail/{name}"


@dataclass(frozen=True)
class Caller:
    """Somebody who sends requests, and the condition keys that are the same in all of them."""

    name: str
    principal: Principal
    keys: Mapping[str, Values] = field(default_factory=dict, compare=False)

    @property
    def account(self) -> str:
        """The account of an IAM principal, or of the trail for which a service works; "" for an anonymous caller."""
        return self.principal.account or str(self.keys.get("aws:SourceAccount", ""))


def _identity(kind: str, account: str, arn: str, session_arn: str = "", **more: Values) -> Caller:
    name = (session_arn or arn).split(":", 5)[5]
    keys: dict[str, Values] = {
        "aws:PrincipalArn": arn or session_arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalOrgID": ORGANIZATIONS[account],
        "aws:PrincipalOrgPaths": (f"{ORGANIZATIONS[account]}/r-ab12/ou-ab12-11111111/",),
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:PrincipalType": {"role": "AssumedRole", "user": "User", "root": "Account"}.get(kind, "FederatedUser"),
        **more,
    }
    principal = Principal(kind, arn=arn, session_arn=session_arn, canonical_user=CANONICAL_USERS[account])
    return Caller(f"{account} {name}", principal, keys)


def _session(account: str, name: str, session_name: str = "alice", team: str = "") -> Caller:
    tags = {"aws:PrincipalTag/team": team} if team else {}
    arn, session_arn = role(account, name), session(account, name, session_name)
    return _identity("role", account, arn, session_arn, **{"aws:userid": f"AROA{name.upper()}:{session_name}"}, **tags)


def _user(account: str, name: str) -> Caller:
    return _identity("user", account, user(account, name), **{"aws:username": name, "aws:userid": f"AIDA{name}"})


def _service(name: str, account: str, source_arn: str) -> Caller:
    keys: dict[str, Values] = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": name,
        "aws:PrincipalServiceNamesList": (name, f"{name.split('.')[0]}.eu-central-1.amazonaws.com"),
        "aws:SourceArn": source_arn,
        "aws:SourceAccount": account,
        "aws:SourceOrgID": ORGANIZATIONS[account],
    }
    return Caller(f"{name} for {source_arn}", Principal("service", service=name), keys)


TRAILS = tuple(_service(CLOUDTRAIL, account, trail(account)) for account in ORGANIZATIONS)
OTHER_TRAIL = _service(CLOUDTRAIL, MEMBER, trail(MEMBER, "theirs"))
ANONYMOUS = Caller("anonymous", Principal("anonymous"))
CALLERS = (
    _session(ARCHIVE, "Admin", team="security"),
    _session(ARCHIVE, "BreakGlass"),
    _session(ARCHIVE, "Nobody"),
    _session(ARCHIVE, "Reader"),
    _session(ARCHIVE, "Reader", "bob"),
    _user(ARCHIVE, "alice"),
    _identity("root", ARCHIVE, root(ARCHIVE)),
    _identity("federated", ARCHIVE, "", f"arn:aws:sts::{ARCHIVE}:federated-user/carol"),
    _session(MEMBER, "Auditor", team="security"),
    _session(MEMBER, "Reader"),
    _user(MEMBER, "bob"),
    _identity("root", MEMBER, root(MEMBER)),
    _session(MANAGEMENT, "Admin"),
    _session(FOREIGN, "Auditor"),
    _user(FOREIGN, "mallory"),
    ANONYMOUS,
    *TRAILS,
    OTHER_TRAIL,
    _service(CONFIG, MEMBER, f"arn:aws:config:eu-central-1:{MEMBER}:config-rule/x"),
)


def logs_of(caller: Caller) -> list[str]:
    """The files that CloudTrail writes for a trail: log files for every prefix that it can have, and digests.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
    """
    folders = [caller.account]
    if caller.account == MANAGEMENT:  # the trail of the organization
        folders += [f"{ORGANIZATION}/{MEMBER}", f"{ORGANIZATION}/{ARCHIVE}"]
    logs = [f"{prefix}AWSLogs/{folder}/CloudTrail/x.json.gz" for folder in folders for prefix in PREFIXES]
    return [*logs, *(f"AWSLogs/{folder}/CloudTrail-Digest/x.json.gz" for folder in folders)]


#: The logs in the bucket, with every prefix.
LOGS = (
    *(key for caller in TRAILS for key in logs_of(caller)[:1]),
    *logs_of(TRAILS[2])[3:4],
    "AWSLogs/000000000000/CloudTrail-Insight/x.json.gz",
    f"AWSLogs/{ARCHIVE}/CloudTrail-Digest/x.json.gz",
    f"alice/AWSLogs/{ARCHIVE}/CloudTrail/x.json.gz",
    f"alice/AWSLogs/{ORGANIZATION}/{MEMBER}/CloudTrail-Digest/x.json.gz",
    f"logs/AWSLogs/{MEMBER}/CloudTrail/x.json.gz",
    f"AWSLogs/{ORGANIZATION}/{ARCHIVE}/CloudTrail/x.json.gz",
)


def objects_of(caller: Caller, prefixes: tuple[str, ...]) -> list[str]:
    """The logs with one of the prefixes that a caller can ask for."""
    logs = logs_of(caller) if caller.principal.service == CLOUDTRAIL else LOGS
    return [key for key in logs if key.partition("AWSLogs/")[0] in prefixes]
