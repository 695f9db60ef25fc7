# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements that let services of AWS write logs of their own, by their principals, places and sources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import BUCKET_ARN, FakeLogArchive, allow, by
from tests.fakes.support import PRODUCTION, STAGING, STRANGER

OWN = f"AWSLogs/{PRODUCTION}/*"
SOURCE = {"StringEquals": {"aws:SourceAccount": PRODUCTION}}
BALANCERS = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
OLD_BALANCERS = {"AWS": "arn:aws:iam::156460612806:root"}
SERVICES: dict[str, str] = {
    "delivery.logs": "the delivery of logs, such as VPC flow logs",
    "config": "AWS Config",
    "logdelivery.elasticloadbalancing": "access logs of Elastic Load Balancing",
    "logdelivery.elb": "access logs of Elastic Load Balancing",
    "guardduty": "findings that Amazon GuardDuty exports",
    "redshift": "audit logs of Amazon Redshift",
    "logging.s3": "server access logs of Amazon S3",
}


def findings(*statements: dict[str, Any], key_prefix: str = "") -> list[dict[str, Any]]:
    bucket = [*fake_log_archive.our_bucket_statements(), *statements]
    return list(fake_log_archive.report(FakeLogArchive(bucket=bucket), key_prefix=key_prefix)["findings"])


def write(principal: Any, key: str | list[str] = OWN, **more: Any) -> dict[str, Any]:
    keys = [key] if isinstance(key, str) else key
    resources = [f"{BUCKET_ARN}/{part}" if part else BUCKET_ARN for part in keys]
    return {**allow("s3:PutObject", principal, "bucket"), "Resource": resources, **more}


def writers(*statements: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    """Status and message of each finding about who writes."""
    return [(item["status"], item["message"]) for item in findings(*statements, **options) if item["kind"] == "writer"]


def origin(statement: dict[str, Any]) -> str:
    """The message of the finding about the statement itself."""
    (message,) = [
        item["message"]
        for item in findings(statement)
        if (item["kind"], item["resource"]) == ("foreign_statement", statement["Sid"])
    ]
    return str(message)


@pytest.mark.parametrize(("name", "noun"), SERVICES.items())
def test_a_service_is_named_with_its_logs(name: str, noun: str) -> None:
    principal = {"Service": f"{name}.amazonaws.com"}
    ((status, message),) = writers(write(principal, Condition=SOURCE))
    assert status == "info" and f"AWS documents such statements for {noun}. The service names" in message
    ((status, message),) = writers(write(principal))
    assert status == "failed" and f"AWS documents such statements for {noun}, but this one does not limit" in message
    assert "may look like logs" in message
    assert writers(write(principal, "other/*")) == []


@pytest.mark.parametrize("principal", [BALANCERS, OLD_BALANCERS, {"AWS": "156460612806"}])
def test_load_balancers_with_a_prefix_of_their_own_write_no_logs_of_cloudtrail(principal: dict[str, str]) -> None:
    statement = write(principal, f"elb/{OWN}")
    assert writers(statement) == []
    assert "is what AWS documents for access logs of Elastic Load Balancing." in origin(statement)
    ((status, message),) = writers(write(principal))
    assert status == "failed" and "for access logs of Elastic Load Balancing, but" in message


@pytest.mark.parametrize("prefix", ["elb", "elb/x"])
def test_the_prefix_of_the_trails_is_not_one_of_their_own(prefix: str) -> None:
    statement = write(BALANCERS, f"{prefix}/{OWN}")
    assert [status for status, _message in writers(statement, key_prefix=prefix)] == ["failed"]
    trails = write({"Service": "cloudtrail.amazonaws.com"}, f"{prefix}/AWSLogs/{PRODUCTION}/CloudTrail/*", Sid="T")
    assert [status for status, _message in writers(statement, trails)] == ["failed"]
    reader = {**write({"AWS": STRANGER}, f"{prefix}/{OWN}", Sid="R"), "Action": "s3:GetObject"}
    assert [status for status, _message in writers(statement, reader)] == ["failed"]


@pytest.mark.parametrize(
    "statement",
    [
        write({"AWS": STRANGER}, f"elb/{OWN}"),
        write({"Service": "ssm.amazonaws.com"}, f"elb/{OWN}"),
        write({**BALANCERS, "AWS": STRANGER}, f"elb/{OWN}"),
        write({"Service": [*BALANCERS.values(), "config.amazonaws.com"]}, f"elb/{OWN}"),
        {**write(BALANCERS, f"elb/{OWN}"), "Action": "s3:*"},
        {**write(BALANCERS, f"elb/{OWN}"), "Action": ["s3:PutObject", "s3:GetObject"]},
    ],
)
def test_any_other_statement_shows_a_prefix_of_logs(statement: dict[str, Any]) -> None:
    """AWS documents no such statement, so that it may be about an earlier prefix of the trails."""
    found = writers(statement)
    assert found and {status for status, _message in found} == {"failed"}
    assert not any("AWS documents" in message for _status, message in found)


def test_services_that_read_are_readers_where_they_write() -> None:
    reading = {**write(BALANCERS, f"elb/{OWN}"), "Action": ["s3:Get*", "s3:List*"]}
    bucket = [*fake_log_archive.our_bucket_statements(), reading]
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket), key_prefix="")
    assert by(result["read"], "Theirs") == [("service", BALANCERS["Service"], True)]


@pytest.mark.parametrize("element", ["Action", "Principal"])
def test_complements_are_not_documented(element: str) -> None:
    """They allow what they do not name."""
    statement = {**write(BALANCERS, f"elb/{OWN}"), "Action": "s3:ListBucket" if element == "Action" else "s3:PutObject"}
    statement[f"Not{element}"] = statement.pop(element)
    assert "failed" in [status for status, _message in writers(statement)]


@pytest.mark.parametrize(
    ("resources", "source", "status"),
    [
        (["", OWN], {}, "info"),
        ([OWN, f"AWSLogs/{STAGING}/*"], {}, "info"),
        ([f"AWSLogs/{STAGING}/*"], {}, "failed"),
        (["*"], {}, "failed"),
        (["AWSLogs/*"], {}, "failed"),
        ([OWN], {"ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:*:{PRODUCTION}:loadbalancer/*"}}, "info"),
        ([OWN], {"ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:*:*:loadbalancer/*"}}, "failed"),
        ([OWN], {"StringEqualsIfExists": {"aws:SourceAccount": PRODUCTION}}, "failed"),
    ],
)
def test_the_writer_is_limited_to_known_accounts_and_their_folders(
    resources: list[str], source: dict[str, Any], status: str
) -> None:
    statement = write(BALANCERS, resources, Condition=source or SOURCE)
    assert [found for found, _message in writers(statement)] == [status]


def test_the_access_itself_is_listed_in_any_case() -> None:
    statements = [*fake_log_archive.our_bucket_statements(), write(BALANCERS, Condition=SOURCE)]
    result = fake_log_archive.report(FakeLogArchive(bucket=statements), key_prefix="")
    assert by(result["write"], "Theirs") == [("service", BALANCERS["Service"], False)]
