# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts whose event history is searched for the calls for an organization trail."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_trails import EVERYTHING, STARTED, FakeAccount, described, report, updated
from tests.fakes.support import ARCHIVE, BUCKET, PRODUCTION, STAGING, failure

ORGANIZATION = described("org", ARCHIVE, IsOrganizationTrail=True)
ARN = ORGANIZATION["TrailARN"]
OPTIONS = {"trail_name": "org", "bucket": BUCKET, "key_prefix": ""}


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/CentralLogging"


def account(number: str, *events: dict[str, Any], **details: Any) -> FakeAccount:
    fake = FakeAccount([ORGANIZATION], account=number, events=list(events), selectors={ARN: EVERYTHING}, **details)
    fake.replies["cloudtrail", "list_tags"] = {"ResourceTagList": []}
    return fake


def call(event: str, hour: int) -> dict[str, Any]:
    return updated(name=ARN, event=event, at=STARTED.replace(hour=hour))


STOPPED = [call("StopLogging", 14), call("StartLogging", 15)]


def searched(*by_account: FakeAccount, owner: str, others: tuple[str, ...] = ()) -> dict[str, Any]:
    """The report of production, a member of the organization."""
    reader = FakeAccount([ORGANIZATION], by_account={fake.account: fake for fake in by_account})
    roles = [{"role_arn": role(number), "external_id": "x"} for number in others]
    return report(reader, owner_role_arn=role(owner), event_history_roles=roles or None, **OPTIONS)


def unread(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in result["findings"] if finding["kind"] == "history_not_checked"]


def test_r2_the_history_of_a_delegated_administrator_alone_is_not_complete() -> None:
    """The management account, which owns the trail, may have stopped it. Its calls are not in this history."""
    result = searched(account(STAGING), owner=STAGING)
    (finding,) = unread(result)
    assert finding["status"] == "not_checked"
    assert f"The event history of {STAGING} was searched. The calls of account {ARCHIVE}" in finding["message"]
    assert f"a role in account {ARCHIVE}" in finding["remediation"]
    assert result["interruptions"] == []


def test_r2_the_history_of_the_owner_is_searched_with_a_role_of_its_own() -> None:
    administrator, owner = account(STAGING), account(ARCHIVE, *STOPPED)
    result = searched(administrator, owner, owner=STAGING, others=(ARCHIVE,))
    assert unread(result) == []
    (interruption,) = result["interruptions"]
    assert (interruption["begin"], interruption["certain"]) == ("2026-11-25T14:00:00Z", True)
    assert administrator.operations.count("lookup_events") == owner.operations.count("lookup_events") == 5


def test_r2_the_calls_of_several_accounts_are_one_history() -> None:
    """The management account stops the trail, and a delegated administrator starts it again."""
    result = searched(account(ARCHIVE, STOPPED[0]), account(STAGING, STOPPED[1]), owner=ARCHIVE, others=(STAGING,))
    assert unread(result) == []
    assert [(item["begin"][11:13], item["end"][11:13]) for item in result["interruptions"]] == [("14", "15")]


def test_r2_a_call_that_two_accounts_show_is_one_interruption() -> None:
    result = searched(account(ARCHIVE, *STOPPED), account(STAGING, *STOPPED), owner=ARCHIVE, others=(STAGING,))
    assert len(result["interruptions"]) == 1


def test_r2_a_further_account_that_cannot_be_searched_is_not_checked() -> None:
    denied = account(STAGING, history=failure("AccessDeniedException"))
    (finding,) = unread(searched(account(ARCHIVE, *STOPPED), denied, owner=ARCHIVE, others=(STAGING,)))
    assert "AccessDenied" in finding["message"] and "cloudtrail:LookupEvents" in finding["remediation"]


def test_the_trail_of_one_account_needs_no_other_account() -> None:
    """Only an organization trail can be changed by other accounts."""
    own = FakeAccount([described()], selectors={described()["TrailARN"]: EVERYTHING})
    result = report(
        own, trail_name="sectrailprod", event_history_roles=[{"role_arn": role(ARCHIVE), "external_id": None}]
    )
    assert (unread(result), own.others, own.operations.count("lookup_events")) == ([], [], 5)


def test_the_owner_itself_searches_its_own_history() -> None:
    result = report(account(ARCHIVE, *STOPPED), **OPTIONS)
    assert unread(result) == []
    assert len(result["interruptions"]) == 1


def test_an_arn_that_is_not_a_role_is_refused() -> None:
    with pytest.raises(Refused, match=r"event_history_roles\[1\].role_arn"):
        wrong = [{"role_arn": role(ARCHIVE), "external_id": ""}, {"role_arn": PRODUCTION, "external_id": ""}]
        report(account(ARCHIVE), event_history_roles=wrong, **OPTIONS)
