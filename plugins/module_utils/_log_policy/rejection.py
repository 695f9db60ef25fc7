# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Why S3 or KMS rejects a policy, and which statement is the cause. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

AWS names the mistake, but not the statement, and rejects the whole policy. The codes are documented, the messages are
not. They come from public error reports, such as https://github.com/versity/versitygw/issues/645, 648 and 650:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html (Errors)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws import arn
from .._policy import condition_operators, equivalence
from .._policy.document import StatementText, StatementValue, repeated
from .._policy.principal import is_deleted, whole_account
from .._policy.statement import ELEMENTS, PRINCIPAL_KEYS

CODES = frozenset({"MalformedPolicy", "MalformedPolicyDocumentException", "LimitExceededException"})

_SERVICE_NAME = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
_OPTION_OF_PART = {"read": "readers", "decrypt": "decrypt_principals"}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A statement of the policy that AWS rejected: its name, and its part, which is empty for a foreign statement."""

    name: str
    part: str
    statement: StatementText


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the policy belongs to. C(arn) is the ARN of the bucket or key."""

    kind: str  # "bucket" or "key"
    arn: str
    size: int  # bytes of the policy
    limit: int


Mistakes = Callable[[StatementText, Target], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class RejectionRule:
    """What one message of AWS is about, the mistakes that cause it, and what may also cause it."""

    message: re.Pattern[str]
    about: str
    mistakes: Mistakes
    possible: Mistakes | None = None


def explain(message: str, candidates: Sequence[Candidate], target: Target) -> str:
    """The cause of AWS's message, with each statement that causes it, and what to do."""
    if re.search(r"size|exceed|too large|limit", message, re.IGNORECASE):
        return (
            f"The policy has {target.size} bytes, and AWS accepts {target.limit}. Remove foreign statements, or shorten"
            f" the lists of accounts and principals."
        )
    if re.search(r"not allow you to update the key policy", message, re.IGNORECASE):
        return (
            "The policy must allow the caller kms:PutKeyPolicy, or else nobody could change it again. Add a statement"
            " that allows kms:* to the account of the key, or to the role that runs this task."
        )
    rule = next((rule for rule in _RULES if rule.message.search(message)), _ANY_MISTAKE)
    causes = _causes(candidates, target, rule.mistakes)
    if not causes and rule.possible:
        causes = _causes(candidates, target, rule.possible)
    if not causes:
        causes = _causes(candidates, target, _ANY_MISTAKE.mistakes)
    return f"{rule.about} {' '.join(causes) if causes else _unknown(candidates)}"


def deleted_principal(statement: StatementValue) -> str:
    """The reason why AWS rejects a statement with a principal that has been deleted; empty without one.

    AWS shows a deleted principal as its unique id, which cannot be written again:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    gone = [name for name in equivalence.principals(statement) if is_deleted(name)]
    return f"its principal {gone[0]} is the id of a role or user that has been deleted" if gone else ""


def remedy(part: str) -> str:
    """What to do about a statement that AWS rejects; C(part) is empty for a foreign statement."""
    if not part:
        return "Correct or remove the statement first."
    option = _OPTION_OF_PART.get(part)
    return f"Set {option} to principals that exist." if option else "Check the options of this task."


def _causes(candidates: Sequence[Candidate], target: Target, mistakes: Mistakes) -> list[str]:
    sentences = []
    for candidate in candidates:
        reasons = list(dict.fromkeys(mistakes(candidate.statement, target)))
        if reasons:
            owner = "this module" if candidate.part else "others"
            sentences.append(f"Statement {candidate.name} of {owner}: {'; '.join(reasons)}. {remedy(candidate.part)}")
    return sentences


def _unknown(candidates: Sequence[Candidate]) -> str:
    foreign = [candidate.name for candidate in candidates if not candidate.part]
    if not foreign:
        return "Check the options of this task."
    return f"AWS does not name the statement. Check the statements that are not of this module: {', '.join(foreign)}."


def _texts(content: Any) -> tuple[str, ...]:
    """The strings of an element; none if it is missing."""
    return () if content is None else equivalence.strings(content)


def _element(statement: StatementText, name: str) -> Any:
    return statement.value.get(name, statement.value.get(f"Not{name}"))


def _principal_mistakes(statement: StatementText, _target: Target) -> Iterable[str]:
    content = _element(statement, "Principal")
    if content == "*":
        return
    if not isinstance(content, dict) or not content:
        yield "its Principal is not an object of principals"
        return
    gone = deleted_principal(statement.value)
    if gone:
        yield gone
    for kind, names in content.items():
        if kind not in PRINCIPAL_KEYS:
            yield f"its Principal has the unknown type {kind}"
        if not _texts(names):
            yield f"its Principal names nobody under {kind}"
        for name in _texts(names):
            if kind == "Service" and not _SERVICE_NAME.fullmatch(name):
                yield f"its principal {name} is not the name of a service"
            elif kind == "AWS" and not is_deleted(name) and not _may_be_principal(name):
                yield f"its principal {name} is not an account id or the ARN of a role, user or account"


def _may_be_principal(name: str) -> bool:
    parsed = arn.parse(name)
    is_arn = parsed is not None and parsed.service in ("iam", "sts") and not set("*?") & set(name)
    return name == "*" or is_arn or bool(whole_account(name))


def _named_principals(statement: StatementText, _target: Target) -> Iterable[str]:
    """What AWS rejects if it does not exist."""
    names = [name for name in equivalence.principals(statement.value) if name != "*"]
    if names:
        yield f"check that {' and '.join(names)} exist{'s' if len(names) == 1 else ''}"


def _resource_mistakes(statement: StatementText, target: Target) -> Iterable[str]:
    if _element(statement, "Resource") is None:
        yield "it has no Resource"
    for resource in _texts(_element(statement, "Resource")):
        if target.kind == "key":
            if resource not in ("*", target.arn):
                yield f"its Resource {resource} is not *, which means this key"
        elif resource != target.arn and not resource.startswith(f"{target.arn}/"):
            yield f"its Resource {resource} is not this bucket or an object in it"


def _action_mistakes(statement: StatementText, target: Target) -> Iterable[str]:
    prefix = "kms:" if target.kind == "key" else "s3:"
    if not _texts(_element(statement, "Action")):
        yield "it has neither Action nor NotAction"
    for action in _texts(_element(statement, "Action")):
        if action != "*" and not re.fullmatch(rf"{prefix}[a-z*?]+", action, re.IGNORECASE):
            yield f"its Action {action} is not an action of {prefix[:-1]}"


def _named_actions(statement: StatementText, _target: Target) -> Iterable[str]:
    written = [action for action in _texts(_element(statement, "Action")) if action != "*"]
    if written:
        yield f"check the spelling of {', '.join(written)}"


def _wrong_type(statement: StatementText, target: Target) -> Iterable[str]:
    """An action on objects with the bucket as the only resource, and the opposite."""
    resources = _texts(statement.value.get("Resource"))
    on_bucket = [resource == target.arn for resource in resources]
    for action in _texts(statement.value.get("Action")):
        of_objects = "object" in action.lower() and "bucket" not in action.lower()
        if on_bucket and all(on_bucket) and of_objects:
            yield f"its Action {action} needs objects as Resource, such as {target.arn}/*"
        elif on_bucket and not any(on_bucket) and "bucket" in action.lower():
            yield f"its Action {action} needs the bucket as Resource, {target.arn}"


def _condition_mistakes(statement: StatementText, _target: Target) -> Iterable[str]:
    condition = statement.value.get("Condition", {})
    if not isinstance(condition, dict):
        yield "its Condition is not an object"
        return
    for operator, keys in condition.items():
        if condition_operators.find(operator) is None:
            yield f"its Condition has the unknown operator {operator}"
        if not isinstance(keys, dict):
            yield f"its Condition has no keys under {operator}"
            continue
        for key in keys:
            if ":" not in key:
                yield f"its condition key {key} has no prefix such as aws:"


def _named_conditions(statement: StatementText, _target: Target) -> Iterable[str]:
    condition = statement.value.get("Condition")
    groups = condition.values() if isinstance(condition, dict) else ()
    keys = [key for group in groups if isinstance(group, dict) for key in group if not key.lower().startswith("aws:")]
    if keys:
        yield f"check that its actions have the condition keys {', '.join(keys)}"


def _form_mistakes(statement: StatementText, _target: Target) -> Iterable[str]:
    value = statement.value
    for element in value:
        if element not in ELEMENTS:
            yield f"it has an unknown element {element}"
    for member in repeated(statement.text):
        yield f"it has {member} twice"
    if value.get("Effect") not in ("Allow", "Deny"):
        yield "its Effect is not Allow or Deny"
    if not isinstance(value.get("Sid", ""), str):
        yield "its Sid is not a string"
    for element in ("Principal", "Action", "Resource"):
        if element in value and f"Not{element}" in value:
            yield f"it has both {element} and Not{element}"
        if element not in value and f"Not{element}" not in value:
            yield f"it has neither {element} nor Not{element}"
    if value.get("Effect") == "Allow" and "NotPrincipal" in value:
        yield "it allows with NotPrincipal"


def _all_mistakes(statement: StatementText, target: Target) -> Iterable[str]:
    for mistakes in (_form_mistakes, _principal_mistakes, _resource_mistakes, _action_mistakes, _condition_mistakes):
        yield from mistakes(statement, target)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_RULES = (
    RejectionRule(
        message=_pattern("no principal|unknown field|missing required|already has|invalid effect|syntax|no action"),
        about="The form of a statement is not valid.",
        mistakes=_form_mistakes,
    ),
    RejectionRule(
        message=_pattern("principal"),
        about="Every principal in the policy must exist, including the principals of foreign statements.",
        mistakes=_principal_mistakes,
        possible=_named_principals,
    ),
    RejectionRule(
        message=_pattern("does not apply to any resource"),
        about="The actions of a statement do not fit its resources.",
        mistakes=_wrong_type,
    ),
    RejectionRule(
        message=_pattern("condition"),
        about="A condition of a statement is not valid.",
        mistakes=_condition_mistakes,
        possible=_named_conditions,
    ),
    RejectionRule(
        message=_pattern("resource"),
        about="A resource of a statement is not valid.",
        mistakes=_resource_mistakes,
    ),
    RejectionRule(
        message=_pattern("action"),
        about="An action of a statement is not valid.",
        mistakes=_action_mistakes,
        possible=_named_actions,
    ),
)
_ANY_MISTAKE = RejectionRule(message=_pattern(""), about="AWS rejects the policy as a whole.", mistakes=_all_mistakes)
