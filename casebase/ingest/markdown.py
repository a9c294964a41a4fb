"""The case file: `cases/<id>.md` and its translations `cases/<id>.<lang>.md`, read and written without loss.

Reading never stops at the first fault: everything wrong with a file is reported at once, with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from pydantic import ValidationError

from casebase.domain.case import NARRATIVE, CaseStudy, Part, Section, Translation
from casebase.domain.fault import Fault
from casebase.domain.text import one_line
from casebase.domain.validation import fault_of
from casebase.ingest import house_style
from casebase.ingest.front_matter import FrontMatter, read_front_matter, write_front_matter
from casebase.ingest.language import detect_language, in_old_encoding
from casebase.ingest.passages import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HEADINGS = {
    "vi": ("Vấn đề", "Cách tiếp cận", "Các bước", "Kết quả", "Bài học"),
    "en": ("Problem", "Approach", "Steps", "Results", "Lessons"),
    "fr": ("Problème", "Approche", "Étapes", "Résultats", "Leçons"),
    "es": ("Problema", "Enfoque", "Pasos", "Resultados", "Lecciones"),
}
"""The headings of the five sections, in order, by language."""
LARGEST_BYTES = 1_000_000
_SECTION_OF = {heading.casefold(): section for row in HEADINGS.values() for section, heading in zip(NARRATIVE, row, strict=True)}
_TRANSLATION_FILE = re.compile(r"(?P<id>[^.]+)\.(?P<lang>[a-z]{2,3})\.md")
_LEAST_TO_DETECT = 200
_NOT_IN_FRONT_MATTER = frozenset({"sections", "translations"})
"""Fields of the model that stand elsewhere: in the body, in files of their own."""

Document = TypeVar("Document", bound=CaseStudy | Translation)


@dataclass(frozen=True, slots=True)
class Reading(Generic[Document]):
    """What a file says: the document, unless a fault forbids it, every fault, and what could be in better style."""

    document: Document | None
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...] = ()


@dataclass(slots=True)
class _Body:
    texts: dict[Section, str] = field(default_factory=dict)
    lines: dict[Section, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def parse_case(source: str) -> Reading[CaseStudy]:
    """Read the text of a case file."""
    return _parse(source, CaseStudy)


def parse_translation(source: str) -> Reading[Translation]:
    """Read the text of a translation file."""
    return _parse(source, Translation)


def _parse(source: str, kind: type[Document]) -> Reading[Document]:
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].rstrip() != "---":
        return Reading(None, (Fault("front_matter.missing", line=1),))
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        return Reading(None, (Fault("front_matter.open", line=1),))
    front = read_front_matter("\n".join(lines[1:end]), first_line=2)
    body = _read_body(lines[end + 1 :], first_line=end + 2)
    faults: list[Fault] = [*front.faults, *body.faults]
    for name in _NOT_IN_FRONT_MATTER & front.fields.keys():
        del front.fields[name]
        faults.append(Fault("field.unknown", where=name, line=front.line((name,))))
    document: Document | None = None
    if front.fields or not front.faults:
        try:
            sections = {section.value: text for section, text in body.texts.items()}
            document = cast("Document", kind.model_validate({**front.fields, "sections": sections}))
        except ValidationError as error:
            details = error.errors(include_url=False)
            faults.extend(fault_of(detail, line=_line_of(detail["loc"], front, body)) for detail in details)
    if document and not faults:
        faults += _language_faults(document, line=front.line(("lang",)))
    style = house_style.remarks(lines, lang=str(front.fields.get("lang", "")), quoted_lines=house_style.lines_that_quote(front))
    return Reading(None if faults else document, tuple(sorted(faults, key=lambda fault: fault.line or 0)), tuple(style))


def _read_body(lines: list[str], *, first_line: int) -> _Body:
    body = _Body()
    heads = [(place, one_line(line[3:]).strip(" #")) for place, line in enumerate(lines) if line.startswith("## ")]
    preamble = lines[: heads[0][0]] if heads else lines
    stray = next((place for place, line in enumerate(preamble) if line.strip()), None)
    if stray is not None:
        body.faults.append(Fault("section.text_before", line=first_line + stray))
    for (place, heading), (following, _) in pairwise([*heads, (len(lines), "")]):
        section, line = _SECTION_OF.get(heading.casefold()), first_line + place
        if section is None:
            body.faults.append(Fault("section.unknown", line=line, context={"heading": heading}))
        elif section in body.texts:
            body.faults.append(Fault("section.repeated", where=section, line=line, context={"heading": heading}))
        else:
            body.texts[section] = "\n".join(lines[place + 1 : following])
            body.lines[section] = line
    body.faults += [
        Fault("section.missing", where=section, line=first_line + len(lines) - 1)
        for section in NARRATIVE
        if section not in body.texts
    ]
    if list(body.texts) != [section for section in NARRATIVE if section in body.texts]:
        body.faults.append(Fault("section.order", line=min(body.lines.values())))
    return body


def _line_of(where: tuple[int | str, ...], front: FrontMatter, body: _Body) -> int:
    """Return the line that a field of the model stands in; a section begins at its heading."""
    line = front.line(where) or 1
    return body.lines.get(Section(str(where[1])), line) if where[0] == "sections" and len(where) > 1 else line


def _language_faults(document: CaseStudy | Translation, *, line: int | None) -> list[Fault]:
    text = plain_text("\n\n".join(body for _, body in document.sections.items()))
    if len(text) < _LEAST_TO_DETECT:
        return []
    if document.lang == "vi" and in_old_encoding(text):
        return [Fault("text.old_encoding", where="sections", line=line)]
    found = detect_language(text)
    if found in (None, document.lang):
        return []
    return [Fault("lang.differs", where="lang", line=line, context={"declared": document.lang, "found": found})]


def format_case(case: CaseStudy) -> str:
    """Return the text of the case file (its translations are files of their own)."""
    return _format(case, exclude={"sections", "translations"})


def format_translation(translation: Translation) -> str:
    """Return the text of the translation file."""
    return _format(translation, exclude={"sections"})


def _format(document: CaseStudy | Translation, *, exclude: set[str]) -> str:
    fields = document.model_dump(mode="json", exclude_defaults=True, exclude=exclude)
    headings = HEADINGS.get(document.lang, HEADINGS["en"])
    sections = [f"## {heading}\n\n{document.sections[section]}\n" for section, heading in zip(NARRATIVE, headings, strict=True)]
    return f"---\n{write_front_matter(fields)}---\n\n" + "\n".join(sections)


def read_file(path: Path, kind: type[Document]) -> Reading[Document]:
    """Read a case file or a translation file from disk; a file that cannot be read is a fault as well."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return Reading(None, (Fault("file.too_large", path=str(path), context={"limit_kb": LARGEST_BYTES // 1000}),))
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return Reading(None, (Fault("file.encoding", path=str(path)),))
    except OSError as error:
        return Reading(None, (Fault("file.unreadable", path=str(path), context={"why": error.strerror or ""}),))
    reading = _parse(source, kind)
    document, faults, style = (
        reading.document,
        *([replace(fault, path=str(path)) for fault in found] for found in (reading.faults, reading.remarks)),
    )
    if document and path.name != file_name(document):
        where = "id" if isinstance(document, CaseStudy) else "translation_of"
        line = next((number for number, text in enumerate(source.split("\n"), 1) if text.startswith(f"{where}:")), None)
        faults.append(Fault("file.name", path=str(path), where=where, line=line, context={"expected": file_name(document)}))
    return Reading(None if faults else document, tuple(faults), tuple(style))


def file_name(document: CaseStudy | Translation) -> str:
    """Return the name that a document's file must have."""
    return f"{document.id}.md" if isinstance(document, CaseStudy) else f"{document.translation_of}.{document.lang}.md"


@dataclass(frozen=True, slots=True)
class FolderReading:
    """Every good case of some files, with its good translations; the faults of the others; what could be in better style."""

    cases: tuple[CaseStudy, ...]
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...]


def case_files(paths: Iterable[Path]) -> list[Path]:
    """Return the case files among the paths and directly inside the folders, in order, without README.md."""
    files: set[Path] = set()
    for path in paths:
        files.update(path.glob("*.md") if path.is_dir() else [path])
    return sorted(file for file in files if file.name != "README.md")


def read_folder(paths: Iterable[Path]) -> FolderReading:
    """Read case files and folders of them. A bad file never stops the others; a bad translation never stops its case."""
    cases: dict[str, CaseStudy] = {}
    translations: list[tuple[Path, Translation]] = []
    faults: list[Fault] = []
    remarks: list[Fault] = []
    for path in case_files(paths):
        is_translation = _TRANSLATION_FILE.fullmatch(path.name)
        reading = read_file(path, Translation) if is_translation else read_file(path, CaseStudy)
        faults += reading.faults
        remarks += reading.remarks
        if isinstance(reading.document, Translation):
            translations.append((path, reading.document))
        elif reading.document and reading.document.id in cases:
            faults.append(Fault("file.repeated", path=str(path), where="id", context={"id": reading.document.id}))
        elif reading.document:
            cases[reading.document.id] = reading.document
    for path, translation in translations:
        case = cases.get(translation.translation_of)
        if case is None or case.lang == translation.lang:
            code = "translation.orphan" if case is None else "translation.same_language"
            faults.append(Fault(code, path=str(path), where="translation_of", context={"id": translation.translation_of}))
        elif name := translation.incomplete(case):
            faults.append(Fault("translation.incomplete", path=str(path), where=name, context={"field": name}))
        else:
            together: list[Part] = [*case.translations, translation]
            cases[case.id] = CaseStudy.model_validate({**dict(case), "translations": together})
    return FolderReading(tuple(cases.values()), tuple(faults), tuple(remarks))
