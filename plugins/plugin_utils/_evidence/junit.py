# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence as JUnit XML for pipelines: a suite for each check, a case for each account and Region. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    NOT_CHECKED,
    WAITING,
)

from .causes import Affected, ReportedProblem
from .inputs import REGIONAL_CHECKS
from .model import AccountStatus, Evidence
from .statuses import worst
from .text import finding_text, visible

_ByCase = Mapping[tuple[str, str, str], Sequence["CaseFinding"]]  # (check, account, Region): findings


@dataclass(frozen=True, kw_only=True)
class CaseFinding:
    """A finding with its problem."""

    problem: ReportedProblem
    entry: Affected

    def __str__(self) -> str:
        cause = f" Cause: {self.problem.title}." if self.entry.effect else ""
        remediation = self.entry.remediation or self.problem.remediation
        return visible(f"{finding_text(self.entry)}{cause} {remediation}".strip())


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test case: a check of one account, with or without a Region, or of the archive."""

    check: str
    name: str
    status: str
    findings: Sequence[CaseFinding]


def to_xml(evidence: Evidence, sha256: str) -> str:
    """The XML document. C(sha256) is the hash of the JSON file.

    It has only the elements and attributes of the schema of Jenkins' xUnit plugin, which most readers understand:
    https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
    """
    suites: dict[str, list[ElementTree.Element]] = {}
    for case in _cases(evidence):
        suites.setdefault(case.check, []).append(_element(case))
    every = [element for elements in suites.values() for element in elements]
    root = ElementTree.Element("testsuites", {"name": "central logging", **_counts(every)})
    for check, elements in suites.items():
        timestamp = timestamps.text(evidence.made).rstrip("Z")  # the schema has no time zone
        attributes = {"name": visible(check), "timestamp": timestamp, **_counts(elements)}
        element = ElementTree.SubElement(root, "testsuite", attributes)
        properties = ElementTree.SubElement(element, "properties")
        for name, value in _properties(evidence, sha256).items():
            ElementTree.SubElement(properties, "property", {"name": name, "value": visible(value)})
        element.extend(elements)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _properties(evidence: Evidence, sha256: str) -> dict[str, str]:
    """Which evidence this is, in each suite."""
    return {
        "evidence.status": evidence.status,
        "evidence.headline": evidence.headline,
        "evidence.left_out": ", ".join(evidence.left_out),
        "evidence.json.sha256": sha256,
        **{f"version.{name}": version for name, version in evidence.tool.items()},
    }


def _cases(evidence: Evidence) -> Iterator[Case]:
    by_case = _by_case(evidence)
    for account in evidence.accounts:
        for check, status in account.checks.items():
            yield from _account_cases(account, check, status, by_case)
    archive = evidence.archive
    name = " ".join(filter(None, (archive.account.id, archive.account.host, "(the archive)")))
    for check, status in archive.checks.items():
        yield Case(check=check, name=name, status=status, findings=by_case.get((check, "", ""), ()))


def _by_case(evidence: Evidence) -> _ByCase:
    """The findings by check, account and Region. Those about the archive have neither account nor Region."""
    by_case: dict[tuple[str, str, str], list[CaseFinding]] = {}
    known = {account.account.id for account in evidence.accounts}
    for problem in evidence.problems:
        for entry in problem.affected:
            account = entry.account if entry.account in known else ""
            region = entry.region if account and entry.check in REGIONAL_CHECKS else ""
            by_case.setdefault((entry.check, account, region), []).append(CaseFinding(problem=problem, entry=entry))
    return by_case


def _account_cases(account: AccountStatus, check: str, status: str, by_case: _ByCase) -> Iterator[Case]:
    """A case for each Region, and one for the account itself if it has no Regions or findings without a Region."""
    identity = account.account.id
    name = f"{identity} {account.account.host}"
    regions = {region: checks[check] for region, checks in account.regions.items() if check in checks}
    for region, regional_status in regions.items():
        findings = by_case.get((check, identity, region), ())
        yield Case(check=check, name=f"{name} {region}", status=regional_status, findings=findings)
    findings = by_case.get((check, identity, ""), ())
    if findings or not regions:
        own_status = worst(finding.entry.status for finding in findings) if regions else status
        yield Case(check=check, name=name, status=own_status, findings=findings)


def _element(case: Case) -> ElementTree.Element:
    attributes = {"name": visible(case.name), "classname": visible(f"central_logging.{case.check}")}
    element = ElementTree.Element("testcase", attributes)
    failed = [str(finding) for finding in case.findings if finding.entry.status == FAILED]
    unread = [str(finding) for finding in case.findings if finding.entry.status == NOT_CHECKED]
    waiting = [str(finding) for finding in case.findings if finding.entry.status == WAITING]
    if case.status == FAILED:
        message = failed[0] if failed else "Failed. See the evidence."
        failure = ElementTree.SubElement(element, "failure", {"type": visible(case.check), "message": message})
        failure.text = "\n".join(failed)
    elif unread:  # fails the host too
        error = ElementTree.SubElement(element, "error", {"type": visible(case.check), "message": unread[0]})
        error.text = "\n".join(unread)
    elif case.status in (WAITING, NOT_CHECKED):
        ElementTree.SubElement(element, "skipped", {"message": " ".join(waiting) or "Not checked."})
    return element


def _counts(elements: Sequence[ElementTree.Element]) -> dict[str, str]:
    return {
        "tests": str(len(elements)),
        "failures": str(sum(element.find("failure") is not None for element in elements)),
        "errors": str(sum(element.find("error") is not None for element in elements)),
        "skipped": str(sum(element.find("skipped") is not None for element in elements)),
    }
