"""Makes documents for tests: Vietnamese reports in PDF and Word, and files that mean harm."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import docx
from pypdf import PdfWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OWNER = "owner"
REPORT = [
    [
        "ỦY BAN NHÂN DÂN",
        "PHƯỜNG MẪU",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Số: 12/BC-UBND",
        "Phường Mẫu, ngày 5 tháng 3 năm 2024",
        "BÁO CÁO",
        "Số hóa bộ phận một cửa ở phường Mẫu",
        "I. Thực trạng",
        "Người dân phải đi lại nhiều lần để nộp một bộ hồ sơ giấy, có khi mất cả ngày làm việc.",
        "Cán bộ không biết hồ sơ đang ở bàn nào, nên không trả lời được khi người dân hỏi.",
        "II. Giải pháp",
        "Phường rút gọn quy trình trước, rồi mới nhận hồ sơ qua mạng và cử người giúp tại chỗ.",
    ],
    [
        "III. Tổ chức thực hiện",
        "Việc triển khai kéo dài từ tháng 3/2022 đến tháng 6/2023 với ba cán bộ tham gia thường xuyên.",
        "- Rà soát thủ tục",
        "- Tập huấn cán bộ",
        "IV. Kết quả đạt được",
        "Thời gian chờ giảm từ 5 ngày xuống 1 ngày. Tỷ lệ hồ sơ nộp qua mạng đạt 82,5% sau một năm.",
    ],
    [
        "V. Bài học kinh nghiệm",
        "Phải có người hướng dẫn tại chỗ trong những tháng đầu, và không số hóa nguyên trạng quy trình cũ.",
        "Nơi nhận:",
        "Lưu: VT.",
    ],
]
"""The pages of a Vietnamese report, line by line."""


def make_objects(objects: Sequence[bytes], *, trailer: bytes = b"") -> bytes:
    """Return a PDF of the objects, numbered from 1; the first is the catalogue. START in the trailer is where its table begins."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = trailer.replace(b"START", b"%d" % start)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def make_stream(content: bytes, *, entries: bytes = b"", length: int | None = None) -> bytes:
    """Return a stream object, compressed with zlib unless `entries` names a filter."""
    data = content if b"/Filter" in entries else zlib.compress(content)
    filters = entries or b"/Filter /FlateDecode"
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (filters, len(data) if length is None else length, data)


def _content(lines: Sequence[str], encoding: str) -> bytes:
    shown = b" T*\n".join(b"<%s> Tj" % line.encode(encoding).hex().encode() for line in lines)
    return b"BT /F1 12 Tf 14 TL 72 770 Td\n%s\nET" % shown


def _to_unicode(pages: Sequence[Sequence[str]]) -> bytes:
    """Return a map from codes to Unicode in which every code is its character, for the rows of 256 that the text needs."""
    rows = sorted({ord(letter) >> 8 for page in pages for line in page for letter in line})
    ranges = b"\n".join(b"<%02X00> <%02XFF> <%02X00>" % (row, row, row) for row in rows)
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        b"%d beginbfrange\n%s\nendbfrange\nendcmap end end" % (len(rows), ranges)
    )


def make_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Return a PDF as office programs make it: a composite font, its letters told by a ToUnicode map. A page may have no lines."""
    first = 7
    system = b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    metrics = b"/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80"
    kids = b" ".join(b"%d 0 R" % (first + 2 * place) for place in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Report /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Report /FontDescriptor 5 0 R /DW 500 /CIDSystemInfo %s >>" % system,
        b"<< /Type /FontDescriptor /FontName /Report /Flags 4 /FontBBox [0 0 1000 1000] %s >>" % metrics,
        make_stream(_to_unicode(pages)),
    ]
    for place, lines in enumerate(pages):
        objects += [_page(b"3 0 R", first + 2 * place + 1), make_stream(_content(lines, "utf-16-be"))]
    return make_objects(objects)


def make_latin_pdf(lines: Sequence[str]) -> bytes:
    """Return a one-page PDF with a simple font, as old fonts were embedded: one byte a letter, named after Latin letters."""
    return make_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            _page(b"3 0 R", 5),
            make_stream(_content(lines, "latin-1")),
        ]
    )


def _page(font: bytes, content: int) -> bytes:
    resources = b"/Resources << /Font << /F1 %s >> >>" % font
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s /Contents %d 0 R >>" % (resources, content)


def make_content_pdf(stream: bytes) -> bytes:
    """Return a one-page PDF whose content is the stream object."""
    return make_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            _page(b"3 0 R", 5),
            stream,
        ]
    )


def lzw_bomb(cycles: int) -> bytes:
    """Return LZW data that unfolds to about 7 MB a cycle: every code means the one before and a letter more."""
    grown = [f"{code:0{9 + (code > 510) + (code > 1022) + (code > 2046)}b}" for code in range(258, 4094)]
    cycle = [f"{256:09b}{ord('a'):09b}", *grown]
    again = [f"{256:012b}{ord('a'):09b}", *grown]
    bits = cycle + again * (cycles - 1)
    packed = "".join(bits)
    return int(packed + "0" * (-len(packed) % 8), 2).to_bytes((len(packed) + 7) // 8, "big")


def encrypt(pdf: bytes, password: str, *, algorithm: str = "AES-256") -> bytes:
    """Return the PDF locked; with "" only its owner may change it, everybody may read it."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer.encrypt(password, owner_password=OWNER, algorithm=algorithm)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def make_docx(*paragraphs: tuple[str, str] | str) -> bytes:
    """Return a Word file of paragraphs, each a text or a style and a text."""
    document = docx.Document()
    for paragraph in paragraphs:
        style, text = paragraph if isinstance(paragraph, tuple) else (None, paragraph)
        document.add_paragraph(text, style)
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    """Return a document of python-docx as bytes."""
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def repack(content: bytes, *, replaced: Mapping[str, bytes] | None = None, added: Mapping[str, bytes] | None = None) -> bytes:
    """Return a ZIP archive with some entries replaced and others added."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, (replaced or {}).get(name, old.read(name)))
        for name, data in (added or {}).items():
            new.writestr(name, data)
    return out.getvalue()


def entry(content: bytes, name: str) -> bytes:
    """Return one entry of a ZIP archive."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return archive.read(name)


def make_zip(entries: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()
