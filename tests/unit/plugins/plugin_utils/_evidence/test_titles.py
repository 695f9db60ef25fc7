# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The titles of findings."""

from __future__ import annotations

import importlib
import re

import pytest
import yaml
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import inputs
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.titles import check_title, finding_title

SOURCES = (inputs.TRAILS_SOURCE, inputs.DELIVERY_SOURCE, inputs.INTEGRITY_SOURCE, inputs.ACCESS_SOURCE)


def documented(module: str) -> set[tuple[str, str]]:
    """Every check and kind of finding in the documentation of a module."""
    code = importlib.import_module(f"ansible_collections.central_logging.aws.plugins.modules.{module}")
    contents = yaml.safe_load(code.RETURN)["findings"]["contains"]
    checks = re.findall(r"V\((\w+)\)", str(contents["check"]["description"]))
    sentences = re.split(r"For V\((\w+)\)", " ".join(contents["kind"]["description"]))
    if len(sentences) == 1:  # each kind has its own sentence, and the check of some stands with the check
        exceptions = dict(re.findall(r"or V\((\w+)\) for the kinds (.*)", str(contents["check"]["description"])))
        return {
            (next((check for check, kinds in exceptions.items() if f"V({kind})" in kinds), checks[0]), kind)
            for kind in re.findall(r"(?:^| )V\((\w+)\) is ", sentences[0])
        }
    if len(checks) == 1:
        return {(checks[0], kind) for kind in re.findall(r"V\((\w+)\)", sentences[0])}
    pairs = zip(sentences[1::2], sentences[2::2], strict=True)
    kinds = {(check, kind) for check, text in pairs for kind in re.findall(r"V\((\w+)\)", text)}
    assert {check for check, _kind in kinds} == set(checks)
    return kinds


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.module)
def test_every_kind_that_a_module_documents_has_a_title(source: inputs.Source) -> None:
    kinds = documented(source.module) | {(source.checks[0], "unread")}
    assert len(kinds) > 10
    for check, kind in kinds:
        title = finding_title(check, kind)
        assert len(title.split()) >= 3, f"{check} {kind} has no title"
        assert not title.endswith(".")


def test_other_kinds_are_shown_as_they_are() -> None:
    assert finding_title("delivery", "new_kind") == "New kind"
    assert check_title("log_files") == "Log files"
