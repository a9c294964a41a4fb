"""Understanding a query never fails and never overrules what the searcher marked."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from casebase.domain.query import MAX_QUERY_CHARACTERS, ChangeKind
from casebase.search.marks import MarksRestorer, count_syllables
from casebase.search.query_language import LANGUAGES
from casebase.search.text import fold, has_marks
from casebase.search.understanding import understand

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
def test_understanding_what_was_understood_changes_no_letter(typed: str) -> None:
    once = understand(typed, MARKS)
    assert understand(once.text, MARKS).text == once.text
    assert understand(once.text, MARKS, verbatim=True).text == once.text


@settings(max_examples=300)
@given(QUERIES)
def test_a_query_with_a_mark_keeps_every_letter(typed: str) -> None:
    plain = understand(typed, MARKS, verbatim=True).text
    if has_marks(plain):
        assert understand(typed, MARKS).text == plain


@settings(max_examples=300)
@given(QUERIES)
def test_whatever_is_changed_looks_the_same_without_marks_and_is_reported(typed: str) -> None:
    plain, analysis = understand(typed, MARKS, verbatim=True), understand(typed, MARKS)
    assert fold(analysis.text) == fold(plain.text)
    assert (analysis.text != plain.text) == (len(analysis.changes) > len(plain.changes))
