"""The text of a Word file, through python-docx behind a guard of its ZIP archive. Only ever run in the sandbox.

Nothing outside the file is looked at: linked pictures and other external relationships are left alone. Of tracked changes the new
text counts.
"""

from __future__ import annotations

import re
import struct
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn

from casebase.errors import (
    DocumentEncryptedError,
    DocumentKindError,
    DocumentMacroError,
    DocumentNestedError,
    DocumentTooLargeError,
    DocumentUnreadableError,
    DocumentUnsafeError,
)
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import DocumentText, Line, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document

MOST_ENTRIES = 2000
LARGEST_ENTRY = 40_000_000
LARGEST_TOTAL = 150_000_000
"""Bytes that all entries together may unfold to, pictures included."""
_LARGEST_DIRECTORY = 1_000_000
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_OUT_OF_MEMORY = 2
"""The number that libxml2 gives to want of memory; lxml makes a syntax error of it."""
_TYPES = "[Content_Types].xml"
_DOCUMENT_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACRO_TYPE = b"macroenabled"
_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_EMBEDDED_OFFICE = re.compile(r"word/embeddings/[^/]+\.(?:xlsx|docx|pptx)", re.IGNORECASE)
"""The tables behind charts; they are never opened."""
_DECLARATIONS = re.compile("|".join(f"(?:{re.escape(mark)})" for mark in ("<!DOCTYPE", "<!ENTITY")))
_ENCODINGS = ("latin-1", "utf-16-le", "utf-16-be")


def read_docx(content: bytes) -> DocumentText:
    """Return the paragraphs, list items and table rows of the body in order.

    Pages are told by the breaks that Word left when it last laid the document out, or by those that its author set.
    """
    _guard(content)
    document = _open(content)
    names = {style.style_id: style.name or "" for style in document.styles}
    pages = _Pages(document.element.body)
    lines = tuple(_lines(document.element.body, names, pages))
    return DocumentText(Kind.DOCX, pages.current, lines)


def _open(content: bytes) -> Document:
    try:
        return docx.Document(BytesIO(content))
    except SyntaxError as error:
        out_of_memory = getattr(error, "code", None) == _OUT_OF_MEMORY
        raise (DocumentTooLargeError if out_of_memory else DocumentUnreadableError) from None


def _guard(content: bytes) -> None:
    """Raise for an archive that is none, not Word's, has something dangerous in it, or unfolds to too much."""
    place = content.rfind(_END_MARK)
    if place < 0 or place + _END.size > len(content):
        raise DocumentUnreadableError
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(content, place)
    if entries > MOST_ENTRIES or directory > _LARGEST_DIRECTORY:
        raise DocumentTooLargeError
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _guard_directory(archive)
            for entry in archive.infolist():
                _guard_entry(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        raise DocumentUnreadableError from None


def _guard_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentEncryptedError
    sizes = [entry.file_size for entry in entries]
    if len(sizes) > MOST_ENTRIES or max(sizes, default=0) > LARGEST_ENTRY or sum(sizes) > LARGEST_TOTAL:
        raise DocumentTooLargeError
    if _TYPES not in archive.namelist():
        raise DocumentKindError
    types = archive.read(_TYPES)
    if _MACRO_TYPE in types.lower() or any("vbaproject" in entry.filename.lower() for entry in entries):
        raise DocumentMacroError
    if _DOCUMENT_TYPE not in types:
        raise DocumentKindError


def _guard_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as opened:
        start = opened.read(8)
        if start.startswith(_ARCHIVES) and not _EMBEDDED_OFFICE.fullmatch(entry.filename):
            raise DocumentNestedError
        if entry.filename.lower().endswith((".xml", ".rels")) and _declares(start + opened.read()):
            raise DocumentUnsafeError


def _declares(xml: bytes) -> bool:
    """Tell whether XML has a document type or entities, in any encoding of it: Word never writes them, attacks are made of them."""
    return any(_DECLARATIONS.search(xml.decode(encoding, "ignore")) for encoding in _ENCODINGS)


_P, _TBL, _ROW, _CELL, _SDT = map(qn, ("w:p", "w:tbl", "w:tr", "w:tc", "w:sdt"))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {_FALLBACK, *map(qn, ("w:del", "w:moveFrom", "w:pPr", "w:rPr"))}
_PRINTED = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:softHyphen"): "\u00ad"}
_TEXT, _BREAK, _RUN, _LAID_OUT, _KIND = map(qn, ("w:t", "w:br", "w:r", "w:lastRenderedPageBreak", "w:type"))
_HEADING = re.compile(r"Heading ([1-9])")
_LONGEST_HEADING = 110


class _Pages:
    """Counts the pages while the body is read."""

    def __init__(self, body: Any) -> None:  # noqa: ANN401 - lxml has no types
        laid_out = next(body.iter(_LAID_OUT), None) is not None
        self._is_break = _is_laid_out if laid_out else _is_set
        told = laid_out or any(map(_is_set, body.iter(_BREAK)))
        self.current: int | None = 1 if told else None

    def pass_by(self, paragraph: Any) -> int | None:  # noqa: ANN401 - lxml has no types
        """Return the page on which a paragraph begins, and count the breaks inside it.

        A break before any text of the paragraph counts as standing before it.
        """
        if self.current is None:
            return None
        begins = None
        for node in paragraph.iter():
            if self._is_break(node):
                self.current += 1
            elif begins is None and node.tag == _TEXT and (node.text or "").strip():
                begins = self.current
        return begins or self.current


def _is_laid_out(node: Any) -> bool:  # noqa: ANN401 - lxml has no types
    return bool(node.tag == _LAID_OUT)


def _is_set(node: Any) -> bool:  # noqa: ANN401 - lxml has no types
    return bool(node.tag == _BREAK and node.get(_KIND) == "page")


def _lines(container: Any, names: dict[str, str], pages: _Pages) -> Iterator[Line]:  # noqa: ANN401 - lxml has no types
    number = 0
    for element in _blocks(container):
        found = _table(element, pages) if element.tag == _TBL else _paragraph(element, names, pages)
        for text, page, role, level in found:
            number += 1
            yield Line(text, page, number, role, level)


def _blocks(container: Any) -> Iterator[Any]:  # noqa: ANN401 - lxml has no types
    """Yield the paragraphs and tables directly in a container, those inside content controls included."""
    for element in container:
        if element.tag in {_P, _TBL}:
            yield element
        elif element.tag == _SDT:
            for content in element.iterchildren(qn("w:sdtContent")):
                yield from _blocks(content)


_Found = tuple[str, int | None, Role, int]


def _paragraph(element: Any, names: dict[str, str], pages: _Pages) -> Iterator[_Found]:  # noqa: ANN401 - lxml has no types
    page = pages.pass_by(element)
    text = "".join(_printed(element)).strip()
    if not text:
        return
    style = names.get(element.style or "", "")
    heading = _HEADING.fullmatch(style)
    if heading:
        yield text, page, Role.HEADING, int(heading[1])
    elif len(text) <= _LONGEST_HEADING and _is_bold(element):
        yield text, page, Role.HEADING, 0
    elif style == "Title":
        yield text, page, Role.TITLE, 0
    elif style.startswith("List Number"):
        yield f"1. {text}", page, Role.ITEM, 0
    elif style.startswith("List") or next(element.iter(qn("w:numPr")), None) is not None:
        yield f"- {text}", page, Role.ITEM, 0
    else:
        yield text, page, Role.TEXT, 0


def _is_bold(paragraph: Any) -> bool:  # noqa: ANN401 - lxml has no types
    """Tell whether all text of a paragraph is set in bold: how most people make a heading."""
    runs = [run for run in paragraph.iterchildren(_RUN) if "".join(_printed(run)).strip()]
    return bool(runs) and all(run.rPr is not None and run.rPr.b is not None and run.rPr.b.val for run in runs)


def _table(element: Any, pages: _Pages) -> Iterator[_Found]:  # noqa: ANN401 - lxml has no types
    """Yield the rows of a table as Markdown; a table inside a cell counts as the cell's text."""
    for place, row in enumerate(element.iterchildren(_ROW)):
        page = pages.pass_by(row)
        cells = [" ".join("".join(_printed(cell)).split()).replace("|", r"\|") for cell in row.iterchildren(_CELL)]
        yield f"| {' | '.join(cells)} |", page, Role.ROW, 0
        if place == 0:
            yield f"|{' --- |' * len(cells)}", page, Role.ROW, 0


def _printed(element: Any) -> Iterator[str]:  # noqa: ANN401 - lxml has no types
    """Yield what a reader sees of an element. Its depth is limited by lxml to 256."""
    for child in element:
        if child.tag == _TEXT:
            yield child.text or ""
        elif child.tag in _PRINTED:
            yield "" if _is_set(child) else _PRINTED[child.tag]
        elif child.tag not in _SKIPPED:
            yield from _printed(child)
            if child.tag == _P:
                yield "\n"
