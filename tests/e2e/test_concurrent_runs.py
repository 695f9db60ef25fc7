# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Two runs of the policy modules at the same time, and a foreign writer, with a lease and without.

The modules run in threads of this process, so that their calls overlap as exactly as the offsets say. A second here
stands for several seconds on AWS.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import KEYS, ROOT
from tests.e2e.conftest import ARCHIVE, BUCKET, DEVELOPMENT, PRODUCTION, STAGING, Play
from tests.e2e.test_site import key_arn, policies

ROLE = f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"
PACKAGE = "ansible_collections.central_logging.aws.plugins"
PUTS = {"s3_log_bucket_policy": "PutBucketPolicy", "kms_key_grant_accounts": "PutKeyPolicy"}
THEIRS = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:role/LogReader"}}
ON_BUCKET = {**THEIRS, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}"}
ON_KEY = {**THEIRS, "Action": "kms:ListGrants", "Resource": "*"}

each_module = pytest.mark.parametrize("name", PUTS)


@dataclass
class Job:
    """One run of a module in a thread."""

    name: str
    url: str
    options: dict[str, Any]
    offset: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    def run(self) -> None:
        time.sleep(self.offset)
        module = _plugin(f"modules.{self.name}")
        execute = _plugin("module_utils._runner.execute").execute
        connection = _plugin("module_utils._aws.connection").Connection
        keys = KEYS["operator"]
        credentials = {name.lower(): keys[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        reach = connection(
            region="us-east-1", client={"endpoint_url": self.url}, credentials=credentials, role_arn=ROLE
        )
        target = {"bucket": BUCKET} if self.name == "s3_log_bucket_policy" else {"key": "alias/central-logging"}
        check_mode = self.options.pop("check_mode", False)
        validated = ArgumentSpecValidator(module.OPERATION.argument_spec).validate({**target, **self.options})
        assert not validated.error_messages, validated.error_messages
        errors = _plugin("module_utils._core.errors")
        try:
            self.result = execute(
                module.OPERATION, validated.validated_parameters, check_mode=check_mode, diff=False, connection=reach
            )
        except errors.CentralLoggingError as error:
            self.error = str(error)

    @property
    def says_so(self) -> bool:
        """True if the run failed, or has a warning."""
        return bool(self.error or self.result.get("warnings"))


def _plugin(name: str) -> Any:
    if str(ROOT / "collections") not in sys.path:
        sys.path.insert(0, str(ROOT / "collections"))
        importlib.invalidate_caches()
    return importlib.import_module(f"{PACKAGE}.{name}")


Run = Callable[..., Job]


@pytest.fixture
def job(sandbox: Sandbox, set_up: Callable[[str], None]) -> Run:
    """A job that adds an account to a policy, and that has the lease or not."""
    set_up("archive")

    def make(name: str, account: str, *, lease: bool = True, offset: float = 0.0, **options: Any) -> Job:
        own = {"lease": lease} if name == "s3_log_bucket_policy" else {"lease_bucket": BUCKET if lease else ""}
        entries = [{"id": account, "trail_name": "late"}]
        return Job(name, sandbox.url, {"accounts": entries, **own, **options}, offset)

    return make


def together(*jobs: Job) -> None:
    threads = [threading.Thread(target=job.run) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)


def text_of(name: str, client: Callable[..., Any]) -> str:
    return policies(client)[0 if name == "s3_log_bucket_policy" else 1]


NEW = ("999900000001", "999900000002", "999900000003")


@each_module
@pytest.mark.parametrize(("lease", "offset"), [(True, 0.0), (True, 0.7), (False, 0.0), (False, 0.2)])
def test_a5_two_runs_lose_nothing(
    sandbox: Sandbox, job: Run, client: Callable[..., Any], name: str, offset: float, lease: bool
) -> None:
    sandbox.settings(policy_delay=0.5)
    jobs = [job(name, NEW[0], lease=lease), job(name, NEW[1], lease=lease, offset=offset)]
    together(*jobs)
    assert [made.error for made in jobs] == ["", ""]
    sandbox.settings(policy_delay=0)
    text = text_of(name, client)
    assert all(account in text for account in (*NEW[:2], ARCHIVE, PRODUCTION, STAGING, DEVELOPMENT))
    assert [made.result["warnings"] for made in jobs] == [[], []]


@each_module
def test_a5_with_a_lease_a_put_that_is_held_back_loses_nothing(
    sandbox: Sandbox, job: Run, client: Callable[..., Any], name: str
) -> None:
    sandbox.fault(operation=PUTS[name], error="hold", seconds=3)
    jobs = [job(name, NEW[0]), job(name, NEW[1], offset=0.5), job(name, NEW[2], offset=1)]
    together(*jobs)
    assert [(made.error, made.result["warnings"]) for made in jobs] == [("", [])] * 3
    text = text_of(name, client)
    assert all(account in text for account in NEW)


@each_module
@pytest.mark.parametrize("held", [1.5, 4])
def test_a5_without_a_lease_a_put_that_is_held_back_is_noticed(
    sandbox: Sandbox, job: Run, client: Callable[..., Any], name: str, held: float
) -> None:
    """If nobody else notices it, the task at the end of archive.yml does: its plan is not empty."""
    sandbox.fault(operation=PUTS[name], error="hold", seconds=held)
    jobs = [job(name, NEW[0], lease=False), job(name, NEW[1], lease=False, offset=0.7)]
    together(*jobs)
    text = text_of(name, client)
    at_end = [job(name, account, lease=False, check_mode=True) for account in NEW[:2]]
    together(*at_end)
    lost = [account for account in NEW[:2] if account not in text]
    assert [made.result["accounts_added"] for made in at_end if made.result["plan"]] == [[account] for account in lost]


@each_module
def test_a5_a_run_without_permission_for_the_lease_warns(
    sandbox: Sandbox, job: Run, client: Callable[..., Any], name: str
) -> None:
    sandbox.fault(service="s3", operation="PutObject", error="AccessDenied", status=403, times=9)
    made = job(name, NEW[0])
    made.run()
    (warning,) = made.result["warnings"]
    assert "without a lease" in warning and "AccessDenied" in warning
    assert NEW[0] in text_of(name, client)


@each_module
@pytest.mark.parametrize("when", ["after_read", "before_put"])
def test_a4_what_somebody_adds_or_removes_after_our_read(
    sandbox: Sandbox, job: Run, client: Callable[..., Any], name: str, when: str
) -> None:
    """After the first read it is kept. A change in the moment before the put cannot be seen, and our put stays."""
    statement = ON_BUCKET if name == "s3_log_bucket_policy" else ON_KEY
    sandbox.second_writer(PUTS[name], statement, when=when)
    made = job(name, NEW[0])
    made.run()
    text = text_of(name, client)
    assert made.error == "" and NEW[0] in text
    assert ("Theirs" in text) is (when == "after_read")
    if when == "after_read":
        sandbox.second_writer(PUTS[name], remove="Theirs", when=when)
        job(name, NEW[1]).run()
        text = text_of(name, client)
        assert NEW[1] in text and "Theirs" not in text


@each_module
def test_a5_a_foreign_writer_who_read_before_our_put_and_writes_later(
    sandbox: Sandbox, job: Run, client: Callable[..., Any], name: str
) -> None:
    """Within a second the run merges again, and its statements and the other ones stay."""
    statement = ON_BUCKET if name == "s3_log_bucket_policy" else ON_KEY
    sandbox.second_writer(PUTS[name], statement, delay=0.7)
    made = job(name, NEW[0])
    made.run()
    text = text_of(name, client)
    assert made.error == "" and NEW[0] in text and "Theirs" in text
    sent = [call["operation"] for call in sandbox.calls()]
    assert sent.count(PUTS[name]) == 2


def test_a5_the_end_of_the_playbook_finds_what_a_foreign_writer_has_undone(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], client: Callable[..., Any]
) -> None:
    """Somebody writes old policies after the run has read them, and before the run ends."""
    set_up("archive")
    sandbox.fault(operation="GetTrail", error="hold", seconds=4)

    def without(text: str, sid: str) -> str:
        document = json.loads(text)
        kept = [statement for statement in document["Statement"] if statement["Sid"] != sid]
        return json.dumps({**document, "Statement": kept})

    def undo() -> None:
        while not [call for call in sandbox.calls() if call["operation"] == "GetTrail"]:
            time.sleep(0.1)
        bucket, key = policies(client)
        client("s3").put_bucket_policy(Bucket=BUCKET, Policy=without(bucket, "CentralLoggingWrite"))
        changed = without(key, "CentralLoggingEncrypt")
        client("kms").put_key_policy(KeyId=key_arn(client), PolicyName="default", Policy=changed)

    somebody = threading.Thread(target=undo)
    somebody.start()
    run = play("archive")
    somebody.join()
    assert run.code != 0
    for kind, sid in (("bucket", "CentralLoggingWrite"), ("key", "CentralLoggingEncrypt")):
        message = run.words.split(f"Another writer has changed the policy of the {kind} since this run")[1]
        affected, missing = message.split("may have lost their access: ")[1].split("missing or different: ")
        assert all(account in affected for account in (ARCHIVE, PRODUCTION, STAGING, DEVELOPMENT))
        assert sid in missing.split(".")[0]
    assert play("archive").code == 0
    assert all(sid in "".join(policies(client)) for sid in ("CentralLoggingWrite", "CentralLoggingEncrypt"))


def test_a5_the_lease_is_encrypted_as_the_bucket_and_outside_of_the_log_folders(
    sandbox: Sandbox, job: Run, client: Callable[..., Any]
) -> None:
    job("s3_log_bucket_policy", NEW[0]).run()
    found = client("s3").head_object(Bucket=BUCKET, Key="central-logging/policy-lease")
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"] == key_arn(client)
    assert found["Metadata"]["seconds"] == "0"
    assert not [call for call in sandbox.calls() if call["operation"] in ("GetObject", "DeleteObject", "Decrypt")]
