# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which controls trails meet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core import security_controls
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info import controls as _trail_controls
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import TrailFacts

from tests.fakes.fake_trails import EVERYTHING, advanced, data, organization_trail, trail
from tests.fakes.support import PRODUCTION, REGION

GROUP = "arn:aws:logs:us-east-1:444455556666:log-group:x:*"
GOOD = trail(CloudWatchLogsLogGroupArn=GROUP, tags={"a": "b"}, selectors={**EVERYTHING})
EVERY_OBJECT = trail("two", selectors=data())
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
STOPPED = trail(of={"IsLogging": False})


def statuses(*trails: TrailFacts) -> dict[str, str]:
    return {control.id: control.status for control in _trail_controls.controls(trails)}


def test_the_trail_that_we_make() -> None:
    found = statuses(GOOD)
    assert {identity for identity, status in found.items() if status == "failed"} == set()
    assert {identity for identity, status in found.items() if status == "not_checked"} == {
        "CloudTrail.6",
        "CloudTrail.7",
        "CloudTrail.10",
        "CloudWatch.1-14",
        "S3.22",  # leaves out the log bucket, and what Security Hub makes of that is not known
        "S3.23",
    }


def test_without_a_trail() -> None:
    found = statuses()
    for identity in ("CloudTrail.1", "CloudTrail.3", "S3.22", "S3.23", "cloudtrail-security-trail-enabled"):
        assert found[identity] == "failed"
    for identity in ("CloudTrail.2", "CloudTrail.4", "CloudTrail.5", "CloudTrail.9"):
        assert found[identity] == "not_checked"


@pytest.mark.parametrize(
    ("one", "failed"),
    [
        (trail(IsMultiRegionTrail=False), ["CloudTrail.1", "cloudtrail-security-trail-enabled"]),
        (trail(KmsKeyId=""), ["CloudTrail.2", "cloudtrail-security-trail-enabled"]),
        (trail(LogFileValidationEnabled=False), ["CloudTrail.4", "cloudtrail-security-trail-enabled"]),
        (trail(IncludeGlobalServiceEvents=False), ["cloudtrail-security-trail-enabled"]),
        (STOPPED, ["CloudTrail.1", "CloudTrail.3", "cloudtrail-security-trail-enabled"]),
        (
            trail(selectors=advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]})),
            ["CloudTrail.1", "cloudtrail-security-trail-enabled"],
        ),
        (
            trail(selectors=advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]})),
            ["CloudTrail.1", "cloudtrail-security-trail-enabled"],
        ),
        (trail(selectors=data()), ["CloudTrail.1", "cloudtrail-security-trail-enabled"]),
    ],
)
def test_what_fails(one: TrailFacts, failed: list[str]) -> None:
    found = statuses(one)
    always = {"CloudTrail.5", "CloudTrail.9", "S3.22", "S3.23"}
    assert sorted(identity for identity, status in found.items() if status == "failed" and identity not in always) == (
        failed
    )


def test_read_and_write_may_be_in_two_selectors() -> None:
    selectors: dict[str, Any] = {
        "AdvancedEventSelectors": [
            {"FieldSelectors": [MANAGEMENT, {"Field": "readOnly", "Equals": [value]}]} for value in ("true", "false")
        ]
    }
    assert statuses(trail(selectors=selectors))["CloudTrail.1"] == "passed"


def test_objects() -> None:
    assert statuses(EVERY_OBJECT)["S3.22"] == statuses(EVERY_OBJECT)["S3.23"] == "passed"
    some = trail(selectors=data({"StartsWith": ["arn:aws:s3:::b/"]}))
    assert statuses(some)["S3.22"] == "failed"
    assert statuses(trail(selectors=data(), IsMultiRegionTrail=False))["S3.22"] == "failed"


def test_one_trail_without_a_key_is_named() -> None:
    controls = _trail_controls.controls([GOOD, trail("bare", KmsKeyId="")])
    (second,) = (control for control in controls if control.id == "CloudTrail.2")
    assert (second.status, second.message) == ("failed", "bare: no KMS key.")


def test_another_accounts_trail_leaves_open_what_it_might_do() -> None:
    found = statuses(organization_trail())
    assert found["CloudTrail.1"] == found["cloudtrail-security-trail-enabled"] == "not_checked"
    assert found["CloudTrail.3"] == "failed", "nobody has seen it log"
    assert statuses(organization_trail(), GOOD)["CloudTrail.1"] == "passed"


def test_results_are_in_order_and_findings_of_failures_only() -> None:
    controls = _trail_controls.controls([STOPPED])
    results = security_controls.as_results(controls)
    ids = [result["id"] for result in results]
    assert ids[:4] == ["CloudTrail.1", "CloudTrail.2", "CloudTrail.3", "CloudTrail.4"]
    assert ids.index("CloudTrail.9") + 1 == ids.index("CloudTrail.10")
    assert all(result["title"] and result["message"] for result in results)
    findings = security_controls.as_findings(controls, PRODUCTION, REGION, "controls")
    assert {finding.resource for finding in findings} == {r["id"] for r in results if r["status"] == "failed"}
    assert {finding.status for finding in findings} == {"info"}


def test_mends_are_for_controls_that_there_are() -> None:
    assert set(security_controls._MENDS) <= set(security_controls.TITLES)
