# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects and folders that AWS does not return: the rest is validated, and the cause is named once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._digests.problems import (
    UNREADABLE,
    FindingLimiter,
    Problem,
)

from tests.fakes import fake_digests, support
from tests.fakes.fake_digest_bucket import DENIED, FakeDigestBucket, reported, validate
from tests.fakes.fake_digests import ACCOUNT, FakeDelivery

KEY = support.KEY
OTHER = "012345678901"


def failing(trail: FakeDelivery, keys: list[str], code: str, message: str = "Sorry") -> FakeDigestBucket:
    gateway = FakeDigestBucket(trail.objects)
    gateway.failures = dict.fromkeys(keys, AwsFailure("GetObject", code, message))
    return gateway


@pytest.mark.parametrize(
    "code",
    ["InternalError", "ServiceUnavailable", "SlowDown", "503", "500", "ReadTimeoutError", "IncompleteReadError"],
)
@pytest.mark.parametrize("what", ["logs", "digests"])
def test_e8_one_object_that_is_not_returned_does_not_end_the_validation(code: str, what: str) -> None:
    trail = FakeDelivery().hours(6)
    key = getattr(trail, what)[2]
    tampered = trail.logs[-1]
    trail.objects[tampered].body = fake_digests.packed(b"{}")
    result = validate(trail, failing(trail, [key], code))
    assert sorted(reported(result)) == [("tampered", tampered), ("unreadable", key)]
    (finding,) = [finding for finding in result["findings"] if finding["kind"] == "unreadable"]
    assert code in finding["message"] and finding["status"] == "failed" and finding["cause"] == ""
    assert result["digests"] == 6 and not result["valid"]


@pytest.mark.parametrize("code", ["InternalError", "AccessDenied"])
@pytest.mark.parametrize(
    "folder", ["CloudTrail-Digest/eu-west-1/", "CloudTrail/eu-west-1/", "CloudTrail/", "CloudTrail-Digest/eu-west-1/2"]
)
def test_e8_a_folder_that_is_not_listed_does_not_end_the_validation(code: str, folder: str) -> None:
    trail = FakeDelivery().hours(4)
    other = FakeDelivery(trail.objects, account=OTHER).hours(4)
    tampered = other.logs[3]
    trail.objects[tampered].body = fake_digests.packed(b"{}")
    gateway = FakeDigestBucket(trail.objects)
    prefix = f"AWSLogs/{ACCOUNT}/{folder}"
    gateway.list_failures[prefix] = AwsFailure("ListObjectsV2", code, "Sorry")
    result = validate(trail, gateway, accounts=[{"id": ACCOUNT}, {"id": OTHER}])
    found = {(finding["account"], finding["kind"]) for finding in result["findings"]}
    assert found == {(ACCOUNT, "unreadable"), (OTHER, "tampered")} and not result["valid"]
    (finding,) = [finding for finding in result["findings"] if finding["account"] == ACCOUNT]
    assert finding["resource"].startswith(prefix), "the folder of the request that failed"
    assert finding["cause"] == ("bucket_denied" if code == "AccessDenied" else "")


def test_e8_if_nothing_is_listed_the_module_fails() -> None:
    trail = FakeDelivery().hours(2)
    gateway = FakeDigestBucket(trail.objects)
    gateway.list_failures["AWSLogs/"] = DENIED
    for accounts in (None, [{"id": ACCOUNT}, {"id": OTHER}]):
        with pytest.raises(AwsFailure, match="s3:ListBucket"):
            validate(trail, gateway, accounts=accounts)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "NoCredentialsError", "NoSuchBucket"])
def test_e8_a_failure_of_every_request_ends_the_module(code: str) -> None:
    trail = FakeDelivery().hours(2)
    with pytest.raises(AwsFailure):
        validate(trail, failing(trail, [trail.logs[1]], code))


def test_public_keys_that_an_expired_session_does_not_list_show_nothing_about_the_digests() -> None:
    trail = FakeDelivery().hours(3)
    gateway = FakeDigestBucket(trail.objects)
    gateway.key_failures[trail.region] = AwsFailure("ListPublicKeys", "ExpiredTokenException", "expired")
    with pytest.raises(AwsFailure, match="expired"):
        validate(trail, gateway)


def test_e8_public_keys_that_are_not_listed_in_one_region() -> None:
    trail = FakeDelivery().hours(3)
    other = FakeDelivery(trail.objects, region="us-west-2").hours(3)
    gateway = FakeDigestBucket(trail.objects)
    gateway.key_failures["us-west-2"] = AwsFailure("ListPublicKeys", "InternalFailure", "Sorry")
    result = validate(trail, gateway)
    assert reported(result) == [("unverified", other.digests[0])]
    assert "InternalFailure" in result["findings"][0]["message"]
    assert [chain["valid"] for chain in result["chains"]] == [True, False]


# causes

CAUSES = [
    ("KMS.DisabledException", f"{KEY} is disabled.", "key_disabled", "Enable the key"),
    ("KMS.KMSInvalidStateException", f"{KEY} is pending deletion.", "key_pending_deletion", "Cancel the deletion"),
    ("KMS.KMSInvalidStateException", f"{KEY} is pending import.", "key_unavailable", "state of the key"),
    ("KMS.NotFoundException", f"Key '{KEY}' does not exist", "key_missing", "does not exist any more"),
    ("AccessDenied", "User: x is not authorized to perform: kms:Decrypt on y", "key_denied", "kms:Decrypt"),
    ("KMS.AccessDeniedException", "no", "key_denied", "kms:Decrypt"),
    ("AccessDenied", "User: x is not authorized to perform: s3:GetObject on y", "bucket_denied", "s3:GetObject"),
    (
        "InvalidRequest",
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to"
        " retrieve the object.",
        "customer_key",
        "who wrote the objects",
    ),
    ("InvalidObjectState", "The object is archived", "archived", "Restore the archived objects"),
]


@pytest.mark.parametrize(("code", "message", "cause", "remediation"), CAUSES)
def test_e9_one_cause_is_one_finding_with_its_own_remediation(
    code: str, message: str, cause: str, remediation: str
) -> None:
    trail = FakeDelivery().hours(6)
    result = validate(trail, failing(trail, [*trail.digests, *trail.logs], code, message))
    (finding,) = result["findings"]
    assert (finding["kind"], finding["cause"], finding["status"]) == ("unreadable", cause, "failed")
    assert remediation in finding["remediation"] and "5 more" in finding["message"]
    assert "StopLogging" not in finding["remediation"] and "delete marker" not in finding["remediation"]
    mixed = validate(trail, failing(trail, [*trail.digests[3:], *trail.logs[:3]], code, message))
    assert len(mixed["findings"]) == 1 and "5 more" in mixed["findings"][0]["message"]


@pytest.mark.parametrize("what", ["logs", "digests"])
def test_an_object_with_a_customer_provided_key_was_written_by_somebody_else(what: str) -> None:
    trail = FakeDelivery().hours(3)
    key = getattr(trail, what)[1]
    (finding,) = validate(trail, failing(trail, [key], *CAUSES[-2][:2]))["findings"]
    assert (finding["resource"], finding["status"]) == (key, "failed")
    assert "(SSE-C). CloudTrail never uses such a key, so somebody else wrote the object." in finding["message"]
    text = "The encryption parameters are not applicable to this object."
    (other,) = validate(trail, failing(trail, [key], "InvalidRequest", text))["findings"]
    assert other["cause"] == "" and "SSE-C" not in other["message"]


def test_e9_the_object_is_named_once_and_the_reason_is_not_cut() -> None:
    trail = FakeDelivery().hours(3)
    (key, *more), caller = trail.logs, "arn:aws:sts::111122223333:assumed-role/" + "r" * 64 + "/" + "s" * 64
    reason = "because no identity-based policy allows the s3:GetObject action"
    text = f'User: {caller} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/{key}" {reason}'
    (finding,) = validate(trail, failing(trail, [key, *more], "AccessDenied", text))["findings"]
    message = f"AccessDenied: User: {caller} is not authorized to perform: s3:GetObject {reason}."
    assert finding["message"].endswith(f"{message} The same applies to 5 more objects.")
    assert finding["resource"] == key
    kms = f"User: x is not authorized to perform: kms:Decrypt on resource: {KEY}"
    (finding,) = validate(trail, failing(trail, [key], "AccessDenied", kms))["findings"]
    assert finding["message"].endswith(f"on resource: {KEY}."), "the key is not the resource of the finding"


@pytest.mark.parametrize(
    ("resource", "count", "sentence"),
    [
        ("AWSLogs/", 3, " The same applies to 2 more folders."),
        ("AWSLogs/", 2, " The same applies to 1 more folder."),
        ("AWSLogs/key", 2, " The same applies to 1 more object."),
        ("AWSLogs/key", 1, ""),
    ],
)
def test_problems_that_become_one_finding_are_counted_by_their_noun(resource: str, count: int, sentence: str) -> None:
    limiter = FindingLimiter(ACCOUNT, "eu-west-1")
    limiter.add(Problem(kind=UNREADABLE, resource=resource, message="Denied.", group="denied"), count)
    assert [finding.message for finding in limiter.findings()] == [f"Denied.{sentence}"]


@pytest.mark.parametrize(("what", "noun"), [("logs", "log file"), ("digests", "digest")])
def test_an_object_that_is_gone_is_named_by_its_kind(what: str, noun: str) -> None:
    trail = FakeDelivery().hours(3)
    key = getattr(trail, what)[1]
    findings = validate(trail, failing(trail, [key], "NoSuchKey"))["findings"]
    (finding,) = [finding for finding in findings if finding["resource"] == key]
    assert finding["kind"] == "missing" and finding["message"].startswith(f"The {noun} does not exist, although")


@pytest.mark.parametrize("denied", [True, False])
def test_e9_head_object_decides_what_a_bare_denial_means(denied: bool) -> None:
    """HeadObject needs the same permission of S3 and none of KMS. One request for the account and Region."""
    trail = FakeDelivery().hours(6)
    gateway = failing(trail, [*trail.digests, *trail.logs], "AccessDenied", "Access Denied")
    if denied:
        gateway.head_failures = dict.fromkeys(trail.digests, AwsFailure("HeadObject", "403", "Forbidden"))
    (finding,) = validate(trail, gateway)["findings"]
    assert finding["cause"] == ("bucket_denied" if denied else "")
    assert "s3:GetObject" in finding["remediation"] and ("kms:Decrypt" in finding["remediation"]) is not denied
    assert sum(operation == "head_object" for operation, _arguments in gateway.requests) == 1


def test_the_key_is_not_blamed_for_one_denied_digest_if_the_error_does_not_name_it() -> None:
    trail = FakeDelivery().hours(3)
    (finding,) = validate(trail, failing(trail, trail.digests[1:2], "AccessDenied", "Access Denied"))["findings"]
    assert (finding["kind"], finding["resource"], finding["cause"]) == ("unreadable", trail.digests[1], "")
    assert finding["remediation"].startswith(
        "Allow the caller s3:GetObject on the object, and kms:Decrypt with its key."
    )
    gateway = failing(trail, trail.digests[1:2], "AccessDenied", "Access Denied")
    gateway.head_failures = {trail.digests[1]: AwsFailure("HeadObject", "503", "Service Unavailable")}
    (other,) = validate(trail, gateway)["findings"]
    assert other["cause"] == "", "an answer that is not a denial shows nothing"


def test_e9_one_finding_for_each_account_and_region() -> None:
    trail = FakeDelivery().hours(3)
    others: list[Any] = [
        FakeDelivery(trail.objects, account=OTHER).hours(3),
        FakeDelivery(trail.objects, region="us-west-2").hours(3),
    ]
    keys = [key for delivery in (trail, *others) for key in (*delivery.digests, *delivery.logs)]
    result = validate(trail, failing(trail, keys, *CAUSES[0][:2]))
    assert len(result["findings"]) == 3 and {finding["cause"] for finding in result["findings"]} == {"key_disabled"}
