# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's documented examples of conditions: each row has the page, what the page says, and what follows.

The pages are parts of https://docs.aws.amazon.com/IAM/latest/UserGuide/, read in November 2026 and, where a page has
fewer examples now, in AWS's archive of June 2023 (awsdocs/iam-user-guide on GitHub).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudtrail_sandbox.judge.conditions import Context, Values, hold

OPERATORS = "reference_policies_elements_condition_operators.html"
SETS = "reference_policies_condition-single-vs-multi-valued-context-keys.html"
SET_EXAMPLES = "reference_policies_condition_examples-multi-valued-context-keys.html"
LOGIC = "reference_policies_condition-logic-multiple-context-keys-or-values.html"
VARIABLES = "reference_policies_variables.html"
CONDITION = "reference_policies_elements_condition.html"
NOTACTION = "reference_policies_elements_notaction.html"

Json = Mapping[str, Mapping[str, Any]]
JOB = "aws:PrincipalTag/job-category"
ATTRIBUTES = "dynamodb:Attributes"
HOME = {"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/"]}}
FINANCE = "arn:aws:someservice:*:111122223333:finance/*"
STORE = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
TOPIC = "arn:aws:sns:us-east-2:123456789012:topic"
INSTANCES = ["t1.*", "t2.*", "m3.*"]
SOME = {"ForAllValues:StringEquals": {ATTRIBUTES: ["ID", "Message", "Tags"]}}
OTHERS = {"ForAllValues:StringEquals": {ATTRIBUTES: ["PostDateTime", "Message", "Tags"]}}
FORBIDDEN = {"ForAnyValue:StringEquals": {ATTRIBUTES: ["ID", "PostDateTime"]}}
QUEUE = {
    "DateGreaterThan": {"aws:CurrentTime": "2019-07-16T12:00:00Z"},
    "DateLessThan": {"aws:CurrentTime": "2019-07-16T15:00:00Z"},
    "IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]},
}
TEAMS = {"StringNotEquals": {"aws:PrincipalTag/team": ["red", "blue"]}}
TAGS = {"Null": {"aws:TagKeys": "false"}, "ForAllValues:StringLike": {"aws:TagKeys": ["key1*", "key2*", "key3*"]}}
SNAPSHOTS = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "webserver"]}}

ROWS: list[tuple[str, str, Json, Mapping[str, Values], bool]] = [
    # String
    (OPERATORS, "StringEquals: exact matching, case sensitive", {"StringEquals": {JOB: "admin"}}, {JOB: "admin"}, True),
    (
        OPERATORS,
        "StringEquals: exact matching, case sensitive",
        {"StringEquals": {JOB: "admin"}},
        {JOB: "Admin"},
        False,
    ),
    (OPERATORS, "without the tag … the condition returns false", {"StringEquals": {JOB: "iamuser-admin"}}, {}, False),
    (OPERATORS, "StringNotEquals: negated matching", {"StringNotEquals": {JOB: "admin"}}, {JOB: "admin"}, False),
    (OPERATORS, "StringNotEquals: negated matching", {"StringNotEquals": {JOB: "admin"}}, {JOB: "hr"}, True),
    (OPERATORS, "EqualsIgnoreCase: ignoring case", {"StringEqualsIgnoreCase": {JOB: "ADMIN"}}, {JOB: "admin"}, True),
    (OPERATORS, "NotEqualsIgnoreCase", {"StringNotEqualsIgnoreCase": {JOB: "ADMIN"}}, {JOB: "admin"}, False),
    (OPERATORS, "StringLike: you must specify wildcards", {"StringLike": {JOB: "adm"}}, {JOB: "admin"}, False),
    (OPERATORS, "StringLike: * anywhere in the string", {"StringLike": {JOB: "a*n"}}, {JOB: "admin"}, True),
    (OPERATORS, "StringLike: single-character match ?", {"StringLike": {JOB: "admi?"}}, {JOB: "admin"}, True),
    (OPERATORS, "StringLike: single-character match ?", {"StringLike": {JOB: "adm?"}}, {JOB: "admin"}, False),
    (OPERATORS, "StringLike: case-sensitive matching", {"StringLike": {JOB: "A*"}}, {JOB: "admin"}, False),
    (OPERATORS, "StringNotLike: negated", {"StringNotLike": {JOB: "a*"}}, {JOB: "admin"}, False),
    (OPERATORS, "s3:prefix matches any one of the patterns", HOME, {"s3:prefix": "", "aws:username": "David"}, True),
    (OPERATORS, "own home directory", HOME, {"s3:prefix": "home/David/", "aws:username": "David"}, True),
    (OPERATORS, "own home directory", HOME, {"s3:prefix": "home/Adele/", "aws:username": "David"}, False),
    # an absent key
    (OPERATORS, "key not present: the condition is false", {"StringLike": {JOB: "*"}}, {}, False),
    (OPERATORS, "StringNotLike … not present: true", {"StringNotLike": {JOB: "*"}}, {}, True),
    (OPERATORS, "ArnNotLike … not present: true", {"ArnNotLike": {"aws:SourceArn": FINANCE}}, {}, True),
    # Numeric
    (OPERATORS, "up to 10 objects", {"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "10"}, True),
    (OPERATORS, "up to 10 objects", {"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "11"}, False),
    (
        OPERATORS,
        "integer or decimal value",
        {"NumericEquals": {"s3:TlsVersion": "1.20"}},
        {"s3:TlsVersion": "1.2"},
        True,
    ),
    (OPERATORS, "less than", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}, {"s3:TlsVersion": "1.2"}, False),
    (OPERATORS, "greater than", {"NumericGreaterThan": {"s3:max-keys": "9"}}, {"s3:max-keys": "10"}, True),
    (OPERATORS, "or equals", {"NumericGreaterThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "10"}, True),
    (OPERATORS, "negated matching", {"NumericNotEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "10"}, False),
    # Date
    (
        OPERATORS,
        "credentials … were issued in 2020",
        {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}},
        {"aws:TokenIssueTime": "2020-06-01T12:00:00Z"},
        True,
    ),
    (
        OPERATORS,
        "present only when … temporary credentials; … the request is denied",
        {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}},
        {},
        False,
    ),
    (
        OPERATORS,
        "in epoch (UNIX) time",
        {"DateLessThan": {"aws:CurrentTime": "1577836800"}},
        {"aws:CurrentTime": "2019-12-31T23:59:59Z"},
        True,
    ),
    (
        OPERATORS,
        "at or before a specific date and time",
        {"DateLessThanEquals": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
        True,
    ),
    (
        OPERATORS,
        "wildcards are not permitted for date condition operators",
        {"DateEquals": {"aws:CurrentTime": "2020-*"}},
        {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
        False,
    ),
    # Bool, Binary
    (OPERATORS, "not over SSL", {"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "false"}, True),
    (OPERATORS, "not over SSL", {"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "true"}, False),
    (
        OPERATORS,
        "byte for byte",
        {"BinaryEquals": {"k": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}},
        {"k": "BinaryValueInBase64"},
        True,
    ),
    (
        OPERATORS,
        "byte for byte",
        {"BinaryEquals": {"k": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}},
        {"k": "binaryvalueinbase64"},
        False,
    ),
    (OPERATORS, "not present: do not match", {"BinaryEquals": {"k": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}, {}, False),
    # IP address
    (
        OPERATORS,
        "203.0.113.0 to 203.0.113.255",
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"aws:SourceIp": "203.0.113.255"},
        True,
    ),
    (
        OPERATORS,
        "203.0.113.0 to 203.0.113.255",
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"aws:SourceIp": "203.0.114.0"},
        False,
    ),
    (OPERATORS, "VPC endpoint: returns false", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {}, False),
    (
        OPERATORS,
        "default prefix value of /32",
        {"IpAddress": {"aws:SourceIp": "203.0.113.7"}},
        {"aws:SourceIp": "203.0.113.8"},
        False,
    ),
    (
        OPERATORS,
        "IPv6",
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}},
        {"aws:SourceIp": "2001:db8:1234:5678::1"},
        True,
    ),
    (
        OPERATORS,
        "all IP addresses except the range",
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"aws:SourceIp": "203.0.113.9"},
        False,
    ),
    (
        OPERATORS,
        "all IP addresses except the range",
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"aws:SourceIp": "2001:db8::1"},
        True,
    ),
    # ARN
    (
        OPERATORS,
        "with StringLike the match succeeds",
        {"StringLike": {"aws:SourceArn": FINANCE}},
        {"aws:SourceArn": STORE},
        True,
    ),
    (
        OPERATORS,
        "with ArnLike … the match fails",
        {"ArnLike": {"aws:SourceArn": FINANCE}},
        {"aws:SourceArn": STORE},
        False,
    ),
    (
        OPERATORS,
        "ArnEquals and ArnLike behave identically",
        {"ArnEquals": {"aws:SourceArn": TOPIC[:-5] + "*"}},
        {"aws:SourceArn": TOPIC},
        True,
    ),
    (
        OPERATORS,
        "ArnNotEquals and ArnNotLike identically",
        {"ArnNotEquals": {"aws:SourceArn": TOPIC[:-5] + "*"}},
        {"aws:SourceArn": TOPIC},
        False,
    ),
    (OPERATORS, "an IAM user … directly … returns false", {"ArnEquals": {"aws:SourceArn": TOPIC}}, {}, False),
    # IfExists
    (
        OPERATORS,
        "key pairs do not have the key, so StringLike fails",
        {"StringLike": {"ec2:InstanceType": INSTANCES}},
        {},
        False,
    ),
    (OPERATORS, "if not present, evaluate as true", {"StringLikeIfExists": {"ec2:InstanceType": INSTANCES}}, {}, True),
    (
        OPERATORS,
        "begins with t1., t2., or m3.",
        {"StringLikeIfExists": {"ec2:InstanceType": INSTANCES}},
        {"ec2:InstanceType": "t2.micro"},
        True,
    ),
    (
        OPERATORS,
        "present: process as specified",
        {"StringLikeIfExists": {"ec2:InstanceType": INSTANCES}},
        {"ec2:InstanceType": "c5.large"},
        False,
    ),
    (OPERATORS, "StringNotEqualsIfExists … even if missing", {"StringNotEqualsIfExists": {JOB: "admin"}}, {}, True),
    # Null
    (OPERATORS, "true: the key must not exist", {"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
    (
        OPERATORS,
        "temporary credentials: the key exists",
        {"Null": {"aws:TokenIssueTime": "true"}},
        {"aws:TokenIssueTime": "2020-01-01"},
        False,
    ),
    (
        OPERATORS,
        "false: the key exists and is not null",
        {"Null": {"aws:TokenIssueTime": "false"}},
        {"aws:TokenIssueTime": "2020-01-01"},
        True,
    ),
    (
        NOTACTION,
        "with MFA, the Condition fails",
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"aws:MultiFactorAuthPresent": "true"},
        False,
    ),
    (NOTACTION, "without MFA", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {}, True),
    # set operators
    (SETS, "Message and Tags: allowed", SOME, {ATTRIBUTES: ("Message", "Tags")}, True),
    (SETS, "UserName is not within the list", SOME, {ATTRIBUTES: ("Message", "UserName")}, False),
    (SETS, "there's no match for UserName", OTHERS, {ATTRIBUTES: ("PostDateTime", "UserName")}, False),
    (SETS, "ForAllValues: true if there are no keys", SOME, {}, True),
    (SETS, "or … a null data set, such as an empty string", SOME, {ATTRIBUTES: ("",)}, True),
    (SETS, "PostDateTime matches, so true", FORBIDDEN, {ATTRIBUTES: ("PostDateTime", "Message")}, True),
    (SETS, "just UserName: false", FORBIDDEN, {ATTRIBUTES: ("UserName",)}, False),
    (SETS, "the last of six tests is true", FORBIDDEN, {ATTRIBUTES: ("UserName", "Message", "PostDateTime")}, True),
    (SETS, "no matching key: false", FORBIDDEN, {}, False),
    (SETS, "null dataset: false", FORBIDDEN, {ATTRIBUTES: ("",)}, False),
    (SET_EXAMPLES, "every value must match at least one", TAGS, {"aws:TagKeys": ("key1:legal", "key2:hr")}, True),
    (SET_EXAMPLES, "every value must match at least one", TAGS, {"aws:TagKeys": ("key1:legal", "other")}, False),
    (SET_EXAMPLES, "Null false prevents missing keys", TAGS, {}, False),
    (SET_EXAMPLES, "any one of the tag key values", SNAPSHOTS, {"aws:TagKeys": ("environment", "cost")}, True),
    (SET_EXAMPLES, "any one of the tag key values", SNAPSHOTS, {"aws:TagKeys": ("cost",)}, False),
    # several operators, keys and values
    (
        LOGIC,
        "three operators, all must be met",
        QUEUE,
        {"aws:CurrentTime": "2019-07-16T13:00:00Z", "aws:SourceIp": "203.0.113.7"},
        True,
    ),
    (
        LOGIC,
        "the two values are evaluated using OR",
        QUEUE,
        {"aws:CurrentTime": "2019-07-16T13:00:00Z", "aws:SourceIp": "192.0.2.9"},
        True,
    ),
    (
        LOGIC,
        "all three of them must be met",
        QUEUE,
        {"aws:CurrentTime": "2019-07-16T16:00:00Z", "aws:SourceIp": "192.0.2.9"},
        False,
    ),
    (
        LOGIC,
        "all three of them must be met",
        QUEUE,
        {"aws:CurrentTime": "2019-07-16T13:00:00Z", "aws:SourceIp": "198.51.100.1"},
        False,
    ),
    (LOGIC, "negated: a logical NOR of the values", TEAMS, {"aws:PrincipalTag/team": "blue"}, False),
    (LOGIC, "negated: a logical NOR of the values", TEAMS, {"aws:PrincipalTag/team": "green"}, True),
    (
        CONDITION,
        "context key names are not case-sensitive",
        {"StringEquals": {"AWS:SourceIP": "x"}},
        {"aws:sourceip": "x"},
        True,
    ),
    # variables
    (
        VARIABLES,
        "replaced with values from the context",
        {"StringLike": {"s3:prefix": "${aws:username}/*"}},
        {"aws:username": "David", "s3:prefix": "David/a"},
        True,
    ),
    (
        VARIABLES,
        "not present: any attempt to match it fails",
        {"StringLike": {"s3:prefix": "${aws:username}/*"}},
        {"s3:prefix": "David/a"},
        False,
    ),
    (VARIABLES, "${*} is an asterisk", {"StringLike": {"s3:prefix": "${*}"}}, {"s3:prefix": "David"}, False),
    (VARIABLES, "${*} is an asterisk", {"StringLike": {"s3:prefix": "${*}"}}, {"s3:prefix": "*"}, True),
    (VARIABLES, "${?} is a question mark", {"StringLike": {"s3:prefix": "a${?}"}}, {"s3:prefix": "ab"}, False),
    (VARIABLES, "${$} is a dollar sign", {"StringEquals": {"s3:prefix": "${$}5"}}, {"s3:prefix": "$5"}, True),
    (
        VARIABLES,
        "default value in single quotes",
        {"StringEquals": {"k": "${aws:userid, 'anonymous'}"}},
        {"k": "anonymous"},
        True,
    ),
    (
        VARIABLES,
        "you can use a variable with the ARN operators",
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}},
        {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a", "aws:PrincipalAccount": "111122223333"},
        True,
    ),
    (
        VARIABLES,
        "no variable with Numeric operators",
        {"NumericEquals": {"s3:max-keys": "${k}"}},
        {"s3:max-keys": "10", "k": "10"},
        False,
    ),
    (
        VARIABLES,
        "no variable with IpAddress",
        {"IpAddress": {"aws:SourceIp": "${k}"}},
        {"aws:SourceIp": "203.0.113.7", "k": "203.0.113.7"},
        False,
    ),
    (
        SETS,
        "a multivalued key cannot be a variable",
        {"StringEquals": {"k": "${aws:TagKeys}"}},
        {"k": "a", "aws:TagKeys": ("a", "b")},
        False,
    ),
]


@pytest.mark.parametrize(("page", "sentence", "condition", "given", "expected"), ROWS)
def test_example(page: str, sentence: str, condition: Json, given: Mapping[str, Values], expected: bool) -> None:
    context = Context(given)
    assert hold(condition, context, context.variable) is expected, f"{page}: {sentence}"
