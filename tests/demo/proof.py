# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The trail and the newest log file of each account, read from AWS. Shares no code with the collection."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Any

import boto3
import yaml

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import KEYS, ROOT

_REGION = "us-east-1"
_BUCKET = "secprod-multiaccount-logs"
_READER = "arn:aws:iam::111122223333:role/LogReader"


@dataclass(frozen=True)
class Row:
    """One account of the table."""

    account: str
    trail: str
    logging: str
    folder: str
    newest_object: str
    encryption: str
    key: str


def rows(sandbox: Sandbox) -> list[Row]:
    """One row for each account of the example inventory."""
    inventory = yaml.safe_load((ROOT / "inventory" / "hosts.yml").read_text())
    hosts = {name: host for group in inventory.values() for name, host in group["hosts"].items()}
    reader = _assume(sandbox, "auditor", _READER).client("s3", region_name=_REGION, endpoint_url=sandbox.url)
    return [_row(sandbox, reader, host, name) for name, host in hosts.items()]


def _row(sandbox: Sandbox, reader: Any, host: dict[str, str], name: str) -> Row:
    session = _assume(sandbox, "operator", host["role_arn"])
    cloudtrail = session.client("cloudtrail", region_name=_REGION, endpoint_url=sandbox.url)
    status = cloudtrail.get_trail_status(Name=host["trail_name"])
    folder = f"AWSLogs/{host['account_id']}/"
    pages = reader.get_paginator("list_objects_v2").paginate(Bucket=_BUCKET, Prefix=f"{folder}CloudTrail/")
    objects = [item for page in pages for item in page.get("Contents", [])]
    newest = max(objects, key=lambda item: (item["LastModified"], item["Key"]), default=None)
    head = reader.head_object(Bucket=_BUCKET, Key=newest["Key"]) if newest else {}
    return Row(
        account=f"{host['account_id']} ({name})",
        trail=host["trail_name"],
        logging="yes" if status["IsLogging"] else "NO",
        folder=folder if newest else "none",
        newest_object=newest["Key"].rsplit("_CloudTrail_", 1)[1] if newest else "none",
        encryption=head.get("ServerSideEncryption", "-"),
        key=head.get("SSEKMSKeyId", "-").rsplit(":", 1)[-1],
    )


def _assume(sandbox: Sandbox, caller: str, role_arn: str) -> Any:
    keys = KEYS[caller]
    sts = boto3.client(
        "sts",
        region_name=_REGION,
        endpoint_url=sandbox.url,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    session = sts.assume_role(RoleArn=role_arn, RoleSessionName="proof")["Credentials"]
    return boto3.session.Session(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])


def table(rows: list[Row]) -> str:
    """The rows under their headings, in columns."""
    headings = tuple(item.name.replace("_", " ").upper() for item in fields(Row))
    lines = [headings, *(astuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
