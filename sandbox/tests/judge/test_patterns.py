# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wildcards and policy variables, with the examples of AWS's documentation."""

from __future__ import annotations

import pytest

from cloudtrail_sandbox.judge.patterns import Style, matches

VARIABLES = {"aws:username": "David", "aws:sourceaccount": "111122223333", "star": "*", "tail": "a:b"}.get
OBJECT = "arn:aws:s3:::amzn-s3-demo-bucket"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
FINANCE = "arn:aws:someservice:*:111122223333:finance/*"
STORE = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
TRAIL = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/sectrail"


@pytest.mark.parametrize(
    ("pattern", "value", "style", "expected"),
    [
        # StringLike goes over colons, ArnLike compares the six parts one by one: the documented pair
        (FINANCE, STORE, Style.LIKE, True),
        (FINANCE, STORE, Style.ARN, False),
        (FINANCE, "arn:aws:someservice:us-east-2:111122223333:finance/a", Style.ARN, True),
        # ARN: any part may hold wildcards, the last one may hold colons
        ("arn:aws:cloudtrail:*:111122223333:trail/*", TRAIL, Style.ARN, True),
        ("arn:*:cloudtrail:*:*:trail/sec????l", TRAIL, Style.ARN, True),
        ("arn:aws:cloudtrail:eu-central-?:111122223333:trail/sectrail", TRAIL, Style.ARN, True),
        ("arn:aws:cloudtrail:*:111122223333:trail/SecTrail", TRAIL, Style.ARN, False),
        ("arn:aws:cloudtrail:*:444455556666:trail/*", TRAIL, Style.ARN, False),
        ("arn:aws:cloudtrail:*", TRAIL, Style.ARN, False),
        ("arn:aws:cloudtrail:*:trail/sectrail", TRAIL, Style.ARN, False),
        ("*", TRAIL, Style.ARN, False),
        (TRAIL, TRAIL, Style.ARN, True),
        ("arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:111122223333:log-group:a:b", Style.ARN, True),
        ("111122223333", "111122223333", Style.ARN, False),
        # StringEquals: wildcards are themselves
        ("arn:aws:cloudtrail:*:111122223333:trail/*", TRAIL, Style.EXACT, False),
        ("a*?", "a*?", Style.EXACT, True),
        ("abc", "ABC", Style.EXACT, False),
        # StringLike
        ("*", "", Style.LIKE, True),
        ("?", "", Style.LIKE, False),
        ("a*c", "abbbc", Style.LIKE, True),
        ("a?c", "abbc", Style.LIKE, False),
        ("a.c", "abc", Style.LIKE, False),
        ("home/*", "home/line\nbreak", Style.LIKE, True),
        # Resource: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
        (f"{OBJECT}/*/test/*", f"{OBJECT}/1/test/object.jpg", Style.RESOURCE, True),
        (f"{OBJECT}/*/test/*", f"{OBJECT}/1/2/test/3/object.jpg", Style.RESOURCE, True),
        (f"{OBJECT}/*/test/*", f"{OBJECT}/1///test///object.jpg", Style.RESOURCE, True),
        (f"{OBJECT}/*/test/*", f"{OBJECT}//test/object.jpg", Style.RESOURCE, True),
        (f"{OBJECT}/*/test/*", f"{OBJECT}/1/test/", Style.RESOURCE, True),
        (f"{OBJECT}/*/test/*", f"{OBJECT}/1-test/object.jpg", Style.RESOURCE, False),
        (f"{OBJECT}/*/test/*", f"{OBJECT}/test/object.jpg", Style.RESOURCE, False),
        (f"{OBJECT}/*/test/*", f"{OBJECT}/1/2/test.jpg", Style.RESOURCE, False),
        ("*", f"{OBJECT}/a", Style.RESOURCE, True),
        ("arn:aws:kms:*", "arn:aws:kms:eu-central-1:111122223333:key/1", Style.RESOURCE, True),
        ("arn:aws:kms:eu-*-1:111122223333:key/*", "arn:aws:kms:eu-central-1:111122223333:key/1", Style.RESOURCE, True),
        ("arn:aws:k*s:x:1:key", "arn:aws:kms:kinds:x:1:key", Style.RESOURCE, False),
        (f"{OBJECT}/A", f"{OBJECT}/a", Style.RESOURCE, False),
        (f"{OBJECT}/*", f"{OBJECT}", Style.RESOURCE, False),
        (f"{OBJECT}", f"{OBJECT}/a", Style.RESOURCE, False),
    ],
)
def test_wildcards(pattern: str, value: str, style: Style, expected: bool) -> None:
    assert matches(pattern, value, style) is expected
    assert matches(pattern, value, style, VARIABLES) is expected


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
@pytest.mark.parametrize(
    ("pattern", "value", "style", "expected"),
    [
        ("${aws:username}", "David", Style.EXACT, True),
        ("home/${aws:username}/*", "home/David/a", Style.LIKE, True),
        ("home/${aws:username}/*", "home/Adele/a", Style.LIKE, False),
        ("${star}", "anything", Style.LIKE, False),
        ("${star}", "*", Style.LIKE, True),
        ("${absent}", "", Style.LIKE, False),
        ("*${absent}*", "a", Style.LIKE, False),
        ("${absent, 'company-wide'}", "company-wide", Style.EXACT, True),
        ("${aws:username, 'company-wide'}", "David", Style.EXACT, True),
        ("${*}", "*", Style.LIKE, True),
        ("${*}", "a", Style.LIKE, False),
        ("${?}", "?", Style.LIKE, True),
        ("${$}{", "${", Style.EXACT, True),
        ("5$", "5$", Style.EXACT, True),
        (f"{OBJECT}/AWSLogs/${{aws:sourceaccount}}/*", f"{OBJECT}/AWSLogs/111122223333/x", Style.RESOURCE, True),
        (f"{OBJECT}/AWSLogs/${{aws:sourceaccount}}/*", f"{OBJECT}/AWSLogs/444455556666/x", Style.RESOURCE, False),
        # in Resource only after the fifth colon, in a condition in every part
        ("arn:aws:sqs:x:${aws:sourceaccount}:q", "arn:aws:sqs:x:111122223333:q", Style.RESOURCE, False),
        ("arn:aws:sqs:x:${aws:sourceaccount}:*", "arn:aws:sqs:x:111122223333:q", Style.ARN, True),
        # the colon in the name of a variable does not end a part
        ("arn:aws:sqs:*:${aws:sourceaccount}:*", "arn:aws:sqs:x:y:111122223333:q", Style.ARN, False),
        ("arn:aws:sqs:x:1:${tail}", "arn:aws:sqs:x:1:a:b", Style.ARN, True),
    ],
)
def test_variables(pattern: str, value: str, style: Style, expected: bool) -> None:
    assert matches(pattern, value, style, VARIABLES) is expected


@pytest.mark.parametrize("style", [Style.EXACT, Style.LIKE])
def test_without_variables_they_are_text(style: Style) -> None:
    assert matches("${aws:username}", "${aws:username}", style)
    assert not matches("${aws:username}", "David", style)
