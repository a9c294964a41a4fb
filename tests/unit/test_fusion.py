"""One score from two kinds of evidence, against values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.query import Mode, Relevance, Verdict
from casebase.search.fusion import CROSS_LANGUAGE_DAMPING, LEXICAL_WEIGHT, STEPS, fuse, relevance, verdict


def fused(dense: list[float], lexical: list[float], same: list[bool], **more: float) -> list[float]:
    scores = fuse(np.array(dense, np.float32), np.array(lexical, np.float32), np.array(same), **more)
    assert scores.dtype == np.float32
    return [round(float(score), 6) for score in scores]


def test_the_score_is_dense_plus_weighted_lexical_evidence() -> None:
    assert fused([0.5, -0.25], [0.5, 1.0], [True, True], weight=0.6) == [0.8, 0.35]


def test_lexical_evidence_from_another_language_is_damped() -> None:
    assert fused([0.5], [0.5], [False], weight=0.6) == [round(0.5 + 0.6 * CROSS_LANGUAGE_DAMPING * 0.5, 6)]
    assert 0 < CROSS_LANGUAGE_DAMPING < 1


def test_without_weight_only_meaning_counts() -> None:
    assert fused([0.5, 0.1], [1.0, 1.0], [True, False], weight=0.0) == [0.5, 0.1]


def test_the_usual_weight_is_the_documented_one() -> None:
    assert fused([0.0], [1.0], [True]) == [round(LEXICAL_WEIGHT, 6)]


def test_nothing_fuses_to_nothing() -> None:
    assert fused([], [], []) == []


@given(st.lists(st.tuples(st.floats(-1, 1, width=32), st.floats(0, 1, width=32)), min_size=1, max_size=8))
def test_more_lexical_evidence_never_lowers_a_score(rows: list[tuple[float, float]]) -> None:
    dense, lexical = np.array([row[0] for row in rows], np.float32), np.array([row[1] for row in rows], np.float32)
    same = np.ones(len(rows), bool)
    assert (fuse(dense, lexical, same) >= fuse(dense, np.zeros_like(lexical), same)).all()


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
