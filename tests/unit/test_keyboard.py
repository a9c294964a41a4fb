"""Vietnamese typed with the input method switched off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.vietnamese import place_tone
from casebase.search.keyboard import decode
from casebase.search.marks import general_frequencies

WEIGHTS = {place_tone(word): frequency for word, frequency in general_frequencies().items()}


def weight(word: str) -> float:
    return WEIGHTS.get(word, 0.0)


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("chuyeenr", "chuyển"),
        ("ddooir", "đổi"),
        ("soos", "số"),
        ("nguwowif", "người"),
        ("ngwowif", "người"),
        ("dduwowngf", "đường"),
        ("duongwf", "dường"),
        ("dangd", "đang"),
        ("truwcj", "trực"),
        ("tuyeens", "tuyến"),
        ("cuar", "của"),
        ("quys", "quý"),
        ("quyeets", "quyết"),
        ("ddawng", "đăng"),
        ("kys", "ký"),
        ("thuees", "thuế"),
        ("chuye63n", "chuyển"),
        ("d9o6i3", "đổi"),
        ("so61", "số"),
        ("d9u7o7ng2", "đường"),
        ("ho62", "hồ"),
        ("quy1", "quý"),
        ("ca1n", "cán"),
    ],
)
def test_telex_and_vni_are_read(keys: str, word: str) -> None:
    assert decode(keys, weight) == word


@pytest.mark.parametrize(
    "word", ["covid19", "process", "dawson", "khai", "sinh", "xyzzy", "qus", "1022", "5g", "", "a", "diia", "linky"]
)
def test_what_stands_for_no_syllable_is_left_alone(word: str) -> None:
    assert decode(word, weight) is None


@given(st.text() | st.text(alphabet="aeiouywdsfrxjnghct123456789", max_size=12))
def test_decoding_never_raises_and_gives_only_words_that_people_write(keys: str) -> None:
    found = decode(keys, weight)
    assert found is None or (weight(found) > 0 and found != keys)
