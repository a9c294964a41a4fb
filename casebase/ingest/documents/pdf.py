"""The text of a PDF by page, through pypdf. Only ever run in the sandbox: a hostile file may take all time and memory there is."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from pypdf import PdfReader, apply_configuration
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

from casebase.errors import DocumentEncryptedError, DocumentTooLargeError, DocumentUnreadableError
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import DocumentText, Line

if TYPE_CHECKING:
    from pypdf import PageObject

MOST_PAGES = 1000
MOST_CHARACTERS = 2_000_000
_LARGEST_STREAM = 40_000_000
"""Bytes that one compressed stream may unfold to: the text of a page has a few thousand."""


def read_pdf(content: bytes) -> DocumentText:
    """Return the text of every page. A page that cannot be read counts as one without text.

    Raises DocumentEncryptedError where a password is needed, DocumentTooLargeError past the limits, DocumentUnreadableError else.
    """
    try:
        with apply_configuration(
            zlib_maximum_output_length=_LARGEST_STREAM,
            lzw_maximum_output_length=_LARGEST_STREAM,
            run_length_maximum_output_length=_LARGEST_STREAM,
            array_based_stream_maximum_output_length=_LARGEST_STREAM,
            jbig2dec_binary=None,
        ):
            return _read(PdfReader(BytesIO(content), strict=False))
    except (FileNotDecryptedError, DependencyError):
        raise DocumentEncryptedError from None
    except LimitReachedError:
        raise DocumentTooLargeError from None
    except PyPdfError:
        raise DocumentUnreadableError from None


def _read(reader: PdfReader) -> DocumentText:
    if reader.is_encrypted and not _opens_without_password(reader):
        raise DocumentEncryptedError
    pages = len(reader.pages)
    if pages == 0:
        raise DocumentUnreadableError
    if pages > MOST_PAGES:
        raise DocumentTooLargeError
    lines: list[Line] = []
    empty: list[int] = []
    characters = 0
    for number, page in enumerate(reader.pages, 1):
        found = _text_of(page).split("\n")
        characters += sum(map(len, found))
        if characters > MOST_CHARACTERS:
            raise DocumentTooLargeError
        if not any(text.strip() for text in found):
            empty.append(number)
        lines += [Line(text, number, place) for place, text in enumerate(found, 1)]
    return DocumentText(Kind.PDF, pages, tuple(lines), tuple(empty))


def _opens_without_password(reader: PdfReader) -> bool:
    """Tell whether the file only forbids printing or changing, which many do without asking for a password to read."""
    try:
        return bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):
        return False


def _text_of(page: PageObject) -> str:
    try:
        return page.extract_text()
    except (LimitReachedError, DependencyError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - pypdf meets a broken page with any exception there is
        return ""
