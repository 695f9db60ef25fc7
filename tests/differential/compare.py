# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare the product's answer about policies with the judge's, request by request.

- Nothing is left out: if AWS may allow a request, the product reports an access of its caller to its action.
- Certain is certain: AWS allows what the product reports as certain. Without conditions it allows every plain request,
  with conditions at least one request.
- Nothing simple is in vain: if nothing in a policy depends on a request's context or on AWS's reading, AWS may allow a
  request to each access that the product reports, certain or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from random import Random

from ansible_collections.central_logging.aws.plugins.module_utils._access import actions, evaluate, log_folders
from ansible_collections.central_logging.aws.plugins.module_utils._access.effective_access import EffectiveAccess, Scope
from ansible_collections.central_logging.aws.plugins.module_utils._access.evaluate import (
    ArchiveResources,
)
from ansible_collections.central_logging.aws.plugins.module_utils._policy import document
from ansible_collections.central_logging.aws.plugins.module_utils._policy.grant import of_grant
from ansible_collections.central_logging.aws.plugins.module_utils._policy.principal import TRAILS, Principal
from ansible_collections.central_logging.aws.plugins.module_utils._policy.statement import (
    Statement,
    of_document,
)
from ansible_collections.central_logging.aws.plugins.module_utils._policy.wildcards import like

from . import universe as u
from .policies import BUCKET, Case, case
from .requests import Asked, Judge, chosen, plain, usual
from .universe import Caller

ABILITIES = {
    name: getattr(actions, name)
    for name in ("READ_LOGS", "WRITE_LOGS", "DELETE_LOGS", "ENCRYPT_LOGS", "DECRYPT_LOGS", "DELETE_KEY")
}
#: Abilities whose list includes what IAM policies of the bucket's own account can allow without the bucket policy.
WITH_IAM = ("READ_LOGS", "WRITE_LOGS", "DELETE_LOGS")
_COMPLEX = re.compile(r"Condition|Constraints|NotPrincipal|Federated|AROA|\$\{")
_ACCOUNTS = re.compile(r':root"|"\d{12}"')  # what an account means in a Deny statement is open
_ANY_LOGS = log_folders.objects(u.BUCKET, log_folders.ANY_PREFIX)
_CONFIG = re.compile(r"/AWSLogs/\d{12}/Config/")  # below a wildcard, Config may be a folder of CloudTrail's
_VARIABLE = re.compile(r"\$\{[^}]*\}")
ATTEMPTS = 400  # random requests in which AWS must allow a conditional access once


@dataclass(frozen=True)
class Disagreement:
    """A request about which product and judge disagree."""

    rule: str  # "left out", "not certain", "impossible" or "in vain"
    ability: str
    case: Case
    asked: Asked
    access: EffectiveAccess | None = None  # what the product reports

    def __str__(self) -> str:
        grants = f"\n  grants: {json.dumps(self.case.grants)}" if self.case.grants else ""
        return (
            f"{self.rule}, {self.ability}: {self.asked}\n  {self.case.kind} policy: {json.dumps(self.case.policy)}"
            f"{grants}\n  product: {self.access.as_result() if self.access else 'no access'}"
        )


@dataclass
class Figures:
    """What was compared."""

    policies: int = 0
    requests: int = 0
    reported: int = 0
    certain: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.policies += other.policies
        self.requests += other.requests
        self.reported += other.reported
        self.certain += other.certain
        self.disagreements += other.disagreements


def archive(given: Case) -> ArchiveResources:
    """The archive of a case, with the prefixes that the product derives."""
    known = None if given.prefix is None else (given.prefix,)
    logs = log_folders.logs_of(known, _statements(given), u.BUCKET)
    return ArchiveResources(account=u.ARCHIVE, bucket_arn=u.BUCKET, key_arn=u.KEY, logs=logs)


def _statements(given: Case) -> list[Statement]:
    return of_document(given.kind, document.parse(json.dumps(given.policy), "The policy"))


def accesses(given: Case, ability: str) -> list[EffectiveAccess]:
    """What the product reports."""
    statements = [*_statements(given), *(of_grant(grant) for grant in given.grants)]
    resources = archive(given)
    if ability in WITH_IAM:
        statements.append(resources.iam_statement())
    reported = evaluate.who_can(ABILITIES[ability], statements, resources)
    # the report says once, in the list of who can delete, that the root user can replace the bucket policy
    return [*reported, evaluate.root_user(resources)] if ability in WITH_IAM else reported


def covers(principal: Principal, caller: Caller) -> bool:
    """Whether a principal of the product stands for the caller."""
    given = caller.principal
    if principal.kind == "anyone":
        return True
    if principal.kind in ("account", "canonical_user"):
        return bool(given.account) and principal.name in (given.account, given.canonical_user)
    if principal.kind == "organization":
        return like(str(caller.keys.get("aws:PrincipalOrgID", "")), principal.name)
    if principal.kind == "trails":
        names = ("*", caller.keys.get("aws:SourceAccount"), caller.keys.get("aws:SourceOrgID"))
        return given.service == u.CLOUDTRAIL and principal.name in names
    if principal.kind == "service":
        return given.service == principal.name
    if principal.kind == "root_user":
        return given.kind == "root" and given.account == principal.name
    return any(name and like(name, principal.name) for name in (given.arn, given.session_arn))


def compare(seed: int) -> Figures:
    """Compare the answers about the policy of a seed."""
    given = case(seed)
    random = Random(f"requests {seed}")
    figures = Figures(policies=1)
    judge = Judge(given)
    for name in _abilities(given):
        reported = accesses(given, name)
        figures.reported += len(reported)
        figures.certain += sum(access.certain for access in reported)
        checked = chain(
            _left_out(judge, name, reported, random),
            _not_certain(judge, name, reported, random),
            _in_vain(judge, name, reported),
        )
        for disagreement in checked:
            figures.requests += 1
            if disagreement:
                figures.disagreements.append(disagreement)
    return figures


def _abilities(given: Case) -> list[str]:
    return [name for name, ability in ABILITIES.items() if ability.policy == given.kind]


def _left_out(
    judge: Judge, ability: str, reported: Sequence[EffectiveAccess], random: Random
) -> Iterator[Disagreement | None]:
    """Ask for what the product does not report; None for each request about which both agree."""
    all_actions = (*ABILITIES[ability].actions, *ABILITIES[ability].indirect)
    for action in random.sample(all_actions, 2):
        having = [access for access in reported if action in access.actions]
        for caller in _callers(judge.case):
            scopes = [access.scope for access in having if covers(access.principal, caller)]
            outside = [
                resource
                for resource in _resources(action, caller, judge.case.prefixes)
                if not any(_is_in(scope, resource) for scope in scopes)
            ]
            for resource in random.sample(outside, min(3, len(outside))):
                asked = chosen(random, caller, action, resource)
                allowed = judge.may_allow(asked)
                yield Disagreement("left out", ability, judge.case, asked) if allowed else None


def _is_in(scope: Scope, resource: str) -> bool:
    """Whether a resource can be in the scope of an access. The value of a variable may be anything."""
    listed = any(like(resource, _VARIABLE.sub("*", pattern)) for pattern in scope.resources)
    fixed = [pattern for pattern in scope.not_resources if not _VARIABLE.search(pattern)]
    return (listed or not scope.resources) and not any(like(resource, pattern) for pattern in fixed)


def _not_certain(
    judge: Judge, ability: str, reported: Sequence[EffectiveAccess], random: Random
) -> Iterator[Disagreement | None]:
    """Ask for what the product reports as certain; None for each request about which both agree."""
    for access in reported:
        callers = _callers_of(access, judge.case)
        if not access.certain or access.by == ("S3",):
            continue
        if access.conditions or access.scope.resources or access.scope.not_resources:
            yield from _impossible(judge, ability, access, callers, random)
            continue
        action = random.choice(access.actions)
        for caller in callers:
            for asked in _denied(judge, caller, action):
                yield Disagreement("not certain", ability, judge.case, asked, access) if asked else None


def _callers_of(access: EffectiveAccess, given: Case) -> list[Caller]:
    """The callers that an access is about."""
    return [
        caller
        for caller in _callers(given)
        if covers(access.principal, caller)
        and (
            not access.scope.trails
            or any(like(str(caller.keys.get("aws:SourceArn")), name) for name in access.scope.trails)
        )
    ]


def _callers(given: Case) -> list[Caller]:
    """The callers that can send a request: KMS has no anonymous requests."""
    return [caller for caller in u.CALLERS if given.kind == BUCKET or caller != u.ANONYMOUS]


def _denied(judge: Judge, caller: Caller, action: str) -> Iterator[Asked | None]:
    """The usual requests that AWS may deny; None for each that it surely allows.

    For the trail that delivers there is one of several prefixes, so one that is allowed is enough.
    """
    outcomes: list[Asked | None] = []
    for resource in sorted(set(_resources(action, caller, judge.case.prefixes))):
        asked = usual(caller, action, resource)
        allowed = any(judge.surely_allows(item, _has_identity(caller)) for item in asked)
        outcomes.append(None if allowed else asked[0])
    is_trail = caller.principal.service == u.CLOUDTRAIL
    return iter([None] if is_trail and None in outcomes else outcomes)


def _has_identity(caller: Caller) -> bool:
    """Whether a certain access supposes permissions of the caller's own: of another account, or of a session policy."""
    return caller.principal.account not in ("", u.ARCHIVE) or caller.principal.kind in ("federated", "root")


def _impossible(
    judge: Judge, ability: str, access: EffectiveAccess, callers: Sequence[Caller], random: Random
) -> Iterator[Disagreement | None]:
    """Look for a request in the scope of a certain access that AWS surely allows."""
    asked = None
    for _attempt in range(ATTEMPTS if callers else 0):
        action, caller = random.choice(access.actions), random.choice(callers)
        resources = [resource for resource in _resources(action, caller, u.PREFIXES) if _is_in(access.scope, resource)]
        if caller.principal.service != u.CLOUDTRAIL:  # before Version 2012-10-17, a variable is a part of a name
            resources += [pattern.replace("*", "x") for pattern in access.scope.resources if "${" in pattern]
        if not resources:
            continue
        asked = chosen(random, caller, action, random.choice(resources))
        if judge.surely_allows(asked, _has_identity(caller)):
            yield None
            return
    if asked:
        yield Disagreement("impossible", ability, judge.case, asked, access)


def _in_vain(judge: Judge, ability: str, reported: Sequence[EffectiveAccess]) -> Iterator[Disagreement | None]:
    """Ask for what the product reports about a simple policy; None for each access that AWS may allow."""
    for access in reported if _is_simple(judge.case) else ():
        callers = _callers_of(access, judge.case)
        asked = [
            plain(caller, action, resource)
            for action in access.actions
            for caller in callers
            for resource in sorted(set(_resources(action, caller, u.PREFIXES)))
            if _is_in(access.scope, resource)
        ]
        if asked:
            allowed = any(judge.may_allow(item) for item in asked)
            yield None if allowed else Disagreement("in vain", ability, judge.case, asked[0], access)
        elif callers and _is_about_no_logs(access) and archive(judge.case).logs != _ANY_LOGS:
            nothing = plain(callers[0], access.actions[0], ", ".join(access.scope.resources))
            yield Disagreement("in vain", ability, judge.case, nothing, access)


def _is_about_no_logs(access: EffectiveAccess) -> bool:
    """Whether all objects in the scope of an access are those of AWS Config. For a trail, they may be its prefix."""
    resources = access.scope.resources
    is_trail = access.principal.kind == TRAILS
    return bool(resources) and not is_trail and all(_CONFIG.search(pattern) for pattern in resources)


def _is_simple(given: Case) -> bool:
    """Whether nothing depends on the context of a request, or on how AWS reads a policy."""
    denied = [statement.get("Principal") for statement in given.policy["Statement"] if statement["Effect"] == "Deny"]
    is_complex = _COMPLEX.search(json.dumps([given.policy, given.grants]))
    return not is_complex and not _ACCOUNTS.search(json.dumps(denied))


def _resources(action: str, caller: Caller, prefixes: tuple[str, ...]) -> list[str]:
    if action.startswith("kms:"):
        return [u.KEY] * 3
    if actions.is_about_bucket(action):
        return [u.BUCKET] * 3
    is_delivery = action == "s3:PutObject" and caller.principal.service == u.CLOUDTRAIL  # a trail may have any prefix
    written = u.PREFIXES if is_delivery else prefixes
    return [f"{u.BUCKET}/{key}" for key in u.objects_of(caller, written)]


def persists(found: Disagreement, given: Case) -> bool:
    """Whether product and judge disagree about another case in the same way, for the same request."""
    asked, judge = found.asked, Judge(given)
    having = [
        access
        for access in accesses(given, found.ability)
        if asked.action in access.actions and covers(access.principal, asked.caller)
    ]
    if found.rule == "left out":
        return not any(_is_in(access.scope, asked.resource) for access in having) and judge.may_allow(asked)
    if found.rule == "in vain":
        return any(_in_vain(judge, found.ability, having))
    wide = found.rule == "not certain"
    same = [
        access
        for access in having
        if wide != bool(access.conditions or access.scope.resources or access.scope.not_resources)
    ]
    return any(_not_certain(judge, found.ability, same, Random(1)))
