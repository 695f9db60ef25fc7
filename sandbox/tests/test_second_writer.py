# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another writer of a policy, at each moment of a program that reads a policy and writes it."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from aws_clients import ARCHIVE, Aws, allow, policy

BUCKET = "watched-bucket"
ROOT = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*", Sid="Root")


def statement(kind: str, sid: str) -> dict[str, Any]:
    action, resource = ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}") if kind == "bucket" else ("kms:DescribeKey", "*")
    return allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, action, resource, Sid=sid)


class Policy:
    """The policy of a bucket or a key, read and written by a client."""

    def __init__(self, aws: Aws, kind: str) -> None:
        self.aws, self.kind = aws, kind
        self.client: Any = aws.role(ARCHIVE, "s3" if kind == "bucket" else "kms")
        self.operation = "PutBucketPolicy" if kind == "bucket" else "PutKeyPolicy"
        if kind == "bucket":
            self.client.create_bucket(Bucket=BUCKET)
        else:
            self.key = self.client.create_key()["KeyMetadata"]["Arn"]
        self.write("Before", "Old")

    def read(self) -> list[str]:
        if self.kind == "bucket":
            text = self.client.get_bucket_policy(Bucket=BUCKET)["Policy"]
        else:
            text = self.client.get_key_policy(KeyId=self.key, PolicyName="default")["Policy"]
        return [entry["Sid"] for entry in json.loads(text)["Statement"] if entry["Sid"] != "Root"]

    def write(self, *sids: str) -> None:
        statements = [statement(self.kind, sid) for sid in sids]
        if self.kind == "bucket":
            self.client.put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements))
        else:
            self.client.put_key_policy(KeyId=self.key, PolicyName="default", Policy=policy(ROOT, *statements))

    def somebody(self, sid: str = "", **order: Any) -> None:
        added = {"statement": statement(self.kind, sid)} if sid else {}
        self.aws.control("POST", "second_writer", {"operation": self.operation, **added, **order})


@pytest.fixture(params=["bucket", "key"])
def watched(request: pytest.FixtureRequest, aws: Aws) -> Policy:
    return Policy(aws, request.param)


def test_a_writer_after_our_read_is_seen_by_the_next_read(watched: Policy) -> None:
    watched.somebody("Theirs", when="after_read")
    assert watched.read() == ["Before", "Old"]
    assert watched.read() == ["Before", "Old", "Theirs"], "used once"
    watched.somebody(remove="Old", when="after_read")
    watched.read()
    assert watched.read() == ["Before", "Theirs"]


def test_a_writer_before_our_put_is_overwritten(watched: Policy) -> None:
    watched.somebody("Theirs", when="before_put")
    assert watched.read() == ["Before", "Old"], "it writes when the put takes effect"
    watched.write("Before", "Ours")
    assert watched.read() == ["Before", "Ours"]


def test_a_removal_after_our_put_undoes_it(watched: Policy) -> None:
    watched.somebody(remove="Old")
    watched.write("Before", "Old", "Ours")
    assert watched.read() == ["Before"]


@pytest.mark.parametrize("when", ["after_put", "before_put"])
def test_a_delayed_writer_undoes_our_put_later(watched: Policy, when: str) -> None:
    watched.somebody("Theirs", when=when, delay=60)
    watched.write("Before", "Old", "Ours")
    assert watched.read() == ["Before", "Old", "Ours"]
    watched.aws.control("POST", "settings", {"clock_offset": 59})
    assert watched.read() == ["Before", "Old", "Ours"]
    watched.aws.control("POST", "settings", {"clock_offset": 61})
    assert watched.read() == ["Before", "Old", "Theirs"]


def test_a_delayed_writer_does_not_undo_what_is_written_after_it(watched: Policy) -> None:
    watched.somebody("Theirs", delay=60)
    watched.write("Before", "Ours")
    watched.aws.control("POST", "settings", {"clock_offset": 61})
    watched.write("Later")
    assert watched.read() == ["Later"]


@pytest.mark.parametrize(("error", "meanwhile"), [("hold", ["Before", "Old"]), ("hold_answer", ["Ours"])])
def test_a_put_that_is_held(watched: Policy, error: str, meanwhile: list[str]) -> None:
    watched.aws.control("POST", "faults", {"operation": watched.operation, "error": error, "seconds": 1})
    start = time.monotonic()
    put = threading.Thread(target=watched.write, args=("Ours",))
    put.start()
    time.sleep(0.4)
    assert watched.read() == meanwhile, "other requests are handled"
    put.join()
    assert time.monotonic() - start >= 1
    assert watched.read() == ["Ours"]


def test_the_date_of_an_answer_is_the_time_of_the_sandbox(aws: Aws) -> None:
    sts = aws.client("sts")
    aws.control("POST", "settings", {"clock_offset": -86400 * 365})
    before = sts.get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]["date"]
    aws.control("POST", "settings", {"clock_offset": 0})
    assert before != sts.get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]["date"]
    assert before.count("GMT") == 1
