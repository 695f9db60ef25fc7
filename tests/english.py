# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words and names that must not come back, and a scanner that finds them in what users and maintainers read.

    python -m tests.english                  counts per file and rule
    python -m tests.english --lines [PATH …]  every hit as path:line: rule: text, of all files or of the files named

The rules are those of CONTRIBUTING.md. A section of a Markdown file that quotes the words stands between
``<!-- english: off -->`` and ``<!-- english: on -->``.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = [
    *("plugins", "roles", "playbooks", "inventory", "docs", "changelogs/fragments", "sandbox/src", ".github"),
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "sandbox/README.md"),
    *("Makefile", "noxfile.py", ".ci/run", "meta", "tests"),
    # sandbox/tests is left out, because about 130 of its names break the rule about identifiers
]
NOT_READ = {"__pycache__", "images"}
# the files that quote the forbidden words
QUOTING = {"tests/english.py", "tests/unit/test_english.py"}
SUFFIXES = {".css", ".html", ".j2", ".json", ".md", ".py", ".rst", ".txt", ".yaml", ".yml"}
YAML = {".yaml", ".yml"}


def _word(pattern: str) -> re.Pattern[str]:
    """The pattern as a whole word. An underscore ends a word, so that names are found too."""
    return re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", re.IGNORECASE)


# rule: pattern over the prose of a file, in which any white space may be the end of a line
WORDS = {
    "told": _word(r"told|tells?|telling"),
    "mend": _word(r"mend(?:s|ed|ing|able)?"),
    "bear": _word(r"bears?"),
    "spare": _word(r"spare[sd]?|sparing"),
    # the lookbehinds admit "there is no trail", the lookahead admits "is no longer"
    "is no": _word(r"(?<!there )(?<!there\n)is\s+no\s+(?!(?:longer|more|less|fewer|better|worse|different)\b)[a-z]+"),
    "has to": _word(r"(?:has|have|had|having)\s+to"),
    "but for": _word(r"but\s+for"),
    "whoever": _word(r"who(?:m|se)?ever"),
    "task name": re.compile(r"""^[ -]*name:\s*["']?(?:Say|Give|Keep|Take|Ask|Tell)\b.*""", re.MULTILINE),
}
LOOP_NAMES = {"one", "it", "told", "there"}
PART_OF_NAME = re.compile(r"told|mend(?:s|ed|ing)?|spare[sd]?|sparing")
# forbidden for variables of the plugins; in tests a result may be called found
VARIABLES = {"found", "told", "one"}
RULES = [*WORDS, "loop variable", "identifier", "variable"]


@dataclass(frozen=True, kw_only=True, order=True)
class Hit:
    """One place where a rule is broken. ``line`` counts from 1, ``path`` is relative to the root."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def files(root: Path = ROOT) -> list[Path]:
    """The text files that users and maintainers read. A place that does not exist is left out."""
    paths: set[Path] = set()
    for place in PLACES:
        top = root / place
        paths.update([top] if top.is_file() else top.rglob("*"))
    return sorted(
        path
        for path in paths
        if path.is_file()
        and (path.suffix in SUFFIXES or not path.suffix)
        and not NOT_READ & set(path.relative_to(root).parts)
        and str(path.relative_to(root)) not in QUOTING
    )


def scan(paths: list[Path], root: Path = ROOT) -> list[Hit]:
    """All hits in the files, by path and line."""
    return sorted(
        hit for path in paths for hit in scan_text(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    )


def scan_text(path: str, text: str) -> Iterator[Hit]:
    """The hits in a file's content; ``path`` decides how it is read."""
    suffix = Path(path).suffix
    prose = _prose_of(suffix, text)
    for rule, pattern in WORDS.items():
        for match in pattern.finditer(prose):
            line = prose.count("\n", 0, match.start()) + 1
            yield Hit(path=path, line=line, rule=rule, text=" ".join(match.group().split()))
    if suffix == ".py":
        for rule, line, name in _names(ast.parse(text)):
            if rule != "variable" or path.startswith("plugins/"):
                yield Hit(path=path, line=line, rule=rule, text=name)


def _prose_of(suffix: str, text: str) -> str:
    """The text with all that is not prose blanked, so that offsets and lines stay the same."""
    if suffix == ".py":
        text = _python_prose(text)
    elif suffix in YAML or not suffix:  # a file without a suffix is a Makefile or a shell script
        text = re.sub(r"(?m)^(\s*)#", r"\1 ", text)
    elif suffix == ".md":
        text = re.sub(r"(?s)<!-- english: off -->.*?<!-- english: on -->", _blank, text)
    # an address is a name that others chose; a vertical bar ends a sentence, as a table's cell does
    return re.sub(r"https?://[^\s)>\"']+", lambda match: "|" * len(match.group()), text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"\S", "|", match.group())


def _python_prose(source: str) -> str:
    """String literals and comments in their places. Code becomes bars, which no pattern crosses.

    Quotes, prefixes and ``#`` become spaces, so that a sentence is whole that goes on in the next literal or comment.
    """
    starts = [0]
    for line in io.StringIO(source):
        starts.append(starts[-1] + len(line))
    prose = list(re.sub(r"\S", "|", source))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if kind not in {"STRING", "COMMENT", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END"}:
            continue
        start = starts[token.start[0] - 1] + token.start[1]
        end = starts[token.end[0] - 1] + token.end[1]
        prose[start:end] = _readable(kind, source[start:end])
    return "".join(prose)


def _readable(kind: str, literal: str) -> str:
    if kind == "COMMENT":
        return re.sub(r"^#+", lambda match: " " * len(match.group()), literal)
    # the characters of an escape such as \n are no letters of the word beside it
    literal = re.sub(r"\\[a-z]", "  ", literal)
    return re.sub(r"^[A-Za-z]{0,2}(?:'''|\"\"\"|['\"])|(?:'''|\"\"\"|['\"])$", lambda m: " " * len(m.group()), literal)


def _names(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    """Rule, line and name of every loop variable, identifier and assigned variable that is forbidden."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            for target in ast.walk(node.target):
                if isinstance(target, ast.Name) and target.id in LOOP_NAMES:
                    yield "loop variable", target.lineno, target.id
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VARIABLES:
            yield "variable", node.lineno, node.id
        name = _bound(node)
        if any(map(PART_OF_NAME.fullmatch, _parts(name))):
            yield "identifier", getattr(node, "lineno", 0), name


def _bound(node: ast.AST) -> str:
    """The identifier that a node holds, or nothing."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(asname=str() as name):
            return name
        case ast.arg(arg=name) | ast.keyword(arg=str() as name):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return ""


def _parts(name: str) -> list[str]:
    """The words of a snake_case or CamelCase name, in lower case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")


def table(hits: list[Hit]) -> str:
    """Counts per file and rule, with the sums at the foot."""
    used = [rule for rule in RULES if any(hit.rule == rule for hit in hits)]
    counts = Counter((hit.path, hit.rule) for hit in hits)
    sums = Counter(hit.path for hit in hits)
    rows = [
        f"{sums[path]:5}  {path}: " + ", ".join(f"{rule} {counts[path, rule]}" for rule in used if counts[path, rule])
        for path in sorted(sums, key=lambda path: (-sums[path], path))
    ]
    totals = Counter(hit.rule for hit in hits)
    return "\n".join([*rows, f"{len(hits):5}  in all: " + ", ".join(f"{rule} {totals[rule]}" for rule in RULES)])


def main(arguments: list[str]) -> int:
    """Print the counts, or every hit; the exit code is 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.english", description=main.__doc__)
    parser.add_argument("--lines", action="store_true", help="print every hit as path:line: rule: text")
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders; without them, all that is checked")
    options = parser.parse_args(arguments)
    chosen = [path.resolve() for path in options.paths]
    paths = [path for path in files() if not chosen or {path, *path.parents} & set(chosen)]
    hits = scan(paths)
    print("\n".join(map(str, hits)) if options.lines else table(hits))
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
