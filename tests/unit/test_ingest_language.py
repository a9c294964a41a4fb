"""Which language a text is in: right, and the same answer in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from casebase.ingest.language import detect_language, in_old_encoding, nearest_known_language
from casebase.ingest.markdown import read_folder

CASES = Path(__file__).parents[2] / "cases"
ASK = (
    "import json, sys; from casebase.ingest.language import detect_language; "
    "print(json.dumps([detect_language(text) for text in json.load(sys.stdin)]))"
)


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    """Return the titles and summaries of the starter cases in every language they have, with that language."""
    versions = [
        (lang, version)
        for case in read_folder([CASES]).cases
        for lang, version in [(case.lang, case), *case.headlines.items(), *((whole.lang, whole) for whole in case.translations)]
    ]
    return [(lang, text) for lang, version in versions for text in (version.title, version.summary)]


def detect_elsewhere(texts: list[str], hash_seed: str) -> list[str | None]:
    """Return the languages that a fresh process finds."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    finished = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(texts), capture_output=True, text=True, check=True, env=environment
    )
    found: list[str | None] = json.loads(finished.stdout)
    return found


def test_v03_languages_of_short_texts_are_right_and_the_same_in_every_process(texts: list[tuple[str, str]]) -> None:
    assert len(texts) >= 180
    first, second = (detect_elsewhere([text for _, text in texts], seed) for seed in ("1", "2"))
    assert first == second
    right = sum(found == lang for found, (lang, _) in zip(first, texts, strict=True))
    assert right / len(texts) >= 0.98


def test_v03_titles_alone_are_enough(texts: list[tuple[str, str]]) -> None:
    titles = texts[::2]
    assert sum(detect_language(title) == lang for lang, title in titles) / len(titles) >= 0.98


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    text = "Số hóa hồ sơ hộ tịch"
    before = detect_language(text)
    detect_language("An English sentence in between, long enough to be told.")
    assert detect_language(text) == before == "vi"


@pytest.mark.parametrize("text", ["", " ", "1022", "2019: 5; 2020: 7.", "😀😀", "—", "\x00"])
def test_a_text_without_letters_is_in_no_language(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize("text", ["\ud800", "a" * 1_000_000, "https://example.vn/a?b=c", "漢字", "Ελληνικά", "ß"])
def test_detecting_never_raises(text: str) -> None:
    detect_language(text)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Cán bộ chưa quen với phần mềm mới nên hồ sơ bị chậm.", "vi"),
        ("The staff had not been trained before the system went live.", "en"),
        ("Les agents n'ont pas été formés avant la mise en service.", "fr"),
        ("Los funcionarios no recibieron formación antes del lanzamiento.", "es"),
        ("Die Mitarbeiter wurden vor der Einführung nicht geschult.", "vi"),
        ("1022", "vi"),
    ],
)
def test_a_language_that_the_library_does_not_have_counts_as_the_default(text: str, lang: str) -> None:
    assert nearest_known_language(text) == lang


def test_the_default_language_can_be_named() -> None:
    assert nearest_known_language("1022", default="en") == "en"


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("Ng­êi d©n ph¶i ®i l¹i nhiÒu lÇn", True),
        ("Ngöôøi daân phaûi ñi laïi nhieàu laàn", True),
        ("Người dân phải đi lại nhiều lần", False),
        ("Ông Núñez và bà Björk thăm nước ta trong ba ngày, nói chuyện với nhiều cơ quan", False),
        ("", False),
    ],
)
def test_text_in_an_old_encoding_is_told_from_text_with_foreign_names(text: str, *, old: bool) -> None:
    assert in_old_encoding(text) is old
