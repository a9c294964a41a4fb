"""The same story is told from one about the like: by meaning, by words in a row, by its numbers."""

from __future__ import annotations

import pytest

from casebase.domain.likeness import Likeness
from casebase.search import likeness
from casebase.search.likeness import LEAST_SHINGLES, fingerprint, overlap, resemblance

WORDS = [f"chữ{number}" for number in range(200)]
STORY = " ".join(WORDS)
NOTHING = fingerprint([])


def test_words_are_compared_without_marks_case_or_what_stands_between() -> None:
    assert fingerprint(["Hồ sơ giấy, chuyển tay!"]) == fingerprint(["ho so giay CHUYEN tay"])


@pytest.mark.parametrize("number", ["1.837", "1,837", "1837", "1 837"])
def test_a_number_is_the_same_however_its_thousands_are_set_apart(number: str) -> None:
    assert fingerprint([f"có {number} máy"]).figures == {"1837"}


@pytest.mark.parametrize("text", ["năm 2024", "5 ngày", "10 lần", "100 %", "ba mươi", "1.000.000"])
def test_years_and_round_numbers_tell_nothing(text: str) -> None:
    assert fingerprint([text]).figures == frozenset()


def test_a_text_that_stands_within_a_longer_one_is_shared_whole() -> None:
    own, other = fingerprint([" ".join(WORDS[:100])]), fingerprint([STORY])
    assert (
        overlap(own.shingles, other.shingles, least=LEAST_SHINGLES)
        == overlap(other.shingles, own.shingles, least=LEAST_SHINGLES)
        == 1
    )


def test_of_a_few_words_nothing_can_be_said() -> None:
    few = fingerprint([" ".join(WORDS[:20])])
    assert overlap(few.shingles, fingerprint([STORY]).shingles, least=LEAST_SHINGLES) == 0


def test_half_a_copied_text_is_half_shared() -> None:
    mixed = fingerprint([" ".join(WORDS[:100]), " ".join(f"khác{number}" for number in range(100))])
    assert resemblance(mixed, fingerprint([STORY]), meaning=0.0).shared == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        (1.0, Likeness.DUPLICATE),
        (likeness.SAME_MEANING, Likeness.DUPLICATE),
        (likeness.SAME_MEANING - 0.01, Likeness.RELATED),
        (likeness.RELATED_MEANING, Likeness.RELATED),
        (likeness.RELATED_MEANING - 0.01, Likeness.NEW),
        (-1.0, Likeness.NEW),
        (None, Likeness.NEW),
    ],
)
def test_meaning_alone_tells_what_a_story_is(meaning: float | None, expected: Likeness) -> None:
    assert resemblance(NOTHING, NOTHING, meaning=meaning).likeness is expected


@pytest.mark.parametrize("meaning", [None, 0.0])
def test_a_copy_is_a_duplicate_whatever_the_vectors_say(meaning: float | None) -> None:
    assert resemblance(fingerprint([STORY]), fingerprint([STORY]), meaning=meaning).likeness is Likeness.DUPLICATE
