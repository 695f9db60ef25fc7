# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The page as its readers see it: at a desk, on a phone, in the dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.statuses import LABELS, PASSED_IN_PART

from tests.browser.chromium import DESK, PHONE, Browser
from tests.browser.conftest import Write
from tests.browser.story import bad_day
from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, finding, hours

HOSTILE = "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=document.title='owned'>\u202e"
LONG = "arn:aws:iam::111122223333:role/" + "x" * 400


def good() -> Evidence:
    return fake.report()


def fleet() -> Evidence:
    """300 accounts, 60 of them without deliveries, with 30 broken chains."""
    accounts = fake.many(300)
    silent = [finding(account.id, "delivery", "silent") for account in accounts[1:61]]
    broken = {account.id: hours(*["valid"] * 20, "gap", "gap", "valid", "valid") for account in accounts[1:31]}
    return fake.report(
        accounts,
        delivery=fake.delivery(accounts, silent),
        integrity=fake.integrity(accounts, chains=broken),
    )


def every_status() -> Evidence:
    """One account for each status of a check, and a chain with each status of a period."""
    findings = [
        finding(account.id, "delivery", "silent", status=status)
        for account, status in zip(MEMBERS, ("failed", "waiting", "info"), strict=True)
    ]
    chain = ["valid", "missing", "tampered", "unverified", "not_covered", "valid", "waiting"]
    return fake.report(
        delivery=fake.delivery(FOUR, findings),
        integrity=fake.integrity(FOUR, chains={ARCHIVE.id: hours(*chain)}),
        access={"msg": "AccessDenied."},
    )


def hostile() -> Evidence:
    """Names, keys and statements of an attacker who wants to run code in the browser, or to break each line."""
    findings = [
        finding(MEMBERS[0].id, "delivery", "silent", message=text, resource=text, remediation=text)
        for text in (HOSTILE, LONG)
    ]
    accounts = (ARCHIVE, replace(MEMBERS[0], host="h" * 300), replace(MEMBERS[1], host=HOSTILE), MEMBERS[2])
    return fake.report(
        accounts,
        fake.context(accounts, facts={HOSTILE: LONG}),
        delivery=fake.delivery(FOUR, findings),
        access=fake.access(FOUR, decrypt=[fake.principal(text) for text in (HOSTILE, LONG)]),
    )


PAGES = (good, bad_day, fleet, every_status, hostile)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
Page = Callable[[], Evidence]


@each_page
def test_the_page_loads_nothing_and_runs_nothing(browser: Browser, write: Write, page: Page) -> None:
    evidence = page()
    path = write(evidence)
    browser.show(path)
    assert browser.requests() == [path.as_uri()]
    title = f"{LABELS[evidence.status].capitalize()}: evidence of central logging, {evidence.as_json()['made']}"
    assert browser.run("return document.title") == title


@each_page
@pytest.mark.parametrize("width", [320, PHONE, 768, DESK])
def test_nothing_is_wider_than_the_window(browser: Browser, write: Write, page: Page, width: int) -> None:
    browser.show(write(page()), width=width)
    wide = """return [...document.querySelectorAll('body *')]
        .filter(item => !item.closest('.hidden, .word, svg') && item.getBoundingClientRect().right > innerWidth + 1)
        .map(item => item.outerHTML.slice(0, 200))"""
    assert browser.run(wide) == []
    assert browser.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@each_page
def test_text_has_enough_contrast(browser: Browser, write: Write, page: Page, scheme: str) -> None:
    """A contrast of 4.5 to 1: https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    browser.show(write(page()), scheme=scheme)
    low = """
        const parts = text => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
        const ground = item => {
            for (; item; item = item.parentElement) {
                const colour = parts(getComputedStyle(item).backgroundColor);
                if (colour.length == 3 || colour[3] > 0) return colour;
            }
        };
        return [...document.querySelectorAll('.sheet *:not(svg *)')]
            .filter(item => [...item.childNodes].some(node => node.nodeType == 3 && node.data.trim()))
            .map(item => {
                const [a, b] = [light(parts(getComputedStyle(item).color)), light(ground(item))].sort((x, y) => y - x);
                return [(a + 0.05) / (b + 0.05), item.outerHTML.slice(0, 120)];
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
def test_each_failed_cell_leads_to_its_remediation(browser: Browser, write: Write, page: Page, width: int) -> None:
    evidence = page()
    checks = [*(account.checks for account in evidence.accounts), evidence.archive.checks]
    statuses = [status for statuses in checks for status in statuses.values()]
    browser.show(write(evidence), width=width)
    cells = browser.run("return document.querySelectorAll('a.cell.failed').length")
    assert cells == statuses.count("failed") > 5
    lead = """
        document.documentElement.style.scrollBehavior = 'auto';
        const cell = document.querySelectorAll('a.cell.failed')[arguments[0]];
        location.hash = ''; cell.click();
        const done = arguments[arguments.length - 1];
        requestAnimationFrame(() => requestAnimationFrame(() => {
            const item = document.querySelector(':target'), box = item.getBoundingClientRect();
            const remediation = item.closest('.group').querySelector('.remediation');
            done([item.checkVisibility(), box.top >= 0 && box.top < innerHeight, remediation.innerText]);
        }))"""
    for number in range(0, cells, 1 if cells < 10 else 13):
        shown, in_sight, remediation = browser.driver.execute_async_script(lead, number)
        assert shown and in_sight
        assert remediation.startswith("Remediation:")


def test_the_keyboard_reaches_every_link_and_shows_the_focus(browser: Browser, write: Write) -> None:
    browser.show(write(bad_day()))
    links = browser.run("return [...document.querySelectorAll('a, summary')].every(link => link.tabIndex == 0)")
    assert links
    outline = """const link = document.querySelector('a'); link.focus({focusVisible: true});
        return getComputedStyle(link).outlineStyle"""
    assert browser.run(outline) == "solid"


def test_tables_have_a_caption_and_headings(browser: Browser, write: Write) -> None:
    browser.show(write(bad_day()), width=PHONE)
    table = """const table = document.querySelector('table.grid');
        return [getComputedStyle(table).display, !!table.caption, table.tHead.querySelectorAll('th[scope=col]').length,
                table.tBodies[0].querySelectorAll('th[scope=row]').length]"""
    assert browser.run(table) == ["table", True, 8, 4]
    cell = "return document.querySelector('#fleet .grid a.cell.failed').textContent"
    assert browser.run(cell) == "failed, integrity of production: go to the problem"


@pytest.mark.parametrize("status", ["failed", "waiting", "not_checked"])
def test_accounts_are_filtered_by_status_without_a_script(browser: Browser, write: Write, status: str) -> None:
    browser.show(write(every_status()))
    shown = """return [...document.querySelectorAll('.grid tbody tr')]
        .filter(row => row.checkVisibility()).map(row => row.className)"""
    everything = browser.run(shown)
    browser.run("document.getElementById(arguments[0]).click()", f"only-{status}")
    filtered = browser.run(shown)
    assert filtered == [name for name in everything if name.split()[0] == f"is-{status}"]
    assert 0 < len(filtered) < len(everything)


def test_on_paper_the_filter_hides_nothing(browser: Browser, write: Write) -> None:
    browser.show(write(every_status()), media="print")
    browser.run("document.getElementById('only-waiting').click()")
    rows = "return [...document.querySelectorAll('.grid tbody tr')].every(row => row.checkVisibility())"
    assert browser.run(rows)


def test_a_page_that_passed_in_part_is_not_green_and_has_a_shape_of_its_own(browser: Browser, write: Write) -> None:
    six = hours("not_covered", *["valid"] * 6)
    partly = fake.report(integrity=fake.integrity(FOUR, chains={account.id: six for account in FOUR}))
    looks = []
    for evidence in (good(), partly):
        browser.show(write(evidence))
        looks.append(
            browser.run("""const glyph = document.querySelector('.verdict .glyph');
            return [getComputedStyle(glyph).color, glyph.querySelector('use').getAttribute('href')]""")
        )
    assert looks[0][0] != looks[1][0]
    assert [glyph for _colour, glyph in looks] == ["#g-passed", "#g-passed_in_part"]
    assert "6 of 24 hours covered" in browser.run("return document.querySelector('h1').innerText")


@pytest.mark.parametrize("media", ["screen", "print"])
def test_every_status_has_a_word_and_a_shape_of_its_own(browser: Browser, write: Write, media: str) -> None:
    browser.show(write(every_status()), media=media)
    cells = browser.run("""return [...document.querySelectorAll('.cell:has(.word)')].map(cell =>
        [cell.classList[1], cell.querySelector('use').getAttribute('href'), cell.querySelector('.word').innerText])""")
    glyphs = {status: (glyph, words.split(",")[0].strip()) for status, glyph, words in cells}
    assert glyphs == {status: (f"#g-{status}", label) for status, label in LABELS.items() if status != PASSED_IN_PART}
    assert browser.run("return [...document.querySelectorAll('.cell .word')].every(word => word.checkVisibility())")


def test_statuses_of_periods_differ_without_colour(browser: Browser, write: Write) -> None:
    """In the legend, the bars differ in height, border or fill."""
    browser.show(write(every_status()), media="print")
    bars = browser.run("""return [...document.querySelectorAll('.legend rect')].map(bar => {
        const style = getComputedStyle(bar), lightness = /none/.test(style.fill) ? 'none' : 'filled';
        return [bar.getAttribute('height'), style.strokeDasharray, lightness].join()
    })""")
    assert len(bars) == len(set(bars)) == 6


def test_a_narrow_sheet_of_paper_has_the_words_too(browser: Browser, write: Write) -> None:
    browser.show(write(every_status()), width=PHONE, media="print")
    positions = browser.run(
        "return [...document.querySelectorAll('.cell .word')].map(word => getComputedStyle(word).position)"
    )
    assert len(positions) > 16
    assert set(positions) == {"static"}


def test_on_a4_paper_no_word_of_the_table_is_broken(browser: Browser, write: Write) -> None:
    """A word is broken if it is higher than one line. A4 without its margins has a width of 680 px."""
    browser.show(write(every_status()), width=680, media="print")
    broken = browser.run("""const broken = [];
        for (const cell of document.querySelectorAll('.grid thead th, .grid tbody .age, .grid tbody .word')) {
            const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) for (const word of walker.currentNode.data.matchAll(/\\S+/g)) {
                const range = document.createRange();
                range.setStart(walker.currentNode, word.index);
                range.setEnd(walker.currentNode, word.index + word[0].length);
                const tops = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
                if (tops.size > 1 && !walker.currentNode.parentElement.closest('.hidden')) broken.push(word[0]);
            }
        }
        return broken""")
    assert broken == []
    assert browser.run("return document.documentElement.scrollWidth") <= 680


def test_on_paper_everything_is_unfolded(browser: Browser, write: Write) -> None:
    browser.show(write(fleet()), media="print")
    folded = "return [...document.querySelectorAll('details:not([open]) li')].map(item => item.checkVisibility())"
    visible = browser.run(folded)
    assert len(visible) > 200
    assert all(visible)
    assert browser.run("return getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.printed().startswith(b"%PDF")
