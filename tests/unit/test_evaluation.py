"""The measures of search quality, against values worked by hand."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.search.evaluation import Answer, JudgedQuery, ndcg, recall, reciprocal_rank, report, success

GRADES = {"a": 3, "b": 2, "c": 1, "zero": 0}
LOG3 = math.log2(3)
IDEAL = 7 + 3 / LOG3 + 1 / 2


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        (["a", "b", "c"], 1.0),
        (["c", "b", "a"], (1 + 3 / LOG3 + 7 / 2) / IDEAL),
        (["b"], 3 / IDEAL),
        (["x", "a"], 7 / LOG3 / IDEAL),
        (["x", "zero", "y"], 0.0),
        (["x"] * 9 + ["a"], 7 / math.log2(11) / IDEAL),
        (["x"] * 10 + ["a"], 0.0),
        ([], 0.0),
    ],
)
def test_ndcg_gains_two_to_the_grade_minus_one_and_discounts_by_place(ranked: list[str], expected: float) -> None:
    assert ndcg(ranked, GRADES) == pytest.approx(expected)


def test_ndcg_compares_with_the_best_ten_only() -> None:
    relevant = {str(number): 1 for number in range(20)}
    assert ndcg([str(number) for number in range(10)], relevant) == pytest.approx(1.0)


def test_ndcg_of_nothing_to_find_is_zero() -> None:
    assert ndcg(["a"], {}) == 0.0
    assert ndcg(["a"], {"a": 0}) == 0.0


def test_a_grade_below_zero_takes_nothing_away() -> None:
    assert ndcg(["a", "b"], {"a": -1, "b": 1}) == pytest.approx(1 / LOG3)


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        (["a", "b", "c"], 1.0),
        (["x", "a", "y", "b"], 2 / 3),
        (["x", "y", "z", "u", "a", "b"], 1 / 3),
        (["x", "y", "z", "u", "v", "a"], 0.0),
        (["zero"], 0.0),
        ([], 0.0),
    ],
)
def test_recall_is_the_share_of_the_relevant_among_the_first_five(ranked: list[str], expected: float) -> None:
    assert recall(ranked, GRADES) == pytest.approx(expected)


def test_recall_asks_for_five_at_most() -> None:
    relevant = {str(number): 1 for number in range(20)}
    assert recall([str(number) for number in range(5)], relevant) == 1.0
    assert recall(["0", "1", "x", "y", "z"], relevant) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        (["a"], 1.0),
        (["x", "c"], 0.5),
        (["x", "zero", "b", "a"], 1 / 3),
        (["x"] * 9 + ["a"], 0.1),
        (["x"] * 10 + ["a"], 0.0),
        ([], 0.0),
    ],
)
def test_the_reciprocal_rank_is_one_over_the_first_relevant_place(ranked: list[str], expected: float) -> None:
    assert reciprocal_rank(ranked, GRADES) == pytest.approx(expected)


@pytest.mark.parametrize(("ranked", "expected"), [(["c", "a"], 1.0), (["x", "a"], 0.0), (["zero"], 0.0), ([], 0.0)])
def test_success_is_a_relevant_document_in_the_first_place(ranked: list[str], expected: float) -> None:
    assert success(ranked, GRADES) == expected


@given(
    st.lists(st.sampled_from("abcdefghijklmnop"), unique=True),
    st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(0, 3)),
)
def test_every_measure_is_between_zero_and_one(ranked: list[str], relevant: dict[str, int]) -> None:
    for measure in (ndcg, recall, reciprocal_rank, success):
        assert 0.0 <= measure(ranked, relevant) <= 1.0 + 1e-12


def answer(
    ranked: str, relevant: dict[str, int], *, lang: str = "vi", style: str = "need", ms: float = 1.0, verdict: str = "good"
) -> Answer:
    return Answer(JudgedQuery("q", lang, style, "text", relevant), tuple(ranked), ms, verdict)


ANSWERS = [
    answer("ab", {"a": 1}, lang="vi", style="need", ms=10.0),
    answer("ba", {"a": 1}, lang="vi", style="keywords", ms=20.0),
    answer("xy", {"a": 1}, lang="en", style="need", ms=30.0),
    answer("xy", {}, lang="en", style="need", ms=40.0, verdict="none"),
    answer("ab", {}, lang="fr", style="lessons", ms=50.0, verdict="good"),
    answer("ab", {}, lang="fr", style="lessons", ms=60.0, verdict="none"),
]


def part(*path: str) -> dict[str, Any]:
    found: Any = report(ANSWERS)
    for key in path:
        found = found[key]
    return cast("dict[str, Any]", found)


def test_the_report_averages_over_the_queries_that_have_an_answer() -> None:
    whole = part()
    assert (whole["queries"], whole["success@1"], whole["mrr@10"]) == (6, 0.3333, 0.5)
    assert whole["ndcg@10"] == round((1 + 1 / LOG3) / 3, 4)
    assert whole["recall@5"] == round(2 / 3, 4)


def test_queries_without_an_answer_are_counted_apart_by_their_verdict() -> None:
    assert part("unanswerable") == {"good": 1, "none": 2}


def test_a_query_whose_every_grade_is_zero_has_no_answer() -> None:
    whole: Any = report([answer("a", {"a": 1}), answer("x", {"a": 0}, verdict="weak")])
    assert (whole["ndcg@10"], whole["unanswerable"]) == (1.0, {"weak": 1})


@pytest.mark.parametrize(("lang", "queries", "first"), [("vi", 2, 0.5), ("en", 2, 0.0), ("fr", 2, 0.0)])
def test_the_report_has_the_same_measures_by_language(lang: str, queries: int, first: float) -> None:
    measures = part("by_lang", lang)
    assert (measures["queries"], measures["success@1"]) == (queries, first)
    assert set(measures) == {"queries", "ndcg@10", "recall@5", "mrr@10", "success@1"}


def test_the_report_has_the_same_measures_by_style() -> None:
    assert {style: measures["queries"] for style, measures in part("by_style").items()} == {"keywords": 1, "lessons": 2, "need": 3}


def test_the_report_has_the_keys_that_scripts_rely_on() -> None:
    keys = {"queries", "ndcg@10", "recall@5", "mrr@10", "success@1", "by_lang", "by_style", "latency_ms", "unanswerable"}
    assert set(part()) == keys


@pytest.mark.parametrize(
    ("times", "p50", "p95"),
    [
        ([], 0.0, 0.0),
        ([7.0], 7.0, 7.0),
        ([3.0, 1.0, 2.0], 2.0, 3.0),
        ([float(ms) for ms in range(1, 101)], 51.0, 96.0),
        ([float(ms) for ms in range(101)], 50.0, 95.0),
        ([1.005, 1.0, 1.0], 1.0, 1.0),
    ],
)
def test_latency_is_told_by_percentiles(times: list[float], p50: float, p95: float) -> None:
    found: Any = report([answer("a", {"a": 1}, ms=ms) for ms in times])
    assert found["latency_ms"] == {"p50": pytest.approx(p50, abs=0.01), "p95": pytest.approx(p95, abs=0.01)}


def test_a_report_of_nothing_is_all_zeros() -> None:
    empty: Any = report([])
    assert (empty["queries"], empty["ndcg@10"], empty["by_lang"], empty["unanswerable"]) == (0, 0.0, {}, {})
