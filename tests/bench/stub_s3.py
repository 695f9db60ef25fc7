# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An S3 for benchmarks: objects out of a table, every answer after the same delay, next to no CPU.

It runs in a process of its own, on a free port of 127.0.0.1, and answers GetObject, HeadObject, ListObjects,
ListObjectsV2, GetBucketLocation and HeadBucket, path style. Other services answer what their caller puts into the
table. It checks neither signatures nor policies: that is the sandbox's job.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import json
import multiprocessing
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from http import HTTPStatus
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_COUNTS, _PROCESSOR = "/-/requests", "/-/processor"
_MODIFIED = datetime(2026, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Stored:
    """One object. A body that is a function is made when it is asked for, and C(size) is what the listing says."""

    body: bytes | Callable[[], bytes]
    metadata: Mapping[str, str] = field(default_factory=dict)  # names without x-amz-meta-
    headers: Mapping[str, str] = field(default_factory=dict)  # such as x-amz-server-side-encryption
    modified: datetime = _MODIFIED
    size: int = 0

    @property
    def length(self) -> int:
        return len(self.body) if isinstance(self.body, bytes) else self.size

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else self.body()


@dataclass(frozen=True)
class World:
    """What is served: objects by bucket and key, and the JSON answers of other services.

    C(answers) has, by operation such as C(ListPublicKeys), functions from the request's arguments to the reply: a
    dictionary, or text of XML for services of the query protocol such as STS.
    """

    buckets: Mapping[str, Mapping[str, Stored]]
    answers: Mapping[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    owner: str = ""  # the account that ExpectedBucketOwner is compared with; empty for any


@dataclass(frozen=True)
class Stub:
    """A running server."""

    url: str

    def requests(self) -> dict[str, int]:
        """How many of each operation have been answered since this was last asked."""
        with urllib.request.urlopen(self.url + _COUNTS) as reply:  # the URL is our own server's
            counts: dict[str, int] = json.load(reply)
        return counts

    def processor(self) -> float:
        """Seconds of processor time that the server has used."""
        with urllib.request.urlopen(self.url + _PROCESSOR) as reply:  # the URL is our own server's
            return float(reply.read())

    @property
    def environment(self) -> dict[str, str]:
        """For any AWS client: where the server is, and credentials that nobody checks."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIASTUB",
            "AWS_SECRET_ACCESS_KEY": "stub",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }


@contextlib.contextmanager
def serving(world: Callable[[], World], latency: float) -> Iterator[Stub]:
    """Serves a world, made in the server's process, with so many seconds before each answer."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(world, latency, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Stub(f"http://127.0.0.1:{ours.recv()}")
    finally:
        process.terminate()
        process.join()


def _serve(world: Callable[[], World], latency: float, started: Connection) -> None:
    async def run() -> None:
        answers = _Answers(world())
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Http(answers, latency), "127.0.0.1", 0, backlog=1024)
        started.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class _Http(asyncio.Protocol):
    """One connection, kept alive. Clients of AWS do not pipeline, so that answers cannot overtake each other."""

    def __init__(self, answers: _Answers, latency: float) -> None:
        self._answers, self._latency = answers, latency
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _colon, value in (header.partition(":") for header in fields)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self._received = rest[length:]
        method, target, _version = line.split(" ")
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        request = _Request(method, unquote(url.path), query, headers, rest[:length])
        asyncio.get_running_loop().call_later(self._latency, self._answer, request)

    def _answer(self, request: _Request) -> None:
        reply = self._answers.to(request)
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self._transport.write(head if request.method == "HEAD" else head + reply.body)


class _Answers:
    def __init__(self, world: World) -> None:
        self._world = world
        self._keys = {name: sorted(objects) for name, objects in world.buckets.items()}
        self._counts: Counter[str] = Counter()

    def to(self, request: _Request) -> _Reply:
        if request.path == _COUNTS:
            counts, self._counts = self._counts, Counter()
            return _Reply(200, json.dumps(counts).encode())
        if request.path == _PROCESSOR:
            return _Reply(200, str(time.process_time()).encode())
        if request.method == "POST":
            return self._service(request)
        bucket, _slash, key = request.path.lstrip("/").partition("/")
        owner = request.headers.get("x-amz-expected-bucket-owner", self._world.owner)
        if bucket not in self._world.buckets:
            return _error(404, "NoSuchBucket")
        if self._world.owner and owner != self._world.owner:
            return _error(403, "AccessDenied")
        return self._object(request, bucket, key) if key else self._bucket(request, bucket)

    def _service(self, request: _Request) -> _Reply:
        target = request.headers.get("x-amz-target", "")
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        name = target.rpartition(".")[2] or form.get("Action", "")
        self._counts[name] += 1
        if name not in self._world.answers:
            return _Reply(400, json.dumps({"__type": "UnknownOperationException"}).encode())
        answer = self._world.answers[name](json.loads(request.body) if target else form)
        return _Reply(200, json.dumps(answer).encode() if target else str(answer).encode())

    def _object(self, request: _Request, bucket: str, key: str) -> _Reply:
        self._counts["HeadObject" if request.method == "HEAD" else "GetObject"] += 1
        stored = self._world.buckets[bucket].get(key)
        if stored is None:
            return _error(404, "NoSuchKey")
        headers = {
            "ETag": '"stub"',
            "Last-Modified": format_datetime(stored.modified, usegmt=True),
            **{f"x-amz-meta-{name}": value for name, value in stored.metadata.items()},
            **stored.headers,
        }
        if request.method == "HEAD":
            return _Reply(200, headers={**headers, "Content-Length": str(stored.length)})
        return _Reply(200, stored.content(), headers)

    def _bucket(self, request: _Request, bucket: str) -> _Reply:
        if "location" in request.query:
            self._counts["GetBucketLocation"] += 1
            return _Reply(200, b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')
        if request.method == "HEAD":
            self._counts["HeadBucket"] += 1
            return _Reply(200, headers={"x-amz-bucket-region": "us-east-1"})
        self._counts["ListObjectsV2" if request.query.get("list-type") == "2" else "ListObjects"] += 1
        return _Reply(200, self._listing(request.query, bucket).encode())

    def _listing(self, query: Mapping[str, str], bucket: str) -> str:
        objects, keys = self._world.buckets[bucket], self._keys[bucket]
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        limit = int(query.get("max-keys", "1000"))
        after = query.get("continuation-token") or query.get("start-after") or query.get("marker") or ""
        position = max(bisect.bisect_left(keys, prefix), _behind(keys, after, delimiter))
        found: list[str] = []
        last = ""
        while position < len(keys) and keys[position].startswith(prefix) and len(found) < limit:
            last = keys[position]
            folder, cut, _rest = last[len(prefix) :].partition(delimiter) if delimiter else (last, "", "")
            if cut:
                last = prefix + folder + cut
                found.append(f"<CommonPrefixes><Prefix>{escape(last)}</Prefix></CommonPrefixes>")
                position = _behind(keys, last, delimiter)
            else:
                found.append(_content(last, objects[last]))
                position += 1
        more = position < len(keys) and keys[position].startswith(prefix) and bool(found)
        token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
        token += f"<NextMarker>{escape(last)}</NextMarker>" if more and delimiter else ""
        return (
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(found)}</KeyCount>"
            f"<MaxKeys>{limit}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(found)}"
            "</ListBucketResult>"
        )


def _behind(keys: list[str], after: str, delimiter: str) -> int:
    """The position of the first key behind one, or behind the whole folder where it is one."""
    if not after:
        return 0
    if delimiter and after.endswith(delimiter):
        return bisect.bisect_left(keys, after[:-1] + chr(ord(after[-1]) + 1))
    return bisect.bisect_right(keys, after)


def _content(key: str, stored: Stored) -> str:
    modified = stored.modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{modified}</LastModified><ETag>&quot;stub&quot;</ETag>"
        f"<Size>{stored.length}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )


def _error(status: int, code: str) -> _Reply:
    return _Reply(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())
