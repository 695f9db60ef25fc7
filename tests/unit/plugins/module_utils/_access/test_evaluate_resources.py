# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which access to log files a statement gives or denies by its resources.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import (
    BUCKET_ARN,
    ROLE,
    THEIR_ROLE,
    FakeLogArchive,
    allow,
    deny,
    readers,
)
from tests.fakes.support import ARCHIVE, PRODUCTION, READER


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", [True]),
        (f"{BUCKET_ARN}/*", [True]),
        (f"{BUCKET_ARN}*", [True]),
        ("arn:*:s3:::*", [True]),
        ("arn:aws:s3:::*/*", [True]),
        (f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*", [False]),  # IAM policies may allow the rest
        (f"{BUCKET_ARN}/one-key", []),  # this is not a log
        (f"{BUCKET_ARN}/??????????*", [True]),  # the key of every log is longer
        (BUCKET_ARN, []),
        (f"{BUCKET_ARN}?", []),
        (BUCKET_ARN.upper() + "/*", []),
        ("arn:aws:s3:::other/*", []),
        (f"{BUCKET_ARN}/${{aws:PrincipalAccount}}/*", [False]),
        ([], []),
    ],
)
def test_resources(resource: Any, expected: list[bool]) -> None:
    statement = {**allow("s3:Get*", {"AWS": ROLE}, "bucket"), "Resource": resource}
    assert readers(statement) == [("role", ROLE, certain) for certain in expected]


def test_a_part_of_the_bucket_is_named() -> None:
    statement = {**allow("s3:GetObject", {"AWS": ROLE}, "bucket"), "Resource": f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*"}
    entries = fake_log_archive.report(FakeLogArchive(more_bucket=[statement]))["read"]
    (entry,) = [access for access in entries if "Theirs" in access["by"]]
    assert entry["conditions"] == [
        f"only on {BUCKET_ARN}/AWSLogs/{PRODUCTION}/*",
        f"IAM policies of account {ARCHIVE} may allow more than this (they are not read)",
    ]


def test_not_resource() -> None:
    statement = allow("s3:GetObject", {"AWS": ROLE}, "bucket")
    del statement["Resource"]
    assert readers({**statement, "NotResource": f"{BUCKET_ARN}/*"}) == []
    assert readers({**statement, "NotResource": f"{BUCKET_ARN}/x/*"}) == [("role", ROLE, False)]


def test_a_deny_on_a_part_of_the_bucket_does_not_count_for_the_rest() -> None:
    allowed = allow("s3:GetObject", {"AWS": ROLE}, "bucket")
    part = {**deny("s3:*", policy="bucket"), "Resource": f"{BUCKET_ARN}/x/*"}
    assert readers(allowed, part) == [("role", ROLE, False)]
    assert readers({**allowed, "Resource": f"{BUCKET_ARN}/x/*"}, part) == []
    rest = {**part, "NotResource": f"{BUCKET_ARN}/x/*"}
    del rest["Resource"]
    assert readers(allowed, rest) == [("role", ROLE, False)]


def test_a_deny_counts_for_the_part_of_the_bucket_that_is_allowed() -> None:
    part = {**allow("s3:GetObject", {"AWS": ROLE}, "bucket"), "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/x/*"]}
    assert readers(part, {**deny("s3:*", policy="bucket"), "Resource": f"{BUCKET_ARN}/x/*"}) == []
    all_but = {**deny("s3:*", policy="bucket"), "NotResource": f"{BUCKET_ARN}/y/*"}
    del all_but["Resource"]
    assert readers(part, all_but) == []
    variable = {**part, "Resource": f"{BUCKET_ARN}/${{aws:username}}"}
    assert readers(variable, {**all_but, "NotResource": f"{BUCKET_ARN}/me"}) == [("role", ROLE, False)]


def test_e2_what_not_resource_allows_is_more_than_a_deny_on_the_same_resource() -> None:
    """An Allow with NotResource allows the complement, which a Deny on that very resource does not touch."""
    statement = allow("s3:GetObject", {"AWS": THEIR_ROLE}, "bucket")
    del statement["Resource"]
    nobody = f"{BUCKET_ARN}/AWSLogs/000000000000/*"
    denial = {**deny("*", policy="bucket"), "Resource": nobody}
    assert readers({**statement, "NotResource": nobody}, denial) == [("role", THEIR_ROLE, False)]
    result = fake_log_archive.report(
        FakeLogArchive(more_bucket=[{**statement, "NotResource": nobody}, denial]), readers=[READER]
    )
    assert "unexpected_reader" in fake_log_archive.failed(result)
