# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deliveries are compared with what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING, Finding
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.findings import (
    account_findings,
    bucket_findings,
)
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.model import (
    ExpectedAccount,
    NewestObject,
    RegionDelivery,
    Rules,
)
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.unreadable import unreadable_findings
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.object_keys import (
    DIGEST,
    LOG,
    Kind,
    parse_key,
)

from tests.fakes import fake_log_bucket
from tests.fakes.fake_log_bucket import NOW, ago
from tests.fakes.support import KEY, PRODUCTION, REGION

RULES = Rules(now=NOW)
WITH_KEY = Rules(now=NOW, kms_key=KEY)
REQUIRED = Rules(now=NOW, regions=frozenset([REGION]))
EXPECTED = ExpectedAccount(account=PRODUCTION, trail="sectrailprod", home_region=REGION)
OTHER_KEY = KEY.replace("0d9f", "1111")


def newest(
    kind: Kind, key: str, time: datetime, algorithm: str = "aws:kms", kms_key: str = KEY, error_code: str = ""
) -> NewestObject:
    parsed = parse_key(kind, key)
    assert parsed
    delivered = replace(parsed, time=time)  # the name of a log file has no seconds
    return NewestObject(object=delivered, algorithm=algorithm, kms_key=kms_key, error_code=error_code)


def log(time: datetime, *encryption: str) -> NewestObject:
    return newest(LOG, fake_log_bucket.log(time), time, *encryption)


def digest(time: datetime, *encryption: str) -> NewestObject:
    return newest(DIGEST, fake_log_bucket.digest(time), time, *encryption)


NEW_LOG, NEW_DIGEST = log(ago(minutes=5)), digest(ago(minutes=40))


def delivery(
    log: NewestObject | None = NEW_LOG,
    digest: NewestObject | None = NEW_DIGEST,
    region: str = REGION,
    **more: Any,
) -> RegionDelivery:
    return RegionDelivery(account=PRODUCTION, region=region, log=log, digest=digest, folder="AWSLogs/folder/", **more)


def findings_of(
    rules: Rules, *deliveries: RegionDelivery, since: datetime | None = None, **facts: Any
) -> list[Finding]:
    facts = {"logging_since": since, "delivering_since": since, **facts}
    return account_findings(rules, replace(EXPECTED, **facts), deliveries, "AWSLogs/folder/")


def brief(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.status) for finding in findings]


@pytest.mark.parametrize(
    ("rules", "given", "expected"),
    [
        (RULES, delivery(), []),
        (WITH_KEY, delivery(), []),
        (REQUIRED, delivery(), []),
        # digests show that the trail is logging
        (RULES, delivery(digest=digest(ago(hours=2, minutes=59))), []),
        (RULES, delivery(digest=digest(ago(hours=3, minutes=1))), [("stale_digest", FAILED)]),
        (RULES, delivery(digest=None), [("missing_digest", FAILED)]),
        (RULES, delivery(digest=None, other_trails=("old of x",)), [("other_trail", FAILED)]),
        (RULES, delivery(None, None, other_trails=("old of x",)), [("other_trail", FAILED)]),
        # a quiet Region, unless activity is expected
        (RULES, delivery(log=log(ago(days=90))), []),
        (RULES, delivery(log=None), []),
        (REQUIRED, delivery(log=log(ago(days=2))), [("stale_log", FAILED)]),
        (REQUIRED, delivery(log=log(ago(hours=23))), []),
        (REQUIRED, delivery(log=None), [("missing_log", FAILED)]),
        # without digests, the age of log files counts
        (RULES, delivery(log(ago(days=2)), None), [("missing_digest", FAILED), ("stale_log", FAILED)]),
        # a Region that is not required
        (REQUIRED, delivery(log(ago(days=90)), digest(ago(days=90)), region="eu-west-1"), [("stale_digest", INFO)]),
        (REQUIRED, delivery(None, region="eu-west-1"), []),
        # CloudTrail does not write names of the future
        (RULES, delivery(refused=(("future", "AWSLogs/key"),)), [("future", FAILED)]),
        (RULES, delivery(refused=(("other_day", "AWSLogs/key"),)), [("other_day", FAILED)]),
    ],
)
def test_ages(rules: Rules, given: RegionDelivery, expected: list[tuple[str, str]]) -> None:
    others = [] if given.region == REGION else [delivery()]
    assert brief(findings_of(rules, *others, given)) == expected


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        (delivery(log(ago(minutes=5), "AES256", "")), ["wrong_encryption"]),
        (delivery(log(ago(minutes=5), "AES256", ""), digest(ago(minutes=9), "AES256", "")), ["wrong_encryption"] * 2),
        (delivery(log(ago(minutes=5), "", "")), ["wrong_encryption"]),
        (delivery(log(ago(minutes=5), "aws:kms:dsse")), []),
        (delivery(log(ago(minutes=5), "aws:kms", OTHER_KEY)), ["wrong_key"]),
        (delivery(log(ago(minutes=5), "aws:kms", "")), ["wrong_key"]),
        (delivery(log(ago(minutes=5), "aws:kms", KEY.rpartition("/")[2])), []),
        (delivery(log(ago(minutes=5), "aws:kms", KEY[-4:])), ["wrong_key"]),
    ],
)
def test_encryption(given: RegionDelivery, kinds: list[str]) -> None:
    findings = findings_of(WITH_KEY, given)
    assert [finding.kind for finding in findings] == kinds
    assert all(finding.check == "encryption" and finding.status == FAILED for finding in findings)
    assert findings_of(RULES, given) == []


def test_a_wrong_encryption_has_a_message_and_a_remediation() -> None:
    (finding,) = findings_of(WITH_KEY, delivery(log(ago(minutes=5), "AES256", "")))
    assert finding.resource == fake_log_bucket.log(ago(minutes=5))
    for part in (PRODUCTION, REGION, "AES256", KEY, "log file"):
        assert part in finding.message
    for part in ("kms_key_grant_accounts", "cloudtrail_central", "Existing objects do not change"):
        assert part in finding.remediation
    assert finding.since == "2026-11-25T13:57:30Z"


def test_digests_from_before_they_were_encrypted_with_the_key() -> None:
    old = datetime(2025, 5, 1, tzinfo=NOW.tzinfo)
    given = delivery(log(old), digest(old, "AES256", ""))
    assert "wrong_encryption" not in dict(brief(findings_of(WITH_KEY, given)))
    given = delivery(log(old), digest(datetime(2025, 6, 1, tzinfo=NOW.tzinfo), "AES256", ""))
    assert "wrong_encryption" in dict(brief(findings_of(WITH_KEY, given)))


def test_the_encryption_of_a_region_that_is_not_required() -> None:
    """Old objects are informational, recent objects count."""
    rules = replace(REQUIRED, kms_key=KEY)
    left = delivery(log(ago(days=400), "AES256", ""), digest(ago(days=400), "AES256", ""), "eu-west-1")
    alive = delivery(log(ago(minutes=5), "AES256", ""), region="eu-west-1")
    assert ("wrong_encryption", INFO) in brief(findings_of(rules, delivery(), left))
    assert brief(findings_of(rules, delivery(), alive)) == [("wrong_encryption", FAILED)]


@pytest.mark.parametrize(
    ("since", "status"),
    [(None, FAILED), (ago(minutes=119), WAITING), (ago(minutes=121), FAILED), (ago(minutes=-5), WAITING)],
)
def test_waiting_for_the_first_delivery(since: datetime | None, status: str) -> None:
    assert brief(findings_of(RULES, since=since)) == [("silent", status)]
    assert brief(findings_of(REQUIRED, delivery(None, None), since=since)) == [("silent", status)]
    assert brief(findings_of(RULES, delivery(digest=None), since=since)) == [("missing_digest", status)]
    old = delivery(log(ago(days=9)), None, other_trails=("old of x",))
    assert brief(findings_of(RULES, old, since=since)) == [("other_trail", status), ("stale_log", status)]


def test_an_object_from_after_the_start_of_logging_is_not_waited_for() -> None:
    """The trail has been logging for an hour, and wrote with the wrong encryption five minutes ago."""
    given = delivery(log(ago(minutes=5), "AES256", ""))
    assert brief(findings_of(WITH_KEY, given, since=ago(hours=1))) == [("wrong_encryption", FAILED)]
    assert brief(findings_of(WITH_KEY, given, since=ago(minutes=1))) == [("wrong_encryption", WAITING)]


def test_a_wait_has_an_end() -> None:
    (finding,) = findings_of(RULES, since=ago(minutes=30))
    assert "before 2026-11-25T15:32:30Z" in finding.remediation
    assert finding.since == "2026-11-25T13:32:30Z"


def test_an_object_from_the_future_is_not_waited_for() -> None:
    future = delivery(refused=(("future", "key"),))
    assert brief(findings_of(RULES, future, since=ago(minutes=1))) == [("future", FAILED)]


@pytest.mark.parametrize("change", ["", "was changed: key_prefix", "was changed: kms_key"])
def test_b15_a_trail_that_delivered_here_before_and_stopped_fails_whatever_was_changed(change: str) -> None:
    stale = delivery(log(ago(days=9)), digest(ago(days=9)))
    (finding,) = findings_of(REQUIRED, stale, since=ago(minutes=5), change=change)[:1]
    assert (finding.kind, finding.status) == ("stale_digest", FAILED)
    assert ("At 2026-11-25T13:57:30Z, trail sectrailprod" in finding.message) == bool(change)
    assert brief(findings_of(REQUIRED, stale, since=ago(minutes=5), change=change))[1:] == [("stale_log", FAILED)]


def test_b15_the_prefix_of_a_running_trail_was_changed() -> None:
    """The new folder is empty, and then has a log file but no digest. Log file validation is on all the time."""
    facts: dict[str, Any] = {"since": ago(minutes=30), "change": "was changed: key_prefix", "log_file_validation": True}
    for given in ([], [delivery(digest=None)]):
        (finding,) = findings_of(RULES, *given, **facts)
        assert (finding.status, finding.cause) == (WAITING, "location_changed")
        assert "At 2026-11-25T13:32:30Z, trail sectrailprod of us-east-1 was changed: key_prefix." in finding.message
        assert "No action is needed before 2026-11-25T15:32:30Z" in finding.remediation
        assert "Enable log file validation" not in finding.remediation
    facts["since"] = ago(minutes=121)
    (finding,) = findings_of(RULES, **facts)
    assert (finding.status, finding.cause) == (FAILED, "")
    assert "was changed: key_prefix" in finding.message


def test_b15_the_key_of_a_running_trail_was_changed() -> None:
    """What was written before waits, what is written after it must be right."""
    changed: dict[str, Any] = {"since": ago(minutes=30), "change": "was changed: kms_key"}
    before = delivery(log(ago(minutes=35), "aws:kms", OTHER_KEY), digest(ago(minutes=60), "aws:kms", OTHER_KEY))
    findings = findings_of(WITH_KEY, before, **changed)
    assert brief(findings) == [("wrong_key", WAITING)] * 2
    assert all("was changed: kms_key" in finding.message and finding.cause == "" for finding in findings)
    after = delivery(log(ago(minutes=5), "aws:kms", OTHER_KEY), digest(ago(minutes=10)))
    assert brief(findings_of(WITH_KEY, after, **changed)) == [("wrong_key", FAILED)]


@pytest.mark.parametrize(
    ("newest_digest", "status"),
    [
        (digest(ago(minutes=40)), INFO),
        (digest(ago(minutes=40), "aws:kms", OTHER_KEY), FAILED),
        (digest(ago(minutes=40), "", "", "403"), FAILED),
        (digest(ago(days=4)), FAILED),
        (None, FAILED),
    ],
)
def test_b15_a_quiet_region_after_a_change_of_the_key(newest_digest: NewestObject | None, status: str) -> None:
    """An old log file is informational only if a digest shows that the trail uses the right key now."""
    quiet = delivery(log(ago(days=5), "aws:kms", OTHER_KEY), newest_digest)
    for since, expected in ((ago(days=3), status), (None, FAILED)):
        findings = findings_of(WITH_KEY, quiet, since=since, change="was changed: kms_key")
        of_log = [finding for finding in findings if finding.resource == fake_log_bucket.log(ago(days=5))]
        assert ("wrong_key", expected) in brief(of_log)


def test_b14_an_organization_trail_takes_over_from_the_accounts_own_trail() -> None:
    given = delivery(log(ago(days=9)), digest(ago(days=9)), own_trail=True)
    findings = findings_of(RULES, given, since=ago(minutes=5), change="was created")
    assert brief(findings) == [("stale_digest", WAITING)]
    assert brief(findings_of(RULES, given, since=ago(minutes=121))) == [("stale_digest", FAILED)]


@pytest.mark.parametrize(
    ("validation", "part"),
    [
        (True, "Log file validation of trail sectrailprod of us-east-1 is on. Check the error of the digest delivery"),
        (False, "Log file validation of trail sectrailprod of us-east-1 is off. Enable log file validation"),
        (None, "Check whether log file validation of trail sectrailprod of us-east-1 is on."),
    ],
)
def test_b15_the_cause_of_missing_digests(validation: bool | None, part: str) -> None:
    (finding,) = findings_of(RULES, delivery(digest=None), log_file_validation=validation)
    assert finding.status == FAILED
    assert finding.remediation.startswith(part)
    assert ("Enable log file validation" in finding.remediation) == (validation is not True)


@pytest.mark.parametrize(
    "given",
    [[], [delivery(None, None)], [delivery(digest=None)], [delivery(log(ago(days=9)), digest(ago(days=9)))]],
)
def test_a_delivery_that_is_missing_can_be_a_deletion(given: Sequence[RegionDelivery]) -> None:
    findings = findings_of(REQUIRED, *given, log_file_validation=True)
    assert findings and all("look for delete markers" in finding.remediation for finding in findings)


def test_a_stopped_trail_is_one_cause() -> None:
    stale = delivery(log(ago(days=9)), digest(ago(days=9)))
    for given in ([], [delivery(digest=None)], [stale]):
        findings = findings_of(REQUIRED, *given, since=ago(minutes=5), logging=False)
        assert {(finding.status, finding.cause) for finding in findings} == {(FAILED, "not_logging")}
        assert all("trail sectrailprod of us-east-1 is stopped" in finding.message for finding in findings)
        assert all(finding.remediation.startswith("Start the trail") for finding in findings)
    assert findings_of(WITH_KEY, delivery(log(ago(minutes=5), "AES256", "")), logging=False)[0].cause == ""


def test_an_optional_region_does_not_wait() -> None:
    other = delivery(digest=None, region="eu-west-1")
    assert brief(findings_of(REQUIRED, delivery(), other, since=ago(minutes=1))) == [("missing_digest", INFO)]


def test_a_silent_account_is_reported_once_and_a_silent_region_by_itself() -> None:
    rules = Rules(now=NOW, regions=frozenset([REGION, "eu-west-1"]))
    nothing = [delivery(None, None), delivery(None, None, "eu-west-1")]
    assert [(finding.kind, finding.region) for finding in findings_of(rules, *nothing)] == [("silent", "")]
    assert [(finding.kind, finding.region) for finding in findings_of(rules, delivery(), nothing[1])] == [
        ("silent", "eu-west-1")
    ]


def test_other_trails_are_named() -> None:
    (finding,) = findings_of(RULES, delivery(digest=None, other_trails=("old of eu-west-1", "older of us-east-1")))
    for part in ("old of eu-west-1", "older of us-east-1", f"trail sectrailprod of {REGION}"):
        assert part in finding.message


def test_folders_that_are_not_expected() -> None:
    names = [f"junk{number}" for number in range(12)]
    findings = bucket_findings("p/AWSLogs/", [PRODUCTION], ["o-a1b2c3d4e5"], names)
    assert {finding.status for finding in findings} == {INFO}
    account, organization, other = findings
    assert (account.kind, account.account, account.resource) == ("unexpected", PRODUCTION, f"p/AWSLogs/{PRODUCTION}/")
    assert "o-a1b2c3d4e5" in organization.message
    assert "organization_id" in organization.remediation
    assert "'junk9' and 2 more under p/AWSLogs/" in other.message
    assert "junk10" not in other.message
    assert bucket_findings("AWSLogs/", [], [], []) == []


def every_finding() -> list[Finding]:
    """At least one finding of each kind."""
    rules = replace(REQUIRED, kms_key=KEY)
    old = ago(days=9)
    deliveries = [
        delivery(log(old), digest(old)),
        delivery(log=None, other_trails=("old of x",), digest=None, refused=(("future", "key"),)),
        delivery(log(ago(minutes=5), "AES256", ""), None),
        delivery(None, digest(ago(minutes=5), "aws:kms", OTHER_KEY)),
    ]
    names = ["junk"]
    refused = [replace(deliveries[0], log=log(old, "", "", code)) for code in ("403", "404", "500")]
    refused += [replace(deliveries[0], error_code=code) for code in ("AccessDenied", "InternalError")]
    findings = [finding for item in deliveries for finding in findings_of(rules, item)]
    findings += findings_of(rules, since=ago(minutes=5)) + findings_of(rules)
    findings += unreadable_findings("", {PRODUCTION: refused})
    findings += unreadable_findings("", {PRODUCTION: [replace(deliveries[0], error_code="AccessDenied")]})
    return findings + bucket_findings("AWSLogs/", [PRODUCTION], ["o-a1b2c3d4e5"], names)


@pytest.mark.parametrize("finding", every_finding(), ids=lambda finding: f"{finding.kind} {finding.status}")
def test_messages_and_remediations_are_whole_sentences(finding: Finding) -> None:
    for text in (finding.message, finding.remediation):
        assert text.endswith(".") and text[0].isupper()
        assert "  " not in text and "{" not in text
