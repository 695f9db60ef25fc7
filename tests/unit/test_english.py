# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words that must not come back are not there, and the scanner finds them where they are."""

from __future__ import annotations

import pytest

from tests import english

HITS = english.scan(english.files())


@pytest.mark.parametrize("rule", english.RULES)
def test_no_text_breaks_the_rule(rule: str) -> None:
    hits = [str(hit) for hit in HITS if hit.rule == rule]
    assert not hits, "\n".join([f"{len(hits)} in all", *hits])


def test_every_kind_of_text_is_read() -> None:
    read = {str(path.relative_to(english.ROOT)) for path in english.files()}
    assert {"README.md", "CONTRIBUTING.md", "playbooks/site.yml", "roles/verification/README.md"} <= read
    assert {"Makefile", "noxfile.py", ".ci/run", "meta/runtime.yml", "tests/e2e/conftest.py"} <= read
    assert {path.split("/")[1] for path in read if path.startswith("plugins/")} == {
        path.name for path in (english.ROOT / "plugins").iterdir() if path.name != "__pycache__"
    }
    assert not [path for path in read if "images" in path or "__pycache__" in path]


def broken(path: str, text: str) -> list[tuple[int, str, str]]:
    return [(hit.line, hit.rule, hit.text) for hit in sorted(english.scan_text(path, text))]


@pytest.mark.parametrize(
    ("sentence", "rule", "words"),
    [
        ("S3 tells which key.", "told", "tells"),
        ("It is told.", "told", "told"),
        ("Mend it.", "mend", "Mend"),
        ("- mend: text", "mend", "mend"),
        ("It bears a Sid.", "bear", "bears"),
        ("A Deny spares them.", "spare", "spares"),
        ("'x y' is no trail name.", "is no", "is no trail"),
        ("The file is\nno digest.", "is no", "is no digest"),
        ("The role has to exist.", "has to", "has to"),
        ("Logs have\n  to be kept.", "has to", "have to"),
        ("Nobody, but for the root user.", "but for", "but for"),
        ("Whoever reads it.", "whoever", "Whoever"),
        ("- name: Give each account its trail", "task name", "- name: Give each account its trail"),
        ('      name: "Say what is paid twice"', "task name", 'name: "Say what is paid twice"'),
    ],
)
def test_planted_sentences_are_found(sentence: str, rule: str, words: str) -> None:
    for path in ("a.md", "a.yml", "a.html.j2"):
        assert broken(path, f"\n{sentence}\n") == [(2, rule, words)]


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no trail, and there\nis no bucket.",
        "The trail is no longer there.",
        "A statement with a forbearing, intellectual, transparent amendment; we recommend it.",
        "See https://example.com/bears/tell.html for it.",
        "The command tail, a Bearer token, the mender's hand.",
        "- name: Report what is billed twice",
        "- name: Takeover of a trail",
        "<!-- english: off -->\nNot told, mend, bear.\n<!-- english: on -->",
    ],
)
def test_plain_sentences_are_left_alone(sentence: str) -> None:
    assert broken("a.md", sentence) == []


def test_python_is_read_in_its_literals_and_comments() -> None:
    source = '''\
"""Docs that
bear it."""
told_in_code = handle.tell()  # a role has
# to exist
message = f"{value!r} is "
text = ("one has "
        "to\\ntell it")
'''
    assert broken("a.py", source) == [
        (2, "bear", "bear"),
        (3, "has to", "has to"),
        (3, "identifier", "told_in_code"),
        (6, "has to", "has to"),
        (7, "told", "tell"),
    ]


def test_code_between_two_literals_ends_a_sentence() -> None:
    assert broken("a.py", 'f("it has", "to go")\nx = ["is no"] + ["trail"]\n') == []


@pytest.mark.parametrize("path", ["a.yml", "Makefile", ".ci/run"])
def test_comments_are_one_text(path: str) -> None:
    assert broken(path, "# the role has\n# to exist\na: 1\n") == [(1, "has to", "has to")]


@pytest.mark.parametrize(
    "source",
    [
        "for one in many: pass",
        "for number, (one, other) in many: pass",
        "x = [1 for there in many]",
        "x = {a: it for a, it in many}",
        "async def f():\n    async for told in many: pass",
    ],
)
def test_loop_variables_are_found(source: str) -> None:
    assert "loop variable" in {rule for _line, rule, _text in broken("a.py", source)}


@pytest.mark.parametrize(
    "source",
    [
        "mend = 1",
        "x.MENDS",
        "def tell_what_told(): pass",
        "class SpareMend: pass",
        "def f(*, was_told): pass",
        "f(mend='')",
        "import a as spared",
        "async def mended(): pass",
    ],
)
def test_identifiers_are_found(source: str) -> None:
    assert "identifier" in {rule for _line, rule, _text in broken("a.py", source)}


@pytest.mark.parametrize("source", ["found = 1", "one: int = 1", "(found := 1)", "[1 for found in x]", "a, found = x"])
def test_variables_are_found_in_plugins_only(source: str) -> None:
    assert "variable" in {rule for _line, rule, _text in broken("plugins/a.py", source)}
    assert "variable" not in {rule for _line, rule, _text in broken("tests/a.py", source)}


def test_good_names_are_left_alone() -> None:
    assert broken("a.py", "for statement in items: recommend(transparent=amended, one=1)\nit = other.iterate\n") == []


def test_the_command_prints_counts_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    hits = [english.Hit(path="a.md", line=3, rule="told", text="told")]
    assert english.table(hits).splitlines()[0] == "    1  a.md: told 1"
    assert str(hits[0]) == "a.md:3: told: told"
    assert english.main(["--lines", str(english.ROOT / "COPYING")]) == 0
    assert capsys.readouterr().out.strip() == ""
