# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An operation in Ansible's worker and the module in its own process return the same and make the same calls."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import KEYS, ROOT
from tests.e2e.conftest import BIN

_PLAY = Path(__file__).parent / "plays" / "both_ways.yml"
_SECRET = KEYS["operator"]["AWS_SECRET_ACCESS_KEY"]
_SESSION_TOKEN = "session-token-that-opens-nothing-0123456789"
_EXTERNAL_ID = "external-id-of-the-trust-policy"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the play: the result of each task, the calls of all tasks, and the whole output."""

    results: dict[str, Any]
    calls: list[tuple[str, Any]]
    output: str

    @property
    def module_processes(self) -> int:
        return len(re.findall(r"Using module file \S*cloudtrail_central", self.output))


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """An address that accepts connections and never replies."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="module")
def run_play(running_sandbox: Sandbox, silent: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    def run(python: str) -> Run:
        running_sandbox.reset()
        running_sandbox.forget_calls()
        results_file = tmp_path_factory.mktemp("run") / "results.json"
        variables = {
            "ansible_python_interpreter": python,
            "silent": silent,
            "results_file": str(results_file),
            "session_token": _SESSION_TOKEN,
            "external_id": _EXTERNAL_ID,
        }
        command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-vvv", str(_PLAY)]
        done = subprocess.run(
            [*command, "-e", json.dumps(variables)],
            cwd=ROOT,
            env={**running_sandbox.environment(), "ANSIBLE_INJECT_INVOCATION": "1"},  # the default before 2.21
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        results = json.loads(re.sub(r"request id [\w-]+", "request id", results_file.read_text()))
        calls = [(call["operation"], call["parameters"]) for call in running_sandbox.calls()]
        return Run(results=results, calls=calls, output=output)

    return run


@pytest.fixture(scope="module")
def worker(run_play: Callable[[str], Run]) -> Run:
    return run_play("{{ ansible_playbook_python }}")


@pytest.fixture(scope="module")
def process(run_play: Callable[[str], Run], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same Python by another path counts as another, which gives each module a process of its own."""
    shim = tmp_path_factory.mktemp("bin") / "python"
    shim.write_text(f'#!/bin/sh\nexec "{BIN / "python"}" "$@"\n')
    shim.chmod(0o755)
    return run_play(str(shim))


def comparable(result: Any) -> Any:
    """The result without what differs from one run to the next in either way."""
    if isinstance(result, list):
        return [comparable(item) for item in result]
    if isinstance(result, dict):
        # ansible-core 2.18 returns the stack frame of a task that exceeds its timeout
        volatile = ("request_id", "ansible_job_id", "results_file", "start", "end", "frame")
        kept = {key: comparable(value) for key, value in result.items() if key not in volatile}
        # amazon.aws 10 imports what ansible-core 2.20 deprecates; a worker inherits the import and does not return it
        deprecations = [item for item in kept.pop("deprecations", []) if not item["msg"].startswith("Importing ")]
        return {**kept, "deprecations": deprecations} if deprecations else kept
    return result


def test_results_and_calls_are_the_same(worker: Run, process: Run) -> None:
    # an asynchronous task and one that collects the calls of botocore have processes of their own both times
    assert worker.module_processes == 2
    assert process.module_processes > 20
    assert worker.results.keys() == process.results.keys()
    for task, result in worker.results.items():
        assert comparable(result) == comparable(process.results[task]), task
    assert worker.calls == process.calls


def test_the_results(worker: Run) -> None:
    results = worker.results
    unsupported = "Unsupported parameters for (central_logging.aws.cloudtrail_central) module: buckett"
    assert unsupported in results["misspelt"]["msg"]
    assert "both a profile and access tokens" in results["profile_and_keys"]["msg"]
    assert results["denied"]["error_code"] == "AccessDenied"
    assert results["planned"]["changed"] and results["planned"]["diff"]
    assert results["masked"]["warnings"] == ["Both option region and its alias aws_region are set."]
    assert "resource_actions" in results["debugged"]
    assert [item["failed"] for item in results["looped"]["results"]] == [False, True, False]
    assert not results["after_the_loop"]["failed"]
    assert results["trails"]["trails"] == []
    assert results["timed_out"]["failed"]


def test_results_and_output_have_no_secret(worker: Run, process: Run) -> None:
    for run in (worker, process):
        for secret in (_SECRET, _SESSION_TOKEN):
            assert secret not in run.output
            assert secret not in json.dumps(run.results)
        assert run.results["masked"]["trail"]["tags"]["note"] == "the secret is ********"
        for option in ("secret_key", "session_token"):
            assert re.search(rf"{option}: VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", run.output)


def test_the_external_id_is_only_among_the_options(worker: Run, process: Run) -> None:
    """AWS does not treat it as a secret. Ansible returns the options of a task as C(invocation)."""
    for run in (worker, process):
        assert re.search(rf"external_id: {_EXTERNAL_ID}", run.output)
        # since ansible-core 2.21 a registered result has them as well
        results = {task: {**result, "invocation": None} for task, result in run.results.items()}
        assert _EXTERNAL_ID not in json.dumps(results)
