"""Vietnam's provinces before and after the mergers of 1 July 2025: a story told under an old name is found under the new one."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from casebase.domain.vietnamese import place_tones

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Province:
    """A province of today, and the former ones that it took in."""

    name: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A province named in a text, from `start` to `end`; `name` is how the library writes it."""

    start: int
    end: int
    name: str


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("casebase.domain").joinpath("provinces.toml").read_text(encoding="utf-8"))


@cache
def provinces() -> tuple[Province, ...]:
    """Return the 34 provinces of today by name."""
    return tuple(Province(one["name"], tuple(one.get("former", ()))) for one in _data()["province"])


@cache
def _today() -> Mapping[str, str]:
    """Return the province of today for each name of a province, today's or former."""
    return MappingProxyType({name: one.name for one in provinces() for name in (one.name, *one.former)})


@cache
def _names() -> Mapping[str, str]:
    """Return the library's name of a province for everything that people write, in lower case."""
    written = {name: name for name in _today()} | _data()["spellings"]
    return MappingProxyType({spelling.lower(): name for spelling, name in written.items()})


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_names(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def province_of_today(place: str) -> str | None:
    """Return the province of today that a province, today's or former, belongs to; None for any other place."""
    return _today().get(place)


def was_merged(place: str) -> bool:
    """Tell whether a place is a province that is now part of another."""
    return _today().get(place, place) != place


def with_provinces_of_today(places: Iterable[str]) -> tuple[str, ...]:
    """Return the places, and after them the provinces of today that they belong to; each once."""
    named = tuple(places)
    return tuple(dict.fromkeys([*named, *(_today()[place] for place in named if place in _today())]))


def same_ground(place: str) -> tuple[str, ...]:
    """Return the other names under which a province's stories may be told.

    For a province of today those of the former ones in it, for a former one that of today's; none for any other place.
    """
    today = _today().get(place)
    if today is None:
        return ()
    return (today,) if today != place else next(one.former for one in provinces() if one.name == today)


def find_provinces(text: str) -> list[Mention]:
    """Return the provinces named in an NFC text with marks, in order.

    Where the text has capitals, so must a province's name: Hòa Bình is one, hòa bình is peace.
    """
    proper = text != text.lower()
    return [
        Mention(found.start(), found.end(), _names()[found[0].lower()])
        for found in _pattern().finditer(place_tones(text))
        if not proper or found[0].split()[-1][0].isupper()
    ]
