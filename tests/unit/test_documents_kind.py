"""What a file is counts by its content, whatever its name."""

from __future__ import annotations

from contextlib import suppress

import pytest
from documents import REPORT, make_docx, make_pdf, make_zip
from hypothesis import given
from hypothesis import strategies as st

from casebase.errors import DocumentDisguisedError, DocumentEncryptedError, DocumentError, DocumentKindError
from casebase.ingest.documents.kind import Kind, recognise

PDF = make_pdf(REPORT)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, Kind.PDF), (b"\xef\xbb\xbf\r\n" + PDF, Kind.PDF), (make_docx("Xin chào"), Kind.DOCX)],
    ids=["pdf", "pdf-after-blank", "docx"],
)
def test_a_document_is_known_by_its_content(content: bytes, kind: Kind) -> None:
    assert recognise(content) is kind


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00" + b"\0" * 2000, b"\x7fELF", b"hello", OLE + b"\0" * 600, b"\x89PNG\r\n\x1a\n", b"Rar!\x1a\x07\x00"],
    ids=["empty", "exe", "elf", "text", "old-word", "picture", "rar"],
)
def test_s10_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(DocumentKindError):
        recognise(content)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n<html><script>alert(1)</script></html>\n" + PDF[9:],
        b"%PDF-1.7\n<!DOCTYPE HTML>" + PDF[9:],
        b"<html><!--" + PDF,
        b"MZ" + PDF,
        PDF + make_zip({"a.txt": b"a"}),
    ],
    ids=["html-in-pdf", "doctype-in-pdf", "pdf-in-html", "pdf-in-exe", "pdf-and-zip"],
)
def test_s10_a_file_of_two_kinds_is_refused(content: bytes) -> None:
    with pytest.raises(DocumentDisguisedError):
        recognise(content)


def test_a_word_file_with_a_password_is_told_as_one() -> None:
    with pytest.raises(DocumentEncryptedError):
        recognise(OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600)


@given(st.binary(max_size=3000))
def test_any_bytes_are_a_kind_or_refused(content: bytes) -> None:
    with suppress(DocumentError):
        assert recognise(content) in set(Kind)
