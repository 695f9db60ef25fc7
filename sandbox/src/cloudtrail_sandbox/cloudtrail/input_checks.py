# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of CloudTrail's input that need only the input.

Sources: the service model, and https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html .
Known deviation: messages are AWS's only if AWS publishes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from cloudtrail_sandbox.errors import ApiError

IP_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
BUCKET_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
UUID = r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
ALIAS = r"alias/[A-Za-z0-9/_-]{1,250}"
KEY_REFERENCE = re.compile(rf"{UUID}|{ALIAS}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{{12}}:(key/{UUID}|{ALIAS})")
MAX_PREFIX = 200
MAX_TOPIC = 256


@cache
def service_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("cloudtrail", "service-2"), "cloudtrail")


def check_shape(operation: str, parameters: Mapping[str, Any]) -> None:
    """The parameters against the service model: required ones, types, and lengths of the lists and strings."""
    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        return
    report = ParamValidator().validate(dict(parameters), shape)
    if report.has_errors():
        raise ApiError("ValidationException", f"1 validation error detected: {report.generate_report()}")


def check_trail_name(name: str) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html"""
    sentence = _name_error(name)
    if sentence:
        raise ApiError("InvalidTrailNameException", sentence)


def _name_error(name: str) -> str:
    length = f"Specified name length: {len(name)} characters."
    allowed = "uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_)"
    rules = (
        (len(name) >= 3, f"Trail name too short. Minimum allowed length: 3 characters. {length}"),
        (len(name) <= 128, f"Trail name too long. Maximum allowed length: 128 characters. {length}"),
        (re.fullmatch(r"[A-Za-z0-9._-]*", name), f"Trail name or ARN can only contain {allowed}."),
        (re.match(r"[A-Za-z0-9]", name), "Trail name must start with a letter or number."),
        (re.search(r"[A-Za-z0-9]\Z", name), "Trail name must end with a letter or number."),
        (not re.search(r"[._-]{2}", name), "Trail name cannot have adjacent periods, hyphens or underscores."),
        (not IP_ADDRESS.fullmatch(name), "Trail name cannot be an IP address."),
    )
    return next((sentence for kept, sentence in rules if not kept), "")


def check_bucket_name(name: str) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-s3-bucket-naming-requirements.html"""
    labels = name.split(".")
    good = 3 <= len(name) <= 63 and all(map(BUCKET_LABEL.fullmatch, labels)) and not IP_ADDRESS.fullmatch(name)
    if not good:
        raise ApiError("InvalidS3BucketNameException", f"Bucket name is not valid: {name}")


def check_prefix(prefix: str) -> None:
    """Check a prefix: at most 200 characters, and not CloudTrail's own AWSLogs/."""
    if len(prefix) > MAX_PREFIX:
        raise ApiError("InvalidS3PrefixException", f"S3 prefix is longer than maximum length: {MAX_PREFIX}")
    if "AWSLogs" in prefix.split("/"):
        raise ApiError("InvalidS3PrefixException", "S3 prefix cannot include AWSLogs/")


def check_topic_name(name: str) -> None:
    """Check a topic's name or ARN."""
    plain = name.rpartition(":")[2] if name.startswith("arn:") else name
    if len(name) > MAX_TOPIC or not re.fullmatch(r"[A-Za-z0-9_-]{1,256}(\.fifo)?", plain):
        raise ApiError("InvalidSnsTopicNameException", f"SNS topic name is not valid: {name}")


def check_key_reference(reference: str) -> None:
    """Check a key id, key ARN, alias name or alias ARN."""
    if not KEY_REFERENCE.fullmatch(reference):
        raise ApiError("InvalidKmsKeyIdException", f"KMS key ID is not valid: {reference}")
