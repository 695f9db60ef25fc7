# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements that have the same meaning, and statements that do not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._policy import equivalence

Value = dict[str, Any]
ACCOUNT = "111122223333"


def _aws(*names: str) -> Value:
    return {"Principal": {"AWS": list(names)}}


SAME: dict[str, tuple[Value, Value]] = {
    "account id and root ARN": (_aws(ACCOUNT), _aws(f"arn:aws:iam::{ACCOUNT}:root")),
    "root ARN in China": (_aws(ACCOUNT), _aws(f"arn:aws-cn:iam::{ACCOUNT}:root")),
    "root ARN in GovCloud": (_aws(ACCOUNT), _aws(f"arn:aws-us-gov:iam::{ACCOUNT}:root")),
    "NotPrincipal": (
        {"NotPrincipal": {"AWS": ACCOUNT}},
        {"NotPrincipal": {"AWS": [f"arn:aws-iso-b:iam::{ACCOUNT}:root"]}},
    ),
    "everybody": ({"Principal": "*"}, {"Principal": {"AWS": "*"}}),
    "everybody in a list": ({"Principal": "*"}, {"Principal": {"AWS": ["*"]}}),
    "case of actions": ({"Action": "S3:GETOBJECT"}, {"Action": ["s3:GetObject"]}),
    "case of NotAction": ({"NotAction": "KMS:Decrypt"}, {"NotAction": "kms:decrypt"}),
    "an action twice": ({"Action": ["s3:Get*", "s3:get*"]}, {"Action": "s3:Get*"}),
    "case of condition keys": (
        {"Condition": {"StringEquals": {"AWS:SourceArn": "a"}}},
        {"Condition": {"StringEquals": {"aws:sourcearn": ["a"]}}},
    ),
    "case of operators": (
        {"Condition": {"stringequals": {"k": "a"}}},
        {"Condition": {"StringEquals": {"k": "a"}}},
    ),
    "order and number of values": (
        {"Condition": {"StringLike": {"k": ["a", "b", "a"]}}},
        {"Condition": {"StringLike": {"k": ["b", "a"]}}},
    ),
    "order of operators": (
        {"Condition": {"A": {"k": "1", "l": "2"}, "B": {"m": "3"}}},
        {"Condition": {"B": {"m": "3"}, "A": {"l": "2", "k": "1"}}},
    ),
    "boolean": ({"Condition": {"Bool": {"k": False}}}, {"Condition": {"Bool": {"k": "false"}}}),
    "true in a list": ({"Condition": {"Null": {"k": [True]}}}, {"Condition": {"Null": {"k": "true"}}}),
    "number": ({"Condition": {"NumericLessThan": {"k": 10}}}, {"Condition": {"NumericLessThan": {"k": "10"}}}),
    "one resource": ({"Resource": ["arn:aws:s3:::b"]}, {"Resource": "arn:aws:s3:::b"}),
    "order of resources": ({"Resource": ["a", "b"]}, {"Resource": ["b", "a"]}),
    "order of elements": ({"Effect": "Deny", "Sid": "S"}, {"Sid": "S", "Effect": "Deny"}),
}

DIFFERENT: dict[str, tuple[Value, Value]] = {
    "Effect": ({"Effect": "Allow"}, {"Effect": "Deny"}),
    "account": (_aws(ACCOUNT), _aws("444455556666")),
    "root and role": (_aws(ACCOUNT), _aws(f"arn:aws:iam::{ACCOUNT}:role/root")),
    "service and account": ({"Principal": {"Service": "x"}}, {"Principal": {"AWS": "x"}}),
    "Principal and NotPrincipal": ({"Principal": "*"}, {"NotPrincipal": "*"}),
    "Action and NotAction": ({"Action": "s3:*"}, {"NotAction": "s3:*"}),
    "case of resources": ({"Resource": "arn:aws:s3:::b/A"}, {"Resource": "arn:aws:s3:::b/a"}),
    "case of role names": (_aws(f"arn:aws:iam::{ACCOUNT}:role/A"), _aws(f"arn:aws:iam::{ACCOUNT}:role/a")),
    "case of values": ({"Condition": {"A": {"k": "V"}}}, {"Condition": {"A": {"k": "v"}}}),
    "operator": ({"Condition": {"StringEquals": {"k": "v"}}}, {"Condition": {"StringLike": {"k": "v"}}}),
    "more values": ({"Condition": {"A": {"k": ["v", "w"]}}}, {"Condition": {"A": {"k": "v"}}}),
    "true and false": ({"Condition": {"Bool": {"k": True}}}, {"Condition": {"Bool": {"k": False}}}),
    "with and without condition": ({"Effect": "Allow"}, {"Effect": "Allow", "Condition": {"Bool": {"k": True}}}),
    "more resources": ({"Resource": ["a", "b"]}, {"Resource": "a"}),
    "Sid": ({"Sid": "A"}, {"Sid": "B"}),
}


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_same(first: Value, second: Value) -> None:
    assert equivalence.canonical(first) == equivalence.canonical(second)
    assert hash(equivalence.canonical(first)) == hash(equivalence.canonical(second))


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_different(first: Value, second: Value) -> None:
    assert equivalence.canonical(first) != equivalence.canonical(second)


def test_strings() -> None:
    assert equivalence.strings("a") == ("a",)
    assert equivalence.strings(["a", True, 1]) == ("a", "true", "1")
    assert equivalence.strings([]) == ()
