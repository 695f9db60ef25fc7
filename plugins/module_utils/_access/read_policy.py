# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A policy as AWS returned it, or why it cannot be read. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._policy import document
from .._policy.document import Document
from .._policy.statement import Statement, of_document


@dataclass(frozen=True, kw_only=True)
class ReadPolicy:
    """One of the two policies. C(document) is None if there is none, or if it cannot be parsed."""

    kind: str  # KEY or BUCKET
    title: str
    document: Document | None
    partition: str  # of key and bucket
    problem: str = ""  # why it cannot be read, or not for certain

    @classmethod
    def of(cls, kind: str, title: str, text: str | None, partition: str) -> ReadPolicy:
        try:
            if text is None:
                return cls(kind=kind, title=title, document=None, partition=partition)
            parsed = document.parse(text, title)
            oddity = document.oddity(text, title)
            return cls(kind=kind, title=title, document=parsed, partition=partition, problem=oddity)
        except document.MalformedPolicy as error:
            return cls(kind=kind, title=title, document=None, partition=partition, problem=str(error))

    @property
    def statements(self) -> list[Statement]:
        return of_document(self.kind, self.document, self.partition)
