# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The problems behind all findings: findings with one cause are one problem, and its effects are listed under it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A problem never changes the status of a check. It only groups what an operator repairs at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import INFO, Finding

from .cause_rules import CAUSES, OTHER_REGIONS, RULES, SAME_REGION, SAME_RESOURCE, Effect, Rule, cause_of, name_of
from .inputs import ACCOUNT_CHECKS
from .statuses import severity, worst
from .titles import finding_title

NEW, KNOWN = "new", "unchanged"
_Key = tuple[str, ...]  # findings with the same key are one problem
# What differs between accounts and runs, although the text says the same: times, durations, ARNs and keys of objects,
# names of trails, ids and numbers. The order matters: a time has numbers.
_VARIABLE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d| UTC)?)?"
    r"|\d+ (?:d|h|min|s)\b(?: \d+ (?:h|min|s)\b)?"
    r"|\barn:\S+|\S+/\S*|\b[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}\b|(?<=\btrail )[\w.-]+|\d+"
)


@dataclass(frozen=True, kw_only=True)
class Affected:
    """One finding of a problem."""

    account: str  # empty for the log archive
    host: str  # empty if the account is not in the inventory
    region: str
    check: str
    kind: str
    resource: str
    status: str
    message: str
    since: str
    remediation: str  # empty if it is that of the problem
    effect: bool  # whether the finding is only an effect of the problem
    change: str = ""  # NEW or KNOWN since the previous evidence; empty if there is none


@dataclass(frozen=True, kw_only=True)
class ReportedProblem:
    """What an operator repairs at once: a cause, and everything that it affects."""

    status: str  # the most severe of its findings
    cause: str  # empty if it is not known
    kind: str
    checks: Sequence[str]  # that are affected
    title: str
    message: str
    remediation: str
    since: str  # the earliest time of the cause; empty if it is not known
    affected: Sequence[Affected]  # findings about the cause first
    change: str = ""  # NEW if the previous evidence has none of the findings, else KNOWN

    @cached_property
    def accounts(self) -> list[str]:
        """The accounts that are affected, without the log archive. Each host of the fleet reads it."""
        return list(dict.fromkeys(entry.account for entry in self.affected if entry.account))

    @property
    def lead(self) -> Affected:
        """The finding that states the problem."""
        return self.affected[0]

    def as_json(self) -> dict[str, Any]:
        """The entry in the JSON file."""
        return asdict(self)


def reported_problems(findings: Iterable[Finding], hosts: Mapping[str, str]) -> list[ReportedProblem]:
    """The problems, the most severe and widest first. C(hosts) has the host of each account."""
    groups: dict[_Key, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_key(finding), []).append(finding)
    explained = _explained(groups)
    effects: dict[_Key, list[Finding]] = {}
    causes: dict[_Key, list[Finding]] = {}
    for group in groups.values():
        for finding in group:
            root = _root(finding, explained)
            (causes if root is finding else effects).setdefault(_key(root), []).append(finding)
    return sorted((_problem(group, effects.get(key, []), hosts) for key, group in causes.items()), key=_urgency)


def normalized(text: str) -> str:
    """The text without what differs between accounts and runs, such as times and keys of objects."""
    return _VARIABLE.sub("*", text)


def _key(finding: Finding) -> _Key:
    """What findings of one problem have in common. A fact to know is never part of a failure."""
    cause = cause_of(finding)
    if cause:
        return ("cause", cause, INFO if finding.status == INFO else "")
    return ("kind", finding.check, finding.kind, finding.status, normalized(finding.remediation))


_Root = tuple[int, Rule, Finding]  # the position of the rule, the rule, and the finding that it applies to


def _explained(groups: Mapping[_Key, Sequence[Finding]]) -> dict[Finding, Finding]:
    """The finding that explains another one, by that other one."""
    roots: dict[str, list[_Root]] = {}  # by account
    for group in groups.values():
        for root in group:
            for position, rule in enumerate(RULES):
                if name_of(root) in rule.roots or cause_of(root) in rule.roots:
                    roots.setdefault(root.account, []).append((position, rule, root))
    explained: dict[Finding, Finding] = {}
    for group in groups.values():
        for finding in group:
            candidates = [*roots.get("", ()), *(roots.get(finding.account, ()) if finding.account else ())]
            valid = [(position, root) for position, rule, root in candidates if _explains(rule, root, finding)]
            if valid:
                explained[finding] = min(valid, key=lambda candidate: candidate[0])[1]
    return explained


def _explains(rule: Rule, root: Finding, finding: Finding) -> bool:
    """Whether the root can be the cause of the finding: by kind, severity, place, text and time."""
    if cause_of(finding) or severity(root.status) > severity(finding.status):
        return False
    if rule.where == SAME_REGION and root.region not in ("", finding.region):
        return False
    if rule.where == SAME_RESOURCE and root.resource != finding.resource:
        return False
    if rule.where == OTHER_REGIONS and finding.region in ("", root.region):
        return False
    name = name_of(finding)
    return any(name in effect.names and _fits(effect, root, finding) for effect in rule.effects)


def _fits(effect: Effect, root: Finding, finding: Finding) -> bool:
    if effect.text is not None and not effect.text.search(finding.message):
        return False
    began, since = timestamps.parse_with_offset(finding.since), timestamps.parse_with_offset(root.since)
    return effect.lead is None or began is None or since is None or began >= since - effect.lead


def _root(finding: Finding, explained: Mapping[Finding, Finding]) -> Finding:
    """The first cause of a finding: the finding itself if nothing explains it."""
    while finding in explained:
        finding = explained[finding]
    return finding


def _problem(group: Sequence[Finding], effects: Sequence[Finding], hosts: Mapping[str, str]) -> ReportedProblem:
    cause = cause_of(group[0])
    text = CAUSES.get(cause)
    names = {name_of(finding) for finding in group}
    best = next((name for name in text.homes if name in names), "") if text else ""
    home = {finding for finding in group if not best or name_of(finding) == best}
    ordered = sorted(home, key=_first)
    lead = ordered[0]
    # texts of one problem differ only in times and names; the last one has the latest time
    remediation = max(finding.remediation for finding in home if finding.status == lead.status)
    if text and not best:
        remediation = text.remediation
    others = sorted({*group, *effects} - home, key=_first)
    times = [finding.since for finding in home if finding.since]
    return ReportedProblem(
        status=worst(finding.status for finding in (*group, *effects)),
        cause=cause,
        kind=lead.kind,
        checks=sorted({finding.check for finding in (*group, *effects)}, key=_position),
        title=text.title if text else finding_title(lead.check, lead.kind),
        message=lead.message,
        remediation=remediation,
        since=min(times, default=""),
        affected=[
            *_affected(ordered, remediation, hosts, effect=False),
            *_affected(others, remediation, hosts, effect=True),
        ],
    )


def _affected(
    findings: Iterable[Finding], remediation: str, hosts: Mapping[str, str], *, effect: bool
) -> Iterator[Affected]:
    for finding in findings:
        yield Affected(
            account=finding.account,
            host=hosts.get(finding.account, ""),
            region=finding.region,
            check=finding.check,
            kind=finding.kind,
            resource=finding.resource,
            status=finding.status,
            message=finding.message,
            since=finding.since,
            remediation="" if effect or finding.remediation == remediation else finding.remediation,
            effect=effect,
        )


def _position(check: str) -> tuple[int, str]:
    """The position of a check in the report. A check about the archive comes first."""
    return (ACCOUNT_CHECKS.index(check) if check in ACCOUNT_CHECKS else -1, check)


def _first(finding: Finding) -> tuple[int, str, tuple[int, str], str, str, str, str]:
    """A sort key: the most severe first, and the archive before accounts."""
    place = (finding.account, _position(finding.check), finding.region, finding.kind, finding.resource, finding.message)
    return (severity(finding.status), *place)


def _urgency(problem: ReportedProblem) -> tuple[int, bool, int, tuple[int, str], str]:
    """A sort key: the most severe first, then what affects the archive, then the widest."""
    lead = problem.lead
    wide = (bool(lead.account), -len(problem.accounts))
    return (severity(problem.status), *wide, _position(lead.check), problem.kind)
