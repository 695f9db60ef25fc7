# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random policies: the simulation and the access report against the sandbox's judge, which shares no code with them.

The policies come from seeds, so a failure can be repeated. Resources are those that S3 and KMS accept in a policy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._access import actions, log_folders
from ansible_collections.central_logging.aws.plugins.module_utils._access.effective_access import EffectiveAccess
from ansible_collections.central_logging.aws.plugins.module_utils._access.evaluate import ArchiveResources, who_can
from ansible_collections.central_logging.aws.plugins.module_utils._policy.document import Document, StatementText
from ansible_collections.central_logging.aws.plugins.module_utils._policy.match import Match
from ansible_collections.central_logging.aws.plugins.module_utils._policy.principal import (
    ACCOUNT,
    ANYONE,
    CLOUDTRAIL,
    ORGANIZATION,
    SERVICE,
    UNKNOWN,
    Principal,
)
from ansible_collections.central_logging.aws.plugins.module_utils._policy.simulate import Request, simulate
from ansible_collections.central_logging.aws.plugins.module_utils._policy.statement import Statement, of_document
from ansible_collections.central_logging.aws.plugins.module_utils._policy.wildcards import like

from cloudtrail_sandbox import judge
from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, REGION, STAGING, STRANGER

Value = dict[str, Any]
SEEDS = range(300)
ARN = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/sectrailprod"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
ANALYST = f"arn:aws:iam::{ARCHIVE}:role/Analyst"
BREAK_GLASS = f"arn:aws:iam::{ARCHIVE}:role/BreakGlass"
THEIRS = f"arn:aws:iam::{STRANGER}:role/Theirs"
USER = f"arn:aws:iam::{ARCHIVE}:user/path/U"
OPERATORS = [
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike"),
    *("StringNotLike", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Bool", "NumericLessThan", "IpAddress"),
    *("NumericNotEquals", "DateGreaterThan", "DateNotEquals", "NotIpAddress"),
]
TRAIL_ARNS = [
    *(ARN, ARN + "2", f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*", f"arn:aws:cloudtrail:*:{STAGING}:trail/*"),
    *("arn:aws:cloudtrail:*:*:trail/sectrail????", "*", "arn:*:trail/*", "${aws:SourceArn}"),
]
OF_CLOUDTRAIL: dict[str, list[Any]] = {
    "aws:SourceArn": TRAIL_ARNS,
    "AWS:sourceaccount": [PRODUCTION, STAGING, "4444*", "*", "${aws:SourceAccount}"],
    "aws:SecureTransport": ["true", "false", True, False],
    "s3:x-amz-acl": ["bucket-owner-full-control", "private", "BUCKET-owner-full-control", "bucket-*"],
    "kms:EncryptionContext:aws:cloudtrail:arn": TRAIL_ARNS,
    "aws:SourceOrgID": ["o-a1b2c3d4e5", "o-*"],
    "aws:PrincipalArn": [ANALYST, "*"],
    "aws:CurrentTime": ["2099-01-01T00:00:00Z"],
    "s3:max-keys": [10],
    "aws:SourceIp": ["10.0.0.0/8"],
}
PRINCIPAL_ARNS = [
    *(ANALYST, BREAK_GLASS, THEIRS, f"arn:aws:iam::{ARCHIVE}:role/*", f"arn:aws:iam::{ARCHIVE}:role/Break*", "*"),
    *("arn:aws:iam::*:role/Analyst", f"arn:aws:iam::{ARCHIVE}:*", f"arn:aws:iam::{PRODUCTION}:role/*"),
]
OF_PRINCIPALS: dict[str, list[Any]] = {
    "aws:PrincipalArn": PRINCIPAL_ARNS,
    "aws:PrincipalAccount": [ARCHIVE, STRANGER, "1111*"],
    "aws:PrincipalOrgID": ["o-a1b2c3d4e5"],
    "aws:SecureTransport": ["true", "false"],
    "aws:PrincipalIsAWSService": ["true", "false"],
    "aws:SourceIp": ["10.0.0.0/8"],
}
SERVICE_PRINCIPALS: list[Any] = [
    *("*", {"AWS": "*"}, {"Service": CLOUDTRAIL}, {"Service": ["config.amazonaws.com", CLOUDTRAIL]}),
    *({"Service": "config.amazonaws.com"}, {"AWS": ARCHIVE}, {"AWS": ANALYST, "Service": CLOUDTRAIL}),
]
IAM_PRINCIPALS: list[Any] = [
    *("*", {"AWS": "*"}, {"AWS": ARCHIVE}, {"AWS": STRANGER}, {"AWS": ANALYST}, {"AWS": [ANALYST, THEIRS]}),
    *({"AWS": USER}, {"AWS": [ARCHIVE, BREAK_GLASS]}, {"AWS": "AROAEXAMPLEEXAMPLE12"}, {"Service": CLOUDTRAIL}),
    *[{"AWS": ARCHIVE}] * 5,
]
RESOURCES = [
    *(BUCKET_ARN, f"{BUCKET_ARN}/*", f"{BUCKET_ARN}*", "*", f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*"),
    *(f"{BUCKET_ARN}/AWSLogs/*", f"{BUCKET_ARN}/x/*", f"{BUCKET_ARN}/one-key", f"{BUCKET_ARN}/*/CloudTrail/fil?"),
    *("arn:aws:s3:::another/*", f"{BUCKET_ARN}/AWSLogs/${{aws:SourceAccount}}/*"),
]
ACTIONS = [
    *("s3:*", "*", "s3:*", "*", "s3:GetObject", "s3:Get*", "s3:PutObject", "S3:Put*", "s3:DeleteObject", "s3:Delete*"),
    *("s3:PutBucketPolicy", "s3:GetBucketAcl", "s3:PutObjec?"),
]


def some(chance: random.Random, pool: list[Any], most: int = 2) -> Any:
    chosen = [chance.choice(pool) for _number in range(chance.randint(1, most))]
    return chosen[0] if len(chosen) == 1 and chance.random() < 0.5 else chosen


def random_condition(chance: random.Random, keys: dict[str, list[Any]]) -> dict[str, dict[str, Any]]:
    condition: dict[str, dict[str, Any]] = {}
    for _number in range(chance.choice([0, 0, 1, 1, 2])):
        # half of the conditions are on the first key, by an operator that suits it
        suits = chance.random() < 0.5
        key = next(iter(keys)) if suits else chance.choice(list(keys))
        operator = chance.choice(OPERATORS[:10] if suits else OPERATORS)
        if chance.random() < 0.1:
            condition.setdefault("Null", {})[key] = some(chance, ["true", "false"])
            continue
        operator += "IfExists" if chance.random() < 0.15 else ""
        operator = chance.choice(["ForAllValues:", "ForAnyValue:", *[""] * 10]) + operator
        condition.setdefault(operator, {})[key] = some(chance, keys[key])
    return condition


def random_statement(
    chance: random.Random, principals: list[Any], keys: dict[str, list[Any]], *, denies: bool
) -> Value:
    if denies and chance.random() < 0.7:  # most Deny statements are about everyone
        principals = ["*"]
    condition = random_condition(chance, keys)
    return {
        "Effect": "Deny" if denies else "Allow",
        "NotPrincipal" if denies and chance.random() < 0.1 else "Principal": chance.choice(principals),
        "NotAction" if chance.random() < 0.1 else "Action": some(chance, ACTIONS),
        "NotResource" if chance.random() < 0.2 else "Resource": some(chance, RESOURCES),
        **({"Condition": condition} if condition else {}),
    }


def parsed(values: list[Value]) -> list[Statement]:
    return of_document("bucket", Document(statements=tuple(StatementText.of(value) for value in values)))


def judged(values: list[Value], request: judge.Request) -> bool:
    return judge.evaluate({"Version": "2012-10-17", "Statement": values}, request).allowed


def random_request(chance: random.Random) -> Request:
    action, resource = chance.choice(
        [("s3:GetBucketAcl", BUCKET_ARN), ("s3:PutObject", f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/CloudTrail/file")]
    )
    context = {"aws:sourcearn": ARN, "aws:sourceaccount": PRODUCTION, "aws:securetransport": "true"}
    if action == "s3:PutObject":
        context["s3:x-amz-acl"] = "bucket-owner-full-control"
    principal = Principal(kind=SERVICE, name=CLOUDTRAIL)
    return Request(principal=principal, action=action, resource=resource, context=context)


def random_cases() -> Iterator[tuple[list[Value], Request]]:
    for seed in SEEDS:
        chance = random.Random(seed)
        effects = [chance.random() < 0.4 for _number in range(chance.randint(1, 4))]
        values = [random_statement(chance, SERVICE_PRINCIPALS, OF_CLOUDTRAIL, denies=denies) for denies in effects]
        yield values, random_request(chance)


def test_the_simulation_agrees_with_the_judge() -> None:
    caller = judge.Principal("service", service=CLOUDTRAIL)
    answers = []
    for values, request in random_cases():
        answer = simulate(parsed(values), request).allowed
        allowed = judged(values, judge.Request(request.action, request.resource, caller, request.context))
        assert answer is Match.MAYBE or (answer is Match.YES) is allowed, (values, request)
        answers.append((answer, allowed))
    decided = [answer for answer, _allowed in answers if answer is not Match.MAYBE]
    assert len(decided) > 0.9 * len(answers)
    assert decided.count(Match.YES) > 0.05 * len(answers)


CALLERS = {
    ANALYST: judge.Principal("role", arn=ANALYST),
    BREAK_GLASS: judge.Principal("role", arn=BREAK_GLASS),
    THEIRS: judge.Principal("role", arn=THEIRS),
    USER: judge.Principal("user", arn=USER),
}
LOGS = log_folders.objects(BUCKET_ARN, log_folders.ANY_PREFIX)
ARCHIVE_RESOURCES = ArchiveResources(account=ARCHIVE, bucket_arn=BUCKET_ARN, key_arn=KEY, logs=LOGS)
KEYS = ["x/y/AWSLogs/1/CloudTrail/z", "AWSLogs/o-a1/1/CloudTrail-Digest/z", f"AWSLogs/{PRODUCTION}/CloudTrail/file"]


def reported(access: EffectiveAccess, caller: judge.Principal) -> bool:
    """Whether the access of a principal is that of the caller, or may be."""
    principal = access.principal
    if principal.kind in (ANYONE, ORGANIZATION, UNKNOWN):
        return True
    return principal.name == caller.account if principal.kind == ACCOUNT else like(caller.arn, principal.name)


@pytest.mark.parametrize(
    "ability", [actions.READ_LOGS, actions.WRITE_LOGS, actions.DELETE_LOGS], ids=["read", "write", "delete"]
)
def test_the_report_hides_no_access_that_the_judge_allows(ability: actions.Ability) -> None:
    allowed = 0
    for seed in SEEDS:
        chance = random.Random(seed)
        effects = [False, True, *chance.choice([[], [True], [False]])]
        values = [random_statement(chance, IAM_PRINCIPALS, OF_PRINCIPALS, denies=denies) for denies in effects]
        accesses = who_can(ability, parsed(values), ARCHIVE_RESOURCES)
        for arn, caller in CALLERS.items():
            action = chance.choice(ability.actions)
            context = {
                "aws:PrincipalArn": arn,
                "aws:PrincipalAccount": caller.account,
                "aws:PrincipalIsAWSService": "false",
                "aws:SecureTransport": chance.choice(["true", "false"]),
                "aws:SourceIp": chance.choice(["10.0.0.1", "192.0.2.1"]),
                **chance.choice([{}, {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}]),
            }
            of_bucket = actions.is_about_bucket(action)
            resource = BUCKET_ARN if of_bucket else f"{BUCKET_ARN}/{chance.choice(KEYS)}"
            if judged(values, judge.Request(action, resource, caller, context)):
                allowed += 1
                found = [access for access in accesses if action in access.actions and reported(access, caller)]
                assert found, (values, arn, action, resource, context)
    assert allowed > len(SEEDS) / 10
