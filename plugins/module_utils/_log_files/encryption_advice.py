# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What to do if objects are not encrypted with the expected key, or with a key that CloudTrail never uses.

Note that this module util is PRIVATE to the collection: it can change at any time.

Two modules report it, and findings with the same remediation are one problem of the evidence.
"""

from __future__ import annotations

_SET_KEY = (
    "set kms_key of cloudtrail_central for the trail. Existing objects do not change: only later ones have the key."
)
REPLACE_KEY = f"Find out who changed kms_key of the trail or wrote the objects. Then {_SET_KEY}"
RESTORE = (
    "Leave the bucket unchanged. Find out from its data events or access logs who wrote the objects. Restore them from"
    " older versions or from a replica."
)
ENCRYPT = (
    "Find out who changed the encryption of the trail or wrote the objects. Allow the account with"
    f" kms_key_grant_accounts, and {_SET_KEY}"
)
