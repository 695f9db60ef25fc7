# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare the sandbox's judge with @cloud-copilot/iam-simulate, an evaluator by other authors.

It runs in a process of its own. Grants are not simulated, and a request that it cannot decide is skipped.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from . import universe as u
from .policies import BUCKET, Case, case
from .requests import Asked, Judge, chosen

SCRIPT = Path(__file__).parent / "iam_simulate" / "decide.mjs"
REQUESTS = 8  # for each policy
_ACTIONS = {
    BUCKET: ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy", "s3:GetObjectVersion"),
    "key": ("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:PutKeyPolicy", "kms:CreateGrant"),
}
#: Settled disagreements, as patterns of policies that are not asked about: what the outside evaluator does, and what
#: AWS documents. In all of them the judge follows the document.
SETTLED = {
    # It does not know the canonical user id of an account, which S3 accepts as a principal:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html
    "canonical user": r"CanonicalUser",
    # It finds no address in a range of prefix length 0, and no IPv6 address outside an IPv4 address. The values are in
    # "the standard CIDR format", and NotIpAddress is "all IP addresses except the specified":
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
    "addresses": r"0\.0\.0\.0/0|NotIpAddress",
    # It does not read seconds since 1970, "epoch (UNIX) time": (the same page)#Conditions_Date
    "epoch": r'"1577836800"',
    # It replaces variables in every Version. Before 2012-10-17 they are "treated as literal strings":
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    "old variables": r'\A(?!\{"Version": "2012-10-17").*\$\{',
    # It does not replace a variable in front of the last part of an ARN in a condition. Only the Resource element has
    # that limit: (the same page)#policy-vars-wheretouse
    "variable in an ARN": r"iam::\$\{",
    # It holds no condition with a pattern of fewer than six parts, not even a negated one. AWS documents ArnNotLike as
    # "negated matching": reference_policies_elements_condition_operators.html#Conditions_ARN
    "short pattern": r'Arn[A-Za-z]+": \{"[^}]*"arn:aws:cloudtrail:\*"',
    # It exempts every principal of an account that NotPrincipal lists beside one of its users or roles. AWS documents
    # for such a list that "all principals except the user named Bob" are denied:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    "account beside its role": r'"NotPrincipal": \{[^}]*"AWS": \[[^]]*"(\d{12}|[^"]*:root)"',
}
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class Question:
    """A request to both evaluators."""

    case: Case
    asked: Asked
    identity: bool  # the identity policies of the caller allow everything, or nothing

    def simulation(self) -> dict[str, Any]:
        """The question as the outside evaluator reads it."""
        principal = self.asked.caller.principal
        name: Any = principal.service or principal.session_arn or principal.arn or {"type": "Anonymous"}
        context = {key: [*value] if isinstance(value, tuple) else value for key, value in self.asked.context.items()}
        return {
            "request": {
                "principal": name,
                "action": self.asked.action,
                "resource": {"resource": self.asked.resource, "accountId": u.ARCHIVE},
                "contextVariables": context,
            },
            "identityPolicies": [{"name": "everything", "policy": _EVERYTHING}] if self.identity else [],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            "resourcePolicy": self.case.policy,
        }

    def without(self, ignored: Sequence[str]) -> Question:
        """The question without the keys that the outside evaluator ignores, because AWS has them for other actions."""
        names = {key.lower() for key in ignored}
        context = {key: value for key, value in self.asked.context.items() if key.lower() not in names}
        return replace(self, asked=replace(self.asked, context=context))


def questions(seeds: range) -> Iterator[Question]:
    """The questions about the policies of some seeds."""
    callers = [caller for caller in u.CALLERS if caller.principal.kind not in ("root", "federated")]
    for seed in seeds:
        given = replace(case(seed), grants=())
        if any(re.search(pattern, json.dumps(given.policy)) for pattern in SETTLED.values()):
            continue
        random = Random(f"outside {seed}")
        for _request in range(REQUESTS):
            caller, action = random.choice(callers), random.choice(_ACTIONS[given.kind])
            if given.kind != BUCKET and caller == u.ANONYMOUS:
                continue
            key = random.choice(u.objects_of(caller, u.PREFIXES))
            resource = u.KEY if given.kind != BUCKET else u.BUCKET if "Bucket" in action else f"{u.BUCKET}/{key}"
            identity = bool(caller.principal.account) and random.random() < 0.7
            yield Question(given, chosen(random, caller, action, resource), identity)


def answers(asked: Sequence[Question], folder: Path) -> list[dict[str, Any]]:
    """The answers of the outside evaluator, which is installed in a folder."""
    lines = "\n".join(json.dumps(question.simulation()) for question in asked)
    script = folder / SCRIPT.name
    script.write_text(SCRIPT.read_text())
    done = subprocess.run(["node", str(script)], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the outside evaluator is installed")
    parser.add_argument("--policies", type=int, default=4_000)
    parser.add_argument("--shown", type=int, default=10)
    options = parser.parse_args()
    asked = list(questions(range(options.policies)))
    policies, decided, different = set(), 0, []
    for question, answer in zip(asked, answers(asked, options.folder), strict=True):
        if "decision" not in answer:
            continue
        policies.add(json.dumps(question.case.policy))
        decided += 1
        settled = question.without(answer["ignored"])
        judge = Judge(settled.case)
        least, most = (decide(settled.asked, settled.identity) for decide in (judge.surely_allows, judge.may_allow))
        if not least <= (answer["decision"] == "Allowed") <= most:
            different.append((settled, answer))
    for question, answer in sorted(different, key=lambda pair: len(str(pair[0].case)))[: options.shown]:
        print(
            f"{answer['decision']}: {question.asked} identity {question.identity}\n  {json.dumps(question.case.policy)}"
        )
    print(f"{len(policies)} policies, {decided} of {len(asked)} requests decided, {len(different)} disagreements")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
