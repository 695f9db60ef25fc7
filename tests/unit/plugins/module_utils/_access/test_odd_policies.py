# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies and grants of odd shapes: a finding or a sentence, never an exception, and never a pass."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._access import actions
from ansible_collections.central_logging.aws.plugins.module_utils._access.evaluate import ArchiveResources, who_can
from ansible_collections.central_logging.aws.plugins.module_utils._policy.grant import of_grant

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import FakeLogArchive, allow, by, deny
from tests.fakes.support import ARCHIVE, BUCKET, KEY, READER, STRANGER

BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
THEIR_ROLE = f"arn:aws:iam::{STRANGER}:role/Theirs"
ODD_VALUES: list[Any] = [
    None, 5, 1.5, True, [None], [5], [["x"]], [{}], {"a": 1}, {"AWS": None}, {"AWS": 5}, {"AWS": [["x"]]}, {"AWS": {}},
]  # fmt: skip
ODD_CONDITIONS: list[Any] = [
    None, 5, "x", [], [1, 2], {"Bool": None}, {"Bool": []}, {"Bool": {"aws:SecureTransport": None}},
    {"StringEquals": {"aws:PrincipalArn": {}}}, {"StringEquals": {"aws:PrincipalArn": [[THEIR_ROLE]]}},
]  # fmt: skip
ELEMENTS = ["Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"]


def with_element(statement: dict[str, Any], element: str, value: Any) -> dict[str, Any]:
    counterpart = element.removeprefix("Not") if element.startswith("Not") else element
    return {**{name: content for name, content in statement.items() if name != counterpart}, element: value}


def test_the_account_with_the_id_of_the_archive_in_another_partition_is_another_account() -> None:
    """An account id is unique in its partition only, so neither ARN names a principal of the archive."""
    names = [f"arn:aws-cn:iam::{ARCHIVE}:root", f"arn:aws-us-gov:iam::{ARCHIVE}:role/Theirs"]
    result = check(allow(["s3:PutObject", "s3:GetObject"], {"AWS": names}, "bucket"), "bucket")
    of_key = check(allow("kms:Decrypt", {"AWS": names}), "key")
    for accesses in (result["read"], result["write"], of_key["decrypt"]):
        assert by(accesses, "Theirs") == [("unknown", name, False) for name in sorted(names)]
    findings = {(finding["kind"], finding["status"], finding["resource"]) for finding in result["findings"]}
    assert {(kind, "failed", name) for kind in ("writer", "unexpected_reader") for name in names} <= findings
    assert ("unreadable", "failed", "Theirs") in findings, "AWS does not accept such a principal"
    (grantee,) = of_grant({"Operations": ["Decrypt"], "GranteePrincipal": names[0]}, "aws").principals
    assert grantee.kind == "unknown" and not grantee.account


def check(statement: dict[str, Any], policy: str) -> dict[str, Any]:
    result = fake_log_archive.report(
        FakeLogArchive(**{f"more_{policy}": [statement]}),
        decrypt_principals=[READER],
        readers=[READER],
        break_glass_principals=[],
    )
    json.dumps(result)
    return result


@pytest.mark.parametrize("policy", ["key", "bucket"])
@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
@pytest.mark.parametrize("element", ELEMENTS)
def test_an_element_that_cannot_be_read_is_reported(element: str, value: Any, policy: str) -> None:
    action = "kms:Decrypt" if policy == "key" else "s3:GetObject"
    result = check(with_element(allow(action, {"AWS": THEIR_ROLE}, policy), element, value), policy)
    assert "unreadable" in fake_log_archive.failed(result)
    ability = "decrypt" if policy == "key" else "read"
    if element not in ("NotAction", "NotResource") or value not in (["x"],):
        accesses = [entry for entry in result[ability] if "Theirs" in entry["by"]]
        assert accesses, "the access that the statement may give"
        assert not any(entry["certain"] for entry in accesses)


@pytest.mark.parametrize("policy", ["key", "bucket"])
@pytest.mark.parametrize("condition", ODD_CONDITIONS, ids=repr)
def test_a_condition_that_cannot_be_read_neither_allows_for_certain_nor_denies(condition: Any, policy: str) -> None:
    action, ability = ("kms:Decrypt", "decrypt") if policy == "key" else ("s3:GetObject", "read")
    allowing = allow(action, {"AWS": THEIR_ROLE}, policy)
    for statements in (
        [{**allowing, "Condition": condition}],
        [allowing, {**deny(action, policy=policy), "Condition": condition}],
    ):
        result = fake_log_archive.report(FakeLogArchive(**{f"more_{policy}": statements}))
        assert by(result[ability], "Theirs") == [("role", THEIR_ROLE, False)]
        assert "unreadable" in fake_log_archive.failed(result)


@pytest.mark.parametrize(
    "elements", [{"action": "kms:Decrypt"}, {"Principle": "*"}, {"Action": "kms:Decrypt", "NotAction": "kms:*"}]
)
def test_unknown_and_double_elements_are_reported(elements: dict[str, Any]) -> None:
    statement = allow("kms:Decrypt", {"AWS": THEIR_ROLE})
    del statement["Action"]
    result = check({**statement, **elements}, "key")
    assert {"unreadable", "unexpected_decrypter"} <= set(fake_log_archive.failed(result))


@pytest.mark.parametrize(
    "text", ["[" * 20000, '{"Version": 5}', '{"Version": [], "Statement": {}}', '{"Statement": [[]]}']
)
def test_a_text_that_is_hardly_a_policy(text: str) -> None:
    for policy in ("key", "bucket"):
        json.dumps(fake_log_archive.report(FakeLogArchive(**{f"get_{policy}_policy": {"Policy": text}})))


@pytest.mark.parametrize(
    "principal",
    [
        "arn:",
        "arn:aws:iam",
        "arn:aws-moon:iam::111122223333:role/x",
        f"arn:aws:iam::{STRANGER}:group/x",
        "\ue000",
        "${x}",
    ],
)
def test_a_principal_of_an_unknown_kind_is_reported(principal: str) -> None:
    result = check(allow("kms:Decrypt", {"AWS": principal}), "key")
    assert "unexpected_decrypter" in fake_log_archive.failed(result)


ARCHIVE_RESOURCES = ArchiveResources(account=ARCHIVE, bucket_arn=BUCKET_ARN, key_arn=KEY, logs=(f"{BUCKET_ARN}/*",))


@pytest.mark.parametrize(
    "grant",
    [
        {"Operations": None},
        {"Operations": "Decrypt"},
        {"Operations": ["Decrypt"], "GranteePrincipal": None},
        {"Operations": ["Decrypt"], "GranteePrincipal": 5, "Constraints": []},
        {"Operations": ["Decrypt"], "GranteePrincipal": THEIR_ROLE, "Constraints": {"EncryptionContextSubset": []}},
        {"Operations": [None, "Decrypt"], "GranteeServicePrincipal": 7, "GrantId": None},
    ],
)
def test_odd_grants_are_reported(grant: dict[str, Any]) -> None:
    statement = of_grant(grant)
    assert who_can(actions.DECRYPT_LOGS, [statement], ARCHIVE_RESOURCES)


@pytest.mark.parametrize("key_arn", [KEY, "arn:aws-moon:kms:moon-north-1:111122223333:key/x", "", "x"])
def test_the_archive_of_an_unknown_partition(key_arn: str) -> None:
    archive = ArchiveResources(
        account=ARCHIVE, bucket_arn="arn:aws-moon:s3:::b", key_arn=key_arn, logs=("arn:aws-moon:s3:::b/*",)
    )
    statements = [of_grant({"Operations": ["Decrypt"], "GranteePrincipal": THEIR_ROLE}), archive.iam_statement()]
    assert who_can(actions.DECRYPT_LOGS, statements, archive)
    assert who_can(actions.DELETE_LOGS, statements, archive)


WAYS_TO_LOSE_LOGS = [
    "s3:BypassGovernanceRetention", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObject",
    "s3:DeleteObjectVersion", "s3:PutBucketAcl", "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration", "s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutReplicationConfiguration",
    "s3:ReplicateDelete", "s3:UpdateObjectEncryption",
]  # fmt: skip
WAYS_TO_READ = ["s3:PutBucketPublicAccessBlock", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:GetObjectVersion"]


@pytest.mark.parametrize("principal", [{"AWS": THEIR_ROLE}, "*"], ids=["foreign", "anyone"])
@pytest.mark.parametrize("action", WAYS_TO_LOSE_LOGS)
def test_a_foreign_way_to_lose_logs_fails(action: str, principal: Any) -> None:
    resource = BUCKET_ARN if actions.is_about_bucket(action) else f"{BUCKET_ARN}/*"
    statement = {**allow(action, principal, "bucket"), "Resource": resource}
    without_denials = fake_log_archive.our_bucket_statements(deny_delete=False)
    result = fake_log_archive.report(FakeLogArchive(bucket=[*without_denials, statement]))
    assert set(fake_log_archive.failed(result)) & {"unexpected_deleter", "public"}
    elsewhere = {**statement, "Resource": BUCKET_ARN if resource != BUCKET_ARN else f"{BUCKET_ARN}/*"}
    nothing = fake_log_archive.report(FakeLogArchive(bucket=[*without_denials, elsewhere]))
    assert not [entry for entry in nothing["delete"] if "Theirs" in entry["by"]]


@pytest.mark.parametrize("action", WAYS_TO_READ)
def test_a_foreign_way_to_read_logs_fails(action: str) -> None:
    statement = allow(action, {"AWS": THEIR_ROLE}, "bucket")
    result = fake_log_archive.report(FakeLogArchive(more_bucket=[statement]), readers=[READER])
    accesses = [entry for entry in result["read"] if "Theirs" in entry["by"]]
    assert [entry["actions"] for entry in accesses] == [[action]]
    indirect = accesses[0]["indirect"]
    assert indirect == action.startswith("s3:Put")
    kind = "indirect_reader" if indirect else "unexpected_reader"
    assert kind in fake_log_archive.failed(result)
    own = fake_log_archive.report(
        FakeLogArchive(more_bucket=[{**statement, "Principal": {"AWS": READER}}]), readers=[READER]
    )
    assert fake_log_archive.failed(own) == []


def test_the_owner_can_lose_logs_by_iam_policies_as_before() -> None:
    result = fake_log_archive.report(break_glass_principals=[])
    (access,) = [entry for entry in result["delete"] if entry["indirect"] and entry["by"][0] == "IAM"]
    assert {"s3:UpdateObjectEncryption", "s3:PutReplicationConfiguration"} <= set(access["actions"])
    assert fake_log_archive.failed(result) == []


OWN_ROLE = f"arn:aws:iam::{ARCHIVE}:role/Analyst"
#: What AWS does not document, or rejects when a policy is written, is neither certain access nor a certain Deny.
UNCERTAIN: dict[str, dict[str, Any]] = {
    "no value": {"Condition": {"StringEquals": {"aws:PrincipalAccount": []}}},
    "no value, negated": {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": []}}},
    "no key": {"Condition": {"StringEquals": {}}},
    "no principal": {"Principal": None, "NotPrincipal": {}},
    "no action": {"Action": None, "NotAction": []},
    "no resource": {"Resource": None, "NotResource": []},
    "a wildcard in a role": {"Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:role/*"}},
    "a wildcard in a session": {"Principal": {"AWS": f"arn:aws:sts::{ARCHIVE}:assumed-role/Analyst/*"}},
    "a wildcard in an account": {"Principal": {"AWS": "arn:aws:iam::*:root"}},
    "a wildcard in a service": {"Principal": {"Service": "*"}},
    "another kind of principal": {"Principal": {"aws": "*"}},
    "a null that is neither": {"Condition": {"Null": {"aws:SourceArn": "yes"}}},
    "a bool that is neither": {"Condition": {"Bool": {"aws:SecureTransport": "yes"}}},
    "a character for private use": {"Condition": {"StringLike": {"aws:PrincipalArn": "\ue002"}}},
}


@pytest.mark.parametrize("elements", UNCERTAIN.values(), ids=UNCERTAIN)
def test_what_aws_does_not_document_is_not_certain(elements: dict[str, Any]) -> None:
    def changed(statement: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**statement, **elements}.items() if value is not None}

    allowing = check(changed(allow("kms:Decrypt", {"AWS": OWN_ROLE})), "key")
    accesses = [entry for entry in allowing["decrypt"] if "Theirs" in entry["by"]]
    assert accesses and not any(entry["certain"] for entry in accesses)
    statements = [allow("kms:Decrypt", {"AWS": OWN_ROLE}), changed(deny("kms:Decrypt"))]
    denying = fake_log_archive.report(FakeLogArchive(more_key=statements), decrypt_principals=[READER])
    assert [kind for kind, _name, _certain in by(denying["decrypt"], "Theirs")] == ["role"]


@pytest.mark.parametrize("policy", ["key", "bucket"])
@pytest.mark.parametrize(
    "text",
    [
        '{"Statement": [%s], "Statement": []}',
        '{"statement": [%s]}',
        "{}",
        '{"Statement": [{"Principal": "*", %s}]}',
        '{"Statement": [{"Condition": {"Bool": {"a": "true", "a": "false"}}, %s}]}',
    ],
)
def test_a_text_of_which_json_has_more_than_one_reading(text: str, policy: str) -> None:
    """Python keeps the last of two members of one name. The other one may give access to anyone."""
    statement = json.dumps(allow("*", {"AWS": READER}, policy))
    written = text.replace("[%s]", f"[{statement}]").replace("%s}", statement[1:])
    result = fake_log_archive.report(FakeLogArchive(**{f"get_{policy}_policy": {"Policy": written}}))
    assert "unreadable" in fake_log_archive.failed(result)
    assert not any(entry["certain"] for entry in result["decrypt"] + result["read"] if "Theirs" in entry["by"])


@pytest.mark.parametrize("policy", ["key", "bucket"])
@pytest.mark.parametrize("part", ["*a?b" * 150, "*A" + "?" * 40 + "*", "?*" * 200, "*" * 2000 + "x", "*a" * 300 + "*"])
def test_patterns_that_take_long_are_decided_soon(part: str, policy: str) -> None:
    """The result is uncertain then: a policy must not stop the report."""
    action = ("kms:" if policy == "key" else "s3:") + part
    resource = "*" if policy == "key" else [f"{BUCKET_ARN}/{part}", f"{BUCKET_ARN}/{part}/AWSLogs/*"]
    statement = {**allow([action, "kms:Decrypt", "s3:GetObject"], {"AWS": THEIR_ROLE}, policy), "Resource": resource}
    denial = {**statement, "Sid": "TheirDenial", "Effect": "Deny", "Condition": {"StringLike": {"aws:userid": part}}}
    start = time.process_time()
    result = fake_log_archive.report(FakeLogArchive(**{f"more_{policy}": [statement, denial]}), key_prefix="")
    assert time.process_time() - start < 10
    assert [entry for entry in result["decrypt" if policy == "key" else "read"] if "Theirs" in entry["by"]]
