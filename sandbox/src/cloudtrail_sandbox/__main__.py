# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command `python -m cloudtrail_sandbox`: starts the sandbox and prints the lines that point a shell at it."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from cloudtrail_sandbox.accounts_file import AccountsFile
from cloudtrail_sandbox.accounts_values import AccountsError
from cloudtrail_sandbox.client import READY, environment_of
from cloudtrail_sandbox.server import Sandbox, serve

EXAMPLE = Path(__file__).with_name("example.yml")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port. Use a number from 0 to 65535.")
    return port


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cloudtrail-sandbox", description="A local AWS in which policies decide.")
    parser.add_argument("--accounts", type=Path, default=EXAMPLE, help="accounts file (default: %(default)s)")
    parser.add_argument("--policies", type=Path, help="folder of the policy files (default: that of the accounts file)")
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--policy-delay", type=float, default=0.0, help="seconds until a written policy is visible")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox until SIGTERM or Ctrl-C. Returns the exit code, 2 if the accounts file is not valid."""
    chosen = options(arguments)
    try:
        sandbox = Sandbox(AccountsFile.read(chosen.accounts, chosen.policies), chosen.policy_delay)
    except AccountsError as error:
        print(error, file=sys.stderr)
        return 2
    server = serve(sandbox, chosen.port)

    def stop(*_: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    url = f"http://127.0.0.1:{server.port}"
    print(f"{READY}{url}")
    for user in sandbox.users[:1]:
        for name, value in environment_of(url, user).items():
            print(f"export {name}={value}")
    print("# Ctrl-C stops the sandbox", flush=True)
    server.serve_forever()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
