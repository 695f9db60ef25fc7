# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trail that records its own deliveries: which selectors do, and what the operator reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._trail.recursion import recorded_deliveries, warning
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import S3, from_aws
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import TrailState

from tests.fakes.fake_trail import FakeCloudTrail, run, trail
from tests.fakes.support import ARCHIVE, BUCKET, PRODUCTION, REGION

STATE = TrailState(
    name="SecurityTrailMaster",
    exists=True,
    arn=f"arn:aws:cloudtrail:{REGION}:{ARCHIVE}:trail/SecurityTrailMaster",
    home_region=REGION,
    bucket=BUCKET,
)
LOGS = f"arn:aws:s3:::{BUCKET}/"
FOLDER = f"{LOGS}AWSLogs/{ARCHIVE}/CloudTrail/"


def fields(**operators: list[str]) -> list[dict[str, Any]]:
    return [{"Field": "resources.ARN", **operators}]


def advanced(*more: dict[str, Any], kind: str = S3) -> dict[str, Any]:
    data = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [kind]}]
    return {"AdvancedEventSelectors": [{"Name": "Objects", "FieldSelectors": [*data, *more]}]}


def basic(*values: str, kind: str = S3, access: str = "All") -> dict[str, Any]:
    return {"EventSelectors": [{"ReadWriteType": access, "DataResources": [{"Type": kind, "Values": list(values)}]}]}


def field(name: str, operator: str, *values: str) -> dict[str, Any]:
    return {"Field": name, operator: list(values)}


LOOPS = {
    "no exclusion": advanced(),
    "NotEquals excludes no object": advanced(*fields(NotEquals=[LOGS])),
    "the bucket's name without an object": advanced(*fields(NotEquals=[LOGS[:-1]])),
    "another bucket excluded": advanced(*fields(NotStartsWith=["arn:aws:s3:::other/"])),
    "another folder excluded": advanced(*fields(NotStartsWith=[f"{LOGS}other/"])),
    "another account's folder excluded": advanced(*fields(NotStartsWith=[f"{LOGS}AWSLogs/{PRODUCTION}/"])),
    "only the digests excluded": advanced(*fields(NotStartsWith=[f"{LOGS}AWSLogs/{ARCHIVE}/CloudTrail-Digest/"])),
    "the log bucket itself": advanced(*fields(StartsWith=[LOGS])),
    "all buckets that begin in the same way": advanced(*fields(StartsWith=["arn:aws:s3:::secprod"])),
    "a Region of the account's folder": advanced(*fields(StartsWith=[f"{FOLDER}eu-west-1/"])),
    "the end of log files": advanced(*fields(EndsWith=[".gz"])),
    "the whole end": advanced(*fields(EndsWith=[".csv", ".json.gz"])),
    "an alternative of another bucket": advanced(*fields(StartsWith=["arn:aws:s3:::other/"], EndsWith=[".json.gz"])),
    "another end excluded": advanced(*fields(NotEndsWith=[".csv"])),
    "writes": advanced(field("readOnly", "Equals", "false")),
    "PutObject among others": advanced(field("eventName", "Equals", "PutObject", "DeleteObject")),
    "names that start with Put": advanced(field("eventName", "StartsWith", "Put")),
    "one identity excluded": advanced(field("userIdentity.arn", "NotStartsWith", "arn:aws:iam::1:role/x")),
    "no console sessions": advanced(field("sessionCredentialFromConsole", "NotEquals", "true")),
    "no service events": advanced(field("eventType", "NotEquals", "AwsServiceEvent")),
    "basic, all": basic("arn:aws:s3"),
    "basic, all in the older spelling": basic("arn:aws:s3:::"),
    "basic, written": basic("arn:aws:s3", access="WriteOnly"),
    "basic, the log bucket": basic("arn:aws:s3:::other/", LOGS),
    "basic, the start of its name": basic("arn:aws:s3:::secprod"),
}
NO_LOOPS = {
    "the log bucket excluded": advanced(*fields(NotStartsWith=[LOGS])),
    "the start of its name excluded": advanced(*fields(NotStartsWith=["arn:aws:s3:::secprod"])),
    "its folder excluded": advanced(*fields(NotStartsWith=[f"{LOGS}AWSLogs/{ARCHIVE}/"])),
    "the end of log files excluded": advanced(*fields(NotEndsWith=[".json.gz"])),
    "the shorter end excluded": advanced(*fields(NotEndsWith=["gz"])),
    "another bucket": advanced(*fields(StartsWith=["arn:aws:s3:::other/"])),
    "another folder": advanced(*fields(StartsWith=[f"{LOGS}AWSLogs/{PRODUCTION}/"])),
    "a bucket whose name is longer": advanced(*fields(StartsWith=[f"arn:aws:s3:::{BUCKET}-more/"])),
    "another end": advanced(*fields(EndsWith=[".csv"])),
    "the bucket as if it was an object": advanced(*fields(Equals=[LOGS])),
    "reads": advanced(field("readOnly", "Equals", "true")),
    "another name": advanced(field("eventName", "Equals", "GetObject", "DeleteObject")),
    "PutObject excluded": advanced(field("eventName", "NotEquals", "PutObject")),
    "one identity": advanced(field("userIdentity.arn", "StartsWith", "arn:aws:iam::")),
    "console sessions": advanced(field("sessionCredentialFromConsole", "Equals", "true")),
    "another service": advanced(field("eventSource", "Equals", "s3-outposts.amazonaws.com")),
    "another type": advanced(kind="AWS::S3Express::Object"),
    "management events": {"EventSelectors": [{}]},
    "network activity events": {
        "AdvancedEventSelectors": [
            {
                "FieldSelectors": [
                    field("eventCategory", "Equals", "NetworkActivity"),
                    field("eventSource", "Equals", "s3.amazonaws.com"),
                ]
            }
        ]
    },
    "basic, another bucket": basic("arn:aws:s3:::other/"),
    "basic, read": basic("arn:aws:s3", access="ReadOnly"),
    "basic, functions": basic("arn:aws:lambda", kind="AWS::Lambda::Function"),
}


@pytest.mark.parametrize("reply", LOOPS.values(), ids=LOOPS)
def test_a12_selectors_that_record_the_delivery_of_log_files(reply: dict[str, Any]) -> None:
    selectors = from_aws(reply)
    (recording,) = recorded_deliveries(selectors, STATE)
    sentence = warning(replace(STATE, selectors=selectors), ARCHIVE, ARCHIVE)
    assert sentence.startswith(
        f"Trail SecurityTrailMaster records its own deliveries to bucket {BUCKET}. Event selector"
    )
    assert (recording.name or str(recording))[:100] in sentence
    assert "RecursiveLogging" in sentence and f"exclude {LOGS} from the data events" in sentence


@pytest.mark.parametrize("reply", NO_LOOPS.values(), ids=NO_LOOPS)
def test_a12_selectors_that_do_not_record_it(reply: dict[str, Any]) -> None:
    assert recorded_deliveries(from_aws(reply), STATE) == []
    assert warning(replace(STATE, selectors=from_aws(reply)), ARCHIVE, ARCHIVE) == ""


@pytest.mark.parametrize(
    ("changes", "excluded", "loop"),
    [
        ({"key_prefix": "p"}, f"{LOGS}AWSLogs/", True),
        ({"key_prefix": "p"}, f"{LOGS}p/AWSLogs/", False),
        ({"key_prefix": "p"}, f"{LOGS}p/AWSLogs/{ARCHIVE}/", False),
        ({"is_organization_trail": True}, f"{LOGS}AWSLogs/{ARCHIVE}/", True),
        ({"is_organization_trail": True}, f"{LOGS}AWSLogs/", False),
        ({"arn": ""}, f"{LOGS}AWSLogs/{ARCHIVE}/", True),
        ({"arn": "", "home_region": "cn-north-1"}, LOGS, True),
        ({"arn": "", "home_region": "cn-north-1"}, f"arn:aws-cn:s3:::{BUCKET}/", False),
    ],
)
def test_a12_the_folder_of_the_log_files(changes: dict[str, Any], excluded: str, loop: bool) -> None:
    selectors = from_aws(advanced(*fields(NotStartsWith=[excluded])))
    assert bool(recorded_deliveries(selectors, replace(STATE, **changes))) is loop


ALL = from_aws(advanced())


@pytest.mark.parametrize(
    ("account", "log_archive", "is_organization_trail", "expected"),
    [
        (ARCHIVE, ARCHIVE, False, "deliveries to bucket secprod-multiaccount-logs. Event"),
        (ARCHIVE, "", False, "logs, if the account that owns the bucket is recorded. Event"),
        ("", ARCHIVE, False, "logs, if the account that owns the bucket is recorded. Event"),
        (PRODUCTION, ARCHIVE, True, "logs, if the account that owns the bucket is recorded. Event"),
        (PRODUCTION, ARCHIVE, False, ""),
    ],
)
def test_a12_the_owner_of_the_bucket_records_the_delivery(
    account: str, log_archive: str, is_organization_trail: bool, expected: str
) -> None:
    sentence = warning(replace(STATE, selectors=ALL, is_organization_trail=is_organization_trail), account, log_archive)
    assert expected in sentence
    assert bool(sentence) is bool(expected)


@pytest.mark.parametrize(
    ("returned", "loop", "doubt"),
    [({}, True, True), ({"RecursiveLogging": True}, True, False), ({"RecursiveLogging": False}, False, False)],
)
def test_a12_recursive_logging(returned: dict[str, Any], loop: bool, doubt: bool) -> None:
    state = replace(STATE, selectors=ALL).updated({"TrailARN": STATE.arn, "S3BucketName": BUCKET, **returned})
    sentence = warning(state, ARCHIVE, ARCHIVE)
    assert bool(sentence) is loop
    assert ("botocore before 1.43.90 does not return, ignore this" in sentence) is doubt
    assert state.as_result()["recursive_logging"] == returned.get("RecursiveLogging")


def test_a12_many_selectors_are_shortened() -> None:
    many = [from_aws(advanced(field("eventName", "Equals", "PutObject", str(number))))[0] for number in range(5)]
    named = tuple(replace(selector, name=str(number)) for number, selector in enumerate(many))
    assert "Event selector 0, 1, 2 and 2 more includes" in warning(replace(STATE, selectors=named), ARCHIVE, ARCHIVE)


def test_a12_a_selector_of_many_resources_is_shortened() -> None:
    reply = basic(LOGS, *(f"arn:aws:s3:::bucket-{number}/" for number in range(249)))
    sentence = warning(replace(STATE, selectors=from_aws(reply)), ARCHIVE, ARCHIVE)
    assert "without a name (eventCategory Equals Data; " in sentence and len(sentence) < 1_000


def _raw(operator: str) -> dict[str, Any]:
    data = [{"field": "eventCategory", "equals": ["Data"]}, {"field": "resources.type", "equals": [S3]}]
    return {"name": "Mine", "field_selectors": [*data, {"field": "resources.ARN", operator: [LOGS]}]}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("options", "loop"),
    [
        ({}, False),
        ({"exclude_log_bucket": False}, True),
        ({"advanced_event_selectors": [_raw("not_equals")]}, True),
        ({"advanced_event_selectors": [_raw("not_starts_with")]}, False),
        ({"data_events": {"s3": [LOGS], "lambda": None}}, True),
        ({"exclude_log_bucket": False, "log_archive_role_arn": f"arn:aws:iam::{PRODUCTION}:role/r"}, True),
        ({"exclude_log_bucket": False, "log_archive_role_arn": f"arn:aws:iam::{ARCHIVE}:role/r"}, False),
    ],
)
def test_a12_the_module_warns(options: dict[str, Any], loop: bool, check: bool) -> None:
    gateway = FakeCloudTrail()
    given = {"bucket": BUCKET, "account_id": PRODUCTION, **options}
    for _run in range(2):
        outcome = run(gateway, dry_run=check, **given)
        warnings = trail(**given).warnings(outcome)
        assert len(warnings) == loop
        assert all(f"Trail sectrailprod records its own deliveries to bucket {BUCKET}" in text for text in warnings)


def test_a12_selectors_that_were_there_before_are_a_warning_too() -> None:
    existing = {"S3BucketName": BUCKET, "IncludeGlobalServiceEvents": True}
    gateway = FakeCloudTrail(existing, selectors=basic("arn:aws:s3"))
    (text,) = trail().warnings(run(gateway))
    assert "selector without a name (eventCategory Equals Data; resources.type Equals AWS::S3::Object)" in text
    gateway = FakeCloudTrail({**existing, "RecursiveLogging": False}, selectors=basic("arn:aws:s3"))
    assert trail().warnings(run(gateway)) == []
    outcome = run(gateway, state="absent", allow_weaken=True)
    assert trail(state="absent").warnings(outcome) == []
