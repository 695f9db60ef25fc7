# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sessions and clients that share what is costly to load: the service models and the TLS trust store.

Note that this module util is PRIVATE to the collection: it can change at any time.

A session of botocore's own reads the models anew, and urllib3 parses the trust store anew for each connection: together
more than a tenth of a second of CPU for each account. Both are the same for all accounts, and a process that forks may
load them before it does: C(preload). Nothing in here is secret, and loading talks to nobody.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import ssl
from typing import Any

try:
    import botocore.awsrequest
    import botocore.config
    import botocore.httpsession
    import botocore.loaders
    import botocore.session
except ImportError:  # AnsibleAWSModule says so to the user
    AVAILABLE = False
else:
    AVAILABLE = True


_SPARE: list[Any] = []  # sessions that nobody has used yet, and that have looked at nothing


def new_session(**credentials: str | None) -> Any:
    """A session with credentials as boto3 takes them, or where there are none, with those that botocore finds."""
    session = _SPARE.pop() if _SPARE else botocore.session.get_session()
    profile = credentials.pop("profile_name", None)
    if profile:
        session.set_config_variable("profile", profile)
    if any(credentials.values()):
        use_credentials(session, **credentials)
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    return session


def use_credentials(
    session: Any,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
) -> None:
    """Give these to the clients that the session makes from now on; those that it has made keep theirs."""
    session.set_credentials(aws_access_key_id, aws_secret_access_key, aws_session_token)


def new_client(session: Any, service: str, **options: Any) -> Any:
    """A client of the session; C(options) as botocore takes them."""
    client = session.create_client(service, **options)
    with contextlib.suppress(AttributeError):  # a botocore that keeps its pools elsewhere is only slower
        client._endpoint.http_session._pool_classes_by_scheme["https"] = _pool()
    return client


def preload(*services: str) -> None:
    """Load what sessions, clients of these services and their connections share, and keep it whole in forked processes.

    Loading is making clients for nobody. A collection of garbage in a forked process would touch, and so copy, every
    object that was made before the fork, so it leaves them out: https://docs.python.org/3/library/gc.html#gc.freeze.
    """
    session = new_session(aws_access_key_id="nobody", aws_secret_access_key="nothing")
    # the mode "auto" would ask the instance's metadata service for the Region
    config = botocore.config.Config(defaults_mode="legacy")
    for service in services:
        new_client(session, service, region_name="us-east-1", config=config)
    _trust(botocore.httpsession.get_cert_path(os.environ.get("AWS_CA_BUNDLE") or True))
    _SPARE.append(botocore.session.get_session())
    os.register_at_fork(after_in_child=gc.freeze)


@functools.cache
def _loader(data_path: str | None) -> Any:
    return botocore.loaders.create_loader(data_path)


@functools.cache
def _trust(ca_certs: str) -> ssl.SSLContext:
    """A context as botocore makes them, with its trust store."""
    context: ssl.SSLContext = botocore.httpsession.create_urllib3_context()
    context.load_verify_locations(ca_certs)
    return context


@functools.cache
def _pool() -> Any:
    """botocore's pool of connections to one host, whose connections take the shared trust store."""

    # botocore has no types, so that its classes are Any to mypy
    class Connection(botocore.awsrequest.AWSHTTPSConnection):  # type: ignore[misc]
        ca_certs: str | None

        def connect(self) -> None:
            # a client's certificate, and what a proxy with TLS needs, are for a context of their own
            proxied = self.proxy is not None and self.proxy.scheme == "https"
            if self.ca_certs and not self.cert_file and not proxied:
                self.ssl_context, self.ca_certs = _trust(self.ca_certs), None
            super().connect()

    # as above
    class Pool(botocore.awsrequest.AWSHTTPSConnectionPool):  # type: ignore[misc]
        ConnectionCls = Connection

    return Pool
