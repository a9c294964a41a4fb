"""What a search asks, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from casebase.domain.case import CaseId, CaseStudy, Section
from casebase.domain.places import with_provinces_of_today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from casebase.domain.situation import Comparison, Situation

MAX_QUERY_CHARACTERS = 2000
"""A longer query is cut: the model reads about 512 tokens, and a need fits into a page."""


class Facet(StrEnum):
    """What cases can be filtered by."""

    SECTOR = "sector"
    CHALLENGE = "challenge"
    SOLUTION_AREA = "solution_area"
    LEVER = "lever"
    ROLLOUT_STEP = "rollout_step"
    PILLAR = "pillar"
    LEVEL = "level"
    PLACE = "place"
    COUNTRY = "country"
    LANGUAGE = "language"
    STAGE = "stage"
    OUTCOME = "outcome"
    PROVENANCE = "provenance"
    EVIDENCE = "evidence"
    YEAR = "year"


VOCABULARY_OF = {
    Facet.SECTOR: "sectors",
    Facet.CHALLENGE: "challenges",
    Facet.SOLUTION_AREA: "solution_areas",
    Facet.LEVER: "levers",
    Facet.ROLLOUT_STEP: "rollout_steps",
    Facet.PILLAR: "pillars",
    Facet.LEVEL: "levels",
    Facet.LANGUAGE: "languages",
    Facet.STAGE: "stages",
    Facet.OUTCOME: "outcomes",
    Facet.PROVENANCE: "provenances",
    Facet.EVIDENCE: "evidence_levels",
}
"""The vocabulary that labels a facet's values; places and years are labels already, countries come from CLDR."""


_VALUES: Mapping[Facet, Callable[[CaseStudy], tuple[str, ...]]] = {
    Facet.SECTOR: lambda case: case.sectors,
    Facet.CHALLENGE: lambda case: case.challenges,
    Facet.SOLUTION_AREA: lambda case: case.solution_areas,
    Facet.LEVER: lambda case: case.levers,
    Facet.ROLLOUT_STEP: lambda case: case.rollout_steps,
    Facet.PILLAR: lambda case: case.pillars,
    Facet.LEVEL: lambda case: (case.level,),
    Facet.PLACE: lambda case: with_provinces_of_today(case.places),
    Facet.COUNTRY: lambda case: (case.country,),
    Facet.LANGUAGE: lambda case: (case.lang,),
    Facet.STAGE: lambda case: (case.stage,),
    Facet.OUTCOME: lambda case: (case.outcome,),
    Facet.PROVENANCE: lambda case: (case.provenance,),
    Facet.EVIDENCE: lambda case: (case.evidence_level,),
    Facet.YEAR: lambda case: (str(case.year),) if case.year else (),
}


def facet_values(case: CaseStudy, facet: Facet) -> tuple[str, ...]:
    """Return the values that a case has for a facet; a place counts under its province of today too."""
    return _VALUES[facet](case)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases may answer: for every facet named, a case has at least one of the values."""

    chosen: tuple[tuple[Facet, frozenset[str]], ...] = ()

    @classmethod
    def of(cls, choices: Iterable[tuple[Facet, Iterable[str]]]) -> Filters:
        """Build filters from any choices; a facet without values filters nothing."""
        merged: dict[Facet, frozenset[str]] = {}
        for facet, values in choices:
            if chosen := frozenset(values):
                merged[facet] = merged.get(facet, frozenset()) | chosen
        return cls(tuple(sorted(merged.items())))

    def __bool__(self) -> bool:
        """Tell whether anything is filtered."""
        return bool(self.chosen)

    def values(self, facet: Facet) -> frozenset[str]:
        """Return the values chosen for a facet; empty when it is not filtered."""
        return dict(self.chosen).get(facet, frozenset())

    def without(self, facet: Facet) -> Filters:
        """Return the filters of the other facets."""
        return Filters(tuple((other, values) for other, values in self.chosen if other is not facet))


class Mode(StrEnum):
    """Which evidence counts. People get HYBRID; the others exist to be compared with it."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


class Order(StrEnum):
    """How the comparable cases are shown; which cases are comparable does not depend on it."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    COMPLETE = "complete"

    def key(self, case: CaseStudy) -> int:
        """Return what to sort cases by, smallest first; by relevance all are equal, so that they stay as they are."""
        if self is Order.RELEVANCE:
            return 0
        return -(case.year or 0) if self is Order.NEWEST else -case.completeness


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A need in the searcher's own words. `verbatim` takes the text exactly as typed: nothing is restored or expanded.

    `situation` is the searcher's own; `more` and `less` are cases of which others are wanted, or not.
    """

    text: str
    limit: int = 10
    section: Section | None = None
    filters: Filters = Filters()
    mode: Mode = Mode.HYBRID
    verbatim: bool = False
    reader: str = "vi"
    """The language in which the reader sees titles and reasons, where there is a choice."""
    grouped: bool = False
    """Whether cases that tell nearly the same become one hit."""
    order: Order = Order.RELEVANCE
    situation: Situation | None = None
    more: tuple[CaseId, ...] = ()
    less: tuple[CaseId, ...] = ()


class ChangeKind(StrEnum):
    """What a step of understanding did to the query."""

    KEYS_DECODED = "keys_decoded"
    SPELLING = "spelling"
    MARKS_RESTORED = "marks_restored"
    ABBREVIATION = "abbreviation"
    PLACE = "place"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that understanding did, shown to the searcher and undone by one click. `confidence` in [0, 1].

    `alternative` is what else the whole query may have meant, where that is in doubt.
    """

    kind: ChangeKind
    before: str
    after: str
    confidence: float = 1.0
    alternative: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """How the query was understood: `text` is what was searched, `places` are the provinces that it names."""

    typed: str
    text: str
    lang: str
    marked: bool
    changes: tuple[Change, ...] = ()
    places: tuple[str, ...] = ()


class Relevance(StrEnum):
    """How close a case is, in words."""

    VERY_CLOSE = "very_close"
    CLOSE = "close"
    RELATED = "related"
    DISTANT = "distant"


class Verdict(StrEnum):
    """What the whole answer is worth."""

    GOOD = "good"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` (exclusive) of a sentence that the query's words matched."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a section of a case has to do with the query: how close it is, and the query's words and word groups that it holds."""

    section: Section
    relevance: Relevance
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a case was found: its best section, the sentence in it that is closest by meaning, and the words that matched."""

    section: Section
    lang: str
    sentence: str
    matched: tuple[Span, ...] = ()
    words: tuple[str, ...] = ()
    """The query's words found anywhere in the best passage."""
    parts: tuple[Part, ...] = ()
    """The sections that match, in their order in a case, with what of the query each has."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A comparable case. `score` orders the hits of one search and means nothing across searches; `relevance` does.

    `alike` are cases that tell nearly the same and are not hits of their own. `compared` is the case beside the searcher's
    situation, None where that is unknown.
    """

    case: CaseStudy
    score: float
    relevance: Relevance
    reason: Reason
    alike: tuple[CaseStudy, ...] = ()
    compared: Comparison | None = None

    @property
    def case_id(self) -> CaseId:
        """The id of the case."""
        return CaseId(self.case.id)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The comparable cases, best first; `total` counts the cases that the filters allow."""

    query: SearchQuery
    analysis: Analysis
    verdict: Verdict
    hits: tuple[Hit, ...]
    total: int
    took_ms: float
    facets: tuple[tuple[Facet, tuple[tuple[str, int], ...]], ...] = field(default=())
    """For every facet its values with the number of cases that the other facets' filters allow, most frequent first."""
    by_meaning: bool = True
    """False while only words are compared, because vectors are still being made."""
