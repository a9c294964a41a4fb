"""The language taken out of vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from casebase.search.centring import LEANING, QUERY_SHARE, LanguageMeans, ShippedMeans, language_means, shipped_means, unit

VI, EN = np.array([3, 0, 0], np.float32), np.array([0, 3, 0], np.float32)
MEANING = np.array([[0, 0, 1], [0, 0, -1]], np.float32)
"""Two things that can be meant; each language adds its own direction to them."""

matrices = st.integers(1, 8).flatmap(
    lambda rows: arrays(np.float32, (rows, 4), elements=st.floats(-1, 1, width=16, allow_subnormal=False))
)


def test_the_mean_of_a_language_leans_on_that_of_all_as_on_ten_more_passages() -> None:
    means = language_means(np.array([[1, 0], [0, 1], [1, 1]], np.float32), ["vi", "vi", "en"])
    overall = [0.75, 0.75]
    assert means.overall.tolist() == overall
    np.testing.assert_allclose(means.by_language["vi"], (2 * np.array([0.5, 0.5]) + LEANING * np.array(overall)) / (2 + LEANING))
    np.testing.assert_allclose(means.by_language["en"], (1 * np.array([1, 1]) + LEANING * np.array(overall)) / (1 + LEANING))


def test_a_language_with_many_passages_has_a_mean_of_its_own() -> None:
    vectors = np.array([[1, 0]] * 5_000 + [[0, 1]] * 5_000, np.float32)
    means = language_means(vectors, ["vi"] * 5_000 + ["en"] * 5_000)
    np.testing.assert_allclose(means.by_language["vi"], [1, 0], atol=2e-3)


def test_the_only_passage_of_a_language_keeps_its_meaning() -> None:
    vectors = np.array([[1, 0.2, 0], [1, -0.2, 0], [0.2, 0, 1]], np.float32)
    languages = ["vi", "vi", "en"]
    [*_, alone] = language_means(vectors, languages).centre(vectors, languages)
    assert np.linalg.norm(alone) == pytest.approx(1)
    assert alone[2] > 0.5


def test_the_overall_mean_weighs_every_language_alike() -> None:
    means = language_means(np.array([[1, 0]] * 9 + [[0, 1]], np.float32), ["vi"] * 9 + ["en"])
    assert means.overall.tolist() == [0.5, 0.5]


def test_the_same_meaning_in_two_languages_becomes_the_same_vector() -> None:
    means = LanguageMeans({"vi": VI, "en": EN}, (VI + EN) / 2)
    centred = means.centre(np.concatenate([MEANING + VI, MEANING + EN]), ["vi", "vi", "en", "en"])
    np.testing.assert_allclose(centred, np.concatenate([MEANING, MEANING]), atol=1e-6)


def test_a_language_without_passages_is_centred_by_the_mean_of_all() -> None:
    means = language_means(np.array([[1, 0], [0, 1]], np.float32), ["vi", "en"])
    vector = np.array([[1, 1]], np.float32)
    np.testing.assert_allclose(means.centre(vector, ["fr"]), unit(vector - means.overall))


def test_a_store_without_passages_centres_nothing_away() -> None:
    means = language_means(np.zeros((0, 3), np.float32), [])
    np.testing.assert_allclose(means.centre(VI[np.newaxis] * 2, ["vi"]), unit(VI[np.newaxis]))


def test_no_vectors_stay_no_vectors() -> None:
    assert LanguageMeans({}, VI).centre(np.zeros((0, 3), np.float32), []).shape == (0, 3)


def test_the_only_passage_of_a_store_becomes_zeros_and_not_noise() -> None:
    vector = np.array([[0.1, 0.7, 0.7]], np.float32)
    assert language_means(vector, ["fr"]).centre(vector, ["fr"]).tolist() == [[0, 0, 0]]


@given(vectors=matrices)
def test_unit_gives_rows_of_length_one(vectors: np.ndarray) -> None:
    lengths = np.linalg.norm(unit(vectors), axis=1)
    nothing = ~vectors.any(axis=1)
    np.testing.assert_allclose(lengths[~nothing], 1, atol=1e-5)
    assert not lengths[nothing].any()


@given(vectors=matrices, shift=arrays(np.float32, (4,), elements=st.sampled_from([-2, -1, 0, 1, 2])))
def test_moving_a_whole_language_changes_nothing(vectors: np.ndarray, shift: np.ndarray) -> None:
    """Centring is linear before the length is set: what all passages of a language share has no say."""
    languages = ["vi"] * len(vectors)
    before = vectors - language_means(vectors, languages).by_language["vi"]
    moved = vectors + shift
    after = moved - language_means(moved, languages).by_language["vi"]
    np.testing.assert_allclose(after, before, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_centred_vectors_are_single_precision(dtype: type) -> None:
    vectors = np.eye(3, dtype=dtype)
    means = LanguageMeans({"vi": VI}, VI)
    assert means.centre(vectors, ["vi"] * 3).dtype == np.float32


SHIPPED = ShippedMeans({"fr": EN, "vi": EN}, {"vi": VI})


def test_a_language_with_few_passages_leans_on_the_mean_shipped_for_it() -> None:
    means = language_means(np.array([VI, VI]), ["vi", "vi"], SHIPPED)
    np.testing.assert_allclose(means.by_language["vi"], (2 * VI + LEANING * EN) / (2 + LEANING))


def test_a_language_without_passages_is_centred_by_the_mean_shipped_for_it() -> None:
    means = language_means(np.array([VI]), ["vi"], SHIPPED)
    vector = np.array([[1, 1, 1]], np.float32)
    np.testing.assert_allclose(means.centre(vector, ["fr"]), unit(vector - EN))


def test_a_query_is_centred_mostly_by_the_mean_of_queries() -> None:
    means = LanguageMeans({"vi": EN}, EN, SHIPPED)
    query = np.array([1, 1, 1], np.float32)
    np.testing.assert_allclose(means.centre_query(query, "vi"), unit(query - QUERY_SHARE * VI - (1 - QUERY_SHARE) * EN), atol=1e-6)


def test_a_query_in_a_language_without_a_mean_of_queries_is_centred_like_a_passage() -> None:
    means = LanguageMeans({"vi": VI}, EN)
    query = np.array([1, 1, 1], np.float32)
    np.testing.assert_allclose(means.centre_query(query, "vi"), means.centre(query[np.newaxis], ["vi"])[0], atol=1e-6)


def test_no_means_are_shipped_for_another_model() -> None:
    assert shipped_means("another model") == ShippedMeans({}, {})
    assert shipped_means(None) == ShippedMeans({}, {})
