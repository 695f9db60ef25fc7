# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The developer commands, as nox sessions. `make` installs their requirements into .venv."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import nox

ROOT = Path(__file__).parent
BUILD = ROOT / ".build"
BIN = Path(sys.executable).parent
TREE = ROOT / "collections"
SITE = Path(sys.prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
NAMESPACE = Path("ansible_collections", "central_logging")
SANDBOX = ROOT / "sandbox" / "src"
CODE = ["plugins", "sandbox", "tests", "noxfile.py"]
# ansible-core and its Python; 2.19 on Python 3.11 is in .venv
LANES = {"2.17": "3.11", "2.18": "3.11", "2.20": "3.12", "2.21": "3.13"}
# versions with other style rules than later versions: pep8 rejects "def f(self) -> None: ..." in one line
OLD_STYLE = {"2.17", "2.18"}
LOCKS = {"dev": "3.11", "awscli": "3.11", **{f"core-{core}": python for core, python in LANES.items()}}

# The longest sessions start first, because two sessions run at a time.
CHECKS = ["integration", "e2e", "sanity", "states", "unit", "demo", "lint", "docs", "browser", "build", "typing"]
SUMMARY = BUILD / "summary"
STATES = ["tests/states", "-n", "2"]

nox.options.default_venv_backend = "none"
nox.options.sessions = ["unit"]


def environment(**more: str) -> dict[str, str]:
    """The environment of a command, with a home folder in .build and without the user's Ansible and AWS settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_", "PYTHONPATH"))
    }
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(BUILD / "home"),
        "ANSIBLE_HOME": str(BUILD / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


def run(nox_session: nox.Session, *command: str | Path, cwd: Path = ROOT, quiet: bool = False, **more: str) -> None:
    """Run a command. If C(quiet) is set, the output is shown only if the command fails."""
    (BUILD / "home").mkdir(parents=True, exist_ok=True)
    with nox_session.chdir(cwd):
        nox_session.run(
            *map(str, command), env=environment(**more), external=True, include_outer_env=False, silent=quiet
        )


def pytest(nox_session: nox.Session, bin_folder: Path, *options: str, path: str = "", awscli: str = "") -> None:
    run(nox_session, bin_folder / "python", "-m", "pytest", "-q", *options, PYTHONPATH=path, AWSCLI=awscli)


def ansible_doc(nox_session: nox.Session, paths: str) -> None:
    """Render the documentation of every module, inventory plugin and role."""
    kinds = {
        "module": ROOT / "plugins" / "modules",
        "inventory": ROOT / "plugins" / "inventory",
        "role": ROOT / "roles",
    }
    for kind, parent in kinds.items():
        names = [f"central_logging.aws.{path.stem}" for path in sorted(parent.glob("[!_]*"))]
        run(nox_session, BIN / "ansible-doc", "-t", kind, *names, quiet=True, ANSIBLE_COLLECTIONS_PATH=paths)


def copy_of_the_tree(name: str, site: Path = SITE) -> Path:
    """A copy of all files that git does not ignore, under the path that ansible-test requires, with amazon.aws."""
    top = BUILD / name
    shutil.rmtree(top, ignore_errors=True)
    target = top / NAMESPACE / "aws"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for file in filter(None, listed.stdout.split("\0")):
        if (ROOT / file).is_file():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target / file)
    for other in ("amazon", "community"):
        (top / "ansible_collections" / other).symlink_to(site / "ansible_collections" / other)
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    return target


def other_pythons() -> dict[str, Path]:
    """The CPythons on this machine by version, such as 3.12. Shims of pyenv are ignored."""
    roots = [Path(entry) for entry in os.environ["PATH"].split(os.pathsep) if "shims" not in entry]
    roots += sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.*/bin"))
    pythons: dict[str, Path] = {}
    for minor in range(10, 15):
        candidates = (root / f"python3.{minor}" for root in roots)
        real = next((path for path in candidates if path.exists()), None)
        if real:
            pythons[f"3.{minor}"] = real
    return pythons


def sanity_in(nox_session: nox.Session, tree: Path, bin_folder: Path, *options: str) -> None:
    """Run ansible-test sanity. It would download get-pip, which a file that uses the standard library replaces."""
    cache = BUILD / "home" / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):
        (cache / f"get_pip_{version}.py").write_text("import ensurepip\nensurepip.bootstrap()\n")
    pythons = os.pathsep.join(str(path.parent) for path in other_pythons().values())
    path = os.pathsep.join([str(bin_folder), pythons, "/usr/local/bin:/usr/bin:/bin"])
    run(nox_session, bin_folder / "ansible-test", "sanity", "--color", "no", *options, cwd=tree, PATH=path)


def virtual_environment(nox_session: nox.Session, name: str, python: Path) -> Path:
    """The bin folder of a virtual environment with the packages of a lock file. A changed lock file rebuilds it."""
    venv = ROOT / ".nox" / name
    lock, installed = ROOT / "requirements" / f"{name}.txt", venv / "installed"
    if not installed.exists() or installed.read_text() != lock.read_text():
        run(nox_session, python, "-m", "venv", "--clear", venv)
        run(nox_session, venv / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r", lock)
        installed.write_text(lock.read_text())
    return venv / "bin"


def lane(nox_session: nox.Session, core: str, python: Path) -> None:
    """Run the tests that depend on ansible-core, with the amazon.aws of the lane, or of .venv if the lane has none."""
    bin_folder = virtual_environment(nox_session, f"core-{core}", python)
    site = bin_folder.parent / "lib" / f"python{LANES[core]}" / "site-packages"
    tree = copy_of_the_tree(f"lane-{core}", site if (site / "ansible_collections").is_dir() else SITE)
    # the tree adds amazon.aws, and nothing of the other ansible-core in .venv
    collections = str(tree.parents[2])
    pytest(nox_session, bin_folder, "tests/unit/plugins", path=collections)
    # the tests and the sandbox run in .venv, which has moto, and Ansible in the lane
    run(
        nox_session,
        *[str(BIN / "python"), "-m", "pytest", "-q", "tests/e2e/test_both_ways.py"],
        ANSIBLE_BIN=str(bin_folder),
        ANSIBLE_COLLECTIONS_PATH=collections,
    )
    skipped = ["--skip-test", "pep8", "--skip-test", "pylint"] if core in OLD_STYLE else []
    sanity_in(nox_session, tree, bin_folder, "--python", LANES[core], *skipped)


def has_chromium(nox_session: nox.Session) -> bool:
    """Whether Chromium and its driver are installed. Warns if a program is missing."""
    sys.path.insert(0, str(ROOT))
    from tests.browser import chromium

    missing = [" or ".join(names) for names, path in zip(chromium.NAMES, chromium.paths(), strict=True) if path is None]
    if missing:
        nox_session.warn(
            f"BROWSER SKIPPED: {' and '.join(missing)} not found on PATH (Debian: chromium, chromium-driver)"
        )
    return not missing


def awscli(nox_session: nox.Session) -> str:
    """The path of the AWS CLI, which has a virtual environment of its own."""
    return str(virtual_environment(nox_session, "awscli", BIN / "python") / "aws")


@nox.session
def lint(nox_session: nox.Session) -> None:
    """Run ruff, yamllint, ansible-lint with profile production, antsibull-changelog and shellcheck."""
    run(nox_session, BIN / "ruff", "check", *CODE)
    run(nox_session, BIN / "ruff", "format", "--check", *CODE)
    run(nox_session, BIN / "yamllint", "--strict", ".")
    run(nox_session, BIN / "ansible-lint", "--offline", ANSIBLE_COLLECTIONS_PATH=f"{TREE}:{SITE}")
    run(nox_session, BIN / "antsibull-changelog", "lint", ANSIBLE_COLLECTIONS_PATH=str(TREE))
    run(nox_session, BIN / "shellcheck", ".ci/run")


@nox.session
def typing(nox_session: nox.Session) -> None:
    """Check types with mypy --strict: the plugins, the sandbox, the demo and noxfile.py."""
    run(nox_session, BIN / "mypy", "-p", "ansible_collections.central_logging.aws.plugins")
    run(nox_session, BIN / "mypy", "-p", "cloudtrail_sandbox", "-p", "tests.demo")
    run(nox_session, BIN / "mypy", "noxfile.py")


@nox.session
def unit(nox_session: nox.Session) -> None:
    """Run the unit tests of the plugins and of the sandbox; takes pytest options."""
    pytest(nox_session, BIN, *(nox_session.posargs or ["tests/unit", "sandbox/tests", "tests/differential"]))


@nox.session
def docs(nox_session: nox.Session) -> None:
    """Validate the documentation: render every module and role, run antsibull-docs."""
    ansible_doc(nox_session, f"{TREE}:{SITE}")
    # antsibull-docs copies a dependency with git if the dependency is in a work tree. Git ignores .venv, and would copy
    # nothing. With a ceiling, git does not see the work tree from inside .venv.
    run(
        nox_session,
        *(BIN / "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck"),
        *("--validate-collection-refs", "dependent", "."),
        cwd=copy_of_the_tree("docs"),
        ANSIBLE_COLLECTIONS_PATH=str(SITE),
        GIT_CEILING_DIRECTORIES=str(ROOT),
    )


@nox.session
def sanity(nox_session: nox.Session) -> None:
    """Run the offline tests of ansible-test sanity on every installed Python; takes its options."""
    missing = sorted({"3.10", "3.11", "3.12", "3.13"} - set(other_pythons()))
    nox_session.log(f"Pythons that are not installed, and not tested: {', '.join(missing) or 'none'}")
    sanity_in(nox_session, copy_of_the_tree("sanity"), BIN, *nox_session.posargs)


@nox.session
def build(nox_session: nox.Session) -> None:
    """Build the collection and install it as from Galaxy; render its documentation and write evidence from there."""
    target = BUILD / "installed"
    shutil.rmtree(target, ignore_errors=True)
    for old in BUILD.glob("central_logging-aws-*.tar.gz"):
        old.unlink()
    run(nox_session, BIN / "ansible-galaxy", "collection", "build", "--force", "--output-path", BUILD, ".")
    (archive,) = BUILD.glob("central_logging-aws-*.tar.gz")
    install = ["collection", "install", "--no-deps", "--offline", "-p", str(target), str(archive)]
    run(nox_session, BIN / "ansible-galaxy", *install, ANSIBLE_COLLECTIONS_PATH=str(target))
    ansible_doc(nox_session, f"{target}:{SITE}")
    # the template and its style sheet are data files: only an installed copy shows that the build includes them
    evidence = BUILD / "installed-evidence"
    shutil.rmtree(evidence, ignore_errors=True)
    called = ["-m", "central_logging.aws.evidence_report", "-a", f"trails=none directory={evidence}"]
    run(nox_session, BIN / "ansible", "security", *called, quiet=True, ANSIBLE_COLLECTIONS_PATH=f"{target}:{SITE}")
    if not (evidence / "evidence.html").exists():
        nox_session.error("the installed collection wrote no evidence")


@nox.session
def lanes(nox_session: nox.Session) -> None:
    """Run unit tests, fast path tests and sanity on other versions of ansible-core; takes versions, such as 2.17."""
    unknown = sorted(set(nox_session.posargs) - set(LANES))
    if unknown:
        nox_session.error(f"No lane for ansible-core {', '.join(unknown)}. The lanes are {', '.join(LANES)}.")
    pythons = other_pythons()
    for core in nox_session.posargs or LANES:
        if LANES[core] in pythons:
            lane(nox_session, core, pythons[LANES[core]])
        else:
            nox_session.warn(f"LANE SKIPPED: ansible-core {core} needs Python {LANES[core]}, which is not installed")


@nox.session
def integration(nox_session: nox.Session) -> None:
    """Run ansible-test integration on the sandbox for each module that changes AWS; takes target names."""
    sys.path.insert(0, str(SANDBOX))
    from cloudtrail_sandbox.client import Sandbox

    tree = copy_of_the_tree("integration")
    targets = nox_session.posargs or [
        path.parent.name for path in sorted(tree.glob("tests/integration/targets/*/aliases"))
    ]
    if not targets:
        nox_session.error("tests/integration/targets holds no target")
    with Sandbox(ROOT / "tests" / "integration" / "accounts.yml") as sandbox:
        (tree / "tests" / "integration" / "integration_config.yml").write_text(f"sandbox_url: {sandbox.url}\n")
        run(nox_session, BIN / "ansible-test", "integration", "--color", "no", *targets, cwd=tree)


@nox.session
def e2e(nox_session: nox.Session) -> None:
    """Run the playbooks on the sandbox, as an operator does; takes pytest options."""
    options = nox_session.posargs or ["tests/e2e", "-n", "2", "--durations=5"]
    pytest(nox_session, BIN, *options, awscli=awscli(nox_session))


@nox.session
def bench(nox_session: nox.Session) -> None:
    """Measure speed and memory, and compare them with other tools; takes integrity, delivery or fleet, and --quick."""
    options = [name for name in nox_session.posargs if name.startswith("-")]
    for name in [name for name in nox_session.posargs if name not in options] or ["integrity", "delivery", "fleet"]:
        run(nox_session, BIN / "python", "-m", f"tests.bench.{name}", *options, AWSCLI=awscli(nox_session))


def policies(nox_session: nox.Session) -> None:
    """Compare product and sandbox about 20,000 generated policies."""
    path = os.pathsep.join(map(str, (TREE, SANDBOX)))
    run(nox_session, BIN / "python", "-m", "tests.differential", "--policies", "20000", PYTHONPATH=path)


def all_states(nox_session: nox.Session) -> None:
    """Run the whole table of broken and sound states."""
    run(nox_session, BIN / "python", "-m", "pytest", "-q", *STATES, "--durations=5", STATES="all")


FAULTS = {"policies": policies, "states": all_states}


@nox.session
def faults(nox_session: nox.Session) -> None:
    """Run whole matrices, too long for make test; takes policies, states, or turn for another one each commit."""
    names = list(FAULTS)
    if nox_session.posargs == ["turn"]:
        commits = subprocess.run(
            ["git", "rev-list", "--count", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        parts = [names[int(commits.stdout) % len(names)]]
    else:
        parts = nox_session.posargs or names
    unknown = sorted(set(parts) - set(names))
    if unknown:
        nox_session.error(f"No part {', '.join(unknown)}. The parts are {', '.join(names)}.")
    for name in parts:
        FAULTS[name](nox_session)


@nox.session
def iam_simulate(nox_session: nox.Session) -> None:
    """Compare the sandbox's policy evaluation with @cloud-copilot/iam-simulate, if node and npm are installed."""
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        nox_session.warn(f"IAM_SIMULATE SKIPPED: {' and '.join(missing)} not found on PATH")
        return
    folder = BUILD / "iam_simulate"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy2(ROOT / "tests" / "differential" / "iam_simulate" / name, folder)
    run(nox_session, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    path = os.pathsep.join(map(str, (TREE, SANDBOX)))
    run(nox_session, BIN / "python", "-m", "tests.differential.outside", folder, PYTHONPATH=path)


@nox.session
def states(nox_session: nox.Session) -> None:
    """Verify a fixed share of the broken and sound states of the sandbox; takes pytest options."""
    pytest(nox_session, BIN, *(nox_session.posargs or STATES))


@nox.session
def browser(nox_session: nox.Session) -> None:
    """Test the evidence page in a headless Chromium, if it is installed; takes pytest options."""
    if has_chromium(nox_session):
        pytest(nox_session, BIN, *(nox_session.posargs or ["tests/browser"]))


@nox.session
def picture(nox_session: nox.Session) -> None:
    """Update the README's picture of the evidence page."""
    if has_chromium(nox_session):
        run(nox_session, BIN / "python", "-m", "tests.browser.picture", "docs/images/evidence.png")


@nox.session
def demo(nox_session: nox.Session) -> None:
    """Run the playbook on the sandbox twice, with verification; takes ansible-playbook options."""
    run(nox_session, BIN / "python", "-m", "tests.demo", *nox_session.posargs, PYTHONPATH=str(SANDBOX))


@nox.session
def sandbox(nox_session: nox.Session) -> None:
    """Run the sandbox until Ctrl-C; takes options of the sandbox command, such as --accounts FILE."""
    # the command uses the last value of an option: one in ARGS replaces the default
    defaults = ["--accounts", str(ROOT / "tests" / "accounts.yml"), "--policies", str(ROOT / "docs" / "iam")]
    options = [*defaults, *nox_session.posargs]
    run(nox_session, BIN / "python", "-m", "cloudtrail_sandbox", *options, PYTHONPATH=str(SANDBOX))


@nox.session
def lock(nox_session: nox.Session) -> None:
    """Update the lock files of the requirements, with hashes."""
    options = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--upgrade"]
    for name, version in LOCKS.items():
        files = [f"requirements/{name}.in", "-o", f"requirements/{name}.txt"]
        run(nox_session, BIN / "uv", "pip", "compile", "-q", "--python-version", version, *options, *files)


def count(lines: Iterable[str]) -> tuple[int, int]:
    """How many tests passed and how many did not, from pytest summaries such as C(1 failed, 3 passed in 0.52s)."""
    counts = [
        (int(number), word)
        for line in lines
        if re.search(r" in [\d.]+s", line)
        for number, word in re.findall(r"\b(\d+) (passed|failed|error)", line)
    ]
    passed = sum(number for number, word in counts if word == "passed")
    return passed, sum(number for number, _word in counts) - passed


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of one session. A session without tests counts as one test."""

    name: str
    code: int
    seconds: float
    output: str

    @property
    def tests(self) -> tuple[int, int]:
        """How many tests passed and how many failed."""
        passed, failed = count(self.output.splitlines())
        if self.code and not failed:
            return passed, 1
        return passed or int(self.code == 0), failed

    @property
    def row(self) -> str:
        return f"{self.name:14}{'FAILED' if self.code else 'ok':10}{self.seconds:8.0f}{sum(self.tests):8}"


def run_session(name: str) -> Result:
    """Run one session in a process of its own."""
    start = time.monotonic()
    command = [str(BIN / "nox"), "--no-color", "-s", name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return Result(name=name, code=done.returncode, seconds=time.monotonic() - start, output=done.stdout)


@nox.session
def test(nox_session: nox.Session) -> None:
    """Run every check on this Python, two sessions at a time, and print a table of the times."""
    SUMMARY.unlink(missing_ok=True)
    results: list[Result] = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for future in as_completed([pool.submit(run_session, name) for name in CHECKS]):
            result = future.result()
            results.append(result)
            print(f"\n##### {result.name}: {globals()[result.name].__doc__}\n{result.output}", flush=True)
    print(f"\n{'SESSION':14}{'RESULT':10}{'SECONDS':>8}{'TESTS':>8}", *(result.row for result in results), sep="\n")
    passed, failed = (sum(result.tests[index] for result in results) for index in (0, 1))
    SUMMARY.parent.mkdir(exist_ok=True)
    SUMMARY.write_text(f"{passed} passed, {failed} failed\n")
    print(f"\n{passed} passed, {failed} failed", flush=True)
    if failed:
        nox_session.error("Checks failed, see the table.")
