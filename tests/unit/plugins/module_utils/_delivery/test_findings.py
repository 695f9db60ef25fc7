# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was delivered beside what is expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, INFO, WAITING, Finding
from ansible_collections.central_logging.aws.plugins.module_utils._delivery import findings as _delivery_verdicts
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.findings import (
    Delivery,
    Expected,
    Rules,
    Seen,
    of_account,
    of_archive,
    span,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.objects import Named

from tests.fakes import fake_log_bucket as buckets
from tests.fakes.fake_log_bucket import NOW, ago
from tests.fakes.support import KEY, PRODUCTION, REGION

RULES = Rules(NOW)
WITH_KEY = Rules(NOW, KEY)
ASKED = Rules(NOW, regions=frozenset([REGION]))
EXPECTED = Expected(PRODUCTION, "sectrailprod", REGION)
OTHER_KEY = KEY.replace("0d9f", "1111")


def log(time: datetime, algorithm: str = "aws:kms", kms_key: str = KEY, refused: str = "") -> Seen:
    return Seen(Named(buckets.log(time), time), algorithm, kms_key, refused)


def digest(time: datetime, algorithm: str = "aws:kms", kms_key: str = KEY, refused: str = "") -> Seen:
    return Seen(Named(buckets.digest(time), time, "sectrailprod", REGION), algorithm, kms_key, refused)


LOG, DIGEST = log(ago(minutes=5)), digest(ago(minutes=40))


def delivery(log: Seen | None = LOG, digest: Seen | None = DIGEST, region: str = REGION, **more: Any) -> Delivery:
    return Delivery(PRODUCTION, region, log, digest, folder="AWSLogs/folder/", **more)


def found(rules: Rules, *deliveries: Delivery, since: datetime | None = None) -> list[Finding]:
    return list(of_account(rules, replace(EXPECTED, logging_since=since), deliveries, "AWSLogs/folder/"))


def brief(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.status) for finding in findings]


@pytest.mark.parametrize(
    ("rules", "given", "expected"),
    [
        (RULES, delivery(), []),
        (WITH_KEY, delivery(), []),
        (ASKED, delivery(), []),
        # digests are the proof of life
        (RULES, delivery(digest=digest(ago(hours=2, minutes=59))), []),
        (RULES, delivery(digest=digest(ago(hours=3, minutes=1))), [("stale_digest", FAILED)]),
        (RULES, delivery(digest=None), [("missing_digest", FAILED)]),
        (RULES, delivery(digest=None, other_trails=("old of x",)), [("other_trail", FAILED)]),
        (RULES, delivery(None, None, other_trails=("old of x",)), [("other_trail", FAILED)]),
        # a quiet Region, unless activity is expected
        (RULES, delivery(log=log(ago(days=90))), []),
        (RULES, delivery(log=None), []),
        (ASKED, delivery(log=log(ago(days=2))), [("stale_log", FAILED)]),
        (ASKED, delivery(log=log(ago(hours=23))), []),
        (ASKED, delivery(log=None), [("missing_log", FAILED)]),
        # without digests, log files have to do
        (RULES, delivery(log(ago(days=2)), None), [("missing_digest", FAILED), ("stale_log", FAILED)]),
        # a Region that is not asked for
        (ASKED, delivery(log(ago(days=90)), digest(ago(days=90)), region="eu-west-1"), [("stale_digest", INFO)]),
        (ASKED, delivery(None, region="eu-west-1"), []),
        # nobody but CloudTrail writes here
        (RULES, delivery(future=("AWSLogs/key",)), [("future", FAILED)]),
    ],
)
def test_ages(rules: Rules, given: Delivery, expected: list[tuple[str, str]]) -> None:
    others = [] if given.region == REGION else [delivery()]
    assert brief(found(rules, *others, given)) == expected


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
        (delivery(log(ago(minutes=5), "", "", "403")), ["unreadable"]),
    ],
)
def test_encryption(given: Delivery, kinds: list[str]) -> None:
    findings = found(WITH_KEY, given)
    assert [finding.kind for finding in findings] == kinds
    assert all(finding.check == "encryption" and finding.status == FAILED for finding in findings)
    if kinds == ["unreadable"]:
        assert [finding.kind for finding in found(RULES, given)] == kinds
    else:
        assert found(RULES, given) == []


def test_the_turning_point_tells_what_was_found_and_what_to_do() -> None:
    (finding,) = found(WITH_KEY, delivery(log(ago(minutes=5), "AES256", "")))
    assert finding.resource == buckets.log(ago(minutes=5))
    for part in (PRODUCTION, REGION, "AES256", KEY, "log file"):
        assert part in finding.message
    for part in ("kms_key_grant_accounts", "cloudtrail_central", "2026-11-25T13:57:30Z"):
        assert part in finding.remediation
    assert finding.since == "2026-11-25T13:57:30Z"


def test_digests_from_before_they_were_encrypted_with_the_key() -> None:
    old = datetime(2025, 5, 1, tzinfo=NOW.tzinfo)
    given = delivery(log(old), digest(old, "AES256", ""))
    assert "wrong_encryption" not in dict(brief(found(WITH_KEY, given)))
    given = delivery(log(old), digest(datetime(2025, 6, 1, tzinfo=NOW.tzinfo), "AES256", ""))
    assert "wrong_encryption" in dict(brief(found(WITH_KEY, given)))


def test_the_encryption_of_a_region_that_is_not_asked_for() -> None:
    """What it once left behind is a note, what arrives today counts."""
    rules = replace(ASKED, kms_key=KEY)
    left = delivery(log(ago(days=400), "AES256", ""), digest(ago(days=400), "AES256", ""), "eu-west-1")
    alive = delivery(log(ago(minutes=5), "AES256", ""), region="eu-west-1")
    assert ("wrong_encryption", INFO) in brief(found(rules, delivery(), left))
    assert brief(found(rules, delivery(), alive)) == [("wrong_encryption", FAILED)]


@pytest.mark.parametrize(
    ("since", "status"),
    [(None, FAILED), (ago(minutes=119), WAITING), (ago(minutes=121), FAILED), (ago(minutes=-5), WAITING)],
)
def test_waiting_for_the_first_delivery(since: datetime | None, status: str) -> None:
    assert brief(found(RULES, since=since)) == [("silent", status)]
    assert brief(found(ASKED, delivery(None, None), since=since)) == [("silent", status)]
    assert brief(found(RULES, delivery(digest=None), since=since)) == [("missing_digest", status)]
    stale = delivery(log(ago(days=9)), digest(ago(days=9)))
    assert brief(found(RULES, stale, since=since)) == [("stale_digest", status)]


def test_what_was_delivered_since_is_not_waited_for() -> None:
    """The trail has been logging for an hour, and wrote with the wrong encryption five minutes ago."""
    given = delivery(log(ago(minutes=5), "AES256", ""))
    assert brief(found(WITH_KEY, given, since=ago(hours=1))) == [("wrong_encryption", FAILED)]
    assert brief(found(WITH_KEY, given, since=ago(minutes=1))) == [("wrong_encryption", WAITING)]


def test_a_wait_tells_its_end() -> None:
    (finding,) = found(RULES, since=ago(minutes=30))
    assert "before 2026-11-25T15:32:30Z" in finding.remediation
    assert finding.since == "2026-11-25T13:32:30Z"


@pytest.mark.parametrize("kind", ["future", "unreadable"])
def test_what_is_never_waited_for(kind: str) -> None:
    given = delivery(log(ago(minutes=5), refused="403")) if kind == "unreadable" else delivery(future=("key",))
    assert brief(found(RULES, given, since=ago(minutes=1))) == [(kind, FAILED)]


def test_a_silent_account_is_reported_once_and_a_silent_region_by_itself() -> None:
    rules = Rules(NOW, regions=frozenset([REGION, "eu-west-1"]))
    nothing = [delivery(None, None), delivery(None, None, "eu-west-1")]
    assert [(one.kind, one.region) for one in found(rules, *nothing)] == [("silent", "")]
    assert [(one.kind, one.region) for one in found(rules, delivery(), nothing[1])] == [("silent", "eu-west-1")]


def test_other_trails_are_named() -> None:
    (finding,) = found(RULES, delivery(digest=None, other_trails=("old of eu-west-1", "older of us-east-1")))
    for part in ("old of eu-west-1", "older of us-east-1", f"trail sectrailprod of {REGION}"):
        assert part in finding.message


def test_what_nobody_asked_for() -> None:
    names = [f"junk{number}" for number in range(12)]
    findings = of_archive("p/AWSLogs/", [PRODUCTION], ["o-a1b2c3d4e5"], names)
    assert {finding.status for finding in findings} == {INFO}
    account, organization, other = findings
    assert (account.kind, account.account, account.resource) == ("unexpected", PRODUCTION, f"p/AWSLogs/{PRODUCTION}/")
    assert "o-a1b2c3d4e5" in organization.message
    assert "organization_id" in organization.remediation
    assert "'junk9' and 2 more under p/AWSLogs/" in other.message
    assert "junk10" not in other.message
    assert of_archive("AWSLogs/", [], [], []) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (12, "12 s"),
        (60, "1 min"),
        (3 * 3600, "3 h"),
        (3 * 3600 + 1261, "3 h 21 min"),
        (86_400 * 400 + 3600, "400 d 1 h"),
        (86_400 + 60, "1 d 1 min"),
    ],
)
def test_span(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("kind", sorted(_delivery_verdicts._SENTENCES))
def test_everything_is_said_in_whole_sentences(kind: str) -> None:
    for sentence in _delivery_verdicts._SENTENCES[kind]:
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence.startswith("{")
