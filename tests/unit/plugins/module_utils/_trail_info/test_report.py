# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The calls of the report about an account's trails, and its return values."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused

from tests.fakes.fake_trails import DELIVERED, EVERYTHING, FakeAccount, described, kinds, report, status
from tests.fakes.support import ARCHIVE, BUCKET, KEY, KEY_ID, PRODUCTION, REGION, failure

OWN = described()
SHADOW = described("elsewhere", region="eu-west-1")
LOCAL = described("local", region="eu-west-1", IsMultiRegionTrail=False)
ORGANIZATION = described("org", ARCHIVE, IsOrganizationTrail=True)


def only(result: dict[str, Any]) -> dict[str, Any]:
    (trail,) = result["trails"]
    return dict(trail)


def test_the_calls_for_the_usual_account() -> None:
    gateway = FakeAccount([OWN])
    report(gateway)
    assert Counter(gateway.operations) == {
        "describe_trails": 1,
        "list_trails": 1,
        "list_tags": 1,
        "get_trail_status": 1,
        "get_event_selectors": 1,
    }


def test_the_calls_for_an_account_with_all_kinds_of_trails() -> None:
    gateway = FakeAccount([OWN, SHADOW, LOCAL, ORGANIZATION])
    report(gateway)
    assert Counter(gateway.operations) == {
        "describe_trails": 2,  # the local trail of the other Region is not shown here
        "list_trails": 4,  # of one trail each
        "list_tags": 2,  # home Regions
        "get_trail_status": 4,
        "get_event_selectors": 3,
    }
    names = [arguments.get("Name") or arguments.get("TrailName") for _s, _o, arguments in gateway.calls]
    assert all(name.startswith("arn:") for name in names if name), "a name means another trail elsewhere"


def test_insights_are_read_only_if_the_trail_has_some() -> None:
    gateway = FakeAccount([described(HasInsightSelectors=True)])
    assert only(report(gateway))["insights"] == ["ApiErrorRateInsight"]
    assert "get_insight_selectors" in gateway.operations
    assert only(report(FakeAccount([OWN])))["insights"] == []


def test_relations() -> None:
    result = report(FakeAccount([OWN, SHADOW, LOCAL, ORGANIZATION]))
    shown = {trail["name"]: (trail["relation"], trail["owner"], trail["readable"]) for trail in result["trails"]}
    assert shown == {
        "sectrailprod": ("own", PRODUCTION, True),
        "elsewhere": ("shadow", PRODUCTION, True),
        "local": ("shadow", PRODUCTION, True),
        "org": ("organization", ARCHIVE, False),
    }


def test_a_trail_of_another_account_has_only_what_is_readable() -> None:
    trail = only(report(FakeAccount([ORGANIZATION])))
    assert trail["logging"] is True
    assert trail["event_selectors"] is trail["tags"] is trail["insights"] is None
    assert ARCHIVE in trail["unreadable_because"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "CloudTrailARNInvalidException", "TrailNotFoundException"])
def test_the_status_of_another_accounts_trail_may_be_hidden_too(code: str) -> None:
    gateway = FakeAccount([ORGANIZATION], statuses={ORGANIZATION["TrailARN"]: failure(code)})
    trail = only(report(gateway))
    assert trail["logging"] is None
    assert code in trail["unreadable_because"]


def test_an_own_trail_that_may_not_be_read_is_an_error() -> None:
    with pytest.raises(AwsFailure, match="AccessDenied"):
        report(FakeAccount([OWN], statuses={OWN["TrailARN"]: failure("AccessDeniedException")}))


def test_a_trail_that_is_deleted_meanwhile_is_left_out() -> None:
    gateway = FakeAccount([OWN, SHADOW], statuses={OWN["TrailARN"]: failure("TrailNotFoundException")})
    assert only(report(gateway))["name"] == "elsewhere"


def test_times_tags_and_errors() -> None:
    arn = OWN["TrailARN"]
    failing = status(LatestDeliveryTime=DELIVERED, LatestDeliveryError="AccessDenied")
    trail = only(report(FakeAccount([OWN], statuses={arn: failing}, tags={arn: {"team": "security"}})))
    assert trail["logging_since"] == "2026-11-25T12:00:00Z"
    assert trail["latest_delivery"] == "2026-11-25T14:05:06Z"
    assert trail["latest_digest_delivery"] is trail["stopped_at"] is None
    assert trail["tags"] == {"team": "security"}
    (error,) = trail["errors"]
    assert (error["kind"], error["since"]) == ("delivery_error", "2026-11-25T14:05:06Z")


def test_the_expected_trail_without_differences() -> None:
    gateway = FakeAccount([OWN], tags={OWN["TrailARN"]: {"a": "b"}}, selectors={OWN["TrailARN"]: EVERYTHING})
    result = report(gateway, trail_name="sectrailprod", bucket=BUCKET, kms_key=KEY, key_prefix="")
    assert [finding for finding in result["findings"] if finding["status"] == "failed"] == []
    assert [finding["resource"] for finding in result["findings"]] == ["CloudTrail.5"]


def test_without_any_trail() -> None:
    result = report(FakeAccount([]), trail_name="sectrailprod")
    assert result["trails"] == result["duplicates"] == []
    failed = [finding for finding in result["findings"] if finding["status"] == "failed"]
    assert [finding["kind"] for finding in failed] == ["missing"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"trail_name": "a"}, "trail_name: 'a' is not a valid trail name"),
        ({"bucket": "A_b"}, "bucket: 'A_b' is not a valid bucket name"),
        ({"key_prefix": "AWSLogs/"}, "key_prefix: 'AWSLogs/' contains AWSLogs/"),
        ({"kms_key": "alias/central-logging"}, "kms_key: 'alias/central-logging' is not the ARN or id"),
    ],
)
def test_options_that_nothing_could_match_are_refused(options: dict[str, Any], sentence: str) -> None:
    gateway = FakeAccount([OWN])
    with pytest.raises(Refused, match=sentence):
        report(gateway, **options)
    assert gateway.calls == []


def test_a_key_may_be_given_by_its_id() -> None:
    result = report(FakeAccount([OWN]), trail_name="sectrailprod", kms_key=KEY_ID)
    assert "other_key" not in kinds(result["findings"])


def test_a_trail_of_another_region_is_read_in_its_home_region() -> None:
    gateway = FakeAccount([SHADOW])
    report(gateway)
    assert set(gateway.regions) == {"eu-west-1"}
    assert REGION != "eu-west-1"
