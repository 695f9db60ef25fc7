# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sandbox per test run, set back before each test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_clients import Aws
from cloudtrail_sandbox.accounts_file import AccountsFile
from cloudtrail_sandbox.server import Sandbox, serve

ACCOUNTS = Path(__file__).parent / "accounts.yml"


@pytest.fixture(scope="session")
def running() -> Iterator[Aws]:
    application = Sandbox(AccountsFile.read(ACCOUNTS))
    server = serve(application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Aws(f"http://127.0.0.1:{server.port}", application)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def aws(running: Aws) -> Aws:
    running.control("POST", "reset")
    return running
