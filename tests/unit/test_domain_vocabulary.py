"""The vocabularies are data: their size, their labels, their codes."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib.resources import files

import pytest

from casebase.domain.vocabulary import Term, countries, label, vocabularies

TERMS = [(name, term) for name, terms in vocabularies().items() for term in terms.values()]
EACH_TERM = pytest.mark.parametrize(("name", "term"), TERMS, ids=[f"{name}.{term.code}" for name, term in TERMS])


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("sectors", 16),
        ("pillars", 3),
        ("challenges", 8),
        ("solution_areas", 7),
        ("levers", 4),
        ("rollout_steps", 6),
        ("stages", 5),
        ("outcomes", 4),
        ("provenances", 2),
        ("evidence_levels", 4),
        ("levels", 8),
        ("languages", 4),
    ],
)
def test_a_vocabulary_has_as_many_terms_as_agreed(name: str, count: int) -> None:
    assert len(vocabularies()[name]) == count


def test_the_eight_priority_sectors_come_first() -> None:
    assert list(vocabularies()["sectors"])[:8] == [
        "health",
        "education",
        "finance-banking",
        "agriculture",
        "transport-logistics",
        "energy",
        "natural-resources-environment",
        "industrial-production",
    ]


def test_the_rollout_steps_come_in_their_order() -> None:
    assert list(vocabularies()["rollout_steps"]) == ["steering", "assess-goals", "plan", "train", "build", "secure-improve"]


@EACH_TERM
def test_a_term_has_labels_in_vietnamese_and_english(name: str, term: Term) -> None:
    assert term.vi.strip(), name
    assert term.en.strip(), name


@EACH_TERM
def test_the_code_of_a_term_is_a_short_ascii_word(name: str, term: Term) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", term.code), name


@EACH_TERM
def test_the_words_of_a_term_are_nfc_without_loose_spaces(name: str, term: Term) -> None:
    words = (term.vi, term.en, *term.aliases)
    assert all(word == unicodedata.normalize("NFC", " ".join(word.split())) for word in words), name


@pytest.mark.parametrize("name", sorted(vocabularies()))
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_labels_tell_terms_of_a_vocabulary_apart(name: str, lang: str) -> None:
    labels = [term.label(lang) for term in vocabularies()[name].values()]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", sorted(vocabularies()))
def test_an_alias_stands_for_one_term_of_its_vocabulary(name: str) -> None:
    aliases = [alias.casefold() for term in vocabularies()[name].values() for alias in term.aliases]
    assert len(set(aliases)) == len(aliases)


def test_no_key_of_the_file_is_left_unread() -> None:
    source = tomllib.loads(files("casebase.domain").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    keys = {key for terms in source.values() for term in terms.values() for key in term}
    assert keys == {"vi", "en", "aliases"}


def test_vocabularies_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        vocabularies()["sectors"]["sport"] = Term("sport", "Thể thao", "Sport", ())  # type: ignore[index]


@pytest.mark.parametrize(("lang", "shown"), [("vi", "Y tế"), ("en", "Health"), ("fr", "Health")])
def test_a_label_is_vietnamese_for_vi_and_english_for_any_other_language(lang: str, shown: str) -> None:
    assert label("sectors", "health", lang) == shown


def test_a_code_that_the_vocabulary_no_longer_has_is_its_own_label() -> None:
    assert label("sectors", "alchemy", "vi") == "alchemy"


@pytest.mark.parametrize(
    ("code", "vi", "en"), [("VN", "Việt Nam", "Vietnam"), ("EE", "Estonia", "Estonia"), ("FR", "Pháp", "France")]
)
def test_countries_have_names_in_both_languages(code: str, vi: str, en: str) -> None:
    assert (countries("vi")[code], countries("en")[code]) == (vi, en)


def test_the_same_countries_are_known_in_every_language() -> None:
    assert set(countries("vi")) == set(countries("en"))


def test_a_country_has_a_code_of_two_capitals() -> None:
    assert all(re.fullmatch(r"[A-Z]{2}", code) for code in countries("en"))


@pytest.mark.parametrize("code", ["ZZ", "XA", "XB", "QO", "EZ", "001", "419"])
def test_what_is_no_country_is_not_offered_as_one(code: str) -> None:
    assert code not in countries("en")
