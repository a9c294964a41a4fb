"""Every sentence that people see, in Vietnamese and English: `vi.toml` and `en.toml`, with the same dotted keys."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from casebase.domain.fault import Fault
    from casebase.domain.hints import Hint
    from casebase.errors import CasebaseError

LANGUAGES = ("vi", "en")


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """Return all messages of a language by dotted key; English for a language that has none."""
    name = f"{lang if lang in LANGUAGES else 'en'}.toml"
    return dict(_flatten(tomllib.loads(files("casebase.i18n").joinpath(name).read_text(encoding="utf-8"))))


class _Values(dict[str, object]):
    """What fills a message; a value nobody gave reads as a dash, for a message about an error must never fail itself."""

    def __missing__(self, key: str) -> str:
        return "–"


def translate(key: str, lang: str, /, **values: object) -> str:
    """Return the message in the language with its placeholders filled; KeyError for an unknown key."""
    return catalogue(lang)[key].format_map(_Values(values))


def describe_fault(fault: Fault, lang: str) -> str:
    """Return what is wrong and what to do, in one or two sentences."""
    return translate(f"fault.{fault.code}", lang, **{"where": fault.where, **fault.context})


def describe_hint(hint: Hint, lang: str) -> str:
    """Return what was noticed, where, in which words, and what to do, in one to three sentences."""
    place = translate(hint.place_key, lang)
    return translate(f"hint.{hint.code}", lang, **{"place": place, "quote": hint.quote, "lang": hint.lang, **hint.context})


def describe_error(error: CasebaseError, lang: str) -> str:
    """Return what happened and what to do; a refusal of the workflow in its own words."""
    refusal = catalogue(lang).get(f"refusal.{error.context.get('why')}")
    return translate(f"error.{error.code}", lang, **{**error.context, **({"why": refusal} if refusal else {})})
