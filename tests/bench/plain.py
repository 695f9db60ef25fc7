# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The same calls without Ansible: a plain boto3 program with a pool of threads, for the floor of what they cost."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.loaders
import botocore.session

_CONFIG = botocore.config.Config(retries={"mode": "standard"}, max_pool_connections=50)
_LOADER = botocore.loaders.create_loader()  # one for all sessions, or each would read the service's model anew


def selectors(bucket: str) -> list[dict[str, Any]]:
    def field(name: str, **condition: list[str]) -> dict[str, Any]:
        return {"Field": name, **condition}

    data = field("eventCategory", Equals=["Data"])
    own = field("resources.ARN", NotStartsWith=[f"arn:aws:s3:::{bucket}/"])
    objects = [data, field("resources.type", Equals=["AWS::S3::Object"]), own]
    return [
        {"Name": "Management events", "FieldSelectors": [field("eventCategory", Equals=["Management"])]},
        {"Name": "S3 data events", "FieldSelectors": objects},
        {"Name": "Lambda", "FieldSelectors": [data, field("resources.type", Equals=["AWS::Lambda::Function"])]},
    ]


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    sts = boto3.session.Session().client("sts", config=_CONFIG)

    def account(role_arn: str) -> None:
        got = sts.assume_role(RoleArn=role_arn, RoleSessionName="bench")["Credentials"]
        core = botocore.session.get_session()
        core.register_component("data_loader", _LOADER)
        session = boto3.session.Session(
            got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], botocore_session=core
        )
        client = session.client("cloudtrail", region_name=job["region"], config=_CONFIG)
        name = job["trail"]
        try:
            client.get_trail(Name=name)
        except client.exceptions.TrailNotFoundException:
            client.create_trail(
                Name=name,
                S3BucketName=job["bucket"],
                KmsKeyId=job["key"],
                IsMultiRegionTrail=True,
                IncludeGlobalServiceEvents=True,
                EnableLogFileValidation=True,
            )
            client.put_event_selectors(TrailName=name, AdvancedEventSelectors=selectors(job["bucket"]))
            client.start_logging(Name=name)
        else:
            client.get_event_selectors(TrailName=name)
            client.get_trail_status(Name=name)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(account, job["roles"]))


if __name__ == "__main__":
    main()
