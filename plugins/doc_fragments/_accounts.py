# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """The account that a module acts in; PRIVATE to the collection."""

    DOCUMENTATION = r"""
options:
  account_id:
    description:
      - The account that is meant, 12 digits in quotes.
      - The module fails before it changes anything when the credentials turn out to belong to another account.
    type: str
  assume_role_arn:
    description:
      - The role that is assumed in the account. Left out where the credentials are already those of the account.
      - The session's credentials stay inside the module. They are never returned and never written to disk.
    type: str
  external_id:
    description: The external id that the trust policy of O(assume_role_arn) asks for.
    type: str
"""

    PREVIEW = r"""
options:
  allow_missing_in_check_mode:
    description:
      - In check mode, plan for a bucket or key that does not exist yet, because an earlier task of the playbook would create
        it. Otherwise check mode fails where the real run would fail.
    type: bool
    default: false
"""
