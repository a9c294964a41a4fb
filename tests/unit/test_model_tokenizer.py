from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import PIECES, tiny_weights

from casebase.search.model.blob import parse_weights
from casebase.search.model.tokenizer import build_tokenizer

TOKENIZER = build_tokenizer(parse_weights(tiny_weights()).vocabulary)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def tokens(text: str) -> list[str]:
    """Return the pieces that the ids stand for."""
    return [PIECES[token] for token in TOKENIZER.encode(text).ids]


def test_text_stands_between_beginning_and_end() -> None:
    assert tokens("query: số") == ["<s>", "▁que", "ry", ":", "▁số", "</s>"]


def test_empty_text_is_beginning_and_end() -> None:
    assert tokens("") == ["<s>", "</s>"]


def test_decomposed_text_is_the_same_text() -> None:
    assert tokens(unicodedata.normalize("NFD", "đố số")) == tokens("đố số")


@pytest.mark.parametrize("text", ["  query  ", "query\n", "\tquery", "query\u200b", "\ufeffquery"])
def test_white_space_at_the_ends_means_nothing(text: str) -> None:
    assert tokens(text) == tokens("query")


@pytest.mark.parametrize("gap", ["  ", "\n\n", "\t", "\u00a0", "\u2028", " \u200b "])
def test_any_run_of_white_space_is_one_space(gap: str) -> None:
    assert tokens(f"que{gap}số") == tokens("que số")


def test_control_characters_are_left_out() -> None:
    assert tokens("que\x07ry") == tokens("query")


def test_unknown_characters_in_a_row_are_one_unknown_piece() -> None:
    assert tokens("a中文a") == ["<s>", "▁", "a", "<unk>", "a", "</s>"]


@given(ANY_TEXT)
def test_no_text_breaks_it(text: str) -> None:
    ids = TOKENIZER.encode(text).ids

    assert (ids[0], ids[-1]) == (PIECES.index("<s>"), PIECES.index("</s>"))
    assert max(ids) < len(PIECES)
