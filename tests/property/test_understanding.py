"""Understanding a query never fails and never overrules what the searcher marked."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebase.domain.query import MAX_QUERY_CHARACTERS, ChangeKind
from casebase.search.marks import MarksRestorer, count_syllables
from casebase.search.query_language import LANGUAGES
from casebase.search.text import fold, has_marks, tokens
from casebase.search.understanding import (
    Draft,
    decode_keys,
    expand_abbreviations,
    mend_spelling,
    place_tones,
    restore_marks,
    tell_language,
    tidy,
    understand,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCES = ["Chuyển đổi số ở xã.", "Cán bộ ngại thay đổi.", "Đường sắt và dương lịch.", "Số hóa hồ sơ hộ tịch."]
MARKS = MarksRestorer(count_syllables(SENTENCES))
ANYTHING = st.text(st.characters(), max_size=60) | st.text(
    st.sampled_from("\ud800\udfff\x00\x1f\x85\u2028\u200b\u200d\ufeff\u00a0\u0301\u0323đĐơƯư aAoOsS-/_.1\n\U0010ffff😀"),
    max_size=60,
)
WORDS = st.sampled_from([*" ".join(SENTENCES).split(), "chuyen", "doi", "SO", "duong", "sat", "data", "the", "06/QD-TTg"])
QUERIES = ANYTHING | st.lists(WORDS, max_size=15).map(" ".join)
LONG = st.tuples(QUERIES.filter(bool), st.integers(1, 100_000)).map(lambda drawn: (drawn[0] * drawn[1])[:100_000])


@settings(max_examples=1000)
@given(QUERIES, st.booleans())
def test_understanding_never_raises(typed: str, verbatim: bool) -> None:  # noqa: FBT001 - drawn
    analysis = understand(typed, MARKS, verbatim=verbatim)
    assert len(analysis.text) <= MAX_QUERY_CHARACTERS
    assert unicodedata.is_normalized("NFC", analysis.text)
    assert all(char.isprintable() for char in analysis.text + analysis.typed)
    assert analysis.lang in LANGUAGES


@settings(max_examples=100, deadline=None)
@given(LONG)
def test_understanding_never_raises_on_a_hundred_thousand_characters(typed: str) -> None:
    analysis = understand(typed, MARKS)
    assert len(analysis.text) <= MAX_QUERY_CHARACTERS


@settings(max_examples=300, deadline=None)
@given(QUERIES | LONG)
def test_verbatim_changes_nothing_but_tidying(typed: str) -> None:
    analysis = understand(typed, MARKS, verbatim=True)
    printable = "".join(char if char.isprintable() else " " for char in typed)
    tidy = " ".join(unicodedata.normalize("NFC", printable).split())
    if any(change.kind is ChangeKind.CUT for change in analysis.changes):
        assert tidy.startswith(analysis.text)
    else:
        assert analysis.text == tidy
    assert {change.kind for change in analysis.changes} <= {ChangeKind.CUT}


@settings(max_examples=300, deadline=None)
@given(QUERIES | LONG)
def test_what_was_understood_can_be_searched_as_it_stands(typed: str) -> None:
    once = understand(typed, MARKS)
    assert understand(once.text, MARKS, verbatim=True).text == " ".join(once.text.split())


STEPS_OF_THEIR_OWN = [decode_keys, place_tones, mend_spelling, restore_marks, expand_abbreviations]


@pytest.mark.parametrize("step", STEPS_OF_THEIR_OWN, ids=lambda step: step.__name__)
@settings(max_examples=200)
@given(QUERIES)
def test_a_step_done_twice_is_done_once(step: Callable[[Draft], Draft], typed: str) -> None:
    draft = tell_language(tidy(Draft(typed, MARKS)))
    once = step(draft)
    assert step(once).text == once.text


@pytest.mark.parametrize("step", STEPS_OF_THEIR_OWN, ids=lambda step: step.__name__)
@settings(max_examples=200)
@given(QUERIES)
def test_a_step_changes_the_text_exactly_when_it_says_so(step: Callable[[Draft], Draft], typed: str) -> None:
    draft = place_tones(tell_language(tidy(Draft(typed, MARKS))))
    done = step(draft)
    assert (done.text != draft.text) == (len(done.changes) > len(draft.changes))


@pytest.mark.parametrize("step", [decode_keys, restore_marks], ids=lambda step: step.__name__)
@settings(max_examples=300)
@given(QUERIES)
def test_a_word_with_a_mark_is_never_touched(step: Callable[[Draft], Draft], typed: str) -> None:
    draft = tell_language(tidy(Draft(typed, MARKS)))
    before, after = tokens(draft.text), tokens(step(draft).text)
    assert len(before) == len(after)
    assert [word for word in before if has_marks(word)] == [now for word, now in zip(before, after, strict=True) if has_marks(word)]


@settings(max_examples=300)
@given(QUERIES)
def test_restored_marks_change_no_letter_below_them(typed: str) -> None:
    draft = tell_language(tidy(Draft(typed, MARKS)))
    assert fold(restore_marks(draft).text) == fold(draft.text)
