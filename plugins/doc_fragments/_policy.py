# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """The options that both policy modules share; PRIVATE to the collection."""

    DOCUMENTATION = r"""
options:
  accounts:
    description:
      - The accounts whose trails are allowed. Accounts that are already allowed keep their access, unless
        O(purge_accounts=true).
      - Trails that are already allowed keep their access too. If trails of any name of an account are allowed, a
        O(accounts[].trail_name) does not limit that, unless O(allow_weaken=true) or O(purge_accounts=true).
      - With O(state=absent), the accounts that lose their access.
    type: list
    elements: dict
    suboptions:
      id:
        description: The account id, 12 digits in quotes.
        type: str
        required: true
      trail_name:
        description: The name of the account's trail. Required for O(layout=exact).
        type: str
      region:
        description: The home Region of that trail. The default is the Region in which the module runs.
        type: str
  organization_id:
    description:
      - The id of the organization whose accounts may be allowed as a whole, with O(layout=organization).
      - Accounts stay listed one by one as long as the list fits.
    type: str
  organization_trails:
    description:
      - The organization trails of O(organization_id) that are allowed. Trails that are already allowed keep their access,
        unless O(purge_accounts=true).
      - Separate statements allow them in every O(layout). If this option is set, O(organization_id) does not allow the
        trails of member accounts, unless O(layout=organization).
      - With O(state=absent), the trails that lose their access.
    type: list
    elements: dict
    suboptions:
      management_account_id:
        description:
          - The id of the organization's management account, 12 digits in quotes.
          - The trail belongs to the management account, even if a delegated administrator creates it.
        type: str
        required: true
      trail_name:
        description: The name of the trail.
        type: str
        required: true
      region:
        description: The home Region of the trail. The default is the Region in which the module runs.
        type: str
  layout:
    description:
      - How the policy names the accounts. The return value RV(layout) is the layout that is used.
      - V(auto) uses the strictest layout that fits.
      - V(exact) names the folder and the trail ARN of each account, as AWS documents it for several accounts.
      - V(accounts) names the folder of each account, and the trails by a pattern.
      - V(compact) names only the id of each account. The separation of folders relies on CloudTrail, which writes the account
        id into the object key. B(Not verified against a live account.)
      - V(organization) allows every account of O(organization_id). Its size does not depend on the number of accounts. The
        listed accounts must be members of the organization.
    type: str
    choices: [auto, exact, accounts, compact, organization]
    default: auto
  purge_accounts:
    description:
      - Remove access from accounts that are not listed in O(accounts).
      - If O(organization_trails) is set, also remove access from organization trails that are not listed there.
    type: bool
    default: false
  allow_weaken:
    description:
      - Allow a change that takes something away although no account is named for removal.
      - Such a change is O(state=absent) for the whole policy, O(purge_accounts=true) without any account, another prefix
        with O(purge_accounts=true), and a trail name that limits an account whose trails of any name are allowed.
      - For the bucket policy also the removal of a denial, and a break-glass principal that has a wildcard or is not in the
        account of the bucket.
      - Also allow the removal of an account whose trail has delivered a log file in the last 24 hours. Such a trail would fail
        to deliver, and its events would be lost.
    type: bool
    default: false
  policy_wait:
    description:
      - How many seconds to wait for a bucket, key or role that an earlier task of the run has created, until it is visible
        everywhere in AWS. Assuming O(assume_role_arn) is retried for at most 30 seconds.
      - Without such a change the error is final, and retries only delay it.
    type: int
    default: 0
  settle_timeout:
    description:
      - The number of seconds to wait until AWS returns the new policy. A change of a policy becomes visible with a delay.
    type: int
    default: 60
  state:
    description:
      - V(present) allows the accounts.
      - V(absent) removes access from O(accounts), O(organization_id) or O(organization_trails). Without any of these options
        it removes all statements that this module owns. Foreign statements stay.
      - V(rendered) returns the policy for a resource that has none yet, without any call to AWS.
    type: str
    choices: [present, absent, rendered]
    default: present
"""
