# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""No key and no token is in the output, the files, the facts or the artifacts of a run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ACCOUNTS, ROOT, new_sandbox
from tests.e2e.conftest import ARCHIVE, BIN, DEVELOPMENT, MEMBERS

EXTERNAL_ID = "external-id-of-each-role-0123456789"
FAILS = "wrong-external-id-9876543210"


@pytest.fixture(scope="module")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The accounts of the demo. Each role of the playbooks requires the external id."""
    file = tmp_path_factory.mktemp("secrets") / "accounts.yml"
    document = yaml.safe_load(ACCOUNTS.read_text())
    for account in (ARCHIVE, *MEMBERS):
        for name in ("CentralLogging", "LogReader"):
            if name in document["accounts"][account]["roles"]:
                document["accounts"][account]["roles"][name]["external_id"] = EXTERNAL_ID
    file.write_text(yaml.safe_dump(document))
    with new_sandbox(file) as sandbox:
        yield sandbox


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a run has written: its output, and the files of its folder."""

    output: str
    folder: Path

    def containing(self, secrets: Sequence[str]) -> list[str]:
        """The places with one of the secrets."""
        places = {"the output": self.output}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                places[str(path.relative_to(self.folder))] = path.read_bytes().decode(errors="replace")
        return [place for place, text in places.items() if any(secret in text for secret in secrets)]


@pytest.fixture
def run(
    sandbox: Sandbox, inventory: Callable[..., Path], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Written]:
    """Runs a playbook with -vvvv, and with a cache for facts, an Ansible log and remote files that are kept."""

    def change(hosts: dict[str, Any], variables: dict[str, Any]) -> None:
        variables["external_id"] = EXTERNAL_ID
        variables["central_logging_verify_external_id"] = EXTERNAL_ID
        hosts["members"]["hosts"]["development"]["external_id"] = FAILS

    chosen = inventory(change)
    folder = tmp_path_factory.mktemp("written")

    def play(playbook: str, *options: str, **variables: str) -> Written:
        environment = {
            **sandbox.environment(),
            "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
            "ANSIBLE_KEEP_REMOTE_FILES": "1",
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
            "ANSIBLE_SHOW_CUSTOM_STATS": "1",
            "ANSIBLE_DIFF_ALWAYS": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "1",
            "ANSIBLE_RETRY_FILES_SAVE_PATH": str(folder / "retry"),
        }
        given = {"central_logging_evidence_directory": str(folder / "evidence"), **variables}
        extra = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
        command = [str(BIN / "ansible-playbook"), "-vvvv", "-i", str(chosen), f"playbooks/{playbook}.yml", *extra]
        done = subprocess.run(
            [*command, *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Written(output=done.stdout, folder=folder)

    return play


# This run keeps the arguments of each module. Otherwise Ansible deletes them, and only their owner can read them.
_KEPT = ("remote/", "local/")
# With -vvv Ansible prints the options of each task. AWS does not treat an external id as a secret:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
_SHOWS_OPTIONS = ("the output", "ansible.log")


@pytest.mark.parametrize("python", ["", sys.executable], ids=["worker", "process"])
def test_no_secret_leaves_a_run(sandbox: Sandbox, run: Callable[..., Written], python: str) -> None:
    """One account fails, because its external id is wrong."""
    variables = {"ansible_python_interpreter": python} if python else {}
    written = run("site", **variables)
    assert "AssumeRole" in written.output and DEVELOPMENT in written.output
    assert (written.folder / "evidence" / "evidence.json").exists()
    secrets = sandbox.secrets()
    assert len(secrets) > 10
    assert [place for place in written.containing(secrets) if not place.startswith(_KEPT)] == []
    with_external_id = set(written.containing([EXTERNAL_ID, FAILS])) - set(_SHOWS_OPTIONS)
    assert [place for place in sorted(with_external_id) if not place.startswith(_KEPT)] == []


def test_the_search_finds_a_secret(sandbox: Sandbox, tmp_path: Path) -> None:
    """Otherwise, the other tests could not fail."""
    secret = sandbox.secrets()[0]
    (tmp_path / "file").write_text(f"a {secret} b")
    assert Written(output=secret, folder=tmp_path).containing([secret]) == ["the output", "file"]
