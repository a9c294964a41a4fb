"""A proposed story from the text of a document: what seems to be the title, the five sections, the period, the dates, the figures.

Pure. Everything is a proposal with its place in the document, for the author to accept or edit; what is not there stays empty, and
nothing is ever rewritten. A document with the five headings of a case (our own template, above all) is taken at its word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from casebase.domain.case import LONGEST_SECTION, NARRATIVE, Section
from casebase.domain.fault import Fault
from casebase.ingest.documents import template
from casebase.ingest.documents.dates import find_days, find_period
from casebase.ingest.documents.figures import find_measure
from casebase.ingest.documents.headings import any_of, cues, read_heading, sounds_like
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import Line, Role
from casebase.ingest.documents.tidy import is_garbled, join_paragraphs, tidy_lines
from casebase.ingest.language import detect_language
from casebase.ingest.old_encodings import decode
from casebase.ingest.passages import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from casebase.ingest.documents.figures import Measure
    from casebase.ingest.documents.lines import DocumentText

LONGEST_TITLE = 150
MOST_FIGURES = 30
_FEWEST_LETTERS = 15
"""A page of a PDF with fewer letters on average has only a stamp or a page number to read: it is a scan."""
_ITEM = re.compile(r"(?:- |\d{1,2}[.)] )")
_OUTER_HEADING = re.compile(r"^( {0,3})(#{1,2}(?:\s|$))", re.MULTILINE)
_UNDERLINE = re.compile(r"^( {0,3})([=-])(?=[=-]*[ \t]*$)", re.MULTILINE)
_NUMBER_OF_DOCUMENT = re.compile(r"số\s*:?\s*\d*\s*/")
_LETTER = re.compile(r"[^\W\d_]")


class Basis(StrEnum):
    """Why something is proposed: the document's own style, a heading, a phrase in it, or its place on the first page."""

    STYLE = "style"
    HEADING = "heading"
    PHRASE = "phrase"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A text of the document, where it stands (page and line, from 1; page None where there are none), and why it is here."""

    text: str
    page: int | None
    line: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class ProposedPeriod:
    """When the work was done, as the case file writes it, and the sentence that says so."""

    start: str
    end: str | None
    origin: Proposed


@dataclass(frozen=True, slots=True)
class ProposedDay:
    """A day (ISO) that the document names, and the sentence with it."""

    day: str
    origin: Proposed


@dataclass(frozen=True, slots=True)
class ProposedFigure:
    """A sentence with a measured figure, and what it measures."""

    measure: Measure
    origin: Proposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a document seems to tell. `sections` has all five, an empty tuple where nothing was found.

    `lang` is the detected language (None: too little text), `remarks` what the author must know about the document.
    """

    kind: Kind
    pages: int | None
    lang: str | None
    title: Proposed | None
    sections: Mapping[Section, tuple[Proposed, ...]]
    period: ProposedPeriod | None
    days: tuple[ProposedDay, ...]
    figures: tuple[ProposedFigure, ...]
    remarks: tuple[Fault, ...]

    def text(self, section: Section) -> str:
        """Return a section as Markdown that a case may hold: paragraphs apart, items of a list and rows of a table together."""
        parts: list[str] = []
        before = ""
        for proposed in self.sections[section]:
            kind = _block_kind(proposed.text)
            parts += ["\n" if kind and kind == before else "\n\n", as_markdown(proposed.text)]
            before = kind
        return "".join(parts[1:])

    def section_pages(self, section: Section) -> tuple[int, ...]:
        """Return the pages that a section was taken from, in order; empty where the document does not tell its pages."""
        return tuple(dict.fromkeys(proposed.page for proposed in self.sections[section] if proposed.page is not None))


@dataclass(slots=True)
class _Found:
    """What is being collected. `told` is everything that the document's author wrote, `outside` what stands under no section."""

    title: Proposed | None = None
    sections: dict[Section, list[Proposed]] = field(default_factory=lambda: defaultdict(list))
    told: list[Line] = field(default_factory=list)
    outside: list[Line] = field(default_factory=list)
    period_part: list[Line] = field(default_factory=list)


def as_markdown(text: str) -> str:
    """Return plain text so that Markdown shows it as it is where a case would refuse it: outer headings and pictures."""
    escaped = _UNDERLINE.sub(r"\1\\\2", _OUTER_HEADING.sub(r"\1\\\2", text))
    return escaped.replace("![", "!\\[")


def propose(document: DocumentText) -> Proposal:
    """Return what the document seems to tell. O(characters); about 50 ms for twenty pages."""
    decoding = decode([line.text for line in document.lines])
    raw = [replace(line, text=text) for line, text in zip(document.lines, decoding.lines, strict=True)]
    remarks = list(_remarks(document, raw))
    if decoding.encoding:
        remarks.append(Fault("document.converted", context={"encoding": decoding.encoding.value}))
    if decoding.uncertain:
        remarks.append(Fault("document.old_encoding"))
        raw = []
    lines = tidy_lines(raw, document.kind)
    blocks = join_paragraphs(lines, heading=read_heading) if document.kind is Kind.PDF else [_itemised(line) for line in lines]
    found = _collect(blocks)
    if blocks and not any(found.sections.values()):
        remarks.append(Fault("document.no_sections"))
    proposal = Proposal(
        kind=document.kind,
        pages=document.pages,
        lang=detect_language("\n".join(block.text for block in found.told)),
        title=found.title,
        sections={section: tuple(found.sections[section]) for section in NARRATIVE},
        period=_period(found.period_part) or _period(found.told),
        days=tuple(_days(found.told)),
        figures=tuple(_figures(found))[:MOST_FIGURES],
        remarks=tuple(remarks),
    )
    return replace(proposal, remarks=(*remarks, *_too_long(proposal)))


def _too_long(proposal: Proposal) -> Iterator[Fault]:
    """Yield a remark for every section with more text than a case may hold: it is proposed whole, for its author to choose from."""
    for section in NARRATIVE:
        length = len(proposal.text(section))
        if length > LONGEST_SECTION:
            yield Fault("text.too_long", where=section.value, context={"length": length, "max_length": LONGEST_SECTION})


def _remarks(document: DocumentText, lines: Sequence[Line]) -> Iterator[Fault]:
    text = "\n".join(line.text for line in lines)
    fewest = _FEWEST_LETTERS * (document.pages or 1) if document.kind is Kind.PDF else 1
    if len(_LETTER.findall(text)) < fewest:
        yield Fault("document.scan")
    elif document.empty_pages:
        yield Fault("document.pages_without_text", context={"pages": ", ".join(map(str, document.empty_pages))})
    if is_garbled(text):
        yield Fault("document.garbled")


def _itemised(line: Line) -> Line:
    return replace(line, role=Role.ITEM) if line.role is Role.TEXT and _ITEM.match(line.text) else line


def _block_kind(text: str) -> str:
    """Return what a block must stay together with: items with items, rows with rows."""
    if text.startswith("|"):
        return "row"
    return "item" if _ITEM.match(text) else ""


def _proposed(block: Line, basis: Basis, text: str | None = None) -> Proposed:
    return Proposed(block.text if text is None else text, block.page, block.number, basis)


def _collect(blocks: Sequence[Line]) -> _Found:
    parts = template.parts_of(blocks)
    if parts:
        return _from_template(parts)
    found = _by_headings(blocks)
    found.title = _title(blocks)
    for block in found.outside:
        section = None if _is_title(block, found.title) else sounds_like(block.text)
        if section and not any(proposed.basis is Basis.HEADING for proposed in found.sections[section]):
            found.sections[section].append(_proposed(block, Basis.PHRASE))
    return found


def _is_title(block: Line, title: Proposed | None) -> bool:
    return title is not None and (block.page, block.number) == (title.page, title.line)


def _from_template(parts: Mapping[str, Sequence[Line]]) -> _Found:
    """Take a document with the five headings at its word."""
    found = _Found(told=[block for part in parts.values() for block in part], period_part=list(parts.get("period", ())))
    for section in NARRATIVE:
        found.sections[section] = [_proposed(_as_inner_heading(block), Basis.HEADING) for block in parts[section.value]]
    if title := parts.get("title"):
        found.title = _proposed(title[0], Basis.HEADING)
    return found


def _as_inner_heading(block: Line) -> Line:
    """Return a heading inside a section as one of the third level or below."""
    return replace(block, text=f"{'#' * min(block.level + 1, 6):#<3} {block.text}") if block.role is Role.HEADING else block


def _by_headings(blocks: Sequence[Line]) -> _Found:
    """Give every block to the section whose heading stands above it; those above any heading, and under others, are `outside`."""
    found = _Found(told=list(blocks))
    section: Section | None = None
    level = 0
    for block in blocks:
        heading = read_heading(block)
        if heading and not (heading.section is None and 0 < level < heading.level):
            section, level = heading.section, heading.level
            if section and heading.rest:
                found.sections[section].append(_proposed(block, Basis.HEADING, heading.rest))
        elif section:
            found.sections[section].append(_proposed(_as_inner_heading(block), Basis.HEADING))
        else:
            found.outside.append(block)
    return found


def _title(blocks: Sequence[Line]) -> Proposed | None:
    """Return the title by its style, or the first lines that are neither the head of an official document nor a heading."""
    styled = next((block for block in blocks if block.role is Role.TITLE), None)
    if styled:
        return _proposed(styled, Basis.STYLE, " ".join(styled.text.split()))
    for block in blocks[:20]:
        if read_heading(block):
            return None
        text = _without_head(" ".join(block.text.split()))
        if text and len(text) <= LONGEST_TITLE:
            return _proposed(block, Basis.PLACE, text)
        if text:
            return None
    return None


def _without_head(text: str) -> str:
    """Return a line of the first page without the kind of document at its beginning; nothing if it is part of the official head."""
    folded = text.casefold()
    words = cues()["title"]
    if re.search(any_of(words["above"]), folded) or _NUMBER_OF_DOCUMENT.match(folded) or find_days(folded):
        return ""
    if text.isupper() and re.match(any_of(words["agencies"]), folded):
        return ""
    kind = re.match(rf"(?:{any_of(words['kinds'])})(?P<end>\s*(?:[:–-]\s*|$))?(?!\w)", folded)
    if kind and (kind["end"] is not None or (text[: kind.end()].isupper() and not text.isupper())):
        return text[kind.end() :].strip()
    return text


def _sentences(blocks: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    return ((block, sentence) for block in blocks for sentence in split_sentences(block.text))


def _period(blocks: Iterable[Line]) -> ProposedPeriod | None:
    """Return the first period that the text calls one; failing that, the first at all."""
    first: ProposedPeriod | None = None
    for block, sentence in _sentences(blocks):
        if found := find_period(sentence):
            proposed = ProposedPeriod(found.start, found.end, _proposed(block, Basis.PHRASE, sentence))
            if found.sure:
                return proposed
            first = first or proposed
    return first


def _days(blocks: Iterable[Line]) -> Iterator[ProposedDay]:
    seen: set[str] = set()
    for block, sentence in _sentences(blocks):
        for day in find_days(sentence):
            if day not in seen:
                seen.add(day)
                yield ProposedDay(day, _proposed(block, Basis.PHRASE, sentence))


def _figures(found: _Found) -> Iterator[ProposedFigure]:
    """Yield the figures of the results, then those of the other sections, in order."""
    for section in (Section.RESULTS, *(section for section in NARRATIVE if section is not Section.RESULTS)):
        for proposed in found.sections[section]:
            for sentence in split_sentences(proposed.text):
                if measure := find_measure(sentence):
                    yield ProposedFigure(measure, replace(proposed, text=sentence))
