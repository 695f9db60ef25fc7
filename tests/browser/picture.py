# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""C(python -m tests.browser.picture FILE) writes a PNG of the page on a bad day, abridged, for the README."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.html import render

from tests.browser.chromium import Browser
from tests.browser.story import bad_day
from tests.fakes.fake_evidence import SHA

_WIDTH = 980
_ABRIDGED = """
    const rest = 'nav, .facts, .filters, .lines, .grid .more, #failed, #info, #controls, footer, '
        + '#separation > :not(h2, .split)';
    document.querySelectorAll(rest).forEach(element => element.remove());
    return Math.ceil(document.querySelector('#digests').getBoundingClientRect().bottom) + 24"""


def main(target: Path) -> None:
    browser = Browser()
    try:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "evidence.html")
            page.write_text(render(bad_day(), SHA), encoding="utf-8")
            browser.show(page, width=_WIDTH)
            target.write_bytes(browser.picture(_WIDTH, browser.run(_ABRIDGED)))
    finally:
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
