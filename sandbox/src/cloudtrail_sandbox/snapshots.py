# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots of everything that exists in the sandbox: moto's backends and the sandbox's own state.

A snapshot is a pickle, which no later change can reach. The objects that live as long as the process (services and
moto's BackendDicts) are not copied: a snapshot names them, and their attributes are restored in place.
"""

from __future__ import annotations

import io
import pickle
import threading
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

Lock = type(threading.Lock())


class Snapshots:
    """All snapshots of a sandbox. `holders` are its own objects whose attributes are state."""

    def __init__(self, *holders: object) -> None:
        self._holders = holders
        self._taken: list[tuple[bytes, list[Any]]] = []

    def take(self) -> str:
        """The id of a new snapshot. Raises ValueError if a moto service has state that cannot be copied."""
        permanent: list[Any] = list(self._holders)
        backends = [(backend, vars(backend), dict(backend)) for backend in BackendDict._instances]
        written = io.BytesIO()
        try:
            _Pickler(written, permanent).dump((backends, [vars(holder) for holder in self._holders]))
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise ValueError(f"The state cannot be copied: {error}.") from error
        self._taken.append((written.getvalue(), permanent))
        return str(len(self._taken))

    def restore(self, snapshot: str) -> None:
        """Replace everything that exists. Raises ValueError for an unknown id."""
        known = [str(number) for number in range(1, len(self._taken) + 1)]
        if snapshot not in known:
            raise ValueError(f"Unknown snapshot {snapshot!r}. Use one of {known}.")
        written, permanent = self._taken[int(snapshot) - 1]
        clear_moto()
        backends, holders = _Unpickler(io.BytesIO(written), permanent).load()
        for backend, attributes, accounts in backends:
            _replace(backend, attributes)
            backend.update(accounts)
            BackendDict._instances.append(backend)
        for holder, attributes in zip(self._holders, holders, strict=True):
            _replace(holder, attributes)


def clear_moto() -> None:
    """Remove everything from moto's backends, which all sandboxes of a process share."""
    for backend in BackendDict._instances:
        if accounts := vars(backend).get("bucket_accounts"):
            accounts.clear()
    BackendDict.reset()
    reset_model_data()


def _replace(thing: object, attributes: dict[str, Any]) -> None:
    vars(thing).clear()
    vars(thing).update(attributes)


class _Pickler(pickle.Pickler):
    """Writes the objects in `permanent` as their index, and adds moto's BackendDicts to the list."""

    def __init__(self, file: io.BytesIO, permanent: list[Any]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._permanent = permanent
        self._index = {id(thing): number for number, thing in enumerate(permanent)}

    def persistent_id(self, obj: Any) -> int | None:
        if isinstance(obj, BackendDict) and id(obj) not in self._index:
            self._index[id(obj)] = len(self._permanent)
            self._permanent.append(obj)
        return self._index.get(id(obj))

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, Lock):
            return threading.Lock, ()
        if isinstance(thing, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            return _private_key, (thing.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, permanent: Sequence[Any]) -> None:
        super().__init__(file)
        self._permanent = permanent

    def persistent_load(self, pid: int) -> Any:
        return self._permanent[pid]


def _private_key(der: bytes) -> Any:
    return load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
