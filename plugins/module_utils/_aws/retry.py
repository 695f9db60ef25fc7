# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which errors of a call disappear with time, for how long the call is repeated, and whether it may have had an effect.

Note that this module util is PRIVATE to the collection: it can change at any time.

botocore does not repeat calls by itself, because only one loop with a deadline has a known end, and because botocore's
last error does not show what happened before. The transient errors are those of botocore's "standard" mode, except
LimitExceededException, which KMS returns for a policy that is too long:
https://docs.aws.amazon.com/boto3/latest/guide/retries.html and
https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html (Errors).
Errors of dependencies disappear if the dependency has just been created or changed:
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html (eventual consistency) and
https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Mapping

with contextlib.suppress(ImportError):  # AnsibleAWSModule reports it
    import botocore.exceptions

TIMEOUT = 180  # seconds, the default of option retry_timeout
_CODES = frozenset(
    {
        # throttling
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        # a change that is still in progress
        "ConcurrentModificationException",
        "ConflictException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "TransactionInProgressException",
        # an error of the service
        "DependencyTimeoutException",
        "IDPCommunicationError",
        "KMSInternalException",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
_STATUSES = frozenset({500, 502, 503, 504})
# a key, an alias or a bucket that may have been created a moment ago
_NOT_VISIBLE_YET = {
    "kms": frozenset({"KMSInvalidStateException", "NotFoundException"}),
    "s3": frozenset({"NoSuchBucket"}),
}
_ROLE_WAIT = 30.0  # seconds until a new role, or its new trust policy, is visible everywhere
# seconds if no connection can be made, because a wrong address is more probable than a long failure of the network,
# and for a gateway's further calls after one has failed for the whole time
_SHORT_WAIT = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0  # seconds


class Patience:
    """For how long a gateway repeats calls, in seconds."""

    def __init__(self, retry_timeout: float, policy_wait: float) -> None:
        self.transient, self.policy_wait = retry_timeout, policy_wait

    def for_new_resources(self, service: str) -> dict[str, float]:
        """The seconds for each error code of a service that does not show a new resource everywhere yet."""
        return dict.fromkeys(_NOT_VISIBLE_YET.get(service, ()), self.policy_wait)

    def for_role(self, codes: frozenset[str]) -> dict[str, float]:
        """The seconds for each error code with which AWS denies to assume a role."""
        return dict.fromkeys(codes, min(self.policy_wait, _ROLE_WAIT))

    def for_error(self, code: str, error: Exception) -> float:
        """The seconds for an error that is the same for all calls; 0 if it is final.

        An error without an answer has no code of AWS. A value that cannot be sent raises ValueError inside.
        """
        if code in _CODES or _status(error) in _STATUSES:
            return self.transient
        if not _is_network_error(error) or isinstance(getattr(error, "kwargs", {}).get("error"), ValueError):
            return 0.0
        return min(self.transient, _SHORT_WAIT) if _was_not_sent(error) else self.transient

    def ends(self) -> None:
        """The service is out of order for the whole time: do not wait as long for each further call."""
        self.transient = min(self.transient, _SHORT_WAIT)


class Repetition:
    """The attempts at one call. C(waits) has the seconds for which this call's own error codes are repeated.

    The time of each kind of error counts from its first occurrence, so that a call has a known end.
    """

    def __init__(
        self,
        patience: Patience,
        waits: Mapping[str, float],
        pause: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._patience, self._waits, self._pause, self._clock = patience, waits, pause, clock
        self._since: dict[str, float] = {}
        self._ceiling = _FIRST_PAUSE
        self._start = clock()
        self.may_have_effect = False

    def again(self, code: str, error: Exception) -> bool:
        """Pause, and return True if the call must be sent again after this error; False if the error is final."""
        self.may_have_effect = self.may_have_effect or may_have_effect(error)
        is_own = code in self._waits
        wait = self._waits[code] if is_own else self._patience.for_error(code, error)
        since = self._since.setdefault(code if is_own else "transient", self._clock() if self._since else self._start)
        left = wait - (self._clock() - since)
        if left <= 0:
            if wait and not is_own:
                self._patience.ends()
            return False
        self._pause(min(random.uniform(self._ceiling / 2, self._ceiling), left))
        self._ceiling = min(self._ceiling * 2, _LONGEST_PAUSE)
        return True


def may_have_effect(error: Exception) -> bool:
    """True if AWS may have carried out the call: it returned an internal error, or its answer was lost.

    If the user's aws_config lets botocore repeat calls, the error shows only how often botocore has done so.
    """
    metadata = (getattr(error, "response", None) or {}).get("ResponseMetadata", {})
    lost = _is_network_error(error) and not _was_not_sent(error)
    return lost or _status(error) >= 500 or metadata.get("RetryAttempts", 0) > 0


def _status(error: Exception) -> int:
    response = getattr(error, "response", None) or {}
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _is_network_error(error: Exception) -> bool:
    return isinstance(error, botocore.exceptions.HTTPClientError | botocore.exceptions.ConnectionError)


def _was_not_sent(error: Exception) -> bool:
    """True if no connection was made. https://github.com/boto/botocore/blob/develop/botocore/httpsession.py"""
    return isinstance(
        error,
        botocore.exceptions.EndpointConnectionError
        | botocore.exceptions.ConnectTimeoutError
        | botocore.exceptions.ProxyConnectionError,
    )
