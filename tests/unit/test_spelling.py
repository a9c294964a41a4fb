"""Slips of one letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.search.spelling import SHORTEST, mend

WEIGHTS = {"payroll": 1.0, "patrol": 0.01, "thanh": 1.0, "service": 5.0, "services": 4.0, "chuyển": 2.0, "hành": 1.0}


def weight(word: str) -> float:
    return WEIGHTS.get(word, 0.0)


@pytest.mark.parametrize(
    ("typed", "meant"), [("payrol", "payroll"), ("pyaroll", "payroll"), ("thanhh", "thanh"), ("chuyểnn", "chuyển")]
)
def test_a_slip_is_mended(typed: str, meant: str) -> None:
    assert mend(typed, weight) == meant


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("chò", "short"),
        ("thah", "short"),
        ("payroll", "known"),
        ("servicee", "two are meant"),
        ("xxxxxxx", "nothing near"),
        ("p4yroll", "no word"),
        ("payrol" * 300, "too long"),
    ],
)
def test_a_word_is_left_alone(typed: str, why: str) -> None:
    assert mend(typed, weight) == typed, why


@given(st.text())
def test_mending_twice_is_mending_once(word: str) -> None:
    once = mend(word, weight)
    assert mend(once, weight) == once
    assert once == word or len(word) >= SHORTEST
