"""What kind of document some bytes are: told by the content, never by a name. O(1): only both ends are looked at.

What is inside a Word file (macros, archives, bombs) is looked at in the sandbox: see `docx.py`.
"""

from __future__ import annotations

import re
from enum import StrEnum

from casebase.errors import DocumentDisguisedError, DocumentEncryptedError, DocumentKindError


class Kind(StrEnum):
    """The kinds of document that a story can be proposed from; the value is the usual end of the name."""

    PDF = "pdf"
    DOCX = "docx"


_HEAD = 1024
"""Readers of PDF accept their mark anywhere in the first kilobyte, and browsers guess from about as much."""
_TAIL = 65_557
"""Where a ZIP archive may end: its last record is 22 bytes and a comment of up to 65,535."""
_BLANK = b" \t\r\n\0\xef\xbb\xbf"
_PDF, _ZIP, _ZIP_END = b"%PDF-", b"PK\x03\x04", b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|svg|iframe|img)\b", re.IGNORECASE)


def recognise(content: bytes) -> Kind:
    """Return what the content is.

    Raises DocumentDisguisedError where it would open as two kinds of file, DocumentEncryptedError for a Word file with a password,
    DocumentKindError for anything else.
    """
    head = content[:_HEAD]
    if head.lstrip(_BLANK).startswith(_PDF):
        if _MARKUP.search(head) or _ZIP_END in content[-_TAIL:]:
            raise DocumentDisguisedError
        return Kind.PDF
    if _PDF in head:
        raise DocumentDisguisedError
    if content.startswith(_ZIP):
        return Kind.DOCX
    if content.startswith(_OLE) and _ENCRYPTED_PACKAGE in content:
        raise DocumentEncryptedError
    raise DocumentKindError
