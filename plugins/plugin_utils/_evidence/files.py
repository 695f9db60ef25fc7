# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence as files on the controller.

Note that this plugin util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import comparison, html, junit
from .comparison import EvidenceReadError, PreviousEvidence
from .model import Evidence

COLLECTION = Path(__file__).resolve().parents[3]
NAMES = {"json": "evidence.json", "junit": "junit.xml", "html": "evidence.html"}


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The files of one evidence as text, by kind."""

    texts: Mapping[str, str]
    sha256: str  # of the JSON file


class EvidenceWriteError(Exception):
    """The files were not written. The message has the reason and the remediation."""


def contents(evidence: Evidence) -> Contents:
    """The three files as text. The page and the XML contain the hash of the JSON file."""
    text = _json(evidence.as_json())
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    texts = {"json": text, "junit": junit.to_xml(evidence, sha256), "html": html.render(evidence, sha256)}
    return Contents(texts=texts, sha256=sha256)


def _json(document: Mapping[str, Any]) -> str:
    """The document with each entry of its lists in one line: C(json) indents large documents slowly."""
    members = []
    for key, value in document.items():
        entries = ",\n".join(json.dumps(entry) for entry in value) if isinstance(value, list) else ""
        members.append(f"{json.dumps(key)}: [\n{entries}\n]" if entries else f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def previous(path: str) -> PreviousEvidence:
    """The evidence of an earlier run. Raises EvidenceReadError."""
    try:
        return comparison.parse(Path(os.path.expanduser(path)).read_bytes(), path)
    except OSError as error:
        raise EvidenceReadError(
            f"previous: {path} could not be read: {error.strerror}. {comparison.SET_PREVIOUS} an earlier evidence.json."
        ) from error


def write(directory: str, contents: Contents) -> dict[str, str]:
    """Write the three files and return their paths by kind. Raises EvidenceWriteError.

    Each file is written as a whole or not at all.
    """
    folder = Path(os.path.expanduser(directory)).resolve()
    if (COLLECTION / "MANIFEST.json").exists() and folder.is_relative_to(COLLECTION):
        raise EvidenceWriteError(
            f"The evidence was not written to {folder} because this folder is inside the installed collection. The next"
            f" installation deletes it. Set central_logging_evidence_directory to another directory."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, content in contents.texts.items():
            _replace(folder / NAMES[kind], content)
    except OSError as error:
        raise EvidenceWriteError(
            f"The evidence could not be written to {folder}: {error.strerror}. Set"
            f" central_logging_evidence_directory to a directory that the user of Ansible can write to."
        ) from error
    return {kind: str(folder / name) for kind, name in NAMES.items()}


def _replace(path: Path, content: str) -> None:
    """Write the file in one step, so a reader sees either the old content or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(content, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def version() -> str:
    """The version of this collection, from its manifest if it is installed, else from galaxy.yml."""
    manifest = COLLECTION / "MANIFEST.json"
    if manifest.exists():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"])
