# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails: names, what Create and Update take and tell, finding them, home Regions and shadows."""

from __future__ import annotations

import pytest

from fake_state import ARCHIVE, BUCKET, ELSEWHERE, HOME, MEMBER, OTHER, Trails, arn

WRITES = ("UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging")
ORGANIZATION = ("o-exampleorgid", ARCHIVE)


@pytest.mark.parametrize("name", ["abc", "a.b-c_d", "A" * 128, "192.168.5.x", "1.2"])
def test_good_names(trails: Trails, name: str) -> None:
    assert trails.create(name)["TrailARN"] == arn(name)


@pytest.mark.parametrize("name", ["ab", "A" * 129, "a--b", "a-_b", "a..b", "-abc", "abc_", "192.168.5.4", "a b", "añb"])
def test_bad_names(trails: Trails, name: str) -> None:
    trails.refused_create("InvalidTrailNameException", Name=name)


@pytest.mark.parametrize("bucket", ["ab", "a" * 64, "Upper", "under_score", "-a-b", "ab-", "a..b", "a.-b", "10.0.0.1"])
def test_bad_bucket_names(trails: Trails, bucket: str) -> None:
    trails.refused_create("InvalidS3BucketNameException", S3BucketName=bucket)


@pytest.mark.parametrize("prefix", ["x" * 201, "AWSLogs", "team/AWSLogs/x"])
def test_bad_prefixes(trails: Trails, prefix: str) -> None:
    trails.refused_create("InvalidS3PrefixException", S3KeyPrefix=prefix)


@pytest.mark.parametrize("parameters", [{"S3BucketName": BUCKET}, {"Name": "abc", "S3BucketName": 1}])
def test_the_service_model_is_enforced(trails: Trails, parameters: dict[str, object]) -> None:
    trails.refused("ValidationException", "CreateTrail", **parameters)


def test_operations_that_are_not_there(trails: Trails) -> None:
    trails.refused("UnknownOperationException", "CreateTrial")
    trails.refused("UnsupportedOperationException", "CreateChannel")


def test_create_tells_the_trail(trails: Trails) -> None:
    created = trails.create(S3KeyPrefix="logs", EnableLogFileValidation=True)
    assert created == {
        "Name": "trail",
        "S3BucketName": BUCKET,
        "S3KeyPrefix": "logs",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": False,
        "TrailARN": arn(),
        "LogFileValidationEnabled": True,
        "IsOrganizationTrail": False,
    }
    more = {"HomeRegion": HOME, "HasCustomEventSelectors": False, "HasInsightSelectors": False}
    assert trails.trail() == created | more == trails.trail(arn())


def test_a_second_trail_of_the_name_changes_nothing(trails: Trails) -> None:
    trails.create()
    trails.refused_create("TrailAlreadyExistsException", IsMultiRegionTrail=True)
    assert trails.trail()["IsMultiRegionTrail"] is False
    trails.create(region=ELSEWHERE)
    trails.create(account=OTHER)


def test_update_changes_what_it_names_and_empty_clears(trails: Trails) -> None:
    trails.create(S3KeyPrefix="logs", EnableLogFileValidation=True)
    assert trails("UpdateTrail", Name="trail", IsMultiRegionTrail=True)["S3KeyPrefix"] == "logs"
    assert "S3KeyPrefix" not in trails("UpdateTrail", Name=arn(), S3KeyPrefix="")
    trail = trails.trail()
    assert (trail["IsMultiRegionTrail"], trail["LogFileValidationEnabled"]) == (True, True)


def test_a_refused_update_changes_nothing(trails: Trails) -> None:
    trails.create()
    before = trails.trail()
    options = {"Name": "trail", "EnableLogFileValidation": True, "S3BucketName": "no-such-bucket"}
    trails.refused("S3BucketDoesNotExistException", "UpdateTrail", **options)
    assert trails.trail() == before


def test_multi_region_needs_global_events(trails: Trails) -> None:
    code = "InvalidParameterCombinationException"
    trails.refused_create(code, IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False)
    trails.create(IsMultiRegionTrail=True)
    trails.refused(code, "UpdateTrail", Name="trail", IncludeGlobalServiceEvents=False)


def test_five_trails_in_a_region_shadows_counted(trails: Trails) -> None:
    for number in range(4):
        trails.create(f"trail{number}")
    trails.create("shadowing", region=ELSEWHERE, IsMultiRegionTrail=True)
    trails.refused_create("MaximumNumberOfTrailsExceededException")
    trails.create("trail", account=OTHER)
    trails.create("trail", region=ELSEWHERE)
    refused = trails.refused(
        "MaximumNumberOfTrailsExceededException", "UpdateTrail", region=ELSEWHERE, Name="trail", IsMultiRegionTrail=True
    )
    assert HOME in refused
    trails("UpdateTrail", region=ELSEWHERE, Name="shadowing", IsMultiRegionTrail=False)
    trails.create("trail")


@pytest.mark.parametrize("operation", [*WRITES, "GetTrail", "GetTrailStatus"])
def test_unknown_trails(trails: Trails, operation: str) -> None:
    trails.refused("TrailNotFoundException", operation, Name="nobody")
    trails.refused("TrailNotFoundException", operation, Name=arn("nobody"))
    trails.refused("CloudTrailARNInvalidException", operation, Name=arn(account=OTHER))
    trails.refused("CloudTrailARNInvalidException", operation, Name="arn:aws:s3:::bucket")
    trails.refused("InvalidTrailNameException", operation, Name="ab")


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("reference", ["trail", arn()])
def test_writes_at_home_only(trails: Trails, operation: str, reference: str) -> None:
    trails.create(IsMultiRegionTrail=True)
    trails.refused("InvalidHomeRegionException", operation, region=ELSEWHERE, Name=reference)
    trails(operation, Name=reference)


def test_shadow_trails_are_found_by_arn(trails: Trails) -> None:
    trails.create(IsMultiRegionTrail=True)
    assert trails.trail(arn(), region=ELSEWHERE)["HomeRegion"] == HOME
    assert trails("GetTrailStatus", region=ELSEWHERE, Name=arn()) == {"IsLogging": False}
    trails.refused("TrailNotFoundException", "GetTrailStatus", region=ELSEWHERE, Name="trail")
    trails("UpdateTrail", Name="trail", IsMultiRegionTrail=False)
    assert "eu" not in trails.refused("CloudTrailARNInvalidException", "GetTrail", region=ELSEWHERE, Name=arn())


def test_lists(trails: Trails) -> None:
    trails.create(IsMultiRegionTrail=True)
    trails.create("single")
    trails.create("other", account=OTHER)

    def described(**options: object) -> list[str]:
        return [trail["Name"] for trail in trails("DescribeTrails", **options)["trailList"]]  # type: ignore[arg-type]

    assert described() == ["single", "trail"]
    assert described(region=ELSEWHERE) == ["trail"]
    assert described(region=ELSEWHERE, includeShadowTrails=False) == []
    assert described(trailNameList=["single", "nobody"]) == ["single"]
    assert described(region=ELSEWHERE, trailNameList=["single", arn("single"), arn("other", OTHER)]) == ["single"]
    listed = trails("ListTrails", region=ELSEWHERE)["Trails"]
    assert listed == [{"TrailARN": arn(name), "Name": name, "HomeRegion": HOME} for name in ("single", "trail")]


def test_delete_by_arn(trails: Trails) -> None:
    trails.create()
    assert trails("DeleteTrail", Name=arn()) == {}
    trails.refused("TrailNotFoundException", "DeleteTrail", Name="trail")


def test_logging(trails: Trails) -> None:
    trails.create()
    assert trails("GetTrailStatus", Name="trail") == {"IsLogging": False}
    trails("StartLogging", Name="trail")
    status = trails("GetTrailStatus", Name="trail")
    assert (status["IsLogging"], status["StartLoggingTime"]) == (True, trails.state.now())
    trails("StopLogging", Name=arn())
    status = trails("GetTrailStatus", Name="trail")
    assert (status["IsLogging"], status["StopLoggingTime"]) == (False, trails.state.now())


def test_organization_trails(trails: Trails) -> None:
    trails.refused_create("OrganizationsNotInUseException", IsOrganizationTrail=True)
    trails.state.organization = ORGANIZATION
    trails.refused_create("NotOrganizationMasterAccountException", IsOrganizationTrail=True)
    trails.create(account=ARCHIVE, IsOrganizationTrail=True)
    whole = arn(account=ARCHIVE)
    assert trails.trail(whole, account=MEMBER)["IsOrganizationTrail"]
    assert trails("GetTrailStatus", Name=whole)["IsLogging"] is False
    assert len(trails("DescribeTrails")["trailList"]) == 1
    assert trails("DescribeTrails", includeShadowTrails=False)["trailList"] == []
    for operation in ("GetTrail", "StopLogging"):
        trails.refused("CloudTrailARNInvalidException", operation, account=OTHER, Name=whole)
    for operation in ("StopLogging", "DeleteTrail"):
        trails.refused("CloudTrailARNInvalidException", operation, account=MEMBER, Name=whole)
    trails.refused("CloudTrailARNInvalidException", "GetEventSelectors", TrailName=whole)


def test_an_organization_trail_of_a_delegated_administrator(trails: Trails) -> None:
    """It belongs to the management account; the administrator goes on with its ARN."""
    trails.state.organization = ORGANIZATION
    trails.state.administrators = {MEMBER}
    made = trails.create(IsOrganizationTrail=True)
    whole = arn(account=ARCHIVE)
    assert made["TrailARN"] == whole
    trails.refused("TrailNotFoundException", "StartLogging", Name="trail")
    trails("StartLogging", Name=whole)
    trails("UpdateTrail", Name=whole, IsMultiRegionTrail=True)
    trails("AddTags", ResourceId=whole, TagsList=[{"Key": "a", "Value": "b"}])
    assert trails("ListTags", ResourceIdList=[whole])["ResourceTagList"][0]["TagsList"]
    assert trails("GetEventSelectors", TrailName=whole)["EventSelectors"]
    refused = trails.refused(
        "NotOrganizationMasterAccountException", "UpdateTrail", Name=whole, IsOrganizationTrail=False
    )
    assert "management" in refused
    trails("UpdateTrail", account=ARCHIVE, Name="trail", IsOrganizationTrail=False)
    trails.refused("CloudTrailARNInvalidException", "StopLogging", Name=whole)
    trails.create(account=MEMBER, name="own")
    assert trails.trail("own")["TrailARN"] == arn("own")


def test_an_organization_trail_needs_trusted_access(trails: Trails) -> None:
    trails.state.organization = ORGANIZATION
    trails.state.trusting = False
    trails.refused_create("CloudTrailAccessNotEnabledException", account=ARCHIVE, IsOrganizationTrail=True)


def test_what_members_see_of_an_organization_trail(trails: Trails) -> None:
    """https://github.com/joshlarsen/aws-recon/issues/22 : not its tags and selectors, and its status by ARN only."""
    trails.state.organization = ORGANIZATION
    trails.create(account=ARCHIVE, IsOrganizationTrail=True, IsMultiRegionTrail=True)
    whole = arn(account=ARCHIVE)
    for region in (HOME, ELSEWHERE):
        assert [one["TrailARN"] for one in trails("DescribeTrails", region=region)["trailList"]] == [whole]
        assert trails.trail(whole, region=region)["HomeRegion"] == HOME
        assert trails("GetTrailStatus", region=region, Name=whole) == {"IsLogging": False}
        assert [one["TrailARN"] for one in trails("ListTrails", region=region)["Trails"]] == [whole]
        for operation, asked in (
            ("GetEventSelectors", {"TrailName": whole}),
            ("GetInsightSelectors", {"TrailName": whole}),
            ("ListTags", {"ResourceIdList": [whole]}),
        ):
            refused = trails.refused("CloudTrailARNInvalidException", operation, region=region, **asked)
            assert refused == "AccountID in ARN is wrong."
    assert trails("DescribeTrails", trailNameList=["trail"])["trailList"] == []
    assert trails("DescribeTrails", trailNameList=[whole])["trailList"]
    trails.refused("TrailNotFoundException", "GetTrailStatus", Name="trail")
