# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python -m cloudtrail_sandbox --port 0 --accounts FILE: starts the sandbox and says when it is ready."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from cloudtrail_sandbox.accounts_file import AccountsFile
from cloudtrail_sandbox.server import Sandbox, serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cloudtrail_sandbox", description="An AWS to play against.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--accounts", type=Path, required=True, help="the accounts file (see README.md)")
    parser.add_argument("--policy-delay", type=float, default=0.0, help="seconds until a put policy is visible")
    asked = parser.parse_args()
    server = serve(Sandbox(AccountsFile.read(asked.accounts), asked.policy_delay), asked.port)

    def stop(*_: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"sandbox ready: http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
