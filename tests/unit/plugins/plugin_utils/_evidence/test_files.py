# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of the evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import files

from tests.fakes.fake_evidence import report


def test_three_files_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    paths = files.write(str(folder), files.contents(report()))
    assert {kind: Path(path).name for kind, path in paths.items()} == files.NAMES
    assert {path.name for path in folder.iterdir()} == set(files.NAMES.values())
    assert json.loads(Path(paths["json"]).read_text()) == report().as_json()


def test_a_second_run_replaces_them(tmp_path: Path) -> None:
    first = files.write(str(tmp_path), files.contents(report()))
    assert files.write(str(tmp_path), files.contents(report(integrity=None))) == first
    assert json.loads(Path(first["json"]).read_text())["chains"] == []


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(files.EvidenceWriteError, match="could not be written to .*/file/below.*Set central_logging_"):
        files.write(str(tmp_path / "file" / "below"), files.contents(report()))


def test_not_into_an_installed_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "COLLECTION", tmp_path)
    assert files.write(str(tmp_path / "evidence"), files.contents(report()))  # a checkout
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "9.8.7"}}')
    with pytest.raises(files.EvidenceWriteError, match="inside the installed collection"):
        files.write(str(tmp_path / "evidence"), files.contents(report()))
    assert files.version() == "9.8.7"


def test_the_version_of_a_checkout() -> None:
    assert files.version().count(".") == 2
