# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""C(python -m tests.demo [options of ansible-playbook]), from the checkout.

The clock of the sandbox starts some hours ago. At the end there are therefore digests to validate.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT, new_sandbox
from tests.demo import proof

_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
_EVIDENCE = ROOT / ".build" / "evidence"
_PAGE = _EVIDENCE / "evidence.html"
_HOURS = 6
# the hours of the sandbox pass at once, and the first verification must still wait for the first delivery
_VARIABLES = {
    "central_logging_evidence_directory": str(_EVIDENCE),
    "central_logging_first_delivery_timeout": 3600 * (_HOURS + 1),
}
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


def main(options: list[str]) -> int:
    start = time.monotonic()
    _PAGE.unlink(missing_ok=True)

    def step(text: str) -> None:
        print(f"\n=== {time.monotonic() - start:5.1f} s  {text}", flush=True)

    step("Start the sandbox: an AWS with four accounts on this machine")
    with new_sandbox() as sandbox:
        print(f"AWS_ENDPOINT_URL={sandbox.url}")
        sandbox.settings(clock_offset=-3600 * _HOURS)
        step(f"ansible-playbook playbooks/site.yml {' '.join(options)}".rstrip())
        code, _output = _play(sandbox, options)
        if code != 0 or "--check" in options or "-C" in options:
            writes = [call for call in sandbox.calls() if call["write"]]
            step(f"AWS received {len(writes)} calls that write")
            return code
        step(f"CloudTrail delivers: {_HOURS} hours pass")
        sandbox.hours(_HOURS)
        step("The trails and the newest log files, read from AWS with the credentials of the auditor")
        print(proof.table(proof.rows(sandbox)))
        step("The same playbook again: nothing must change, and verification must pass")
        code, output = _play(sandbox, options, quiet=True)
        changes = {host: int(changed) for host, _ok, changed, _unreachable, _failed in _RECAP.findall(output)}
        print(output[output.find("PLAY RECAP") :].strip())
    step("The sandbox is stopped")
    if _PAGE.exists():
        print(f"The evidence page: {_PAGE}")
    return code or int(any(changes.values()) or not changes)


def _play(sandbox: Sandbox, options: list[str], *, quiet: bool = False) -> tuple[int, str]:
    """Run the playbook; return its exit code and output. Unless quiet, print the output while it runs."""
    command = [str(_PLAYBOOK), "playbooks/site.yml", "-e", json.dumps(_VARIABLES), *options]
    with subprocess.Popen(
        command, cwd=ROOT, env=sandbox.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if not quiet:
                print(line, end="", flush=True)
    if quiet and process.returncode:
        print("".join(lines))
    return process.returncode, "".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
