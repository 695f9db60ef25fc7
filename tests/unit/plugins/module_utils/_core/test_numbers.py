# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers agree with their nouns and verbs, in every message that has a number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import agree, counted, number

PLUGINS = Path(__file__).parents[5] / "plugins"
MESSAGES = [path for folder in ("module_utils", "plugin_utils") for path in sorted((PLUGINS / folder).rglob("*.py"))]
# an expression that is a number, before a plural
COUNT = re.compile(r"len\(|\b\w*(?:number|count|total|more|days|files|digests)\b", re.IGNORECASE)
PLURAL = re.compile(
    r"^ (?:more |log |lifecycle |noncurrent )*"
    r"(?:accounts|actions|chains|days|digests|entries|files|findings|folders|objects|principals|problems|Regions|rules|"
    r"statements|trails|versions|are|were|have)\b"
)
AT_LEAST_TWO = {"number(len(problem.accounts))"}


def test_large_numbers_have_separators() -> None:
    assert number(5000) == "5,000"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 log files are"), (1, "1 log file is"), (2, "2 log files are"), (5000, "5,000 log files are")],
)
def test_f12_noun_and_verb_agree_with_the_number(count: int, text: str) -> None:
    assert f"{counted(count, 'log file')} {agree(count, 'is', 'are')}" == text


def plurals(source: str) -> list[str]:
    """The numbers in f-strings that have a plural after them, whatever they are."""
    texts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    pairs = [pair for text in texts for pair in zip(text.values, text.values[1:], strict=False)]
    return [
        ast.unparse(value.value)
        for value, after in pairs
        if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant)
        if COUNT.search(ast.unparse(value.value)) and PLURAL.search(str(after.value))
    ]


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_f12_no_message_has_a_plural_after_a_number_that_can_be_one(path: Path) -> None:
    """Use counted and agree of _core/numbers."""
    assert set(plurals(path.read_text())) <= AT_LEAST_TWO


def test_f12_the_search_finds_what_was_wrong() -> None:
    assert plurals('f"{len(a)} accounts have a folder in {b}, {len(c)} are expected."') == ["len(a)", "len(c)"]
    assert plurals('f"after {self.archive_days} days"') == ["self.archive_days"]
    assert plurals("f\"{counted(count, 'account')} {agree(count, 'is', 'are')}\"") == []
