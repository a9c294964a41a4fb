"""The language of a query: a few words, with or without marks."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.search.query_language import LANGUAGES, query_language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("chuyển đổi số ở xã", "vi"),
        ("bệnh viện bỏ hồ sơ giấy", "vi"),
        ("cấp số", "vi"),
        ("một cửa", "vi"),
        ("chuyen doi so", "vi"),
        ("ho so giay", "vi"),
        ("nguoi gia khong biet dung dien thoai", "vi"),
        ("can bo ngai thay doi", "vi"),
        ("cap so do", "vi"),
        ("thu phi khong dung", "vi"),
        ("CĐS", "vi"),
        ("06/QĐ-TTg", "vi"),
        ("paperless hospital", "en"),
        ("staff do not use the new system", "en"),
        ("digital identity for citizens", "en"),
        ("payroll failure", "en"),
        ("land records", "en"),
        ("dossier médical partagé", "fr"),
        ("les agents ne veulent pas changer", "fr"),
        ("échec du système de paie", "fr"),
        ("identite numerique", "fr"),
        ("los funcionarios no usan el sistema", "es"),
        ("compras públicas", "es"),
        ("educacion en linea", "es"),
    ],
)
def test_a_few_words_tell_their_language(text: str, lang: str) -> None:
    assert query_language(text) == lang


@pytest.mark.parametrize("text", ["", " ", "!!!", "1022", "0", "5 2023", "xyzzy qwrtp", "漢字", "\ud800", "\x00"])
def test_a_query_that_speaks_for_no_language_is_vietnamese(text: str) -> None:
    assert query_language(text) == "vi"


@pytest.mark.parametrize("text", ["chuyển đổi số", "dossier médical", "educación en línea"])
def test_capitals_and_decomposed_letters_change_nothing(text: str) -> None:
    spellings = {text, text.upper(), unicodedata.normalize("NFD", text)}
    assert len({query_language(spelling) for spelling in spellings}) == 1


def test_one_letter_that_only_vietnamese_has_decides() -> None:
    assert query_language("the staff of the Đà Nẵng city do not use the new system") == "vi"


def test_numbers_do_not_count() -> None:
    assert query_language("2023 2024 1022 digital identity 06 07") == "en"


@given(st.text())
def test_any_text_gets_one_of_the_languages(text: str) -> None:
    assert query_language(text) in LANGUAGES
