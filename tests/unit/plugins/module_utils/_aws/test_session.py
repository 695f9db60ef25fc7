# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What sessions and connections share, and what they do not."""

from __future__ import annotations

import gc
import os
import socket
from datetime import datetime, timezone
from typing import Any

import botocore.utils
import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws import session as sessions

from tests.fakes.support import REGION, SECRET

KEYS = {"aws_access_key_id": "AKIAX", "aws_secret_access_key": SECRET, "aws_session_token": None}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise AssertionError("no call is made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(sessions, "_UNUSED", [])


def pool_of(client: Any) -> Any:
    return client._endpoint.http_session._pool_classes_by_scheme["https"]


def test_models_are_shared_and_credentials_are_not() -> None:
    first, other = sessions.new_session(**KEYS), sessions.new_session(**{**KEYS, "aws_access_key_id": "AKIAY"})
    assert first.get_component("data_loader") is other.get_component("data_loader")
    assert [session.get_credentials().access_key for session in (first, other)] == ["AKIAX", "AKIAY"]


def test_a_folder_of_models_of_ones_own_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert str(tmp_path) in sessions.new_session(**KEYS).get_component("data_loader").search_paths


def test_clients_keep_the_credentials_they_were_made_with() -> None:
    session = sessions.new_session(**KEYS)
    before = sessions.new_client(session, "sts", region_name=REGION)
    sessions.use_credentials(session, aws_access_key_id="ASIAX", aws_secret_access_key=SECRET)
    after = sessions.new_client(session, "sts", region_name=REGION)
    assert before._request_signer._credentials.access_key == "AKIAX"
    assert after._request_signer._credentials.access_key == "ASIAX"


@pytest.mark.parametrize(
    ("options", "proxy", "shared"),
    [
        ({"ca_certs": "authority.pem"}, None, True),
        ({"ca_certs": "authority.pem"}, "http", True),
        ({"ca_certs": "authority.pem"}, "https", False),
        ({"ca_certs": "authority.pem", "cert_file": "mine.pem"}, None, False),
        ({"ca_certs": None}, None, False),
    ],
)
def test_which_connections_take_the_shared_trust_store(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], proxy: str | None, shared: bool
) -> None:
    pool = pool_of(sessions.new_client(sessions.new_session(**KEYS), "sts", region_name=REGION))
    assert pool is sessions._pool()
    monkeypatch.setattr(sessions, "_trust", lambda ca_certs: f"trusting {ca_certs}")
    monkeypatch.setattr(pool.ConnectionCls.__mro__[1], "connect", lambda _self: None)
    connection = pool.ConnectionCls("sts.amazonaws.com")
    connection.ca_certs, connection.cert_file = options["ca_certs"], options.get("cert_file")
    connection.proxy = None if proxy is None else type("Url", (), {"scheme": proxy})()
    connection.ssl_context = "its own"
    connection.connect()
    assert connection.ssl_context == ("trusting authority.pem" if shared else "its own")


def test_preload_makes_no_call_and_keeps_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULTS_MODE", "auto")  # would ask the metadata service
    at_fork: dict[str, Any] = {}
    monkeypatch.setattr(os, "register_at_fork", lambda **hooks: at_fork.update(hooks))
    sessions.preload("sts", "cloudtrail")
    assert at_fork == {"after_in_child": gc.freeze}
    (unused,) = sessions._UNUSED
    assert unused._credentials is None
    assert sessions.new_session(**KEYS) is unused
    assert sessions._UNUSED == []


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-01-01T10:20:30.000Z", datetime(2026, 1, 1, 10, 20, 30, tzinfo=timezone.utc)),
        ("2026-01-01T10:20:30.123Z", datetime(2026, 1, 1, 10, 20, 30, 123000, tzinfo=timezone.utc)),
        ("Thu, 01 Jan 2026 10:20:30 GMT", datetime(2026, 1, 1, 10, 20, 30, tzinfo=timezone.utc)),
        (1767262830, datetime(2026, 1, 1, 10, 20, 30, tzinfo=timezone.utc)),
    ],
)
def test_times_of_replies_are_those_of_botocore(value: Any, time: datetime) -> None:
    assert sessions._timestamp(value) == time == botocore.utils.parse_timestamp(value)


def test_sessions_use_the_parser_of_times() -> None:
    parser = sessions.new_session().get_component("response_parser_factory").create_parser("rest-xml")
    assert parser._timestamp_parser is sessions._timestamp
