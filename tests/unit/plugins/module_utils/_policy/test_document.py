# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements of others stay byte for byte, and a text that is not a policy is refused."""

from __future__ import annotations

import json

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy.document import (
    Document,
    MalformedPolicy,
    StatementText,
    parse,
)


def is_ours(statement: StatementText) -> bool:
    return statement.sid.startswith("Ours")


FOREIGN = [
    '{"Sid":"A","Effect":"Allow"}',
    '{ "Sid" : "A" ,\n\t"Effect":"Allow"\r\n}',
    r'{"Sid":"A","Resource":"arn:aws:s3:::b/\u00e4\/\"x\"\\"}',
    '{"Sid":"Ä","Note":"naïve \U0001f511"}',
    r'{"Sid":"A","Note":"\ud83d\udd11 and a lone \ud83d"}',
    '{"Effect":"Deny","Condition":{"NumericLessThan":{"s3:max-keys":1.50e+01,"n":10.0,"m":-0}}}',
    '{"Condition":{"Bool":{"aws:SecureTransport":false}},"Sid":"A","Principal":"*"}',
    '{"Action":["s3:GetObject"],"Sid":"A","Action2":"}]{[,","Empty":{},"List":[ ],"Null":null}',
    '{"Sid":"A","Sid ":"x","Effect":"Allow","Effect":"Deny"}',
]


@pytest.mark.parametrize("text", FOREIGN)
@pytest.mark.parametrize("shape", ["[%s]", "[ %s ,\n %s]", "%s", " \n[\t%s\r\n]\n"])
def test_foreign_statements_stay_byte_for_byte(text: str, shape: str) -> None:
    raw = '{"Version":"2012-10-17","Statement":' + shape.replace("%s", text) + "}"
    document = parse(raw, "The policy")
    assert [statement.text for statement in document.statements] == [text] * shape.count("%s")
    changed = document.with_owned([{"Sid": "Ours1"}], is_ours)
    back = changed.with_owned([], is_ours)
    for version in (changed, back):
        assert version.text.count(text) == shape.count("%s")
        assert parse(version.text, "The policy") == version
    assert back.value == {"Version": "2012-10-17", "Statement": [json.loads(text)] * shape.count("%s")}


def test_other_members_are_kept_in_their_order_and_spelling() -> None:
    raw = '{"Id" : "Policy\\u0031","Statement":[],"Version":"2008-10-17", "X":{ "a" :[1.0]}}'
    document = parse(raw, "The policy")
    assert document.members == (("Id", '"Policy\\u0031"'), ("Version", '"2008-10-17"'), ("X", '{ "a" :[1.0]}'))
    assert document.text == '{"Id":"Policy\\u0031","Version":"2008-10-17","X":{ "a" :[1.0]},"Statement":[]}'


def test_a_document_without_statements() -> None:
    assert parse('{"Version":"2012-10-17"}', "The policy").statements == ()


NOT_A_POLICY = [
    "",
    " ",
    "not json",
    "null",
    "[]",
    '"text"',
    "{",
    '{"Version"',
    '{"Version":}',
    '{"Version":"2012-10-17","Statement":[{"Sid":"A"}',
    '{"Version":"2012-10-17","Statement":[{"Sid":"A"]}',
    '{"Version":"2012-10-17","Statement":["A"]}',
    '{"Version":"2012-10-17","Statement":[[]]}',
    '{"Version":"2012-10-17","Statement":"A"}',
    '{"Version":"2012-10-17","Statement":null}',
    '{"Version":"2012-10-17","Statement":[{"Sid":"A"}]} and more',
    '{"Version":"2012-10-17","Statement":[{"Sid":"A"}]}{"Statement":[]}',
    '{"Version":"2012-10-17" "Statement":[{"Sid":"A"}]}',
    '{"Version":"2012-10-17","Statement":[{"Sid":"A"} {"Sid":"B"}]}',
    '{"Version":"2012-10-17","Statement":[{"Sid":"A"},]}',
    '{"Version":"2012-10-17","Statement":[{"Sid":"A"}],}',
    '{1:"2012-10-17","Statement":[]}',
]


@pytest.mark.parametrize("text", NOT_A_POLICY)
def test_a_text_that_is_not_a_policy_is_refused_and_named(text: str) -> None:
    with pytest.raises(MalformedPolicy, match=r"^The policy of bucket logs cannot be read as a policy document .*\.$"):
        parse(text, "The policy of bucket logs")


def test_ours_take_the_place_of_their_predecessors() -> None:
    before = Document(
        statements=tuple(StatementText.of({"Sid": sid}) for sid in ("A", "Ours1", "B", "Ours2", "Ours1", "C"))
    )
    after = before.with_owned([{"Sid": "Ours3"}, {"Sid": "Ours1", "new": True}], is_ours)
    assert [statement.value for statement in after.statements] == [
        {"Sid": "A"},
        {"Sid": "Ours1", "new": True},
        {"Sid": "B"},
        {"Sid": "C"},
        {"Sid": "Ours3"},
    ]


def test_size_is_in_bytes() -> None:
    document = parse('{"Statement":[{"Sid":"é"}]}', "The policy")
    assert document.size == len(document.text) + 1


def test_a_new_document_is_a_policy_of_the_current_version() -> None:
    assert Document().value == {"Version": "2012-10-17", "Statement": []}
