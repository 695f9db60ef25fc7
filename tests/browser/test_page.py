# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The page as its readers see it: at a desk, on a phone, in the dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.chromium import DESK, PHONE, Browser
from tests.browser.conftest import Write
from tests.browser.story import bad_day
from tests.fakes import fake_evidence as evidence
from tests.fakes.fake_evidence import FOUR, MEMBERS, finding, hours

HOSTILE = "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=document.title='owned'>\u202e"
LONG = "arn:aws:iam::111122223333:role/" + "x" * 400


def good() -> dict[str, Any]:
    return evidence.report()


def fleet() -> dict[str, Any]:
    """300 accounts, 60 of them silent, with 30 broken chains."""
    accounts = evidence.many(300)
    silent = [finding(account.id, "delivery", "silent") for account in accounts[1:61]]
    broken = {account.id: hours(*["valid"] * 20, "gap", "gap", "valid", "valid") for account in accounts[1:31]}
    return evidence.report(
        accounts,
        delivery=evidence.delivery(accounts, silent),
        integrity=evidence.integrity(accounts, chains=broken),
    )


def hostile() -> dict[str, Any]:
    """Names, keys and statements by somebody who wants the reader's browser, or breaks every line."""
    found = [
        finding(MEMBERS[0].id, "delivery", "silent", message=text, resource=text, remediation=text)
        for text in (HOSTILE, LONG)
    ]
    made = evidence.report(
        delivery=evidence.delivery(FOUR, found),
        access=evidence.access(FOUR, decrypt=[evidence.principal(text) for text in (HOSTILE, LONG)]),
    )
    made["accounts"][1]["host"] = "h" * 300
    made["accounts"][2]["host"] = HOSTILE
    made["facts"][HOSTILE] = LONG
    return made


PAGES = (good, bad_day, fleet, hostile)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
Page = Callable[[], dict[str, Any]]


@each_page
def test_it_asks_for_nothing_and_nothing_runs(browser: Browser, write: Write, page: Page) -> None:
    path = write(page())
    browser.show(path)
    assert browser.requests() == [path.as_uri()]
    assert browser.run("return document.title").endswith("evidence of central logging, 2026-11-25T14:20:00Z")


@each_page
@pytest.mark.parametrize("width", [320, PHONE, 768, DESK])
def test_nothing_sticks_out(browser: Browser, write: Write, page: Page, width: int) -> None:
    browser.show(write(page()), width=width)
    wide = """return [...document.querySelectorAll('body *')]
        .filter(one => !one.closest('.hidden, .word, svg') && one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 200))"""
    assert browser.run(wide) == []
    assert browser.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@each_page
def test_text_stands_out_from_its_ground(browser: Browser, write: Write, page: Page, scheme: str) -> None:
    """A contrast of 4.5 to 1: https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    browser.show(write(page()), scheme=scheme)
    low = """
        const parts = text => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
        const ground = one => {
            for (; one; one = one.parentElement) {
                const colour = parts(getComputedStyle(one).backgroundColor);
                if (colour.length == 3 || colour[3] > 0) return colour;
            }
        };
        return [...document.querySelectorAll('.sheet *:not(svg *)')]
            .filter(one => [...one.childNodes].some(node => node.nodeType == 3 && node.data.trim()))
            .map(one => {
                const [a, b] = [light(parts(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
                return [(a + 0.05) / (b + 0.05), one.outerHTML.slice(0, 120)];
            }).filter(([ratio]) => ratio < 4.5)"""
    assert browser.run(low) == []


def test_dark_is_dark_and_light_is_light(browser: Browser, write: Write) -> None:
    path = write(bad_day())
    colours = []
    for scheme in ("light", "dark"):
        browser.show(path, scheme=scheme)
        colours.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(246, 245, 241)", "rgb(17, 20, 26)"]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("page", [bad_day, fleet], ids=lambda page: page.__name__)
def test_each_failed_cell_leads_to_what_to_do(browser: Browser, write: Write, page: Page, width: int) -> None:
    browser.show(write(page()), width=width)
    cells = browser.run("return document.querySelectorAll('#fleet .cell.failed').length")
    assert cells == (6 if page is bad_day else 60)
    lead = """
        document.documentElement.style.scrollBehavior = 'auto';
        const cell = document.querySelectorAll('#fleet .cell.failed')[arguments[0]];
        location.hash = ''; cell.click();
        const done = arguments[arguments.length - 1];
        requestAnimationFrame(() => requestAnimationFrame(() => {
            const item = document.querySelector(':target'), box = item.getBoundingClientRect();
            const mend = item.closest('.group').querySelector('.remediation');
            done([item.checkVisibility(), box.top >= 0 && box.top < innerHeight, mend.innerText]);
        }))"""
    for number in range(0, cells, 1 if cells < 10 else 13):
        shown, in_sight, mend = browser.driver.execute_async_script(lead, number)
        assert shown and in_sight
        assert mend.startswith("What to do:")


def test_the_keyboard_reaches_every_link_and_says_where_it_is(browser: Browser, write: Write) -> None:
    browser.show(write(bad_day()))
    links = browser.run("return [...document.querySelectorAll('a, summary')].every(one => one.tabIndex == 0)")
    assert links
    outline = """const link = document.querySelector('a'); link.focus({focusVisible: true});
        return getComputedStyle(link).outlineStyle"""
    assert browser.run(outline) == "solid"


def test_tables_say_what_their_cells_are(browser: Browser, write: Write) -> None:
    browser.show(write(bad_day()), width=PHONE)
    table = """const table = document.querySelector('table.grid');
        return [getComputedStyle(table).display, !!table.caption, table.tHead.querySelectorAll('th[scope=col]').length,
                table.tBodies[0].querySelectorAll('th[scope=row]').length]"""
    assert browser.run(table) == ["table", True, 5, 4]
    cell = "return document.querySelector('#fleet .cell.failed').textContent"
    assert browser.run(cell) == "failed, integrity of production: what to do"


def test_status_is_told_by_shape_as_well(browser: Browser, write: Write) -> None:
    browser.show(write(bad_day()))
    glyphs = """return [...document.querySelectorAll('.cell')].every(one =>
        one.querySelector('use').getAttribute('href') == '#g-' + one.classList[1])"""
    assert browser.run(glyphs)


def test_on_paper_everything_is_unfolded(browser: Browser, write: Write) -> None:
    browser.show(write(fleet()), media="print")
    folded = "return [...document.querySelectorAll('details:not([open]) li')].map(one => one.checkVisibility())"
    found = browser.run(folded)
    assert len(found) > 200
    assert all(found)
    assert browser.run("return getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.printed().startswith(b"%PDF")
