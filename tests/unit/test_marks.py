"""Marks come back to Vietnamese typed without them."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.vietnamese import place_tones
from casebase.search.marks import (
    MarksRestorer,
    SyllableCounts,
    count_syllables,
    field_phrases,
    field_sentences,
    general_frequencies,
)
from casebase.search.text import fold, has_marks, token_spans, tokens

SENTENCES = [
    "Chuyển đổi số ở xã cần bắt đầu từ việc nhỏ và từ người dân.",
    "Cán bộ xã ngại thay đổi thói quen làm việc trên giấy.",
    "Số hóa hồ sơ hộ tịch theo Quyết định 06/QĐ-TTg của Thủ tướng.",
    "Người dân nộp hồ sơ trực tuyến và nhận kết quả tại nhà.",
    "Bệnh viện bỏ hồ sơ giấy và dùng bệnh án điện tử.",
    "Đường sắt và đường bộ dùng chung một cơ sở dữ liệu.",
]
WORDS = sorted({word for sentence in SENTENCES for word in tokens(sentence) if "/" not in word})


RESTORER = MarksRestorer(count_syllables(SENTENCES))


def bare(text: str) -> str:
    """Return the text without marks, in the case it has."""
    stripped = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return stripped.replace("đ", "d").replace("Đ", "D")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_that_were_learnt_come_back_letter_for_letter(sentence: str) -> None:
    assert RESTORER.restore(bare(sentence)).text == sentence


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chuyen doi so", "chuyển đổi số"),
        ("so hoa ho so", "số hóa hồ sơ"),
        ("can bo ngai thay doi", "cán bộ ngại thay đổi"),
        ("benh an dien tu", "bệnh án điện tử"),
        ("nguoi dan nop ho so", "người dân nộp hồ sơ"),
    ],
)
def test_neighbours_decide_between_syllables_that_look_alike(typed: str, meant: str) -> None:
    assert RESTORER.restore(typed).text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("CHUYEN DOI SO", "CHUYỂN ĐỔI SỐ"),
        ("Chuyen Doi So", "Chuyển Đổi Số"),
        ("Chuyen doi so O XA", "Chuyển đổi số Ở XÃ"),
        ("cHuYeN doi so", "cHuYểN đổi số"),
        ("theo 06/QD-TTg", "theo 06/QĐ-TTg"),
    ],
)
def test_capitals_stay_where_they_were(typed: str, meant: str) -> None:
    assert RESTORER.restore(typed).text == meant


def test_everything_between_words_stays() -> None:
    assert RESTORER.restore("  (chuyen)… doi,\n\tso?! ").text == "  (chuyển)… đổi,\n\tsố?! "


@pytest.mark.parametrize(
    "text", ["", " ", "???", "1022", "32.000", "đường", "số hóa", "xyzzy", "Kubernetes", "漢字", "😀", "\x00", "_"]
)
def test_a_text_with_nothing_to_restore_stays_with_full_confidence(text: str) -> None:
    restored = RESTORER.restore(text)
    assert (restored.text, restored.confidence) == (text, 1.0)


@pytest.mark.parametrize(("typed", "kept"), [("số hoa", "số"), ("hoa sơ", "sơ"), ("duong đường duong", "đường")])
def test_a_word_that_carries_a_mark_is_never_touched(typed: str, kept: str) -> None:
    assert kept in RESTORER.restore(typed).text.split()


@pytest.mark.parametrize(("typed", "meant"), [("đường sat", "đường sắt"), ("benh án", "bệnh án"), ("hộ tich", "hộ tịch")])
def test_a_word_that_carries_a_mark_decides_about_its_neighbours(typed: str, meant: str) -> None:
    assert RESTORER.restore(typed).text == meant


def test_doubt_is_the_probability_of_the_least_certain_syllable() -> None:
    sure, unsure, both = (RESTORER.restore(text).confidence for text in ("chuyen doi so", "ma", "ma, chuyen doi so"))
    assert sure > 0.9 > unsure > 0
    assert both == pytest.approx(unsure)


def test_a_word_that_keeps_one_company_is_not_expected_in_another() -> None:
    company = ["một", "hai", "ba", "bốn", "năm", "sáu"]
    restorer = MarksRestorer(count_syllables(["giao thông"] * 50 + [f"{word} thống" for word in company]))
    assert restorer.restore("giao thong").text == "giao thông"
    assert restorer.restore("ghế thong").text == "ghế thống"


@pytest.mark.parametrize("texts", [[], ["số"], SENTENCES, ["một hai một hai ba"] * 9], ids=len)
def test_what_may_follow_a_word_adds_up_to_one(texts: list[str]) -> None:
    restorer = MarksRestorer(count_syllables(texts))
    everything = np.arange(len(restorer._words))
    for before in everything[:: len(everything) // 20]:
        assert restorer._follows.probabilities(before[np.newaxis], everything).sum() == pytest.approx(1)


@pytest.mark.parametrize("said", ["thủ tục hành chính", "sổ hộ khẩu", "cơ sở dữ liệu"])
def test_what_ships_with_the_package_is_learnt(said: str) -> None:
    assert MarksRestorer(count_syllables((*field_phrases(), *field_sentences()))).restore(bare(said)).text == said


@pytest.mark.parametrize("texts", [field_sentences(), field_phrases()], ids=["sentences", "phrases"])
def test_what_ships_with_the_package_is_written_as_the_store_writes(texts: tuple[str, ...]) -> None:
    assert [text for text in texts if place_tones(unicodedata.normalize("NFC", text)) != text] == []


def test_no_sentence_ships_twice() -> None:
    assert len(set(map(fold, field_sentences()))) == len(field_sentences())


def test_a_store_without_text_still_knows_general_vietnamese() -> None:
    empty = MarksRestorer(count_syllables([]))
    assert empty.restore("nguoi").text == "người"
    assert empty.knows("nguoi")
    assert not empty.knows("xyzzy")


def test_the_more_the_store_says_a_word_the_more_it_is_meant() -> None:
    assert MarksRestorer(count_syllables(["dương"] * 3000)).restore("duong").text == "dương"
    assert MarksRestorer(count_syllables(["đường"] * 3000)).restore("duong").text == "đường"


MIXED = st.lists(
    st.sampled_from([*WORDS, *map(bare, WORDS), *map(str.upper, map(bare, WORDS)), "data", "06/QD-TTg", "—", "1.2"]), max_size=12
)


@given(MIXED.map(" ".join))
def test_restoring_changes_marks_only(text: str) -> None:
    restored = RESTORER.restore(text)
    assert bare(restored.text) == bare(text)
    assert len(restored.text) == len(text)
    assert 0 < restored.confidence <= 1


@given(MIXED.map(" ".join))
def test_no_marked_word_is_touched(text: str) -> None:
    restored = RESTORER.restore(text).text
    for start, end, _ in token_spans(text):
        if has_marks(text[start:end]):
            assert restored[start:end] == text[start:end]


@given(MIXED.map(" ".join))
def test_restoring_again_changes_nothing_that_was_restored(text: str) -> None:
    once = RESTORER.restore(text).text
    twice = RESTORER.restore(once).text
    for start, end, _ in token_spans(once):
        if has_marks(once[start:end]):
            assert twice[start:end] == once[start:end]


@given(st.text())
def test_restoring_never_raises_and_folds_to_the_same(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    restored = RESTORER.restore(composed)
    assert fold(restored.text) == fold(composed)
    assert 0 < restored.confidence <= 1


@pytest.mark.parametrize("text", ["\ud800 so", "so\x00hoa", "so " * 30_000, "a" * 100_000, "ﬁ ſo ß İ"])
def test_restoring_never_raises_on_odd_texts(text: str) -> None:
    assert 0 < RESTORER.restore(text).confidence <= 1


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join), max_size=6))
def test_counts_say_how_often_each_syllable_and_each_pair_occurs(texts: list[str]) -> None:
    counts = count_syllables(texts)
    rows = [tokens(text) for text in texts]
    flat = [word for row in rows for word in row]
    assert {word: int(count) for word, count in zip(counts.words, counts.counts, strict=True)} == {
        word: flat.count(word) for word in flat
    }
    assert int(counts.pair_counts.sum()) == sum(max(len(row) - 1, 0) for row in rows)
    assert (np.diff(counts.pairs) > 0).all()


def test_a_pair_is_numbered_by_its_words() -> None:
    counts = count_syllables(["một hai một hai ba"])
    one, two, three = (counts.words.index(word) for word in ("một", "hai", "ba"))
    assert dict(zip(counts.pairs.tolist(), counts.pair_counts.tolist(), strict=True)) == {
        one * 3 + two: 2,
        two * 3 + one: 1,
        two * 3 + three: 1,
    }


def test_counts_of_nothing_are_empty() -> None:
    counts = count_syllables([])
    assert isinstance(counts, SyllableCounts)
    assert (counts.words, len(counts.counts), len(counts.pairs), len(counts.pair_counts)) == ((), 0, 0, 0)


def test_general_frequencies_are_shares_of_single_syllables() -> None:
    frequencies = general_frequencies()
    assert 0.9 < sum(frequencies.values()) <= 1.0
    assert all(0 < share < 1 and " " not in word for word, share in frequencies.items())
