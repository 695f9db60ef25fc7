# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails of an organization, trails that replace others, and trails in other Regions."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, NotConverged, Refused

from tests.fakes.fake_trail import ARN, NAME, FakeCloudTrail, run
from tests.fakes.support import BUCKET, KEY, PRODUCTION, REGION, STAGING, failure

MANAGEMENT, ORG = "222233334444", "o-a1b2c3d4e5"
ORG_ARN = f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/{NAME}"
OPTIONS: dict[str, Any] = {"bucket": BUCKET, "kms_key": KEY, "is_organization_trail": True}


class Organization(FakeCloudTrail):
    """CloudTrail as an account of the organization sees it. The trail belongs to the management account."""

    def __init__(self, account: str, trail: dict[str, Any] | None = None, **details: Any) -> None:
        settings = {"TrailARN": ORG_ARN, "IsOrganizationTrail": True, "S3BucketName": BUCKET}
        super().__init__({**settings, **trail} if trail else None, **details)
        self.account = account
        organization = {"Id": ORG, "MasterAccountId": MANAGEMENT}
        self.replies["organizations", "describe_organization"] = {"Organization": organization}

    def _get_trail(self, Name: str) -> Any:
        if Name == NAME and self.account != MANAGEMENT:
            return failure("TrailNotFoundException")
        return super()._get_trail(Name)

    def _describe_trails(self, **_: Any) -> Any:
        return {"trailList": [dict(self.trail)] if self.trail else []}

    def _update_trail(self, Name: str, **parameters: Any) -> Any:
        return {**super()._update_trail(Name, **parameters), "TrailARN": ORG_ARN}


ACCOUNTS = pytest.mark.parametrize("account", [MANAGEMENT, PRODUCTION], ids=["management", "delegated administrator"])


def references(gateway: FakeCloudTrail) -> set[str]:
    """The names and ARNs with which the calls after CreateTrail refer to the trail."""
    return {
        arguments.get("Name") or arguments.get("TrailName", "")
        for _service, operation, arguments in gateway.calls
        if operation in ("put_event_selectors", "start_logging", "update_trail", "get_event_selectors")
    }


@ACCOUNTS
def test_a_new_organization_trail_is_found_by_its_arn_in_the_management_account(account: str) -> None:
    gateway = Organization(account)
    outcome = run(gateway, **OPTIONS)
    assert gateway.writes == ["create_trail", "start_logging", "put_event_selectors"]
    assert outcome.plan[0].arguments["IsOrganizationTrail"] is True
    assert references(gateway) == {ORG_ARN}


@ACCOUNTS
def test_a_second_run_changes_nothing(account: str) -> None:
    gateway = Organization(account)
    run(gateway, **OPTIONS)
    assert gateway.trail is not None
    gateway.trail["TrailARN"] = ORG_ARN
    gateway.calls.clear()
    assert run(gateway, **OPTIONS).plan == ()
    more = [] if account == MANAGEMENT else ["describe_organization", "describe_trails"]
    assert gateway.operations == ["get_trail", *more, "get_event_selectors", "get_trail_status"]
    assert references(gateway) == {ORG_ARN}


@ACCOUNTS
def test_an_organization_trail_is_changed_and_deleted_by_its_arn(account: str) -> None:
    gateway = Organization(account, {"LogFileValidationEnabled": True})
    run(gateway, bucket="another-bucket", is_organization_trail=True, allow_weaken=True)
    assert references(gateway) == {ORG_ARN}
    run(gateway, is_organization_trail=True, state="absent", allow_weaken=True)
    assert gateway.calls[-1] == ("cloudtrail", "delete_trail", {"Name": ORG_ARN})


def test_an_account_outside_of_an_organization() -> None:
    gateway = Organization(PRODUCTION)
    gateway.replies["organizations", "describe_organization"] = failure("AWSOrganizationsNotInUseException")
    with pytest.raises(AwsFailure, match="AWSOrganizationsNotInUseException.*This task has changed nothing"):
        run(gateway, **OPTIONS)


def test_for_an_ordinary_trail_the_organization_is_not_read() -> None:
    gateway = Organization(MANAGEMENT)
    run(gateway, bucket=BUCKET)
    assert not {"describe_organization", "describe_trails"} & set(gateway.operations)


@ACCOUNTS
def test_a_refusal_names_the_folder_of_the_organization(account: str) -> None:
    gateway = Organization(account)
    gateway.replies["cloudtrail", "create_trail"] = failure("InsufficientS3BucketPolicyException")
    own = f"arn:aws:s3:::{BUCKET}/AWSLogs/{MANAGEMENT}/*"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": [own, f"arn:aws:s3:::{BUCKET}"],
    }
    gateway.replies["s3", "get_bucket_policy"] = {"Policy": json.dumps({"Statement": [statement]})}
    with pytest.raises(AwsFailure, match=f"does not cover arn:aws:s3:::{BUCKET}/AWSLogs/{ORG}/{MANAGEMENT}"):
        run(gateway, **OPTIONS)


# replaced_by


DELIVERED = {"IsLogging": True, "LatestDeliveryTime": datetime(2026, 11, 25, tzinfo=timezone.utc)}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (DELIVERED, ""),
        ({"IsLogging": True}, "has not delivered a log file yet"),
        ({**DELIVERED, "IsLogging": False}, "is not logging"),
        ({**DELIVERED, "LatestDeliveryError": "AccessDenied"}, "failed to deliver with AccessDenied"),
        (failure("TrailNotFoundException"), "does not exist or is not visible to this account"),
        (failure("CloudTrailARNInvalidException"), "does not exist or is not visible to this account"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_trail_is_deleted_only_if_its_replacement_delivers(status: Any, reason: str, dry_run: bool) -> None:
    gateway = FakeCloudTrail({"S3BucketName": BUCKET})
    own: Any = gateway.replies["cloudtrail", "get_trail_status"]
    gateway.replies["cloudtrail", "get_trail_status"] = lambda Name: status if Name == ORG_ARN else own(Name)
    if reason:
        with pytest.raises(Refused, match=f"trail {ORG_ARN}, which replaces it, {reason}.*changed nothing"):
            run(gateway, dry_run=dry_run, state="absent", replaced_by=ORG_ARN)
        assert gateway.writes == []
    else:
        outcome = run(gateway, dry_run=dry_run, state="absent", replaced_by=ORG_ARN)
        assert [call.operation for call in outcome.plan] == ["delete_trail"]


def test_a_trail_cannot_replace_itself() -> None:
    """The management account's own trail of that name may be the organization trail."""
    gateway = FakeCloudTrail({"S3BucketName": BUCKET})
    gateway.replies["cloudtrail", "get_trail_status"] = DELIVERED
    with pytest.raises(Refused, match="is the ARN of the trail itself"):
        run(gateway, state="absent", replaced_by=ARN)
    assert gateway.writes == []


def test_without_a_trail_its_replacement_is_not_read() -> None:
    gateway = FakeCloudTrail()
    assert run(gateway, state="absent", replaced_by=ORG_ARN).plan == ()
    assert gateway.operations == ["get_trail"]


@pytest.mark.parametrize("text", ["sectrailprod", "arn:aws:s3:::bucket", "arn:aws:cloudtrail:us-east-1:1:channel/x"])
def test_replaced_by_must_be_the_arn_of_a_trail(text: str) -> None:
    with pytest.raises(Refused, match="replaced_by"):
        run(FakeCloudTrail(), state="absent", replaced_by=text)


def test_the_latest_delivery_is_returned_and_is_not_a_change() -> None:
    gateway = FakeCloudTrail({"S3BucketName": BUCKET})
    gateway.replies["cloudtrail", "get_trail_status"] = {**DELIVERED, "LatestDeliveryError": "NoSuchBucket"}
    outcome = run(gateway, bucket=BUCKET)
    assert outcome.plan == ()
    result = outcome.after.state.as_result()
    assert (result["latest_delivery_time"], result["latest_delivery_error"]) == (
        "2026-11-25T00:00:00+00:00",
        "NoSuchBucket",
    )
    assert "latest_delivery_time" not in outcome.after.state.as_diff()


# in another Region


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        (
            {"trailList": [{"Name": NAME, "TrailARN": ARN, "HomeRegion": "eu-west-1"}]},
            "Set region: eu-west-1, or choose another name. This task has changed nothing",
        ),
        (
            {"trailList": [{"Name": "x", "TrailARN": ARN, "HomeRegion": "eu-west-1"}]},
            "TrailAlreadyExistsException: .*Still to do: trail sectrailprod: create",
        ),
        (failure("AccessDeniedException"), "TrailAlreadyExistsException: .*Still to do: trail sectrailprod: create"),
    ],
)
def test_an_existing_trail_in_another_region_is_explained(described: Any, sentence: str) -> None:
    gateway = FakeCloudTrail()
    gateway.account = STAGING
    gateway.replies["cloudtrail", "create_trail"] = failure("TrailAlreadyExistsException")
    gateway.replies["cloudtrail", "describe_trails"] = described
    with pytest.raises(NotConverged, match=sentence):
        run(gateway, bucket=BUCKET)
    assert set(gateway.writes) == {"create_trail"}
