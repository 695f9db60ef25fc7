# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The layouts in which a policy names the allowed accounts, and how many accounts fit into each. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Both policies use the same layouts. The conditions on C(aws:SourceArn), C(aws:SourceAccount) and C(aws:SourceOrgID)
prevent the confused deputy problem:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .._aws.arn import trail as trail_arn
from .._core.errors import Refused
from .._core.numbers import agree
from .._policy import equivalence
from .._policy.document import StatementValue
from .allowed_accounts import TRAIL_ARN, AllowedAccounts, AllowedTrail

AUTO = "auto"
EXACT, ACCOUNTS, COMPACT, WHOLE_ORGANIZATION = "exact", "accounts", "compact", "organization"
LAYOUTS = (EXACT, ACCOUNTS, COMPACT, WHOLE_ORGANIZATION)  # strictest first

ConditionValue = dict[str, dict[str, object]]  # operator: condition key: value or values

# a trail of typical length, to compute how many accounts fit into a policy that allows none yet
_TYPICAL = AllowedTrail(account="000000000000", region="us-east-1", name="sectrailprod")


def source_condition(layout: str, allowed: AllowedAccounts, partition: str) -> ConditionValue:
    """The condition on the trail that makes CloudTrail's request.

    C(StringEquals) compares C(*) literally, so patterns are compared with C(ArnLike):
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    if layout == EXACT:
        arns = [trail_arn(partition, trail.region, trail.account, trail.name) for trail in sorted(allowed.trails)]
        return {"StringEquals": {"aws:SourceArn": arns}}
    names = {trail.name for trail in allowed.trails}
    common_name = names.pop() if len(names) == 1 and layout != WHOLE_ORGANIZATION else ""
    pattern: ConditionValue = {"ArnLike": {"aws:SourceArn": trail_arn(partition, "", "", common_name)}}
    if layout == COMPACT:
        return {"StringEquals": {"aws:SourceAccount": list(allowed.accounts)}, **pattern}
    if layout == WHOLE_ORGANIZATION:
        return {"StringEquals": {"aws:SourceOrgID": allowed.organization}, **pattern}
    return pattern


def listed_accounts(layout: str, allowed: AllowedAccounts) -> tuple[str, ...]:
    """The account ids for resources and encryption contexts; one empty string if the layout lists none there."""
    return allowed.accounts if layout in (EXACT, ACCOUNTS) else ("",)


def layout_of(statements: Sequence[StatementValue]) -> str:
    """The layout of the owned statements that allow accounts; empty if there are no statements."""
    if any(equivalence.condition_values(statement, "aws:SourceOrgID") for statement in statements):
        return WHOLE_ORGANIZATION
    if any(equivalence.condition_values(statement, "aws:SourceAccount") for statement in statements):
        return COMPACT
    arns = [arn for statement in statements for arn in equivalence.condition_values(statement, "aws:SourceArn")]
    if any((match := TRAIL_ARN.fullmatch(arn)) and match.group(2) != "*" for arn in arns):
        return EXACT
    return ACCOUNTS if statements else ""


def possible(allowed: AllowedAccounts, organization: str) -> tuple[str, ...]:
    """The layouts in which nobody loses access, strictest first.

    C(organization) is the id of an organization that may be allowed as a whole; empty for none.
    """
    if allowed.organization or (organization and not allowed.trails):
        return (WHOLE_ORGANIZATION,)
    exact = (EXACT,) if all(trail.has_arn for trail in allowed.trails) else ()
    return (*exact, ACCOUNTS, COMPACT, *((WHOLE_ORGANIZATION,) if organization else ()))


def candidates(wanted: str, possible_layouts: tuple[str, ...], allowed: AllowedAccounts) -> tuple[str, ...]:
    """The layouts to try, in this order. Raises Refused if the wanted layout is not possible."""
    if wanted == AUTO:
        return possible_layouts
    if wanted in possible_layouts:
        return (wanted,)
    raise Refused(_impossible(wanted, allowed))


def _impossible(layout: str, allowed: AllowedAccounts) -> str:
    if layout == WHOLE_ORGANIZATION:
        return "layout: organization needs organization_id. Set it to the organization whose accounts may write."
    if allowed.organization:
        return (
            f"layout: {layout} would remove access from the members of organization {allowed.organization}, which is"
            f" allowed as a whole. To remove their access, list all other accounts in accounts and set"
            f" purge_accounts: true."
        )
    if not allowed.trails:
        return f"layout: {layout} lists single accounts, but accounts is empty. Add the accounts that may write."
    incomplete = ", ".join(trail.account for trail in sorted(allowed.trails) if not trail.has_arn)
    return (
        f"layout: exact names each trail, but trail_name or region is not known for {incomplete}. Add them in accounts,"
        f" or set layout: accounts."
    )


def with_more_accounts(allowed: AllowedAccounts) -> tuple[AllowedAccounts, AllowedAccounts]:
    """The accounts with one and with two more accounts, whose trails have names as long as the longest one."""
    longest = max(allowed.trails, key=lambda trail: len(trail.region + trail.name), default=_TYPICAL)
    used = set(allowed.accounts)
    unused = (account for number in range(len(used) + 2) if (account := f"{number:012d}") not in used)
    one_more = allowed.adding([replace(longest, account=next(unused))])
    return one_more, one_more.adding([replace(longest, account=next(unused))])


def room(limit: int, with_one_more: int, with_two_more: int) -> int:
    """How many more accounts fit, from the limit and the sizes of the policy with one and with two more, in bytes.

    The first account may add whole statements, so it is counted apart from the others.
    """
    left = limit - with_one_more
    return 0 if left < 0 else 1 + left // (with_two_more - with_one_more)


def too_large(
    title: str, count: int, sizes: Mapping[str, int], *, limit: int, organization: str, most_compact: int
) -> str:
    """The message that a policy for C(count) accounts is larger than the limit in each wanted layout.

    C(sizes) are the bytes in each layout, C(most_compact) is the number of accounts that fit in layout compact.
    """
    needed = ", ".join(f"{size} in layout {layout}" for layout, size in sizes.items())
    named = f"{title} for {count} {agree(count, 'account', 'accounts')}"
    message = f"{named} does not fit: AWS accepts {limit} bytes, the policy needs {needed}."
    fitting = " or ".join(f"layout: {layout}" for layout, size in sizes.items() if size <= limit)
    if fitting:
        return f"{message} Use {fitting}, or layout: auto."
    if not organization:
        return (
            f"{message} If the accounts are in one organization, set organization_id: the size of layout organization"
            f" does not depend on the number of accounts. Otherwise use a second log bucket and key for part of the"
            f" accounts: layout compact has space for {most_compact} of them in this policy."
        )
    return f"{message} Shorten the foreign statements of the policy, or the lists of readers and principals."
