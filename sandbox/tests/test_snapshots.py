# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots: what is restored equals what was there, in moto's backends and in the sandbox's own state."""

from __future__ import annotations

import json
import re
import threading
import time
import types
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from moto.core.base_backend import BackendDict
from moto.s3.models import FakeKey

from aws_clients import ARCHIVE, MEMBER, Aws, allow, code, policy

UNCHANGEABLE = (str, bytes, int, float, type, types.FunctionType, re.Pattern)
LOCK = type(threading.Lock())
BUCKET, TRAIL = "the-central-bucket", "trail"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
BUCKET_POLICY = policy(
    allow(CLOUDTRAIL, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}"),
    allow(CLOUDTRAIL, "s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"),
)


class Written:
    """A structure of objects as plain data: equal if the structures are. Numbers stand for shared objects."""

    def __init__(self) -> None:
        self._numbers: dict[int, tuple[int, Any]] = {}

    def __call__(self, thing: Any) -> Any:
        if thing is None or isinstance(thing, UNCHANGEABLE):
            return thing
        if isinstance(thing, tuple):
            return tuple(self(value) for value in thing)
        if isinstance(thing, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            return thing.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        if id(thing) in self._numbers:
            return ("number", self._numbers[id(thing)][0])
        self._numbers[id(thing)] = (len(self._numbers), thing)  # with a reference, or another object could get the id
        return (type(thing).__name__, self._contents(thing))

    def _contents(self, thing: Any) -> Any:
        if isinstance(thing, types.MethodType):
            return thing.__name__, self(thing.__self__)
        if isinstance(thing, LOCK):
            return ""
        if isinstance(thing, FakeKey):  # without its file
            return self(thing.__getstate__())
        attributes = [(name, self(value)) for name, value in getattr(thing, "__dict__", {}).items()]
        if isinstance(thing, dict):
            return attributes, [(self(name), self(value)) for name, value in thing.items()]
        if isinstance(thing, list):
            return attributes, [self(value) for value in thing]
        if isinstance(thing, (set, frozenset)):
            return attributes, sorted(map(repr, thing))
        return attributes or repr(thing)


def state(aws: Aws) -> Any:
    """All of moto's backends, and the sandbox's own state."""
    sandbox = aws.application
    backends = sorted(BackendDict._instances, key=lambda backend: backend.service_name)
    own = [sandbox.state, sandbox.credentials, sandbox.faults, sandbox.cloudtrail]
    return Written()([(backend.service_name, backend) for backend in backends] + [vars(thing) for thing in own])


def snapshot(aws: Aws) -> str:
    return str(aws.control("POST", "snapshot")["snapshot"])


def restore(aws: Aws, taken: str) -> None:
    aws.control("POST", "restore", {"snapshot": taken})


def fill(aws: Aws) -> None:
    """Make something of everything: objects, versions, keys, grants, users, topics, groups, trails, chains, faults."""
    s3, kms, trails = (aws.role(ARCHIVE, service) for service in ("s3", "kms", "cloudtrail"))
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=BUCKET_POLICY)
    for body in (b"one", b"two"):
        s3.put_object(Bucket=BUCKET, Key="versions", Body=body, Tagging="a=b")
    s3.delete_object(Bucket=BUCKET, Key="versions")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    s3.upload_part(Bucket=BUCKET, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/logs", TargetKeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{MEMBER}:role/Admin", Operations=["Decrypt"])
    kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
    iam = aws.role(MEMBER, "iam")
    iam.create_user(UserName="made")
    iam.create_access_key(UserName="made")
    aws.role(MEMBER, "sns").create_topic(Name="topic")
    aws.role(MEMBER, "logs").create_log_group(logGroupName="group")
    organizations = aws.role(ARCHIVE, "organizations")
    organizations.register_delegated_administrator(AccountId=MEMBER, ServicePrincipal=CLOUDTRAIL["Service"])
    trails.create_trail(Name=TRAIL, S3BucketName=BUCKET, EnableLogFileValidation=True, IsMultiRegionTrail=True)
    trails.add_tags(ResourceId=f"arn:aws:cloudtrail:us-east-1:{ARCHIVE}:trail/{TRAIL}", TagsList=[{"Key": "a"}])
    trails.start_logging(Name=TRAIL)
    aws.control("POST", "hours", {"count": 2, "regions": ["eu-west-1"]})
    aws.control("POST", "rotate_keys", {"regions": ["eu-west-1"]})
    aws.control("POST", "deliver", {"late": True})
    aws.control("POST", "hours")
    aws.control("POST", "settings", {"policy_delay": 600, "latency": 0.001})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(allow(CLOUDTRAIL, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}")))
    aws.control("POST", "faults", {"error": "ThrottlingException", "operation": "ListAliases"})
    aws.control("POST", "second_writer", {"operation": "PutKeyPolicy", "statement": {"Sid": "Second"}})


def change(aws: Aws) -> None:
    """Change what `fill` has made."""
    aws.control("POST", "settings", {"policy_delay": 0, "latency": 0})
    s3, trails = aws.role(ARCHIVE, "s3"), aws.role(ARCHIVE, "cloudtrail")
    aws.control("POST", "hours", {"count": 3})
    trails.delete_trail(Name=TRAIL)
    for version in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.create_bucket(Bucket="another-bucket")
    with pytest.raises(ClientError):
        aws.role(ARCHIVE, "kms").list_aliases()
    aws.role(ARCHIVE, "kms").create_key()
    aws.role(MEMBER, "iam").create_role(RoleName="more", AssumeRolePolicyDocument=policy(trust()))
    aws.role(MEMBER, "sqs").create_queue(QueueName="queue")


def trust() -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": ARCHIVE}, "Action": "sts:AssumeRole"}


def test_what_is_restored_is_what_was_there(aws: Aws) -> None:
    fill(aws)
    before, taken = state(aws), snapshot(aws)
    assert state(aws) == before, "taking a snapshot changes nothing"
    for _time in range(2):
        change(aws)
        assert state(aws) != before
        restore(aws, taken)
        assert state(aws) == before


def test_a_reset_restores_the_start(aws: Aws) -> None:
    before = state(aws)
    fill(aws)
    change(aws)
    aws.control("POST", "reset")
    assert state(aws) == before


def test_each_change_by_itself_is_undone(aws: Aws) -> None:
    fill(aws)
    aws.control("POST", "settings", {"latency": 0})
    session = {member: aws.assume(member) for member in (ARCHIVE, MEMBER)}
    s3, trails, kms = (aws.client(service, session[ARCHIVE]) for service in ("s3", "cloudtrail", "kms"))
    changes: dict[str, Callable[[], Any]] = {
        "an object": lambda: s3.put_object(Bucket=BUCKET, Key="more", Body=b"x"),
        "an upload": lambda: s3.create_multipart_upload(Bucket=BUCKET, Key="parts"),
        "a bucket policy": lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=BUCKET_POLICY),
        "a legacy policy": lambda: aws.control("POST", "legacy_policy", {"resource": BUCKET, "policy": "{}"}),
        "a trail": lambda: trails.stop_logging(Name=TRAIL),
        "a delivery": lambda: aws.control("POST", "deliver"),
        "an hour": lambda: aws.control("POST", "hours"),
        "a backfill": lambda: aws.control("POST", "backfill"),
        "signing keys": lambda: aws.control("POST", "rotate_keys"),
        "a key": lambda: kms.schedule_key_deletion(KeyId=kms.list_keys()["Keys"][0]["KeyId"]),
        "a role": lambda: aws.client("iam", session[MEMBER]).update_role(RoleName="Admin", Description="x"),
        "an administrator": lambda: aws.client("organizations", session[ARCHIVE]).deregister_delegated_administrator(
            AccountId=MEMBER, ServicePrincipal=CLOUDTRAIL["Service"]
        ),
        "a service": lambda: aws.client("sqs", session[MEMBER]).create_queue(QueueName="queue"),
        "a session": lambda: aws.assume(ARCHIVE),
        "the clock": lambda: aws.control("POST", "settings", {"clock_offset": 1e5}),
        "the delay": lambda: aws.control("POST", "settings", {"policy_delay": 1}),
        "the latency": lambda: aws.control("POST", "settings", {"latency": 0.001}),
        "a fault": lambda: aws.control("POST", "faults", {"error": "x"}),
        "a writer": lambda: aws.control("POST", "second_writer", {"operation": "PutKeyPolicy", "statement": {}}),
    }
    before, taken = state(aws), snapshot(aws)
    for name, act in changes.items():
        act()
        assert state(aws) != before, name
        restore(aws, taken)
        assert state(aws) == before, name


def test_two_snapshots_are_independent(aws: Aws) -> None:
    s3 = aws.role(ARCHIVE, "s3")
    s3.create_bucket(Bucket="first")
    first = snapshot(aws)
    s3.put_object(Bucket="first", Key="k", Body=b"1")
    s3.create_bucket(Bucket="second")
    second = snapshot(aws)
    s3.put_object(Bucket="first", Key="k", Body=b"2")
    for taken, buckets, body in ((first, ["first"], b""), (second, ["first", "second"], b"1"), (first, ["first"], b"")):
        restore(aws, taken)
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == buckets
        if body:
            assert s3.get_object(Bucket="first", Key="k")["Body"].read() == body
        else:
            assert s3.list_objects_v2(Bucket="first")["KeyCount"] == 0
        s3.put_object(Bucket="first", Key="k", Body=b"changed after the restore")
    aws.control("POST", "reset")
    restore(aws, second)
    assert aws.role(ARCHIVE, "s3").list_buckets()["Buckets"]


def test_a_chain_of_digests_goes_on_from_the_snapshot(aws: Aws) -> None:
    s3, trails = aws.role(ARCHIVE, "s3"), aws.role(ARCHIVE, "cloudtrail")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=BUCKET_POLICY)
    trails.create_trail(Name=TRAIL, S3BucketName=BUCKET, EnableLogFileValidation=True)
    trails.start_logging(Name=TRAIL)
    last = aws.control("POST", "hours", {"count": 2})["digests"][-1]
    keys = trails.list_public_keys()["PublicKeyList"]
    taken = snapshot(aws)
    aws.control("POST", "hours", {"count": 5})
    aws.control("POST", "rotate_keys")
    restore(aws, taken)
    [following] = aws.control("POST", "hours")["digests"]
    assert following["start"] == last["end"]
    assert trails.list_public_keys()["PublicKeyList"] == keys
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=f"AWSLogs/{ARCHIVE}/CloudTrail-Digest/")["KeyCount"] == 3


def test_sessions_settings_and_the_record(aws: Aws) -> None:
    """Credentials are valid again that were valid then; the record is empty, as after a reset."""
    s3 = aws.role(ARCHIVE, "s3")
    settings = {"policy_delay": 5.0, "latency": 0.0, "clock_offset": 60.0}
    aws.control("POST", "settings", settings)
    taken = snapshot(aws)
    aws.control("POST", "reset")
    with pytest.raises(ClientError) as error:
        s3.list_buckets()
    assert code(error) == "InvalidAccessKeyId"
    restore(aws, taken)
    assert aws.calls() == []
    assert s3.list_buckets()["Buckets"] == []
    assert [call["n"] for call in aws.calls()] == [1]
    assert aws.control("POST", "settings", {}) == settings


@pytest.mark.parametrize("body", [{}, {"snapshot": "0"}, {"snapshot": "nonsense"}, {"snapshot": None}])
def test_an_unknown_snapshot_is_refused_and_changes_nothing(aws: Aws, body: dict[str, Any]) -> None:
    aws.role(ARCHIVE, "s3").create_bucket(Bucket=BUCKET)
    before = state(aws)
    with pytest.raises(urllib.error.HTTPError) as error:
        aws.control("POST", "restore", body)
    assert error.value.code == 400
    assert "snapshot" in json.load(error.value)["error"]
    assert state(aws) == before


def test_a_state_that_cannot_be_copied_is_refused(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws.application.state, "accounts", (number for number in (1,)))
    with pytest.raises(urllib.error.HTTPError) as error:
        aws.control("POST", "snapshot")
    assert error.value.code == 400
    assert "cannot be copied" in json.load(error.value)["error"]


def test_many_objects_are_restored_quickly(aws: Aws) -> None:
    fill(aws)
    aws.control("POST", "settings", {"latency": 0, "policy_delay": 0})
    aws.role(ARCHIVE, "s3").put_bucket_policy(Bucket=BUCKET, Policy=BUCKET_POLICY)
    assert len(aws.control("POST", "hours", {"count": 24, "files": 40})["deliveries"]) > 900
    start = time.perf_counter()
    taken = snapshot(aws)
    took = time.perf_counter() - start
    start = time.perf_counter()
    restore(aws, taken)
    assert max(took, time.perf_counter() - start) < 1
