# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The security controls that an account's trails meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core import security_controls
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.controls import controls
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import ObservedTrail

from tests.fakes.fake_trails import EVERYTHING, advanced, data, organization_trail, trail
from tests.fakes.support import PRODUCTION, REGION

GROUP = "arn:aws:logs:us-east-1:444455556666:log-group:x:*"
GOOD = trail(CloudWatchLogsLogGroupArn=GROUP, tags={"a": "b"}, selectors={**EVERYTHING})
EVERY_OBJECT = trail("two", selectors=data())
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
STOPPED = trail(of={"IsLogging": False})


def statuses(*trails: ObservedTrail) -> dict[str, str]:
    return {control.id: control.status for control in controls(trails)}


def test_a_trail_with_the_default_settings() -> None:
    by_control = statuses(GOOD)
    assert {identity for identity, status in by_control.items() if status == "failed"} == set()
    assert {identity for identity, status in by_control.items() if status == "not_checked"} == {
        "CloudTrail.6",
        "CloudTrail.7",
        "CloudTrail.10",
        "CloudWatch.1-14",
        "S3.22",  # the log bucket is left out, and whether Security Hub accepts that is not documented
        "S3.23",
    }


def test_without_a_trail() -> None:
    by_control = statuses()
    for identity in ("CloudTrail.1", "CloudTrail.3", "S3.22", "S3.23", "cloudtrail-security-trail-enabled"):
        assert by_control[identity] == "failed"
    for identity in ("CloudTrail.2", "CloudTrail.4", "CloudTrail.5", "CloudTrail.9"):
        assert by_control[identity] == "not_checked"


@pytest.mark.parametrize(
    ("observed", "failed"),
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
def test_what_fails(observed: ObservedTrail, failed: list[str]) -> None:
    always = {"CloudTrail.5", "CloudTrail.9", "S3.22", "S3.23"}
    failing = {identity for identity, status in statuses(observed).items() if status == "failed"}
    assert sorted(failing - always) == failed


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
    evaluated = controls([GOOD, trail("bare", KmsKeyId="")])
    (second,) = (control for control in evaluated if control.id == "CloudTrail.2")
    assert (second.status, second.message) == ("failed", "Not every trail has a KMS key. Trails that fail: bare.")


def test_a_trail_of_another_account_leaves_controls_open() -> None:
    by_control = statuses(organization_trail())
    assert by_control["CloudTrail.1"] == by_control["cloudtrail-security-trail-enabled"] == "not_checked"
    assert by_control["CloudTrail.3"] == "failed", "its status was not read"
    assert statuses(organization_trail(), GOOD)["CloudTrail.1"] == "passed"


def test_results_are_in_order_and_findings_of_failures_only() -> None:
    evaluated = controls([STOPPED])
    results = security_controls.as_results(evaluated)
    ids = [result["id"] for result in results]
    assert ids[:4] == ["CloudTrail.1", "CloudTrail.2", "CloudTrail.3", "CloudTrail.4"]
    assert ids.index("CloudTrail.9") + 1 == ids.index("CloudTrail.10")
    assert all(result["title"] and result["message"] for result in results)
    findings = security_controls.as_findings(evaluated, PRODUCTION, REGION, "controls")
    assert {finding.resource for finding in findings} == {r["id"] for r in results if r["status"] == "failed"}
    assert {finding.status for finding in findings} == {"info"}


def test_an_organization_trail_that_logs_meets_the_control_without_its_selectors() -> None:
    logging = replace(organization_trail(), status={"IsLogging": True})
    (third,) = (control for control in controls([logging]) if control.id == "CloudTrail.3")
    assert (third.status, third.message) == ("passed", "Trail org of account 111122223333 logs.")


def test_remediations_belong_to_existing_controls() -> None:
    assert set(security_controls._REMEDIATIONS) <= set(security_controls.TITLES)
