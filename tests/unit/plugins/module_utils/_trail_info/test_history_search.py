# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which event histories are searched for an organization trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_trails import EVERYTHING, STARTED, FakeAccount, described, kinds, report, updated
from tests.fakes.support import ARCHIVE, BUCKET, DEVELOPMENT, PRODUCTION, STAGING, failure

MANAGEMENT = DEVELOPMENT
ORGANIZATION = described("org", MANAGEMENT, IsOrganizationTrail=True)
ARN = ORGANIZATION["TrailARN"]


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/HistoryReader"


def account(number: str, **details: Any) -> FakeAccount:
    """An account that can change the trail."""
    fake = FakeAccount([ORGANIZATION], account=number, selectors={ARN: EVERYTHING}, **details)
    fake.replies["cloudtrail", "list_tags"] = {"ResourceTagList": []}
    return fake


def searched(owner: str, *others: FakeAccount, first: FakeAccount | None = None, **options: Any) -> dict[str, Any]:
    """The result of a member that the trail records. C(owner) is the account of owner_role_arn."""
    accounts = {role(other.account): other for other in others}
    member = FakeAccount([ORGANIZATION], owner=first or account(owner), accounts=accounts)
    return report(
        member,
        trail_name="org",
        bucket=BUCKET,
        owner_role_arn=f"arn:aws:iam::{owner}:role/CentralLogging",
        history_roles=[{"role_arn": arn, "external_id": "x"} for arn in accounts],
        **options,
    )


def finding(result: dict[str, Any]) -> Any:
    (found,) = [entry for entry in result["findings"] if entry["kind"] == "history_not_checked"]
    assert found["status"] == "not_checked"
    return found


def at(hour: int) -> datetime:
    return STARTED + timedelta(hours=hour)


def toggle(first: int) -> list[dict[str, Any]]:
    """Log file validation was off for an hour."""
    settings = ((first, False), (first + 1, True))
    return [updated(name=ARN, at=at(hour), enableLogFileValidation=on) for hour, on in settings]


def test_a_delegated_administrator_alone_is_not_the_whole_history() -> None:
    result = searched(ARCHIVE, first=account(ARCHIVE, administrators=[ARCHIVE]))
    found = finding(result)
    assert f"history of account {ARCHIVE} was searched, and that of account {MANAGEMENT} was not" in found["message"]
    assert f"role in account {MANAGEMENT}" in found["remediation"]
    assert "cloudtrail:LookupEvents" in found["remediation"] and "history_roles" in found["remediation"]


def test_what_an_incomplete_history_does_not_show_is_not_certain() -> None:
    stop = [updated(name=ARN, at=at(hour), event=event) for hour, event in ((1, "StopLogging"), (2, "StartLogging"))]
    incomplete = searched(ARCHIVE, first=account(ARCHIVE, administrators=[ARCHIVE], events=stop))
    assert [entry["certain"] for entry in incomplete["interruptions"]] == [False]
    complete = searched(ARCHIVE, account(MANAGEMENT), first=account(ARCHIVE, administrators=[ARCHIVE], events=stop))
    assert [entry["certain"] for entry in complete["interruptions"]] == [True]


def test_a_role_in_the_management_account_completes_the_history() -> None:
    management = account(MANAGEMENT, events=toggle(1), organization=failure("AccessDeniedException"))
    result = searched(ARCHIVE, management, first=account(ARCHIVE, administrators=[ARCHIVE]))
    assert "history_not_checked" not in kinds(result["findings"])
    assert [entry["event"] for entry in result["interruptions"]] == ["UpdateTrail"]
    assert set(management.operations) == {"lookup_events"}


def test_the_calls_of_all_accounts_are_one_history() -> None:
    off, on = toggle(1)
    result = searched(
        ARCHIVE, account(MANAGEMENT, events=[on]), first=account(ARCHIVE, administrators=[ARCHIVE], events=[off])
    )
    (entry,) = result["interruptions"]
    assert (entry["begin"], entry["end"]) == ("2026-11-25T13:00:00Z", "2026-11-25T14:00:00Z")


@pytest.mark.parametrize(("named", "missing"), [((), [STAGING, ARCHIVE]), ((ARCHIVE,), [STAGING])])
def test_the_history_of_each_delegated_administrator_is_required(named: tuple[str, ...], missing: list[str]) -> None:
    """Whether the history of the management account has their calls is not documented."""
    management = account(MANAGEMENT, administrators=[ARCHIVE, STAGING])
    found = finding(searched(MANAGEMENT, *map(account, named), first=management))
    assert f"that of account {' and '.join(missing)} was not" in found["message"]


def test_an_owner_without_delegated_administrators_is_the_whole_history() -> None:
    assert "history_not_checked" not in kinds(searched(MANAGEMENT)["findings"])


def test_the_account_that_owns_the_trail_needs_no_other_role() -> None:
    own = described("org", IsOrganizationTrail=True)
    for administrators, complete in (([], True), ([ARCHIVE], False)):
        owner = FakeAccount([own], selectors={own["TrailARN"]: EVERYTHING}, administrators=administrators)
        result = report(owner, trail_name="org", bucket=BUCKET)
        assert ("history_not_checked" not in kinds(result["findings"])) is complete
        assert owner.account == PRODUCTION and not owner.others


def test_the_own_trail_of_an_account_needs_no_organization() -> None:
    trail = FakeAccount([described()], organization=failure("AWSOrganizationsNotInUseException"))
    report(trail, trail_name="sectrailprod", history_roles=[{"role_arn": role(ARCHIVE)}])
    assert "list_delegated_administrators" not in trail.operations and not trail.others


def test_unknown_delegated_administrators_are_not_assumed_to_be_none() -> None:
    found = finding(searched(MANAGEMENT, first=account(MANAGEMENT, organization=failure("AccessDeniedException"))))
    assert "not known which delegated administrators" in found["message"] and "AccessDenied" in found["message"]
    assert "organizations:ListDelegatedAdministrators" in found["remediation"]


def test_a_history_that_cannot_be_read_is_reported() -> None:
    denied = account(MANAGEMENT, history=failure("AccessDeniedException"))
    found = finding(searched(ARCHIVE, denied, first=account(ARCHIVE, administrators=[ARCHIVE])))
    assert "AccessDeniedException" in found["message"]


def test_no_history_is_searched_if_none_is_wanted() -> None:
    management = account(MANAGEMENT)
    searched(ARCHIVE, management, first=account(ARCHIVE), change_period=0)
    assert not management.operations


def test_a_role_that_is_not_valid_is_refused() -> None:
    with pytest.raises(Refused, match="history_roles"):
        report(FakeAccount([ORGANIZATION]), trail_name="org", history_roles=[{"role_arn": "HistoryReader"}])
