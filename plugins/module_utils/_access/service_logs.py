# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Services of AWS, other than CloudTrail, that write logs of their own into a log bucket. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Many of them write to C([prefix/]AWSLogs/<account>/<service>/), and AWS documents statements for all of
C([prefix/]AWSLogs/<account>/*), which contains the folders of CloudTrail. The service chooses the names of the objects,
so these do not look like logs of CloudTrail. But if a statement does not limit the service to known accounts, any
account can use the service to write:
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

import re

from .._aws import arn as arns
from .._policy.caller import SOURCE_ACCOUNT, SOURCE_ARN
from .._policy.principal import ACCOUNT, SERVICE, Principal
from .._policy.statement import BUCKET, Condition, Statement

CONFIG = "config.amazonaws.com"
_LOAD_BALANCING = "access logs of Elastic Load Balancing"
_NOUNS = {
    # VPC flow logs, Route 53 Resolver, Network Firewall, AWS WAF and other services deliver by this one:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html and
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    "delivery.logs.amazonaws.com": "the delivery of logs, such as VPC flow logs",
    # https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
    CONFIG: "AWS Config",
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html, with Outposts
    "logdelivery.elasticloadbalancing.amazonaws.com": _LOAD_BALANCING,
    "logdelivery.elb.amazonaws.com": _LOAD_BALANCING,
    # https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
    "guardduty.amazonaws.com": "findings that Amazon GuardDuty exports",
    # https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html
    "redshift.amazonaws.com": "audit logs of Amazon Redshift",
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    "logging.s3.amazonaws.com": "server access logs of Amazon S3",
}
# The accounts of AWS that write access logs in Regions from before August 2022:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html#attach-bucket-policy
_OF_LOAD_BALANCING = {
    *("009996457667", "027434742980", "033677994240", "037604701340", "048591011584", "054676820928"),
    *("076674570225", "098369216593", "114774131450", "127311923021", "156460612806", "190560391635"),
    *("383597477331", "507241528517", "582318560864", "589379963580", "600734575887", "635631232127"),
    *("638102146993", "652711504416", "718504428378", "754344448648", "783225319266", "797873946194"),
    *("897822967062", "985666609251"),
}
_WRITES = {"s3:getbucketacl", "s3:getbucketlocation", "s3:listbucket", "s3:putobject"}
_LOOKS = {*_WRITES, "s3:get*", "s3:list*"}
# a bucket, or the folder of one account in it, with or without Hive-compatible prefixes
_FOLDER = r"/(?:.*/)?AWSLogs/(?:aws-account-id=)?(?P<account>[0-9]{12})/.*"
_PLACE = re.compile(rf"arn:[^:*?]+:s3:::[^/*?]+(?:{_FOLDER})?")
_NAMING = ("arnequals", "arnlike", "stringequals", "stringlike")  # operators, in lower case


def noun_of(principal: Principal) -> str:
    """Return the logs that a principal of AWS writes according to AWS, such as C(AWS Config); empty for any other."""
    if principal.kind == ACCOUNT and principal.name in _OF_LOAD_BALANCING:
        return _LOAD_BALANCING
    return _NOUNS.get(principal.name, "") if principal.kind == SERVICE else ""


def documented(statement: Statement) -> str:
    """Return for which logs of a service AWS documents the bucket's statement; empty if it documents no such one.

    A limit of the source is part of it, except for load balancers: their objects lie in the folder of their account.
    """
    noun = _noun(statement)
    if noun == _LOAD_BALANCING and _folders(statement) is not None:
        return noun
    return noun if is_limited(statement) else ""


def is_limited(statement: Statement) -> bool:
    """Return whether the statement lets such a service write only logs of accounts, each to its own folder."""
    folders = _folders(statement)
    if not _noun(statement) or folders is None:
        return False
    return any(sources and (sources <= folders or not folders) for sources in map(_sources, statement.conditions))


def is_about_other_logs(statement: Statement) -> bool:
    """Return whether the bucket's statement only lets such services write, so that it shows no folder of CloudTrail."""
    return bool(_noun(statement)) and {action.lower() for action in statement.actions} <= _WRITES


def _noun(statement: Statement) -> str:
    """The logs that all principals of the statement write; empty if it allows anything else, or anybody else."""
    if statement.policy != BUCKET or not statement.allows or statement.problem:
        return ""
    if statement.not_principal or statement.not_action or statement.not_resource:
        return ""
    if not {action.lower() for action in statement.actions} <= _LOOKS:
        return ""
    nouns = {noun_of(principal) for principal in statement.principals}
    return nouns.pop() if len(nouns) == 1 else ""


def _folders(statement: Statement) -> set[str] | None:
    """The accounts whose folders the statement is about, empty for the bucket itself; None if it is about more."""
    places = [_PLACE.fullmatch(resource) for resource in statement.resources]
    folders = {place["account"] for place in places if place and place["account"]}
    actions = {action.lower() for action in statement.actions}
    return folders if all(places) and actions <= (_WRITES if folders else _LOOKS) else None


def _sources(condition: Condition) -> set[str]:
    """The accounts to which a condition limits the source of a request; empty if it does not limit it to accounts."""
    operator = condition.parsed_operator
    if operator is None or not operator.requires_value or operator.name not in _NAMING:
        return set()
    if condition.key_name == SOURCE_ACCOUNT:
        accounts = set(condition.values)
    elif condition.key_name == SOURCE_ARN:
        accounts = {arn.account if arn else "" for arn in map(arns.parse, condition.values)}
    else:
        return set()
    return accounts if all(map(arns.ACCOUNT_ID.fullmatch, accounts)) else set()
