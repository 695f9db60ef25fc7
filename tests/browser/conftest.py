# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One browser for all tests, and pages written where it finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.html import html

from tests.browser.chromium import Browser

Write = Callable[[dict[str, Any]], Path]


@pytest.fixture(scope="session")
def running_browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def browser(running_browser: Browser) -> Iterator[Browser]:
    """Fails the test where the page has complained, about its own security policy for one."""
    running_browser.logs("browser")
    yield running_browser
    assert running_browser.logs("browser") == []


@pytest.fixture(scope="session")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    def made(evidence: dict[str, Any]) -> Path:
        path = tmp_path_factory.mktemp("page") / "evidence.html"
        path.write_text(html(evidence), encoding="utf-8")
        return path

    return made
