"""Abbreviations of officials: found as whole words only, read in all their ways."""

from __future__ import annotations

import tomllib
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.search.abbreviations import expand, find_abbreviations
from casebase.search.text import fold, has_marks

TABLES = tomllib.loads(files("casebase.search").joinpath("abbreviations.toml").read_text(encoding="utf-8"))
LEAST = 90


def expanded(text: str, lang: str = "vi") -> str:
    return expand(text, find_abbreviations(text, lang=lang))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("giảm TTHC ở BPMC", "giảm thủ tục hành chính ở bộ phận một cửa"),
        ("CDS cấp xã", "chuyển đổi số cấp xã"),
        ("cđs cấp xã", "chuyển đổi số cấp xã"),
        ("ubnd xã", "ủy ban nhân dân xã"),
        ("Sở TT&TT", "Sở thông tin và truyền thông"),
        ("theo ĐA06", "theo Đề án 06"),
        ("TT mới", "thông tư / trung tâm mới"),
        ("GIẢM TTHC", "GIẢM thủ tục hành chính"),
        ("k đc nộp", "không được nộp"),
    ],
)
def test_an_abbreviation_is_written_out(text: str, meant: str) -> None:
    assert expanded(text) == meant


@pytest.mark.parametrize(
    "text", ["ca trực đêm", "CA TRỰC ĐÊM CỦA BỆNH VIỆN", "tư nhân", "etc", "Số 05/2025/TT-BNV", "06/QĐ-TTg", "BHYTX", ""]
)
def test_words_parts_of_words_and_numbers_of_legal_texts_are_none(text: str) -> None:
    assert expanded(text) == text


def test_what_people_shorten_in_haste_is_read_in_vietnamese_only() -> None:
    assert expanded("vitamin k", "en") == "vitamin k"


def test_there_are_as_many_as_officials_use_and_each_is_in_order() -> None:
    official = TABLES["official"]
    assert len(official) >= LEAST
    assert len({fold(key) for key in official}) == len(official)
    for readings in official.values():
        assert 1 <= len(readings) <= 3
        assert all(has_marks(reading) and unicodedata.is_normalized("NFC", reading) for reading in readings)


@given(st.text())
def test_expanding_never_raises_and_keeps_a_text_without_abbreviations(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    found = find_abbreviations(text, lang="vi")
    assert expand(text, found) != text or not found
