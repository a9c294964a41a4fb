"""Which section of a story a heading of a report opens, and which a paragraph sounds like: by the words of `cues.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from casebase.domain.case import NARRATIVE, Section
from casebase.domain.vietnamese import place_tones
from casebase.ingest.documents.lines import Role

if TYPE_CHECKING:
    from casebase.ingest.documents.lines import Line

_NUMBER = re.compile(
    r"(?:(?:[Pp]hần|PHẦN|[Cc]hương|CHƯƠNG|[Mm]ục|MỤC|[Pp]art|PART|[Ss]ection|[Cc]hapter)\s+)?"
    r"(?:(?:[IVX]{1,5}|\d{1,2}(?:\.\d{1,2}){0,3}|[A-Ha-h])\s*[.):/–—-]+\s*|\d{1,2}(?:\.\d{1,2}){1,3}\s+)"
)
_FILLER = r"(?:các |những |một số |về |the |our |some |key |main )?"
_INLINE = re.compile(r"\s*:\s+(?P<text>\S.*)", re.DOTALL)
_LONGEST = 110
_MOST_WORDS = 16
_MOST_WORDS_UNMARKED = 4
"""Words behind the cue that a heading may have which neither a number, capitals nor a style mark as one."""
_SENTENCE_END = re.compile(r"[.!?…:;][\"”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Heading:
    """The section that a heading opens (None: something else), its level by the document's styles (0: none), the text behind it."""

    section: Section | None
    level: int = 0
    rest: str = ""


@cache
def cues() -> dict[str, Any]:
    """Return the words of `cues.toml`."""
    found: dict[str, Any] = tomllib.loads(files("casebase.ingest.documents").joinpath("cues.toml").read_text(encoding="utf-8"))
    return found


def any_of(words: list[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _section_of_cue() -> dict[str, Section | None]:
    table = {cue: Section(name) if name != "other" else None for name, row in cues()["headings"].items() for cue in row}
    return {place_tones(cue): section for cue, section in table.items()}


@cache
def _cue_pattern() -> re.Pattern[str]:
    return re.compile(rf"{_FILLER}(?P<cue>{any_of(list(_section_of_cue()))})(?!\w)")


@cache
def _phrases() -> dict[Section, re.Pattern[str]]:
    return {section: re.compile(rf"(?<!\w)(?:{any_of(cues()['phrases'][section.value])})(?!\w)") for section in NARRATIVE}


def read_heading(line: Line, before: Line | None = None) -> Heading | None:
    """Return what a line opens if it is a heading, or begins with one and a colon ("Kết quả: …"); None for any other line.

    `before` is the line above in the same paragraph, if there is one: in the middle of a sentence only a cue that is a line of its
    own is a heading.
    """
    number = _NUMBER.match(line.text)
    text = line.text[number.end() :] if number else line.text
    folded = place_tones(text.casefold())
    cue = _cue_pattern().match(folded)
    styled = line.role is Role.HEADING
    if line.role in {Role.ROW, Role.TITLE} or (line.role is Role.ITEM and not number):
        return None
    if cue is None:
        return Heading(None, line.level) if styled and line.level else None
    section, behind = _section_of_cue()[cue["cue"]], text[cue.end() :]
    inline = _INLINE.fullmatch(behind)
    if inline and not styled and _begins_sentence(text, before):
        return Heading(section, line.level, inline["text"])
    marked = styled or bool(number) or _is_capitals(text)
    if styled or (_is_short(text) and _stands_as_heading(text, behind, before, marked=marked)):
        return Heading(section, line.level)
    return None


def _begins_sentence(text: str, before: Line | None) -> bool:
    return text[:1].isupper() and (before is None or bool(_SENTENCE_END.search(before.text)))


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST and len(text.split()) <= _MOST_WORDS and "\n" not in text and not text.endswith((".", ";", ","))


def _is_capitals(text: str) -> bool:
    return text.upper() == text and text.lower() != text


def _stands_as_heading(text: str, behind: str, before: Line | None, *, marked: bool) -> bool:
    if not behind.strip(" :"):
        return marked or text[:1].isupper()
    return marked or (_begins_sentence(text, before) and len(behind.split()) <= _MOST_WORDS_UNMARKED)


def sounds_like(text: str) -> Section | None:
    """Return the section that a paragraph sounds like by its phrases; None where none or several fit equally."""
    folded = text.casefold()
    counts = {section: len(pattern.findall(folded)) for section, pattern in _phrases().items()}
    best = max(counts.values())
    found = [section for section, count in counts.items() if count == best]
    return found[0] if best and len(found) == 1 else None
