# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The module inside Ansible's worker and the module in a process of its own: nobody can tell them apart."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import KEYS, ROOT

_PLAY = Path(__file__).parent / "plays" / "both_ways.yml"
_BIN = Path(sys.executable).parent
_SECRET = KEYS["operator"]["AWS_SECRET_ACCESS_KEY"]


@dataclass(frozen=True)
class Way:
    """One run of the play: what each task returned, the calls of all, and everything on the screen."""

    said: dict[str, Any]
    calls: list[tuple[str, Any]]
    screen: str

    @property
    def module_processes(self) -> int:
        return len(re.findall(r"Using module file \S*cloudtrail_central", self.screen))


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="module")
def go(running_sandbox: Sandbox, silent: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Way]:
    def run(python: str) -> Way:
        running_sandbox.reset()
        running_sandbox.forget_calls()
        kept = tmp_path_factory.mktemp("way") / "kept.json"
        variables = {"ansible_python_interpreter": python, "silent": silent, "kept": str(kept)}
        command = [str(_BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-vvv", str(_PLAY)]
        done = subprocess.run(
            [*command, "-e", json.dumps(variables)],
            cwd=ROOT,
            env=running_sandbox.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        screen = done.stdout + done.stderr
        assert done.returncode == 0, screen
        said = json.loads(re.sub(r"request id [\w-]+", "request id", kept.read_text()))
        return Way(said, [(call["operation"], call["parameters"]) for call in running_sandbox.calls()], screen)

    return run


@pytest.fixture(scope="module")
def inside(go: Callable[[str], Way]) -> Way:
    return go("{{ ansible_playbook_python }}")


@pytest.fixture(scope="module")
def apart(go: Callable[[str], Way], tmp_path_factory: pytest.TempPathFactory) -> Way:
    """The same Python by another path counts as another, so that the module gets a process of its own."""
    shim = tmp_path_factory.mktemp("bin") / "python"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    shim.chmod(0o755)
    return go(str(shim))


def plain(result: Any) -> Any:
    """Without what differs from one run to the next, whichever way it takes."""
    if isinstance(result, list):
        return [plain(each) for each in result]
    if isinstance(result, dict):
        volatile = ("request_id", "ansible_job_id", "results_file", "start", "end")
        return {key: plain(value) for key, value in result.items() if key not in volatile}
    return result


def test_nobody_can_tell_them_apart(inside: Way, apart: Way) -> None:
    # an asynchronous task, and nothing else, has a process of its own both times
    assert (inside.module_processes, apart.module_processes > 15) == (1, True)
    assert inside.said.keys() == apart.said.keys()
    for task, result in inside.said.items():
        assert plain(result) == plain(apart.said[task]), task
    assert inside.calls == apart.calls


def test_what_they_say(inside: Way) -> None:
    said = inside.said
    unsupported = "Unsupported parameters for (central_logging.aws.cloudtrail_central) module: buckett"
    assert unsupported in said["misspelt"]["msg"]
    assert said["denied"]["error_code"] == "AccessDenied"
    assert said["planned"]["changed"] and said["planned"]["diff"]
    assert [item["failed"] for item in said["looped"]["results"]] == [False, True, False]
    assert not said["after_the_loop"]["failed"]
    assert said["timed_out"]["failed"]


def test_secrets_stay_inside(inside: Way, apart: Way) -> None:
    for way in (inside, apart):
        assert _SECRET not in way.screen
        assert _SECRET not in json.dumps(way.said)
        assert way.said["masked"]["trail"]["tags"]["note"] == "the secret is ********"
        assert re.search(r"secret_key: VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", way.screen)
