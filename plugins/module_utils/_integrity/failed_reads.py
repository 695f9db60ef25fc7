# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What it means that AWS does not return an object or a folder: the problem, its cause and the remediation.

Note that this module util is PRIVATE to the collection: it can change at any time.

S3 reports an error of KMS with the error code of KMS after C(KMS.), such as KMS.DisabledException. Errors of S3:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
S3 returns an object that is encrypted with a customer-provided key (SSE-C) only to a caller that sends the key:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
CloudTrail encrypts with keys of S3 or KMS only:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
Errors of KMS's Decrypt: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors
"""

from __future__ import annotations

import re
import threading

from .._core.errors import AwsFailure
from .._digests.problems import MISSING, UNREADABLE, Problem
from .._log_files import encryption_advice
from .._log_files.bucket import LogBucket, is_of_every_request
from .._log_files.object_keys import DIGEST, LogLocation, parse_key

KEY_DISABLED, KEY_PENDING_DELETION, KEY_MISSING = "key_disabled", "key_pending_deletion", "key_missing"
KEY_UNAVAILABLE, KEY_DENIED, BUCKET_DENIED, ARCHIVED = "key_unavailable", "key_denied", "bucket_denied", "archived"
CUSTOMER_KEY = "customer_key"
_KMS = {
    "KMS.DisabledException": KEY_DISABLED,
    "KMS.KMSInvalidStateException": KEY_UNAVAILABLE,
    "KMS.InvalidStateException": KEY_UNAVAILABLE,
    "KMS.NotFoundException": KEY_MISSING,
    "KMS.AccessDeniedException": KEY_DENIED,
}
_ARCHIVE = "InvalidObjectState"  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
_SSE_C = ("InvalidRequest", "stored using a form of server side encryption")  # code, and what the text contains
_EXPLANATIONS = {
    CUSTOMER_KEY: (
        " The object is encrypted with a customer-provided key (SSE-C). CloudTrail never uses such a key, so somebody"
        " else wrote the object."
    )
}
_REMEDIATIONS = {
    KEY_DISABLED: "Enable the key with which the objects are encrypted. Then validate again.",
    KEY_PENDING_DELETION: (
        "Cancel the deletion of the key with which the objects are encrypted, and enable the key. After the deletion,"
        " nobody can read the objects again."
    ),
    KEY_MISSING: (
        "The key with which the objects are encrypted does not exist any more. Restore the objects from a replica that"
        " is encrypted with another key. Find out who deleted the key."
    ),
    KEY_UNAVAILABLE: "Look up the state of the key with which the objects are encrypted, and make the key available.",
    KEY_DENIED: (
        "Allow the caller kms:Decrypt with the key of the objects: in the key policy (decrypt_principals of"
        " kms_key_grant_accounts) and in the caller's own policy."
    ),
    BUCKET_DENIED: (
        "Allow the caller s3:GetObject on the objects and s3:ListBucket on the bucket, in the caller's own policy and"
        " in the bucket policy."
    ),
    ARCHIVED: "Restore the archived objects. Then validate again.",
    CUSTOMER_KEY: encryption_advice.RESTORE,
}
_DENIED = (
    "Allow the caller s3:GetObject on the object, and kms:Decrypt with its key. S3 returns AccessDenied if either is"
    " missing, and this error does not name the one that is. Check the caller's own policy, the policies of bucket and"
    " key, and those of the organization."
)
_DENIALS = frozenset({"AccessDenied", "403", "Forbidden"})  # HeadObject's answer has only the status
_RETRY = "Validate again. If the error stays, restore the object from an older version or from a replica."
_RETRY_FOLDER = "Validate again. If the error stays, look up its code in the documentation of Amazon S3."
_CODE, _TEXT = 60, 300  # characters of an error code and of AWS's text in a message


class FailedReads:
    """Explains failures of S3. Threads share it."""

    def __init__(self) -> None:
        self._denied: dict[tuple[str, str], str] = {}  # cause by bucket and folder, from one HeadObject each
        self._lock = threading.Lock()

    def of_object(self, bucket: LogBucket, location: LogLocation, key: str, failure: AwsFailure, since: str) -> Problem:
        """The problem of one object. Raises the failure if it concerns every request.

        Problems of the same cause or error code become one finding for the account and Region.
        """
        if failure.code == "NoSuchKey":
            return Problem(kind=MISSING, resource=key, message=_gone(key), since=since)
        if is_of_every_request(failure):
            raise failure
        cause = _cause(failure)
        if cause == "" and failure.code == "AccessDenied":
            cause = self._denied_by(bucket, location, key)
        return _unreadable(key, failure, since, cause)

    def _denied_by(self, bucket: LogBucket, location: LogLocation, key: str) -> str:
        """The cause if S3 denies HeadObject too, which needs s3:GetObject and not kms:Decrypt; else empty.

        If S3 permits HeadObject, the key is only one of the possible causes: a policy can have changed in between, or
        can deny this object only, because the answer counts for the whole folder.
        """
        with self._lock:
            name = (bucket.name, location.account_folder + location.region)
            if name not in self._denied:
                try:
                    bucket.head(key)
                    self._denied[name] = ""
                except AwsFailure as failure:
                    self._denied[name] = BUCKET_DENIED if failure.code in _DENIALS else ""
            return self._denied[name]


def of_folder(failure: AwsFailure) -> Problem:
    """The problem of the folder that LogBucket failed to list. Raises the failure if it concerns every request."""
    if is_of_every_request(failure):
        raise failure
    return unreadable_folder(failure)


def unreadable_folder(failure: AwsFailure) -> Problem:
    """The problem of the folder of any bucket that LogBucket failed to list."""
    return _unreadable(failure.resource, failure, "", BUCKET_DENIED if failure.code in _DENIALS else "")


def _gone(key: str) -> str:
    """A sentence about an object that does not exist. Only log files that a digest names are read."""
    if parse_key(DIGEST, key):
        return "The digest does not exist, although S3 has just listed it or the next digest names it."
    return "The log file does not exist, although a digest names it."


def _cause(failure: AwsFailure) -> str:
    """The cause, as far as code and message decide it."""
    message = failure.message.lower()
    cause = ARCHIVED if failure.code == _ARCHIVE else _KMS.get(failure.code, "")
    if failure.code == _SSE_C[0] and _SSE_C[1] in message:
        return CUSTOMER_KEY
    if cause == KEY_UNAVAILABLE and "deletion" in message:
        return KEY_PENDING_DELETION
    if failure.code == "AccessDenied":
        return KEY_DENIED if "kms:" in message else BUCKET_DENIED if "s3:" in message else ""
    return cause


def _unreadable(resource: str, failure: AwsFailure, since: str, cause: str) -> Problem:
    is_folder = resource.endswith("/")
    what = "does not list the folder" if is_folder else "does not return the object"
    text = f"{failure.code[:_CODE]}: {_without_resource(failure.message, resource)[:_TEXT]}."
    return Problem(
        kind=UNREADABLE,
        resource=resource,
        message=f"AWS {what}: {text}{_EXPLANATIONS.get(cause, '')}",
        since=since,
        group=f"{what} {cause or failure.code}",
        cause=cause,
        remediation=_REMEDIATIONS.get(cause) or _advice(failure, is_folder),
    )


def _advice(failure: AwsFailure, is_folder: bool) -> str:
    """The remediation of a failure whose cause is not known."""
    if is_folder:
        return _RETRY_FOLDER
    return _DENIED if failure.code in _DENIALS else _RETRY


def _without_resource(message: str, resource: str) -> str:
    """AWS's text without the object, which is the resource of the finding. What follows it is the reason.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """
    return re.sub(rf' on resource: "?[^\s"]*/{re.escape(resource)}"?', "", message).rstrip(". ")
