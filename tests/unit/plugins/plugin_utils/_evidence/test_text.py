# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of others, made safe to show."""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.text import (
    finding_text,
    in_words,
    one_line,
    visible,
)

from tests.fakes.fake_evidence import finding


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zürich 東京 🔑\ttab\nline", "Zürich 東京 🔑\ttab\nline"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\x00b\rc", "a\\u0000b\\u000dc"),
        ("txt.\u202egpj", "txt.\\u202egpj"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("lone\ud800", "lone\\ud800"),
        ("\ufeff\uffff", "\\ufeff\\uffff"),
    ],
)
def test_what_hides_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


def test_a_finding_has_message_resource_and_time() -> None:
    gone = finding(
        "1", "integrity", "missing", resource="AWSLogs/x", since="2026-11-25T03:00:00Z", message="It is gone."
    )
    assert finding_text(gone) == "It is gone. Resource: AWSLogs/x. Since: 2026-11-25T03:00:00Z."


def test_a_finding_does_not_repeat_itself() -> None:
    gone = finding("1", "integrity", "missing", resource="AWSLogs/x", message="AWSLogs/x is gone.")
    assert finding_text(gone) == "AWSLogs/x is gone."


def test_a_line_for_a_terminal_has_no_line_breaks() -> None:
    assert one_line("a\n  b\t\x1b[2Jc\u2028d") == "a b \\u001b[2Jc\\u2028d"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"block_public_acls": True, "mode": None}, "block public acls: yes, mode: none"),
        (["a", ("b", False)], "a, b, no"),
        ([], "none"),
        ({}, "none"),
        ("", "none"),
        (30, "30"),
    ],
)
def test_values_of_results_in_words(value: object, words: str) -> None:
    assert in_words(value) == words
