"""What every stored text is held to: NFC, no control characters, tidy white space."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_REMOTE_IMAGE = re.compile(r"!\[[^\]\n]{0,1000}\](?:\(\s*<?\s*(?:[a-z][a-z0-9+.-]{0,20}:)?//|\(\s*<?\s*data:|\[)", re.IGNORECASE)
_HEADING = re.compile(r"^ {0,3}(?:#{1,2}(?:\s|$)|\S.*\n {0,3}(?:=+|-+)[ \t]*$)", re.MULTILINE)


def control_characters(text: str) -> str:
    """Return the characters of `text` that no stored text may hold, as code points for people: `U+0000 U+0007`."""
    return " ".join(dict.fromkeys(f"U+{ord(found):04X}" for found in _CONTROL.findall(text)))


def without_control_characters(text: str) -> str:
    """Return the text without them; tabs and line feeds stay."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Return the text in NFC with every run of white space as one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def paragraphs(text: str) -> str:
    """Return the text in NFC with line feeds between lines, no white space at line ends, at most one blank line in a row."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def has_outer_heading(text: str) -> bool:
    """Tell whether the text has a heading of level one or two, by # or underlined: those belong to the case, not to a section."""
    return _HEADING.search(text) is not None


def has_remote_image(text: str) -> bool:
    """Tell whether the Markdown shows a picture from elsewhere: it could vanish, change, or tell its owner who reads."""
    return _REMOTE_IMAGE.search(text) is not None


def text_hash(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8 as 64 hexadecimal digits: the key under which its vector is kept."""
    return hashlib.sha256(text.encode()).hexdigest()
