# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects: encryption with KMS keys, retention, bulk deletes, copies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from moto.s3.models import FakeKey, s3_backends

from cloudtrail_sandbox.access import Access, Need
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.kms import Kms
from cloudtrail_sandbox.moto_backend import MotoBackend
from cloudtrail_sandbox.responses import S3_NAMESPACE, Response, xml_response
from cloudtrail_sandbox.s3.bucket_settings import ENFORCED, NOT_SUPPORTED
from cloudtrail_sandbox.s3.permissions import bucket_arn, conditions
from cloudtrail_sandbox.state import PARTITION, Bucket, Key, State

ALGORITHM_HEADER = "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION"
KEY_HEADER = ALGORITHM_HEADER + "_AWS_KMS_KEY_ID"
KMS_ALGORITHMS = ("aws:kms", "aws:kms:dsse")
WRITES = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
BYPASS = "x-amz-bypass-governance-retention"


class Objects:
    """Requests about objects whose permission on the object has been checked."""

    def __init__(self, state: State, access: Access, moto: MotoBackend, kms: Kms) -> None:
        self._state = state
        self._access = access
        self._moto = moto
        self._kms = kms

    def handle(self, call: Call, caller: Caller, bucket: Bucket) -> Response:
        if call.operation == "DeleteObjects":
            return self._delete_many(call, caller, bucket)
        _check_acl(call, self._state.moto_bucket(bucket.name))
        if call.operation == "GetObject":
            self._decrypt(call, caller, self._stored(bucket.name, call.text("Key"), call.text("VersionId")))
        if call.operation in ("CopyObject", "UploadPartCopy"):
            self._read_source(call, caller)
        if call.operation == "GetObjectRetention":
            return _retention(self._existing(call, bucket))
        if call.operation == "PutObjectRetention":
            self._check_retention(call, bucket)
        if call.operation in WRITES:
            return self._write(call, caller, bucket)
        return self._moto(call, bucket.owner)

    # --- encryption
    def _write(self, call: Call, caller: Caller, bucket: Bucket) -> Response:
        """Store an object under the key that the request, or else the bucket's default encryption, names."""
        key = self._key_to_use(call, caller, bucket)
        arn = f"{bucket_arn(bucket.name)}/{call.text('Key')}"
        headers = {}
        if key is not None:
            context = {"aws:s3:arn": bucket_arn(bucket.name) if bucket.bucket_key else arn}
            self._kms.authorize(call, caller, key, "GenerateDataKey", context)
            headers = {ALGORITHM_HEADER: call.header("x-amz-server-side-encryption") or "aws:kms", KEY_HEADER: key.arn}
        response = self._moto(call, bucket.owner, headers=headers)
        stored = self._stored(bucket.name, call.text("Key"), "")
        if response.status == 200 and stored is not None and call.operation != "CreateMultipartUpload":
            stored.kms_key_id = key.arn if key else None
            stored.last_modified = self._state.now().replace(tzinfo=None)
        return response

    def _key_to_use(self, call: Call, caller: Caller, bucket: Bucket) -> Key | None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html"""
        algorithm = call.header("x-amz-server-side-encryption")
        named = call.header("x-amz-server-side-encryption-aws-kms-key-id")
        if algorithm and algorithm not in KMS_ALGORITHMS:
            if named:
                sentence = f"Server Side Encryption with KMS key is incompatible with {algorithm}"
                raise ApiError("InvalidArgument", sentence)
            return None
        reference = named or bucket.default_kms_key
        return self._enabled_key(reference, caller.account, bucket.region) if reference else None

    def _enabled_key(self, reference: str, account: str, region: str) -> Key:
        key = self._state.key(reference, account, region)
        if key is None or key.region != region:
            raise ApiError("KMS.NotFoundException", f"Key '{reference}' does not exist")
        if key.state == "Disabled":
            raise ApiError("KMS.DisabledException", f"{key.arn} is disabled.")
        if key.state != "Enabled":
            raise ApiError("KMS.KMSInvalidStateException", f"{key.arn} is pending deletion.")
        return key

    def _decrypt(self, call: Call, caller: Caller, stored: Any) -> None:
        """Require kms:Decrypt with the object's encryption context, for reading an object under SSE-KMS."""
        if stored is None or not stored.kms_key_id or stored.encryption not in KMS_ALGORITHMS:
            return
        key = self._enabled_key(
            stored.kms_key_id, stored.account_id, self._state.moto_bucket(stored.bucket_name).region_name
        )
        bucket_key = str(stored.bucket_key_enabled).lower() == "true"
        arn = bucket_arn(stored.bucket_name) + ("" if bucket_key else f"/{stored.name}")
        context = {**getattr(stored, "encryption_context", {}), "aws:s3:arn": arn}
        self._kms.authorize(call, caller, key, "Decrypt", context)

    def _read_source(self, call: Call, caller: Caller) -> None:
        """Require the permissions to read the source of a copy: s3:GetObject and kms:Decrypt."""
        path, _separator, version = unquote(call.header("x-amz-copy-source")).lstrip("/").partition("?versionId=")
        name, _slash, key = path.partition("/")
        source = self._state.bucket(name)
        if source is None:
            raise ApiError("NoSuchBucket", "The specified bucket does not exist", 404)
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        need = Need(action, f"{bucket_arn(name)}/{key}", conditions(call))
        self._access.require_bucket(call, caller, [need], source.owner, source.policy)
        self._decrypt(call, caller, self._stored(name, key, version))

    # --- retention, deletion
    def _check_retention(self, call: Call, bucket: Bucket) -> None:
        """Refuse a shorter retention period, except in governance mode with the bypass.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
        """
        if not self._state.moto_bucket(bucket.name).object_lock_enabled:
            raise ApiError("InvalidRequest", "Bucket is missing Object Lock Configuration")
        stored = self._existing(call, bucket)
        wanted: Mapping[str, Any] = call.parameters.get("Retention") or {}
        until = _locked_until(stored)
        if not stored.lock_mode or until is None or until <= self._state.now():
            return
        weaker = wanted.get("RetainUntilDate") is None or _aware(wanted["RetainUntilDate"]) < until
        weaker = weaker or (stored.lock_mode == "COMPLIANCE" and wanted.get("Mode") != "COMPLIANCE")
        bypass = stored.lock_mode == "GOVERNANCE" and call.header(BYPASS).lower() == "true"
        if weaker and not bypass:
            raise ApiError("AccessDenied", "Access Denied because object protected by object lock.", 403)

    def _delete_many(self, call: Call, caller: Caller, bucket: Bucket) -> Response:
        """DeleteObjects: each object is allowed or denied separately; the request itself succeeds."""
        wanted = (call.parameters.get("Delete") or {}).get("Objects") or []
        if not wanted or len(wanted) > 1000:
            raise ApiError("MalformedXML", "The XML you provided was not well-formed")
        bypass = call.header(BYPASS).lower() == "true"
        rows = []
        for identifier in wanted:
            try:
                rows.append(self._delete(call, caller, bucket, identifier, bypass))
            except ApiError as error:
                members = {"Key": identifier["Key"], "Code": error.code, "Message": error.message}
                rows.append(_element("Error", {**members, "VersionId": identifier.get("VersionId")}))
        return xml_response(f'<DeleteResult xmlns="{S3_NAMESPACE}">{"".join(rows)}</DeleteResult>')

    def _delete(self, call: Call, caller: Caller, bucket: Bucket, identifier: Mapping[str, Any], bypass: bool) -> str:
        key, version = str(identifier["Key"]), identifier.get("VersionId")
        actions = ["s3:DeleteObjectVersion" if version else "s3:DeleteObject"]
        actions += ["s3:BypassGovernanceRetention"] if bypass else []
        needs = [Need(action, f"{bucket_arn(bucket.name)}/{key}", conditions(call)) for action in actions]
        self._access.require_bucket(call, caller, needs, bucket.owner, bucket.policy)
        identifier = {"Key": key, **({"VersionId": version} if version else {})}
        deleted, locked = s3_backends[bucket.owner][PARTITION].delete_objects(bucket.name, [identifier], bypass)
        if locked:
            raise ApiError("AccessDenied", "Access Denied because object protected by object lock.", 403)
        marker = deleted[0][2]
        members = {"Key": key, "VersionId": version, "DeleteMarker": "true" if marker else None}
        return _element("Deleted", {**members, "DeleteMarkerVersionId": marker})

    def _existing(self, call: Call, bucket: Bucket) -> Any:
        stored = self._stored(bucket.name, call.text("Key"), call.text("VersionId"))
        if stored is None:
            raise ApiError("NoSuchKey", "The specified key does not exist.", 404)
        return stored

    def _stored(self, bucket: str, key: str, version: str) -> Any:
        """moto's own object of an object (of its newest version), or None."""
        versions = self._state.moto_bucket(bucket).keys.getlist(key, [])
        newest_first = [stored for stored in reversed(versions) if not version or str(stored.version_id) == version]
        return newest_first[0] if newest_first and isinstance(newest_first[0], FakeKey) else None


def _check_acl(call: Call, bucket: Any) -> None:
    """Refuse ACLs other than the owner's full control if ACLs are disabled
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html)."""
    if bucket.ownership_rule != ENFORCED:
        return
    acl = call.header("x-amz-acl")
    if (acl and acl != "bucket-owner-full-control") or (call.operation == "PutObjectAcl" and not acl):
        raise ApiError("AccessControlListNotSupported", NOT_SUPPORTED)


def _retention(stored: Any) -> Response:
    if not stored.lock_mode:
        sentence = "The specified object does not have a ObjectLock configuration"
        raise ApiError("NoSuchObjectLockConfiguration", sentence, 404)
    return xml_response(
        f'<Retention xmlns="{S3_NAMESPACE}"><Mode>{stored.lock_mode}</Mode>'
        f"<RetainUntilDate>{stored.lock_until}</RetainUntilDate></Retention>"
    )


def _locked_until(stored: Any) -> datetime | None:
    return datetime.fromisoformat(stored.lock_until) if stored.lock_until else None


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _element(name: str, members: Mapping[str, Any]) -> str:
    inner = "".join(
        f"<{member}>{escape(str(value))}</{member}>" for member, value in members.items() if value is not None
    )
    return f"<{name}>{inner}</{name}>"
