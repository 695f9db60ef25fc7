# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a state does to the sandbox: to bucket, key, trails and objects of the example inventory's fleet."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import KEYS

REGION = "us-east-1"
BUCKET, ELSEWHERE = "secprod-multiaccount-logs", "an-older-log-bucket"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
ARCHIVE, PRODUCTION, STAGING, DEVELOPMENT = "111122223333", "444455556666", "012345678901", "777788889999"
STRANGER = "999900001111"
TRAILS = {
    ARCHIVE: "SecurityTrailMaster",
    PRODUCTION: "sectrailprod",
    STAGING: "sectrailstaging",
    DEVELOPMENT: "sectraildev",
}
Statement = dict[str, Any]
_SESSION = boto3.session.Session(region_name=REGION)  # its service models are loaded once


class Fleet:
    """A fleet in a sandbox, changed with the role Administrator of its accounts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.s3 = self.client("s3")
        self.kms = self.client("kms")
        self.key = str(self.kms.describe_key(KeyId="alias/central-logging")["KeyMetadata"]["Arn"])

    def client(self, service: str, account: str = ARCHIVE, region: str = REGION, role: str = "Administrator") -> Any:
        user = KEYS["administrator"]
        sts = self._client("sts", user["AWS_ACCESS_KEY_ID"], user["AWS_SECRET_ACCESS_KEY"])
        arn = f"arn:aws:iam::{account}:role/{role}"
        got = sts.assume_role(RoleArn=arn, RoleSessionName="state")["Credentials"]
        return self._client(service, got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], region)

    def _client(self, service: str, key: str, secret: str, token: str | None = None, region: str = REGION) -> Any:
        return _SESSION.client(
            service,
            region_name=region,
            endpoint_url=self.sandbox.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    # --- policies
    def bucket_policy(self, change: Callable[[list[Statement]], object], bucket: str = BUCKET) -> None:
        """Change the statements of the bucket policy, without S3's checks of what may be written today."""
        document = json.loads(self.s3.get_bucket_policy(Bucket=bucket)["Policy"])
        change(document["Statement"])
        self.sandbox.legacy_policy(bucket, json.dumps(document))

    def put_bucket_policy(self, change: Callable[[list[Statement]], object]) -> None:
        """Change the statements of the bucket policy by PutBucketPolicy."""
        document = json.loads(self.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
        change(document["Statement"])
        self.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))

    def key_policy(self, change: Callable[[list[Statement]], object]) -> None:
        """Change the statements of the key policy by PutKeyPolicy."""
        document = json.loads(self.kms.get_key_policy(KeyId=self.key, PolicyName="default")["Policy"])
        change(document["Statement"])
        self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=json.dumps(document))

    def allow(self, action: Any, resource: Any = f"{BUCKET_ARN}/*", **members: Any) -> None:
        """Add a statement of another tool to the bucket policy."""
        statement = {"Sid": "Foreign", "Effect": "Allow", "Action": action, "Resource": resource, **members}
        self.put_bucket_policy(lambda statements: statements.append(_without_none(statement)))

    def allow_key(self, action: Any, **members: Any) -> None:
        """Add a statement of another tool to the key policy."""
        statement = {"Sid": "Foreign", "Effect": "Allow", "Action": action, "Resource": "*", **members}
        self.key_policy(lambda statements: statements.append(_without_none(statement)))

    def statement(self, sid: str, key: bool = False) -> Callable[[Callable[[Statement], object]], None]:
        """Change one statement of the bucket policy or key policy, by its Sid."""

        def apply(change: Callable[[Statement], object]) -> None:
            edit = self.key_policy if key else self.put_bucket_policy
            edit(lambda statements: change(next(entry for entry in statements if entry.get("Sid") == sid)))

        return apply

    @contextmanager
    def without_denials(self) -> Iterator[None]:
        """Do what the bucket policy denies to everybody, as before the statement was written."""
        before = self.s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
        self.bucket_policy(lambda statements: statements.remove(_named(statements, "CentralLoggingDenyDelete")))
        yield
        self.sandbox.legacy_policy(BUCKET, before)

    # --- objects
    def keys(self, prefix: str, bucket: str = BUCKET) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [str(entry["Key"]) for page in pages for entry in page.get("Contents", [])]

    def logs(self, account: str = PRODUCTION, region: str = REGION) -> list[str]:
        """The keys of the log files, oldest first."""
        return self.keys(f"AWSLogs/{account}/CloudTrail/{region}/")

    def digests(self, account: str = PRODUCTION, region: str = REGION) -> list[str]:
        """The keys of the digests, oldest first."""
        return self.keys(f"AWSLogs/{account}/CloudTrail-Digest/{region}/")

    def read(self, key: str, bucket: str = BUCKET) -> bytes:
        return gzip.decompress(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def put(self, key: str, body: bytes = b'{"Records":[]}', **options: Any) -> None:
        """Put a file as CloudTrail would, gzipped and under the central key, but by the Administrator role."""
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.key}
        content = {"Body": gzip.compress(body), "ContentType": "application/json", "ContentEncoding": "gzip"}
        self.s3.put_object(**{"Bucket": BUCKET, "Key": key, **content, **encryption, **options})

    def rewrite(self, key: str, change: Callable[[bytes], bytes]) -> None:
        """Change the content of an object, and keep its metadata."""
        metadata = self.s3.head_object(Bucket=BUCKET, Key=key)["Metadata"]
        self.put(key, change(self.read(key)), Metadata=metadata)

    def copy(self, source: str, target: str, bucket: str = BUCKET, key: str | None = None) -> None:
        """Copy an object with its metadata into the log bucket, under the central key or another; "" is SSE-S3."""
        arn = self.key if key is None else key
        encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn} if arn else {"ServerSideEncryption": "AES256"}
        )
        origin = {"Bucket": bucket, "Key": source}
        self.s3.copy_object(Bucket=BUCKET, Key=target, CopySource=origin, **encryption)

    def delete(self, *keys: str) -> None:
        """Delete objects, which leaves delete markers."""
        with self.without_denials():
            for key in keys:
                self.s3.delete_object(Bucket=BUCKET, Key=key)

    def purge(self, *keys: str) -> None:
        """Delete all versions of objects."""
        with self.without_denials():
            for key in keys:
                for version in self.s3.list_object_versions(Bucket=BUCKET, Prefix=key)["Versions"]:
                    self.s3.delete_object(Bucket=BUCKET, Key=key, VersionId=version["VersionId"])

    # --- trails and time
    def trail(self, account: str = PRODUCTION) -> Any:
        """A client of CloudTrail in the account, in the trails' home Region."""
        return self.client("cloudtrail", account)

    def update_trail(self, account: str = PRODUCTION, **settings: Any) -> None:
        self.trail(account).update_trail(Name=TRAILS[account], **settings)

    def hours(self, count: int = 1, **options: Any) -> None:
        """Let hours pass with log files and digests."""
        self.sandbox.hours(count, **options)

    def next_second(self) -> None:
        """Wait for the next second, so that the next calls have the same time."""
        time.sleep(1 - time.time() % 1)

    def other_bucket(self, name: str = ELSEWHERE, account: str = ARCHIVE) -> None:
        """Create a bucket to which CloudTrail may deliver for every trail, and the LogReader role may read."""
        s3 = self.client("s3", account)
        s3.create_bucket(Bucket=name)
        cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
        reader = {"AWS": f"arn:aws:iam::{ARCHIVE}:role/LogReader"}
        arn = f"arn:aws:s3:::{name}"
        statements = [
            {"Effect": "Allow", "Principal": cloudtrail, "Action": "s3:GetBucketAcl", "Resource": arn},
            {"Effect": "Allow", "Principal": cloudtrail, "Action": "s3:PutObject", "Resource": f"{arn}/*"},
            {"Effect": "Allow", "Principal": reader, "Action": "s3:*", "Resource": [arn, f"{arn}/*"]},
        ]
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def other_key(self) -> str:
        """Create a key that CloudTrail may use for every trail, and the LogReader role may decrypt with."""
        arn = str(self.kms.create_key()["KeyMetadata"]["Arn"])
        policy = json.loads(self.kms.get_key_policy(KeyId=self.key, PolicyName="default")["Policy"])
        self.kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=json.dumps(policy))
        return arn


def _named(statements: list[Statement], sid: str) -> Statement:
    return next(statement for statement in statements if statement.get("Sid") == sid)


def _without_none(statement: Statement) -> Statement:
    return {name: value for name, value in statement.items() if value is not None}
