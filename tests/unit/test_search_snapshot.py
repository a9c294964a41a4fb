"""The tables of a snapshot: passages, facets, the vectors of cases; and the same tables read back from disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from factories import make_case
from hypothesis import given
from hypothesis import strategies as st
from library import BIRTH, CASES, PAYROLL, RAILWAY, SALARY, SUN

from casebase.domain.case import CaseId, Section
from casebase.domain.passage import Passage, PassageId
from casebase.domain.query import Facet, Filters, facet_values
from casebase.ingest.passages import cut_passages
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.search.snapshot import (
    FacetTable,
    PassageTable,
    build_snapshot,
    passage_digest,
    tabulate,
    tabulate_facets,
    vectors_by_case,
)
from casebase.search.snapshot_files import SnapshotFolder
from casebase.search.vectors import LISTS_FROM, FaissVectors

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.case import CaseStudy
    from casebase.search.snapshot import Snapshot

ARCHIVE = make_case(id="luu-tru", title="Số hóa lưu trữ", country="VN", places=[], period={"start": "2019"}, outcome="partial")


def numbered(*cases: CaseStudy) -> list[Passage]:
    passages = [passage for case in cases for passage in cut_passages(case)]
    return [replace(passage, id=PassageId(3 * place)) for place, passage in enumerate(passages, 1)]


def snapshot_of(*cases: CaseStudy, embedder: HashingEmbedder | None = None) -> Snapshot:
    passages = numbered(*cases)
    vectors = embedder.embed_passages([passage.full_text for passage in passages]) if embedder else None
    return build_snapshot(passages, cases, generation=7, vectors=vectors, model=embedder.fingerprint if embedder else None)


def allowed(table: FacetTable, *choices: tuple[Facet, list[str]]) -> list[bool]:
    return [bool(flag) for flag in table.allowed(Filters.of(choices))]


def counts(table: FacetTable, facet: Facet, *choices: tuple[Facet, list[str]]) -> tuple[tuple[str, int], ...]:
    return dict(table.counts(Filters.of(choices)))[facet]


# --- passages -------------------------------------------------------------------------------------------------------------------


def test_a_row_says_case_language_and_section() -> None:
    table = tabulate(numbered(RAILWAY, PAYROLL))
    assert table.cases == (RAILWAY.id, PAYROLL.id)
    assert table.of_case(0).tolist() == list(range(len(cut_passages(RAILWAY))))
    assert table.in_language("en").sum() == len(cut_passages(PAYROLL)) - 1
    assert table.in_section(Section.SUMMARY).sum() == 3
    assert table.ids.tolist() == sorted(table.ids.tolist())


def test_a_language_that_nothing_is_written_in_has_no_passage() -> None:
    assert not tabulate(numbered(RAILWAY)).in_language("es").any()


def test_an_empty_store_has_an_empty_table() -> None:
    table = tabulate([])
    assert (len(table.ids), table.cases, table.in_section(Section.STEPS).shape) == (0, (), (0,))


PASSAGE = Passage(CaseId("a"), "vi", Section.STEPS, 0, "Một câu.", context="Tên", id=PassageId(1))


@pytest.mark.parametrize(
    "other",
    [
        replace(PASSAGE, case_id=CaseId("b")),
        replace(PASSAGE, lang="en"),
        replace(PASSAGE, section=Section.RESULTS),
        replace(PASSAGE, text="Hai câu."),
        replace(PASSAGE, context="Tên khác"),
    ],
    ids=["case", "language", "section", "text", "context"],
)
def test_a_digest_differs_with_everything_that_a_passage_says(other: Passage) -> None:
    assert passage_digest(other) != passage_digest(PASSAGE)


def test_a_digest_is_of_the_content_and_not_of_the_id() -> None:
    assert passage_digest(replace(PASSAGE, id=PassageId(9))) == passage_digest(PASSAGE)


# --- facets ---------------------------------------------------------------------------------------------------------------------


def test_without_filters_every_case_is_allowed() -> None:
    assert allowed(tabulate_facets(CASES)) == [True] * len(CASES)


def test_values_of_one_facet_are_alternatives() -> None:
    table = tabulate_facets([RAILWAY, SUN, PAYROLL])
    assert allowed(table, (Facet.SECTOR, ["energy", "transport-logistics"])) == [True, True, False]


def test_facets_must_all_hold() -> None:
    table = tabulate_facets([RAILWAY, SUN, PAYROLL])
    assert allowed(table, (Facet.SECTOR, ["energy", "transport-logistics"]), (Facet.OUTCOME, ["partial"])) == [False, True, False]


def test_a_value_that_no_case_has_allows_none_beside_it() -> None:
    table = tabulate_facets([RAILWAY, SUN])
    assert allowed(table, (Facet.SECTOR, ["smart-city"])) == [False, False]
    assert allowed(table, (Facet.SECTOR, ["smart-city", "energy"])) == [False, True]


def test_a_case_counts_for_each_of_its_values() -> None:
    assert dict(counts(tabulate_facets([BIRTH, ARCHIVE]), Facet.SECTOR)) == {
        "justice-civil-registry": 1,
        "health": 1,
        "public-administration": 1,
    }


def test_counts_are_of_the_allowed_cases_most_frequent_first_then_by_value() -> None:
    table = tabulate_facets([RAILWAY, SUN, PAYROLL, SALARY])
    assert counts(table, Facet.OUTCOME) == (("failure", 2), ("partial", 1), ("success", 1))
    assert counts(table, Facet.OUTCOME, (Facet.LANGUAGE, ["vi"])) == (("partial", 1), ("success", 1), ("failure", 0))


def test_a_facet_counts_what_each_of_its_values_would_leave_whatever_of_it_is_chosen() -> None:
    table = tabulate_facets([RAILWAY, SUN, PAYROLL, SALARY])
    assert counts(table, Facet.OUTCOME, (Facet.OUTCOME, ["partial"])) == counts(table, Facet.OUTCOME)
    both = (Facet.OUTCOME, ["failure"]), (Facet.LANGUAGE, ["fr"])
    assert counts(table, Facet.OUTCOME, *both) == (("failure", 1), ("partial", 0), ("success", 0))
    assert counts(table, Facet.LANGUAGE, *both) == (("en", 1), ("fr", 1), ("vi", 0))


def test_every_facet_is_counted() -> None:
    assert [facet for facet, _ in tabulate_facets([RAILWAY]).counts(Filters())] == list(Facet)


@given(
    choices=st.lists(st.tuples(st.sampled_from(Facet), st.lists(st.sampled_from(["vi", "VN", "success", "2024", "x"]))), max_size=3)
)
def test_filters_let_through_what_a_case_by_case_look_lets_through(choices: list[tuple[Facet, list[str]]]) -> None:
    filters = Filters.of(choices)
    expected = [all(wanted & set(facet_values(case, facet)) for facet, wanted in filters.chosen) for case in (*CASES, ARCHIVE)]
    assert tabulate_facets([*CASES, ARCHIVE]).allowed(filters).tolist() == expected


def test_a_case_that_is_not_known_answers_only_where_nothing_is_filtered() -> None:
    table = tabulate_facets([None, SUN])
    assert allowed(table) == [True, True]
    assert allowed(table, (Facet.COUNTRY, ["VN"])) == [False, True]


# --- the vectors of cases -------------------------------------------------------------------------------------------------------


def test_the_vector_of_a_case_is_the_mean_direction_of_its_passages() -> None:
    table = PassageTable(
        np.array([1, 2, 3]), np.zeros(3, np.uint64), np.array([0, 1, 0], np.int32), np.zeros(3, np.int16), np.zeros(3, np.int16),
        (CaseId("a"), CaseId("b")), ("vi",),
    )  # fmt: skip
    vectors = vectors_by_case(table, np.array([[1, 0], [0, 1], [0, 1]], np.float32))
    np.testing.assert_allclose(vectors, [[0.5**0.5, 0.5**0.5], [0, 1]], atol=1e-6)


# --- on disk --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("embedder", [HashingEmbedder(32), None], ids=["vectors", "words alone"])
@pytest.mark.parametrize("cases", [CASES, ()], ids=["cases", "empty"])
def test_a_snapshot_read_back_is_the_one_that_was_written(
    tmp_path: Path, embedder: HashingEmbedder | None, cases: tuple[CaseStudy, ...]
) -> None:
    written = snapshot_of(*cases, embedder=embedder)
    SnapshotFolder(tmp_path).save(written)
    read = SnapshotFolder(tmp_path).load()
    assert (read.generation, read.model, read.passages.cases) == (7, written.model, written.passages.cases)
    for column in ("ids", "digests", "case_numbers", "language_numbers", "section_numbers"):
        np.testing.assert_array_equal(getattr(read.passages, column), getattr(written.passages, column))
    assert read.facets.counts(Filters()) == written.facets.counts(Filters())
    assert read.syllables.words == written.syllables.words
    assert read.marks.restore("duong sat") == written.marks.restore("duong sat")
    assert read.lexical.scores("đường").tolist() == written.lexical.scores("đường").tolist()


@pytest.mark.parametrize("lists_from", [1, LISTS_FROM], ids=["lists", "exact"])
def test_vectors_and_means_read_back_are_the_same(tmp_path: Path, lists_from: int) -> None:
    written = snapshot_of(*CASES, embedder=HashingEmbedder(32))
    random = np.random.default_rng(0).normal(size=(len(written.passages.ids), 32)).astype(np.float32)
    written = replace(written, vectors=FaissVectors.build(written.passages.ids, random, lists_from=lists_from))
    SnapshotFolder(tmp_path).save(written)
    read = SnapshotFolder(tmp_path).load()
    assert read.means is not None
    assert written.means is not None
    assert read.vectors is not None
    assert written.vectors is not None
    assert {lang: mean.tolist() for lang, mean in read.means.by_language.items()} == {
        lang: mean.tolist() for lang, mean in written.means.by_language.items()
    }
    assert read.means.overall.tolist() == written.means.overall.tolist()
    query = HashingEmbedder(32).embed_queries(["đường sắt"])[0]
    assert read.vectors.nearest(query, limit=9)[0].tolist() == written.vectors.nearest(query, limit=9)[0].tolist()
    np.testing.assert_array_equal(read.case_vectors, written.case_vectors)


def test_how_much_is_told_in_a_language_is_measured_by_the_language_most_told() -> None:
    table = tabulate(
        [replace(PASSAGE, lang=lang, id=PassageId(number)) for number, lang in enumerate(["vi", "fr", "vi", "vi", "vi"], 1)]
    )
    assert (table.told_in("vi"), table.told_in("fr"), table.told_in("en")) == (1, 0.25, 0)
    assert tabulate([]).told_in("vi") == 0
