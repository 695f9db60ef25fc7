# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One browser for all tests, and pages in files that it can open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.html import render
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence

from tests.browser.chromium import Browser
from tests.fakes.fake_evidence import SHA

Write = Callable[[Evidence], Path]


@pytest.fixture(scope="session")
def running_browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def browser(running_browser: Browser) -> Iterator[Browser]:
    """The browser. The test fails if the page logs an error, such as a violation of its security policy."""
    running_browser.logs("browser")
    yield running_browser
    assert running_browser.logs("browser") == []


@pytest.fixture(scope="session")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    def made(evidence: Evidence) -> Path:
        path = tmp_path_factory.mktemp("page") / "evidence.html"
        path.write_text(render(evidence, SHA), encoding="utf-8")
        return path

    return made
