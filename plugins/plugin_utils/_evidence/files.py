# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence as files on the controller.

Note that this plugin util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from . import html
from .junit import junit

COLLECTION = Path(__file__).resolve().parents[3]
NAMES = {"json": "evidence.json", "junit": "junit.xml", "html": "evidence.html"}


class Unwritten(Exception):
    """Why the evidence could not be written, in a sentence with what to do."""


def write(directory: str, evidence: Mapping[str, Any]) -> dict[str, str]:
    """Writes the three files, each as a whole or not at all, and returns their paths."""
    folder = Path(os.path.expanduser(directory)).resolve()
    if (COLLECTION / "MANIFEST.json").exists() and folder.is_relative_to(COLLECTION):
        raise Unwritten(
            f"The evidence was not written to {folder}, because that is inside the installed collection, where the next"
            f" installation deletes it. Set central_logging_evidence_directory."
        )
    texts = {
        "json": json.dumps(evidence, indent=1) + "\n",
        "junit": junit(evidence),
        "html": html.html(evidence),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, text in texts.items():
            _replace(folder / NAMES[kind], text)
    except OSError as error:
        raise Unwritten(
            f"The evidence could not be written to {folder}: {error.strerror}. Set"
            f" central_logging_evidence_directory to a directory that the user of Ansible may write to."
        ) from error
    return {kind: str(folder / name) for kind, name in NAMES.items()}


def _replace(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never half of one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def version() -> str:
    """The collection's own version; an installed one has a manifest, a checkout has galaxy.yml."""
    manifest = COLLECTION / "MANIFEST.json"
    if manifest.exists():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"])
