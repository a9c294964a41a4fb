"""The glossary: what a query says in another language."""

from __future__ import annotations

import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.search.glossary import translate
from casebase.search.query_language import LANGUAGES

LINES = files("casebase.search").joinpath("glossary.tsv").read_text(encoding="utf-8").splitlines()
LEAST = 200


def test_there_are_enough_concepts_each_in_vietnamese_and_english() -> None:
    head, *rows = [line.split("\t") for line in LINES]
    assert tuple(head) == LANGUAGES
    assert len(rows) >= LEAST
    assert all(len(row) == len(LANGUAGES) and row[0] and row[1] for row in rows)
    assert all(unicodedata.is_normalized("NFC", cell) for row in rows for cell in row)


@pytest.mark.parametrize("column", range(len(LANGUAGES)), ids=LANGUAGES)
def test_no_term_stands_for_two_concepts(column: int) -> None:
    terms = [term.casefold() for line in LINES[1:] for term in line.split("\t")[column].split(" | ") if term]
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize(
    ("text", "lang", "into", "words"),
    [
        ("digital signature for officials", "en", "vi", ("chữ", "ký", "số")),
        ("chữ ký số cho cán bộ", "vi", "en", ("digital", "signature")),
        ("nómina", "es", "fr", ("paie",)),
    ],
)
def test_terms_are_translated(text: str, lang: str, into: str, words: tuple[str, ...]) -> None:
    assert set(words) <= set(translate(text, lang, into=(into,))[into].words)


def test_the_share_tells_how_much_of_the_query_is_translated() -> None:
    half = translate("digital signature tomato banana", "en", into=("vi",))["vi"]
    assert half.share == pytest.approx(0.5)


def test_a_query_without_terms_says_nothing_elsewhere() -> None:
    assert translate("tomato banana", "en", into=("vi", "fr")) == {}


@given(st.text(), st.sampled_from(LANGUAGES))
def test_translating_never_raises_and_a_share_is_a_share(text: str, lang: str) -> None:
    for said in translate(text, lang, into=LANGUAGES).values():
        assert said.words
        assert 0 < said.share <= 1
