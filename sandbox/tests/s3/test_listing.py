# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists of objects: order, prefixes, delimiters, pages, what was deleted, times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_clients import ARCHIVE, Aws, code

BUCKET = "the-central-bucket"
KEYS = ("a/1/x", "a/1/y", "a/2/x", "a/z", "b/1", "c d+é", "c/&<x>", "top")


@pytest.fixture
def s3(aws: Aws) -> Any:
    client = aws.role(ARCHIVE, "s3")
    client.create_bucket(Bucket=BUCKET)
    for key in reversed(KEYS):
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    return client


def listed(s3: Any, operation: str = "list_objects_v2", **options: Any) -> list[str]:
    response = getattr(s3, operation)(Bucket=BUCKET, **options)
    return [one["Prefix"] for one in response.get("CommonPrefixes", [])] + [
        one["Key"] for one in response.get("Contents", [])
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, list(KEYS)),
        ({"Prefix": "a/"}, ["a/1/x", "a/1/y", "a/2/x", "a/z"]),
        ({"Prefix": "a/1"}, ["a/1/x", "a/1/y"]),
        ({"Prefix": "none"}, []),
        ({"Delimiter": "/"}, ["a/", "b/", "c/", "c d+é", "top"]),
        ({"Prefix": "a/", "Delimiter": "/"}, ["a/1/", "a/2/", "a/z"]),
        ({"Prefix": "a", "Delimiter": "/"}, ["a/"]),
        ({"StartAfter": "a/2/x"}, ["a/z", "b/1", "c d+é", "c/&<x>", "top"]),
        ({"StartAfter": "a/1/x", "Prefix": "a/", "Delimiter": "/"}, ["a/1/", "a/2/", "a/z"]),
        ({"StartAfter": "a/1/y", "Prefix": "a/", "Delimiter": "/"}, ["a/2/", "a/z"]),
        ({"StartAfter": "0", "Prefix": "b"}, ["b/1"]),
        ({"StartAfter": "z"}, []),
        ({"MaxKeys": 0}, []),
    ],
)
def test_what_is_listed(s3: Any, options: dict[str, Any], expected: list[str]) -> None:
    assert listed(s3, **options) == expected
    older = {"Marker" if name == "StartAfter" else name: value for name, value in options.items()}
    assert listed(s3, "list_objects", **older) == expected


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_pages(s3: Any, operation: str, delimiter: str) -> None:
    """A common prefix counts as one entry, and is on one page only."""
    options = {"Delimiter": delimiter} if delimiter else {}
    pages = list(s3.get_paginator(operation).paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2}, **options))
    whole = sorted(listed(s3, **options))
    names = [[one["Key"] for one in page.get("Contents", [])] for page in pages]
    prefixes = [[one["Prefix"] for one in page.get("CommonPrefixes", [])] for page in pages]
    sizes = [len(keys) + len(folders) for keys, folders in zip(names, prefixes, strict=True)]
    assert sizes == [2] * (len(whole) // 2) + [1] * (len(whole) % 2)
    assert sorted(sum(names, []) + sum(prefixes, [])) == whole
    assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]


def test_members_of_an_entry(s3: Any) -> None:
    [entry] = s3.list_objects_v2(Bucket=BUCKET, Prefix="b/", FetchOwner=True)["Contents"]
    head = s3.head_object(Bucket=BUCKET, Key="b/1")
    assert (entry["Size"], entry["ETag"], entry["StorageClass"]) == (3, head["ETag"], "STANDARD")
    assert entry["Owner"]["ID"] and entry["LastModified"] - head["LastModified"] < timedelta(seconds=1)


def test_what_was_deleted_is_not_listed(s3: Any) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in ("b/1", "a/1/x", "top"):
        s3.delete_object(Bucket=BUCKET, Key=key)
    assert listed(s3, Delimiter="/") == ["a/", "c/", "c d+é"]
    assert listed(s3, Prefix="a/1/") == ["a/1/y"]


def test_the_times_are_the_sandboxs(aws: Aws, s3: Any) -> None:
    aws.control("POST", "settings", {"clock_offset": -3 * 86400})
    s3.put_object(Bucket=BUCKET, Key="old", Body=b"")
    [entry] = s3.list_objects_v2(Bucket=BUCKET, Prefix="old")["Contents"]
    for time in (entry["LastModified"], s3.head_object(Bucket=BUCKET, Key="old")["LastModified"]):
        assert abs(datetime.now(UTC) - timedelta(days=3) - time) < timedelta(minutes=5)


def test_a_bad_token(s3: Any) -> None:
    with pytest.raises(ClientError) as error:
        s3.list_objects_v2(Bucket=BUCKET, ContinuationToken="%%%")
    assert code(error) == "InvalidArgument"
