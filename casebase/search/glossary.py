"""The field's terms in four languages, as data: words of a query find what is written in another language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from casebase.search.text import fold_word, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class _Concept:
    """The terms of one concept by language, each cut into words, the most usual first."""

    terms: Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class Translated:
    """What a query says in another language: `words` of the concepts found, and the `share` of the query's words they stand for."""

    words: tuple[str, ...]
    share: float


@cache
def _concepts() -> tuple[_Concept, ...]:
    head, *lines = files("casebase.search").joinpath("glossary.tsv").read_text(encoding="utf-8").splitlines()
    languages = head.split("\t")
    rows = (dict(zip(languages, line.split("\t"), strict=True)) for line in lines if line)
    return tuple(
        _Concept({lang: tuple(tuple(tokens(term)) for term in cell.split(_BETWEEN)) for lang, cell in row.items() if cell})
        for row in rows
    )


def terms(lang: str) -> tuple[str, ...]:
    """Return every term of a language, in lower case."""
    return tuple(" ".join(term) for concept in _concepts() for term in concept.terms.get(lang, ()))


@cache
def _by_term(lang: str) -> Mapping[tuple[str, ...], _Concept]:
    """Return the concepts by every term of a language, its words without marks for languages other than Vietnamese."""
    return {_key(term, lang): concept for concept in _concepts() for term in concept.terms.get(lang, ())}


def _key(words: tuple[str, ...], lang: str) -> tuple[str, ...]:
    return words if lang == "vi" else tuple(fold_word(word) for word in words)


@cache
def _longest(lang: str) -> int:
    return max(map(len, _by_term(lang)), default=0)


def find_concepts(words: list[str], lang: str) -> list[tuple[int, int, _Concept]]:
    """Return the concepts that the words name, each with its first place and the place behind its last; longer terms first."""
    found, place, terms = [], 0, _by_term(lang)
    while place < len(words):
        for length in range(min(_longest(lang), len(words) - place), 0, -1):
            concept = terms.get(_key(tuple(words[place : place + length]), lang))
            if concept:
                found.append((place, place + length, concept))
                place += length - 1
                break
        place += 1
    return found


def translate(text: str, lang: str, *, into: tuple[str, ...]) -> dict[str, Translated]:
    """Return what a query says in each of the languages `into`, as far as the glossary has it; its own language gives synonyms."""
    words = tokens(text)
    concepts = find_concepts(words, lang)
    translated = {}
    for other in into:
        covered, said = 0, list[str]()
        for start, end, concept in concepts:
            own = tuple(words[start:end])
            terms = [term for term in concept.terms.get(other, ()) if other != lang or term != own]
            if terms:
                covered += end - start
                said += terms[0]
        if said:
            translated[other] = Translated(tuple(dict.fromkeys(said)), covered / len(words))
    return translated
