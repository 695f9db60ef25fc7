# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a trail records the expected events: selectors compared by meaning, and what is no longer recorded named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding
from ansible_collections.central_logging.aws.plugins.module_utils._trail import recorded_events
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import Selector, from_aws
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.expected_trail import ExpectedTrail
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.findings import of_trails
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import ObservedTrail

from tests.fakes.fake_trails import EVERYTHING, FakeAccount, described, kinds, organization_trail, report, trail
from tests.fakes.support import ARCHIVE, BUCKET, PRODUCTION, REGION, failure, module_options

Field = dict[str, Any]
ARN = described()["TrailARN"]
MANAGEMENT: Field = {"Field": "eventCategory", "Equals": ["Management"]}
READ, WRITE = ({"Field": "readOnly", "Equals": [value]} for value in ("true", "false"))
WITHOUT_LOG_BUCKET: Field = {"Field": "resources.ARN", "NotStartsWith": [f"arn:aws:s3:::{BUCKET}/"]}
OTHER_BUCKET = "arn:aws:s3:::other/"
S3_TYPE, LAMBDA_TYPE = "AWS::S3::Object", "AWS::Lambda::Function"
FUNCTION = "arn:aws:lambda:us-east-1:444455556666:function:"


def data(kind: str, *fields: Field) -> list[Field]:
    return [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [kind]}, *fields]


def advanced(*selectors: Sequence[Field]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)} for fields in selectors]}


def basic(*selectors: Field) -> dict[str, Any]:
    return {"EventSelectors": list(selectors)}


def resources(kind: str, *values: str) -> Field:
    return {"Type": kind, "Values": list(values)}


S3, LAMBDA = data(S3_TYPE), data(LAMBDA_TYPE)
ALL_DATA = [resources(S3_TYPE, "arn:aws:s3"), resources(LAMBDA_TYPE, "arn:aws:lambda")]


def expected(**options: Any) -> ExpectedTrail:
    given = {"trail_name": "sectrailprod", "bucket": BUCKET, **options}
    return ExpectedTrail.from_params(module_options("cloudtrail_central_info", **given))


def findings(selectors: Mapping[str, Any], **options: Any) -> list[Finding]:
    return of_trails([trail(selectors=selectors)], expected(**options), PRODUCTION, REGION)


SOUND = {
    "as this collection writes them": EVERYTHING,
    "with the log bucket": advanced([MANAGEMENT], S3, LAMBDA),
    "split by readOnly": advanced([MANAGEMENT, READ], [MANAGEMENT, WRITE], S3, LAMBDA),
    "data split by readOnly": advanced([MANAGEMENT], [*S3, READ], [*S3, WRITE], LAMBDA),
    "split by bucket": advanced(
        [MANAGEMENT],
        [*S3, {"Field": "resources.ARN", "StartsWith": [OTHER_BUCKET]}],
        [*S3, {"Field": "resources.ARN", "NotStartsWith": [OTHER_BUCKET]}],
        LAMBDA,
    ),
    "each source excluded by one selector only": advanced(
        [MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}],
        [MANAGEMENT, {"Field": "eventSource", "NotEquals": ["rdsdata.amazonaws.com"]}],
        S3,
        LAMBDA,
    ),
    "split in three ways at once": advanced(
        [MANAGEMENT],
        [*S3, READ, {"Field": "eventName", "Equals": ["GetObject"]}],
        [*S3, READ, {"Field": "eventName", "NotEquals": ["GetObject"]}],
        [*S3, WRITE, WITHOUT_LOG_BUCKET],
        LAMBDA,
    ),
    "an overlapping copy": advanced([MANAGEMENT], [MANAGEMENT, WRITE], S3, S3, LAMBDA),
    "more types": advanced([MANAGEMENT], S3, LAMBDA, data("AWS::DynamoDB::Table")),
    "basic": basic({"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": ALL_DATA}),
    "basic, split": basic(
        {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": ALL_DATA},
        {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": ALL_DATA},
    ),
    "basic, the older spelling of all objects": basic(
        {"DataResources": [resources(S3_TYPE, "arn:aws:s3:::"), resources(LAMBDA_TYPE, "arn:aws:lambda")]}
    ),
}


@pytest.mark.parametrize("selectors", SOUND.values(), ids=SOUND)
def test_e11_other_selectors_that_record_the_same_or_more_pass(selectors: dict[str, Any]) -> None:
    assert findings(selectors) == []


_NARROWED = {
    "read-only management events": (advanced([MANAGEMENT, READ], S3, LAMBDA), "write management events."),
    "write-only management events": (advanced([MANAGEMENT, WRITE], S3, LAMBDA), "read management events."),
    "no management events": (advanced(S3, LAMBDA), "does not record: management events."),
    "a source excluded": (
        advanced([MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}], S3, LAMBDA),
        "management events if eventSource is kms.amazonaws.com.",
    ),
    "a source excluded from both halves": (
        advanced(
            [MANAGEMENT, READ, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}],
            [MANAGEMENT, WRITE, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}],
            S3,
            LAMBDA,
        ),
        "eventSource is kms.amazonaws.com",
    ),
    "no data events": (advanced([MANAGEMENT]), f"data events of {S3_TYPE}; data events of {LAMBDA_TYPE}."),
    "no events of functions": (advanced([MANAGEMENT], S3), f"does not record: data events of {LAMBDA_TYPE}."),
    "one bucket": (
        advanced([MANAGEMENT], [*S3, {"Field": "resources.ARN", "StartsWith": [OTHER_BUCKET]}], LAMBDA),
        f"data events of {S3_TYPE} if resources.ARN does not start with {OTHER_BUCKET}.",
    ),
    "all but one bucket": (
        advanced(
            [MANAGEMENT],
            [*S3, {"Field": "resources.ARN", "NotStartsWith": [f"arn:aws:s3:::{BUCKET}/", OTHER_BUCKET]}],
            LAMBDA,
        ),
        f"data events of {S3_TYPE} if resources.ARN starts with {OTHER_BUCKET}.",
    ),
    "more than the log bucket": (
        advanced([MANAGEMENT], [*S3, {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::secprod"]}], LAMBDA),
        "resources.ARN starts with arn:aws:s3:::secprod",
    ),
    "one function": (
        advanced([MANAGEMENT], S3, [*LAMBDA, {"Field": "resources.ARN", "Equals": [f"{FUNCTION}a"]}]),
        f"data events of {LAMBDA_TYPE} if resources.ARN is not {FUNCTION}a.",
    ),
    "read-only data events": (advanced([MANAGEMENT], [*S3, READ], LAMBDA), f"write data events of {S3_TYPE}."),
    "an eventName filter": (
        advanced([MANAGEMENT], [*S3, {"Field": "eventName", "Equals": ["PutObject"]}], LAMBDA),
        "eventName is not PutObject",
    ),
    "a user filter": (
        advanced([MANAGEMENT], [*S3, {"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::1:user/x"]}], LAMBDA),
        "userIdentity.arn is arn:aws:iam::1:user/x",
    ),
    "basic, read-only": (
        basic({"ReadWriteType": "ReadOnly", "DataResources": ALL_DATA}),
        "write management events",
    ),
    "basic, without management events": (
        basic({"IncludeManagementEvents": False, "DataResources": ALL_DATA}),
        "does not record: management events.",
    ),
    "basic, a source excluded": (
        basic({"ExcludeManagementEventSources": ["kms.amazonaws.com"], "DataResources": ALL_DATA}),
        "eventSource is kms.amazonaws.com",
    ),
    "basic, one bucket": (
        basic({"DataResources": [resources(S3_TYPE, OTHER_BUCKET), ALL_DATA[1]]}),
        f"does not start with {OTHER_BUCKET}",
    ),
    "the default of CloudTrail": (basic({"ReadWriteType": "All"}), f"data events of {S3_TYPE}"),
    "no selectors": ({}, "management events; data events"),
}


@pytest.mark.parametrize(("selectors", "sentence"), _NARROWED.values(), ids=_NARROWED)
def test_e11_a_narrowed_trail_fails_and_the_lost_events_are_named(selectors: dict[str, Any], sentence: str) -> None:
    (finding,) = findings(selectors)
    assert (finding.kind, finding.status, finding.account) == ("narrowed_selectors", "failed", PRODUCTION)
    assert sentence in finding.message
    assert "PutEventSelectors" in finding.remediation


@pytest.mark.parametrize(
    ("options", "selectors"),
    [
        ({"management_events": "write"}, advanced([MANAGEMENT, WRITE], S3, LAMBDA)),
        ({"data_events": {"s3": ["off"], "lambda": ["off"]}}, advanced([MANAGEMENT])),
        (
            {"exclude_management_event_sources": ["kms.amazonaws.com"]},
            advanced([MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}], S3, LAMBDA),
        ),
        (
            {"data_events": {"s3": ["arn:aws:s3:::a", "arn:aws:s3:::b"], "lambda": ["off"]}},
            advanced(
                [MANAGEMENT],
                [*S3, {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::a/"]}],
                [*S3, {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::b/"]}],
            ),
        ),
        (
            {"data_events": {"s3": ["off"], "lambda": [f"{FUNCTION}a", f"{FUNCTION}b"]}},
            advanced(
                [MANAGEMENT],
                [*LAMBDA, {"Field": "resources.ARN", "Equals": [f"{FUNCTION}b"]}],
                [*LAMBDA, {"Field": "resources.ARN", "Equals": [f"{FUNCTION}a"]}],
            ),
        ),
        (
            {
                "advanced_event_selectors": [
                    {"field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]},
                    {
                        "field_selectors": [
                            {"field": "eventCategory", "equals": ["Data"]},
                            {"field": "resources.type", "equals": [S3_TYPE]},
                        ]
                    },
                ]
            },
            advanced([MANAGEMENT], [*S3, WITHOUT_LOG_BUCKET]),
        ),
    ],
)
def test_e11_the_inventory_decides_what_is_expected(options: dict[str, Any], selectors: dict[str, Any]) -> None:
    assert findings(selectors, **options) == []
    assert [finding.kind for finding in findings(advanced([MANAGEMENT, READ]), **options)] == ["narrowed_selectors"]


def test_e11_an_expectation_that_no_trail_can_meet_is_refused() -> None:
    with pytest.raises(Refused, match="leave no events to record"):
        expected(management_events="none", data_events={"s3": ["off"], "lambda": ["off"]})


def test_e11_operators_of_one_field_are_alternatives() -> None:
    """Two operators of one field select more events, not fewer."""
    buckets = {"Field": "resources.ARN", "StartsWith": [OTHER_BUCKET], "EndsWith": [".txt"]}
    options = {"data_events": {"s3": [OTHER_BUCKET], "lambda": ["off"]}}
    assert findings(advanced([MANAGEMENT], [*S3, buckets]), **options) == []
    excluding = {**buckets, "NotStartsWith": [f"{OTHER_BUCKET}secret"]}
    (finding,) = findings(advanced([MANAGEMENT], [*S3, excluding]), **options)
    assert f"resources.ARN starts with {OTHER_BUCKET}" in finding.message


_UNREADABLE = {
    "an operator of the future": advanced([MANAGEMENT, {"Field": "readOnly"}], S3, LAMBDA),
    "no fields": {"AdvancedEventSelectors": [{"Name": "odd"}]},
    "an access type of the future": basic({"ReadWriteType": "DeleteOnly", "DataResources": ALL_DATA}),
}


@pytest.mark.parametrize("selectors", _UNREADABLE.values(), ids=_UNREADABLE)
def test_e11_a_selector_that_cannot_be_read_records_nothing(selectors: dict[str, Any]) -> None:
    (finding,) = findings(selectors)
    assert (finding.kind, finding.status) == ("narrowed_selectors", "failed")
    assert "Event selectors that this version cannot read: " in finding.message


def test_e11_a_selector_that_cannot_be_read_does_no_harm_beside_sound_ones() -> None:
    unreadable = [MANAGEMENT, {"Field": "new"}]
    assert findings(advanced(unreadable, [MANAGEMENT], S3, LAMBDA)) == []


def test_e11_another_trail_is_no_substitute() -> None:
    narrowed = trail(selectors=advanced([MANAGEMENT, READ], S3, LAMBDA))
    shadow = trail("other", selectors=EVERYTHING)
    found = of_trails([narrowed, shadow], expected(), PRODUCTION, REGION)
    assert kinds(found) == {"narrowed_selectors": "failed"}


def test_e11_the_trail_may_leave_out_its_own_bucket_if_another_one_is_expected() -> None:
    """The bucket is one difference. PutEventSelectors has changed nothing."""
    assert kinds(findings(EVERYTHING, bucket="other-bucket")) == {"other_bucket": "failed"}
    third = {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::third/"]}
    _bucket, events = findings(advanced([MANAGEMENT], [*S3, third], LAMBDA), bucket="other-bucket")
    assert events.kind == "narrowed_selectors"
    assert events.message.endswith("AWS::S3::Object if resources.ARN starts with arn:aws:s3:::third/.")


def test_e11_more_differences_than_can_be_compared_count_as_lost() -> None:
    many = [
        Selector.of(
            "",
            ("eventCategory", "Equals", ("Data",)),
            ("eventName", "EndsWith", (str(number),)),
            ("resources.ARN", "EndsWith", (str(number),)),
        )
        for number in range(40)
    ]
    wanted = [Selector.of("", ("eventCategory", "Equals", ("Data",)))]
    assert recorded_events.unrecorded(wanted, many)
    assert recorded_events.unrecorded(wanted, [*many, *wanted]) == []


def test_e11_long_lists_are_shortened() -> None:
    parts = [
        Selector.of("", ("eventCategory", "Equals", ("Data",)), ("eventName", "Equals", (str(n),))) for n in range(9)
    ]
    assert recorded_events.described(parts, set()).endswith("; and 4 more")


@pytest.mark.parametrize(
    ("recorded", "missing"),
    [((), True), ((("ApiCallRateInsight", ()),), False), ((("ApiCallRateInsight", ("Data",)),), True)],
)
def test_e11_insights_that_the_inventory_expects(recorded: Any, missing: bool) -> None:
    reply = {"InsightSelectors": [{"InsightType": kind, "EventCategories": list(of)} for kind, of in recorded]}
    observed = ObservedTrail.described(described(), PRODUCTION, REGION).with_details(
        status={"IsLogging": True}, selectors=EVERYTHING, insights=reply, tags={}
    )
    given = expected(insights=["ApiCallRateInsight"])
    assert kinds(of_trails([observed], given, PRODUCTION, REGION)) == (
        {"narrowed_insights": "failed"} if missing else {}
    )


def test_e11_events_of_global_services() -> None:
    observed = trail(selectors=EVERYTHING, IncludeGlobalServiceEvents=False)
    assert kinds(of_trails([observed], expected(), PRODUCTION, REGION)) == {"no_global_events": "failed"}


ORGANIZATION = described("org", ARCHIVE, IsOrganizationTrail=True)
OWNER_ROLE = f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"
FOR_ORGANIZATION = {"trail_name": "org", "bucket": BUCKET}


def failures(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item["account"], item["kind"], item["status"]) for item in result["findings"] if item["check"] == "trail"]


def test_e11_an_organization_trail_is_not_passed_unread() -> None:
    result = report(FakeAccount([ORGANIZATION]), **FOR_ORGANIZATION)
    assert failures(result) == [(ARCHIVE, "events_not_checked", "not_checked")]
    (finding,) = [item for item in result["findings"] if item["check"] == "trail"]
    assert f"only to the owner, account {ARCHIVE}" in finding["message"]
    assert f"in account {ARCHIVE}" in finding["remediation"]
    assert failures(report(FakeAccount([ORGANIZATION]), compare_events=False, **FOR_ORGANIZATION)) == []


@pytest.mark.parametrize(("selectors", "found"), [(EVERYTHING, []), ({}, [(ARCHIVE, "narrowed_selectors", "failed")])])
def test_e11_an_organization_trail_is_read_in_the_account_that_owns_it(selectors: Any, found: Any) -> None:
    owner = FakeAccount([ORGANIZATION], selectors={ORGANIZATION["TrailARN"]: selectors}, account=ARCHIVE)
    owner.replies["cloudtrail", "list_tags"] = {"ResourceTagList": []}
    member = FakeAccount([ORGANIZATION], owner=owner)
    result = report(member, owner_role_arn=OWNER_ROLE, owner_external_id="x", **FOR_ORGANIZATION)
    assert failures(result) == found
    assert set(member.others) == {(OWNER_ROLE, "x")}
    assert owner.operations == [
        "get_event_selectors",
        "list_tags",
        *["lookup_events"] * 5,
        "list_delegated_administrators",
    ]
    assert "get_event_selectors" not in member.operations


def test_e11_an_owner_role_that_is_denied_is_named() -> None:
    arn = ORGANIZATION["TrailARN"]
    owner = FakeAccount([ORGANIZATION], selectors={arn: failure("AccessDeniedException")})
    result = report(FakeAccount([ORGANIZATION], owner=owner), owner_role_arn=OWNER_ROLE, **FOR_ORGANIZATION)
    assert failures(result) == [(ARCHIVE, "events_not_checked", "not_checked")]
    assert f"Role {OWNER_ROLE} cannot read them: " in str(result["findings"])


def test_e11_with_an_unknown_field_a_selector_still_counts_as_narrower() -> None:
    assert from_aws(advanced([MANAGEMENT, {"Field": "new", "Equals": ["a"]}]))
    (finding,) = findings(advanced([MANAGEMENT, {"Field": "new", "Equals": ["a"]}], S3, LAMBDA))
    assert "management events if new is not a" in finding.message
    assert organization_trail().readable is False


@pytest.mark.parametrize(
    "options",
    [
        {"exclude_management_event_sources": ["ec2.amazonaws.com"]},
        {
            "advanced_event_selectors": [
                {
                    "name": None,
                    "field_selectors": [
                        {"field": "eventCategory", "equals": ["Management"]},
                        {"field": "eventType", "equals": ["AwsApiCall"]},
                    ],
                }
            ]
        },
    ],
)
def test_b4_events_that_a_trail_cannot_record_are_not_expected(options: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="cannot be excluded|not valid for Management events"):
        expected(**options)
