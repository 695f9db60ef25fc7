# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings about the policies themselves: unreadable policies, and useless or foreign statements. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each function takes a finding C(template), which has the account, the Region, the check and the status of the findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._core.finding import FAILED, INFO, Finding
from .._policy.principal import SERVICE
from .._policy.statement import Statement


def unreadable_policies(problems: Iterable[tuple[str, str]], template: Finding) -> Iterator[Finding]:
    """Return a finding for each policy that cannot be parsed. C(problems) has names of policies and sentences."""
    for policy, problem in problems:
        yield replace(
            template,
            kind="unreadable",
            resource=policy,
            message=problem,
            remediation="Read the policy with the AWS CLI, correct it, and run again.",
        )


def useless(statements: Iterable[Statement], template: Finding) -> Iterator[Finding]:
    """Return a finding for each statement whose condition CloudTrail's service principal never meets.

    A service principal is not a member of an organization:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (aws:PrincipalOrgID)
    """
    for statement in statements:
        for_cloudtrail = any(
            principal.kind == SERVICE and principal.name.startswith("cloudtrail.") for principal in statement.principals
        )
        required_keys = {
            condition.key_name
            for condition in statement.conditions
            if not condition.operator.lower().endswith("ifexists")
        }
        if statement.allows and for_cloudtrail and "aws:principalorgid" in required_keys:
            yield replace(
                template,
                kind="useless",
                resource=statement.name,
                status=INFO,
                message=f"Statement {statement.name} never allows CloudTrail anything, because requests of a service"
                f" have no aws:PrincipalOrgID.",
                remediation="Use aws:SourceOrgID or aws:SourceArn instead.",
            )


def unclear(statements: Iterable[Statement], template: Finding) -> Iterator[Finding]:
    """Return a finding for each statement that AWS may read in another way than the report does."""
    for statement in statements:
        if statement.problem:
            yield replace(
                template,
                kind="unreadable",
                resource=statement.name,
                message=f"Statement {statement.name} of the {statement.policy} policy cannot be read for certain,"
                f" because {statement.problem}. The report includes the access that the statement may give.",
                remediation="Correct the statement, and run again.",
            )


def foreign(statement: Mapping[str, Any], origin: str, template: Finding) -> Finding:
    """Return the finding for one entry of the result's C(foreign_statements).

    An altered statement with a Sid of the collection is an accident or a deception, so its status is failed. C(origin)
    is what a statement is that AWS writes or documents, and empty for any other statement.
    """
    altered = statement["altered"]
    if altered:
        reason = "has a Sid of this collection but differs from what it writes"
        remediation = "Run archive.yml, which replaces the statement."
    elif origin:
        reason = f"is {origin}"
        remediation = "Keep the statement, unless another finding reports the access that the statement gives."
    else:
        reason = "is not managed here"
        remediation = "Find out who added the statement, and whether it is needed."
    return replace(
        template,
        kind="altered_statement" if altered else "foreign_statement",
        resource=statement["sid"],
        status=FAILED if altered else INFO,
        message=f"Statement {statement['sid']} of the {statement['policy']} policy {reason}. {statement['words']}",
        remediation=remediation,
    )
