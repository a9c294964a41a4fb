"""House style: what an import accepts or mends by itself, and an editor would still put right in the file."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from casebase.domain.fault import Fault
from casebase.domain.vietnamese import place_tones

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from casebase.ingest.front_matter import FrontMatter

_WORD = re.compile(r"[^\W_]+")
_OPEN_LINK = re.compile(r"\bhttp://[^\s<>()\"\]]+", re.IGNORECASE)
_QUOTED = frozenset({"sources", "links"})
"""Fields that repeat the titles of others, whose spelling stays as it was published."""


def remarks(lines: list[str], *, lang: str, quoted_lines: Container[int] = ()) -> list[Fault]:
    """Return what to put right in the lines of a file: text that is not NFC, tone marks out of place, links without encryption.

    Tone marks are looked at in Vietnamese only, and not in `quoted_lines` (numbers from 1), which repeat other people's titles.
    """
    return [remark for number, line in enumerate(lines, 1) for remark in _of_line(line, number, lang, quoted_lines)]


def lines_that_quote(front: FrontMatter) -> frozenset[int]:
    """Return the numbers of the lines of the front matter that repeat titles of others."""
    return frozenset(line for where, line in front.lines.items() if where and where[0] in _QUOTED)


def _of_line(line: str, number: int, lang: str, quoted_lines: Container[int]) -> Iterator[Fault]:
    composed = unicodedata.normalize("NFC", line)
    if composed != line:
        yield Fault("style.not_nfc", line=number)
    if lang == "vi" and number not in quoted_lines:
        words = list(dict.fromkeys(word for word in _WORD.findall(composed) if place_tones(word) != word))
        if words:
            placed = ", ".join(map(place_tones, words))
            yield Fault("style.tone", line=number, context={"words": ", ".join(words), "placed": placed})
    for found in _OPEN_LINK.finditer(line):
        yield Fault("style.link_open", line=number, context={"link": found[0]})
