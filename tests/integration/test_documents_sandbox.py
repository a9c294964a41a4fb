"""Documents are read in a child process that ends within its limits, whatever the document is."""

from __future__ import annotations

import struct
import sys
import zlib
from contextlib import suppress
from threading import BoundedSemaphore

import docx
import psutil
import pytest
from documents import (
    REPORT,
    encrypt,
    entry,
    lzw_bomb,
    make_content_pdf,
    make_docx,
    make_objects,
    make_pdf,
    make_stream,
    make_zip,
    repack,
    saved,
)

from casebase.domain.case import NARRATIVE, Section
from casebase.domain.fault import Fault
from casebase.errors import (
    DocumentEncryptedError,
    DocumentError,
    DocumentKindError,
    DocumentMacroError,
    DocumentNestedError,
    DocumentTooLargeError,
    DocumentTooSlowError,
    DocumentUnreadableError,
    DocumentUnsafeError,
)
from casebase.ingest.documents import docx as word
from casebase.ingest.documents import sandbox
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import Role
from casebase.ingest.documents.sandbox import DocumentLimits, _child, extract_text
from casebase.services.reading_documents import propose_story

LIMITS = DocumentLimits()
PDF = make_pdf(REPORT)
DOCX = make_docx(("Heading 1", "Thực trạng"), "Người dân phải đi lại nhiều lần.")


def texts(content: bytes, kind: Kind) -> list[str]:
    return [line.text for line in extract_text(content, kind, limits=LIMITS).lines]


# --- what is read ---------------------------------------------------------------------------------------------------------------


def test_v02_a_vietnamese_pdf_is_read_letter_by_letter_with_its_pages() -> None:
    document = extract_text(PDF, Kind.PDF, limits=LIMITS)
    assert document.pages == 3
    assert [[line.text for line in document.lines if line.page == page] for page in (1, 2, 3)] == REPORT


def test_a_vietnamese_pdf_becomes_a_story() -> None:
    proposal = propose_story(PDF, limits=LIMITS)
    assert proposal.title
    assert proposal.title.text == "Số hóa bộ phận một cửa ở phường Mẫu"
    assert all(proposal.text(section) for section in NARRATIVE)


def test_a_page_that_is_a_picture_is_named() -> None:
    assert extract_text(make_pdf([*REPORT, []]), Kind.PDF, limits=LIMITS).empty_pages == (4,)


def test_a_scan_is_told_as_one() -> None:
    assert propose_story(make_pdf([[], []]), limits=LIMITS).remarks == (Fault("document.scan"),)


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_that_only_forbids_changes_is_read(algorithm: str) -> None:
    assert texts(encrypt(PDF, "", algorithm=algorithm), Kind.PDF)[0] == REPORT[0][0]


def test_a_word_file_is_read_with_styles_lists_and_tables() -> None:
    document = docx.Document()
    document.add_heading("Tên câu chuyện", level=0)
    document.add_heading("Kết quả", level=1)
    document.add_paragraph("Tập huấn", "List Bullet")
    document.add_paragraph("Chạy thử", "List Number")
    document.add_paragraph().add_run("Bài học").bold = True
    table = document.add_table(2, 2)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), ("Chỉ số", "Sau", "Ngày chờ", "1 | 2"), strict=True):
        cell.text = text
    found = extract_text(saved(document), Kind.DOCX, limits=LIMITS)
    assert [(line.role, line.level, line.text) for line in found.lines] == [
        (Role.TITLE, 0, "Tên câu chuyện"),
        (Role.HEADING, 1, "Kết quả"),
        (Role.ITEM, 0, "- Tập huấn"),
        (Role.ITEM, 0, "1. Chạy thử"),
        (Role.HEADING, 0, "Bài học"),
        (Role.ROW, 0, "| Chỉ số | Sau |"),
        (Role.ROW, 0, "| --- | --- |"),
        (Role.ROW, 0, r"| Ngày chờ | 1 \| 2 |"),
    ]
    assert found.pages is None


def test_pages_of_a_word_file_are_those_of_its_breaks() -> None:
    document = docx.Document()
    document.add_paragraph("Một")
    document.add_page_break()
    document.add_paragraph("Hai")
    found = extract_text(saved(document), Kind.DOCX, limits=LIMITS)
    assert [(line.text, line.page) for line in found.lines] == [("Một", 1), ("Hai", 2)]
    assert found.pages == 2


def test_of_tracked_changes_the_new_text_counts() -> None:
    changed = entry(DOCX, "word/document.xml").replace(
        b"</w:p>", b'<w:ins w:id="1" w:author="a"><w:r><w:t> M\xe1\xbb\x9bi</w:t></w:r></w:ins></w:p>'
    )
    deleted = changed.replace(b"</w:p>", b'<w:del w:id="2" w:author="a"><w:r><w:delText>old</w:delText></w:r></w:del></w:p>')
    assert texts(repack(DOCX, replaced={"word/document.xml": deleted}), Kind.DOCX)[0] == "Thực trạng Mới"


def test_v02_a_word_file_in_tcvn3_is_converted() -> None:
    content = make_docx(("Heading 1", "Thùc tr¹ng"), "Ng­êi d©n ph¶i ®i l¹i nhiÒu lÇn ®Ó nép hå s¬ giÊy.")
    proposal = propose_story(content, limits=LIMITS)
    assert proposal.text(Section.PROBLEM) == "Người dân phải đi lại nhiều lần để nộp hồ sơ giấy."
    assert proposal.remarks == (Fault("document.converted", context={"encoding": "TCVN3"}),)


# --- S08: hostile PDF -----------------------------------------------------------------------------------------------------------

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
BOMB = zlib.compress(zlib.compress(b" " * 60_000_000, 9), 9)
HOSTILE_PDF = {
    "flate-bomb": (
        make_content_pdf(make_stream(BOMB, entries=b"/Filter [/FlateDecode /FlateDecode]")),
        DocumentTooLargeError,
    ),
    "lzw-bomb": (make_content_pdf(make_stream(lzw_bomb(8), entries=b"/Filter /LZWDecode")), DocumentTooLargeError),
    "run-length-bomb": (
        make_content_pdf(make_stream(zlib.compress(b"\x81 " * 600_000), entries=b"/Filter [/FlateDecode /RunLengthDecode]")),
        DocumentTooLargeError,
    ),
    "page-tree-cycle": (
        make_objects([CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 9 >>", b"<< /Type /Pages /Kids [2 0 R] /Count 9 >>"]),
        DocumentError,
    ),
    "one-page-many-times": (
        make_objects([CATALOGUE, b"<< /Type /Pages /Kids [%s] /Count 5000 >>" % (b"3 0 R " * 5000), PAGE]),
        DocumentTooLargeError,
    ),
    "no-pages": (make_objects([CATALOGUE, b"<< /Type /Pages /Kids [] /Count 0 >>"]), DocumentUnreadableError),
    "encrypted": (encrypt(PDF, "secret"), DocumentEncryptedError),
    "encrypted-as-of-old": (encrypt(PDF, "secret", algorithm="RC4-128"), DocumentEncryptedError),
    "only-the-mark": (b"%PDF-1.7\n", DocumentUnreadableError),
    "rubbish": (b"%PDF-1.7\n" + bytes(range(256)) * 40, DocumentUnreadableError),
    "truncated-before-the-pages": (PDF[:400], DocumentUnreadableError),
}


@pytest.mark.parametrize("name", HOSTILE_PDF)
def test_s08_a_hostile_pdf_ends_with_its_code(name: str) -> None:
    content, error = HOSTILE_PDF[name]
    with pytest.raises(error):
        extract_text(content, Kind.PDF, limits=LIMITS)


HARMLESS_PDF = {
    "xref-loop": make_objects([CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", PAGE], trailer=b"/Prev START"),
    "huge-length": make_content_pdf(make_stream(b"BT ET", length=10**12)),
    "many-outlines": make_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            PAGE,
            b"<< /Type /Outlines /First 5 0 R /Last 5 0 R /Count 20000 >>",
            *(b"<< /Title (x) /Parent 4 0 R /Next %d 0 R >>" % (number + 1) for number in range(5, 20_005)),
        ]
    ),
    "cut-in-the-middle": PDF[: len(PDF) * 2 // 3],
}


@pytest.mark.parametrize("name", HARMLESS_PDF)
def test_s08_a_broken_pdf_ends_with_the_text_that_is_left_or_an_error(name: str) -> None:
    try:
        document = extract_text(HARMLESS_PDF[name], Kind.PDF, limits=LIMITS)
    except DocumentError:
        return
    assert document.kind is Kind.PDF


SLOW = make_content_pdf(make_stream(b"BT /F1 9 Tf " + b"(a) Tj " * 400_000 + b"ET"))


def test_s08_a_document_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(DocumentTooSlowError) as raised:
        extract_text(SLOW, Kind.PDF, limits=DocumentLimits(seconds=1))
    assert raised.value.context["seconds"] == 1


def test_s08_a_document_that_takes_too_much_memory_is_stopped() -> None:
    body = BODY.replace(b"</w:body>", b"<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 900_000 + b"</w:body>")
    with pytest.raises(DocumentTooLargeError):
        extract_text(replaced(body=body), Kind.DOCX, limits=DocumentLimits(memory_megabytes=256))


@pytest.mark.parametrize("content", [PDF, SLOW], ids=["good", "slow"])
def test_no_child_is_left_behind(content: bytes) -> None:
    try:
        extract_text(content, Kind.PDF, limits=DocumentLimits(seconds=1 if content is SLOW else 30))
    except DocumentTooSlowError:
        assert content is SLOW
    assert [child for child in psutil.Process().children(recursive=True) if _reads_a_document(child)] == []


def _reads_a_document(process: psutil.Process) -> bool:
    """Tell a child of the sandbox from those that other tests have, such as a browser."""
    with suppress(psutil.NoSuchProcess):
        return sandbox._MODULE in process.cmdline()
    return False


def test_a_document_waits_for_its_turn_and_no_longer_than_it_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_turns", BoundedSemaphore(1))
    with sandbox._turns, pytest.raises(DocumentTooSlowError):
        extract_text(PDF, Kind.PDF, limits=DocumentLimits(seconds=0.01))
    assert extract_text(PDF, Kind.PDF, limits=LIMITS).pages == 3


@pytest.mark.parametrize("content", [PDF, HOSTILE_PDF["rubbish"][0]], ids=["good", "rubbish"])
def test_a_turn_is_given_back_however_reading_ends(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    turns = BoundedSemaphore(1)
    monkeypatch.setattr(sandbox, "_turns", turns)
    with suppress(DocumentUnreadableError):
        extract_text(content, Kind.PDF, limits=LIMITS)
    assert turns.acquire(blocking=False)


def test_a_child_that_cannot_be_started_is_told_as_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DocumentError) as raised:
        extract_text(PDF, Kind.PDF, limits=LIMITS)
    assert raised.value.code == "document.failed"


def test_a_file_larger_than_the_limit_is_not_even_looked_at() -> None:
    with pytest.raises(DocumentTooLargeError) as raised:
        propose_story(b"MZ" + b"\0" * 1_000_000, limits=DocumentLimits(megabytes=1))
    assert raised.value.context == {"megabytes": 1}


def test_the_child_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBASE_LANG", "en")
    with _child(SLOW, Kind.PDF, LIMITS) as process:
        assert not any(name.startswith("CASEBASE_") for name in psutil.Process(process.pid).environ())


# --- S09: hostile Word files ----------------------------------------------------------------------------------------------------

XXE = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
DECLARED = b'<?xml version="1.0" encoding="UTF-16"?>'
BODY = entry(DOCX, "word/document.xml")
TYPES = entry(DOCX, "[Content_Types].xml")
RELATIONS = entry(DOCX, "word/_rels/document.xml.rels")
MACRO_TYPES = TYPES.replace(
    b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", b"vnd.ms-word.document.macroEnabled.main+xml"
)


def replaced(**entries: bytes) -> bytes:
    names = {"body": "word/document.xml", "types": "[Content_Types].xml"}
    return repack(DOCX, replaced={names[key]: data for key, data in entries.items()})


def with_wrong_size(content: bytes) -> bytes:
    """Return an archive whose directory says that its largest entry has ten bytes."""
    size = struct.pack("<L", len(BODY))
    return content.replace(size, struct.pack("<L", 10))


HOSTILE_DOCX = {
    "zip-bomb": (replaced(body=BODY.replace(b"<w:body>", b"<w:body>" + b" " * 60_000_000)), DocumentTooLargeError),
    "bomb-of-many": (repack(DOCX, added={f"word/media/{n}.png": b"\0" * 8_000_000 for n in range(20)}), DocumentTooLargeError),
    "many-entries": (repack(DOCX, added={f"word/media/{n}": b"" for n in range(5000)}), DocumentTooLargeError),
    "wrong-size": (with_wrong_size(DOCX), DocumentUnreadableError),
    "xxe": (replaced(body=XXE + BODY[BODY.index(b"<w:document") :]), DocumentUnsafeError),
    "xxe-in-utf-16": (replaced(body=b"\xff\xfe" + (XXE.decode() + "<d/>").encode("utf-16-le")), DocumentUnsafeError),
    "macros": (replaced(types=MACRO_TYPES), DocumentMacroError),
    "macros-hidden": (repack(DOCX, added={"word/vbaProject.bin": b"x"}), DocumentMacroError),
    "nested-zip": (repack(DOCX, added={"word/media/a.png": make_zip({"a": b"a"})}), DocumentNestedError),
    "nested-gzip": (repack(DOCX, added={"word/embeddings/a.xlsx.gz": b"\x1f\x8b\x08\0"}), DocumentNestedError),
    "zip-of-a-word-file": (make_zip({"report.docx": DOCX}), DocumentKindError),
    "another-office-file": (replaced(types=TYPES.replace(b"wordprocessingml.document", b"spreadsheetml.sheet")), DocumentKindError),
    "truncated": (DOCX[: len(DOCX) // 2], DocumentUnreadableError),
    "no-body": (replaced(body=b""), DocumentUnreadableError),
    "body-is-no-xml": (replaced(body=b"<w:document"), DocumentUnreadableError),
}


@pytest.mark.parametrize("name", HOSTILE_DOCX)
def test_s09_a_hostile_word_file_ends_with_its_code(name: str) -> None:
    content, error = HOSTILE_DOCX[name]
    with pytest.raises(error):
        extract_text(content, Kind.DOCX, limits=LIMITS)


def test_s09_a_linked_picture_is_left_alone() -> None:
    link = (
        b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
        b'Target="file:///etc/passwd" TargetMode="External"/></Relationships>'
    )
    linked = RELATIONS.replace(b"</Relationships>", link)
    content = repack(DOCX, replaced={"word/_rels/document.xml.rels": linked})
    assert texts(content, Kind.DOCX) == ["Thực trạng", "Người dân phải đi lại nhiều lần."]


def test_the_table_behind_a_chart_is_no_nested_archive() -> None:
    content = repack(DOCX, added={"word/embeddings/Microsoft_Excel_Sheet1.xlsx": make_zip({"a": b"a"})})
    assert texts(content, Kind.DOCX)[0] == "Thực trạng"


def test_s09_elements_nested_too_deeply_are_refused() -> None:
    deep = BODY.replace(b"<w:body>", b"<w:body>" + b"<w:sdt><w:sdtContent>" * 5000 + b"</w:sdtContent></w:sdt>" * 5000)
    with pytest.raises(DocumentUnreadableError):
        extract_text(replaced(body=deep), Kind.DOCX, limits=LIMITS)


def test_the_limits_of_an_archive_leave_room_for_real_reports() -> None:
    assert word.LARGEST_TOTAL >= 3 * word.LARGEST_ENTRY


# --- S10: what pretends to be a document ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"MZ\x90\x00" + b"\0" * 500, b"<html></html>", b""], ids=["exe", "html", "empty"])
def test_s10_a_file_that_is_no_document_never_reaches_the_sandbox(content: bytes) -> None:
    with pytest.raises(DocumentKindError):
        propose_story(content, limits=LIMITS)


def test_a_section_of_a_word_file_is_found_by_its_heading() -> None:
    proposal = propose_story(DOCX, limits=LIMITS)
    assert proposal.text(Section.PROBLEM) == "Người dân phải đi lại nhiều lần."
