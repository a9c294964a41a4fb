"""One score from two kinds of evidence, against values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.query import Mode, Relevance, Verdict
from casebase.search.fusion import STEPS, WORDS_WEIGHT, fuse, relevance, verdict


def fused(dense: list[float], words: list[float], **more: float) -> list[float]:
    scores = fuse(np.array(dense, np.float32), np.array(words, np.float32), **more)
    assert scores.dtype == np.float32
    return [round(float(score), 6) for score in scores]


def test_the_score_is_dense_plus_weighted_evidence_of_words() -> None:
    assert fused([0.5, -0.25], [0.25, 1.0], weight=0.6, power=1.5) == [0.575, 0.35]


def test_without_weight_only_meaning_counts() -> None:
    assert fused([0.5, 0.1], [1.0, 1.0], weight=0.0) == [0.5, 0.1]


def test_a_few_words_count_less_than_their_share() -> None:
    assert fused([0.0], [1.0]) == [round(WORDS_WEIGHT, 6)]
    assert fused([0.0], [0.25])[0] < 0.25 * WORDS_WEIGHT


def test_nothing_fuses_to_nothing() -> None:
    assert fused([], []) == []


@given(st.lists(st.tuples(st.floats(-1, 1, width=32), st.floats(0, 1, width=32)), min_size=1, max_size=8))
def test_more_evidence_never_lowers_a_score(rows: list[tuple[float, float]]) -> None:
    dense, words = np.array([row[0] for row in rows], np.float32), np.array([row[1] for row in rows], np.float32)
    assert (fuse(dense, words) >= fuse(dense, np.zeros_like(words))).all()


@pytest.mark.parametrize("mode", Mode)
def test_a_word_of_relevance_begins_at_its_least_score(mode: Mode) -> None:
    for word, least in STEPS[mode]:
        assert relevance(least, mode) is word
        assert relevance(least - 1e-6, mode) is not word


@pytest.mark.parametrize("mode", Mode)
def test_the_words_of_relevance_go_down_with_the_score(mode: Mode) -> None:
    words = [word for word, _ in STEPS[mode]]
    least = [score for _, score in STEPS[mode]]
    assert words == [Relevance.VERY_CLOSE, Relevance.CLOSE, Relevance.RELATED]
    assert least == sorted(least, reverse=True)
    assert relevance(-1.0, mode) is Relevance.DISTANT


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("best", "expected"),
    [
        (Relevance.VERY_CLOSE, Verdict.GOOD),
        (Relevance.CLOSE, Verdict.GOOD),
        (Relevance.RELATED, Verdict.WEAK),
    ],
)
def test_the_best_case_decides_what_an_answer_is_worth(mode: Mode, best: Relevance, expected: Verdict) -> None:
    least = dict(STEPS[mode])[best]
    assert verdict([-0.5, least, 0.0], mode) is expected


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("scores", [[], [0.0], [-1.0, -0.5]])
def test_an_answer_without_a_related_case_is_worth_nothing(mode: Mode, scores: list[float]) -> None:
    assert verdict(scores, mode) is Verdict.NONE
