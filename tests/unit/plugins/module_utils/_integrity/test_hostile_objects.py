# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that are made to break their reader: each is a finding, and needs limited memory."""

from __future__ import annotations

import functools
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._digests import digest
from ansible_collections.central_logging.aws.plugins.module_utils._log_files import gzip_stream
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.object_keys import LogLocation

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, reported, validate
from tests.fakes.fake_digests import FakeDelivery, FakeObject

MIB = 1 << 20


@functools.cache
def bomb(gigabytes: int = 10) -> bytes:
    """Zeros, as a gzip file of a thousandth of their size. After a full flush a block may simply be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (1024 * gigabytes)


def deep(levels: int = 200_000) -> bytes:
    return b"[" * levels + b"]" * levels


CONTENTS: dict[str, Callable[[], bytes]] = {
    "a bomb": bomb,
    "a bomb that looks small": functools.partial(bomb, 3),
    "not gzip": lambda: b"PK\x03\x04 and so on",
    "nothing": lambda: b"",
    "nothing, packed": lambda: fake_digests.packed(b""),
    "not JSON": lambda: fake_digests.packed(b"Records"),
    "not text": lambda: fake_digests.packed(b"\xff\xfe\xfd"),
    "deep JSON": lambda: fake_digests.packed(deep()),
    "deep JSON in a digest": lambda: fake_digests.packed(b'{"logFiles":' + deep(150_000) + b"}"),
    "a list": lambda: fake_digests.packed(b"[]"),
    "a number": lambda: fake_digests.packed(b"1e999"),
    "a number of 10,000 digits": lambda: fake_digests.packed(b"9" * 10_000),
    "null": lambda: fake_digests.packed(b"null"),
    "an empty object": lambda: fake_digests.packed(b"{}"),
    "many values": lambda: fake_digests.packed(b"[" + b"[]," * (5 * MIB) + b"0]"),
    "many bytes": lambda: fake_digests.packed(b'"' + b"x" * (20 * MIB) + b'"'),
    "noise": lambda: b"\x1f\x8b\x08\x00" + bytes(range(256)) * 40,
    "much that does not compress": lambda: gzip.compress(bytes(5 * MIB), 0),
    "gzip of nothing, again and again": lambda: gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * (2 * MIB),
}


@pytest.mark.parametrize("what", CONTENTS)
@pytest.mark.parametrize("victim", ["digests", "logs"])
def test_each_is_a_finding(what: str, victim: str) -> None:
    trail = FakeDelivery().hours(3)
    key = getattr(trail, victim)[1]
    trail.objects[key].body = CONTENTS[what]()
    tracemalloc.start()
    result = validate(trail)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [where for _kind, where in reported(result)] == [key]
    assert result["findings"][0]["kind"] in ("malformed", "tampered") and not result["valid"]
    assert peak < 90 * MIB, f"{peak >> 20} MiB"


def test_hostile_digests_do_not_add_up() -> None:
    trail = FakeDelivery().hours(12, logs=0)
    for key in trail.digests:
        trail.objects[key].body = CONTENTS["many bytes"]()
    tracemalloc.start()
    validate(trail, connections=64)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 90 * MIB, f"{peak >> 20} MiB"


# the content of a digest, even if it is signed

VALUES: list[Any] = [None, 1, 10**30, 1.5, True, "", "x", "\ud800", [], {}, [[]], {"a": 1}]
NAMES = [
    "digestStartTime",
    "digestEndTime",
    "digestS3Bucket",
    "digestS3Object",
    "digestPublicKeyFingerprint",
    "digestSignatureAlgorithm",
    "previousDigestS3Bucket",
    "previousDigestS3Object",
    "previousDigestHashValue",
    "previousDigestHashAlgorithm",
    "previousDigestSignature",
    "logFiles",
]


def _with(document: dict[str, Any], **changes: Any) -> FakeObject:
    """Signed as well as such a document can be."""
    try:
        return fake_digests.signed({**document, **changes}, "cloudtrail")
    except UnicodeEncodeError:
        return FakeObject(fake_digests.packed(json.dumps({**document, **changes}).encode()), {})


@pytest.mark.parametrize("name", NAMES)
def test_fields_of_another_type(name: str) -> None:
    trail = FakeDelivery().hours(3)
    key = trail.digests[1]
    document = fake_digests.unpacked(trail.objects[key])
    for value in VALUES:
        result = validate(trail, FakeDigestBucket({**trail.objects, key: _with(document, **{name: value})}))
        assert not result["valid"], value
        json.dumps(result).encode()


@pytest.mark.parametrize("name", ["s3Bucket", "s3Object", "hashValue", "hashAlgorithm"])
def test_entries_of_another_type(name: str) -> None:
    trail = FakeDelivery().hours(3)
    key = trail.digests[2]
    document = fake_digests.unpacked(trail.objects[key])
    for value in [value for value in VALUES if value != "" or name != "s3Bucket"]:
        entries = [{**document["logFiles"][0], name: value}, document["logFiles"][1]]
        result = validate(trail, FakeDigestBucket({**trail.objects, key: _with(document, logFiles=entries)}))
        if not (name == "s3Bucket" and isinstance(value, str)):
            assert not result["valid"], value
        json.dumps(result).encode()
    for entry in VALUES:
        result = validate(trail, FakeDigestBucket({**trail.objects, key: _with(document, logFiles=[entry])}))
        assert not result["valid"], entry


def test_a_digest_with_a_name_twice_is_judged_by_its_signed_bytes() -> None:
    """JSON readers differ in which of two values counts. Without CloudTrail's signature, neither does."""
    trail = FakeDelivery().hours(3)
    key = trail.digests[1]
    content = gzip.decompress(trail.objects[key].body)
    twice = content[:-1] + b', "logFiles": [], "digestS3Bucket": "another-bucket"}'
    trail.objects[key].body = fake_digests.packed(twice)
    assert reported(validate(trail)) == [("tampered", key)]


@pytest.mark.parametrize("seconds", [-1, 0, 10**9])
def test_times_that_do_not_fit_the_name(seconds: int) -> None:
    """Signed, as if somebody could make CloudTrail sign: the end must be the one in the name."""
    trail = FakeDelivery().hours(3)
    key = trail.digests[1]
    document = fake_digests.unpacked(trail.objects[key])
    end = fake_digests.START + 2 * fake_digests.HOUR
    start = end - timedelta(seconds=seconds)
    changes = {"digestStartTime": start.strftime(fake_digests.ISO)}
    trail.objects[key] = fake_digests.signed({**document, **changes}, "cloudtrail")
    json.dumps(validate(trail)).encode()
    later = {"digestEndTime": (end + timedelta(seconds=1)).strftime(fake_digests.ISO)}
    trail.objects[key] = fake_digests.signed({**document, **later}, "cloudtrail")
    assert ("replaced", key) in reported(validate(trail))


@pytest.mark.parametrize("name", ["x\ny", "\u202e", "a" * 900, "a'b", "%0a", "<b>"])
def test_keys_with_any_characters_are_findings(name: str) -> None:
    trail = FakeDelivery().hours(3)
    day = f"AWSLogs/{fake_digests.ACCOUNT}/{{}}/{fake_digests.REGION}/2026/11/24/"
    for kind in ("CloudTrail", "CloudTrail-Digest"):
        trail.objects[day.format(kind) + name] = FakeObject(b"")
        trail.objects[trail.digests[0].replace(fake_digests.TRAIL, f"t{name}")] = FakeObject(b"")
    result = validate(trail)
    assert not result["valid"] and {"unexpected"} <= {kind for kind, _key in reported(result)}
    json.dumps(result).encode()


@pytest.mark.parametrize("value", ["", "/", "AWSLogs/", "\n", "AWSLogs/x/y", "a" * 5000, "\x00", "AWSLogs/" * 50])
@pytest.mark.parametrize("name", ["previousDigestS3Bucket", "previousDigestS3Object"])
def test_a_previous_digest_anywhere(name: str, value: str) -> None:
    trail = FakeDelivery().hours(4)
    for key in (trail.digests[0], trail.digests[2]):
        previous = {
            "previousDigestS3Bucket": fake_digests.BUCKET,
            "previousDigestS3Object": trail.digests[1],
            "previousDigestHashValue": "0" * 64,
            "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": "00",
            name: value,
        }
        document = {**fake_digests.unpacked(trail.objects[key]), **previous}
        objects = {**trail.objects, key: fake_digests.signed(document, "cloudtrail")}
        start = (fake_digests.START - timedelta(hours=3)).strftime(fake_digests.ISO)
        result = validate(trail, FakeDigestBucket(objects), start_time=start)
        assert result["findings"] and result["regions"][0]["covered_seconds"] <= 4 * 3600
        json.dumps(result).encode()


def test_a_log_file_in_a_bucket_that_is_not_read_is_never_verified() -> None:
    """A digest in the middle of a chain names it: the trail was sent elsewhere and back."""
    trail = FakeDelivery().hours(3)
    key = trail.digests[2]
    document = fake_digests.unpacked(trail.objects[key])
    entries = [{**document["logFiles"][0], "s3Bucket": "another-bucket"}, document["logFiles"][1]]
    trail.objects[key] = fake_digests.signed({**document, "logFiles": entries}, "cloudtrail")
    gateway = FakeDigestBucket(trail.objects)
    result = validate(trail, gateway, backfill_timeout=0)
    assert not result["valid"]
    statuses = {finding["kind"]: finding["status"] for finding in result["findings"]}
    assert statuses == {"continues_elsewhere": "failed", "unexpected": "failed"}
    assert result["regions"][0]["covered_seconds"] == 2 * 3600
    assert {arguments["Bucket"] for name, arguments in gateway.requests if name == "get_object"} == {
        fake_digests.BUCKET
    }


LOCATION = LogLocation(account=fake_digests.ACCOUNT, region=fake_digests.REGION, prefix="trails")
INSIDE = f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail/eu-west-1/2026/11/24/x.json.gz"


@pytest.mark.parametrize(
    "named",
    [
        "",
        "/etc/passwd",
        "../" + INSIDE,
        f"AWSLogs/{fake_digests.ACCOUNT}/../012345678901/CloudTrail/x.json.gz",
        f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail/../../012345678901/CloudTrail/x.json.gz",
        f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail/./x.json.gz",
        f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail//x.json.gz",
        f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail/x.json.gz\n",
        f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail/x\0.json.gz",
        f"AWSLogs/{fake_digests.ACCOUNT}/CloudTrail/\ud800.json.gz",
        f"AWSLogs/{fake_digests.ACCOUNT}/secrets/x.json.gz",
        f"AWSLogs/{fake_digests.ACCOUNT}/",
        "AWSLogs/012345678901/CloudTrail/eu-west-1/2026/11/24/x.json.gz",
        f"AWSLogs/o-a1b2c3d4e5/{fake_digests.ACCOUNT}/CloudTrail/eu-west-1/2026/11/24/x.json.gz",
        f"xAWSLogs/{fake_digests.ACCOUNT}/CloudTrail/x.json.gz",
    ],
)
def test_a_key_outside_of_the_folder_is_not_read(named: str) -> None:
    if named == "../" + INSIDE:
        assert LOCATION.resolve(named) == f"trails/{INSIDE}", "only the key from AWSLogs on counts"
        return
    assert LOCATION.resolve(named) is None
    trail = FakeDelivery(root="trails/").hours(3)
    key = trail.digests[2]
    document = fake_digests.unpacked(trail.objects[key])
    entries = [*document["logFiles"], {**document["logFiles"][0], "s3Object": named, "s3Bucket": "another-bucket"}]
    gateway = FakeDigestBucket(
        {**trail.objects, key: fake_digests.signed({**document, "logFiles": entries}, "cloudtrail")}
    )
    result = validate(trail, gateway, key_prefix="trails")
    assert [kind for kind, _where in reported(result)] == ["malformed"]
    asked = {arguments["Key"] for operation, arguments in gateway.requests if operation == "get_object"}
    assert asked == {*trail.digests, *trail.logs}
    json.dumps(result).encode()


@pytest.mark.parametrize("kind", ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity"])
def test_a_key_inside_of_the_folder_is_resolved(kind: str) -> None:
    named = f"old/AWSLogs/{fake_digests.ACCOUNT}/{kind}/eu-west-1/2026/11/24/x.json.gz"
    assert LOCATION.resolve(named) == named.replace("old/", "trails/")


def test_a_file_named_a_thousand_times_is_read_once() -> None:
    trail = FakeDelivery().hours(2)
    key = trail.digests[1]
    document = fake_digests.unpacked(trail.objects[key])
    stored = fake_digests.signed({**document, "logFiles": document["logFiles"] * 1000}, "cloudtrail")
    gateway = FakeDigestBucket({**trail.objects, key: stored})
    assert validate(trail, gateway)["valid"]
    assert sum(operation == "get_object" for operation, _arguments in gateway.requests) == 6


def test_more_log_files_than_an_hour_has() -> None:
    trail = FakeDelivery().hours(2)
    key = trail.digests[1]
    document = fake_digests.unpacked(trail.objects[key])
    stored = fake_digests.signed({**document, "logFiles": document["logFiles"] * 40_000}, "cloudtrail")
    result = validate(trail, FakeDigestBucket({**trail.objects, key: stored}))
    assert reported(result) == [("malformed", key)]


def test_as_many_log_files_as_an_hour_may_have() -> None:
    trail = FakeDelivery().hours(1)
    document = fake_digests.unpacked(trail.objects[trail.digests[0]])
    entries = [{**document["logFiles"][0], "s3Object": f"{trail.logs[0]}{number:05}"} for number in range(20_000)]
    assert len(digest.parse(json.dumps({**document, "logFiles": entries}).encode()).log_files) == 20_000


# unpacking


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
@pytest.mark.parametrize("chunk", [1000, 1 << 16, 1 << 30])
def test_content_of_any_size_in_pieces_of_any_size(size: int, chunk: int) -> None:
    for content in (bytes(size), (bytes(range(251)) * (size // 251 + 1))[:size]):
        packed = gzip.compress(content)
        chunks = [packed[at : at + chunk] for at in range(0, len(packed), chunk)]
        assert gzip_stream.unpacked(chunks, 4 * MIB) == content


@pytest.mark.parametrize("behind", [b"\0", gzip.compress(b"", mtime=0), b"x" * 100_000])
@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
def test_nothing_may_follow(behind: bytes, chunk: int) -> None:
    packed = gzip.compress(b"content") + behind
    with pytest.raises(gzip_stream.Damaged, match="after the end"):
        gzip_stream.sha256((packed[at : at + chunk] for at in range(0, len(packed), chunk)), MIB)


def test_the_limit_is_that_of_what_is_packed_as_well() -> None:
    with pytest.raises(gzip_stream.Damaged, match="more than 1 MiB"):
        gzip_stream.sha256([CONTENTS["gzip of nothing, again and again"]()], MIB)
    with pytest.raises(gzip_stream.Damaged, match="more than 1 MiB"):
        gzip_stream.unpacked([gzip.compress(bytes(MIB + 1))], MIB)
    assert gzip_stream.unpacked([gzip.compress(bytes(MIB))], MIB) == bytes(MIB)
