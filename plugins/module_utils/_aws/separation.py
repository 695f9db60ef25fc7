# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Separation of duties: an account whose trail encrypts the logs must not decrypt them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The rule is the collection's own. Its reason: who writes the logs could otherwise read those of other accounts.
"""

from __future__ import annotations

from collections.abc import Collection

from . import arn as arns


def overlapping_account(decrypter: str, encrypting: Collection[str], owner: str) -> str:
    """Return the account that encrypts and whose principal decrypts; empty if there is none.

    C(decrypter) is the ARN of a principal or an account id, C(encrypting) the ids of the accounts that encrypt. The
    account C(owner) of the key never overlaps: it keeps the archive, and its own trail writes there too.
    """
    arn = arns.parse(decrypter)
    account = arn.account if arn else decrypter
    return account if account in encrypting and account != owner else ""
