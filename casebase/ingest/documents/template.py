"""The Word template that people may download: a heading and a hint for each part; filled in, it comes back part by part."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from casebase.domain.case import NARRATIVE
from casebase.i18n import LANGUAGES, translate
from casebase.ingest.documents.lines import Role
from casebase.ingest.documents.tidy import clean
from casebase.ingest.markdown import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docx.document import Document as DocxDocument

    from casebase.ingest.documents.lines import Line

FACTS = ("title", "period")
"""The parts above the five sections."""
_HOW = "how"


def make_template(lang: str) -> bytes:
    """Return the template as a .docx file in one of the languages of the pages."""
    import docx

    document = docx.Document()
    document.core_properties.language = lang
    document.core_properties.title = translate("template.heading", lang)
    document.core_properties.author = ""
    document.add_heading(translate("template.heading", lang), level=0)
    _add_hint(document, _HOW, lang)
    for part, heading in _headings(lang).items():
        document.add_heading(heading, level=1)
        _add_hint(document, part, lang)
        document.add_paragraph()
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def parts_of(blocks: Sequence[Line]) -> Mapping[str, Sequence[Line]] | None:
    """Return what stands under each heading of the template, without the hints, by part; None for any other document.

    A document is one of ours if its headings of the first level include the five of a case in their order, in one language.
    """
    places: dict[str, int] = {}
    for place, block in enumerate(blocks):
        part = _part_of_heading().get(block.text.casefold()) if block.role is Role.HEADING and block.level == 1 else None
        if part:
            places.setdefault(part, place)
    sections = [part for part in places if part in {section.value for section in NARRATIVE}]
    if sections != [section.value for section in NARRATIVE]:
        return None
    starts = sorted(places.values())
    return {
        part: _without_hints(blocks[place + 1 : next((start for start in starts if start > place), len(blocks))])
        for part, place in places.items()
    }


def _add_hint(document: DocxDocument, part: str, lang: str) -> None:
    document.add_paragraph().add_run(_hint(part, lang)).italic = True


def _hint(part: str, lang: str) -> str:
    return translate(f"template.hint.{part}", lang)


def _headings(lang: str) -> dict[str, str]:
    facts = {part: translate(f"template.{part}", lang) for part in FACTS}
    return facts | {section.value: heading for section, heading in zip(NARRATIVE, HEADINGS[lang], strict=True)}


@cache
def _part_of_heading() -> dict[str, str]:
    """Return the part of every heading, in small letters, in every language that cases have."""
    facts = {translate(f"template.{part}", lang): part for lang in LANGUAGES for part in FACTS}
    sections = {heading: part.value for row in HEADINGS.values() for part, heading in zip(NARRATIVE, row, strict=True)}
    return {heading.casefold(): part for heading, part in (facts | sections).items()}


@cache
def _hints() -> tuple[str, ...]:
    parts = (_HOW, *FACTS, *(section.value for section in NARRATIVE))
    return tuple(clean(_hint(part, lang)) for lang in LANGUAGES for part in parts)


def _without_hints(blocks: Sequence[Line]) -> list[Line]:
    """Return the blocks without the hints; what somebody wrote right behind a hint stays."""
    answers = []
    for block in blocks:
        text = block.text
        for hint in _hints():
            text = text.removeprefix(hint)
        if text.strip():
            answers.append(replace(block, text=text.strip()))
    return answers
