"""TCVN3 and VNI become Unicode where that is certain, and nothing else is touched."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.vietnamese import is_syllable
from casebase.ingest.markdown import read_folder
from casebase.ingest.old_encodings import OldEncoding, decode, decode_line, letters

CASES = Path(__file__).parents[2] / "cases"
EACH = pytest.mark.parametrize("encoding", OldEncoding)
WORD = re.compile(r"[^\W\d_]+")


@cache
def vietnamese_texts() -> list[str]:
    """Return the sections of the Vietnamese cases of the library, in small letters."""
    cases = [case for case in read_folder([CASES]).cases if case.lang == "vi"]
    return [text.lower() for case in cases for _, text in case.sections.items()]


@cache
def vietnamese_words() -> list[str]:
    """Return the words with marks in the Vietnamese cases, each once."""
    return sorted({word for text in vietnamese_texts() for word in WORD.findall(text) if not word.isascii()})


def encode(text: str, encoding: OldEncoding) -> str:
    """Return text in an old encoding: what fonts of the time showed as the text."""
    codes = {letter: code for code, letter in letters(encoding).items()}
    return "".join(codes.get(letter, letter) for letter in text)


@EACH
def test_v02_every_word_of_the_library_survives_the_way_there_and_back(encoding: OldEncoding) -> None:
    assert len(vietnamese_words()) > 1000
    assert [decode_line(encode(word, encoding), encoding) for word in vietnamese_words()] == vietnamese_words()


@EACH
def test_v02_the_table_has_every_letter_of_vietnamese(encoding: OldEncoding) -> None:
    assert {letter for word in vietnamese_words() if is_syllable(word) for letter in word if not letter.isascii()} <= set(
        letters(encoding).values()
    )


@EACH
def test_v02_whole_texts_are_recognised_and_converted(encoding: OldEncoding) -> None:
    for text in vietnamese_texts()[:40]:
        decoding = decode(encode(text, encoding).split("\n"))
        assert (decoding.encoding, decoding.uncertain) == (encoding, False)
        assert "\n".join(decoding.lines) == text


@pytest.mark.parametrize(
    ("old", "text", "encoding"),
    [
        ("B¶o Th¾ng, Mêng Kh¬ng, B¸t X¸t", "Bảo Thắng, Mờng Khơng, Bát Xát", OldEncoding.TCVN3),
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam", OldEncoding.TCVN3),
        ("Ng­êi d©n ph¶i ®i l¹i nhiÒu lÇn", "Người dân phải đi lại nhiều lần", OldEncoding.TCVN3),
        ("Ngöôøi daân phaûi ñi laïi nhieàu laàn", "Người dân phải đi lại nhiều lần", OldEncoding.VNI),
        ("Xin chaøo caùc baïn", "Xin chào các bạn", OldEncoding.VNI),
        ("COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", OldEncoding.VNI),
    ],
)
def test_v02_sentences_as_they_were_written_then_are_read(old: str, text: str, encoding: OldEncoding) -> None:
    assert decode_line(old, encoding) == text


def test_capitals_of_old_fonts_stay_capitals() -> None:
    assert decode_line("KÕT QU¶", OldEncoding.TCVN3) == "KẾT QUẢ"
    assert decode_line("Bé Y tÕ", OldEncoding.TCVN3) == "Bộ Y tế"


@pytest.mark.skipif(shutil.which("iconv") is None, reason="the system has no iconv to compare with")
def test_the_table_of_tcvn3_is_that_of_the_system() -> None:
    for code, letter in letters(OldEncoding.TCVN3).items():
        done = subprocess.run(
            ["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=code.encode("latin-1"), capture_output=True, check=True
        )
        assert done.stdout.decode() == letter


@pytest.mark.parametrize(
    "text",
    [
        "Người dân phải đi lại nhiều lần để nộp hồ sơ.",
        "Ông Núñez và bà Björk thăm nước ta trong ba ngày, nói chuyện với nhiều cơ quan",
        "The staff had not been trained before the system went live.",
        "Les agents n'ont pas été formés avant la mise en service à l'été.",
        "",
    ],
)
def test_text_in_unicode_is_left_alone(text: str) -> None:
    decoding = decode([text])
    assert (decoding.lines, decoding.encoding, decoding.uncertain) == ((text,), None, False)


def test_v02_a_document_in_both_is_converted_only_where_it_is_old() -> None:
    new = "Trường hợp này đã được ghi bằng Unicode, có cả chữ é của tên Andé."
    old = encode("người dân phải đi lại nhiều lần để nộp hồ sơ", OldEncoding.TCVN3)
    assert decode([new, old]).lines == (new, "người dân phải đi lại nhiều lần để nộp hồ sơ")


def test_v02_one_old_paragraph_in_a_long_new_document_is_found() -> None:
    new = [text for text in "\n".join(vietnamese_texts()[:20]).split("\n") if text] + ["Hôm nay", "The staff of Malmö", "été"]
    old = encode("người dân phải đi lại nhiều lần để nộp hồ sơ", OldEncoding.TCVN3)
    assert decode([*new, old]).lines == (*new, "người dân phải đi lại nhiều lần để nộp hồ sơ")


def test_foreign_names_in_a_document_are_no_old_encoding() -> None:
    lines = ["Malmö kommun", "Göteborg, Västerås, Örebro, Umeå", *("The city moved its services online." for _ in range(20))]
    assert decode(lines).encoding is None
    assert decode(lines).uncertain is False


def test_v02_what_makes_no_vietnamese_is_never_converted() -> None:
    lines = ["®®© ¶¶¹ µ¸· »¾¨ ¬¤¥ ¦§® åäï øûë ñæå xyz"]
    decoding = decode(lines)
    assert (list(decoding.lines), decoding.encoding, decoding.uncertain) == (lines, None, True)


@given(st.lists(st.text(max_size=80), max_size=10))
def test_decoding_never_raises_and_keeps_the_number_of_lines(lines: list[str]) -> None:
    assert len(decode(lines).lines) == len(lines)


@pytest.mark.parametrize("word", ["nghiêng", "quốc", "giếng", "khuỷu", "thuở", "gì", "ỷ", "xoong", "oan", "ước", "quýt", "y"])
def test_a_syllable_is_known_by_its_letters(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["", "tràc", "ngườii", "wá", "bck", "ééf", "thế́", "zô", "straße"])
def test_what_vietnamese_cannot_say_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)


def test_almost_every_word_with_marks_in_the_library_is_a_syllable() -> None:
    words = vietnamese_words()
    assert sum(map(is_syllable, words)) / len(words) > 0.97
