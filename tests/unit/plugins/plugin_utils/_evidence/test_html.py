# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of the page. Nothing in the evidence becomes anything other than text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import headline
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.html import FOLDER, render
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import InventoryAccount
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.statuses import BY_SEVERITY

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, SHA, finding, principal, report
from tests.fakes.support import READER

PRODUCTION = MEMBERS[0]


class Page(HTMLParser):
    """The tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[str]:
        return [attributes[name] or "" for _tag, attributes in self.tags if name in attributes]


def page(accounts: Sequence[InventoryAccount] = FOUR, **changes: Any) -> Page:
    return Page(render(report(accounts, **changes), SHA))


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    shown = page()
    tags = {tag for tag, _attributes in shown.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video"}
    assert not [
        name for _tag, attributes in shown.tags for name in attributes if name.startswith("on") or name == "style"
    ]
    assert all(link.startswith("#") for name in ("href", "src", "action") for link in shown.all(name))
    policy = next(attributes for _tag, attributes in shown.tags if "http-equiv" in attributes)["content"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'", policy or ""
    )
    assert "url(http" not in render(report(), SHA)


def test_every_link_has_a_target_and_ids_are_unique() -> None:
    findings = [finding(account.id, "delivery", "silent") for account in FOUR]
    shown = page(delivery=fake.delivery(FOUR, findings), integrity={"msg": "Denied."})
    ids = shown.all("id")
    assert len(ids) == len(set(ids))
    targets = {link.removeprefix("#") for link in shown.all("href")}
    assert targets <= set(ids)
    assert {target for target in targets if re.fullmatch(r"p\d+", target)} == {"p0", "p1"}


def test_every_status_has_a_glyph_and_a_colour() -> None:
    style = (FOLDER / "evidence.css").read_text()
    for status in BY_SEVERITY:
        assert f"g-{status}" in page().all("id")
        assert f"\n.{status} {{" in style


FOREIGN = {"policy": "key", "sid": "Sid", "altered": False}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\"' --></style>\x1b\u202e"


@pytest.mark.parametrize(
    "place", ["host", "message", "kind", "check", "resource", "principal", "statement", "fact", "status"]
)
def test_hostile_text_stays_text(place: str) -> None:
    texts = {"message": "m", "resource": "r", "remediation": "n"}
    if place in texts:
        texts[place] = HOSTILE
    kind, check = (HOSTILE if place == name else name for name in ("kind", "check"))
    chains = {PRODUCTION.id: fake.hours("valid", HOSTILE if place == "status" else "gap")}
    accounts = [replace(a, host=HOSTILE) if place == "host" and a is PRODUCTION else a for a in FOUR]
    evidence = report(
        accounts,
        fake.context(accounts, facts={HOSTILE if place == "fact" else "Bucket": HOSTILE if place == "fact" else "b"}),
        integrity=fake.integrity(FOUR, [finding(PRODUCTION.id, check, kind, **texts)], chains),
        access=fake.access(
            FOUR,
            decrypt=[principal(HOSTILE if place == "principal" else READER)],
            foreign_statements=[{**FOREIGN, "words": HOSTILE if place == "statement" else "w"}],
        ),
    )
    shown = Page(render(evidence, SHA))
    tags = [tag for tag, _attributes in shown.tags]
    assert "script" not in tags and "img" not in tags
    assert "alert(1)</script>" in shown.text.lower()
    assert "{{ 7*7 }}" in shown.text
    assert "\x1b" not in shown.text and "\u202e" not in shown.text


def test_a_fleet_is_summed_up() -> None:
    accounts = fake.many(300)
    silent = [finding(account.id, "delivery", "silent") for account in accounts[1:4]]
    shown = page(accounts, delivery=fake.delivery(accounts, silent))
    assert "297 accounts: passed all checks" in shown.text
    assert "3 of 300 accounts failed." in shown.text
    assert "and 292 more" in shown.text  # principals that can encrypt
    # the checks, the accounts and their Regions, and the controls
    assert [tag for tag, _attributes in shown.tags].count("tr") == 1 + 4 + 1 + 3 + 3 + 1 + 4


def test_five_thousand_accounts_fit() -> None:
    accounts = fake.many(5000)
    assert len(render(report(accounts), SHA)) < 1_000_000
    failing = [finding(account.id, "delivery", "silent", region="us-east-1") for account in accounts]
    assert len(render(report(accounts, delivery=fake.delivery(accounts, failing)), SHA)) < 2_000_000


def silent(status: str) -> dict[str, Any]:
    return {"delivery": fake.delivery(FOUR, [finding(PRODUCTION.id, "delivery", "silent", status=status)])}


OVERLAP: dict[str, Any] = {"access": fake.access(FOUR, [finding("", "separation", "overlap")])}


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({}, "All checks passed in 4 accounts and in the log archive."),
        (
            {"access": None},
            "Passed in part: all checks of this run passed in 4 accounts."
            " Not part of this run: access, deletion, hardening.",
        ),
        (
            {"integrity": None},
            "Passed in part: all checks of this run passed in 4 accounts and in the log archive."
            " Not part of this run: integrity.",
        ),
        (OVERLAP, f"The log archive ({ARCHIVE.id}) failed."),
        (silent("failed"), "1 of 4 accounts failed."),
        ({**silent("failed"), **OVERLAP}, f"1 of 4 accounts and the log archive ({ARCHIVE.id}) failed."),
        (silent("waiting"), "Waiting: 1 of 4 accounts."),
    ],
)
def test_the_headline(changes: dict[str, Any], headline: str) -> None:
    assert f"{headline}\n" in page(**changes).text


def test_what_was_not_part_of_the_run_is_below_the_headline_of_a_failure() -> None:
    assert "Not part of this run: integrity." in page(**silent("failed"), integrity=None).text


def test_a_run_over_some_accounts_does_not_look_like_the_whole_inventory() -> None:
    run = fake.context([PRODUCTION], inventory=fake.context().inventory)
    text = Page(render(report([PRODUCTION], run), SHA)).text
    assert "Passed in part: all checks passed in 1 of 4 accounts of the inventory and in the log archive.\n" in text
    assert "Passed in part: evidence" in text


def test_the_log_archive_is_named_where_its_account_passed() -> None:
    text = page(**OVERLAP).text
    assert f"Log archive {ARCHIVE.host} {ARCHIVE.id}" in text
    assert f"{ARCHIVE.id} log archive failed" in text
    assert "log archive failed" not in page().text


def test_settings_have_their_names_in_aws() -> None:
    names = dict.fromkeys(("mfa_delete", "acl_grants", "public_access_block", "key_state"), "x")
    text = page(access=fake.access(FOUR, hardening=names)).text
    for name in ("MFA delete", "ACL grants", "Block Public Access", "Key state"):
        assert name in text


def test_the_headline_of_a_check_that_did_not_run() -> None:
    """A module that failed is a failure of the archive; without the archive's status, its cells still do not pass."""
    evidence = report(integrity={"msg": "Denied."})
    unknown = replace(evidence, status="not_checked", findings=[], problems=[])
    unknown = replace(unknown, headline=headline.headline(unknown))
    assert "Not everything was checked: 4 of 4 accounts.\n" in Page(render(unknown, SHA)).text


def test_the_status_of_the_archive_is_beside_the_bar_of_the_accounts() -> None:
    assert "Log archive failed" in page(**OVERLAP).text
    assert "Log archive passed" in page().text
    assert "Log archive passed" not in page(access=None).text


def test_conditions_of_an_access_are_a_list_of_clauses() -> None:
    clauses = ["the bucket policy does not limit the root user", "only on x"]
    root_user = fake.principal(ARCHIVE.id, "root user", by="S3", conditions=clauses)
    text = page(access=fake.access(FOUR, delete=[root_user])).text
    assert f"by S3, under these conditions: {clauses[0]}; {clauses[1]}" in text


def test_findings_have_titles_in_plain_words() -> None:
    findings = [finding("", "deletion", "indirect_deleter", status="info")]
    text = page(access=fake.access(FOUR, findings)).text
    assert "A principal can give itself permission to delete Info: Deletion" in text
    assert "indirect deleter" not in text.lower()
