# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The evidence as JUnit XML."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import INFO, WAITING
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import junit
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import FOUR, MEMBERS, SHA, finding, report

PRODUCTION = MEMBERS[0]
# of https://github.com/jenkinsci/xunit-plugin, junit-10.xsd, as far as we use it: element -> attributes, children
SCHEMA: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "timestamp"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname"}, {"failure", "error", "skipped"}),
    "error": ({"type", "message"}, set()),
    "failure": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
}


def parsed(evidence: Evidence) -> ElementTree.Element:
    root = ElementTree.fromstring(junit.to_xml(evidence, SHA).encode())
    for element in root.iter():
        attributes, children = SCHEMA[element.tag]
        assert set(element.keys()) <= attributes
        assert {child.tag for child in element} <= children
    return root


def case(root: ElementTree.Element, suite: str, name: str) -> ElementTree.Element:
    cases = root.findall(f"testsuite[@name='{suite}']/testcase")
    (element,) = [element for element in cases if element.get("name") == name]
    return element


def test_everything_passes() -> None:
    root = parsed(report())
    suites = {suite.get("name"): suite.get("tests") for suite in root}
    assert suites == {
        "trail": "4",
        "delivery": "4",
        "encryption": "4",
        "integrity": "4",
        "separation": "1",
        "deletion": "1",
        "hardening": "1",
    }
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "19",
        "failures": "0",
        "errors": "0",
        "skipped": "0",
    }


def test_failed_and_waiting_checks() -> None:
    findings = [
        finding(PRODUCTION.id, "delivery", "silent", region="us-east-1"),
        finding(PRODUCTION.id, "delivery", "stale", region="us-east-1", message="It is old."),
        finding(PRODUCTION.id, "encryption", "wrong_key", region="us-east-1", status=WAITING),
        finding(PRODUCTION.id, "delivery", "unexpected", status=INFO),
    ]
    root = parsed(report(delivery=fake.delivery(FOUR, findings)))
    name = f"{PRODUCTION.id} production us-east-1"
    failure = case(root, "delivery", name).find("failure")
    assert failure is not None
    assert failure.get("type") == "delivery"
    assert (failure.text or "").splitlines() == [f"silent in {PRODUCTION.id}. Repair it.", "It is old. Repair it."]
    skipped = case(root, "encryption", name).find("skipped")
    assert skipped is not None
    assert skipped.get("message") == f"wrong_key in {PRODUCTION.id}. Repair it."
    assert (root.get("failures"), root.get("skipped")) == ("1", "1")


def test_a_failure_without_a_region_has_a_case_of_its_own() -> None:
    root = parsed(report(delivery=fake.delivery(FOUR, [finding(PRODUCTION.id, "delivery", "silent")])))
    assert case(root, "delivery", f"{PRODUCTION.id} production").find("failure") is not None
    assert case(root, "delivery", f"{PRODUCTION.id} production us-east-1").find("failure") is None


def test_what_could_not_be_read_is_an_error() -> None:
    """It fails the host, so a pipeline must not be green."""
    unread = finding(PRODUCTION.id, "trail", "history_not_checked", status="not_checked", message="It is denied.")
    trails = {a.host: fake.trails_of(a, [unread] if a is PRODUCTION else ()) for a in FOUR}
    root = parsed(report(trails=trails))
    error = case(root, "trail", f"{PRODUCTION.id} production").find("error")
    assert error is not None
    assert (error.get("type"), error.get("message")) == ("trail", "It is denied. Repair it.")
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "1", "0")


def test_a_check_that_did_not_run_is_skipped() -> None:
    root = parsed(report(integrity={"msg": "Denied."}))
    skipped = case(root, "integrity", f"{PRODUCTION.id} production").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "Not checked."
    assert case(root, "integrity", "111122223333 security (the archive)").find("failure") is not None


@pytest.mark.parametrize("hostile", ["<b>&\"'", "]]>", "\x00\x1b[2J\x0b", "\ud83d", "\ufffe", "a\r\nb"])
def test_hostile_text_stays_text(hostile: str) -> None:
    findings = [finding(PRODUCTION.id, "integrity", hostile, message=hostile, resource=hostile, remediation=hostile)]
    odd = [finding(PRODUCTION.id, hostile, "x")]
    accounts = [replace(account, host=hostile) if account is PRODUCTION else account for account in FOUR]
    evidence = report(
        accounts,
        integrity=fake.integrity(FOUR, findings),
        trails={a.host: fake.trails_of(a, odd if a.id == PRODUCTION.id else []) for a in accounts},
    )
    assert parsed(evidence).get("failures") == "2"
