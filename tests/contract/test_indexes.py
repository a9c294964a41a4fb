"""What the two indexes of a snapshot promise, held against plain implementations of the same arithmetic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from casebase.domain.ports import Vectors
from casebase.search.lexical import EXACT_SHARE, K1, B, Bm25Lexical
from casebase.search.text import fold, has_marks, tokens
from casebase.search.vectors import LISTS_FROM, FaissVectors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from casebase.domain.ports import LexicalIndex, VectorIndex

DIMENSION = 8
WORDS = ("đường", "sắt", "dương", "duong", "payroll", "lương", "06/QĐ-TTg", "qđ", "hoà", "hòa", "x", "naïve", "1.000")


# --- vectors --------------------------------------------------------------------------------------------------------------------


class NumpyVectors:
    """The port `VectorIndex` as anybody would write it."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def nearest(
        self, vector: Vectors, *, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        positions = np.arange(len(self._vectors)) if allowed is None else np.flatnonzero(allowed)
        products = self._vectors[positions] @ vector
        best = np.argsort(-products, kind="stable")[:limit]
        return positions[best], products[best]

    def products(self, vector: Vectors, positions: NDArray[np.int64]) -> Vectors:
        return np.asarray(self._vectors[positions] @ vector, np.float32)

    def between(self, positions: NDArray[np.int64], others: NDArray[np.int64]) -> Vectors:
        return np.asarray(self._vectors[positions] @ self._vectors[others].T, np.float32)


Build: TypeAlias = Callable[[NDArray[np.int64], Vectors], FaissVectors]
in_lists: Build = partial(FaissVectors.build, lists_from=1)
EACH_KIND = pytest.mark.parametrize("build", [FaissVectors.build, in_lists], ids=["exact", "lists"])


def unit_vectors(count: int, seed: int, *, dimension: int = DIMENSION) -> Vectors:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def spread_ids(count: int, seed: int) -> NDArray[np.int64]:
    """Return ascending ids with gaps, as they are once cases have been edited."""
    return np.cumsum(np.random.default_rng(seed).integers(1, 20, count)).astype(np.int64)


def only(*positions: int, of: int) -> NDArray[np.bool_]:
    """Return the filter that lets these positions through."""
    allowed = np.zeros(of, np.bool_)
    allowed[list(positions)] = True
    return allowed


@st.composite
def indexed(draw: st.DrawFn) -> tuple[VectorIndex, VectorIndex, int, int]:
    count, seed, lists_from = draw(st.integers(0, 60)), draw(st.integers(0, 2**32)), draw(st.sampled_from((1, LISTS_FROM)))
    vectors = unit_vectors(count, seed)
    return FaissVectors.build(spread_ids(count, seed), vectors, lists_from=lists_from), NumpyVectors(vectors), count, seed


@given(indexes=indexed(), limit=st.integers(0, 80), filtered=st.booleans(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_faiss_finds_what_plain_arithmetic_finds(
    indexes: tuple[VectorIndex, VectorIndex, int, int], limit: int, *, filtered: bool, data: st.DataObject
) -> None:
    faiss, plain, count, seed = indexes
    query = unit_vectors(1, seed + 1)[0]
    flags = st.lists(st.booleans(), min_size=count, max_size=count)
    allowed = np.array(data.draw(flags), np.bool_) if filtered else None
    positions, products = faiss.nearest(query, limit=limit, allowed=allowed)
    expected_positions, expected_products = plain.nearest(query, limit=limit, allowed=allowed)
    assert positions.tolist() == expected_positions.tolist()
    np.testing.assert_allclose(products, expected_products, atol=1e-6)


@given(indexes=indexed(), data=st.data())
@settings(deadline=None)
def test_faiss_multiplies_the_vectors_asked_for_in_the_order_asked(
    indexes: tuple[VectorIndex, VectorIndex, int, int], data: st.DataObject
) -> None:
    faiss, plain, count, seed = indexes
    places = st.lists(st.integers(0, count - 1), max_size=20) if count else st.just([])
    positions, others = (np.array(data.draw(places), np.int64) for _ in range(2))
    query = unit_vectors(1, seed + 1)[0]
    np.testing.assert_allclose(faiss.products(query, positions), plain.products(query, positions), atol=1e-6)
    np.testing.assert_allclose(faiss.between(positions, others), plain.between(positions, others), atol=1e-6)


@EACH_KIND
@pytest.mark.parametrize("position", [0, 1, 7, 8, 9, 63])
def test_a_filter_of_one_lets_that_one_through(build: Build, position: int) -> None:
    index = build(np.arange(1, 65, dtype=np.int64), unit_vectors(64, 3))
    assert index.nearest(unit_vectors(1, 4)[0], limit=10, allowed=only(position, of=64))[0].tolist() == [position]


@EACH_KIND
def test_a_filter_that_lets_nothing_through_finds_nothing(build: Build) -> None:
    index = build(np.arange(1, 65, dtype=np.int64), unit_vectors(64, 3))
    positions, products = index.nearest(unit_vectors(1, 4)[0], limit=10, allowed=np.zeros(64, np.bool_))
    assert (positions.tolist(), products.tolist()) == ([], [])


@EACH_KIND
def test_a_saved_index_of_vectors_is_the_same(build: Build, tmp_path: Path) -> None:
    index = build(spread_ids(64, 3), unit_vectors(64, 3))
    index.save(tmp_path / "vectors.faiss")
    loaded = FaissVectors.load(tmp_path / "vectors.faiss")
    query = unit_vectors(1, 4)[0]
    assert loaded.ids.tolist() == index.ids.tolist()
    assert loaded.nearest(query, limit=64)[0].tolist() == index.nearest(query, limit=64)[0].tolist()
    assert loaded.products(query, np.arange(64)).tolist() == index.products(query, np.arange(64)).tolist()


@pytest.mark.parametrize(("count", "kind"), [(9, "IndexFlatIP"), (10, "IndexIVFFlat"), (11, "IndexIVFFlat")])
def test_lists_take_over_from_the_threshold_on(count: int, kind: str) -> None:
    index = FaissVectors.build(spread_ids(count, 3), unit_vectors(count, 3), lists_from=10)
    assert type(faiss.downcast_index(index._index.index)).__name__ == kind


# --- many vectors: more lists than a search looks at ----------------------------------------------------------------------------

MANY, TOPICS, MANY_DIMENSION = 20_000, 400, 24


@pytest.fixture(scope="module")
def many() -> Vectors:
    """Return vectors that gather around topics, as passages do: half the lists would hold 0.955 of the neighbours."""
    random = np.random.default_rng(5)
    topics = unit_vectors(TOPICS, 6, dimension=MANY_DIMENSION)
    vectors = topics[random.integers(0, TOPICS, MANY)] + random.normal(0, 0.15, (MANY, MANY_DIMENSION))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def lists(many: Vectors) -> FaissVectors:
    return in_lists(spread_ids(MANY, 5), many)


def some_queries(count: int) -> Vectors:
    return unit_vectors(count, 7, dimension=MANY_DIMENSION)


def recall(index: VectorIndex, vectors: Vectors, allowed: NDArray[np.bool_] | None = None) -> float:
    """Return the share of the true 100 neighbours that an index finds, over 50 queries."""
    plain = NumpyVectors(vectors)
    found = [[one.nearest(query, limit=100, allowed=allowed)[0] for one in (index, plain)] for query in some_queries(50)]
    return float(np.mean([len(np.intersect1d(ours, true)) / len(true) for ours, true in found]))


def test_lists_find_nearly_all_of_the_true_neighbours(lists: FaissVectors, many: Vectors) -> None:
    assert recall(lists, many) >= 0.98


@pytest.mark.parametrize("share", [0.5, 0.2, 0.02])
def test_lists_find_them_behind_a_filter_too(lists: FaissVectors, many: Vectors, share: float) -> None:
    assert recall(lists, many, np.random.default_rng(8).random(MANY) < share) >= 0.98


def test_few_that_are_allowed_are_all_compared(lists: FaissVectors, many: Vectors) -> None:
    allowed = only(*range(0, MANY, 500), of=MANY)
    for query in some_queries(5):
        expected = NumpyVectors(many).nearest(query, limit=30, allowed=allowed)[0]
        assert lists.nearest(query, limit=30, allowed=allowed)[0].tolist() == expected.tolist()


def test_a_filter_of_what_lies_far_away_still_fills_the_answer(lists: FaissVectors, many: Vectors) -> None:
    (query,) = some_queries(1)
    far = np.argsort(many @ query)[: MANY // 2]
    positions, _ = lists.nearest(query, limit=len(far), allowed=only(*far, of=MANY))
    assert sorted(positions) == sorted(far)


def test_lists_read_from_disk_are_searched_as_broadly(lists: FaissVectors, tmp_path: Path) -> None:
    lists.save(tmp_path / "vectors.faiss")
    loaded = FaissVectors.load(tmp_path / "vectors.faiss")
    for query in some_queries(5):
        for ours, theirs in zip(loaded.nearest(query, limit=300), lists.nearest(query, limit=300), strict=True):
            assert ours.tolist() == theirs.tolist()


def test_the_same_vectors_make_the_same_lists(lists: FaissVectors, many: Vectors, tmp_path: Path) -> None:
    lists.save(tmp_path / "first")
    in_lists(spread_ids(MANY, 5), many).save(tmp_path / "second")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_lists_are_made_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    in_lists(spread_ids(64, 3), unit_vectors(64, 3))
    assert capfd.readouterr() == ("", "")


# --- words ----------------------------------------------------------------------------------------------------------------------


class PlainBm25:
    """The port `LexicalIndex` as the formula reads: BM25 over exact and folded words, over what the query could reach."""

    def __init__(self, texts: Sequence[str]) -> None:
        exact = [tokens(text) for text in texts]
        self._kinds = ((exact, str), ([[fold(word) for word in words] for words in exact], fold))

    def scores(self, text: str) -> Vectors:
        marked = has_marks(text)
        shares = (EXACT_SHARE[marked], 1 - EXACT_SHARE[marked])
        parts = [
            share * _plain_scores(documents, dict.fromkeys(of(word) for word in tokens(text)))
            for share, (documents, of) in zip(shares, self._kinds, strict=True)
        ]
        return np.asarray(sum(parts), np.float32)


def _plain_scores(documents: list[list[str]], words: dict[str, None]) -> NDArray[np.float64]:
    scores = np.zeros(len(documents))
    average = sum(map(len, documents)) / max(1, len(documents)) or 1.0
    bound = 0.0
    for word in words:
        held = sum(word in document for document in documents)
        weight = math.log(1 + (len(documents) - held + 0.5) / (held + 0.5))
        bound += weight
        for place, document in enumerate(documents):
            count = Counter(document)[word]
            scores[place] += weight * count / (count + K1 * (1 - B + B * len(document) / average))
    return scores / bound if bound else scores


texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
corpora = st.lists(texts, max_size=12)
queries = st.lists(st.sampled_from((*WORDS, "không", "có")), max_size=8).map(" ".join)


@given(corpus=corpora, query=queries)
@settings(max_examples=200, deadline=None)
def test_bm25_scores_as_the_formula_says(corpus: list[str], query: str) -> None:
    found: LexicalIndex = Bm25Lexical.build(corpus)
    expected = PlainBm25(corpus).scores(query)
    np.testing.assert_allclose(found.scores(query), expected, atol=1e-5)


@given(corpus=st.lists(st.text(max_size=60), min_size=1, max_size=8), query=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_score_is_a_share_of_what_the_query_could_reach(corpus: list[str], query: str) -> None:
    scores = Bm25Lexical.build(corpus).scores(query)
    assert scores.shape == (len(corpus),)
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize("query", ["", "   ", "?!", "\n"])
def test_a_query_without_words_scores_nothing(query: str) -> None:
    assert Bm25Lexical.build(["đường sắt", ""]).scores(query).tolist() == [0, 0]


def test_a_query_of_unknown_words_scores_nothing() -> None:
    assert Bm25Lexical.build(["đường sắt"]).scores("không có gì").tolist() == [0]


def test_a_word_that_nobody_has_lowers_the_share_of_the_others() -> None:
    index = Bm25Lexical.build(["đường sắt", "đường bộ"])
    assert index.scores("sắt unknown")[0] < index.scores("sắt")[0]


def test_a_repeated_word_counts_once() -> None:
    index = Bm25Lexical.build(["đường sắt", "đường bộ"])
    assert index.scores("sắt sắt sắt").tolist() == index.scores("sắt").tolist()


def test_a_marked_query_prefers_the_exact_spelling() -> None:
    exact, other = Bm25Lexical.build(["đường tàu", "dương tàu"]).scores("đường")
    assert exact > other > 0


def test_an_unmarked_query_finds_every_spelling() -> None:
    assert (Bm25Lexical.build(["đường", "dương", "duong"]).scores("duong") > 0).all()


def test_the_places_of_the_tone_are_one_word() -> None:
    first, second = Bm25Lexical.build(["hoà bình", "hòa bình"]).scores("hoà bình")
    assert first == second


@pytest.mark.parametrize("query", ["06/QĐ-TTg", "06", "QĐ-TTg"])
def test_the_number_of_a_legal_text_is_found_whole_and_in_parts(query: str) -> None:
    found, other = Bm25Lexical.build(["Quyết định 06/QĐ-TTg", "Nghị định 13"]).scores(query)
    assert found > other == 0


@pytest.mark.parametrize("corpus", [[], [""], ["", "", ""]], ids=["none", "one empty", "all empty"])
def test_a_corpus_without_words_scores_nothing_and_is_saved(corpus: list[str], tmp_path: Path) -> None:
    Bm25Lexical.build(corpus).save(tmp_path)
    assert Bm25Lexical.load(tmp_path).scores("đường").tolist() == [0] * len(corpus)


def test_a_saved_index_of_words_is_the_same(tmp_path: Path) -> None:
    index = Bm25Lexical.build([" ".join(WORDS[: place + 1]) for place in range(len(WORDS))])
    index.save(tmp_path)
    loaded = Bm25Lexical.load(tmp_path)
    for query in ("đường payroll 06/QĐ-TTg lạ", "duong payroll"):
        assert loaded.scores(query).tolist() == index.scores(query).tolist()
