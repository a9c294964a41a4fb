"""Names of uploaded files: what is shown of them, and how a download gets its name again. Nothing is ever stored under them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

from casebase.domain.text import control_characters

if TYPE_CHECKING:
    from casebase.ingest.documents.kind import Kind

LONGEST_BYTES = 200
"""In UTF-8: file systems allow 255 for a name, and people add " (1)"."""
_FORBIDDEN = re.compile(r"[<>:\"|?*%\u200b-\u200f\u202a-\u202e\u2060-\u206f]")
"""What Windows forbids in names, and the characters that turn the order of letters around or cannot be seen."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_NAMELESS = "document"
_NOT_ASCII = re.compile(r"[^A-Za-z0-9._() -]")


def display_name(name: str, kind: Kind) -> str:
    """Return a name that can be shown and saved anywhere: no path, no control or invisible characters, NFC, at most 200 bytes.

    It ends in what the content is: `report.exe` that is a PDF reads `report.exe.pdf`.
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    visible = "".join(" " if control_characters(character) or character.isspace() else character for character in last)
    tidy = " ".join(_FORBIDDEN.sub("", visible).split()).rstrip(". ")
    end = f".{kind.value}"
    stem = (tidy[: -len(end)] if tidy.lower().endswith(end) else tidy).strip(". ") or _NAMELESS
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return _cut(stem, LONGEST_BYTES - len(end)) + end


def _cut(text: str, most: int) -> str:
    """Return as much of an NFC text as fits in so many bytes, in whole characters with their marks."""
    while len(text.encode()) > most:
        text = text[:-1]
        while text and unicodedata.combining(text[-1]):
            text = text[:-1]
    return text.rstrip(". ")


def ascii_of(text: str) -> str:
    """Return the text without marks, đ as d: Báo cáo Đà Nẵng → Bao cao Da Nang. What has no such form is left out."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return plain.encode("ascii", "ignore").decode()


def content_disposition(name: str) -> str:
    """Return the value of the header by which a download keeps its name (RFC 6266), for new and for old browsers.

    `name` is one that `display_name` returned. Nothing in it can end the header or begin another.
    """
    fallback = _NOT_ASCII.sub("_", ascii_of(name))
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"
