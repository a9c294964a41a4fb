"""How much a story that is not public yet resembles a case that is: what an author and a moderator are told before a decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from casebase.domain.case import CaseId
    from casebase.domain.query import Hit, SearchResult


class Likeness(StrEnum):
    """What a story is beside a case: the same story told again, another story about the like, or something new."""

    DUPLICATE = "duplicate"
    RELATED = "related"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Resemblance:
    """The evidence, and what it comes to.

    `meaning` is the cosine of the mean centred vectors of both texts, in [-1, 1]; None where only words could be compared.
    `shared` is how much of the shorter text stands word for word in the other, in [0, 1].
    `figures` is how many of the telling numbers of the text that has fewer the other has too, in [0, 1]: no language changes them.
    """

    meaning: float | None
    shared: float
    figures: float
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Compared:
    """The cases like a story, the same stories first, with how each resembles it: one resemblance a hit."""

    result: SearchResult
    resemblances: tuple[Resemblance, ...]

    @property
    def likeness(self) -> Likeness:
        """What the story is beside the whole store."""
        found = {one.likeness for one in self.resemblances}
        return next((likeness for likeness in Likeness if likeness in found), Likeness.NEW)

    @property
    def duplicate_of(self) -> CaseId | None:
        """The case that tells the same story; the nearest by meaning, should several."""
        return next((hit.case_id for hit, one in self.pairs if one.likeness is Likeness.DUPLICATE), None)

    @property
    def pairs(self) -> tuple[tuple[Hit, Resemblance], ...]:
        """The hits, each with its resemblance."""
        return tuple(zip(self.result.hits, self.resemblances, strict=True))
