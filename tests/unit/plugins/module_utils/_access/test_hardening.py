# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of bucket and key that lose or expose logs, or stop CloudTrail, fail. Others are information, or nothing."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._access import settings
from ansible_collections.central_logging.aws.plugins.module_utils._access.settings import SETTINGS
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import FakeLogArchive, grant
from tests.fakes.support import BUCKET, KEY, PRODUCTION, failure

OTHER_REGION = {"LocationConstraint": "EU"}
WITH_ACLS = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"


def hardening(options: dict[str, Any] | None = None, **replies: Any) -> dict[str, dict[str, Any]]:
    """The findings about settings, without controls, by kind."""
    result = fake_log_archive.report(FakeLogArchive(**replies), **(options or {}))
    found = [item for item in result["findings"] if item["check"] == "hardening" and item["kind"] != "control"]
    assert len({item["kind"] for item in found}) == len(found), "one finding for each cause"
    return {item["kind"]: item for item in found}


def statuses(options: dict[str, Any] | None = None, **replies: Any) -> dict[str, str]:
    return {kind: item["status"] for kind, item in hardening(options, **replies).items()}


def lifecycle(**rule: Any) -> dict[str, Any]:
    return {"get_bucket_lifecycle_configuration": {"Rules": [{"ID": "r", "Status": "Enabled", **rule}]}}


def test_the_archive_that_this_collection_configures() -> None:
    assert statuses() == {}


@pytest.mark.parametrize(
    ("metadata", "cause", "remediation"),
    [
        ({"KeyState": "Disabled"}, "key_disabled", "kms:EnableKey"),
        ({"KeyState": "PendingDeletion"}, "key_pending_deletion", "kms:CancelKeyDeletion"),
        ({"KeyState": "PendingReplicaDeletion"}, "key_pending_deletion", "kms:CancelKeyDeletion"),
        ({"KeyState": "PendingImport"}, "key_unavailable", "kms:ImportKeyMaterial"),
        ({"KeyState": "Unavailable"}, "key_unavailable", "kms:ConnectCustomKeyStore"),
        ({"KeyState": "Updating"}, "key_unavailable", "Wait until"),
        ({"KeyState": "SomethingNew"}, "key_unavailable", "Wait until"),
    ],
)
def test_e9_a_key_that_cannot_be_used_is_one_failure_with_its_own_remediation(
    metadata: dict[str, Any], cause: str, remediation: str
) -> None:
    result = fake_log_archive.report(FakeLogArchive(metadata=metadata))
    (finding,) = [item for item in result["findings"] if item["status"] == "failed"]
    assert (finding["kind"], finding["cause"]) == ("key_state", cause)
    assert metadata["KeyState"] in finding["message"]
    assert remediation in finding["remediation"]


def test_the_date_of_the_deletion_is_in_the_message() -> None:
    date = datetime(2026, 12, 1, tzinfo=timezone.utc)
    found = hardening(metadata={"KeyState": "PendingDeletion", "DeletionDate": date})
    assert "2026-12-01" in found["key_state"]["message"]


@pytest.mark.parametrize(
    "metadata",
    [{"KeySpec": "RSA_4096"}, {"KeyUsage": "SIGN_VERIFY"}, {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_MAC"}],
)
def test_a_key_that_cannot_encrypt_fails(metadata: dict[str, Any]) -> None:
    assert statuses(metadata=metadata) == {"key_type": "failed"}


@pytest.mark.parametrize(
    ("location", "fails"), [("EU", True), ("eu-west-1", True), (None, False), ("us-east-1", False)]
)
def test_the_key_must_be_in_the_region_of_the_bucket(location: str | None, fails: bool) -> None:
    found = statuses(get_bucket_location={"LocationConstraint": location})
    assert found == ({"key_region": "failed"} if fails else {})


LOG_PREFIX = "AWSLogs/444455556666/CloudTrail/"
EARLY = {"Days": 1}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"Expiration": EARLY}, {"expires": "failed"}),
        ({"Expiration": {"Days": 364}, "Filter": {}}, {"expires": "failed"}),
        ({"Expiration": {"Days": 365}}, {"expires": "info"}),
        ({"Expiration": {"Date": datetime(2036, 1, 1, tzinfo=timezone.utc)}}, {"expires": "failed"}),
        ({"Expiration": EARLY, "Prefix": "AWSLogs"}, {"expires": "failed"}),
        ({"Expiration": EARLY, "Filter": {"Prefix": LOG_PREFIX}}, {"expires": "failed"}),
        ({"Expiration": EARLY, "Filter": {"Prefix": "AWSLogs/o-a1b2c3d4e5/444455556666/CloudTrail-Digest/"}},
         {"expires": "failed"}),
        ({"Expiration": EARLY, "Filter": {"And": {"Prefix": LOG_PREFIX, "ObjectSizeGreaterThan": 1}}},
         {"expires": "failed"}),
        ({"Expiration": EARLY, "Filter": {"ObjectSizeLessThan": 1000}}, {"expires": "failed"}),
        ({"Expiration": EARLY, "Filter": {"Prefix": "AWSLogs/444455556666/Cloud"}}, {"expires": "failed"}),
        ({"Expiration": EARLY, "Filter": {"Prefix": "AWSLogs/444455556666/elasticloadbalancing/"}}, {}),
        ({"Expiration": EARLY, "Filter": {"Prefix": "s3-access/"}}, {}),
        ({"Expiration": EARLY, "Filter": {"Tag": {"Key": "temporary", "Value": "yes"}}}, {"expires": "info"}),
        ({"Expiration": EARLY, "Status": "Disabled"}, {}),
        ({"Expiration": {"ExpiredObjectDeleteMarker": True}}, {}),
        ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}, {}),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 90}}, {"expires": "info"}),
        ({"Transitions": [{"Days": 90, "StorageClass": "DEEP_ARCHIVE"}]}, {"archived": "info"}),
        ({"Transitions": [{"Days": 90, "StorageClass": "GLACIER_IR"}]}, {}),
        ({"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]}, {}),
        ({"Transitions": [{"Days": 90, "StorageClass": "GLACIER"}], "Expiration": {"Days": 3650}},
         {"archived": "info", "expires": "info"}),
    ],
)  # fmt: skip
def test_lifecycle_rules(rule: dict[str, Any], found: dict[str, str]) -> None:
    assert statuses({"key_prefix": ""}, **lifecycle(**rule)) == found


@pytest.mark.parametrize(
    ("key_prefix", "prefix", "fails"),
    [
        (None, "s3-access/", True),
        ("team", "team/", True),
        ("team", "te", True),
        ("team", "AWSLogs/", False),
        ("team", "team/AWSLogs/", True),
        ("team", "team/other/", False),
    ],
)
def test_lifecycle_rules_of_a_bucket_with_a_prefix(key_prefix: str | None, prefix: str, fails: bool) -> None:
    bucket = fake_log_archive.our_bucket_statements(key_prefix=key_prefix or "")
    rule = lifecycle(Expiration=EARLY, Filter={"Prefix": prefix})
    found = statuses({"key_prefix": key_prefix}, bucket=bucket, **rule)
    assert found == ({"expires": "failed"} if fails else {})


def test_how_long_logs_must_be_kept() -> None:
    rule = lifecycle(Expiration={"Days": 30})
    assert statuses({"retention_days": 30}, **rule) == {"expires": "info"}
    found = hardening({"retention_days": 31}, **rule)["expires"]
    assert found["message"] == "Lifecycle rule r deletes objects after 30 days. Logs must be kept for 31 days."
    with pytest.raises(Refused, match="retention_days: -1 is less than 0"):
        hardening({"retention_days": -1})


def replication(*destinations: dict[str, Any], status: str = "Enabled") -> dict[str, Any]:
    rules = [{"Status": status, "Destination": destination} for destination in destinations]
    return {"get_bucket_replication": {"ReplicationConfiguration": {"Rules": rules}}}


@pytest.mark.parametrize("account", [{}, {"Account": PRODUCTION}])
def test_a_replica_that_nobody_named_fails(account: dict[str, str]) -> None:
    replies = replication({"Bucket": "arn:aws:s3:::copy", **account})
    found = hardening(**replies)["replicated"]
    assert (found["status"], found["resource"]) == ("failed", "copy")
    assert (f"of account {PRODUCTION}" if account else "whose account is not known") in found["message"]
    assert statuses({"replica_buckets": ["copy"]}, **replies) == {}
    assert statuses({"replica_buckets": ["another"]}, **replies) == {"replicated": "failed"}
    assert statuses(**replication({"Bucket": "arn:aws:s3:::copy", **account}, status="Disabled")) == {}


def test_requester_pays_stops_cloudtrail() -> None:
    assert statuses(get_bucket_request_payment={"Payer": "Requester"}) == {"requester_pays": "failed"}


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (grant("READ", URI=EVERYONE), f"READ to {EVERYONE}"),
        (grant("WRITE", ID="somebody"), "WRITE to somebody"),
        (grant("FULL_CONTROL", EmailAddress="a@example.com"), "FULL_CONTROL to a@example.com"),
    ],
)
def test_a_grant_to_others_fails_if_acls_are_enabled(given: dict[str, Any], part: str) -> None:
    own = grant("FULL_CONTROL", ID="owner")
    acl = {"get_bucket_acl": {"Owner": {"ID": "owner"}, "Grants": [own, given]}}
    assert statuses(**acl) == {}
    found = hardening(**acl, get_bucket_ownership_controls=WITH_ACLS)["acl_grants"]
    assert found["status"] == "failed" and part in found["message"]
    assert statuses(get_bucket_ownership_controls=WITH_ACLS) == {}


def test_a_bucket_that_logs_to_itself_is_information() -> None:
    assert statuses(get_bucket_logging={"LoggingEnabled": {"TargetBucket": BUCKET}}) == {"logs_to_itself": "info"}
    assert statuses(get_bucket_logging={"LoggingEnabled": {"TargetBucket": "another"}}) == {}


def test_another_default_key_is_information_because_trails_name_their_key() -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"{KEY}0"}}
    default = {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    assert statuses(get_bucket_encryption=default) == {"other_key": "info"}


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "InternalError", "ExpiredToken"])
@pytest.mark.parametrize("setting", settings.SETTINGS, ids=lambda setting: setting.operation)
def test_a_setting_that_cannot_be_read_is_not_checked_and_stops_nothing(setting: settings.Setting, code: str) -> None:
    whole = fake_log_archive.report()
    result = fake_log_archive.report(FakeLogArchive(**{setting.operation: failure(code)}))
    (finding,) = [item for item in result["findings"] if item["kind"] == "not_read"]
    assert (finding["status"], finding["resource"]) == ("not_checked", KEY if "kms:" in setting.permission else BUCKET)
    assert f"failed: {code}" in finding["message"] and setting.permission in finding["remediation"]
    assert finding["remediation"].startswith("Allow" if code.startswith("Access") else "Run again")
    assert whole["hardening"].keys() - result["hardening"].keys() == set(setting.names)
    statuses_of_controls = [{item["id"]: item["status"] for item in report["controls"]} for report in (whole, result)]
    assert statuses_of_controls[1] == {**statuses_of_controls[0], **dict.fromkeys(setting.controls, "not_checked")}
    ids = {f"{item['kind']} {item['resource']}" for item in whole["findings"]} - set(
        f"control {control}" for control in setting.controls
    )
    assert ids == {f"{item['kind']} {item['resource']}" for item in result["findings"] if item["kind"] != "not_read"}
    for name in ("encrypt", "decrypt", "read", "write", "delete", "overlap"):
        assert result[name] == whole[name]


def test_no_setting_can_be_read() -> None:
    result = fake_log_archive.report(FakeLogArchive(**{item.operation: failure("AccessDenied") for item in SETTINGS}))
    found = [item for item in result["findings"] if item["kind"] == "not_read"]
    assert len(found) == len(SETTINGS)
    assert fake_log_archive.failed(result) == []
    assert set(result["hardening"]) == {"key_state", "key_deletion_date"}


def test_an_acl_that_counts_if_object_ownership_cannot_be_read() -> None:
    acl = {"Owner": {"ID": "owner"}, "Grants": [grant("READ", URI=EVERYONE)]}
    found = statuses(get_bucket_acl=acl, get_bucket_ownership_controls=failure("AccessDenied"))
    assert found == {"acl_grants": "failed", "not_read": "not_checked"}


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("describe_key", "kms:DescribeKey"),
        ("get_key_policy", "kms:GetKeyPolicy"),
        ("list_grants", "kms:ListGrants"),
        ("get_bucket_policy", "s3:GetBucketPolicy"),
    ],
)
def test_what_the_report_cannot_do_without(operation: str, permission: str) -> None:
    with pytest.raises(AwsFailure, match=f"AccessDenied.*{permission}"):
        fake_log_archive.report(FakeLogArchive(**{operation: failure("AccessDenied")}))
    with pytest.raises(AwsFailure, match="InternalError"):
        fake_log_archive.report(FakeLogArchive(**{operation: failure("InternalError")}))


def test_the_settings_are_returned() -> None:
    replies = {**replication({"Bucket": "arn:aws:s3:::copy"}), **lifecycle(Expiration=EARLY)}
    settings = fake_log_archive.report(FakeLogArchive(get_bucket_location=OTHER_REGION, **replies))["hardening"]
    assert settings["replicas"] == [{"bucket": "copy", "account": ""}]
    assert (settings["region"], settings["requester_pays"], settings["acl_grants"]) == ("eu-west-1", False, [])
    assert settings["lifecycle"][0]["expiration_days"] == 1
