# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients that speak HTTP to a sandbox, and its control."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudtrail_sandbox.server import Sandbox

ARCHIVE, MEMBER, CALLER = "111122223333", "012345678901", "222233334444"
SECRET = "sandbox-secret-access-key-0123456789abcdef"
ONCE = Config(retries={"total_max_attempts": 1})


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


class Aws:
    """Clients of the sandbox: of the operator, or of a role that the operator assumes."""

    def __init__(self, url: str, application: Sandbox) -> None:
        self.url = url
        self.application = application

    def client(self, service: str, credentials: dict[str, Any] | None = None, **options: Any) -> Any:
        given = credentials or {"AccessKeyId": "AKIASANDBOXOPERATOR1", "SecretAccessKey": SECRET}
        return boto3.client(
            service,
            endpoint_url=self.url,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
            **{"region_name": "us-east-1", "config": ONCE, **options},
        )

    def assume(self, account: str, role: str = "Admin", **options: Any) -> dict[str, Any]:
        arn = f"arn:aws:iam::{account}:role/{role}"
        response = self.client("sts").assume_role(**{"RoleArn": arn, "RoleSessionName": "test", **options})
        credentials: dict[str, Any] = response["Credentials"]
        return credentials

    def role(self, account: str, service: str, role: str = "Admin", **options: Any) -> Any:
        """A client with a session of a role."""
        return self.client(service, self.assume(account, role), **options)

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", method=method)
        with urllib.request.urlopen(request, json.dumps(body or {}).encode() if method == "POST" else None) as response:
            told: dict[str, Any] = json.load(response)
        return told

    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.control("GET", "calls")["calls"]
        return calls
