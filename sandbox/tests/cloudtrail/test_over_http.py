# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail behind the server: a member's trail in another account's bucket, with another account's key."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_clients import ARCHIVE, MEMBER, Aws, allow, code, policy

BUCKET = "central-logs"
HOME = "us-east-1"
ARN = f"arn:aws:cloudtrail:{HOME}:{MEMBER}:trail/trail"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}


def grant(aws: Aws) -> str:
    """A bucket and a key that admit the trail; the ARN of the key."""
    s3, kms = aws.role(ARCHIVE, "s3"), aws.role(ARCHIVE, "kms")
    s3.create_bucket(Bucket=BUCKET)
    whole = f"arn:aws:s3:::{BUCKET}"
    condition = {"StringEquals": {"aws:SourceArn": ARN}}
    read = allow(CLOUDTRAIL, "s3:GetBucketAcl", whole, Condition=condition)
    write = allow(CLOUDTRAIL, "s3:PutObject", f"{whole}/AWSLogs/{MEMBER}/*", Condition=condition)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(read, write))
    owner = allow({"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "kms:*", "*")
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{MEMBER}:trail/*"}}
    encrypt = allow(CLOUDTRAIL, "kms:GenerateDataKey*", "*", Condition=context | condition)
    key = kms.create_key(Policy=policy(owner, encrypt, allow(CLOUDTRAIL, "kms:DescribeKey", "*")))
    return str(key["KeyMetadata"]["Arn"])


def test_a_trail_from_creation_to_its_log_file(aws: Aws) -> None:
    key = grant(aws)
    cloudtrail = aws.role(MEMBER, "cloudtrail")
    created = cloudtrail.create_trail(Name="trail", S3BucketName=BUCKET, KmsKeyId=key, IsMultiRegionTrail=True)
    assert (created["TrailARN"], created["KmsKeyId"]) == (ARN, key)
    cloudtrail.start_logging(Name="trail")
    [delivery] = aws.control("POST", "deliver", {"events": 2})["deliveries"]
    assert (delivery["trail"], delivery["error"], delivery["encryption"]) == (ARN, "", "aws:kms")
    status = cloudtrail.get_trail_status(Name="trail")
    assert status["IsLogging"] and status["LatestDeliveryTime"] >= status["StartLoggingTime"]
    stored = aws.role(ARCHIVE, "s3").get_object(Bucket=BUCKET, Key=delivery["key"])
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", key)
    assert len(json.loads(gzip.decompress(stored["Body"].read()))["Records"]) == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"S3BucketName": "no-such-bucket"}, "S3BucketDoesNotExistException"),
        ({"S3KeyPrefix": "logs"}, "InsufficientS3BucketPolicyException"),
        ({"Name": "other-trail"}, "InsufficientS3BucketPolicyException"),
        ({"KmsKeyId": "alias/nothing"}, "KmsKeyNotFoundException"),
    ],
)
def test_refusals_have_cloudtrails_codes(aws: Aws, changes: dict[str, Any], expected: str) -> None:
    grant(aws)
    with pytest.raises(ClientError) as error:
        aws.role(MEMBER, "cloudtrail").create_trail(**{"Name": "trail", "S3BucketName": BUCKET, **changes})
    assert code(error) == expected
