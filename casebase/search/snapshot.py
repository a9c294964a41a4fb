"""A search snapshot: everything that answers a query, immutable, built from the store and disposable at any time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from casebase.domain.case import NARRATIVE, Section
from casebase.domain.query import Facet, Filters, facet_values
from casebase.search.centring import LanguageMeans, language_means, shipped_means, unit
from casebase.search.lexical import Bm25Lexical
from casebase.search.marks import MarksRestorer, SyllableCounts, count_words, field_phrases, field_sentences
from casebase.search.text import tokens
from casebase.search.vectors import FaissVectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from casebase.domain.case import CaseId, CaseStudy
    from casebase.domain.passage import Passage
    from casebase.domain.ports import LexicalIndex, VectorIndex, Vectors

SECTIONS = (Section.SUMMARY, Section.USEFUL_WHEN, *NARRATIVE)


@dataclass(frozen=True, slots=True)
class PassageTable:
    """One row a passage, by position: ids (n,) ascending, and numbers into `cases`, `languages` and `SECTIONS`, each (n,)."""

    ids: NDArray[np.int64]
    digests: NDArray[np.uint64]
    """What each passage says and where it belongs (`passage_digest`): tells a damaged or foreign table from an old one."""
    case_numbers: NDArray[np.int32]
    language_numbers: NDArray[np.int16]
    section_numbers: NDArray[np.int16]
    cases: tuple[CaseId, ...]
    languages: tuple[str, ...]

    def of_case(self, number: int) -> NDArray[np.int64]:
        """Return the positions of a case's passages."""
        return np.flatnonzero(self.case_numbers == number)

    def in_language(self, lang: str) -> NDArray[np.bool_]:
        """Tell of each passage whether it is in the language."""
        number = self.languages.index(lang) if lang in self.languages else -1
        return np.asarray(self.language_numbers == number, np.bool_)

    def told_in(self, lang: str) -> float:
        """Return how many passages are in the language, as a share of those in the language most told; 0 for an empty table."""
        counts = np.bincount(self.language_numbers, minlength=len(self.languages) + 1)
        return float(counts[self.languages.index(lang)] / counts.max()) if lang in self.languages else 0.0

    def in_section(self, section: Section) -> NDArray[np.bool_]:
        """Tell of each passage whether it is from the section."""
        return np.asarray(self.section_numbers == SECTIONS.index(section), np.bool_)


FacetCounts: TypeAlias = "tuple[tuple[Facet, tuple[tuple[str, int], ...]], ...]"


@dataclass(frozen=True)
class FacetTable:
    """Which cases have which value: for each facet a mapping from value to (cases,) booleans. It keeps what it has counted."""

    values: Mapping[Facet, Mapping[str, NDArray[np.bool_]]]
    size: int

    def allowed(self, filters: Filters) -> NDArray[np.bool_]:
        """Return (cases,) booleans: the cases that have at least one of the values of every facet chosen."""
        allowed = np.ones(self.size, np.bool_)
        for facet, chosen in filters.chosen:
            of_value = self.values.get(facet, {})
            allowed &= np.any([of_value[value] for value in chosen if value in of_value] or [np.zeros(self.size, np.bool_)], axis=0)
        return allowed

    def counts(self, filters: Filters) -> FacetCounts:
        """Return for every facet how many cases each value would leave, beside the filters of the other facets.

        Most frequent first, then by value; values that no case has left count 0.
        """
        return self._counted(filters) if filters else self._unfiltered

    @cached_property
    def _unfiltered(self) -> FacetCounts:
        return self._counted(Filters())

    def _counted(self, filters: Filters) -> FacetCounts:
        counted = []
        for facet, of_value in self.values.items():
            allowed = self.allowed(filters.without(facet))
            values = [(value, int((has & allowed).sum())) for value, has in of_value.items()]
            counted.append((facet, tuple(sorted(values, key=_most_first))))
        return tuple(counted)


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What answers queries. `model` is None where there are no vectors yet: then only words are compared."""

    generation: int
    model: str | None
    passages: PassageTable
    facets: FacetTable
    vectors: VectorIndex | None
    case_vectors: Vectors | None
    """(cases, d): the mean of a case's centred passages, of unit length."""
    means: LanguageMeans | None
    lexical: LexicalIndex
    syllables: SyllableCounts
    marks: MarksRestorer


def passage_digest(passage: Passage) -> int:
    """Return 64 bits that name case, language, section and text of a passage. An id keeps its digest for ever."""
    content = f"{passage.case_id} {passage.lang} {passage.section.value} {passage.hash}"
    return int.from_bytes(hashlib.sha256(content.encode()).digest()[:8])


def tabulate(passages: Sequence[Passage]) -> PassageTable:
    """Return the table of passages given in order of id."""
    cases = tuple(dict.fromkeys(passage.case_id for passage in passages))
    languages = tuple(dict.fromkeys(passage.lang for passage in passages))
    number_of = {case: number for number, case in enumerate(cases)}
    return PassageTable(
        np.array([passage.id for passage in passages], np.int64),
        np.array([passage_digest(passage) for passage in passages], np.uint64),
        np.array([number_of[passage.case_id] for passage in passages], np.int32),
        np.array([languages.index(passage.lang) for passage in passages], np.int16),
        np.array([SECTIONS.index(passage.section) for passage in passages], np.int16),
        cases,
        languages,
    )


def tabulate_facets(cases: Sequence[CaseStudy | None]) -> FacetTable:
    """Return which of the cases, in the order given, have which value of each facet; None has none."""
    table: dict[Facet, dict[str, NDArray[np.bool_]]] = {facet: {} for facet in Facet}
    for number, case in enumerate(cases):
        pairs = [(facet, value) for facet in Facet for value in facet_values(case, facet)] if case else []
        for facet, value in pairs:
            table[facet].setdefault(value, np.zeros(len(cases), np.bool_))[number] = True
    return FacetTable(table, len(cases))


def vectors_by_case(table: PassageTable, centred: Vectors) -> Vectors:
    """Return the mean of each case's passages (cases, d), of unit length. O(n · d)."""
    sums = np.zeros((len(table.cases), centred.shape[1]), np.float32)
    np.add.at(sums, table.case_numbers, centred)
    return unit(sums)


def build_snapshot(
    passages: Sequence[Passage], cases: Iterable[CaseStudy], *, generation: int, vectors: Vectors | None, model: str | None
) -> Snapshot:
    """Build a snapshot from passages in order of id and their raw unit vectors (n, d), or without vectors.

    A case that is not among `cases` has no facets: it answers where nothing is filtered. About 0.2 s for 500 passages, 9 s for
    50,000, most of it cutting texts into words.
    """
    table = tabulate(passages)
    case_of = {case.id: case for case in cases}
    words, languages = [tokens(passage.full_text) for passage in passages], [passage.lang for passage in passages]
    vietnamese = (row for row, lang in zip(words, languages, strict=True) if lang == "vi")
    syllables = count_words([*vietnamese, *map(tokens, (*field_phrases(), *field_sentences()))])
    means = language_means(vectors, languages, shipped_means(model)) if vectors is not None else None
    centred = means.centre(vectors, languages) if means and vectors is not None else None
    return Snapshot(
        generation=generation,
        model=model if vectors is not None else None,
        passages=table,
        facets=tabulate_facets([case_of.get(case_id) for case_id in table.cases]),
        vectors=FaissVectors.build(table.ids, centred) if centred is not None else None,
        case_vectors=vectors_by_case(table, centred) if centred is not None else None,
        means=means,
        lexical=Bm25Lexical.of_words(words),
        syllables=syllables,
        marks=MarksRestorer(syllables),
    )
