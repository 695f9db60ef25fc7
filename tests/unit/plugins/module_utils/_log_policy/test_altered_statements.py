# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements of others under a Sid of this collection, and statements of any form, are kept and reported."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.bucket_statements import (
    _PARTS as BUCKET_SIDS,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_statements import _PARTS as KEY_SIDS

from tests.fakes.fake_policies import ROOT, FakePolicyStore, bucket_policy, key_policy, policy, run
from tests.fakes.judge import may_use_key, may_write
from tests.fakes.support import ARCHIVE, BUCKET, PRODUCTION, READER, STAGING, account

Make = Callable[..., Any]
MAKERS = pytest.mark.parametrize("make", [bucket_policy, key_policy], ids=["bucket", "key"])
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
ORG = "o-a1b2c3d4e5"
CALLER = {"StringEquals": {"kms:CallerAccount": ARCHIVE}}


def store_with(make: Make, *statements: str) -> FakePolicyStore:
    """A policy with these statements, and a key policy with the statement of the account."""
    return FakePolicyStore(policy(*([ROOT % ARCHIVE] if make is key_policy else []), *statements))


def text_of(sid: str, **elements: Any) -> str:
    """The text of a statement in a form that this collection does not write."""
    return json.dumps({"Sid": sid, **elements}, separators=(" , ", " : "))


def decrypt(**elements: Any) -> str:
    return text_of("CentralLoggingDecrypt", **{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **elements})


def write(resource: Any, **elements: Any) -> str:
    common = {"Effect": "Allow", "Principal": CLOUDTRAIL, "Action": "s3:PutObject", "Resource": resource}
    return text_of("CentralLoggingWrite", **{**common, **elements})


OF_OTHERS: dict[str, tuple[Make, str]] = {
    "anyone in the account decrypts": (key_policy, decrypt(Principal="*", Condition=CALLER)),
    "anyone as AWS": (key_policy, decrypt(Principal={"AWS": "*"}, Condition=CALLER)),
    "a denial with NotPrincipal": (key_policy, decrypt(Effect="Deny", NotPrincipal={"AWS": READER})),
    "no condition": (key_policy, decrypt(Principal={"AWS": READER}, Condition=None)),
    "a service decrypts": (key_policy, decrypt(Principal={"Service": "logs.amazonaws.com"})),
    "encryption for anyone": (
        key_policy,
        text_of("CentralLoggingEncrypt", Effect="Allow", Principal="*", Action="kms:Encrypt", Resource="*"),
    ),
    "a widened folder": (bucket_policy, write(f"{BUCKET_ARN}/AWSLogs/*")),
    "folders of another layout": (
        bucket_policy,
        write([f"{BUCKET_ARN}/team/AWSLogs/{PRODUCTION}/CloudTrail/*"], Condition=None),
    ),
    "a reader of one folder": (
        bucket_policy,
        text_of(
            "CentralLoggingRead",
            Effect="Allow",
            Principal={"AWS": READER},
            Action="s3:GetObject",
            Resource=f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*",
        ),
    ),
    "a read with any principal": (
        bucket_policy,
        text_of("CentralLoggingRead", Effect="Deny", Principal="*", Action="s3:GetObject", Resource=f"{BUCKET_ARN}/*"),
    ),
    "a denial with an exemption": (
        bucket_policy,
        text_of(
            "CentralLoggingDenyDelete",
            Effect="Deny",
            NotPrincipal={"AWS": READER},
            Action="s3:DeleteObject",
            Resource=f"{BUCKET_ARN}/*",
        ),
    ),
    "a denial of plain requests to one folder": (
        bucket_policy,
        text_of(
            "CentralLoggingDenyInsecureTransport",
            Effect="Deny",
            Principal="*",
            Action="s3:*",
            Resource=f"{BUCKET_ARN}/x/*",
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    ),
}
RUNS: dict[str, dict[str, Any]] = {
    "present": {"accounts": [account(PRODUCTION), account(STAGING)]},
    "accounts": {"accounts": [account(PRODUCTION)], "layout": "accounts"},
    "compact": {"accounts": [account(PRODUCTION)], "layout": "compact"},
    "organization": {"organization_id": ORG, "layout": "organization"},
    "purge": {"accounts": [account(STAGING)], "purge_accounts": True},
    "absent account": {"accounts": [{"id": PRODUCTION}], "state": "absent"},
    "absent": {"state": "absent"},
}


@pytest.mark.parametrize(("make", "text"), OF_OTHERS.values(), ids=OF_OTHERS)
@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("dry_run", [False, True])
def test_b8_a_statement_of_others_under_an_owned_sid_is_kept_and_reported(
    make: Make, text: str, options: dict[str, Any], dry_run: bool
) -> None:
    store = store_with(make, text)
    resource = make(**options)
    outcome = run(resource, store, dry_run=dry_run)
    assert outcome.after.document.text.count(text) == 1
    assert store.text is not None and store.text.count(text) == 1
    result = resource.result(outcome)
    sid = json.loads(text)["Sid"]
    assert result["altered_statements"] == [sid]
    assert sid in result["foreign_statements"]
    (warning,) = [sentence for sentence in resource.warnings(outcome) if sid in sentence]
    assert "not changed or removed" in warning


@pytest.mark.parametrize(("make", "text"), OF_OTHERS.values(), ids=OF_OTHERS)
def test_b8_owned_statements_beside_one_of_others_have_a_sid_of_their_own(make: Make, text: str) -> None:
    store = store_with(make, text)
    options: dict[str, Any] = {"accounts": [account(PRODUCTION)]}
    if make is bucket_policy:
        options |= {"readers": [READER], "deny_delete": True, "deny_insecure_transport": True}
    else:
        options |= {"decrypt_principals": [READER]}
    original = store.value
    run(make(**options), store)
    assert len(set(store.sids)) == len(store.sids)
    assert f"{json.loads(text)['Sid']}2" in store.sids
    assert run(make(**options), store).plan == (), "twice is once"
    run(make(accounts=[account(STAGING)]), store)
    assert f"{json.loads(text)['Sid']}3" not in store.sids
    allowed = may_write if make is bucket_policy else lambda *args: may_use_key(args[0], "kms:GenerateDataKey", args[1])
    assert allowed(store.statements, PRODUCTION) and allowed(store.statements, STAGING)
    run(make(state="absent", allow_weaken=True), store)
    assert store.value == original


@MAKERS
def test_b8_the_statements_that_the_module_has_written_are_not_altered(make: Make) -> None:
    store = store_with(make)
    for options in RUNS.values():
        if options.get("state") != "absent":
            resource = make(**options)
            try:
                outcome = run(resource, store)
            except Refused:
                continue
            assert resource.result(outcome)["altered_statements"] == []
            assert not any("other content" in sentence for sentence in resource.warnings(outcome))


@MAKERS
def test_b8_two_statements_of_the_module_with_one_sid_are_both_kept(make: Make) -> None:
    """Another tool may repeat a Sid. Each statement counts."""
    store = store_with(make)
    other = "arn:aws:iam::111122223333:role/SecondReader"
    option = "readers" if make is bucket_policy else "decrypt_principals"
    run(make(**{option: [READER]}), store)
    value = store.value
    again = json.loads(json.dumps(value["Statement"]).replace(READER, other))
    value["Statement"] += [statement for statement in again if other in json.dumps(statement)]
    store.text = json.dumps(value)
    run(make(accounts=[account(PRODUCTION)]), store)
    text = store.text or ""
    assert READER in text and other in text


# statements of any form

_NAMES = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
_TEXTS = [
    *("", "*", "Allow", "Deny", "AWS", "Service", "StringEquals", "ArnLike", "Null", "kms:*", "s3:PutObject", "x"),
    *("cloudtrail.amazonaws.com", "aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext:aws:cloudtrail:arn"),
    *(PRODUCTION, READER, f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*", f"arn:aws:cloudtrail:*:{PRODUCTION}:trail/*"),
    *("arn:aws:cloudtrail:*:*:trail/*", "AROAEXAMPLEID1234567", ORG, "\u00fc\u2028\U0001f511"),
]


def any_value(chance: random.Random, depth: int = 3) -> Any:
    """Any JSON value, with the words of policies more often than others."""
    kind = chance.randrange(9 if depth else 6)
    if kind < 3:
        return chance.choice(_TEXTS)
    if kind < 6:
        return chance.choice([None, True, False, 0, -1, 1.5, 10**30, ""])
    if kind == 6:
        return [any_value(chance, depth - 1) for _item in range(chance.randrange(4))]
    names = [*_NAMES, *_TEXTS]
    return {chance.choice(names): any_value(chance, depth - 1) for _item in range(chance.randrange(4))}


def any_statement(chance: random.Random, written: list[dict[str, Any]], sids: list[str]) -> dict[str, Any]:
    """Either any object, or a statement of the module in which some elements have any value."""
    statement = dict(chance.choice(written)) if chance.random() < 0.6 else {}
    for _change in range(chance.randrange(1, 4)):
        name = chance.choice(_NAMES)
        if name in statement and chance.random() < 0.3:
            del statement[name]
        else:
            statement[name] = any_value(chance)
    if chance.random() < 0.8:
        statement["Sid"] = chance.choice([*sids, *(f"{sid}2" for sid in sids)])
    return statement


def written_by(make: Make) -> list[dict[str, Any]]:
    store = store_with(make)
    option = "readers" if make is bucket_policy else "decrypt_principals"
    trail = {"management_account_id": ARCHIVE, "trail_name": "OrganizationTrail", "region": None}
    run(
        make(
            accounts=[account(PRODUCTION)],
            organization_id=ORG,
            organization_trails=[trail],
            **{option: [READER]},
            **({"bucket_key": True} if make is key_policy else {}),
        ),
        store,
    )
    return store.statements


@MAKERS
@pytest.mark.parametrize("seed", range(60))
def test_b7_statements_of_any_form_are_kept_or_refused_with_a_sentence(make: Make, seed: int) -> None:
    written, sids = written_by(make), list(BUCKET_SIDS if make is bucket_policy else KEY_SIDS)
    for number in range(12):
        chance = random.Random(f"{seed} {number}")
        texts = [json.dumps(any_statement(chance, written, sids), ensure_ascii=False) for _item in range(2)]
        store = store_with(make, *texts)
        options = dict(chance.choice(list(RUNS.values())))
        if make is key_policy:
            options["allow_overlap"] = True
        resource = make(**options)
        try:
            outcome = run(resource, store, dry_run=chance.random() < 0.3)
        except Refused as refused:
            assert str(refused).endswith("."), "a sentence"
            assert store.writes == []
            continue
        result = resource.result(outcome)
        resource.diff(outcome)
        resource.warnings(outcome)
        kept = store.text or ""
        foreign = len(result["foreign_statements"]) - (make is key_policy)
        assert foreign <= sum(kept.count(text) for text in set(texts)), texts
        assert set(result["altered_statements"]) <= set(result["foreign_statements"])


@MAKERS
@pytest.mark.parametrize("statement", ["null", "7", '"x"', "[[]]", "[null]", "[7]", '["x"]', "{", "[{]"])
@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS)
def test_b7_a_statement_element_of_any_form_is_refused_with_a_sentence(
    make: Make, statement: str, options: dict[str, Any]
) -> None:
    store = FakePolicyStore(f'{{"Version":"2012-10-17","Statement":{statement}}}')
    with pytest.raises(Refused, match=r"cannot be read as a policy document .*\."):
        run(make(**options), store)
    assert store.writes == []
