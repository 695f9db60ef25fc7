# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy that AWS rejects has advice for AWS's message, and names the statement that is the cause."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import rejection
from ansible_collections.central_logging.aws.plugins.module_utils._policy.document import StatementText

from cloudtrail_sandbox import judge
from tests.fakes.fake_policies import ROOT, FakePolicyStore, bucket_policy, key_policy, policy, run
from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, READER, account, failure

Make = Callable[..., Any]
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
GONE = "AROAEXAMPLEID1234567"
ABSENT = f"arn:aws:iam::{ARCHIVE}:role/NotThere"
EXISTING = {ARCHIVE, f"arn:aws:iam::{ARCHIVE}:root", READER, "cloudtrail.amazonaws.com", "logs.amazonaws.com"}


class StrictStore(FakePolicyStore):
    """Rejects what the sandbox rejects, but holds a policy that was accepted earlier."""

    def __init__(self, text: str, message: str = "") -> None:
        super().__init__(text)
        self.message = message

    def _write(self, text: str | None) -> Any:
        of_bucket = "s3:" in (text or "")
        code = "MalformedPolicy" if of_bucket else "MalformedPolicyDocumentException"
        if self.message:
            return failure(code, self.message)
        try:
            if of_bucket:
                judge.check_bucket_policy(text or "", BUCKET, EXISTING.__contains__)
            else:
                judge.check_key_policy(text or "", ARCHIVE, READER, EXISTING.__contains__, False)
        except judge.MalformedPolicy as error:
            return failure(code, str(error))
        return super()._write(text)


def store_with(make: Make, *statements: dict[str, Any], message: str = "") -> StrictStore:
    texts = [json.dumps(statement) for statement in statements]
    return StrictStore(policy(*([ROOT % ARCHIVE] if make is key_policy else []), *texts), message)


def on_bucket(**elements: Any) -> dict[str, Any]:
    return _statement({"Action": "s3:GetObject", "Resource": f"{BUCKET_ARN}/*"}, elements)


def on_key(**elements: Any) -> dict[str, Any]:
    return _statement({"Action": "kms:Decrypt", "Resource": "*"}, elements)


def _statement(common: dict[str, Any], elements: dict[str, Any]) -> dict[str, Any]:
    whole = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": READER}, **common, **elements}
    return {name: value for name, value in whole.items() if value != "-"}


PRINCIPALS = "Every principal in the policy must exist"
CASES: dict[str, tuple[Make, dict[str, Any], str, list[str]]] = {
    "another bucket": (
        bucket_policy,
        on_bucket(Resource="arn:aws:s3:::another-bucket/*"),
        "Policy has invalid resource",
        ["A resource of", "Statement Theirs of others", "arn:aws:s3:::another-bucket/* is not this bucket"],
    ),
    "any resource": (bucket_policy, on_bucket(Resource="*"), "Policy has invalid resource", ["its Resource * is not"]),
    "a misspelt element": (
        bucket_policy,
        on_bucket(Principal="-", Principle={"AWS": READER}),
        "Unknown field Principle",
        ["Statement Theirs of others", "it has an unknown element Principle"],
    ),
    "no action": (
        bucket_policy,
        on_bucket(Action="-"),
        "Statement is missing required element",
        ["Statement Theirs of others", "neither Action nor NotAction"],
    ),
    "a misspelt action": (
        bucket_policy,
        on_bucket(Action="s3:GetObjekt"),
        "Policy has invalid action",
        ["An action of", "Statement Theirs of others", "s3:GetObjekt"],
    ),
    "an action of another service": (
        bucket_policy,
        on_bucket(Action="kms:Decrypt"),
        "Policy has invalid action",
        ["kms:Decrypt is not an action of s3"],
    ),
    "objects for an action on buckets": (
        bucket_policy,
        on_bucket(Action="s3:ListBucket"),
        "Action does not apply to any resource(s) in statement",
        ["do not fit its resources", "s3:ListBucket needs the bucket", "Statement Theirs of others"],
    ),
    "the bucket for an action on objects": (
        bucket_policy,
        on_bucket(Resource=BUCKET_ARN),
        "Action does not apply to any resource(s) in statement",
        ["s3:GetObject needs objects"],
    ),
    "a condition of other actions": (
        bucket_policy,
        on_bucket(Condition={"StringEquals": {"s3:prefix": "x"}}),
        "Conditions do not apply to combination of actions and resources in statement",
        ["A condition of", "Statement Theirs of others", "s3:prefix"],
    ),
    "an unknown operator": (
        bucket_policy,
        on_bucket(Condition={"StringIs": {"aws:SourceArn": "x"}}),
        "Invalid Condition type : StringIs",
        ["Statement Theirs of others", "unknown operator StringIs"],
    ),
    "an absent principal": (
        bucket_policy,
        on_bucket(Principal={"AWS": ABSENT}),
        "Invalid principal in policy",
        [PRINCIPALS, "Statement Theirs of others", f"check that {ABSENT} exists"],
    ),
    "a pattern of principals": (
        bucket_policy,
        on_bucket(Principal={"AWS": f"arn:aws:iam::{ARCHIVE}:role/*"}),
        "Invalid principal in policy",
        ["role/* is not an account id or the ARN"],
    ),
    "an unknown service": (
        bucket_policy,
        on_bucket(Principal={"Service": "cloudtrail"}),
        "Invalid principal in policy",
        ["cloudtrail is not the name of a service"],
    ),
    "an effect": (bucket_policy, on_bucket(Effect="allow"), "Invalid effect: allow", ["is not Allow or Deny"]),
    "a queue as resource": (
        key_policy,
        on_key(Resource="arn:aws:sqs:eu-west-1:111122223333:queue"),
        "Policy contains a statement with no valid resource.",
        ["A resource of", "Statement Theirs of others", "arn:aws:sqs:eu-west-1:111122223333:queue is not *"],
    ),
    "an absent principal of the key": (
        key_policy,
        on_key(Principal={"AWS": ABSENT}),
        "Policy contains a statement with one or more invalid principals.",
        [PRINCIPALS, "Statement Theirs of others", f"check that {ABSENT} exists"],
    ),
    "a misspelt element of the key": (
        key_policy,
        on_key(Principal="-", Principle={"AWS": READER}),
        "Unknown field Principle",
        ["it has an unknown element Principle"],
    ),
    "an operator of the key": (
        key_policy,
        on_key(Condition={"StringIs": {"kms:ViaService": "x"}}),
        "Invalid Condition type : StringIs",
        ["unknown operator StringIs"],
    ),
}


@pytest.mark.parametrize(("make", "statement", "message", "words"), CASES.values(), ids=CASES)
def test_b6_the_statement_is_named_with_advice_for_the_message(
    make: Make, statement: dict[str, Any], message: str, words: list[str]
) -> None:
    """The messages are those of the sandbox, from public error reports."""
    store = store_with(make, statement)
    with pytest.raises(AwsFailure) as failed:
        run(make(accounts=[account(PRODUCTION)]), store)
    sentence = str(failed.value)
    assert message.rstrip(".") in sentence
    for word in words:
        assert word in sentence
    assert "readers" not in sentence and "decrypt_principals" not in sentence, "not the options of this module"
    assert (PRINCIPALS in sentence) is ("principal" in message), "the advice of this message only"
    assert store.writes == []


@pytest.mark.parametrize(
    ("make", "option"), [(bucket_policy, "readers"), (key_policy, "decrypt_principals")], ids=["bucket", "key"]
)
def test_b6_a_principal_of_an_option_is_named_with_the_option(make: Make, option: str) -> None:
    store = store_with(make, on_bucket() if make is bucket_policy else on_key())
    with pytest.raises(AwsFailure) as failed:
        run(make(**{option: [ABSENT]}), store)
    assert f"check that {ABSENT} exists. Set {option} to principals that exist." in str(failed.value)
    assert "of this module" in str(failed.value)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Policy exceeds the maximum allowed document size.", "AWS accepts 20480. Remove foreign statements"),
        ("The new key policy will not allow you to update the key policy in the future.", "kms:PutKeyPolicy"),
        ("A message that nobody knows", "Check the statements that are not of this module: Theirs."),
    ],
)
def test_b6_other_messages(message: str, words: str) -> None:
    store = store_with(bucket_policy, on_bucket(), message=message)
    with pytest.raises(AwsFailure) as failed:
        run(bucket_policy(accounts=[account(PRODUCTION)]), store)
    assert words in str(failed.value)
    assert PRINCIPALS not in str(failed.value)


def test_b6_other_codes_keep_their_own_advice() -> None:
    resource = bucket_policy(accounts=[account(PRODUCTION)])
    store = store_with(bucket_policy, on_bucket())
    desired = resource.desired(resource.read(store))
    assert resource.explain(store, desired, failure("AccessDenied")) == ""


def test_b6_the_arn_of_the_key_is_a_resource_of_its_policy() -> None:
    """Also if KMS accepts it, it is not reported as the mistake."""
    target = rejection.Target(kind="key", arn=KEY, size=1, limit=2)
    own, other = on_key(Resource=KEY), on_key(Sid="Other", Resource="arn:aws:kms:us-east-1:111122223333:key/x")
    candidates = [
        rejection.Candidate(name=value["Sid"], part="", statement=StatementText.of(value)) for value in (own, other)
    ]
    sentence = rejection.explain("invalid resource", candidates, target)
    assert "Statement Other" in sentence and "Theirs" not in sentence


DELETED = [
    {"Principal": {"AWS": GONE}},
    {"Principal": {"AWS": [READER, "AIDACKCEVSQ6C2EXAMPLE"]}},
    {"Principal": "-", "NotPrincipal": {"AWS": GONE}, "Effect": "Deny"},
]


@pytest.mark.parametrize("elements", DELETED)
@pytest.mark.parametrize(("make", "statement"), [(bucket_policy, on_bucket), (key_policy, on_key)], ids=["s3", "kms"])
@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("sid", ["Theirs", "-"])
def test_b6_a_deleted_principal_is_reported_before_the_put(
    make: Make, statement: Callable[..., dict[str, Any]], elements: dict[str, Any], dry_run: bool, sid: str
) -> None:
    store = store_with(make, statement(Sid=sid, **elements))
    with pytest.raises(Refused, match=r"deleted\. .* would reject the whole policy\. Correct or remove") as refused:
        run(make(accounts=[account(PRODUCTION)]), store, dry_run=dry_run)
    name = ("#2" if make is key_policy else "#1") if sid == "-" else sid
    assert f"holds statement {name}, which" in str(refused.value)
    assert all(not operation.startswith("put") for operation in store.operations)


@pytest.mark.parametrize(
    ("make", "option"), [(bucket_policy, "readers"), (key_policy, "decrypt_principals")], ids=["bucket", "key"]
)
def test_b6_a_deleted_principal_of_an_owned_statement_is_replaced_by_the_option(make: Make, option: str) -> None:
    """AWS shows the id of a reader that was deleted. The statement stays if the option is not set."""
    store = FakePolicyStore(store_with(make, on_bucket() if make is bucket_policy else on_key()).text)
    run(make(**{option: [READER + "Gone"]}), store)
    assert store.text is not None
    store.text = store.text.replace(READER + "Gone", GONE)
    with pytest.raises(Refused, match=f"Set {option} to principals that exist"):
        run(make(accounts=[account(PRODUCTION)]), store)
    run(make(accounts=[account(PRODUCTION)], **{option: [READER]}), store)
    assert GONE not in (store.text or "")


@pytest.mark.parametrize("make", [bucket_policy, key_policy])
def test_b6_nothing_is_refused_if_nothing_is_to_be_written(make: Make) -> None:
    statement = on_bucket if make is bucket_policy else on_key
    store = store_with(make, statement(Principal={"AWS": GONE}))
    assert run(make(accounts=[{"id": PRODUCTION}], state="absent", allow_weaken=True), store).plan == ()
