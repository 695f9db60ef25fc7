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
    Finding,
)

from .inputs import REGIONAL_CHECKS
from .model import AccountStatus, Evidence
from .statuses import worst
from .text import sentence, visible

_ByCase = Mapping[tuple[str, str, str], Sequence[Finding]]  # (check, account, Region): findings


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test case: a check of one account, with or without a Region, or of the archive."""

    check: str
    name: str
    status: str
    findings: Sequence[Finding]


def to_xml(evidence: Evidence) -> str:
    """The XML document.

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
        ElementTree.SubElement(root, "testsuite", attributes).extend(elements)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _cases(evidence: Evidence) -> Iterator[Case]:
    by_case = _by_case(evidence)
    for account in evidence.accounts:
        for check, status in account.checks.items():
            yield from _account_cases(account, check, status, by_case)
    archive = evidence.archive
    name = f"{archive.account.id} {archive.account.host} (the archive)"
    for check, status in archive.checks.items():
        yield Case(check=check, name=name, status=status, findings=by_case.get((check, "", ""), ()))


def _by_case(evidence: Evidence) -> _ByCase:
    """The findings by check, account and Region. Those about the archive have neither account nor Region."""
    by_case: dict[tuple[str, str, str], list[Finding]] = {}
    known = {account.account.id for account in evidence.accounts}
    for finding in evidence.findings:
        account = finding.account if finding.account in known else ""
        region = finding.region if account and finding.check in REGIONAL_CHECKS else ""
        by_case.setdefault((finding.check, account, region), []).append(finding)
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
        own_status = worst(finding.status for finding in findings) if regions else status
        yield Case(check=check, name=name, status=own_status, findings=findings)


def _element(case: Case) -> ElementTree.Element:
    attributes = {"name": visible(case.name), "classname": visible(f"central_logging.{case.check}")}
    element = ElementTree.Element("testcase", attributes)
    failed = [sentence(finding) for finding in case.findings if finding.status == FAILED]
    waiting = [sentence(finding) for finding in case.findings if finding.status == WAITING]
    if case.status == FAILED:
        message = failed[0] if failed else "Failed. See the evidence."
        failure = ElementTree.SubElement(element, "failure", {"type": visible(case.check), "message": message})
        failure.text = "\n".join(failed)
    elif case.status in (WAITING, NOT_CHECKED):
        ElementTree.SubElement(element, "skipped", {"message": " ".join(waiting) or "Not checked."})
    return element


def _counts(elements: Sequence[ElementTree.Element]) -> dict[str, str]:
    return {
        "tests": str(len(elements)),
        "failures": str(sum(element.find("failure") is not None for element in elements)),
        "errors": "0",
        "skipped": str(sum(element.find("skipped") is not None for element in elements)),
    }
