# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long calls are repeated after which errors."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws.retry import (
    TIMEOUT,
    Patience,
    Repetition,
    may_have_effect,
)
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker


def answered(code: str, status: int = 400) -> botocore.exceptions.ClientError:
    reply: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(reply, "Operation")


NO_ANSWER = botocore.exceptions.ReadTimeoutError(endpoint_url="https://x")
BROKEN = botocore.exceptions.ConnectionClosedError(endpoint_url="https://x")
NO_CONNECTION = botocore.exceptions.EndpointConnectionError(endpoint_url="https://x")
NO_PROXY = botocore.exceptions.ProxyConnectionError(proxy_url="https://x")
BAD_VALUE = botocore.exceptions.HTTPClientError(error=ValueError("Invalid header value"))
CANNOT_BE_REPEATED = {"LimitExceededException"}  # KMS: the policy is too long


class Clock:
    """A time that passes only in pauses, and while a call is sent."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.pauses.append(seconds)
        self.now += seconds


def waited(patience: Patience, code: str, error: Exception, *, each: float = 0.0, **waits: float) -> float:
    """The seconds until the error is final, if each attempt takes so many seconds."""
    clock = Clock()
    repetition = Repetition(patience, waits, clock.pause, lambda: clock.now)
    while True:
        clock.now += each
        if not repetition.again(code, error):
            return clock.now


@pytest.mark.parametrize("timeout", [0.0, 10.0, TIMEOUT])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ThrottlingException", answered("ThrottlingException")),
        ("SlowDown", answered("SlowDown", 503)),
        ("InternalFailure", answered("InternalFailure", 500)),
        ("ConflictException", answered("ConflictException")),
        ("DependencyTimeoutException", answered("DependencyTimeoutException")),
        ("ReadTimeoutError", NO_ANSWER),
        ("ConnectionClosedError", BROKEN),
    ],
)
def test_c_transient_errors_are_repeated_until_the_timeout(timeout: float, code: str, error: Exception) -> None:
    assert waited(Patience(timeout, 0.0), code, error) == pytest.approx(timeout)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDenied", answered("AccessDenied", 403)),
        ("LimitExceededException", answered("LimitExceededException")),
        ("TrailAlreadyExistsException", answered("TrailAlreadyExistsException")),
        ("NotImplemented", answered("NotImplemented", 501)),
        ("HTTPClientError", BAD_VALUE),
        ("NoCredentialsError", botocore.exceptions.NoCredentialsError()),
    ],
)
def test_c_other_errors_are_final(code: str, error: Exception) -> None:
    assert waited(Patience(TIMEOUT, 0.0), code, error) == 0


@pytest.mark.parametrize("error", [NO_CONNECTION, NO_PROXY])
def test_c_an_address_that_cannot_be_reached_is_tried_for_a_shorter_time(error: Exception) -> None:
    assert waited(Patience(TIMEOUT, 0.0), type(error).__name__, error) == pytest.approx(30)
    assert waited(Patience(5.0, 0.0), type(error).__name__, error) == pytest.approx(5)


def test_c_slow_attempts_do_not_multiply_the_time() -> None:
    """A read timeout of botocore is 60 seconds."""
    assert waited(Patience(TIMEOUT, 0.0), "ReadTimeoutError", NO_ANSWER, each=60) <= TIMEOUT + 60


def test_c_pauses_grow_vary_and_stay_short() -> None:
    clock = Clock()
    repetition = Repetition(Patience(TIMEOUT, 0.0), {}, clock.pause, lambda: clock.now)
    while repetition.again("SlowDown", answered("SlowDown", 503)):
        pass
    assert max(clock.pauses) <= 8
    assert sum(clock.pauses[:3]) < sum(clock.pauses[-4:-1])
    assert len(set(clock.pauses)) > len(clock.pauses) // 2


def test_c_after_one_call_has_failed_for_the_whole_time_others_are_repeated_briefly() -> None:
    patience = Patience(TIMEOUT, 0.0)
    assert waited(patience, "InternalError", answered("InternalError", 500)) == pytest.approx(TIMEOUT)
    assert waited(patience, "InternalError", answered("InternalError", 500)) == pytest.approx(30)
    assert waited(patience, "InternalError", answered("InternalError", 500)) == pytest.approx(30)
    assert waited(Patience(5.0, 0.0), "InternalError", answered("InternalError", 500)) == pytest.approx(5)


def test_c_an_error_of_a_dependency_has_its_own_time() -> None:
    """It counts from the first such error, not from the first error of another kind."""
    clock = Clock()
    repetition = Repetition(Patience(TIMEOUT, 0.0), {"KmsKeyNotFoundException": 20.0}, clock.pause, lambda: clock.now)
    while clock.now < 100:
        assert repetition.again("SlowDown", answered("SlowDown", 503))
    start = clock.now
    while repetition.again("KmsKeyNotFoundException", answered("KmsKeyNotFoundException")):
        pass
    assert clock.now - start == pytest.approx(20)


def test_c_a_code_that_a_call_declares_final_is_final() -> None:
    assert (
        waited(Patience(TIMEOUT, 0.0), "OperationAborted", answered("OperationAborted", 409), OperationAborted=0) == 0
    )


def test_c_botocores_own_transient_errors_are_known() -> None:
    patience = Patience(TIMEOUT, 0.0)
    codes = {*ThrottledRetryableChecker._THROTTLED_ERROR_CODES, *TransientRetryableChecker._TRANSIENT_ERROR_CODES}
    assert {code for code in codes if not patience.for_error(code, answered(code))} == CANNOT_BE_REPEATED
    for status in TransientRetryableChecker._TRANSIENT_STATUS_CODES:
        assert patience.for_error("X", answered("X", status))


def test_c_only_an_attempt_that_aws_may_have_carried_out_may_have_an_effect() -> None:
    for error in (answered("ThrottlingException"), answered("AccessDenied", 403), NO_CONNECTION, NO_PROXY):
        assert not may_have_effect(error)
    for error in (answered("InternalFailure", 500), NO_ANSWER, BROKEN):
        assert may_have_effect(error)
    repetition = Repetition(Patience(TIMEOUT, 0.0), {}, lambda _seconds: None, lambda: 0.0)
    assert repetition.again("ThrottlingException", answered("ThrottlingException"))
    assert not repetition.may_have_effect
    assert repetition.again("ReadTimeoutError", NO_ANSWER)
    assert not repetition.again("AccessDenied", answered("AccessDenied", 403))
    assert repetition.may_have_effect
