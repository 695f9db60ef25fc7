# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Only access to objects that may be logs of CloudTrail is access to logs, whatever the pattern of the statement."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._access import log_folders
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._policy import document, statement

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import FakeLogArchive, allow, by
from tests.fakes.support import ARCHIVE, BUCKET, PRODUCTION, STRANGER

BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
ORGANIZATION = "o-a1b2c3d4e5"
THEIR_ROLE = f"arn:aws:iam::{STRANGER}:role/Theirs"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}


def found(resource: Any, *, element: str = "Resource", options: dict[str, Any] | None = None, **more: Any) -> set[str]:
    """The lists in which a foreign principal appears that may do everything with the resource."""
    theirs = {**allow("s3:*", {"AWS": THEIR_ROLE}, "bucket"), **more}
    del theirs["Resource"]
    bucket = [*fake_log_archive.our_bucket_statements(deny_delete=False), {**theirs, element: resource}]
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket), **(options or {"key_prefix": ""}))
    return {
        ability
        for ability in ("read", "write", "delete")
        if by(result[ability], "Theirs") or by(result[ability], "Theirs", indirect=True)
    }


EVERYTHING, NOTHING = {"read", "write", "delete"}, set[str]()
ROWS: list[tuple[str, set[str]]] = [
    (f"AWSLogs/{PRODUCTION}/CloudTrail/*", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/CloudTrail-Digest/*", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/CloudTrail-Insight/us-east-1/*", EVERYTHING),
    (f"AWSLogs/{ORGANIZATION}/{PRODUCTION}/CloudTrail/*", EVERYTHING),
    (f"AWSLogs/{ORGANIZATION}/*", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/CloudTrail/us-east-1/2026/11/25/{PRODUCTION}_CloudTrail_x.json.gz", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/Cloud*", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/C*", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/??????????/*", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/*", EVERYTHING),
    ("AWSLogs/????????????/CloudTrail*", EVERYTHING),
    ("AWSLogs/*.json.gz", EVERYTHING),
    ("AWSLogs/*/Config/*", EVERYTHING),  # a log may have the key AWSLogs/ID/CloudTrail/Config/x, as far as IAM knows
    ("AWSLogs/${aws:PrincipalAccount}/*", EVERYTHING),
    ("AWSLogs/${aws:PrincipalTag/folder}", EVERYTHING),
    ("${aws:username}/*", EVERYTHING),
    ("AWSLog?/*", EVERYTHING),
    ("*/CloudTrail/*", EVERYTHING),
    ("*", EVERYTHING),
    ("?*", EVERYTHING),
    (f"AWSLogs/{PRODUCTION}/Config/*", NOTHING),
    (f"AWSLogs/{PRODUCTION}/elasticloadbalancing/*", NOTHING),
    (f"AWSLogs/{PRODUCTION}/cloudtrail/*", NOTHING),  # S3 compares keys with their case
    (f"AWSLogs/{ORGANIZATION}/{PRODUCTION}/Config/*", NOTHING),
    (f"AWSLogs/aws-account-id={PRODUCTION}/aws-service=vpcflowlogs/*", NOTHING),
    ("athena-results/*", NOTHING),
    ("athena-results/${aws:username}/*", NOTHING),
    ("AWSLogs", NOTHING),
    ("AWSLogs/", NOTHING),
    ("?", NOTHING),
    ("b*", NOTHING),
]


@pytest.mark.parametrize(("key", "expected"), ROWS)
def test_access_to_a_part_of_the_bucket(key: str, expected: set[str]) -> None:
    assert found(f"{BUCKET_ARN}/{key}") == expected
    assert found([f"{BUCKET_ARN}/athena-results/*", f"{BUCKET_ARN}/{key}"]) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("athena-results/*", EVERYTHING),
        (f"AWSLogs/{PRODUCTION}/CloudTrail/*", EVERYTHING),
        ("AWSLogs/*/CloudTrail*", {"read", "delete"}),  # what is about the bucket remains
        ("AWSLogs/${aws:PrincipalAccount}/*", EVERYTHING),
    ],
)
def test_access_to_all_but_a_part(key: str, expected: set[str]) -> None:
    assert found(f"{BUCKET_ARN}/{key}", element="NotResource") == expected


def test_access_to_all_but_the_logs() -> None:
    resources = [BUCKET_ARN, f"{BUCKET_ARN}/AWSLogs/*"]
    assert found(resources, element="NotResource") == NOTHING


def test_a_service_may_have_its_own_folder() -> None:
    own = {"Principal": {"Service": "config.amazonaws.com"}}
    assert found(f"{BUCKET_ARN}/AWSLogs/{ARCHIVE}/Config/*", **own) == NOTHING
    assert found(f"{BUCKET_ARN}/AWSLogs/{ARCHIVE}/*", **own) == EVERYTHING


@pytest.mark.parametrize(
    ("options", "key", "expected"),
    [
        ({"key_prefix": "team"}, f"team/AWSLogs/{PRODUCTION}/*", EVERYTHING),
        ({"key_prefix": "/team/"}, "te*", EVERYTHING),
        ({"key_prefix": "team"}, "other/*", NOTHING),
        ({"key_prefix": "team", "earlier_prefixes": ["other"]}, "other/*", EVERYTHING),
        ({"key_prefix": "team", "earlier_prefixes": ["other/x"]}, "other/y/*", NOTHING),
        ({"key_prefix": "team"}, f"other/AWSLogs/{PRODUCTION}/CloudTrail/*", EVERYTHING),  # names logs itself
        ({"key_prefix": "team"}, f"other/AWSLogs/{PRODUCTION}/Config/*", NOTHING),
        ({"key_prefix": ""}, f"*/AWSLogs/{PRODUCTION}/CloudTrail/*", EVERYTHING),
        ({}, "other/*", EVERYTHING),  # no prefix is known, so it may be any
        ({"earlier_prefixes": ["team"]}, "other/*", EVERYTHING),
    ],
)
def test_prefixes(options: dict[str, Any], key: str, expected: set[str]) -> None:
    assert found(f"{BUCKET_ARN}/{key}", options={"key_prefix": None, **options}) == expected


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [({"key_prefix": "AWSLogs"}, "key_prefix: 'AWSLogs'"), ({"earlier_prefixes": ["*"]}, "earlier")],
)
def test_prefixes_that_are_none(bad: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        fake_log_archive.report(**{"key_prefix": "", **bad})


@pytest.mark.parametrize(
    ("resource", "element", "shown"),
    [
        (f"{BUCKET_ARN}/AWSLogs/*", "Resource", {""}),
        (f"{BUCKET_ARN}/x/y/AWSLogs/{PRODUCTION}/*", "Resource", {"x/y/"}),
        (f"{BUCKET_ARN}/x/*", "Resource", {"x/*"}),
        (f"{BUCKET_ARN}/x/*.gz", "Resource", {"x/*"}),
        (f"{BUCKET_ARN}/*/AWSLogs/{PRODUCTION}/*", "Resource", {"*/"}),
        (f"{BUCKET_ARN}/${{aws:SourceAccount}}/AWSLogs/*", "Resource", None),
        (f"{BUCKET_ARN}/*", "Resource", {"*"}),
        (f"{BUCKET_ARN}*", "Resource", {"*"}),
        ("*", "Resource", {"*"}),
        ("arn:aws:s3:::*/AWSLogs/*", "Resource", {"*"}),
        (BUCKET_ARN, "Resource", set()),
        ("arn:aws:s3:::other/x/AWSLogs/*", "Resource", set()),
        (f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/Config/*", "Resource", set()),
        (BUCKET_ARN, "NotResource", {"*"}),
    ],
)
def test_prefixes_that_the_policy_shows(resource: str, element: str, shown: set[str] | None) -> None:
    """A trail may deliver with any prefix that the bucket policy admits, whatever the option names."""
    value = {"Effect": "Allow", "Principal": CLOUDTRAIL, "Action": "s3:PutObject", element: resource}
    statements = statement.of_document("bucket", document.parse(fake_log_archive.policy_text([value]), "It"))
    prefixes = set(log_folders.prefixes_of_logs(("own",), statements, BUCKET_ARN))
    if shown is None:
        assert len(prefixes) == 2
    else:
        assert prefixes == ({"*"} if "*" in shown else {"own/", *shown})
    foreign = [{**value, "Principal": {"AWS": THEIR_ROLE}, "Action": "s3:GetObject"}]
    of_others = statement.of_document("bucket", document.parse(fake_log_archive.policy_text(foreign), "It"))
    assert set(log_folders.prefixes_of_logs(("own",), of_others, BUCKET_ARN)) <= {"own/", *prefixes}


def test_cloudtrail_may_deliver_with_any_prefix() -> None:
    theirs = {**allow("s3:PutObject", CLOUDTRAIL, "bucket"), "Resource": f"{BUCKET_ARN}/x/*"}
    result = fake_log_archive.report(FakeLogArchive(more_bucket=[theirs]), key_prefix="")
    assert by(result["write"], "Theirs") == [("trails", "*", False)]
    assert "confused_deputy" in fake_log_archive.failed(result)


def test_a_denial_for_all_logs_covers_all_that_matters() -> None:
    """Other objects need no denial: nothing of them is a log."""
    for resource, deniable in ((f"{BUCKET_ARN}/AWSLogs/*", True), (f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*", False)):
        theirs = allow("s3:GetObject", {"AWS": THEIR_ROLE}, "bucket")
        denial = {**theirs, "Sid": "TheirDenial", "Effect": "Deny", "Resource": resource}
        result = fake_log_archive.report(FakeLogArchive(more_bucket=[theirs, denial]), key_prefix="")
        assert (by(result["read"], "Theirs") == []) is deniable


def test_security_hubs_control_is_about_the_whole_bucket() -> None:
    theirs = {**allow("s3:PutObjectAcl", {"AWS": THEIR_ROLE}, "bucket"), "Resource": f"{BUCKET_ARN}/athena-results/*"}
    result = fake_log_archive.report(FakeLogArchive(more_bucket=[theirs]), key_prefix="")
    assert {control["id"]: control["status"] for control in result["controls"]}["S3.6"] == "failed"
