"""What every stored text is held to."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.case import CaseId, Section
from casebase.domain.passage import Passage, Sentence
from casebase.domain.text import control_characters, has_outer_heading, has_remote_image, one_line, paragraphs, text_hash


@given(st.text())
def test_one_line_is_stable(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(st.text())
def test_one_line_is_nfc_on_one_line(text: str) -> None:
    line = one_line(text)
    assert unicodedata.is_normalized("NFC", line)
    assert line.splitlines() in ([line], [])


@given(st.text(alphabet=st.sampled_from("a\u0301 \t\r\n#\u00a0")))
def test_paragraphs_is_stable(text: str) -> None:
    assert paragraphs(paragraphs(text)) == paragraphs(text)


@given(st.text())
def test_paragraphs_keeps_every_word(text: str) -> None:
    assert paragraphs(text).split() == unicodedata.normalize("NFC", text).split()


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a  \nb\t", "a\nb"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("\n\n a \n\n", "a"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_paragraphs_has_line_feeds_and_at_most_one_blank_line(text: str, tidy: str) -> None:
    assert paragraphs(text) == tidy


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain, đủ dấu, 漢字, 😀", ""),
        ("tab\tand\nline", ""),
        ("\x00", "U+0000"),
        ("\x07a\x07", "U+0007"),
        ("\x1b[31m\x7f", "U+001B U+007F"),
        ("\x85", "U+0085"),
        ("\u2028\u2029", "U+2028 U+2029"),
        ("\ufeff", "U+FEFF"),
        ("\ud800", "U+D800"),
    ],
)
def test_control_characters_are_named_once_each_as_code_points(text: str, found: str) -> None:
    assert control_characters(text) == found


@pytest.mark.parametrize(
    ("text", "outer"),
    [
        ("# One", True),
        ("## Two", True),
        ("text\n## Two", True),
        ("   ## Indented by three", True),
        ("##", True),
        ("Underlined\n===", True),
        ("Underlined\n--", True),
        ("text\n\n---\n\ntext", False),
        ("a | b\n--- | ---\n1 | 2", False),
        ("| a |\n|---|\n| 1 |", False),
        ("### Three", False),
        ("    ## code", False),
        ("#hashtag", False),
        ("##1022", False),
        ("text ## text", False),
        ("", False),
    ],
)
def test_headings_of_the_first_two_levels_are_outer(text: str, *, outer: bool) -> None:
    assert has_outer_heading(text) is outer


@pytest.mark.parametrize(
    ("text", "remote"),
    [
        ("![Ảnh](https://example.vn/a.png)", True),
        ("![](HTTP://example.vn/a.png)", True),
        ("text ![a]( <//example.vn/a.png>)", True),
        ("![a](data:image/png;base64,AAAA)", True),
        ("![a][1]\n\n[1]: https://example.vn/a.png", True),
        ("[a link](https://example.vn)", False),
        ("![a](bieu-do.png)", False),
        ("Thật không! [1]", False),
        ("", False),
    ],
)
def test_pictures_from_elsewhere_are_seen(text: str, *, remote: bool) -> None:
    assert has_remote_image(text) is remote


def test_the_hash_of_a_text_is_the_sha_256_of_its_utf_8() -> None:
    assert text_hash("Số hóa") == hashlib.sha256("Số hóa".encode()).hexdigest()


def passage(text: str = "Text.", context: str = "", position: int = 0) -> Passage:
    return Passage(CaseId("a-case"), "vi", Section.PROBLEM, position, text, context=context)


def test_a_passage_is_embedded_with_its_context_before_it() -> None:
    assert passage("Text.", "Title").full_text == "Title\nText."
    assert passage("Text.").full_text == "Text."


def test_passages_share_a_vector_exactly_when_their_full_text_is_the_same() -> None:
    assert passage(position=0).hash == passage(position=1).hash
    assert passage(context="Title").hash != passage().hash


def test_a_sentence_is_hashed_like_any_text() -> None:
    assert Sentence("Text.").hash == text_hash("Text.") == passage("Text.").hash
