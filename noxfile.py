# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every developer command. `make` installs into .venv, and these sessions use what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nox

ROOT = Path(__file__).parent
BUILD = ROOT / ".build"
BIN = Path(sys.executable).parent
TREE = ROOT / "collections"
SITE = Path(sys.prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
NAMESPACE = Path("ansible_collections", "central_logging")
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
CODE = ["plugins", "tests", "noxfile.py"]

# in the order in which CI runs them: what fails fast comes first
CHECKS = ["lint", "typing", "unit", "docs", "sanity", "build", "lanes", "integration", "e2e", "demo"]

nox.options.default_venv_backend = "none"
nox.options.sessions = ["unit"]


def environment(**more: str) -> dict[str, str]:
    """Nothing is written to the user's home, and no setting of the user's own Ansible or AWS counts."""
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


def run(nox_session: nox.Session, *command: str | Path, cwd: Path = ROOT, **more: str) -> None:
    (BUILD / "home").mkdir(parents=True, exist_ok=True)
    with nox_session.chdir(cwd):
        nox_session.run(*map(str, command), env=environment(**more), external=True, include_outer_env=False)


def copy_of_the_tree(name: str, site: Path = SITE) -> Path:
    """A copy of all that git would take, where ansible-test wants a collection to be, and amazon.aws beside it."""
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
    """The CPythons on this machine by version, as 3.12. The shims of pyenv do not count: they may lead nowhere."""
    roots = [Path(entry) for entry in os.environ["PATH"].split(os.pathsep) if "shims" not in entry]
    roots += sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.*/bin"))
    found: dict[str, Path] = {}
    for minor in range(10, 15):
        candidates = (root / f"python3.{minor}" for root in roots)
        real = next((path for path in candidates if path.exists()), None)
        if real:
            found[f"3.{minor}"] = real
    return found


def sanity_in(nox_session: nox.Session, tree: Path, bin_folder: Path, *options: str) -> None:
    """ansible-test sanity. It would fetch get-pip from the network; the standard library has the same."""
    cache = BUILD / "home" / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("24_2", "25_2"):
        (cache / f"get_pip_{version}.py").write_text("import ensurepip\nensurepip.bootstrap()\n")
    pythons = os.pathsep.join(str(path.parent) for path in other_pythons().values())
    path = os.pathsep.join([str(bin_folder), pythons, "/usr/local/bin:/usr/bin:/bin"])
    run(nox_session, bin_folder / "ansible-test", "sanity", "--color", "no", *options, cwd=tree, PATH=path)


@nox.session
def lint(nox_session: nox.Session) -> None:
    """Style: ruff, yamllint, ansible-lint with profile production, changelog fragments."""
    run(nox_session, BIN / "ruff", "check", *CODE)
    run(nox_session, BIN / "ruff", "format", "--check", *CODE)
    run(nox_session, BIN / "yamllint", "--strict", ".")
    run(nox_session, BIN / "ansible-lint", "--offline", ANSIBLE_COLLECTIONS_PATH=f"{TREE}:{SITE}")
    run(nox_session, BIN / "antsibull-changelog", "lint", ANSIBLE_COLLECTIONS_PATH=str(TREE))


@nox.session
def typing(nox_session: nox.Session) -> None:
    """Types: mypy --strict on the plugins and on the sandbox."""
    run(nox_session, BIN / "mypy", "-p", "ansible_collections.central_logging.aws.plugins")
    run(nox_session, BIN / "mypy", "-p", "tests.sandbox", "-p", "tests.demo")


@nox.session
def unit(nox_session: nox.Session) -> None:
    """Unit tests of the plugins and of the sandbox; takes options of pytest."""
    run(nox_session, BIN / "python", "-m", "pytest", *(nox_session.posargs or ["tests/unit", "-q"]))


@nox.session
def docs(nox_session: nox.Session) -> None:
    """Documentation: every module and role renders, links lead somewhere, antsibull-docs finds nothing."""
    paths = f"{TREE}:{SITE}"
    names = [f"central_logging.aws.{module}" for module in MODULES]
    run(nox_session, BIN / "ansible-doc", "-t", "module", "--json", *names, ANSIBLE_COLLECTIONS_PATH=paths)
    lint_docs = ["lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "--validate-collection-refs", "all"]
    top = TREE / NAMESPACE / "aws"
    run(nox_session, BIN / "antsibull-docs", *lint_docs, ".", cwd=top, ANSIBLE_COLLECTIONS_PATH=paths)


@nox.session
def sanity(nox_session: nox.Session) -> None:
    """ansible-test sanity, every test that runs offline, on every Python that is found; takes its options."""
    missing = sorted({"3.10", "3.11", "3.12", "3.13"} - set(other_pythons()))
    nox_session.log(f"Pythons not found, and so not tested: {', '.join(missing) or 'none'}")
    sanity_in(nox_session, copy_of_the_tree("sanity"), BIN, *nox_session.posargs)


@nox.session
def build(nox_session: nox.Session) -> None:
    """The collection as Galaxy would have it: built, installed elsewhere, its documentation read from there."""
    target = BUILD / "installed"
    shutil.rmtree(target, ignore_errors=True)
    run(nox_session, BIN / "ansible-galaxy", "collection", "build", "--force", "--output-path", BUILD, ".")
    archive = next(iter(sorted(BUILD.glob("central_logging-aws-*.tar.gz"))))
    install = ["collection", "install", "--no-deps", "--offline", "-p", str(target), str(archive)]
    run(nox_session, BIN / "ansible-galaxy", *install, ANSIBLE_COLLECTIONS_PATH=str(target))
    names = [f"central_logging.aws.{module}" for module in MODULES]
    run(nox_session, BIN / "ansible-doc", "--json", *names, ANSIBLE_COLLECTIONS_PATH=f"{target}:{SITE}")


@nox.session
def lanes(nox_session: nox.Session) -> None:
    """Unit tests and sanity on newer ansible-core, where a Python for it is found; says what it leaves out."""
    pythons = other_pythons()
    for core, version in (("2.20", "3.12"), ("2.21", "3.13")):
        if version not in pythons:
            nox_session.warn(f"LANE SKIPPED: ansible-core {core} needs Python {version}, which is not here")
            continue
        venv = ROOT / ".nox" / f"core-{core}"
        lock = ROOT / "requirements" / f"core-{core}.txt"
        run(nox_session, pythons[version], "-m", "venv", "--clear", venv)
        run(nox_session, venv / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r", lock)
        run(
            nox_session,
            venv / "bin" / "python",
            "-m",
            "pytest",
            "-q",
            "tests/unit/plugins",
            PYTHONPATH=str(SITE.parent),
        )
        sanity_in(nox_session, copy_of_the_tree(f"sanity-{core}"), venv / "bin", "--python", version)


@nox.session
def integration(nox_session: nox.Session) -> None:
    """The ladder for each module that changes something, with ansible-test against the sandbox; takes target names."""
    sys.path.insert(0, str(ROOT))
    from tests.sandbox.client import Sandbox

    tree = copy_of_the_tree("integration")
    targets = nox_session.posargs or [
        path.parent.name for path in sorted(tree.glob("tests/integration/targets/*/aliases"))
    ]
    with Sandbox(ROOT / "tests" / "integration" / "accounts.yml") as sandbox:
        (tree / "tests" / "integration" / "integration_config.yml").write_text(f"sandbox_url: {sandbox.url}\n")
        run(nox_session, BIN / "ansible-test", "integration", "--color", "no", *targets, cwd=tree)


@nox.session
def e2e(nox_session: nox.Session) -> None:
    """The playbooks against the sandbox, as an operator runs them; takes options of pytest."""
    run(
        nox_session,
        BIN / "python",
        "-m",
        "pytest",
        *(nox_session.posargs or ["tests/e2e", "-q", "-n", "2", "--durations=5"]),
    )


@nox.session
def demo(nox_session: nox.Session) -> None:
    """The playbook against the sandbox, twice, and the proof; takes options of ansible-playbook."""
    run(nox_session, BIN / "python", "-m", "tests.demo", *nox_session.posargs)


@nox.session
def sandbox(nox_session: nox.Session) -> None:
    """The sandbox alone, until Ctrl-C, for your own commands."""
    run(nox_session, BIN / "python", "-m", "tests.sandbox.client", *nox_session.posargs)


@nox.session
def lock(nox_session: nox.Session) -> None:
    """Resolve the requirements anew, with hashes."""
    for name, version in (("dev", "3.11"), ("core-2.20", "3.12"), ("core-2.21", "3.13")):
        options = [
            "--universal",
            "--generate-hashes",
            "--no-emit-index-url",
            "--no-header",
            "--no-annotate",
            "--upgrade",
        ]
        files = [f"requirements/{name}.in", "-o", f"requirements/{name}.txt"]
        run(nox_session, BIN / "uv", "pip", "compile", "-q", "--python-version", version, *options, *files)


@nox.session
def test(nox_session: nox.Session) -> None:
    """Everything that CI runs, with a table of the times at the end."""
    rows, passed, failed = [], 0, 0
    for name in CHECKS:
        print(f"\n##### {name}: {(globals()[name].__doc__ or '').strip()}", flush=True)
        start = time.monotonic()
        command = [str(BIN / "nox"), "--no-color", "-s", name]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            output = []
            for line in process.stdout:
                output.append(line)
                print(line, end="", flush=True)
        found = [
            re.findall(r"\b(\d+) (passed|failed|error)", line) for line in output if re.search(r" in [\d.]+s", line)
        ]
        counts = [(int(number), word) for line in found for number, word in line]
        good = sum(number for number, word in counts if word == "passed")
        bad = sum(number for number, word in counts if word != "passed")
        rows.append((name, "ok" if process.returncode == 0 else "FAILED", time.monotonic() - start, good or "-"))
        passed += good or int(process.returncode == 0)
        failed += bad or int(process.returncode != 0)
    print(f"\n{'SESSION':14}{'RESULT':10}{'SECONDS':>8}{'TESTS':>8}")
    for name, result, seconds, tests in rows:
        print(f"{name:14}{result:10}{seconds:8.0f}{tests:>8}")
    print(f"\n{passed} passed, {failed} failed", flush=True)
    if failed:
        sys.exit(1)
