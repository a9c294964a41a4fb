"""The vocabularies that classify cases: data in `vocabulary.toml`, read once at first use."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Mapping


_NO_COUNTRIES = frozenset({"CQ", "EZ", "QO", "XA", "XB", "ZZ"})
"""CLDR's codes for Sark (nameless in Vietnamese), the eurozone, outlying Oceania, two test languages, and an unknown region."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a vocabulary: a stable code with its labels and other spellings."""

    code: str
    vi: str
    en: str
    aliases: tuple[str, ...]

    def label(self, lang: str) -> str:
        """Return the label in Vietnamese for `vi`, in English for any other language."""
        return self.vi if lang == "vi" else self.en


@cache
def vocabularies() -> Mapping[str, Mapping[str, Term]]:
    """Return every vocabulary by name; the terms by code, in the order people see them."""
    source = files("casebase.domain").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            name: MappingProxyType(
                {code: Term(code, term["vi"], term["en"], tuple(term.get("aliases", ()))) for code, term in terms.items()}
            )
            for name, terms in tomllib.loads(source).items()
        }
    )


def label(vocabulary: str, code: str, lang: str) -> str:
    """Return the label of a term, or the code itself where the vocabulary no longer has it."""
    term = vocabularies()[vocabulary].get(code)
    return term.label(lang) if term else code


@cache
def countries(lang: str) -> Mapping[str, str]:
    """Return the names of all countries, the EU and the UN by ISO 3166 code, in the given language (CLDR)."""
    territories = Locale.parse(lang).territories
    return MappingProxyType({code: name for code, name in territories.items() if code.isalpha() and code not in _NO_COUNTRIES})
