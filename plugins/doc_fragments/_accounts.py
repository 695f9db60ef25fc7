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
  retry_timeout:
    description:
      - How many seconds to repeat a call after throttling, an internal error of AWS, or a broken connection. V(0) repeats no
        call. If AWS cannot be reached at all, calls are repeated for at most 30 seconds.
      - After one call has failed for that long, further calls of the task are repeated for at most 30 seconds.
      - The retries of O(aws_config) are in addition to that.
    type: int
    default: 180
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
