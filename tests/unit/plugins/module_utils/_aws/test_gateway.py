# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way to AWS: what is tried again and for how long, who is asked, and that secrets stay inside."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws import gateway as _gateway
from ansible_collections.central_logging.aws.plugins.module_utils._aws.connection import Connection
from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.call import Call
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused

from tests.fakes.support import ARCHIVE, PRODUCTION, REGION, SECRET

ROLE = f"arn:aws:iam::{PRODUCTION}:role/CentralLogging"
CALLER = f"arn:aws:iam::{ARCHIVE}:role/Operator"
EXTERNAL_ID = "external-id-of-the-trust"
CALLERS = {"aws_access_key_id": "AKIAX", "aws_secret_access_key": SECRET}


def error(code: str, message: str = "no", request_id: str = "request-1") -> botocore.exceptions.ClientError:
    reply: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"RequestId": request_id}}
    return botocore.exceptions.ClientError(reply, "Operation")


class Aws:
    """Instead of botocore: `answers` by operation, lists are eaten up, errors raised; time passes in pauses only."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "get_caller_identity": {"Account": ARCHIVE, "Arn": CALLER},
            "assume_role": {
                "Credentials": {"AccessKeyId": "ASIAX", "SecretAccessKey": SECRET, "SessionToken": "token-" + SECRET}
            },
        }
        self.calls: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []
        self.sessions: list[dict[str, Any]] = []
        self.clients: list[dict[str, Any]] = []
        self.now = 0.0
        self.pauses: list[float] = []

    @property
    def operations(self) -> list[str]:
        return [operation for _service, operation, _arguments, _credentials in self.calls]

    def session(self, **credentials: Any) -> Any:
        self.sessions.append(credentials)

        def client(service: str, **options: Any) -> Any:
            self.clients.append({"service": service, **options})
            return _Client(self, service, made.credentials)

        made = SimpleNamespace(client=client, credentials=credentials)
        return made

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.pauses.append(seconds)
        self.now += seconds

    def answer(self, operation: str) -> Any:
        answer = self.answers.get(operation, {})
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class _Client:
    def __init__(self, aws: Aws, service: str, credentials: dict[str, Any]) -> None:
        self._aws, self._service, self._credentials = aws, service, credentials

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self._aws.calls.append((self._service, operation, arguments, self._credentials))
            return self._aws.answer(operation)

        return call


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    monkeypatch.setattr(_gateway, "new_session", aws.session)
    monkeypatch.setattr(
        _gateway, "use_credentials", lambda session, **credentials: setattr(session, "credentials", credentials)
    )
    monkeypatch.setattr(_gateway, "new_client", lambda session, service, **options: session.client(service, **options))
    monkeypatch.setattr(_gateway, "time", SimpleNamespace(monotonic=lambda: aws.now))
    return aws


def gateway(aws: Aws, **connection: Any) -> Gateway:
    return Gateway(Connection(region=REGION, **connection), aws.pause)


def a_call(**more: Any) -> Call:
    return Call(service="cloudtrail", operation="update_trail", arguments={"Name": "trail"}, summary="update", **more)


# replies


def test_a_reply(aws: Aws) -> None:
    aws.answers["get_trail"] = {"Trail": {}}
    assert gateway(aws).call("cloudtrail", "get_trail", Name="trail") == {"Trail": {}}
    assert aws.calls == [("cloudtrail", "get_trail", {"Name": "trail"}, {})]
    assert aws.pauses == []


def test_pages_follow_each_kind_of_token(aws: Aws) -> None:
    for operation, token, argument in (
        ("list_trails", "NextToken", "NextToken"),
        ("list_objects_v2", "NextContinuationToken", "ContinuationToken"),
        ("list_grants", "NextMarker", "Marker"),
    ):
        aws.calls.clear()
        aws.answers[operation] = [{"n": 1, token: "t1", "Truncated": True}, {"n": 2}]
        pages = list(gateway(aws).pages("service", operation, Filter="f"))
        assert [page["n"] for page in pages] == [1, 2]
        assert [arguments for _service, _operation, arguments, _credentials in aws.calls] == [
            {"Filter": "f"},
            {"Filter": "f", argument: "t1"},
        ]


@pytest.mark.parametrize("flag", ["IsTruncated", "Truncated"])
def test_a_truncated_list_without_a_token_is_an_error(aws: Aws, flag: str) -> None:
    aws.answers["list_objects_v2"] = {flag: True}
    with pytest.raises(AwsFailure, match="ListObjectsV2 failed: IncompleteList: the list is truncated"):
        list(gateway(aws).pages("s3", "list_objects_v2", Bucket="b"))


def test_an_error_that_quotes_a_header_hides_the_credentials(aws: Aws) -> None:
    token = "token-" + SECRET + "\n"
    aws.answers["get_trail"] = botocore.exceptions.HTTPClientError(error=f"Invalid header value {token.encode()!r}")
    with pytest.raises(AwsFailure) as failed:
        gateway(aws, credentials={"aws_session_token": token}).call("cloudtrail", "get_trail", Name="t")
    assert SECRET not in str(failed.value)
    assert "Invalid header value" in str(failed.value)


def test_what_is_absent_is_none_and_every_other_error_an_error(aws: Aws) -> None:
    aws.answers["get_trail"] = error("TrailNotFoundException")
    assert gateway(aws).call("cloudtrail", "get_trail", absent=("TrailNotFoundException",), Name="t") is None
    with pytest.raises(AwsFailure):
        gateway(aws).call("cloudtrail", "get_trail", absent=("AnotherException",), Name="t")


def test_an_error_has_operation_account_code_request_id_and_what_to_do(aws: Aws) -> None:
    aws.answers["put_bucket_policy"] = error("AccessDenied", "You may not", "REQ42")
    with pytest.raises(AwsFailure) as failed:
        gateway(aws, role_arn=ROLE).call("s3", "put_bucket_policy", Bucket="b")
    sentence = str(failed.value)
    assert sentence.startswith(
        f"PutBucketPolicy in account {PRODUCTION} failed: AccessDenied: You may not (request id REQ42)."
    )
    assert "do not have the permission" in sentence
    assert failed.value.details == {"operation": "PutBucketPolicy", "error_code": "AccessDenied", "request_id": "REQ42"}


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (botocore.exceptions.EndpointConnectionError(endpoint_url="https://x"), "EndpointConnectionError"),
        (botocore.exceptions.NoCredentialsError(), "NoCredentialsError"),
        (botocore.exceptions.ParamValidationError(report="bad"), "ParamValidationError"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="https://x"), "ReadTimeoutError"),
    ],
)
def test_errors_without_a_reply(aws: Aws, problem: Exception, code: str) -> None:
    aws.answers["get_trail"] = problem
    with pytest.raises(AwsFailure) as failed:
        gateway(aws).call("cloudtrail", "get_trail", Name="t")
    assert failed.value.code == code


# what is tried again


@pytest.mark.parametrize("code", ["ConflictException", "ConcurrentModificationException", "OperationAborted"])
def test_conflicts_are_tried_again(aws: Aws, code: str) -> None:
    aws.answers["update_trail"] = [error(code), error(code), error(code), {"ok": True}]
    assert gateway(aws).send(a_call()) == {"ok": True}
    assert len(aws.pauses) == 3
    aws.answers["get_trail"] = [error(code), {"ok": True}]
    assert gateway(aws).call("cloudtrail", "get_trail", Name="t") == {"ok": True}


def test_conflicts_are_tried_again_for_two_to_five_minutes(aws: Aws) -> None:
    aws.answers["update_trail"] = error("ConflictException")
    with pytest.raises(AwsFailure, match="ConflictException"):
        gateway(aws).send(a_call())
    assert 120 <= aws.now <= 300
    assert max(aws.pauses) <= 8
    assert sum(aws.pauses[:3]) < sum(aws.pauses[-3:]), "they grow"
    assert len(set(aws.pauses)) > len(aws.pauses) // 2, "and vary"


@pytest.mark.parametrize(
    "code", ["AccessDenied", "InsufficientS3BucketPolicyException", "TrailNotFoundException", "MalformedPolicy", ""]
)
def test_other_errors_are_final(aws: Aws, code: str) -> None:
    aws.answers["update_trail"] = error(code)
    with pytest.raises(AwsFailure):
        gateway(aws).send(a_call())
    assert aws.pauses == []
    assert aws.operations == ["update_trail"]


@pytest.mark.parametrize("wait", [0.0, 30.0, 90.0])
def test_a_call_says_which_errors_pass_and_for_how_long(aws: Aws, wait: float) -> None:
    codes = frozenset({"InsufficientS3BucketPolicyException"})
    aws.answers["update_trail"] = error("InsufficientS3BucketPolicyException")
    with pytest.raises(AwsFailure):
        gateway(aws).send(a_call(retry_codes=codes, wait=wait))
    assert wait <= aws.now <= wait + 8
    assert bool(aws.pauses) is bool(wait)


def test_a_refusal_that_passes(aws: Aws) -> None:
    codes = frozenset({"InsufficientS3BucketPolicyException"})
    aws.answers["update_trail"] = [error("InsufficientS3BucketPolicyException"), error("ConflictException"), {}]
    gateway(aws).send(a_call(retry_codes=codes, wait=30.0))
    assert len(aws.pauses) == 2


def test_c_botocore_does_not_retry_by_itself(aws: Aws) -> None:
    gateway(aws).call("cloudtrail", "get_trail", Name="t")
    (client,) = aws.clients
    assert client["config"].retries == {"mode": "standard", "total_max_attempts": 1}
    assert client["region_name"] == REGION


def test_the_users_botocore_options_are_heeded(aws: Aws) -> None:
    options = {"config": {"connect_timeout": 3, "retries": {"max_attempts": 2}}, "client": {"endpoint_url": "http://x"}}
    gateway(aws, **options).call("cloudtrail", "get_trail", Name="t")
    (client,) = aws.clients
    assert client["config"].connect_timeout == 3
    assert client["config"].retries["max_attempts"] == 2
    assert client["endpoint_url"] == "http://x"


def test_a_client_is_made_once_for_each_service(aws: Aws) -> None:
    subject = gateway(aws, role_arn=ROLE)
    for _again in range(3):
        subject.call("cloudtrail", "get_trail", Name="t")
        subject.call("s3", "get_bucket_policy", Bucket="b")
    assert [client["service"] for client in aws.clients] == ["sts", "cloudtrail", "s3"]
    assert aws.operations.count("assume_role") == 1


# roles


def test_a_role_is_assumed_from_the_callers_credentials(aws: Aws) -> None:
    subject = gateway(aws, credentials=CALLERS, role_arn=ROLE, external_id=EXTERNAL_ID)
    subject.call("cloudtrail", "get_trail", Name="t")
    service, operation, arguments, credentials = aws.calls[0]
    assert (service, operation, credentials) == ("sts", "assume_role", CALLERS)
    assert arguments == {"RoleArn": ROLE, "RoleSessionName": "central-logging", "ExternalId": EXTERNAL_ID}
    assert aws.calls[1][3]["aws_access_key_id"] == "ASIAX"
    assert aws.calls[1][3]["aws_session_token"] == "token-" + SECRET
    assert subject.account == PRODUCTION
    assert aws.operations == ["assume_role", "get_trail"], "the account is known from the role"


def test_without_external_id_none_is_sent(aws: Aws) -> None:
    gateway(aws, role_arn=ROLE).call("cloudtrail", "get_trail", Name="t")
    assert "ExternalId" not in aws.calls[0][2]


def test_without_a_role_the_account_is_asked_for_once(aws: Aws) -> None:
    subject = gateway(aws)
    assert subject.account == subject.account == ARCHIVE
    assert aws.operations == ["get_caller_identity"]


def test_the_wrong_account_is_refused_before_the_first_call(aws: Aws) -> None:
    with pytest.raises(Refused, match=f"credentials belong to account {ARCHIVE}, not to account {PRODUCTION}"):
        gateway(aws, account=PRODUCTION).call("cloudtrail", "get_trail", Name="t")
    assert aws.operations == ["get_caller_identity"]


@pytest.mark.parametrize(
    ("external_id", "words"), [("", "without external_id"), (EXTERNAL_ID, "with this external_id")]
)
def test_a_denied_role_is_named_with_its_caller(aws: Aws, external_id: str, words: str) -> None:
    aws.answers["assume_role"] = error("AccessDenied", f"User: {CALLER} is not authorized")
    with pytest.raises(AwsFailure) as failed:
        gateway(aws, role_arn=ROLE, external_id=external_id).call("cloudtrail", "get_trail", Name="t")
    sentence = str(failed.value)
    assert f"{CALLER} could not assume {ROLE}" in sentence
    assert words in sentence
    assert f"AssumeRole in account {PRODUCTION} failed: AccessDenied" in sentence
    assert EXTERNAL_ID not in sentence
    assert aws.operations == ["assume_role", "get_caller_identity"]


def test_a_denied_role_without_a_known_caller(aws: Aws) -> None:
    aws.answers |= {"assume_role": error("AccessDenied"), "get_caller_identity": error("InvalidClientTokenId")}
    with pytest.raises(AwsFailure, match=f"the caller could not assume {ROLE}"):
        gateway(aws, role_arn=ROLE).call("cloudtrail", "get_trail", Name="t")


def test_a_role_that_an_expired_session_cannot_assume_needs_new_credentials(aws: Aws) -> None:
    aws.answers |= {"assume_role": error("ExpiredToken"), "get_caller_identity": error("ExpiredToken")}
    with pytest.raises(AwsFailure, match="The session has expired. Get new credentials") as failed:
        gateway(aws, role_arn=ROLE).call("cloudtrail", "get_trail", Name="t")
    assert "could not assume" not in str(failed.value), "the trust policy is not the cause"


def answer(status: int, retries: int = 0) -> botocore.exceptions.ClientError:
    """An error of AWS after so many repetitions."""
    metadata: Any = {"HTTPStatusCode": status, "RetryAttempts": retries}
    return botocore.exceptions.ClientError({"Error": {"Code": "X"}, "ResponseMetadata": metadata}, "Operation")


@pytest.mark.parametrize(
    ("cause", "may_have_effect"),
    [
        (answer(400), False),
        (answer(403), False),
        (answer(500), True),
        (answer(503), True),
        (answer(400, retries=1), True),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="x"), True),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="x"), True),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="x"), False),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="x"), False),
        (botocore.exceptions.NoCredentialsError(), False),
        (botocore.exceptions.ParamValidationError(report="x"), False),
    ],
)
def test_d3_a_call_may_have_had_an_effect_if_an_answer_was_lost(
    aws: Aws, cause: Exception, may_have_effect: bool
) -> None:
    aws.answers["update_trail"] = cause
    with pytest.raises(AwsFailure) as failed:
        gateway(aws).send(a_call())
    assert failed.value.may_have_effect is may_have_effect
    assert failed.value.adding("More.").about("x").may_have_effect is may_have_effect


def test_d3_a_lost_answer_counts_also_if_a_later_attempt_is_refused(aws: Aws) -> None:
    conflict: Any = answer(500)
    conflict.response["Error"]["Code"] = "ConflictException"
    aws.answers["update_trail"] = [conflict, answer(400)]
    with pytest.raises(AwsFailure) as failed:
        gateway(aws).send(a_call())
    assert failed.value.may_have_effect


NO_ROLE: dict[str, tuple[Exception, str]] = {
    "no credentials": (botocore.exceptions.NoCredentialsError(), "Set a profile, or an access key"),
    "no endpoint": (
        botocore.exceptions.EndpointConnectionError(endpoint_url="https://sts.eu-west-9.amazonaws.com"),
        "The endpoint cannot be reached. Check region",
    ),
    "no answer": (botocore.exceptions.ReadTimeoutError(endpoint_url="https://sts"), "The endpoint did not answer"),
    "an unknown key": (error("InvalidClientTokenId"), "AWS does not know the access key"),
    "a wrong secret key": (error("SignatureDoesNotMatch"), "does not belong to the access key"),
    "an expired session": (error("ExpiredToken"), "The session has expired. Get new credentials"),
    "an expired token": (error("ExpiredTokenException"), "The session has expired. Get new credentials"),
    "a Region that is not enabled": (error("RegionDisabledException"), "Enable it, or use another Region"),
}


@pytest.mark.parametrize(("cause", "words"), NO_ROLE.values(), ids=NO_ROLE)
def test_d2_an_error_that_is_not_about_the_role_has_its_own_advice(aws: Aws, cause: Exception, words: str) -> None:
    aws.answers["assume_role"] = cause
    with pytest.raises(AwsFailure) as failed:
        gateway(aws, role_arn=ROLE).call("cloudtrail", "get_trail", Name="t")
    assert words in str(failed.value)
    assert "could not assume" not in str(failed.value)
    assert set(aws.operations) == {"assume_role"}, "the caller is asked for only if the trust policy may be the cause"


def test_d2_an_unknown_error_has_no_wrong_advice(aws: Aws) -> None:
    aws.answers["assume_role"] = error("SomethingElse")
    with pytest.raises(AwsFailure) as failed:
        gateway(aws, role_arn=ROLE).call("cloudtrail", "get_trail", Name="t")
    assert failed.value.advice == ""


@pytest.mark.parametrize(
    "cause",
    [error("UnrecognizedClientException"), botocore.exceptions.EndpointConnectionError(endpoint_url="https://x")],
)
@pytest.mark.parametrize("operation", ["assume_role", "get_trail"])
@pytest.mark.parametrize(("region", "is_known"), [("eu-west-9", False), ("eu-west-1", True), ("cn-north-1", True)])
def test_d9_an_unknown_region_is_named(aws: Aws, cause: Exception, operation: str, region: str, is_known: bool) -> None:
    aws.answers[operation] = cause
    role = "" if operation == "get_trail" else ROLE
    with pytest.raises(AwsFailure) as failed:
        Gateway(Connection(region=region, role_arn=role), aws.pause).call("cloudtrail", "get_trail", Name="t")
    assert (f"botocore knows no Region {region}. Check its name" in str(failed.value)) is not is_known
    assert failed.value.advice


EXPIRED = pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException"])


@EXPIRED
def test_c_the_session_of_an_assumed_role_is_renewed(aws: Aws, code: str) -> None:
    aws.answers["get_trail"] = [{}, error(code), {"Trail": {}}, {}]
    subject = gateway(aws, credentials=CALLERS, role_arn=ROLE, external_id=EXTERNAL_ID)
    subject.call("cloudtrail", "get_trail", Name="t")
    assert subject.call("cloudtrail", "get_trail", Name="t") == {"Trail": {}}
    subject.call("cloudtrail", "get_trail", Name="t")
    assert aws.operations == ["assume_role", "get_trail", "get_trail", "assume_role", "get_trail", "get_trail"]
    assert aws.calls[3] == aws.calls[0], "with the same options and the caller's own credentials"


@EXPIRED
def test_c_a_call_that_writes_is_sent_again_with_the_new_session(aws: Aws, code: str) -> None:
    aws.answers["update_trail"] = [answer(500), error(code), error("AccessDenied")]
    with pytest.raises(AwsFailure) as failed:
        gateway(aws, role_arn=ROLE).send(a_call())
    assert failed.value.may_have_effect, "the first attempt may have been carried out"
    assert aws.operations.count("update_trail") == 3


@EXPIRED
def test_c_a_session_is_renewed_once_for_each_call(aws: Aws, code: str) -> None:
    aws.answers["get_trail"] = error(code)
    with pytest.raises(AwsFailure, match=f"The session in {ROLE} has expired"):
        gateway(aws, role_arn=ROLE).call("cloudtrail", "get_trail", Name="t")
    assert aws.operations == ["assume_role", "get_trail"] * 2


def test_c_the_session_of_the_caller_is_not_renewed(aws: Aws) -> None:
    aws.answers["get_trail"] = error("ExpiredToken")
    with pytest.raises(AwsFailure, match="The session has expired. Get new credentials"):
        gateway(aws, credentials=CALLERS).call("cloudtrail", "get_trail", Name="t")
    assert aws.operations == ["get_trail"]


@pytest.mark.parametrize(("policy_wait", "waited"), [(0.0, 0), (10.0, 10), (120.0, 30)])
def test_c_a_role_that_cannot_be_assumed_yet(aws: Aws, policy_wait: float, waited: int) -> None:
    aws.answers["assume_role"] = error("AccessDenied")
    with pytest.raises(AwsFailure, match="could not assume"):
        gateway(aws, role_arn=ROLE, policy_wait=policy_wait).call("cloudtrail", "get_trail", Name="t")
    assert round(aws.now) == waited
    aws.answers["assume_role"] = [error("AccessDenied"), Aws().answers["assume_role"]]
    if policy_wait:
        gateway(aws, role_arn=ROLE, policy_wait=policy_wait).call("cloudtrail", "get_trail", Name="t")


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("kms", "describe_key", "NotFoundException"),
        ("kms", "describe_key", "KMSInvalidStateException"),
        ("s3", "head_bucket", "NoSuchBucket"),
    ],
)
def test_c_a_key_or_a_bucket_that_was_just_created(aws: Aws, service: str, operation: str, code: str) -> None:
    aws.answers[operation] = [error(code), error(code), error(code), {"ok": True}]
    assert gateway(aws).call(service, operation, absent=(code,)) is None
    assert aws.pauses == [], "without such a change the error is final"
    assert gateway(aws, policy_wait=30.0).call(service, operation, absent=(code,)) == {"ok": True}
    aws.answers["put"] = [error(code), error(code), {"ok": True}]
    put = Call(service=service, operation="put", arguments={}, summary="put")
    with pytest.raises(AwsFailure):
        gateway(aws).send(put)
    assert gateway(aws, policy_wait=30.0).send(put) == {"ok": True}


def test_another_account_is_reached_from_the_same_credentials(aws: Aws) -> None:
    first = gateway(
        aws, credentials=CALLERS, role_arn=ROLE, external_id=EXTERNAL_ID, client={"endpoint_url": "http://x"}
    )
    other = first.other(f"arn:aws:iam::{ARCHIVE}:role/Reader", "")
    assert other.account == ARCHIVE
    other.call("s3", "get_bucket_policy", Bucket="b")
    assert aws.calls[0][2] == {"RoleArn": f"arn:aws:iam::{ARCHIVE}:role/Reader", "RoleSessionName": "central-logging"}
    assert aws.calls[0][3] == CALLERS
    assert {client["endpoint_url"] for client in aws.clients} == {"http://x"}


# secrets


def test_no_secret_shows(aws: Aws) -> None:
    caller = {"aws_access_key_id": "AKIAX", "aws_secret_access_key": SECRET, "aws_session_token": "token-" + SECRET}
    connection = Connection(region=REGION, credentials=caller, role_arn=ROLE, external_id=EXTERNAL_ID)
    subject = Gateway(connection, aws.pause)
    subject.call("cloudtrail", "get_trail", Name="t")
    aws.answers["get_trail"] = error("AccessDenied")
    with pytest.raises(AwsFailure) as failed:
        subject.call("cloudtrail", "get_trail", Name="t")
    shown = [repr(connection), str(connection), repr(subject), str(subject), repr(failed.value), str(failed.value)]
    shown += [str(failed.value.details), "".join(traceback.format_exception(failed.value))]
    for text in shown:
        assert SECRET not in text
        assert EXTERNAL_ID not in text


# the bodies of objects


class Body:
    """An object's body that comes in chunks, of which one may be an error."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self.chunks, self.closed = chunks, False

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        assert size > 0
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self) -> None:
        self.closed = True


def joined(reply: Mapping[str, Any], chunks: Iterator[bytes]) -> tuple[Mapping[str, str], bytes]:
    return reply["Metadata"], b"".join(chunks)


BROKEN = botocore.exceptions.ReadTimeoutError(endpoint_url="https://x")


def test_the_body_of_an_object(aws: Aws) -> None:
    body = Body(b"a", b"b")
    aws.answers["get_object"] = {"Metadata": {"signature": "00"}, "Body": body}
    assert gateway(aws).fetch(joined, Bucket="b", Key="k") == ({"signature": "00"}, b"ab")
    assert aws.calls == [("s3", "get_object", {"Bucket": "b", "Key": "k"}, {})] and body.closed


def test_a_body_that_breaks_off_is_read_anew(aws: Aws) -> None:
    bodies = [Body(b"a", BROKEN), Body(BROKEN), Body(b"a", b"b")]
    aws.answers["get_object"] = [{"Metadata": {}, "Body": body} for body in bodies]
    assert gateway(aws).fetch(joined, Bucket="b", Key="k")[1] == b"ab"
    assert all(body.closed for body in bodies)


def test_a_body_that_always_breaks_off_is_a_failure(aws: Aws) -> None:
    aws.answers["get_object"] = {"Metadata": {}, "Body": Body(b"a", BROKEN)}
    with pytest.raises(AwsFailure) as failed:
        gateway(aws, role_arn=ROLE).fetch(joined, Bucket="b", Key="k")
    assert (failed.value.operation, failed.value.code) == ("GetObject", "ReadTimeoutError")
    assert aws.operations.count("get_object") == 4


def test_a_reader_that_stops_early_leaves_nothing_open(aws: Aws) -> None:
    body = Body(b"a", b"b")
    aws.answers["get_object"] = {"Metadata": {}, "Body": body}
    with pytest.raises(ZeroDivisionError):
        gateway(aws).fetch(lambda _reply, _chunks: 1 / 0, Bucket="b", Key="k")
    assert body.closed
