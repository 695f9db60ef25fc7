# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page: what it shows of whom, and that nothing in the evidence becomes anything else than text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.html import html

from tests.fakes import fake_evidence as evidence
from tests.fakes.fake_evidence import FOUR, MEMBERS, READER, finding, principal, report

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


def page(**changes: Any) -> Page:
    return Page(html(report(**changes)))


def test_it_asks_for_nothing_and_runs_nothing() -> None:
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
    assert "url(http" not in html(report())


def test_every_link_leads_somewhere_and_ids_are_unique() -> None:
    found = [finding(account.id, "delivery", "silent") for account in FOUR]
    shown = page(delivery=evidence.delivery(FOUR, found), integrity={"msg": "Denied."})
    ids = shown.all("id")
    assert len(ids) == len(set(ids))
    targets = {link.removeprefix("#") for link in shown.all("href")}
    assert targets <= set(ids)
    assert len([target for target in targets if re.fullmatch(r"f\d+", target)]) == 5


FOREIGN = {"policy": "key", "sid": "Sid", "altered": False}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\"' --></style>\x1b\u202e"


@pytest.mark.parametrize(
    "place", ["host", "message", "kind", "check", "resource", "principal", "statement", "fact", "status"]
)
def test_hostile_text_stays_text(place: str) -> None:
    told = (
        {"message": "m", "resource": "w", "remediation": "n", place: HOSTILE}
        if place in ("message", "resource")
        else {}
    )
    kind, check = (HOSTILE if place == name else name for name in ("kind", "check"))
    chains = {PRODUCTION.id: evidence.hours("valid", HOSTILE if place == "status" else "gap")}
    made = report(
        integrity=evidence.integrity(FOUR, [finding(PRODUCTION.id, check, kind, **told)], chains),
        access=evidence.access(
            FOUR,
            decrypt=[principal(HOSTILE if place == "principal" else READER)],
            foreign_statements=[{**FOREIGN, "words": HOSTILE if place == "statement" else "w"}],
        ),
    )
    if place == "host":
        made["accounts"][1]["host"] = HOSTILE
    if place == "fact":
        made["facts"][HOSTILE] = HOSTILE
    shown = Page(html(made))
    tags = [tag for tag, _attributes in shown.tags]
    assert "script" not in tags and "img" not in tags
    assert "alert(1)</script>" in shown.text.lower()
    assert "{{ 7*7 }}" in shown.text
    assert "\x1b" not in shown.text and "\u202e" not in shown.text


def test_a_fleet_is_summed_up() -> None:
    accounts = evidence.many(300)
    silent = [finding(account.id, "delivery", "silent") for account in accounts[1:4]]
    shown = page(accounts=accounts, delivery=evidence.delivery(accounts, silent))
    assert "297 accounts pass every check" in shown.text
    assert "3 of 300 accounts fail." in shown.text
    assert "and 292 more" in shown.text  # of those who encrypt
    assert [tag for tag, _attributes in shown.tags].count("tr") == 1 + 3 + 1 + 4


def test_five_thousand_accounts_fit() -> None:
    accounts = evidence.many(5000)
    assert len(html(report(accounts))) < 1_000_000
    failing = [finding(account.id, "delivery", "silent", region="us-east-1") for account in accounts]
    assert len(html(report(accounts, delivery=evidence.delivery(accounts, failing)))) < 10_000_000


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({}, "The logs of 4 accounts arrive, encrypted and untouched."),
        ({"access": evidence.access(FOUR, [finding("", "separation", "overlap")])}, "The archive fails."),
        (
            {"delivery": evidence.delivery(FOUR, [finding(PRODUCTION.id, "delivery", "silent")])},
            "1 of 4 accounts fails.",
        ),
        (
            {"delivery": evidence.delivery(FOUR, [finding(PRODUCTION.id, "delivery", "silent", status="waiting")])},
            "1 of 4 accounts waits for the first delivery.",
        ),
    ],
)
def test_the_headline(changes: dict[str, Any], headline: str) -> None:
    assert headline in page(**changes).text
