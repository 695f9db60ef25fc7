# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence as JUnit XML, which a pipeline shows: a suite for each check, a case for each account and Region. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, WAITING

from .inputs import REGIONAL
from .rollup import NOT_CHECKED, worst
from .text import sentence, visible

Found = Sequence[Mapping[str, Any]]


def junit(evidence: Mapping[str, Any]) -> str:
    """The elements and attributes that the schema of Jenkins' xUnit plugin names, because that is the common ground.

    https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
    """
    findings: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    ours = {row["account"] for row in evidence["accounts"]}
    for finding in evidence["findings"]:
        account = finding["account"] if finding["account"] in ours else ""
        region = finding["region"] if account and finding["check"] in REGIONAL else ""
        findings.setdefault((finding["check"], account, region), []).append(finding)
    suites: dict[str, list[ElementTree.Element]] = {}
    for check, account, region, name, status in _cases(evidence, findings):
        suites.setdefault(check, []).append(_case(check, name, status, findings.get((check, account, region), [])))
    root = ElementTree.Element("testsuites", {"name": "central logging", **_counts(sum(suites.values(), []))})
    for check, cases in suites.items():
        attributes = {"name": visible(check), "timestamp": evidence["made"].rstrip("Z"), **_counts(cases)}
        ElementTree.SubElement(root, "testsuite", attributes).extend(cases)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _cases(
    evidence: Mapping[str, Any], findings: Mapping[tuple[str, str, str], Found]
) -> Iterable[tuple[str, str, str, str, str]]:
    """Check, account, Region, name and status of each case. The archive's own have neither account nor Region."""
    for row in evidence["accounts"]:
        for check, status in row["checks"].items():
            name = f"{row['account']} {row['host']}"
            regions = {region: cells[check] for region, cells in row["regions"].items() if check in cells}
            for region, cell in regions.items():
                yield check, row["account"], region, f"{name} {region}", cell
            whole = findings.get((check, row["account"], ""), [])
            if whole or not regions:  # what concerns no single Region
                yield check, row["account"], "", name, worst(item["status"] for item in whole) if regions else status
    archive = evidence["archive"]
    for check, status in archive["checks"].items():
        yield check, "", "", f"{archive['id']} {archive['host']} (the archive)", status


def _case(check: str, name: str, status: str, findings: Found) -> ElementTree.Element:
    case = ElementTree.Element("testcase", {"name": visible(name), "classname": visible(f"central_logging.{check}")})
    failed = [sentence(dict(finding)) for finding in findings if finding["status"] == FAILED]
    waiting = [sentence(dict(finding)) for finding in findings if finding["status"] == WAITING]
    if status == FAILED:
        first = failed[0] if failed else "Failed, see the evidence."
        failure = ElementTree.SubElement(case, "failure", {"type": visible(check), "message": first})
        failure.text = "\n".join(failed)
    elif status in (WAITING, NOT_CHECKED):
        ElementTree.SubElement(case, "skipped", {"message": " ".join(waiting) or "Not checked."})
    return case


def _counts(cases: Sequence[ElementTree.Element]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
    }
