"""How a query is understood, step by step."""

from __future__ import annotations

import unicodedata

import pytest

from casebase.domain.query import MAX_QUERY_CHARACTERS, Change, ChangeKind
from casebase.search.marks import MarksRestorer, count_syllables
from casebase.search.understanding import understand

MARKS = MarksRestorer(count_syllables(["Chuyển đổi số ở xã.", "Cán bộ ngại thay đổi.", "Đường sắt, đường bộ."]))


def kinds(changes: tuple[Change, ...]) -> list[ChangeKind]:
    return [change.kind for change in changes]


def test_vietnamese_without_marks_gets_them_and_the_searcher_is_told() -> None:
    analysis = understand("chuyen doi so o xa", MARKS)
    assert (analysis.typed, analysis.text, analysis.lang) == ("chuyen doi so o xa", "chuyển đổi số ở xã", "vi")
    (change,) = analysis.changes
    assert (change.kind, change.before, change.after) == (ChangeKind.MARKS_RESTORED, "chuyen doi so o xa", "chuyển đổi số ở xã")
    assert 0 < change.confidence <= 1


def test_what_was_typed_without_marks_counts_as_unmarked_after_they_came_back() -> None:
    assert not understand("chuyen doi so", MARKS).marked
    assert understand("chuyển đổi số", MARKS).marked


@pytest.mark.parametrize("text", ["đường sắt", "cán bộ ngại thay đổi", unicodedata.normalize("NFC", "ĐƯỜNG SẮT")])
def test_a_query_with_its_marks_is_taken_at_its_word(text: str) -> None:
    analysis = understand(text, MARKS)
    assert (analysis.text, analysis.changes) == (text, ())


@pytest.mark.parametrize(
    ("text", "meant"), [("duong sắt", "đường sắt"), ("chuyen doi số", "chuyển đổi số"), ("dương lich", "dương lịch")]
)
def test_with_few_marks_the_words_without_get_theirs_and_the_others_stay(text: str, meant: str) -> None:
    assert understand(text, MARKS).text == meant


@pytest.mark.parametrize(
    ("text", "lang"), [("paperless hospital", "en"), ("les agents ne veulent pas changer", "fr"), ("compras del estado", "es")]
)
def test_a_query_in_another_language_gets_no_marks(text: str, lang: str) -> None:
    analysis = understand(text, MARKS)
    assert (analysis.text, analysis.lang, analysis.changes) == (text, lang, ())


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  đường \n\t sắt ", "đường sắt"),
        (unicodedata.normalize("NFD", "đường sắt"), "đường sắt"),
        ("đường\x00sắt\x07", "đường sắt"),
        ("đường\u200bsắt\ufeff", "đường sắt"),
        ("đường\u00a0sắt", "đường sắt"),
        ("đường \ud800 sắt", "đường sắt"),
        ("", ""),
        ("\x00\n\u2028", ""),
    ],
)
@pytest.mark.parametrize("verbatim", [True, False])
def test_every_query_is_tidied_silently(typed: str, text: str, *, verbatim: bool) -> None:
    analysis = understand(typed, MARKS, verbatim=verbatim)
    assert (analysis.text, analysis.changes) == (text, ())


def test_verbatim_restores_nothing() -> None:
    analysis = understand(" chuyen  doi so ", MARKS, verbatim=True)
    assert (analysis.text, analysis.lang, analysis.marked, analysis.changes) == ("chuyen doi so", "vi", False, ())


@pytest.mark.parametrize(
    "typed", ["số " * 2000, "x" * 2001, "đ" * 100_000, " " * 9000 + "số", "số" + " " * 9000 + "hóa", "x" * 1999 + " yy"]
)
@pytest.mark.parametrize("verbatim", [True, False])
def test_a_query_that_is_cut_says_so(typed: str, *, verbatim: bool) -> None:
    analysis = understand(typed, MARKS, verbatim=verbatim)
    assert kinds(analysis.changes)[0] is ChangeKind.CUT
    assert len(analysis.text) <= MAX_QUERY_CHARACTERS
    assert analysis.text == analysis.text.strip()
    assert (analysis.changes[0].before, analysis.changes[0].after) == (str(len(typed)), str(len(analysis.text)))


@pytest.mark.parametrize("typed", ["x" * 2000, "số  " * 600, "số" + " " * 9000, "e\u0301" * 2000])
def test_a_query_of_full_length_is_not_cut(typed: str) -> None:
    assert ChangeKind.CUT not in kinds(understand(typed, MARKS).changes)


def test_what_was_typed_is_shown_without_what_cannot_be_shown() -> None:
    assert understand("số\x00hóa\ud800", MARKS).typed == "số hóa "


def test_both_ways_to_place_a_tone_are_understood_as_one() -> None:
    texts = {understand(typed, MARKS).text for typed in ("uỷ ban tỉnh Hoà Bình", "ủy ban tỉnh Hòa Bình")}
    assert texts == {"ủy ban tỉnh Hòa Bình"}


def test_other_names_of_a_province_are_told_and_the_text_stays() -> None:
    analysis = understand("một cửa ở Ninh Bình", MARKS)
    assert analysis.text == "một cửa ở Ninh Bình"
    assert analysis.changes == (Change(ChangeKind.PLACE, "Ninh Bình", "Hà Nam, Nam Định"),)
    assert understand("một cửa ở Lạng Sơn", MARKS).changes == ()
    assert understand("một cửa ở Ninh Bình", MARKS, verbatim=True).changes == ()
