# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who has which access, as a list of entries, and where two such lists meet. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._aws import arn
from .._policy.statement import ANYONE, DELETED, ORGANIZATION, SERVICE, TRAILS, UNKNOWN, Who


@dataclass(frozen=True)
class Entry:
    """One principal's access. Certain where the policies that were read are enough by themselves."""

    who: Who
    by: tuple[str, ...]
    actions: tuple[str, ...]
    conditions: tuple[str, ...]
    certain: bool
    indirect: bool

    def as_result(self) -> dict[str, Any]:
        return {
            "principal": self.who.name,
            "kind": self.who.kind,
            "by": list(self.by),
            "actions": list(self.actions),
            "conditions": list(self.conditions),
            "certain": self.certain,
            "indirect": self.indirect,
        }


def merged(given: Iterable[Entry]) -> list[Entry]:
    """Entries that differ in statements and actions only, in one."""
    found: dict[tuple[Who, tuple[str, ...], bool, bool], Entry] = {}
    for entry in given:
        key = (entry.who, entry.conditions, entry.certain, entry.indirect)
        there = found.get(key)
        if there:
            entry = replace(
                there,
                by=tuple(dict.fromkeys([*there.by, *entry.by])),
                actions=tuple(sorted({*there.actions, *entry.actions})),
            )
        found[key] = entry
    return sorted(found.values(), key=lambda entry: (entry.indirect, entry.who, entry.conditions))


@dataclass(frozen=True)
class Overlap:
    """Somebody who decrypts, of an account that encrypts."""

    account: str  # or an organization's id, or * for any
    decrypter: Entry
    encrypt_by: tuple[str, ...]
    certain: bool

    def as_result(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "principal": self.decrypter.who.name,
            "kind": self.decrypter.who.kind,
            "encrypt_by": list(self.encrypt_by),
            "decrypt_by": list(self.decrypter.by),
            "certain": self.certain,
        }


def overlaps(encrypters: Sequence[Entry], decrypters: Sequence[Entry], owner: str) -> list[Overlap]:
    """Where the two sets meet. The account that owns the key is left out: it keeps the archive, and writes there too.

    CloudTrail's own decryption, which an S3 Bucket Key needs, is no reader's.
    """
    by_account: dict[str, set[str]] = {}
    for entry in encrypters:
        account = entry.who.account if entry.who.kind != ANYONE else "*"
        if account not in ("", owner):
            by_account.setdefault(account, set()).update(entry.by)
    open_ended = [account for account in by_account if not arn.ACCOUNT_ID.fullmatch(account)]
    found = []
    for decrypter in decrypters:
        who = decrypter.who
        if who.kind in (TRAILS, SERVICE, DELETED) or who.account == owner:
            continue
        wide = who.kind in (ANYONE, ORGANIZATION, UNKNOWN)
        met = by_account if wide else [who.account] if who.account in by_account else open_ended
        if met:
            names = tuple(sorted({name for account in met for name in by_account[account]}))
            account = who.name if wide else who.account
            found.append(Overlap(account, decrypter, names, decrypter.certain and who.account in ("", *by_account)))
    return found
