# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names that AWS would reject, and what to do about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws import validators
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

GOOD: list[tuple[Callable[..., str], list[str]]] = [
    (validators.account_id, ["012345678901", "111122223333", "000000000000"]),
    (
        validators.trail_name,
        ["abc", "sectrailprod", "SecurityTrailMaster", "a.b-c_d", "1a2", "a" * 128, "1.2.3.4.5", "999.1.1.1"],
    ),
    (
        validators.bucket_name,
        ["abc", "secprod-multiaccount-logs", "a.b.c", "1-2", "a" * 63, "a--b", "1.2.3.4.5", "sthree", "my-xn--b"],
    ),
    (validators.organization_id, ["o-a1b2c3d4e5", "o-" + "a" * 32]),
    (
        validators.principal_arn,
        [
            "arn:aws:iam::111122223333:role/LogReader",
            "arn:aws:iam::111122223333:role/path/to/LogReader",
            "arn:aws-cn:iam::111122223333:user/some.one@example,com+x=y",
            "arn:aws-us-gov:iam::111122223333:root",
            "arn:aws:sts::111122223333:assumed-role/Role/session@example.com",
        ],
    ),
    (validators.role_arn, ["arn:aws:iam::111122223333:role/CentralLogging", "arn:aws-cn:iam::012345678901:role/a/b"]),
]

BAD: list[tuple[Callable[..., str], list[str]]] = [
    (validators.account_id, ["", "12345678901", "1234567890123", "12345678901x", " 012345678901", "٠١٢٣٤٥٦٧٨٩٠١"]),
    (validators.account_id, ["0123-4567-8901", "012345678901\n", "1402433619"]),
    (
        validators.trail_name,
        ["", "ab", "a" * 129, "-abc", "abc-", ".abc", "abc_", "a..b", "a-_b", "a b", "a/b", "192.168.5.4", "ábc"],
    ),
    (
        validators.bucket_name,
        ["", "ab", "a" * 64, "Logs", "a_b", "-ab", "ab-", ".ab", "ab.", "a..b", "a-.b", "a.-b", "192.168.5.4", "a b"],
    ),
    (validators.bucket_name, ["arn:aws:s3:::bucket", "s3://bucket", "bucket/prefix", "bücket", "abc\n"]),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    (validators.bucket_name, ["xn--logs", "sthree-logs", "sthree-configurator-logs", "amzn-s3-demo-logs"]),
    (validators.bucket_name, ["logs-s3alias", "logs--ol-s3", "logs.mrap", "logs--use1-az4--x-s3", "logs--table-s3"]),
    (validators.key_prefix, ["AWSLogs", "AWSLogs/", "/AWSLogs/", "a/AWSLogs/b", "a/AWSLogs", "myAWSLogs/b"]),
    (validators.key_prefix, ["a" * 201, "a*", "a?b", "${aws:userid}", "a//b", "a\\b"]),
    (validators.organization_id, ["", "o-short", "a1b2c3d4e5", "o-A1B2C3D4E5", "ou-ab12-cdefghij", "r-ab12"]),
    (
        validators.principal_arn,
        [
            "",
            "*",
            "111122223333",
            "LogReader",
            "arn:aws:iam::111122223333:group/Readers",
            "arn:aws:iam::1111:role/LogReader",
            "arn:aws:iam:::role/LogReader",
            "arn:aws:iam::*:role/LogReader",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role",
            "arn:aws:s3::111122223333:role/LogReader",
            "AROAEXAMPLEID12345678",
        ],
    ),
    # the service and the Region belong to the ARN as well: IAM's ARNs have no Region, sessions are STS's
    (
        validators.principal_arn,
        [
            "arn:aws:iam:us-east-1:111122223333:role/LogReader",
            "arn:aws:sts::111122223333:role/LogReader",
            "arn:aws:iam::111122223333:assumed-role/Role/session",
        ],
    ),
    (
        validators.role_arn,
        [
            "",
            "CentralLogging",
            "arn:aws:iam::111122223333:user/CentralLogging",
            "arn:aws:sts::111122223333:assumed-role/CentralLogging/x",
            "arn:aws:iam::11112222333:role/CentralLogging",
            "arn:aws:iam::111122223333:role/",
        ],
    ),
]


def _cases(table: list[tuple[Callable[..., str], list[str]]]) -> list[object]:
    return [
        pytest.param(check, value, id=f"{check.__name__}:{value[:60]}") for check, values in table for value in values
    ]


@pytest.mark.parametrize(("check", "value"), _cases(GOOD))
def test_accepted_as_it_is(check: Callable[..., str], value: str) -> None:
    assert check(value, "option") == value


@pytest.mark.parametrize(("check", "value"), _cases(BAD))
def test_refused_with_the_option_and_its_value(check: Callable[..., str], value: str) -> None:
    with pytest.raises(Refused) as refused:
        check(value, "the_option")
    sentence = str(refused.value)
    assert sentence.startswith("the_option: ")
    assert sentence.endswith((".", ">/."))
    assert value in sentence or repr(value)[1:-1] in sentence or str(len(value)) in sentence


def test_a_short_account_id_must_be_quoted() -> None:
    with pytest.raises(Refused, match=r'in quotes, "012345678901"'):
        validators.account_id("12345678901", "accounts: id")


@pytest.mark.parametrize(
    ("given", "prefix"),
    [("", ""), ("/", ""), ("a", "a"), ("a/", "a"), ("/a/b/", "a/b"), ("a" * 200, "a" * 200), ("awslogs", "awslogs")],
)
def test_a_prefix_without_the_slashes_at_its_ends(given: str, prefix: str) -> None:
    assert validators.key_prefix(given, "key_prefix") == prefix


def test_a_prefix_that_is_too_long() -> None:
    with pytest.raises(Refused, match=r"201 characters. Use at most 200"):
        validators.key_prefix("a" * 201, "key_prefix")


def test_a_prefix_with_awslogs() -> None:
    with pytest.raises(Refused, match=r"<prefix>/AWSLogs/<account id>/"):
        validators.key_prefix("a/AWSLogs/", "key_prefix")


@pytest.mark.parametrize("pattern", ["arn:aws:iam::111122223333:role/Break*", "arn:aws:iam::111122223333:user/a?"])
def test_wildcards_only_where_they_are_compared(pattern: str) -> None:
    assert validators.principal_arn(pattern, "break_glass_principals", wildcards=True) == pattern
    with pytest.raises(Refused):
        validators.principal_arn(pattern, "readers")


def test_a_session_is_not_a_pattern_of_principals() -> None:
    """aws:PrincipalArn of a session is the ARN of its role."""
    with pytest.raises(Refused):
        validators.principal_arn("arn:aws:sts::111122223333:assumed-role/R/s", "break_glass_principals", wildcards=True)


def test_distinct() -> None:
    validators.distinct(["1", "2"], "accounts")
    with pytest.raises(Refused, match=r"accounts: 111122223333 is listed more than once"):
        validators.distinct(["111122223333", "444455556666", "111122223333"], "accounts")


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        *((name, True) for name in ("us-east-1", "ap-southeast-7", "me-central-1", "us-gov-west-1", "cn-northwest-1")),
        *((name, True) for name in ("us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1")),
        *(
            (name, False)
            for name in ("copy-of-us-east-1", "old-us-east-1", "us-east", "us-east-1-", "xx", "aws-global")
        ),
    ],
)
def test_the_form_of_a_region(name: str, valid: bool) -> None:
    """In the log bucket, a folder of another form is not one of CloudTrail's."""
    assert validators.is_region(name) is valid


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("5455331996", 'Write "050512341234" or "005455331996" if that is the account.'),  # 050512341234 in YAML
        ("4444-5555-6666", 'Write "444455556666" if that is the account.'),
        ("12345678901", 'Write "012345678901" if that is the account.'),
    ],
)
def test_b18_an_account_id_that_is_not_valid_has_a_proposal(value: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        validators.account_id(value, "accounts: id")


@pytest.mark.parametrize("value", ["", "1", "12345", "4444555566667", "abc", "-1", "0x10"])
def test_b18_no_account_id_is_made_up(value: str) -> None:
    with pytest.raises(Refused) as refused:
        validators.account_id(value, "accounts: id")
    assert "Write" not in str(refused.value)
