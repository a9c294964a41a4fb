"""From the lines of a document to its paragraphs: clean characters, no running heads, no table of contents, lines joined."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from casebase.domain.text import without_control_characters
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from casebase.ingest.documents.headings import Heading
    from casebase.ingest.documents.lines import Line

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ue000-\uf8ff\ufffd]")
_UNREADABLE = re.compile(r"[\ue000-\uf8ff\ufffd]|\(cid:\d+\)|/g\d+")
"""What comes out of fonts that do not say which letters their pictures are."""
_GARBLED = 0.02
_BULLET = re.compile(r"^(?:[•●▪■◦‣∙·o*+–—-]|\uf0b7)\s+(?=\S)")
_ITEM = re.compile(r"^(?:- |\d{1,2}[.)]\s|[a-hđ]\)\s)")
_NUMBER_ALONE = re.compile(r"[-–—|\s]{0,3}(?:(?:trang|page)\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?[-–—|\s]{0,3}", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:\.\s?){4,}\s*\d{1,4}$|…{2,}\s*\d{1,4}$")
_LONGEST_LEADER = 300
"""Characters at the end of a line in which the dots before a page number are looked for."""
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"[.!?…:;][\"”’)\]]*$")
_EDGE = 2
"""How many lines at the top and at the bottom of a page may be running heads."""
_FEWEST_PAGES = 3
_SHORT, _VERY_SHORT = 0.85, 0.6
"""A line shorter than this part of the longest ends a paragraph if it ends a sentence; a much shorter one before any capital."""


def clean(text: str) -> str:
    """Return the text in NFC, without control and invisible characters, one space between words; line feeds stay."""
    lines = unicodedata.normalize("NFC", _INVISIBLE.sub("", without_control_characters(text))).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip("\n")


def is_garbled(text: str) -> bool:
    """Tell whether so many characters cannot be read that the reader should be warned."""
    return sum(len(found[0]) for found in _UNREADABLE.finditer(text)) > _GARBLED * len(text)


def tidy_lines(lines: Iterable[Line], kind: Kind) -> list[Line]:
    """Return the lines cleaned; of a PDF without page numbers, running heads and tables of contents. Empty lines stay as they are.

    A bullet of any kind becomes "- ".
    """
    found = [replace(line, text=clean(_BULLET.sub("- ", line.text.lstrip(), count=1))) for line in lines]
    if kind is Kind.DOCX:
        return [line for line in found if line.text]
    left_out = _running_heads(found)
    return [line for line in found if line not in left_out and not _CONTENTS.search(line.text[-_LONGEST_LEADER:])]


def _running_heads(lines: Sequence[Line]) -> set[Line]:
    """Return the page numbers, and the lines that stand at the edge of more than half of the pages, but for their numbers."""
    pages: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.page is not None and line.text:
            pages[line.page].append(line)
    edges = [line for page in pages.values() for line in {*page[:_EDGE], *page[-_EDGE:]}]
    seen: dict[str, list[Line]] = defaultdict(list)
    for line in edges:
        seen[_DIGITS.sub("#", line.text)].append(line)
    enough = max(_FEWEST_PAGES, len(pages) // 2 + 1)
    repeated = {line for same in seen.values() if len({line.page for line in same}) >= enough for line in same}
    return repeated | {line for line in edges if _NUMBER_ALONE.fullmatch(line.text)}


def join_paragraphs(lines: Sequence[Line], *, heading: Callable[[Line, Line | None], Heading | None]) -> list[Line]:
    """Return the lines of a PDF as paragraphs and list items, each where its first line stands.

    `heading(line, before)` tells headings, which are joined with nothing unless text begins behind them. A paragraph ends at an
    empty line, before a list item or heading, and after a line that is short.
    """
    longest = max((len(line.text) for line in lines), default=0)
    return list(_paragraphs(lines, longest, heading))


def _paragraphs(lines: Sequence[Line], longest: int, heading: Callable[[Line, Line | None], Heading | None]) -> Iterator[Line]:
    pending: Line | None = None
    before: Line | None = None
    for line in lines:
        opened = heading(line, before) if line.text else None
        alone = opened is not None and not opened.rest
        if pending and (opened or not before or _ends(before, line, longest)):
            yield pending
            pending = None
        if alone:
            yield line
        elif line.text and pending:
            pending = replace(pending, text=_joined(pending.text, line.text))
        elif line.text:
            pending = _as_item(line)
        before = None if alone or not line.text else line
    if pending:
        yield pending


def _ends(before: Line, line: Line, longest: int) -> bool:
    """Tell whether a paragraph ends between two neighbouring lines."""
    if not line.text or _ITEM.match(line.text):
        return True
    if _SENTENCE_END.search(before.text):
        return len(before.text) < _SHORT * longest
    return len(before.text) < _VERY_SHORT * longest and not line.text[0].islower()


def _as_item(line: Line) -> Line:
    return replace(line, role=Role.ITEM) if _ITEM.match(line.text) else line


def _joined(first: str, second: str) -> str:
    """Return two lines as one; a word that was divided at its own hyphen is put together again."""
    return first + second if first.endswith("-") and len(first) > 1 and first[-2].isalpha() else f"{first} {second}"
