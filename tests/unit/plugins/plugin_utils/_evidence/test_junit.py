# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The evidence as JUnit XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import INFO, WAITING
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.junit import junit

from tests.fakes import fake_evidence as evidence
from tests.fakes.fake_evidence import FOUR, MEMBERS, finding, report

PRODUCTION = MEMBERS[0]
# of https://github.com/jenkinsci/xunit-plugin, junit-10.xsd, as far as we use it: element -> attributes, children
SCHEMA: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "timestamp"}, {"testcase"}),
    "testcase": ({"name", "classname"}, {"failure", "skipped"}),
    "failure": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
}


def parsed(made: dict[str, Any]) -> ElementTree.Element:
    root = ElementTree.fromstring(junit(made).encode())
    for element in root.iter():
        attributes, children = SCHEMA[element.tag]
        assert set(element.keys()) <= attributes
        assert {child.tag for child in element} <= children
    return root


def case(root: ElementTree.Element, suite: str, name: str) -> ElementTree.Element:
    (found,) = [item for item in root.findall(f"testsuite[@name='{suite}']/testcase") if item.get("name") == name]
    return found


def test_all_is_well() -> None:
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


def test_what_failed_and_what_waits() -> None:
    found = [
        finding(PRODUCTION.id, "delivery", "silent", region="us-east-1"),
        finding(PRODUCTION.id, "delivery", "stale", region="us-east-1", message="It is old."),
        finding(PRODUCTION.id, "encryption", "wrong_key", region="us-east-1", status=WAITING),
        finding(PRODUCTION.id, "delivery", "unexpected", status=INFO),
    ]
    root = parsed(report(delivery=evidence.delivery(FOUR, found)))
    name = f"{PRODUCTION.id} production us-east-1"
    failure = case(root, "delivery", name).find("failure")
    assert failure is not None
    assert failure.get("type") == "delivery"
    assert (failure.text or "").splitlines() == [f"silent in {PRODUCTION.id}. Mend it.", "It is old. Mend it."]
    skipped = case(root, "encryption", name).find("skipped")
    assert skipped is not None
    assert skipped.get("message") == f"wrong_key in {PRODUCTION.id}. Mend it."
    assert (root.get("failures"), root.get("skipped")) == ("1", "1")


def test_a_failure_of_no_region_has_a_case_of_its_own_beside_those_of_the_regions() -> None:
    root = parsed(report(delivery=evidence.delivery(FOUR, [finding(PRODUCTION.id, "delivery", "silent")])))
    assert case(root, "delivery", f"{PRODUCTION.id} production").find("failure") is not None
    assert case(root, "delivery", f"{PRODUCTION.id} production us-east-1").find("failure") is None


def test_what_was_not_checked_is_skipped() -> None:
    root = parsed(report(integrity={"msg": "Denied."}))
    skipped = case(root, "integrity", f"{PRODUCTION.id} production").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "Not checked."
    assert case(root, "integrity", "111122223333 security (the archive)").find("failure") is not None


@pytest.mark.parametrize("hostile", ["<b>&\"'", "]]>", "\x00\x1b[2J\x0b", "\ud83d", "\ufffe", "a\r\nb"])
def test_hostile_text_stays_text(hostile: str) -> None:
    found = [finding(PRODUCTION.id, "integrity", hostile, message=hostile, resource=hostile, remediation=hostile)]
    odd = [finding(PRODUCTION.id, hostile, "x")]
    made = report(
        integrity=evidence.integrity(FOUR, found),
        trails={a.host: evidence.trails_of(a, odd if a is PRODUCTION else []) for a in FOUR},
    )
    made["accounts"][1]["host"] = hostile
    root = parsed(made)
    assert root.get("failures") == "2"
