# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Numbers in sentences, with nouns and verbs that agree with them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations


def number(count: int) -> str:
    """The count with a comma after each group of three digits, such as 5,000."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    """The count with its noun, such as 1 account or 5,000 accounts."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def agree(count: int, one: str, many: str) -> str:
    """The word for the count, such as is or are."""
    return one if count == 1 else many
