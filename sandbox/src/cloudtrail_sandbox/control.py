# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control interface, JSON over HTTP under /_sandbox/. README.md lists its requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from moto.s3.models import STORAGE_CLASS

from cloudtrail_sandbox import control_values
from cloudtrail_sandbox.call_record import CallRecord
from cloudtrail_sandbox.faults import SECOND_WRITERS, Faults, fault_from
from cloudtrail_sandbox.regions import OPT_IN_REGIONS
from cloudtrail_sandbox.responses import Response
from cloudtrail_sandbox.state import State

PREFIX = "/_sandbox/"
Result = Mapping[str, Any]
Route = Callable[[Mapping[str, Any]], Result]


class Restorable(Protocol):
    """The sandbox, as far as the control interface needs it."""

    users: list[Mapping[str, Any]]

    def secrets(self) -> list[str]: ...

    def reset(self) -> None: ...

    def snapshot(self) -> str: ...

    def restore(self, snapshot: str) -> None: ...


class Control:
    """The routes of the control interface; `delivery_clock` are those of deliveries and of time."""

    def __init__(
        self,
        state: State,
        record: CallRecord,
        faults: Faults,
        delivery_clock: Mapping[tuple[str, str], Route],
        sandbox: Restorable,
    ) -> None:
        self._state = state
        self._record = record
        self._faults = faults
        self._sandbox = sandbox
        self._routes: dict[tuple[str, str], Route] = {
            ("GET", "health"): lambda _: {"status": "ok"},
            ("GET", "users"): self._users,
            ("GET", "secrets"): lambda _: {"secrets": self._sandbox.secrets()},
            ("GET", "calls"): self._calls,
            ("DELETE", "calls"): self._forget,
            **delivery_clock,
            ("POST", "settings"): self._settings,
            ("POST", "faults"): self._fault,
            ("POST", "second_writer"): self._second_writer,
            ("POST", "legacy_policy"): self._legacy_policy,
            ("POST", "transition"): self._transition,
            ("POST", "opt_in"): self._opt_in,
            ("POST", "reset"): self._reset,
            ("POST", "snapshot"): self._snapshot,
            ("POST", "restore"): self._restore,
        }

    def handle(self, method: str, path: str, query: str, body: bytes) -> Response:
        """Answer one control request; bad input gets status 400 and {"error": sentence}."""
        route = self._routes.get((method, path.removeprefix(PREFIX).rstrip("/")))
        if route is None:
            return _response({"error": f"Unknown control request {method} {path}."}, 404)
        try:
            return _response(route(control_values.members_of(query, body)))
        except ValueError as error:
            return _response({"error": str(error)}, 400)

    def _users(self, _body: Mapping[str, Any]) -> Result:
        names = ("account_id", "user_name", "access_key_id", "secret_access_key")
        return {"users": [{name: user[name] for name in names} for user in self._sandbox.users]}

    def _calls(self, body: Mapping[str, Any]) -> Result:
        return {"calls": self._record.since(control_values.whole_number(body, "since", 0))}

    def _forget(self, _body: Mapping[str, Any]) -> Result:
        self._record.clear()
        return {}

    def _settings(self, body: Mapping[str, Any]) -> Result:
        settings: dict[str, tuple[Any, str]] = {
            "policy_delay": (self._state.policies, "delay"),
            "latency": (self._faults, "latency"),
            "clock_offset": (self._state, "clock_offset"),
        }
        control_values.check_names(body, settings)
        least = {"clock_offset": -control_values.MOST_SECONDS}
        values = {name: control_values.seconds(body, name, least.get(name, 0)) for name in body}
        for name, value in values.items():
            setattr(*settings[name], value)
        return {name: getattr(*place) for name, place in settings.items()}

    def _fault(self, body: Mapping[str, Any]) -> Result:
        self._faults.order(fault_from(body))
        return {}

    def _second_writer(self, body: Mapping[str, Any]) -> Result:
        operation = control_values.text(body, "operation")
        if operation not in SECOND_WRITERS or "statement" not in body:
            raise ValueError(f"second_writer needs an operation of {SECOND_WRITERS} and a statement.")
        statement = control_values.mapping(body, "statement")
        self._faults.order_writer(operation, statement)
        return {}

    def _legacy_policy(self, body: Mapping[str, Any]) -> Result:
        """Store a policy without a check, as one from before AWS's present rules."""
        resource, policy = control_values.text(body, "resource"), control_values.document(body, "policy")
        self._state.policies.put(resource, policy, at_once=True)
        return {}

    def _transition(self, body: Mapping[str, Any]) -> Result:
        """Move an object to another storage class, as a lifecycle rule does.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
        """
        bucket, key, storage_class = (control_values.text(body, name) for name in ("bucket", "key", "storage_class"))
        if storage_class not in STORAGE_CLASS:
            raise ValueError(f"Unknown storage_class {storage_class!r}. Use one of {sorted(STORAGE_CLASS)}.")
        stored_in = self._state.moto_bucket(bucket)
        if stored_in is None or key not in stored_in.keys:
            raise ValueError(f"Bucket {bucket} has no object {key}.")
        self._state.transition(bucket, key, storage_class)
        return {}

    def _opt_in(self, body: Mapping[str, Any]) -> Result:
        """Enable an opt-in Region in an account."""
        account, region = control_values.text(body, "account"), control_values.text(body, "region")
        if region not in OPT_IN_REGIONS or not self._state.exists(account):
            raise ValueError(f"opt_in needs an account of the sandbox and a Region of {list(OPT_IN_REGIONS)}.")
        self._state.opted_in.setdefault(account, set()).add(region)
        return {}

    def _reset(self, _body: Mapping[str, Any]) -> Result:
        self._sandbox.reset()
        return {}

    def _snapshot(self, _body: Mapping[str, Any]) -> Result:
        return {"snapshot": self._sandbox.snapshot()}

    def _restore(self, body: Mapping[str, Any]) -> Result:
        self._sandbox.restore(control_values.text(body, "snapshot"))
        return {}


def _response(result: Result, status: int = 200) -> Response:
    body = json.dumps(result, default=str).encode()
    return Response(status, (("Content-Type", "application/json"),), body)
