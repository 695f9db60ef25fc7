# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings about what S3 does not return: one for all accounts if all are denied, else one for each account. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

HeadObject needs s3:GetObject, and kms:Decrypt only to return a checksum, which is not requested. So 403 is not about
the key: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .._core.finding import FAILED, Finding
from .._core.numbers import counted
from .._log_files import encryption_advice
from .._log_files.object_keys import log_root
from .drafts import DELIVERY, ENCRYPTION
from .model import RegionDelivery

_DENIED = frozenset({"403", "AccessDenied"})
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html: 503 Slow Down
_THROTTLED = frozenset({"503", "SlowDown", "ServiceUnavailable", "ThrottlingException", "RequestLimitExceeded"})
# a reply to HEAD has no body, so that only its status is known:
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
_MAYBE_SSE_C = (
    "Call GetObject to see the reason. S3 returns 400 if the object is encrypted with a customer-provided key (SSE-C),"
    " which CloudTrail never uses. If that is the reason, somebody else wrote the object."
)
_HEAD, _LIST = "HeadObject", "ListObjectsV2"


@dataclass(frozen=True, kw_only=True)
class _Request:
    """A request about an account, and its error code; empty if S3 returned what was requested."""

    operation: str
    resource: str
    region: str
    code: str = ""


def unreadable_findings(prefix: str, deliveries: Mapping[str, Sequence[RegionDelivery]]) -> Iterator[Finding]:
    """Findings about denied and failed requests. C(deliveries) are those of each account."""
    requests = {account: list(_requests(delivered)) for account, delivered in deliveries.items()}
    for operation in (_LIST, _HEAD):
        of_operation = {
            account: [request for request in group if request.operation == operation]
            for account, group in requests.items()
        }
        codes = {request.code for group in of_operation.values() for request in group}
        if codes and codes <= _DENIED:
            asked = [group[0] for group in of_operation.values() if group]
            request = replace(asked[0], resource=log_root(prefix), region="")
            yield _finding("", request, f"any of {counted(len(asked), 'account')}")
            continue
        for account, group in of_operation.items():
            for code in sorted({request.code for request in group if request.code}):
                failed = [request for request in group if request.code == code]
                regions = sorted({request.region for request in failed if request.region})
                where = f" in {', '.join(regions)}" if regions else ""
                request = replace(failed[0], region=regions[0] if len(regions) == 1 else "")
                yield _finding(account, request, f"account {account}{where}")


def _requests(deliveries: Iterable[RegionDelivery]) -> Iterator[_Request]:
    for delivery in deliveries:
        yield _Request(operation=_LIST, resource=delivery.folder, region=delivery.region, code=delivery.error_code)
        for newest in (delivery.log, delivery.digest):
            if newest is not None:
                key = newest.object.key
                yield _Request(operation=_HEAD, resource=key, region=delivery.region, code=newest.error_code)


def _finding(account: str, request: _Request, whose: str) -> Finding:
    is_head = request.operation == _HEAD
    what = "the encryption of the newest objects" if is_head else "the objects"
    return Finding(
        account=account,
        region=request.region,
        check=ENCRYPTION if is_head else DELIVERY,
        kind="unreadable",
        resource=request.resource,
        status=FAILED,
        message=f"S3 does not return {what} of {whose}: {request.operation} returns {request.code}.",
        remediation=_remediation(request),
        cause="bucket_denied" if request.code in _DENIED else "",
    )


def _remediation(request: _Request) -> str:
    if request.code in _DENIED:
        if request.operation == _LIST:
            return "Allow the role that reads the logs s3:ListBucket on the bucket, without a condition on s3:prefix."
        return (
            "Allow the role that reads the logs s3:GetObject on the objects of the bucket. Check that no statement of"
            " the bucket policy denies it. HeadObject does not need kms:Decrypt."
        )
    if request.operation == _HEAD and request.code == "400":
        return f"{_MAYBE_SSE_C} {encryption_advice.RESTORE}"
    if request.code == "404":
        return "The object has just been deleted: find out who deleted it."
    if request.code in _THROTTLED:
        return "S3 limits the requests to each prefix. Run again when fewer clients read the bucket at the same time."
    return "Run again. If S3 returns the same error, look the code up in its documentation."
