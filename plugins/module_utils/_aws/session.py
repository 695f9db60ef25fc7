# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sessions and clients that share what is costly to load: the service models and the TLS trust store.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each session of botocore reads the models again, and urllib3 parses the trust store again for each connection. Together
that is more than a tenth of a second of CPU for each account. Both are the same for all accounts, and C(preload) loads
them before a process forks. They contain no secret, and no call is made to load them.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import re
import ssl
from datetime import datetime
from typing import Any

try:
    import botocore.awsrequest
    import botocore.config
    import botocore.httpsession
    import botocore.loaders
    import botocore.session
    import botocore.utils
except ImportError:  # AnsibleAWSModule reports it
    AVAILABLE = False
else:
    AVAILABLE = True


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.000Z", re.ASCII)  # as S3 lists it
_UNUSED: list[Any] = []  # sessions made ahead, which have read no credentials yet


def new_session(**credentials: str | None) -> Any:
    """A session with credentials, named as boto3 names them, or without any with those that botocore finds."""
    session = _UNUSED.pop() if _UNUSED else botocore.session.get_session()
    profile = credentials.pop("profile_name", None)
    if profile:
        session.set_config_variable("profile", profile)
    if any(credentials.values()):
        use_credentials(session, **credentials)
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
    return session


def knows_region(region: str) -> bool:
    """True if the installed version of botocore lists the Region in any partition. AWS may have newer Regions."""
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return any(region in session.get_available_regions("cloudtrail", partition) for partition in partitions)


def _timestamp(value: Any) -> datetime:
    """A time in a reply. S3's lists have one for each object, and botocore's parser is slow."""
    if isinstance(value, str) and _ISO.fullmatch(value):
        return datetime.fromisoformat(f"{value[:19]}+00:00")
    time: datetime = botocore.utils.parse_timestamp(value)
    return time


def use_credentials(
    session: Any,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
) -> None:
    """Set the credentials of the clients that the session makes from now on. Existing clients keep theirs."""
    session.set_credentials(aws_access_key_id, aws_secret_access_key, aws_session_token)


def new_client(session: Any, service: str, **options: Any) -> Any:
    """A client of the session. C(options) are those of C(create_client) in botocore."""
    client = session.create_client(service, **options)
    with contextlib.suppress(AttributeError):  # if botocore keeps its pools elsewhere, the client is only slower
        client._endpoint.http_session._pool_classes_by_scheme["https"] = _pool()
    return client


def preload(*services: str) -> None:
    """Load what sessions, clients of these services and their connections share, before a process forks.

    To load it, clients are made that nothing uses. In a forked process, garbage collection would touch, and so copy,
    every object made before the fork. C(gc.freeze) excludes them: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    session = new_session(aws_access_key_id="none", aws_secret_access_key="none")
    # in mode "auto" botocore would call the metadata service of the instance to find the Region
    config = botocore.config.Config(defaults_mode="legacy")
    for service in services:
        new_client(session, service, region_name="us-east-1", config=config)
    _trust(botocore.httpsession.get_cert_path(os.environ.get("AWS_CA_BUNDLE") or True))
    _UNUSED.append(botocore.session.get_session())
    os.register_at_fork(after_in_child=gc.freeze)


@functools.cache
def _loader(data_path: str | None) -> Any:
    return botocore.loaders.create_loader(data_path)


@functools.cache
def _trust(ca_certs: str) -> ssl.SSLContext:
    """A TLS context as botocore makes it, with the trust store."""
    context: ssl.SSLContext = botocore.httpsession.create_urllib3_context()
    context.load_verify_locations(ca_certs)
    return context


@functools.cache
def _pool() -> Any:
    """The class of botocore's connection pools, with connections that use the shared trust store."""

    # botocore has no types: its classes are Any to mypy
    class Connection(botocore.awsrequest.AWSHTTPSConnection):  # type: ignore[misc]
        ca_certs: str | None

        def connect(self) -> None:
            # the certificate of a client, or a proxy with TLS, needs a context of its own
            proxied = self.proxy is not None and self.proxy.scheme == "https"
            if self.ca_certs and not self.cert_file and not proxied:
                self.ssl_context, self.ca_certs = _trust(self.ca_certs), None
            super().connect()

    # as above
    class Pool(botocore.awsrequest.AWSHTTPSConnectionPool):  # type: ignore[misc]
        ConnectionCls = Connection

    return Pool
