# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """The options for the account of a module; PRIVATE to the collection."""

    DOCUMENTATION = r"""
options:
  account_id:
    description:
      - The expected account, 12 digits in quotes.
      - If the credentials belong to another account, the module fails before it changes anything.
    type: str
  assume_role_arn:
    description:
      - The role to assume in the account. Do not set it if the credentials already belong to the account.
      - The module never returns the credentials of the role, and never writes them to disk.
    type: str
  external_id:
    description: The external id that the trust policy of O(assume_role_arn) requires.
    type: str
"""

    PREVIEW = r"""
options:
  allow_missing_in_check_mode:
    description:
      - In check mode, plan also if a bucket or key does not exist yet. Set it if an earlier task of the playbook would create
        the bucket or key. Otherwise check mode fails if the real run would fail.
    type: bool
    default: false
"""
