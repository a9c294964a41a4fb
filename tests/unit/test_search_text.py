"""Vietnamese text as search sees it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.vietnamese import place_tone, place_tones
from casebase.search.text import fold, has_marks, only_vietnamese, token_spans, tokens

VIETNAMESE = st.text(
    alphabet=st.sampled_from("aăâđeêioôơuưyqhnỳýỷỹỵàáảãạằắẳẵặầấẩẫậòóỏõọÀĐƯ \u0300\u0301\u0303\u0309\u0323\u0302\u031b")
)


@given(st.text() | VIETNAMESE)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text() | VIETNAMESE)
def test_a_folded_text_has_no_marks(text: str) -> None:
    assert not has_marks(fold(text))


@given(st.text() | VIETNAMESE)
def test_folding_sees_no_difference_between_composed_and_decomposed(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(st.text() | VIETNAMESE)
def test_placing_a_tone_twice_is_placing_it_once(word: str) -> None:
    assert place_tone(place_tone(word)) == place_tone(word)


@given(st.text() | VIETNAMESE)
def test_placing_a_tone_changes_no_letter(word: str) -> None:
    assert sorted(unicodedata.normalize("NFD", place_tone(word))) == sorted(unicodedata.normalize("NFD", word))


@given(st.text() | VIETNAMESE)
def test_tokens_are_lower_case_nfc_words(text: str) -> None:
    found = tokens(text)
    assert all(word and unicodedata.is_normalized("NFC", word) and not any(char.isspace() for char in word) for word in found)


@given(st.text() | VIETNAMESE)
def test_spans_point_at_the_words_in_the_text(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    for start, end, word in token_spans(composed):
        assert place_tone(composed[start:end].casefold()) == word
        assert word in tokens(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường sắt", "duong sat"),
        ("CHUYỂN ĐỔI SỐ", "chuyen doi so"),
        ("thuở nghiêng ngả", "thuo nghieng nga"),
        ("đ", "d"),
        ("Échec système", "echec systeme"),
        ("año", "ano"),
        ("STRASSE Straße", "strasse strasse"),
        ("06/QĐ-TTg", "06/qd-ttg"),
        ("", ""),
    ],
)
def test_folding_takes_every_mark_and_the_stroke_of_the_d(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà", "hòa"),
        ("hoá", "hóa"),
        ("toả", "tỏa"),
        ("loã", "lõa"),
        ("hoạ", "họa"),
        ("khoẻ", "khỏe"),
        ("xoè", "xòe"),
        ("thuỷ", "thủy"),
        ("uý", "úy"),
    ],
)
def test_both_ways_to_place_a_tone_are_one_word(one: str, other: str) -> None:
    assert place_tone(one) == place_tone(other) == other


@pytest.mark.parametrize(
    "word", ["quý", "quỳ", "quỹ", "quả", "quẻ", "hoàn", "toán", "thuyền", "khoảng", "hoài", "huyện", "già", "của", "hòa", "hoa"]
)
def test_a_tone_stays_where_there_is_only_one_place_for_it(word: str) -> None:
    assert place_tone(word) == word


def test_a_tone_on_the_u_of_qu_moves_to_the_y() -> None:
    assert place_tone("qúy") == place_tone("quý") == "quý"


def test_words_that_differ_by_marks_are_different_words_but_look_alike_without_them() -> None:
    assert tokens("đường") != tokens("dương")
    assert fold("đường") == fold("dương") == "duong"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Chuyển đổi số", ["chuyển", "đổi", "số"]),
        ("Hoà Bình, hòa bình", ["hòa", "bình", "hòa", "bình"]),
        (unicodedata.normalize("NFD", "Đường sắt"), ["đường", "sắt"]),
        ("06/QĐ-TTg", ["06/qđ-ttg", "06", "qđ", "ttg"]),
        ("Nghị định 13/2023/NĐ-CP", ["nghị", "định", "13/2023/nđ-cp", "13", "2023", "nđ", "cp"]),
        ("1478/QĐ-UBND.", ["1478/qđ-ubnd", "1478", "qđ", "ubnd"]),
        ("5 lớp/khoá, 10/khoá", ["5", "lớp", "khóa", "10/khóa", "10", "khóa"]),
        ("97,38% của 32.000", ["97,38", "của", "32.000"]),
        ("v2.1 và 24/7", ["v2", "1", "và", "24", "7"]),
        ("TP.HCM snake_case e-mail", ["tp", "hcm", "snake", "case", "e", "mail"]),
        ("đ", ["đ"]),
        ("!?… — ()", []),
        ("", []),
    ],
)
def test_tokens_of_a_text(text: str, words: list[str]) -> None:
    assert tokens(text) == words


def test_a_legal_number_is_found_whole_and_by_its_parts() -> None:
    number = set(tokens("Quyết định 06/QĐ-TTg"))
    assert set(tokens("06/QĐ-TTg")) <= number
    assert set(tokens("QĐ 06")) <= number


def test_v01_however_a_name_is_typed_its_tokens_agree() -> None:
    spellings = ["Hoà Bình", "Hòa Bình", "HÒA BÌNH", "hoà bình", unicodedata.normalize("NFD", "Hoà Bình")]
    assert {tuple(tokens(spelling)) for spelling in spellings} == {("hòa", "bình")}
    assert {fold(spelling) for spelling in [*spellings, "hoa binh"]} == {"hoa binh"}


def test_a_legal_number_is_one_span() -> None:
    assert [word for _, _, word in token_spans("theo 06/QĐ-TTg")] == ["theo", "06/qđ-ttg"]


@pytest.mark.parametrize(
    ("text", "marked"), [("số", True), ("đ", True), ("É", True), ("so hoa", False), ("DATA 1022!", False), ("", False)]
)
def test_any_mark_counts_as_marked(text: str, *, marked: bool) -> None:
    assert has_marks(text) is marked


@pytest.mark.parametrize(
    "letter",
    [*"đĐăắằẳẵặấầẩẫậếềểễệốồổỗộơớờởỡợưứừửữựảẻỉỏủỷạẹịọụỵ", unicodedata.normalize("NFD", "ấ"), unicodedata.normalize("NFD", "ư")],
)
def test_a_letter_that_only_vietnamese_has_tells_the_language(letter: str) -> None:
    assert only_vietnamese(f"x{letter}x")


@pytest.mark.parametrize(
    "text",
    ["garçon", "âge", "fenêtre", "tôt", "là", "été", "où", "Noël", "naïf", "niño", "años", "compás", "façade", "data", "", "ã"],
)
def test_a_letter_that_other_languages_have_too_tells_nothing(text: str) -> None:
    assert not only_vietnamese(text)


@pytest.mark.parametrize(
    ("written", "placed"),
    [
        ("Hoà Bình", "Hòa Bình"),
        ("UỶ BAN", "ỦY BAN"),
        ("xoá nghèo", "xóa nghèo"),
        ("quý hoàn toả", "quý hoàn tỏa"),
        ("İstanbul", "İstanbul"),
    ],
)
def test_the_tones_of_a_text_come_to_one_place_and_keep_its_capitals(written: str, placed: str) -> None:
    assert place_tones(written) == placed
    assert place_tones(placed) == placed
