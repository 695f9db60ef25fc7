# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3 as the server calls it: authorization, bucket policies, the defaults of new buckets, and the calls to moto."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from cloudtrail_sandbox.access import Access
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.faults import Faults
from cloudtrail_sandbox.judge import MalformedPolicy, check_bucket_policy, minified_size
from cloudtrail_sandbox.kms import Kms
from cloudtrail_sandbox.moto_backend import MotoBackend, unsupported
from cloudtrail_sandbox.resource_policies import with_statement
from cloudtrail_sandbox.responses import Response, empty_response, xml_response
from cloudtrail_sandbox.s3.bucket_settings import SETTINGS, new_bucket
from cloudtrail_sandbox.s3.listing import LISTINGS
from cloudtrail_sandbox.s3.objects import Objects
from cloudtrail_sandbox.s3.permissions import is_known, needs_of
from cloudtrail_sandbox.s3.public_policies import is_public
from cloudtrail_sandbox.state import Bucket, State

POLICY_BYTES = 20_480
BUCKET_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
NO_POLICY = "The bucket policy does not exist"
#: For the owner's account only, whatever the policy allows
#: (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html).
OWNER_ONLY = frozenset({"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketPolicyStatus"})


class S3:
    """S3 in front of moto's."""

    def __init__(self, state: State, access: Access, moto: MotoBackend, kms: Kms, faults: Faults) -> None:
        self._state = state
        self._access = access
        self._moto = moto
        self._faults = faults
        self._objects = Objects(state, access, moto, kms)
        self._own: dict[str, Callable[[Call, Caller, Bucket], Response]] = {
            "GetBucketPolicy": self._get_policy,
            "PutBucketPolicy": self._put_policy,
            "DeleteBucketPolicy": self._delete_policy,
            "GetBucketPolicyStatus": self._policy_status,
        }

    def handle(self, call: Call, caller: Caller) -> Response:
        if not is_known(call.operation):
            raise unsupported(call)
        name = call.text("Bucket")
        bucket = self._state.bucket(name) if name else None
        self._authorize(call, caller, bucket)
        if call.operation == "CreateBucket":
            return self._create(call, caller, bucket)
        if not name:
            return self._moto(call, caller.account)
        if bucket is None:
            raise ApiError("NoSuchBucket", "The specified bucket does not exist", 404)
        own = self._own.get(call.operation)
        if own:
            return own(call, caller, bucket)
        if call.text("Key") or call.operation == "DeleteObjects":
            return self._objects.handle(call, caller, bucket)
        return self._setting(call, bucket)

    def _authorize(self, call: Call, caller: Caller, bucket: Bucket | None) -> None:
        needs = [] if call.operation == "DeleteObjects" else needs_of(call)
        if bucket is None or call.operation == "CreateBucket":
            self._access.require(call, caller, needs)
            return
        expected = call.header("x-amz-expected-bucket-owner")
        if expected and expected != bucket.owner:
            raise ApiError("AccessDenied", "Access Denied", 403)
        self._access.require_bucket(call, caller, needs, bucket.owner, bucket.policy)
        if caller.account != bucket.owner:
            self._other_account(call, bucket)

    def _other_account(self, call: Call, bucket: Bucket) -> None:
        if call.operation in OWNER_ONLY:
            raise ApiError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
        block = self._state.moto_bucket(bucket.name).public_access_block
        if block and block.restrict_public_buckets and bucket.policy and is_public(json.loads(bucket.policy)):
            raise ApiError("AccessDenied", "Access Denied", 403)

    def _create(self, call: Call, caller: Caller, bucket: Bucket | None) -> Response:
        name = call.text("Bucket")
        if not BUCKET_NAME.fullmatch(name):
            raise ApiError("InvalidBucketName", "The specified bucket is not valid.")
        enforced = call.header("x-amz-object-ownership") in ("", "BucketOwnerEnforced")
        if enforced and call.header("x-amz-acl") not in ("", "private"):
            raise ApiError(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            )
        response = self._moto(call, caller.account)
        if bucket is None and response.status == 200:
            new_bucket(self._state.moto_bucket(name))
        return response

    def _setting(self, call: Call, bucket: Bucket) -> Response:
        """A bucket-level operation: checked or implemented by bucket_settings, else by moto."""
        setting = SETTINGS.get(call.operation) or LISTINGS.get(call.operation)
        response = setting(self._state, call, self._state.moto_bucket(bucket.name)) if setting else None
        if response is None:
            response = self._moto(call, bucket.owner)
        if call.operation == "DeleteBucket" and response.status < 300:
            self._state.policies.forget(bucket.name)
        return response

    # --- the bucket policy
    def _get_policy(self, call: Call, caller: Caller, bucket: Bucket) -> Response:
        if bucket.policy is None:
            raise ApiError("NoSuchBucketPolicy", NO_POLICY, 404)
        response = xml_response(bucket.policy)
        return Response(200, (("Content-Type", "application/json"), *response.headers[1:]), response.body)

    def _policy_status(self, call: Call, caller: Caller, bucket: Bucket) -> Response:
        if bucket.policy is None:
            raise ApiError("NoSuchBucketPolicy", NO_POLICY, 404)
        public = str(is_public(json.loads(bucket.policy))).lower()
        return xml_response(f"<PolicyStatus><IsPublic>{public}</IsPublic></PolicyStatus>")

    def _put_policy(self, call: Call, caller: Caller, bucket: Bucket) -> Response:
        text = call.text("Policy")
        if not text.strip():
            raise ApiError("MissingRequestBodyError", "Request Body is empty")
        if minified_size(text) > POLICY_BYTES:
            raise ApiError("PolicyTooLarge", f"Policy exceeds the maximum allowed document size of {POLICY_BYTES}.")
        try:
            document = check_bucket_policy(text, bucket.name, self._state.principals.exists)
        except MalformedPolicy as error:
            raise ApiError("MalformedPolicy", str(error)) from error
        block = self._state.moto_bucket(bucket.name).public_access_block
        if block and block.block_public_policy and is_public(document):
            raise ApiError(
                "AccessDenied",
                f"User: {caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"arn:aws:s3:::{bucket.name}" because public policies are blocked by the BlockPublicPolicy block '
                "public access setting.",
                403,
            )
        before = self._state.policies.written(bucket.name)
        self._state.write_policy(bucket.name, canonical(document))
        if statement := self._faults.writer("PutBucketPolicy"):
            self._state.write_policy(bucket.name, canonical(json.loads(with_statement(before, statement))))
        return empty_response(204)

    def _delete_policy(self, call: Call, caller: Caller, bucket: Bucket) -> Response:
        self._state.policies.put(bucket.name, None)
        return empty_response(204)


def canonical(document: Any) -> str:
    """The text that S3 returns for a policy: no white space, and a list of one string is that string."""
    return json.dumps(_single(document), separators=(",", ":"))


def _single(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _single(member) for name, member in value.items()}
    if isinstance(value, list):
        if len(value) == 1 and not isinstance(value[0], dict):
            return value[0]
        return [_single(member) for member in value]
    return value
