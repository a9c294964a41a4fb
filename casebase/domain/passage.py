"""A passage: the piece of a case that search compares with a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

from casebase.domain.text import text_hash

if TYPE_CHECKING:
    from casebase.domain.case import CaseId, Section

PassageId = NewType("PassageId", int)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a passage: what a reason quotes."""

    text: str

    @property
    def hash(self) -> str:
        """The key under which the sentence's vector is kept."""
        return text_hash(self.text)


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of a case in one language, or a part of it.

    `id` is given by the store and never reused; 0 means not stored yet. `context` is prepended when the passage is embedded or
    indexed but never shown (it is the title of the case). `position` counts the parts of a section from 0.
    """

    case_id: CaseId
    lang: str
    section: Section
    position: int
    text: str
    context: str = ""
    sentences: tuple[Sentence, ...] = ()
    id: PassageId = PassageId(0)

    @property
    def full_text(self) -> str:
        """What is embedded and indexed: the context, then the text."""
        return f"{self.context}\n{self.text}" if self.context else self.text

    @property
    def hash(self) -> str:
        """The key under which the passage's vector is kept: an unchanged passage is never embedded again."""
        return text_hash(self.full_text)
