"""Abbreviations of Vietnamese officials, as data: TTHC → thủ tục hành chính."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from casebase.search.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+(?:[&-][^\W_]+)*")
_LONG = 4
"""From this many letters on an abbreviation is one in lower case too: ubnd is no word, ca is one."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """An abbreviation in a text, from `start` to `end`, and all that it may stand for, the likeliest first."""

    start: int
    end: int
    readings: tuple[str, ...]


@cache
def _tables() -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]]:
    """Return abbreviations by their letters without marks, and what people shorten in haste, as typed."""
    data = tomllib.loads(files("casebase.search").joinpath("abbreviations.toml").read_text(encoding="utf-8"))
    return {fold(key): tuple(readings) for key, readings in data["official"].items()}, {
        key: tuple(readings) for key, readings in data["hasty"].items()
    }


def written_out() -> tuple[str, ...]:
    """Return all that abbreviations stand for."""
    return tuple(reading for table in _tables() for readings in table.values() for reading in readings)


def find_abbreviations(text: str, *, lang: str) -> list[Expansion]:
    """Return the abbreviations in an NFC text, in order; whole words only.

    One of few letters counts only in capitals, unless it has no vowel or all is typed in capitals: `ca` is a word, `CA` is công an.
    What people shorten in haste (k, đc) is read in Vietnamese only.
    """
    official, hasty = _tables()
    capitals_mean_something = text != text.upper()
    found = []
    for match in _WORD.finditer(text):
        word = match[0]
        key = fold(word)
        capital = capitals_mean_something and word[-1].isupper() and word[0].isupper()
        if key in official and (capital or _is_no_word(key)):
            found.append(Expansion(match.start(), match.end(), official[key]))
        elif lang == "vi" and word.lower() in hasty:
            found.append(Expansion(match.start(), match.end(), hasty[word.lower()]))
    return found


def _is_no_word(key: str) -> bool:
    return len(key) >= _LONG or not re.search("[aeiouy]", key)


def expand(text: str, expansions: list[Expansion]) -> str:
    """Return the text with every abbreviation replaced by all of its readings."""
    pieces, at = [], 0
    for expansion in expansions:
        pieces += [text[at : expansion.start], " / ".join(expansion.readings)]
        at = expansion.end
    return "".join([*pieces, text[at:]])
