# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A stub of AWS for benchmarks: STS and CloudTrail over TLS. It answers each call after a delay and costs little CPU.

It accepts everything and checks nothing; what is right is tested against the sandbox. Each account has its trails and
their state, so that a second run finds what the first has made. The account of a call is known from the access key,
which AssumeRole makes of the role's account.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import ipaddress
import json
import re
import ssl
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).parents[2]
READY = "stub ready: "
CALLER = "999988887777"

Answer = tuple[int, str, bytes]  # status, content type, body
Operation = Callable[[str, dict[str, Any]], dict[str, Any]]


class NotFound(Exception):
    """There is no such trail."""


class CloudTrail:
    """The trails of all accounts, by account and name."""

    def __init__(self) -> None:
        self._trails: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._selectors: dict[str, list[Any]] = {}
        self._logging: set[str] = set()

    def answer(self, account: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        method: Operation = getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
        return method(account, body)

    def _trail(self, account: str, name: str) -> dict[str, Any]:
        try:
            return self._trails[account][name.rpartition("/")[2]]
        except KeyError:
            raise NotFound(f"Unknown trail: {name}") from None

    def create_trail(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/{body['Name']}"
        settings = {"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": True, **body}
        settings["LogFileValidationEnabled"] = settings.pop("EnableLogFileValidation", False)
        trail = {**settings, "TrailARN": arn, "HomeRegion": "us-east-1", "IsOrganizationTrail": False}
        self._trails[account][body["Name"]] = trail
        return trail

    def update_trail(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.create_trail(account, {**self._trail(account, body["Name"]), **body})

    def get_trail(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"Trail": self._trail(account, body["Name"])}

    def describe_trails(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        names = body.get("trailNameList") or list(self._trails[account])
        return {"trailList": [self._trails[account][name] for name in names if name in self._trails[account]]}

    def get_trail_status(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"IsLogging": self._trail(account, body["Name"])["TrailARN"] in self._logging}

    def start_logging(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        self._logging.add(self._trail(account, body["Name"])["TrailARN"])
        return {}

    def list_tags(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"ResourceTagList": [{"ResourceId": arn, "TagsList": []} for arn in body["ResourceIdList"]]}

    def put_event_selectors(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        arn = self._trail(account, body["TrailName"])["TrailARN"]
        self._selectors[arn] = body["AdvancedEventSelectors"]
        return {"TrailARN": arn, "AdvancedEventSelectors": self._selectors[arn]}

    def get_event_selectors(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        arn = self._trail(account, body["TrailName"])["TrailARN"]
        if arn in self._selectors:
            return {"TrailARN": arn, "AdvancedEventSelectors": self._selectors[arn]}
        every = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
        return {"TrailARN": arn, "EventSelectors": [every]}


def sts(form: dict[str, str], account: str) -> bytes:
    action = form["Action"]
    if action == "AssumeRole":
        account = form["RoleArn"].split(":")[4]
        later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
        result = (
            f"<Credentials><AccessKeyId>ASIABENCH{account}</AccessKeyId><SecretAccessKey>bench-secret-access-key-of-nobody"
            f"</SecretAccessKey><SessionToken>bench-session-token-of-nobody</SessionToken><Expiration>{later}</Expiration>"
            f"</Credentials><AssumedRoleUser><Arn>{form['RoleArn']}/bench</Arn><AssumedRoleId>AROABENCH:bench"
            "</AssumedRoleId></AssumedRoleUser>"
        )
    else:
        result = f"<Arn>arn:aws:iam::{account}:user/bench</Arn><UserId>bench</UserId><Account>{account}</Account>"
    return (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata></{action}Response>"
    ).encode()


def answer(trails: CloudTrail, headers: dict[str, str], body: bytes) -> Answer:
    key = re.search(r"Credential=(?:ASIABENCH(\d{12}))?", headers.get("authorization", ""))
    account = (key and key.group(1)) or CALLER
    if "x-amz-target" not in headers:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return 200, "text/xml", sts(form, account)
    operation = headers["x-amz-target"].rpartition(".")[2]
    try:
        found: dict[str, Any] = trails.answer(account, operation, json.loads(body or b"{}"))
    except NotFound as missing:
        found = {"__type": "TrailNotFoundException", "message": str(missing)}
        return 400, "application/x-amz-json-1.1", json.dumps(found).encode()
    return 200, "application/x-amz-json-1.1", json.dumps(found).encode()


async def serve(folder: Path, delay: float) -> None:
    """Until it is ended. C(folder) gets the certificate of an authority of its own, made anew."""
    trails = CloudTrail()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value for name, _colon, value in (line.partition(": ") for line in head[1:] if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                await asyncio.sleep(delay)
                status, kind, reply = answer(trails, headers, body)
                writer.write(
                    f"HTTP/1.1 {status} Bench\r\nContent-Type: {kind}\r\nContent-Length: {len(reply)}\r\n"
                    f"x-amzn-RequestId: bench\r\n\r\n".encode()
                    + reply
                )
                await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))
    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(f"{READY}https://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def certificate(folder: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1; C(authority.pem) beside it has the certificate alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "authority.pem").write_bytes(text)
    chain = folder / "chain.pem"
    chain.touch(mode=0o600)
    chain.write_bytes(private + text)
    return chain


class Stub:
    """A stub in a process of its own, as a context manager."""

    def __init__(self, folder: Path, delay: float) -> None:
        self._folder, self._delay = folder, delay

    def __enter__(self) -> Stub:
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.bench.stub", str(self._folder), str(self._delay)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith(READY):
            self._process.kill()
            raise RuntimeError(f"the stub did not start: {line!r}")
        self.url = line.removeprefix(READY).strip()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    @property
    def authority(self) -> str:
        return (self._folder / "authority.pem").read_text()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("delay", type=float, help="seconds before each answer")
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.folder, chosen.delay))


if __name__ == "__main__":
    main()
