# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random event selectors: the product and the sandbox, written apart, refuse the same and record the same."""

from __future__ import annotations

import random
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._trail import recorded_events
from ansible_collections.central_logging.aws.plugins.module_utils._trail.event_options import EventOptions
from ansible_collections.central_logging.aws.plugins.module_utils._trail.recursion import recorded_deliveries
from ansible_collections.central_logging.aws.plugins.module_utils._trail.resource_types import unknown_types
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import from_aws
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import TrailState

from cloudtrail_sandbox.cloudtrail.advanced_selectors import matches
from cloudtrail_sandbox.cloudtrail.selectors import logs_object_written, selected
from cloudtrail_sandbox.errors import ApiError

CATEGORIES = ["Management", "Data", "NetworkActivity", "Insight"]
OPERATORS = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"]
VALUES = {
    "readOnly": ["true", "false", "yes", "True"],
    "eventSource": ["kms.amazonaws.com", "rdsdata.amazonaws.com", "ec2.amazonaws.com"],
    "resources.type": ["AWS::S3::Object", "AWS::Lambda::Function", "AWS::S3::Objects"],
    "sessionCredentialFromConsole": ["true", "false", "True"],
    "errorCode": ["VpceAccessDenied", "AccessDenied"],
    "eventName": ["Put", "PutObject", "*", "x" * 2049],
    "eventType": ["AwsApiCall"],
    "resources.ARN": ["arn:aws:s3:::a/", "arn:aws:s3:::a/b.tmp"],
    "userIdentity.arn": ["arn:aws:iam::111122223333:role/x"],
    "vpcEndpointId": ["vpce-1"],
    "bogus": ["x"],
}
REQUIRED = {"Data": ["resources.type"], "NetworkActivity": ["eventSource"]}


def random_selector(chance: random.Random) -> dict[str, Any]:
    """A selector whose fields are mostly those of its category, so that about half of them are valid."""
    category = chance.choice(CATEGORIES[:3] if chance.random() < 0.95 else CATEGORIES)
    fields = [{"Field": "eventCategory", "Equals": [category]}]
    required = REQUIRED.get(category, []) if chance.random() < 0.9 else []
    for name in [*required, *chance.sample(list(VALUES), chance.choice([0, 0, 1, 1, 2]))]:
        if all(field["Field"] != name for field in fields):
            operators = chance.sample(OPERATORS, chance.choice([1, 1, 1, 2])) if chance.random() < 0.5 else ["Equals"]
            several = chance.random() < 0.1
            values = VALUES[name] if several else [chance.choice([VALUES[name][0], chance.choice(VALUES[name])])]
            fields.append({"Field": name, **{operator: list(values) for operator in operators}})
    return {"Name": "x" * chance.choice([1, 1, 1, 1000, 1001]), "FieldSelectors": fields}


def as_option(selector: dict[str, Any]) -> dict[str, Any]:
    """The item of the option advanced_event_selectors."""
    names = ["equals", "starts_with", "ends_with", "not_equals", "not_starts_with", "not_ends_with"]
    fields = [
        {
            "field": field["Field"],
            **{name: field.get(operator) for name, operator in zip(names, OPERATORS, strict=True)},
        }
        for field in selector["FieldSelectors"]
    ]
    return {"name": selector["Name"], "field_selectors": fields}


def options(*selectors: dict[str, Any]) -> EventOptions:
    nothing = dict.fromkeys(["management_events", "exclude_management_event_sources", "data_events"])
    given = [as_option(selector) for selector in selectors]
    return EventOptions.from_params({**nothing, "exclude_log_bucket": True, "advanced_event_selectors": given})


def refused_by_sandbox(*selectors: dict[str, Any]) -> bool:
    try:
        selected({"AdvancedEventSelectors": list(selectors)})
    except ApiError as error:
        assert error.code == "InvalidEventSelectorsException"
        return True
    return False


def test_b4_product_and_sandbox_refuse_the_same_selectors() -> None:
    """A type that is not known is the exception: the product warns, because AWS may have introduced it since."""
    chance = random.Random(4)
    refused = warned = 0
    for _case in range(3_000):
        selector = random_selector(chance)
        try:
            unknown = unknown_types(options(selector).raw or ())
        except Refused:
            assert refused_by_sandbox(selector), selector
            refused += 1
        else:
            assert refused_by_sandbox(selector) is bool(unknown), selector
            warned += bool(unknown)
    assert 1_000 < refused < 2_800
    assert warned > 10


def test_b5_product_and_sandbox_record_the_same_events() -> None:
    """An event that the sandbox records with some selectors, and not with others, is a loss for the product."""
    chance = random.Random(5)
    lost = 0
    for _case in range(300):
        before, after = ([random_data(chance) for _number in range(2)] for _side in range(2))
        noticed = recorded_events.lost_selectors(as_known(before), as_known(after), "")
        for record in RECORDS:
            missing = any(matches(item, record) for item in before) and not any(matches(item, record) for item in after)
            assert noticed or not missing, (before, after, record)
            lost += missing
    assert lost > 100


OWNER, BUCKET = "111122223333", "central-logs"
FILE = f"arn:aws:s3:::{BUCKET}/AWSLogs/{OWNER}/CloudTrail/eu-west-1/2026/03/01/x.json.gz"
TRAIL = TrailState(name="t", exists=True, arn=f"arn:aws:cloudtrail:eu-west-1:{OWNER}:trail/t", bucket=BUCKET)
TEXTS = {
    "resources.ARN": [FILE[:length] for length in (13, 20, 26, 40, 55)]
    + [FILE[-3:], ".json.gz", "arn:aws:s3:::other/"],
    "eventName": ["Put", "PutObject", "Object", "GetObject"],
    "userIdentity.arn": ["arn:aws:iam::1:role/x"],
    "eventSource": ["s3.amazonaws.com", "s3"],
}


def test_a12_product_and_sandbox_find_the_same_selectors_of_deliveries() -> None:
    chance = random.Random(12)
    loops = 0
    for _case in range(3_000):
        fields: list[dict[str, Any]] = [{"Field": name, "Equals": [value]} for name, value in TYPES.items()]
        for name in chance.sample(list(TEXTS), chance.choice([0, 1, 1, 2])):
            operators = chance.sample(OPERATORS, chance.choice([1, 1, 2]))
            fields.append({"Field": name, **{operator: [chance.choice(TEXTS[name])] for operator in operators}})
        selectors = [{"FieldSelectors": fields}]
        logged = logs_object_written({"AdvancedEventSelectors": selectors}, "PutObject", FILE)
        assert bool(recorded_deliveries(as_known(selectors), TRAIL)) is logged, fields
        loops += logged
    assert 500 < loops < 2_500


TYPES = {"eventCategory": "Data", "resources.type": "AWS::S3::Object"}
ARNS = ["a", "ab", "b", "ba", "c"]
RECORDS = [{**TYPES, "readOnly": access, "resources.ARN": arn} for access in ("true", "false") for arn in ARNS]


def as_known(selectors: list[dict[str, Any]]) -> tuple[Any, ...]:
    return from_aws({"AdvancedEventSelectors": selectors})


def random_data(chance: random.Random) -> dict[str, Any]:
    fields: list[dict[str, Any]] = [{"Field": name, "Equals": [value]} for name, value in TYPES.items()]
    if chance.random() < 0.4:
        fields.append({"Field": "readOnly", "Equals": [chance.choice(["true", "false"])]})
    operators = chance.sample(OPERATORS, chance.choice([0, 1, 1, 2]))
    if operators:
        conditions = {operator: chance.sample(ARNS, chance.choice([1, 2])) for operator in operators}
        fields.append({"Field": "resources.ARN", **conditions})
    return {"FieldSelectors": fields}
