# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What the two policy modules have in common; PRIVATE to the collection."""

    DOCUMENTATION = r"""
options:
  accounts:
    description:
      - The accounts whose trails are admitted. Accounts that are admitted already keep their access, unless
        O(purge_accounts=true).
      - With O(state=absent), the accounts that lose their access.
    type: list
    elements: dict
    suboptions:
      id:
        description: The account's id, 12 digits in quotes.
        type: str
        required: true
      trail_name:
        description: The name of the account's trail. Needed for O(layout=exact).
        type: str
      region:
        description: The home Region of that trail. The default is the Region that the module runs in.
        type: str
  organization_id:
    description:
      - The organization whose accounts may be admitted as a whole, with O(layout=organization).
      - Single accounts stay listed as long as their list fits.
    type: str
  organization_trails:
    description:
      - The trails of O(organization_id) that are admitted, each of which records all accounts of the organization. Those
        that are admitted already stay, unless O(purge_accounts=true).
      - They are admitted by statements of their own, whatever the O(layout), and O(organization_id) alone does not admit
        the accounts' own trails then.
      - With O(state=absent), the trails that lose their access.
    type: list
    elements: dict
    suboptions:
      management_account_id:
        description:
          - The id of the organization's management account, 12 digits in quotes. The trail belongs to it and has it in its
            ARN, also where a delegated administrator creates the trail.
        type: str
        required: true
      trail_name:
        description: The name of the trail.
        type: str
        required: true
      region:
        description: The home Region of the trail. The default is the Region that the module runs in.
        type: str
  layout:
    description:
      - How the accounts are named in the policy, from strict to compact. The return value RV(layout) says which was chosen.
      - V(auto) takes the strictest that fits.
      - V(exact) names the folder and the ARN of each trail, as AWS documents it for several accounts.
      - V(accounts) names the folder of each account, and the trails by a pattern.
      - V(compact) names each account's id only. CloudTrail puts the account's id into the path itself.
        B(Not verified against a live account.)
      - V(organization) admits every account of O(organization_id) and does not grow. The accounts listed have to be
        members of it.
    type: str
    choices: [auto, exact, accounts, compact, organization]
    default: auto
  purge_accounts:
    description:
      - Take O(accounts), and O(organization_trails) where it is given, as the complete list, so that all others lose their
        access.
    type: bool
    default: false
  settle_timeout:
    description:
      - Seconds to wait until AWS shows the policy that was written. Policies become visible with a delay.
    type: int
    default: 60
  state:
    description:
      - V(present) admits the accounts.
      - V(absent) takes O(accounts), O(organization_id) or O(organization_trails) out; without any of them, all of the
        statements that this module owns. Statements of others stay.
      - V(rendered) returns the policy that would be written if there were none yet, without any call to AWS.
    type: str
    choices: [present, absent, rendered]
    default: present
"""
