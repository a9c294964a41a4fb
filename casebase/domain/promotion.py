"""Notices sentences that praise instead of telling. The words are data: `promotion.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from casebase.domain.vietnamese import place_tones

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUOTED = re.compile(r"“[^”]{0,500}”|«[^»]{0,500}»|\"[^\"]{0,500}\"")


@cache
def promotional_phrases() -> Mapping[str, tuple[str, ...]]:
    """Return the words by language."""
    source = files("casebase.domain").joinpath("promotion.toml").read_text(encoding="utf-8")
    return {lang: tuple(phrases) for lang, phrases in tomllib.loads(source).items()}


@cache
def _pattern(lang: str) -> re.Pattern[str]:
    longest_first = sorted(promotional_phrases()[lang], key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def promotional_words(sentence: str, *, lang: str) -> str:
    """Return the first words of an NFC sentence that praise; empty where there are none, or none are known in the language.

    What stands in quotation marks is somebody else's and does not count.
    """
    if lang not in promotional_phrases():
        return ""
    own_words = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), place_tones(sentence))
    found = _pattern(lang).search(own_words)
    return found[0] if found else ""
