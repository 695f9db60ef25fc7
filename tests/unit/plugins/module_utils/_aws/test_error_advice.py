# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator can do about an error, and how errors read."""

from __future__ import annotations

import botocore.exceptions
import botocore.session
import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws import error_advice
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, NotConverged, Refused

# codes that come from the signing layer, STS, S3 (whose model names few) or from botocore itself
ELSEWHERE = {
    "AccessDenied",
    "AccessDeniedException",
    "ConnectTimeoutError",
    "ConnectionClosedError",
    "CredentialRetrievalError",
    "EndpointConnectionError",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "MethodNotAllowed",
    "NoCredentialsError",
    "NoRegionError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "ProxyConnectionError",
    "ReadTimeoutError",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SSLError",
    "SSOTokenLoadError",
    "SignatureDoesNotMatch",
    "TokenRetrievalError",
    "UnauthorizedOperation",
    "UnauthorizedSSOTokenError",
    "UnrecognizedClientException",
}


def test_advice_is_for_codes_that_aws_has() -> None:
    session = botocore.session.get_session()
    known = {
        shape.metadata.get("error", {}).get("code", shape.name)
        for service in ("cloudtrail", "kms", "organizations", "s3", "sts")
        for shape in session.get_service_model(service).error_shapes
    } | {
        shape.name
        for service in ("cloudtrail", "kms", "organizations", "s3", "sts")
        for shape in session.get_service_model(service).error_shapes
    }
    assert set(error_advice._ADVICE) - ELSEWHERE <= known


@pytest.mark.parametrize(
    ("code", "service", "words"),
    [
        ("AccessDenied", "s3", "permissions. Check also the name of the bucket"),
        ("AccessDenied", "sts", "permission"),
        ("NotFoundException", "kms", "Check the name of the key"),
        ("AccessDeniedException", "cloudtrail", "permission"),
        ("MaximumNumberOfTrailsExceededException", "cloudtrail", "five trails per Region"),
        ("KmsKeyNotFoundException", "cloudtrail", "Region of the bucket"),
        ("S3BucketDoesNotExistException", "cloudtrail", "archive.yml"),
        ("InvalidHomeRegionException", "cloudtrail", "region"),
        ("MalformedPolicyDocumentException", "kms", ""),  # the policy that was sent shows the cause
        ("MalformedPolicy", "s3", ""),
        ("MethodNotAllowed", "s3", "owns the bucket"),
        ("ExpiredToken", "s3", "maximum session duration"),
        ("ExpiredTokenException", "cloudtrail", "maximum session duration"),
        ("SomethingElse", "s3", ""),
    ],
)
def test_advice(code: str, service: str, words: str) -> None:
    advice = error_advice.for_code(code, service)
    assert words in advice
    assert bool(advice) is bool(words)
    assert not advice or advice.endswith(".")


def test_assume_role() -> None:
    role, caller = "arn:aws:iam::444455556666:role/CentralLogging", "arn:aws:iam::111122223333:user/me"
    assert f"{caller} could not assume {role}" in error_advice.denied_role(role, caller, False)
    assert "without external_id (set it" in error_advice.denied_role(role, caller, False)
    assert "with this external_id" in error_advice.denied_role(role, caller, True)
    assert error_advice.denied_role(role, "", True).startswith("the caller could not")


@pytest.mark.parametrize("code", sorted(ELSEWHERE))
def test_d2_errors_of_botocore_exist(code: str) -> None:
    if code.endswith("Error") and code not in ("EndpointConnectionError",):
        assert hasattr(botocore.exceptions, code)


def test_a_session_that_has_expired_is_that_of_the_role_or_of_the_caller() -> None:
    role = "arn:aws:iam::444455556666:role/CentralLogging"
    advice = error_advice.for_code("ExpiredToken", "s3", role)
    assert advice.startswith(f"The session in {role} has expired") and "use a later start_time" in advice
    assert error_advice.for_code("AccessDenied", "s3", role) == error_advice.for_code("AccessDenied", "s3")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (AwsFailure("GetTrail", "Code", "message"), "GetTrail failed: Code: message."),
        (
            AwsFailure("GetTrail", "Code", "m", request_id="r", account="1"),
            "GetTrail in account 1 failed: Code: m (request id r).",
        ),
        (
            AwsFailure("GetTrail", "Code", "Not found.", request_id="r"),
            "GetTrail failed: Code: Not found (request id r).",
        ),
    ],
)
def test_how_a_failure_reads(failure: AwsFailure, sentence: str) -> None:
    assert str(failure) == sentence
    failure = failure.adding("Do this.").adding("", "And that.")
    assert str(failure) == f"{sentence} Do this. And that."


def test_only_a_refusal_says_that_nothing_has_been_changed() -> None:
    assert str(Refused("No.")) == "No. This task has changed nothing."
    assert Refused("No.").reason == "No."
    assert str(NotConverged("No.")) == "No."
    assert Refused("No.").details == NotConverged("No.").details == {}
